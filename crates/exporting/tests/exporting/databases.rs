//! A database as a source.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use futures::StreamExt as _;
use installhub_artifact::ArtifactType;
use installhub_database_model::{Column, DataType, DatabaseSchema, PrimaryKey, Row, Table, Value};
use installhub_exporting::ports::{
    ArtifactSource, MockSourceConnector, MockSourceSnapshot, Selection, SourceError,
};
use installhub_exporting::{DatabaseSource, ExportError, RowSelection};
use semver::Version;

use crate::sources::{exported, opened};

fn artists() -> Table {
    let column = |name: &str, data_type| Column {
        name: name.to_owned(),
        data_type,
        native_type: None,
        nullable: false,
        default: None,
        generated: None,
        collation: None,
        identity: false,
    };
    Table {
        schema: "main".to_owned(),
        name: "Artist".to_owned(),
        columns: vec![
            column("Id", DataType::Integer),
            column("Name", DataType::Text),
        ],
        primary_key: Some(PrimaryKey {
            columns: vec!["Id".to_owned()],
        }),
        sql: BTreeMap::from([("sqlite".to_owned(), "CREATE TABLE …".to_owned())]),
        ..Table::default()
    }
}

fn row(id: i64, name: &str) -> Row {
    vec![Value::Integer(id), Value::Text(name.to_owned())]
}

/// A database with one table, which says that it has `counted` rows.
fn database(counted: u64, selection: RowSelection) -> Box<dyn ArtifactSource> {
    let mut connector = MockSourceConnector::new();
    connector
        .expect_display_name()
        .returning(|| "a database".to_owned());
    connector
        .expect_open_snapshot()
        .times(1)
        .returning(move || {
            let mut snapshot = MockSourceSnapshot::new();
            snapshot.expect_describe().returning(|_| {
                let schema = DatabaseSchema {
                    tables: vec![artists()],
                    ..DatabaseSchema::default()
                };
                Ok((schema, Vec::new()))
            });
            snapshot.expect_count_rows().returning(move |_| Ok(counted));
            snapshot.expect_sequence_value().returning(|_| Ok(Some(7)));
            snapshot.expect_rows().returning(|_| {
                let batches = [
                    Ok(vec![row(1, "Ada"), row(2, "Bob")]),
                    Ok(vec![row(3, "Zoë")]),
                ];
                Ok(futures::stream::iter(batches).boxed())
            });
            Ok(Box::new(snapshot))
        });
    let version = Version::new(1, 0, 0);
    Box::new(DatabaseSource::new(
        Arc::new(connector),
        Selection::default(),
        selection,
        version,
    ))
}

#[test]
fn a_table_becomes_its_definition_and_its_rows() {
    let (report, bytes) = exported(vec![database(3, RowSelection::All)], None);
    let manifest = report.expect("a package").written.manifest;
    let types: Vec<ArtifactType> = manifest
        .artifacts_in_install_order()
        .iter()
        .map(|entry| entry.artifact_type)
        .collect();
    assert_eq!(types, [ArtifactType::Table, ArtifactType::Data]);
    let mut text = String::new();
    opened(bytes)
        .open_artifact(&manifest.install_order[1])
        .expect("it is there")
        .read_to_string(&mut text)
        .expect("it is text");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].contains(r#""rows":3"#) && lines[0].contains(r#""sequence":"7""#),
        "{text}"
    );
    assert_eq!(lines[1..], [r#"[1,"Ada"]"#, r#"[2,"Bob"]"#, r#"[3,"Zoë"]"#]);
}

#[test]
fn definitions_can_go_without_rows() {
    let (report, _) = exported(vec![database(3, RowSelection::None)], None);
    let manifest = report.expect("a package").written.manifest;
    assert_eq!(manifest.artifacts.len(), 1);
}

#[test]
fn a_view_that_moves_under_the_export_makes_no_package() {
    let (result, bytes) = exported(vec![database(4, RowSelection::All)], None);
    let Err(ExportError::Source(SourceError::Unreadable { object, message })) = result else {
        panic!("{result:?}");
    };
    assert_eq!(object, "table 'main.Artist'");
    assert_eq!(message, "4 rows were counted and 3 were read in one view");
    assert!(bytes.is_empty());
}
