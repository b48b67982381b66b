//! The bundle checksum: one digest over all artifact files (package format 1.0, Manifest).

use std::io::{self, Write};

use crate::{Digest, Hasher};

/// Hashes the bytes of all artifact files of a package, concatenated in install order.
///
/// The concatenation has no file boundaries: bytes moved between neighbouring files do not change it. That is why every
/// file's own digest is checked as well.
#[derive(Debug, Clone, Default)]
pub struct BundleHasher(Hasher);

impl BundleHasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes of the file whose turn it is.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The manifest's `checksum`.
    pub fn finish(self) -> Digest {
        self.0.finalize()
    }
}

impl Write for BundleHasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
