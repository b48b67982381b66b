//! What is in a SQLite database, to the last bit, as SQLite itself reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

/// Lines of a difference that are shown.
const SHOWN: usize = 12;

/// A database as text: sections of lines. Two databases with the same dump hold the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    sections: BTreeMap<String, Vec<String>>,
}

/// Opens a database to look at it or to change it. What a dead process left unfinished is undone by that.
pub fn open(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match Connection::open_with_flags(path, flags) {
        Ok(connection) => connection,
        Err(error) => panic!("{} cannot be opened: {error}", path.display()),
    }
}

impl Dump {
    /// Everything a backup would bring back: header, definitions, every row with its hidden row id, counters of automatic keys.
    /// A file that is not there is an empty database.
    pub fn exact(path: &Path) -> Self {
        Self::read(path, Rows::WithRowId)
    }

    /// Everything a package carries: definitions as SQLite and its pragmas state them, and every row, in no order.
    pub fn logical(path: &Path) -> Self {
        let mut dump = Self::read(path, Rows::Sorted);
        dump.sections.remove("header");
        dump
    }

    fn read(path: &Path, rows: Rows) -> Self {
        let absent;
        let connection = if path.exists() {
            open(path)
        } else {
            // A name of no characters is a private file that is gone afterwards.
            absent = Connection::open("").expect("a temporary database");
            absent
        };
        let verdict: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .expect("a database whose integrity can be checked");
        assert_eq!(verdict, "ok", "integrity of {}", path.display());
        let mut sections = BTreeMap::from([
            ("header".to_owned(), header(&connection)),
            ("definitions".to_owned(), definitions(&connection)),
        ]);
        for (name, keeps_row_ids) in tables(&connection) {
            let quoted = quote(&name);
            sections.insert(
                format!("columns of {name}"),
                pragma(&connection, &format!("table_xinfo({quoted})")),
            );
            sections.insert(
                format!("references of {name}"),
                pragma(&connection, &format!("foreign_key_list({quoted})")),
            );
            sections.insert(
                format!("rows of {name}"),
                table_rows(&connection, &quoted, keeps_row_ids, rows),
            );
        }
        Self { sections }
    }

    /// The number of rows of a table.
    pub fn rows(&self, table: &str) -> usize {
        self.sections
            .get(&format!("rows of {table}"))
            .map_or(0, Vec::len)
    }

    /// The rows of a table.
    pub fn rows_of(&self, table: &str) -> &[String] {
        self.sections
            .get(&format!("rows of {table}"))
            .map_or(&[], Vec::as_slice)
    }

    /// All definitions.
    pub fn definitions(&self) -> &[String] {
        &self.sections["definitions"]
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.definitions().is_empty()
    }

    /// What differs, for a person; empty when nothing does.
    pub fn difference(&self, other: &Self) -> String {
        let mut text = String::new();
        let names: std::collections::BTreeSet<&String> =
            self.sections.keys().chain(other.sections.keys()).collect();
        for name in names {
            let (left, right) = (self.sections.get(name), other.sections.get(name));
            if left == right {
                continue;
            }
            let (left, right) = (
                left.map_or(&[][..], Vec::as_slice),
                right.map_or(&[][..], Vec::as_slice),
            );
            let _ = writeln!(text, "{name}: {} lines against {}", left.len(), right.len());
            for line in left.iter().filter(|line| !right.contains(line)).take(SHOWN) {
                let _ = writeln!(text, "  only left:  {line}");
            }
            for line in right.iter().filter(|line| !left.contains(line)).take(SHOWN) {
                let _ = writeln!(text, "  only right: {line}");
            }
        }
        text
    }
}

/// Fails and names what differs.
#[track_caller]
pub fn assert_same(left: &Dump, right: &Dump, what: &str) {
    assert!(left == right, "{what}:\n{}", left.difference(right));
}

#[derive(Clone, Copy)]
enum Rows {
    WithRowId,
    Sorted,
}

fn header(connection: &Connection) -> Vec<String> {
    [
        "user_version",
        "application_id",
        "encoding",
        "auto_vacuum",
        "page_size",
        "journal_mode",
    ]
    .iter()
    .flat_map(|name| {
        pragma(connection, name)
            .into_iter()
            .map(move |value| format!("{name} {value}"))
    })
    .collect()
}

fn definitions(connection: &Connection) -> Vec<String> {
    lines(
        connection,
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
    )
}

/// Every ordinary table, and whether it has row ids.
fn tables(connection: &Connection) -> Vec<(String, bool)> {
    let mut statement = connection
        .prepare("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name")
        .expect("a list of tables");
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, !row.get::<_, bool>(1)?)))
        .expect("the tables");
    rows.map(|row| row.expect("a table"))
        .filter(|(name, _): &(String, bool)| name != "sqlite_schema")
        .collect()
}

fn table_rows(
    connection: &Connection,
    quoted: &str,
    keeps_row_ids: bool,
    rows: Rows,
) -> Vec<String> {
    match rows {
        Rows::WithRowId if keeps_row_ids => lines(
            connection,
            &format!("SELECT _rowid_, * FROM {quoted} ORDER BY _rowid_"),
        ),
        Rows::WithRowId => lines(connection, &format!("SELECT * FROM {quoted}")),
        Rows::Sorted => {
            let mut found = lines(connection, &format!("SELECT * FROM {quoted}"));
            found.sort();
            found
        }
    }
}

fn pragma(connection: &Connection, what: &str) -> Vec<String> {
    lines(connection, &format!("PRAGMA {what}"))
}

fn lines(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = match connection.prepare(query) {
        Ok(statement) => statement,
        Err(error) => panic!("{query}: {error}"),
    };
    let columns = statement.column_count();
    let rows = statement
        .query_map([], |row| Ok(line(row, columns)))
        .expect("a query that runs");
    rows.map(|row| row.expect("a row")).collect()
}

/// A row with the storage class of every value.
fn line(row: &Row<'_>, columns: usize) -> String {
    let mut text = String::new();
    for column in 0..columns {
        if column > 0 {
            text.push_str(" | ");
        }
        let _ = match row.get_ref(column).expect("a value") {
            ValueRef::Null => write!(text, "null"),
            ValueRef::Integer(value) => write!(text, "i{value}"),
            // The bits: two floats that print alike may differ.
            ValueRef::Real(value) => write!(text, "r{value:?}#{:x}", value.to_bits()),
            ValueRef::Text(value) => write!(text, "t'{}'", value.escape_ascii()),
            ValueRef::Blob(value) => write!(text, "b'{}'", value.escape_ascii()),
        };
    }
    text
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(statements: &str) -> Dump {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        open(file.path())
            .execute_batch(statements)
            .expect("statements that run");
        Dump::exact(file.path())
    }

    #[test]
    fn a_dump_tells_apart_what_sql_calls_equal() {
        let one = "CREATE TABLE t (a); INSERT INTO t VALUES (1);";
        assert_eq!(dump(one), dump(one));
        for other in [
            "CREATE TABLE t (a); INSERT INTO t VALUES (1.0);",
            "CREATE TABLE t (a); INSERT INTO t VALUES ('1');",
            "CREATE TABLE t (a); INSERT INTO t VALUES (x'31');",
            "CREATE TABLE t (a); INSERT INTO t (rowid, a) VALUES (2, 1);",
            "CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA user_version = 2;",
            "CREATE TABLE t (A); INSERT INTO t VALUES (1);",
            "CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT 1;",
        ] {
            assert_ne!(dump(one), dump(other), "{other}");
            assert!(!dump(one).difference(&dump(other)).is_empty(), "{other}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_an_empty_database() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let absent = Dump::exact(Path::new("no-such-file.db"));
        assert!(absent.is_empty());
        assert_same(&absent, &Dump::exact(file.path()), "a file of no bytes");
    }
}
