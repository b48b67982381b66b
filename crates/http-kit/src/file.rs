//! Answers that are files: bytes as they come, in pieces of a worthwhile size.

use std::io;
use std::marker::PhantomData;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, stream};
use poem::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, ETAG};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponses, MetaSchema, MetaSchemaRef, Registry};

use crate::answers::{header, meta};
use crate::caller::Caller;

/// Smaller pieces are put together until they have this many bytes.
const PIECE: usize = 256 << 10;

/// What sort of file an operation answers.
pub trait FileType: Send + 'static {
    /// Its media type.
    const MEDIA_TYPE: &'static str;
}

/// A ZIP archive.
pub struct Zip;

impl FileType for Zip {
    const MEDIA_TYPE: &'static str = "application/zip";
}

/// One JSON document in each line.
pub struct NdJson;

impl FileType for NdJson {
    const MEDIA_TYPE: &'static str = "application/x-ndjson";
}

/// A file under a name.
pub struct FileAnswer<F> {
    body: Body,
    name: String,
    bytes: Option<u64>,
    etag: Option<String>,
    file_type: PhantomData<F>,
}

impl<F: FileType> FileAnswer<F> {
    /// A file named `name`. The caller's place among the requests that are being done is held until the last byte; who needs
    /// no sign-in has none.
    pub fn new<E: std::error::Error + Send + Sync + 'static>(
        name: String,
        pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        caller: Option<&Caller>,
    ) -> Self {
        let place = caller.map(Caller::place);
        let pieces = worthwhile(pieces).map(move |piece| {
            let _held = &place;
            piece
        });
        Self {
            body: Body::from_bytes_stream(pieces),
            name,
            bytes: None,
            etag: None,
            file_type: PhantomData,
        }
    }

    /// Says how many bytes there are and what their digest is.
    #[must_use]
    pub fn known(self, bytes: u64, digest: impl std::fmt::Display) -> Self {
        Self {
            bytes: Some(bytes),
            etag: Some(format!("\"{digest}\"")),
            ..self
        }
    }
}

/// The same bytes in larger pieces. What came before an error is passed on before it.
fn worthwhile<E: std::error::Error + Send + Sync + 'static>(
    pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let begun = (pieces.boxed(), None::<E>);
    stream::unfold(Some(begun), |state| async move {
        let (mut pieces, failed) = state?;
        if let Some(error) = failed {
            tracing::error!(error = %error, "a file ends early");
            return Some((Err(io::Error::other(error)), None));
        }
        let mut gathered = BytesMut::new();
        loop {
            match pieces.next().await {
                Some(Ok(piece)) if gathered.is_empty() && piece.len() >= PIECE => {
                    return Some((Ok(piece), Some((pieces, None))));
                }
                Some(Ok(piece)) => gathered.extend_from_slice(&piece),
                Some(Err(error)) => {
                    return Some((Ok(gathered.freeze()), Some((pieces, Some(error)))));
                }
                None if gathered.is_empty() => return None,
                None => return Some((Ok(gathered.freeze()), None)),
            }
            if gathered.len() >= PIECE {
                return Some((Ok(gathered.freeze()), Some((pieces, None))));
            }
        }
    })
}

impl<F: FileType> IntoResponse for FileAnswer<F> {
    fn into_response(self) -> Response {
        let plain: String = self
            .name
            .chars()
            .map(|c| {
                if c.is_ascii_graphic() && !matches!(c, '"' | '\\') {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let mut answer = Response::builder().content_type(F::MEDIA_TYPE).header(
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{plain}\""),
        );
        if let Some(bytes) = self.bytes {
            answer = answer.header(CONTENT_LENGTH, bytes);
        }
        if let Some(etag) = self.etag {
            answer = answer.header(ETAG, etag);
        }
        answer.body(self.body)
    }
}

impl<F: FileType> ApiResponse for FileAnswer<F> {
    fn meta() -> MetaResponses {
        let content = MetaMediaType {
            content_type: F::MEDIA_TYPE,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format(
                "string", "binary",
            ))),
        };
        let name = header::<String>("Content-Disposition", "The name of the file.");
        meta(200, "The file.", vec![content], vec![name])
    }

    fn register(_registry: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_pieces_are_put_together_and_an_error_comes_after_what_was_read() {
        let piece = |length| Ok::<_, io::Error>(Bytes::from(vec![b'x'; length]));
        let failed = Err(io::Error::other("gone"));
        let given = stream::iter([piece(PIECE), piece(1), piece(PIECE), piece(7), failed]);
        let lengths: Vec<Option<usize>> = worthwhile(given)
            .map(|piece| piece.ok().map(|piece| piece.len()))
            .collect()
            .await;
        assert_eq!(lengths, [Some(PIECE), Some(PIECE + 1), Some(7), None]);
    }
}
