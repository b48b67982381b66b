//! Where the service may connect to on behalf of somebody: the port.

use std::net::SocketAddr;

use async_trait::async_trait;

/// Why the service does not connect.
#[derive(Debug, thiserror::Error)]
pub enum AddressRefused {
    /// It leads into the network of the service itself, or to nobody in particular.
    #[error(
        "'{host}' leads to an address that connections may not lead to; an administrator can allow it in the configuration"
    )]
    Forbidden {
        /// The host as asked for.
        host: String,
    },
    /// Nobody knows the host.
    #[error("the host '{host}' cannot be found")]
    Unknown {
        /// The host as asked for.
        host: String,
        /// What the resolver said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Decides where connections may lead. Tenants choose hosts, so without it they could reach whatever the service can.
#[async_trait]
pub trait AddressGuard: Send + Sync {
    /// The addresses of a host that may be connected to, at least one. Connect to one of these and not to the name: the name
    /// may have another address by then.
    async fn permitted(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, AddressRefused>;
}
