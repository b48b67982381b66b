//! Odd paths, other kinds of database files, damaged memories, and several at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use installhub_acceptance::{Dump, Sandbox, assert_same, inputs, open};
use serde_json::Value;

use crate::fixtures::{self, pack, small_folder};

#[test]
fn paths_are_taken_as_they_are() {
    let sandbox = Sandbox::new();
    for name in [
        "with space.db",
        "per%20cent.db",
        "question?mode=ro.db",
        "hash#tag.db",
        "größe-€.db",
        "-dash.db",
        "a:b.db",
    ] {
        let source = sandbox.copy(&inputs::chinook(), name);
        let package = sandbox.path(&format!("{name}.zip"));
        sandbox
            .export_command(&source, &package)
            .flag("--table", "Genre")
            .run()
            .done();
        let target = sandbox.path(&format!("copy of {name}"));
        let imported = sandbox.import(&package, &target, "merge");
        assert_eq!(Dump::logical(&target).rows("Genre"), 25, "{name}");
        sandbox.rollback(&imported);
        assert!(Dump::exact(&target).is_empty(), "{name}");
    }
    let names: Vec<String> = sandbox.listing().into_iter().collect();
    assert_eq!(names.len(), 21, "only what was asked for: {names:?}");
}

#[test]
fn relative_paths_mean_the_same_from_everywhere_afterwards() {
    let sandbox = Sandbox::new();
    sandbox.copy(&inputs::chinook(), "source.db");
    let within = sandbox.path("");
    let export = sandbox.installhub("export").args([
        "--from",
        "sqlite:source.db",
        "--table",
        "Genre",
        "-o",
        "g.zip",
    ]);
    export
        .args(["--name", "Genres", "--version", "1.0.0"])
        .within(&within)
        .run()
        .done();
    let import = sandbox.installhub("import").args([
        "g.zip",
        "--into",
        "sqlite:./target.db",
        "--yes",
        "--format",
        "json",
    ]);
    let imported = import.within(&within).run().done().json();
    assert_eq!(Dump::logical(&sandbox.path("target.db")).rows("Genre"), 25);
    // The rollback starts somewhere else.
    sandbox.rollback(&imported);
    assert!(Dump::exact(&sandbox.path("target.db")).is_empty());
}

#[test]
fn one_file_under_two_names_is_one_target() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = sandbox.copy(&inputs::chinook(), "target.db");
    open(&target)
        .execute_batch("DELETE FROM PlaylistTrack")
        .expect("an edit");
    let link = sandbox.path("link.db");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let before = Dump::exact(&target);
    let imported = sandbox.import(&package, &link, "overwrite");
    assert_eq!(
        sandbox.import(&package, &target, "overwrite")["outcome"],
        "unchanged"
    );
    assert!(
        fs::symlink_metadata(&link).expect("the link").is_symlink(),
        "the link is still one"
    );
    sandbox.rollback(&imported);
    assert_same(&before, &Dump::exact(&target), "the state before");
}

/// A copy of the edited sample database that is kept in another way.
fn kept_otherwise(sandbox: &Sandbox, name: &str, statements: &str) -> PathBuf {
    let edited = fixtures::edited_chinook(sandbox, "edited.db");
    let path = sandbox.copy(&edited, name);
    open(&path)
        .execute_batch(statements)
        .expect("statements that run");
    path
}

#[test]
fn databases_of_every_kind_are_imported_into_and_come_back() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    for (what, statements) in [
        ("a write-ahead log", "PRAGMA journal_mode = WAL"),
        ("a persistent journal", "PRAGMA journal_mode = PERSIST"),
        ("small pages", "PRAGMA page_size = 512; VACUUM"),
        ("large pages", "PRAGMA page_size = 65536; VACUUM"),
        ("an automatic vacuum", "PRAGMA auto_vacuum = FULL; VACUUM"),
        (
            "an incremental vacuum",
            "PRAGMA auto_vacuum = INCREMENTAL; VACUUM",
        ),
        (
            "a log and small pages",
            "PRAGMA page_size = 1024; VACUUM; PRAGMA journal_mode = WAL",
        ),
    ] {
        let target = kept_otherwise(&sandbox, "target.db", statements);
        let before = Dump::exact(&target);
        let imported = sandbox.import(&package, &target, "overwrite");
        assert_eq!(Dump::logical(&target).rows("PlaylistTrack"), 8715, "{what}");
        sandbox.rollback(&imported);
        assert_same(&before, &Dump::exact(&target), what);
        for file in [
            "target.db",
            "target.db-wal",
            "target.db-shm",
            "target.db-journal",
        ] {
            let _ = fs::remove_file(sandbox.path(file));
        }
    }
}

#[test]
fn text_in_another_encoding_is_the_same_text() {
    let sandbox = Sandbox::new();
    let source = sandbox.write("utf16.db", "");
    open(&source)
        .execute_batch(&format!("PRAGMA encoding = 'UTF-16le'; {}", fixtures::RICH))
        .expect("the rich database in UTF-16");
    let package = sandbox.path("package.zip");
    sandbox.export(&source, &package);
    let copy = sandbox.path("copy.db");
    sandbox.import(&package, &copy, "overwrite");
    assert_same(
        &Dump::logical(&fixtures::rich(&sandbox, "utf8.db")),
        &Dump::logical(&copy),
        "the copy",
    );

    let target = sandbox.copy(&source, "target.db");
    open(&target)
        .execute_batch("DELETE FROM anything; UPDATE audit SET what = 'ä'")
        .expect("edits");
    let before = Dump::exact(&target);
    let imported = sandbox.import(&package, &target, "overwrite");
    sandbox.rollback(&imported);
    assert_same(&before, &Dump::exact(&target), "the state before");
}

#[test]
fn what_a_package_cannot_carry_of_a_database_is_said() {
    let sandbox = Sandbox::new();
    let source = sandbox.write("source.db", "");
    open(&source)
        .execute_batch(
            "CREATE TABLE plain (x); INSERT INTO plain VALUES (1);
             CREATE VIRTUAL TABLE words USING fts5(body); INSERT INTO words VALUES ('full text');",
        )
        .expect("a database with a virtual table");
    let package = sandbox.path("package.zip");
    let answer = sandbox
        .export_command(&source, &package)
        .json_format()
        .run();
    match answer.code {
        0 => {
            assert!(
                answer.json()["notices"].to_string().contains("words"),
                "silently dropped: {answer}"
            );
            sandbox.import(&package, &sandbox.path("copy.db"), "merge");
            assert_eq!(Dump::logical(&sandbox.path("copy.db")).rows("plain"), 1);
        }
        _ => assert!(answer.refused_with(&["words"]).failure().is_object()),
    }
}

/// Every file of snapshots in a home.
fn snapshot_files(home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![home.join("objects")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of objects") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_damaged_snapshot_is_refused_before_anything_is_touched() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let before = Dump::exact(&target);
    let imported = sandbox.import(&package, &target, "overwrite");
    let after = fs::read(&target).expect("the target");
    let files = snapshot_files(&sandbox.home());
    let [file] = files.as_slice() else {
        panic!("one snapshot: {files:?}")
    };
    let whole = fs::read(file).expect("the snapshot");
    let flipped = |byte: usize| {
        let mut bytes = whole.clone();
        bytes[byte] ^= 1;
        bytes
    };
    let longer = [whole.clone(), vec![0]].concat();
    let damages = [
        flipped(0),
        flipped(whole.len() / 2),
        flipped(whole.len() - 1),
        whole[..whole.len() / 2].to_vec(),
        Vec::new(),
        longer,
    ];
    let id = imported["id"].as_str().expect("an id");
    let mut permissions = fs::metadata(file).expect("the snapshot").permissions();
    #[expect(
        clippy::permissions_set_readonly_false,
        reason = "a test's own file, gone in a moment"
    )]
    permissions.set_readonly(false);
    fs::set_permissions(file, permissions).expect("the snapshot can be damaged");
    for damage in damages {
        fs::write(file, damage).expect("the damage");
        sandbox
            .installhub("rollback")
            .args([id, "--force"])
            .run()
            .refused_with(&["snapshot"]);
        assert!(
            fs::read(&target).expect("the target") == after,
            "the target is untouched"
        );
        assert_eq!(sandbox.imports()[0]["state"], "Completed");
    }
    fs::remove_file(file).expect("the snapshot");
    sandbox
        .installhub("rollback")
        .arg(id)
        .run()
        .refused_with(&["snapshot"]);
    fs::write(file, whole).expect("the snapshot");
    sandbox.rollback(&imported);
    assert_same(&before, &Dump::exact(&target), "the state before");
}

#[test]
fn snapshots_are_kept_as_long_as_allowed() {
    let sandbox = Sandbox::new();
    for (days, folder) in [("7", "seven"), ("730", "many")] {
        let package = pack(&sandbox, &small_folder(&sandbox, folder), folder, "1.0.0");
        let command = sandbox.installhub("import").arg(package).args([
            "--into",
            "store",
            "--strategy",
            "merge",
            "--yes",
        ]);
        command.flag("--retention", days).json_format().run().done();
    }
}

#[test]
fn imports_into_one_database_take_turns() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let answers = thread::scope(|scope| {
        let import = || {
            let command = sandbox
                .import_command(&package, &target)
                .flag("--strategy", "overwrite");
            command.flag("--wait", "60").run()
        };
        let imports: Vec<_> = (0..3).map(|_| scope.spawn(import)).collect();
        imports
            .into_iter()
            .map(|import| import.join().expect("it runs"))
            .collect::<Vec<_>>()
    });
    let mut imported = 0;
    let mut changed = 0;
    for answer in &answers {
        if answer.code != 0 {
            assert!(
                answer.stderr.contains("since the plan was made"),
                "{answer}"
            );
            continue;
        }
        let answer = answer.json();
        imported += usize::from(answer["outcome"] == "imported");
        changed += usize::from(answer["summary"]["update"].as_u64() > Some(0));
    }
    assert_eq!(
        changed, 1,
        "the others found it done, or another target than they had planned for"
    );
    let imports = sandbox.imports();
    let completed = imports
        .iter()
        .filter(|import| import["state"] == "Completed")
        .count();
    assert_eq!(completed, imported, "what was said is what is remembered");
    assert_eq!(
        sandbox.import(&package, &target, "overwrite")["outcome"],
        "unchanged"
    );
}

#[test]
fn homes_are_worlds_of_their_own() {
    let sandbox = Sandbox::new();
    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Small",
        "1.0.0",
    );
    let import = |home: &str| {
        let command = sandbox
            .installhub("import")
            .arg(&package)
            .args(["--into", "store", "--yes"]);
        command
            .flag("--home", sandbox.path(home))
            .json_format()
            .run()
            .done()
            .json()
    };
    let (one, other) = (import("home one"), import("home two"));
    assert_eq!(
        (&one["outcome"], &other["outcome"]),
        (&"imported".into(), &"imported".into())
    );
    let id = one["id"].as_str().expect("an id");
    sandbox
        .installhub("imports")
        .arg(id)
        .flag("--home", sandbox.path("home two"))
        .run()
        .refused_with(&["no import"]);
    let listed = sandbox
        .installhub("imports")
        .flag("--home", sandbox.path("home one"))
        .json_format()
        .run()
        .done()
        .json();
    let ids: Vec<&Value> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| &item["id"])
        .collect();
    assert_eq!(ids, [id]);
}
