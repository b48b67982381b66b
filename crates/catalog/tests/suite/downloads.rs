//! Downloads: the bytes, links, and what the audit log hears of them.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta};
use futures::TryStreamExt as _;
use installhub_catalog::{CatalogError, DownloadContent, DownloadPlace, DownloadTicket};
use installhub_checksum::Digest;
use installhub_kernel::{ActorKind, RequestId};
use uuid::Uuid;

use crate::hub::{Hub, anna, package, received, sent};
use crate::on_each_engine;

on_each_engine!(
    the_bytes_come_back_and_the_download_is_noted,
    a_link_works_for_an_hour_without_any_other_credential,
    a_ticket_for_other_bytes_or_another_tenant_is_refused,
    damage_ends_the_bytes_and_loss_is_an_error,
);

async fn the_bytes_come_back_and_the_download_is_noted(hub: Hub) {
    let bytes = package("Mail settings", "1.0.0", "a");
    let made = hub
        .catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("a sound package");
    let download = hub
        .catalog
        .download(&anna(1), made.id)
        .await
        .expect("it is there");
    assert_eq!(
        (download.file_name.as_str(), download.digest, download.bytes),
        ("mail-settings-1.0.0.zip", made.digest, made.bytes)
    );
    assert_eq!(received(download).await, bytes);
    let events = hub.events(1, "package.downloaded").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].actor.as_str(), "anna@example.com");
    assert_eq!(
        events[0].object.as_ref().map(|object| object.id.clone()),
        Some(made.id.to_string())
    );
}

async fn a_link_works_for_an_hour_without_any_other_credential(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail settings", "1.0.0", "a");
    let made = catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("a sound package");
    let link = catalog
        .download_link(&anna(1), made.id)
        .await
        .expect("a link");
    let DownloadPlace::Ticket(ticket) = link.place else {
        panic!("a folder signs nothing: {link:?}");
    };
    assert_eq!(hub.events(1, "package.linkCreated").await.len(), 1);
    assert!(hub.events(1, "package.downloaded").await.is_empty());

    let request = RequestId::from_uuid(Uuid::from_u128(5));
    hub.clock.advance(TimeDelta::minutes(59));
    let download = catalog
        .redeem(&ticket, Some(request))
        .await
        .expect("the hour is not over");
    assert_eq!(received(download).await, bytes);
    let events = hub.events(1, "package.downloaded").await;
    assert_eq!(
        (events[0].actor_kind, events[0].request),
        (ActorKind::System, Some(request))
    );
    hub.clock.advance(TimeDelta::minutes(1));
    let late = catalog.redeem(&ticket, None).await;
    assert!(matches!(late.err(), Some(CatalogError::Ticket)));
    assert_eq!(hub.events(1, "package.downloaded").await.len(), 1);
}

async fn a_ticket_for_other_bytes_or_another_tenant_is_refused(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail settings", "1.0.0", "a");
    let made = catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("a sound package");
    let link = catalog
        .download_link(&anna(1), made.id)
        .await
        .expect("a link");
    let DownloadPlace::Ticket(text) = link.place else {
        panic!("a folder signs nothing: {link:?}");
    };
    // These are sealed with the right key, as no client can.
    let long_ago = DateTime::UNIX_EPOCH;
    let ticket = DownloadTicket::verify(&text, &catalog.tickets, long_ago).expect("our own");
    let strangers = DownloadTicket {
        tenant: anna(2).tenant(),
        ..ticket
    };
    let found = catalog
        .redeem(&strangers.sign(&catalog.tickets), None)
        .await;
    assert!(matches!(found.err(), Some(CatalogError::NotFound { .. })));
    let other_bytes = DownloadTicket {
        digest: Digest::of(b"other"),
        ..ticket
    };
    let found = catalog
        .redeem(&other_bytes.sign(&catalog.tickets), None)
        .await;
    assert!(matches!(found.err(), Some(CatalogError::Ticket)));
    for forged in ["", "x", &text[..text.len() - 1], &text.replace('A', "B")] {
        let found = catalog.redeem(forged, None).await;
        assert!(
            matches!(found.err(), Some(CatalogError::Ticket)),
            "{forged}"
        );
    }
    assert!(hub.events(1, "package.downloaded").await.is_empty());
}

async fn damage_ends_the_bytes_and_loss_is_an_error(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail settings", "1.0.0", "a");
    let made = catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("a sound package");
    let [object] = hub.objects_under("bundles").try_into().expect("one object");
    std::fs::write(&object, b"damaged").expect("the disk goes bad");
    let download = catalog.download(&anna(1), made.id).await.expect("there");
    let DownloadContent::Stream(stream) = download.content else {
        panic!("a folder has no address");
    };
    let read: Result<Vec<Bytes>, _> = stream.try_collect().await;
    assert!(read.is_err(), "damage is not passed on as if it were whole");

    std::fs::remove_file(&object).expect("the disk loses it");
    let lost = catalog.download(&anna(1), made.id).await;
    assert!(matches!(lost.err(), Some(CatalogError::Store(_))));
    assert_eq!(hub.events(1, "package.downloaded").await.len(), 1);

    let again = catalog.upload_package(&anna(1), sent(&bytes), None).await;
    assert_eq!(again.expect("known").id, made.id);
    let download = catalog.download(&anna(1), made.id).await.expect("healed");
    assert_eq!(received(download).await, bytes);
}
