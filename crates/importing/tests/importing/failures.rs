//! Every call around an import fails once, in every way: the target is before or after, the journal comes to say which, and
//! nothing is lost.

use installhub_conflict_merge::Strategy;
use installhub_importing::ports::{Fingerprint, ImportRecord, JournalPhase};
use installhub_importing::{ImportError, ImportOptions, ImportState, Package, Permit};
use installhub_test_support::import_target::Fault;
use installhub_test_support::packages::PackageBuilder;

use crate::databases::{music, row};
use crate::world::{World, all, ask};

/// A target with one version installed, and the next version.
struct Case {
    name: &'static str,
    world: fn() -> World,
    first: Package,
    next: Package,
    options: ImportOptions,
}

fn cases() -> [Case; 2] {
    let form = |version: &str, content: &str| {
        PackageBuilder::new("Orders", version)
            .form("form-1", "Order", content)
            .form("form-2", "Offer", "{}")
            .build()
    };
    [
        Case {
            name: "store",
            world: World::of_documents,
            first: form("1.0.0", r#"{"title": "a"}"#),
            next: form("1.1.0", r#"{"title": "b"}"#),
            options: all(Strategy::Overwrite),
        },
        Case {
            name: "database",
            world: World::of_tables,
            first: music("1.0.0", &[row(1, "Ada")]).build(),
            next: music("1.1.0", &[row(1, "Eve"), row(2, "Bob")]).build(),
            options: all(Strategy::Overwrite),
        },
    ]
}

type Faulting = fn(usize) -> Fault;

const WAYS: [Faulting; 4] = [Fault::Instead, Fault::Afterwards, Fault::From, Fault::Lost];

/// What has to hold of an import once it is settled.
fn check(
    world: &World,
    record: &ImportRecord,
    before: &Fingerprint,
    after: &Fingerprint,
    why: &str,
) {
    let state = world.state();
    let version = world
        .installed(&record.package_name)
        .map(|version| version.to_string());
    match record.state {
        ImportState::Completed => {
            assert_eq!(&state, after, "{why}");
            assert_eq!(version.as_deref(), Some("1.1.0"), "{why}");
            assert_eq!(record.phase, JournalPhase::Recorded, "{why}");
        }
        ImportState::Failed => {
            assert_eq!(&state, before, "{why}");
            assert_eq!(version.as_deref(), Some("1.0.0"), "{why}");
            assert!(record.error.is_some(), "{why}: why it failed is kept");
        }
        other => panic!("{why}: it is {other}"),
    }
    assert!(
        record.outcome.is_none(),
        "{why}: nothing is left to be recorded"
    );
}

#[test]
fn an_import_in_which_any_call_fails_happens_or_does_not() {
    for case in cases() {
        for way in WAYS {
            let mut at = 0;
            loop {
                let world = (case.world)();
                world.import(&case.first, &case.options);
                let before = world.state();
                let plan = world.plan(&case.next, &case.options);
                let trial = (case.world)();
                trial.import(&case.first, &case.options);
                trial.import(&case.next, &case.options);
                let after = trial.state();

                world.faults.set(Some(way(at)));
                let outcome = world.carry_out(&case.next, &case.options, &plan);
                let calls = world.faults.calls();
                let why = format!("{} {:?} {:?}", case.name, way(at), calls.get(at));
                if calls.len() <= at {
                    outcome.expect("nothing failed");
                    break;
                }
                world.faults.set(None);
                let state = world.state();
                assert!(
                    state == before || state == after,
                    "{why}: neither before nor after"
                );
                match &outcome {
                    Ok(report) => {
                        assert_eq!(state, after, "{why}");
                        assert_eq!(world.record(report.record.id), report.record, "{why}");
                    }
                    Err(ImportError::Interrupted { .. }) => {}
                    Err(_) => {
                        assert_eq!(state, before, "{why}: the error says nothing was changed");
                    }
                }
                world.settle();
                assert_eq!(
                    world.state(),
                    state,
                    "{why}: settling changes the journal alone"
                );
                if let Some(record) = world.journal().get(1) {
                    check(&world, record, &before, &after, &why);
                } else {
                    assert_eq!(state, before, "{why}: what was never begun changed nothing");
                }
                assert!(world.settle().is_empty(), "{why}: once is enough");
                assert!(world.try_plan(&case.next, &case.options).is_ok(), "{why}");
                at += 1;
            }
            assert!(at > 15, "{}: only {at} calls were seen", case.name);
        }
    }
}

#[test]
fn a_rollback_in_which_any_call_fails_happens_or_does_not() {
    for case in cases() {
        for way in WAYS {
            let mut at = 0;
            loop {
                let world = (case.world)();
                world.import(&case.first, &case.options);
                let before = world.state();
                let id = world.import(&case.next, &case.options).record.id;
                let after = world.state();

                world.faults.set(Some(way(at)));
                let outcome = world.rollback(id, Permit::Refuse);
                let calls = world.faults.calls();
                let why = format!("{} {:?} {:?}", case.name, way(at), calls.get(at));
                if calls.len() <= at {
                    outcome.expect("nothing failed");
                    break;
                }
                world.faults.set(None);
                let state = world.state();
                match &outcome {
                    Ok(_) => assert_eq!(state, before, "{why}"),
                    Err(ImportError::Interrupted { .. }) => {
                        assert!(state == before || state == after, "{why}: neither");
                    }
                    Err(_) => assert_eq!(state, after, "{why}: the import stands"),
                }
                world.settle();
                assert_eq!(
                    world.state(),
                    state,
                    "{why}: settling changes the journal alone"
                );
                let record = world.record(id);
                let version = world
                    .installed(&record.package_name)
                    .map(|version| version.to_string());
                assert_eq!(record.phase, JournalPhase::Recorded, "{why}");
                if state == before {
                    assert_eq!(record.state, ImportState::RolledBack, "{why}");
                    assert_eq!(version.as_deref(), Some("1.0.0"), "{why}");
                } else {
                    assert_eq!(record.state, ImportState::Completed, "{why}");
                    assert_eq!(version.as_deref(), Some("1.1.0"), "{why}");
                    world.rollback(id, Permit::Refuse).expect("now it works");
                    assert_eq!(world.state(), before, "{why}");
                }
                at += 1;
            }
            assert!(at > 8, "{}: only {at} calls were seen", case.name);
        }
    }
}

#[test]
fn an_error_in_the_journal_does_not_hide_the_first_one() {
    let world = World::of_tables();
    let package = music("1.0.0", &[row(1, "Ada")]).build();
    let plan = world.plan(&package, &ask());
    world.faults.set(None);
    let opened = {
        let trial = World::of_tables();
        let plan = trial.plan(&package, &ask());
        trial.faults.set(None);
        trial.carry_out(&package, &ask(), &plan).expect("an import");
        let calls = trial.faults.calls();
        calls
            .iter()
            .position(|call| *call == "ImportTarget::open")
            .expect("it was opened")
    };
    world.faults.set(Some(Fault::From(opened)));
    let error = world
        .carry_out(&package, &ask(), &plan)
        .expect_err("nothing can be opened");
    assert_eq!(error.to_string(), "ImportTarget::open failed");
    assert_eq!(
        world.journal()[0].state,
        ImportState::Importing,
        "it could not be told"
    );
    world.faults.set(None);
    let settled = world.settle();
    assert_eq!(settled[0].state, ImportState::Failed);
}

#[test]
fn the_snapshot_of_an_import_that_fails_is_listed_so_that_it_is_swept() {
    for case in cases() {
        let world = (case.world)();
        world.import(&case.first, &case.options);
        let plan = world.plan(&case.next, &case.options);
        world.faults.set(None);
        let calls = {
            let trial = (case.world)();
            trial.import(&case.first, &case.options);
            let plan = trial.plan(&case.next, &case.options);
            trial.faults.set(None);
            trial
                .carry_out(&case.next, &case.options, &plan)
                .expect("an import");
            trial.faults.calls()
        };
        let committed = calls
            .iter()
            .position(|call| *call == "TargetSession::commit")
            .expect("it was committed");
        world.faults.set(Some(Fault::Instead(committed)));
        world
            .carry_out(&case.next, &case.options, &plan)
            .expect_err("the commit failed");
        world.faults.set(None);
        assert_eq!(world.snapshots.count(), 2, "{}", case.name);
        assert_eq!(world.listed_snapshots(), 2, "{}", case.name);
    }
}
