//! Databases that go through artifacts and come out equal.

use installhub_connector_sqlite::{Location, TablePatterns};

use crate::support::{Database, carry, chinook};

#[test]
fn chinook_comes_out_equal_object_by_object() {
    let target = Database::absent();
    assert_eq!(
        carry(&Location::new(chinook()), &target),
        Vec::<String>::new()
    );
    assert_eq!(
        target.query("SELECT count(*) FROM PlaylistTrack"),
        "Integer(8715)"
    );
}

#[test]
fn unusual_databases_come_out_equal() {
    let wide: Vec<String> = (0..200)
        .map(|number| format!("\"c {number}\" TEXT"))
        .collect();
    let wide = format!(
        "CREATE TABLE wide ({}); INSERT INTO wide DEFAULT VALUES;",
        wide.join(", ")
    );
    for (what, sql) in [
        ("nothing at all", ""),
        (
            "names that need quotes",
            "CREATE TABLE \"select\" (\"from\" TEXT, \"a \"\"b\"\" 'c' [d\" INT, \"été\" BLOB);
             INSERT INTO \"select\" VALUES ('x', 1, x'00');
             CREATE TABLE \"tab.le\" (\"\" INT PRIMARY KEY, [x y] DEFAULT 'q''q');
             INSERT INTO [tab.le] VALUES (1, 2);
             CREATE INDEX \"order by\" ON \"select\" (\"a \"\"b\"\" 'c' [d\" DESC);
             CREATE VIEW \"v;w\" AS SELECT \"from\" AS \"-- x\" FROM \"select\";
             CREATE TRIGGER \"select\" AFTER INSERT ON \"select\" BEGIN DELETE FROM [tab.le]; END;",
        ),
        (
            "tables without row numbers and strict ones",
            "CREATE TABLE k (a TEXT, b INT, v ANY, PRIMARY KEY (b DESC, a)) STRICT, WITHOUT ROWID;
             INSERT INTO k VALUES ('x', 1, 1), ('x', 2, '1'), ('y', 1, x'31'), ('z', 1, 1.5);
             CREATE TABLE n (a TEXT PRIMARY KEY COLLATE NOCASE, b) WITHOUT ROWID;
             INSERT INTO n VALUES ('B', 1), ('a', 2);",
        ),
        (
            "computed columns",
            "CREATE TABLE g (a INT, b INT AS (a * 2) STORED, c TEXT GENERATED ALWAYS AS (a || '!') VIRTUAL, d INT);
             INSERT INTO g (a, d) VALUES (1, 10), (2, 20);
             CREATE INDEX gi ON g (c);",
        ),
        (
            "tables that refer to themselves and to each other",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, b INT REFERENCES B (id) DEFERRABLE INITIALLY DEFERRED, up REFERENCES a);
             CREATE TABLE b (id INTEGER PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES a ON DELETE CASCADE ON UPDATE SET NULL);
             INSERT INTO a VALUES (1, 1, 2), (2, 1, NULL); INSERT INTO b VALUES (1, 2);",
        ),
        (
            "every class of value in every column",
            "CREATE TABLE m (i INTEGER, r REAL, t TEXT, b BLOB, n NUMERIC, x, d DATE, f BOOLEAN, j JSON);
             INSERT INTO m VALUES
                (9223372036854775807, 9e999, 'a' || char(10) || char(1), x'00ff', 1, -9e999, '2020-01-01', 1, '{\"a\": 1}'),
                (-9223372036854775808, 1e300, x'616263', 'text', 1.5, 9007199254740993, 20200101, 'yes', '[1, 2]'),
                ('abc', 'abc', 5, 5, 'abc', 'abc', 1.5, 0.5, '{\"text\":\"x\"}'),
                (1.5, x'00', 1.5, 1.5, x'00', 1.0, x'00', x'00', 'true'),
                (NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL),
                (9007199254740993, 0.1, '9007199254740993', 1e-320, 9007199254740993, '', 1, 2, 12);",
        ),
        (
            "rows that repeat without a key, and keys that are missing",
            "CREATE TABLE bag (a, b); INSERT INTO bag VALUES (1, 'x'), (1, 'x'), (1.0, 'x'), (NULL, NULL), (NULL, NULL);
             CREATE TABLE loose (k TEXT PRIMARY KEY, v); INSERT INTO loose VALUES (NULL, 1), (NULL, 1), ('a', 2);",
        ),
        (
            "partial indexes, expressions and collations",
            "CREATE TABLE t (a TEXT COLLATE NOCASE, b INT, c REAL DEFAULT (1 + 1), UNIQUE (a, b), CHECK (b > 0), CONSTRAINT odd CHECK (b % 2 = 1));
             INSERT INTO t VALUES ('x', 1, 2.5);
             CREATE UNIQUE INDEX p ON t (lower(a), b DESC) WHERE b > 0 AND a <> 'where';
             CREATE INDEX q ON t (a COLLATE RTRIM);",
        ),
        (
            "triggers on tables and views, views on views",
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a); CREATE TABLE log (what);
             CREATE VIEW v AS SELECT id, a FROM t; CREATE VIEW w (x) AS WITH c AS (SELECT a FROM v) SELECT a FROM c;
             CREATE TRIGGER t_i AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('new; ' || new.a); END;
             CREATE TRIGGER v_i INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); END;
             INSERT INTO v (a) VALUES ('one'), ('two'); DELETE FROM t WHERE id = 2;",
        ),
        (
            "a used up sequence and an empty table",
            "CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO s VALUES (41); DELETE FROM s;
             CREATE TABLE e (a);",
        ),
        (
            "columns added later and comments in definitions",
            "CREATE TABLE t (a INT -- first, of (all
             , b TEXT /* second, */ ); ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'x'; INSERT INTO t VALUES (1, '2', '3');",
        ),
        ("two hundred columns", &wide),
    ] {
        let source = Database::with(sql);
        assert_eq!(carry(&source.location, &Database::absent()), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn triggers_do_not_fire_while_rows_are_loaded() {
    let source = Database::with(
        "CREATE TABLE t (a INTEGER PRIMARY KEY); CREATE TABLE log (a); INSERT INTO t VALUES (1), (2);
         CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;",
    );
    let target = Database::with(
        "CREATE TABLE t (a INTEGER PRIMARY KEY); CREATE TABLE log (a);
         CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;",
    );
    let view =
        installhub_connector_sqlite::SourceView::open(&source.location).expect("the source opens");
    let (schema, _) = view.describe(&TablePatterns::default()).expect("described");
    let table = schema.table("t").expect("t");
    let mut session = target.write();
    let rows = crate::support::all_rows(view.connection(), table);
    session
        .load_rows(crate::support::load_of(
            table,
            &rows,
            installhub_importing::ports::RowMode::Merge,
        ))
        .expect("loaded");
    session.commit().expect("committed");
    assert_eq!(target.query("SELECT count(*) FROM log"), "Integer(0)");
    // The trigger itself lives on.
    target
        .connect()
        .execute("INSERT INTO t VALUES (3)", [])
        .expect("inserted");
    assert_eq!(target.query("SELECT a FROM log"), "Integer(3)");
}
