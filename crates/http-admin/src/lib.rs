#![doc = include_str!("../README.md")]

mod audit;
mod configuration;
mod jobs;
mod operations;
mod purges;
mod roles;
mod tags;
mod tenants;
mod users;

use std::sync::Arc;

use installhub_access::Access;
use installhub_auditing::Audit;
use installhub_deletion::Deletion;
use installhub_http_kit::{Api, ApiOutline, OperationError, SHARED_OPERATIONS, shared};
use installhub_jobs::Jobs;
use poem_openapi::OpenApi;
use serde_json::Value;

/// Where the API is mounted.
pub(crate) const PREFIX: &str = "/api/admin/v1";

/// The use cases behind the API.
#[derive(Clone)]
pub struct Services {
    /// Tenants, users, sign-ins and tokens.
    pub access: Arc<Access>,
    /// Audit chains.
    pub audit: Audit,
    /// Deletion, restoring, purging.
    pub deletion: Arc<Deletion>,
    /// Jobs.
    pub jobs: Jobs,
    /// The configuration as it is in force, with secrets hidden.
    pub configuration: Arc<dyn Fn() -> Value + Send + Sync>,
    /// Whether cookies are for `https` only.
    pub secure_cookies: bool,
}

/// The admin API.
pub fn api(services: Services) -> Result<Api, OperationError> {
    Api::new(outline(), resources(services))
}

/// The OpenAPI document, as it is kept in `docs/openapi/admin.json`.
pub fn document() -> String {
    Api::document_of(&outline(), resources)
}

fn outline() -> ApiOutline {
    ApiOutline {
        prefix: PREFIX,
        title: "InstallHub admin API",
        description: "Tenants, people, and what they did.",
        operations: [SHARED_OPERATIONS, operations::OPERATIONS].concat(),
    }
}

fn resources(services: Services) -> impl OpenApi {
    let Services {
        access,
        audit,
        deletion,
        jobs,
        configuration,
        secure_cookies,
    } = services;
    (
        shared(Arc::clone(&access), PREFIX, secure_cookies),
        tenants::Tenants {
            access: Arc::clone(&access),
            deletion: Arc::clone(&deletion),
        },
        users::Users {
            access,
            deletion: Arc::clone(&deletion),
        },
        roles::Roles,
        audit::AuditTrail { audit },
        purges::Purges { deletion },
        jobs::TenantJobs { jobs },
        configuration::Configuration { configuration },
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn document_and_table_fit() {
        super::outline().fits(&super::document()).expect("they fit");
    }
}
