//! Getting more than one has by way of others: their passwords, their roles, their tokens.

use installhub_acceptance::http::{Ask, Client};
use installhub_acceptance::{Sandbox, Server};
use serde_json::{Value, json};

use super::{assert_nothing_wrong, newcomer, start};
use crate::calls::{Person, roles};

const SESSION: &str = "/api/v1/auth/session";

/// Asks for what has to be refused, and notes where it is not.
struct Attempts<'a> {
    client: &'a mut Client,
    by: &'a Person,
    allowed: Vec<String>,
}

impl Attempts<'_> {
    fn attempt(&mut self, what: &str, ask: &Ask) {
        let answer = self.by.ask(self.client, ask.clone());
        if answer.status != 403 {
            let text = String::from_utf8_lossy(&answer.body);
            self.allowed
                .push(format!("{} {what}: {} {text}", self.by.name, answer.status));
        }
    }

    /// All that would give this user away, or shut them out.
    fn attempt_on(&mut self, user: &str) {
        let path = format!("/api/admin/v1/users/{user}");
        for change in [
            json!({"password": "a password that I know"}),
            json!({"roles": ["viewer"]}),
            json!({"name": "somebody else"}),
        ] {
            let ask = Ask::new("PATCH", &path).header("If-Match", "\"1\"");
            self.attempt(&format!("changes {user} to {change}"), &ask.json(&change));
        }
        self.attempt(&format!("deletes {user}"), &Ask::new("DELETE", &path));
    }
}

#[track_caller]
fn id(client: &mut Client, person: &Person, member: &str) -> String {
    let session = person.get(client, SESSION);
    session[member].as_str().expect("an id").to_owned()
}

/// The same person by a token that may do just this.
#[track_caller]
fn narrowed(client: &mut Client, person: &Person, permissions: &Value) -> Person {
    let wish = json!({"name": "narrow", "permissions": permissions});
    let issued = person.create(client, "/api/v1/tokens", &wish);
    Person {
        name: format!("a token for {permissions} of the {}", person.name),
        token: issued["secret"].as_str().expect("a secret").to_owned(),
        ..person.clone()
    }
}

#[test]
fn a_token_that_manages_users_gets_hold_of_nobody_who_may_more() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let roles = roles(&server, &mut client);
    let admin = Person::known(&server, "acme", "tenant-admin", &roles);
    let viewer = Person::known(&server, "acme", "viewer", &roles);
    let users = [
        id(&mut client, &admin, "userId"),
        id(&mut client, &viewer, "userId"),
    ];
    let narrow = narrowed(&mut client, &admin, &json!(["user:manage", "user:read"]));
    let mut attempts = Attempts {
        client: &mut client,
        by: &narrow,
        allowed: Vec::new(),
    };
    for user in &users {
        attempts.attempt_on(user);
    }
    for role in ["viewer", "tenant-admin", "platform-admin"] {
        let user = json!({
            "email": format!("{role}@tools.example"), "name": role, "roles": [role],
            "password": "a password that I know"
        });
        let ask = Ask::new("POST", "/api/admin/v1/users").json(&user);
        attempts.attempt(&format!("makes a {role}"), &ask);
    }
    assert_nothing_wrong(&attempts.allowed);
    server.stop();
}

#[test]
fn who_administers_the_tenant_of_the_platforms_people_has_no_hold_on_them() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let roles = roles(&server, &mut client);
    let local = newcomer(&server, &mut client, "tenant-admin", &roles);
    let staff = ["platform-admin", "reviewer", "moderator", "auditor"];
    let staff = staff.map(|role| Person::known(&server, "main", role, &roles));
    let ids = staff.each_ref().map(|person| {
        (
            id(&mut client, person, "userId"),
            id(&mut client, person, "tokenId"),
        )
    });
    let mut attempts = Attempts {
        client: &mut client,
        by: &local,
        allowed: Vec::new(),
    };
    for (user, token) in &ids {
        attempts.attempt_on(user);
        let revoke = Ask::new("DELETE", &format!("/api/v1/tokens/{token}"));
        attempts.attempt(&format!("revokes the token of {user}"), &revoke);
    }
    assert_nothing_wrong(&attempts.allowed);
    assert_nobody_is_shut_out(&server, &mut client, &staff);
    server.stop();
}

#[track_caller]
fn assert_nobody_is_shut_out(server: &Server, client: &mut Client, staff: &[Person]) {
    for person in staff {
        person.get(client, SESSION);
    }
    let main = server.tenants().iter().find(|one| one.slug == "main");
    for user in &main.expect("main").users {
        let body = json!({"email": user.email, "password": user.password});
        let ask = Ask::new("POST", "/api/v1/auth/sign-in").json(&body);
        client.send(&ask).expect(200);
    }
}
