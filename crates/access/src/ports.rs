//! What access asks of a store. Every method speaks of the scope's tenant, or across tenants if it takes a platform scope.

mod attempts;
mod sessions;
mod tenants;
mod tokens;
mod users;

use async_trait::async_trait;
pub use installhub_audit_chain::AuditLog;
pub use installhub_kernel::StoreError;
use installhub_kernel::{PlatformScope, TenantScope};

pub use attempts::{AttemptRepository, Attempts, SignInStart, SignInStartRepository};
pub use sessions::{OpenSession, SessionRepository};
pub use tenants::TenantRepository;
pub use tokens::{OpenToken, TokenFilter, TokenRepository};
pub use users::{SignInName, UserRepository};

/// Begins units of work.
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Begins a unit that may write for the scope's tenant. What it wrote is gone unless it is committed.
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn AccessUnit>, StoreError>;

    /// Begins a unit that reads for the scope's tenant; nothing written in it lasts.
    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn AccessUnit>, StoreError>;

    /// Begins a unit that may write for all tenants.
    async fn begin_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn AccessUnit>, StoreError>;

    /// Begins a unit that reads for all tenants; nothing written in it lasts.
    async fn read_platform(&self, scope: &PlatformScope)
    -> Result<Box<dyn AccessUnit>, StoreError>;
}

/// One transaction over everything that access remembers.
#[async_trait]
pub trait AccessUnit: Send {
    /// The tenants.
    fn tenants(&mut self) -> &mut dyn TenantRepository;
    /// The users.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// The sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// The tokens.
    fn tokens(&mut self) -> &mut dyn TokenRepository;
    /// Failed attempts to sign in.
    fn attempts(&mut self) -> &mut dyn AttemptRepository;
    /// Sign-ins that an identity provider has in hand.
    fn sign_in_starts(&mut self) -> &mut dyn SignInStartRepository;
    /// The audit log. The last to write to before committing.
    fn audit(&mut self) -> &mut dyn AuditLog;
    /// Makes everything that was written last.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
