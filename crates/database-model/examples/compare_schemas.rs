//! Two versions of a table, their differences, and the artifact that carries the newer one.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use installhub_artifact::to_canonical_bytes;
use installhub_database_model::{
    Column, DataType, DatabaseSchema, PrimaryKey, SchemaObject, Table, diff,
};
use semver::Version;

fn column(name: &str, data_type: DataType, nullable: bool) -> Column {
    Column {
        name: name.to_owned(),
        data_type,
        native_type: None,
        nullable,
        default: None,
        generated: None,
        collation: None,
        identity: false,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let old = Table {
        schema: "main".to_owned(),
        name: "customer".to_owned(),
        columns: vec![
            column("id", DataType::Integer, false),
            column("name", DataType::Text, false),
        ],
        primary_key: Some(PrimaryKey {
            columns: vec!["id".to_owned()],
        }),
        ..Table::default()
    };
    let mut new = old.clone();
    new.columns.push(column("born", DataType::Date, true));

    let schema = |table: &Table| DatabaseSchema {
        tables: vec![table.clone()],
        ..DatabaseSchema::default()
    };
    for change in diff(&schema(&old), &schema(&new)).changes {
        println!("{}: {:?}", change.name, change.change);
    }
    let artifact = SchemaObject::Table(new).to_artifact(Version::new(1, 1, 0))?;
    println!(
        "{}",
        String::from_utf8(to_canonical_bytes(&artifact.to_json()))?
    );
    Ok(())
}
