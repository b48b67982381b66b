//! What requests say in parameters and headers, read into the words of the use cases.

use std::fmt::Display;
use std::str::FromStr;

use installhub_kernel::{Cursor, PageRequest};

use crate::error::{ApiError, ErrorCode};

/// How many items a page has when nobody says otherwise.
const USUAL_PAGE: u32 = 50;
/// How many items a page has at most.
const LARGEST_PAGE: u32 = 200;

/// The page that `limit` and `cursor` ask for.
pub fn page(limit: Option<u32>, cursor: Option<String>) -> Result<PageRequest, ApiError> {
    let limit = limit.unwrap_or(USUAL_PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(ApiError::bad_parameter(
            "limit",
            format!("found {limit}, expected 1 to {LARGEST_PAGE}"),
        ));
    }
    Ok(PageRequest {
        limit,
        cursor: cursor.map(Cursor),
    })
}

/// The revision that `If-Match` names: one strong tag, as `ETag` gave it.
pub fn revision(if_match: Option<&str>) -> Result<u64, ApiError> {
    let text = if_match.ok_or_else(|| {
        ApiError::new(
            ErrorCode::PreconditionRequired,
            "an edit needs the header If-Match with the ETag that was read",
        )
    })?;
    optional_revision(Some(text))?.ok_or_else(|| unreadable(text))
}

/// The same, where an edit without `If-Match` is allowed.
pub fn optional_revision(if_match: Option<&str>) -> Result<Option<u64>, ApiError> {
    let Some(text) = if_match else {
        return Ok(None);
    };
    let number = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    match number.map(u64::from_str) {
        Some(Ok(revision)) => Ok(Some(revision)),
        _ => Err(unreadable(text)),
    }
}

fn unreadable(found: &str) -> ApiError {
    let found: String = found.chars().take(40).collect();
    ApiError::bad_parameter(
        "If-Match",
        format!("found {found:?}, expected one ETag such as \"3\""),
    )
}

/// A query parameter in the words of the use case.
pub fn parameter<T: FromStr<Err: Display>>(
    name: &str,
    text: Option<String>,
) -> Result<Option<T>, ApiError> {
    text.map(|text| {
        text.parse()
            .map_err(|error: T::Err| ApiError::bad_parameter(name, error.to_string()))
    })
    .transpose()
}

/// A field of the body in the words of the use case.
pub fn field<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|error: T::Err| ApiError::invalid_field(name, "invalid", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_names_one_revision() {
        assert_eq!(revision(Some("\"3\"")).ok(), Some(3));
        let code = |text| revision(text).err().map(|error| error.code());
        assert_eq!(code(None), Some(ErrorCode::PreconditionRequired));
        for text in ["3", "W/\"3\"", "*", "\"x\"", "\"1\", \"2\"", ""] {
            assert_eq!(code(Some(text)), Some(ErrorCode::BadRequest), "{text}");
        }
    }

    #[test]
    fn a_page_is_bounded() {
        assert_eq!(page(None, None).map(|page| page.limit).ok(), Some(50));
        assert!(page(Some(0), None).is_err());
        assert!(page(Some(201), None).is_err());
    }
}
