//! What reading a manifest gives: the validated value, or as much of it as the later layers can work with.

use std::borrow::Cow;

use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use semver::Version;

use crate::diagnostic::{Diagnostic, DiagnosticSink};
use crate::lower::dependencies::{Stated, StatedHashes};
use crate::lower::parse_into;
use crate::manifest::Manifest;
use crate::raw;

/// Reads a manifest and gives all findings with it; see [`parse_into`] for collecting them with others.
///
/// ```
/// let parsed = installhub_manifest::parse(br#"{"version": "2.1"}"#);
/// assert!(parsed.manifest.is_none());
/// assert!(parsed.diagnostics.iter().any(|found| {
///     found.message == "version '2.1' is not valid SemVer — expected major.minor.patch"
/// }));
/// ```
pub fn parse(bytes: &[u8]) -> Parsed<'_> {
    let mut sink = DiagnosticSink::new();
    let mut parsed = parse_into(bytes, &mut sink);
    let found = sink.finish();
    parsed.diagnostics = found.listed;
    parsed.total = found.total;
    parsed
}

/// A manifest that has been read.
///
/// The methods give what is readable even when there are findings, so that a wrong version does not hide a tampered file.
#[derive(Debug)]
pub struct Parsed<'a> {
    /// The members as found; `None` when there is no JSON object.
    pub raw: Option<raw::Manifest<'a>>,
    /// Only when nothing was found.
    pub manifest: Option<Manifest>,
    /// At most [`DiagnosticSink::LISTED`], in order; empty when they went to a sink of the caller's.
    pub diagnostics: Vec<Diagnostic>,
    /// How many findings there were; 0 when they went to a sink of the caller's.
    pub total: usize,
    readable: Readable<'a>,
}

/// What lowering learned that is of use in spite of findings.
#[derive(Debug, Default)]
pub(crate) struct Readable<'a> {
    pub(crate) order_is_complete: bool,
    pub(crate) stated_hashes: StatedHashes<'a>,
}

/// An item of `artifacts`, as far as it is readable: what is absent, null, blank or malformed is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredEntry<'a> {
    /// Its place in the list.
    pub index: usize,
    /// Its type.
    pub artifact_type: Option<ArtifactType>,
    /// Its id.
    pub id: Option<Cow<'a, str>>,
    /// Its name.
    pub name: Option<Cow<'a, str>>,
    /// Its version.
    pub version: Option<Version>,
    /// Its place in the archive, whatever its form.
    pub file: Option<Cow<'a, str>>,
    /// The digest it states or, when it states none at all, the one the dependency of the same id states.
    pub hash: Option<Digest>,
}

/// An item of `dependencies` that states a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedHash<'a> {
    /// Its place in the list.
    pub index: usize,
    /// The artifact's id.
    pub id: Cow<'a, str>,
    /// The digest.
    pub hash: Digest,
}

impl<'a> Parsed<'a> {
    pub(crate) fn unreadable() -> Self {
        Self {
            raw: None,
            manifest: None,
            diagnostics: Vec::new(),
            total: 0,
            readable: Readable::default(),
        }
    }

    pub(crate) fn new(
        raw: raw::Manifest<'a>,
        manifest: Option<Manifest>,
        readable: Readable<'a>,
    ) -> Self {
        Self {
            raw: Some(raw),
            manifest,
            readable,
            ..Self::unreadable()
        }
    }

    /// The declared artifacts in the order of the file, decoded one by one.
    ///
    /// A hostile manifest can declare a million: look each up and keep what the archive holds.
    pub fn declared(&self) -> impl Iterator<Item = DeclaredEntry<'a>> + '_ {
        let items = self
            .raw
            .iter()
            .filter_map(|raw| raw.artifacts.items())
            .flatten();
        items.enumerate().filter_map(|(index, item)| {
            let raw = raw::ArtifactEntry::of(item)?;
            let id = raw.id.into_filled_text();
            Some(DeclaredEntry {
                index,
                artifact_type: raw.artifact_type.text().and_then(|text| text.parse().ok()),
                name: raw.name.into_filled_text(),
                version: raw.version.text().and_then(|text| text.parse().ok()),
                file: raw.file.into_filled_text(),
                hash: match raw.hash.into_filled_text() {
                    Some(text) => text.parse().ok(),
                    None => id.as_deref().and_then(|id| self.stated_hash(id)),
                },
                id,
            })
        })
    }

    /// The digests that dependencies state, in the order of the file; two of them may state one for the same id.
    pub fn stated_hashes(&self) -> impl Iterator<Item = StatedHash<'a>> + '_ {
        let items = self
            .raw
            .iter()
            .filter_map(|raw| raw.dependencies.items())
            .flatten();
        items.enumerate().filter_map(|(index, item)| {
            let raw = raw::DependencyEntry::of(item)?;
            Some(StatedHash {
                index,
                id: raw.id.into_filled_text()?,
                hash: raw.hash.text()?.parse().ok()?,
            })
        })
    }

    /// The digest the first dependency of this id states.
    pub fn stated_hash(&self, id: &str) -> Option<Digest> {
        match self.readable.stated_hashes.get(id) {
            Some(Stated::Digest(digest)) => Some(*digest),
            Some(Stated::Malformed) | None => None,
        }
    }

    /// The ids in install order, without items that are no text.
    pub fn install_order(&self) -> impl Iterator<Item = Cow<'a, str>> + '_ {
        let items = self
            .raw
            .iter()
            .filter_map(|raw| raw.install_order.items())
            .flatten();
        items.filter_map(|item| match raw::Field::of(item) {
            raw::Field::Text(id) => Some(id),
            _ => None,
        })
    }

    /// Whether every declared artifact has its one place in the install order and nothing else has one, so that the
    /// bundle's digest can be computed.
    pub fn order_is_complete(&self) -> bool {
        self.readable.order_is_complete
    }

    /// The digest of the bundle, when it is readable.
    pub fn checksum(&self) -> Option<Digest> {
        self.raw.as_ref()?.checksum.text()?.parse().ok()
    }

    /// The digest of the README, when there is a readable one.
    pub fn readme_hash(&self) -> Option<Digest> {
        self.raw.as_ref()?.readme_hash.text()?.parse().ok()
    }
}
