//! The provider: a package of npm's, installed once for all tests, outside of the checkout.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

const SOURCES: [(&str, &str); 4] = [
    (".npmrc", include_str!("../provider/.npmrc")),
    ("package.json", include_str!("../provider/package.json")),
    (
        "package-lock.json",
        include_str!("../provider/package-lock.json"),
    ),
    ("server.mjs", include_str!("../provider/server.mjs")),
];

/// A provider at work; it ends with the value.
pub(crate) struct Provider {
    process: Child,
    issuer: String,
    // Open for as long as the process has something to say.
    _output: BufReader<ChildStdout>,
}

impl Provider {
    pub(crate) fn start() -> Self {
        let folder = installed();
        let mut process = Command::new("node")
            .arg("server.mjs")
            .current_dir(folder)
            .stdout(Stdio::piped())
            // It warns that it is no provider for production.
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js runs; these tests need Node.js 20 or newer with npm: https://nodejs.org");
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut issuer = String::new();
        output.read_line(&mut issuer).expect("it says where it is");
        assert!(issuer.starts_with("http://127.0.0.1:"), "found {issuer:?}");
        Self {
            process,
            issuer: issuer.trim_end().to_owned(),
            _output: output,
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Asks for something that only a provider for tests does.
    pub(crate) async fn tell(&self, what: &str, content: &str) {
        let url = format!("{}/test/{what}", self.issuer);
        let told = reqwest::Client::new()
            .post(url)
            .body(content.to_owned())
            .send()
            .await;
        let status = told.expect("it answers").status();
        assert!(status.is_success(), "{status}");
    }

    /// What it last answered when a code was redeemed.
    pub(crate) async fn last_answer(&self) -> String {
        let answer = reqwest::get(format!("{}/test/answer", self.issuer)).await;
        answer.expect("it answers").text().await.expect("a text")
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The folder with the provider and all it needs.
fn installed() -> PathBuf {
    let mut state = DefaultHasher::new();
    SOURCES.hash(&mut state);
    let name = format!("openid-provider-{:016x}", state.finish());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    let lock = File::create(folder.join("lock")).expect("a file");
    lock.lock().expect("another test installs it and ends");
    let complete = folder.join("complete");
    if !complete.exists() {
        for (name, content) in SOURCES {
            fs::write(folder.join(name), content).expect("a file");
        }
        let npm = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .expect("npm runs; these tests need Node.js 20 or newer with npm: https://nodejs.org");
        let said = String::from_utf8_lossy(&npm.stderr);
        assert!(
            npm.status.success(),
            "the provider cannot be installed: {said}"
        );
        fs::write(complete, "").expect("a file");
    }
    folder
}
