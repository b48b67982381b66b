//! Where tokens are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{Page, PageRequest, StoreError, TenantScope, TokenId, UserId};

use crate::{TenantStatus, Token, User};

/// A token with everything that decides whether it opens the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenToken {
    /// The token.
    pub token: Token,
    /// The digest of its secret.
    pub digest: Digest,
    /// Its owner; `None` for service tokens, and if the owner is deleted.
    pub owner: Option<User>,
    /// How the tenant is; `None` if it is deleted.
    pub tenant: Option<TenantStatus>,
}

/// Which tokens of a tenant are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFilter {
    /// All of them.
    All,
    /// Those of a person.
    OwnedBy(UserId),
}

/// The tokens that are not deleted; revoked ones are among them.
#[async_trait]
pub trait TokenRepository: Send {
    /// Adds a token.
    async fn add(
        &mut self,
        scope: &TenantScope,
        token: &Token,
        digest: Digest,
    ) -> Result<(), StoreError>;

    /// A token with its owner and tenant, in one read.
    async fn open(
        &mut self,
        scope: &TenantScope,
        id: TokenId,
    ) -> Result<Option<OpenToken>, StoreError>;

    /// Remembers that it was used; no change of the record.
    async fn touch(
        &mut self,
        scope: &TenantScope,
        id: TokenId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// A token.
    async fn find(&mut self, scope: &TenantScope, id: TokenId)
    -> Result<Option<Token>, StoreError>;

    /// Replaces revocation and revision.
    async fn save(&mut self, scope: &TenantScope, token: &Token) -> Result<(), StoreError>;

    /// Replaces the secret: the old one opens nothing any more.
    async fn set_digest(
        &mut self,
        scope: &TenantScope,
        id: TokenId,
        digest: Digest,
    ) -> Result<(), StoreError>;

    /// Tokens of the tenant, newest first.
    async fn list(
        &mut self,
        scope: &TenantScope,
        filter: TokenFilter,
        page: PageRequest,
    ) -> Result<Page<Token>, StoreError>;
}
