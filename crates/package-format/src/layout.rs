//! Where things are in a package (package format 1.0, Archive).

/// The manifest, at the root.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The README, at the root.
pub(crate) const README: &str = "README.md";
/// Bytes a README is written with at most.
pub(crate) const README_BYTES: usize = 64 * 1024;
/// The folder of everything that is installed.
pub(crate) const ARTIFACTS: &str = "artifacts/";
/// The folder of signatures.
pub(crate) const SIGNATURES: &str = "signatures/";
/// What the files of data artifacts end with: rows, which have no limit of their own.
pub(crate) const DATA_EXTENSION: &str = ".ndjson";

/// The file of the signature made with a key.
pub(crate) fn signature_file(key_id: &str) -> String {
    format!("{SIGNATURES}{key_id}.json")
}

/// What a file in a package is, by its name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Manifest,
    Readme,
    Artifact,
    Signature,
    Elsewhere,
}

impl Place {
    /// The place of the file with this name; names are exact.
    pub(crate) fn of(name: &str) -> Self {
        let is_signature = name
            .strip_prefix(SIGNATURES)
            .and_then(|file| file.strip_suffix(".json"))
            .is_some_and(|key_id| !key_id.is_empty() && !key_id.contains('/'));
        match name {
            MANIFEST => Self::Manifest,
            README => Self::Readme,
            _ if name.starts_with(ARTIFACTS) => Self::Artifact,
            _ if is_signature => Self::Signature,
            _ => Self::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_exact() {
        for (name, place) in [
            ("manifest.json", Place::Manifest),
            ("Manifest.json", Place::Elsewhere),
            ("README.md", Place::Readme),
            ("artifacts/x", Place::Artifact),
            ("Artifacts/x", Place::Elsewhere),
            ("signatures/key-1.json", Place::Signature),
            ("signatures/a/b.json", Place::Elsewhere),
            ("signatures/.json", Place::Elsewhere),
            ("signatures/key.txt", Place::Elsewhere),
            ("x/manifest.json", Place::Elsewhere),
        ] {
            assert_eq!(Place::of(name), place, "{name}");
        }
        assert_eq!(Place::of(&signature_file("k")), Place::Signature);
    }
}
