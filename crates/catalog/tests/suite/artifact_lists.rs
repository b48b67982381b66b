//! Lists of artifacts: what is in them, in which order, and where pages begin.

use std::io::Cursor as Reader;

use installhub_artifact::ArtifactType;
use installhub_catalog::{ArtifactFilter, ArtifactOrder, CatalogError, NewArtifactVersion};
use installhub_database_sea_orm::ArtifactStoreTarget;
use installhub_importing::ports::{Access, ImportTarget, NewDocument, UnitOfWorkFactory};
use installhub_kernel::{Cursor, PageRequest};

use crate::artifacts::form;
use crate::hub::{Hub, anna, json, scope};
use crate::on_each_engine;

on_each_engine!(
    names_are_found_by_any_part_whatever_the_case,
    pages_follow_each_other_in_both_orders,
    cursors_of_others_are_refused,
    imports_write_the_same_table,
    what_is_put_back_is_newer_than_all_that_was_seen,
);

async fn names(hub: &Hub, filter: ArtifactFilter) -> Vec<String> {
    let mut page = PageRequest::first(2);
    let mut found = Vec::new();
    loop {
        let items = hub.catalog.artifacts(&anna(1), &filter, &page).await;
        let items = items.expect("a page");
        assert!(items.items.len() <= 2);
        found.extend(items.items.into_iter().map(|item| item.name));
        match items.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return found,
        }
    }
}

async fn make(hub: &Hub, tenant: u128, names: &[&str]) {
    for (at, name) in names.iter().enumerate() {
        hub.catalog
            .create_artifact(&anna(tenant), form(&format!("form-{at}"), name))
            .await
            .expect("a sound artifact");
    }
}

fn containing(name: &str) -> ArtifactFilter {
    ArtifactFilter {
        name: Some(name.to_owned()),
        order: ArtifactOrder::Name,
        ..ArtifactFilter::default()
    }
}

async fn names_are_found_by_any_part_whatever_the_case(hub: Hub) {
    make(
        &hub,
        1,
        &[
            "Adresse ÄNDERN",
            "100% done",
            "100 done",
            "a_b",
            "aXb",
            r"C:\dir",
            "ΣΑΣ",
        ],
    )
    .await;
    make(&hub, 2, &["Adresse der anderen"]).await;
    for (part, expected) in [
        ("ändern", vec!["Adresse ÄNDERN"]),
        ("ADRESSE", vec!["Adresse ÄNDERN"]),
        ("0%", vec!["100% done"]),
        ("100", vec!["100 done", "100% done"]),
        ("_", vec!["a_b"]),
        ("A_B", vec!["a_b"]),
        (r"\", vec![r"C:\dir"]),
        ("σας", vec!["ΣΑΣ"]),
        ("'", vec![]),
        ("%%", vec![]),
    ] {
        assert_eq!(names(&hub, containing(part)).await, expected, "{part}");
    }
    assert_eq!(names(&hub, containing("")).await.len(), 7);
    let views = ArtifactFilter {
        artifact_type: Some(ArtifactType::View),
        ..ArtifactFilter::default()
    };
    assert!(names(&hub, views).await.is_empty());
    for bad in ["x\u{0}", &"x".repeat(201)] {
        let page = PageRequest::first(10);
        let found = hub
            .catalog
            .artifacts(&anna(1), &containing(bad), &page)
            .await;
        assert!(matches!(found, Err(CatalogError::Invalid(_))));
    }
}

async fn pages_follow_each_other_in_both_orders(hub: Hub) {
    make(&hub, 1, &["b", "A", "a", "ä", "C"]).await;
    let by_name = containing("");
    assert_eq!(names(&hub, by_name).await, ["A", "a", "b", "C", "ä"]);
    let by_time = ArtifactFilter::default();
    assert_eq!(
        names(&hub, by_time.clone()).await,
        ["C", "ä", "a", "A", "b"]
    );
    let new = NewArtifactVersion {
        name: Some("B2".to_owned()),
        version: "2.0.0".to_owned(),
        content: json("{}"),
    };
    hub.catalog
        .new_artifact_version(&anna(1), "form-0", 1, new)
        .await
        .expect("the next version");
    assert_eq!(names(&hub, by_time).await, ["B2", "C", "ä", "a", "A"]);
    assert_eq!(names(&hub, containing("b")).await, ["B2"]);
}

async fn cursors_of_others_are_refused(hub: Hub) {
    make(&hub, 1, &["a", "b"]).await;
    let page = |cursor: &str| PageRequest {
        limit: 1,
        cursor: Some(Cursor(cursor.to_owned())),
    };
    let by_time = ArtifactFilter::default();
    let first = hub
        .catalog
        .artifacts(&anna(1), &by_time, &PageRequest::first(1))
        .await
        .expect("a page");
    let cursor = first.next_cursor.expect("another page").0;
    for (filter, cursor) in [
        (containing(""), cursor.as_str()),
        (by_time.clone(), "x"),
        (by_time.clone(), ""),
        // {"k":["a\u0000","b"]}
        (containing(""), "eyJrIjpbImFcdTAwMDAiLCJiIl19"),
    ] {
        let found = hub
            .catalog
            .artifacts(&anna(1), &filter, &page(cursor))
            .await;
        assert!(matches!(found, Err(CatalogError::Invalid(_))), "{cursor}");
    }
    // Of another tenant's list only the place remains, not what is there.
    let found = hub
        .catalog
        .artifacts(&anna(2), &by_time, &page(&cursor))
        .await;
    assert!(found.expect("a page").items.is_empty());
}

fn imported(id: &str, name: &str) -> NewDocument {
    NewDocument {
        artifact_type: ArtifactType::AtlasForm,
        id: id.to_owned(),
        name: name.to_owned(),
        version: "1.5.0".parse().expect("a version"),
        content: json("{}"),
    }
}

async fn imports_write_the_same_table(hub: Hub) {
    make(&hub, 1, &["Mine"]).await;
    let scope = scope(1);
    let mut unit = UnitOfWorkFactory::begin(&hub.store, &scope)
        .await
        .expect("a unit");
    let documents = unit.documents();
    documents
        .replace(&scope, &[imported("form-0", "Theirs")])
        .await
        .expect("it is there");
    documents
        .create(&scope, &[imported("form-7", "Fresh")])
        .await
        .expect("the id is free");
    unit.commit().await.expect("it lasts");

    let replaced = hub
        .catalog
        .artifact(&anna(1), "form-0")
        .await
        .expect("there");
    assert_eq!(
        (replaced.summary.name.as_str(), replaced.summary.revision),
        ("Theirs", 2)
    );
    let fresh = hub
        .catalog
        .artifact(&anna(1), "form-7")
        .await
        .expect("there");
    assert_eq!(fresh.summary.revision, 1);
    let stale = NewArtifactVersion {
        name: None,
        version: "2.0.0".to_owned(),
        content: json("{}"),
    };
    let error = hub
        .catalog
        .new_artifact_version(&anna(1), "form-0", 1, stale)
        .await;
    assert!(matches!(error, Err(CatalogError::Stale { found: 2, .. })));
}

async fn what_is_put_back_is_newer_than_all_that_was_seen(hub: Hub) {
    let next = |version: &str| NewArtifactVersion {
        name: None,
        version: version.to_owned(),
        content: json("{}"),
    };
    make(&hub, 1, &["Address"]).await;
    let target = ArtifactStoreTarget::new(hub.store.clone());
    let mut session = target
        .open(&scope(1), Access::Write)
        .await
        .expect("a session");
    let mut snapshot = Vec::new();
    session.snapshot(&mut snapshot).await.expect("a snapshot");
    drop(session);
    for (version, revision) in [("1.1.0", 1), ("1.2.0", 2)] {
        hub.catalog
            .new_artifact_version(&anna(1), "form-0", revision, next(version))
            .await
            .expect("the next version");
    }
    make_later(&hub).await;
    hub.catalog
        .new_artifact_version(&anna(1), "form-later", 1, next("9.0.0"))
        .await
        .expect("the next version");

    let mut session = target
        .open(&scope(1), Access::Write)
        .await
        .expect("a session");
    session
        .restore(Box::new(Reader::new(snapshot)))
        .await
        .expect("it is put back");
    session.commit().await.expect("it lasts");

    let back = hub
        .catalog
        .artifact(&anna(1), "form-0")
        .await
        .expect("there");
    assert_eq!(
        (
            back.summary.version.to_string().as_str(),
            back.summary.revision
        ),
        ("1.0.0", 4)
    );
    let versions = hub
        .catalog
        .artifact_versions(&anna(1), "form-0", &PageRequest::first(10))
        .await
        .expect("versions");
    assert_eq!(versions.items.len(), 3, "history outlives what is put back");
    let again = hub
        .catalog
        .new_artifact_version(&anna(1), "form-0", 4, next("1.1.0"))
        .await
        .expect("its number is free again");
    assert_eq!(again.summary.revision, 5);
    make_later(&hub).await;
    let fresh = hub
        .catalog
        .artifact_versions(&anna(1), "form-later", &PageRequest::first(10))
        .await
        .expect("versions");
    assert_eq!(fresh.items.len(), 1, "what was gone has no history");
}

async fn make_later(hub: &Hub) {
    hub.catalog
        .create_artifact(&anna(1), form("form-later", "Later"))
        .await
        .expect("the id is free");
}
