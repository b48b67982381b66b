//! The address of a server.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::failure::Failure;

/// Where a server is: `http` or `https`, a host, perhaps a path below which it lives; no credentials, no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerUrl(Url);

impl ServerUrl {
    /// The address of something of the creator's API, from single segments that need no escaping by the caller.
    pub(crate) fn creator(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1"]).extend(segments);
        }
        url
    }

    /// Whether what is sent can be read on its way.
    pub(crate) fn is_in_the_clear(&self) -> bool {
        let on_this_machine = match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        self.0.scheme() == "http" && !on_this_machine
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for ServerUrl {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let wrong = |found: &str| {
            Failure::new(
                "InvalidServer",
                format!("'{text}' is not the address of a server: {found}"),
            )
            .help("write it like https://hub.example.com")
        };
        let url = Url::parse(text).map_err(|source| wrong(&source.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it has to begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("credentials do not belong in it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("a query or fragment does not belong in it"));
        }
        Ok(Self(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_write_without_a_slash_at_the_end() {
        for (typed, shown) in [
            ("https://hub.example.com", "https://hub.example.com"),
            ("HTTPS://Hub.Example.com:443/", "https://hub.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://example.com/hub/", "https://example.com/hub"),
        ] {
            let server: ServerUrl = typed.parse().expect("an address");
            assert_eq!(server.to_string(), shown);
            assert_eq!(
                server
                    .to_string()
                    .parse::<ServerUrl>()
                    .expect("again")
                    .to_string(),
                shown
            );
        }
        for wrong in [
            "",
            "hub",
            "hub.example.com",
            "ftp://hub",
            "https://",
            "https://a:b@hub",
            "https://hub?x=1",
            "https://hub/#x",
        ] {
            assert!(wrong.parse::<ServerUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn segments_are_escaped() {
        let server: ServerUrl = "https://example.com/hub".parse().expect("an address");
        let url = server.creator(&["packages", "../a b/c?d"]);
        assert_eq!(
            url.as_str(),
            "https://example.com/hub/api/v1/packages/..%2Fa%20b%2Fc%3Fd"
        );
    }

    #[test]
    fn only_other_machines_are_spoken_to_in_the_clear() {
        for (address, clear) in [
            ("https://hub.example.com", false),
            ("http://hub.example.com", true),
            ("http://192.168.1.4", true),
            ("http://localhost:8080", false),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]:8080", false),
        ] {
            let server: ServerUrl = address.parse().expect("an address");
            assert_eq!(server.is_in_the_clear(), clear, "{address}");
        }
    }
}
