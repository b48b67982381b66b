//! Tables, views and rows.

use std::collections::BTreeMap;

use installhub_artifact::Json;
use installhub_conflict_merge::{Decision, Decisions, Fallback, Strategy, StrategyRules};
use installhub_database_model::{
    Column, DataType, ObjectKind, PrimaryKey, Row, SchemaObject, Table, Value, View,
};
use installhub_importing::{ImportError, ImportOptions, ImportState, Permit};
use installhub_test_support::import_target::Fault;
use installhub_test_support::packages::PackageBuilder;

use crate::world::{World, actions, all, ask, codes};

pub(crate) fn table(columns: &[(&str, DataType)]) -> Table {
    let columns = columns.iter().map(|(name, data_type)| Column {
        name: (*name).to_owned(),
        data_type: *data_type,
        native_type: None,
        nullable: true,
        default: None,
        generated: None,
        collation: None,
        identity: false,
    });
    Table {
        schema: "main".to_owned(),
        name: "Artist".to_owned(),
        columns: columns.collect(),
        primary_key: Some(PrimaryKey {
            columns: vec!["Id".to_owned()],
        }),
        ..Table::default()
    }
}

pub(crate) fn artists() -> Table {
    table(&[("Id", DataType::Integer), ("Name", DataType::Text)])
}

fn view(sql: &str) -> SchemaObject {
    SchemaObject::View(View {
        schema: "main".to_owned(),
        name: "Names".to_owned(),
        columns: vec!["Name".to_owned()],
        sql: BTreeMap::from([("sqlite".to_owned(), sql.to_owned())]),
        depends_on: Vec::new(),
    })
}

pub(crate) fn row(id: i64, name: &str) -> Row {
    vec![Value::Integer(id), Value::Text(name.to_owned())]
}

pub(crate) fn music(version: &str, rows: &[Row]) -> PackageBuilder {
    PackageBuilder::new("Music", version)
        .object(&SchemaObject::Table(artists()))
        .rows(&artists(), rows)
}

#[test]
fn tables_and_rows_arrive_and_stay_when_imported_again() {
    let world = World::of_tables();
    let rows = [row(1, "Ada"), row(2, "Bob"), row(3, "Eve")];
    let package = music("1.0.0", &rows).build();
    assert_eq!(actions(&world.plan(&package, &ask())), ["Create", "Create"]);
    let report = world.import(&package, &ask());
    assert_eq!(report.record.state, ImportState::Completed);
    assert_eq!(world.database.rows("main.Artist"), rows);
    let again = world.plan(&package, &ask());
    assert_eq!(actions(&again), ["NoChange", "NoChange"]);
}

#[test]
fn rows_meet_by_key_under_each_strategy() {
    let there = [row(1, "Ada"), row(2, "theirs"), row(9, "theirs")];
    let incoming = [row(1, "Ada"), row(2, "ours"), row(3, "ours")];
    for (strategy, action, expected) in [
        (
            Strategy::Skip,
            "Merge",
            vec![
                row(1, "Ada"),
                row(2, "theirs"),
                row(9, "theirs"),
                row(3, "ours"),
            ],
        ),
        (
            Strategy::Merge,
            "Merge",
            vec![
                row(1, "Ada"),
                row(2, "ours"),
                row(9, "theirs"),
                row(3, "ours"),
            ],
        ),
        (
            Strategy::Overwrite,
            "Update",
            vec![row(1, "Ada"), row(2, "ours"), row(3, "ours")],
        ),
    ] {
        let world = World::of_tables();
        world.database.put(SchemaObject::Table(artists()));
        world.database.put_rows("main.Artist", there.to_vec());
        let package = music("1.0.0", &incoming).build();
        let undecided = world.plan(&package, &ask());
        assert_eq!(actions(&undecided), ["NoChange", "Undecided"]);
        let plan = world.plan(&package, &all(strategy));
        assert_eq!(actions(&plan), ["NoChange", action], "{strategy}");
        world.import(&package, &all(strategy));
        assert_eq!(world.database.rows("main.Artist"), expected, "{strategy}");
    }
}

/// New rows beside existing ones are a creation; they must not be loaded as if the table were to hold nothing else.
#[test]
fn rows_that_are_all_new_leave_the_others_alone() {
    let world = World::of_tables();
    world.database.put(SchemaObject::Table(artists()));
    world
        .database
        .put_rows("main.Artist", vec![row(9, "theirs")]);
    let package = music("1.0.0", &[row(1, "ours")]).build();
    let plan = world.plan(&package, &all(Strategy::Merge));
    assert_eq!(actions(&plan), ["NoChange", "Create"]);
    world.import(&package, &all(Strategy::Merge));
    assert_eq!(
        world.database.rows("main.Artist"),
        [row(9, "theirs"), row(1, "ours")]
    );
}

#[test]
fn rows_that_are_only_added_need_no_decision() {
    let world = World::of_tables();
    let first = music("1.0.0", &[row(1, "Ada")]).build();
    world.import(&first, &ask());
    let more = music("1.1.0", &[row(1, "Ada"), row(2, "Bob")]).build();
    assert_eq!(
        actions(&world.plan(&more, &ask())),
        ["NoChange", "Merge"],
        "nobody loses anything"
    );
    world.import(&more, &ask());
    assert_eq!(
        world.database.rows("main.Artist"),
        [row(1, "Ada"), row(2, "Bob")]
    );
}

#[test]
fn a_merged_table_gains_columns_and_loses_none() {
    let world = World::of_tables();
    world.database.put(SchemaObject::Table(table(&[
        ("Id", DataType::Integer),
        ("Born", DataType::Date),
    ])));
    let package = PackageBuilder::new("Music", "1.0.0")
        .object(&SchemaObject::Table(artists()))
        .build();
    assert_eq!(actions(&world.plan(&package, &ask())), ["Undecided"]);
    world.import(&package, &all(Strategy::Merge));
    let merged = world.database.object(ObjectKind::Table, "main.Artist");
    let Some(SchemaObject::Table(merged)) = merged else {
        panic!("{merged:?}");
    };
    let columns: Vec<&str> = merged
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(columns, ["Id", "Born", "Name"]);
    let again = world.plan(&package, &all(Strategy::Merge));
    assert_eq!(actions(&again), ["NoChange"], "merging is idempotent");
}

#[test]
fn a_column_of_another_type_is_a_clash() {
    let there = table(&[("Id", DataType::Integer), ("Name", DataType::Blob)]);
    let package = PackageBuilder::new("Music", "1.0.0")
        .object(&SchemaObject::Table(artists()))
        .build();
    let world = World::of_tables();
    world.database.put(SchemaObject::Table(there.clone()));
    let plan = world.plan(&package, &all(Strategy::Merge));
    assert_eq!(codes(&plan), ["MergeClash"]);
    let clash = &plan.steps[0].clashes[0];
    assert_eq!(clash.pointer.to_string(), "/columns/[name=Name]/dataType");
    assert_eq!(clash.existing, Some(Json::from("blob")));

    let mut decisions = Decisions::none();
    let id = plan.steps[0].source_id.as_str();
    decisions.decide(id, clash.pointer.clone(), Decision::Existing);
    let decided = ImportOptions {
        decisions,
        ..all(Strategy::Merge)
    };
    assert_eq!(actions(&world.plan(&package, &decided)), ["NoChange"]);
    world.import(&package, &all(Strategy::Overwrite));
    assert_eq!(
        world.database.object(ObjectKind::Table, "main.artist"),
        Some(SchemaObject::Table(artists()))
    );
}

#[test]
fn a_view_changed_on_both_sides_is_a_clash_and_one_sided_changes_win() {
    let version = |version: &str, sql: &str| {
        PackageBuilder::new("Music", version)
            .object(&view(sql))
            .build()
    };
    let installed = || {
        let world = World::of_tables();
        world.import(&version("1.0.0", "a"), &ask());
        world
    };
    let merge = all(Strategy::Merge);
    let with_fallback = |fallback| ImportOptions {
        strategies: StrategyRules {
            merge_fallback_strategy: Some(fallback),
            ..StrategyRules::all(Strategy::Merge)
        },
        ..ask()
    };
    let world = installed();
    assert_eq!(
        actions(&world.plan(&version("1.1.0", "ours"), &merge)),
        ["Update"]
    );
    world.database.put(view("theirs"));
    assert_eq!(
        actions(&world.plan(&version("1.1.0", "a"), &merge)),
        ["NoChange"]
    );
    let both = version("1.1.0", "ours");
    assert_eq!(codes(&world.plan(&both, &merge)), ["MergeClash"]);
    for (fallback, action) in [
        (Fallback::Skip, "NoChange"),
        (Fallback::Overwrite, "Update"),
    ] {
        assert_eq!(
            actions(&world.plan(&both, &with_fallback(fallback))),
            [action]
        );
    }
    world.import(&both, &with_fallback(Fallback::Overwrite));
    assert_eq!(
        world.database.object(ObjectKind::View, "main.Names"),
        Some(view("ours"))
    );
}

#[test]
fn decisions_are_remembered_also_by_who_settles_the_import() {
    let version = |version: &str, sql: &str| {
        PackageBuilder::new("Music", version)
            .object(&view(sql))
            .build()
    };
    let merge = all(Strategy::Merge);
    let world = World::of_tables();
    world.import(&version("1.0.0", "a"), &ask());
    world.database.put(view("theirs"));
    let next = version("1.1.0", "ours");
    let clash = world.plan(&next, &merge).steps.remove(0);
    let mut decisions = Decisions::none();
    let path = clash.clashes[0].pointer.clone();
    decisions.decide(&clash.source_id, path, Decision::Incoming);
    let decided = ImportOptions {
        decisions,
        ..merge.clone()
    };
    let plan = world.plan(&next, &decided);
    let commit = {
        let trial = World::of_tables();
        let package = version("1.0.0", "a");
        let plan = trial.plan(&package, &ask());
        trial.faults.set(None);
        trial.carry_out(&package, &ask(), &plan).expect("an import");
        let calls = trial.faults.calls();
        calls
            .iter()
            .rposition(|call| *call == "TargetSession::commit")
    };
    // One call more than without decisions: they are remembered before the commit.
    let commit = commit.expect("it was committed") + 1;
    world.faults.set(Some(Fault::Lost(commit)));
    let interrupted = world.carry_out(&next, &decided, &plan);
    assert!(
        matches!(interrupted, Err(ImportError::Interrupted { .. })),
        "{interrupted:?}"
    );
    world.faults.set(None);
    assert_eq!(world.settle()[0].state, ImportState::Completed);
    world.database.put(view("theirs again"));
    let third = version("1.2.0", "ours again");
    assert_eq!(actions(&world.plan(&third, &merge)), ["Update"]);
}

#[test]
fn what_carries_no_statement_for_the_engine_cannot_be_held() {
    let world = World::of_tables();
    let mut foreign = view("SELECT 1");
    if let SchemaObject::View(view) = &mut foreign {
        view.sql = BTreeMap::from([("postgres".to_owned(), "SELECT 1".to_owned())]);
    }
    let package = PackageBuilder::new("Music", "1.0.0")
        .object(&foreign)
        .build();
    let plan = world.plan(&package, &ask());
    assert_eq!(codes(&plan), ["UnsupportedByTarget"]);
    assert!(plan.blocks[0].message.contains("no SQL for sqlite"));
}

#[test]
fn rows_without_a_table_are_told_before_anything_is_touched() {
    let world = World::of_tables();
    let package = PackageBuilder::new("Music", "1.0.0")
        .rows(&artists(), &[row(1, "Ada")])
        .build();
    let plan = world.plan(&package, &ask());
    assert_eq!(codes(&plan), ["UnsupportedByTarget"]);
    assert!(
        plan.blocks[0]
            .message
            .contains("there is no table 'main.Artist'")
    );
    let permitted = ImportOptions {
        unsupported: Permit::Allow,
        ..ask()
    };
    assert!(world.plan(&package, &permitted).is_ready());
}

fn numbers() -> Table {
    table(&[("Id", DataType::Integer), ("Number", DataType::Integer)])
}

#[test]
fn new_violations_roll_everything_back_and_old_ones_do_not_count() {
    let broken = |id| vec![Value::Integer(id), Value::Integer(-1)];
    let package = |rows: &[Row]| {
        PackageBuilder::new("Music", "1.0.0")
            .object(&SchemaObject::Table(numbers()))
            .rows(&numbers(), rows)
            .build()
    };
    let world = World::of_tables();
    world.database.put(SchemaObject::Table(numbers()));
    world.database.put_rows("main.Artist", vec![broken(1)]);
    let before = world.state();

    let merge = all(Strategy::Merge);
    let offending = package(&[broken(2)]);
    let plan = world.plan(&offending, &merge);
    let refused = world.carry_out(&offending, &merge, &plan);
    let Err(ImportError::Violations(rules)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        rules,
        ["main.artist row (2): the second column must not be -1"]
    );
    assert_eq!(world.state(), before);
    let record = world.journal().pop().expect("it is in the journal");
    assert_eq!(record.state, ImportState::Failed);
    assert!(record.error.is_some_and(|error| error.contains("row (2)")));

    world.import(
        &package(&[vec![Value::Integer(3), Value::Integer(3)]]),
        &merge,
    );
}

#[test]
fn rows_lost_on_the_way_fail_the_post_condition_and_everything_goes_back() {
    let world = World::of_tables();
    world.database.lose_rows();
    let package = music("1.0.0", &[row(1, "Ada"), row(2, "Bob")]).build();
    let before = world.state();
    let plan = world.plan(&package, &ask());
    let refused = world.carry_out(&package, &ask(), &plan);
    let Err(ImportError::PostCondition { object, message }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(object, "table 'main.Artist'");
    assert_eq!(message, "it holds 1 rows where 2 were expected");
    assert_eq!(world.state(), before);
    assert_eq!(world.journal()[0].state, ImportState::Failed);
}
