//! Artifacts: made, read, followed by versions.

use installhub_access::FieldError;
use installhub_catalog::{CatalogError, NewArtifact, NewArtifactVersion};
use installhub_kernel::PageRequest;
use serde_json::json as value;

use crate::hub::{Hub, anna, json};
use crate::on_each_engine;

on_each_engine!(
    what_was_made_is_read_back_with_its_envelope,
    everything_wrong_is_said_at_once,
    a_document_must_not_contradict_what_is_said_about_it,
    ids_are_taken_once_and_generated_by_type,
    a_version_follows_and_the_one_before_is_kept,
    somebody_elses_change_is_not_overwritten,
    another_tenant_finds_nothing,
    ids_that_look_like_paths_find_nothing,
);

pub(crate) fn form(id: &str, name: &str) -> NewArtifact {
    NewArtifact {
        artifact_type: "AtlasForm".to_owned(),
        name: name.to_owned(),
        id: Some(id.to_owned()),
        version: None,
        content: json(r#"{"fields": [], "width": 1.50}"#),
    }
}

fn next(version: &str, content: &str) -> NewArtifactVersion {
    NewArtifactVersion {
        name: None,
        version: version.to_owned(),
        content: json(content),
    }
}

fn codes(error: CatalogError) -> Vec<(&'static str, &'static str)> {
    match error {
        CatalogError::Invalid(errors) => errors
            .iter()
            .map(|FieldError { field, code, .. }| (*field, *code))
            .collect(),
        other => panic!("expected wrong fields, found {other:?}"),
    }
}

async fn what_was_made_is_read_back_with_its_envelope(hub: Hub) {
    let made = hub
        .catalog
        .create_artifact(&anna(1), form("form-1", "Address"))
        .await
        .expect("a sound artifact");
    let read = hub
        .catalog
        .artifact(&anna(1), "form-1")
        .await
        .expect("it is there");
    assert_eq!(read, made);
    let expected = r#"{"_schemaVersion": "1.0", "_type": "AtlasForm", "_version": "1.0.0", "id": "form-1",
        "name": "Address", "fields": [], "width": 1.50}"#;
    assert_eq!(read.content, json(expected));
    assert_eq!(
        (read.summary.revision, read.summary.created_by.as_str()),
        (1, "anna@example.com")
    );
    let events = hub.events(1, "artifact.created").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].details["after"]["version"], "1.0.0");
}

async fn everything_wrong_is_said_at_once(hub: Hub) {
    let wrong = NewArtifact {
        artifact_type: "Form".to_owned(),
        name: " ".to_owned(),
        id: Some("../../etc/passwd".to_owned()),
        version: Some("1.0".to_owned()),
        content: json("[]"),
    };
    let error = hub
        .catalog
        .create_artifact(&anna(1), wrong)
        .await
        .expect_err("everything is wrong");
    let expected = [
        ("artifactType", "unknownType"),
        ("name", "invalid"),
        ("id", "invalid"),
        ("version", "invalid"),
    ];
    assert_eq!(codes(error), expected);

    for (change, expected) in [
        (form("a", &"x".repeat(201)), ("name", "invalid")),
        (form("a", "two\nlines"), ("name", "invalid")),
        (form("a\u{0}", "A"), ("id", "invalid")),
        (
            NewArtifact {
                artifact_type: "Data".to_owned(),
                ..form("a", "A")
            },
            ("artifactType", "notADocument"),
        ),
        (
            NewArtifact {
                content: json("[1]"),
                ..form("a", "A")
            },
            ("content", "notAnObject"),
        ),
    ] {
        let error = hub.catalog.create_artifact(&anna(1), change).await;
        assert_eq!(codes(error.expect_err("one is wrong")), [expected]);
    }

    let long = format!(r#"{{"text": "{}"}}"#, "x".repeat(1 << 20));
    let large = NewArtifact {
        content: json(&long),
        ..form("a", "A")
    };
    let error = hub.catalog.create_artifact(&anna(1), large).await;
    assert!(matches!(error, Err(CatalogError::TooLarge { limit, .. }) if limit == 1 << 20));
    assert!(hub.events(1, "").await.is_empty(), "nothing was changed");
}

async fn a_document_must_not_contradict_what_is_said_about_it(hub: Hub) {
    let saying = |content: &str| NewArtifact {
        content: json(content),
        ..form("form-1", "Address")
    };
    for wrong in [
        r#"{"_type": "View"}"#,
        r#"{"type": "View"}"#,
        r#"{"id": "form-2"}"#,
        r#"{"name": "address"}"#,
    ] {
        let error = hub.catalog.create_artifact(&anna(1), saying(wrong)).await;
        let found = codes(error.expect_err(wrong));
        assert_eq!(found, [("content", "contradicts")], "{wrong}");
    }
    let versioned = NewArtifact {
        version: Some("2.0.0".to_owned()),
        ..saying(r#"{"_version": "2.0.1"}"#)
    };
    let error = hub.catalog.create_artifact(&anna(1), versioned).await;
    let found = codes(error.expect_err("two versions"));
    assert_eq!(found, [("content", "contradicts")]);

    // What is no type and no version is the document's own.
    let own = saying(
        r#"{"_type": "AtlasForm", "type": "smtp", "version": 3, "id": "form-1", "_exportedAt": "now"}"#,
    );
    let made = hub
        .catalog
        .create_artifact(&anna(1), own)
        .await
        .expect("no contradiction");
    assert_eq!(made.content.pointer("/type"), Some(&"smtp".into()));
    assert_eq!(made.content.pointer("/version"), Some(&3_u64.into()));
    assert_eq!(made.content.pointer("/_exportedAt"), None);
}

async fn ids_are_taken_once_and_generated_by_type(hub: Hub) {
    let who = anna(1);
    let create = |new| hub.catalog.create_artifact(&who, new);
    create(form("form-1", "A")).await.expect("the id is free");
    let error = create(form("form-1", "B")).await.expect_err("it is taken");
    assert!(matches!(&error, CatalogError::Conflict(message) if message.contains("'form-1'")));
    hub.catalog
        .create_artifact(&anna(2), form("form-1", "A"))
        .await
        .expect("another tenant has ids of its own");

    for (kind, prefix) in [
        ("ProcessDefinition", "proc-"),
        ("RuleSet", "rule-"),
        ("View", "view-"),
        ("StoredProc", "storedproc-"),
    ] {
        let new = NewArtifact {
            artifact_type: kind.to_owned(),
            id: None,
            ..form("", "Generated")
        };
        let id = create(new).await.expect("a fresh id").summary.id;
        assert!(id.starts_with(prefix), "{id}");
    }
    let said = NewArtifact {
        id: None,
        content: json(r#"{"id": "form-9", "_version": "3.1.4"}"#),
        ..form("", "Said")
    };
    let made = create(said).await.expect("the document says who it is");
    assert_eq!(
        (made.summary.id.as_str(), made.summary.version.to_string()),
        ("form-9", "3.1.4".to_owned())
    );
}

async fn a_version_follows_and_the_one_before_is_kept(hub: Hub) {
    let catalog = &hub.catalog;
    let first = catalog
        .create_artifact(&anna(1), form("form-1", "Address"))
        .await
        .expect("a sound artifact");
    for (version, revision) in [("1.1.0-rc.1", 1), ("1.1.0", 2), ("2.0.0", 3)] {
        let new = next(version, &format!(r#"{{"at": "{version}"}}"#));
        let made = catalog
            .new_artifact_version(&anna(1), "form-1", revision, new)
            .await
            .expect("a greater version");
        assert_eq!(made.summary.revision, revision + 1);
        assert_eq!(made.summary.created_at, first.summary.created_at);
    }
    for lower in ["1.9.9", "2.0.0", "2.0.0+build", "2.0.0-rc.1", "x"] {
        let error = catalog
            .new_artifact_version(&anna(1), "form-1", 4, next(lower, "{}"))
            .await
            .expect_err(lower);
        assert_eq!(codes(error)[0].0, "version", "{lower}");
    }

    let mut listed = Vec::new();
    let mut page = PageRequest::first(2);
    loop {
        let found = catalog
            .artifact_versions(&anna(1), "form-1", &page)
            .await
            .expect("versions");
        listed.extend(found.items.iter().map(|item| item.version.to_string()));
        match found.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(listed, ["2.0.0", "1.1.0", "1.1.0-rc.1", "1.0.0"]);

    let kept = catalog
        .artifact_version(&anna(1), "form-1", "1.0.0")
        .await
        .expect("it was kept");
    assert_eq!(kept.content, first.content);
    let current = catalog
        .artifact_version(&anna(1), "form-1", "2.0.0")
        .await
        .expect("the current one");
    assert_eq!(current.content.pointer("/at"), Some(&"2.0.0".into()));
    for missing in ["1.5.0", "x", "1.0.0' OR '1'='1"] {
        let error = catalog.artifact_version(&anna(1), "form-1", missing).await;
        assert!(matches!(error, Err(CatalogError::NotFound { .. })));
    }
    let events = hub.events(1, "artifact.versionCreated").await;
    assert_eq!(events.len(), 3);
    assert_eq!(events[2].details["before"]["version"], value!("1.1.0"));
}

async fn somebody_elses_change_is_not_overwritten(hub: Hub) {
    let catalog = &hub.catalog;
    catalog
        .create_artifact(&anna(1), form("form-1", "Address"))
        .await
        .expect("a sound artifact");
    let change = |version: &str| {
        let new = next(version, "{}");
        async move {
            catalog
                .new_artifact_version(&anna(1), "form-1", 1, new)
                .await
        }
    };
    let (one, other) = tokio::join!(change("1.1.0"), change("1.2.0"));
    let (won, lost) = if one.is_ok() {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(won.expect("one wins").summary.revision, 2);
    assert!(matches!(
        lost,
        Err(CatalogError::Stale {
            expected: 1,
            found: 2
        })
    ));
    assert_eq!(hub.events(1, "artifact.").await.len(), 2);
}

async fn another_tenant_finds_nothing(hub: Hub) {
    let catalog = &hub.catalog;
    catalog
        .create_artifact(&anna(1), form("form-1", "Address"))
        .await
        .expect("a sound artifact");
    let page = PageRequest::first(10);
    let found = |error| matches!(error, CatalogError::NotFound { .. });
    let stranger = anna(2);
    assert!(
        catalog
            .artifact(&stranger, "form-1")
            .await
            .is_err_and(found)
    );
    assert!(
        catalog
            .artifact_version(&stranger, "form-1", "1.0.0")
            .await
            .is_err_and(found)
    );
    assert!(
        catalog
            .artifact_versions(&stranger, "form-1", &page)
            .await
            .is_err_and(found)
    );
    assert!(
        catalog
            .new_artifact_version(&stranger, "form-1", 1, next("2.0.0", "{}"))
            .await
            .is_err_and(found)
    );
}

async fn ids_that_look_like_paths_find_nothing(hub: Hub) {
    for id in [
        "",
        "..",
        "../form-1",
        "a/b",
        "a\u{0}b",
        "%",
        "_",
        "' OR 1=1 --",
        &"x".repeat(9_000),
    ] {
        let found = hub.catalog.artifact(&anna(1), id).await;
        assert!(matches!(found, Err(CatalogError::NotFound { .. })), "{id}");
    }
}
