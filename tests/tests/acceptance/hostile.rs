//! Damaged packages through the built command: every flipped bit that could mean something else is found.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use installhub_acceptance::{Region, Sandbox, is_optimised, regions};
use serde_json::Value;

use crate::fixtures::{pack, small_folder};

/// Damaged packages in one call.
const IN_ONE_CALL: usize = 60;

fn small_package(sandbox: &Sandbox) -> Vec<u8> {
    let package = pack(sandbox, &small_folder(sandbox, "folder"), "Small", "1.0.0");
    fs::read(package).expect("the package")
}

/// Judges all of them, many at a time; gives the verdicts by file.
fn verdicts(sandbox: &Sandbox, files: &[PathBuf]) -> BTreeMap<String, Value> {
    let mut verdicts = BTreeMap::new();
    for files in files.chunks(IN_ONE_CALL) {
        let (answer, took) = sandbox
            .installhub("validate")
            .args(files)
            .json_format()
            .timed();
        assert!(answer.code == 0 || answer.code == 1, "{answer}");
        assert_eq!(answer.stderr, "", "{answer}");
        let lines = answer.json_lines();
        assert_eq!(lines.len(), files.len(), "a verdict for each file");
        for verdict in lines {
            verdicts.insert(
                verdict["file"].as_str().expect("a file").to_owned(),
                verdict,
            );
        }
        let limit = if is_optimised() { 1 } else { 5 };
        assert!(took.as_secs() < limit * IN_ONE_CALL as u64, "took {took:?}");
    }
    verdicts
}

#[test]
fn no_truncated_package_is_valid() {
    let sandbox = Sandbox::new();
    let package = small_package(&sandbox);
    let step = package.len() / 120;
    let files: Vec<PathBuf> = (0..package.len())
        .step_by(step)
        .chain(package.len() - 24..package.len())
        .map(|length| sandbox.write(&format!("truncated/{length}.zip"), &package[..length]))
        .collect();
    for (file, verdict) in verdicts(&sandbox, &files) {
        assert_eq!(verdict["valid"], false, "{file}");
        assert_eq!(verdict["errors"][0]["layer"], "ZipStructure", "{verdict}");
    }
}

#[test]
fn no_package_with_bytes_before_or_after_is_valid() {
    let sandbox = Sandbox::new();
    let package = small_package(&sandbox);
    let files: Vec<PathBuf> = [1, 4, 1000]
        .into_iter()
        .flat_map(|count| {
            let (after, before) = (
                [package.clone(), vec![0; count]].concat(),
                [vec![0; count], package.clone()].concat(),
            );
            let twice = [
                package.clone(),
                package[..package.len() - count].to_vec(),
                package.clone(),
            ]
            .concat();
            [("after", after), ("before", before), ("twice", twice)]
                .map(|(name, bytes)| sandbox.write(&format!("{name}-{count}.zip"), bytes))
        })
        .collect();
    for (file, verdict) in verdicts(&sandbox, &files) {
        assert_eq!(verdict["valid"], false, "{file}");
    }
}

#[test]
fn every_flipped_bit_that_says_something_is_found() {
    let sandbox = Sandbox::new();
    let package = small_package(&sandbox);
    let regions = regions(&package);
    // One bit of every few bytes, another one each time.
    let flips: Vec<(usize, u32)> = (0..package.len())
        .step_by(package.len() / 300)
        .zip((0..8).cycle())
        .collect();
    let file_of = |byte: usize, bit: u32| sandbox.path(&format!("flipped/{byte}-{bit}.zip"));
    let files: Vec<PathBuf> = flips
        .iter()
        .map(|(byte, bit)| {
            let mut flipped = package.clone();
            flipped[*byte] ^= 1 << bit;
            sandbox.write(&format!("flipped/{byte}-{bit}.zip"), flipped)
        })
        .collect();
    let verdicts = verdicts(&sandbox, &files);
    let accepted: Vec<&(usize, u32)> = flips
        .iter()
        .filter(|(byte, bit)| {
            verdicts[&file_of(*byte, *bit).display().to_string()]["valid"] == true
        })
        .filter(|(byte, _)| regions[*byte] == Region::Binding)
        .collect();
    assert!(
        accepted.is_empty(),
        "accepted with a flipped (byte, bit): {accepted:?} of {} bytes",
        package.len()
    );
}

#[test]
fn damaged_packages_are_neither_shown_nor_unpacked() {
    let sandbox = Sandbox::new();
    let mut package = small_package(&sandbox);
    let middle = package.len() / 2;
    package[middle] ^= 0x10;
    let file = sandbox.write("damaged.zip", &package);
    let before = sandbox.listing();
    for arguments in [
        &["inspect"] as &[&str],
        &["graph"],
        &["graph", "--format", "svg"],
        &["graph", "--why", "form-1"],
    ] {
        let answer = sandbox
            .installhub(arguments[0])
            .arg(&file)
            .args(&arguments[1..])
            .run()
            .findings();
        assert!(answer.stdout.contains("damaged.zip"), "{answer}");
    }
    let json = sandbox
        .installhub("inspect")
        .arg(&file)
        .json_format()
        .run()
        .findings()
        .json();
    assert_eq!(json["error"], "ValidationFailed");
    sandbox
        .installhub("unpack")
        .arg(&file)
        .arg(sandbox.path("unpacked"))
        .run()
        .findings();
    sandbox
        .installhub("diff")
        .args([&file, &file])
        .run()
        .refused();
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn limits_can_be_set_and_are_told() {
    let sandbox = Sandbox::new();
    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Small",
        "1.0.0",
    );
    for (flag, value) in [
        ("--max-entries", "4"),
        ("--max-entry-bytes", "100"),
        ("--max-total-bytes", "1000"),
        ("--max-manifest-bytes", "500"),
    ] {
        let answer = sandbox
            .installhub("validate")
            .arg(&package)
            .flag(flag, value)
            .json_format()
            .run()
            .findings();
        let errors = answer.json()["errors"].clone();
        let found = errors
            .as_array()
            .into_iter()
            .flatten()
            .find(|error| error["code"] == "ResourceLimitExceeded");
        let message = found
            .map(|error| error["message"].to_string())
            .unwrap_or_default();
        assert!(
            message.replace([',', '_', '.'], "").contains(value),
            "the limit is not told: {answer}"
        );
        sandbox
            .installhub("import")
            .arg(&package)
            .args(["--into", "store", "--yes"])
            .flag(flag, value)
            .run()
            .findings();
    }
    assert!(sandbox.store().artifacts().is_empty());
}
