//! Where a package's bytes come from: anything that can be read at a position.

use std::fs::File;
use std::io;

/// Bytes that can be read at any position, by several threads at once.
///
/// A source does not change while it is judged or read: the product keeps packages under the digest of their bytes, and
/// whoever judges a file that others may write takes a copy first. Should it change all the same, reading reports it.
pub trait ByteSource: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> io::Result<u64>;

    /// Reads some bytes at `offset`; 0 only at the end or for an empty buffer.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Fills the whole buffer, or fails because the source ends early.
pub(crate) fn read_exact_at(
    source: &dyn ByteSource,
    mut offset: u64,
    mut buffer: &mut [u8],
) -> io::Result<()> {
    while !buffer.is_empty() {
        match source.read_at(offset, buffer) {
            Ok(0) => {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("the package ends at byte {offset}: it has changed while it was read"),
                ));
            }
            Ok(count) => {
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl ByteSource for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

impl ByteSource for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..))
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// Passes a source's two methods on to what it holds.
macro_rules! through {
    ($(($($generics:tt)*) $holder:ty),* $(,)?) => {$(
        impl<$($generics)*> ByteSource for $holder {
            fn size(&self) -> io::Result<u64> {
                (**self).size()
            }

            fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
                (**self).read_at(offset, buffer)
            }
        }
    )*};
}

through! {
    ('s, S: ByteSource + ?Sized) &'s S,
    (S: ByteSource + ?Sized) Box<S>,
    (S: ByteSource + ?Sized) std::sync::Arc<S>,
}

impl ByteSource for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        self.as_slice().size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

/// A piece of the source in memory, so that records are not read with one call each.
pub(crate) struct Window<'s> {
    source: &'s dyn ByteSource,
    size: u64,
    piece: usize,
    start: u64,
    held: Vec<u8>,
}

impl<'s> Window<'s> {
    /// A window over the first `size` bytes, reading at least `piece` bytes at a time.
    pub(crate) fn new(source: &'s dyn ByteSource, size: u64, piece: usize) -> Self {
        Self {
            source,
            size,
            piece,
            start: 0,
            held: Vec::new(),
        }
    }

    /// The `length` bytes at `offset`; `None` when they do not all lie within the source.
    pub(crate) fn bytes(&mut self, offset: u64, length: usize) -> io::Result<Option<&[u8]>> {
        let Some(rest) = self
            .size
            .checked_sub(offset)
            .filter(|rest| *rest >= length as u64)
        else {
            return Ok(None);
        };
        let held = offset
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| self.held.len().saturating_sub(*skip) >= length);
        let skip = if let Some(skip) = held {
            skip
        } else {
            let wanted = rest.min(self.piece.max(length) as u64);
            self.held
                .resize(usize::try_from(wanted).unwrap_or(usize::MAX), 0);
            self.start = offset;
            read_exact_at(self.source, offset, &mut self.held)?;
            0
        };
        Ok(Some(&self.held[skip..skip + length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_gives_what_is_there_and_no_more() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut window = Window::new(&bytes, 256, 16);
        for (offset, length) in [(0, 4), (2, 14), (250, 6), (3, 100), (255, 1), (256, 0)] {
            let start = usize::try_from(offset).expect("small");
            let got = window.bytes(offset, length).expect("memory reads");
            assert_eq!(got, Some(&bytes[start..start + length]));
        }
        for (offset, length) in [(0, 257), (256, 1), (u64::MAX, 1), (u64::MAX, 0)] {
            assert_eq!(window.bytes(offset, length).expect("memory reads"), None);
        }
    }

    #[test]
    fn a_source_that_shrinks_is_reported() {
        let error = read_exact_at(&vec![1, 2, 3], 1, &mut [0; 3]).expect_err("only two are left");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
