//! Why a request brought no answer.

use std::error::Error;

use installhub_connections::AddressRefused;

use crate::redirects::RedirectRefused;

/// Why a request brought no answer. Neither the request's headers nor the query of its address are repeated.
#[derive(Debug, thiserror::Error)]
pub enum GuardedError {
    /// The address is none, or not one of `http` and `https`.
    #[error("found no address that begins with http:// or https://")]
    Address,
    /// It leads to where connections may not lead, or to nobody.
    #[error(transparent)]
    Refused(AddressRefused),
    /// The answer sends to somewhere that is not followed.
    #[error(transparent)]
    Redirect(RedirectRefused),
    /// Nobody answered in time.
    #[error("there was no answer within {seconds} seconds")]
    Timeout {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The answer has more bytes than are taken.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// The most bytes that are taken.
        limit: usize,
    },
    /// No connection came about, or it broke.
    #[error("the connection failed")]
    Connection(#[source] Box<dyn Error + Send + Sync>),
}

impl GuardedError {
    /// Finds out what is behind an error of the client.
    pub(crate) fn of(error: reqwest::Error, seconds: u64) -> Self {
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(refused) = inner.downcast_ref::<AddressRefused>() {
                return Self::Refused(copied(refused));
            }
            if let Some(refused) = inner.downcast_ref::<RedirectRefused>() {
                return match refused {
                    RedirectRefused::Address(refused) => Self::Refused(copied(refused)),
                    other => Self::Redirect(other.copied()),
                };
            }
            source = inner.source();
        }
        if error.is_timeout() {
            return Self::Timeout { seconds };
        }
        Self::Connection(error.without_url().into())
    }
}

/// The same refusal, of which the client keeps the original.
pub(crate) fn copied(refused: &AddressRefused) -> AddressRefused {
    match refused {
        AddressRefused::Forbidden { host } => AddressRefused::Forbidden { host: host.clone() },
        AddressRefused::Unknown { host, source } => AddressRefused::Unknown {
            host: host.clone(),
            source: source.to_string().into(),
        },
    }
}
