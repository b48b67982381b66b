//! What each API is given.

use std::sync::Arc;

use installhub_http_kit::{Api as Mounted, OperationError};

use super::Service;
use super::serving::Api;

/// One API, ready to be mounted.
pub(super) fn mounted(api: Api, service: &Service) -> Result<Mounted, OperationError> {
    let secure_cookies = service.secure_cookies();
    match api {
        Api::Creator => installhub_http_creator::api(installhub_http_creator::Services {
            access: service.access.clone(),
            catalog: service.catalog.as_ref().clone(),
            connections: service.connections.clone(),
            deletion: service.deletion.clone(),
            jobs: service.jobs.as_ref().clone(),
            schedules: service.schedules.as_ref().clone(),
            secure_cookies,
        }),
        Api::Admin => installhub_http_admin::api(installhub_http_admin::Services {
            access: service.access.clone(),
            audit: service.audit.as_ref().clone(),
            deletion: service.deletion.clone(),
            jobs: service.jobs.as_ref().clone(),
            configuration: configuration(service),
            secure_cookies,
        }),
        Api::Marketplace => {
            installhub_http_marketplace::api(installhub_http_marketplace::Services {
                access: service.access.clone(),
                catalog: service.catalog.as_ref().clone(),
                secure_cookies,
            })
        }
    }
}

/// The settings in force, secrets hidden.
fn configuration(service: &Service) -> Arc<dyn Fn() -> serde_json::Value + Send + Sync> {
    let shown = serde_json::to_value(&service.shown).unwrap_or_default();
    Arc::new(move || shown.clone())
}
