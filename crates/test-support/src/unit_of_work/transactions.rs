//! All or nothing.

use installhub_importing::ports::{StoreError, UnitOfWorkFactory};

use super::samples::{form, import, import_id};
use super::{begin, commit, read};
use crate::scope;

pub(super) async fn conformance(store: &dyn UnitOfWorkFactory) {
    dropped_means_nothing_happened(store).await;
    committed_means_all_of_it_happened(store).await;
    a_view_is_consistent_and_leaves_nothing(store).await;
    writers_wait_for_each_other(store).await;
    an_error_does_not_poison_the_store(store).await;
}

async fn is_there(store: &dyn UnitOfWorkFactory, tenant: u128, number: u32) -> (bool, bool) {
    let id = format!("form-{number}");
    let mut unit = read(store, tenant).await;
    let journal = unit
        .imports()
        .find(&scope(tenant), import_id(number))
        .await
        .expect("the journal is readable");
    let documents = unit
        .documents()
        .find_by_ids(&scope(tenant), &[id])
        .await
        .expect("documents are readable");
    (journal.is_some(), !documents.is_empty())
}

async fn write(store: &dyn UnitOfWorkFactory, number: u32, then_commit: bool) {
    let mut unit = begin(store, 10).await;
    unit.imports()
        .add(&scope(10), &import(number, "t"))
        .await
        .expect("an import is added");
    let id = format!("form-{number}");
    unit.documents()
        .create(&scope(10), &[form(&id, "Form")])
        .await
        .expect("a document is created");
    if then_commit {
        commit(unit).await;
    }
}

async fn dropped_means_nothing_happened(store: &dyn UnitOfWorkFactory) {
    write(store, 1, false).await;
    assert_eq!(
        is_there(store, 10, 1).await,
        (false, false),
        "a dropped transaction leaves nothing"
    );
}

async fn committed_means_all_of_it_happened(store: &dyn UnitOfWorkFactory) {
    write(store, 2, true).await;
    assert_eq!(
        is_there(store, 10, 2).await,
        (true, true),
        "a committed transaction leaves everything"
    );
    assert_eq!(
        is_there(store, 11, 2).await,
        (false, false),
        "and only for its own tenant"
    );
}

async fn a_view_is_consistent_and_leaves_nothing(store: &dyn UnitOfWorkFactory) {
    let mut before = read(store, 10).await;
    let find = |id: u32| [format!("form-{id}")];
    let seen = before
        .documents()
        .find_by_ids(&scope(10), &find(3))
        .await
        .expect("documents are readable");
    assert!(seen.is_empty());
    write(store, 3, true).await;
    let seen = before
        .documents()
        .find_by_ids(&scope(10), &find(3))
        .await
        .expect("documents are readable");
    assert!(
        seen.is_empty(),
        "a view does not see what was committed after it was first looked at"
    );
    drop(before);

    let mut unit = read(store, 10).await;
    // Whether a view refuses to write or forgets what was written is its own affair.
    let _ = unit.imports().add(&scope(10), &import(4, "t")).await;
    let _ = unit.commit().await;
    assert_eq!(
        is_there(store, 10, 4).await,
        (false, false),
        "nothing written through a view lasts"
    );
}

async fn writers_wait_for_each_other(store: &dyn UnitOfWorkFactory) {
    let mut first = begin(store, 10).await;
    first
        .imports()
        .add(&scope(10), &import(5, "t"))
        .await
        .expect("an import is added");
    let second = async {
        let mut unit = begin(store, 10).await;
        let seen = unit
            .imports()
            .find(&scope(10), import_id(5))
            .await
            .expect("the journal is readable");
        assert!(
            seen.is_some(),
            "the second writer begins after the first has committed"
        );
        commit(unit).await;
    };
    // Both are driven at once; the second can only begin when the first has ended.
    futures::join!(second, commit(first));
}

async fn an_error_does_not_poison_the_store(store: &dyn UnitOfWorkFactory) {
    let mut unit = begin(store, 10).await;
    let twice = unit.imports().add(&scope(10), &import(2, "t")).await;
    assert!(
        matches!(twice, Err(StoreError::Conflict(_))),
        "the same import twice is a conflict: {twice:?}"
    );
    drop(unit);
    write(store, 6, true).await;
    assert_eq!(is_there(store, 10, 6).await, (true, true));
}
