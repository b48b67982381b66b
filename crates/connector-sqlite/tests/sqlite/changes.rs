//! Changes of definitions in a database that has content.

use installhub_connector_sqlite::TablePatterns;
use installhub_database_model::{DatabaseSchema, ObjectKind, SchemaObject};
use installhub_importing::ports::ObjectChange;

use crate::support::Database;

fn schema_of(sql: &str) -> DatabaseSchema {
    let database = Database::with(sql);
    let view = installhub_connector_sqlite::SourceView::open(&database.location).expect("opened");
    view.describe(&TablePatterns::default())
        .expect("described")
        .0
}

fn object(sql: &str, kind: ObjectKind, name: &str) -> SchemaObject {
    schema_of(sql)
        .objects()
        .find(|object| object.kind() == kind && object.name() == name)
        .unwrap_or_else(|| panic!("{name} is defined"))
}

fn table(sql: &str) -> SchemaObject {
    object(sql, ObjectKind::Table, "t")
}

/// Applies one change and returns the statements that were announced for it.
fn change(database: &Database, change: &ObjectChange) -> Result<Vec<String>, String> {
    let mut session = database.write();
    let statements = session
        .statements(change)
        .map_err(|error| error.to_string())?;
    session.apply(change).map_err(|error| error.to_string())?;
    assert!(
        session
            .statements(change)
            .is_ok_and(|again| again.is_empty())
            || matches!(change, ObjectChange::Create(_)),
        "a change made is no change any more"
    );
    session.commit().map_err(|error| error.to_string())?;
    Ok(statements)
}

const CONTENT: &str = "
    CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
    CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, p INT REFERENCES p ON DELETE CASCADE);
    INSERT INTO t VALUES (1, 'x', 1), (5, 'y', 2), (9, 'z', 2); DELETE FROM t WHERE id = 9;
    CREATE TABLE child (t INT REFERENCES t (id) ON DELETE CASCADE); INSERT INTO child VALUES (1), (5);
    CREATE INDEX t_a ON t (a); CREATE INDEX t_p ON t (p);
    CREATE TABLE log (what);
    CREATE TRIGGER t_d AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.a); END;
    CREATE VIEW v AS SELECT a FROM t;";

#[test]
fn a_table_gains_columns_without_being_rebuilt() {
    let database = Database::with(CONTENT);
    let wanted = table(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT NOT NULL DEFAULT 'q', a TEXT, m INT)",
    );
    let statements = change(&database, &ObjectChange::Extend(wanted)).expect("extended");
    assert_eq!(
        statements,
        [
            "ALTER TABLE main.\"t\" ADD COLUMN n TEXT NOT NULL DEFAULT 'q'",
            "ALTER TABLE main.\"t\" ADD COLUMN m INT"
        ]
    );
    assert_eq!(
        database.query("SELECT n, m, a FROM t WHERE id = 5"),
        "Text(\"q\") Null Text(\"y\")"
    );
}

#[test]
fn columns_that_cannot_simply_be_added_come_by_rebuilding() {
    let database = Database::with(CONTENT);
    let wanted = table(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, s TEXT AS (a || '!') STORED, a TEXT, p INT)",
    );
    let statements = change(&database, &ObjectChange::Extend(wanted)).expect("extended");
    assert!(
        statements[0].starts_with("ALTER TABLE main.\"t\" RENAME TO"),
        "{statements:?}"
    );
    assert_eq!(
        database.query("SELECT id, a, p, u, s FROM t"),
        "Integer(1) Text(\"x\") Integer(1) Null Text(\"x!\"); Integer(5) Text(\"y\") Integer(2) Null Text(\"y!\")"
    );
    everything_else_is_as_before(&database);
    assert_eq!(
        database.query("SELECT seq FROM sqlite_sequence WHERE name = 't'"),
        "Integer(9)"
    );
}

fn everything_else_is_as_before(database: &Database) {
    assert_eq!(
        database.query("SELECT count(*) FROM child"),
        "Integer(2)",
        "nothing cascaded"
    );
    assert_eq!(
        database.query("SELECT count(*) FROM log"),
        "Integer(0)",
        "no trigger fired"
    );
    assert_eq!(
        database.query("SELECT sql FROM sqlite_schema WHERE name = 'child'"),
        "Text(\"CREATE TABLE child (t INT REFERENCES t (id) ON DELETE CASCADE)\")"
    );
    assert_eq!(
        database.query("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'installhub%'"),
        "Integer(0)"
    );
    assert_eq!(database.query("PRAGMA foreign_key_check"), "");
    assert_eq!(database.query("PRAGMA integrity_check"), "Text(\"ok\")");
    let writing = database.connect();
    writing
        .execute("DELETE FROM t WHERE id = 1", [])
        .expect("the trigger compiles");
    assert_eq!(database.query("SELECT what FROM log"), "Text(\"x\")");
    assert_eq!(database.query("SELECT count(*) FROM v"), "Integer(1)");
}

#[test]
fn a_replaced_table_has_exactly_the_new_words_and_keeps_shared_columns() {
    let database = Database::with(CONTENT);
    let sql = "CREATE TABLE t (\n  a VARCHAR(5) DEFAULT 'd', -- kept\n  id INTEGER PRIMARY KEY AUTOINCREMENT,\n  extra INT DEFAULT 7\n)";
    let statements = change(&database, &ObjectChange::Replace(table(sql))).expect("replaced");
    assert!(
        statements
            .iter()
            .any(|statement| statement.starts_with("-- index \"t_p\" is dropped")),
        "{statements:?}"
    );
    assert_eq!(
        database.query("SELECT sql FROM sqlite_schema WHERE name = 't'"),
        format!("Text({sql:?})")
    );
    assert_eq!(
        database.query("SELECT * FROM t"),
        "Text(\"x\") Integer(1) Integer(7); Text(\"y\") Integer(5) Integer(7)"
    );
    assert_eq!(
        database.query("SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY 1"),
        "Text(\"t_a\")"
    );
    assert_eq!(
        database.query("SELECT seq FROM sqlite_sequence WHERE name = 't'"),
        "Integer(9)"
    );
    everything_else_is_as_before(&database);
}

#[test]
fn rules_are_added_to_existing_tables() {
    let database = Database::with(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, x INT); CREATE TABLE t (a INT -- last\n); INSERT INTO p VALUES (1, 1); INSERT INTO t VALUES (1), (1);",
    );
    let rich = "CREATE TABLE p (id INTEGER PRIMARY KEY, x INT); CREATE TABLE t (a INT REFERENCES p (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED, CHECK (a < 5))";
    for wanted in [
        object(rich, ObjectKind::Relationship, "t.fk.a.p"),
        object(rich, ObjectKind::Constraint, "t.check.1"),
    ] {
        let statements = change(&database, &ObjectChange::Create(wanted.clone())).expect("added");
        assert!(!statements.is_empty());
        let session = database.read();
        let found = session
            .find_object(wanted.kind(), &wanted.qualified_name())
            .expect("a search")
            .unwrap_or_else(|| {
                panic!(
                    "{wanted:?} {}",
                    database.query("SELECT sql FROM sqlite_schema")
                )
            });
        assert!(found.is_same_definition(&wanted), "{found:?}");
        assert!(
            session
                .statements(&ObjectChange::Create(wanted))
                .expect("planned")
                .is_empty()
        );
    }
    assert_eq!(database.query("SELECT count(*) FROM t"), "Integer(2)");
    let other = rich.replace("SET NULL", "CASCADE");
    let wanted = object(&other, ObjectKind::Relationship, "t.fk.a.p");
    assert!(
        change(&database, &ObjectChange::Create(wanted.clone())).is_err(),
        "another definition of the same name"
    );
    change(&database, &ObjectChange::Replace(wanted.clone())).expect("replaced");
    let found = database
        .read()
        .find_object(ObjectKind::Relationship, "main.t.fk.a.p")
        .expect("a search");
    assert!(found.is_some_and(|found| found.is_same_definition(&wanted)));
    let unique = object(
        "CREATE TABLE t (a INT UNIQUE)",
        ObjectKind::Constraint,
        "t.unique.a",
    );
    let error = change(&database, &ObjectChange::Create(unique)).expect_err("the rows are equal");
    assert!(error.contains("UNIQUE constraint failed"), "{error}");
}

#[test]
fn rules_of_a_table_to_come_are_said_to_come_with_it() {
    let rich = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p)";
    let wanted = object(rich, ObjectKind::Relationship, "t.fk.a.p");
    let statements = Database::absent()
        .read()
        .statements(&ObjectChange::Create(wanted))
        .expect("planned");
    assert_eq!(
        statements,
        ["-- part of table \"t\": FOREIGN KEY (\"a\") REFERENCES \"p\""]
    );
}

#[test]
fn indexes_views_and_triggers_are_replaced_whole() {
    let database = Database::with(&format!(
        "{CONTENT} CREATE TRIGGER v_i INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES (new.a); END;"
    ));
    let base = "CREATE TABLE log (what); CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, p INT);";
    for (sql, kind, name) in [
        (
            "CREATE INDEX t_a ON t (a DESC) WHERE a > ''",
            ObjectKind::Index,
            "t_a",
        ),
        (
            "CREATE VIEW v AS SELECT a, 1 AS one FROM t",
            ObjectKind::View,
            "v",
        ),
        (
            "CREATE TRIGGER t_d AFTER DELETE ON t BEGIN SELECT 1; END",
            ObjectKind::Trigger,
            "t_d",
        ),
    ] {
        let wanted = object(&format!("{base} {sql}"), kind, name);
        let statements = change(&database, &ObjectChange::Replace(wanted)).expect("replaced");
        assert!(statements[0].starts_with("DROP "), "{statements:?}");
        assert_eq!(
            database.query(&format!(
                "SELECT sql FROM sqlite_schema WHERE name = '{name}'"
            )),
            format!("Text({sql:?})")
        );
    }
    assert_eq!(
        database.query("SELECT count(*) FROM sqlite_schema WHERE name = 'v_i'"),
        "Integer(1)",
        "a view keeps its triggers"
    );
}

#[test]
fn a_model_without_sql_of_this_engine_becomes_a_table() {
    let mut wanted = table(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, at DATE NOT NULL DEFAULT CURRENT_DATE, u UUID, n NUMERIC DEFAULT 5)",
    );
    if let SchemaObject::Table(table) = &mut wanted {
        table.sql.clear();
        table.schema = "public".to_owned();
        table.columns[3].default = Some("nextval('x'::regclass)".to_owned());
    }
    let database = Database::absent();
    let statements = change(&database, &ObjectChange::Create(wanted)).expect("created");
    assert!(
        statements[0].contains("-- column u (UUID): stored as text"),
        "{statements:?}"
    );
    assert!(
        statements[0].contains("-- column n: default nextval('x'::regclass) is left out"),
        "{statements:?}"
    );
    assert_eq!(
        database.query("SELECT sql FROM sqlite_schema WHERE name = 't'"),
        format!(
            "Text({:?})",
            "CREATE TABLE \"t\" (\n    \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n    \"at\" TEXT NOT NULL DEFAULT CURRENT_DATE,\n    \"u\" TEXT,\n    \"n\" NUMERIC\n)"
        )
    );
}

#[test]
fn only_new_violations_are_reported() {
    let database = Database::with(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (k INTEGER PRIMARY KEY, p INT REFERENCES p (id));
         INSERT INTO c VALUES (1, 77); CREATE TABLE n (x); CREATE TABLE odd (x REFERENCES n (x)); INSERT INTO odd VALUES (1);
         CREATE VIEW broken AS SELECT missing FROM nowhere; CREATE VIEW v AS SELECT p FROM c;",
    );
    let mut session = database.write();
    assert!(
        session.violations(10).expect("checked").is_empty(),
        "what was wrong before is excused"
    );
    let rows = vec![vec![
        installhub_database_model::Value::Integer(2),
        installhub_database_model::Value::Integer(78),
    ]];
    let Some(SchemaObject::Table(c)) = session
        .find_object(ObjectKind::Table, "main.c")
        .expect("a search")
    else {
        panic!("c is there");
    };
    session
        .load_rows(crate::support::load_of(
            &c,
            &rows,
            installhub_importing::ports::RowMode::Merge,
        ))
        .expect("loaded");
    let violations = session.violations(10).expect("checked");
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert_eq!(violations[0].table, "main.c");
    assert_eq!(
        violations[0].row,
        Some(vec![installhub_database_model::Value::Integer(2)])
    );
    assert_eq!(
        violations[0].constraint,
        "foreign key: (p) = 78 refers to no row of p (id)"
    );
    let narrower = object(
        "CREATE TABLE c (k INTEGER PRIMARY KEY)",
        ObjectKind::Table,
        "c",
    );
    session
        .apply(&ObjectChange::Replace(narrower))
        .expect("replaced");
    let violations = session.violations(10).expect("checked");
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert_eq!(violations[0].table, "main.v");
    assert!(
        violations[0].constraint.contains("no such column: p"),
        "{violations:?}"
    );
}

#[test]
fn names_with_dots_are_found_again() {
    let database = Database::with(
        "CREATE TABLE [a.b] (x INT); INSERT INTO [a.b] VALUES (1); CREATE TABLE b (y)",
    );
    let wanted = object(
        "CREATE TABLE [a.b] (x INT, y TEXT)",
        ObjectKind::Table,
        "a.b",
    );
    change(&database, &ObjectChange::Replace(wanted)).expect("replaced");
    assert_eq!(database.query("SELECT x, y FROM [a.b]"), "Integer(1) Null");
}

#[test]
fn a_rebuilt_table_keeps_row_numbers_and_old_violations_stay_excused() {
    let database = Database::with(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a TEXT, p INT REFERENCES p);
         INSERT INTO t VALUES ('x', 1), ('y', 2), ('z', 3); DELETE FROM t WHERE a = 'x';",
    );
    let sql = "CREATE TABLE t (p INT REFERENCES p, a TEXT, b INT)";
    let wanted = table(&format!("CREATE TABLE p (id INTEGER PRIMARY KEY); {sql}"));
    let mut session = database.write();
    session
        .apply(&ObjectChange::Replace(wanted))
        .expect("replaced");
    assert_eq!(session.violations(5).expect("checked"), []);
    session.commit().expect("committed");
    assert_eq!(
        database.query("SELECT rowid, a FROM t"),
        "Integer(2) Text(\"y\"); Integer(3) Text(\"z\")"
    );
}
