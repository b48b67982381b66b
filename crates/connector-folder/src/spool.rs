//! An unnamed temporary file that holds the content between preparing and writing, so that memory holds an index only and later
//! changes in the folder are not seen.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const BUFFER: usize = 256 * 1024;

/// Where some bytes lie in the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slice {
    offset: u64,
    len: u64,
}

impl Slice {
    /// The part between two offsets inside this slice.
    pub(crate) fn part(self, from: usize, to: usize) -> Self {
        Self {
            offset: self.offset + from as u64,
            len: to.saturating_sub(from) as u64,
        }
    }

    pub(crate) fn len(self) -> u64 {
        self.len
    }
}

/// The temporary file. It has no name, and is gone when this is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Spool {
    end: Mutex<(File, u64)>,
}

/// Why bytes did not get from the spool to where they should.
#[derive(Debug)]
pub(crate) enum CopyError {
    /// The spool did not give them.
    Read(io::Error),
    /// The other side did not take them.
    Write(io::Error),
}

impl Spool {
    /// A spool in `folder`, or where the system keeps temporary files.
    pub(crate) fn new(folder: Option<&Path>) -> io::Result<Self> {
        let file = match folder {
            Some(folder) => tempfile::tempfile_in(folder)?,
            None => tempfile::tempfile()?,
        };
        Ok(Self {
            end: Mutex::new((file, 0)),
        })
    }

    /// Adds bytes at the end; any thread may.
    pub(crate) fn append(&self, bytes: &[u8]) -> io::Result<Slice> {
        // A thread that panicked has left at worst some bytes that no slice names.
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, offset) = &mut *end;
        let slice = Slice {
            offset: *offset,
            len: bytes.len() as u64,
        };
        file.seek(SeekFrom::Start(slice.offset))?;
        file.write_all(bytes)?;
        *offset += slice.len;
        Ok(slice)
    }

    /// Copies a slice out.
    pub(crate) fn copy(&mut self, slice: Slice, out: &mut dyn Write) -> Result<(), CopyError> {
        let (file, _) = self.end.get_mut().unwrap_or_else(PoisonError::into_inner);
        let start = SeekFrom::Start(slice.offset);
        file.seek(start).map_err(CopyError::Read)?;
        let mut left = slice.len;
        let mut buffer = vec![0; BUFFER.min(usize::try_from(left).unwrap_or(BUFFER))];
        while left > 0 {
            let now = buffer.len().min(usize::try_from(left).unwrap_or(BUFFER));
            file.read_exact(&mut buffer[..now])
                .map_err(CopyError::Read)?;
            out.write_all(&buffer[..now]).map_err(CopyError::Write)?;
            left -= now as u64;
        }
        Ok(())
    }

    /// The bytes of a slice, for the few documents that are looked at twice.
    pub(crate) fn read(&mut self, slice: Slice) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.copy(slice, &mut bytes) {
            Ok(()) => Ok(bytes),
            Err(CopyError::Read(error) | CopyError::Write(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_threads_append_comes_back_whole() {
        let mut spool = Spool::new(None).expect("a spool");
        let texts: Vec<Vec<u8>> = (0..64_usize)
            .map(|n| vec![u8::try_from(n).expect("small"); n * 997])
            .collect();
        let slices: Vec<Slice> = std::thread::scope(|scope| {
            let started: Vec<_> = texts
                .iter()
                .map(|text| scope.spawn(|| spool.append(text).expect("room")))
                .collect();
            started
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        for (text, slice) in texts.iter().zip(slices) {
            assert_eq!(slice.len(), text.len() as u64);
            assert_eq!(&spool.read(slice).expect("bytes"), text);
        }
    }

    #[test]
    fn parts_of_a_slice_are_inside_it() {
        let mut spool = Spool::new(None).expect("a spool");
        spool.append(b"before").expect("room");
        let slice = spool.append(b"0123456789").expect("room");
        assert_eq!(spool.read(slice.part(2, 5)).expect("bytes"), b"234");
        assert_eq!(spool.read(slice.part(5, 5)).expect("bytes"), b"");
    }
}
