//! A disk that is full half way: a clear message, nothing left, everything as it was.
//!
//! The limit on the size of files stands in for the full disk: a write fails in the middle of the work.

use std::path::Path;

use installhub_acceptance::{Command, Dump, Sandbox, assert_same, binary, inputs};

use crate::fixtures;

/// `installhub` with at most so many KiB in every file it writes.
fn limited(sandbox: &Sandbox, kibibytes: u32) -> Command {
    let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$@\"");
    sandbox
        .program("bash")
        .args(["-c", &script, "bash"])
        .arg(binary())
}

fn export(command: Command, package: &Path) -> Command {
    let command = command
        .arg("export")
        .sqlite("--from", &inputs::chinook())
        .flag("--name", "Chinook");
    command.flag("--version", "1.0.0").flag("--output", package)
}

fn import(command: Command, package: &Path, target: &Path) -> Command {
    let command = command
        .arg("import")
        .arg(package)
        .sqlite("--into", target)
        .flag("--strategy", "overwrite");
    command.arg("--yes").json_format()
}

#[test]
fn an_export_leaves_no_half_package() {
    let sandbox = Sandbox::new();
    let package = sandbox.path("package.zip");
    for limit in [0, 1, 8, 64, 150] {
        let answer = export(limited(&sandbox, limit), &package)
            .run()
            .refused_with(&["package.zip"]);
        assert!(
            sandbox.listing().is_empty(),
            "{limit} KiB: {:?}\n{answer}",
            sandbox.listing()
        );
        export(limited(&sandbox, limit), &package)
            .json_format()
            .run()
            .refused()
            .failure();
    }
    export(limited(&sandbox, 100_000), &package).run().done();
}

#[test]
fn an_unpacking_leaves_no_half_folder() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let before = sandbox.listing();
    for limit in [1, 64] {
        limited(&sandbox, limit)
            .arg("unpack")
            .arg(&package)
            .arg(sandbox.path("folder"))
            .run()
            .refused();
        assert_eq!(sandbox.listing(), before, "{limit} KiB");
    }
}

#[test]
fn an_import_into_a_new_file_leaves_it_empty() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    for limit in [1, 64, 300, 600, 900] {
        let target = sandbox.path(&format!("target-{limit}.db"));
        import(limited(&sandbox, limit), &package, &target)
            .run()
            .refused()
            .failure();
        assert!(Dump::exact(&target).is_empty(), "{limit} KiB");
        assert!(
            !sandbox.path(&format!("target-{limit}.db-journal")).exists(),
            "{limit} KiB"
        );
        assert!(
            sandbox
                .imports()
                .iter()
                .all(|import| import["state"] == "Failed"),
            "{limit} KiB"
        );
        sandbox.import(&package, &target, "merge");
        let id = sandbox.imports()[0].clone();
        sandbox.rollback(&id);
        std::fs::remove_dir_all(sandbox.home()).expect("the home");
    }
}

#[test]
fn an_import_into_an_edited_database_leaves_it_as_it_was() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let before = Dump::exact(&target);
    for limit in [1, 64, 200, 600, 900] {
        import(limited(&sandbox, limit), &package, &target)
            .run()
            .refused()
            .failure();
        assert_same(&before, &Dump::exact(&target), &format!("{limit} KiB"));
        assert!(
            sandbox
                .imports()
                .iter()
                .all(|import| import["state"] == "Failed"),
            "{limit} KiB"
        );
    }
    assert_eq!(
        sandbox.import(&package, &target, "overwrite")["outcome"],
        "imported"
    );
}

#[test]
fn a_rollback_that_fails_can_be_done_again() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = fixtures::edited_chinook(&sandbox, "target.db");
    let before = Dump::exact(&target);
    let imported = sandbox.import(&package, &target, "overwrite");
    let after = Dump::exact(&target);
    let id = imported["id"].as_str().expect("an id");
    for limit in [1, 64, 600] {
        limited(&sandbox, limit)
            .args(["rollback", id])
            .json_format()
            .run()
            .refused();
        assert_same(&after, &Dump::exact(&target), &format!("{limit} KiB"));
        assert_eq!(sandbox.imports()[0]["state"], "Completed", "{limit} KiB");
    }
    sandbox.rollback(&imported);
    assert_same(&before, &Dump::exact(&target), "the state before");
}
