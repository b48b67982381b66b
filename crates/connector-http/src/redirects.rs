//! Following redirects, but not anywhere.

use installhub_connections::AddressRefused;
use reqwest::redirect::{Attempt, Policy};

use crate::Guard;
use crate::error::copied;

/// Why a redirect is not followed.
#[derive(Debug, thiserror::Error)]
pub enum RedirectRefused {
    /// It leads to an address that connections may not lead to.
    #[error(transparent)]
    Address(AddressRefused),
    /// It is one of too many.
    #[error("the answer was the last of more than {0} redirects")]
    TooMany(usize),
    /// It leads away from HTTP, or from an encrypted line to an open one.
    #[error("the answer redirects to another protocol")]
    Protocol,
}

impl RedirectRefused {
    pub(crate) fn copied(&self) -> Self {
        match self {
            Self::Address(refused) => Self::Address(copied(refused)),
            Self::TooMany(most) => Self::TooMany(*most),
            Self::Protocol => Self::Protocol,
        }
    }
}

/// A policy that judges every hop; names are judged when they are resolved.
pub(crate) fn policy(guard: Guard, most: usize) -> Policy {
    Policy::custom(move |attempt| match judge(&guard, most, &attempt) {
        Ok(()) => attempt.follow(),
        Err(refused) => attempt.error(refused),
    })
}

fn judge(guard: &Guard, most: usize, attempt: &Attempt<'_>) -> Result<(), RedirectRefused> {
    if attempt.previous().len() > most {
        return Err(RedirectRefused::TooMany(most));
    }
    let was_encrypted = attempt
        .previous()
        .last()
        .is_some_and(|url| url.scheme() == "https");
    match (attempt.url().scheme(), was_encrypted) {
        ("https", _) | ("http", false) => {}
        _ => return Err(RedirectRefused::Protocol),
    }
    guard
        .check_url(attempt.url())
        .map_err(RedirectRefused::Address)
}
