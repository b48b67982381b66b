//! A folder of its own for every test.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::Command;
use crate::store::Store;

/// A home and a working folder that are gone afterwards.
#[derive(Debug)]
pub struct Sandbox {
    folder: TempDir,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("work")).expect("a folder to work in");
        Self { folder }
    }

    /// A path in the working folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// The home of the embedded store and the snapshots.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The home of a server, another than that of the commands.
    pub fn server_home(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    /// Writes a file into the working folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder for the file");
        }
        fs::write(&path, content).expect("a file in the sandbox");
        path
    }

    /// Copies a file into the working folder, writable.
    pub fn copy(&self, from: &Path, name: &str) -> PathBuf {
        self.write(name, fs::read(from).expect("a file to copy"))
    }

    /// The names of everything in the working folder, whatever its depth; folders end with `/`.
    pub fn listing(&self) -> BTreeSet<String> {
        let root = self.path("");
        let mut found = BTreeSet::new();
        list(&root, &root, &mut found);
        found
    }

    /// Every file in the home that some process holds a lock on. A file that nobody holds is no lock.
    pub fn locks(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        if self.home().exists() {
            list(&self.home(), &self.home(), &mut found);
        }
        let is_held = |name: &String| {
            let is_lock = Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "lock");
            is_lock && File::open(self.home().join(name)).is_ok_and(|file| file.try_lock().is_err())
        };
        found.into_iter().filter(is_held).collect()
    }

    /// `installhub SUBCOMMAND`, to be completed.
    pub fn installhub(&self, subcommand: &str) -> Command {
        Command::new(&self.home()).arg(subcommand)
    }

    /// `installhub` without anything yet.
    pub fn bare(&self) -> Command {
        Command::new(&self.home())
    }

    /// Another program, with the same home.
    pub fn program(&self, program: &str) -> Command {
        Command::of_program(Path::new(program), &self.home())
    }

    /// Exports a whole database as version 1.0.0 of the package `Chinook`.
    #[track_caller]
    pub fn export(&self, database: &Path, package: &Path) {
        self.export_command(database, package).run().done();
    }

    /// The command that [`export`](Self::export) runs.
    pub fn export_command(&self, database: &Path, package: &Path) -> Command {
        self.installhub("export")
            .sqlite("--from", database)
            .flag("--name", "Chinook")
            .flag("--version", "1.0.0")
            .flag("--output", package)
    }

    /// `import PACKAGE --into sqlite:DATABASE --yes --format json`, to be completed.
    pub fn import_command(&self, package: &Path, database: &Path) -> Command {
        self.installhub("import")
            .arg(package)
            .sqlite("--into", database)
            .arg("--yes")
            .json_format()
    }

    /// Imports into a database under a strategy, and gives the answer.
    #[track_caller]
    pub fn import(&self, package: &Path, database: &Path, strategy: &str) -> Value {
        self.import_command(package, database)
            .flag("--strategy", strategy)
            .run()
            .done()
            .json()
    }

    /// What an import into a database would do.
    #[track_caller]
    pub fn plan(&self, package: &Path, database: &Path, strategy: &str) -> Value {
        let command = self
            .installhub("import")
            .arg(package)
            .sqlite("--into", database);
        let answer = command
            .flag("--strategy", strategy)
            .arg("--plan")
            .json_format()
            .run()
            .done()
            .json();
        assert_eq!(answer["outcome"], "planned");
        answer
    }

    /// Rolls an import back.
    #[track_caller]
    pub fn rollback(&self, import: &Value) -> Value {
        let id = import["id"]
            .as_str()
            .unwrap_or_else(|| panic!("the import has no id: {import}"));
        let answer = self
            .installhub("rollback")
            .arg(id)
            .json_format()
            .run()
            .done()
            .json();
        assert_eq!(answer["state"], "RolledBack", "{answer}");
        answer
    }

    /// All imports, newest first.
    #[track_caller]
    pub fn imports(&self) -> Vec<Value> {
        let answer = self.installhub("imports").json_format().run().done().json();
        answer["items"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("no items: {answer}"))
    }

    /// The embedded store, read with an engine of our own.
    pub fn store(&self) -> Store {
        Store::in_home(&self.home())
    }
}

fn list(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder to list") {
        let path = entry.expect("an entry of the folder").path();
        let name = path
            .strip_prefix(root)
            .expect("a path below the root")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            found.insert(format!("{name}/"));
            list(root, &path, found);
        } else {
            found.insert(name);
        }
    }
}
