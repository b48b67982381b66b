//! One transaction over everything the store remembers.

use std::sync::Arc;

use async_trait::async_trait;
use installhub_importing::ports::{
    DocumentTarget, ImportRepository, InstallationRepository, StoreError, UnitOfWork,
};
use installhub_kernel::{Clock, IdGenerator};
use installhub_recovery::SnapshotRepository;
use sea_orm::DatabaseTransaction;

use crate::failure::{Failure, store_error};
use crate::scoped::refuse_if_failed;

/// What committing means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What was written lasts.
    Commit,
    /// Nothing was to be written, and nothing lasts.
    Discard,
}

/// A transaction with all repositories; each of them has its own file.
pub(crate) struct Unit {
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) ending: Ending,
}

impl Unit {
    pub(crate) async fn end(self) -> Result<(), Failure> {
        match self.ending {
            Ending::Commit => {
                refuse_if_failed(&self.transaction).await?;
                self.transaction.commit().await?;
            }
            Ending::Discard => self.transaction.rollback().await?,
        }
        Ok(())
    }

    /// The same, in words for the caller.
    pub(crate) async fn finish(self) -> Result<(), StoreError> {
        self.end()
            .await
            .map_err(|failure| store_error("cannot write to the store", failure))
    }
}

#[async_trait]
impl UnitOfWork for Unit {
    fn documents(&mut self) -> &mut dyn DocumentTarget {
        self
    }

    fn imports(&mut self) -> &mut dyn ImportRepository {
        self
    }

    fn installations(&mut self) -> &mut dyn InstallationRepository {
        self
    }

    fn snapshots(&mut self) -> &mut dyn SnapshotRepository {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}
