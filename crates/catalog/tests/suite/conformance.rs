//! Every case of the conformance collection through the front door: what validation accepts is taken in, what it rejects is
//! rejected with the same findings, and leaves nothing.

use std::fs;
use std::path::{Path, PathBuf};

use installhub_catalog::CatalogError;
use installhub_package_format::{Limits, validate};

use crate::hub::{Hub, anna, sent};

fn cases(folder: &str) -> Vec<PathBuf> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let pattern = collection.join(folder).join("**/*.zip");
    let found: Vec<PathBuf> = glob::glob(pattern.to_str().expect("a path that is text"))
        .expect("a pattern")
        .map(|path| path.expect("it can be read"))
        .collect();
    assert!(
        found.len() > 10,
        "the conformance collection is missing at {}",
        collection.display()
    );
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_valid_is_taken_in() {
    let hub = Hub::on_sqlite();
    // Each for a tenant of its own: several are the same version of the same package.
    for (tenant, case) in (1..).zip(cases("valid")) {
        let bytes = fs::read(&case).expect("a case");
        let taken = hub
            .catalog
            .upload_package(&anna(tenant), sent(&bytes), None)
            .await;
        let version = taken.unwrap_or_else(|error| panic!("{}: {error:?}", case.display()));
        assert_eq!(version.bytes, bytes.len() as u64);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_invalid_is_rejected_with_the_same_findings() {
    let hub = Hub::on_sqlite();
    let mut rejected = 0;
    for case in cases("invalid") {
        let bytes = fs::read(&case).expect("a case");
        let report = validate(bytes.as_slice(), &Limits::default()).expect("memory can be read");
        let taken = hub
            .catalog
            .upload_package(&anna(1), sent(&bytes), None)
            .await;
        match taken {
            Err(CatalogError::Rejected { diagnostics, total }) => {
                assert_eq!(diagnostics, report.diagnostics, "{}", case.display());
                assert_eq!(total, report.total);
                rejected += 1;
            }
            other => assert!(report.is_valid(), "{}: {other:?}", case.display()),
        }
    }
    assert!(rejected > 100, "{rejected}");
    assert!(hub.objects_under("uploads").is_empty());
}
