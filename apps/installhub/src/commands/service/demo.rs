//! `installhub serve --demo`: two tenants, people in every role, packages – and their passwords and tokens in a file.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt as _;
use installhub_access::{
    AccessError, ClientInfo, NewTenant, NewToken, NewUser, Principal, Role, SecretSource as _,
    SystemSecrets,
};
use installhub_bootstrap::{Service, keep_private};
use installhub_kernel::TenantId;
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;

use super::demo_packages;
use crate::failure::Failure;

/// What is written to `demo.json`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Demo {
    /// Where the service is reached.
    pub url: String,
    tenants: Vec<DemoTenant>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DemoTenant {
    id: TenantId,
    slug: String,
    users: Vec<DemoUser>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DemoUser {
    email: String,
    password: String,
    role: Role,
    token: String,
}

/// The tenants and what they are called.
const TENANTS: [(&str, &str); 2] = [("acme", "Acme Ltd"), ("globex", "Globex Corporation")];

const OF_THE_PLATFORM: [Role; 4] = [
    Role::PlatformAdmin,
    Role::Reviewer,
    Role::Moderator,
    Role::Auditor,
];

const OF_A_TENANT: [Role; 4] = [
    Role::TenantAdmin,
    Role::Publisher,
    Role::Creator,
    Role::Viewer,
];

/// The demonstration of this home: made if the home is empty, read again otherwise.
pub(super) async fn prepare(service: &Service) -> Result<Demo, Failure> {
    let file = service.home().join("demo.json");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return serde_json::from_str(&text).map_err(|error| {
            Failure::new(
                "CannotRead",
                format!("{} is not what was written", file.display()),
            )
            .because(&error)
        });
    }
    let demo = make(service).await?;
    keep(&demo, service.home())?;
    Ok(demo)
}

/// Writes the file again, for its owner only.
pub(super) fn keep(demo: &Demo, home: &Path) -> Result<(), Failure> {
    let file = home.join("demo.json");
    let text = serde_json::to_string_pretty(demo).map_err(|error| {
        Failure::new("CannotWrite", "cannot write the demonstration as JSON").because(&error)
    })?;
    keep_private(&file, &text).map_err(|error| {
        Failure::new("CannotWrite", format!("cannot write {}", file.display())).because(&error)
    })
}

fn failed(error: &AccessError) -> Failure {
    Failure::new(
        "CannotPrepareDemo",
        "cannot fill the home with a demonstration",
    )
    .because(error)
    .help("a demonstration needs an empty home: choose another folder with --home DIR")
}

fn password() -> String {
    let mut bytes = [0; 15];
    SystemSecrets.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn make(service: &Service) -> Result<Demo, Failure> {
    let (email, secret) = ("platform-admin@demo.example", password());
    service
        .access
        .bootstrap(email, &secret)
        .await
        .map_err(|error| failed(&error))?;
    let administrator = signed_in(service, email, &secret).await?;
    let mut users = vec![demo_user(service, email, secret, Role::PlatformAdmin).await?];
    for role in OF_THE_PLATFORM.into_iter().skip(1) {
        let user = new_user(TenantId::LOCAL, "demo", role);
        users.push(create(service, &administrator, user, role).await?);
    }
    let mut tenants = vec![DemoTenant {
        id: TenantId::LOCAL,
        slug: "main".to_owned(),
        users,
    }];
    for (slug, name) in TENANTS {
        tenants.push(tenant(service, &administrator, slug, name).await?);
    }
    Ok(Demo {
        url: String::new(),
        tenants,
    })
}

async fn tenant(
    service: &Service,
    administrator: &Principal,
    slug: &str,
    name: &str,
) -> Result<DemoTenant, Failure> {
    let first = new_user(TenantId::LOCAL, slug, Role::TenantAdmin);
    let (email, secret) = (
        first.email.clone(),
        first.password.clone().unwrap_or_default(),
    );
    let new = NewTenant {
        name: name.to_owned(),
        slug: slug.to_owned(),
        administrator: NewUser {
            tenant: None,
            ..first
        },
    };
    let (tenant, _) = service
        .access
        .create_tenant(administrator, new)
        .await
        .map_err(|error| failed(&error))?;
    let own = signed_in(service, &email, &secret).await?;
    let mut users = vec![demo_user(service, &email, secret, Role::TenantAdmin).await?];
    for role in OF_A_TENANT.into_iter().skip(1) {
        users.push(create(service, &own, new_user(tenant.id, slug, role), role).await?);
    }
    packages(service, &own).await?;
    Ok(DemoTenant {
        id: tenant.id,
        slug: slug.to_owned(),
        users,
    })
}

fn new_user(tenant: TenantId, domain: &str, role: Role) -> NewUser {
    NewUser {
        tenant: Some(tenant),
        email: format!("{}@{domain}.example", role.as_str()),
        name: role.as_str().to_owned(),
        roles: BTreeSet::from([role]),
        password: Some(password()),
    }
}

async fn create(
    service: &Service,
    by: &Principal,
    user: NewUser,
    role: Role,
) -> Result<DemoUser, Failure> {
    let (email, secret) = (
        user.email.clone(),
        user.password.clone().unwrap_or_default(),
    );
    service
        .access
        .create_user(by, user)
        .await
        .map_err(|error| failed(&error))?;
    demo_user(service, &email, secret, role).await
}

async fn demo_user(
    service: &Service,
    email: &str,
    password: String,
    role: Role,
) -> Result<DemoUser, Failure> {
    let principal = signed_in(service, email, &password).await?;
    let new = NewToken {
        name: "demonstration".to_owned(),
        permissions: None,
        expires_at: None,
        service: false,
    };
    let issued = service
        .access
        .create_token(&principal, new)
        .await
        .map_err(|error| failed(&error))?;
    Ok(DemoUser {
        email: email.to_owned(),
        password,
        role,
        token: issued.secret,
    })
}

async fn signed_in(service: &Service, email: &str, password: &str) -> Result<Principal, Failure> {
    let client = ClientInfo {
        address: None,
        user_agent: Some("installhub serve --demo".to_owned()),
    };
    service
        .access
        .sign_in(email, password, &client, None)
        .await
        .map(|signed_in| signed_in.principal)
        .map_err(|error| failed(&error))
}

async fn packages(service: &Service, by: &Principal) -> Result<(), Failure> {
    for package in demo_packages::all() {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::new("CannotWrite", "cannot make a temporary folder").because(&error)
        })?;
        let file = package.make(folder.path()).await?;
        let bytes = ReaderStream::new(tokio::fs::File::from_std(file));
        let bytes = bytes.map(|piece| {
            piece.map_err(|error| {
                installhub_package_format::BundleStoreError::Interrupted(Box::new(error))
            })
        });
        service
            .catalog
            .upload_package(by, bytes.boxed(), None)
            .await
            .map_err(|error| Failure::from_error("CannotPrepareDemo", &error))?;
    }
    Ok(())
}
