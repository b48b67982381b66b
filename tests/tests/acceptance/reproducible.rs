//! The same content gives the same bytes, and independent readers agree with what a package says of itself.

use std::fs;
use std::path::{Path, PathBuf};

use installhub_acceptance::{Command, Sandbox, inputs};

use crate::fixtures;

const PACKAGE_ID: &str = "018f3c9e-7a63-7c14-9d9b-4d1d3c3a9b10";

/// Checks every hash, the bundle checksum and the archive itself with nothing but Python's own library.
const INDEPENDENT_READER: &str = r#"
import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as package:
    assert package.testzip() is None
    names = package.namelist()
    manifest = json.loads(package.read("manifest.json"))
    entries = {entry["id"]: entry for entry in manifest["artifacts"]}
    assert len(entries) == len(manifest["artifacts"]), "ids are unique"
    assert sorted(manifest["installOrder"]) == sorted(entries), "the order is complete"
    sha = lambda content: "sha256:" + hashlib.sha256(content).hexdigest()
    bundle = b""
    for id in manifest["installOrder"]:
        content = package.read(entries[id]["file"])
        assert sha(content) == entries[id]["hash"], id
        if entries[id]["file"].endswith(".json"):
            document = json.loads(content)
            assert document["id"] == id and document["_type"] == entries[id]["type"], id
        bundle += content
    assert sha(bundle) == manifest["checksum"], "the bundle's checksum"
    readme = package.read("README.md")
    assert manifest.get("readmeHash", sha(readme)) == sha(readme), "the README's hash"
    files = [entries[id]["file"] for id in manifest["installOrder"]]
    assert names == ["manifest.json", "README.md"] + files, names
    assert all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in package.infolist())
    assert not package.comment and not any(info.comment or info.extra for info in package.infolist())
    print(len(entries))
"#;

fn reproducible(command: Command) -> Command {
    command
        .flag("--package-id", PACKAGE_ID)
        .env("SOURCE_DATE_EPOCH", "1700000000")
}

#[track_caller]
fn assert_equal_files(one: &Path, other: &Path) {
    let (left, right) = (
        fs::read(one).expect("a file"),
        fs::read(other).expect("a file"),
    );
    let first = left
        .iter()
        .zip(&right)
        .position(|(left, right)| left != right);
    assert!(
        left == right,
        "{} ({} bytes) and {} ({} bytes) differ from {first:?}",
        one.display(),
        left.len(),
        other.display(),
        right.len()
    );
}

/// Packs twice from the folder, the second time from a copy made in another order, and gives the package.
fn packed_workflows(sandbox: &Sandbox) -> PathBuf {
    let mut files = inputs::workflow_files();
    files.reverse();
    for file in files {
        sandbox.copy(
            &file,
            &format!(
                "elsewhere/{}",
                file.file_name().expect("a name").to_string_lossy()
            ),
        );
    }
    let pack = |folder: &Path, name: &str| {
        let package = sandbox.path(name);
        let command = sandbox
            .installhub("pack")
            .arg(folder)
            .flag("--output", &package)
            .flag("--format", "n8n");
        let command = command
            .flag("--on-duplicate-id", "rename")
            .flag("--type", "workflow-package");
        reproducible(
            command
                .flag("--name", "Automations")
                .flag("--version", "1.0.0"),
        )
        .run()
        .done();
        package
    };
    let one = pack(&inputs::workflows(), "one.zip");
    let other = pack(&sandbox.path("elsewhere"), "other.zip");
    assert_equal_files(&one, &other);
    one
}

fn exported_database(sandbox: &Sandbox) -> PathBuf {
    let export = |name: &str| {
        let package = sandbox.path(name);
        reproducible(sandbox.export_command(&inputs::chinook(), &package))
            .run()
            .done();
        package
    };
    let one = export("one.zip");
    assert_equal_files(&one, &export("other.zip"));
    one
}

/// The package as a folder, and the folder as a package again.
fn through_a_folder(sandbox: &Sandbox, package: &Path) {
    let folder = sandbox.path("unpacked");
    sandbox
        .installhub("unpack")
        .arg(package)
        .arg(&folder)
        .run()
        .done();
    let again = sandbox.path("again.zip");
    sandbox
        .installhub("pack")
        .arg(&folder)
        .flag("--output", &again)
        .run()
        .done();
    assert_equal_files(package, &again);
}

fn read_independently(sandbox: &Sandbox, package: &Path, artifacts: usize) {
    let unzipped = sandbox
        .program("unzip")
        .args(["-t", "-q"])
        .arg(package)
        .run()
        .done();
    assert!(unzipped.stdout.contains("No errors detected"), "{unzipped}");
    let read = sandbox
        .program("python3")
        .args(["-c", INDEPENDENT_READER])
        .arg(package)
        .run()
        .done();
    assert_eq!(read.stdout.trim(), artifacts.to_string(), "{read}");
}

#[test]
fn workflows_give_the_same_bytes_and_every_hash_is_right() {
    let sandbox = Sandbox::new();
    let package = packed_workflows(&sandbox);
    read_independently(&sandbox, &package, 207);
    through_a_folder(&sandbox, &package);
}

#[test]
fn a_database_gives_the_same_bytes_and_every_hash_is_right() {
    let sandbox = Sandbox::new();
    let package = exported_database(&sandbox);
    let manifest = sandbox
        .installhub("inspect")
        .arg(&package)
        .json_format()
        .run()
        .done()
        .json();
    assert_eq!(manifest["exportedAt"], "2023-11-14T22:13:20Z");
    assert_eq!(
        manifest["packageId"]
            .as_str()
            .map(|id| id.trim_start_matches("pkg-")),
        Some(PACKAGE_ID)
    );
    read_independently(
        &sandbox,
        &package,
        manifest["artifacts"].as_array().map_or(0, Vec::len),
    );
    through_a_folder(&sandbox, &package);
}

#[test]
fn an_import_and_an_export_of_it_give_the_same_bytes() {
    let sandbox = Sandbox::new();
    let package = exported_database(&sandbox);
    let copy = sandbox.path("copy.db");
    sandbox.import(&package, &copy, "overwrite");
    let again = sandbox.path("again.zip");
    reproducible(sandbox.export_command(&copy, &again))
        .run()
        .done();
    assert_equal_files(&package, &again);
}

#[test]
fn only_identity_and_time_differ_between_two_exports() {
    let sandbox = Sandbox::new();
    let manifest = |name: &str| {
        let package = sandbox.path(name);
        sandbox.export(&inputs::chinook(), &package);
        sandbox
            .installhub("inspect")
            .arg(&package)
            .json_format()
            .run()
            .done()
            .json()
    };
    let (mut one, mut other) = (manifest("one.zip"), manifest("other.zip"));
    assert_ne!(one["packageId"], other["packageId"]);
    for manifest in [&mut one, &mut other] {
        let members = manifest.as_object_mut().expect("an object");
        // The generated README tells the time of export.
        for member in ["packageId", "exportedAt", "readmeHash"] {
            members.remove(member);
        }
    }
    assert_eq!(one, other);
}

#[test]
fn an_edited_folder_gives_a_package_with_that_edit_and_nothing_else() {
    let sandbox = Sandbox::new();
    let folder = fixtures::small_folder(&sandbox, "folder");
    let one = fixtures::pack(&sandbox, &folder, "Small", "1.0.0");
    let unpacked = sandbox.path("unpacked");
    sandbox
        .installhub("unpack")
        .arg(&one)
        .arg(&unpacked)
        .run()
        .done();
    fixtures::edit_document(&unpacked.join("artifacts/forms"), "form-1", |form| {
        form["title"] = "Changed".into();
    });
    let two = sandbox.path("two.zip");
    let command = sandbox
        .installhub("pack")
        .arg(&unpacked)
        .flag("--version", "1.1.0")
        .flag("--output", &two);
    command.run().done();
    read_independently(&sandbox, &two, 3);
    let answer = sandbox
        .installhub("diff")
        .args([&one, &two])
        .json_format()
        .run()
        .findings()
        .json();
    assert_eq!(answer["suggestedBump"], "patch");
    assert_eq!(
        (answer["added"].as_array(), answer["removed"].as_array()),
        (Some(&vec![]), Some(&vec![]))
    );
    assert_eq!(answer["changed"].as_array().map_or(0, Vec::len), 1);
    assert_eq!(answer["changed"][0]["id"], "form-1");
    assert_eq!(answer["changed"][0]["changes"][0]["new"], "Changed");
    sandbox.installhub("diff").args([&one, &one]).run().done();
}
