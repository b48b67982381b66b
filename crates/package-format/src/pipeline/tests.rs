//! Whatever is read, by however many threads, the findings are those of one thread that reads file by file.

use std::collections::HashMap;
use std::fmt::Write;

use installhub_artifact::ArtifactType;
use installhub_checksum::BundleHasher;
use proptest::prelude::*;

use super::*;
use crate::framing::read_archive;
use crate::writer::{ArchiveSink, Entry};

/// What is special about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    Crc,
    Row(usize),
    Count,
    Header,
}

#[derive(Debug, Clone)]
enum File {
    Document { length: usize, flaw: Flaw },
    Rows { rows: usize, flaw: Flaw },
    Other { length: usize, flaw: Flaw },
}

fn content(number: usize, file: &File) -> Vec<u8> {
    let mut text = String::new();
    match file {
        File::Document { length, .. } => {
            let _ = write!(
                text,
                r#"{{"id":"a{number}","references":[{{"id":"a0"}}],"x":"{}"}}"#,
                "y".repeat(*length)
            );
        }
        File::Rows { rows, flaw } => {
            let stated = rows + usize::from(*flaw == Flaw::Count);
            let _ = writeln!(
                text,
                r#"{{"id":"a{number}","table":"t","columns":[{{"name":"a","type":"b"}}],"rows":{stated}}}"#
            );
            if *flaw == Flaw::Header {
                text.insert(0, '[');
            }
            for row in 0..*rows {
                let line = if *flaw == Flaw::Row(row) {
                    "{}"
                } else {
                    "[\"1234567890123456789012345678901234567890\"]"
                };
                let _ = writeln!(text, "{line}");
            }
        }
        File::Other { length, .. } => text.push_str(&"z".repeat(*length)),
    }
    text.into_bytes()
}

/// An archive of the files, with what has been planned for each.
fn archive(files: &[File]) -> (Vec<u8>, Vec<Task>) {
    let mut bytes = Vec::new();
    let mut sink = ArchiveSink::new(&mut bytes);
    let mut tasks = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let content_bytes = content(number, file);
        let (File::Document { flaw, .. } | File::Rows { flaw, .. } | File::Other { flaw, .. }) =
            file;
        let entry = Entry {
            name: format!("{number}"),
            deflated: false,
            crc: crc32fast::hash(&content_bytes) ^ u32::from(*flaw == Flaw::Crc),
            compressed: content_bytes.len() as u64,
            uncompressed: content_bytes.len() as u64,
        };
        sink.entry(&entry, &content_bytes).expect("memory");
        let kind = match file {
            File::Document { .. } => Some(Content::Document),
            File::Rows { .. } => Some(Content::Rows),
            File::Other { .. } => None,
        };
        tasks.push(Task {
            member: number,
            work: kind.map_or(Work::Data, |content| Work::Artifact {
                content,
                declared: Declaration {
                    artifact_type: Some(ArtifactType::Data),
                    id: Some(format!("a{number}")),
                },
            }),
        });
    }
    sink.finish().expect("memory");
    (bytes, tasks)
}

fn expected(number: usize, file: &File) -> (bool, Option<Digest>, bool) {
    let (File::Document { flaw, .. } | File::Rows { flaw, .. } | File::Other { flaw, .. }) = file;
    let bytes = content(number, file);
    let is_artifact = !matches!(file, File::Other { .. });
    let faulty = *flaw == Flaw::Crc;
    let wrong = match file {
        File::Rows {
            rows,
            flaw: Flaw::Row(row),
        } => row < rows,
        File::Rows {
            flaw: Flaw::Count | Flaw::Header,
            ..
        } => true,
        _ => false,
    };
    let digest = (is_artifact && !faulty).then(|| Digest::of(&bytes));
    (faulty, digest, wrong && !faulty)
}

fn flaw() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        8 => Just(Flaw::None),
        1 => Just(Flaw::Crc),
        1 => (0..60_000usize).prop_map(Flaw::Row),
        1 => Just(Flaw::Count),
        1 => Just(Flaw::Header),
    ]
}

fn file() -> impl Strategy<Value = File> {
    prop_oneof![
        (0..300_000usize, flaw()).prop_map(|(length, flaw)| File::Document { length, flaw }),
        (0..60_000usize, flaw()).prop_map(|(rows, flaw)| File::Rows { rows, flaw }),
        (0..600_000usize, flaw()).prop_map(|(length, flaw)| File::Other { length, flaw }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn threads_change_nothing(mut files in prop::collection::vec(file(), 1..12), threads in 1..6usize) {
        // Artifacts come first.
        files.sort_by_key(|file| matches!(file, File::Other { .. }));
        let (bytes, tasks) = archive(&files);
        let limits = Limits::default();
        let members = read_archive(&bytes, &limits).expect("well framed").members;
        let bundled = files.iter().filter(|file| !matches!(file, File::Other { .. })).count();
        let ids = HashMap::from([("a0".to_owned(), 0)]);
        let plan = Plan { source: &bytes, members: &members, tasks: &tasks, ids: &ids, bundled, limits: &limits };
        let findings = engine::Engine::new(&plan).run(threads).expect("memory reads");

        let mut bundle = BundleHasher::new();
        let mut whole = bundled > 0;
        for (number, file) in files.iter().enumerate() {
            let outcome = &findings.outcomes[number];
            let (faulty, digest, wrong) = expected(number, file);
            prop_assert_eq!(outcome.fault.is_some(), faulty, "file {}", number);
            prop_assert_eq!(outcome.digest, digest, "file {}", number);
            prop_assert_eq!(outcome.content.is_some(), wrong, "file {}: {:?}", number, &outcome.content);
            if let (File::Rows { flaw: Flaw::Row(row), .. }, Some(message)) = (file, &outcome.content) {
                let said = message.starts_with(&format!("in line {} ", row + 2));
                prop_assert!(said, "row {}: {}", row, message);
            }
            if number < bundled {
                whole &= !faulty;
                bundle.update(&content(number, file));
            }
        }
        prop_assert_eq!(findings.bundle, whole.then(|| bundle.finish()));
    }
}
