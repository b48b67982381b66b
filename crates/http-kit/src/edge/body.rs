//! Bodies under guard: never more bytes than the operation takes, never slower than the service waits.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use poem::http::header::CONTENT_LENGTH;
use poem::{Body, Request};

use crate::error::{ApiError, Cut};
use crate::operation::BodyRule;
use crate::settings::HttpSettings;

/// How long a body may be slow before its speed is looked at.
const GRACE: Duration = Duration::from_secs(30);

/// Remembers why a body was cut short.
#[derive(Debug, Clone, Default)]
pub(super) struct Guard(Arc<AtomicU8>);

impl Guard {
    pub(super) fn cut(&self) -> Option<Cut> {
        match self.0.load(Ordering::Acquire) {
            1 => Some(Cut::TooLarge),
            2 => Some(Cut::TooSlow),
            _ => None,
        }
    }

    fn trip(&self, cut: Cut) -> io::Error {
        let (number, kind) = match cut {
            Cut::TooLarge => (1, io::ErrorKind::FileTooLarge),
            Cut::TooSlow => (2, io::ErrorKind::TimedOut),
        };
        self.0.store(number, Ordering::Release);
        io::Error::new(kind, "the body was cut short by the service")
    }
}

fn limit(settings: &HttpSettings, rule: BodyRule) -> u64 {
    match rule {
        BodyRule::Whole => settings.max_body_bytes,
        BodyRule::Streamed => settings.max_stream_bytes,
    }
}

/// Refuses a body that says itself that it is too large, before any of it is read.
pub(super) fn refuse_by_headers(
    request: &Request,
    settings: &HttpSettings,
    rule: BodyRule,
) -> Result<(), ApiError> {
    let promised = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if promised.is_some_and(|bytes| bytes > limit(settings, rule)) {
        return Err(Cut::TooLarge.into());
    }
    Ok(())
}

struct Watched {
    pieces: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
    guard: Guard,
    limit: u64,
    read: u64,
    pause: Duration,
    slowest: u64,
    began: Instant,
}

/// The same body, cut where it becomes too large or too slow.
pub(super) fn guarded(body: Body, guard: &Guard, settings: &HttpSettings, rule: BodyRule) -> Body {
    if body.is_empty() {
        return body;
    }
    let watched = Watched {
        pieces: body.into_bytes_stream().boxed(),
        guard: guard.clone(),
        limit: limit(settings, rule),
        read: 0,
        pause: settings.body_pause,
        slowest: settings.slowest_body,
        began: Instant::now(),
    };
    Body::from_bytes_stream(stream::unfold(Some(watched), |watched| async {
        let mut watched = watched?;
        match watched.next().await? {
            Ok(piece) => Some((Ok(piece), Some(watched))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

impl Watched {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        let Ok(next) = tokio::time::timeout(self.pause, self.pieces.next()).await else {
            return Some(Err(self.guard.trip(Cut::TooSlow)));
        };
        let piece = match next? {
            Ok(piece) => piece,
            Err(error) => return Some(Err(error)),
        };
        self.read += piece.len() as u64;
        if self.read > self.limit {
            return Some(Err(self.guard.trip(Cut::TooLarge)));
        }
        let lasted = self.began.elapsed();
        if lasted > GRACE && self.read < self.slowest.saturating_mul(lasted.as_secs()) {
            return Some(Err(self.guard.trip(Cut::TooSlow)));
        }
        Some(Ok(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> HttpSettings {
        HttpSettings {
            max_body_bytes: 10,
            body_pause: Duration::from_millis(20),
            ..HttpSettings::default()
        }
    }

    async fn read(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Option<Cut> {
        let guard = Guard::default();
        let body = guarded(
            Body::from_bytes_stream(pieces),
            &guard,
            &settings(),
            BodyRule::Whole,
        );
        assert_eq!(body.into_bytes().await.is_err(), guard.cut().is_some());
        guard.cut()
    }

    #[tokio::test]
    async fn a_body_is_cut_where_it_becomes_too_large_or_stands_still() {
        let piece = || Ok(Bytes::from_static(b"12345"));
        assert_eq!(read(stream::iter([piece(), piece()])).await, None);
        assert_eq!(
            read(stream::iter([piece(), piece(), piece()])).await,
            Some(Cut::TooLarge)
        );
        let stuck = stream::iter([piece()]).chain(stream::pending());
        assert_eq!(read(stuck).await, Some(Cut::TooSlow));
    }
}
