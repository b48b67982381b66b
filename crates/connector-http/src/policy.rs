//! What is allowed beyond the public internet.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::address::{is_public, plain};

/// Where outgoing connections may lead: anywhere in the public internet, and to what is allowed besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardPolicy {
    /// What is allowed besides; nothing unless told otherwise.
    pub allow: Vec<Allowed>,
}

/// An exception: a range of addresses, or a host whatever its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// `10.1.0.0/16`, `fd00::/8`, or one address.
    Range(IpNet),
    /// `database.internal`.
    Host(String),
}

/// A text that allows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' allows nothing: expected a range such as 10.1.0.0/16, an address, or the name of a host", .0.escape_debug())]
pub struct AllowedError(String);

impl FromStr for Allowed {
    type Err = AllowedError;

    fn from_str(text: &str) -> Result<Self, AllowedError> {
        if let Ok(range) = text.parse() {
            return Ok(Self::Range(range));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Range(address.into()));
        }
        let host = folded(text);
        let is_name = host.contains(|c: char| c.is_ascii_alphabetic())
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if is_name {
            Ok(Self::Host(host))
        } else {
            Err(AllowedError(text.to_owned()))
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::Host(host) => f.write_str(host),
        }
    }
}

impl GuardPolicy {
    /// A policy with exceptions.
    pub fn allowing(allow: impl IntoIterator<Item = Allowed>) -> Self {
        Self {
            allow: allow.into_iter().collect(),
        }
    }

    /// Whether a host may be connected to at this address.
    pub fn permits(&self, host: &str, address: IpAddr) -> bool {
        let (host, address) = (folded(host), plain(address));
        is_public(address)
            || self.allow.iter().any(|allowed| match allowed {
                Allowed::Range(range) => range.contains(&address),
                Allowed::Host(name) => *name == host,
            })
    }
}

/// A host's name as it is compared.
fn folded(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_ranges_addresses_and_hosts() {
        let allow = ["10.1.0.0/16", "192.168.0.9", "fd00::/64", "DB.internal."];
        let allow = allow.map(|text| text.parse().expect("an exception"));
        let policy = GuardPolicy::allowing(allow);
        for (host, address, permitted) in [
            ("a.example", "8.8.8.8", true),
            ("a.example", "10.1.2.3", true),
            ("a.example", "::ffff:10.1.2.3", true),
            ("a.example", "64:ff9b::10.1.2.3", true),
            ("a.example", "10.2.0.0", false),
            ("a.example", "192.168.0.9", true),
            ("a.example", "192.168.0.10", false),
            ("a.example", "fd00::1", true),
            ("a.example", "fd00:0:0:1::1", false),
            ("db.internal", "10.9.9.9", true),
            ("DB.INTERNAL.", "127.0.0.1", true),
            ("x.db.internal", "127.0.0.1", false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(policy.permits(host, address), permitted, "{host} {address}");
        }
        let nothing = GuardPolicy::default();
        assert!(!nothing.permits("localhost", IpAddr::from([127, 0, 0, 1])));
    }

    #[test]
    fn what_allows_nothing_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "http://a.example",
            "*",
            "a b",
            "10.0.0",
            "a.example/8",
        ] {
            assert!(text.parse::<Allowed>().is_err(), "{text:?}");
        }
    }
}
