//! Ordering a graph of a million nodes, in a process of its own so that its memory is not taken for anybody else's.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;
use installhub_dependency_graph::{GraphBuilder, Node};
use serde::{Deserialize, Serialize};

use crate::bench::figures::{Spread, grouped};
use crate::bench::measure::Program;
use crate::bench::measure::alternate;
use crate::bench::random::Random;
use crate::bench::report::Report;
use crate::bench::workbench::Workbench;

/// Seconds that ordering should take.
const WANTED: f64 = 1.0;

/// What is ordered, and how often.
#[derive(Debug, Args)]
pub(crate) struct OrderingArgs {
    /// Nodes of the graph; it has three times as many edges
    #[arg(long)]
    nodes: u64,
    /// How often
    #[arg(long)]
    rounds: usize,
}

/// Seconds of every counted round.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Figures {
    fill: Vec<f64>,
    build: Vec<f64>,
    order: Vec<f64>,
}

pub(super) fn measure(bench: &Workbench, report: &mut Report) -> anyhow::Result<()> {
    let printed = bench.path("ordering.json");
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("bench-ordering")
        .args(["--nodes", &bench.scale.nodes.to_string()])
        .args(["--rounds", &bench.rounds.to_string()]);
    let program = Program::new("installhub-dependency-graph", command).printing_to(&printed);
    // Rounds are within the process; the second one is only there because the first run of a program is not counted.
    let [series] = alternate([program], 2)?;

    let figures: Figures = serde_json::from_slice(&fs::read(&printed)?)?;
    let graph = format!(
        "{} nodes, {} edges",
        grouped(bench.scale.nodes),
        grouped(bench.scale.nodes * 3)
    );
    let of = |seconds: Vec<f64>| Spread::of(seconds);
    report.alone(&format!("order {graph}"), of(figures.order), Some(WANTED));
    report.alone("– freezing that graph (`build`)", of(figures.build), None);
    report.alone("– filling it", of(figures.fill), None);
    report.took("order a graph, all rounds", &series, None, &[]);
    Ok(())
}

/// The measured process: prints [`Figures`] as JSON.
pub(crate) fn order(args: &OrderingArgs) -> anyhow::Result<ExitCode> {
    let mut figures = Figures::default();
    for round in 0..args.rounds {
        let (builder, filling) = timed(|| filled(args.nodes));
        let builder = builder?;
        let (graph, building) = timed(|| builder.build());
        let (order, ordering) = timed(|| graph.install_order().map(|order| order.len()));
        let length = order.context("the graph has no cycle")?;
        ensure!(
            u64::try_from(length)? == args.nodes,
            "{length} nodes came out"
        );
        ensure!(
            u64::try_from(graph.edge_count())? == args.nodes * 3,
            "an edge is lost"
        );
        if round > 0 {
            figures.fill.push(filling);
            figures.build.push(building);
            figures.order.push(ordering);
        }
    }
    println!("{}", serde_json::to_string(&figures)?);
    Ok(ExitCode::SUCCESS)
}

/// Every node needs three earlier ones on average; ids do not tell the order.
fn filled(nodes: u64) -> anyhow::Result<GraphBuilder> {
    let mut random = Random::new(0x6AF);
    let mut builder = GraphBuilder::new();
    let id = |n: u64| format!("artifact-{:016x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    for n in 0..nodes {
        let rank = u8::try_from(random.below(26))?;
        builder.add_node(Node {
            id: id(n),
            kind: format!("Type{rank}"),
            rank,
            name: format!("Artifact {n}"),
        })?;
        let mut needed = BTreeSet::new();
        while u64::try_from(needed.len())? < needs(n) {
            needed.insert(random.below(n));
        }
        for (at, dependency) in needed.into_iter().enumerate() {
            builder.add_edge(&id(n), &id(dependency), format!("/nodes/{at}/formId"));
        }
    }
    Ok(builder)
}

/// Three; the first nodes cannot have so many, and some later ones make up for it.
fn needs(n: u64) -> u64 {
    match n {
        0..=2 => n,
        4..=9 => 4,
        _ => 3,
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_has_an_order_and_exactly_three_edges_to_a_node() {
        let graph = filled(500).expect("filled").build();
        assert_eq!((graph.node_count(), graph.edge_count()), (500, 1_500));
        assert_eq!(graph.install_order().expect("no cycle").len(), 500);
    }
}
