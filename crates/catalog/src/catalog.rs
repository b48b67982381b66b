//! The catalogue: what its use cases stand on.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use installhub_jobs::JobBell;
use installhub_kernel::{Clock, IdGenerator};

use crate::ports::{BundleShelves, CatalogStore, UploadStore};
use crate::{CatalogSettings, TicketKey};

/// Artifacts and packages of tenants. Clones share everything.
#[derive(Clone)]
pub struct Catalog {
    /// Where it is kept what there is.
    pub store: Arc<dyn CatalogStore>,
    /// Where the bytes of packages are kept.
    pub bundles: Arc<dyn BundleShelves>,
    /// Where pieces of uploads wait.
    pub uploads: Arc<dyn UploadStore>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Rung when an upload is complete.
    pub bell: JobBell,
    /// Seals download tickets.
    pub tickets: TicketKey,
    /// Bounds and times.
    pub settings: CatalogSettings,
}

impl Catalog {
    /// Now, to the millisecond: what is answered right after a change is what is read back later.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(3)
    }
}
