//! A database in memory.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::lock::{Mutex as Turn, OwnedMutexGuard};
use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use installhub_database_model::{ObjectKind, Row, SchemaObject, Table, Value};
use installhub_importing::ports::{
    Access, DatabaseTarget, DocumentTarget, Fingerprint, ImportTarget, ObjectChange, ObjectMark,
    RowChanges, RowLoad, RowMode, TargetError, TargetKind, TargetSession, UnitOfWork, Violation,
};
use installhub_kernel::TenantScope;

use crate::shelf::Shelf;

/// A database that knows tables, views and other objects by name, and rows whose first column is their key. A row whose second
/// column is the integer -1 breaks a rule. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryDatabase {
    committed: Arc<Mutex<State>>,
    shelf: Shelf<State>,
    turn: Arc<Turn<()>>,
}

#[derive(Clone, Default)]
struct State {
    objects: BTreeMap<(ObjectKind, String), SchemaObject>,
    rows: BTreeMap<String, Vec<Row>>,
    loses_rows: bool,
}

impl MemoryDatabase {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an object there, as somebody else would.
    pub fn put(&self, object: SchemaObject) {
        self.state().put(object);
    }

    /// Replaces the rows of a table, as somebody else would.
    pub fn put_rows(&self, table: &str, rows: Vec<Row>) {
        self.state().rows.insert(table.to_lowercase(), rows);
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> Vec<Row> {
        self.state()
            .rows
            .get(&table.to_lowercase())
            .cloned()
            .unwrap_or_default()
    }

    /// An object by its qualified name.
    pub fn object(&self, kind: ObjectKind, name: &str) -> Option<SchemaObject> {
        self.state()
            .objects
            .get(&(kind, name.to_lowercase()))
            .cloned()
    }

    /// From now on the last of all rows that are loaded is lost without a word.
    pub fn lose_rows(&self) {
        self.state().loses_rows = true;
    }
}

impl State {
    fn put(&mut self, object: SchemaObject) {
        let name = object.qualified_name().to_lowercase();
        if let SchemaObject::Table(_) = object {
            self.rows.entry(name.clone()).or_default();
        }
        self.objects.insert((object.kind(), name), object);
    }
}

#[async_trait]
impl ImportTarget for MemoryDatabase {
    fn kind(&self) -> TargetKind {
        TargetKind::Database
    }

    fn identity(&self) -> String {
        "memory:database".to_owned()
    }

    fn display_name(&self) -> String {
        "a database in memory".to_owned()
    }

    fn holds(&self, artifact_type: ArtifactType) -> bool {
        matches!(
            artifact_type,
            ArtifactType::Table | ArtifactType::View | ArtifactType::Data
        )
    }

    async fn open(
        &self,
        _scope: &TenantScope,
        access: Access,
    ) -> Result<Box<dyn TargetSession>, TargetError> {
        let turn = match access {
            Access::Read => None,
            Access::Write => Some(Arc::clone(&self.turn).lock_owned().await),
        };
        Ok(Box::new(Session {
            state: self.state().clone(),
            database: self.clone(),
            turn,
        }))
    }
}

struct Session {
    state: State,
    database: MemoryDatabase,
    /// Held by a writer; whoever only looks commits nothing.
    turn: Option<OwnedMutexGuard<()>>,
}

impl Session {
    fn table(&self, name: &str) -> Option<&Table> {
        match self
            .state
            .objects
            .get(&(ObjectKind::Table, name.to_lowercase()))
        {
            Some(SchemaObject::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// The rows afterwards, and what that changes.
    fn loaded(&self, mut load: RowLoad) -> Result<(Vec<Row>, RowChanges), TargetError> {
        let table = load.table.to_lowercase();
        let mut rows = self.state.rows.get(&table).cloned().unwrap_or_default();
        let mut incoming = Vec::new();
        loop {
            let some = load
                .rows
                .next_rows(2)
                .map_err(|message| TargetError::Package {
                    object: load.table.clone(),
                    message,
                })?;
            if some.is_empty() {
                break;
            }
            incoming.extend(some);
        }
        let mut changes = RowChanges::default();
        if load.mode == RowMode::Overwrite {
            let stays = |row: &Row| incoming.iter().any(|new: &Row| new[0] == row[0]);
            let before = rows.len();
            rows.retain(stays);
            changes.deleted = (before - rows.len()) as u64;
        }
        for new in incoming {
            match rows.iter_mut().find(|row| row[0] == new[0]) {
                None => {
                    changes.created += 1;
                    rows.push(new);
                }
                Some(row) if *row == new => changes.unchanged += 1,
                Some(_) if load.mode == RowMode::Skip => changes.skipped += 1,
                Some(row) => {
                    changes.updated += 1;
                    *row = new;
                }
            }
        }
        Ok((rows, changes))
    }
}

fn refused(object: &str, message: &str) -> TargetError {
    TargetError::Refused {
        object: object.to_owned(),
        message: message.to_owned(),
    }
}

#[async_trait]
impl TargetSession for Session {
    fn documents(&mut self) -> Option<&mut dyn DocumentTarget> {
        None
    }

    fn database(&mut self) -> Option<&mut dyn DatabaseTarget> {
        Some(self)
    }

    fn unit_of_work(&mut self) -> Option<&mut dyn UnitOfWork> {
        None
    }

    async fn fingerprint(&mut self) -> Result<Fingerprint, TargetError> {
        let State { objects, rows, .. } = &self.state;
        let objects = objects.iter().map(|((kind, name), object)| {
            let rows = rows.get(name).filter(|_| *kind == ObjectKind::Table);
            let digest = Digest::of(format!("{object:?} {rows:?}").as_bytes());
            let mark = ObjectMark {
                digest,
                rows: rows.map(|rows| rows.len() as u64),
            };
            (format!("{} {name}", kind.words()), mark)
        });
        Ok(Fingerprint {
            objects: objects.collect(),
        })
    }

    async fn snapshot(&mut self, out: &mut (dyn Write + Send)) -> Result<(), TargetError> {
        self.database.shelf.keep(self.state.clone(), out)
    }

    async fn restore(&mut self, snapshot: Box<dyn Read + Send>) -> Result<(), TargetError> {
        self.state = self.database.shelf.fetch(snapshot)?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), TargetError> {
        if self.turn.is_some() {
            *self.database.state() = self.state;
        }
        Ok(())
    }
}

#[async_trait]
impl DatabaseTarget for Session {
    fn dialect(&self) -> &'static str {
        "sqlite"
    }

    async fn find_object(
        &mut self,
        kind: ObjectKind,
        name: &str,
    ) -> Result<Option<SchemaObject>, TargetError> {
        Ok(self
            .state
            .objects
            .get(&(kind, name.to_lowercase()))
            .cloned())
    }

    async fn statements(&mut self, change: &ObjectChange) -> Result<Vec<String>, TargetError> {
        let (verb, object) = match change {
            ObjectChange::Create(object) => ("create", object),
            ObjectChange::Replace(object) => ("replace", object),
            ObjectChange::Extend(object) => ("extend", object),
        };
        Ok(vec![format!("{verb} {}", object.qualified_name())])
    }

    async fn apply(&mut self, change: &ObjectChange) -> Result<(), TargetError> {
        match change {
            ObjectChange::Create(object) | ObjectChange::Replace(object) => {
                self.state.put(object.clone());
            }
            ObjectChange::Extend(object) => {
                let name = object.qualified_name();
                let (SchemaObject::Table(wanted), Some(mut table)) =
                    (object, self.table(&name).cloned())
                else {
                    return Err(refused(&name, "only a table can be extended"));
                };
                let missing = wanted
                    .columns
                    .iter()
                    .filter(|column| table.column(&column.name).is_none());
                let missing: Vec<_> = missing.cloned().collect();
                table.columns.extend(missing);
                table.sql.clear();
                self.state.put(SchemaObject::Table(table));
            }
        }
        Ok(())
    }

    async fn compare_rows(&mut self, load: RowLoad) -> Result<RowChanges, TargetError> {
        Ok(self.loaded(load)?.1)
    }

    async fn load_rows(&mut self, load: RowLoad) -> Result<RowChanges, TargetError> {
        let name = load.table.to_lowercase();
        if self.table(&name).is_none() {
            return Err(refused(&name, "there is no such table"));
        }
        let (mut rows, changes) = self.loaded(load)?;
        if self.state.loses_rows {
            rows.pop();
        }
        self.state.rows.insert(name, rows);
        Ok(changes)
    }

    async fn count_rows(&mut self, table: &str) -> Result<u64, TargetError> {
        let rows = self.state.rows.get(&table.to_lowercase());
        Ok(rows.map_or(0, |rows| rows.len() as u64))
    }

    async fn violations(&mut self, limit: usize) -> Result<Vec<Violation>, TargetError> {
        let broken = self.state.rows.iter().flat_map(|(table, rows)| {
            let broken = rows
                .iter()
                .filter(|row| row.get(1) == Some(&Value::Integer(-1)));
            broken.map(move |row| Violation {
                table: table.clone(),
                row: Some(vec![row[0].clone()]),
                constraint: "the second column must not be -1".to_owned(),
            })
        });
        Ok(broken.take(limit).collect())
    }
}
