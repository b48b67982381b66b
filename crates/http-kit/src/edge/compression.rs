//! Answers of text, made smaller for who can read gzip.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Body as _;
use poem::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, VARY};
use poem::{Body, Request, Response};

/// Smaller answers fit into one packet anyway.
const SMALLEST: u64 = 1400;

/// Whether the client reads gzip.
pub(super) fn wanted(request: &Request) -> bool {
    request
        .headers()
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim() == "gzip"
                && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
}

/// Compresses an answer that is text of a known and worthwhile length; streams are left alone.
pub(super) async fn compress(answer: Response) -> Response {
    let is_text = answer.content_type().is_some_and(|kind| {
        kind.starts_with("application/json")
            || kind.starts_with("text/html")
            || kind.starts_with("text/plain")
    });
    if !is_text || answer.headers().contains_key(CONTENT_ENCODING) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let body: http_body_util::combinators::BoxBody<Bytes, io::Error> = body.into();
    let length = body.size_hint().exact();
    let body = Body::from(body);
    if length.is_none_or(|bytes| bytes < SMALLEST) {
        return Response::from_parts(parts, body);
    }
    let Ok(whole) = body.into_bytes().await else {
        // Cannot be: the length was known because the whole was in memory.
        return Response::from_parts(parts, Body::empty());
    };
    let mut encoder = GzEncoder::new(Vec::with_capacity(whole.len() / 4), Compression::new(3));
    let packed = encoder.write_all(&whole).and_then(|()| encoder.finish());
    let body = match packed {
        Ok(packed) => {
            parts
                .headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts
                .headers
                .append(VARY, HeaderValue::from_static("accept-encoding"));
            parts.headers.remove(CONTENT_LENGTH);
            Body::from_vec(packed)
        }
        Err(_) => Body::from_bytes(whole),
    };
    Response::from_parts(parts, body)
}
