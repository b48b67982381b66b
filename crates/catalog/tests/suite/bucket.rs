//! With objects in a bucket: the store hands out the bytes itself, and pieces are objects like any other.

use futures::StreamExt as _;
use installhub_catalog::{
    AdmitPackage, DownloadContent, DownloadPlace, NewUpload, UploadPiece, UploadState,
};
use installhub_checksum::Digest;
use uuid::Uuid;

use crate::hub::{Hub, anna, package, scope, sent};
use crate::on_each_engine;

on_each_engine!(
    a_bucket_hands_out_the_bytes_itself,
    pieces_in_a_bucket_become_a_version,
);

async fn a_bucket_hands_out_the_bytes_itself(hub: Hub) {
    let (_server, hub) = hub.in_a_bucket().await;
    let bytes = package("Mail settings", "1.0.0", "a");
    let made = hub
        .catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("a sound package");
    let download = hub.catalog.download(&anna(1), made.id).await;
    let DownloadContent::Url(address) = download.expect("it is there").content else {
        panic!("a bucket signs addresses");
    };
    assert!(address.contains("mail-settings-1.0.0.zip"), "{address}");
    let link = hub.catalog.download_link(&anna(1), made.id).await;
    let DownloadPlace::Url(address) = link.expect("a link").place else {
        panic!("a bucket signs addresses");
    };
    assert!(address.starts_with("http://127.0.0.1"), "{address}");
    assert_eq!(hub.events(1, "package.downloaded").await.len(), 2);
}

async fn pieces_in_a_bucket_become_a_version(hub: Hub) {
    let (_server, hub) = hub.in_a_bucket().await;
    let bytes = package("Mail settings", "1.0.0", "a");
    let new = NewUpload {
        bytes: bytes.len() as u64,
        digest: Some(Digest::of(&bytes)),
    };
    let upload = hub
        .catalog
        .begin_upload(&anna(1), new)
        .await
        .expect("begun");
    for from in (0..bytes.len()).step_by(500) {
        let to = bytes.len().min(from + 500);
        hub.catalog
            .append(&anna(1), upload.id, from as u64, sent(&bytes[from..to]))
            .await
            .expect("the next piece");
    }
    let completed = hub.catalog.complete_upload(&anna(1), upload.id).await;
    completed.expect("all bytes came");
    let handler = AdmitPackage::new(hub.catalog.clone());
    let made = handler
        .admit(&scope(1), upload.id)
        .await
        .expect("a version");
    assert_eq!(made.digest, Digest::of(&bytes));
    let ended = hub
        .catalog
        .upload(&anna(1), upload.id)
        .await
        .expect("there");
    assert_eq!(ended.state, UploadState::Admitted);
    hub.catalog
        .uploads
        .remove_pieces(&scope(1), upload.id)
        .await
        .expect("they can be removed");
    let pieces = vec![UploadPiece {
        id: Uuid::from_u128(1),
        offset: 0,
        bytes: 1,
        digest: Digest::of(b"x"),
    }];
    let mut gone = hub
        .catalog
        .uploads
        .read_pieces(&scope(1), upload.id, pieces)
        .await
        .expect("a stream");
    let read = gone.next().await;
    assert!(read.expect("an answer").is_err(), "a piece that is gone");
}
