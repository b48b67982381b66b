//! Definitions that are not what they claim to be.

use std::collections::BTreeMap;

use installhub_database_model::{
    Column, Constraint, ConstraintKind, DataType, Index, SchemaObject, Table, Trigger, View,
};
use installhub_importing::ports::ObjectChange;

use crate::support::Database;

fn sql(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("sqlite".to_owned(), text.to_owned())])
}

fn table(text: &str) -> SchemaObject {
    SchemaObject::Table(Table {
        schema: "main".to_owned(),
        name: "t".to_owned(),
        columns: vec![Column {
            name: "a".to_owned(),
            data_type: DataType::Any,
            native_type: None,
            nullable: true,
            default: None,
            generated: None,
            collation: None,
            identity: false,
        }],
        sql: sql(text),
        ..Table::default()
    })
}

fn view(text: &str) -> SchemaObject {
    SchemaObject::View(View {
        schema: "main".to_owned(),
        name: "t".to_owned(),
        columns: Vec::new(),
        sql: sql(text),
        depends_on: Vec::new(),
    })
}

fn trigger(text: &str) -> SchemaObject {
    SchemaObject::Trigger(Trigger {
        schema: "main".to_owned(),
        name: "t".to_owned(),
        table: "victim".to_owned(),
        sql: sql(text),
        depends_on: Vec::new(),
    })
}

fn index(text: &str) -> SchemaObject {
    SchemaObject::Index(Index {
        schema: "main".to_owned(),
        name: "t".to_owned(),
        table: "victim".to_owned(),
        parts: Vec::new(),
        unique: false,
        condition: None,
        sql: sql(text),
        depends_on: Vec::new(),
    })
}

fn check(expression: &str) -> SchemaObject {
    SchemaObject::Constraint(Constraint {
        schema: "main".to_owned(),
        name: "victim.check.1".to_owned(),
        table: "victim".to_owned(),
        kind: ConstraintKind::Check {
            expression: expression.to_owned(),
        },
        sql: BTreeMap::new(),
        depends_on: Vec::new(),
    })
}

#[test]
fn hostile_definitions_are_refused_and_leave_nothing() {
    let database = Database::with("CREATE TABLE victim (x); INSERT INTO victim VALUES (1)");
    let before = database.state();
    let beside = database.folder.path().join("beside.db");
    let attach = format!("ATTACH '{}' AS other", beside.display());
    for object in [
        table("DROP TABLE victim"),
        table("CREATE TABLE t (a); DROP TABLE victim"),
        table("CREATE TABLE t (a); -- \nDELETE FROM victim"),
        table("CREATE TABLE victim (a)"),
        table("CREATE TABLE t (b)"),
        table("CREATE TABLE t (a, b)"),
        table("CREATE TABLE t AS SELECT x AS a FROM victim"),
        table("CREATE TEMP TABLE t (a)"),
        table("CREATE VIRTUAL TABLE t USING fts5(a)"),
        table("CREATE TABLE temp.t (a)"),
        table("CREATE TABLE t (a) WITHOUT ROWID"),
        table("CREATE TABLE t (a CHECK (a IN (SELECT x FROM victim)))"),
        table(&attach),
        table("PRAGMA user_version = 9"),
        table("PRAGMA writable_schema = ON"),
        table("VACUUM INTO 'x'"),
        table("CREATE TABLE t (a\0)"),
        table("SELECT load_extension('x')"),
        table(""),
        view("CREATE VIEW t AS SELECT 1; DELETE FROM victim"),
        view("CREATE TEMP VIEW t AS SELECT 1"),
        view("CREATE TABLE t (a)"),
        trigger(
            "CREATE TRIGGER t AFTER INSERT ON victim BEGIN SELECT 1; END; DELETE FROM victim; END",
        ),
        trigger("CREATE TRIGGER t AFTER INSERT ON other BEGIN SELECT 1; END"),
        trigger("CREATE TEMP TRIGGER t AFTER INSERT ON victim BEGIN SELECT 1; END"),
        trigger("DELETE FROM victim"),
        index("CREATE INDEX t ON other (x)"),
        index("CREATE INDEX u ON victim (x)"),
        index("CREATE INDEX t ON victim (x); DELETE FROM victim"),
        index("CREATE INDEX t ON victim (load_extension('x'))"),
        index("DROP TABLE victim"),
        check("x > 0), y TEXT CHECK (1"),
        check("x > 0); DELETE FROM victim; --"),
        check("x > (0"),
        check("x > 0 --"),
    ] {
        let shown = format!("{object:?}");
        for change in [
            ObjectChange::Create(object.clone()),
            ObjectChange::Replace(object.clone()),
            ObjectChange::Extend(object),
        ] {
            let planned = database.read().statements(&change);
            let mut session = database.write();
            let result = session.apply(&change);
            assert!(result.is_err(), "{shown}");
            assert!(planned.is_err(), "the plan refuses it as well: {shown}");
            session.commit().expect("committed");
        }
    }
    assert_eq!(database.state(), before);
    assert!(!beside.exists());
}

#[test]
fn names_of_any_kind_stay_names() {
    let name = "x\"); DROP TABLE victim; --";
    let database = Database::with("CREATE TABLE victim (x); INSERT INTO victim VALUES (1)");
    let mut wanted = table("");
    if let SchemaObject::Table(table) = &mut wanted {
        table.name = name.to_owned();
        table.columns[0].name = name.to_owned();
        table.columns[0].default = Some("1); DROP TABLE victim; --".to_owned());
        table.sql.clear();
    }
    let mut session = database.write();
    session
        .apply(&ObjectChange::Create(wanted.clone()))
        .expect("a name is a name");
    session
        .apply(&ObjectChange::Replace(wanted))
        .expect("a name is a name");
    session.commit().expect("committed");
    assert_eq!(database.query("SELECT count(*) FROM victim"), "Integer(1)");
}
