//! What plans say, and that imports do exactly that.

use installhub_artifact::{ArtifactType, Json};
use installhub_conflict_merge::Strategy;
use installhub_importing::{ImportError, ImportOptions, ImportState, Permit};
use installhub_test_support::import_target::Lie;
use installhub_test_support::packages::PackageBuilder;
use semver::Version;

use crate::world::{World, actions, all, ask, codes};

fn orders() -> PackageBuilder {
    PackageBuilder::new("Orders", "1.0.0")
        .form("form-1", "Order", r#"{"title": "Order"}"#)
        .document(
            ArtifactType::ProcessDefinition,
            "proc-1",
            "Approval",
            r#"{"nodes": [{"nodeId": "n1", "config": {"formId": "form-1"}}]}"#,
        )
}

#[test]
fn a_first_import_creates_everything_under_fresh_ids_and_references_follow() {
    use ImportState::{Completed, Configuring, Importing, Pending, Reviewing, Validating};
    let world = World::of_documents();
    let package = orders().build();
    let plan = world.plan(&package, &ask());
    assert_eq!(actions(&plan), ["Create", "Create"]);
    assert!(plan.is_ready());
    assert_eq!(world.state().objects.len(), 0, "planning changes nothing");

    let report = world.carry_out(&package, &ask(), &plan).expect("an import");

    let form = world.form("Order");
    assert_ne!(form.outline.id, "form-1");
    assert!(form.outline.id.starts_with("form-"));
    assert_eq!(form.outline.id, plan.steps[0].target_id, "as shown");
    let process = world.document(ArtifactType::ProcessDefinition, "Approval");
    assert_eq!(
        process
            .content
            .pointer("/nodes/0/config/formId")
            .and_then(Json::as_str),
        Some(form.outline.id.as_str())
    );
    assert_eq!(report.record.state, Completed);
    assert_eq!(world.installed("Orders"), Some(Version::new(1, 0, 0)));
    assert_eq!(world.listed_snapshots(), 1);
    let moves: Vec<ImportState> = world
        .moves(report.record.id)
        .into_iter()
        .map(|step| step.to)
        .collect();

    assert_eq!(
        moves,
        [
            Pending,
            Validating,
            Configuring,
            Reviewing,
            Importing,
            Completed
        ]
    );
}

#[test]
fn the_same_package_again_changes_nothing() {
    let world = World::of_documents();
    let package = orders().build();
    world.import(&package, &ask());
    let state = world.state();
    for options in [
        ask(),
        all(Strategy::Merge),
        all(Strategy::Overwrite),
        all(Strategy::Skip),
    ] {
        let plan = world.plan(&package, &options);
        assert_eq!(actions(&plan), ["NoChange", "NoChange"], "{options:?}");
        assert!(plan.is_ready() && !plan.changes_anything());
        world
            .carry_out(&package, &options, &plan)
            .expect("an import");
        assert_eq!(world.state(), state);
    }
}

#[test]
fn two_packages_with_the_same_ids_do_not_meet() {
    let world = World::of_documents();
    world.import(&orders().build(), &ask());
    let other = PackageBuilder::new("Offers", "1.0.0")
        .form("form-1", "Offer", "{}")
        .document(ArtifactType::Config, "settings", "Offer settings", "{}")
        .build();
    world.import(&other, &ask());
    let more = PackageBuilder::new("Invoices", "1.0.0")
        .document(ArtifactType::Config, "settings", "Invoice settings", "{}")
        .build();
    assert_eq!(actions(&world.plan(&more, &ask())), ["Create"]);
    world.import(&more, &ask());
    assert_ne!(
        world.form("Order").outline.id,
        world.form("Offer").outline.id
    );
    world.document(ArtifactType::Config, "Offer settings");
    world.document(ArtifactType::Config, "Invoice settings");
}

#[test]
fn a_missing_dependency_blocks_and_can_be_left_open() {
    let world = World::of_documents();
    let package = PackageBuilder::new("Orders", "1.0.0")
        .document(
            ArtifactType::ProcessDefinition,
            "proc-1",
            "Approval",
            r#"{"nodes": [{"nodeId": "n1", "config": {"formId": "form-9"}}]}"#,
        )
        .build();
    let plan = world.plan(&package, &ask());
    assert_eq!(codes(&plan), ["MissingDependency"]);
    assert!(plan.blocks[0].message.contains("/nodes/0/config/formId"));
    let refused = world.carry_out(&package, &ask(), &plan);
    assert!(matches!(refused, Err(ImportError::Blocked(1))));
    assert!(world.journal().is_empty(), "it was never begun");

    let open = ImportOptions {
        missing: Permit::Allow,
        ..ask()
    };
    let plan = world.plan(&package, &open);
    assert_eq!(plan.warnings[0].code, "MissingDependency");
    let report = world.carry_out(&package, &open, &plan).expect("an import");
    let reference = &report.installation.open_references[0];
    assert_eq!(
        (reference.source_id.as_str(), reference.missing_id.as_str()),
        ("proc-1", "form-9")
    );

    world.put_form("form-9", "Nine", "{}");
    assert!(world.plan(&package, &ask()).is_ready(), "now it is there");
}

#[test]
fn references_lead_to_what_packages_it_depends_on_have_installed() {
    let world = World::of_documents();
    let base = PackageBuilder::new("Base", "1.2.0")
        .form("form-1", "Order", "{}")
        .build();
    let user = PackageBuilder::new("Approvals", "1.0.0")
        .needing("Base", Version::new(1, 0, 0))
        .document(
            ArtifactType::ProcessDefinition,
            "proc-1",
            "Approval",
            r#"{"nodes": [{"nodeId": "n1", "config": {"formId": "form-1"}}]}"#,
        )
        .build();
    assert_eq!(
        codes(&world.plan(&user, &ask())),
        ["MissingDependency", "MissingPackageDependency"]
    );

    world.import(&base, &ask());
    world.import(&user, &ask());
    let process = world.document(ArtifactType::ProcessDefinition, "Approval");
    assert_eq!(
        process
            .content
            .pointer("/nodes/0/config/formId")
            .and_then(Json::as_str),
        Some(world.form("Order").outline.id.as_str())
    );
    assert_eq!(actions(&world.plan(&user, &ask())), ["NoChange"]);
}

#[test]
fn jumps_between_versions_need_a_word() {
    let world = World::of_documents();
    let version = |version: &str| {
        PackageBuilder::new("Orders", version)
            .form("form-1", "Order", "{}")
            .build()
    };
    world.import(&version("1.5.0"), &ask());
    let overwrite = all(Strategy::Overwrite);
    let permitted = ImportOptions {
        major_upgrade: Permit::Allow,
        downgrade: Permit::Allow,
        ..all(Strategy::Overwrite)
    };
    for (next, code) in [
        ("2.0.0", "MajorVersionUpgrade"),
        ("1.4.0", "VersionDowngrade"),
    ] {
        assert_eq!(codes(&world.plan(&version(next), &overwrite)), [code]);
        assert!(world.plan(&version(next), &permitted).is_ready());
    }
    world.import(&version("1.6.0"), &overwrite);
    assert_eq!(world.installed("Orders"), Some(Version::new(1, 6, 0)));
}

#[test]
fn what_the_target_cannot_hold_is_never_dropped_silently() {
    let world = World::of_documents();
    let package = orders()
        .document(ArtifactType::Role, "role-1", "Clerk", "{}")
        .build();
    let plan = world.plan(&package, &ask());
    assert_eq!(codes(&plan), ["UnsupportedByTarget"]);
    let leave_out = ImportOptions {
        unsupported: Permit::Allow,
        ..ask()
    };
    let report = world.import(&package, &leave_out);
    let installed: Vec<&str> = report
        .installation
        .artifacts
        .iter()
        .map(|artifact| artifact.source_id.as_str())
        .collect();
    assert_eq!(installed, ["form-1", "proc-1"]);
}

#[test]
fn a_plan_holds_for_the_target_it_was_made_for_and_as_long_as_that_stays_the_same() {
    let world = World::of_documents();
    let package = orders().build();
    let plan = world.plan(&package, &ask());
    world.put_form("form-x", "Somebody's", "{}");
    let refused = world.carry_out(&package, &ask(), &plan);
    let Err(ImportError::PlanOutdated(changes)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(changes, ["AtlasForm form-x (Somebody's) is new"]);
    assert_eq!(world.journal()[0].state, ImportState::Failed);
    assert_eq!(world.listed_snapshots(), 0);

    let other = orders().form("form-2", "Offer", "{}").build();
    let plan = world.plan(&package, &ask());
    let refused = world.carry_out(&other, &ask(), &plan);
    assert!(matches!(refused, Err(ImportError::PlanMismatch { .. })));

    let elsewhere = World::of_tables();
    let mut plan = world.plan(&package, &ask());
    plan.fingerprint = elsewhere.state();
    let refused = elsewhere.carry_out(&package, &ask(), &plan);
    let Err(ImportError::PlanMismatch { given, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(given, elsewhere.target.display_name());
}

#[test]
fn a_plan_is_not_carried_out_under_other_options() {
    let world = World::of_documents();
    world.put_form("form-x", "Order", r#"{"title": "Theirs"}"#);
    let package = orders().build();
    let plan = world.plan(&package, &all(Strategy::Skip));
    let refused = world.carry_out(&package, &all(Strategy::Overwrite), &plan);
    assert!(
        matches!(refused, Err(ImportError::PlanOutdated(_))),
        "{refused:?}"
    );
    assert_eq!(
        world
            .form("Order")
            .content
            .get("title")
            .and_then(Json::as_str),
        Some("Theirs")
    );
}

#[test]
fn another_version_installed_between_plan_and_import_outdates_the_plan() {
    let world = World::of_documents();
    let version =
        |version: &str| PackageBuilder::new("Orders", version).form("form-1", "Order", "{}");
    let first = version("1.0.0").build();
    world.import(&first, &ask());
    let plan = world.plan(&first, &ask());
    let skip = all(Strategy::Skip);
    world.import(&version("1.1.0").build(), &skip);
    let refused = world.carry_out(&first, &ask(), &plan);
    let Err(ImportError::PlanOutdated(changes)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(changes, ["1.1.0 of Orders is installed now"]);
}

#[test]
fn what_the_target_makes_of_a_document_fails_the_post_condition() {
    let world = World::of_documents();
    let package = orders().build();
    let plan = world.plan(&package, &ask());
    world.faults.lie(Lie::Documents);
    let refused = world.carry_out(&package, &ask(), &plan);
    let Err(ImportError::PostCondition { object, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(object, "AtlasForm 'Order'");
    assert!(world.state().objects.is_empty(), "it was rolled back");
    assert_eq!(world.journal()[0].state, ImportState::Failed);
}
