//! Sources in memory, and what comes of exporting them.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use futures::executor::block_on;
use installhub_artifact::{Artifact, ArtifactType, parse, references};
use installhub_exporting::ports::{
    ArtifactOutline, ArtifactSource, Notice, SourceContents, SourceError,
};
use installhub_exporting::{
    EarlierPackage, ExportError, ExportReport, ExportRequest, Unobserved, export,
};
use installhub_manifest::{ManifestHeader, Origin, PackageType};
use installhub_package_format::{ByteSource, Limits, PackageReader};
use semver::Version;

/// Documents that are offered in the order given.
#[derive(Default)]
pub(crate) struct Documents {
    artifacts: Vec<Artifact>,
    notices: Vec<Notice>,
    /// Fails when asked for this one.
    broken: Option<String>,
}

impl Documents {
    /// Offers a form that refers to others by `references`.
    pub(crate) fn form(mut self, id: &str, needs: &[&str]) -> Self {
        let needs: Vec<String> = needs
            .iter()
            .map(|id| format!(r#"{{"type": "AtlasForm", "id": "{id}"}}"#))
            .collect();
        let text = format!(r#"{{"references": [{}]}}"#, needs.join(", "));
        self.artifacts.push(Artifact {
            artifact_type: ArtifactType::AtlasForm,
            id: id.to_owned(),
            name: id.to_owned(),
            version: Version::new(1, 0, 0),
            content: parse(text.as_bytes()).expect("a JSON document"),
        });
        self
    }

    pub(crate) fn telling(mut self, code: &'static str) -> Self {
        self.notices.push(Notice {
            code,
            object: "source".to_owned(),
            message: "told by the source".to_owned(),
        });
        self
    }

    pub(crate) fn failing_at(mut self, id: &str) -> Self {
        self.broken = Some(id.to_owned());
        self
    }
}

#[async_trait]
impl ArtifactSource for Documents {
    async fn prepare(&mut self) -> Result<SourceContents, SourceError> {
        let outlines = self.artifacts.iter().map(|artifact| ArtifactOutline {
            artifact_type: artifact.artifact_type,
            id: artifact.id.clone(),
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            references: references(artifact.artifact_type, &artifact.content),
        });
        Ok(SourceContents {
            artifacts: outlines.collect(),
            notices: self.notices.clone(),
        })
    }

    async fn write(&mut self, id: &str, out: &mut (dyn Write + Send)) -> Result<(), SourceError> {
        if self.broken.as_deref() == Some(id) {
            out.write_all(b"{\"half\":")?;
            return Err(SourceError::Unreadable {
                object: id.to_owned(),
                message: "it is gone".to_owned(),
            });
        }
        let mut own = self.artifacts.iter().filter(|artifact| artifact.id == id);
        let artifact = own.next().expect("only what was offered is asked for");
        Ok(out.write_all(&artifact.canonical_bytes())?)
    }
}

pub(crate) fn header() -> ManifestHeader {
    ManifestHeader::new(
        "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9"
            .parse()
            .expect("a package id"),
        "Orders".parse().expect("a package name"),
        PackageType::Form,
        Version::new(1, 0, 0),
        Origin {
            exported_at: DateTime::UNIX_EPOCH,
            exported_by: "user@company.com".parse().expect("an actor"),
            tenant_id: "tenant-7".to_owned(),
            platform_version: Version::new(4, 2, 0),
        },
    )
}

pub(crate) type Exported = (Result<ExportReport, ExportError>, Vec<u8>);

pub(crate) fn exported(
    sources: Vec<Box<dyn ArtifactSource>>,
    earlier: Option<EarlierPackage>,
) -> Exported {
    let request = ExportRequest {
        header: header(),
        readme: None,
        earlier,
    };
    let mut bytes = Vec::new();
    let spool = Cursor::new(Vec::new());
    let result = block_on(export(sources, request, &mut bytes, spool, &Unobserved));
    (result, bytes)
}

/// Exports one source that is sound, and gives the report with what a reader finds.
pub(crate) fn package(
    source: Documents,
    earlier: Option<EarlierPackage>,
) -> (ExportReport, PackageReader<dyn ByteSource>) {
    let (report, bytes) = exported(vec![Box::new(source)], earlier);
    (report.expect("a package"), opened(bytes))
}

pub(crate) fn opened(bytes: Vec<u8>) -> PackageReader<dyn ByteSource> {
    let source: Arc<dyn ByteSource> = Arc::new(bytes);
    PackageReader::open(source, &Limits::default()).expect("a sound package")
}

/// The codes of all notices with the objects they are about.
pub(crate) fn told(report: &ExportReport) -> BTreeMap<&'static str, Vec<&str>> {
    let mut told: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for notice in &report.notices {
        told.entry(notice.code).or_default().push(&notice.object);
    }
    told
}
