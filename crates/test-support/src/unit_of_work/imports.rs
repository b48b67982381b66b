//! The journal of imports.

use installhub_importing::ImportState;
use installhub_importing::ports::{ImportRecord, JournalPhase, StoreError, UnitOfWorkFactory};
use installhub_kernel::PageRequest;

use super::samples::{at, full_import, import, import_id};
use super::{begin, commit, read};
use crate::scope;

pub(super) async fn conformance(store: &dyn UnitOfWorkFactory) {
    every_field_comes_back(store).await;
    moves_are_kept_in_order(store).await;
    pages_cover_the_list_once(store).await;
    the_unfinished_are_found(store).await;
    completion_orders_imports(store).await;
    tenants_do_not_see_each_other(store).await;
}

async fn add(store: &dyn UnitOfWorkFactory, tenant: u128, record: &ImportRecord) {
    let mut unit = begin(store, tenant).await;
    unit.imports()
        .add(&scope(tenant), record)
        .await
        .expect("an import is added");
    commit(unit).await;
}

/// Walks an import through `states`, one second each, beginning at `seconds`.
async fn walk(
    store: &dyn UnitOfWorkFactory,
    tenant: u128,
    number: u32,
    states: &[ImportState],
    seconds: i64,
) {
    let mut unit = begin(store, tenant).await;
    let found = unit
        .imports()
        .find(&scope(tenant), import_id(number))
        .await
        .expect("the journal is readable");
    let mut record = found.expect("the import is in the journal");
    for (state, second) in states.iter().zip(seconds..) {
        record.state = *state;
        record.updated_at = at(second);
        unit.imports()
            .record(&scope(tenant), &record, Some(format!("now {state}")))
            .await
            .expect("a move");
    }
    commit(unit).await;
}

async fn every_field_comes_back(store: &dyn UnitOfWorkFactory) {
    let plain = import(1, "artifact-store");
    add(store, 30, &plain).await;
    let full = ImportRecord {
        id: plain.id,
        ..full_import(1, "sqlite:/shop.db")
    };
    let mut unit = begin(store, 30).await;
    let found = unit
        .imports()
        .find(&scope(30), plain.id)
        .await
        .expect("the journal is readable");
    assert_eq!(found.as_ref(), Some(&plain));
    unit.imports()
        .record(&scope(30), &full, None)
        .await
        .expect("an import is rewritten");
    let found = unit
        .imports()
        .find(&scope(30), plain.id)
        .await
        .expect("the journal is readable");
    assert_eq!(found.as_ref(), Some(&full), "everything is rewritten");
    unit.imports()
        .record(&scope(30), &plain, None)
        .await
        .expect("an import is rewritten");
    let found = unit
        .imports()
        .find(&scope(30), plain.id)
        .await
        .expect("the journal is readable");
    assert_eq!(
        found.as_ref(),
        Some(&plain),
        "what is no longer there is gone"
    );
    let unknown = unit
        .imports()
        .record(&scope(30), &import(99, "t"), None)
        .await;
    assert!(
        matches!(unknown, Err(StoreError::Conflict(_))),
        "an unknown import cannot be rewritten: {unknown:?}"
    );
    assert_eq!(
        unit.imports()
            .find(&scope(30), import_id(99))
            .await
            .expect("the journal is readable"),
        None
    );
}

async fn moves_are_kept_in_order(store: &dyn UnitOfWorkFactory) {
    use ImportState::{Configuring, Failed, Pending, Validating};
    add(store, 31, &import(1, "t")).await;
    // The second writing of the same state is no move.
    walk(
        store,
        31,
        1,
        &[Validating, Validating, Configuring, Failed],
        5,
    )
    .await;
    let moves = read(store, 31)
        .await
        .imports()
        .transitions(&scope(31), import_id(1))
        .await
        .expect("moves are readable");
    let moves: Vec<_> = moves
        .into_iter()
        .map(|step| (step.from, step.to, step.at, step.note))
        .collect();
    assert_eq!(
        moves,
        [
            (None, Pending, at(1), None),
            (
                Some(Pending),
                Validating,
                at(5),
                Some("now Validating".to_owned())
            ),
            (
                Some(Validating),
                Configuring,
                at(7),
                Some("now Configuring".to_owned())
            ),
            (
                Some(Configuring),
                Failed,
                at(8),
                Some("now Failed".to_owned())
            ),
        ]
    );
}

async fn pages_cover_the_list_once(store: &dyn UnitOfWorkFactory) {
    for number in [3, 1, 5, 2, 4] {
        // Two of them were asked for at the same instant.
        add(
            store,
            32,
            &ImportRecord {
                created_at: at(i64::from(number.min(4))),
                ..import(number, "t")
            },
        )
        .await;
    }
    let mut unit = read(store, 32).await;
    let mut request = PageRequest::first(2);
    let mut pages = Vec::new();
    loop {
        let page = unit
            .imports()
            .list(&scope(32), request.clone())
            .await
            .expect("the list is readable");
        pages.push(page.items.iter().map(|item| item.id).collect::<Vec<_>>());
        let Some(cursor) = page.next_cursor else {
            break;
        };
        request.cursor = Some(cursor);
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let listed: Vec<_> = pages.into_iter().flatten().collect();
    assert_eq!(
        listed[2..],
        [import_id(3), import_id(2), import_id(1)],
        "newest first"
    );
    assert!(listed[..2].contains(&import_id(4)) && listed[..2].contains(&import_id(5)));
    let none = read(store, 3_200)
        .await
        .imports()
        .list(&scope(3_200), PageRequest::first(2))
        .await
        .expect("the list is readable");
    assert!(none.items.is_empty() && none.next_cursor.is_none());
}

async fn the_unfinished_are_found(store: &dyn UnitOfWorkFactory) {
    use ImportState::{
        Completed, Configuring, Failed, Importing, Reviewing, RolledBack, Validating,
    };
    for number in 1..=6 {
        add(store, 33, &import(number, "t")).await;
    }
    let up_to_importing = [Validating, Configuring, Reviewing, Importing];
    walk(store, 33, 2, &up_to_importing, 10).await;
    walk(store, 33, 3, &[Failed], 10).await;
    for number in [4, 5, 6] {
        walk(store, 33, number, &up_to_importing, 20).await;
        walk(store, 33, number, &[Completed], 30).await;
    }
    walk(store, 33, 5, &[RolledBack], 40).await;
    let mut unit = begin(store, 33).await;
    let found = unit
        .imports()
        .find(&scope(33), import_id(6))
        .await
        .expect("the journal is readable");
    let rolling = ImportRecord {
        phase: JournalPhase::RollingBack,
        ..found.expect("it is in the journal")
    };
    unit.imports()
        .record(&scope(33), &rolling, None)
        .await
        .expect("a phase is recorded");
    commit(unit).await;
    let found = read(store, 33)
        .await
        .imports()
        .unfinished(&scope(33))
        .await
        .expect("the journal is readable");
    let found: Vec<_> = found.into_iter().map(|record| record.id).collect();
    assert_eq!(
        found,
        [import_id(1), import_id(2), import_id(6)],
        "oldest first, with rollbacks under way"
    );
}

async fn completion_orders_imports(store: &dyn UnitOfWorkFactory) {
    use ImportState::{Completed, RolledBack};
    for (number, target) in [
        (1, "t"),
        (2, "t"),
        (3, "t"),
        (4, "other"),
        (5, "t"),
        (6, "t"),
    ] {
        add(store, 34, &import(number, target)).await;
    }
    // Number 1 was asked for first and committed last but one; number 6 never did.
    for (number, second) in [(2, 100), (3, 200), (4, 250), (1, 300), (5, 400)] {
        walk(store, 34, number, &[Completed], second).await;
    }
    let since = |second| async move {
        let found = read(store, 34)
            .await
            .imports()
            .completed_since(&scope(34), "t", at(second))
            .await;
        found
            .expect("the journal is readable")
            .into_iter()
            .map(|record| record.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        since(0).await,
        [2, 3, 1, 5].map(import_id),
        "in the order in which they completed"
    );
    assert_eq!(since(200).await, [1, 5].map(import_id), "strictly after");
    assert!(since(400).await.is_empty());
    walk(store, 34, 1, &[RolledBack], 500).await;
    assert_eq!(
        since(200).await,
        [import_id(5)],
        "what was rolled back no longer counts"
    );
}

async fn tenants_do_not_see_each_other(store: &dyn UnitOfWorkFactory) {
    add(store, 35, &import(1, "t")).await;
    let mut unit = begin(store, 36).await;
    let imports = unit.imports();
    assert_eq!(
        imports
            .find(&scope(36), import_id(1))
            .await
            .expect("the journal is readable"),
        None
    );
    assert!(
        imports
            .transitions(&scope(36), import_id(1))
            .await
            .expect("the journal is readable")
            .is_empty()
    );
    assert!(
        imports
            .unfinished(&scope(36))
            .await
            .expect("the journal is readable")
            .is_empty()
    );
    let foreign = imports.record(&scope(36), &import(1, "stolen"), None).await;
    assert!(
        matches!(foreign, Err(StoreError::Conflict(_))),
        "another tenant's import reads as absent: {foreign:?}"
    );
}
