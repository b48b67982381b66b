//! Shapes of answers: created, accepted, done, tagged with a revision, in pieces.

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use installhub_kernel::Page;
use poem::http::StatusCode;
use poem::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, ETAG, LOCATION};
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

use crate::caller::Caller;

fn header<T: Type>(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: false,
        schema: T::schema_ref(),
    }
}

fn meta(
    status: u16,
    description: &'static str,
    content: Vec<MetaMediaType>,
    headers: Vec<MetaHeader>,
) -> MetaResponses {
    MetaResponses {
        responses: vec![MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers,
        }],
    }
}

fn json<T: Type>() -> Vec<MetaMediaType> {
    vec![MetaMediaType {
        content_type: Json::<T>::CONTENT_TYPE,
        schema: T::schema_ref(),
    }]
}

fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

fn tag_header() -> MetaHeader {
    header::<String>("ETag", "The revision, for `If-Match`.")
}

/// A resource with its revision as `ETag`.
pub struct Tagged<T> {
    /// The resource.
    pub view: T,
    /// Its revision.
    pub revision: u64,
}

impl<T: ToJSON> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        Json(self.view)
            .with_header(ETAG, etag(self.revision))
            .into_response()
    }
}

impl<T: ToJSON> ApiResponse for Tagged<T> {
    fn meta() -> MetaResponses {
        meta(200, "", json::<T>(), vec![tag_header()])
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// A resource that has come to be: 201 with its path and revision.
pub struct Created<T> {
    /// The resource.
    pub view: T,
    /// Its path.
    pub location: String,
    /// Its revision.
    pub revision: u64,
}

impl<T: ToJSON> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        Json(self.view)
            .with_status(StatusCode::CREATED)
            .with_header(LOCATION, self.location)
            .with_header(ETAG, etag(self.revision))
            .into_response()
    }
}

impl<T: ToJSON> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        let headers = vec![
            header::<String>("Location", "The path of what was created."),
            tag_header(),
        ];
        meta(201, "Created.", json::<T>(), headers)
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// A job that has begun: 202 with its path.
pub struct Accepted<T> {
    /// The job.
    pub view: T,
    /// Its path.
    pub location: String,
}

impl<T: ToJSON> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        Json(self.view)
            .with_status(StatusCode::ACCEPTED)
            .with_header(LOCATION, self.location)
            .into_response()
    }
}

impl<T: ToJSON> ApiResponse for Accepted<T> {
    fn meta() -> MetaResponses {
        let headers = vec![header::<String>("Location", "The path of the job.")];
        meta(202, "A job has begun.", json::<T>(), headers)
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// Done, and nothing to say: 204.
pub struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        meta(204, "Done.", vec![], vec![])
    }

    fn register(_registry: &mut Registry) {}
}

/// The browser goes on elsewhere: 303.
pub struct Redirect(pub String);

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        StatusCode::SEE_OTHER
            .with_header(LOCATION, self.0)
            .into_response()
    }
}

impl ApiResponse for Redirect {
    fn meta() -> MetaResponses {
        let headers = vec![header::<String>("Location", "Where to go on.")];
        meta(303, "The browser goes on elsewhere.", vec![], headers)
    }

    fn register(_registry: &mut Registry) {}
}

/// Bytes as they come, under a file name.
pub struct FileAnswer {
    body: Body,
    media_type: &'static str,
    name: String,
    bytes: Option<u64>,
    etag: Option<String>,
}

impl FileAnswer {
    /// A file of `bytes` bytes, if that is known, named `name`. The caller's place among the requests that are being done is
    /// held until the last byte; who needs no sign-in has none.
    pub fn new<E: Into<std::io::Error> + 'static>(
        media_type: &'static str,
        name: String,
        bytes: Option<u64>,
        pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        caller: Option<&Caller>,
    ) -> Self {
        let place = caller.map(Caller::place);
        let pieces = pieces.map(move |piece| {
            let _held = &place;
            piece
        });
        Self {
            body: Body::from_bytes_stream(pieces),
            media_type,
            name,
            bytes,
            etag: None,
        }
    }

    /// Tags the file with its digest.
    #[must_use]
    pub fn tagged(self, digest: impl std::fmt::Display) -> Self {
        Self {
            etag: Some(format!("\"{digest}\"")),
            ..self
        }
    }
}

impl IntoResponse for FileAnswer {
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
        let mut answer = Response::builder().content_type(self.media_type).header(
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

/// One page of a list.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub struct PageView<T: ToJSON + ParseFromJSON + Send + Sync> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; missing on the last one.
    #[oai(skip_serializing_if_is_none)]
    pub next_cursor: Option<String>,
}

impl<V, T> From<Page<V>> for PageView<T>
where
    T: ToJSON + ParseFromJSON + Send + Sync + From<V>,
{
    fn from(page: Page<V>) -> Self {
        Self {
            items: page.items.into_iter().map(T::from).collect(),
            next_cursor: page.next_cursor.map(|cursor| cursor.0),
        }
    }
}
