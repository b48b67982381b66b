//! A valid request for every operation of the service, and people of every role to send them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use installhub_acceptance::http::{Ask, Client, HttpAnswer};
use installhub_acceptance::{Operation, Server};
use serde_json::{Value, json};

/// An id that nobody has.
pub(crate) const NOBODYS_ID: &str = "0b5c1a2e-7a53-4c1b-9d63-3f1f6f0a9e11";

/// What a valid request for an operation consists of, besides its path.
pub(crate) struct Example {
    query: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<(&'static str, Vec<u8>)>,
    /// What whoever may gets to see; with an id that nobody has, it is 404.
    pub(crate) status: u16,
    /// What the kind of thing that is asked for needs besides.
    pub(crate) also_needs: Option<&'static str>,
}

impl Example {
    fn answered(status: u16) -> Self {
        Self {
            query: "",
            headers: Vec::new(),
            body: None,
            status,
            also_needs: None,
        }
    }

    fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    fn also_needs(self, permission: &'static str) -> Self {
        let also_needs = Some(permission);
        Self { also_needs, ..self }
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    fn bytes(self, media_type: &'static str, bytes: &[u8]) -> Self {
        let body = Some((media_type, bytes.to_vec()));
        Self { body, ..self }
    }

    fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().as_bytes())
    }

    /// The request, with `id` for every id in its path.
    pub(crate) fn ask(&self, operation: &Operation, id: &str) -> Ask {
        let mut path = operation.path.clone();
        for name in &operation.path_parameters {
            let value = if name == "version" { "1.0.0" } else { id };
            path = path.replace(&format!("{{{name}}}"), value);
        }
        if !self.query.is_empty() {
            path = format!("{path}?{}", self.query);
        }
        let ask = Ask::new(&operation.method, &path);
        let ask = match &self.body {
            Some((media_type, bytes)) => ask.bytes(media_type, bytes),
            None => ask,
        };
        let headers = self.headers.iter();
        headers.fold(ask, |ask, (name, value)| ask.header(name, value))
    }
}

/// A number that no other request has, for names that must not be taken.
fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The example for an operation, with a name of its own each time.
#[track_caller]
pub(crate) fn example(operation: &Operation) -> Example {
    let id = operation.id.as_str();
    let found = of_sign_in(id)
        .or_else(|| of_artifacts_and_packages(id))
        .or_else(|| of_uploads(id))
        .or_else(|| of_connections_and_jobs(id))
        .or_else(|| of_administration(id));
    found.unwrap_or_else(|| {
        panic!(
            "nobody has said what a request for {id} ({} {}) looks like",
            operation.method, operation.path
        )
    })
}

fn of_sign_in(id: &str) -> Option<Example> {
    let example = match id {
        "finishOidc" => Example::answered(401).query("code=x&state=y"),
        "signIn" => Example::answered(401).json(&json!({
            "email": format!("nobody-{}@nowhere.example", number()), "password": "wrong"
        })),
        // A token has no password.
        "changePassword" => Example::answered(409).json(&json!({
            "oldPassword": "some password", "newPassword": "another long password"
        })),
        "signOut" => Example::answered(204),
        "getSession" | "listSessions" | "listTokens" => Example::answered(200),
        // There is no identity provider.
        "startOidc" | "revokeSession" | "getToken" | "revokeToken" | "rotateToken" => {
            Example::answered(404)
        }
        "createToken" => {
            Example::answered(201).json(&json!({"name": format!("token {}", number())}))
        }
        _ => return None,
    };
    Some(example)
}

fn of_artifacts_and_packages(id: &str) -> Option<Example> {
    let example = match id {
        "listArtifacts" | "listPackages" => Example::answered(200),
        "createArtifact" => Example::answered(201).json(&json!({
            "type": "Table", "name": format!("Artifact {}", number()), "content": {"fields": []}
        })),
        "createArtifactVersion" => Example::answered(404)
            .header("If-Match", "\"1\"")
            .json(&json!({"version": "2.0.0", "content": {"fields": []}})),
        "uploadPackage" => Example::answered(422).bytes("application/zip", b"this is no archive"),
        "getArtifact"
        | "deleteArtifact"
        | "restoreArtifact"
        | "listArtifactVersions"
        | "getArtifactVersion"
        | "getPackage"
        | "deletePackage"
        | "restorePackage"
        | "listPackageVersions"
        | "getPackageVersion"
        | "deletePackageVersion"
        | "restorePackageVersion"
        | "downloadPackage"
        | "createDownloadLink"
        | "fetchDownload" => Example::answered(404),
        _ => return None,
    };
    Some(example)
}

fn of_uploads(id: &str) -> Option<Example> {
    let example = match id {
        "beginUpload" => Example::answered(201).json(&json!({"bytes": 10})),
        "appendToUpload" => Example::answered(404)
            .header("Upload-Offset", "0")
            .bytes("application/octet-stream", b"0123456789"),
        "getUpload" | "getUploadOffset" | "abandonUpload" | "completeUpload" => {
            Example::answered(404)
        }
        _ => return None,
    };
    Some(example)
}

fn of_connections_and_jobs(id: &str) -> Option<Example> {
    let example = match id {
        "listConnections" | "listJobs" | "listSchedules" => Example::answered(200),
        "createConnection" => Example::answered(201).json(&json!({
            "name": format!("connection {}", number()), "kind": "http",
            "settings": {"url": "https://service.example/"}
        })),
        "changeConnection" | "changeSchedule" => Example::answered(404)
            .header("If-Match", "\"1\"")
            .json(&json!({"name": format!("another name {}", number())})),
        "createSchedule" => Example::answered(201).json(&json!({
            "name": format!("schedule {}", number()),
            "timing": {"type": "cron", "cron": "30 2 * * *", "timeZone": "Europe/Berlin"},
            "job": {"kind": "service.sweep"}
        })),
        "getConnection" | "deleteConnection" | "restoreConnection" | "testConnection"
        | "getJob" | "cancelJob" | "watchJob" | "getSchedule" | "deleteSchedule"
        | "restoreSchedule" => Example::answered(404),
        _ => return None,
    };
    Some(example)
}

fn of_administration(id: &str) -> Option<Example> {
    let example = match id {
        "listDeleted" => Example::answered(200)
            .query("kind=apiToken")
            .also_needs("token:manage-own"),
        "listPurgeRequests" | "listAuditEvents" | "exportAudit" | "verifyAudit"
        | "getConfiguration" | "listTenantJobs" | "listRoles" | "getOwnTenant" | "listTenants"
        | "listUsers" => Example::answered(200),
        "requestPurge" => Example::answered(404)
            .json(&json!({
                "kind": "artifact", "id": NOBODYS_ID, "reason": "it is not needed any more"
            }))
            .also_needs("purge:request"),
        "createTenant" => Example::answered(201).json(&json!({
            "name": "A tenant", "slug": format!("tenant-{}", number()),
            "administrator": {
                "email": format!("admin-{}@tenant.example", number()), "name": "Somebody"
            }
        })),
        "createUser" => Example::answered(201).json(&json!({
            "email": format!("user-{}@users.example", number()), "name": "Somebody",
            "roles": ["viewer"]
        })),
        "changeTenant" | "changeUser" => Example::answered(404)
            .header("If-Match", "\"1\"")
            .json(&json!({"name": "Another name"})),
        "approvePurge" | "rejectPurge" | "getTenant" | "deleteTenant" | "restoreTenant"
        | "resumeTenant" | "suspendTenant" | "deleteUser" | "getUser" | "restoreUser" => {
            Example::answered(404)
        }
        _ => return None,
    };
    Some(example)
}

/// Somebody who asks.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// What to call them in messages.
    pub(crate) name: String,
    /// Their token.
    pub(crate) token: String,
    /// What they may do.
    pub(crate) permissions: BTreeSet<String>,
}

impl Person {
    /// Somebody that the server knows from the start.
    #[track_caller]
    pub(crate) fn known(server: &Server, tenant: &str, role: &str, roles: &Roles) -> Self {
        let tenants = server.tenants().iter();
        let mut users = tenants
            .filter(|one| one.slug == tenant)
            .flat_map(|one| &one.users);
        let user = users
            .find(|user| user.role == role)
            .unwrap_or_else(|| panic!("no {role} in {tenant}"));
        Self {
            name: format!("{role} of {tenant}"),
            token: user.token.clone(),
            permissions: roles[role].clone(),
        }
    }

    /// Asks for something.
    #[track_caller]
    pub(crate) fn ask(&self, client: &mut Client, ask: Ask) -> HttpAnswer {
        client.send(&ask.token(Some(&self.token)))
    }

    /// Asks for something that there is.
    #[track_caller]
    pub(crate) fn get(&self, client: &mut Client, path: &str) -> Value {
        self.ask(client, Ask::new("GET", path)).expect(200).json()
    }

    /// Creates something.
    #[track_caller]
    pub(crate) fn create(&self, client: &mut Client, path: &str, body: &Value) -> Value {
        let ask = Ask::new("POST", path).json(body);
        self.ask(client, ask).expect(201).json()
    }
}

/// What each role allows, as the server says it.
pub(crate) type Roles = BTreeMap<String, BTreeSet<String>>;

/// All roles there are.
#[track_caller]
pub(crate) fn roles(server: &Server, client: &mut Client) -> Roles {
    let ask =
        Ask::new("GET", "/api/admin/v1/roles").token(Some(&server.user("platform-admin").token));
    let answer = client.send(&ask).expect(200).json();
    let text = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let all = |value: &Value| value.as_array().expect("a list").clone();
    all(&answer["items"])
        .iter()
        .map(|role| {
            (
                text(role),
                all(&role["permissions"]).iter().map(text).collect(),
            )
        })
        .collect()
}

/// A browser that has signed in.
pub(crate) struct Browser {
    /// The cookie, as it goes back.
    pub(crate) cookie: String,
    /// The token against requests of other pages.
    pub(crate) csrf: String,
}

impl Browser {
    /// Signs in by password.
    #[track_caller]
    pub(crate) fn sign_in(client: &mut Client, email: &str, password: &str) -> Self {
        let body = json!({"email": email, "password": password});
        let answer = client.send(&Ask::new("POST", "/api/v1/auth/sign-in").json(&body));
        let answer = answer.expect(200);
        let cookie = answer.header("set-cookie").expect("a cookie");
        Self {
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
            csrf: answer.json()["csrfToken"]
                .as_str()
                .expect("a token")
                .to_owned(),
        }
    }

    /// The request, as this browser sends it from our own page.
    pub(crate) fn dress(&self, ask: Ask) -> Ask {
        ask.header("Cookie", &self.cookie)
            .header("X-CSRF-Token", &self.csrf)
    }
}
