#![doc = include_str!("../README.md")]

mod cluster;
mod postgres;
mod relay;
mod s3;

pub use postgres::{PostgresDatabase, empty_postgres_database, postgres_database};
pub use relay::Relay;
pub use s3::{S3Server, s3_server};

/// Starts the server that tests share unless it runs, and says where it is.
pub fn start_postgres() -> Result<String, String> {
    postgres::server_url().map(String::from)
}

/// Stops the server that tests share and removes its databases.
pub fn stop_postgres() -> Result<(), String> {
    cluster::Cluster::of_this_user()?.stop()
}
