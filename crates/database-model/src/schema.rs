//! A whole database's structure.

use serde::{Deserialize, Serialize};

use crate::{Constraint, Index, Relationship, SchemaObject, Table, Trigger, View};

/// The structure of a database: everything but its rows. Lists are sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DatabaseSchema {
    /// Tables.
    pub tables: Vec<Table>,
    /// Rules of tables, each as an object of its own.
    pub constraints: Vec<Constraint>,
    /// Foreign keys.
    pub relationships: Vec<Relationship>,
    /// Indexes.
    pub indexes: Vec<Index>,
    /// Views.
    pub views: Vec<View>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
}

impl DatabaseSchema {
    /// Every object, kind by kind.
    pub fn objects(&self) -> impl Iterator<Item = SchemaObject> + '_ {
        let tables = self.tables.iter().cloned().map(SchemaObject::Table);
        let constraints = self
            .constraints
            .iter()
            .cloned()
            .map(SchemaObject::Constraint);
        let relationships = self
            .relationships
            .iter()
            .cloned()
            .map(SchemaObject::Relationship);
        let indexes = self.indexes.iter().cloned().map(SchemaObject::Index);
        let views = self.views.iter().cloned().map(SchemaObject::View);
        let triggers = self.triggers.iter().cloned().map(SchemaObject::Trigger);
        tables
            .chain(constraints)
            .chain(relationships)
            .chain(indexes)
            .chain(views)
            .chain(triggers)
    }

    /// The table of that name; names differ by more than ASCII case.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables
            .iter()
            .find(|table| table.name.eq_ignore_ascii_case(name))
    }
}
