//! A service with two tenants, and shorthands to call it.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};
use std::sync::Arc;

use chrono::DateTime;
use installhub_access::{
    Access, AccessSettings, ClientInfo, NewTenant, NewToken, NewUser, PasswordHasher, Permission,
    Principal, Role, SystemSecrets,
};
use installhub_artifact::ArtifactType;
use installhub_catalog::{Catalog, CatalogSettings, TicketKey};
use installhub_connections::{
    AesSealer, ConnectionProbe, Connections, KeyRing, ProbeOutcome, ProbeReport, Settings,
};
use installhub_database_sea_orm::Store;
use installhub_deletion::Deletion;
use installhub_http_creator::Services;
use installhub_http_kit::{HttpSettings, Kit, Probes, service};
use installhub_jobs::{JobBell, Jobs, Schedules, WatchPace};
use installhub_manifest::{ManifestHeader, Origin, PackageType};
use installhub_package_format::{ArtifactMeta, Closing, PackageWriter, WriterOptions};
use installhub_storage_object_store::{Location, ObjectStorage};
use installhub_test_support::{CountingIds, SteppingClock};
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Body, Endpoint as _, Request, Response};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) const EMAIL: &str = "anna@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const REQUEST: &str = "11111111-2222-4333-8444-555555555555";

pub(crate) struct World {
    pub(crate) service: BoxEndpoint<'static, Response>,
    pub(crate) access: Arc<Access>,
    pub(crate) clock: Arc<SteppingClock>,
    pub(crate) anna: Principal,
    /// Anna's token, with everything that the first tenant's administrator may do.
    pub(crate) token: String,
    _folder: TempDir,
}

struct NoProbe;

#[async_trait::async_trait]
impl ConnectionProbe for NoProbe {
    async fn probe(&self, _settings: &Settings, _secret: Option<&SecretString>) -> ProbeReport {
        ProbeReport::new(ProbeOutcome::Works, "it answered")
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(HttpSettings::default()).await
    }

    pub(crate) async fn with(settings: HttpSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, ids) = (Arc::new(SteppingClock::new()), Arc::new(CountingIds::new()));
        let store = Store::sqlite(folder.path().join("store.db"), clock.clone(), ids.clone());
        let objects =
            ObjectStorage::new(Location::Folder(folder.path().join("objects")), ids.clone());
        let secrets = Arc::new(SystemSecrets);
        let access = Arc::new(Access {
            store: Arc::new(store.clone()),
            clock: clock.clone(),
            ids: ids.clone(),
            random: secrets.clone(),
            passwords: PasswordHasher::new(secrets.clone(), 2),
            identity: None,
            settings: AccessSettings::default(),
        });
        let services = services(&store, &objects, &access, &clock, &ids);
        let kit = Kit {
            access: Arc::clone(&access),
            idempotency: Arc::new(store),
            ids,
            settings,
            stopping: CancellationToken::new(),
        };
        let probes = Probes {
            ready: Vec::new(),
            metrics: Arc::new(String::new),
        };
        let api = installhub_http_creator::api(services).expect("table and resources fit");
        let service = service(kit, vec![api], probes).expect("table and resources fit");
        access
            .bootstrap(EMAIL, PASSWORD)
            .await
            .expect("nobody is there yet");
        let client = ClientInfo::default();
        let signed_in = access.sign_in(EMAIL, PASSWORD, &client, None).await;
        let anna = signed_in.expect("address and password are right").principal;
        let token = token_of(&access, &anna).await;
        Self {
            service,
            access,
            clock,
            anna,
            token,
            _folder: folder,
        }
    }

    /// The token of another tenant's administrator.
    pub(crate) async fn stranger(&self) -> String {
        let administrator = NewUser {
            tenant: None,
            email: "otto@other.example".to_owned(),
            name: "Otto".to_owned(),
            roles: BTreeSet::from([Role::TenantAdmin]),
            password: Some(PASSWORD.to_owned()),
        };
        let new = NewTenant {
            name: "Other".to_owned(),
            slug: "other".to_owned(),
            administrator,
        };
        self.access
            .create_tenant(&self.anna, new)
            .await
            .expect("slug and address are free");
        let client = ClientInfo::default();
        let signed_in = self
            .access
            .sign_in("otto@other.example", PASSWORD, &client, None)
            .await;
        token_of(&self.access, &signed_in.expect("they are right").principal).await
    }

    /// A token of Anna's that may do this and nothing else.
    pub(crate) async fn token_for(&self, permissions: &[Permission]) -> String {
        let new = NewToken {
            name: "narrow".to_owned(),
            permissions: Some(permissions.to_vec()),
            ..NewToken::default()
        };
        self.access
            .create_token(&self.anna, new)
            .await
            .expect("she may")
            .secret
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        let request = Request::builder()
            .method(method)
            .uri_str(format!("/api/v1/{path}"))
            .header("x-request-id", REQUEST);
        Call {
            world: self,
            request,
            body: Body::empty(),
        }
    }

    /// The same with Anna's token.
    pub(crate) fn anna(&self, method: Method, path: &str) -> Call<'_> {
        self.call(method, path).token(&self.token)
    }

    pub(crate) async fn artifact(&self, name: &str) -> Value {
        let made = self
            .anna(Method::POST, "artifacts")
            .json(&form(name))
            .send()
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        made.json()
    }
}

async fn token_of(access: &Access, who: &Principal) -> String {
    let new = NewToken {
        name: "all".to_owned(),
        ..NewToken::default()
    };
    access
        .create_token(who, new)
        .await
        .expect("everybody may")
        .secret
}

fn services(
    store: &Store,
    objects: &ObjectStorage,
    access: &Arc<Access>,
    clock: &Arc<SteppingClock>,
    ids: &Arc<CountingIds>,
) -> Services {
    let (bell, shared) = (JobBell::new(), Arc::new(store.clone()));
    let ring =
        KeyRing::parse("first:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").expect("a ring");
    Services {
        access: Arc::clone(access),
        catalog: Catalog {
            store: shared.clone(),
            bundles: Arc::new(objects.clone()),
            uploads: Arc::new(objects.clone()),
            clock: clock.clone(),
            ids: ids.clone(),
            bell: bell.clone(),
            tickets: TicketKey::new([7; 32]),
            settings: CatalogSettings::default(),
        },
        connections: Arc::new(Connections {
            store: shared.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            sealer: Arc::new(AesSealer::new(&ring, Arc::new(SystemSecrets))),
            probe: Arc::new(NoProbe),
        }),
        deletion: Arc::new(Deletion {
            store: shared.clone(),
            accounts: access.clone(),
            bytes: Arc::new(objects.clone()),
            clock: clock.clone(),
            ids: ids.clone(),
        }),
        jobs: Jobs {
            store: shared.clone(),
            ids: ids.clone(),
            bell,
            pace: WatchPace::default(),
        },
        schedules: Schedules {
            store: shared,
            ids: ids.clone(),
            schedulable: BTreeSet::from(["sweep".parse().expect("a kind")]),
        },
        secure_cookies: true,
    }
}

/// A request to be sent.
pub(crate) struct Call<'w> {
    world: &'w World,
    request: poem::RequestBuilder,
    body: Body,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Body>) -> Self {
        self.request = self.request.content_type(media_type);
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) async fn send(self) -> Answer {
        let answer = self
            .world
            .service
            .get_response(self.request.body(self.body))
            .await;
        let (parts, body) = answer.into_parts();
        let bytes = body.into_bytes().await.expect("a whole body").to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}

/// An answer that was read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the answer is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Status, code and message of an error.
    pub(crate) fn refusal(&self) -> String {
        let body = self.json();
        assert_eq!(body["requestId"], REQUEST, "{}", self.text);
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {}: {}",
            self.status.as_u16(),
            text("error"),
            text("message")
        )
    }
}

/// The body that makes a form.
pub(crate) fn form(name: &str) -> Value {
    serde_json::json!({"type": "AtlasForm", "name": name, "content": {"title": name}})
}

/// The bytes of a package with one configuration in it.
pub(crate) fn package(name: &str, version: &str) -> Vec<u8> {
    let header = ManifestHeader::new(
        "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9"
            .parse()
            .expect("an id"),
        name.parse().expect("a name"),
        PackageType::Config,
        version.parse().expect("a version"),
        Origin {
            exported_at: DateTime::UNIX_EPOCH,
            exported_by: "ops@example.org".parse().expect("an actor"),
            tenant_id: "tenant-1".to_owned(),
            platform_version: semver::Version::new(4, 2, 0),
        },
    );
    let mut bytes = Vec::new();
    let spool = Cursor::new(Vec::new());
    let mut writer = PackageWriter::new(&mut bytes, spool, header, WriterOptions::default())
        .expect("a sound header");
    let meta = ArtifactMeta {
        artifact_type: ArtifactType::Config,
        id: "smtp".to_owned(),
        name: "SMTP".to_owned(),
        version: semver::Version::new(1, 0, 0),
    };
    let mut artifact = writer.start_artifact(meta).expect("a sound artifact");
    artifact
        .write_all(br#"{"_type": "Config", "id": "smtp"}"#)
        .expect("memory takes it");
    artifact.finish().expect("memory takes it");
    writer.finish(Closing::default()).expect("memory takes it");
    bytes
}
