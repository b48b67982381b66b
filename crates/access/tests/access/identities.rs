//! Signing in by an identity provider.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use installhub_access::{
    AccessError, AuthorizationStart, Identity, IdentityError, IdentityProvider, Newcomers,
    OidcSignedIn, Role,
};
use installhub_kernel::TenantId;

use crate::world::{EMAIL, World, client, roles};

tests!(
    on_both_engines: [
        a_verified_address_links_and_the_subject_stays,
        an_identity_of_a_deleted_user_goes_to_the_next,
    ],
    on_sqlite: [
        a_beginning_has_one_end_in_one_browser,
        strangers_are_refused_or_become_viewers,
    ],
);

/// Knows one person and checks what it gave out.
#[derive(Default)]
struct Provider {
    begun: AtomicU32,
    person: Mutex<Option<Identity>>,
}

impl Provider {
    fn knows(&self, subject: &str, email: &str, email_verified: bool) {
        *self.person.lock().expect("nobody panicked") = Some(Identity {
            issuer: "https://login.example".to_owned(),
            subject: subject.to_owned(),
            email: Some(email.to_owned()),
            email_verified,
            name: Some("Somebody".to_owned()),
        });
    }
}

#[async_trait::async_trait]
impl IdentityProvider for Provider {
    fn name(&self) -> &'static str {
        "Example login"
    }

    async fn authorization(&self) -> Result<AuthorizationStart, IdentityError> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        Ok(AuthorizationStart {
            url: format!("https://login.example/?state=state{number}"),
            state: format!("state{number}"),
            nonce: format!("nonce{number}"),
            pkce_verifier: format!("verifier{number}"),
        })
    }

    async fn exchange(
        &self,
        code: &str,
        start: &AuthorizationStart,
    ) -> Result<Identity, IdentityError> {
        let number = start.state.trim_start_matches("state");
        assert_eq!(start.nonce, format!("nonce{number}"));
        assert_eq!(start.pkce_verifier, format!("verifier{number}"));
        let person = self.person.lock().expect("nobody panicked").clone();
        person
            .filter(|_| code == "code")
            .ok_or_else(|| IdentityError::Rejected("the code is unknown".to_owned()))
    }
}

fn provided(world: &mut World) -> Arc<Provider> {
    let provider = Arc::new(Provider::default());
    world.with_provider(Arc::clone(&provider) as _);
    provider
}

async fn through(world: &World) -> Result<OidcSignedIn, AccessError> {
    let start = world
        .access
        .begin_oidc("/packages")
        .await
        .expect("it begins");
    let state = start.state_cookie;
    let from = client("192.0.2.1");
    world
        .access
        .finish_oidc("code", &state, &state, &from, None)
        .await
}

fn unknown(result: &Result<OidcSignedIn, AccessError>) {
    assert!(
        matches!(
            result,
            Err(AccessError::Identity(IdentityError::UnknownPerson))
        ),
        "{result:?}"
    );
}

async fn a_verified_address_links_and_the_subject_stays(mut world: World) {
    let provider = provided(&mut world);
    let anna = world.bootstrap().await;
    provider.knows("4711", "ANNA@example.com", false);
    unknown(&through(&world).await);
    provider.knows("4711", "ANNA@example.com", true);
    let first = through(&world).await.expect("the address is verified");
    assert_eq!(first.return_to, "/packages");
    assert_eq!(first.signed_in.principal.user(), Some(anna.id));
    assert!(world.by_cookie(&first.signed_in.cookie).await.is_ok());
    // From now on the address does not matter any more.
    provider.knows("4711", "renamed@example.com", false);
    let second = through(&world).await.expect("the subject is known");
    assert_eq!(second.signed_in.principal.user(), Some(anna.id));
    let actions = world.actions(TenantId::LOCAL).await;
    assert_eq!(
        actions,
        [
            "user.created",
            "user.identityLinked",
            "user.signedIn",
            "user.signedIn"
        ]
    );
}

async fn a_beginning_has_one_end_in_one_browser(mut world: World) {
    assert!(matches!(
        world.access.begin_oidc("/").await,
        Err(AccessError::Identity(IdentityError::NotConfigured))
    ));
    let provider = provided(&mut world);
    world.bootstrap().await;
    provider.knows("4711", EMAIL, true);
    let from = client("192.0.2.1");
    let begin = async || {
        let start = world.access.begin_oidc("/").await.expect("it begins");
        start.state_cookie
    };
    let refused = |answer: Result<OidcSignedIn, AccessError>| {
        assert!(
            matches!(
                answer,
                Err(AccessError::Identity(IdentityError::UnknownStart))
            ),
            "{answer:?}"
        );
    };
    let access = &world.access;
    let (one, other) = (begin().await, begin().await);
    refused(access.finish_oidc("code", &one, &other, &from, None).await);
    refused(
        access
            .finish_oidc("code", "state9", "state9", &from, None)
            .await,
    );
    refused(access.finish_oidc("code", "", "", &from, None).await);
    assert!(
        access
            .finish_oidc("code", &one, &one, &from, None)
            .await
            .is_ok()
    );
    refused(access.finish_oidc("code", &one, &one, &from, None).await);
    // A code that is refused has used up its beginning too.
    let wrong = access
        .finish_oidc("guess", &other, &other, &from, None)
        .await;
    assert!(
        matches!(
            wrong,
            Err(AccessError::Identity(IdentityError::Rejected(_)))
        ),
        "{wrong:?}"
    );
    refused(
        access
            .finish_oidc("code", &other, &other, &from, None)
            .await,
    );
    let late = begin().await;
    world.wait(11);
    refused(access.finish_oidc("code", &late, &late, &from, None).await);
    begin().await;
    world.wait(11);
    assert_eq!(access.sweep().await.expect("it sweeps").sign_in_starts, 1);
    for elsewhere in ["https://evil.example/", "//evil.example", ""] {
        let refused = access.begin_oidc(elsewhere).await;
        assert!(
            matches!(refused, Err(AccessError::Invalid(_))),
            "{refused:?}"
        );
    }
}

async fn strangers_are_refused_or_become_viewers(mut world: World) {
    let provider = provided(&mut world);
    world.bootstrap().await;
    provider.knows("1", "stranger@example.com", true);
    unknown(&through(&world).await);
    world.access.settings.newcomers = Newcomers::BecomeViewers(TenantId::LOCAL);
    let welcome = through(&world).await.expect("newcomers are welcome");
    assert_eq!(welcome.signed_in.principal.roles(), &roles(&[Role::Viewer]));
    provider.knows("2", "unverified@example.com", false);
    unknown(&through(&world).await);
}

async fn an_identity_of_a_deleted_user_goes_to_the_next(mut world: World) {
    let provider = provided(&mut world);
    let admin = world.administrator().await;
    let ben = world.user(&admin, "ben@example.com", &[Role::Viewer]).await;
    provider.knows("7", "ben@example.com", true);
    through(&world).await.expect("the address is verified");
    world
        .access
        .delete_user(&admin, ben.id, None)
        .await
        .expect("an administrator may");
    unknown(&through(&world).await);
    let next = world.user(&admin, "ben@example.com", &[Role::Viewer]).await;
    let signed_in = through(&world).await.expect("the address is verified");
    assert_eq!(signed_in.signed_in.principal.user(), Some(next.id));
}
