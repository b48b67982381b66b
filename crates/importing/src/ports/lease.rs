//! Who is working on an import right now.

use async_trait::async_trait;
use installhub_kernel::ImportId;

use super::StoreError;

/// Tells a living import from one whose process has died.
#[async_trait]
pub trait ImportLease: Send + Sync {
    /// Takes the right to work on an import, or `None` while another living process has it. Freed when the guard is dropped
    /// and when the process dies, however it dies.
    async fn acquire(&self, import: ImportId) -> Result<Option<Box<dyn LeaseGuard>>, StoreError>;
}

/// Holds a lease until dropped.
pub trait LeaseGuard: Send {}
