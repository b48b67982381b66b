//! The audit trail: who did what.

mod views;

use installhub_access::Permission;
use installhub_audit_chain::{EventFilter, ObjectRef};
use installhub_auditing::{Audit, Chain, ExportRange};
use installhub_http_kit::{
    ApiError, Caller, FileAnswer, NdJson, PageView, Timestamp, page, parameter,
};
use installhub_kernel::TenantId;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use uuid::Uuid;

use self::views::{EventView, VerificationView};
use crate::tags::Tag;

pub(crate) struct AuditTrail {
    pub(crate) audit: Audit,
}

/// The chain that is asked for. Who reads the platform's trail alone asks for that one when they name none.
fn chain(caller: &Caller, tenant: Option<Uuid>) -> Chain {
    match tenant {
        Some(tenant) => Chain::Of(TenantId::from_uuid(tenant)),
        None if caller.has(Permission::AuditRead) => Chain::Own,
        None => Chain::Of(TenantId::PLATFORM),
    }
}

/// A text to look for. No event holds control characters, and not every engine could be asked about all of them.
fn text(name: &str, given: Option<String>) -> Result<Option<String>, ApiError> {
    match given {
        Some(text) if text.contains(char::is_control) => Err(ApiError::bad_parameter(
            name,
            "expected a text without control characters",
        )),
        given => Ok(given),
    }
}

#[OpenApi(tag = "Tag::Audit")]
impl AuditTrail {
    /// List events
    ///
    /// Of the own tenant, or with `platform:audit-read` of any, and of the platform (the tenant of zeros); newest first.
    #[oai(
        path = "/audit/events",
        method = "get",
        operation_id = "listAuditEvents"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a parameter of the operation"
    )]
    async fn list(
        &self,
        caller: Caller,
        /// Of this tenant.
        #[oai(name = "tenantId")]
        tenant: Query<Option<Uuid>>,
        /// Those of this actor.
        #[oai(validator(max_length = 254))]
        actor: Query<Option<String>>,
        /// Those whose action begins so: `artifact.` finds `artifact.created`.
        #[oai(validator(max_length = 100))]
        action: Query<Option<String>>,
        /// Those about objects of this kind; goes with `objectId`.
        #[oai(name = "objectKind", validator(max_length = 100))]
        object_kind: Query<Option<String>>,
        /// Those about the object with this id; goes with `objectKind`.
        #[oai(name = "objectId", validator(max_length = 512))]
        object_id: Query<Option<String>>,
        /// Not before.
        from: Query<Option<Timestamp>>,
        /// Before.
        to: Query<Option<Timestamp>>,
        /// With this outcome: `success`, `denied` or `failure`.
        outcome: Query<Option<String>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<EventView>>, ApiError> {
        let filter = EventFilter {
            actor: text("actor", actor.0)?,
            action: text("action", action.0)?,
            object: object(
                text("objectKind", object_kind.0)?,
                text("objectId", object_id.0)?,
            )?,
            from: from.0.map(|time| time.0),
            to: to.0.map(|time| time.0),
            outcome: parameter("outcome", outcome.0)?,
        };
        let (chain, page) = (chain(&caller, tenant.0), page(limit.0, cursor.0)?);
        Ok(Json(
            self.audit.list(&caller, chain, &filter, page).await?.into(),
        ))
    }

    /// Verify a chain
    ///
    /// Every event, the head and the signed checkpoints; names the first bad event.
    #[oai(
        path = "/audit/verification",
        method = "get",
        operation_id = "verifyAudit"
    )]
    async fn verify(
        &self,
        caller: Caller,
        /// Of this tenant.
        #[oai(name = "tenantId")]
        tenant: Query<Option<Uuid>>,
    ) -> Result<Json<VerificationView>, ApiError> {
        let found = self.audit.verify(&caller, chain(&caller, tenant.0)).await?;
        Ok(Json(found.into()))
    }

    /// Export a chain
    ///
    /// A file of one JSON document in each line that proves itself; the command line verifies it without the service.
    #[oai(path = "/audit/export", method = "get", operation_id = "exportAudit")]
    async fn export(
        &self,
        caller: Caller,
        /// Of this tenant.
        #[oai(name = "tenantId")]
        tenant: Query<Option<Uuid>>,
        /// The sequence of the first event.
        from: Query<Option<u64>>,
        /// The sequence of the last event.
        to: Query<Option<u64>>,
    ) -> Result<FileAnswer<NdJson>, ApiError> {
        let range = ExportRange {
            from: from.0,
            to: to.0,
        };
        let pieces = self
            .audit
            .export(&caller, chain(&caller, tenant.0), range)
            .await?;
        Ok(FileAnswer::new(
            "audit.ndjson".to_owned(),
            pieces,
            Some(&caller),
        ))
    }
}

fn object(kind: Option<String>, id: Option<String>) -> Result<Option<ObjectRef>, ApiError> {
    match (kind, id) {
        (Some(kind), Some(id)) => Ok(Some(ObjectRef { id, kind })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ApiError::bad_parameter(
            "objectId",
            "missing beside objectKind",
        )),
        (None, Some(_)) => Err(ApiError::bad_parameter(
            "objectKind",
            "missing beside objectId",
        )),
    }
}
