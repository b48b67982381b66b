//! Databases that are none, are locked, cannot be read, or cannot take what a package holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use installhub_acceptance::{Dump, Sandbox, assert_same, inputs, open};
use serde_json::Value;

use crate::fixtures::{self, edit_document, pack, small_folder};

/// Bytes without any pattern, as encrypted databases look.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

/// Files that look like databases the less the longer one looks.
fn no_databases(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut damaged = fs::read(inputs::chinook()).expect("the sample database");
    damaged[1024..8192].fill(0xa5);
    let mut truncated = fs::read(inputs::chinook()).expect("the sample database");
    truncated.truncate(5000);
    vec![
        sandbox.write("text.db", "this is no database\n".repeat(50)),
        sandbox.write("encrypted.db", noise(8192)),
        sandbox.write("short.db", "SQLite format 3\0"),
        sandbox.write("damaged.db", damaged),
        sandbox.write("truncated.db", truncated),
    ]
}

#[test]
fn files_that_are_no_databases_are_refused_on_both_sides() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    for file in no_databases(&sandbox) {
        let bytes = fs::read(&file).expect("the file");
        let before = sandbox.listing();
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        sandbox
            .export_command(&file, &sandbox.path("other.zip"))
            .run()
            .refused_with(&[&name]);
        let import = sandbox
            .import_command(&package, &file)
            .flag("--strategy", "overwrite");
        import.run().refused_with(&[&name]).failure();
        assert_eq!(sandbox.listing(), before, "{name}: something is left");
        assert!(
            fs::read(&file).expect("the file") == bytes,
            "{name}: it has changed"
        );
    }
    let missing = sandbox.path("missing.db");
    sandbox
        .export_command(&missing, &sandbox.path("other.zip"))
        .run()
        .refused_with(&["missing.db", "no such file"]);
    assert!(!missing.exists(), "asking for a database does not make one");
    sandbox
        .export_command(&sandbox.path(""), &sandbox.path("other.zip"))
        .run()
        .refused_with(&["folder"]);
    let nowhere = sandbox.path("no/such/folder/target.db");
    sandbox
        .import_command(&package, &nowhere)
        .run()
        .refused_with(&["no/such/folder"]);
}

#[test]
fn an_empty_database_has_nothing_to_export_and_can_be_imported_into() {
    let sandbox = Sandbox::new();
    let empty = sandbox.write("empty.db", "");
    sandbox
        .export_command(&empty, &sandbox.path("nothing.zip"))
        .run()
        .refused();
    assert!(!sandbox.path("nothing.zip").exists());
    sandbox.import(&fixtures::chinook_package(&sandbox), &empty, "merge");
    assert_same(
        &Dump::logical(&inputs::chinook()),
        &Dump::logical(&empty),
        "the copy",
    );
}

#[test]
fn a_locked_database_is_left_alone_after_a_while() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let before = Dump::exact(&target);
    let holder = open(&target);
    holder.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
    let listing = sandbox.listing();
    let export = || sandbox.export_command(&target, &sandbox.path("other.zip"));
    let import = || {
        sandbox
            .import_command(&package, &target)
            .flag("--strategy", "overwrite")
    };
    for command in [export(), import()] {
        let (answer, took) = command.flag("--wait", "1").timed();
        answer.refused_with(&["locked", "target.db", "--wait"]);
        assert!(
            took >= Duration::from_secs(1),
            "it was not waited for: {took:?}"
        );
    }
    // Whoever has time gets it.
    let waiting = thread::scope(|scope| {
        let waiting = scope.spawn(|| import().flag("--wait", "60").run());
        assert_eq!(sandbox.listing(), listing);
        holder.execute_batch("ROLLBACK").expect("the lock is free");
        waiting.join().expect("the import runs")
    });
    drop(holder);
    let answer = waiting.done().json();
    sandbox.rollback(&answer);
    assert_same(&before, &Dump::exact(&target), "the target");
}

#[test]
fn a_reader_of_the_target_hinders_only_for_a_while() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let before = Dump::exact(&target);
    let reader = open(&target);
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM Track;")
        .expect("a reader");
    let import = || {
        sandbox
            .import_command(&package, &target)
            .flag("--strategy", "overwrite")
    };
    import().flag("--wait", "0").run().refused_with(&["locked"]);
    reader.execute_batch("COMMIT").expect("the reader ends");
    drop(reader);
    assert_same(&before, &Dump::exact(&target), "the target");
    let imports = sandbox.imports();
    assert!(
        imports.iter().all(|import| import["state"] == "Failed"),
        "{imports:?}"
    );
    assert_eq!(import().run().done().json()["outcome"], "imported");
}

#[test]
fn rows_that_no_package_can_carry_are_named() {
    for (what, value) in [
        ("not UTF-8", "CAST(x'61ff62' AS TEXT)"),
        ("a NUL", "'a' || char(0) || 'b'"),
    ] {
        let sandbox = Sandbox::new();
        let source = sandbox.copy(&inputs::chinook(), "source.db");
        open(&source)
            .execute_batch(&format!(
                "UPDATE Track SET Composer = {value} WHERE TrackId = 3000"
            ))
            .expect("damage");
        let package = sandbox.path("package.zip");
        let command = || sandbox.export_command(&source, &package);
        let answer = command().run().refused_with(&["Track", "Composer"]);
        assert!(
            answer.stderr.contains("3000"),
            "{what}: the row is not named:\n{answer}"
        );
        command().json_format().run().refused().failure();
        assert_eq!(
            sandbox.listing().len(),
            1,
            "{what}: {:?}",
            sandbox.listing()
        );
        // Without the rows nothing is in the way.
        command().arg("--no-data").run().done();
    }
}

#[test]
fn what_a_target_cannot_hold_is_never_dropped_silently() {
    let sandbox = Sandbox::new();
    let documents = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Small",
        "1.0.0",
    );
    let tables = fixtures::chinook_package(&sandbox);
    let target = sandbox.path("target.db");
    let into = |package: &Path, place: &str| {
        sandbox
            .installhub("import")
            .arg(package)
            .flag("--into", place)
            .arg("--yes")
            .json_format()
    };
    let place = format!("sqlite:{}", target.display());
    for (package, place, count) in [(&documents, place.as_str(), 3), (&tables, "store", 44)] {
        let blocked = into(package, place).run().findings().json();
        let blocks = blocked["plan"]["blocks"].as_array().expect("blocks");
        assert!(
            blocks
                .iter()
                .all(|block| block["code"] == "UnsupportedByTarget"),
            "{blocks:?}"
        );
        let unsupported = blocked["summary"]["unsupported"].as_u64();
        assert_eq!(unsupported, Some(blocks.len() as u64));
        assert!(count == 44 || blocks.len() == count, "{blocks:?}");
        let skipped = into(package, place)
            .arg("--skip-unsupported")
            .run()
            .done()
            .json();
        assert_eq!(
            (
                &skipped["outcome"],
                skipped["summary"]["unsupported"].as_u64()
            ),
            (&"unchanged".into(), unsupported)
        );
    }
    assert!(!target.exists(), "nothing was imported into it");
    assert!(sandbox.store().artifacts().is_empty());
}

#[test]
fn a_package_of_both_kinds_goes_where_it_can() {
    let sandbox = Sandbox::new();
    let folder = small_folder(&sandbox, "folder");
    let table = sandbox.path("unpacked");
    let package = sandbox.path("genre.zip");
    sandbox
        .export_command(&inputs::chinook(), &package)
        .flag("--table", "Genre")
        .run()
        .done();
    sandbox
        .installhub("unpack")
        .arg(&package)
        .arg(&table)
        .run()
        .done();
    sandbox.copy(
        &table.join("artifacts/tables/main.Genre.json"),
        "folder/table.json",
    );
    sandbox.copy(
        &table.join("artifacts/data/main.Genre.rows.ndjson"),
        "folder/rows.ndjson",
    );
    let mixed = pack(&sandbox, &folder, "Mixed", "1.0.0");
    let target = sandbox.path("target.db");
    sandbox.import_command(&mixed, &target).run().findings();
    sandbox
        .import_command(&mixed, &target)
        .arg("--skip-unsupported")
        .run()
        .done();
    assert_eq!(Dump::logical(&target).rows("Genre"), 25);
    let command = sandbox.installhub("import").arg(&mixed).args([
        "--into",
        "store",
        "--yes",
        "--skip-unsupported",
    ]);
    command.run().done();
    assert_eq!(sandbox.store().artifacts().len(), 3);
}

/// The package of one table, with an edit in one of its files, packed again.
fn tampered(sandbox: &Sandbox, artifact: &str, edit: impl FnOnce(&mut Value)) -> PathBuf {
    let original = sandbox.path("original.zip");
    sandbox
        .export_command(&fixtures::rich(sandbox, "rich.db"), &original)
        .run()
        .done();
    let folder = sandbox.path("tampered");
    sandbox
        .installhub("unpack")
        .arg(&original)
        .arg(&folder)
        .run()
        .done();
    let (kind, id) = artifact.split_once('/').expect("a folder and an id");
    edit_document(&folder.join("artifacts").join(kind), id, edit);
    let package = sandbox.path("tampered.zip");
    sandbox
        .installhub("pack")
        .arg(&folder)
        .flag("--output", &package)
        .run()
        .done();
    package
}

/// Replaces every statement that an artifact carries.
fn replace_statements(document: &mut Value, statement: &str) {
    fn walk(value: &mut Value, statement: &str, replaced: &mut usize) {
        match value {
            Value::String(text) if text.trim_start().to_uppercase().starts_with("CREATE ") => {
                statement.clone_into(text);
                *replaced += 1;
            }
            Value::Object(members) => members
                .values_mut()
                .for_each(|value| walk(value, statement, replaced)),
            Value::Array(items) => items
                .iter_mut()
                .for_each(|value| walk(value, statement, replaced)),
            _ => {}
        }
    }
    let mut replaced = 0;
    walk(document, statement, &mut replaced);
    assert!(replaced > 0, "the artifact carries a statement: {document}");
}

#[test]
fn a_definition_that_is_more_than_a_definition_is_refused() {
    let elsewhere = "/tmp/installhub-acceptance-must-not-exist.db";
    let attack = format!("ATTACH '{elsewhere}' AS evil");
    let evil: [(&str, &str); 10] = [
        (
            "tables/main.empty",
            "CREATE TABLE empty (void); DROP TABLE precious",
        ),
        (
            "tables/main.empty",
            "CREATE TABLE empty AS SELECT * FROM precious",
        ),
        ("tables/main.empty", "CREATE TABLE precious2 (void)"),
        ("tables/main.empty", &attack),
        (
            "views/main.big_spender",
            "CREATE VIEW big_spender AS SELECT 1; DELETE FROM precious",
        ),
        ("views/main.big_spender", "DELETE FROM precious"),
        (
            "views/main.big_spender",
            "CREATE VIEW big_spender AS SELECT load_extension('evil')",
        ),
        (
            "indexes/main.order_by_customer",
            "CREATE INDEX order_by_customer ON precious (kept)",
        ),
        (
            "triggers/main.no_change.trigger",
            "CREATE TRIGGER no_change AFTER INSERT ON precious BEGIN DELETE FROM precious; END",
        ),
        (
            "triggers/main.no_change.trigger",
            "PRAGMA writable_schema = ON",
        ),
    ];
    for (artifact, statement) in evil {
        let sandbox = Sandbox::new();
        let package = tampered(&sandbox, artifact, |document| {
            replace_statements(document, statement);
        });
        let target = sandbox.write("target.db", "");
        open(&target)
            .execute_batch("CREATE TABLE precious (kept); INSERT INTO precious VALUES (1)")
            .expect("a table");
        let before = Dump::exact(&target);
        let answer = sandbox
            .import_command(&package, &target)
            .flag("--strategy", "overwrite")
            .run();
        assert_ne!(answer.code, 0, "{statement} was accepted:\n{answer}");
        assert!(
            !answer.stderr.is_empty() || answer.stdout.contains("blocks"),
            "{answer}"
        );
        assert_same(&before, &Dump::exact(&target), statement);
        assert!(!Path::new(elsewhere).exists(), "{statement}");
    }
}
