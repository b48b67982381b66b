//! Canonical and compact text (package format 1.0, Canonical JSON).

use std::io::{self, Write};

use super::owned::Json;

/// Writes the canonical form: keys sorted by code point, two spaces of indentation, `\n`, a final newline, empty containers kept,
/// numbers as they are, nothing escaped but `"`, `\` and control characters.
pub fn write_canonical(json: &Json, out: &mut impl Write) -> io::Result<()> {
    pretty(json, 0, out)?;
    out.write_all(b"\n")
}

/// The canonical form as bytes.
pub fn to_canonical_bytes(json: &Json) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_canonical(json, &mut bytes).expect("a vector takes every byte");
    bytes
}

/// One line without any white space, keys sorted.
pub fn to_compact_string(json: &Json) -> String {
    let mut bytes = Vec::new();
    compact(json, &mut bytes).expect("a vector takes every byte");
    String::from_utf8(bytes).expect("what is written is made of strings")
}

fn pretty(json: &Json, depth: usize, out: &mut impl Write) -> io::Result<()> {
    match json {
        Json::Array(elements) if !elements.is_empty() => {
            for (at, element) in elements.iter().enumerate() {
                out.write_all(if at == 0 { b"[" } else { b"," })?;
                new_line(depth + 1, out)?;
                pretty(element, depth + 1, out)?;
            }
            new_line(depth, out)?;
            out.write_all(b"]")
        }
        Json::Object(members) if !members.is_empty() => {
            for (at, (key, value)) in members.iter().enumerate() {
                out.write_all(if at == 0 { b"{" } else { b"," })?;
                new_line(depth + 1, out)?;
                string(key, out)?;
                out.write_all(b": ")?;
                pretty(value, depth + 1, out)?;
            }
            new_line(depth, out)?;
            out.write_all(b"}")
        }
        other => compact(other, out),
    }
}

fn new_line(depth: usize, out: &mut impl Write) -> io::Result<()> {
    const INDENTATION: &[u8] = &[b' '; 64];
    out.write_all(b"\n")?;
    let mut left = depth * 2;
    while left > 0 {
        let now = left.min(INDENTATION.len());
        out.write_all(&INDENTATION[..now])?;
        left -= now;
    }
    Ok(())
}

pub(crate) fn compact(json: &Json, out: &mut impl Write) -> io::Result<()> {
    match json {
        Json::Null => out.write_all(b"null"),
        Json::Bool(true) => out.write_all(b"true"),
        Json::Bool(false) => out.write_all(b"false"),
        Json::Number(number) => out.write_all(number.as_str().as_bytes()),
        Json::String(text) => string(text, out),
        Json::Array(elements) => {
            out.write_all(b"[")?;
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.write_all(b",")?;
                }
                compact(element, out)?;
            }
            out.write_all(b"]")
        }
        Json::Object(members) => {
            out.write_all(b"{")?;
            for (at, (key, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.write_all(b",")?;
                }
                string(key, out)?;
                out.write_all(b":")?;
                compact(value, out)?;
            }
            out.write_all(b"}")
        }
    }
}

/// Writes a string with its quotes.
pub(crate) fn string(text: &str, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\t' => b"\\t",
            b'\r' => b"\\r",
            0x08 => b"\\b",
            0x0c => b"\\f",
            0..0x20 => b"\\u00",
            _ => continue,
        };
        out.write_all(&bytes[written..at])?;
        out.write_all(escape)?;
        if escape.len() == 4 {
            write!(out, "{byte:02x}")?;
        }
        written = at + 1;
    }
    out.write_all(&bytes[written..])?;
    out.write_all(b"\"")
}
