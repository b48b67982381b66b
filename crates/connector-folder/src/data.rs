//! Data files: a header line, then one array per row. They are taken byte for byte and can be of any size.

use std::io::Read;

use installhub_artifact::{ArtifactType, DataHeader, check_array, parse, references};
use installhub_checksum::Hasher;

use crate::document::{Document, Piece};
use crate::native::Declared;
use crate::problem::{Failure, Problem};
use crate::read::{cannot_read, open};
use crate::spool::Spool;
use crate::walk::FoundFile;

/// How much is read at once.
const BLOCK: usize = 1024 * 1024;

/// The longest line; a longer one is taken for a file that is none of ours.
const MAX_LINE: usize = 128 * 1024 * 1024;

/// Reads one data file into the spool.
pub(crate) fn read_data(
    file: &FoundFile,
    declared: Option<&Declared>,
    spool: &Spool,
) -> Result<Document, Failure> {
    let mut opened = open(file)?;
    let mut rows = Rows::new(declared);
    let mut hasher = Hasher::new();
    let mut body = Vec::new();
    let mut block = vec![0; BLOCK];
    loop {
        let read = opened
            .read(&mut block)
            .map_err(|error| cannot_read(&file.name, &error))?;
        if read == 0 {
            break;
        }
        let bytes = &block[..read];
        rows.take(bytes)
            .map_err(|message| Problem::new(&file.name, message))?;
        hasher.update(bytes);
        body.push(Piece::Slice(spool.append(bytes).map_err(Failure::Spool)?));
    }
    let (header, references) = rows
        .finish()
        .map_err(|message| Problem::new(&file.name, message))?;
    Ok(Document {
        file: file.name.clone(),
        artifact_type: ArtifactType::Data,
        id: header.id,
        name: header.name,
        version: header.version,
        references,
        digest: hasher.finalize(),
        body,
    })
}

type Header = (DataHeader, Vec<installhub_artifact::Reference>);

/// Checks lines as they come, in pieces cut anywhere.
struct Rows<'d> {
    declared: Option<&'d Declared>,
    header: Option<Header>,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    count: u64,
}

impl<'d> Rows<'d> {
    fn new(declared: Option<&'d Declared>) -> Self {
        Self {
            declared,
            header: None,
            begun: Vec::new(),
            count: 0,
        }
    }

    fn take(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.begun.is_empty() {
                self.line(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.begun);
                whole.extend_from_slice(line);
                self.line(&whole)?;
            }
            bytes = rest;
        }
        if self.begun.len() + bytes.len() > MAX_LINE {
            return Err(format!(
                "line {} is longer than {} MiB: expected one row to a line",
                self.count + 2,
                MAX_LINE / 1024 / 1024
            ));
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let Some((header, _)) = &self.header else {
            self.header = Some(read_header(line, self.declared)?);
            return Ok(());
        };
        let number = self.count + 2;
        let width = header.columns.len();
        let found = check_array(line).map_err(|error| {
            format!(
                "line {number} is not a row: {}, column {}",
                error.kind, error.column
            )
        })?;
        if found != width {
            return Err(format!(
                "line {number} has {found} values: expected {width}, one for each column of the header"
            ));
        }
        self.count += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<Header, String> {
        if !self.begun.is_empty() {
            let last = std::mem::take(&mut self.begun);
            self.line(&last)?;
        }
        let Some((header, references)) = self.header else {
            return Err("is empty: expected a header line and rows".to_owned());
        };
        if header.rows != self.count {
            return Err(format!(
                "holds {} rows: expected {}, which its header states",
                self.count, header.rows
            ));
        }
        Ok((header, references))
    }
}

fn read_header(line: &[u8], declared: Option<&Declared>) -> Result<Header, String> {
    let not_a_header =
        |reason: String| format!("line 1 is not the header of a data file: {reason}");
    let document = parse(line).map_err(|error| not_a_header(error.to_string()))?;
    let mut header = DataHeader::parse_line(line).map_err(|error| {
        let reason = std::error::Error::source(&error);
        not_a_header(reason.map_or_else(|| error.to_string(), ToString::to_string))
    })?;
    if let Some(declared) = declared {
        let said = installhub_artifact::Identity::of(&document);
        if said.name.is_none() {
            header.name.clone_from(&declared.name);
        }
        if said.version.is_none() {
            header.version = declared.version.clone();
        }
    }
    Ok((header, references(ArtifactType::Data, &document)))
}
