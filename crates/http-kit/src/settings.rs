//! What an operator may decide about the HTTP side of the service.

use std::num::NonZeroU32;
use std::time::Duration;

/// Limits and times; the default is that of a service nobody has configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// The most bytes of a body that is read at once; 1 MiB.
    pub max_body_bytes: u64,
    /// The most bytes of a body that is read in pieces; 2 GiB.
    pub max_stream_bytes: u64,
    /// How long an operation may take until its answer begins; streamed bodies are not bound by it. 60 s.
    pub request_timeout: Duration,
    /// How long to wait for the next piece of a body; 30 s.
    pub body_pause: Duration,
    /// The slowest body, in bytes a second on average after the first 30 seconds; 1 KiB.
    pub slowest_body: u64,
    /// Requests a second, and how many may come at once, for each client address, whoever they say they are.
    pub address_rate: Rate,
    /// The same for each user or service token.
    pub user_rate: Rate,
    /// The same for each tenant.
    pub tenant_rate: Rate,
    /// How many requests of one user or service token are done at the same time; 64.
    pub user_concurrency: usize,
    /// How many requests of one tenant are done at the same time; 512.
    pub tenant_concurrency: usize,
    /// How many proxies of our own stand in front and write `X-Forwarded-For`; 0 believes nobody.
    pub trusted_proxies: usize,
    /// Whether cookies are for `https` only; `false` for a service on the own machine.
    pub secure_cookies: bool,
    /// From which other origins browsers may call; none.
    pub cors_origins: Vec<String>,
}

/// A rate of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second in the long run.
    pub per_second: NonZeroU32,
    /// Requests that may come at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// `per_second` in the long run and `burst` at once; zero counts as one.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let at_least_one = |value| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
        Self {
            per_second: at_least_one(per_second),
            burst: at_least_one(burst),
        }
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            max_body_bytes: 1 << 20,
            max_stream_bytes: 2 << 30,
            request_timeout: Duration::from_mins(1),
            body_pause: Duration::from_secs(30),
            slowest_body: 1024,
            address_rate: Rate::new(200, 1000),
            user_rate: Rate::new(100, 500),
            tenant_rate: Rate::new(500, 2000),
            user_concurrency: 64,
            tenant_concurrency: 512,
            trusted_proxies: 0,
            secure_cookies: true,
            cors_origins: Vec::new(),
        }
    }
}
