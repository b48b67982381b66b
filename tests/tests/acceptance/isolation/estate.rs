//! One of everything that a tenant can have, marked so that it is recognised wherever it turns up.

use std::fs;

use installhub_acceptance::http::{Ask, Client};
use installhub_acceptance::{Operation, Sandbox, Server};
use serde_json::{Value, json};

use super::secrets::{MARK, Secrets};
use super::strangers;
use crate::calls::{Browser, Person};
use crate::fixtures::{pack, small_folder, write_document};

/// The key under which the owner has created something.
pub(super) const KEY: &str = "the-same-key-in-both-tenants";

/// What the tenant has.
pub(super) struct Estate {
    /// The bodies with which things were created.
    pub(super) artifact: Value,
    pub(super) connection: Value,
    pub(super) schedule: Value,
    pub(super) token: Value,
    /// The bytes of a package whose name is no secret, and its version.
    pub(super) package: Vec<u8>,
    pub(super) package_version: Value,
    /// The same of one that nobody else has.
    pub(super) secret_package: Vec<u8>,
    pub(super) secret_version: Value,
    /// The path of a link to the first package.
    pub(super) link: String,
    /// Things by kind, as purge requests name them.
    pub(super) things: Vec<(&'static str, String)>,
    pub(super) tenant: String,
    /// Whoever has created everything.
    pub(super) owner: Person,
    pub(super) secrets: Secrets,
    /// What its owner sees, list by list.
    lists: Vec<(String, Value)>,
}

/// Somebody who creates, and remembers what came of it.
struct Founder<'a> {
    client: &'a mut Client,
    owner: &'a Person,
    secrets: Secrets,
    things: Vec<(&'static str, String)>,
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

impl Founder<'_> {
    #[track_caller]
    fn create(&mut self, path: &str, body: &Value) -> Value {
        let ask = Ask::new("POST", path).json(body);
        self.create_by(ask)
    }

    #[track_caller]
    fn create_by(&mut self, ask: Ask) -> Value {
        let answer = self.owner.ask(self.client, ask);
        let value = answer.json();
        assert!(matches!(answer.status, 200..=202), "{value}");
        self.secrets.harvest(&value);
        value
    }

    #[track_caller]
    fn delete(&mut self, path: &str, id: &str) {
        let ask = Ask::new("DELETE", &format!("{path}/{id}"));
        self.owner.ask(self.client, ask).expect(204);
    }

    /// Creates two, and deletes the second.
    #[track_caller]
    fn create_two(&mut self, kind: &'static str, path: &str, body: &Value) -> String {
        let kept = self.create(path, body);
        let mut other = body.clone();
        let name = format!("{MARK} deleted");
        other["name"] = json!(name);
        if kind == "user" {
            other["email"] = json!(format!("{MARK}-deleted@acme.example"));
        }
        let deleted = self.create(path, &other);
        // Tokens come with their secret.
        let [kept, deleted] = [kept, deleted].map(|value| match kind {
            "apiToken" => id_of(&value["token"]),
            _ => id_of(&value),
        });
        self.delete(path, &deleted);
        self.things.push((kind, kept.clone()));
        self.things.push((kind, deleted.clone()));
        deleted
    }

    #[track_caller]
    fn upload(&mut self, bytes: &[u8]) -> Value {
        self.create_by(Ask::new("POST", "/api/v1/packages").bytes("application/zip", bytes))
    }

    /// Uploads piece by piece, until there is a job.
    #[track_caller]
    fn upload_in_pieces(&mut self, bytes: &[u8]) {
        let upload = self.create("/api/v1/uploads", &json!({"bytes": bytes.len()}));
        let path = format!("/api/v1/uploads/{}", id_of(&upload));
        let piece = Ask::new("PATCH", &path)
            .header("Upload-Offset", "0")
            .bytes("application/octet-stream", bytes);
        let answer = self.owner.ask(self.client, piece);
        assert!(answer.status < 300, "{answer:?}");
        let job = self.create_by(Ask::new("POST", &format!("{path}/complete")));
        // The stream ends with the job.
        let path = format!("/api/v1/jobs/{}/events", id_of(&job));
        let events = self.owner.ask(self.client, Ask::new("GET", &path));
        let events = String::from_utf8_lossy(&events.expect(200).body).into_owned();
        assert!(events.contains("succeeded"), "{events}");
    }
}

fn artifact() -> Value {
    json!({
        "type": "Table", "name": "Orders of both tenants", "id": "orders-of-both",
        "content": {"fields": []}
    })
}

fn connection() -> Value {
    json!({
        "name": "A connection of both tenants", "kind": "http", "secret": format!("{MARK}-secret"),
        "settings": {"url": "https://service.example/", "authentication": "bearer"}
    })
}

fn schedule() -> Value {
    json!({
        "name": "A schedule of both tenants",
        "timing": {"type": "cron", "cron": "30 2 * * *", "timeZone": "Europe/Berlin"},
        "job": {"kind": "service.sweep"}
    })
}

impl Estate {
    #[track_caller]
    pub(super) fn of(
        sandbox: &Sandbox,
        server: &Server,
        client: &mut Client,
        owner: &Person,
        operations: &[Operation],
        common: &Secrets,
    ) -> Self {
        let mut founder = Founder {
            client,
            owner,
            secrets: Secrets::default(),
            things: Vec::new(),
        };
        let tenant = founder.rename_tenant();
        let token = json!({"name": "A token of both tenants"});
        founder.create_artifacts();
        founder.create_two("connection", "/api/v1/connections", &connection());
        founder.create_two("schedule", "/api/v1/schedules", &schedule());
        founder.create_two("apiToken", "/api/v1/tokens", &token);
        founder.create_people(server);
        let packages = founder.create_packages(sandbox);
        founder.ask_for_purge();
        let mut lists = Vec::new();
        let Founder {
            mut secrets,
            things,
            ..
        } = founder;
        for (path, list) in strangers::look_around(client, operations, owner, &mut secrets) {
            let changes_by_looking = ["/audit", "/auth", "/tokens"]
                .iter()
                .any(|part| path.contains(part));
            if !changes_by_looking {
                lists.push((path, list));
            }
        }
        let secrets = secrets.without(common);
        let found = (secrets.ids.len(), secrets.traces.len(), secrets.texts.len());
        assert!(found > (30, 30, 30), "only {found:?} ids, traces and texts");
        Self {
            artifact: artifact(),
            connection: connection(),
            schedule: schedule(),
            token,
            package: packages.common.0,
            package_version: packages.common.1,
            secret_package: packages.secret.0,
            secret_version: packages.secret.1,
            link: packages.link,
            things,
            tenant,
            owner: owner.clone(),
            secrets,
            lists,
        }
    }

    /// Looks whether the owner still has everything as it was.
    #[track_caller]
    pub(super) fn assert_untouched(&self, client: &mut Client) {
        for (path, before) in &self.lists {
            let now = self.owner.get(client, path);
            assert_eq!(*before, now, "{path}");
        }
    }
}

/// Packages, and a link to one.
struct Packages {
    common: (Vec<u8>, Value),
    secret: (Vec<u8>, Value),
    link: String,
}

impl Founder<'_> {
    #[track_caller]
    fn rename_tenant(&mut self) -> String {
        let tenant = self.owner.get(self.client, "/api/admin/v1/tenant");
        let id = id_of(&tenant);
        let change = Ask::new("PATCH", &format!("/api/admin/v1/tenants/{id}"))
            .header("If-Match", "\"1\"")
            .json(&json!({"name": format!("{MARK} Ltd")}));
        self.create_by(change);
        id
    }

    #[track_caller]
    fn create_artifacts(&mut self) {
        let body = artifact();
        let kept = Ask::new("POST", "/api/v1/artifacts")
            .header("Idempotency-Key", KEY)
            .json(&body);
        self.create_by(kept);
        let of_its_own = json!({
            "type": "Table", "name": format!("{MARK} table"), "id": format!("{MARK}-table"),
            "content": {"fields": [], "remark": MARK}
        });
        let created = self.create("/api/v1/artifacts", &of_its_own);
        let version = json!({
            "version": "2.0.0", "name": format!("{MARK} two"), "content": {"fields": []}
        });
        let id = id_of(&created);
        let next = Ask::new("POST", &format!("/api/v1/artifacts/{id}/versions"))
            .header("If-Match", "\"1\"")
            .json(&version);
        self.create_by(next);
        let mut deleted = of_its_own;
        deleted["id"] = json!(format!("{MARK}-deleted"));
        self.create("/api/v1/artifacts", &deleted);
        self.delete("/api/v1/artifacts", &format!("{MARK}-deleted"));
        self.things.push(("artifact", id));
        self.things.push(("artifact", format!("{MARK}-deleted")));
    }

    #[track_caller]
    fn create_people(&mut self, server: &Server) {
        let password = "correct horse battery staple";
        let email = format!("{MARK}@acme.example");
        let user = json!({
            "email": email, "name": format!("{MARK} person"), "roles": ["creator"],
            "password": password
        });
        self.create_two("user", "/api/admin/v1/users", &user);
        let browser = Browser::sign_in(self.client, &email, password);
        let sessions = browser.dress(Ask::new("GET", "/api/v1/auth/sessions"));
        let sessions = self.client.send(&sessions).expect(200).json();
        self.secrets.harvest(&sessions);
        let tenant = server.tenants().iter().find(|one| one.slug == "acme");
        for user in &tenant.expect("acme").users {
            self.secrets.texts.insert(user.email.clone());
        }
    }

    #[track_caller]
    fn create_packages(&mut self, sandbox: &Sandbox) -> Packages {
        let folder = small_folder(sandbox, "folder");
        let common = fs::read(pack(sandbox, &folder, "Common", "1.0.0")).expect("a package");
        let common_version = self.upload(&common);
        let of_its_own = json!({
            "_type": "EntitySchema", "_version": "1.0.0", "id": MARK, "name": MARK,
            "fields": [{"fieldName": "total", "type": "decimal"}]
        });
        write_document(sandbox, "folder", &of_its_own);
        let name = format!("{MARK} package");
        let read =
            |version: &str| fs::read(pack(sandbox, &folder, &name, version)).expect("a package");
        let (secret, deleted, pieces) = (read("1.0.0"), read("2.0.0"), read("3.0.0"));
        let secret_version = self.upload(&secret);
        let deleted = id_of(&self.upload(&deleted));
        self.delete("/api/v1/package-versions", &deleted);
        self.upload_in_pieces(&pieces);
        let begun = self.create("/api/v1/uploads", &json!({"bytes": 10}));
        self.secrets.ids.insert(id_of(&begun));
        let path = format!(
            "/api/v1/package-versions/{}/download-links",
            id_of(&common_version)
        );
        let link = self.create_by(Ask::new("POST", &path));
        let url = link["url"].as_str().expect("a link");
        let at = url.find("/api/").expect("a path");
        for version in [&secret_version, &common_version] {
            let package = version["packageId"].as_str().expect("a package");
            self.things.push(("package", package.to_owned()));
            self.things.push(("packageVersion", id_of(version)));
        }
        self.things.push(("packageVersion", deleted));
        Packages {
            link: url[at..].to_owned(),
            common: (common, common_version),
            secret: (secret, secret_version),
        }
    }

    #[track_caller]
    fn ask_for_purge(&mut self) {
        let wish = json!({
            "kind": "artifact", "id": format!("{MARK}-deleted"),
            "reason": format!("{MARK} has to go for good")
        });
        self.create("/api/v1/purge-requests", &wish);
    }
}
