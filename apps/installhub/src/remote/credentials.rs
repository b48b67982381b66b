//! Tokens of servers, in one file of the home that only its owner can read.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ServerUrl;
use crate::failure::Failure;

/// Who we are on one server. Holds a secret, so it is never printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// The secret.
    pub token: String,
    /// The token's id, if this command made it and so may revoke it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    /// The server signed in to last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, Entry>,
}

/// The file of credentials.
pub(crate) struct Credentials {
    path: PathBuf,
    content: Content,
}

impl Credentials {
    /// Reads those of a home; none, if nobody has signed in from there.
    pub(crate) fn read(home: &Path) -> Result<Self, Failure> {
        let path = home.join("credentials.json");
        let unusable = |source: &dyn std::error::Error| {
            Failure::new(
                "CannotReadCredentials",
                format!("cannot read {}", path.display()),
            )
            .because(source)
            .help("repair or remove the file, then sign in again: installhub login URL")
        };
        let content = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|source| unusable(&source))?,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Content::default(),
            Err(source) => return Err(unusable(&source)),
        };
        Ok(Self { path, content })
    }

    /// The server that was named, or else the one signed in to last, and who we are there.
    pub(crate) fn find(&self, named: Option<&str>) -> Result<(ServerUrl, &Entry), Failure> {
        let server: ServerUrl = match (named, &self.content.current) {
            (Some(named), _) => named.parse()?,
            (None, Some(current)) => current.parse()?,
            (None, None) => {
                return Err(Failure::new("NotSignedIn", "not signed in to any server")
                    .help("sign in first: installhub login URL"));
            }
        };
        match self.content.servers.get(&server.to_string()) {
            Some(entry) => Ok((server, entry)),
            None => Err(
                Failure::new("NotSignedIn", format!("not signed in to {server}"))
                    .help(format!("sign in first: installhub login {server}")),
            ),
        }
    }

    /// Keeps who we are on a server, and makes it the current one.
    pub(crate) fn keep(&mut self, server: &ServerUrl, entry: Entry) -> Result<(), Failure> {
        self.content.servers.insert(server.to_string(), entry);
        self.content.current = Some(server.to_string());
        self.write()
    }

    /// Forgets a server. The current one is then the only one left, if there is just one.
    pub(crate) fn forget(&mut self, server: &ServerUrl) -> Result<(), Failure> {
        let name = server.to_string();
        self.content.servers.remove(&name);
        if self.content.current.as_ref() == Some(&name) {
            let mut left = self.content.servers.keys();
            self.content.current = left.next().filter(|_| left.next().is_none()).cloned();
        }
        if self.content.servers.is_empty() {
            return match std::fs::remove_file(&self.path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    Err(self.cannot_write(&source))
                }
                _ => Ok(()),
            };
        }
        self.write()
    }

    /// Whole or not at all, and never readable by others: a temporary file has mode 0600.
    fn write(&self) -> Result<(), Failure> {
        let write = || -> std::io::Result<()> {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new()
                .prefix(".credentials-")
                .tempfile_in(folder)?;
            serde_json::to_writer_pretty(&mut file, &self.content)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            Ok(())
        };
        write().map_err(|source| self.cannot_write(&source))
    }

    fn cannot_write(&self, source: &std::io::Error) -> Failure {
        Failure::new(
            "CannotWriteCredentials",
            format!("cannot write {}", self.path.display()),
        )
        .because(source)
        .help("choose another folder with --home DIR or INSTALLHUB_HOME")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(token: &str) -> Entry {
        Entry {
            token: token.to_owned(),
            token_id: None,
            user: None,
            expires_at: None,
        }
    }

    fn server(address: &str) -> ServerUrl {
        address.parse().expect("an address")
    }

    #[test]
    fn the_last_server_is_the_current_one_until_it_is_forgotten() {
        let home = tempfile::tempdir().expect("a folder");
        let (first, second) = (
            server("https://one.example"),
            server("https://two.example/"),
        );
        let mut kept = Credentials::read(home.path()).expect("no file yet");
        assert!(kept.find(None).is_err());
        kept.keep(&first, entry("1")).expect("kept");
        kept.keep(&second, entry("2")).expect("kept");

        let mut kept = Credentials::read(home.path()).expect("read again");
        assert_eq!(kept.find(None).expect("the current one").1.token, "2");
        let named = kept.find(Some("https://one.example/")).expect("by name");
        assert_eq!(named.1.token, "1");
        assert!(kept.find(Some("https://three.example")).is_err());

        kept.forget(&second).expect("forgotten");
        assert_eq!(kept.find(None).expect("the only one left").1.token, "1");
        kept.forget(&first).expect("forgotten");
        assert!(!home.path().join("credentials.json").exists());
        kept.forget(&first).expect("nothing to forget");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a folder");
        let mut kept = Credentials::read(home.path()).expect("no file yet");
        kept.keep(&server("https://one.example"), entry("1"))
            .expect("kept");
        let file = std::fs::metadata(home.path().join("credentials.json")).expect("the file");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("credentials.json"), "[").expect("a file");
        let failure = Credentials::read(home.path()).err().expect("no JSON");
        assert!(failure.message.contains("credentials.json"));
    }
}
