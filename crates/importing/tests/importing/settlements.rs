//! Imports whose process died, at every place where it can.

use futures::executor::block_on;
use installhub_conflict_merge::Strategy;
use installhub_database_model::SchemaObject;
use installhub_importing::ports::{
    ImportLease as _, ImportRecord, InstallationStatus, JournalPhase, UnitOfWorkFactory as _,
};
use installhub_importing::{ImportError, ImportState, Permit};

use crate::databases::{artists, music, row};
use crate::world::{World, all};

/// A database with version 1.0.0 and the journal of an import of 1.1.0 that died; the target is as it was before.
fn died_in(phase: JournalPhase) -> (World, ImportRecord) {
    let world = World::of_tables();
    let overwrite = all(Strategy::Overwrite);
    world.import(&music("1.0.0", &[row(1, "Ada")]).build(), &overwrite);
    let next = music("1.1.0", &[row(1, "Eve")]).build();
    let completed = world.import(&next, &overwrite);
    let after = world.state();
    world
        .rollback(completed.record.id, Permit::Refuse)
        .expect("a rollback");
    let mut record = completed.record;
    record.id = installhub_kernel::ImportId::from_uuid(
        installhub_test_support::unit_of_work::samples::import_id(77).as_uuid(),
    );
    record.state = ImportState::Importing;
    record.phase = phase;
    record.after = Some(after);
    let mut outcome = completed.installation;
    outcome.id = installhub_test_support::unit_of_work::samples::installation_id(77);
    outcome.import = record.id;
    record.outcome = Some(outcome);
    block_on(async {
        let mut unit = world
            .store
            .begin(&world.scope)
            .await
            .expect("memory is writable");
        unit.imports()
            .add(&world.scope, &record)
            .await
            .expect("it is new");
        unit.commit().await.expect("memory is writable");
    });
    (world, record)
}

fn as_after(world: &World) {
    world.database.put_rows("main.Artist", vec![row(1, "Eve")]);
}

fn as_neither(world: &World) {
    world
        .database
        .put_rows("main.Artist", vec![row(1, "somebody else's")]);
}

#[test]
fn before_the_commit_was_announced_nothing_can_have_happened() {
    for phase in [
        JournalPhase::Planned,
        JournalPhase::Snapshotting,
        JournalPhase::Applying,
    ] {
        let (world, record) = died_in(phase);
        let settled = world.settle();
        assert_eq!(settled.len(), 1, "{phase:?}");
        assert_eq!(settled[0].state, ImportState::Failed, "{phase:?}");
        assert!(settled[0].message.contains("nothing was changed"));
        assert_eq!(world.record(record.id).state, ImportState::Failed);
        assert_eq!(
            world.moves(record.id).pop().and_then(|step| step.note),
            Some("nothing was changed".to_owned())
        );
    }
}

#[test]
fn after_the_announcement_the_target_tells() {
    let (world, record) = died_in(JournalPhase::Committing);
    assert_eq!(world.settle()[0].state, ImportState::Failed);
    assert_eq!(
        world.installed("Music").map(|version| version.minor),
        Some(0)
    );
    assert_eq!(world.record(record.id).outcome, None);

    let (world, record) = died_in(JournalPhase::Committing);
    as_after(&world);
    assert_eq!(world.settle()[0].state, ImportState::Completed);
    assert_eq!(
        world.installed("Music").map(|version| version.minor),
        Some(1)
    );
    world
        .rollback(record.id, Permit::Refuse)
        .expect("it has a snapshot");
    assert_eq!(
        world.installed("Music").map(|version| version.minor),
        Some(0)
    );
    assert_eq!(world.database.rows("main.Artist"), [row(1, "Ada")]);
}

#[test]
fn what_cannot_be_recognised_is_not_guessed_and_can_be_rolled_back() {
    let (world, record) = died_in(JournalPhase::Committing);
    as_neither(&world);
    for _ in 0..2 {
        let settled = world.settle();
        assert_eq!(settled[0].state, ImportState::Importing);
        assert!(
            settled[0]
                .message
                .contains("neither state can be recognised")
        );
    }
    assert!(
        world.rollback(record.id, Permit::Refuse).is_err(),
        "something would be lost"
    );
    world
        .rollback(record.id, Permit::Allow)
        .expect("it was forced");
    assert_eq!(world.record(record.id).state, ImportState::RolledBack);
    assert_eq!(world.database.rows("main.Artist"), [row(1, "Ada")]);
    assert!(world.settle().is_empty());
}

#[test]
fn an_import_settled_late_does_not_take_the_place_of_a_later_one() {
    let (world, record) = died_in(JournalPhase::Committing);
    as_after(&world);
    let newer = music("1.2.0", &[row(1, "Eve"), row(5, "new")]).build();
    world.import(&newer, &all(Strategy::Merge));
    // What it changed is as it left it; otherwise nobody could tell.
    as_after(&world);
    assert_eq!(world.settle()[0].state, ImportState::Completed);
    assert_eq!(
        world.installed("Music").map(|version| version.minor),
        Some(2)
    );
    let status = block_on(async {
        let mut unit = world
            .store
            .read(&world.scope)
            .await
            .expect("memory is readable");
        unit.installations()
            .of_import(&world.scope, record.id)
            .await
    });
    let status = status
        .expect("memory is readable")
        .map(|found| found.status);
    assert_eq!(status, Some(InstallationStatus::Superseded));
}

#[test]
fn an_import_that_is_alive_is_left_alone() {
    let (world, record) = died_in(JournalPhase::Applying);
    let lease = block_on(world.leases.acquire(record.id)).expect("leases work");
    assert!(lease.is_some());
    assert!(world.settle().is_empty());
    assert_eq!(world.record(record.id).state, ImportState::Importing);
    drop(lease);
    assert_eq!(world.settle().len(), 1);
}

#[test]
fn one_that_cannot_be_settled_does_not_keep_the_others_waiting() {
    let (world, record) = died_in(JournalPhase::Committing);
    let mut away = record.clone();
    away.target = "memory:another".to_owned();
    world.rewrite(&away);
    let mut broken = record.clone();
    broken.id = installhub_test_support::unit_of_work::samples::import_id(78);
    broken.outcome = None;
    let mut planned = record.clone();
    planned.id = installhub_test_support::unit_of_work::samples::import_id(79);
    planned.phase = JournalPhase::Planned;
    block_on(async {
        let mut unit = world
            .store
            .begin(&world.scope)
            .await
            .expect("memory is writable");
        for record in [&broken, &planned] {
            unit.imports()
                .add(&world.scope, record)
                .await
                .expect("it is new");
        }
        unit.commit().await.expect("memory is writable");
    });
    as_after(&world);
    let settled = world.settle();
    let states: Vec<ImportState> = settled.iter().map(|settled| settled.state).collect();
    let [unfinished, failed] = [ImportState::Importing, ImportState::Failed];
    assert_eq!(states, [unfinished, unfinished, failed]);
    assert!(settled[0].message.contains("there is no memory:another"));
    assert!(settled[1].message.contains("has no outcome"));
}

#[test]
fn an_interrupted_rollback_is_recognised() {
    let overwrite = all(Strategy::Overwrite);
    let interrupted = || {
        let world = World::of_tables();
        world.import(&music("1.0.0", &[row(1, "Ada")]).build(), &overwrite);
        let mut record = world
            .import(&music("1.1.0", &[row(1, "Eve")]).build(), &overwrite)
            .record;
        record.phase = JournalPhase::RollingBack;
        world.rewrite(&record);
        (world, record)
    };
    let (world, record) = interrupted();
    let settled = world.settle();
    assert_eq!(settled[0].state, ImportState::Completed);
    assert!(settled[0].message.contains("the import stands"));
    assert_eq!(world.record(record.id).phase, JournalPhase::Recorded);

    let (world, record) = interrupted();
    world.database.put_rows("main.Artist", vec![row(1, "Ada")]);
    assert_eq!(world.settle()[0].state, ImportState::RolledBack);
    assert_eq!(
        world.installed("Music").map(|version| version.minor),
        Some(0)
    );
    assert!(world.settle().is_empty());
    assert_eq!(world.record(record.id).state, ImportState::RolledBack);

    let (world, record) = interrupted();
    as_neither(&world);
    assert!(world.settle()[0].message.contains("roll it back again"));
    assert_eq!(world.record(record.id).phase, JournalPhase::RollingBack);
    world.rollback(record.id, Permit::Allow).expect("again");
    assert_eq!(world.database.rows("main.Artist"), [row(1, "Ada")]);
}

#[test]
fn the_rollback_of_an_import_that_changed_nothing_is_seen_by_what_later_ones_changed() {
    let overwrite = all(Strategy::Overwrite);
    let rows = [row(1, "Ada")];
    let world = World::of_tables();
    world.database.put(SchemaObject::Table(artists()));
    world.database.put_rows("main.Artist", rows.to_vec());
    let mut nothing = world
        .import(&music("1.0.0", &rows).build(), &overwrite)
        .record;
    assert_eq!(nothing.before, nothing.after);
    let later = world.import(&music("1.1.0", &[row(1, "Eve")]).build(), &overwrite);
    nothing.phase = JournalPhase::RollingBack;
    world.rewrite(&nothing);

    assert_eq!(
        world.settle()[0].state,
        ImportState::Completed,
        "Eve is still there"
    );
    world.rewrite(&nothing);
    world.database.put_rows("main.Artist", rows.to_vec());
    assert_eq!(world.settle()[0].state, ImportState::RolledBack);
    assert_eq!(world.record(later.record.id).state, ImportState::RolledBack);

    let mut alone = world
        .import(&music("1.0.0", &rows).build(), &overwrite)
        .record;
    alone.phase = JournalPhase::RollingBack;
    world.rewrite(&alone);
    assert_eq!(
        world.settle()[0].state,
        ImportState::RolledBack,
        "it is as before"
    );
}

#[test]
fn a_rollback_takes_along_what_committed_later_and_was_never_recorded() {
    let (world, record) = died_in(JournalPhase::Committing);
    as_after(&world);
    let first = world.journal().remove(0).id;
    let lease = block_on(world.leases.acquire(record.id)).expect("leases work");
    let refused = world.rollback(first, Permit::Allow);
    assert!(
        matches!(refused, Err(ImportError::Busy(busy)) if busy == record.id),
        "{refused:?}"
    );
    drop(lease);
    let refused = world.rollback(first, Permit::Refuse);
    assert!(matches!(refused, Err(ImportError::WouldLose(_))));
    let report = world.rollback(first, Permit::Allow).expect("it was forced");
    assert_eq!(report.undone, [record.id]);
    assert_eq!(world.record(record.id).state, ImportState::RolledBack);
    assert_eq!(world.installed("Music"), None);
    assert!(world.settle().is_empty());
}
