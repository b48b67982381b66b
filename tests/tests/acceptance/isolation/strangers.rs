//! What people of another tenant try.

use std::thread;

use installhub_acceptance::http::{Ask, Client, HttpAnswer};
use installhub_acceptance::{Needs, Operation, Server};
use serde_json::{Value, json};

use super::estate::Estate;
use super::secrets::{Secrets, is_uuid};
use crate::calls::{NOBODYS_ID, Person, example};

/// Kinds of deleted things.
const KINDS: [&str; 7] = [
    "user",
    "apiToken",
    "artifact",
    "package",
    "packageVersion",
    "connection",
    "schedule",
];

fn may(person: &Person, operation: &Operation) -> bool {
    match &operation.needs {
        Needs::Nothing | Needs::SignIn => true,
        Needs::AnyOf(names) => names.iter().any(|name| person.permissions.contains(name)),
    }
}

/// The paths of everything that can be read without naming a thing.
fn overviews(operations: &[Operation]) -> Vec<(String, &Operation)> {
    let mut paths = Vec::new();
    for operation in operations {
        let is_overview = operation.method == "GET" && operation.path_parameters.is_empty();
        if !is_overview || operation.needs == Needs::Nothing {
            continue;
        }
        let path = &operation.path;
        match operation.id.as_str() {
            "listDeleted" => {
                let all = KINDS.map(|kind| (format!("{path}?kind={kind}"), operation));
                paths.extend(all);
            }
            "listTokens" => {
                paths.push((format!("{path}?all=true"), operation));
                paths.push((path.clone(), operation));
            }
            _ => paths.push((path.clone(), operation)),
        }
    }
    paths
}

/// Reads everything that somebody can find without knowing any id, page by page; gives the first pages.
#[track_caller]
pub(super) fn look_around(
    client: &mut Client,
    operations: &[Operation],
    person: &Person,
    seen: &mut Secrets,
) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (path, operation) in overviews(operations) {
        if !may(person, operation) {
            continue;
        }
        let answer = person.ask(client, Ask::new("GET", &path));
        let Some(first) = pages_of(client, person, &path, answer, &mut |answer| {
            let text = String::from_utf8_lossy(&answer.body);
            // An export is one JSON text on each line.
            for line in text.lines() {
                let value = serde_json::from_str(line).unwrap_or_default();
                if path.contains("/audit/") {
                    seen.harvest_trail(&value);
                } else {
                    seen.harvest(&value);
                }
            }
        }) else {
            continue;
        };
        found.push((path, first));
    }
    assert!(!found.is_empty(), "{} sees nothing at all", person.name);
    found
}

/// Goes through the pages of a list; `None` when it is refused.
fn pages_of(
    client: &mut Client,
    person: &Person,
    path: &str,
    mut answer: HttpAnswer,
    look: &mut dyn FnMut(&HttpAnswer),
) -> Option<Value> {
    look(&answer);
    if answer.status != 200 {
        return None;
    }
    let first: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    while let Some(cursor) = next_cursor(&answer) {
        let separator = if path.contains('?') { '&' } else { '?' };
        let next = format!("{path}{separator}cursor={cursor}");
        answer = person.ask(client, Ask::new("GET", &next)).expect(200);
        look(&answer);
    }
    Some(first)
}

fn next_cursor(answer: &HttpAnswer) -> Option<String> {
    let value: Value = serde_json::from_slice(&answer.body).ok()?;
    value["nextCursor"].as_str().map(str::to_owned)
}

/// What an answer gives away, with its headers.
fn given_away<'a>(answer: &HttpAnswer, secrets: &'a Secrets) -> Option<&'a str> {
    let headers = answer.headers.iter().map(|(_, value)| value.as_str());
    let body = String::from_utf8_lossy(&answer.body);
    let mut texts = headers.chain([body.as_ref()]);
    texts.find_map(|text| secrets.found_in(text))
}

#[track_caller]
fn assert_gives_nothing_away(what: &str, answer: &HttpAnswer, secrets: &Secrets) {
    if let Some(secret) = given_away(answer, secrets) {
        let text = String::from_utf8_lossy(&answer.body);
        panic!("{what} gives '{secret}' away: {} {text}", answer.status);
    }
}

/// No list has anything of the estate in it, neither by itself nor from where a cursor of its owner leads.
#[track_caller]
pub(super) fn assert_lists_are_closed(
    server: &Server,
    operations: &[Operation],
    strangers: &[Person],
    estate: &Estate,
) {
    let mut client = Client::of(server.url());
    let client = &mut client;
    let mut cursors = 0;
    let owner = &estate.owner;
    for (path, _) in overviews(operations) {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = format!("{path}{separator}limit=1");
        let cursor = next_cursor(&owner.ask(client, Ask::new("GET", &page)));
        cursors += usize::from(cursor.is_some());
        for stranger in strangers {
            let what = format!("{path} for {}", stranger.name);
            let answer = stranger.ask(client, Ask::new("GET", &path));
            pages_of(client, stranger, &path, answer, &mut |answer| {
                assert_gives_nothing_away(&what, answer, &estate.secrets);
            });
            if let Some(cursor) = &cursor {
                let ask = Ask::new("GET", &format!("{path}{separator}cursor={cursor}"));
                let answer = stranger.ask(client, ask);
                let is_expected = matches!(answer.status, 200 | 400 | 403 | 422);
                assert!(is_expected, "{what} with another's cursor: {answer:?}");
                assert_gives_nothing_away(&what, &answer, &estate.secrets);
            }
        }
    }
    assert!(cursors > 8, "only {cursors} lists had a second page");
}

/// The ids are worth trying: the owner finds something by them in every path that reads.
#[track_caller]
pub(super) fn assert_ids_are_the_owners(
    client: &mut Client,
    operations: &[Operation],
    estate: &Estate,
) {
    for operation in operations {
        let reads = operation.method == "GET" && !operation.path_parameters.is_empty();
        if !reads || operation.needs == Needs::Nothing {
            continue;
        }
        let example = example(operation);
        let mut ids = estate.secrets.ids.iter();
        let found = ids.any(|id| {
            let answer = estate.owner.ask(client, example.ask(operation, id));
            answer.status == 200
        });
        assert!(found, "the owner finds nothing by {}", operation.path);
    }
}

/// Every id of the estate, in every path, for everybody: as if nobody had it.
#[track_caller]
pub(super) fn assert_ids_are_nobodys(
    server: &Server,
    operations: &[Operation],
    strangers: &[Person],
    estate: &Estate,
) {
    let wrong: Vec<String> = thread::scope(|scope| {
        let all: Vec<_> = strangers
            .iter()
            .map(|stranger| {
                let url = server.url();
                scope.spawn(move || {
                    let mut client = Client::of(url);
                    let closed = operations
                        .iter()
                        .filter(|one| !one.path_parameters.is_empty());
                    closed
                        .flat_map(|operation| try_ids(&mut client, operation, stranger, estate))
                        .collect::<Vec<String>>()
                })
            })
            .collect();
        let joined = all.into_iter().map(|one| one.join().expect("no panic"));
        joined.flatten().collect()
    });
    assert!(
        wrong.is_empty(),
        "{} answers are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn try_ids(
    client: &mut Client,
    operation: &Operation,
    stranger: &Person,
    estate: &Estate,
) -> Vec<String> {
    let example = example(operation);
    let mut ask = |id: &str| {
        let answer = stranger.ask(client, example.ask(operation, id));
        // The id that was asked for may be named; the request has an id of its own.
        let text = String::from_utf8_lossy(&answer.body).replace(id, "{id}");
        let own = answer.header("x-request-id").unwrap_or_default();
        (answer.status, text.replace(own, "{request}"))
    };
    let nobodys = ask(NOBODYS_ID);
    if !may(stranger, operation) {
        let refused = nobodys.0 == 403;
        let text = format!("{} {}: {nobodys:?}", operation.path, stranger.name);
        return if refused { Vec::new() } else { vec![text] };
    }
    let mut wrong = Vec::new();
    // Who may most also tries what leads to no thing even at home.
    let traces = estate.secrets.traces.iter();
    let traces = traces.filter(|_| stranger.permissions.contains("audit:read"));
    for id in estate.secrets.ids.iter().chain(traces) {
        let found = ask(id);
        // Some paths take ids of another form only.
        let (same, is_refused) = if is_uuid(id) {
            (nobodys.clone(), found.0 == 404)
        } else {
            (ask(&format!("{id}x")), matches!(found.0, 400 | 404))
        };
        if found != same || !is_refused {
            wrong.push(format!(
                "{} {} with {id} by {}: {found:?}, expected {same:?}",
                operation.method, operation.path, stranger.name
            ));
        }
    }
    wrong
}

/// Ids of the estate in bodies and in filters.
#[track_caller]
pub(super) fn assert_bodies_and_filters_lead_nowhere(
    client: &mut Client,
    stranger: &Person,
    estate: &Estate,
) {
    let tenant = &estate.tenant;
    let things = estate.things.iter().map(|(kind, id)| (*kind, id.as_str()));
    for (kind, id) in things.chain([("tenant", tenant.as_str())]) {
        for api in ["/api/v1", "/api/admin/v1"] {
            let path = format!("{api}/purge-requests");
            let mut ask = |id: &str| {
                let wish = json!({"kind": kind, "id": id, "reason": "it is in my way"});
                let answer = stranger.ask(client, Ask::new("POST", &path).json(&wish));
                let text = String::from_utf8_lossy(&answer.body).replace(id, "{id}");
                let own = answer.header("x-request-id").unwrap_or_default();
                (answer.status, text.replace(own, "{request}"))
            };
            let found = ask(id);
            assert_eq!(found, ask(NOBODYS_ID), "{kind} {id}");
            assert!(matches!(found.0, 403 | 404 | 422), "{kind} {id}: {found:?}");
        }
    }
    let mut user = json!({
        "email": "spy@globex.example", "name": "Spy", "roles": ["viewer"], "tenantId": tenant
    });
    let mut create = |user: &Value| {
        let ask = Ask::new("POST", "/api/admin/v1/users").json(user);
        stranger.ask(client, ask).status
    };
    let elsewhere = create(&user);
    assert!(matches!(elsewhere, 403 | 404), "{elsewhere}");
    user["tenantId"] = json!(NOBODYS_ID);
    assert_eq!(create(&user), elsewhere);
    for list in [
        "users",
        "audit/events",
        "audit/export",
        "audit/verification",
        "jobs",
    ] {
        let path = |tenant: &str| format!("/api/admin/v1/{list}?tenantId={tenant}");
        let found = stranger.ask(client, Ask::new("GET", &path(tenant)));
        assert!(matches!(found.status, 403 | 404), "{list}: {found:?}");
        let nobodys = stranger.ask(client, Ask::new("GET", &path(NOBODYS_ID)));
        assert_eq!(found.status, nobodys.status, "{list}");
    }
    for (kind, id) in &estate.things {
        let path = format!("/api/admin/v1/audit/events?objectKind={kind}&objectId={id}");
        let events = stranger.get(client, &path);
        let items = events["items"].as_array().expect("events");
        let by_others = |event: &&Value| event["actor"] != "tenant-admin@globex.example";
        assert_eq!(items.iter().find(by_others), None, "{path}");
    }
}
