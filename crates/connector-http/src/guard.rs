//! Resolving names, and keeping back the addresses that connections may not lead to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use installhub_connections::{AddressGuard, AddressRefused};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

use crate::GuardPolicy;

/// How long the name servers may take.
const LOOKUP: Duration = Duration::from_secs(5);

/// Keeps connections out of networks that only the service itself should reach.
///
/// It judges addresses after names were resolved, and hands out just those that it has judged, so that a name whose address
/// changes in between gains nothing. Clones share the policy.
#[derive(Debug, Clone)]
pub struct Guard {
    policy: Arc<GuardPolicy>,
}

impl Guard {
    /// A guard that follows `policy`.
    pub fn new(policy: GuardPolicy) -> Self {
        Self {
            policy: Arc::new(policy),
        }
    }

    /// Judges what can be judged without a resolver: an address in place of a name, in whichever spelling it was typed.
    pub fn check_url(&self, url: &Url) -> Result<(), AddressRefused> {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(forbidden("")),
        };
        let host = address.to_string();
        if self.policy.permits(&host, address) {
            Ok(())
        } else {
            Err(forbidden(&host))
        }
    }

    async fn lookup(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, AddressRefused> {
        let unknown = |source: Box<dyn std::error::Error + Send + Sync>| AddressRefused::Unknown {
            host: host.to_owned(),
            source,
        };
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let bare = bare.unwrap_or(host);
        let found: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            // Other spellings of addresses, such as 0x7f.1, are understood by the system's resolver, and judged after it.
            Err(_) => match timeout(LOOKUP, lookup_host((bare, port))).await {
                Ok(Ok(found)) => found.collect(),
                Ok(Err(error)) => return Err(unknown(error.into())),
                Err(elapsed) => return Err(unknown(elapsed.into())),
            },
        };
        if found.is_empty() {
            return Err(unknown("it has no address".into()));
        }
        let permitted: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| self.policy.permits(bare, address.ip()))
            .collect();
        if permitted.is_empty() {
            return Err(forbidden(host));
        }
        Ok(permitted)
    }
}

fn forbidden(host: &str) -> AddressRefused {
    AddressRefused::Forbidden {
        host: host.to_owned(),
    }
}

#[async_trait]
impl AddressGuard for Guard {
    async fn permitted(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, AddressRefused> {
        self.lookup(host, port).await
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            // The client puts in the port of the address.
            let found = guard.lookup(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hosts_that_lead_inside_are_refused_however_they_are_spelt() {
        let guard = Guard::new(GuardPolicy::default());
        for host in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "[::1]",
            "::1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "[::ffff:127.0.0.1]",
            "0",
            "169.254.169.254",
        ] {
            let refused = guard.permitted(host, 80).await;
            assert!(
                matches!(refused, Err(AddressRefused::Forbidden { .. })),
                "{host}: {refused:?}"
            );
        }
        let public = guard.permitted("8.8.8.8", 53).await.expect("it is public");
        assert_eq!(public, [SocketAddr::from(([8, 8, 8, 8], 53))]);
    }

    #[tokio::test]
    async fn an_allowed_host_is_connected_to_wherever_it_is() {
        let allow = "localhost".parse().expect("a host");
        let guard = Guard::new(GuardPolicy::allowing([allow]));
        assert!(guard.permitted("localhost", 80).await.is_ok());
        assert!(guard.permitted("127.0.0.1", 80).await.is_err());
    }

    #[test]
    fn addresses_in_urls_are_judged_in_every_spelling() {
        let guard = Guard::new(GuardPolicy::default());
        for (url, permitted) in [
            ("http://8.8.8.8/", true),
            ("http://a.example/", true),
            ("http://127.0.0.1/", false),
            ("http://2130706433/", false),
            ("http://0x7f.1/", false),
            ("http://0177.0.0.1/", false),
            ("http://017700000001/", false),
            ("http://127.1/", false),
            ("http://0/", false),
            ("http://１２７.０.０.１/", false),
            ("http://[::1]/", false),
            ("http://[::ffff:7f00:1]/", false),
            ("http://[::ffff:169.254.169.254]/", false),
            ("http://[64:ff9b::a00:1]/", false),
            ("http://[fe80::1]/", false),
            ("http://169.254.169.254/latest/meta-data/", false),
        ] {
            let parsed = Url::parse(url).expect("a URL");
            assert_eq!(guard.check_url(&parsed).is_ok(), permitted, "{url}");
        }
    }
}
