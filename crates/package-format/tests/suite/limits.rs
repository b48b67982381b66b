//! Bounds: told from the headers, kept while inflating, printed in the finding.

use crate::packages::{archive, assert_found, data_file, package, small_package, unpacked};
use installhub_artifact::ArtifactType;
use installhub_package_format::{Limits, Report, validate};
use zip::CompressionMethod;

fn judge(bytes: &[u8], limits: &Limits) -> Report {
    validate(bytes, limits).expect("memory reads")
}

#[test]
fn every_bound_has_its_finding() {
    let package = small_package();
    assert!(judge(&package, &Limits::default()).is_valid());
    let long = "x".repeat(3000);
    let large = format!(r#"{{"id":"large","x":"{long}"}}"#);
    let large = crate::packages::package(&[(ArtifactType::Custom, "large", large.as_bytes())]);
    let judged = |package: &[u8], change: &dyn Fn(&mut Limits), said: &str| {
        let mut limits = Limits::default();
        change(&mut limits);
        let report = judge(package, &limits);
        assert_found(&report, &["ResourceLimitExceeded"]);
        let message = &report.diagnostics[0].message;
        assert!(message.contains(said), "{message}");
    };
    judged(
        &package,
        &|limits| limits.max_entries = 3,
        "4 entries; at most 3",
    );
    judged(
        &package,
        &|limits| limits.max_directory_bytes = 1,
        "at most 1 bytes are read",
    );
    judged(
        &package,
        &|limits| limits.max_manifest_bytes = 1024,
        "at most 1 KiB",
    );
    judged(
        &large,
        &|limits| limits.max_entry_bytes = 2048,
        "at most 2 KiB",
    );
    judged(
        &large,
        &|limits| limits.max_total_bytes = 2048,
        "at most 2 KiB (data",
    );
}

#[test]
fn a_manifest_that_is_there_twice_is_not_read_beyond_the_bounds() {
    let spaces = vec![b' '; 5000];
    let mut files = unpacked(&small_package());
    files[0] = ("manifest.jsom".to_owned(), spaces.clone());
    files.push(("manifest.jsop".to_owned(), spaces));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let mut doubled = archive(&files, CompressionMethod::Stored);
    for at in 0..doubled.len() - 13 {
        if doubled[at..].starts_with(b"manifest.jso") {
            doubled[at + 12] = b'n';
        }
    }
    let limits = Limits {
        max_entry_bytes: 4096,
        ..Limits::default()
    };
    let report = judge(&doubled, &limits);
    let codes = crate::packages::codes(&report);
    assert_eq!(
        codes,
        [
            ("DuplicateEntry".to_owned(), 1),
            ("ResourceLimitExceeded".to_owned(), 2)
        ],
        "{:#?}",
        report.diagnostics
    );
}

#[test]
fn a_bomb_is_not_inflated() {
    let spaces = vec![b' '; 40 << 20];
    let bomb = [b"{\"id\":\"bomb\"}".as_slice(), &spaces].concat();
    let report = judge(
        &package(&[(ArtifactType::Custom, "bomb", &bomb)]),
        &Limits::default(),
    );
    assert_found(&report, &["ResourceLimitExceeded"]);
    assert!(
        report.diagnostics[0]
            .message
            .contains("expected at most 100:1 above 32 MiB")
    );
}

#[test]
fn data_files_have_their_own_bound_or_none() {
    let rows = data_file("t", 30_000);
    let package = package(&[(ArtifactType::Data, "t", &rows)]);
    let tight = Limits {
        max_entry_bytes: 4096,
        max_total_bytes: 8192,
        ratio_from_bytes: 0,
        max_ratio: 3,
        ..Limits::default()
    };
    assert!(
        judge(&package, &tight).is_valid(),
        "{:?}",
        judge(&package, &tight).diagnostics
    );
    let bounded = Limits {
        max_data_bytes: Some(1000),
        ..Limits::default()
    };
    assert_found(&judge(&package, &bounded), &["ResourceLimitExceeded"]);
    // What no manifest declares as data has no exemption.
    let mut files = unpacked(&small_package());
    files.push(("artifacts/data/t.ndjson".to_owned(), rows));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let stray = archive(&files, CompressionMethod::Deflated);
    let report = judge(
        &stray,
        &Limits {
            max_entry_bytes: 4096,
            ..Limits::default()
        },
    );
    assert_found(&report, &["ResourceLimitExceeded", "UndeclaredArtifact"]);
}

#[test]
fn a_row_is_not_collected_beyond_its_bound() {
    let row = format!("[1,\"{}\"]\n", "x".repeat(2 << 20));
    let rows = [
        crate::packages::data_header("t", 1).as_bytes(),
        b"\n",
        row.as_bytes(),
    ]
    .concat();
    let package = package(&[(ArtifactType::Data, "t", &rows)]);
    assert!(judge(&package, &Limits::default()).is_valid());
    let report = judge(
        &package,
        &Limits {
            max_row_bytes: 1 << 20,
            ..Limits::default()
        },
    );
    assert_found(&report, &["InvalidArtifactContent"]);
}

#[test]
fn a_large_data_file_that_is_wrong_is_not_read_to_its_end() {
    let mut rows = data_file("t", 100_000);
    let start = crate::packages::data_header("t", 100_000).len() + 1;
    rows[start] = b'{';
    let package = package(&[(ArtifactType::Data, "t", &rows)]);
    let limits = Limits {
        max_entry_bytes: 1 << 20,
        ..Limits::default()
    };
    assert_found(&judge(&package, &limits), &["InvalidArtifactContent"]);
}

#[test]
fn dependencies_are_counted() {
    let limits = Limits {
        max_references: 0,
        ..Limits::default()
    };
    assert_found(
        &judge(&small_package(), &limits),
        &["ResourceLimitExceeded"],
    );
}

#[test]
fn a_long_readme_is_warned_about() {
    let files = unpacked(&small_package());
    let long = "x".repeat(70_000);
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| match name.as_str() {
            "README.md" => ("README.md", long.as_bytes()),
            _ => (name.as_str(), bytes.as_slice()),
        })
        .collect();
    let report = judge(
        &archive(&files, CompressionMethod::Deflated),
        &Limits::default(),
    );
    assert_eq!(report.warnings[0].code, "ReadmeTooLarge");
    // It is not the README that the manifest states the digest of, either.
    assert_found(&report, &["ArtifactHashMismatch"]);
}

#[test]
fn findings_are_counted_beyond_those_that_are_listed() {
    let mut files = unpacked(&small_package());
    files.extend((0..2500).map(|number| {
        (
            format!("artifacts/forms/stray-{number}.json"),
            b"{}".to_vec(),
        )
    }));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let report = judge(
        &archive(&files, CompressionMethod::Deflated),
        &Limits::default(),
    );
    assert_eq!((report.total, report.diagnostics.len()), (2500, 1000));
    let failure = report.failure().expect("refused");
    assert!(
        failure.message.contains("2500 errors"),
        "{}",
        failure.message
    );
}
