//! A throwaway PostgreSQL cluster of this user, started when somebody needs it.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where Debian keeps the programs of each version.
const PACKAGED: &str = "/usr/lib/postgresql";

/// Nothing of this outlives the machine, so nothing has to reach the disk.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off \
     -c full_page_writes=off -c autovacuum=off -c max_connections=300 -c shared_buffers=128MB";

/// The cluster of this user; several processes share it.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Owned by this user, so that nobody else can have put something there.
    folder: PathBuf,
    is_root: bool,
}

/// The programs of one version of PostgreSQL.
struct Programs {
    folder: Option<PathBuf>,
    /// The first number of the version.
    version: String,
}

impl Programs {
    /// The newest that are installed.
    fn newest() -> Result<Self, String> {
        let mut packaged: Vec<(u32, PathBuf)> = fs::read_dir(PACKAGED)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.parse().ok()?;
                let folder = entry.path().join("bin");
                folder.join("initdb").exists().then_some((version, folder))
            })
            .collect();
        packaged.sort();
        let folder = packaged.pop().map(|(_, folder)| folder);
        let version = version(&program(folder.as_deref(), "postgres"))
            .ok_or("these tests need PostgreSQL: run apt-get install -y postgresql")?;
        Ok(Self { folder, version })
    }

    fn path(&self, name: &str) -> PathBuf {
        program(self.folder.as_deref(), name)
    }
}

/// A program in `folder`, else the one that the shell would find.
fn program(folder: Option<&Path>, name: &str) -> PathBuf {
    folder.map_or_else(|| name.into(), |folder| folder.join(name))
}

/// The first number of the version that `postgres (PostgreSQL) 15.18 …` tells.
fn version(postgres: &Path) -> Option<String> {
    let told = output(Command::new(postgres).arg("--version")).ok()?;
    let version = told.split_whitespace().nth(2)?;
    version.split('.').next().map(str::to_owned)
}

impl Cluster {
    /// The cluster of this user, running or not.
    pub(crate) fn of_this_user() -> Result<Self, String> {
        let said = |error: io::Error| format!("there is no room for temporary files: {error}");
        let user = tempfile::tempfile()
            .and_then(|file| file.metadata())
            .map_err(said)?
            .uid();
        let folder = std::env::temp_dir().join(format!("installhub-test-services-{user}"));
        // The user that the server runs as must be able to pass.
        match DirBuilder::new().mode(0o755).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(said(error)),
            _ => {}
        }
        let found = fs::symlink_metadata(&folder).map_err(said)?;
        if found.uid() != user || !found.is_dir() {
            return Err(format!("{} is not ours: remove it", folder.display()));
        }
        Ok(Self {
            folder,
            is_root: user == 0,
        })
    }

    /// The address of the server for its administrator, if it runs.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        let state = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = state.lines().collect();
        let port = lines.get(3)?.parse().ok()?;
        let is_ready = lines.get(7).is_some_and(|word| word.trim() == "ready");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let answers = || TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
        (is_ready && answers()).then_some(address)
    }

    /// Starts the server unless it runs. Other processes that want the same wait.
    pub(crate) fn start(&self) -> Result<SocketAddr, String> {
        let _lock = self.lock()?;
        if let Some(address) = self.address() {
            return Ok(address);
        }
        let programs = Programs::newest()?;
        let made_by = fs::read_to_string(self.data().join("PG_VERSION")).unwrap_or_default();
        if made_by.trim() == programs.version && self.launch(&programs).is_ok() {
            return self.address().ok_or_else(|| self.complaint());
        }
        // Whatever is there was left by a crash or by another version.
        self.create(&programs)?;
        self.launch(&programs)?;
        self.address().ok_or_else(|| self.complaint())
    }

    /// Stops the server and removes everything it kept.
    pub(crate) fn stop(&self) -> Result<(), String> {
        let _lock = self.lock()?;
        if self.data().join("postmaster.pid").exists() {
            let programs = Programs::newest()?;
            let data = self.data();
            let mut stop = self.as_server_user(&programs.path("pg_ctl"));
            stop.arg("-D")
                .arg(data)
                .args(["-m", "immediate", "-w", "stop"]);
            // A server that is not there any more is stopped enough.
            output(&mut stop).ok();
        }
        remove(&self.server_folder())
    }

    fn create(&self, programs: &Programs) -> Result<(), String> {
        remove(&self.server_folder())?;
        let mut folder = Command::new("install");
        folder.args(["-d", "-m", "700"]);
        if self.is_root {
            folder.args(["-o", "postgres", "-g", "postgres"]);
        }
        output(folder.arg(self.server_folder()))?;
        // An order of text that differs from that of bytes, as most servers have it, shows who relies on the wrong one.
        // Not every PostgreSQL is built with it.
        self.initdb(programs, &["--locale-provider=icu", "--icu-locale=en-US"])
            .or_else(|_| {
                remove(&self.data())?;
                self.initdb(programs, &[])
            })
    }

    fn initdb(&self, programs: &Programs, locale: &[&str]) -> Result<(), String> {
        let mut initdb = self.as_server_user(&programs.path("initdb"));
        initdb
            .arg("-D")
            .arg(self.data())
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
            .arg("--locale=C.UTF-8")
            .args(locale);
        output(&mut initdb).map(drop)
    }

    fn launch(&self, programs: &Programs) -> Result<(), String> {
        let folder = self.server_folder();
        let mut complaint = String::new();
        // A port that is free now may be taken a moment later.
        for _ in 0..5 {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .and_then(|listener| listener.local_addr())
                .map_err(|error| format!("there is no free port: {error}"))?
                .port();
            let settings = format!("-k {} -p {port} {SETTINGS}", folder.display());
            let mut start = self.as_server_user(&programs.path("pg_ctl"));
            start
                .arg("-D")
                .arg(self.data())
                .arg("-l")
                .arg(folder.join("log"))
                .args(["-w", "-t", "30", "-o", &settings, "start"])
                // The server must not keep what this process writes to open.
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            match start.status() {
                Ok(status) if status.success() => return Ok(()),
                Ok(_) => complaint = self.complaint(),
                Err(error) => return Err(format!("pg_ctl cannot be run: {error}")),
            }
        }
        Err(complaint)
    }

    /// A command as the user that the server runs as, which is never root.
    fn as_server_user(&self, program: &Path) -> Command {
        let mut command = if self.is_root {
            let mut command = Command::new("setpriv");
            command
                .args([
                    "--reuid=postgres",
                    "--regid=postgres",
                    "--clear-groups",
                    "--",
                ])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder);
        command
    }

    fn lock(&self) -> Result<File, String> {
        let said = |error: io::Error| format!("the cluster cannot be locked: {error}");
        let file = File::create(self.folder.join("lock")).map_err(said)?;
        file.lock().map_err(said)?;
        Ok(file)
    }

    fn server_folder(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    fn data(&self) -> PathBuf {
        self.server_folder().join("data")
    }

    /// The last lines of the server's log.
    fn complaint(&self) -> String {
        let log = fs::read_to_string(self.server_folder().join("log")).unwrap_or_default();
        let mut said = "PostgreSQL does not start".to_owned();
        for line in log.lines().rev().take(5).collect::<Vec<_>>().iter().rev() {
            write!(said, "\n{line}").ok();
        }
        said
    }
}

fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{} cannot be removed: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// What a command wrote, if it ended well.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    let done = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name} cannot be run: {error}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    } else {
        Err(format!(
            "{name} failed: {}",
            String::from_utf8_lossy(&done.stderr)
        ))
    }
}
