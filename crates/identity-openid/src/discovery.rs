//! What the provider says about itself: where to go, and with which keys it signs.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use installhub_access::IdentityError;
use installhub_connector_http::GuardedClient;
use installhub_kernel::Clock;
use openidconnect::IssuerUrl;
use openidconnect::core::CoreProviderMetadata;
use tokio::sync::Mutex;

use crate::transport::send;

/// For how long it is believed without asking again.
const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// How long ago it must have been asked for before it is asked for again because of a key that is not in it: answers with keys
/// of nobody shall not make us ask all the time.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// The provider's word, asked for when it is needed, and kept.
pub(crate) struct Discovery {
    issuer: IssuerUrl,
    client: GuardedClient,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    metadata: Arc<CoreProviderMetadata>,
    asked_at: DateTime<Utc>,
}

impl Discovery {
    pub(crate) fn new(issuer: IssuerUrl, client: GuardedClient, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer,
            client,
            clock,
            known: Mutex::new(None),
        }
    }

    /// The metadata, from memory if it is not too old. An old one serves on while the provider does not answer.
    pub(crate) async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, IdentityError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known
            .as_ref()
            .filter(|known| !self.is_older(known, LIFETIME))
        {
            return Ok(Arc::clone(&known.metadata));
        }
        match (self.ask().await, known.as_ref()) {
            (Ok(fresh), _) => Ok(Arc::clone(&known.insert(fresh).metadata)),
            (Err(_), Some(old)) => Ok(Arc::clone(&old.metadata)),
            (Err(error), None) => Err(error),
        }
    }

    /// The metadata after `stale` was found to lack a key: asked for anew, or `None` when it was asked for just now.
    pub(crate) async fn newer_than(
        &self,
        stale: &Arc<CoreProviderMetadata>,
    ) -> Result<Option<Arc<CoreProviderMetadata>>, IdentityError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref() {
            if !Arc::ptr_eq(&known.metadata, stale) {
                return Ok(Some(Arc::clone(&known.metadata)));
            }
            if !self.is_older(known, PAUSE) {
                return Ok(None);
            }
        }
        let fresh = self.ask().await?;
        Ok(Some(Arc::clone(&known.insert(fresh).metadata)))
    }

    fn is_older(&self, known: &Known, age: TimeDelta) -> bool {
        self.clock.now() - known.asked_at >= age
    }

    async fn ask(&self) -> Result<Known, IdentityError> {
        let http = |request| send(self.client.clone(), request);
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &http)
            .await
            .map_err(|error| IdentityError::Unavailable {
                attempted: "its configuration cannot be read".to_owned(),
                source: error.into(),
            })?;
        Ok(Known {
            metadata: Arc::new(metadata),
            asked_at: self.clock.now(),
        })
    }
}
