//! What becomes of the bytes.

use std::io::Read;
use std::sync::Mutex;

use futures::executor::block_on;
use installhub_exporting::ports::SourceError;
use installhub_exporting::{EarlierPackage, ExportError, ExportObserver, ExportRequest, export};
use installhub_package_format::SignatureFile;

use crate::sources::{Documents, exported, header, opened, package, told};

fn two() -> Documents {
    Documents::default().form("a", &["b"]).form("b", &[])
}

#[test]
fn every_artifact_is_in_the_package_as_its_source_wrote_it() {
    let (report, reader) = package(two(), None);
    assert_eq!(report.written.manifest.artifacts.len(), 2);
    for id in ["a", "b"] {
        let mut text = String::new();
        reader
            .open_artifact(id)
            .expect("it is there")
            .read_to_string(&mut text)
            .expect("it is readable");
        assert!(text.contains(&format!(r#""id": "{id}""#)), "{text}");
    }
}

#[test]
fn several_sources_land_in_one_package() {
    let other = Documents::default().form("c", &["a"]);
    let (report, bytes) = exported(vec![Box::new(other), Box::new(two())], None);
    assert_eq!(
        report.expect("a package").written.manifest.install_order,
        ["b", "a", "c"]
    );
    assert_eq!(opened(bytes).manifest().artifacts.len(), 3);
}

#[test]
fn a_source_that_fails_halfway_leaves_nothing() {
    let (result, bytes) = exported(vec![Box::new(two().failing_at("a"))], None);
    assert!(
        matches!(&result, Err(ExportError::Source(SourceError::Unreadable { object, .. })) if object == "a"),
        "{result:?}"
    );
    assert!(bytes.is_empty(), "b had been written to the spool alone");
}

fn signed(manifest: Vec<u8>) -> EarlierPackage {
    EarlierPackage {
        install_order: vec!["b".to_owned(), "a".to_owned()],
        manifest,
        signatures: vec![SignatureFile {
            key_id: "key-1".to_owned(),
            bytes: b"{}\n".to_vec(),
        }],
    }
}

#[test]
fn signatures_stay_while_the_manifest_is_the_same_to_the_byte() {
    let (first, _) = package(two(), None);
    let manifest = first.written.manifest.to_canonical_bytes();

    let (again, reader) = package(two(), Some(signed(manifest.clone())));
    let kept = reader.signatures().expect("they are readable");
    assert_eq!(kept, signed(Vec::new()).signatures);
    assert!(again.notices.is_empty(), "{:?}", again.notices);

    let changed = two().form("c", &[]);
    let (changed, reader) = package(changed, Some(signed(manifest)));
    assert!(reader.signatures().expect("they are readable").is_empty());
    assert_eq!(told(&changed)["SignaturesDropped"], ["signatures"]);
}

#[test]
fn progress_counts_to_the_number_of_artifacts() {
    #[derive(Default)]
    struct Seen(Mutex<Vec<(usize, usize)>>);
    impl ExportObserver for Seen {
        fn artifact(&self, done: usize, total: usize) {
            self.0
                .lock()
                .expect("nobody panics here")
                .push((done, total));
        }
    }
    let seen = Seen::default();
    let request = ExportRequest {
        header: header(),
        readme: Some("# Orders\n".to_owned()),
        earlier: None,
    };
    let mut bytes = Vec::new();
    let spool = std::io::Cursor::new(Vec::new());
    block_on(export(
        vec![Box::new(two())],
        request,
        &mut bytes,
        spool,
        &seen,
    ))
    .expect("a package");
    assert_eq!(
        *seen.0.lock().expect("nobody panics here"),
        [(1, 2), (2, 2)]
    );
    assert_eq!(opened(bytes).readme(), "# Orders\n");
}
