//! Shapes of answers: created, accepted, done, tagged with a revision, in pieces.

use installhub_kernel::Page;
use poem::http::StatusCode;
use poem::http::header::{ETAG, LOCATION};
use poem::{IntoResponse, Response};
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

pub(crate) fn header<T: Type>(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: false,
        schema: T::schema_ref(),
    }
}

pub(crate) fn meta(
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

/// Views write themselves: some hold numbers that must stay as they were written.
fn written(status: StatusCode, view: &impl ToJSON) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json")
        .body(view.to_json_string())
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
        written(StatusCode::OK, &self.view)
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
        written(StatusCode::CREATED, &self.view)
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
        written(StatusCode::ACCEPTED, &self.view)
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

/// One page of a list.
#[derive(Object)]
#[oai(rename = "Page", rename_all = "camelCase")]
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
