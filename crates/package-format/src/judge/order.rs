//! Dependencies between the artifacts of a package: an order they can be installed in, and the one the manifest states.

use std::collections::HashMap;

use installhub_dependency_graph::{Cycles, GraphBuilder, Node};
use installhub_manifest::{Code, DiagnosticSink, Parsed, order_violation};

use super::declared::Declarations;
use super::members::Tasks;
use crate::limits::Limits;
use crate::pipeline::Findings;

/// Reports cycles, and dependants that stand before what they refer to.
pub(super) fn judge(
    parsed: &Parsed<'_>,
    declarations: &Declarations,
    tasks: &Tasks,
    findings: &Findings,
    limits: &Limits,
    sink: &mut DiagnosticSink,
) {
    if findings.references > limits.max_references {
        sink.report(Code::ResourceLimitExceeded, None, || {
            format!(
                "the artifacts refer to each other {} times — expected at most {}",
                findings.references, limits.max_references
            )
        });
        return;
    }
    let order = Order {
        declarations,
        tasks,
        findings,
    };
    // In an order that is complete and kept there is no cycle; most packages need no graph.
    if parsed.order_is_complete() && order.is_kept() {
        return;
    }
    let knots = order.report_cycles(sink);
    order.report_violations(&knots, sink);
}

struct Order<'j> {
    declarations: &'j Declarations,
    tasks: &'j Tasks,
    findings: &'j Findings,
}

/// Which cycle a file is on, by its number.
type Knots = HashMap<u32, usize>;

impl Order<'_> {
    /// What a file needs, by number.
    fn needs(&self, number: usize) -> &[u32] {
        let outcome = self.tasks.outcome(number, self.findings);
        outcome.map_or(&[], |outcome| outcome.needs.as_slice())
    }

    fn numbers(&self) -> std::ops::Range<usize> {
        0..self.declarations.files.len()
    }

    fn is_kept(&self) -> bool {
        let places = &self.declarations.places;
        let kept = |number: usize| {
            let own = places[number];
            self.needs(number)
                .iter()
                .all(|need| places[*need as usize] < own)
        };
        self.numbers().all(kept)
    }

    /// The id of a file, when it is the one that the id stands for.
    fn id(&self, number: usize) -> Option<&str> {
        let id = self.declarations.files[number].declaration.id.as_deref()?;
        (self.declarations.ids.get(id).copied() == u32::try_from(number).ok()).then_some(id)
    }

    fn report_cycles(&self, sink: &mut DiagnosticSink) -> Knots {
        let mut knots = Knots::new();
        let Err(cycles) = self.install_order() else {
            return knots;
        };
        for (knot, tangle) in cycles.tangles.iter().enumerate() {
            let numbers = tangle
                .members
                .iter()
                .filter_map(|id| self.declarations.ids.get(id));
            knots.extend(numbers.map(|number| (*number, knot)));
            sink.report(Code::CircularDependency, Some(&"artifacts"), || {
                format!("artifacts refer to each other in a circle: {tangle}")
            });
        }
        knots
    }

    fn install_order(&self) -> Result<(), Cycles> {
        let mut builder = GraphBuilder::new();
        for number in self.numbers() {
            let Some(id) = self.id(number) else {
                continue;
            };
            let kind = self.declarations.files[number].declaration.artifact_type;
            let node = Node {
                id: id.to_owned(),
                kind: kind.map_or("?", |kind| kind.as_str()).to_owned(),
                rank: kind.map_or(0, |kind| kind.spec().install_rank),
                name: id.to_owned(),
            };
            // An id stands for one file only.
            if builder.add_node(node).is_ok() {
                let needs = self.needs(number).iter();
                needs
                    .filter_map(|need| self.id(*need as usize))
                    .for_each(|need| builder.add_edge(id, need, "references"));
            }
        }
        builder.build().install_order().map(drop)
    }

    /// Reports who stands before what it needs, references within a cycle aside: no order satisfies those.
    fn report_violations(&self, knots: &Knots, sink: &mut DiagnosticSink) {
        let place = |id: &str| {
            let number = self.declarations.ids.get(id)?;
            self.declarations.places[*number as usize]
        };
        for number in self.numbers() {
            let Some(id) = self.id(number) else {
                continue;
            };
            let own = u32::try_from(number)
                .ok()
                .and_then(|number| knots.get(&number));
            let needs = self.needs(number).iter();
            let outside = needs.filter(|need| own.is_none() || knots.get(need) != own);
            let ids = outside.filter_map(|need| self.id(*need as usize));
            if let Some(violation) = order_violation(place, id, ids) {
                sink.push(violation);
            }
        }
    }
}
