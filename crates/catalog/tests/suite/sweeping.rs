//! What nobody comes back for.

use chrono::TimeDelta;
use futures::TryStreamExt as _;
use installhub_catalog::Swept;

use crate::hub::{Hub, anna, package, scope, sent};
use crate::on_each_engine;

on_each_engine!(
    bytes_without_a_row_go_after_a_day_and_others_stay,
    young_bytes_are_left_alone,
);

/// What a process leaves that dies between storing bytes and writing their row.
async fn store_without_row(hub: &Hub, tenant: u128, bytes: &[u8]) {
    let shelf = hub.catalog.bundles.of(&scope(tenant));
    shelf.put(sent(bytes)).await.expect("they are stored");
}

async fn bytes_without_a_row_go_after_a_day_and_others_stay(hub: Hub) {
    let catalog = &hub.catalog;
    let kept = package("Mail", "1.0.0", "a");
    let made = catalog
        .upload_package(&anna(1), sent(&kept), None)
        .await
        .expect("a sound package");
    let orphan = package("Mail", "1.0.1", "a");
    store_without_row(&hub, 1, &orphan).await;
    store_without_row(&hub, 2, &orphan).await;

    // The clock of tests is set long before the disk's.
    hub.clock.advance(TimeDelta::days(365 * 200));
    let swept = catalog.sweep(&scope(1)).await.expect("a sweep");
    assert_eq!(
        swept,
        Swept {
            uploads: 0,
            bundles: 1
        }
    );
    assert_eq!(hub.objects_under("bundles").len(), 2, "one of each tenant");
    let shelf = catalog.bundles.of(&scope(1));
    assert!(
        shelf
            .find_stored(made.digest)
            .await
            .expect("an answer")
            .is_some()
    );
    assert_eq!(hub.events(1, "package.orphanRemoved").await.len(), 1);
    let again = catalog.sweep(&scope(1)).await.expect("a sweep");
    assert_eq!(again, Swept::default());

    // What was swept can come again.
    catalog
        .upload_package(&anna(1), sent(&orphan), None)
        .await
        .expect("a sound package");
}

async fn young_bytes_are_left_alone(hub: Hub) {
    store_without_row(&hub, 1, &package("Mail", "1.0.0", "a")).await;
    let swept = hub.catalog.sweep(&scope(1)).await.expect("a sweep");
    assert_eq!(swept, Swept::default());
    assert_eq!(hub.objects_under("bundles").len(), 1);
    let before = hub.catalog.clock.now();
    let old = hub.catalog.bundles.written_before(&scope(1), before).await;
    let old: Vec<_> = old.expect("a list").try_collect().await.expect("digests");
    assert!(old.is_empty(), "they were written after {before}");
}
