//! Strict JSON that keeps numbers as they were written.
//!
//! No library does both: `serde_json` keeps lexemes only with a feature that changes every number of every crate in the build,
//! and takes duplicate keys. Reading is one loop without recursion, so that no text can overflow the stack, and takes time linear
//! in the text but for sorting the keys of large objects.

mod borrowed;
mod check;
mod duplicates;
mod error;
mod keys;
mod lexer;
mod number;
mod owned;
mod parser;
mod pointer;
mod serde_bridge;
#[cfg(test)]
mod tests;
mod write;

pub use borrowed::{JsonRef, Member, parse_ref, parse_ref_with};
pub use check::{check, check_array};
pub(crate) use duplicates::Key;
pub use error::{JsonError, JsonErrorKind};
pub(crate) use keys::KeyStack;
pub use number::Number;
pub use owned::{Json, Object};
pub(crate) use parser::{Container, Sink, read};
pub use parser::{JsonLimits, NumberRange};
pub use pointer::push_pointer;
pub use serde_bridge::ConvertError;
pub(crate) use write::{compact, string};
pub use write::{to_canonical_bytes, to_compact_string, write_canonical};

/// Reads one strict JSON document: UTF-8 without byte order mark, no duplicate keys (compared after unescaping), no lone
/// surrogates, no NaN, no raw control characters in strings, nothing after it, at most 128 levels deep (validation,
/// `InvalidManifestJson`).
pub fn parse(bytes: &[u8]) -> Result<Json, JsonError> {
    parse_ref(bytes).map(JsonRef::into_json)
}

/// Like [`parse`], with other limits.
pub fn parse_with(bytes: &[u8], limits: &JsonLimits) -> Result<Json, JsonError> {
    parse_ref_with(bytes, limits).map(JsonRef::into_json)
}
