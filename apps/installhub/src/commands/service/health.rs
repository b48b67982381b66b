//! `installhub health`: asks the service that listens where the settings say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::opened;
use crate::cli::{GlobalArgs, HealthArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

/// How long the service may take.
const PATIENCE: Duration = Duration::from_secs(3);

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &HealthArgs,
) -> Result<Outcome, Failure> {
    let listen = opened::read(global, &arguments.settings, &[])?
        .settings
        .server
        .listen;
    let url = format!("http://{}/readyz", reachable(listen));
    let away = |source: reqwest::Error| {
        Failure::new("NotReached", format!("nobody answers at {url}")).because(&source)
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .map_err(away)?;
    let answer = client.get(&url).send().await.map_err(away)?;
    let ready = answer.status().is_success();
    output::line(&answer.text().await.map_err(away)?)?;
    Ok(if ready {
        Outcome::Done
    } else {
        Outcome::Findings
    })
}

/// An address that listens everywhere is asked at home.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    listen
}
