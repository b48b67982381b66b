//! Data files: a header object, then one array per row, as wide as the header says (validation, `InvalidArtifactContent`).

use installhub_artifact::{DataHeader, check_array};

use super::content::{Declaration, Told, look_at};

/// Bytes of a header line. Thousands of columns fit; a reader keeps it whole, as a tree.
pub(crate) const HEADER_BYTES: usize = 1024 * 1024;

/// What every row has to keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowRules {
    width: usize,
    rows: u64,
}

/// A row that does not keep to them, by its number from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) number: u64,
    pub(crate) message: String,
}

/// Judges the header line, without its line end.
pub(crate) fn judge_header(
    line: &[u8],
    declared: &Declaration,
    told: &mut Told<'_>,
) -> Result<RowRules, String> {
    if line.len() > HEADER_BYTES {
        return Err(format!(
            "its header line has {} bytes; at most {HEADER_BYTES} are read",
            line.len()
        ));
    }
    look_at(line, declared, told).map_err(|found| format!("in its header line {found}"))?;
    let header = DataHeader::parse_line(line).map_err(|error| chain(&error))?;
    Ok(RowRules {
        width: header.columns.len(),
        rows: header.rows,
    })
}

/// An error with what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(": ");
        message.push_str(&cause.to_string());
        source = cause.source();
    }
    message
}

impl RowRules {
    /// Judges whole lines, each with its line end, the last one perhaps without. Gives how many there were, and the
    /// first that is wrong with its number among them.
    pub(crate) fn judge(&self, lines: &[u8]) -> (u64, Option<BadRow>) {
        let mut count = 0;
        let mut rest = lines;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, behind) = rest.split_at(end);
            rest = behind.get(1..).unwrap_or_default();
            count += 1;
            let wrong = match check_array(line) {
                Ok(width) if width == self.width => continue,
                Ok(width) => format!(
                    "found {width} values, expected {} as in the header",
                    self.width
                ),
                Err(error) => error.to_string(),
            };
            let bad = BadRow {
                number: count,
                message: wrong,
            };
            return (count, Some(bad));
        }
        (count, None)
    }

    /// What is wrong with the number of rows, if so.
    pub(crate) fn judge_count(&self, found: u64) -> Option<String> {
        (found != self.rows).then(|| format!("it has {found} rows; its header says {}", self.rows))
    }
}

/// Judges a whole data file that is in memory.
pub(crate) fn judge_file(
    bytes: &[u8],
    declared: &Declaration,
    told: &mut Told<'_>,
) -> Result<(), String> {
    let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    let rules = judge_header(&bytes[..end], declared, told)?;
    let (count, bad) = rules.judge(bytes.get(end + 1..).unwrap_or_default());
    match bad {
        Some(bad) => Err(bad.to_string()),
        None => rules.judge_count(count).map_or(Ok(()), Err),
    }
}

impl std::fmt::Display for BadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The header is line 1.
        write!(f, "in line {} {}", self.number + 1, self.message)
    }
}
