//! The install order, against the ids that are declared.

use super::artifacts::{Artifacts, State};
use super::{empty_list, required_list};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, DiagnosticSink};
use crate::excerpt::shown;
use crate::place::At;
use crate::raw::Field;
use crate::rules::quoted;

const LIST: &str = "installOrder";

/// The order as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// Complete only when nothing was reported.
    pub(crate) ids: Vec<String>,
    /// Whether every artifact has its one place, so that the bundle's digest can be computed.
    pub(crate) is_complete: bool,
}

pub(crate) fn lower(
    field: &Field<'_>,
    artifacts: &Artifacts<'_>,
    sink: &mut DiagnosticSink,
) -> Order {
    let mut order = Order::default();
    let Ok(items) = required_list(field, LIST, sink) else {
        return order;
    };
    let before = sink.total();
    // Where each artifact, by its index, has been met.
    let mut met: Vec<Option<usize>> = vec![None; artifacts.count];
    let mut count = 0;
    let mut is_readable = true;
    for (index, item) in items.enumerate() {
        count = index + 1;
        let item = Field::of(item);
        let at = At::Item(LIST, index);
        let Some(id) = item.text() else {
            is_readable = false;
            sink.report_at(Code::ManifestFieldInvalid, at, || {
                format!(
                    "{at} {} is not a text — expected an artifact id",
                    quoted(&item)
                )
            });
            continue;
        };
        place(id, at, index, artifacts, &mut met, sink);
        if sink.total() == before {
            order.ids.push(id.to_owned());
        } else if !order.ids.is_empty() {
            order.ids = Vec::new();
        }
    }
    if count == 0 && artifacts.state != State::Empty {
        empty_list(LIST, "every artifact id exactly once", sink);
    }
    if is_readable {
        report_unplaced(artifacts, &met, sink);
    }
    let all_declared_once =
        artifacts.state == State::Listed && artifacts.ids.len() == artifacts.count;
    order.is_complete = all_declared_once && sink.total() == before;
    order
}

/// What to report when a dependant stands before something it refers to, once the artifacts' contents are known
/// (validation, `InvalidInstallOrder`).
///
/// `position` tells the place of an id in the install order. References to what has no place, and to the dependant
/// itself, are no matter of order; leave out references within a cycle, which no order satisfies. One finding per
/// dependant, naming the first reference that is out of order.
pub fn order_violation<'a>(
    position: impl Fn(&str) -> Option<usize>,
    dependant: &str,
    refers_to: impl IntoIterator<Item = &'a str>,
) -> Option<Diagnostic> {
    let own = position(dependant)?;
    let (later, place) = refers_to
        .into_iter()
        .filter_map(|id| Some((id, position(id)?)))
        .find(|&(_, place)| place > own)?;
    Some(Diagnostic::new(
        Code::InvalidInstallOrder,
        Some(At::Item(LIST, own).to_string()),
        format!(
            "{LIST}[{own}] '{}' stands before {LIST}[{place}] '{}', which it refers to — expected dependencies first",
            shown(dependant),
            shown(later)
        ),
    ))
}

/// Gives the artifact its place, or reports that there is no such artifact or that it has one already.
fn place(
    id: &str,
    at: At,
    index: usize,
    artifacts: &Artifacts<'_>,
    met: &mut [Option<usize>],
    sink: &mut DiagnosticSink,
) {
    let Some(declared) = artifacts.ids.get(id) else {
        // It may be the id that an item of `artifacts` lacks.
        if artifacts.state == State::Listed {
            sink.report_at(Code::InvalidInstallOrder, at, || {
                format!(
                    "{at} '{}' is the id of no artifact — expected artifact ids only",
                    shown(id)
                )
            });
        }
        return;
    };
    match met[declared.index] {
        None => met[declared.index] = Some(index),
        // How often an id should stand here that two artifacts declare cannot be told.
        Some(_) if declared.is_repeated => {}
        Some(first) => sink.report_at(Code::InvalidInstallOrder, at, || {
            format!(
                "{at} '{}' stands at {LIST}[{first}] already — expected each id once",
                shown(id)
            )
        }),
    }
}

fn report_unplaced(artifacts: &Artifacts<'_>, met: &[Option<usize>], sink: &mut DiagnosticSink) {
    let at = At::Field(LIST);
    for (id, declared) in &artifacts.ids {
        if met[declared.index].is_none() {
            sink.report_at(Code::IncompleteInstallOrder, at, || {
                format!(
                    "{at} lacks '{}', the id of artifacts[{}] — expected every artifact id exactly once",
                    shown(id),
                    declared.index
                )
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependant_stands_after_what_it_refers_to() {
        let order = ["b", "a", "c"];
        let position = |id: &str| order.iter().position(|&here| here == id);
        let found = order_violation(position, "b", ["elsewhere", "b", "a", "c"]);
        let found = found.expect("a stands later");
        assert_eq!(found.path.as_deref(), Some("installOrder[0]"));
        assert!(
            found.message.contains("installOrder[1] 'a'"),
            "{}",
            found.message
        );
        assert_eq!(order_violation(position, "c", ["a", "b", "c"]), None);
        assert_eq!(order_violation(position, "elsewhere", ["a"]), None);
    }
}
