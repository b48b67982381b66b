//! Tokens: credentials for programs.

use std::sync::Arc;

use installhub_access::Access;
use installhub_kernel::TokenId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::Tag;
use super::views::{IssuedView, TokenInput, TokenView};
use crate::answers::{Created, Done, PageView, Tagged};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::input::page;

pub(super) struct Tokens {
    pub(super) access: Arc<Access>,
    pub(super) prefix: &'static str,
}

impl Tokens {
    fn created(&self, issued: IssuedView) -> Created<IssuedView> {
        Created {
            location: format!("{}/tokens/{}", self.prefix, issued.token.id),
            revision: issued.token.revision,
            view: issued,
        }
    }
}

#[OpenApi(tag = "Tag::Tokens")]
impl Tokens {
    /// List tokens
    ///
    /// The own tokens, newest first; with `all` those of the whole tenant, which needs `user:manage`.
    #[oai(path = "/tokens", method = "get", operation_id = "listTokens")]
    async fn list(
        &self,
        caller: Caller,
        /// Whether those of others are wanted too.
        all: Query<Option<bool>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<TokenView>>, ApiError> {
        let page = page(limit.0, cursor.0)?;
        let found = if all.0 == Some(true) {
            self.access.tenant_tokens(&caller, page).await?
        } else {
            self.access.tokens(&caller, page).await?
        };
        Ok(Json(found.into()))
    }

    /// Create a token
    ///
    /// The secret is shown in this answer and never again.
    #[oai(path = "/tokens", method = "post", operation_id = "createToken")]
    async fn create(
        &self,
        caller: Caller,
        input: Json<TokenInput>,
    ) -> Result<Created<IssuedView>, ApiError> {
        let issued = self.access.create_token(&caller, input.0.read()?).await?;
        Ok(self.created(issued.into()))
    }

    /// Read a token
    #[oai(path = "/tokens/:id", method = "get", operation_id = "getToken")]
    async fn get(&self, caller: Caller, id: Path<Uuid>) -> Result<Tagged<TokenView>, ApiError> {
        let view = TokenView::from(self.access.token(&caller, TokenId::from_uuid(id.0)).await?);
        Ok(Tagged {
            revision: view.revision,
            view,
        })
    }

    /// Revoke a token
    ///
    /// It is refused from now on.
    #[oai(path = "/tokens/:id", method = "delete", operation_id = "revokeToken")]
    async fn revoke(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.access
            .revoke_token(&caller, TokenId::from_uuid(id.0))
            .await?;
        Ok(Done)
    }

    /// Rotate a token
    ///
    /// Revokes it and makes another one like it.
    #[oai(
        path = "/tokens/:id/rotate",
        method = "post",
        operation_id = "rotateToken"
    )]
    async fn rotate(
        &self,
        caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Created<IssuedView>, ApiError> {
        let issued = self
            .access
            .rotate_token(&caller, TokenId::from_uuid(id.0))
            .await?;
        Ok(self.created(issued.into()))
    }
}
