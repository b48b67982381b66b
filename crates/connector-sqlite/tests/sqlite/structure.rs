//! What is read of a database's structure, and what is chosen of it.

use installhub_connector_sqlite::{Coverage, Location, SourceView, TablePatterns};
use installhub_database_model::{DataType, DatabaseSchema, Deferral, Generated, ReferentialAction};

use crate::support::{Database, chinook};

fn describe(location: &Location, patterns: &[&str]) -> (DatabaseSchema, Vec<Coverage>) {
    let view = SourceView::open(location).expect("opened");
    let patterns = TablePatterns::new(patterns.iter().map(|pattern| (*pattern).to_owned()));
    view.describe(&patterns).expect("described")
}

#[test]
fn chinook_is_read_whole() {
    let (schema, notices) = describe(&Location::new(chinook()), &[]);
    assert_eq!(notices, []);
    let counts = [
        schema.tables.len(),
        schema.relationships.len(),
        schema.indexes.len(),
        schema.views.len(),
    ];
    assert_eq!(counts, [11, 11, 11, 0]);
    let invoice = schema.table("invoice").expect("names have no case");
    let total = invoice.column("Total").expect("a column");
    assert_eq!(
        (
            total.data_type,
            total.native_type.as_deref(),
            total.nullable
        ),
        (DataType::Numeric, Some("NUMERIC(10,2)"), false)
    );
    let names: Vec<&str> = schema
        .relationships
        .iter()
        .map(|relationship| relationship.name.as_str())
        .collect();
    assert_eq!(names[0], "Album.fk.ArtistId.Artist");
    assert_eq!(
        schema.relationships[0].depends_on,
        ["main.Album", "main.Artist"]
    );
    let own = schema
        .relationships
        .iter()
        .find(|relationship| relationship.table == "Employee")
        .expect("a self reference");
    assert_eq!(own.depends_on, ["main.Employee"]);
}

#[test]
fn every_detail_of_a_table_is_seen() {
    let database = Database::with(
        "CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b));
         CREATE TABLE t (
            id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL DEFAULT 'x' COLLATE NOCASE, g INT AS (id + 1) STORED, h AS (1), -- c
            x INT, y INT, CONSTRAINT named UNIQUE (n, x), CHECK (x > 0), CONSTRAINT c CHECK ((y) < 5),
            FOREIGN KEY (x, y) REFERENCES P ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
            FOREIGN KEY (x) REFERENCES t (id)
         );",
    );
    let (schema, _) = describe(&database.location, &[]);
    let table = schema.table("t").expect("t");
    let id = table.column("id").expect("id");
    assert!(id.identity);
    let n = table.column("n").expect("n");
    assert_eq!(
        (n.nullable, n.default.as_deref(), n.collation.as_deref()),
        (false, Some("'x'"), Some("NOCASE"))
    );
    assert_eq!(
        table.column("g").expect("g").generated,
        Some(Generated::Stored)
    );
    assert_eq!(
        table.column("h").expect("h").generated,
        Some(Generated::Virtual)
    );
    assert_eq!(
        table.column("g").expect("g").native_type.as_deref(),
        Some("INT")
    );
    assert_eq!(table.uniques[0].name.as_deref(), Some("named"));
    assert_eq!(table.checks[1].expression, "(y) < 5");
    let names: Vec<&str> = schema
        .constraints
        .iter()
        .map(|constraint| constraint.name.as_str())
        .collect();
    assert_eq!(names, ["t.check.1", "t.check.c", "t.unique.named"]);
    let keys: Vec<_> = schema
        .relationships
        .iter()
        .map(|key| {
            (
                key.name.as_str(),
                key.deferral,
                key.on_delete,
                key.depends_on.join(" "),
            )
        })
        .collect();
    assert_eq!(
        keys,
        [
            (
                "t.fk.x.t",
                Deferral::Immediate,
                ReferentialAction::NoAction,
                "main.t".to_owned()
            ),
            (
                "t.fk.x_y.P",
                Deferral::Deferred,
                ReferentialAction::SetNull,
                "main.t main.p".to_owned()
            ),
        ]
    );
    assert!(
        schema
            .table("p")
            .expect("p")
            .column("a")
            .expect("a")
            .nullable
    );
}

#[test]
fn the_engine_tells_what_views_and_triggers_touch() {
    let database = Database::with(
        "CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x); CREATE TABLE log (x);
         CREATE VIEW v1 AS SELECT x FROM a WHERE x IN (SELECT x FROM b); CREATE VIEW v2 AS SELECT count(*) FROM v1, 'c';
         CREATE TRIGGER t1 BEFORE UPDATE OF x ON a WHEN new.x > (SELECT max(x) FROM b) BEGIN INSERT INTO log SELECT x FROM c; END;
         CREATE TRIGGER t2 AFTER INSERT ON log BEGIN DELETE FROM b; END;
         CREATE TRIGGER t3 INSTEAD OF DELETE ON v1 BEGIN UPDATE c SET x = 'a b'; SELECT 'from a'; END;",
    );
    let (schema, notices) = describe(&database.location, &[]);
    assert_eq!(notices, []);
    let of_view = |name: &str| {
        schema
            .views
            .iter()
            .find(|view| view.name == name)
            .expect("a view")
            .depends_on
            .join(" ")
    };
    let of_trigger = |name: &str| {
        schema
            .triggers
            .iter()
            .find(|trigger| trigger.name == name)
            .expect("a trigger")
            .depends_on
            .join(" ")
    };
    assert_eq!(of_view("v1"), "main.a main.b");
    assert_eq!(of_view("v2"), "main.c main.v1");
    assert_eq!(
        of_trigger("t1"),
        "main.a main.b main.c main.log",
        "and not what t2 does"
    );
    assert_eq!(of_trigger("t2"), "main.b main.log");
    assert_eq!(of_trigger("t3"), "main.c main.v1");
}

#[test]
fn what_is_not_carried_is_said() {
    let database = Database::with(
        "CREATE TABLE t (a REFERENCES nowhere); CREATE VIRTUAL TABLE f USING fts5(x); CREATE VIEW on_f AS SELECT x FROM f; CREATE INDEX i ON t (a);
         CREATE TRIGGER to_f AFTER INSERT ON t BEGIN INSERT INTO f VALUES (new.a); END;
         CREATE VIEW broken AS SELECT y FROM t; ANALYZE;",
    );
    let (schema, notices) = describe(&database.location, &[]);
    assert_eq!(schema.tables.len(), 1);
    assert_eq!(schema.views.len(), 1, "what is broken is carried as it is");
    assert!(schema.triggers.is_empty());
    assert_eq!(
        schema.relationships[0].depends_on,
        ["main.t"],
        "nothing is asked for that does not exist"
    );
    let said: Vec<String> = notices
        .iter()
        .map(|notice| format!("{} {}", notice.code, notice.object))
        .collect();
    for expected in [
        "NotCarried main.f",
        "NotCarried main.f_data",
        "NotCarried main.on_f",
        "NotCarried main.to_f",
        "Broken main.broken",
        "Broken main.t.fk.a.nowhere",
        "NotCarried main.sqlite_stat1",
    ] {
        assert!(
            said.iter().any(|line| line == expected),
            "{expected}: {said:?}"
        );
    }
}

#[test]
fn chosen_tables_bring_what_they_need() {
    let location = Location::new(chinook());
    let (schema, notices) = describe(&location, &["album", "play*t"]);
    let names: Vec<&str> = schema
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    assert_eq!(names, ["Album", "Artist", "Playlist"]);
    let artist = notices
        .iter()
        .find(|notice| notice.object == "main.Artist")
        .expect("a notice");
    assert_eq!(
        (artist.code, artist.message.as_str()),
        (
            "Required",
            "was not selected but is included because main.Album refers to it"
        )
    );
    assert_eq!(
        notices
            .iter()
            .filter(|notice| notice.code == "NotSelected")
            .count(),
        8
    );
    assert_eq!(schema.indexes.len(), 1);
    let view = SourceView::open(&location).expect("opened");
    let error = view
        .describe(&TablePatterns::new(["albun".to_owned()]))
        .expect_err("misspelt")
        .to_string();
    assert!(
        error.starts_with("pattern 'albun': selects no table; there are: Album"),
        "{error}"
    );
}

#[test]
fn text_that_no_data_file_can_hold_is_named() {
    for (value, part) in [
        ("'a' || char(0) || 'b'", "NUL"),
        ("CAST(x'ff' AS TEXT)", "UTF-8"),
    ] {
        let database = Database::with(&format!(
            "CREATE TABLE t (k, v); INSERT INTO t VALUES (1, 'fine'), (2, {value})"
        ));
        let view = SourceView::open(&database.location).expect("opened");
        let (schema, _) = view.describe(&TablePatterns::default()).expect("described");
        let table = schema.table("t").expect("t");
        let error = installhub_connector_sqlite::read_rows(view.connection(), table, 10, |_| {
            std::ops::ControlFlow::Continue(())
        })
        .expect_err("refused")
        .to_string();
        assert!(
            error.starts_with("main.t: row 2, column 'v': text ") && error.contains(part),
            "{error}"
        );
    }
}
