//! Packages: taken in, found, refused.

use installhub_catalog::{CatalogError, PackageFilter, PackageVersionState};
use installhub_checksum::Digest;
use installhub_kernel::{PackageId, PackageVersionId, PageRequest};
use installhub_manifest::PackageType;
use uuid::Uuid;

use crate::hub::{Hub, anna, cut_off_after, json, package, sent};
use crate::on_each_engine;

on_each_engine!(
    a_sound_package_becomes_a_version_with_its_manifest,
    the_same_bytes_again_are_the_same_version,
    other_bytes_under_a_version_are_a_conflict,
    versions_are_listed_by_precedence_and_packages_by_change,
    what_is_no_package_leaves_nothing,
    what_is_too_large_is_cut_off,
    another_tenant_finds_nothing,
);

async fn a_sound_package_becomes_a_version_with_its_manifest(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail settings", "1.0.0", "a");
    let made = catalog
        .upload_package(&anna(1), sent(&bytes), Some(bytes.len() as u64))
        .await
        .expect("a sound package");
    assert_eq!(
        (made.digest, made.bytes, made.state),
        (
            Digest::of(&bytes),
            bytes.len() as u64,
            PackageVersionState::Released
        )
    );
    assert_eq!(made.details.artifact_counts["Config"], 1);
    let read = catalog
        .package_version(&anna(1), made.id)
        .await
        .expect("it is there");
    assert_eq!(read, made);
    let package = catalog
        .package(&anna(1), made.package)
        .await
        .expect("it is there");
    assert_eq!(
        (
            package.name.as_str(),
            package.package_type,
            package.revision
        ),
        ("Mail settings", PackageType::Config, 1)
    );
    assert_eq!(package.latest_version.as_ref(), Some(&made.version));
    let manifest = catalog
        .package_manifest(&anna(1), made.id)
        .await
        .expect("it is there");
    let manifest = json(std::str::from_utf8(&manifest).expect("JSON is text"));
    assert_eq!(manifest.pointer("/artifacts/0/id"), Some(&"smtp".into()));

    let events = hub.events(1, "package.").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].action, "package.uploaded");
    assert_eq!(events[0].details["digest"], made.digest.to_string());
    assert_eq!(hub.objects_under("bundles").len(), 1);
    assert!(hub.objects_under("uploads").is_empty());
}

async fn the_same_bytes_again_are_the_same_version(hub: Hub) {
    let bytes = package("Mail settings", "1.0.0", "a");
    let who = anna(1);
    let upload = || hub.catalog.upload_package(&who, sent(&bytes), None);
    let first = upload().await.expect("a sound package");
    let again = upload().await.expect("it is there already");
    assert_eq!(again, first);
    assert_eq!(hub.events(1, "package.").await.len(), 1);
    let elsewhere = hub
        .catalog
        .upload_package(&anna(2), sent(&bytes), None)
        .await
        .expect("another tenant has packages of its own");
    assert_ne!(elsewhere.id, first.id);
    assert_eq!(hub.objects_under("bundles").len(), 2);
}

async fn other_bytes_under_a_version_are_a_conflict(hub: Hub) {
    let upload = |name, text| {
        let bytes = package(name, "1.0.0", text);
        let catalog = hub.catalog.clone();
        async move { catalog.upload_package(&anna(1), sent(&bytes), None).await }
    };
    let first = upload("Mail settings", "a").await.expect("a sound package");
    let error = upload("MAIL Settings", "b").await.expect_err("it is taken");
    assert!(
        matches!(&error, CatalogError::Conflict(message) if message.contains("1.0.0 is there already")),
        "{error:?}"
    );
    let package = hub.catalog.package(&anna(1), first.package).await;
    assert_eq!(package.expect("it is there").revision, 1);
    assert_eq!(hub.events(1, "package.").await.len(), 1);
}

async fn versions_are_listed_by_precedence_and_packages_by_change(hub: Hub) {
    let catalog = &hub.catalog;
    for (name, version) in [
        ("Mail", "1.10.0"),
        ("Mail", "1.9.0"),
        ("100%", "1.0.0"),
        ("Mail", "2.0.0-rc.10"),
        ("Mail", "2.0.0-rc.9"),
    ] {
        let name = name.replace('%', " percent");
        let bytes = package(&name, version, "a");
        catalog
            .upload_package(&anna(1), sent(&bytes), None)
            .await
            .expect("a sound package");
    }
    let mut page = PageRequest::first(1);
    let first = catalog
        .packages(&anna(1), &PackageFilter::default(), &page)
        .await
        .expect("packages");
    assert_eq!(first.items[0].name, "Mail");
    assert_eq!(
        first.items[0].latest_version,
        Some("2.0.0-rc.10".parse().expect("a version"))
    );
    page.cursor = first.next_cursor;
    let second = catalog
        .packages(&anna(1), &PackageFilter::default(), &page)
        .await
        .expect("packages");
    assert_eq!(second.items[0].name, "100 percent");
    assert_eq!(second.next_cursor, None);

    let id = first.items[0].id;
    let mut listed = Vec::new();
    let mut page = PageRequest::first(3);
    loop {
        let found = catalog
            .package_versions(&anna(1), id, &page)
            .await
            .expect("versions");
        listed.extend(found.items.iter().map(|item| item.version.to_string()));
        match found.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(listed, ["2.0.0-rc.10", "2.0.0-rc.9", "1.10.0", "1.9.0"]);

    for (name, kind, expected) in [
        (Some("MAI"), None, 1),
        (Some("%"), None, 0),
        (Some("_"), None, 0),
        (None, Some(PackageType::Config), 2),
        (None, Some(PackageType::Form), 0),
    ] {
        let filter = PackageFilter {
            name: name.map(str::to_owned),
            package_type: kind,
        };
        let page = PageRequest::first(10);
        let found = catalog.packages(&anna(1), &filter, &page).await;
        assert_eq!(found.expect("packages").items.len(), expected, "{filter:?}");
    }
}

async fn what_is_no_package_leaves_nothing(hub: Hub) {
    let catalog = &hub.catalog;
    let sound = package("Mail", "1.0.0", "a");
    let mut lying = sound.clone();
    let at = lying
        .windows(7)
        .position(|bytes| bytes == b"sha256:")
        .expect("the manifest is stored as it is");
    lying[at + 7] = if lying[at + 7] == b'0' { b'1' } else { b'0' };
    for bytes in [
        b"<html>".to_vec(),
        Vec::new(),
        sound[..sound.len() / 2].to_vec(),
        lying,
    ] {
        let found = catalog.upload_package(&anna(1), sent(&bytes), None).await;
        match found {
            Err(CatalogError::Rejected { diagnostics, total }) => {
                assert!(!diagnostics.is_empty() && total >= diagnostics.len());
            }
            other => panic!("it is no package: {other:?}"),
        }
    }
    let found = catalog
        .upload_package(&anna(1), cut_off_after(&sound[..300]), None)
        .await;
    assert!(
        matches!(found, Err(CatalogError::Interrupted(_))),
        "{found:?}"
    );
    assert!(hub.objects_under("bundles").is_empty());
    assert!(hub.objects_under("uploads").is_empty());
    assert!(hub.events(1, "").await.is_empty());
}

async fn what_is_too_large_is_cut_off(hub: Hub) {
    let mut catalog = hub.catalog.clone();
    let bytes = package("Mail", "1.0.0", "a");
    let length = bytes.len() as u64;
    catalog.settings.max_bundle_bytes = length - 1;
    for declared in [None, Some(1), Some(length)] {
        let found = catalog
            .upload_package(&anna(1), sent(&bytes), declared)
            .await;
        assert!(
            matches!(found, Err(CatalogError::TooLarge { limit, .. }) if limit == length - 1),
            "{declared:?}"
        );
    }
    catalog.settings.max_bundle_bytes = length;
    let found = catalog
        .upload_package(&anna(1), sent(&bytes), Some(length))
        .await;
    found.expect("just as large as allowed");
}

async fn another_tenant_finds_nothing(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail", "1.0.0", "a");
    let made = catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("a sound package");
    let gone = |error| matches!(error, CatalogError::NotFound { .. });
    let page = PageRequest::first(10);
    for (who, package, version) in [
        (anna(2), made.package, made.id),
        (
            anna(1),
            PackageId::from_uuid(Uuid::from_u128(9)),
            PackageVersionId::from_uuid(made.package.as_uuid()),
        ),
    ] {
        assert!(catalog.package(&who, package).await.is_err_and(gone));
        assert!(
            catalog
                .package_versions(&who, package, &page)
                .await
                .is_err_and(gone)
        );
        assert!(
            catalog
                .package_version(&who, version)
                .await
                .is_err_and(gone)
        );
        assert!(
            catalog
                .package_manifest(&who, version)
                .await
                .is_err_and(gone)
        );
        assert!(catalog.download(&who, version).await.is_err_and(gone));
        assert!(catalog.download_link(&who, version).await.is_err_and(gone));
    }
    let listed = catalog
        .packages(&anna(2), &PackageFilter::default(), &page)
        .await
        .expect("packages");
    assert!(listed.items.is_empty());
    assert!(hub.events(2, "").await.is_empty());
}
