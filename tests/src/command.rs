//! Running the command: to its end, or until it is killed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{self, Child, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::binary::binary;

/// How long any command may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(2);

/// An `installhub` command on its way.
#[derive(Debug)]
#[must_use = "a command does nothing until it is run"]
pub struct Command {
    process: process::Command,
    arguments: Vec<OsString>,
}

/// How a command ended that was given only so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was faster.
    ByItself {
        /// Its exit code.
        code: i32,
    },
    /// It was killed while it worked.
    Killed,
}

impl Command {
    /// A command that knows nothing of the user's own settings.
    pub(crate) fn new(home: &Path) -> Self {
        Self::of_program(binary(), home)
    }

    /// Another program, in the same surroundings.
    pub(crate) fn of_program(program: &Path, home: &Path) -> Self {
        let mut process = process::Command::new(program);
        for name in [
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "SOURCE_DATE_EPOCH",
            "RUST_LOG",
            "RUST_BACKTRACE",
            // Servers of tests are on this machine.
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            process.env_remove(name);
        }
        process
            .env("INSTALLHUB_HOME", home)
            .env("USER", "acceptance")
            .stdin(Stdio::null());
        Self {
            process,
            arguments: vec![program.as_os_str().to_owned()],
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self.process.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Adds `--flag VALUE`.
    pub fn flag(self, flag: &str, value: impl AsRef<OsStr>) -> Self {
        self.arg(flag).arg(value)
    }

    /// Adds `--flag sqlite:PATH`.
    pub fn sqlite(self, flag: &str, path: &Path) -> Self {
        let mut place = OsString::from("sqlite:");
        place.push(path);
        self.flag(flag, place)
    }

    /// Asks for answers for programs.
    pub fn json_format(self) -> Self {
        self.flag("--format", "json")
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.process.env(name, value);
        self
    }

    /// Removes a variable of the environment.
    pub fn without_env(mut self, name: &str) -> Self {
        self.process.env_remove(name);
        self
    }

    /// Runs it in a folder.
    pub fn within(mut self, folder: &Path) -> Self {
        self.process.current_dir(folder);
        self
    }

    /// Runs it to its end, which has to come within a few minutes.
    #[track_caller]
    pub fn run(mut self) -> Answer {
        let process = self.process.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process.spawn().expect("the command starts");
        let (ended, end) = mpsc::channel();
        let stdout = collect(
            child.stdout.take().expect("the result stream is a pipe"),
            ended.clone(),
        );
        let stderr = collect(
            child.stderr.take().expect("the error stream is a pipe"),
            ended,
        );
        // Both streams end when the process does.
        let deadline = Instant::now() + PATIENCE;
        let in_time = (0..2).all(|_| {
            let left = deadline.saturating_duration_since(Instant::now());
            end.recv_timeout(left).is_ok()
        });
        if !in_time {
            child.kill().expect("a process of our own can be killed");
        }
        let status = child.wait().expect("the process ends");
        let text = |stream: JoinHandle<Vec<u8>>| {
            let bytes = stream.join().expect("the stream ends with the process");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let answer = Answer {
            line: self.line(),
            code: status.code().unwrap_or(-1),
            stdout: text(stdout),
            stderr: text(stderr),
        };
        assert!(in_time, "did not end within {PATIENCE:?}:\n{answer}");
        assert!(
            status.code().is_some(),
            "ended by a signal ({status}):\n{answer}"
        );
        assert!(
            !answer.stderr.contains("panicked at"),
            "panicked:\n{answer}"
        );
        answer
    }

    /// Starts it with its errors going to a file, for whoever waits for more than its end.
    #[track_caller]
    pub(crate) fn started(mut self, errors: File) -> Child {
        let process = self.process.stdout(Stdio::piped()).stderr(errors);
        process.spawn().expect("the command starts")
    }

    /// Feeds a text to its input, then runs it to its end.
    #[track_caller]
    pub fn run_with_input(mut self, text: &str) -> Answer {
        let mut input = tempfile::tempfile().expect("a temporary file");
        input
            .write_all(text.as_bytes())
            .expect("room for the input");
        input.rewind().expect("a file can be read again");
        self.process.stdin(input);
        self.run()
    }

    /// Runs it to its end, and says how long that took.
    #[track_caller]
    pub fn timed(self) -> (Answer, Duration) {
        let started = Instant::now();
        let answer = self.run();
        (answer, started.elapsed())
    }

    /// Runs it, and kills it the hard way if it works longer than `limit`.
    pub fn killed_after(mut self, limit: Duration) -> Ending {
        let mut child = self
            .process
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        let (ended, end) = mpsc::channel();
        // The stream ends when the process does, however it does.
        let reader = collect(
            child.stdout.take().expect("the result stream is a pipe"),
            ended,
        );
        let in_time = end.recv_timeout(limit).is_ok();
        if !in_time {
            child.kill().expect("a process of our own can be killed");
        }
        let status = child.wait().expect("the process ends");
        reader.join().expect("the stream ends with the process");
        match status.code() {
            Some(code) => Ending::ByItself { code },
            None => Ending::Killed,
        }
    }

    fn line(&self) -> String {
        let words: Vec<String> = self
            .arguments
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        words.join(" ")
    }
}

/// Reads a stream to its end on a thread of its own, and then says so.
fn collect(mut stream: impl Read + Send + 'static, ended: Sender<()>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = ended.send(());
        bytes
    })
}
