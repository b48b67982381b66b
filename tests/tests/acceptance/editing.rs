//! Importing into a database that somebody has changed, and going back.

use installhub_acceptance::{Dump, Sandbox, assert_same, inputs, open};
use serde_json::Value;

use crate::fixtures;

fn step<'v>(answer: &'v Value, artifact_type: &str, name: &str) -> &'v Value {
    let steps = answer["plan"]["steps"].as_array().expect("steps");
    steps
        .iter()
        .find(|step| step["artifactType"] == artifact_type && step["name"] == name)
        .unwrap_or_else(|| {
            panic!(
                "no step for {artifact_type} {name} in {}",
                answer["plan"]["steps"]
            )
        })
}

#[test]
fn the_plan_shows_every_local_change() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let before = Dump::exact(&target);
    let answer = sandbox.plan(&package, &target, "overwrite");
    assert_same(&before, &Dump::exact(&target), "a plan changes nothing");

    assert_eq!(
        step(&answer, "Index", "main.IFK_AlbumArtistId")["action"],
        "Create"
    );
    assert_eq!(step(&answer, "Table", "main.Genre")["action"], "Update");
    assert!(
        step(&answer, "Table", "main.Genre")["changes"]
            .to_string()
            .contains("remark")
    );
    assert_eq!(step(&answer, "Table", "main.Artist")["action"], "NoChange");

    let artists = &step(&answer, "Data", "main.Artist")["rows"];
    let counts =
        |rows: &Value| ["created", "updated", "deleted"].map(|member| rows[member].as_u64());
    assert_eq!(counts(artists), [Some(0), Some(1), Some(1)]);
    assert!(
        artists["samples"]
            .to_string()
            .contains("AC/DC (remastered)"),
        "{artists}"
    );
    assert_eq!(
        counts(&step(&answer, "Data", "main.PlaylistTrack")["rows"]),
        [Some(1), Some(0), Some(0)]
    );
    assert_eq!(step(&answer, "Data", "main.Track")["action"], "NoChange");
}

#[test]
fn overwrite_restores_what_the_package_holds_and_leaves_the_rest() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    sandbox.import(&package, &target, "overwrite");
    // Without what is local, nothing but the package's objects is left.
    open(&target)
        .execute_batch("DROP VIEW local_view; DROP TABLE local_counter;")
        .expect("the local objects are there still");
    let expected = sandbox.copy(&inputs::chinook(), "expected.db");
    // A counter's bookkeeping table stays once it exists.
    open(&expected)
        .execute_batch("CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE c;")
        .expect("a bookkeeping table");
    assert_same(
        &Dump::logical(&expected),
        &Dump::logical(&target),
        "the package's objects",
    );
}

#[test]
fn a_rollback_brings_back_the_edited_state_to_the_last_bit() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let edited = Dump::exact(&target);
    let imported = sandbox.import(&package, &target, "overwrite");
    assert!(
        edited != Dump::exact(&target),
        "the import changed something"
    );
    let answer = sandbox.rollback(&imported);
    assert_eq!(answer["lost"], serde_json::json!([]));
    assert_same(&edited, &Dump::exact(&target), "the state before");
    assert_eq!(sandbox.imports()[0]["state"], "RolledBack");
    // Once is enough.
    let id = imported["id"].as_str().expect("an id");
    sandbox
        .installhub("rollback")
        .arg(id)
        .run()
        .refused_with(&["RolledBack"]);
    assert_same(&edited, &Dump::exact(&target), "the state before, still");
    // And the way forward is open again.
    assert_eq!(
        sandbox.import(&package, &target, "overwrite")["outcome"],
        "imported"
    );
}

#[test]
fn a_rollback_of_an_import_into_a_new_file_leaves_an_empty_database() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = sandbox.path("target.db");
    let imported = sandbox.import(&package, &target, "merge");
    sandbox.rollback(&imported);
    assert!(Dump::exact(&target).is_empty());
}

#[test]
fn a_database_with_everything_comes_back_exactly() {
    let sandbox = Sandbox::new();
    let target = fixtures::rich(&sandbox, "rich.db");
    let package = sandbox.path("rich.zip");
    sandbox.export(&target, &package);
    open(&target)
        .execute_batch(
            "UPDATE customer SET balance = 1; DROP TRIGGER customer; DROP VIEW spending; DROP INDEX customer_by_domain;
             DELETE FROM anything; DROP TABLE empty; DELETE FROM \"order\"; UPDATE sqlite_sequence SET seq = 77;
             INSERT INTO anything (rowid, x) VALUES (500, 'far away');",
        )
        .expect("edits");
    let edited = Dump::exact(&target);
    let imported = sandbox.import(&package, &target, "overwrite");
    let original = Dump::logical(&fixtures::rich(&sandbox, "original.db"));
    let now = Dump::logical(&target);
    assert_eq!(original.definitions(), now.definitions());
    for table in ["customer", "order", "anything", "strictly", "left_side"] {
        assert_eq!(original.rows_of(table), now.rows_of(table), "{table}");
    }
    sandbox.rollback(&imported);
    assert_same(&edited, &Dump::exact(&target), "the state before");
}

#[test]
fn a_rollback_that_would_lose_later_work_asks_first() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let edited = Dump::exact(&target);
    let imported = sandbox.import(&package, &target, "overwrite");
    let later = "DELETE FROM InvoiceLine WHERE InvoiceLineId <= 3; CREATE TABLE later (x);
                 INSERT INTO Genre (GenreId, Name) VALUES (900, 'later');";
    open(&target).execute_batch(later).expect("later work");
    let worked = Dump::exact(&target);

    let id = imported["id"].as_str().expect("an id");
    let refused = sandbox
        .installhub("rollback")
        .arg(id)
        .json_format()
        .run()
        .findings()
        .json();
    assert_eq!(refused["error"], "WouldLose");
    let lost = refused["lost"].to_string();
    for object in ["InvoiceLine", "later", "Genre"] {
        assert!(lost.contains(object), "{object} is not named: {lost}");
    }
    assert!(
        !lost.contains("Artist"),
        "what did not change is named: {lost}"
    );
    assert_same(
        &worked,
        &Dump::exact(&target),
        "a rollback that asks changes nothing",
    );
    let human = sandbox.installhub("rollback").arg(id).run().findings();
    assert!(
        human.stdout.contains("InvoiceLine") && human.stdout.contains("--force"),
        "{human}"
    );

    let forced = sandbox
        .installhub("rollback")
        .args([&id[..13], "--force"])
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(forced["lost"], refused["lost"]);
    assert_same(&edited, &Dump::exact(&target), "the state before");
}

#[test]
fn going_back_past_a_later_import_undoes_that_too() {
    let sandbox = Sandbox::new();
    let first_package = sandbox.path("first.zip");
    let named = |name: &str, package: &std::path::Path, table: &str| {
        let command = sandbox
            .installhub("export")
            .sqlite("--from", &inputs::chinook())
            .flag("--name", name);
        command
            .flag("--version", "1.0.0")
            .flag("--table", table)
            .flag("--output", package)
            .run()
            .done();
    };
    named("First", &first_package, "Artist");
    let second_package = sandbox.path("second.zip");
    named("Second", &second_package, "Genre");
    let target = sandbox.path("target.db");
    let first = sandbox.import(&first_package, &target, "merge");
    let second = sandbox.import(&second_package, &target, "merge");
    let id = first["id"].as_str().expect("an id");
    let refused = sandbox
        .installhub("rollback")
        .arg(id)
        .json_format()
        .run()
        .findings()
        .json();
    assert!(
        refused["lost"].to_string().contains("Second 1.0.0"),
        "{refused}"
    );
    let forced = sandbox
        .installhub("rollback")
        .args([id, "--force"])
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(forced["undone"], serde_json::json!([second["id"]]));
    assert!(Dump::exact(&target).is_empty());
    let states: Vec<Value> = sandbox
        .imports()
        .iter()
        .map(|import| import["state"].clone())
        .collect();
    assert_eq!(states, ["RolledBack", "RolledBack"]);
}

#[test]
fn skip_keeps_what_is_there_and_adds_what_is_missing() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let edited = Dump::logical(&target);
    sandbox.import(&package, &target, "skip");
    let now = Dump::logical(&target);
    assert_eq!(
        edited.rows_of("Artist"),
        now.rows_of("Artist"),
        "changed and added rows stay"
    );
    assert_eq!(
        edited.rows_of("Genre"),
        now.rows_of("Genre"),
        "a local column stays"
    );
    assert_eq!(now.rows("PlaylistTrack"), 8715, "a missing row is back");
    assert!(
        now.definitions()
            .iter()
            .any(|line| line.contains("IFK_AlbumArtistId")),
        "a missing index is back"
    );
}

#[test]
fn merge_brings_rows_in_by_key_and_drops_nothing() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    open(&target)
        .execute_batch(
            "UPDATE Track SET Composer = 'kept' WHERE TrackId = (SELECT min(TrackId) FROM Track WHERE Composer IS NULL); UPDATE Customer SET Company = NULL WHERE CustomerId = 1;
             UPDATE Customer SET Fax = 'kept too' WHERE CustomerId = 2;",
        )
        .expect("edits");
    sandbox.import(&package, &target, "merge");
    let connection = open(&target);
    let text = |query: &str| -> Option<String> {
        connection
            .query_row(query, [], |row| row.get(0))
            .expect(query)
    };
    assert_eq!(
        text("SELECT Name FROM Artist WHERE ArtistId = 1").as_deref(),
        Some("AC/DC"),
        "incoming values win"
    );
    assert_eq!(
        text("SELECT Name FROM Artist WHERE ArtistId = 9001").as_deref(),
        Some("Local hero"),
        "no row is dropped"
    );
    assert_eq!(
        text("SELECT remark FROM Genre WHERE GenreId = 1").as_deref(),
        Some("loud"),
        "no column is dropped"
    );
    assert!(
        text("SELECT Company FROM Customer WHERE CustomerId = 1").is_some(),
        "incoming values win over null"
    );
    assert_eq!(
        text("SELECT Composer FROM Track WHERE Composer = 'kept'").as_deref(),
        Some("kept"),
        "an incoming null does not win"
    );
    assert_eq!(
        text("SELECT Fax FROM Customer WHERE CustomerId = 2").as_deref(),
        Some("kept too"),
        "nor here"
    );
    assert_eq!(
        Dump::logical(&target).rows("PlaylistTrack"),
        8715,
        "a missing row is back"
    );
    // Merging is idempotent.
    assert_eq!(
        sandbox.import(&package, &target, "merge")["outcome"],
        "unchanged"
    );
}

#[test]
fn without_a_strategy_differences_wait_for_a_decision() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let before = Dump::exact(&target);
    let answer = sandbox
        .import_command(&package, &target)
        .run()
        .findings()
        .json();
    assert_eq!(answer["outcome"], "blocked");
    let codes: Vec<&Value> = answer["plan"]["blocks"]
        .as_array()
        .expect("blocks")
        .iter()
        .map(|block| &block["code"])
        .collect();
    assert!(
        !codes.is_empty() && codes.iter().all(|code| **code == "DecisionMissing"),
        "{codes:?}"
    );
    assert_same(
        &before,
        &Dump::exact(&target),
        "a blocked import changes nothing",
    );

    // An exception for each type that differs is a decision as well; one artifact's own wins over its type's.
    let command = sandbox.import_command(&package, &target);
    let exceptions = ["Table=merge", "Data=skip", "main.Artist.rows=overwrite"];
    let command = exceptions.iter().fold(command, |command, exception| {
        command.flag("--strategy-for", exception)
    });
    assert_eq!(command.run().done().json()["outcome"], "imported");
    let connection = open(&target);
    let local: i64 = connection
        .query_row(
            "SELECT count(*) FROM Artist WHERE ArtistId = 9001",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert_eq!(local, 0, "overwritten as asked for");
}

#[test]
fn rows_that_would_break_a_rule_are_refused_as_a_whole() {
    let sandbox = Sandbox::new();
    // An album that only this database has goes away, and a track that stays needs it.
    let package = sandbox.path("albums.zip");
    sandbox
        .export_command(&inputs::chinook(), &package)
        .flag("--table", "Album")
        .run()
        .done();
    let target = sandbox.copy(&inputs::chinook(), "target.db");
    open(&target)
        .execute_batch(
            "INSERT INTO Album VALUES (9000, 'Local', 1);
             INSERT INTO Track (TrackId, Name, AlbumId, MediaTypeId, Milliseconds, UnitPrice) VALUES (9000, 'Local', 9000, 1, 1, 1);",
        )
        .expect("edits");
    let before = Dump::exact(&target);
    let command = sandbox
        .import_command(&package, &target)
        .flag("--strategy", "overwrite");
    let answer = command.run();
    assert_ne!(answer.code, 0, "{answer}");
    assert!(
        answer.stderr.contains("Track") || answer.stdout.contains("Track"),
        "{answer}"
    );
    assert_same(&before, &Dump::exact(&target), "all or nothing");
}
