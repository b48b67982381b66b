//! Jobs of tenants, for who looks after the platform.

use installhub_http_kit::{ApiError, Caller, JobView, PageView, job_filter, page};
use installhub_jobs::Jobs;
use installhub_kernel::TenantId;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use uuid::Uuid;

use crate::tags::Tag;

pub(crate) struct TenantJobs {
    pub(crate) jobs: Jobs,
}

#[OpenApi(tag = "Tag::Platform")]
impl TenantJobs {
    /// List the jobs of a tenant
    ///
    /// Newest first. That somebody looked is noted in the platform's audit trail.
    #[oai(path = "/jobs", method = "get", operation_id = "listTenantJobs")]
    async fn list(
        &self,
        caller: Caller,
        /// The tenant; without it the own one.
        #[oai(name = "tenantId")]
        tenant: Query<Option<Uuid>>,
        /// Those in this state: `queued`, `running`, `succeeded`, `failed` or `cancelled`.
        state: Query<Option<String>>,
        /// Those of this kind, such as `package.admit`.
        kind: Query<Option<String>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<JobView>>, ApiError> {
        let tenant = tenant.0.map_or(caller.tenant(), TenantId::from_uuid);
        let (filter, page) = (job_filter(state.0, kind.0)?, page(limit.0, cursor.0)?);
        Ok(Json(
            self.jobs
                .list_of(&caller, tenant, &filter, &page)
                .await?
                .into(),
        ))
    }
}
