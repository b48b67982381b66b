//! Audit chains.

use std::io::Cursor;
use std::sync::Arc;

use futures::TryStreamExt as _;
use installhub_access::Principal;
use installhub_audit_chain::{
    AuditEvent, BadReason, EventFilter, EventOutcome, NewEvent, ObjectRef, SigningKey, Voucher,
    verify_export,
};
use installhub_auditing::{
    Audit, AuditError, AuditStore, Chain, ExportRange, Verdict, Verification,
};
use installhub_database_sea_orm::Store;
use installhub_kernel::{PageRequest, TenantId, TenantScope};
use installhub_test_support::SteppingClock;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;

use crate::people;
use crate::stores::{Home, homes, person, platform, tenant};

fn key() -> Arc<SigningKey> {
    Arc::new(SigningKey::from_seed(&[7; 32]))
}

fn audit(store: &Store) -> Audit {
    Audit {
        store: Arc::new(store.clone()),
        clock: Arc::new(SteppingClock::new()),
        signer: Some(key()),
        former_keys: Vec::new(),
    }
}

async fn append(store: &Store, scope: &TenantScope, event: NewEvent) {
    let mut unit = AuditStore::begin(store, scope).await.expect("it begins");
    unit.audit()
        .append(scope, event)
        .await
        .expect("it is written");
    unit.commit().await.expect("it lasts");
}

async fn append_many(store: &Store, scope: &TenantScope, count: u32) {
    let mut unit = AuditStore::begin(store, scope).await.expect("it begins");
    for number in 0..count {
        let event = NewEvent::success("artifact.changed", "artifact", number)
            .with(json!({"number": number}));
        unit.audit()
            .append(scope, event)
            .await
            .expect("it is written");
    }
    unit.commit().await.expect("it lasts");
}

async fn verify(home: &Home, scope: &TenantScope) -> Verification {
    let verified = audit(&home.store).verify_scope(scope).await;
    verified.expect("the chain is read")
}

/// Lets the database be written to as no program of ours could.
async fn disarm(home: &Home) {
    if home.is_postgres() {
        for table in ["audit_events", "audit_checkpoints"] {
            let disarmed = format!("ALTER TABLE {table} DISABLE TRIGGER ALL");
            home.try_change(&disarmed).await.expect("triggers are off");
        }
    } else {
        for change in ["update", "delete", "replace"] {
            let dropped = format!("DROP TRIGGER audit_events_no_{change}");
            home.try_change(&dropped).await.expect("a trigger is gone");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_written_at_once_forms_chains_without_gaps() {
    for home in homes().await {
        let tasks = (0..8).map(|task| {
            let store = home.store.clone();
            tokio::spawn(async move {
                for number in 0..12 {
                    // Both tenants in turn, half of the tasks the other way round.
                    let scope = person(tenant(1 + (task + number) % 2), "anna");
                    let id = format!("{task}-{number}");
                    let event = NewEvent::success("artifact.changed", "artifact", id);
                    append(&store, &scope, event).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("every event was written");
        }
        for number in [1, 2] {
            let verified = verify(&home, &person(tenant(number), "anna")).await;
            assert_eq!(verified.verdict, Verdict::Intact);
            assert_eq!(verified.events, 48);
        }
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_history() {
    for home in homes().await {
        let scope = person(tenant(1), "anna");
        append_many(&home.store, &scope, 3).await;
        let signed = audit(&home.store).checkpoint(&scope).await;
        signed.expect("it is signed").expect("it has grown");
        let mut attempts = vec![
            "UPDATE audit_events SET action = 'x' WHERE sequence = 2",
            "DELETE FROM audit_events",
            "DELETE FROM audit_events WHERE sequence = 3",
            "UPDATE audit_checkpoints SET sequence = 1",
            "DELETE FROM audit_checkpoints",
        ];
        if home.is_postgres() {
            attempts.extend([
                "TRUNCATE audit_events",
                "TRUNCATE audit_checkpoints",
                "TRUNCATE audit_events, audit_heads CASCADE",
            ]);
        } else {
            attempts.extend([
                "REPLACE INTO audit_events SELECT * FROM audit_events WHERE sequence = 2",
                "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events",
                "REPLACE INTO audit_checkpoints SELECT * FROM audit_checkpoints",
            ]);
        }
        for attempt in attempts {
            let refused = home.try_change(attempt).await;
            assert!(refused.is_err(), "{attempt} was done: {refused:?}");
        }
        let verified = verify(&home, &scope).await;
        assert_eq!(verified.verdict, Verdict::Intact);
        assert_eq!((verified.events, verified.checkpoints), (3, 1));
    }
}

#[tokio::test]
async fn every_column_that_is_changed_behind_our_back_is_found() {
    for home in homes().await {
        let scope = person(tenant(1), "anna");
        append_many(&home.store, &scope, 20).await;
        disarm(&home).await;
        let other = home.literal(uuid::Uuid::from_u128(99));
        let digest = format!("'sha256:{}'", "0".repeat(64));
        // From the end of the chain to its beginning: the one changed last is the first bad one.
        let changes = [
            (18, "action = 'artifact.read'".to_owned()),
            (17, "actor = 'ben'".to_owned()),
            (16, "actor_kind = 'system'".to_owned()),
            (15, "actor_kind = 'nobody'".to_owned()),
            (14, "object_id = 'other'".to_owned()),
            (13, "object_kind = NULL".to_owned()),
            (12, "outcome = 'denied'".to_owned()),
            (11, format!("request_id = {other}")),
            (10, "details = '{\"number\":0}'".to_owned()),
            (9, "details = '{ \"number\": 8}'".to_owned()),
            (8, "details = 'nothing'".to_owned()),
            (7, format!("previous = {digest}")),
            (6, format!("hash = {digest}")),
            (5, format!("id = {other}")),
            (4, "at = '2026-01-01 00:00:00.001+00:00'".to_owned()),
        ];
        for (sequence, change) in changes {
            let place = format!("WHERE sequence = {sequence}");
            home.change(&format!("UPDATE audit_events SET {change} {place}"))
                .await;
            let Verdict::FirstBad(bad) = verify(&home, &scope).await.verdict else {
                panic!("{change} was not found");
            };
            assert_eq!(bad.sequence, sequence, "{change}: {bad}");
        }
        if !home.is_postgres() {
            // A column of SQLite takes anything.
            home.change("UPDATE audit_events SET at = 'noon' WHERE sequence = 3")
                .await;
            let verdict = verify(&home, &scope).await.verdict;
            let is_found = matches!(&verdict, Verdict::FirstBad(bad) if bad.sequence == 3);
            assert!(is_found, "{verdict:?}");
        }
        home.change("DELETE FROM audit_events WHERE sequence = 2")
            .await;
        let verdict = verify(&home, &scope).await.verdict;
        let Verdict::FirstBad(bad) = verdict else {
            panic!("the missing event was not found");
        };
        assert_eq!(bad.sequence, 2);
        assert_eq!(bad.reason, BadReason::OutOfSequence { found: 3 });
    }
}

#[tokio::test]
async fn a_cut_tail_is_found_by_the_head_and_then_by_the_checkpoint() {
    for home in homes().await {
        let scope = person(tenant(1), "anna");
        append_many(&home.store, &scope, 9).await;
        let audit = audit(&home.store);
        let signed = audit.checkpoint(&scope).await.expect("it is signed");
        assert_eq!(signed.expect("it has grown").sequence, 9);
        disarm(&home).await;
        home.change("DELETE FROM audit_events WHERE sequence = 9")
            .await;
        let cut = |verdict| match verdict {
            Verdict::FirstBad(bad) => (bad.sequence, bad.reason),
            other => panic!("found {other:?}"),
        };
        let known = BadReason::TailCut { known: 9 };
        assert_eq!(cut(verify(&home, &scope).await.verdict), (9, known.clone()));
        home.change(
            "UPDATE audit_heads SET sequence = 8, \
             hash = (SELECT hash FROM audit_events WHERE sequence = 8)",
        )
        .await;
        assert_eq!(cut(verify(&home, &scope).await.verdict), (9, known));
        // Events go on behind the cut; the chain is not signed again.
        append_many(&home.store, &scope, 3).await;
        let verdict = cut(verify(&home, &scope).await.verdict);
        assert_eq!(verdict.0, 9);
        assert!(matches!(verdict.1, BadReason::NotAsSigned { .. }));
        let refused = audit.checkpoint(&scope).await.expect_err("it is broken");
        assert!(matches!(refused, AuditError::Broken(_)), "{refused}");
        let run = audit.checkpoint_all(&platform()).await.expect("it ran");
        assert_eq!((run.signed, run.failed.len()), (0, 1));
    }
}

#[tokio::test]
async fn chains_that_have_grown_are_signed_once() {
    for home in homes().await {
        let audit = audit(&home.store);
        for number in [1, 2, 3] {
            append_many(&home.store, &person(tenant(number), "anna"), 2).await;
        }
        append_many(&home.store, &person(TenantId::PLATFORM, "anna"), 1).await;
        let run = audit.checkpoint_all(&platform()).await.expect("it ran");
        assert_eq!((run.signed, run.failed.len()), (4, 0));
        let again = audit.checkpoint_all(&platform()).await.expect("it ran");
        assert_eq!(again.signed, 0);
        append_many(&home.store, &person(tenant(2), "anna"), 1_500).await;
        let grown = audit.checkpoint_all(&platform()).await.expect("it ran");
        assert_eq!(grown.signed, 1);
        let verified = verify(&home, &person(tenant(2), "anna")).await;
        assert_eq!(verified.verdict, Verdict::Intact);
        assert_eq!((verified.events, verified.checkpoints), (1_502, 2));
        // Another service, which does not have the key, says what it cannot judge.
        let stranger = Audit {
            signer: None,
            ..audit.clone()
        };
        let scope = person(tenant(2), "anna");
        let verified = stranger.verify_scope(&scope).await.expect("it is read");
        assert_eq!((verified.checkpoints, verified.unknown_keys), (0, 2));
        assert_eq!(verified.verdict, Verdict::Intact);
    }
}

async fn exported(audit: &Audit, scope: &TenantScope, range: ExportRange) -> Vec<u8> {
    let pieces = audit.export_scope(scope, range).await.expect("it begins");
    let pieces: Vec<_> = pieces.try_collect().await.expect("it is read");
    pieces.concat()
}

#[tokio::test]
async fn an_export_is_judged_without_the_service() {
    for home in homes().await {
        let scope = person(tenant(1), "anna");
        append_many(&home.store, &scope, 1_200).await;
        let audit = audit(&home.store);
        audit.checkpoint(&scope).await.expect("it is signed");
        append_many(&home.store, &scope, 5).await;
        let trusted = [key().verifying_key()];
        let whole = exported(&audit, &scope, ExportRange::default()).await;
        let report = verify_export(Cursor::new(whole), &trusted).expect("it is good");
        // The last of them says that the chain was exported.
        assert_eq!(report.header.count, 1_206);
        assert_eq!(report.header.checkpoints.len(), 1);
        assert_eq!(report.voucher, Voucher::TrustedKey(key().id()));
        let part = ExportRange {
            from: Some(1_150),
            to: Some(1_199),
        };
        let part = exported(&audit, &scope, part).await;
        let report = verify_export(Cursor::new(part), &trusted).expect("it is good");
        assert_eq!((report.header.from, report.last.sequence), (1_150, 1_199));
        let beyond = ExportRange {
            from: Some(9_999),
            to: None,
        };
        let refused = audit.export_scope(&scope, beyond).await;
        assert!(matches!(refused.err(), Some(AuditError::Invalid(_))));
    }
}

fn ids(events: &[AuditEvent]) -> Vec<&str> {
    let objects = events.iter().filter_map(|event| event.object.as_ref());
    objects.map(|object| object.id.as_str()).collect()
}

#[tokio::test]
async fn events_are_listed_by_filter_and_page() {
    for home in homes().await {
        let (anna, ben) = (person(tenant(1), "anna"), person(tenant(1), "ben"));
        let other = person(tenant(2), "anna");
        let store = &home.store;
        append(
            store,
            &anna,
            NewEvent::success("artifact.created", "artifact", "1"),
        )
        .await;
        append(
            store,
            &ben,
            NewEvent::denied("artifact_.x", "artifact", "2"),
        )
        .await;
        append(
            store,
            &anna,
            NewEvent::failure("package.uploaded", "package", "1"),
        )
        .await;
        append(
            store,
            &other,
            NewEvent::success("artifact.created", "artifact", "9"),
        )
        .await;
        append(
            store,
            &anna,
            NewEvent::success("artifact.deleted", "artifact", "3"),
        )
        .await;
        let audit = audit(store);
        let reader = Principal::of_scope(anna.clone());
        let of = |filter: EventFilter| {
            let (audit, reader) = (audit.clone(), reader.clone());
            async move {
                let page = PageRequest::first(10);
                let listed = audit.list(&reader, Chain::Own, &filter, page).await;
                ids(&listed.expect("it is listed").items).join(" ")
            }
        };
        let none = EventFilter::default();
        assert_eq!(of(none.clone()).await, "3 1 2 1");
        let artifacts = Some("artifact.".to_owned());
        assert_eq!(
            of(EventFilter {
                action: artifacts,
                ..none.clone()
            })
            .await,
            "3 1"
        );
        let by_ben = Some("ben".to_owned());
        assert_eq!(
            of(EventFilter {
                actor: by_ben,
                ..none.clone()
            })
            .await,
            "2"
        );
        let denied = Some(EventOutcome::Denied);
        assert_eq!(
            of(EventFilter {
                outcome: denied,
                ..none.clone()
            })
            .await,
            "2"
        );
        let package = Some(ObjectRef {
            id: "1".to_owned(),
            kind: "package".to_owned(),
        });
        assert_eq!(
            of(EventFilter {
                object: package,
                ..none.clone()
            })
            .await,
            "1"
        );
    }
}

#[tokio::test]
async fn pages_are_not_moved_by_what_is_written_meanwhile() {
    for home in homes().await {
        let anna = person(tenant(1), "anna");
        let store = &home.store;
        for id in ["1", "2", "3", "4"] {
            let event = NewEvent::success("artifact.created", "artifact", id);
            append(store, &anna, event).await;
        }
        let audit = audit(store);
        let reader = Principal::of_scope(anna.clone());
        let none = EventFilter::default();
        let mut page = PageRequest::first(3);
        let first = audit
            .list(&reader, Chain::Own, &none, page.clone())
            .await
            .expect("it is listed");
        assert_eq!(ids(&first.items), ["4", "3", "2"]);
        let between = EventFilter {
            from: Some(first.items[2].at),
            to: Some(first.items[0].at),
            ..none.clone()
        };
        let between = audit
            .list(&reader, Chain::Own, &between, page.clone())
            .await
            .expect("it is listed");
        assert_eq!(ids(&between.items), ["3", "2"]);
        page.cursor = first.next_cursor;
        let event = NewEvent::success("artifact.created", "artifact", "5");
        append(store, &anna, event).await;
        let second = audit
            .list(&reader, Chain::Own, &none, page)
            .await
            .expect("it is listed");
        assert_eq!(ids(&second.items), ["1"]);
        assert_eq!(second.next_cursor, None);
    }
}

#[tokio::test]
async fn the_chain_of_another_tenant_takes_a_right_of_its_own_and_leaves_a_trace() {
    for home in homes().await {
        let access = people::access(&home.store);
        let [root, _] = people::administrators(&access).await;
        let (other, olga) = people::other_tenant(&access, &root).await;
        let audit = audit(&home.store);
        let refused = audit.verify(&olga, Chain::Of(root.tenant())).await;
        assert!(matches!(refused, Err(AuditError::Denied(_))), "{refused:?}");
        let verified = audit.verify(&root, Chain::Of(other)).await;
        assert_eq!(verified.expect("she may").verdict, Verdict::Intact);
        let platform = Chain::Of(TenantId::PLATFORM);
        let listed = audit
            .list(
                &root,
                platform,
                &EventFilter::default(),
                PageRequest::first(9),
            )
            .await
            .expect("she may");
        let event = listed
            .items
            .iter()
            .find(|event| event.action == "audit.verified")
            .expect("the look is an event");
        assert_eq!(event.actor.as_str(), "root@example.test");
        let other = other.to_string();
        assert_eq!(
            event.object.as_ref().map(|it| it.id.as_str()),
            Some(other.as_str())
        );
    }
}

#[tokio::test]
async fn the_service_may_add_events_and_read_them_and_nothing_else() {
    for home in homes().await {
        let Some(role) = home.service_role() else {
            continue;
        };
        let query = format!(
            "SELECT privilege_type::text FROM information_schema.role_table_grants \
             WHERE table_name = 'audit_events' AND grantee = '{role}' ORDER BY 1"
        );
        let statement = Statement::from_string(DbBackend::Postgres, query);
        let admin = home.admin().await;
        let rows = admin.query_all_raw(statement).await.expect("it is asked");
        let privileges: Vec<String> = rows
            .iter()
            .map(|row| row.try_get_by_index(0).expect("a text"))
            .collect();
        assert_eq!(privileges, ["INSERT", "SELECT"]);
    }
}
