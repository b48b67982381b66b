//! What an operator may decide.

use std::time::Duration;

use installhub_kernel::TenantId;

/// The settings of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSettings {
    /// How long an unused session lives.
    pub session_idle: Duration,
    /// How long a session lives at most.
    pub session_lifetime: Duration,
    /// How long a token lives when its maker does not say.
    pub token_lifetime: Duration,
    /// How long a token may live at most.
    pub token_lifetime_max: Duration,
    /// When failed attempts to sign in are held up.
    pub throttle: ThrottleSettings,
    /// What becomes of people whom an identity provider knows and we do not.
    pub newcomers: Newcomers,
}

/// When failed attempts to sign in are held up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottleSettings {
    /// Failures of one account before it has to wait.
    pub failures_per_account: u32,
    /// Failures from one client address (for IPv6: its /64 network) before it has to wait.
    pub failures_per_address: u32,
    /// After how long without a failure everything is forgotten.
    pub window: Duration,
    /// The first wait; each further failure doubles it.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

/// What becomes of people whom an identity provider knows and we do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomers {
    /// They are refused until an administrator has created them.
    Refused,
    /// They become viewers of this tenant, if the provider has verified their e-mail address.
    BecomeViewers(TenantId),
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            session_idle: Duration::from_secs(12 * HOUR),
            session_lifetime: Duration::from_secs(30 * DAY),
            token_lifetime: Duration::from_secs(90 * DAY),
            token_lifetime_max: Duration::from_secs(366 * DAY),
            throttle: ThrottleSettings::default(),
            newcomers: Newcomers::Refused,
        }
    }
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self {
            failures_per_account: 5,
            failures_per_address: 50,
            window: Duration::from_secs(15 * MINUTE),
            first_wait: Duration::from_secs(30),
            longest_wait: Duration::from_secs(15 * MINUTE),
        }
    }
}
