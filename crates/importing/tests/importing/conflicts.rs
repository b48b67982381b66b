//! Strategies, decisions and who is who.

use installhub_artifact::{ArtifactType, Json};
use installhub_conflict_merge::{Decision, Decisions, Fallback, Strategy, StrategyRules};
use installhub_importing::ports::NewDocument;
use installhub_importing::{ImportError, ImportOptions, PlannedAction};
use installhub_test_support::packages::PackageBuilder;

use crate::world::{World, actions, all, ask, codes, form};

fn orders(version: &str, content: &str) -> PackageBuilder {
    PackageBuilder::new("Orders", version).form("form-1", "Order", content)
}

fn text<'j>(document: &'j Json, member: &str) -> Option<&'j str> {
    document.get(member).and_then(Json::as_str)
}

#[test]
fn a_conflict_without_a_strategy_waits_for_a_decision() {
    let world = World::of_documents();
    world.put_form("form-x", "ORDER", r#"{"title": "Theirs"}"#);
    let package = orders("1.0.0", r#"{"title": "Ours"}"#).build();
    let plan = world.plan(&package, &ask());
    assert_eq!(actions(&plan), ["Undecided"]);
    assert_eq!(codes(&plan), ["DecisionMissing"]);
    assert!(!plan.steps[0].changes.is_empty(), "the difference is shown");
}

#[test]
fn each_strategy_does_what_it_says_and_keeps_the_existing_id() {
    for (strategy, action, title, note) in [
        (Strategy::Skip, "Skip", "Theirs", Some("kept")),
        (Strategy::Overwrite, "Update", "Ours", None),
        (Strategy::Merge, "Merge", "Ours", Some("kept")),
    ] {
        let world = World::of_documents();
        world.put_form("form-x", "order", r#"{"title": "Theirs", "note": "kept"}"#);
        let package = orders("1.0.0", r#"{"title": "Ours"}"#)
            .document(
                ArtifactType::ProcessDefinition,
                "proc-1",
                "Approval",
                r#"{"nodes": [{"nodeId": "n1", "config": {"formId": "form-1"}}]}"#,
            )
            .build();
        let plan = world.plan(&package, &all(strategy));
        assert_eq!(actions(&plan), [action, "Create"]);
        world.import(&package, &all(strategy));
        let form = world.form("Order");
        assert_eq!(form.outline.id, "form-x");
        assert_eq!(text(&form.content, "title"), Some(title), "{strategy}");
        assert_eq!(text(&form.content, "note"), note, "{strategy}");
        let process = world.document(ArtifactType::ProcessDefinition, "Approval");
        assert_eq!(
            process
                .content
                .pointer("/nodes/0/config/formId")
                .and_then(Json::as_str),
            Some("form-x"),
            "dependants are bound to the existing one"
        );
    }
}

/// Version 1.0.0 installed, then changed in the target; the next version is to be imported.
fn changed_on_both_sides() -> (World, PackageBuilder) {
    let world = World::of_documents();
    let first = orders("1.0.0", r#"{"title": "a", "hint": "a", "color": "a"}"#);
    world.import(&first.build(), &ask());
    let id = world.form("Order").outline.id;
    world.put_form(
        &id,
        "Order",
        r#"{"title": "theirs", "hint": "theirs", "color": "a"}"#,
    );
    let next = orders(
        "1.1.0",
        r#"{"title": "ours", "hint": "a", "color": "ours"}"#,
    );
    (world, next)
}

#[test]
fn a_merge_takes_each_sides_changes_and_never_guesses_a_clash() {
    let (world, next) = changed_on_both_sides();
    let package = next.build();
    let plan = world.plan(&package, &all(Strategy::Merge));
    assert_eq!(codes(&plan), ["MergeClash"]);
    let pointers: Vec<String> = plan.steps[0]
        .clashes
        .iter()
        .map(|clash| clash.pointer.to_string())
        .collect();
    assert_eq!(pointers, ["/title"]);

    for (fallback, title) in [(Fallback::Skip, "theirs"), (Fallback::Overwrite, "ours")] {
        let (world, next) = changed_on_both_sides();
        let options = ImportOptions {
            strategies: StrategyRules {
                merge_fallback_strategy: Some(fallback),
                ..StrategyRules::all(Strategy::Merge)
            },
            ..ask()
        };
        world.import(&next.build(), &options);
        let form = world.form("Order").content;
        assert_eq!(text(&form, "title"), Some(title));
        assert_eq!(text(&form, "hint"), Some("theirs"), "only they changed it");
        assert_eq!(text(&form, "color"), Some("ours"), "only we changed it");
    }
}

fn decided(artifact: &str, path: &str, decision: Decision) -> ImportOptions {
    let mut decisions = Decisions::none();
    decisions.decide(artifact, path.parse().expect("a path"), decision);
    ImportOptions {
        decisions,
        ..all(Strategy::Merge)
    }
}

#[test]
fn decisions_settle_clashes_field_by_field() {
    for (decision, title) in [
        (Decision::Existing, "theirs"),
        (Decision::Incoming, "ours"),
        (Decision::Value(Json::from("both")), "both"),
    ] {
        let (world, next) = changed_on_both_sides();
        world.import(&next.build(), &decided("form-1", "/title", decision));
        assert_eq!(text(&world.form("Order").content, "title"), Some(title));
    }
}

#[test]
fn decisions_are_remembered_for_the_next_import_of_the_package() {
    let (world, next) = changed_on_both_sides();
    let decision = Decision::Value(Json::from("both"));
    world.import(&next.build(), &decided("form-1", "/title", decision));
    let id = world.form("Order").outline.id;
    world.put_form(&id, "Order", r#"{"title": "changed again"}"#);
    let third = orders("1.2.0", r#"{"title": "new"}"#).build();
    let plan = world.plan(&third, &all(Strategy::Merge));
    assert!(plan.is_ready(), "{:?}", plan.blocks);
    world
        .carry_out(&third, &all(Strategy::Merge), &plan)
        .expect("an import");
    assert_eq!(text(&world.form("Order").content, "title"), Some("both"));
}

#[test]
fn decisions_of_an_import_that_failed_before_committing_to_a_store_are_not_remembered() {
    let (world, next) = changed_on_both_sides();
    let package = next.build();
    let options = decided("form-1", "/title", Decision::Incoming);
    let plan = world.plan(&package, &options);
    let id = world.form("Order").outline.id;
    world.put_form(&id, "Order", r#"{"title": "changed again"}"#);
    world
        .carry_out(&package, &options, &plan)
        .expect_err("the plan is outdated");
    assert!(!world.plan(&package, &all(Strategy::Merge)).is_ready());
}

#[test]
fn what_was_skipped_goes_on_being_compared_with_what_was_installed() {
    let (world, next) = changed_on_both_sides();
    world.import(&next.build(), &all(Strategy::Skip));
    let third = orders(
        "1.2.0",
        r#"{"title": "ours", "hint": "a", "color": "third"}"#,
    )
    .build();
    let plan = world.plan(&third, &all(Strategy::Merge));
    let pointers: Vec<String> = plan.steps[0]
        .clashes
        .iter()
        .map(|clash| clash.pointer.to_string())
        .collect();
    assert_eq!(pointers, ["/title"], "nothing the target has was forgotten");
}

#[test]
fn a_renamed_artifact_is_still_the_same() {
    let world = World::of_documents();
    world.import(&orders("1.0.0", "{}").build(), &ask());
    let id = world.form("Order").outline.id;
    let renamed = PackageBuilder::new("Orders", "1.1.0").form("form-1", "Purchase", "{}");
    let plan = world.plan(&renamed.build(), &all(Strategy::Overwrite));
    assert_eq!(actions(&plan), ["Update"]);
    world.import(&renamed.build(), &all(Strategy::Overwrite));
    assert_eq!(world.form("Purchase").outline.id, id);
    assert!(world.documents(ArtifactType::AtlasForm, "Order").is_empty());
}

#[test]
fn an_artifact_that_takes_over_the_name_of_one_no_longer_packaged_meets_it() {
    let world = World::of_documents();
    world.import(&orders("1.0.0", "{}").build(), &ask());
    let successor = PackageBuilder::new("Orders", "1.1.0")
        .form("form-2", "Order", r#"{"title": "new"}"#)
        .build();
    let plan = world.plan(&successor, &all(Strategy::Overwrite));
    assert_eq!(actions(&plan), ["Update"], "not a second one of that name");
}

#[test]
fn the_base_of_another_document_is_no_base() {
    let world = World::of_documents();
    world.import(&orders("1.0.0", r#"{"title": "a"}"#).build(), &ask());
    let old = world.form("Order").outline.id;
    world.put(&NewDocument {
        artifact_type: ArtifactType::RuleSet,
        ..form(&old, "Something else", "{}")
    });
    world.put_form("form-x", "Order", r#"{"title": "b"}"#);
    let next = orders("1.1.0", r#"{"title": "a", "hint": "new"}"#).build();
    let plan = world.plan(&next, &all(Strategy::Merge));
    assert_eq!(plan.steps[0].target_id, "form-x", "a namesake");
    world.import(&next, &all(Strategy::Merge));
    assert_eq!(
        text(&world.form("Order").content, "title"),
        Some("a"),
        "without a base incoming fields win"
    );
}

#[test]
fn a_plan_is_not_carried_out_under_other_decisions() {
    let (world, next) = changed_on_both_sides();
    let package = next.build();
    let planned = decided("form-1", "/title", Decision::Incoming);
    let plan = world.plan(&package, &planned);
    let state = world.state();
    let other = decided("form-1", "/title", Decision::Value(Json::from("another")));
    let refused = world.carry_out(&package, &other, &plan);
    assert!(
        matches!(refused, Err(ImportError::PlanOutdated(_))),
        "{refused:?}"
    );
    assert_eq!(world.state(), state);
}

#[test]
fn nobody_chooses_among_namesakes() {
    let world = World::of_documents();
    world.put_form("form-x", "Order", "{}");
    world.put_form("form-y", "ORDER", "{}");
    let plan = world.plan(&orders("1.0.0", "{}").build(), &all(Strategy::Overwrite));
    assert_eq!(codes(&plan), ["AmbiguousMatch"]);
    assert!(plan.blocks[0].message.contains("form-x, form-y"));

    let world = World::of_documents();
    world.put_form("form-x", "Order", "{}");
    let twins = orders("1.0.0", "{}").form("form-2", "order", "{}").build();
    let plan = world.plan(&twins, &all(Strategy::Overwrite));
    assert_eq!(codes(&plan), ["AmbiguousMatch", "AmbiguousMatch"]);
    assert!(plan.blocks[0].message.contains("form-1, form-2"));
    assert_eq!(plan.steps[0].action, PlannedAction::Undecided);
}

#[test]
fn twins_in_one_package_stay_two() {
    let world = World::of_documents();
    let twins = orders("1.0.0", r#"{"n": 1}"#)
        .form("form-2", "Order", r#"{"n": 2}"#)
        .build();
    world.import(&twins, &ask());
    assert_eq!(world.documents(ArtifactType::AtlasForm, "Order").len(), 2);
    assert_eq!(actions(&world.plan(&twins, &ask())), ["NoChange"; 2]);
}
