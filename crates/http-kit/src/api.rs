//! One API: its routes, its document, its table of operations, under one prefix.

use bytes::Bytes;
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, IntoEndpoint, Response};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::Value;

use crate::document::complete;
use crate::operation::{Operation, OperationError, Operations};

/// An API, ready to be mounted.
pub struct Api {
    pub(crate) prefix: &'static str,
    pub(crate) routes: BoxEndpoint<'static, Response>,
    pub(crate) document: Value,
    pub(crate) page: Bytes,
    pub(crate) operations: Vec<Operation>,
}

impl Api {
    /// Puts an API under `prefix`, such as `/api/v1`.
    pub fn new<T: OpenApi + 'static>(
        prefix: &'static str,
        title: &str,
        description: &str,
        resources: T,
        operations: Vec<Operation>,
    ) -> Result<Self, OperationError> {
        let service = OpenApiService::new(resources, title, env!("CARGO_PKG_VERSION"))
            .description(description)
            .url_prefix(prefix);
        let written = service.spec();
        let document = complete(&written, &operations);
        let page = service
            .swagger_ui_html()
            .replace(&written, &document.to_string())
            .replace(
                "<title>Swagger UI</title>",
                &format!("<title>{title}</title>"),
            );
        Operations::default().add(&document, &operations)?;
        Ok(Self {
            prefix,
            routes: service.into_endpoint().map_to_response().boxed(),
            document,
            page: page.into(),
            operations,
        })
    }

    /// The OpenAPI document, indented, in an order that does not change from one build to the next.
    pub fn document(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What each operation needs.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}
