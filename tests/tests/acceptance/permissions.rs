//! Who may do what: every operation of the documents, asked by everybody.

mod credentials;
mod escalation;
mod throttle;

use installhub_acceptance::http::{Ask, Client};
use installhub_acceptance::{Needs, Operation, Sandbox, Server, binary, operations};
use serde_json::json;

use crate::calls::{Browser, Example, NOBODYS_ID, Person, Roles, example, roles};
use crate::fleet::NO_LIMITS;

/// A server that answers as fast as it can.
#[track_caller]
fn start(sandbox: &Sandbox) -> Server {
    Server::of_program(binary(), &sandbox.server_home(), &NO_LIMITS)
}

const PASSWORD: &str = "correct horse battery staple";

/// Somebody new, of the tenant of the platform's staff.
#[track_caller]
fn newcomer(server: &Server, client: &mut Client, role: &str, roles: &Roles) -> Person {
    let email = format!("{role}@newcomers.example");
    let user = json!({"email": email, "name": role, "roles": [role], "password": PASSWORD});
    let by = Person::known(server, "main", "platform-admin", roles);
    by.create(client, "/api/admin/v1/users", &user);
    let browser = Browser::sign_in(client, &email, PASSWORD);
    let ask = Ask::new("POST", "/api/v1/tokens").json(&json!({"name": "of a newcomer"}));
    let issued = client.send(&browser.dress(ask)).expect(201).json();
    Person {
        name: role.to_owned(),
        token: issued["secret"].as_str().expect("a secret").to_owned(),
        permissions: roles[role].clone(),
    }
}

/// One person of each role, and somebody whose token may do less than they.
#[track_caller]
fn everybody(server: &Server, client: &mut Client) -> Vec<Person> {
    let roles = roles(server, client);
    assert_eq!(roles.len(), 8, "{roles:?}");
    let mut people = Vec::new();
    for role in roles.keys() {
        let tenant = match role.as_str() {
            "reviewer" | "moderator" | "auditor" => "main",
            // The first administrator has another role besides.
            "platform-admin" => {
                people.push(newcomer(server, client, role, &roles));
                continue;
            }
            _ => "acme",
        };
        people.push(Person::known(server, tenant, role, &roles));
    }
    let owner = Person::known(server, "acme", "tenant-admin", &roles);
    let wish = json!({"name": "only reads", "permissions": ["artifact:read"]});
    let issued = owner.create(client, "/api/v1/tokens", &wish);
    people.push(Person {
        name: "a token that only reads artifacts".to_owned(),
        token: issued["secret"].as_str().expect("a secret").to_owned(),
        permissions: ["artifact:read".to_owned()].into(),
    });
    people
}

/// What `person` should get to see when they ask for this with valid data and an id that nobody has.
fn expected(operation: &Operation, person: &Person, example: &Example) -> u16 {
    let has = |name: &str| person.permissions.contains(name);
    let may = match &operation.needs {
        Needs::Nothing | Needs::SignIn => true,
        Needs::AnyOf(names) => names.iter().any(|name| has(name)),
    };
    if may && example.also_needs.is_none_or(has) {
        example.status
    } else {
        403
    }
}

#[track_caller]
fn assert_nothing_wrong(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} answers are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn everybody_may_do_what_the_document_says_and_nothing_else() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let people = everybody(&server, &mut client);
    let mut wrong = Vec::new();
    for person in &people {
        let session = person.get(&mut client, "/api/v1/auth/session");
        assert_eq!(
            session["permissions"].as_array().map(Vec::len),
            Some(person.permissions.len()),
            "{}: {session}",
            person.name
        );
    }
    for operation in operations(&mut client) {
        for person in &people {
            let example = example(&operation);
            if operation.needs == Needs::Nothing && operation.id == "signIn" {
                // Wrong passwords are counted; the tests of credentials look at them.
                continue;
            }
            let answer = person.ask(&mut client, example.ask(&operation, NOBODYS_ID));
            let status = expected(&operation, person, &example);
            if answer.status != status {
                wrong.push(format!(
                    "{} {} by {}: expected {status}, found {} {}",
                    operation.method,
                    operation.path,
                    person.name,
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                ));
            }
        }
    }
    assert_nothing_wrong(&wrong);
    server.stop();
}

/// Kinds of things and what it takes to see deleted ones.
const DELETED: [(&str, &str); 8] = [
    ("artifact", "artifact:delete"),
    ("package", "package:delete"),
    ("packageVersion", "package:delete"),
    ("connection", "connection:manage"),
    ("schedule", "schedule:manage"),
    ("apiToken", "token:manage-own"),
    ("user", "user:manage"),
    ("tenant", "tenant:manage"),
];

#[test]
fn deleted_things_are_for_who_may_delete_them_and_purging_for_who_may_ask_for_it() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let people = everybody(&server, &mut client);
    let mut wrong = Vec::new();
    for person in &people {
        let has = |permission: &str| person.permissions.contains(permission);
        for (kind, permission) in DELETED {
            let path = format!("/api/admin/v1/deleted?kind={kind}");
            let list = person.ask(&mut client, Ask::new("GET", &path)).status;
            let expected = if has(permission) { 200 } else { 403 };
            if list != expected {
                wrong.push(format!("deleted {kind} by {}: {list}", person.name));
            }
            let wish = json!({"kind": kind, "id": NOBODYS_ID, "reason": "it is not needed"});
            let ask = Ask::new("POST", "/api/admin/v1/purge-requests").json(&wish);
            let purge = person.ask(&mut client, ask).status;
            let permission = match kind {
                "tenant" => "tenant:manage",
                _ => "purge:request",
            };
            let expected = if has(permission) { 404 } else { 403 };
            if purge != expected {
                wrong.push(format!("purge of a {kind} by {}: {purge}", person.name));
            }
        }
    }
    assert_nothing_wrong(&wrong);
    server.stop();
}

#[test]
fn nobody_gives_what_they_do_not_have() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let roles = roles(&server, &mut client);
    let admin = Person::known(&server, "acme", "tenant-admin", &roles);
    let mut wrong = Vec::new();
    for role in ["reviewer", "moderator", "platform-admin", "auditor"] {
        let user = json!({
            "email": format!("{role}@acme.example"), "name": role, "roles": [role]
        });
        let ask = Ask::new("POST", "/api/admin/v1/users").json(&user);
        let create = admin.ask(&mut client, ask).status;
        let own = admin.get(&mut client, "/api/v1/auth/session")["userId"].clone();
        let own = own.as_str().expect("an id");
        let change = Ask::new("PATCH", &format!("/api/admin/v1/users/{own}"))
            .header("If-Match", "\"1\"")
            .json(&json!({"roles": ["tenant-admin", role]}));
        let change = admin.ask(&mut client, change).status;
        if (create, change) != (403, 403) && (create, change) != (422, 422) {
            wrong.push(format!("a tenant-admin makes a {role}: {create}, {change}"));
        }
    }
    let creator = Person::known(&server, "acme", "creator", &roles);
    for permission in ["user:manage", "tenant:manage", "purge:execute"] {
        let wish = json!({"name": permission, "permissions": [permission]});
        let ask = Ask::new("POST", "/api/v1/tokens").json(&wish);
        let status = creator.ask(&mut client, ask).status;
        if !matches!(status, 403 | 422) {
            wrong.push(format!(
                "a creator makes a token for {permission}: {status}"
            ));
        }
    }
    // A token makes no token that may more than itself.
    let wish = json!({"name": "narrow", "permissions": ["token:manage-own"]});
    let issued = creator.create(&mut client, "/api/v1/tokens", &wish);
    let narrow = Person {
        token: issued["secret"].as_str().expect("a secret").to_owned(),
        ..creator.clone()
    };
    for wish in [
        json!({"name": "all"}),
        json!({"name": "one", "permissions": ["artifact:write"]}),
    ] {
        let ask = Ask::new("POST", "/api/v1/tokens").json(&wish);
        let answer = narrow.ask(&mut client, ask);
        let given = || answer.json()["token"]["permissions"].clone();
        if answer.status == 201 && given() != json!(["token:manage-own"]) {
            wrong.push(format!("a narrow token makes one for {}", given()));
        }
    }
    // Nor does it get out of its bounds by rotating a wider one of its owner.
    let others = creator.get(&mut client, "/api/v1/auth/session")["tokenId"].clone();
    let rotate = format!("/api/v1/tokens/{}/rotate", others.as_str().expect("an id"));
    let answer = narrow.ask(&mut client, Ask::new("POST", &rotate));
    if answer.status < 300 && answer.json()["token"]["permissions"] != json!(["token:manage-own"]) {
        wrong.push(format!(
            "a narrow token rotates a wide one: {}",
            answer.json()
        ));
    }
    assert_nothing_wrong(&wrong);
    server.stop();
}
