//! One API: its routes, its document, its table of operations, under one prefix.

use std::collections::HashMap;
use std::marker::PhantomData;

use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::{EndpointExt, IntoEndpoint, Response};
use poem_openapi::registry::{MetaApi, Registry};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::Value;

use crate::document::complete;
use crate::operation::{Operation, OperationError, Operations};

/// What an API is, but for its routes.
#[derive(Debug, Clone)]
pub struct ApiOutline {
    /// Where it is mounted, such as `/api/v1`.
    pub prefix: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What each of its operations needs and takes.
    pub operations: Vec<Operation>,
}

impl ApiOutline {
    /// Whether a document has exactly the operations of the table.
    pub fn fits(&self, document: &str) -> Result<(), OperationError> {
        let document = serde_json::from_str(document).unwrap_or_default();
        Operations::default().add(&document, &self.operations)
    }
}

/// An API, ready to be mounted.
pub struct Api {
    pub(crate) prefix: &'static str,
    pub(crate) routes: BoxEndpoint<'static, Response>,
    pub(crate) document: Value,
    pub(crate) title: &'static str,
    pub(crate) operations: Vec<Operation>,
}

impl Api {
    /// Puts resources into an outline. Fails when the table of operations and the resources do not fit together.
    pub fn new<T: OpenApi + 'static>(
        outline: ApiOutline,
        resources: T,
    ) -> Result<Self, OperationError> {
        let service = described(&outline, resources);
        let written = service.spec();
        let document = complete(&written, &outline.operations);
        Operations::default().add(&document, &outline.operations)?;
        Ok(Self {
            prefix: outline.prefix,
            routes: service.into_endpoint().map_to_response().boxed(),
            document,
            title: outline.title,
            operations: outline.operations,
        })
    }

    /// The OpenAPI document of the resources that `build` would make: indented, in an order that does not change from one build
    /// to the next.
    pub fn document_of<S, T: OpenApi + 'static>(outline: &ApiOutline, build: fn(S) -> T) -> String {
        // Only the type is needed.
        let _ = build;
        let written = described(outline, Shape::<T>(PhantomData)).spec();
        pretty(&complete(&written, &outline.operations))
    }

    /// The OpenAPI document.
    pub fn document(&self) -> String {
        pretty(&self.document)
    }

    /// What each operation needs.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

/// A page to try an API, with the document in it. Made when somebody looks: it is large, and nobody looks at most of them.
pub(crate) fn page(title: &str, document: &str) -> String {
    let bare = OpenApiService::new((), title, env!("CARGO_PKG_VERSION"));
    bare.swagger_ui_html()
        .replace(&bare.spec(), document)
        .replace(
            "<title>Swagger UI</title>",
            &format!("<title>{title}</title>"),
        )
}

fn described<T: OpenApi>(outline: &ApiOutline, resources: T) -> OpenApiService<T, ()> {
    OpenApiService::new(resources, outline.title, env!("CARGO_PKG_VERSION"))
        .description(outline.description)
        .url_prefix(outline.prefix)
}

fn pretty(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Resources as the document sees them, without anything behind them.
struct Shape<T>(PhantomData<T>);

impl<T: OpenApi> OpenApi for Shape<T> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, _routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}
