//! Users: people who belong to a tenant.

mod views;

use std::sync::Arc;

use installhub_access::{Access, User, UserFilter};
use installhub_deletion::{Deletion, EntityKind};
use installhub_http_kit::{
    ApiError, Caller, Created, Done, PageView, Tagged, optional_revision, page, parameter, revision,
};
use installhub_kernel::{TenantId, UserId};
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use self::views::{StatusView, UserChangeInput, UserInput, UserView};
use crate::PREFIX;
use crate::tags::Tag;

pub(crate) struct Users {
    pub(crate) access: Arc<Access>,
    pub(crate) deletion: Arc<Deletion>,
}

fn tagged(user: User) -> Tagged<UserView> {
    Tagged {
        revision: user.revision,
        view: user.into(),
    }
}

#[OpenApi(tag = "Tag::Users")]
impl Users {
    /// Create a user
    ///
    /// In the own tenant, or with `platform:user-manage` in any. Nobody gives a role that may more than they do.
    #[oai(path = "/users", method = "post", operation_id = "createUser")]
    async fn create(
        &self,
        caller: Caller,
        input: Json<UserInput>,
    ) -> Result<Created<UserView>, ApiError> {
        let user = self.access.create_user(&caller, input.0.read()?).await?;
        Ok(Created {
            location: format!("{PREFIX}/users/{}", user.id),
            revision: user.revision,
            view: user.into(),
        })
    }

    /// List users
    ///
    /// Of the own tenant, or with `platform:user-manage` of any; newest first.
    #[oai(path = "/users", method = "get", operation_id = "listUsers")]
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
        /// Those whose e-mail or name contains this, whatever the case.
        #[oai(validator(max_length = 200))]
        text: Query<Option<String>>,
        /// Those with this role.
        role: Query<Option<String>>,
        /// Those with this status.
        status: Query<Option<StatusView>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<UserView>>, ApiError> {
        let filter = UserFilter {
            tenant: tenant.0.map(TenantId::from_uuid),
            text: text.0,
            role: parameter("role", role.0)?,
            status: status.0.map(Into::into),
        };
        let found = self
            .access
            .users(&caller, &filter, page(limit.0, cursor.0)?)
            .await?;
        Ok(Json(found.into()))
    }

    /// Read a user
    ///
    /// Of the own tenant, or with `platform:user-manage` of any.
    #[oai(path = "/users/:id", method = "get", operation_id = "getUser")]
    async fn get(&self, caller: Caller, id: Path<Uuid>) -> Result<Tagged<UserView>, ApiError> {
        Ok(tagged(
            self.access.user(&caller, UserId::from_uuid(id.0)).await?,
        ))
    }

    /// Change a user
    ///
    /// What is missing stays. A suspended user and one with a new password have no session any more.
    #[oai(path = "/users/:id", method = "patch", operation_id = "changeUser")]
    async fn change(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// The revision that was read.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        input: Json<UserChangeInput>,
    ) -> Result<Tagged<UserView>, ApiError> {
        let expected = revision(if_match.0.as_deref())?;
        let (id, change) = (UserId::from_uuid(id.0), input.0.read()?);
        Ok(tagged(
            self.access
                .change_user(&caller, id, Some(expected), change)
                .await?,
        ))
    }

    /// Delete a user
    ///
    /// Nothing of theirs opens the door any more; they can be restored. The last administrator cannot be deleted.
    #[oai(path = "/users/:id", method = "delete", operation_id = "deleteUser")]
    async fn delete(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// Only if it still has this revision.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Done, ApiError> {
        let expected = optional_revision(if_match.0.as_deref())?;
        self.access
            .delete_user(&caller, UserId::from_uuid(id.0), expected)
            .await?;
        Ok(Done)
    }

    /// Restore a user
    #[oai(
        path = "/users/:id/restore",
        method = "post",
        operation_id = "restoreUser"
    )]
    async fn restore(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.deletion
            .restore(&caller, EntityKind::User, &id.to_string())
            .await?;
        Ok(Done)
    }
}
