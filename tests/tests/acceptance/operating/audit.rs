//! The audit log: intact, exported, signed – and tampered with by somebody who has the database.

use std::fs;
use std::path::Path;

use installhub_acceptance::{Answer, Sandbox, Server};
use rusqlite::Connection;
use serde_json::Value;

use super::{bootstrap, operator};

const MAIN: &str = "00000000-0000-0000-0000-000000000001";

fn verify(sandbox: &Sandbox, home: &Path) -> Answer {
    operator(sandbox, home, &["audit", "verify"])
        .json_format()
        .run()
}

/// What was found in the chain of the first tenant.
fn chain(answer: &Answer) -> Value {
    let found = answer.json();
    let chains = found["chains"].as_array().expect("chains");
    let main = chains.iter().find(|chain| chain["tenant"] == MAIN);
    main.cloned().unwrap_or_else(|| panic!("{found}"))
}

/// Does what the tables refuse.
fn tamper(home: &Path, change: &str) {
    let database = Connection::open(home.join("installhub.db")).expect("the database");
    let mut asked = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
        .expect("a query");
    let triggers: Vec<String> = asked
        .query_map([], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("names");
    assert!(!triggers.is_empty(), "nothing protects the log");
    assert!(
        database.execute_batch(change).is_err(),
        "the log can be changed"
    );
    for trigger in triggers {
        let drop = format!("DROP TRIGGER \"{trigger}\"");
        database.execute_batch(&drop).expect("its owner may");
    }
    database
        .execute_batch(change)
        .expect("now it can be changed");
}

/// A home with events in it: a demonstration that has been served.
fn served() -> Sandbox {
    let sandbox = Sandbox::new();
    Server::start(&sandbox).stop();
    sandbox
}

#[test]
fn an_edited_event_is_named() {
    let sandbox = served();
    let home = sandbox.server_home();
    let whole = verify(&sandbox, &home).done();
    assert_eq!(chain(&whole)["verdict"], "intact");
    assert!(chain(&whole)["events"].as_u64() > Some(3), "{whole}");

    tamper(
        &home,
        &format!(
            "UPDATE audit_events SET actor = 'nobody' WHERE sequence = 2 AND hex(tenant_id) = '{}'",
            MAIN.replace('-', "")
        ),
    );
    let broken = verify(&sandbox, &home).findings();
    assert_eq!(chain(&broken)["verdict"], "broken");
    assert_eq!(chain(&broken)["events"], 1);
    let finding = chain(&broken)["finding"].to_string();
    assert!(finding.contains("event 2"), "{finding}");
    let people = operator(&sandbox, &home, &["audit", "verify"])
        .run()
        .findings();
    assert!(people.stdout.contains("event 2 is bad"), "{people}");
    // What is broken is not signed.
    operator(&sandbox, &home, &["audit", "checkpoint"])
        .run()
        .findings();
}

#[test]
fn a_cut_tail_is_found_by_a_checkpoint_even_when_the_head_was_set_back() {
    let sandbox = served();
    let home = sandbox.server_home();
    operator(&sandbox, &home, &["audit", "checkpoint"])
        .run()
        .done();
    let signed = verify(&sandbox, &home).done();
    assert!(chain(&signed)["checkpoints"].as_u64() > Some(0), "{signed}");
    let tenant = format!("hex(tenant_id) = '{}'", MAIN.replace('-', ""));
    tamper(
        &home,
        &format!(
            "DELETE FROM audit_events WHERE {tenant} AND sequence > 2;
             UPDATE audit_heads SET sequence = 2, hash = (SELECT hash FROM audit_events WHERE {tenant} AND sequence = 2) WHERE {tenant};"
        ),
    );
    let cut = verify(&sandbox, &home).findings();
    let finding = chain(&cut)["finding"].to_string();
    assert!(finding.contains("event 3"), "{finding}");
    assert!(finding.contains("tail was cut"), "{finding}");
}

#[test]
fn an_export_proves_itself_and_a_flipped_byte_is_found() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    bootstrap(&sandbox, &home, "anna@example.com").done();
    let file = sandbox.path("audit.ndjson");
    operator(&sandbox, &home, &["audit", "export"])
        .flag("--output", &file)
        .run()
        .done();
    let key = operator(&sandbox, &home, &["audit", "key"]).run().done();
    let key = sandbox.write("audit.pem", key.stdout);
    let judge = |file: &Path| {
        sandbox
            .bare()
            .args(["audit", "verify", "--file"])
            .arg(file)
            .flag("--key", &key)
            .json_format()
            .run()
    };
    let found = judge(&file).done().json();
    assert_eq!(found["verdict"], "intact");
    assert_eq!(found["voucher"], "trustedKey");

    let whole = fs::read(&file).expect("the export");
    // Somewhere in each quarter, and in the very end.
    for place in [
        whole.len() / 4,
        whole.len() / 2,
        whole.len() / 4 * 3,
        whole.len() - 5,
    ] {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        let broken = judge(&sandbox.write("flipped.ndjson", flipped)).findings();
        assert_eq!(broken.json()["verdict"], "broken", "{place}");
    }
    judge(&sandbox.path("none.ndjson")).refused_with(&["none.ndjson"]);

    // Another service's export is not vouched for by this key.
    let other = sandbox.home();
    operator(&sandbox, &other, &["migrate"]).run().done();
    let elsewhere = sandbox.path("other.ndjson");
    operator(&sandbox, &other, &["audit", "export"])
        .flag("--output", &elsewhere)
        .run()
        .done();
    judge(&elsewhere).findings();
}

#[test]
fn a_tenant_that_does_not_exist_has_no_chain() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    operator(&sandbox, &home, &["migrate"]).run().done();
    let nobody = "00000000-0000-0000-0000-00000000dead";
    operator(&sandbox, &home, &["audit", "verify", "--tenant", nobody])
        .run()
        .refused_with(&["no tenant", nobody]);
    operator(&sandbox, &home, &["audit", "export", "--tenant", nobody])
        .flag("--output", sandbox.path("x"))
        .run()
        .refused_with(&["no tenant", nobody]);
    assert!(!sandbox.path("x").exists());
}

#[test]
fn events_signed_before_the_key_was_rotated_are_still_vouched_for() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    bootstrap(&sandbox, &home, "anna@example.com").done();
    operator(&sandbox, &home, &["audit", "checkpoint"])
        .run()
        .done();
    let former = operator(&sandbox, &home, &["audit", "key"]).run().done();
    fs::rename(home.join("keys/audit.pem"), sandbox.path("former.pem")).expect("it goes away");
    let unknown = verify(&sandbox, &home).done();
    assert_eq!(chain(&unknown)["unknownKeys"], 1, "{unknown}");
    let known = operator(&sandbox, &home, &["audit", "verify"])
        .env("INSTALLHUB_KEYS__AUDIT_FORMER", &former.stdout)
        .json_format()
        .run()
        .done();
    assert_eq!(chain(&known)["checkpoints"], 1, "{known}");

    // An export of both times is judged by both keys.
    let file = sandbox.path("both.ndjson");
    operator(&sandbox, &home, &["audit", "export"])
        .env("INSTALLHUB_KEYS__AUDIT_FORMER", &former.stdout)
        .flag("--output", &file)
        .run()
        .done();
    let current = operator(&sandbox, &home, &["audit", "key"]).run().done();
    let current = sandbox.write("current.pem", current.stdout);
    let former = sandbox.write("former-public.pem", former.stdout);
    let judge = |keys: &[&Path]| {
        let command = sandbox
            .bare()
            .args(["audit", "verify", "--file"])
            .arg(&file);
        keys.iter()
            .fold(command, |command, key| command.flag("--key", key))
            .run()
    };
    judge(&[&current, &former]).done();
    judge(&[&former]).findings();
    assert_eq!(chain(&known)["unknownKeys"], 0, "{known}");
}

#[test]
fn the_service_signs_by_itself_what_it_missed() {
    let sandbox = Sandbox::new();
    let home = sandbox.server_home();
    Server::bare(&home, &[]).stop();
    bootstrap(&sandbox, &home, "anna@example.com").done();
    let database = Connection::open(home.join("installhub.db")).expect("the database");
    // As if it had not run for hours.
    let late = database
        .execute("UPDATE schedules SET next_run = created_at", [])
        .expect("the schedules");
    assert_eq!(late, 2);
    drop(database);

    let server = Server::bare(&home, &[]);
    let signed = (0..200)
        .map(|_| chain(&verify(&sandbox, &home).done()))
        .find(|chain| chain["checkpoints"] != 0);
    assert!(signed.is_some(), "nothing was signed:\n{}", server.log());
    server.stop();
}
