//! A database as a source of artifacts: its objects as documents, its rows as data files.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use installhub_artifact::{Artifact, ArtifactType, Reference, ReferenceKind, references};
use installhub_database_model::{ObjectKind, Table, artifact_id, data_header, encode_row};
use semver::Version;

use crate::ports::{
    ArtifactOutline, ArtifactSource, Selection, SourceConnector, SourceContents, SourceError,
    SourceSnapshot,
};

/// Rows are encoded into a buffer of this size before they are handed on.
const BUFFER: usize = 256 * 1024;

/// Whether rows are wanted besides definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowSelection {
    /// Every row of every selected table.
    All,
    /// Definitions only.
    None,
}

/// Offers a database's objects and rows, as they were at one instant.
pub struct DatabaseSource {
    connector: Arc<dyn SourceConnector>,
    selection: Selection,
    rows: RowSelection,
    version: Version,
    snapshot: Option<Box<dyn SourceSnapshot>>,
    documents: BTreeMap<String, Artifact>,
    tables: BTreeMap<String, Table>,
}

impl DatabaseSource {
    /// Every artifact gets `version`, which is the package's: a database has no versions of its own.
    pub fn new(
        connector: Arc<dyn SourceConnector>,
        selection: Selection,
        rows: RowSelection,
        version: Version,
    ) -> Self {
        Self {
            connector,
            selection,
            rows,
            version,
            snapshot: None,
            documents: BTreeMap::new(),
            tables: BTreeMap::new(),
        }
    }

    fn snapshot(&mut self) -> Result<&mut Box<dyn SourceSnapshot>, SourceError> {
        self.snapshot
            .as_mut()
            .ok_or_else(|| SourceError::Unreachable {
                message: "the database has not been read yet: prepare comes before write"
                    .to_owned(),
                source: None,
            })
    }

    async fn write_rows(
        &mut self,
        table: &Table,
        out: &mut (dyn Write + Send),
    ) -> Result<(), SourceError> {
        let version = self.version.clone();
        let snapshot = self.snapshot()?;
        let promised = snapshot.count_rows(table).await?;
        let sequence = snapshot.sequence_value(table).await?;
        let header = data_header(table, promised, sequence, version);
        let mut buffer = header.to_line().into_bytes();
        buffer.push(b'\n');
        let columns = table.row_columns();
        let mut written = 0;
        let mut batches = snapshot.rows(table).await?;
        while let Some(batch) = batches.next().await {
            for row in batch? {
                written += 1;
                encode_row(&columns, &row, &mut buffer).map_err(|source| {
                    SourceError::Unreadable {
                        object: format!("table '{}', row {written}", header.table),
                        message: source.to_string(),
                    }
                })?;
                if buffer.len() >= BUFFER {
                    out.write_all(&buffer)?;
                    buffer.clear();
                }
            }
        }
        out.write_all(&buffer)?;
        if written == promised {
            Ok(())
        } else {
            Err(SourceError::Unreadable {
                object: format!("table '{}'", header.table),
                message: format!(
                    "{promised} rows were counted and {written} were read in one view"
                ),
            })
        }
    }
}

fn data_outline(table: &Table, version: &Version) -> ArtifactOutline {
    let table_id = artifact_id(ObjectKind::Table, &table.schema, &table.name);
    ArtifactOutline {
        artifact_type: ArtifactType::Data,
        id: artifact_id(ObjectKind::Data, &table.schema, &table.name),
        name: installhub_database_model::qualified_name(&table.schema, &table.name),
        version: version.clone(),
        references: vec![Reference {
            pointer: "/dependsOn/0".to_owned(),
            target: Some(ArtifactType::Table),
            id: table_id,
            kind: ReferenceKind::DependsOn,
        }],
    }
}

#[async_trait]
impl ArtifactSource for DatabaseSource {
    async fn prepare(&mut self) -> Result<SourceContents, SourceError> {
        let mut snapshot = self.connector.open_snapshot().await?;
        let (schema, notices) = snapshot.describe(&self.selection).await?;
        let mut contents = SourceContents {
            artifacts: Vec::new(),
            notices,
        };
        for object in schema.objects() {
            let artifact = object.to_artifact(self.version.clone()).map_err(|source| {
                SourceError::Unreadable {
                    object: object.qualified_name(),
                    message: source.to_string(),
                }
            })?;
            contents.artifacts.push(ArtifactOutline {
                artifact_type: artifact.artifact_type,
                id: artifact.id.clone(),
                name: artifact.name.clone(),
                version: artifact.version.clone(),
                references: references(artifact.artifact_type, &artifact.content),
            });
            self.documents.insert(artifact.id.clone(), artifact);
        }
        if self.rows == RowSelection::All {
            for table in schema.tables {
                let outline = data_outline(&table, &self.version);
                self.tables.insert(outline.id.clone(), table);
                contents.artifacts.push(outline);
            }
        }
        self.snapshot = Some(snapshot);
        Ok(contents)
    }

    async fn write(&mut self, id: &str, out: &mut (dyn Write + Send)) -> Result<(), SourceError> {
        if let Some(artifact) = self.documents.get(id) {
            out.write_all(&artifact.canonical_bytes())?;
            return Ok(());
        }
        match self.tables.get(id).cloned() {
            Some(table) => self.write_rows(&table, out).await,
            None => Err(SourceError::Unreadable {
                object: id.to_owned(),
                message: format!("{} does not offer it", self.connector.display_name()),
            }),
        }
    }
}
