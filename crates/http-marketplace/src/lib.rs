#![doc = include_str!("../README.md")]

mod operations;
mod packages;

use std::sync::Arc;

use installhub_access::Access;
use installhub_catalog::Catalog;
use installhub_http_kit::{Api, ApiOutline, OperationError, SHARED_OPERATIONS, shared};
use poem_openapi::OpenApi;

/// Where the API is mounted.
const PREFIX: &str = "/api/marketplace/v1";

/// The use cases behind the API.
#[derive(Clone)]
pub struct Services {
    /// Sign-ins and tokens.
    pub access: Arc<Access>,
    /// Packages.
    pub catalog: Catalog,
    /// Whether cookies are for `https` only.
    pub secure_cookies: bool,
}

/// The marketplace API.
pub fn api(services: Services) -> Result<Api, OperationError> {
    Api::new(outline(), resources(services))
}

/// The OpenAPI document, as it is kept in `docs/openapi/marketplace.json`.
pub fn document() -> String {
    Api::document_of(&outline(), resources)
}

fn outline() -> ApiOutline {
    ApiOutline {
        prefix: PREFIX,
        title: "InstallHub marketplace API",
        description: "Packages for who wants to install them.",
        operations: [SHARED_OPERATIONS, operations::OPERATIONS].concat(),
    }
}

fn resources(services: Services) -> impl OpenApi {
    let Services {
        access,
        catalog,
        secure_cookies,
    } = services;
    (
        shared(access, PREFIX, secure_cookies),
        packages::Packages { catalog },
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn document_and_table_fit() {
        super::outline().fits(&super::document()).expect("they fit");
    }
}
