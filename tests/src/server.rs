//! A server of the built command, with two tenants and users of each role.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::binary::binary;
use crate::command::Command;
use crate::http;
use crate::sandbox::Sandbox;

/// How long a server may take until it is ready, and until it has ended.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(20);

/// A running server. It ends with the value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Lines of the result stream; closed when the process has ended.
    lines: Receiver<String>,
    url: String,
    tenants: Vec<Tenant>,
    log: PathBuf,
}

/// One of the tenants that the server knows from the start.
#[derive(Debug, Clone, Deserialize)]
pub struct Tenant {
    /// Its short name.
    pub slug: String,
    /// Who belongs to it.
    pub users: Vec<User>,
}

/// Somebody that the server knows from the start.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    /// With which the user signs in.
    pub email: String,
    /// With which the user signs in.
    pub password: String,
    /// What the user may do.
    pub role: String,
    /// A token of the user.
    pub token: String,
}

#[derive(Deserialize)]
struct Demo {
    tenants: Vec<Tenant>,
}

impl Server {
    /// Starts one with data to try things on, and waits until it is ready.
    #[track_caller]
    pub fn start(sandbox: &Sandbox) -> Self {
        Self::of_program(binary(), &sandbox.server_home(), &[])
    }

    /// The same of the command at `program`, in a home of its own, with further settings such as `jobs.workers=1`.
    #[track_caller]
    pub fn of_program(program: &Path, home: &Path, settings: &[&str]) -> Self {
        let command = Command::of_program(program, home);
        Self::begin(command.args(["serve", "--demo"]), home, settings)
    }

    /// Starts one without any data, in a home of its own.
    #[track_caller]
    pub fn bare(home: &Path, settings: &[&str]) -> Self {
        let command = Command::of_program(binary(), home);
        Self::begin(command.arg("serve"), home, settings)
    }

    /// Starts `command`, and waits until the server is ready.
    #[track_caller]
    pub fn begin(mut command: Command, home: &Path, settings: &[&str]) -> Self {
        fs::create_dir_all(home).expect("a home for the server");
        let log = home.with_extension("log");
        command = command
            .flag("--home", home)
            .flag("--set", "server.listen=127.0.0.1:0");
        for setting in settings {
            command = command.flag("--set", setting);
        }
        // A server that is started again writes on.
        let errors = File::options().append(true).create(true).open(&log);
        let mut process = command.started(errors.expect("a file for the log"));
        let stream = process.stdout.take().expect("the result stream is a pipe");
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let mut server = Self {
            process,
            lines,
            url: String::new(),
            tenants: Vec::new(),
            log,
        };
        server.wait_until_ready(home);
        server
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The tenants it knows from the start.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// A user with this role, of the first tenant that has one.
    #[track_caller]
    pub fn user(&self, role: &str) -> &User {
        let mut users = self.tenants.iter().flat_map(|tenant| &tenant.users);
        users
            .find(|user| user.role == role)
            .unwrap_or_else(|| panic!("no {role} in {:?}", self.tenants))
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it at once, whatever it is doing.
    pub fn kill(self) {
        drop(self);
    }

    /// Asks it to end, and waits until it has.
    #[track_caller]
    pub fn stop(self) {
        self.ask_to_stop();
        self.wait_until_stopped();
    }

    /// Asks it to end.
    #[track_caller]
    pub fn ask_to_stop(&self) {
        let id = self.process.id().to_string();
        let asked = std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status();
        assert!(
            asked.is_ok_and(|status| status.success()),
            "kill -TERM {id}"
        );
    }

    /// Waits until it has ended, which has to be in good order.
    #[track_caller]
    pub fn wait_until_stopped(mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(left(deadline)) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.log()),
            }
        }
        let status = self.process.wait().expect("the process ends");
        assert!(status.success(), "it ended with {status}:\n{}", self.log());
    }

    #[track_caller]
    fn wait_until_ready(&mut self, home: &Path) {
        let deadline = Instant::now() + PATIENCE;
        while self.url.is_empty() {
            match self.lines.recv_timeout(left(deadline)) {
                Ok(line) => {
                    if let Some((_, url)) = line.split_once("listening on ") {
                        url.trim().trim_end_matches('/').clone_into(&mut self.url);
                    }
                }
                Err(found) => panic!(
                    "it does not say where it listens ({found}):\n{}",
                    self.log()
                ),
            }
        }
        while !http::get(&self.url, "/readyz", None).is_ok_and(|answer| answer.status == 200) {
            assert!(
                Instant::now() < deadline,
                "it is not ready:\n{}",
                self.log()
            );
            // The result stream is closed when the process has ended; else this is how long to wait.
            let ended = self.lines.recv_timeout(PAUSE) == Err(RecvTimeoutError::Disconnected);
            assert!(!ended, "it has ended:\n{}", self.log());
        }
        // Only a server with data to try things on tells who it knows.
        if let Ok(text) = fs::read(home.join("demo.json")) {
            let demo: Demo = serde_json::from_slice(&text).expect("tenants and users");
            self.tenants = demo.tenants;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
