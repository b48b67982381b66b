//! The artifact that is being written: cut into blocks, hashed, handed to the deflating threads.

use std::io::{self, Read, Seek, Write};

use installhub_checksum::{Digest, Hasher};

use super::deflate::{BLOCK, DICTIONARY, Effort};
use super::pool::Block;
use super::{ArtifactMeta, PackageWriter, WriteError};

/// Takes the bytes of one artifact; made by [`PackageWriter::start_artifact`].
///
/// An artifact that is dropped before it is finished leaves a writer that refuses to go on.
#[derive(Debug)]
pub struct ArtifactWriter<'w, W, S: Write> {
    pub(super) writer: &'w mut PackageWriter<W, S>,
}

/// State of an artifact between start and finish.
#[derive(Debug)]
pub(super) struct OpenArtifact {
    pub(super) meta: ArtifactMeta,
    hasher: Hasher,
    crc: crc32fast::Hasher,
    bytes: u64,
    blocks: u64,
    /// The end of the block before, then what has come of the next one.
    block: Vec<u8>,
    dictionary: usize,
}

impl OpenArtifact {
    pub(super) fn new(meta: ArtifactMeta, block: Vec<u8>) -> Self {
        Self {
            meta,
            hasher: Hasher::new(),
            crc: crc32fast::Hasher::new(),
            bytes: 0,
            blocks: 0,
            block,
            dictionary: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.block.len() - self.dictionary == BLOCK
    }

    /// Takes what fits into the block.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let room = BLOCK - (self.block.len() - self.dictionary);
        let count = room.min(bytes.len());
        self.block.extend_from_slice(&bytes[..count]);
        count
    }
}

impl<W: Write, S: Read + Write + Seek> ArtifactWriter<'_, W, S> {
    /// Ends the artifact and gives the digest of its bytes.
    pub fn finish(self) -> Result<Digest, WriteError> {
        self.writer.submit_block(true)?;
        // Only an error while writing leaves nothing open, and it has been returned.
        let open = self.writer.open.take().ok_or_else(not_open)?;
        let digest = open.hasher.finalize();
        let file = installhub_artifact::artifact_file(open.meta.artifact_type, &open.meta.id);
        self.writer
            .spool
            .expect(file, open.crc.finalize(), open.bytes);
        self.writer.record(open.meta, digest);
        Ok(digest)
    }
}

impl<W: Write, S: Read + Write + Seek> Write for ArtifactWriter<'_, W, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Only when more comes is a full block not the last one.
        if !bytes.is_empty() && self.writer.open.as_ref().is_some_and(OpenArtifact::is_full) {
            self.writer.submit_block(false)?;
        }
        let open = self.writer.open.as_mut().ok_or_else(not_open)?;
        Ok(open.take(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write, S: Read + Write + Seek> PackageWriter<W, S> {
    /// Hashes the block that has come together and hands it over.
    fn submit_block(&mut self, last: bool) -> io::Result<()> {
        let open = self.open.as_mut().ok_or_else(not_open)?;
        let bytes = &open.block[open.dictionary..];
        open.hasher.update(bytes);
        open.crc.update(bytes);
        open.bytes += bytes.len() as u64;
        self.bundle.update(bytes);

        let mut next = self.pool.spare_buffer();
        let mut dictionary = 0;
        if !last {
            dictionary = DICTIONARY;
            next.extend_from_slice(&open.block[open.block.len() - DICTIONARY..]);
        }
        let block = Block {
            bytes: std::mem::replace(&mut open.block, next),
            dictionary: std::mem::replace(&mut open.dictionary, dictionary),
            effort: Effort::for_block(open.blocks),
            last,
        };
        open.blocks += 1;
        let spool = &mut self.spool;
        self.pool
            .submit(block, &mut |deflated| spool.take(deflated))
    }
}

fn not_open() -> io::Error {
    io::Error::other("the artifact's writer has failed before")
}
