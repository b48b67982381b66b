//! A database into a package and back: nothing is lost, nothing is added, and doing it twice changes nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use installhub_acceptance::{Dump, Sandbox, assert_same, inputs, open};

use crate::fixtures;

/// Exports a database, imports it into a new one, and compares all of it.
fn round_trip(sandbox: &Sandbox, source: &Path) -> Dump {
    let package = sandbox.path("package.zip");
    let copy = sandbox.path("copy.db");
    sandbox.export(source, &package);
    let verdict = sandbox
        .installhub("validate")
        .arg(&package)
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(verdict["errors"], serde_json::json!([]));
    let imported = sandbox.import(&package, &copy, "overwrite");
    assert_eq!(imported["outcome"], "imported");
    assert_eq!(imported["state"], "Completed");
    let (original, copied) = (Dump::logical(source), Dump::logical(&copy));
    assert_same(&original, &copied, "the copy");
    copied
}

#[test]
fn the_sample_database_survives_export_and_import() {
    let sandbox = Sandbox::new();
    let copied = round_trip(&sandbox, &inputs::chinook());
    assert_eq!(copied.rows("Track"), 3503);
    assert_eq!(copied.rows("PlaylistTrack"), 8715);
}

#[test]
fn a_database_with_everything_survives_export_and_import() {
    let sandbox = Sandbox::new();
    let copied = round_trip(&sandbox, &fixtures::rich(&sandbox, "rich.db"));
    assert_eq!(copied.rows("anything"), 13);
    assert_eq!(copied.rows_of("sqlite_sequence"), ["t'customer' | i41"]);
    let connection = open(&sandbox.path("copy.db"));
    connection
        .execute_batch("UPDATE customer SET email = 'new@example.com' WHERE id = 1;")
        .expect("the trigger of the copy runs");
    let audited: i64 = connection
        .query_row("SELECT count(*) FROM audit", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(audited, 1);
}

#[test]
fn the_same_import_again_changes_nothing_and_says_so() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = sandbox.path("target.db");
    sandbox.import(&package, &target, "overwrite");
    let bytes = fs::read(&target).expect("the target");
    for strategy in ["skip", "overwrite", "merge"] {
        let answer = sandbox.import(&package, &target, strategy);
        assert_eq!(answer["outcome"], "unchanged", "{strategy}");
        let summary = &answer["summary"];
        for member in [
            "create",
            "update",
            "merge",
            "skip",
            "undecided",
            "unsupported",
        ] {
            assert_eq!(summary[member], 0, "{strategy} {member}");
        }
        assert!(
            summary["noChange"].as_u64() > Some(30),
            "{strategy}: {summary}"
        );
        assert!(
            fs::read(&target).expect("the target") == bytes,
            "{strategy}: the file has changed"
        );
    }
    assert_eq!(
        sandbox.imports().len(),
        1,
        "what changed nothing is no import"
    );
    let answer = sandbox
        .installhub("import")
        .arg(&package)
        .sqlite("--into", &target)
        .arg("--yes")
        .run()
        .done();
    assert!(answer.stdout.contains("nothing to do"), "{answer}");
}

#[test]
fn a_plan_touches_nothing_and_tells_what_comes() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = sandbox.path("target.db");
    let before = sandbox.listing();
    let plan = sandbox.plan(&package, &target, "merge");
    assert_eq!(
        plan["summary"]["create"],
        plan["plan"]["steps"].as_array().map_or(0, Vec::len)
    );
    assert_eq!(sandbox.listing(), before);
    assert!(!sandbox.home().exists(), "a plan remembers nothing");
    let again = sandbox.plan(&package, &target, "merge");
    assert_eq!(again["summary"], plan["summary"]);
    let types: BTreeSet<&str> = plan["plan"]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["artifactType"].as_str())
        .collect();
    assert_eq!(
        types,
        BTreeSet::from(["Data", "Index", "Relationship", "Table"])
    );
    let human = sandbox
        .installhub("import")
        .arg(&package)
        .sqlite("--into", &target)
        .arg("--plan")
        .run()
        .done();
    assert!(human.stdout.contains("create"), "{human}");
    assert!(human.stdout.contains("Artist"), "{human}");
}

#[test]
fn tables_can_be_chosen_and_rows_left_out() {
    let sandbox = Sandbox::new();
    let export = |package: &Path, flags: &[&str]| {
        let command = sandbox
            .export_command(&inputs::chinook(), package)
            .args(flags);
        command.json_format().run().done();
        let copy = package.with_extension("db");
        sandbox.import(package, &copy, "overwrite");
        Dump::logical(&copy)
    };
    let original = Dump::logical(&inputs::chinook());
    let tables = |dump: &Dump| -> Vec<String> {
        dump.definitions()
            .iter()
            .filter_map(|line| line.strip_prefix("t'table' | t'"))
            .filter_map(|line| line.split('\'').next().map(str::to_owned))
            .collect()
    };

    let chosen = export(
        &sandbox.path("chosen.zip"),
        &["--table", "Art*", "--table", "?enre"],
    );
    assert_eq!(tables(&chosen), ["Artist", "Genre"]);
    assert_eq!(chosen.rows_of("Artist"), original.rows_of("Artist"));

    let empty = export(&sandbox.path("empty.zip"), &["--no-data"]);
    assert_eq!(empty.definitions(), original.definitions());
    assert_eq!(empty.rows("Track"), 0);

    let both = export(
        &sandbox.path("both.zip"),
        &["--table", "Genre", "--no-data"],
    );
    assert_eq!(
        (tables(&both), both.rows("Genre")),
        (vec!["Genre".to_owned()], 0)
    );

    let nothing = sandbox.export_command(&inputs::chinook(), &sandbox.path("nothing.zip"));
    nothing.flag("--table", "NoSuch*").run().refused();
    assert!(!sandbox.path("nothing.zip").exists());
}

#[test]
fn a_database_that_is_in_use_is_exported_as_it_was_committed() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy(&inputs::chinook(), "source.db");
    let connection = open(&source);
    connection
        .execute_batch("PRAGMA journal_mode = WAL; BEGIN; DELETE FROM PlaylistTrack;")
        .expect("a transaction");
    sandbox.export(&source, &sandbox.path("package.zip"));
    connection
        .execute_batch("ROLLBACK")
        .expect("the end of the transaction");
    sandbox.import(
        &sandbox.path("package.zip"),
        &sandbox.path("copy.db"),
        "overwrite",
    );
    assert_same(
        &Dump::logical(&inputs::chinook()),
        &Dump::logical(&sandbox.path("copy.db")),
        "the copy",
    );
}
