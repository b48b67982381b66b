//! A handler that does nothing, served by poem alone: what no service on it can be faster than. Prints its address.

use std::io::Write as _;

use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::{Route, Server, get, handler};

#[handler]
fn nothing() {}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    for address in acceptor.local_addr() {
        writeln!(std::io::stdout(), "{}", address.0)?;
    }
    let route = Route::new().at("/", get(nothing));
    Server::new_with_acceptor(acceptor).run(route).await
}
