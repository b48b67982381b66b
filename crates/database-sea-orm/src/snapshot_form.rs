//! A snapshot of a tenant's artifact store: a line of JSON for each document, deleted ones included, between a first and a
//! last line that tell a whole snapshot from a piece of one.

use std::io::{self, BufRead, BufReader, Read, Write};

use installhub_kernel::TenantId;
use sea_orm::prelude::DateTimeUtc;
use serde::{Deserialize, Serialize};

use crate::artifact_rows::name_key;
use crate::entity::artifact::Model;

/// The version of this form.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Begin { version: u32, tenant: TenantId },
    Document(Box<Document>),
    End { documents: u64 },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    artifact_type: String,
    name: String,
    version: String,
    status: String,
    content: String,
    digest: String,
    created_at: DateTimeUtc,
    created_by: String,
    updated_at: DateTimeUtc,
    updated_by: String,
    deleted_at: Option<DateTimeUtc>,
    deleted_by: Option<String>,
}

/// Writes a snapshot row by row.
pub(crate) struct SnapshotLines<W> {
    out: W,
    documents: u64,
}

impl<W: Write> SnapshotLines<W> {
    pub(crate) fn begin(out: W, tenant: TenantId) -> io::Result<Self> {
        let mut lines = Self { out, documents: 0 };
        lines.write(&Line::Begin {
            version: VERSION,
            tenant,
        })?;
        Ok(lines)
    }

    pub(crate) fn add(&mut self, row: Model) -> io::Result<()> {
        self.documents += 1;
        self.write(&Line::Document(Box::new(row.into())))
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.write(&Line::End {
            documents: self.documents,
        })
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

/// Reads a snapshot row by row; memory grows with one document only.
pub(crate) struct SnapshotRows<R> {
    input: BufReader<R>,
    tenant: TenantId,
    line: Vec<u8>,
    documents: u64,
}

impl<R: Read> SnapshotRows<R> {
    /// Reads the first line.
    pub(crate) fn begin(input: R, tenant: TenantId) -> Result<Self, String> {
        let mut rows = Self {
            input: BufReader::with_capacity(64 << 10, input),
            tenant,
            line: Vec::new(),
            documents: 0,
        };
        match rows.read()? {
            Line::Begin {
                version: VERSION,
                tenant: found,
            } if found == tenant => Ok(rows),
            Line::Begin {
                version: VERSION, ..
            } => Err("the snapshot is of another tenant".to_owned()),
            Line::Begin { version, .. } => Err(format!(
                "the snapshot has form {version}, expected form {VERSION}"
            )),
            _ => Err("the snapshot does not begin with its first line".to_owned()),
        }
    }

    /// The next row, or `None` after the last one of a whole snapshot.
    pub(crate) fn next(&mut self) -> Result<Option<Model>, String> {
        match self.read()? {
            Line::Document(document) => {
                self.documents += 1;
                Ok(Some(document.into_row(self.tenant)))
            }
            Line::End { documents } if documents == self.documents => Ok(None),
            Line::End { documents } => Err(format!(
                "the snapshot has {} documents, expected {documents}",
                self.documents
            )),
            Line::Begin { .. } => Err("the snapshot begins twice".to_owned()),
        }
    }

    fn read(&mut self) -> Result<Line, String> {
        self.line.clear();
        let count = self
            .input
            .read_until(b'\n', &mut self.line)
            .map_err(|error| error.to_string())?;
        if count == 0 {
            return Err(format!(
                "the snapshot ends after {} documents without its last line",
                self.documents
            ));
        }
        serde_json::from_slice(&self.line)
            .map_err(|error| format!("document {}: {error}", self.documents + 1))
    }
}

impl From<Model> for Document {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            artifact_type: row.artifact_type,
            name: row.name,
            version: row.version,
            status: row.status,
            content: row.content,
            digest: row.digest,
            created_at: row.created_at,
            created_by: row.created_by,
            updated_at: row.updated_at,
            updated_by: row.updated_by,
            deleted_at: row.deleted_at,
            deleted_by: row.deleted_by,
        }
    }
}

impl Document {
    fn into_row(self, tenant: TenantId) -> Model {
        Model {
            tenant_id: tenant.as_uuid(),
            name_key: name_key(&self.name),
            id: self.id,
            artifact_type: self.artifact_type,
            name: self.name,
            version: self.version,
            status: self.status,
            content: self.content,
            digest: self.digest,
            created_at: self.created_at,
            created_by: self.created_by,
            updated_at: self.updated_at,
            updated_by: self.updated_by,
            deleted_at: self.deleted_at,
            deleted_by: self.deleted_by,
            // Not part of a snapshot: a restored document is a change like any other.
            revision: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Vec<u8> {
        let mut out = Vec::new();
        let mut lines = SnapshotLines::begin(&mut out, TenantId::LOCAL).expect("memory takes it");
        lines.add(row("a")).expect("memory takes it");
        lines.add(row("b")).expect("memory takes it");
        lines.end().expect("memory takes it");
        out
    }

    fn row(id: &str) -> Model {
        Document {
            id: id.to_owned(),
            artifact_type: "AtlasForm".to_owned(),
            name: "Name\nwith a line".to_owned(),
            version: "1.0.0".to_owned(),
            status: "active".to_owned(),
            content: "{}\n".to_owned(),
            digest: "sha256:0".to_owned(),
            created_at: DateTimeUtc::UNIX_EPOCH,
            created_by: "x".to_owned(),
            updated_at: DateTimeUtc::UNIX_EPOCH,
            updated_by: "x".to_owned(),
            deleted_at: Some(DateTimeUtc::UNIX_EPOCH),
            deleted_by: None,
        }
        .into_row(TenantId::LOCAL)
    }

    fn read(bytes: &[u8]) -> Result<Vec<Model>, String> {
        let mut rows = SnapshotRows::begin(bytes, TenantId::LOCAL)?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            read.push(row);
        }
        Ok(read)
    }

    #[test]
    fn rows_come_back_as_they_were() {
        assert_eq!(read(&whole()), Ok(vec![row("a"), row("b")]));
    }

    #[test]
    fn no_piece_of_a_snapshot_passes_for_a_whole_one() {
        let whole = whole();
        for length in 0..whole.len() - 1 {
            assert!(read(&whole[..length]).is_err(), "cut after {length} bytes");
        }
        let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
        assert_eq!(
            read(&[lines[0], lines[1], lines[3]].concat()),
            Err("the snapshot has 1 documents, expected 2".to_owned())
        );
        assert_eq!(
            read(&lines[1..].concat()),
            Err("the snapshot does not begin with its first line".to_owned())
        );
    }

    #[test]
    fn another_tenants_snapshot_is_refused() {
        let other = "00000000-0000-0000-0000-000000000002"
            .parse()
            .expect("an id");
        let refused = SnapshotRows::begin(whole().as_slice(), other).err();
        assert_eq!(
            refused.as_deref(),
            Some("the snapshot is of another tenant")
        );
    }
}
