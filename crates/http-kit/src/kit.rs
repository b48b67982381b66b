//! What every request needs: one value, shared by all APIs of a process.

use std::sync::Arc;

use installhub_access::Access;
use installhub_idempotency::IdempotencyStore;
use installhub_kernel::IdGenerator;
use tokio_util::sync::CancellationToken;

use crate::HttpSettings;

/// What the edge of the service works with.
#[derive(Clone)]
pub struct Kit {
    /// Who calls.
    pub access: Arc<Access>,
    /// Where answers for repeated requests are kept.
    pub idempotency: Arc<dyn IdempotencyStore>,
    /// Where request ids come from.
    pub ids: Arc<dyn IdGenerator>,
    /// What the operator decided.
    pub settings: HttpSettings,
    /// Cancelled when the process is told to stop: streams of events end, and their clients come back to another process.
    pub stopping: CancellationToken,
}
