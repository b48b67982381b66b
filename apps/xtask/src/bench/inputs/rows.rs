//! Tables with many rows, as artifact files: a definition and a data file for each.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use installhub_artifact::{DataColumn, DataHeader, Json, Object};
use semver::Version;
use serde_json::json;

use super::tables::{TABLES, Table};
use super::text::Writer;

/// How many rows tell how long a row is on average.
const PROBED_ROWS: u64 = 10_000;

/// Rows are written in pieces of about this many bytes.
const PIECE: usize = 256 * 1024;

/// Writes the tables into `folder`, with data files that hold at least `bytes` together.
pub(super) fn write_tables(folder: &Path, bytes: u64) -> anyhow::Result<()> {
    for part in ["tables", "data"] {
        fs::create_dir_all(folder.join(part))?;
    }
    let share = bytes.div_ceil(u64::try_from(TABLES.len())?);
    for (seed, table) in (1u64..).zip(TABLES) {
        let path = folder.join(format!("tables/{}.json", table.name));
        fs::write(&path, serde_json::to_vec_pretty(&definition(table))?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        let path = folder.join(format!("data/{}.ndjson", table.name));
        write_rows(&path, table, seed, share)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn definition(table: &Table) -> serde_json::Value {
    let columns: Vec<_> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, (name, kind))| json!({"name": name, "type": kind, "nullable": at > 0}))
        .collect();
    json!({
        "_type": "Table",
        "_version": "1.0.0",
        "_schemaVersion": "1.0",
        "id": table.name,
        "name": table.name,
        "columns": columns,
        "primaryKey": [table.columns[0].0],
    })
}

/// Writes a header and as many rows as it takes, by the average of the first, to fill `bytes`.
fn write_rows(path: &Path, table: &Table, seed: u64, bytes: u64) -> anyhow::Result<()> {
    let mut probe = String::new();
    let mut writer = Writer::new(seed);
    for id in 1..=PROBED_ROWS {
        (table.row)(id, &mut writer, &mut probe)?;
        probe.push('\n');
    }
    // Ids grow longer, so later rows only add to what is wanted.
    let rows = bytes * PROBED_ROWS / u64::try_from(probe.len())? + 1;

    let mut file = BufWriter::with_capacity(PIECE, File::create(path)?);
    writeln!(file, "{}", header(table, rows).to_line())?;
    let mut writer = Writer::new(seed);
    let mut row = String::new();
    for id in 1..=rows {
        row.clear();
        (table.row)(id, &mut writer, &mut row)?;
        row.push('\n');
        file.write_all(row.as_bytes())?;
    }
    file.flush()?;
    Ok(())
}

fn header(table: &Table, rows: u64) -> DataHeader {
    let depends_on = Json::Array(vec![Json::from(table.name)]);
    let columns = table.columns.iter().enumerate().map(|(at, (name, kind))| {
        let column = DataColumn::new(*name, *kind);
        if at == 0 { column.key() } else { column }
    });
    DataHeader {
        id: format!("{}.rows", table.name),
        name: format!("Rows of {}", table.name),
        version: Version::new(1, 0, 0),
        table: table.name.to_owned(),
        columns: columns.collect(),
        rows,
        extra: Object::from_iter([("dependsOn".to_owned(), depends_on)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_files_have_the_size_wanted_and_as_many_rows_as_they_say() {
        let wanted = 16 << 20;
        let folder = tempfile::tempdir().expect("a folder");
        write_tables(folder.path(), wanted).expect("written");
        let mut total = 0;
        for table in TABLES {
            let path = folder.path().join(format!("data/{}.ndjson", table.name));
            let text = fs::read_to_string(path).expect("text");
            let mut lines = text.lines();
            let first = lines.next().expect("a header");
            let header = DataHeader::parse_line(first.as_bytes()).expect("a header");
            assert_eq!(u64::try_from(lines.count()), Ok(header.rows));
            assert_eq!(header.table, table.name);
            total += u64::try_from(text.len()).expect("small");
        }
        assert!((wanted..wanted * 103 / 100).contains(&total), "{total}");
    }
}
