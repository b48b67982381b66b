//! What every merge keeps to.

use installhub_artifact::{ArtifactType, Json, Object};
use installhub_conflict_merge::{
    ChangeKind, Clash, Decision, Fallback, FieldDecisions, Merge, Segment, diff, merge,
    merge_with_report,
};
use proptest::prelude::*;

use crate::documents::{document, three_sides};

fn merged(
    base: Option<&Json>,
    existing: &Json,
    incoming: &Json,
    decisions: &FieldDecisions,
) -> Merge {
    merge(
        ArtifactType::ProcessDefinition.spec(),
        base,
        existing,
        incoming,
        decisions,
    )
}

fn undecided(base: Option<&Json>, existing: &Json, incoming: &Json) -> Merge {
    merged(base, existing, incoming, &FieldDecisions::none())
}

fn forced(base: &Json, existing: &Json, incoming: &Json, fallback: Fallback) -> Json {
    let decisions = FieldDecisions::none().with_fallback(Some(fallback));
    merged(Some(base), existing, incoming, &decisions)
        .clean()
        .expect("a fallback leaves nothing open")
}

/// Decides alike for every field in which two documents differ.
fn for_every_difference(left: &Json, right: &Json, decision: &Decision) -> FieldDecisions {
    let changes = diff(ArtifactType::ProcessDefinition.spec(), left, right);
    changes
        .into_iter()
        .fold(FieldDecisions::none(), |all, change| {
            all.with(change.pointer, decision.clone())
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn equal_sides_merge_to_themselves(base in document(), side in document()) {
        prop_assert_eq!(undecided(Some(&base), &side, &side), Merge::Clean(side.clone()));
        prop_assert_eq!(undecided(None, &side, &side), Merge::Clean(side));
    }

    #[test]
    fn an_unchanged_side_yields((base, side, _) in three_sides()) {
        prop_assert_eq!(undecided(Some(&base), &base, &side), Merge::Clean(side.clone()));
        prop_assert_eq!(undecided(Some(&base), &side, &base), Merge::Clean(side));
    }

    /// Decisions deep inside make the merge take apart what it otherwise takes whole; the outcome must not differ.
    #[test]
    fn taking_apart_gives_the_same_as_taking_whole((base, side, _) in three_sides()) {
        let incoming = for_every_difference(&base, &side, &Decision::Incoming);
        prop_assert_eq!(merged(Some(&base), &base, &side, &incoming), Merge::Clean(side.clone()));
        let existing = for_every_difference(&side, &base, &Decision::Existing);
        prop_assert_eq!(merged(Some(&base), &side, &base, &existing), Merge::Clean(side));
    }

    #[test]
    fn merging_the_same_package_again_changes_nothing((base, existing, incoming) in three_sides()) {
        for fallback in [Fallback::Overwrite, Fallback::Skip] {
            let once = forced(&base, &existing, &incoming, fallback);
            prop_assert_eq!(undecided(Some(&incoming), &once, &incoming), Merge::Clean(once.clone()));
        }
        let once = undecided(None, &existing, &incoming).clean().expect("without a base nothing clashes");
        prop_assert_eq!(undecided(None, &once, &incoming), Merge::Clean(once));
    }

    #[test]
    fn an_interrupted_import_may_be_merged_again((base, existing, incoming) in three_sides()) {
        let once = forced(&base, &existing, &incoming, Fallback::Overwrite);
        prop_assert_eq!(forced(&base, &once, &incoming, Fallback::Overwrite), once);
    }

    #[test]
    fn swapped_sides_clash_in_the_same_fields((base, existing, incoming) in three_sides()) {
        let there = undecided(Some(&base), &existing, &incoming);
        let back = undecided(Some(&base), &incoming, &existing);
        let swapped: Vec<Clash> = back
            .clashes()
            .iter()
            .cloned()
            .map(|clash| Clash { existing: clash.incoming, incoming: clash.existing, ..clash })
            .collect();
        prop_assert_eq!(there.clashes(), &swapped);
        if let (Merge::Clean(there), Merge::Clean(back)) = (there, back) {
            let differences = diff(ArtifactType::ProcessDefinition.spec(), &there, &back);
            prop_assert!(differences.iter().all(|change| change.kind == ChangeKind::Moved), "{differences:?}");
        }
    }

    #[test]
    fn deciding_every_clash_leaves_none((base, existing, incoming) in three_sides()) {
        let clashed = undecided(Some(&base), &existing, &incoming);
        for (decision, fallback) in [(Decision::Incoming, Fallback::Overwrite), (Decision::Existing, Fallback::Skip)] {
            let decisions = clashed
                .clashes()
                .iter()
                .fold(FieldDecisions::none(), |all, clash| all.with(clash.pointer.clone(), decision.clone()));
            let spec = ArtifactType::ProcessDefinition.spec();
            let report = merge_with_report(spec, Some(&base), &existing, &incoming, &decisions);
            prop_assert_eq!(report.unused, vec![]);
            prop_assert_eq!(report.merge, Merge::Clean(forced(&base, &existing, &incoming, fallback)));
        }
        if let Merge::Clashed { partial, .. } = clashed {
            prop_assert_eq!(partial, forced(&base, &existing, &incoming, Fallback::Skip));
        }
    }

    #[test]
    fn a_given_value_is_what_the_field_becomes((base, existing, incoming) in three_sides()) {
        let given = Json::from("given");
        let clashed = undecided(Some(&base), &existing, &incoming);
        let decisions = clashed
            .clashes()
            .iter()
            .fold(FieldDecisions::none(), |all, clash| all.with(clash.pointer.clone(), Decision::Value(given.clone())));
        let document = merged(Some(&base), &existing, &incoming, &decisions).clean().expect("everything is decided");
        for clash in clashed.clashes() {
            // An element that became a text has no key any more.
            if matches!(clash.pointer.segments().last(), Some(Segment::Member(_))) {
                prop_assert_eq!(clash.pointer.find(&document), Some(&given), "{}", clash.pointer);
            }
        }
    }

    #[test]
    fn clashes_show_the_sides((base, existing, incoming) in three_sides()) {
        for clash in undecided(Some(&base), &existing, &incoming).clashes() {
            prop_assert_eq!(clash.pointer.find(&existing), clash.existing.as_ref());
            prop_assert_eq!(clash.pointer.find(&incoming), clash.incoming.as_ref());
            prop_assert_eq!(clash.pointer.find(&base), clash.base.as_ref());
            prop_assert_eq!(clash.pointer.to_string().parse(), Ok(clash.pointer.clone()));
        }
    }

    /// Flat documents against the rule written down a second time.
    #[test]
    fn flat_members_follow_the_rule(
        sides in prop::collection::vec((0..4u8, 0..4u8, 0..4u8), 0..8),
    ) {
        // 0 stands for absent.
        let value = |n: u8| (n > 0).then(|| Json::from(i64::from(n)));
        let document = |side: fn(&(u8, u8, u8)) -> u8| -> Json {
            let members = sides.iter().enumerate();
            members.filter_map(|(at, all)| Some((format!("m{at}"), value(side(all))?))).collect::<Object>().into()
        };
        let (base, existing, incoming) = (document(|s| s.0), document(|s| s.1), document(|s| s.2));
        let merge = undecided(Some(&base), &existing, &incoming);
        let clashes: Vec<String> = merge.clashes().iter().map(|clash| clash.pointer.to_string()).collect();
        let mut expected_clashes = Vec::new();
        let mut expected = Object::new();
        for (at, &(b, e, i)) in sides.iter().enumerate() {
            let clash = b != e && b != i && e != i;
            if clash {
                expected_clashes.push(format!("/m{at}"));
            }
            let result = if clash || b == i { e } else { i };
            expected.extend(value(result).map(|value| (format!("m{at}"), value)));
        }
        prop_assert_eq!(clashes, expected_clashes);
        let (Merge::Clean(document) | Merge::Clashed { partial: document, .. }) = merge;
        prop_assert_eq!(document, Json::from(expected));
    }
}
