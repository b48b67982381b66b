//! The package an import reads from: validated, opened, cheap to share.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use installhub_artifact::{DataHeader, Json, Sighting, inspect};
use installhub_checksum::Digest;
use installhub_database_model::{Row, RowColumn, decode_row};
use installhub_manifest::{ArtifactEntry, Manifest};
use installhub_package_format::{ByteSource, PackageReader};

use crate::error::ImportError;
use crate::plan::PackageIdentity;
use crate::ports::RowSource;

/// A package that passed validation.
#[derive(Clone)]
pub struct Package {
    reader: PackageReader<dyn ByteSource>,
    digest: Digest,
}

impl Package {
    /// Takes an opened package.
    pub fn new(reader: PackageReader<dyn ByteSource>) -> Self {
        let digest = Digest::of(reader.manifest_bytes());
        Self { reader, digest }
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        self.reader.manifest()
    }

    /// What plans and records call it.
    pub fn identity(&self) -> PackageIdentity {
        let manifest = self.manifest();
        PackageIdentity {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            package_id: manifest.package_id.to_string(),
            digest: self.digest,
        }
    }

    /// A whole document.
    pub fn document(&self, entry: &ArtifactEntry) -> Result<Json, ImportError> {
        self.reader
            .read_document(&entry.id)
            .map_err(|source| ImportError::Package {
                artifact: entry.id.clone(),
                message: source.to_string(),
            })
    }

    /// Shows `found` every reference of a document, without making a tree of it.
    pub(crate) fn each_reference(
        &self,
        entry: &ArtifactEntry,
        found: &mut dyn FnMut(Sighting<'_>),
    ) -> Result<(), ImportError> {
        let failed = |message: String| ImportError::Package {
            artifact: entry.id.clone(),
            message,
        };
        let mut bytes = Vec::new();
        self.reader
            .open_artifact(&entry.id)
            .map_err(|source| failed(source.to_string()))?
            .read_to_end(&mut bytes)
            .map_err(|source| failed(source.to_string()))?;
        inspect(entry.artifact_type, &bytes, found).map_err(|source| failed(source.to_string()))?;
        Ok(())
    }

    /// A data file, header read and rows to come.
    pub fn rows(&self, entry: &ArtifactEntry) -> Result<(DataHeader, PackageRows), ImportError> {
        let failed = |message: String| ImportError::Package {
            artifact: entry.id.clone(),
            message,
        };
        let content = self
            .reader
            .open_artifact(&entry.id)
            .map_err(|source| failed(source.to_string()))?;
        let mut lines =
            BufReader::with_capacity(256 * 1024, Box::new(content) as Box<dyn Read + Send>);
        let mut line = Vec::new();
        lines
            .read_until(b'\n', &mut line)
            .map_err(|source| failed(source.to_string()))?;
        let header = DataHeader::parse_line(&line).map_err(|source| failed(source.to_string()))?;
        let columns = row_columns(&header).map_err(failed)?;
        let rows = PackageRows {
            lines,
            line,
            columns: columns.into(),
            number: 1,
        };
        Ok((header, rows))
    }
}

/// The header's columns with the types that rows are decoded by.
fn row_columns(header: &DataHeader) -> Result<Vec<RowColumn>, String> {
    header
        .columns
        .iter()
        .map(|column| {
            let data_type = column.data_type.parse().map_err(|source| {
                format!("column '{}' has an unknown type: {source}", column.name)
            })?;
            Ok(RowColumn {
                name: column.name.clone(),
                data_type,
            })
        })
        .collect()
}

/// The rows of a data file, decoded as they are pulled.
pub struct PackageRows {
    lines: BufReader<Box<dyn Read + Send>>,
    line: Vec<u8>,
    columns: Arc<[RowColumn]>,
    number: u64,
}

impl PackageRows {
    /// The columns of every row.
    pub fn columns(&self) -> &[RowColumn] {
        &self.columns
    }
}

impl RowSource for PackageRows {
    fn next_rows(&mut self, limit: usize) -> Result<Vec<Row>, String> {
        let mut rows = Vec::with_capacity(limit.min(1024));
        while rows.len() < limit {
            self.line.clear();
            self.number += 1;
            let count = self
                .lines
                .read_until(b'\n', &mut self.line)
                .map_err(|source| format!("line {}: {source}", self.number))?;
            if count == 0 {
                break;
            }
            let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
            if !line.is_empty() {
                let row = decode_row(&self.columns, line)
                    .map_err(|source| format!("line {}: {source}", self.number))?;
                rows.push(row);
            }
        }
        Ok(rows)
    }
}
