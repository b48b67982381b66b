//! The state of a database as digests, object by object.
//!
//! Two databases have equal fingerprints exactly when their definitions, rows and settings are equal. The order in which rows
//! happen to lie in the file does not count.

use std::collections::BTreeMap;

use installhub_checksum::{Digest, Hasher};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::error::{Attempt, SqliteError};
use crate::quote::quoted;
use crate::rows::sequence_value;

/// The state of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectState {
    /// Over the definition and all rows.
    pub digest: Digest,
    /// How many rows a table has.
    pub rows: Option<u64>,
}

/// The state of a database: by kind and name, for example `table main.Artist`.
pub type DatabaseState = BTreeMap<String, ObjectState>;

/// Takes the fingerprint of everything, or of the tables named (without other objects) when there are any.
pub fn fingerprint(
    connection: &Connection,
    only_tables: &[&str],
) -> Result<DatabaseState, SqliteError> {
    let attempted = || "take the fingerprint of the database".to_owned();
    let mut statement = connection
        .prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
        .attempt(attempted)?;
    let entries: Vec<(String, String, String, String)> = statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .and_then(Iterator::collect)
        .attempt(attempted)?;
    let mut state = DatabaseState::new();
    for (kind, name, table, sql) in entries {
        let wanted = only_tables.is_empty()
            || only_tables
                .iter()
                .any(|only| kind == "table" && only.eq_ignore_ascii_case(&name));
        if !wanted || name.to_ascii_lowercase().starts_with("sqlite_") {
            continue;
        }
        let object = if kind == "table" && !is_virtual(&sql) {
            table_state(connection, &name, &sql)?
        } else {
            ObjectState {
                digest: Digest::of(format!("{table}\0{sql}").as_bytes()),
                rows: None,
            }
        };
        state.insert(format!("{kind} main.{name}"), object);
    }
    if only_tables.is_empty() {
        for setting in ["user_version", "application_id", "encoding"] {
            let value: String = connection
                .query_row(
                    &format!("SELECT CAST({setting} AS TEXT) FROM pragma_{setting}"),
                    [],
                    |row| row.get(0),
                )
                .attempt(attempted)?;
            let digest = Digest::of(value.as_bytes());
            state.insert(
                format!("setting {setting}"),
                ObjectState { digest, rows: None },
            );
        }
    }
    Ok(state)
}

/// Readable lines about what differs, none when nothing does.
pub fn differences(before: &DatabaseState, after: &DatabaseState) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, old) in before {
        match after.get(name) {
            None => lines.push(format!("{name} is gone")),
            Some(new) if new != old => lines.push(match (old.rows, new.rows) {
                (Some(one), Some(other)) if one != other => {
                    format!("{name} had {one} rows and has {other}")
                }
                (Some(rows), _) => format!("{name} differs in its definition or its {rows} rows"),
                _ => format!("{name} differs"),
            }),
            Some(_) => {}
        }
    }
    let new = after.keys().filter(|name| !before.contains_key(*name));
    lines.extend(new.map(|name| format!("{name} is new")));
    lines
}

fn is_virtual(sql: &str) -> bool {
    let mut words = sql.split_ascii_whitespace();
    words.next();
    words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("VIRTUAL"))
}

struct Shape {
    /// Stored columns, quoted.
    columns: Vec<String>,
    /// Key columns, quoted, when the key orders rows completely.
    key: Vec<String>,
}

fn shape(connection: &Connection, table: &str) -> rusqlite::Result<Shape> {
    let mut statement = connection.prepare_cached(
        "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1, 'main') WHERE hidden NOT IN (2, 3) ORDER BY cid",
    )?;
    let without_rowid: bool = connection
        .prepare_cached("SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main'")?
        .query_row([table], |row| row.get(0))?;
    let mut rows = statement.query([table])?;
    let (mut columns, mut key, mut complete) = (Vec::new(), Vec::new(), true);
    while let Some(row) = rows.next()? {
        let name = quoted(row.get_ref(0)?.as_str()?);
        let is_integer = row.get_ref(1)?.as_str()?.eq_ignore_ascii_case("INTEGER");
        let not_null: bool = row.get(2)?;
        let place: i64 = row.get(3)?;
        if place > 0 {
            complete &= not_null || is_integer || without_rowid;
            key.push((place, name.clone()));
        }
        columns.push(name);
    }
    key.sort();
    if !complete {
        key.clear();
    }
    Ok(Shape {
        columns,
        key: key.into_iter().map(|(_, name)| name).collect(),
    })
}

fn table_state(connection: &Connection, name: &str, sql: &str) -> Result<ObjectState, SqliteError> {
    let attempted = || format!("take the fingerprint of table {name}");
    let sequence = sequence_value(connection, name)?;
    let shape = shape(connection, name).attempt(attempted)?;
    let mut hasher = Hasher::new();
    hasher.update(sql.as_bytes());
    hasher.update(format!("\0{sequence:?}\0").as_bytes());
    let columns = shape.columns.join(", ");
    let order = if shape.key.is_empty() {
        String::new()
    } else {
        format!(" ORDER BY {}", shape.key.join(", "))
    };
    let query = format!("SELECT {columns} FROM main.{}{order}", quoted(name));
    let mut statement = connection.prepare(&query).attempt(attempted)?;
    let mut rows = statement.query([]).attempt(attempted)?;
    let width = shape.columns.len();
    let (mut count, mut bytes, mut sum) = (0_u64, Vec::new(), MultisetHash::default());
    while let Some(row) = rows.next().attempt(attempted)? {
        count += 1;
        append_row(row, width, &mut bytes).attempt(attempted)?;
        if shape.key.is_empty() {
            sum.add(&bytes);
            bytes.clear();
        } else if bytes.len() >= 1 << 16 {
            hasher.update(&bytes);
            bytes.clear();
        }
    }
    hasher.update(&bytes);
    hasher.update(&sum.bytes());
    hasher.update(&count.to_le_bytes());
    Ok(ObjectState {
        digest: hasher.finalize(),
        rows: Some(count),
    })
}

/// Appends every value with its class and length, so that no two different rows give the same bytes.
pub(crate) fn append_row(row: &Row<'_>, width: usize, bytes: &mut Vec<u8>) -> rusqlite::Result<()> {
    for place in 0..width {
        append_value(row.get_ref(place)?, bytes);
    }
    Ok(())
}

pub(crate) fn append_value(value: ValueRef<'_>, bytes: &mut Vec<u8>) {
    let long = |class: u8, content: &[u8], bytes: &mut Vec<u8>| {
        bytes.push(class);
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content);
    };
    match value {
        ValueRef::Null => bytes.push(0),
        ValueRef::Integer(integer) => {
            bytes.push(1);
            bytes.extend_from_slice(&integer.to_le_bytes());
        }
        ValueRef::Real(real) => {
            bytes.push(2);
            bytes.extend_from_slice(&real.to_bits().to_le_bytes());
        }
        ValueRef::Text(text) => long(3, text, bytes),
        ValueRef::Blob(blob) => long(4, blob, bytes),
    }
}

/// Adds up the digests of rows, so that their order does not count but their number does.
#[derive(Default)]
struct MultisetHash([u64; 4]);

impl MultisetHash {
    fn add(&mut self, row: &[u8]) {
        let digest = Digest::of(row);
        let mut carry = false;
        for (limb, bytes) in self.0.iter_mut().zip(digest.as_bytes().chunks_exact(8)) {
            let mut part = [0; 8];
            part.copy_from_slice(bytes);
            let (sum, first) = limb.overflowing_add(u64::from_le_bytes(part));
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = first || second;
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|limb| limb.to_le_bytes()).collect()
    }
}
