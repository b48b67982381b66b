//! Uploads in pieces: by any process, in any number of attempts.

use std::pin::pin;
use std::sync::Arc;

use chrono::TimeDelta;
use futures::StreamExt as _;
use installhub_access::Principal;
use installhub_catalog::{
    AdmitPackage, Catalog, CatalogError, NewUpload, Swept, Upload, UploadState,
};
use installhub_checksum::Digest;
use installhub_jobs::{Job, JobState, Jobs, WatchPace, Worker, WorkerSettings};
use installhub_kernel::UploadId;
use uuid::Uuid;

use crate::hub::{Hub, anna, cut_off_after, package, scope, sent};
use crate::on_each_engine;

on_each_engine!(
    pieces_become_a_version_and_go,
    a_piece_goes_on_where_the_last_one_was_cut_off,
    wrong_offsets_are_told_the_right_one,
    of_two_pieces_at_one_offset_one_is_kept,
    what_is_no_package_is_rejected_by_its_job,
    other_bytes_than_announced_are_refused,
    a_second_attempt_finds_what_the_first_has_made,
    what_takes_too_long_is_swept,
    another_tenant_finds_nothing,
);

async fn begin(catalog: &Catalog, bytes: &[u8]) -> Upload {
    let new = NewUpload {
        bytes: bytes.len() as u64,
        digest: Some(Digest::of(bytes)),
    };
    catalog
        .begin_upload(&anna(1), new)
        .await
        .expect("an upload begins")
}

/// Sends all bytes in three pieces.
async fn send(catalog: &Catalog, bytes: &[u8]) -> UploadId {
    let upload = begin(catalog, bytes).await;
    let third = bytes.len() / 3;
    for (from, to) in [(0, third), (third, 2 * third), (2 * third, bytes.len())] {
        let sent = catalog
            .append(&anna(1), upload.id, from as u64, sent(&bytes[from..to]))
            .await
            .expect("the next piece");
        assert_eq!(sent.offset, to as u64);
    }
    upload.id
}

/// Lets a worker do the job.
async fn worked_off(hub: &Hub, job: &Job) -> Job {
    let jobs = Jobs {
        store: Arc::new(hub.store.clone()),
        ids: hub.ids.clone(),
        bell: hub.catalog.bell.clone(),
        pace: WatchPace::default(),
    };
    let worker = Worker::new(
        Arc::new(hub.store.clone()),
        hub.ids.clone(),
        hub.catalog.bell.clone(),
        WorkerSettings::default(),
    )
    .with(Arc::new(AdmitPackage::new(hub.catalog.clone())));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let working = tokio::spawn(worker.run(async {
        drop(stopped.await);
    }));
    let ended = final_state(&jobs, job).await;
    stop.send(()).expect("the worker works");
    working.await.expect("the worker ends");
    ended
}

async fn final_state(jobs: &Jobs, job: &Job) -> Job {
    let seen = jobs
        .watch(&anna(1), job.id)
        .await
        .expect("the job is there");
    let mut seen = pin!(seen);
    let mut last = None;
    while let Some(job) = seen.next().await {
        last = Some(job.expect("the job is there"));
    }
    last.expect("a state")
}

async fn pieces_become_a_version_and_go(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail", "1.0.0", "a");
    let id = send(catalog, &bytes).await;
    assert_eq!(hub.objects_under("pieces").len(), 3);
    let job = catalog
        .complete_upload(&anna(1), id)
        .await
        .expect("all bytes came");
    let same = catalog
        .complete_upload(&anna(1), id)
        .await
        .expect("asked again");
    assert_eq!(same.id, job.id);
    let error = catalog.append(&anna(1), id, 0, sent(b"x")).await;
    assert!(matches!(error, Err(CatalogError::Conflict(_))));

    let ended = worked_off(&hub, &job).await;
    assert_eq!(ended.state, JobState::Succeeded, "{:?}", ended.error);
    let upload = catalog.upload(&anna(1), id).await.expect("it is there");
    assert_eq!(upload.state, UploadState::Admitted);
    let version = catalog
        .package_version(&anna(1), upload.version.expect("a version"))
        .await
        .expect("it is there");
    assert_eq!(version.digest, Digest::of(&bytes));
    assert_eq!(version.uploaded_by, "anna@example.com");
    let result = ended.result.expect("a result");
    assert_eq!(result["packageVersionId"], version.id.to_string());
    assert!(hub.objects_under("pieces").is_empty());
    let again = catalog
        .complete_upload(&anna(1), id)
        .await
        .expect("asked afterwards");
    assert_eq!((again.id, again.state), (job.id, JobState::Succeeded));
    assert_eq!(hub.events(1, "upload.begun").await.len(), 1);
    assert_eq!(hub.events(1, "package.uploaded").await.len(), 1);
}

async fn a_piece_goes_on_where_the_last_one_was_cut_off(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail", "1.0.0", "a");
    let upload = begin(catalog, &bytes).await;
    let cut = catalog
        .append(&anna(1), upload.id, 0, cut_off_after(&bytes[..250]))
        .await;
    assert!(matches!(cut, Err(CatalogError::Interrupted(_))), "{cut:?}");
    let nothing = catalog
        .append(&anna(1), upload.id, 250, cut_off_after(&[]))
        .await;
    assert!(matches!(nothing, Err(CatalogError::Interrupted(_))));
    let found = catalog.upload(&anna(1), upload.id).await.expect("there");
    assert_eq!((found.offset, found.pieces), (250, 1));
    let early = catalog.complete_upload(&anna(1), upload.id).await;
    assert!(
        matches!(&early, Err(CatalogError::Conflict(message)) if message.starts_with("250 of")),
        "{early:?}"
    );
    // More than announced is not kept, not even as far as it would fit.
    let mut more = bytes[250..].to_vec();
    more.push(0);
    let over = catalog.append(&anna(1), upload.id, 250, sent(&more)).await;
    assert!(matches!(over, Err(CatalogError::TooLarge { limit, .. }) if limit == upload.bytes));
    catalog
        .append(&anna(1), upload.id, 250, sent(&bytes[250..]))
        .await
        .expect("the rest");
    let job = catalog
        .complete_upload(&anna(1), upload.id)
        .await
        .expect("all bytes came");
    let ended = worked_off(&hub, &job).await;
    assert_eq!(ended.state, JobState::Succeeded, "{:?}", ended.error);
}

async fn wrong_offsets_are_told_the_right_one(hub: Hub) {
    let mut catalog = hub.catalog.clone();
    let bytes = package("Mail", "1.0.0", "a");
    let upload = begin(&catalog, &bytes).await;
    catalog
        .append(&anna(1), upload.id, 0, sent(&bytes[..100]))
        .await
        .expect("the first piece");
    for offset in [0, 99, 101, u64::MAX] {
        let error = catalog
            .append(&anna(1), upload.id, offset, sent(&bytes[..1]))
            .await;
        assert!(
            matches!(error, Err(CatalogError::WrongOffset { expected: 100, found }) if found == offset)
        );
    }
    catalog.settings.max_pieces = 1;
    let error = catalog
        .append(&anna(1), upload.id, 100, sent(&bytes[100..200]))
        .await;
    assert!(matches!(&error, Err(CatalogError::Conflict(message)) if message.contains("1 pieces")));
    for bytes in [0, (2 << 30) + 1] {
        let new = NewUpload {
            bytes,
            digest: None,
        };
        let error = catalog.begin_upload(&anna(1), new).await;
        assert!(matches!(
            error,
            Err(CatalogError::Invalid(_) | CatalogError::TooLarge { .. })
        ));
    }
}

async fn of_two_pieces_at_one_offset_one_is_kept(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail", "1.0.0", "a");
    let upload = begin(catalog, &bytes).await;
    let (who, zeros) = (anna(1), vec![0; bytes.len()]);
    let (one, other) = tokio::join!(
        catalog.append(&who, upload.id, 0, sent(&bytes)),
        catalog.append(&who, upload.id, 0, sent(&zeros)),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let job = catalog
        .complete_upload(&anna(1), upload.id)
        .await
        .expect("all bytes came");
    let ended = worked_off(&hub, &job).await;
    let expected = if one.is_ok() {
        JobState::Succeeded
    } else {
        JobState::Failed
    };
    assert_eq!(ended.state, expected, "the winner's bytes and no others");
    if one.is_err() {
        let given_up = catalog.abandon_upload(&anna(1), upload.id).await;
        given_up.expect("it was rejected");
    }
    assert!(hub.objects_under("pieces").is_empty(), "also the loser's");
}

async fn what_is_no_package_is_rejected_by_its_job(hub: Hub) {
    let id = send(&hub.catalog, b"<html>no package at all</html>").await;
    let job = hub
        .catalog
        .complete_upload(&anna(1), id)
        .await
        .expect("all bytes came");
    let ended = worked_off(&hub, &job).await;
    let failure = ended.error.expect("a failure");
    assert_eq!(
        (ended.state, ended.attempts, failure.code.as_str()),
        (JobState::Failed, 1, "PackageRejected")
    );
    assert_eq!(failure.details["errors"][0]["code"], "InvalidZip");
    let upload = hub.catalog.upload(&anna(1), id).await.expect("there");
    assert_eq!(upload.state, UploadState::Rejected);
    // A worker that died before it could say so leaves the job to another, which finds the same.
    let handler = AdmitPackage::new(hub.catalog.clone());
    let found = handler.admit(&scope(1), id).await;
    assert!(matches!(found, Err(CatalogError::Rejected { .. })));
    assert!(hub.objects_under("bundles").is_empty());
    let again = hub.catalog.complete_upload(&anna(1), id).await;
    assert_eq!(again.expect("its end").state, JobState::Failed);
    let given_up = hub.catalog.abandon_upload(&anna(1), id).await;
    given_up.expect("it was rejected");
    assert!(hub.objects_under("pieces").is_empty());
}

async fn other_bytes_than_announced_are_refused(hub: Hub) {
    let bytes = package("Mail", "1.0.0", "a");
    let new = NewUpload {
        bytes: bytes.len() as u64,
        digest: Some(Digest::of(b"others")),
    };
    let catalog = &hub.catalog;
    let upload = catalog.begin_upload(&anna(1), new).await.expect("begun");
    catalog
        .append(&anna(1), upload.id, 0, sent(&bytes))
        .await
        .expect("a piece");
    let job = catalog
        .complete_upload(&anna(1), upload.id)
        .await
        .expect("all bytes came");
    let ended = worked_off(&hub, &job).await;
    assert_eq!(ended.error.expect("a failure").code, "DigestMismatch");
    assert!(hub.objects_under("bundles").is_empty());
}

async fn a_second_attempt_finds_what_the_first_has_made(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail", "1.0.0", "a");
    let id = send(catalog, &bytes).await;
    let job = catalog
        .complete_upload(&anna(1), id)
        .await
        .expect("all bytes came");
    // A worker that dies after the rows were written and before it could say so.
    let handler = AdmitPackage::new(catalog.clone());
    let made = handler.admit(&scope(1), id).await.expect("a version");
    let ended = worked_off(&hub, &job).await;
    assert_eq!(ended.state, JobState::Succeeded);
    assert_eq!(
        ended.result.expect("a result")["packageVersionId"],
        made.id.to_string()
    );
    assert_eq!(hub.events(1, "package.uploaded").await.len(), 1);

    // The same bytes, sent in one go before their pieces are looked at.
    let bytes = package("Mail", "1.0.1", "a");
    let id = send(catalog, &bytes).await;
    let job = catalog
        .complete_upload(&anna(1), id)
        .await
        .expect("all bytes came");
    let direct = catalog
        .upload_package(&anna(1), sent(&bytes), None)
        .await
        .expect("a sound package");
    let ended = worked_off(&hub, &job).await;
    assert_eq!(ended.state, JobState::Succeeded);
    let upload = catalog.upload(&anna(1), id).await.expect("there");
    assert_eq!(upload.version, Some(direct.id));
}

async fn what_takes_too_long_is_swept(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail", "1.0.0", "a");
    let late = begin(catalog, &bytes).await;
    catalog
        .append(&anna(1), late.id, 0, sent(&bytes[..100]))
        .await
        .expect("a piece");
    let given_up = begin(catalog, &bytes).await;
    catalog
        .append(&anna(1), given_up.id, 0, sent(&bytes[..100]))
        .await
        .expect("a piece");
    catalog
        .abandon_upload(&anna(1), given_up.id)
        .await
        .expect("it is given up");
    assert_eq!(hub.objects_under("pieces").len(), 1);

    hub.clock.advance(TimeDelta::hours(23));
    assert_eq!(catalog.sweep_uploads(&scope(1)).await.expect("a sweep"), 0);
    let fresh = begin(catalog, &bytes).await;
    hub.clock.advance(TimeDelta::hours(1));
    let gone = catalog
        .append(&anna(1), late.id, 100, sent(&bytes[100..]))
        .await;
    assert!(matches!(gone, Err(CatalogError::NotFound { .. })));
    let swept = catalog.sweep_uploads(&scope(1)).await.expect("a sweep");
    assert_eq!(swept, 1);
    assert!(hub.objects_under("pieces").is_empty());
    assert_eq!(hub.events(1, "upload.expired").await.len(), 1);
    let left = catalog.upload(&anna(1), fresh.id).await.expect("there");
    assert_eq!(left.state, UploadState::Receiving);
    let again = catalog.sweep(&scope(1)).await.expect("a sweep");
    assert_eq!(again, Swept::default());
}

async fn another_tenant_finds_nothing(hub: Hub) {
    let catalog = &hub.catalog;
    let bytes = package("Mail", "1.0.0", "a");
    let id = send(catalog, &bytes).await;
    let gone = |error| matches!(error, CatalogError::NotFound { .. });
    let nobodys = UploadId::from_uuid(Uuid::from_u128(99_999));
    for (who, id) in [(anna(2), id), (anna(1), nobodys)] {
        let who: &Principal = &who;
        assert!(catalog.upload(who, id).await.is_err_and(gone));
        assert!(
            catalog
                .append(who, id, 0, sent(b"x"))
                .await
                .is_err_and(gone)
        );
        assert!(catalog.complete_upload(who, id).await.is_err_and(gone));
        assert!(catalog.abandon_upload(who, id).await.is_err_and(gone));
    }
    let left = catalog.upload(&anna(1), id).await.expect("untouched");
    assert_eq!(left.offset, bytes.len() as u64);
}
