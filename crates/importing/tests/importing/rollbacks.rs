//! The way back.

use installhub_conflict_merge::Strategy;
use installhub_importing::ports::{ImportLease as _, JournalPhase, TargetKind};
use installhub_importing::{ImportError, ImportState, Permit};
use installhub_test_support::import_target::Lie;
use installhub_test_support::packages::PackageBuilder;

use crate::databases::{music, row};
use crate::world::{World, all, ask};

fn orders(version: &str, title: &str) -> PackageBuilder {
    PackageBuilder::new("Orders", version).form(
        "form-1",
        "Order",
        &format!(r#"{{"title": "{title}"}}"#),
    )
}

#[test]
fn the_target_is_exactly_as_before_and_the_version_before_is_in_force() {
    let world = World::of_documents();
    let overwrite = all(Strategy::Overwrite);
    let empty = world.state();
    let first = world
        .import(&orders("1.0.0", "a").build(), &overwrite)
        .record
        .id;
    let installed = world.state();
    let second = world
        .import(&orders("1.1.0", "b").build(), &overwrite)
        .record
        .id;

    let report = world.rollback(second, Permit::Refuse).expect("a rollback");
    assert_eq!(report.record.state, ImportState::RolledBack);
    assert!(report.lost.is_empty() && report.undone.is_empty());
    assert_eq!(world.state(), installed);
    assert_eq!(
        world.installed("Orders").map(|version| version.minor),
        Some(0)
    );

    let again = world.rollback(second, Permit::Allow);
    assert!(matches!(again, Err(ImportError::IllegalTransition(_))));
    world.rollback(first, Permit::Refuse).expect("a rollback");
    assert_eq!(world.state(), empty);
    assert_eq!(world.installed("Orders"), None);
}

#[test]
fn what_would_be_lost_is_said_first() {
    let world = World::of_documents();
    let id = world
        .import(&orders("1.0.0", "a").build(), &ask())
        .record
        .id;
    world.put_form("form-x", "Somebody's", "{}");
    let changed = world.state();
    let refused = world.rollback(id, Permit::Refuse);
    let Err(ImportError::WouldLose(lost)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(lost, ["AtlasForm form-x (Somebody's) is new"]);
    assert_eq!(world.state(), changed);
    let report = world.rollback(id, Permit::Allow).expect("it was forced");
    assert_eq!(report.lost, lost);
    assert!(world.state().objects.is_empty());
}

#[test]
fn later_imports_go_along_when_forced() {
    for world in [World::of_documents(), World::of_tables()] {
        let (first, other, next) = match world.target.kind() {
            TargetKind::Store => (
                orders("1.0.0", "a").build(),
                PackageBuilder::new("Offers", "1.0.0")
                    .form("form-1", "Offer", "{}")
                    .build(),
                orders("1.1.0", "b").build(),
            ),
            TargetKind::Database => (
                music("1.0.0", &[row(1, "Ada")]).build(),
                PackageBuilder::new("Offers", "1.0.0")
                    .object(&installhub_database_model::SchemaObject::Table(
                        crate::databases::artists(),
                    ))
                    .build(),
                music("1.1.0", &[row(2, "Bob")]).build(),
            ),
        };
        let overwrite = all(Strategy::Overwrite);
        let base = world.state();
        let name = first.manifest().name.clone();
        let ids =
            [&first, &other, &next].map(|package| world.import(package, &overwrite).record.id);
        let refused = world.rollback(ids[0], Permit::Refuse);
        let Err(ImportError::WouldLose(lost)) = refused else {
            panic!("{refused:?}");
        };
        assert!(
            lost[0].starts_with(&format!("import {}", ids[1])),
            "{lost:?}"
        );
        let report = world
            .rollback(ids[0], Permit::Allow)
            .expect("it was forced");
        assert_eq!(report.undone, ids[1..]);
        for id in ids {
            assert_eq!(world.record(id).state, ImportState::RolledBack);
        }
        assert_eq!(world.installed(&name), None);
        assert_eq!(world.installed("Offers"), None);
        assert_eq!(world.state(), base);
    }
}

#[test]
fn a_damaged_snapshot_is_refused_before_anything_is_touched() {
    let world = World::of_documents();
    let id = world
        .import(&orders("1.0.0", "a").build(), &ask())
        .record
        .id;
    let state = world.state();
    world.snapshots.damage();
    let refused = world.rollback(id, Permit::Allow);
    assert!(
        matches!(refused, Err(ImportError::Snapshot(_))),
        "{refused:?}"
    );
    assert_eq!(world.state(), state);
    assert_eq!(world.record(id).state, ImportState::Completed);
}

#[test]
fn a_snapshot_goes_back_only_to_where_it_came_from() {
    let world = World::of_tables();
    let id = world
        .import(&music("1.0.0", &[row(1, "Ada")]).build(), &ask())
        .record
        .id;
    let elsewhere = World::of_documents();
    let refused = futures::executor::block_on(world.importer.rollback(
        &world.scope,
        id,
        elsewhere.target.as_ref(),
        Permit::Allow,
    ));
    assert!(
        matches!(refused, Err(ImportError::WrongTarget { .. })),
        "{refused:?}"
    );
}

#[test]
fn an_import_that_somebody_works_on_is_left_alone() {
    let world = World::of_documents();
    let id = world
        .import(&orders("1.0.0", "a").build(), &ask())
        .record
        .id;
    let lease = futures::executor::block_on(world.leases.acquire(id)).expect("leases work");
    assert!(lease.is_some());
    let refused = world.rollback(id, Permit::Allow);
    assert!(matches!(refused, Err(ImportError::Busy(busy)) if busy == id));
    drop(lease);
    world.rollback(id, Permit::Allow).expect("now it is free");
}

#[test]
fn other_tenants_imports_do_not_exist() {
    let world = World::of_documents();
    let id = world
        .import(&orders("1.0.0", "a").build(), &ask())
        .record
        .id;
    let other = installhub_test_support::scope(2);
    let refused = futures::executor::block_on(world.importer.rollback(
        &other,
        id,
        world.target.as_ref(),
        Permit::Allow,
    ));
    assert!(
        matches!(refused, Err(ImportError::NotFound(_))),
        "{refused:?}"
    );
}

#[test]
fn a_restore_that_restores_something_else_is_noticed_before_it_counts() {
    for world in [World::of_documents(), World::of_tables()] {
        let package = match world.target.kind() {
            TargetKind::Store => orders("1.0.0", "a").build(),
            TargetKind::Database => music("1.0.0", &[row(1, "Ada")]).build(),
        };
        let id = world.import(&package, &ask()).record.id;
        let state = world.state();
        world.faults.set(None);
        world.faults.lie(Lie::Restore);
        let error = world
            .rollback(id, Permit::Refuse)
            .expect_err("it is not as before");
        assert!(
            error.to_string().contains("it differs from before"),
            "{error}"
        );
        assert!(!world.faults.calls().contains(&"TargetSession::commit"));
        assert_eq!(world.state(), state);
        let record = world.record(id);
        assert_eq!(record.state, ImportState::Completed);
        assert_eq!(record.phase, JournalPhase::Recorded, "the import stands");
    }
}
