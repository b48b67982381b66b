//! A client that goes where the guard lets it, waits so long, and takes so much.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Request, StatusCode};
use url::Url;

use crate::redirects::policy;
use crate::{Guard, GuardedError};

/// What a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the first byte of the request to the last of the answer, redirects included.
    pub total: Duration,
    /// The most bytes of an answer, after decompression.
    pub response_bytes: usize,
    /// The most redirects that are followed.
    pub redirects: usize,
}

impl Default for ClientLimits {
    /// 5 and 30 seconds, 10 MiB, 5 redirects.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(30),
            response_bytes: 10 << 20,
            redirects: 5,
        }
    }
}

/// What to do with an answer that sends elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// Go there, if the guard agrees. Headers that the client does not know for secrets go along: send none.
    Follow,
    /// It is the answer.
    Return,
}

/// An HTTP client behind a guard. It knows no proxy, also when the environment names one: a proxy would go anywhere.
#[derive(Debug, Clone)]
pub struct GuardedClient {
    guard: Guard,
    limits: ClientLimits,
    following: Client,
    staying: Client,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct GuardedResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its content.
    pub body: Bytes,
}

impl GuardedClient {
    /// A client behind `guard`.
    pub fn new(guard: Guard, limits: ClientLimits) -> Result<Self, GuardedError> {
        let client = |redirects: Policy| {
            Client::builder()
                .dns_resolver(Arc::new(guard.clone()))
                .no_proxy()
                .redirect(redirects)
                .referer(false)
                .connect_timeout(limits.connect)
                .timeout(limits.total)
                .user_agent(concat!("InstallHub/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| GuardedError::of(error, limits.total.as_secs()))
        };
        Ok(Self {
            following: client(policy(guard.clone(), limits.redirects))?,
            staying: client(Policy::none())?,
            guard,
            limits,
        })
    }

    /// The guard in front of it.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Fetches what is at an address.
    pub async fn get(&self, url: Url) -> Result<GuardedResponse, GuardedError> {
        self.send(Request::new(Method::GET, url), Redirects::Follow)
            .await
    }

    /// Sends a request, and reads the whole answer.
    pub async fn send(
        &self,
        request: Request,
        redirects: Redirects,
    ) -> Result<GuardedResponse, GuardedError> {
        if !matches!(request.url().scheme(), "http" | "https") {
            return Err(GuardedError::Address);
        }
        self.guard
            .check_url(request.url())
            .map_err(GuardedError::Refused)?;
        let client = match redirects {
            Redirects::Follow => &self.following,
            Redirects::Return => &self.staying,
        };
        let failed = |error| GuardedError::of(error, self.limits.total.as_secs());
        let mut answer = client.execute(request).await.map_err(failed)?;
        let limit = self.limits.response_bytes;
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > limit {
                return Err(GuardedError::TooLarge { limit });
            }
            body.extend_from_slice(&piece);
        }
        Ok(GuardedResponse {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: body.freeze(),
        })
    }
}
