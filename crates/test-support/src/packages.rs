//! Packages in memory.

use std::io::Cursor;
use std::sync::Arc;

use chrono::DateTime;
use installhub_artifact::{Artifact, ArtifactType, parse};
use installhub_database_model::{Row, SchemaObject, Table, data_header, encode_row};
use installhub_importing::Package;
use installhub_manifest::{ManifestHeader, Origin, PackageDependency, PackageType};
use installhub_package_format::{
    ArtifactMeta, ByteSource, Closing, Limits, PackageReader, PackageWriter, WriterOptions,
};
use semver::Version;

/// Builds a package; artifacts come in install order.
#[derive(Debug, Clone)]
pub struct PackageBuilder {
    header: ManifestHeader,
    artifacts: Vec<(ArtifactMeta, Vec<u8>)>,
}

impl PackageBuilder {
    /// An empty package.
    ///
    /// # Panics
    ///
    /// When name or version are none.
    pub fn new(name: &str, version: &str) -> Self {
        let header = ManifestHeader::new(
            "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9"
                .parse()
                .expect("a package id"),
            name.parse().expect("a package name"),
            PackageType::Workflow,
            version.parse().expect("a version"),
            Origin {
                exported_at: DateTime::UNIX_EPOCH,
                exported_by: "tester@example.com".parse().expect("an address is a name"),
                tenant_id: "tenant-7".to_owned(),
                platform_version: Version::new(4, 2, 0),
            },
        );
        Self {
            header,
            artifacts: Vec::new(),
        }
    }

    /// Needs another package in the target, of this version or later.
    #[must_use]
    pub fn needing(mut self, package: &str, min_version: Version) -> Self {
        self.header
            .package_dependencies
            .push(PackageDependency::from_version(package, min_version));
        self
    }

    /// Adds a document whose members are `content`, a JSON object.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn document(
        self,
        artifact_type: ArtifactType,
        id: &str,
        name: &str,
        content: &str,
    ) -> Self {
        let version = self.header.version.clone();
        self.artifact(&Artifact {
            artifact_type,
            id: id.to_owned(),
            name: name.to_owned(),
            version,
            content: parse(content.as_bytes()).expect("a JSON document"),
        })
    }

    /// Adds a form with these members.
    #[must_use]
    pub fn form(self, id: &str, name: &str, content: &str) -> Self {
        self.document(ArtifactType::AtlasForm, id, name, content)
    }

    /// Adds an object of a database.
    #[must_use]
    pub fn object(self, object: &SchemaObject) -> Self {
        let version = self.header.version.clone();
        let artifact = object.to_artifact(version).expect("an artifact");
        self.artifact(&artifact)
    }

    /// Adds the rows of a table.
    #[must_use]
    pub fn rows(mut self, table: &Table, rows: &[Row]) -> Self {
        let version = self.header.version.clone();
        let header = data_header(table, rows.len() as u64, None, version.clone());
        let mut bytes = header.to_line().into_bytes();
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        for row in rows {
            encode_row(&table.row_columns(), row, &mut bytes).expect("a row");
        }
        let meta = ArtifactMeta {
            artifact_type: ArtifactType::Data,
            id: header.id,
            name: header.name,
            version,
        };
        self.artifacts.push((meta, bytes));
        self
    }

    fn artifact(mut self, artifact: &Artifact) -> Self {
        let meta = ArtifactMeta {
            artifact_type: artifact.artifact_type,
            id: artifact.id.clone(),
            name: artifact.name.clone(),
            version: artifact.version.clone(),
        };
        self.artifacts.push((meta, artifact.canonical_bytes()));
        self
    }

    /// The package, written, judged and opened.
    ///
    /// # Panics
    ///
    /// With what was wrong.
    pub fn build(&self) -> Package {
        let mut bytes = Vec::new();
        let spool = Cursor::new(Vec::new());
        let mut writer = PackageWriter::new(
            &mut bytes,
            spool,
            self.header.clone(),
            WriterOptions::default(),
        )
        .expect("a sound header");
        for (meta, content) in &self.artifacts {
            writer
                .add_document(meta.clone(), content)
                .expect("a sound artifact");
        }
        writer
            .finish(Closing::default())
            .expect("memory takes everything");
        let source: Arc<dyn ByteSource> = Arc::new(bytes);
        // As many artifacts as a test likes.
        let limits = Limits {
            max_entries: 1_000_000,
            max_manifest_bytes: 1 << 30,
            ..Limits::default()
        };
        match PackageReader::open(source, &limits) {
            Ok(reader) => Package::new(reader),
            Err(error) => panic!("{error}: {error:?}"),
        }
    }
}
