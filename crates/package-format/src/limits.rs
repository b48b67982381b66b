//! How much a package may ask of the one who judges it (validation, `ResourceLimitExceeded`).

use std::fmt;

use serde::{Deserialize, Serialize};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Bounds that are checked from the headers before a member is inflated, and again while it is inflated.
///
/// [`Limits::default`] gives the values of the validation page; every one can be set. Rows (`.ndjson`) are exempt from
/// the entry, total and ratio bounds: [`max_data_bytes`](Self::max_data_bytes) bounds them when a deployment wants that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Records in the central directory.
    pub max_entries: u64,
    /// Bytes of the central directory itself, which is read before anything else is known.
    pub max_directory_bytes: u64,
    /// Inflated bytes of one entry.
    pub max_entry_bytes: u64,
    /// Inflated bytes of all entries together.
    pub max_total_bytes: u64,
    /// Inflated bytes per compressed byte of one entry …
    pub max_ratio: u64,
    /// … once the entry inflates to more than this many bytes.
    pub ratio_from_bytes: u64,
    /// Bytes of `manifest.json`.
    pub max_manifest_bytes: u64,
    /// Bytes of `README.md` above which there is a warning.
    pub max_readme_bytes: u64,
    /// Bytes of an entry's name.
    pub max_name_bytes: usize,
    /// Inflated bytes of one data file (`.ndjson`); none by default.
    pub max_data_bytes: Option<u64>,
    /// Bytes of one row of a data file: a row is judged whole.
    pub max_row_bytes: u64,
    /// Dependencies between the artifacts of a package, counted once for each pair.
    pub max_references: u64,
    /// Findings that are listed; all are counted.
    pub max_listed: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_entries: 10_000,
            max_directory_bytes: 64 * MIB,
            max_entry_bytes: 128 * MIB,
            max_total_bytes: 512 * MIB,
            max_ratio: 100,
            ratio_from_bytes: 32 * MIB,
            max_manifest_bytes: 16 * MIB,
            max_readme_bytes: 64 * KIB,
            max_name_bytes: 512,
            max_data_bytes: None,
            max_row_bytes: 64 * MIB,
            max_references: 4_000_000,
            max_listed: 1_000,
        }
    }
}

/// A number of bytes as people read it: `64 KiB`, `128 MiB`, otherwise in plain bytes.
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= MIB && bytes.is_multiple_of(MIB) => write!(f, "{} MiB", bytes / MIB),
            bytes if bytes >= KIB && bytes.is_multiple_of(KIB) => write!(f, "{} KiB", bytes / KIB),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_setting_leaves_the_others() {
        let limits: Limits = serde_json::from_str(r#"{"maxEntries": 7}"#).expect("a known setting");
        assert_eq!(
            limits,
            Limits {
                max_entries: 7,
                ..Limits::default()
            }
        );
        assert!(serde_json::from_str::<Limits>(r#"{"maxEntrys": 7}"#).is_err());
    }

    #[test]
    fn bytes_read_well() {
        let shown = [0, 1023, 1024, 128 * MIB, MIB + 1].map(|bytes| Bytes(bytes).to_string());
        assert_eq!(
            shown,
            ["0 bytes", "1023 bytes", "1 KiB", "128 MiB", "1048577 bytes"]
        );
    }
}
