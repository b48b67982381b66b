#![doc = include_str!("../README.md")]

mod artifacts;
mod bodies;
mod connections;
mod deleted;
mod downloads;
mod jobs;
mod operations;
mod package_versions;
mod packages;
mod schedules;
mod tags;
mod uploads;

use std::sync::Arc;

use installhub_access::Access;
use installhub_catalog::Catalog;
use installhub_connections::Connections;
use installhub_deletion::Deletion;
use installhub_http_kit::{Api, ApiOutline, OperationError, SHARED_OPERATIONS, shared};
use installhub_jobs::{Jobs, Schedules};
use poem_openapi::OpenApi;

/// Where the API is mounted.
pub(crate) const PREFIX: &str = "/api/v1";

/// The use cases behind the API.
#[derive(Clone)]
pub struct Services {
    /// Sign-ins and tokens.
    pub access: Arc<Access>,
    /// Artifacts and packages.
    pub catalog: Catalog,
    /// Connections.
    pub connections: Arc<Connections>,
    /// Deletion, restoring, purging.
    pub deletion: Arc<Deletion>,
    /// Jobs.
    pub jobs: Jobs,
    /// Schedules.
    pub schedules: Schedules,
    /// Whether cookies are for `https` only.
    pub secure_cookies: bool,
}

/// The creator API.
pub fn api(services: Services) -> Result<Api, OperationError> {
    Api::new(outline(), resources(services))
}

/// The OpenAPI document, as it is kept in `docs/openapi/creator.json`.
pub fn document() -> String {
    Api::document_of(&outline(), resources)
}

fn outline() -> ApiOutline {
    ApiOutline {
        prefix: PREFIX,
        title: "InstallHub creator API",
        description: "Artifacts and packages of a tenant: made, kept, uploaded, fetched.",
        operations: [SHARED_OPERATIONS, operations::OPERATIONS].concat(),
    }
}

fn resources(services: Services) -> impl OpenApi {
    let Services {
        access,
        catalog,
        connections,
        deletion,
        jobs,
        schedules,
        secure_cookies,
    } = services;
    (
        shared(access, PREFIX, secure_cookies),
        artifacts::Artifacts {
            catalog: catalog.clone(),
            deletion: Arc::clone(&deletion),
        },
        packages::Packages {
            catalog: catalog.clone(),
            deletion: Arc::clone(&deletion),
        },
        package_versions::PackageVersions {
            catalog: catalog.clone(),
            deletion: Arc::clone(&deletion),
        },
        downloads::Downloads {
            catalog: catalog.clone(),
        },
        uploads::Uploads { catalog },
        jobs::JobResource { jobs },
        schedules::ScheduleResource {
            schedules,
            deletion: Arc::clone(&deletion),
        },
        connections::ConnectionResource {
            connections,
            deletion: Arc::clone(&deletion),
        },
        deleted::DeletedItems { deletion },
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn document_and_table_fit() {
        super::outline().fits(&super::document()).expect("they fit");
    }
}
