//! The configuration of the service.

use std::sync::Arc;

use installhub_access::Permission;
use installhub_http_kit::{ApiError, Caller};
use poem_openapi::OpenApi;
use poem_openapi::payload::Json;
use serde_json::Value;

use crate::tags::Tag;

pub(crate) struct Configuration {
    pub(crate) configuration: Arc<dyn Fn() -> Value + Send + Sync>,
}

#[OpenApi(tag = "Tag::Platform")]
impl Configuration {
    /// Read the configuration
    ///
    /// As it is in force in the process that answers, with secrets hidden.
    #[expect(
        clippy::unused_async,
        reason = "the framework takes async handlers only"
    )]
    #[oai(path = "/config", method = "get", operation_id = "getConfiguration")]
    async fn get(&self, caller: Caller) -> Result<Json<Value>, ApiError> {
        caller.platform_for(Permission::PlatformConfigRead)?;
        Ok(Json((self.configuration)()))
    }
}
