//! What every difference keeps to.

use installhub_artifact::ArtifactType;
use installhub_conflict_merge::{Summary, change_lines, diff};
use proptest::prelude::*;

use crate::applying::apply;
use crate::documents::{document, three_sides};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn a_document_does_not_differ_from_itself(document in document()) {
        prop_assert_eq!(diff(ArtifactType::ProcessDefinition.spec(), &document, &document), vec![]);
    }

    #[test]
    fn the_changes_tell_everything((_, old, new) in three_sides()) {
        let changes = diff(ArtifactType::ProcessDefinition.spec(), &old, &new);
        prop_assert_eq!(changes.is_empty(), old == new);
        prop_assert_eq!(apply(&old, &changes), new);
        let summary = Summary::of(&changes);
        prop_assert_eq!(summary.added + summary.removed + summary.changed + summary.moved, changes.len());
    }

    #[test]
    fn every_value_is_cut_where_a_character_ends(name in ".*", text in ".*", most in 0..12usize) {
        let old = installhub_artifact::Object::from_iter([(name, text)]);
        let lines = change_lines(&diff(ArtifactType::Config.spec(), &old.into(), &"".into()), most);
        prop_assert_eq!(lines.len(), 1);
        prop_assert!(!lines[0].chars().any(char::is_control), "{:?}", lines[0]);
    }
}
