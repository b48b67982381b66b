//! The guard before definitions that come from packages.
//!
//! A package is not trusted: its SQL may be the one `CREATE` statement of the object it belongs to and nothing else. The
//! text is checked word by word first, so that a plan can be judged without a database; then the engine itself is asked
//! by an authorizer that allows this one creation and denies every other action.

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::lexer::{Token, tokens};

/// The only thing a statement may create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    Table { name: String },
    Index { name: String, table: String },
    View { name: String },
    Trigger { name: String, table: String },
}

impl Expected {
    fn name(&self) -> &str {
        match self {
            Self::Table { name }
            | Self::Index { name, .. }
            | Self::View { name }
            | Self::Trigger { name, .. } => name,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Table { .. } => "TABLE",
            Self::Index { .. } => "INDEX",
            Self::View { .. } => "VIEW",
            Self::Trigger { .. } => "TRIGGER",
        }
    }
}

/// The statement without qualification and without what may surround it, or why it is refused.
pub(crate) fn checked(sql: &str, expected: &Expected) -> Result<String, String> {
    let mut all = tokens(sql)?;
    while all.last().is_some_and(|token| token.is_sign(';')) {
        all.pop();
    }
    let end = all.last().map_or(0, |token| token.range.end);
    let mut words = Cursor { sql, rest: &all };
    let kind = expected.words();
    words.expect("CREATE", kind)?;
    let unique = matches!(expected, Expected::Index { .. }) && words.take("UNIQUE");
    words.expect(kind, kind)?;
    if words.take("IF") {
        words.expect("NOT", kind)?;
        words.expect("EXISTS", kind)?;
    }
    let mut start = words.start();
    let mut name = words.name()?;
    if words.take_sign('.') {
        if !name.eq_ignore_ascii_case("main") {
            return Err(format!(
                "the SQL creates something in '{name}', expected the schema 'main'"
            ));
        }
        start = words.start();
        name = words.name()?;
    }
    if !name.eq_ignore_ascii_case(expected.name()) {
        return Err(format!(
            "the SQL creates '{name}', expected '{}'",
            expected.name()
        ));
    }
    if name.to_ascii_lowercase().starts_with("sqlite_") {
        return Err(format!("the name '{name}' is reserved for the engine"));
    }
    words.shape(expected)?;
    let is_trigger = matches!(expected, Expected::Trigger { .. });
    if !is_trigger && all.iter().any(|token| token.is_sign(';')) {
        return Err("the SQL holds more than one statement".to_owned());
    }
    let unique = if unique { "UNIQUE " } else { "" };
    Ok(format!("CREATE {unique}{kind} {}", &sql[start..end]))
}

struct Cursor<'a> {
    sql: &'a str,
    rest: &'a [Token],
}

impl Cursor<'_> {
    fn start(&self) -> usize {
        self.rest
            .first()
            .map_or(self.sql.len(), |token| token.range.start)
    }

    fn take(&mut self, word: &str) -> bool {
        self.take_if(|token| token.is(word))
    }

    fn take_sign(&mut self, sign: char) -> bool {
        self.take_if(|token| token.is_sign(sign))
    }

    fn take_if(&mut self, wanted: impl Fn(&Token) -> bool) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if wanted(first) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, word: &str, kind: &str) -> Result<(), String> {
        if self.take(word) {
            return Ok(());
        }
        let found = match self.rest.first() {
            Some(token) => format!(
                "'{}'",
                self.sql[token.range.clone()]
                    .chars()
                    .take(40)
                    .collect::<String>()
            ),
            None => "its end".to_owned(),
        };
        Err(format!(
            "the SQL is no CREATE {kind} statement: found {found}, expected {word}"
        ))
    }

    fn name(&mut self) -> Result<String, String> {
        let (first, rest) = self
            .rest
            .split_first()
            .ok_or("the SQL ends before the object's name")?;
        let name = first
            .name(self.sql)
            .ok_or("the SQL has no name where the object's name is expected")?;
        self.rest = rest;
        Ok(name.to_owned())
    }

    /// What follows the name.
    fn shape(&mut self, expected: &Expected) -> Result<(), String> {
        match expected {
            Expected::Table { .. } => {
                if !self.rest.first().is_some_and(|token| token.is_sign('(')) {
                    return Err(
                        "the SQL defines no columns; a table made from a query is refused"
                            .to_owned(),
                    );
                }
                Ok(())
            }
            Expected::Index { table, .. } => {
                self.expect("ON", "INDEX")?;
                let found = self.name()?;
                same_table(&found, table)
            }
            Expected::View { .. } => {
                let all = self.rest;
                let begins = |word: &str| all.iter().position(|token| token.is(word));
                let body = begins("AS").and_then(|at| all.get(at + 1));
                if body.is_some_and(|token| {
                    token.is("SELECT") || token.is("WITH") || token.is("VALUES")
                }) {
                    Ok(())
                } else {
                    Err("the SQL of the view holds no query".to_owned())
                }
            }
            Expected::Trigger { table, .. } => {
                let on = self
                    .rest
                    .iter()
                    .position(|token| token.is("ON"))
                    .ok_or("the trigger names no table")?;
                self.rest = &self.rest[on + 1..];
                let mut found = self.name()?;
                if self.take_sign('.') {
                    found = self.name()?;
                }
                same_table(&found, table)?;
                if self.rest.last().is_some_and(|token| token.is("END")) {
                    Ok(())
                } else {
                    Err("the SQL goes on after the trigger's END, or has none".to_owned())
                }
            }
        }
    }
}

fn same_table(found: &str, expected: &str) -> Result<(), String> {
    if found.eq_ignore_ascii_case(expected) {
        Ok(())
    } else {
        Err(format!(
            "the SQL is about table '{found}', expected '{expected}'"
        ))
    }
}

/// Runs a checked statement under an authorizer that allows nothing but it. On refusal nothing has happened.
pub(crate) fn run_guarded(
    connection: &Connection,
    sql: &str,
    expected: &Expected,
) -> rusqlite::Result<()> {
    let allowed = expected.clone();
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        judge(&allowed, &context)
    }))?;
    let result = connection.execute(sql, []).map(|_| ());
    let released = connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>);
    result.and(released)
}

fn judge(expected: &Expected, context: &AuthContext<'_>) -> Authorization {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let catalogue = |table: &str| {
        ["sqlite_master", "sqlite_schema", "sqlite_sequence"]
            .iter()
            .any(|name| same(name, table))
    };
    let permitted = match (&context.action, expected) {
        (AuthAction::Select, _) => true,
        (AuthAction::Function { function_name }, _) => !same(function_name, "load_extension"),
        (AuthAction::Insert { table_name } | AuthAction::Delete { table_name }, _) => {
            catalogue(table_name)
        }
        (AuthAction::Update { table_name, .. }, _)
        | (AuthAction::Read { table_name, .. }, Expected::View { .. }) => catalogue(table_name),
        (AuthAction::Read { table_name, .. }, Expected::Table { name }) => {
            catalogue(table_name) || same(table_name, name)
        }
        (
            AuthAction::Read { table_name, .. },
            Expected::Index { table, .. } | Expected::Trigger { table, .. },
        ) => catalogue(table_name) || same(table_name, table),
        (AuthAction::CreateTable { table_name }, Expected::Table { name }) => {
            same(table_name, name) || same(table_name, "sqlite_sequence")
        }
        (
            AuthAction::CreateIndex {
                index_name,
                table_name,
            },
            Expected::Table { name },
        ) => index_name.starts_with("sqlite_autoindex_") && same(table_name, name),
        (
            AuthAction::CreateIndex {
                index_name,
                table_name,
            },
            Expected::Index { name, table },
        ) => same(index_name, name) && same(table_name, table),
        (AuthAction::Reindex { index_name }, Expected::Index { name, .. }) => {
            same(index_name, name)
        }
        (AuthAction::CreateView { view_name }, Expected::View { name }) => same(view_name, name),
        (
            AuthAction::CreateTrigger {
                trigger_name,
                table_name,
            },
            Expected::Trigger { name, table },
        ) => same(trigger_name, name) && same(table_name, table),
        _ => false,
    };
    if permitted
        && context
            .database_name
            .is_none_or(|database| same(database, "main"))
    {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Expected {
        Expected::Table {
            name: "t".to_owned(),
        }
    }

    #[test]
    fn definitions_are_taken_without_their_surroundings() {
        for (sql, expected, clean) in [
            (
                "create table if not exists main.[t](a) ; ",
                table(),
                "CREATE TABLE [t](a)",
            ),
            (
                "-- hi\nCREATE TABLE t(a) STRICT",
                table(),
                "CREATE TABLE t(a) STRICT",
            ),
            (
                "CREATE UNIQUE INDEX i ON \"T\"(a) WHERE a > 0",
                Expected::Index {
                    name: "I".to_owned(),
                    table: "t".to_owned(),
                },
                "CREATE UNIQUE INDEX i ON \"T\"(a) WHERE a > 0",
            ),
            (
                "CREATE VIEW v(x) AS WITH c AS (SELECT 1) SELECT * FROM c",
                Expected::View {
                    name: "v".to_owned(),
                },
                "CREATE VIEW v(x) AS WITH c AS (SELECT 1) SELECT * FROM c",
            ),
            (
                "CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN DELETE FROM u; SELECT 1; END;",
                Expected::Trigger {
                    name: "g".to_owned(),
                    table: "t".to_owned(),
                },
                "CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN DELETE FROM u; SELECT 1; END",
            ),
        ] {
            assert_eq!(checked(sql, &expected).as_deref(), Ok(clean), "{sql}");
        }
    }

    #[test]
    fn everything_else_is_refused_before_the_engine_sees_it() {
        let index = Expected::Index {
            name: "i".to_owned(),
            table: "t".to_owned(),
        };
        let view = Expected::View {
            name: "v".to_owned(),
        };
        let trigger = Expected::Trigger {
            name: "g".to_owned(),
            table: "t".to_owned(),
        };
        for (sql, expected) in [
            ("", table()),
            ("DROP TABLE t", table()),
            ("CREATE TABLE u(a)", table()),
            ("CREATE TEMP TABLE t(a)", table()),
            ("CREATE TABLE temp.t(a)", table()),
            ("CREATE TABLE t AS SELECT 1", table()),
            ("CREATE TABLE t(a); DROP TABLE u", table()),
            ("CREATE VIRTUAL TABLE t USING fts5(a)", table()),
            ("PRAGMA writable_schema = 1", table()),
            ("ATTACH 'x' AS y", table()),
            (
                "CREATE TABLE t(a",
                Expected::View {
                    name: "t".to_owned(),
                },
            ),
            ("CREATE TABLE 't", table()),
            ("CREATE INDEX i ON u(a)", index.clone()),
            ("CREATE INDEX j ON t(a)", index),
            ("CREATE VIEW v AS DELETE FROM t", view.clone()),
            ("CREATE VIEW v AS SELECT 1; DROP TABLE t", view),
            (
                "CREATE TRIGGER g AFTER INSERT ON u BEGIN SELECT 1; END",
                trigger.clone(),
            ),
            (
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; DROP TABLE t",
                trigger,
            ),
            (
                "CREATE TABLE sqlite_x(a)",
                Expected::Table {
                    name: "sqlite_x".to_owned(),
                },
            ),
        ] {
            assert!(checked(sql, &expected).is_err(), "{sql}");
        }
    }

    #[test]
    fn the_engine_is_asked_as_well() {
        let database = Connection::open_in_memory().expect("memory");
        database
            .execute_batch("CREATE TABLE u(a); CREATE TABLE t(a)")
            .expect("two tables");
        let trigger = Expected::Trigger {
            name: "g".to_owned(),
            table: "t".to_owned(),
        };
        // The text check would see the END at the end; the engine sees two statements.
        let two = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 1; END";
        assert!(run_guarded(&database, two, &trigger).is_err());
        for sql in [
            "DROP TABLE u",
            "ATTACH ':memory:' AS x",
            "PRAGMA user_version = 7",
            "INSERT INTO u VALUES (1)",
            "CREATE TABLE w(a)",
        ] {
            assert!(run_guarded(&database, sql, &trigger).is_err(), "{sql}");
        }
        let objects: i64 = database
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .expect("a count");
        assert_eq!(objects, 2);
        run_guarded(
            &database,
            "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
            &trigger,
        )
        .expect("the one allowed");
        let auto = Expected::Table {
            name: "k".to_owned(),
        };
        run_guarded(&database, "CREATE TABLE k(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT UNIQUE DEFAULT (lower('X')) CHECK (b <> ''))", &auto)
            .expect("autoincrement needs a table of the engine");
        let index = Expected::Index {
            name: "ki".to_owned(),
            table: "k".to_owned(),
        };
        run_guarded(
            &database,
            "CREATE INDEX ki ON k(lower(b)) WHERE b IS NOT NULL",
            &index,
        )
        .expect("expressions read the table");
    }
}
