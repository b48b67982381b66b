//! What is known of a request before anybody looks at it closely.

use std::net::IpAddr;
use std::time::Instant;

use installhub_kernel::RequestId;
use poem::Request;
use poem::http::Method;
use tracing::Span;
use uuid::Uuid;

use crate::kit::Kit;
use crate::operation::{Operation, Operations, Requirement};

/// The header that carries the request id in both directions.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// The address a request comes from, as far as it can be believed; for handlers as `Data<&ClientAddress>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

/// What is known of a request from its first line and headers.
pub(super) struct Seen {
    pub(super) request: RequestId,
    pub(super) method: Method,
    pub(super) operation: Option<Operation>,
    pub(super) address: Option<IpAddr>,
    pub(super) started: Instant,
}

impl Seen {
    /// Looks at a request, and notes id and address in it for its handler.
    pub(super) fn note(request: &mut Request, kit: &Kit, operations: &Operations) -> Self {
        let id = request
            .header(REQUEST_ID)
            .and_then(|text| Uuid::try_parse(text).ok())
            .unwrap_or_else(|| kit.ids.new_uuid());
        let seen = Self {
            request: RequestId::from_uuid(id),
            method: request.method().clone(),
            operation: operations.find(request.method(), request.uri().path()),
            address: address(request, kit.settings.trusted_proxies),
            started: Instant::now(),
        };
        request.set_data(seen.request);
        request.set_data(ClientAddress(seen.address));
        seen
    }

    /// The operation's name for counters and logs.
    pub(super) fn name(&self) -> &'static str {
        self.operation.map_or("none", |operation| operation.id)
    }

    /// The span of the request. Paths of public operations are left out: they can hold what lets somebody in.
    pub(super) fn span(&self, request: &Request) -> Span {
        let known = self
            .operation
            .is_some_and(|operation| operation.requirement != Requirement::Public);
        let path = if known { request.uri().path() } else { "" };
        tracing::info_span!(
            "request",
            request_id = %self.request,
            method = %self.method,
            path,
            operation = self.name(),
            tenant = tracing::field::Empty,
            actor = tracing::field::Empty,
        )
    }
}

/// The peer, or what our own proxies say of it: each of them writes its peer at the end of `X-Forwarded-For`.
fn address(request: &Request, proxies: usize) -> Option<IpAddr> {
    if proxies > 0 {
        let forwarded: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        let client = forwarded
            .len()
            .checked_sub(proxies)
            .and_then(|at| forwarded.get(at));
        if let Some(address) = client.and_then(|text| text.parse().ok()) {
            return Some(address);
        }
    }
    request
        .remote_addr()
        .as_socket_addr()
        .map(std::net::SocketAddr::ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        let request = Request::builder()
            .header("x-forwarded-for", "6.6.6.6, 10.0.0.7")
            .header("x-forwarded-for", "10.0.0.8")
            .finish();
        let text = |proxies| address(&request, proxies).map(|address| address.to_string());
        assert_eq!(text(0), None);
        assert_eq!(text(1).as_deref(), Some("10.0.0.8"));
        assert_eq!(text(2).as_deref(), Some("10.0.0.7"));
        assert_eq!(text(4), None);
    }
}
