//! People who have signed in.

use std::sync::Arc;

use installhub_access::{
    Access, AccessSettings, ClientInfo, NewTenant, NewToken, NewUser, PasswordHasher, Principal,
    Role, SystemSecrets,
};
use installhub_database_sea_orm::Store;
use installhub_kernel::{TenantId, TokenId};
use installhub_test_support::{CountingIds, SteppingClock};

const PASSWORD: &str = "a long enough pass phrase 7";

pub(crate) fn access(store: &Store) -> Access {
    let random = Arc::new(SystemSecrets);
    Access {
        store: Arc::new(store.clone()),
        clock: Arc::new(SteppingClock::new()),
        ids: Arc::new(CountingIds::new()),
        random: random.clone(),
        passwords: PasswordHasher::new(random, 2),
        identity: None,
        settings: AccessSettings::default(),
    }
}

fn user(email: &str, roles: &[Role]) -> NewUser {
    NewUser {
        tenant: None,
        email: email.to_owned(),
        name: email.to_owned(),
        roles: roles.iter().copied().collect(),
        password: Some(PASSWORD.to_owned()),
    }
}

async fn sign_in(access: &Access, email: &str) -> Principal {
    let client = ClientInfo {
        address: None,
        user_agent: None,
    };
    let signed_in = access.sign_in(email, PASSWORD, &client, None).await;
    signed_in.expect("the password is right").principal
}

/// Two people who administer the platform, the first one the first tenant as well.
pub(crate) async fn administrators(access: &Access) -> [Principal; 2] {
    let (one, other) = ("root@example.test", "rita@example.test");
    access
        .bootstrap(one, PASSWORD)
        .await
        .expect("nobody is there");
    let root = sign_in(access, one).await;
    let rita = user(other, &[Role::PlatformAdmin, Role::TenantAdmin]);
    access.create_user(&root, rita).await.expect("she is new");
    [root, sign_in(access, other).await]
}

/// Another tenant, and who administers it.
pub(crate) async fn other_tenant(access: &Access, root: &Principal) -> (TenantId, Principal) {
    let email = "olga@example.test";
    let new = NewTenant {
        name: "Other".to_owned(),
        slug: "other".to_owned(),
        administrator: user(email, &[]),
    };
    let (tenant, _) = access.create_tenant(root, new).await.expect("it is new");
    (tenant.id, sign_in(access, email).await)
}

/// Somebody who sees the tenant of `root` and has a token.
pub(crate) async fn viewer_with_token(
    access: &Access,
    root: &Principal,
    email: &str,
) -> (Principal, TokenId) {
    let new = user(email, &[Role::Viewer]);
    access.create_user(root, new).await.expect("they are new");
    let principal = sign_in(access, email).await;
    let token = NewToken {
        name: email.to_owned(),
        permissions: None,
        expires_at: None,
        service: false,
    };
    let issued = access.create_token(&principal, token).await;
    (principal, issued.expect("they may").token.id)
}
