//! A piece on its way: never longer than what is missing, and kept as far as it comes.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use installhub_package_format::{BundleStoreError, BundleStream};

use crate::CatalogError;

/// What became of a piece; known when its stream has ended.
pub(super) struct Piece(Arc<Mutex<Fate>>);

#[derive(Default)]
enum Fate {
    #[default]
    Whole,
    CutOff(BundleStoreError),
    RunsOver,
}

struct Sending {
    bytes: BundleStream,
    room: u64,
    has_begun: bool,
    fate: Arc<Mutex<Fate>>,
}

impl Piece {
    /// The stream to be stored: it ends where the client's stream is cut off, and fails where that one has more than `room`
    /// bytes, or is cut off before its first byte.
    pub(super) fn of(bytes: BundleStream, room: u64) -> (BundleStream, Self) {
        let fate = Arc::new(Mutex::new(Fate::Whole));
        let sending = Sending {
            bytes,
            room,
            has_begun: false,
            fate: Arc::clone(&fate),
        };
        let bounded = stream::unfold(Some(sending), |sending| async {
            let mut sending = sending?;
            let next = sending.next().await?;
            let goes_on = next.is_ok();
            Some((next, goes_on.then_some(sending)))
        });
        (bounded.boxed(), Self(fate))
    }

    /// Whether the client has sent more than it announced.
    pub(super) fn runs_over(&self) -> bool {
        matches!(
            *self.0.lock().unwrap_or_else(PoisonError::into_inner),
            Fate::RunsOver
        )
    }

    /// Why the client's stream ended early, if it did.
    pub(super) fn cut_off(&self) -> Option<CatalogError> {
        let mut fate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::take(&mut *fate) {
            Fate::CutOff(error) => Some(interrupted(error)),
            Fate::Whole | Fate::RunsOver => None,
        }
    }
}

impl Sending {
    async fn next(&mut self) -> Option<Result<Bytes, BundleStoreError>> {
        match self.bytes.next().await? {
            Ok(bytes) if bytes.len() as u64 > self.room => {
                self.settle(Fate::RunsOver);
                Some(Err(BundleStoreError::Interrupted(
                    "more bytes came than were announced".into(),
                )))
            }
            Ok(bytes) => {
                self.room -= bytes.len() as u64;
                self.has_begun |= !bytes.is_empty();
                Some(Ok(bytes))
            }
            Err(error) if self.has_begun => {
                self.settle(Fate::CutOff(error));
                None
            }
            Err(error) => Some(Err(error)),
        }
    }

    fn settle(&self, fate: Fate) {
        *self.fate.lock().unwrap_or_else(PoisonError::into_inner) = fate;
    }
}

/// Whatever ended the client's stream, it was not the store.
fn interrupted(error: BundleStoreError) -> CatalogError {
    match error {
        BundleStoreError::Interrupted(source) => CatalogError::Interrupted(source),
        other => CatalogError::Interrupted(other.into()),
    }
}
