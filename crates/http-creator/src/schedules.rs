//! Schedules: rules by which jobs come to be.

mod views;

use std::sync::Arc;

use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Created, Done, PageView, Tagged, optional_revision, page, revision,
};
use installhub_jobs::{Schedule, Schedules};
use installhub_kernel::ScheduleId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use self::views::{ScheduleChangeInput, ScheduleInput, ScheduleView};
use crate::PREFIX;
use crate::tags::Tag;

pub(crate) struct ScheduleResource {
    pub(crate) schedules: Schedules,
    pub(crate) deletion: Arc<Deletion>,
}

fn tagged(schedule: Schedule) -> Tagged<ScheduleView> {
    Tagged {
        revision: schedule.revision,
        view: schedule.into(),
    }
}

#[OpenApi(tag = "Tag::Schedules")]
impl ScheduleResource {
    /// Create a schedule
    ///
    /// Its jobs are done in the name of whoever creates it.
    #[oai(path = "/schedules", method = "post", operation_id = "createSchedule")]
    async fn create(
        &self,
        caller: Caller,
        input: Json<ScheduleInput>,
    ) -> Result<Created<ScheduleView>, ApiError> {
        let schedule = self.schedules.create(&caller, &input.0.read()?).await?;
        Ok(Created {
            location: format!("{PREFIX}/schedules/{}", schedule.id),
            revision: schedule.revision,
            view: schedule.into(),
        })
    }

    /// List schedules
    ///
    /// Newest first.
    #[oai(path = "/schedules", method = "get", operation_id = "listSchedules")]
    async fn list(
        &self,
        caller: Caller,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<ScheduleView>>, ApiError> {
        let found = self
            .schedules
            .list(&caller, &page(limit.0, cursor.0)?)
            .await?;
        Ok(Json(found.into()))
    }

    /// Read a schedule
    #[oai(path = "/schedules/:id", method = "get", operation_id = "getSchedule")]
    async fn get(&self, caller: Caller, id: Path<Uuid>) -> Result<Tagged<ScheduleView>, ApiError> {
        Ok(tagged(
            self.schedules
                .get(&caller, ScheduleId::from_uuid(id.0))
                .await?,
        ))
    }

    /// Change a schedule
    ///
    /// What is missing stays.
    #[oai(
        path = "/schedules/:id",
        method = "patch",
        operation_id = "changeSchedule"
    )]
    async fn change(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// The revision that was read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        input: Json<ScheduleChangeInput>,
    ) -> Result<Tagged<ScheduleView>, ApiError> {
        let expected = revision(if_match.0.as_deref())?;
        let (id, edit) = (ScheduleId::from_uuid(id.0), input.0.read()?);
        Ok(tagged(
            self.schedules
                .change(&caller, id, Some(expected), &edit)
                .await?,
        ))
    }

    /// Delete a schedule
    ///
    /// It can be restored.
    #[oai(
        path = "/schedules/:id",
        method = "delete",
        operation_id = "deleteSchedule"
    )]
    async fn delete(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// Only if it still has this revision.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Done, ApiError> {
        let expected = optional_revision(if_match.0.as_deref())?;
        self.schedules
            .delete(&caller, ScheduleId::from_uuid(id.0), expected)
            .await?;
        Ok(Done)
    }

    /// Restore a schedule
    #[oai(
        path = "/schedules/:id/restore",
        method = "post",
        operation_id = "restoreSchedule"
    )]
    async fn restore(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.deletion
            .restore(&caller, EntityKind::Schedule, &id.to_string())
            .await?;
        Ok(Done)
    }
}
