//! Writing rows. No value is copied or allocated for on its way into the line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{INFINITY, NEGATIVE_INFINITY, Natural, RowColumn};
use crate::{Value, ValueRef};

/// Integers up to this magnitude are exact in a double and therefore written as JSON numbers.
const LARGEST_EXACT: u64 = (1 << 53) - 1;

/// A row that no line can hold. The caller knows the number of the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// JSON could carry the character, most readers of text cannot.
    #[error("column '{column}': text holds the character NUL, which a data file cannot carry")]
    Nul {
        /// The column.
        column: String,
    },
    /// Engines store no NaN; one must come from a faulty reader.
    #[error("column '{column}': found NaN, expected a number that can be stored")]
    NotANumber {
        /// The column.
        column: String,
    },
    /// The row does not belong to these columns.
    #[error("found {found} value{}, expected {expected}", if *found == 1 { "" } else { "s" })]
    Width {
        /// Values in the row.
        found: usize,
        /// Columns.
        expected: usize,
    },
}

/// Appends one row as a line, `\n` included. On error nothing is appended.
pub fn encode_row(
    columns: &[RowColumn],
    values: &[Value],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    encode_values(columns, values.iter().map(Value::borrowed), out)
}

/// As [`encode_row`], for values that are borrowed one by one from an engine.
pub fn encode_values<'a>(
    columns: &[RowColumn],
    values: impl ExactSizeIterator<Item = ValueRef<'a>>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    if values.len() != columns.len() {
        return Err(EncodeError::Width {
            found: values.len(),
            expected: columns.len(),
        });
    }
    let start = out.len();
    let mut separator = b'[';
    for (column, value) in columns.iter().zip(values) {
        out.push(separator);
        separator = b',';
        if let Err(problem) = encode_value(Natural::of(column.data_type), value, out) {
            out.truncate(start);
            let column = column.name.clone();
            return Err(match problem {
                Problem::Nul => EncodeError::Nul { column },
                Problem::NotANumber => EncodeError::NotANumber { column },
            });
        }
    }
    if columns.is_empty() {
        out.push(b'[');
    }
    out.extend_from_slice(b"]\n");
    Ok(())
}

enum Problem {
    Nul,
    NotANumber,
}

fn encode_value(natural: Natural, value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Integer(integer) => encode_integer(natural, integer, out),
        ValueRef::Real(real) if real.is_nan() => return Err(Problem::NotANumber),
        ValueRef::Real(real) => encode_real(natural, real, out),
        ValueRef::Text(text) => match natural {
            Natural::Text | Natural::Json | Natural::Any => encode_text(text, out)?,
            _ => {
                out.extend_from_slice(b"{\"text\":");
                encode_text(text, out)?;
                out.push(b'}');
            }
        },
        ValueRef::Blob(bytes) if natural == Natural::Blob => encode_blob(bytes, out),
        ValueRef::Blob(bytes) => {
            out.extend_from_slice(b"{\"blob\":");
            encode_blob(bytes, out);
            out.push(b'}');
        }
    }
    Ok(())
}

fn encode_integer(natural: Natural, integer: i64, out: &mut Vec<u8>) {
    let exact = integer.unsigned_abs() <= LARGEST_EXACT;
    let (before, after): (&[u8], &[u8]) = match natural {
        Natural::Integer | Natural::Numeric | Natural::Any if exact => (b"", b""),
        Natural::Integer | Natural::Numeric => (b"\"", b"\""),
        Natural::Boolean if integer == 0 => return out.extend_from_slice(b"false"),
        Natural::Boolean if integer == 1 => return out.extend_from_slice(b"true"),
        _ => (b"{\"integer\":\"", b"\"}"),
    };
    out.extend_from_slice(before);
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
    out.extend_from_slice(after);
}

fn encode_real(natural: Natural, real: f64, out: &mut Vec<u8>) {
    let plain = match natural {
        Natural::Real | Natural::Numeric => true,
        Natural::Any => real.is_finite(),
        _ => false,
    };
    if !plain {
        out.extend_from_slice(b"{\"real\":");
    }
    if real.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(real).as_bytes());
    } else {
        let word = if real > 0.0 {
            INFINITY
        } else {
            NEGATIVE_INFINITY
        };
        out.push(b'"');
        out.extend_from_slice(word.as_bytes());
        out.push(b'"');
    }
    if !plain {
        out.push(b'}');
    }
}

/// What becomes of a byte inside a JSON string: `0` = itself, `u` = `\u00XX`, else the letter after the backslash.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = b'u';
        control += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

fn encode_text(text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut copied = 0;
    for (position, byte) in bytes.iter().copied().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        if byte == 0 {
            return Err(Problem::Nul);
        }
        out.extend_from_slice(&bytes[copied..position]);
        copied = position + 1;
        out.extend_from_slice(&[b'\\', escape]);
        if escape == b'u' {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            out.extend_from_slice(&[b'0', b'0', DIGITS[high], DIGITS[low]]);
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
    Ok(())
}

fn encode_blob(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    // Multiples of three have no padding, so pieces join into the encoding of the whole.
    let mut piece = [0; 4096];
    for chunk in bytes.chunks(3072) {
        if let Ok(written) = STANDARD.encode_slice(chunk, &mut piece) {
            out.extend_from_slice(&piece[..written]);
        }
    }
    out.push(b'"');
}
