//! Bringing the database up to date.

use std::path::Path;
use std::thread;

use installhub_acceptance::{Answer, Sandbox};

use super::operator;
use crate::fleet::Shared;

#[test]
fn migrating_twice_and_at_once_is_migrating() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    let migrate = || operator(&sandbox, &home, &["migrate"]).run().done();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(migrate);
        }
    });
    migrate();
}

fn migrate(sandbox: &Sandbox, service: &str, owner: Option<&str>) -> Answer {
    let home: &Path = &sandbox.server_home();
    let mut command =
        operator(sandbox, home, &["migrate"]).env("INSTALLHUB_DATABASE__URL", service);
    if let Some(owner) = owner {
        command = command.env("INSTALLHUB_DATABASE__MIGRATION_URL", owner);
    }
    command.run()
}

#[test]
fn postgresql_is_migrated_by_its_owner_for_a_confined_role() {
    let shared = Shared::empty();
    let sandbox = Sandbox::new();
    let (service, owner) = (shared.database.service_url(), shared.database.owner_url());
    let role = shared.database.service_role();
    let by_hand = migrate(&sandbox, &service, None).refused();
    assert!(
        by_hand.stderr.contains("database.migration_url"),
        "{by_hand}"
    );

    let missing = service.replacen(role, "hub_nobody", 1);
    migrate(&sandbox, &missing, Some(&owner)).refused_with(&["hub_nobody", "CREATE ROLE"]);

    let migrated = migrate(&sandbox, &service, Some(&owner)).done();
    assert!(migrated.stdout.contains("current version"), "{migrated}");
    migrate(&sandbox, &service, Some(&owner)).done();
    migrate(&sandbox, &service, None).done();

    // Whoever may look past row security does not serve.
    let powerful = migrate(&sandbox, &shared.database.admin_url(), None).refused();
    assert!(powerful.stderr.contains("another role"), "{powerful}");
    let everything = format!("{by_hand}{migrated}{powerful}");
    assert!(!everything.contains(&owner), "{everything}");
}
