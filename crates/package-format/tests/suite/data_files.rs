//! Rows: judged in pieces when there are many, with the same verdict as at once.

use crate::packages::{assert_found, data_file, data_header, judge, package};
use installhub_artifact::ArtifactType;

/// Enough rows that a file is read in many pieces by several threads.
const MANY: usize = 100_000;

fn verdict(bytes: &[u8]) -> installhub_package_format::Report {
    judge(&package(&[(ArtifactType::Data, "public.film", bytes)]))
}

/// The file with line `number` (the header is 1) replaced.
fn with_line(bytes: &[u8], number: usize, line: &str) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    lines[number - 1] = line.as_bytes();
    lines.join(&b'\n')
}

#[test]
fn rows_are_valid_few_or_many() {
    for rows in [0, 1, 10, MANY] {
        let bytes = data_file("public.film", rows);
        assert!(verdict(&bytes).is_valid(), "{rows} rows");
        // A last line without its end, and line ends of two characters, are the same rows.
        assert!(
            verdict(bytes.trim_ascii_end()).is_valid(),
            "{rows} rows without the last line end"
        );
    }
    let windows = String::from_utf8(data_file("public.film", 10))
        .expect("text")
        .replace('\n', "\r\n");
    assert!(verdict(windows.as_bytes()).is_valid());
}

#[test]
fn the_first_wrong_row_is_named_by_its_line() {
    for rows in [20_000, MANY] {
        let bytes = data_file("public.film", rows);
        for (line, wrong, said) in [
            (2, "[1]", "found 1 values, expected 2"),
            (19_000, "[1,2,3]", "found 3 values, expected 2"),
            (7_777, "", "in line 7777"),
            (7_777, "{}", "in line 7777"),
            (7_777, "[1,2", "in line 7777"),
            (7_777, "[1,2] [3,4]", "in line 7777"),
            (20_000, "[1,\u{1}2]", "in line 20000"),
        ] {
            let report = verdict(&with_line(&with_line(&bytes, line, wrong), 20_001, "[]"));
            assert_found(&report, &["InvalidArtifactContent"]);
            let message = &report.diagnostics[0].message;
            assert!(
                message.contains(said) && message.contains(&format!("in line {line} ")),
                "{message}"
            );
        }
    }
}

#[test]
fn header_and_rows_have_to_fit() {
    let film = |header: &str| [header.as_bytes(), b"\n[1,\"a\"]\n"].concat();
    assert!(verdict(&film(&data_header("public.film", 1))).is_valid());
    for wrong in [
        data_header("public.film", 2),
        data_header("public.actor", 1),
        data_header("public.film", 1).replace("\"Data\"", "\"Table\""),
        data_header("public.film", 1).replace("\"columns\"", "\"fields\""),
        "[]".to_owned(),
        "{".to_owned(),
        String::new(),
    ] {
        assert_found(&verdict(&film(&wrong)), &["InvalidArtifactContent"]);
    }
    assert_found(&verdict(b""), &["InvalidArtifactContent"]);
    let miscounted = data_file("public.film", MANY);
    let miscounted = with_line(&miscounted, 1, &data_header("public.film", MANY + 1));
    let report = verdict(&miscounted);
    assert_found(&report, &["InvalidArtifactContent"]);
    assert!(
        report.diagnostics[0]
            .message
            .contains("100000 rows; its header says 100001")
    );
}

#[test]
fn a_line_that_is_no_row_of_any_table_is_not_collected() {
    let spaces = vec![b' '; 3 << 20];
    let endless_header = [b"{\"id\":".as_slice(), &spaces].concat();
    let report = verdict(&endless_header);
    assert_found(&report, &["InvalidArtifactContent"]);
    assert!(
        report.diagnostics[0].message.contains("header line"),
        "{:?}",
        report.diagnostics
    );
}

#[test]
fn many_files_of_all_sizes_make_one_bundle() {
    let sizes = [10, MANY, 3, 25_000, 60_000, 0, 1];
    let files: Vec<(String, Vec<u8>)> = (0..60)
        .map(|number| {
            let id = format!("t{number}");
            let bytes = data_file(&id, sizes[number % sizes.len()] / (1 + number / 14));
            (id, bytes)
        })
        .collect();
    let artifacts: Vec<(ArtifactType, &str, &[u8])> = files
        .iter()
        .map(|(id, bytes)| (ArtifactType::Data, id.as_str(), bytes.as_slice()))
        .collect();
    let report = judge(&package(&artifacts));
    assert!(report.is_valid(), "{:#?}", report.diagnostics);
}
