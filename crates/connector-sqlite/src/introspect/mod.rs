//! Reading the structure of a database from the engine.

mod dependencies;
mod objects;
mod selection;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use installhub_database_model::{
    DatabaseSchema, ObjectKind, Relationship, SchemaObject, artifact_id,
};
use rusqlite::Connection;

use crate::error::{Attempt, SqliteError};

pub use selection::TablePatterns;

/// The key of this engine's statements in `sql`.
pub(crate) const DIALECT: &str = "sqlite";
/// The only namespace.
pub(crate) const SCHEMA: &str = "main";

/// Something that is left out, added or noteworthy, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// A stable code: `NotCarried`, `NotSelected`, `Required`, `Broken`.
    pub code: &'static str,
    /// The object's qualified name.
    pub object: String,
    /// What was found and what follows.
    pub message: String,
}

impl Coverage {
    fn new(code: &'static str, object: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            object: format!("{SCHEMA}.{object}"),
            message: message.into(),
        }
    }
}

/// What a table's name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TableKind {
    Table,
    View,
    Virtual,
    Shadow,
}

/// One row of the engine's catalogue.
#[derive(Debug, Clone)]
struct CatalogueEntry {
    kind: String,
    name: String,
    table: String,
    sql: String,
}

/// Everything the engine says about its objects, read once.
#[derive(Debug)]
struct Catalogue {
    entries: Vec<CatalogueEntry>,
    kinds: BTreeMap<String, TableKind>,
}

impl Catalogue {
    fn read(connection: &Connection) -> Result<Self, SqliteError> {
        let attempted = || "read the catalogue of the database".to_owned();
        let mut statement = connection
            .prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY name, type")
            .attempt(attempted)?;
        let entries = statement
            .query_map([], |row| {
                Ok(CatalogueEntry {
                    kind: row.get(0)?,
                    name: row.get(1)?,
                    table: row.get(2)?,
                    sql: row.get(3)?,
                })
            })
            .and_then(Iterator::collect)
            .attempt(attempted)?;
        let mut statement = connection
            .prepare("SELECT name, type FROM pragma_table_list WHERE schema = 'main'")
            .attempt(attempted)?;
        let kinds = statement
            .query_map([], |row| {
                let kind = match row.get_ref(1)?.as_str()? {
                    "view" => TableKind::View,
                    "virtual" => TableKind::Virtual,
                    "shadow" => TableKind::Shadow,
                    _ => TableKind::Table,
                };
                Ok((row.get::<_, String>(0)?.to_ascii_lowercase(), kind))
            })
            .and_then(Iterator::collect)
            .attempt(attempted)?;
        Ok(Self { entries, kinds })
    }

    fn kind_of(&self, name: &str) -> Option<TableKind> {
        self.kinds.get(&name.to_ascii_lowercase()).copied()
    }

    /// The id under which an artifact refers to a table or view.
    fn reference(&self, name: &str) -> Option<String> {
        let (kind, spelled) = match self.kind_of(name)? {
            TableKind::Table => (ObjectKind::Table, self.spelling("table", name)?),
            TableKind::View => (ObjectKind::View, self.spelling("view", name)?),
            TableKind::Virtual | TableKind::Shadow => return None,
        };
        Some(artifact_id(kind, SCHEMA, spelled))
    }

    fn spelling(&self, kind: &str, name: &str) -> Option<&str> {
        self.of_kind(kind)
            .map(|entry| entry.name.as_str())
            .find(|spelled| spelled.eq_ignore_ascii_case(name))
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &CatalogueEntry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }
}

fn is_engine_table(name: &str) -> bool {
    name.get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"))
}

/// Reads the structure of the whole database, with what is left out of it.
///
/// What views and triggers depend on is told by the engine: it compiles them and reports every table it touches.
pub fn introspect(connection: &Connection) -> Result<(DatabaseSchema, Vec<Coverage>), SqliteError> {
    let catalogue = Catalogue::read(connection)?;
    let mut notices = Vec::new();
    let mut schema = DatabaseSchema::default();
    let mut names = BTreeSet::new();
    for entry in catalogue.of_kind("table") {
        match catalogue.kind_of(&entry.name) {
            Some(TableKind::Virtual) => notices.push(Coverage::new(
                "NotCarried",
                &entry.name,
                "a virtual table: neither its definition nor its content is carried",
            )),
            Some(TableKind::Shadow) => notices.push(Coverage::new(
                "NotCarried",
                &entry.name,
                "belongs to a virtual table, which is not carried",
            )),
            _ if entry.name.eq_ignore_ascii_case("sqlite_sequence") => {}
            _ if is_engine_table(&entry.name) => notices.push(Coverage::new(
                "NotCarried",
                &entry.name,
                "kept by the engine itself; ANALYZE makes it anew",
            )),
            _ => tables::read(connection, entry, &mut schema, &mut names)?,
        }
    }
    resolve_relationships(&catalogue, &mut schema, &mut notices);
    objects::read(connection, &catalogue, &mut schema, &mut notices)?;
    schema
        .relationships
        .sort_by(|one, other| one.name.cmp(&other.name));
    schema
        .constraints
        .sort_by(|one, other| one.name.cmp(&other.name));
    Ok((schema, notices))
}

/// Foreign keys may spell their table as they like, and may name one that does not exist.
fn resolve_relationships(
    catalogue: &Catalogue,
    schema: &mut DatabaseSchema,
    notices: &mut Vec<Coverage>,
) {
    for relationship in &mut schema.relationships {
        let id = |name: &str| artifact_id(ObjectKind::Table, SCHEMA, name);
        relationship.depends_on = vec![id(&relationship.table)];
        let referenced = catalogue
            .kind_of(&relationship.referenced_table)
            .filter(|kind| *kind == TableKind::Table)
            .and_then(|_| catalogue.spelling("table", &relationship.referenced_table));
        match referenced {
            Some(table) if table != relationship.table => relationship.depends_on.push(id(table)),
            Some(_) => {}
            None => notices.push(Coverage::new(
                "Broken",
                &relationship.name,
                format!(
                    "refers to {SCHEMA}.{}, which is no table of the database",
                    relationship.referenced_table
                ),
            )),
        }
    }
}

/// Reads one object; `name` is the one within the namespace. Names compare as the engine compares them.
pub fn find(
    connection: &Connection,
    kind: ObjectKind,
    name: &str,
) -> Result<Option<SchemaObject>, SqliteError> {
    let catalogue = Catalogue::read(connection)?;
    let mut schema = DatabaseSchema::default();
    let mut notices = Vec::new();
    match kind {
        ObjectKind::Table | ObjectKind::Constraint | ObjectKind::Relationship => {
            for entry in catalogue.of_kind("table") {
                let own = entry.name.eq_ignore_ascii_case(name);
                let part = kind != ObjectKind::Table && begins_with(name, &entry.name);
                if (own || part)
                    && catalogue.kind_of(&entry.name) == Some(TableKind::Table)
                    && !is_engine_table(&entry.name)
                {
                    tables::read(connection, entry, &mut schema, &mut BTreeSet::new())?;
                }
            }
            resolve_relationships(&catalogue, &mut schema, &mut notices);
        }
        ObjectKind::Index | ObjectKind::View | ObjectKind::Trigger => {
            objects::read_one(connection, &catalogue, name, &mut schema)?;
        }
        ObjectKind::Data => {}
    }
    Ok(schema
        .objects()
        .find(|object| object.kind() == kind && object.name().eq_ignore_ascii_case(name)))
}

/// Whether a composed name begins with the name of a table and a dot.
fn begins_with(name: &str, table: &str) -> bool {
    let rest = name.get(table.len()..);
    rest.is_some_and(|rest| {
        rest.starts_with('.') && name[..table.len()].eq_ignore_ascii_case(table)
    })
}

/// The foreign keys of a table in the order of its definition.
pub(crate) fn relationships_of(
    connection: &Connection,
    table: &str,
) -> Result<Vec<Relationship>, SqliteError> {
    let catalogue = Catalogue::read(connection)?;
    let mut schema = DatabaseSchema::default();
    if let Some(entry) = catalogue
        .of_kind("table")
        .find(|entry| entry.name.eq_ignore_ascii_case(table))
    {
        tables::read(connection, entry, &mut schema, &mut BTreeSet::new())?;
    }
    Ok(schema.relationships)
}

/// Names and statements of the indexes that were made for a table by statements of their own.
pub(crate) fn indexes_of(
    connection: &Connection,
    table: &str,
) -> Result<Vec<(String, String)>, SqliteError> {
    belonging(connection, "index", table)
}

/// Names and statements of a table's or view's triggers.
pub(crate) fn triggers_of(
    connection: &Connection,
    table: &str,
) -> Result<Vec<(String, String)>, SqliteError> {
    belonging(connection, "trigger", table)
}

/// The statement that made a table or view.
pub(crate) fn definition_of(
    connection: &Connection,
    name: &str,
) -> Result<Option<String>, SqliteError> {
    let entries = belonging(connection, "table", name)?;
    let entries = entries
        .into_iter()
        .chain(belonging(connection, "view", name)?);
    Ok(entries.map(|(_, sql)| sql).next())
}

fn belonging(
    connection: &Connection,
    kind: &str,
    table: &str,
) -> Result<Vec<(String, String)>, SqliteError> {
    let attempted = || format!("read what belongs to {table}");
    let mut statement = connection
        .prepare_cached(
            "SELECT name, sql FROM main.sqlite_schema \
             WHERE type = ?1 AND tbl_name = ?2 COLLATE NOCASE AND sql IS NOT NULL ORDER BY rowid",
        )
        .attempt(attempted)?;
    let found = statement.query_map([kind, table], |row| Ok((row.get(0)?, row.get(1)?)));
    found.and_then(Iterator::collect).attempt(attempted)
}
