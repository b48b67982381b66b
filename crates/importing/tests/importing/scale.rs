//! Many artifacts.

use std::fmt::Write as _;

use installhub_conflict_merge::Strategy;
use installhub_importing::PlannedAction;
use installhub_test_support::packages::PackageBuilder;

use crate::world::{World, all, ask};

/// A step that looks through all others would make this run for a long while.
#[test]
fn two_thousand_documents_are_planned_imported_and_updated() {
    const MANY: usize = 2_000;
    let package = |version: &str, title: &str| {
        let mut builder = PackageBuilder::new("Many", version);
        let mut content = String::new();
        for number in 0..MANY {
            content.clear();
            write!(content, r#"{{"title": "{title}", "fields": []}}"#).expect("memory takes it");
            builder = builder.form(
                &format!("form-{number}"),
                &format!("Form {number}"),
                &content,
            );
        }
        builder.build()
    };
    let world = World::of_documents();
    world.import(&package("1.0.0", "a"), &ask());
    assert_eq!(world.state().objects.len(), MANY);
    let next = package("1.0.1", "b");
    let plan = world.plan(&next, &all(Strategy::Merge));
    assert!(
        plan.steps
            .iter()
            .all(|step| step.action == PlannedAction::Merge)
    );
    world
        .carry_out(&next, &all(Strategy::Merge), &plan)
        .expect("an import");
    assert_eq!(world.state().objects.len(), MANY);
}
