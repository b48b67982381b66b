//! What may be asked of the catalogue.

use std::path::PathBuf;
use std::time::Duration;

use installhub_package_format::Limits;

const MIB: u64 = 1 << 20;
const DAY: Duration = Duration::from_hours(24);

/// Bounds and times; [`CatalogSettings::default`] gives those of a service that nobody has configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogSettings {
    /// What a package may ask of the one who judges it.
    pub package: Limits,
    /// The most bytes of a package file; 2 GiB.
    pub max_bundle_bytes: u64,
    /// The most bytes of an artifact's canonical document; 1 MiB.
    pub max_artifact_bytes: u64,
    /// The most pieces of an upload; 10,000.
    pub max_pieces: u32,
    /// How long an upload may take; 24 hours.
    pub upload_valid_for: Duration,
    /// How long a download link works; 60 minutes.
    pub link_valid_for: Duration,
    /// How long bytes to which no version refers are left alone, because they may be on their way to one; 24 hours.
    pub orphan_age: Duration,
    /// Where packages wait while they are judged, in unnamed files; `None` is the system's folder for temporary files,
    /// which should not lie in memory.
    pub spool_folder: Option<PathBuf>,
}

impl Default for CatalogSettings {
    fn default() -> Self {
        Self {
            package: Limits::default(),
            max_bundle_bytes: 2048 * MIB,
            max_artifact_bytes: MIB,
            max_pieces: 10_000,
            upload_valid_for: DAY,
            link_valid_for: Duration::from_hours(1),
            orphan_age: DAY,
            spool_folder: None,
        }
    }
}
