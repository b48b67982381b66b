//! Readers and writers that hash what passes through them, so that no byte is read twice.

use std::io::{self, Read, Write};

use crate::{Digest, Hasher};

/// Hashes what is read through it.
#[derive(Debug)]
pub struct HashingReader<R> {
    inner: R,
    hasher: Hasher,
    bytes: u64,
}

impl<R> HashingReader<R> {
    /// Hashes what will be read from `inner`.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            hasher: Hasher::new(),
            bytes: 0,
        }
    }

    /// The reader, the digest of what was read, and its length in bytes.
    pub fn finish(self) -> (R, Digest, u64) {
        (self.inner, self.hasher.finalize(), self.bytes)
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Hashes what is written through it.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    bytes: u64,
}

impl<W> HashingWriter<W> {
    /// Hashes what will be written to `inner`.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            hasher: Hasher::new(),
            bytes: 0,
        }
    }

    /// The writer, the digest of what it accepted, and its length in bytes. Does not flush.
    pub fn finish(self) -> (W, Digest, u64) {
        (self.inner, self.hasher.finalize(), self.bytes)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        // Only what the inner writer accepted has passed.
        let count = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accepts at most three bytes at a time, as pipes and sockets do.
    struct Narrow(Vec<u8>);

    impl Write for Narrow {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            let count = buffer.len().min(3);
            self.0.extend_from_slice(&buffer[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_writer_that_takes_less_is_hashed_for_what_it_took() {
        let mut writer = HashingWriter::new(Narrow(Vec::new()));
        writer.write_all(b"hello world").expect("memory takes it");
        let (narrow, digest, bytes) = writer.finish();
        assert_eq!((narrow.0.as_slice(), bytes), (&b"hello world"[..], 11));
        assert_eq!(digest, Digest::of(b"hello world"));
    }

    #[test]
    fn a_reader_is_hashed_for_what_was_read() {
        let mut reader = HashingReader::new(&b"hello world"[..]);
        let mut five = [0; 5];
        reader.read_exact(&mut five).expect("there are five bytes");
        let (rest, digest, bytes) = reader.finish();
        assert_eq!(
            (rest, digest, bytes),
            (&b" world"[..], Digest::of(b"hello"), 5)
        );
    }
}
