//! Deleting, restoring and purging.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use installhub_access::Principal;
use installhub_audit_chain::{AuditEvent, EventFilter};
use installhub_auditing::AuditStore;
use installhub_checksum::Digest;
use installhub_deletion::ports::BytesRemover;
use installhub_deletion::{Deletion, DeletionError, EntityKind, PurgeState};
use installhub_kernel::{ActorKind, PageRequest, StoreError, TenantId, TenantScope};
use installhub_test_support::{CountingIds, SteppingClock};
use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use crate::people;
use crate::stores::{Home, homes, person, platform, tenant};

const REASON: &str = "The customer asked for it to be erased.";
const TIME: &str = "'2026-01-01 00:00:00+00:00'";

/// Remembers what was removed, unless it is out of reach.
#[derive(Default)]
struct Bytes {
    removed: Mutex<Vec<String>>,
    is_away: AtomicBool,
}

impl Bytes {
    fn removed(&self) -> Vec<String> {
        std::mem::take(&mut self.removed.lock().expect("it is there"))
    }

    fn note(&self, what: String) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable {
                attempted: "cannot reach the bytes".to_owned(),
                source: "away".into(),
            });
        }
        self.removed.lock().expect("it is there").push(what);
        Ok(())
    }
}

#[async_trait]
impl BytesRemover for Bytes {
    async fn remove(&self, _: &TenantScope, digest: Digest) -> Result<(), StoreError> {
        self.note(digest.to_string())
    }

    async fn remove_all(&self, scope: &TenantScope) -> Result<(), StoreError> {
        self.note(format!("all of {}", scope.tenant()))
    }
}

fn deletion(home: &Home, bytes: &Arc<Bytes>) -> Deletion {
    Deletion {
        store: Arc::new(home.store.clone()),
        accounts: Arc::new(people::access(&home.store)),
        bytes: bytes.clone(),
        clock: Arc::new(SteppingClock::new()),
        ids: Arc::new(CountingIds::new()),
    }
}

fn local(name: &str) -> Principal {
    Principal::local(name.parse().expect("an actor"))
}

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// Writes a row as the catalogue, connections or jobs would.
async fn insert(home: &Home, tenant: TenantId, kind: EntityKind, number: u128) {
    let key = home.literal(Uuid::from_u128(number));
    let of = home.literal(tenant.as_uuid());
    let (columns, values) = match kind {
        EntityKind::Artifact => (
            "artifacts (tenant_id, id, artifact_type, name, name_key, version, status, content, digest, \
             created_at, created_by, updated_at, updated_by)",
            format!(
                "'{}', 'report', 'one', 'one', '1.0.0', 'draft', '{{}}', 'd', {TIME}, 'a', {TIME}, 'a'",
                id(number)
            ),
        ),
        EntityKind::Package => (
            "packages (tenant_id, id, name, name_key, package_type, created_at, created_by, updated_at, updated_by)",
            format!("{key}, 'one', 'one', 'app', {TIME}, 'a', {TIME}, 'a'"),
        ),
        EntityKind::Connection => (
            "connections (tenant_id, id, name, name_key, kind, settings, created_at, created_by, updated_at, revision)",
            format!("{key}, 'one', 'one', 'http', '{{}}', {TIME}, 'a', {TIME}, 1"),
        ),
        EntityKind::Schedule => (
            "schedules (tenant_id, id, name, name_key, timing, kind, payload, max_attempts, enabled, runs, \
             created_at, created_by, updated_at, updated_by, revision)",
            format!(
                "{key}, 'one', 'one', '{{}}', 'x', '{{}}', 1, true, 0, {TIME}, 'a', {TIME}, 'a', 1"
            ),
        ),
        other => panic!("{other} is made by access"),
    };
    home.change(&format!("INSERT INTO {columns} VALUES ({of}, {values})"))
        .await;
}

async fn insert_version(
    home: &Home,
    tenant: TenantId,
    number: u128,
    package: u128,
    digest: Digest,
) {
    let of = home.literal(tenant.as_uuid());
    let (key, package) = (
        home.literal(Uuid::from_u128(number)),
        home.literal(Uuid::from_u128(package)),
    );
    home.change(&format!(
        "INSERT INTO package_versions (tenant_id, id, package_id, name, version, version_key, digest, bytes, \
         state, details, uploaded_at, uploaded_by) VALUES ({of}, {key}, {package}, 'one', '1.0.{number}', \
         'k{number}', '{digest}', 1, 'valid', '{{}}', {TIME}, 'a')"
    ))
    .await;
}

async fn insert_import(home: &Home, tenant: TenantId) {
    let of = home.literal(tenant.as_uuid());
    let key = home.literal(Uuid::from_u128(1));
    home.change(&format!(
        "INSERT INTO imports (tenant_id, id, package_name, package_version, package_id, package_digest, target_kind, \
         target, state, phase, actor, created_at, updated_at, plan) VALUES ({of}, {key}, 'a', '1.0.0', 'a', 'd', \
         'store', 't', 'completed', 'done', 'a', {TIME}, {TIME}, 'what it was about')"
    ))
    .await;
    home.change(&format!(
        "INSERT INTO import_transitions (tenant_id, import_id, position, to_state, at) \
         VALUES ({of}, {key}, 0, 'completed', {TIME})"
    ))
    .await;
}

/// Every table with rows of tenants.
async fn tenant_tables(home: &Home) -> Vec<String> {
    let query = if home.is_postgres() {
        "SELECT table_name::text FROM information_schema.columns \
         WHERE column_name = 'tenant_id' AND table_schema = current_schema()"
    } else {
        "SELECT t.name FROM sqlite_master t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND c.name = 'tenant_id'"
    };
    let admin = home.admin().await;
    let statement = Statement::from_string(admin.get_database_backend(), query);
    let rows = admin.query_all_raw(statement).await.expect("it is asked");
    admin.close().await.expect("it closes");
    let names = rows.iter().map(|row| row.try_get_by_index(0));
    names.collect::<Result<_, _>>().expect("names are texts")
}

async fn count(home: &Home, from: &str) -> i64 {
    let admin = home.admin().await;
    let query = format!("SELECT count(*) FROM {from}");
    let statement = Statement::from_string(admin.get_database_backend(), query);
    let row = admin.query_one_raw(statement).await.expect("it is asked");
    let counted = row.expect("a row").try_get_by_index(0).expect("a number");
    admin.close().await.expect("it closes");
    counted
}

/// The events of a tenant, newest first.
async fn events(home: &Home, tenant: TenantId) -> Vec<AuditEvent> {
    let scope = person(tenant, "anna");
    let mut unit = AuditStore::read(&home.store, &scope)
        .await
        .expect("it begins");
    let filter = EventFilter::default();
    let listed = unit
        .audit()
        .list(&scope, &filter, PageRequest::first(100))
        .await;
    listed.expect("it is listed").items
}

fn actions(events: &[AuditEvent]) -> Vec<&str> {
    events.iter().map(|event| event.action.as_str()).collect()
}

const WRITTEN: [EntityKind; 4] = [
    EntityKind::Artifact,
    EntityKind::Package,
    EntityKind::Connection,
    EntityKind::Schedule,
];

#[tokio::test]
async fn what_is_deleted_is_listed_and_comes_back_unless_its_name_is_taken() {
    for home in homes().await {
        let deletion = deletion(&home, &Arc::default());
        let anna = local("anna");
        let stranger = Principal::of_scope(person(tenant(2), "eve"));
        for kind in WRITTEN {
            for number in [1, 2] {
                // Names are free again, and lists have pages.
                insert(&home, TenantId::LOCAL, kind, number).await;
                let id = id(number);
                let hidden = deletion.delete(&stranger, kind, &id, None).await;
                assert!(
                    matches!(hidden, Err(DeletionError::NotFound { .. })),
                    "{kind}"
                );
                let stale = deletion.delete(&anna, kind, &id, Some(7)).await;
                let is_stale = matches!(
                    stale,
                    Err(DeletionError::Stale {
                        expected: 7,
                        found: 1
                    })
                );
                assert!(is_stale, "{kind}: {stale:?}");
                deletion
                    .delete(&anna, kind, &id, Some(1))
                    .await
                    .expect("it is there");
                let gone = deletion.delete(&anna, kind, &id, None).await;
                assert!(
                    matches!(gone, Err(DeletionError::NotFound { .. })),
                    "{kind}"
                );
            }
            let mut page = PageRequest::first(1);
            let first = deletion.deleted(&anna, kind, page.clone()).await;
            let first = first.expect("it is listed");
            assert_eq!(
                (first.items[0].id.as_str(), first.items.len()),
                (id(2).as_str(), 1)
            );
            assert_eq!(
                (first.items[0].name.as_str(), first.items[0].revision),
                ("one", 2)
            );
            assert_eq!(first.items[0].deleted_by, "anna");
            page.cursor = first.next_cursor;
            let second = deletion
                .deleted(&anna, kind, page)
                .await
                .expect("it is listed");
            assert_eq!(second.items[0].id, id(1));
            assert_eq!(second.next_cursor, None);
            let theirs = deletion
                .deleted(&stranger, kind, PageRequest::first(9))
                .await;
            assert_eq!(theirs.expect("it is listed").items, []);

            let hidden = deletion.restore(&stranger, kind, &id(1)).await;
            assert!(
                matches!(hidden, Err(DeletionError::NotFound { .. })),
                "{kind}"
            );
            deletion
                .restore(&anna, kind, &id(1))
                .await
                .expect("it comes back");
            let twice = deletion.restore(&anna, kind, &id(1)).await;
            assert!(matches!(twice, Err(DeletionError::Conflict(_))), "{kind}");
            if kind != EntityKind::Artifact {
                let taken = deletion.restore(&anna, kind, &id(2)).await;
                let message = taken.expect_err("the name is taken").to_string();
                let expected = format!(
                    "{kind} {} cannot be restored: something else is called 'one' by now",
                    id(2)
                );
                assert_eq!(message, expected);
            }
        }
        let no_id = deletion
            .delete(&anna, EntityKind::Package, "no id", None)
            .await;
        assert!(matches!(no_id, Err(DeletionError::NotFound { .. })));
        let events = events(&home, TenantId::LOCAL).await;
        assert_eq!(
            actions(&events)[..3],
            ["schedule.restored", "schedule.deleted", "schedule.deleted"]
        );
        assert_eq!(events.len(), 12);
    }
}

#[tokio::test]
async fn a_purge_takes_two_people_and_a_reason() {
    for home in homes().await {
        let deletion = deletion(&home, &Arc::default());
        let (anna, ben) = (local("anna"), local("ben"));
        let kind = EntityKind::Connection;
        insert(&home, TenantId::LOCAL, kind, 1).await;
        let early = deletion.request_purge(&anna, kind, &id(1), REASON).await;
        assert!(
            matches!(early, Err(DeletionError::Conflict(_))),
            "{early:?}"
        );
        deletion
            .delete(&anna, kind, &id(1), None)
            .await
            .expect("it is there");
        for reason in ["too short", &"x".repeat(501), "   nothing   "] {
            let refused = deletion.request_purge(&anna, kind, &id(1), reason).await;
            assert!(
                matches!(refused, Err(DeletionError::Invalid(_))),
                "{reason}"
            );
        }
        let system = Principal::system(TenantId::LOCAL, "service".parse().expect("an actor"));
        let refused = deletion.request_purge(&system, kind, &id(1), REASON).await;
        assert!(matches!(refused, Err(DeletionError::NotAPerson)));

        let request = deletion.request_purge(&anna, kind, &id(1), REASON).await;
        let request = request.expect("it is asked for");
        let twice = deletion.request_purge(&ben, kind, &id(1), REASON).await;
        assert!(matches!(twice, Err(DeletionError::Conflict(_))));
        let own = deletion.approve_purge(&anna, request.id).await;
        assert!(matches!(own, Err(DeletionError::SamePerson)));
        let token = TenantScope::acting(
            TenantId::LOCAL,
            "robot".parse().expect("an actor"),
            ActorKind::Token,
            None,
        );
        let robot = deletion
            .approve_purge(&Principal::of_scope(token), request.id)
            .await;
        assert!(matches!(robot, Err(DeletionError::NotAPerson)));
        let stranger = Principal::of_scope(person(tenant(2), "eve"));
        let hidden = deletion.approve_purge(&stranger, request.id).await;
        assert!(matches!(hidden, Err(DeletionError::NotFound { .. })));
    }
}

#[tokio::test]
async fn a_purge_is_closed_by_restoring_refused_or_granted() {
    for home in homes().await {
        let deletion = deletion(&home, &Arc::default());
        let (anna, ben) = (local("anna"), local("ben"));
        let kind = EntityKind::Connection;
        insert(&home, TenantId::LOCAL, kind, 1).await;
        deletion
            .delete(&anna, kind, &id(1), None)
            .await
            .expect("it is there");
        let request = deletion
            .request_purge(&anna, kind, &id(1), REASON)
            .await
            .expect("it is asked for");
        // Restoring rejects it; asked for again, it is refused, and then granted.
        deletion
            .restore(&ben, kind, &id(1))
            .await
            .expect("it comes back");
        let closed = deletion.approve_purge(&ben, request.id).await;
        assert!(matches!(closed, Err(DeletionError::Conflict(_))));
        deletion
            .delete(&anna, kind, &id(1), None)
            .await
            .expect("it is there");
        let again = deletion
            .request_purge(&anna, kind, &id(1), REASON)
            .await
            .expect("asked");
        let rejected = deletion
            .reject_purge(&anna, again.id)
            .await
            .expect("taken back");
        assert_eq!(rejected.state, PurgeState::Rejected);
        let last = deletion
            .request_purge(&anna, kind, &id(1), REASON)
            .await
            .expect("asked");
        let open = Some(PurgeState::Requested);
        let listed = deletion
            .purge_requests(&ben, open, PageRequest::first(9))
            .await;
        assert_eq!(
            listed.expect("it is listed").items,
            std::slice::from_ref(&last)
        );
        let purged = deletion
            .approve_purge(&ben, last.id)
            .await
            .expect("granted");
        assert_eq!(purged.state, PurgeState::Purged);
        assert_eq!(purged.decided_by.expect("somebody").name, "ben");
        assert_eq!(count(&home, "connections").await, 0);
        let gone = deletion.restore(&anna, kind, &id(1)).await;
        assert!(matches!(gone, Err(DeletionError::NotFound { .. })));

        let events = events(&home, TenantId::LOCAL).await;
        assert_eq!(events[0].action, "connection.purged");
        assert_eq!(events[0].actor.as_str(), "ben");
        let details = &events[0].details;
        assert_eq!(details["reason"], REASON);
        assert_eq!(
            (&details["requestedBy"], &details["approvedBy"]),
            (&"anna".into(), &"ben".into())
        );
        assert!(
            actions(&events).contains(&"connection.restored"),
            "the trail stays"
        );
        let page = deletion
            .purge_requests(&ben, None, PageRequest::first(2))
            .await;
        let page = page.expect("it is listed");
        assert_eq!((page.items.len(), page.next_cursor.is_some()), (2, true));
        let rest = PageRequest {
            limit: 2,
            cursor: page.next_cursor,
        };
        let rest = deletion
            .purge_requests(&ben, None, rest)
            .await
            .expect("it is listed");
        assert_eq!(rest.items[0].id, request.id);
    }
}

/// Deletes and purges as two people.
async fn purge(deletion: &Deletion, kind: EntityKind, id: &str) {
    let (anna, ben) = (local("anna"), local("ben"));
    deletion
        .delete(&anna, kind, id, None)
        .await
        .expect("it is there");
    let request = deletion.request_purge(&anna, kind, id, REASON).await;
    let request = request.expect("it is asked for").id;
    deletion
        .approve_purge(&ben, request)
        .await
        .expect("it is granted");
}

#[tokio::test]
async fn bytes_go_with_the_last_version_that_is_made_of_them() {
    for home in homes().await {
        let bytes = Arc::new(Bytes::default());
        let deletion = deletion(&home, &bytes);
        let of = TenantId::LOCAL;
        let (shared, own) = (Digest::of(b"shared"), Digest::of(b"own"));
        insert(&home, of, EntityKind::Package, 1).await;
        for (number, digest) in [(11, shared), (12, own), (13, shared)] {
            insert_version(&home, of, number, 1, digest).await;
        }
        purge(&deletion, EntityKind::PackageVersion, &id(11)).await;
        assert_eq!(bytes.removed(), [""; 0], "another version is made of them");
        // The process dies, as it were, before the bytes are gone: they are swept later.
        bytes.is_away.store(true, Ordering::Relaxed);
        purge(&deletion, EntityKind::PackageVersion, &id(12)).await;
        let failed = deletion.sweep_leftovers(&platform()).await.expect("it ran");
        assert_eq!((failed.removed, failed.failed.len()), (0, 1));
        bytes.is_away.store(false, Ordering::Relaxed);
        let swept = deletion.sweep_leftovers(&platform()).await.expect("it ran");
        assert_eq!((swept.removed, bytes.removed()), (1, vec![own.to_string()]));
        let nothing = deletion.sweep_leftovers(&platform()).await.expect("it ran");
        assert_eq!(nothing.removed, 0);
        // The package takes its last version with it.
        purge(&deletion, EntityKind::Package, &id(1)).await;
        assert_eq!(bytes.removed(), [shared.to_string()]);
        assert_eq!(count(&home, "package_versions").await, 0);
    }
}

#[tokio::test]
async fn bytes_that_are_needed_again_stay() {
    for home in homes().await {
        let bytes = Arc::new(Bytes::default());
        let deletion = deletion(&home, &bytes);
        let (of, digest) = (TenantId::LOCAL, Digest::of(b"own"));
        insert(&home, of, EntityKind::Package, 1).await;
        insert_version(&home, of, 11, 1, digest).await;
        bytes.is_away.store(true, Ordering::Relaxed);
        purge(&deletion, EntityKind::PackageVersion, &id(11)).await;
        insert_version(&home, of, 12, 1, digest).await;
        bytes.is_away.store(false, Ordering::Relaxed);
        let swept = deletion.sweep_leftovers(&platform()).await.expect("it ran");
        assert_eq!((swept.removed, bytes.removed().len()), (1, 0));
    }
}

#[tokio::test]
async fn users_are_deleted_by_access_and_come_back_the_same_way() {
    for home in homes().await {
        let access = people::access(&home.store);
        let [root, rita] = people::administrators(&access).await;
        let (_, olga) = people::other_tenant(&access, &root).await;
        let deletion = deletion(&home, &Arc::default());
        let user = |principal: &Principal| principal.user().expect("a person").to_string();
        let last = deletion
            .delete(&olga, EntityKind::User, &user(&olga), None)
            .await;
        assert!(matches!(last, Err(DeletionError::Conflict(_))), "{last:?}");
        deletion
            .delete(&root, EntityKind::User, &user(&rita), None)
            .await
            .expect("there is another administrator");
        let listed = deletion
            .deleted(&root, EntityKind::User, PageRequest::first(9))
            .await;
        assert_eq!(
            listed.expect("it is listed").items[0].name,
            "rita@example.test"
        );
        let hidden = deletion
            .restore(&olga, EntityKind::User, &user(&rita))
            .await;
        assert!(matches!(hidden, Err(DeletionError::NotFound { .. })));
        // Somebody who may do everything within the tenant brings nobody back who may do more.
        let within = deletion
            .restore(&local("anna"), EntityKind::User, &user(&rita))
            .await;
        assert!(
            matches!(within, Err(DeletionError::Denied(_))),
            "{within:?}"
        );
        deletion
            .restore(&root, EntityKind::User, &user(&rita))
            .await
            .expect("she comes back");
        let request = {
            deletion
                .delete(&root, EntityKind::User, &user(&rita), None)
                .await
                .expect("she is there");
            let kind = EntityKind::User;
            deletion
                .request_purge(&root, kind, &user(&rita), REASON)
                .await
        };
        let own = deletion
            .approve_purge(&root, request.expect("asked").id)
            .await;
        assert!(matches!(own, Err(DeletionError::SamePerson)));
    }
}

#[tokio::test]
async fn a_purged_tenant_leaves_nothing_but_its_trail() {
    for home in homes().await {
        let access = people::access(&home.store);
        let [root, rita] = people::administrators(&access).await;
        let (other, _) = people::other_tenant(&access, &root).await;
        let bytes = Arc::new(Bytes::default());
        let deletion = deletion(&home, &bytes);
        for (number, kind) in (1..).zip(WRITTEN) {
            insert(&home, other, kind, number).await;
            insert(&home, TenantId::LOCAL, kind, number).await;
        }
        insert_version(&home, other, 11, 2, Digest::of(b"own")).await;
        insert_import(&home, other).await;
        let kind = EntityKind::Tenant;
        let own = deletion
            .delete(&root, kind, &TenantId::LOCAL.to_string(), None)
            .await;
        assert!(matches!(own, Err(DeletionError::Conflict(_))), "{own:?}");
        let denied = deletion
            .delete(&local("anna"), kind, &other.to_string(), None)
            .await;
        assert!(matches!(denied, Err(DeletionError::Denied(_))));
        let other_id = other.to_string();
        deletion
            .delete(&root, kind, &other_id, None)
            .await
            .expect("it is there");
        deletion
            .restore(&root, kind, &other_id)
            .await
            .expect("it comes back");
        deletion
            .delete(&root, kind, &other_id, None)
            .await
            .expect("it is there");
        let listed = deletion.deleted(&rita, kind, PageRequest::first(9)).await;
        assert_eq!(listed.expect("it is listed").items[0].id, other_id);
        let request = deletion.request_purge(&root, kind, &other_id, REASON).await;
        let request = request.expect("it is asked for");
        let own = deletion.approve_purge(&root, request.id).await;
        assert!(matches!(own, Err(DeletionError::SamePerson)));
        let listed = deletion
            .platform_purge_requests(&rita, None, PageRequest::first(9))
            .await;
        assert_eq!(listed.expect("it is listed").items.len(), 1);
        deletion
            .approve_purge(&rita, request.id)
            .await
            .expect("it is granted");

        assert_eq!(bytes.removed(), [format!("all of {other}")]);
        let of = home.literal(other.as_uuid());
        let tables = tenant_tables(&home).await;
        assert!(tables.len() > 20, "{tables:?}");
        for table in tables {
            let left = count(&home, &format!("{table} WHERE tenant_id = {of}")).await;
            let is_trail = [
                "audit_events",
                "audit_heads",
                "imports",
                "import_transitions",
            ]
            .contains(&table.as_str());
            assert_eq!(left > 0, is_trail, "{table}");
        }
        let content = format!("imports WHERE tenant_id = {of} AND plan IS NOT NULL");
        assert_eq!(count(&home, &content).await, 0);
        for table in [
            "tenants",
            "artifacts",
            "packages",
            "connections",
            "schedules",
        ] {
            assert_eq!(count(&home, table).await, 1, "{table} of the first tenant");
        }
        assert!(actions(&events(&home, other).await).contains(&"tenant.created"));
        let events = events(&home, TenantId::PLATFORM).await;
        let expected = [
            "tenant.purged",
            "tenant.purgeRequested",
            "tenant.deleted",
            "tenant.restored",
            "tenant.deleted",
        ];
        assert_eq!(actions(&events)[..5], expected);
    }
}

#[tokio::test]
async fn own_tokens_are_deleted_by_their_owner_and_others_by_who_manages_users() {
    for home in homes().await {
        let access = people::access(&home.store);
        let [root, _] = people::administrators(&access).await;
        let (vera, token) = people::viewer_with_token(&access, &root, "vera@example.test").await;
        let (viktor, _) = people::viewer_with_token(&access, &root, "viktor@example.test").await;
        let deletion = deletion(&home, &Arc::default());
        let (kind, token) = (EntityKind::ApiToken, token.to_string());
        let hidden = deletion.delete(&viktor, kind, &token, None).await;
        assert!(
            matches!(hidden, Err(DeletionError::NotFound { .. })),
            "{hidden:?}"
        );
        deletion
            .delete(&vera, kind, &token, None)
            .await
            .expect("it is hers");
        for (principal, seen) in [(&viktor, 0), (&vera, 1), (&root, 1)] {
            let listed = deletion
                .deleted(principal, kind, PageRequest::first(9))
                .await;
            assert_eq!(listed.expect("it is listed").items.len(), seen);
        }
        let hidden = deletion.restore(&viktor, kind, &token).await;
        assert!(matches!(hidden, Err(DeletionError::NotFound { .. })));
        deletion
            .restore(&root, kind, &token)
            .await
            .expect("she may");
        let refused = deletion.request_purge(&vera, kind, &token, REASON).await;
        assert!(matches!(refused, Err(DeletionError::Denied(_))));
    }
}
