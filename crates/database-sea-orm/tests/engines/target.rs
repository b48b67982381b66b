//! The artifact store as a target: fingerprint, snapshot, restore, one transaction with the journal.

use std::io::Cursor;

use installhub_artifact::ArtifactType;
use installhub_database_sea_orm::ArtifactStoreTarget;
use installhub_importing::ports::{
    Access, Fingerprint, ImportTarget, NewDocument, TargetError, TargetKind, TargetSession,
    UnitOfWorkFactory,
};
use installhub_test_support::scope;
use installhub_test_support::unit_of_work::samples::{form, import, import_id, json};

use crate::homes::homes;

async fn open(
    target: &ArtifactStoreTarget,
    tenant: u128,
    access: Access,
) -> Box<dyn TargetSession> {
    target
        .open(&scope(tenant), access)
        .await
        .expect("a session opens")
}

async fn create(target: &ArtifactStoreTarget, tenant: u128, documents: &[NewDocument]) {
    let mut session = open(target, tenant, Access::Write).await;
    let created = session
        .documents()
        .expect("a store holds documents")
        .create(&scope(tenant), documents)
        .await;
    created.expect("documents are created");
    session.commit().await.expect("it commits");
}

async fn fingerprint(target: &ArtifactStoreTarget, tenant: u128) -> Fingerprint {
    open(target, tenant, Access::Read)
        .await
        .fingerprint()
        .await
        .expect("the store is readable")
}

async fn snapshot(target: &ArtifactStoreTarget, tenant: u128) -> Vec<u8> {
    let mut content = Vec::new();
    open(target, tenant, Access::Read)
        .await
        .snapshot(&mut content)
        .await
        .expect("the store is readable");
    content
}

#[tokio::test]
async fn it_is_a_store_for_documents_only() {
    for home in homes().await {
        let target = &home.target;
        assert_eq!(
            (target.kind(), target.identity().as_str()),
            (TargetKind::Store, "artifact-store")
        );
        let held: Vec<_> = ArtifactType::ALL
            .iter()
            .filter(|kind| target.holds(**kind))
            .map(|kind| kind.as_str())
            .collect();
        assert_eq!(held.len(), 12, "{held:?}");
        assert!(!target.holds(ArtifactType::Table) && !target.holds(ArtifactType::Data));
        assert!(open(target, 1, Access::Read).await.database().is_none());
    }
}

#[tokio::test]
async fn a_store_that_does_not_exist_reads_as_empty_and_is_not_made() {
    for home in homes().await {
        let target = &home.target;
        assert_eq!(fingerprint(target, 1).await, Fingerprint::default());
        let mut session = open(target, 1, Access::Read).await;
        let found = session
            .documents()
            .expect("documents")
            .find_by_ids(&scope(1), &["f1".to_owned()])
            .await;
        assert!(found.expect("the store is readable").is_empty());
        assert!(!home.left_a_trace());
    }
}

#[tokio::test]
async fn the_fingerprint_names_what_changed() {
    for home in homes().await {
        let target = &home.target;
        create(target, 1, &[form("f1", "Employee"), form("f2", "Order")]).await;
        let before = fingerprint(target, 1).await;
        assert_eq!(
            before.objects.keys().collect::<Vec<_>>(),
            ["AtlasForm f1 (Employee)", "AtlasForm f2 (Order)"]
        );
        create(target, 2, &[form("f9", "Of another tenant")]).await;
        assert_eq!(
            fingerprint(target, 1).await,
            before,
            "other tenants do not matter"
        );

        let changed = NewDocument {
            content: json(r#"{"id": "f1"}"#),
            ..form("f1", "Employee")
        };
        let mut session = open(target, 1, Access::Write).await;
        session
            .documents()
            .expect("documents")
            .replace(&scope(1), &[changed])
            .await
            .expect("it is there");
        let inside = session.fingerprint().await.expect("the store is readable");
        assert_eq!(
            inside.differences(&before),
            ["AtlasForm f1 (Employee) has changed"]
        );
        drop(session);
        assert_eq!(
            fingerprint(target, 1).await,
            before,
            "a dropped session changed nothing"
        );

        let mut session = open(target, 1, Access::Write).await;
        session
            .documents()
            .expect("documents")
            .replace(&scope(1), &[form("f1", "Employee")])
            .await
            .expect("it is there");
        session.commit().await.expect("it commits");
        assert_eq!(
            fingerprint(target, 1).await,
            before,
            "the same content is the same state"
        );
    }
}

#[tokio::test]
async fn restoring_gives_back_exactly_what_was_there() {
    for home in homes().await {
        let target = &home.target;
        let many: Vec<_> = (0..1_700)
            .map(|number| form(&format!("f{number:04}"), &format!("Form {number}")))
            .collect();
        create(target, 1, &many).await;
        create(target, 2, &[form("f1", "Of another tenant")]).await;
        let (before, taken) = (fingerprint(target, 1).await, snapshot(target, 1).await);

        let mut session = open(target, 1, Access::Write).await;
        let documents = session.documents().expect("documents");
        documents
            .create(&scope(1), &[form("new", "Made by the import")])
            .await
            .expect("the id is free");
        documents
            .replace(&scope(1), &[form("f0003", "Renamed by the import")])
            .await
            .expect("it is there");
        session.commit().await.expect("it commits");
        assert_ne!(snapshot(target, 1).await, taken);
        let between = fingerprint(target, 1).await;

        let mut session = open(target, 1, Access::Write).await;
        session
            .restore(Box::new(Cursor::new(taken.clone())))
            .await
            .expect("the snapshot is whole");
        assert_eq!(
            session.fingerprint().await.expect("the store is readable"),
            before
        );
        drop(session);
        assert_eq!(
            fingerprint(target, 1).await,
            between,
            "restoring takes effect with the commit"
        );

        let mut session = open(target, 1, Access::Write).await;
        session
            .restore(Box::new(Cursor::new(taken.clone())))
            .await
            .expect("the snapshot is whole");
        session.commit().await.expect("it commits");
        assert_eq!(fingerprint(target, 1).await, before);
        assert!(
            snapshot(target, 1).await == taken,
            "with who wrote what when"
        );
        assert_eq!(
            fingerprint(target, 2).await.objects.len(),
            1,
            "other tenants keep theirs"
        );
    }
}

#[tokio::test]
async fn a_piece_of_a_snapshot_restores_nothing() {
    for home in homes().await {
        let target = &home.target;
        create(target, 1, &[form("f1", "One"), form("f2", "Two")]).await;
        let (before, taken) = (fingerprint(target, 1).await, snapshot(target, 1).await);
        let piece = taken[..taken.len() - 20].to_vec();
        let mut session = open(target, 1, Access::Write).await;
        let refused = session
            .restore(Box::new(Cursor::new(piece)))
            .await
            .expect_err("its end is missing");
        assert!(
            refused.to_string().starts_with("the snapshot: "),
            "{refused}"
        );
        drop(session);
        assert_eq!(fingerprint(target, 1).await, before);

        let mut session = open(target, 2, Access::Write).await;
        let foreign = session
            .restore(Box::new(Cursor::new(taken)))
            .await
            .expect_err("it is of another tenant");
        assert_eq!(
            foreign.to_string(),
            "the snapshot: the snapshot is of another tenant"
        );
    }
}

#[tokio::test]
async fn the_journal_is_part_of_the_session() {
    for home in homes().await {
        let target = &home.target;
        for then_commit in [false, true] {
            let mut session = open(target, 1, Access::Write).await;
            let unit = session.unit_of_work().expect("a store remembers imports");
            unit.imports()
                .add(&scope(1), &import(1, "artifact-store"))
                .await
                .expect("an import is added");
            session
                .documents()
                .expect("documents")
                .create(&scope(1), &[form("f1", "One")])
                .await
                .expect("the id is free");
            if then_commit {
                session.commit().await.expect("it commits");
            }
            let found = home
                .store
                .read(&scope(1))
                .await
                .expect("a view opens")
                .imports()
                .find(&scope(1), import_id(1))
                .await;
            assert_eq!(
                found.expect("the journal is readable").is_some(),
                then_commit
            );
            assert_eq!(
                fingerprint(target, 1).await.objects.len(),
                usize::from(then_commit)
            );
        }
    }
}

#[tokio::test]
async fn content_changed_behind_the_stores_back_is_noticed() {
    for home in homes().await {
        let target = &home.target;
        create(target, 1, &[form("f1", "One")]).await;
        home.store.close().await.expect("it closes");
        home.change("UPDATE artifacts SET content = replace(content, 'f1', 'f2')")
            .await;
        let target = &ArtifactStoreTarget::new(home.reopened());
        let mut session = open(target, 1, Access::Read).await;
        let found = session
            .documents()
            .expect("documents")
            .find_by_ids(&scope(1), &["f1".to_owned()])
            .await;
        match found {
            Err(TargetError::Other { source, .. }) => {
                assert!(source.to_string().starts_with(
                    "AtlasForm f1 (One) is corrupt: its content was written with sha256:"
                ));
            }
            other => panic!("damage is noticed: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_deleted_document_is_hidden_and_keeps_its_id_and_comes_back_with_a_snapshot() {
    for home in homes().await {
        let target = &home.target;
        create(target, 1, &[form("f1", "One")]).await;
        home.store.close().await.expect("it closes");
        let delete = "UPDATE artifacts SET deleted_at = updated_at, deleted_by = updated_by";
        home.change(delete).await;

        let target = &ArtifactStoreTarget::new(home.reopened());
        assert_eq!(fingerprint(target, 1).await, Fingerprint::default());
        let taken = snapshot(target, 1).await;
        let mut session = open(target, 1, Access::Write).await;
        let documents = session.documents().expect("documents");
        let named = documents
            .find_by_names(&scope(1), &[(ArtifactType::AtlasForm, "One".to_owned())])
            .await;
        assert!(named.expect("the store is readable").is_empty());
        let replaced = documents.replace(&scope(1), &[form("f1", "Two")]).await;
        assert!(
            matches!(replaced, Err(TargetError::Refused { .. })),
            "{replaced:?}"
        );
        let created = documents.create(&scope(1), &[form("f1", "Two")]).await;
        assert!(
            matches!(created, Err(TargetError::Refused { .. })),
            "{created:?}"
        );
        session
            .restore(Box::new(Cursor::new(taken.clone())))
            .await
            .expect("the snapshot is whole");
        session.commit().await.expect("it commits");
        assert!(snapshot(target, 1).await == taken);
    }
}
