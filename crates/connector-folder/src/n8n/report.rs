//! What a person is told about workflows and their calls.

use std::collections::BTreeMap;

use installhub_artifact::ArtifactType;
use installhub_exporting::ports::Notice;

use super::calls::{Call, Target};
use super::naming::Ids;
use super::resolve::{Links, Set};
use super::workflow::Workflow;
use crate::duplicates::Verdict;
use crate::problem::{Problem, notice, shown};

/// How many places one notice lists.
const MOST_PLACES: usize = 5;

/// One problem for every workflow whose id is taken, naming both files.
pub(super) fn refused(workflows: &[Workflow], verdicts: &[Verdict]) -> Vec<Problem> {
    let judged = workflows.iter().zip(verdicts);
    judged
        .filter_map(|(workflow, verdict)| {
            let Verdict::Refused { first } = verdict else {
                return None;
            };
            let first = &workflows[*first].label;
            let message = match &workflow.source_id {
                Some(id) => format!(
                    "has the id '{}', which '{first}' has too with other content: \
                     give one of them another id, leave one out, or let the later one be renamed",
                    shown(id)
                ),
                None => format!(
                    "has no id and differs from '{first}' in bookkeeping such as timestamps only: \
                     leave one out, or let the later one be renamed"
                ),
            };
            Some(Problem::new(&workflow.label, message))
        })
        .collect()
}

pub(super) fn folded(left_out: &Workflow, taken: &Workflow) -> Notice {
    let message = format!("says the same as '{}' and is taken once", taken.label);
    notice("Duplicate", &left_out.label, message)
}

pub(super) fn renamed(workflow: &Workflow, first: Option<&Workflow>, id: &str) -> Notice {
    let message = match (&workflow.source_id, first) {
        (Some(old), Some(first)) => format!(
            "has the id '{}', which '{}' has too with other content: it becomes '{id}', and calls of the id mean '{}'",
            shown(old),
            first.label,
            first.label
        ),
        _ => format!(
            "has no id and differs from another file in bookkeeping only: it becomes '{id}'"
        ),
    };
    notice("Renamed", &workflow.label, message)
}

/// Notices about calls that lead out of the set, or nobody knows where.
pub(super) fn calls(
    workflow: &Workflow,
    links: &Links,
    ids: &Ids,
    set: &Set<'_>,
    notices: &mut Vec<Notice>,
) {
    let mut tell = |code, message: String| notices.push(notice(code, &workflow.label, message));
    for (missing, numbers) in &links.missing {
        let calls: Vec<&Call> = numbers
            .iter()
            .map(|number| &workflow.calls[*number])
            .collect();
        let known_as = calls.iter().find_map(|call| call.known_as.as_deref());
        let known_as = known_as.map_or(String::new(), |name| {
            format!(" (known as '{}')", shown(name))
        });
        tell(
            "UnresolvedReference",
            format!(
                "{} workflow '{}'{known_as}, which is not in the folder: the package refers to '{}', \
                 and an import is blocked until the target has it or its absence is allowed",
                who(&calls, ["calls", "call"]),
                shown(missing),
                ids.of(ArtifactType::ThreadDefinition, missing),
            ),
        );
    }
    for (number, taken) in &links.ambiguous {
        let call = &workflow.calls[*number];
        let taken = &set.kept[*taken].label;
        let message = format!(
            "{} calls a workflow of which there are several: '{taken}' is taken",
            call.place
        );
        tell("AmbiguousReference", message);
    }
    for (target, calls) in by_target(&workflow.calls) {
        match target {
            Target::Expression(text) => tell(
                "UnknownReference",
                format!(
                    "{} the workflow that '{}' gives when it runs: which one cannot be known, and it is not included on its account",
                    who(&calls, ["calls", "call"]),
                    shown(text)
                ),
            ),
            Target::Elsewhere(place) => tell(
                "UnknownReference",
                format!(
                    "{} a workflow from '{}', outside of n8n: it is not included",
                    who(&calls, ["takes", "take"]),
                    shown(place)
                ),
            ),
            Target::Id(_) | Target::Name(_) | Target::Itself => {}
        }
    }
}

fn by_target(calls: &[Call]) -> BTreeMap<&Target, Vec<&Call>> {
    let mut by_target: BTreeMap<&Target, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        by_target.entry(&call.target).or_default().push(call);
    }
    by_target
}

/// The places of the calls, with the verb that fits their number.
fn who(calls: &[&Call], [singular, plural]: [&str; 2]) -> String {
    let mut listed: Vec<String> = calls
        .iter()
        .take(MOST_PLACES)
        .map(|call| shown(&call.place))
        .collect();
    if calls.len() > MOST_PLACES {
        listed.push(format!("{} more", calls.len() - MOST_PLACES));
    }
    match listed.split_last() {
        Some((last, [])) => format!("{last} {singular}"),
        Some((last, others)) => format!("{} and {last} {plural}", others.join(", ")),
        None => String::new(),
    }
}
