//! What is installed where.

use installhub_conflict_merge::Decisions;
use installhub_importing::ports::{
    InstallationRecord, InstallationStatus, StoreError, UnitOfWorkFactory,
};
use semver::Version;

use super::samples::{artifact, import, import_id, installation, installation_id};
use super::{begin, commit, read};
use crate::scope;

const PACKAGE: &str = "Order Approval";

pub(super) async fn conformance(store: &dyn UnitOfWorkFactory) {
    every_field_comes_back(store).await;
    one_installation_is_in_force(store).await;
    the_highest_version_counts(store).await;
    decisions_are_remembered(store).await;
    tenants_do_not_see_each_other(store).await;
}

async fn add(
    store: &dyn UnitOfWorkFactory,
    tenant: u128,
    number: u32,
    record: &InstallationRecord,
) {
    let mut unit = begin(store, tenant).await;
    unit.imports()
        .add(&scope(tenant), &import(number, &record.target))
        .await
        .expect("an import is added");
    unit.installations()
        .add(&scope(tenant), record)
        .await
        .expect("an installation is added");
    commit(unit).await;
}

async fn active(
    store: &dyn UnitOfWorkFactory,
    tenant: u128,
    target: &str,
) -> Option<InstallationRecord> {
    let found = read(store, tenant)
        .await
        .installations()
        .active(&scope(tenant), PACKAGE, target)
        .await;
    found.expect("installations are readable")
}

async fn mark(
    store: &dyn UnitOfWorkFactory,
    tenant: u128,
    number: u32,
    status: InstallationStatus,
) {
    let mut unit = begin(store, tenant).await;
    unit.installations()
        .mark(&scope(tenant), installation_id(number), status)
        .await
        .expect("it is there");
    commit(unit).await;
}

async fn every_field_comes_back(store: &dyn UnitOfWorkFactory) {
    let mut record = installation(1, 1, PACKAGE, "artifact-store");
    record.artifacts.extend((3..1_300).map(artifact));
    add(store, 40, 1, &record).await;
    assert!(
        active(store, 40, "artifact-store").await.as_ref() == Some(&record),
        "everything, in its order"
    );
    let made = read(store, 40)
        .await
        .installations()
        .of_import(&scope(40), import_id(1))
        .await;
    assert!(made.expect("installations are readable").as_ref() == Some(&record));
    assert_eq!(active(store, 40, "elsewhere").await, None);
    let none = read(store, 40)
        .await
        .installations()
        .active(&scope(40), "order approval", "artifact-store")
        .await;
    assert_eq!(
        none.expect("installations are readable"),
        None,
        "package names compare exactly"
    );
    let bare = InstallationRecord {
        artifacts: Vec::new(),
        open_references: Vec::new(),
        ..installation(2, 2, "Empty", "artifact-store")
    };
    add(store, 40, 2, &bare).await;
    let made = read(store, 40)
        .await
        .installations()
        .of_import(&scope(40), import_id(2))
        .await;
    assert_eq!(made.expect("installations are readable"), Some(bare));
}

async fn one_installation_is_in_force(store: &dyn UnitOfWorkFactory) {
    add(store, 41, 1, &installation(1, 1, PACKAGE, "t")).await;
    let next = InstallationRecord {
        supersedes: Some(installation_id(1)),
        ..installation(2, 2, PACKAGE, "t")
    };
    let mut unit = begin(store, 41).await;
    unit.imports()
        .add(&scope(41), &import(2, "t"))
        .await
        .expect("an import is added");
    let second = unit.installations().add(&scope(41), &next).await;
    assert!(
        matches!(second, Err(StoreError::Conflict(_))),
        "two cannot be in force: {second:?}"
    );
    drop(unit);

    mark(store, 41, 1, InstallationStatus::Superseded).await;
    assert_eq!(active(store, 41, "t").await, None);
    add(store, 41, 2, &next).await;
    assert_eq!(active(store, 41, "t").await, Some(next));

    mark(store, 41, 2, InstallationStatus::RolledBack).await;
    mark(store, 41, 1, InstallationStatus::Active).await;
    assert_eq!(
        active(store, 41, "t").await,
        Some(installation(1, 1, PACKAGE, "t"))
    );

    let mut unit = begin(store, 41).await;
    let unknown = unit
        .installations()
        .mark(&scope(41), installation_id(9), InstallationStatus::Active)
        .await;
    assert!(
        matches!(unknown, Err(StoreError::Conflict(_))),
        "an unknown installation cannot be marked: {unknown:?}"
    );
}

async fn the_highest_version_counts(store: &dyn UnitOfWorkFactory) {
    let version = |number, minor, target| InstallationRecord {
        package_version: Version::new(1, minor, 0),
        ..installation(number, number, PACKAGE, target)
    };
    // As text, 1.9.0 is after 1.10.0.
    add(store, 42, 1, &version(1, 9, "a")).await;
    add(store, 42, 2, &version(2, 10, "b")).await;
    add(store, 42, 3, &version(3, 11, "c")).await;
    add(store, 42, 4, &installation(4, 4, "Another", "a")).await;
    mark(store, 42, 3, InstallationStatus::RolledBack).await;
    let packages = read(store, 42)
        .await
        .installations()
        .installed_packages(&scope(42))
        .await;
    assert_eq!(
        packages.expect("installations are readable"),
        [
            ("Another".to_owned(), Version::new(1, 0, 4)),
            (PACKAGE.to_owned(), Version::new(1, 10, 0))
        ],
        "by name, the highest in force"
    );
}

async fn decisions_are_remembered(store: &dyn UnitOfWorkFactory) {
    let parse =
        |text: &str| Decisions::parse(text.as_bytes()).expect("the decisions are well-formed");
    let first =
        parse(r#"{"decisionsVersion": "1.0", "fallbackStrategy": "Skip", "artifacts": {}}"#);
    let second = parse(
        r#"{"decisionsVersion": "1.0", "artifacts": {"f": {"fields": {"/limit": {"value": 12345678901234567890.10}}}}}"#,
    );
    for decisions in [&first, &second] {
        let mut unit = begin(store, 43).await;
        unit.installations()
            .remember_decisions(&scope(43), PACKAGE, "t", decisions)
            .await
            .expect("remembered");
        commit(unit).await;
        let mut unit = read(store, 43).await;
        let found = unit
            .installations()
            .decisions(&scope(43), PACKAGE, "t")
            .await
            .expect("decisions are readable");
        assert_eq!(found.as_ref(), Some(decisions), "the later decisions stand");
        for (tenant, package, target) in
            [(44, PACKAGE, "t"), (43, "Other", "t"), (43, PACKAGE, "u")]
        {
            let none = read(store, tenant)
                .await
                .installations()
                .decisions(&scope(tenant), package, target)
                .await;
            assert_eq!(none.expect("decisions are readable"), None);
        }
    }
}

async fn tenants_do_not_see_each_other(store: &dyn UnitOfWorkFactory) {
    add(store, 45, 1, &installation(1, 1, PACKAGE, "t")).await;
    assert_eq!(active(store, 46, "t").await, None);
    let mut unit = begin(store, 46).await;
    let installations = unit.installations();
    assert_eq!(
        installations
            .of_import(&scope(46), import_id(1))
            .await
            .expect("installations are readable"),
        None
    );
    let packages = installations
        .installed_packages(&scope(46))
        .await
        .expect("installations are readable");
    assert!(packages.is_empty());
    let foreign = installations
        .mark(
            &scope(46),
            installation_id(1),
            InstallationStatus::RolledBack,
        )
        .await;
    assert!(
        matches!(foreign, Err(StoreError::Conflict(_))),
        "another tenant's installation reads as absent"
    );
}
