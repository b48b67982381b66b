//! A server that somebody has signed in to.

use std::path::PathBuf;
use std::time::Duration;

use super::{Authority, Client, Credentials};
use crate::failure::Failure;

/// Everything a command needs to speak to a server.
pub(crate) struct Session {
    pub client: Client,
    /// Where credentials and unfinished uploads are kept.
    pub home: PathBuf,
    /// How long to go on trying when the server goes away in the middle of something.
    pub patience: Duration,
}

impl Session {
    /// The server that was named, or else the one signed in to last.
    pub(crate) fn open(
        home: PathBuf,
        patience: Duration,
        named: Option<&str>,
    ) -> Result<Self, Failure> {
        let credentials = Credentials::read(&home)?;
        let (server, entry) = credentials.find(named)?;
        let client = Client::new(server, Authority::Token(entry.token.clone()))?;
        Ok(Self {
            client,
            home,
            patience,
        })
    }
}
