//! What is written is valid, complete, the same every time, and readable for others.

use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use crate::packages::{ENTITY, FORM, data_file, judge, meta, small_package, unpacked, writer};
use installhub_artifact::{ArtifactType, to_canonical_bytes};
use installhub_checksum::Digest;
use installhub_package_format::{
    Closing, Limits, OpenError, PackageReader, ReadError, SignatureFile, WriteError, WriterOptions,
};
use proptest::prelude::*;

#[test]
fn writers_and_readers_can_go_to_other_threads() {
    fn is_send<T: Send>() {}
    type Writer<'o> = installhub_package_format::PackageWriter<&'o mut Vec<u8>, Cursor<Vec<u8>>>;
    is_send::<Writer<'_>>();
    is_send::<installhub_package_format::ArtifactWriter<'_, Vec<u8>, std::fs::File>>();
    is_send::<PackageReader<std::fs::File>>();
    is_send::<installhub_package_format::ArtifactReader<dyn installhub_package_format::ByteSource>>(
    );
}

#[test]
fn what_is_written_is_valid_and_in_its_order() {
    let package = small_package();
    let report = judge(&package);
    assert!(report.is_valid(), "{:#?}", report.diagnostics);
    let names: Vec<String> = unpacked(&package)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "manifest.json",
            "README.md",
            "artifacts/entities/ent-1.json",
            "artifacts/forms/form-1.json"
        ]
    );
    // The manifest is stored, so that it can be read without inflating anything.
    let manifest = report
        .manifest
        .expect("a valid package has one")
        .to_canonical_bytes();
    assert!(
        package
            .windows(manifest.len())
            .any(|window| window == manifest)
    );
}

#[test]
fn a_reader_gives_back_what_was_written() {
    let rows = data_file("public.film", 40_000);
    let mut package = Vec::new();
    let mut writer = writer(&mut package, 2);
    writer
        .add_document(meta(ArtifactType::EntitySchema, "ent-1"), ENTITY.as_bytes())
        .expect("added");
    let mut data = writer
        .start_artifact(meta(ArtifactType::Data, "public.film"))
        .expect("started");
    data.write_all(&rows).expect("written");
    assert_eq!(data.finish().expect("finished"), Digest::of(&rows));
    let closing = Closing {
        readme: Some("# Mine\n".to_owned()),
        ..Closing::default()
    };
    let written = writer
        .finish_signed(closing, |manifest| {
            Ok(vec![SignatureFile {
                key_id: "key-1".to_owned(),
                bytes: Digest::of(manifest).to_string().into_bytes(),
            }])
        })
        .expect("finished");
    assert_eq!(
        (written.bytes, written.digest),
        (package.len() as u64, Digest::of(&package))
    );

    let reader =
        PackageReader::open(Arc::new(package), &Limits::default()).expect("a valid package");
    assert_eq!(reader.manifest(), &written.manifest);
    assert_eq!(reader.readme(), "# Mine\n");
    assert!(reader.warnings().is_empty());
    assert_eq!(reader.entries().len(), 5);
    let signatures = reader.signatures().expect("readable");
    let signed = Digest::of(reader.manifest_bytes()).to_string().into_bytes();
    assert_eq!(signatures[0].bytes, signed);

    let entity = reader.read_document("ent-1").expect("a document");
    let expected = installhub_artifact::parse(ENTITY.as_bytes()).expect("JSON");
    assert_eq!(to_canonical_bytes(&entity), to_canonical_bytes(&expected));
    assert!(matches!(
        reader.read_document("public.film"),
        Err(ReadError::NotADocument(_))
    ));
    assert!(matches!(
        reader.read_document("none"),
        Err(ReadError::Unknown(_))
    ));

    // Streams outlive the reader and go to other threads.
    let mut stream = reader
        .clone()
        .open_artifact("public.film")
        .expect("a data file");
    drop(reader);
    let read = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map(|_| bytes)
    });
    assert!(read.join().expect("no panic").expect("readable") == rows);
}

#[test]
fn a_source_that_changes_after_it_was_judged_is_noticed() {
    /// Bytes of which one is another after the first reading.
    struct Changing(Vec<u8>, std::sync::atomic::AtomicBool);
    impl installhub_package_format::ByteSource for Changing {
        fn size(&self) -> std::io::Result<u64> {
            Ok(self.0.len() as u64)
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.read_at(offset, buffer)?;
            if self.1.load(std::sync::atomic::Ordering::Relaxed) {
                buffer[..count].iter_mut().for_each(|byte| *byte ^= 0x10);
            }
            Ok(count)
        }
    }
    let source = Arc::new(Changing(small_package(), false.into()));
    let reader = PackageReader::open(Arc::clone(&source), &Limits::default()).expect("valid");
    source.1.store(true, std::sync::atomic::Ordering::Relaxed);
    let error = reader.read_document("form-1").expect_err("other bytes");
    assert!(
        matches!(&error, ReadError::Source(error) if error.kind() == std::io::ErrorKind::InvalidData),
        "{error:?}"
    );
}

#[test]
fn a_refused_package_is_not_opened() {
    let mut package = small_package();
    package.pop();
    let error = PackageReader::open(Arc::new(package), &Limits::default()).expect_err("cut");
    assert!(matches!(error, OpenError::Refused(report) if !report.is_valid()));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    // Rows of words: what a deflater remembers of other blocks would show in some of them.
    let words = [
        "alpha", "invoice", "street", "harbour", "mountain", "report", "window",
    ];
    let mut rows = crate::packages::data_header("public.film", 160_000).into_bytes();
    let mut seed = 1u64;
    for row in 0..160_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let word = |shift: u32| {
            words[usize::try_from(seed >> shift & 0xff).expect("a byte") % words.len()]
        };
        write!(
            rows,
            "\n[{row},\"{} {} {}{}\"]",
            word(56),
            word(48),
            word(40),
            seed >> 54
        )
        .expect("memory");
    }
    let write = |threads, piece| {
        let mut package = Vec::new();
        let mut writer = writer(&mut package, threads);
        writer
            .add_document(meta(ArtifactType::AtlasForm, "form-1"), FORM.as_bytes())
            .expect("added");
        let mut data = writer
            .start_artifact(meta(ArtifactType::Data, "public.film"))
            .expect("started");
        for piece in rows.chunks(piece) {
            data.write_all(piece).expect("written");
        }
        data.finish().expect("finished");
        writer.finish(Closing::default()).expect("finished");
        package
    };
    let package = write(1, usize::MAX);
    assert!(judge(&package).is_valid());
    for (threads, piece) in [(2, 1000), (3, 512 * 1024), (8, 70_001)] {
        assert!(
            write(threads, piece) == package,
            "{threads} threads, pieces of {piece}"
        );
    }
}

#[test]
fn another_program_reads_every_entry() {
    let rows = data_file("public.film", 30_000);
    let package = crate::packages::package(&[
        (ArtifactType::Script, "empty", b""),
        (ArtifactType::Data, "public.film", &rows),
    ]);
    let files = unpacked(&package);
    assert_eq!(
        files[2],
        ("artifacts/scripts/empty.json".to_owned(), Vec::new())
    );
    assert!(files[3].1 == rows);
}

#[test]
fn what_another_program_writes_is_read() {
    let files = unpacked(&small_package());
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    for method in [
        zip::CompressionMethod::Stored,
        zip::CompressionMethod::Deflated,
    ] {
        let report = judge(&crate::packages::archive(&files, method));
        assert!(report.is_valid(), "{method}: {:#?}", report.diagnostics);
    }
}

#[test]
fn what_would_be_refused_is_not_written() {
    let mut out = Vec::new();
    let mut writer = writer(&mut out, 1);
    writer
        .add_document(meta(ArtifactType::AtlasForm, "form-1"), b"{}")
        .expect("added");
    let again = writer.add_document(meta(ArtifactType::EntitySchema, "Form-1"), b"{}");
    assert!(matches!(again, Err(WriteError::DuplicateId { other, .. }) if other == "form-1"));
    let device = writer.add_document(meta(ArtifactType::AtlasForm, "aux"), b"{}");
    assert!(matches!(device, Err(WriteError::FileName { .. })));
    for id in ["", "a/b", "a b", "ä"] {
        let refused = writer.add_document(meta(ArtifactType::AtlasForm, id), b"{}");
        assert!(matches!(refused, Err(WriteError::Id(_))), "{id}");
    }
    let readme = Some("x".repeat(64 * 1024 + 1));
    let outcome = writer.finish(Closing {
        readme,
        ..Closing::default()
    });
    assert!(matches!(outcome, Err(WriteError::ReadmeTooLong { .. })));
    assert!(out.is_empty());
}

#[test]
fn nothing_goes_on_after_an_artifact_that_was_dropped() {
    let mut out = Vec::new();
    let mut writer = writer(&mut out, 1);
    writer
        .start_artifact(meta(ArtifactType::AtlasForm, "form-1"))
        .expect("started")
        .write_all(b"{}")
        .expect("written");
    let next = writer.add_document(meta(ArtifactType::AtlasForm, "form-2"), b"{}");
    assert!(matches!(next, Err(WriteError::Unfinished(id)) if id == "form-1"));
    assert!(matches!(
        writer.finish(Closing::default()),
        Err(WriteError::Unfinished(_))
    ));
}

#[test]
fn an_empty_package_is_not_written() {
    let mut out = Vec::new();
    let outcome = writer(&mut out, 1).finish(Closing::default());
    assert!(matches!(outcome, Err(WriteError::Manifest(_))));
    assert!(out.is_empty());
}

#[test]
fn a_bad_header_is_told_before_anything_is_written() {
    let mut header = crate::packages::header();
    header.author_email = Some("nobody".to_owned());
    let spool = Cursor::new(Vec::new());
    let outcome = installhub_package_format::PackageWriter::new(
        Vec::new(),
        spool,
        header,
        WriterOptions::default(),
    );
    assert!(matches!(outcome, Err(WriteError::Manifest(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bytes_come_back(
        files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..8),
        repeat in 1..200usize,
    ) {
        let mut package = Vec::new();
        let mut writer = writer(&mut package, 2);
        for (number, bytes) in files.iter().enumerate() {
            let bytes = bytes.repeat(repeat);
            writer.add_document(meta(ArtifactType::Custom, &format!("c-{number}")), &bytes).expect("added");
        }
        writer.finish(Closing::default()).expect("finished");
        let read = unpacked(&package);
        for (bytes, (_, read)) in files.iter().zip(&read[2..]) {
            prop_assert!(*read == bytes.repeat(repeat));
        }
        // The contents are no documents; archive, digests and bundle are right all the same.
        let report = judge(&package);
        let other = report.diagnostics.iter().find(|finding| {
            !matches!(finding.code.as_str(), "InvalidArtifactContent" | "NestedArchiveDetected" | "ForbiddenContent")
        });
        prop_assert!(other.is_none(), "{other:?}");
    }
}
