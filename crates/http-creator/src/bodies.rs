//! Bodies that are more than the framework's JSON: documents whose numbers stay as they were written, and archives.

use futures::{StreamExt as _, TryStreamExt as _};
use installhub_artifact::{Json, parse, to_compact_string};
use installhub_http_kit::{ApiError, ErrorCode};
use installhub_package_format::{BundleStoreError, BundleStream};
use poem::{Body, FromRequest, Request, RequestBody, Result};
use poem_openapi::impl_apirequest_for_payload;
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, Type};

/// A JSON body with a member `content`, which is kept as it was written; the other members are read as `H`, and the document
/// shows the body as `V`.
pub(crate) struct WithContent<H, V> {
    pub(crate) header: H,
    pub(crate) content: Json,
    shown_as: std::marker::PhantomData<V>,
}

impl<H: Send, V: Type> Payload for WithContent<H, V> {
    const CONTENT_TYPE: &'static str = "application/json; charset=utf-8";

    fn check_content_type(content_type: &str) -> bool {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
            || essence.starts_with("application/") && essence.ends_with("+json")
    }

    fn schema_ref() -> MetaSchemaRef {
        V::schema_ref()
    }

    fn register(registry: &mut Registry) {
        V::register(registry);
    }
}

impl<H: ParseFromJSON, V: Type> ParsePayload for WithContent<H, V> {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> Result<Self> {
        let bytes = Vec::<u8>::from_request(request, body).await?;
        Ok(read(&bytes)?)
    }
}

impl_apirequest_for_payload!(WithContent<H, V>, H: ParseFromJSON, V: Type);

fn read<H: ParseFromJSON, V>(bytes: &[u8]) -> Result<WithContent<H, V>, ApiError> {
    let whole = parse(bytes).map_err(|error| {
        ApiError::new(
            ErrorCode::InvalidJson,
            format!("the body is not JSON: {error}"),
        )
    })?;
    let Json::Object(members) = whole else {
        let found = whole.kind_name();
        return Err(ApiError::new(
            ErrorCode::InvalidInput,
            format!("found {found}, expected an object"),
        ));
    };
    let mut content = None;
    let mut others = serde_json::Map::new();
    for (name, value) in members {
        if name == "content" {
            content = Some(value);
        } else {
            // Strict JSON is JSON; a number that does not fit is none of our members'.
            let value = serde_json::from_str(&to_compact_string(&value)).unwrap_or_default();
            others.insert(name, value);
        }
    }
    let content = content
        .ok_or_else(|| ApiError::invalid_field("content", "required", "expected the document"))?;
    let header = H::parse_from_json(Some(serde_json::Value::Object(others)))
        .map_err(|error| ApiError::new(ErrorCode::InvalidInput, error.into_message()))?;
    Ok(WithContent {
        header,
        content,
        shown_as: std::marker::PhantomData,
    })
}

/// A package file as the body of a request.
pub(crate) struct PackageFile(pub(crate) Body);

impl Payload for PackageFile {
    const CONTENT_TYPE: &'static str = "application/zip";

    fn check_content_type(content_type: &str) -> bool {
        matches!(content_type, "application/zip" | "application/octet-stream")
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")))
    }
}

impl ParsePayload for PackageFile {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> Result<Self> {
        Ok(Self(Body::from_request(request, body).await?))
    }
}

impl_apirequest_for_payload!(PackageFile);

/// A body as the catalogue reads it.
pub(crate) fn pieces(body: Body) -> BundleStream {
    body.into_bytes_stream()
        .map_err(|error| BundleStoreError::Interrupted(error.into()))
        .boxed()
}
