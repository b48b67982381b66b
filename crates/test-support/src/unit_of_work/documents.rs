//! The artifact store.

use installhub_artifact::ArtifactType;
use installhub_importing::ports::{NewDocument, StoredDocument, TargetError, UnitOfWorkFactory};
use semver::Version;

use super::samples::{document, form, json};
use super::{begin, commit, read};
use crate::scope;

pub(super) async fn conformance(store: &dyn UnitOfWorkFactory) {
    documents_come_back_as_they_were(store).await;
    names_meet_without_case_and_repeat(store).await;
    ids_are_taken_once(store).await;
    replacing_replaces_what_is_there(store).await;
    tenants_do_not_see_each_other(store).await;
    any_number_of_ids_can_be_asked_for(store).await;
}

async fn create(store: &dyn UnitOfWorkFactory, tenant: u128, documents: &[NewDocument]) {
    let mut unit = begin(store, tenant).await;
    unit.documents()
        .create(&scope(tenant), documents)
        .await
        .expect("documents are created");
    commit(unit).await;
}

async fn find(store: &dyn UnitOfWorkFactory, tenant: u128, ids: &[&str]) -> Vec<StoredDocument> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let found = read(store, tenant)
        .await
        .documents()
        .find_by_ids(&scope(tenant), &ids)
        .await;
    let mut found = found.expect("documents are readable");
    found.sort_by(|left, right| left.outline.id.cmp(&right.outline.id));
    found
}

async fn names(
    store: &dyn UnitOfWorkFactory,
    tenant: u128,
    names: &[(ArtifactType, &str)],
) -> Vec<String> {
    let names: Vec<_> = names
        .iter()
        .map(|(kind, name)| (*kind, (*name).to_owned()))
        .collect();
    let found = read(store, tenant)
        .await
        .documents()
        .find_by_names(&scope(tenant), &names)
        .await;
    let mut ids: Vec<String> = found
        .expect("documents are readable")
        .into_iter()
        .map(|outline| outline.id)
        .collect();
    ids.sort();
    ids
}

async fn documents_come_back_as_they_were(store: &dyn UnitOfWorkFactory) {
    let written = form("f1", "Größe \u{1f4e6}");
    create(store, 20, std::slice::from_ref(&written)).await;
    let found = find(store, 20, &["f1", "absent", "f1"]).await;
    let [found] = found.as_slice() else {
        panic!("one document, once: {found:?}")
    };
    assert_eq!(found.content, written.content, "numbers keep every digit");
    let outline = &found.outline;
    assert_eq!(
        (
            outline.artifact_type,
            outline.id.as_str(),
            outline.name.as_str(),
            &outline.version
        ),
        (
            ArtifactType::AtlasForm,
            "f1",
            "Größe \u{1f4e6}",
            &Version::new(1, 2, 3)
        )
    );
    assert!(find(store, 20, &[]).await.is_empty());
    assert!(
        find(store, 20, &["F1"]).await.is_empty(),
        "ids compare exactly"
    );
}

async fn names_meet_without_case_and_repeat(store: &dyn UnitOfWorkFactory) {
    use ArtifactType::{AtlasForm, RuleSet};
    create(
        store,
        21,
        &[
            form("f1", "Straße ÄÖ"),
            form("f2", "STRAßE äö"),
            form("f3", "Other"),
            document(RuleSet, "r1", "Straße ÄÖ"),
        ],
    )
    .await;
    assert_eq!(
        names(store, 21, &[(AtlasForm, "straße äÖ")]).await,
        ["f1", "f2"],
        "names repeat, case does not matter"
    );
    assert_eq!(
        names(store, 21, &[(RuleSet, "straße äÖ")]).await,
        ["r1"],
        "the type matters"
    );
    assert_eq!(
        names(
            store,
            21,
            &[
                (AtlasForm, "OTHER"),
                (RuleSet, "STRAßE ÄÖ"),
                (AtlasForm, "other")
            ]
        )
        .await,
        ["f3", "r1"]
    );
    assert!(
        names(store, 21, &[(AtlasForm, "Stra_e %"), (AtlasForm, "")])
            .await
            .is_empty(),
        "names are no patterns"
    );
}

async fn ids_are_taken_once(store: &dyn UnitOfWorkFactory) {
    create(store, 22, &[form("f1", "One")]).await;
    let mut unit = begin(store, 22).await;
    let taken = unit
        .documents()
        .create(&scope(22), &[form("f2", "Two"), form("f1", "Again")])
        .await;
    match taken {
        Err(TargetError::Refused { object, .. }) => assert!(object.contains("f1"), "{object}"),
        other => panic!("a taken id is refused: {other:?}"),
    }
    let twice = unit
        .documents()
        .create(&scope(22), &[form("f3", "Three"), form("f3", "Three")])
        .await;
    assert!(
        matches!(twice, Err(TargetError::Refused { .. })),
        "the same id twice is refused: {twice:?}"
    );
    drop(unit);
    assert_eq!(find(store, 22, &["f1", "f2", "f3"]).await.len(), 1);
}

async fn replacing_replaces_what_is_there(store: &dyn UnitOfWorkFactory) {
    create(store, 23, &[form("f1", "One"), form("f2", "Two")]).await;
    let replacement = NewDocument {
        name: "Uno".to_owned(),
        version: Version::new(2, 0, 0),
        content: json(r#"{"id": "f1"}"#),
        ..form("f1", "")
    };
    let mut unit = begin(store, 23).await;
    unit.documents()
        .replace(&scope(23), std::slice::from_ref(&replacement))
        .await
        .expect("it is there");
    let absent = unit
        .documents()
        .replace(&scope(23), &[form("f9", "Nine")])
        .await;
    assert!(
        matches!(absent, Err(TargetError::Refused { .. })),
        "what is absent is not replaced: {absent:?}"
    );
    commit(unit).await;
    let found = find(store, 23, &["f1", "f2", "f9"]).await;
    let [first, second] = found.as_slice() else {
        panic!("two documents: {found:?}")
    };
    assert_eq!(
        (&first.content, first.outline.name.as_str()),
        (&replacement.content, "Uno")
    );
    assert_eq!(first.outline.version, replacement.version);
    assert_eq!(second.outline.name, "Two");
    assert_eq!(
        names(store, 23, &[(ArtifactType::AtlasForm, "uno")]).await,
        ["f1"],
        "it is found by its new name"
    );
    assert!(
        names(store, 23, &[(ArtifactType::AtlasForm, "one")])
            .await
            .is_empty(),
        "and no longer by the old one"
    );
}

async fn tenants_do_not_see_each_other(store: &dyn UnitOfWorkFactory) {
    create(store, 24, &[form("f1", "Mine")]).await;
    assert!(
        find(store, 25, &["f1"]).await.is_empty(),
        "another tenant's id reads as absent"
    );
    assert!(
        names(store, 25, &[(ArtifactType::AtlasForm, "Mine")])
            .await
            .is_empty()
    );
    let mut unit = begin(store, 25).await;
    let foreign = unit
        .documents()
        .replace(&scope(25), &[form("f1", "Stolen")])
        .await;
    assert!(
        matches!(foreign, Err(TargetError::Refused { .. })),
        "another tenant's document is not replaced"
    );
    unit.documents()
        .create(&scope(25), &[form("f1", "Own")])
        .await
        .expect("the id is free for this tenant");
    commit(unit).await;
    assert_eq!(find(store, 24, &["f1"]).await[0].outline.name, "Mine");
    assert_eq!(find(store, 25, &["f1"]).await[0].outline.name, "Own");
}

async fn any_number_of_ids_can_be_asked_for(store: &dyn UnitOfWorkFactory) {
    let documents: Vec<_> = (0..1_203)
        .map(|number| form(&format!("f{number}"), &format!("Name {number}")))
        .collect();
    create(store, 26, &documents).await;
    let ids: Vec<String> = (0..40_000).map(|number| format!("f{number}")).collect();
    let mut unit = begin(store, 26).await;
    let found = unit
        .documents()
        .find_by_ids(&scope(26), &ids)
        .await
        .expect("any number may be asked for");
    assert_eq!(found.len(), documents.len());
    let asked: Vec<_> = ids
        .iter()
        .map(|id| (ArtifactType::AtlasForm, id.replace('f', "NAME ")))
        .collect();
    let found = unit
        .documents()
        .find_by_names(&scope(26), &asked)
        .await
        .expect("any number may be asked for");
    assert_eq!(found.len(), documents.len());
    unit.documents()
        .replace(&scope(26), &documents)
        .await
        .expect("all of them are there");
    commit(unit).await;
}
