//! Whole imports into the artifact store and back, on each engine.

use std::sync::Arc;

use installhub_conflict_merge::{Strategy, StrategyRules};
use installhub_importing::ports::{Access, Fingerprint, ImportTarget, TargetError, TargetKind};
use installhub_importing::{
    ImportOptions, ImportState, Importer, Permit, TargetResolver, Unobserved, standard_handlers,
};
use installhub_kernel::{ImportId, TenantScope};
use installhub_recovery::Retention;
use installhub_test_support::import_lease::MemoryLeases;
use installhub_test_support::packages::PackageBuilder;
use installhub_test_support::snapshot_store::MemorySnapshotStore;
use installhub_test_support::{CountingIds, SteppingClock, scope};

use crate::homes::{Home, homes};

fn importer(home: &Home) -> Importer {
    Importer {
        units: Arc::new(home.store.clone()),
        snapshots: Arc::new(MemorySnapshotStore::default()),
        lease: Arc::new(MemoryLeases::default()),
        clock: Arc::new(SteppingClock::new()),
        ids: Arc::new(CountingIds::new()),
        handlers: standard_handlers(),
        retention: Retention::default(),
    }
}

async fn import(importer: &Importer, home: &Home, scope: &TenantScope, version: &str) -> ImportId {
    let package = PackageBuilder::new("Orders", version)
        .form("form-1", "Order", &format!(r#"{{"title": "{version}"}}"#))
        .form("form-2", "Größe", r#"{"limit": 12345678901234567890.10}"#)
        .build();
    let options = ImportOptions {
        strategies: StrategyRules::all(Strategy::Overwrite),
        ..ImportOptions::default()
    };
    let target: &dyn ImportTarget = &home.target;
    let plan = importer
        .plan(scope, &package, target, &options)
        .await
        .expect("a plan");
    let report = importer
        .import(scope, &package, target, &options, &plan, &Unobserved)
        .await
        .expect("an import");
    assert_eq!(report.record.state, ImportState::Completed);
    report.record.id
}

async fn state(home: &Home, scope: &TenantScope) -> Fingerprint {
    let mut session = home
        .target
        .open(scope, Access::Read)
        .await
        .expect("it opens");
    session.fingerprint().await.expect("it is readable")
}

#[tokio::test]
async fn two_versions_go_in_and_out_again_and_another_tenant_notices_nothing() {
    for home in homes().await {
        let importer = importer(&home);
        let (one, other) = (scope(1), scope(2));
        let others = import(&importer, &home, &other, "1.0.0").await;
        let theirs = state(&home, &other).await;

        let first = import(&importer, &home, &one, "1.0.0").await;
        let installed = state(&home, &one).await;
        let second = import(&importer, &home, &one, "1.1.0").await;
        assert_ne!(state(&home, &one).await, installed);

        let foreign = importer.rollback(&one, others, &home.target, Permit::Allow);
        assert!(foreign.await.is_err(), "another tenant's import");
        for (id, expected) in [(second, &installed), (first, &Fingerprint::default())] {
            let report = importer
                .rollback(&one, id, &home.target, Permit::Refuse)
                .await
                .expect("a rollback");
            assert_eq!(report.record.state, ImportState::RolledBack);
            assert_eq!(&state(&home, &one).await, expected);
        }
        assert_eq!(state(&home, &other).await, theirs);
        let settled = importer
            .settle(&one, &NoTargets)
            .await
            .expect("the journal is readable");
        assert!(settled.is_empty(), "nothing is left half-way");
    }
}

struct NoTargets;

impl TargetResolver for NoTargets {
    fn resolve(&self, _: TargetKind, _: &str) -> Result<Box<dyn ImportTarget>, TargetError> {
        Err(TargetError::Unreachable {
            message: "nobody asks for a target".to_owned(),
            source: None,
        })
    }
}
