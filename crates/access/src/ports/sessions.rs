//! Where sessions are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use installhub_kernel::{PlatformScope, SessionId, StoreError, TenantScope, UserId};

use crate::{Session, TenantStatus, User};

/// A session with everything that decides whether it opens the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// The digest of its secret.
    pub digest: Digest,
    /// Whose it is; `None` if the user is deleted.
    pub user: Option<User>,
    /// How the tenant is; `None` if it is deleted.
    pub tenant: Option<TenantStatus>,
}

/// The sessions that have not been ended.
#[async_trait]
pub trait SessionRepository: Send {
    /// Adds a session.
    async fn add(
        &mut self,
        scope: &TenantScope,
        session: &Session,
        digest: Digest,
    ) -> Result<(), StoreError>;

    /// A session with its user and tenant, in one read.
    async fn open(
        &mut self,
        scope: &TenantScope,
        id: SessionId,
    ) -> Result<Option<OpenSession>, StoreError>;

    /// Remembers that it was used.
    async fn touch(
        &mut self,
        scope: &TenantScope,
        id: SessionId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// A user's sessions, newest first.
    async fn of_user(
        &mut self,
        scope: &TenantScope,
        user: UserId,
    ) -> Result<Vec<Session>, StoreError>;

    /// Ends a session of a user; whether there was one.
    async fn remove(
        &mut self,
        scope: &TenantScope,
        user: UserId,
        id: SessionId,
    ) -> Result<bool, StoreError>;

    /// Ends all sessions of a user but one; how many.
    async fn remove_all(
        &mut self,
        scope: &TenantScope,
        user: UserId,
        except: Option<SessionId>,
    ) -> Result<u64, StoreError>;

    /// Removes what ended by itself: created to end before `expired`, or not used since `unused`; how many.
    async fn remove_ended(
        &mut self,
        scope: &PlatformScope,
        expired: DateTime<Utc>,
        unused: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
}
