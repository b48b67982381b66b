//! Processes that are killed at any moment leave the target before or after, never between, and the next command says which.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use installhub_acceptance::{Command, Dump, Ending, Sandbox, assert_same};
use serde_json::Value;

use crate::fixtures;

/// Moments at which imports are killed.
const IMPORTS: usize = 200;
/// Moments at which rollbacks are killed.
const ROLLBACKS: usize = 20;
/// Moments at which imports into the artifact store are killed.
const STORE_IMPORTS: usize = 40;
/// Imports that are killed at a time.
const AT_A_TIME: usize = 2;

/// What an import starts from and what it makes of that.
struct Course {
    /// The database at the start; none for a file that is not there.
    start: Option<PathBuf>,
    before: Dump,
    after: Dump,
}

impl Course {
    fn new(sandbox: &Sandbox, package: &Path, start: Option<PathBuf>) -> Self {
        let target = sandbox.path("after.db");
        let _ = std::fs::remove_file(&target);
        let before = Dump::exact(start.as_deref().unwrap_or(&target));
        if let Some(start) = &start {
            sandbox.copy(start, "after.db");
        }
        sandbox.import(package, &target, "overwrite");
        let after = Dump::exact(&target);
        assert!(before != after, "the import changes something");
        Self {
            start,
            before,
            after,
        }
    }

    /// The target in a sandbox of its own.
    fn target(&self, sandbox: &Sandbox) -> PathBuf {
        match &self.start {
            Some(start) => sandbox.copy(start, "target.db"),
            None => sandbox.path("target.db"),
        }
    }

    /// Whether a target is where it was before, or where it is afterwards.
    fn side(&self, target: &Path, what: &str) -> Side {
        let now = Dump::exact(target);
        if now == self.before {
            Side::Before
        } else {
            assert_same(&self.after, &now, what);
            Side::After
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// How many runs were seen in which way.
#[derive(Debug, Default)]
struct Seen {
    killed_before: usize,
    killed_after: usize,
    in_time: usize,
    settled: usize,
}

/// Runs `one` for every moment, several at a time, and sums up what was seen.
fn at_every_moment(moments: usize, one: impl Fn(usize) -> Seen + Sync) -> Seen {
    let (next, sum) = (AtomicUsize::new(0), Mutex::new(Seen::default()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let moment = next.fetch_add(1, Ordering::Relaxed);
                    if moment >= moments {
                        return;
                    }
                    let seen = one(moment);
                    let mut sum = sum.lock().expect("nobody panicked");
                    sum.killed_before += seen.killed_before;
                    sum.killed_after += seen.killed_after;
                    sum.in_time += seen.in_time;
                    sum.settled += seen.settled;
                }
            });
        }
    });
    sum.into_inner().expect("nobody panicked")
}

/// How long a command takes while others run beside it.
fn duration(run: impl Fn() -> Duration + Sync) -> Duration {
    thread::scope(|scope| {
        let runs: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(&run)).collect();
        runs.into_iter()
            .map(|run| run.join().expect("it runs"))
            .max()
            .unwrap_or_default()
    })
}

fn moment_of(duration: Duration, moment: usize, moments: usize) -> Duration {
    let share = |count: usize| u32::try_from(count).expect("few moments");
    duration * share(moment) / share(moments)
}

/// Lets the next command find what was left, and gives the state of the only import, if it came so far. Says whether something
/// had to be settled.
fn settle(sandbox: &Sandbox, what: &str) -> (Option<String>, bool) {
    let answer = sandbox.installhub("imports").json_format().run().done();
    let settled = answer.stderr.contains("settled import");
    let items = answer.json()["items"]
        .as_array()
        .cloned()
        .expect("a list of imports");
    assert!(items.len() <= 1, "{what}: {answer}");
    let again = sandbox.installhub("imports").json_format().run().done();
    assert_eq!(again.stderr, "", "{what}: what is settled stays settled");
    assert_eq!(
        again.stdout, answer.stdout,
        "{what}: what is settled stays settled"
    );
    assert_eq!(
        sandbox.locks(),
        Vec::<String>::new(),
        "{what}: locks are left"
    );
    let state = items
        .first()
        .and_then(|item| item["state"].as_str())
        .map(str::to_owned);
    if settled {
        let state = state.as_deref().expect("what was settled is listed");
        assert!(
            answer.stderr.contains(state),
            "{what}: says how it was settled: {answer}"
        );
    }
    (state, settled)
}

/// A file's content; none when it is not there.
fn bytes(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

/// Nothing is left beside the target, once somebody has written to it again: a journal that a process began just before it
/// died says nothing, and the engine removes it with the next transaction.
fn nothing_beside(sandbox: &Sandbox, what: &str) {
    let leftovers: Vec<String> = sandbox
        .listing()
        .into_iter()
        .filter(|name| name != "target.db")
        .collect();
    assert_eq!(
        leftovers,
        Vec::<String>::new(),
        "{what}: files are left beside the target"
    );
}

fn killed_import(package: &Path, course: &Course, limit: Duration) -> Seen {
    let sandbox = Sandbox::new();
    let target = course.target(&sandbox);
    let import = || {
        sandbox
            .import_command(package, &target)
            .flag("--strategy", "overwrite")
    };
    let ending = import().killed_after(limit);
    let what = format!("an import into {:?} killed after {limit:?}", course.start);

    let side = course.side(&target, &what);
    let found = bytes(&target);
    let (state, settled) = settle(&sandbox, &what);
    assert!(
        bytes(&target) == found,
        "{what}: settling changes nothing in the target"
    );
    match (side, state.as_deref()) {
        (Side::Before, None | Some("Failed")) | (Side::After, Some("Completed")) => {}
        (side, state) => panic!("{what}: the target is {side:?}, the import is {state:?}"),
    }
    if ending != Ending::Killed {
        assert_eq!(
            (ending, side),
            (Ending::ByItself { code: 0 }, Side::After),
            "{what}"
        );
    }

    let answer = import().run().done().json();
    let expected = if side == Side::Before {
        "imported"
    } else {
        "unchanged"
    };
    assert_eq!(answer["outcome"], expected, "{what}: the way forward");
    assert_eq!(
        course.side(&target, &what),
        Side::After,
        "{what}: the way forward"
    );
    nothing_beside(&sandbox, &what);
    Seen {
        killed_before: usize::from(ending == Ending::Killed && side == Side::Before),
        killed_after: usize::from(ending == Ending::Killed && side == Side::After),
        in_time: usize::from(ending != Ending::Killed),
        settled: usize::from(settled),
    }
}

#[test]
fn an_import_killed_at_any_moment_is_before_or_after() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let edited = fixtures::edited_chinook(&sandbox, "edited.db");
    let courses = [
        Course::new(&sandbox, &package, None),
        Course::new(&sandbox, &package, Some(edited)),
    ];
    let durations: Vec<Duration> = courses
        .iter()
        .map(|course| {
            duration(|| {
                let sandbox = Sandbox::new();
                let target = course.target(&sandbox);
                sandbox
                    .import_command(&package, &target)
                    .flag("--strategy", "overwrite")
                    .timed()
                    .1
            })
        })
        .collect();
    let seen = at_every_moment(IMPORTS, |moment| {
        let kind = moment % courses.len();
        killed_import(
            &package,
            &courses[kind],
            moment_of(durations[kind], moment, IMPORTS),
        )
    });
    assert_eq!(
        seen.killed_before + seen.killed_after + seen.in_time,
        IMPORTS
    );
    assert!(
        seen.killed_before > IMPORTS / 10,
        "kills hit the work: {seen:?}, {durations:?}"
    );
    assert!(
        seen.settled > 0,
        "some kills leave something to settle: {seen:?}, {durations:?}"
    );
}

/// An imported state to go back from.
fn imported(package: &Path, course: &Course) -> (Sandbox, PathBuf, Value) {
    let sandbox = Sandbox::new();
    let target = course.target(&sandbox);
    let answer = sandbox.import(package, &target, "overwrite");
    (sandbox, target, answer)
}

fn killed_rollback(package: &Path, course: &Course, limit: Duration) -> Seen {
    let (sandbox, target, answer) = imported(package, course);
    let id = answer["id"].as_str().expect("an id");
    let ending = sandbox.installhub("rollback").arg(id).killed_after(limit);
    let what = format!("a rollback killed after {limit:?}");

    let side = course.side(&target, &what);
    let found = bytes(&target);
    let (state, settled) = settle(&sandbox, &what);
    assert!(
        bytes(&target) == found,
        "{what}: settling changes nothing in the target"
    );
    match (side, state.as_deref()) {
        (Side::Before, Some("RolledBack")) => {}
        (Side::After, Some("Completed")) => {
            sandbox.rollback(&answer);
            assert_eq!(
                course.side(&target, &what),
                Side::Before,
                "{what}: the way back is open still"
            );
        }
        (side, state) => panic!("{what}: the target is {side:?}, the import is {state:?}"),
    }
    nothing_beside(&sandbox, &what);
    Seen {
        killed_before: usize::from(ending == Ending::Killed && side == Side::Before),
        killed_after: usize::from(ending == Ending::Killed && side == Side::After),
        in_time: usize::from(ending != Ending::Killed),
        settled: usize::from(settled),
    }
}

#[test]
fn a_rollback_killed_at_any_moment_is_before_or_after() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let edited = fixtures::edited_chinook(&sandbox, "edited.db");
    let course = Course::new(&sandbox, &package, Some(edited));
    let duration = duration(|| {
        let (sandbox, _, answer) = imported(&package, &course);
        sandbox
            .installhub("rollback")
            .arg(answer["id"].as_str().expect("an id"))
            .timed()
            .1
    });
    let seen = at_every_moment(ROLLBACKS, |moment| {
        killed_rollback(&package, &course, moment_of(duration, moment, ROLLBACKS))
    });
    assert_eq!(
        seen.killed_before + seen.killed_after + seen.in_time,
        ROLLBACKS
    );
    assert!(
        seen.killed_after > 0,
        "kills hit the work: {seen:?}, {duration:?}"
    );
}

/// The artifact store after version 1.0.0 of a package; gives the next version too.
fn installed_store() -> (Sandbox, PathBuf, Vec<String>) {
    let sandbox = Sandbox::new();
    let folder = fixtures::small_folder(&sandbox, "folder");
    store_import(
        &sandbox,
        &fixtures::pack(&sandbox, &folder, "Small", "1.0.0"),
    )
    .run()
    .done();
    fixtures::edit_document(&folder, "proc-1", |process| process["limit"] = 101.into());
    fixtures::edit_document(&folder, "form-1", |form| form["title"] = "New".into());
    let package = fixtures::pack(&sandbox, &folder, "Small", "1.1.0");
    let before = sandbox.store().exact_artifacts();
    (sandbox, package, before)
}

fn store_import(sandbox: &Sandbox, package: &Path) -> Command {
    let command = sandbox
        .installhub("import")
        .arg(package)
        .args(["--into", "store"]);
    command.args(["--strategy", "merge", "--yes"]).json_format()
}

/// What of the store an import of the next version changes.
fn store_fields(sandbox: &Sandbox) -> (Value, Value) {
    let store = sandbox.store();
    let process = store.artifact("ProcessDefinition", "Approval").content;
    (
        process["limit"].clone(),
        store.artifact("AtlasForm", "Order form").content["title"].clone(),
    )
}

fn killed_store_import(limit: Duration) -> Seen {
    let (sandbox, package, before) = installed_store();
    let ending = store_import(&sandbox, &package).killed_after(limit);
    let what = format!("an import into the store killed after {limit:?}");
    let listed = sandbox.installhub("imports").json_format().run().done();
    let states: Vec<Value> = sandbox
        .imports()
        .iter()
        .map(|import| import["state"].clone())
        .collect();
    let side = if sandbox.store().exact_artifacts() == before {
        Side::Before
    } else {
        Side::After
    };
    match (side, states[0].as_str(), states.len()) {
        (Side::Before, Some("Completed"), 1) | (Side::Before, Some("Failed"), 2) => {}
        (Side::After, Some("Completed"), 2) => {
            assert_eq!(
                store_fields(&sandbox),
                (101.into(), "New".into()),
                "{what}: all or nothing"
            );
        }
        (side, _, _) => panic!("{what}: the store is {side:?}, the imports are {states:?}"),
    }
    assert_eq!(
        sandbox.locks(),
        Vec::<String>::new(),
        "{what}: locks are left"
    );
    store_import(&sandbox, &package).run().done();
    assert_eq!(
        store_fields(&sandbox),
        (101.into(), "New".into()),
        "{what}: the way forward"
    );
    Seen {
        killed_before: usize::from(ending == Ending::Killed && side == Side::Before),
        killed_after: usize::from(ending == Ending::Killed && side == Side::After),
        in_time: usize::from(ending != Ending::Killed),
        settled: usize::from(listed.stderr.contains("settled import")),
    }
}

#[test]
fn an_import_into_the_store_killed_at_any_moment_is_before_or_after() {
    let duration = duration(|| {
        let (sandbox, package, _) = installed_store();
        store_import(&sandbox, &package).timed().1
    });
    let seen = at_every_moment(STORE_IMPORTS, |moment| {
        killed_store_import(moment_of(duration, moment, STORE_IMPORTS))
    });
    assert_eq!(
        seen.killed_before + seen.killed_after + seen.in_time,
        STORE_IMPORTS
    );
    assert!(
        seen.killed_before > 0,
        "kills hit the work: {seen:?}, {duration:?}"
    );
}

#[test]
fn a_living_import_is_not_taken_for_a_dead_one() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let answers = thread::scope(|scope| {
        let names = ["one.db", "two.db", "three.db"];
        let imports: Vec<_> = names
            .iter()
            .map(|name| {
                let command = sandbox
                    .import_command(&package, &sandbox.path(name))
                    .flag("--strategy", "overwrite");
                scope.spawn(move || command.run())
            })
            .collect();
        // Whoever looks meanwhile settles nothing.
        for _ in 0..5 {
            let looking = sandbox.installhub("imports").json_format().run().done();
            assert_eq!(looking.stderr, "", "{looking}");
        }
        imports
            .into_iter()
            .map(|import| import.join().expect("it runs"))
            .collect::<Vec<_>>()
    });
    for answer in answers {
        assert_eq!(answer.done().json()["outcome"], "imported");
    }
    assert_eq!(sandbox.imports().len(), 3);
    assert_same(
        &Dump::exact(&sandbox.path("one.db")),
        &Dump::exact(&sandbox.path("three.db")),
        "both are whole",
    );
}
