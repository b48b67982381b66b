//! What opens the door, and what does not any more.

use installhub_access::{AccessError, Credential, Permission, Role, UserChange};
use installhub_kernel::{RequestId, TenantId};
use uuid::Uuid;

use crate::world::{EMAIL, World, roles};

tests!(
    on_both_engines: [
        sessions_end_by_themselves,
        sessions_end_when_told,
    ],
    on_sqlite: [
        an_altered_secret_opens_nothing,
        what_changes_something_needs_the_csrf_token,
        a_session_of_somebody_else_is_out_of_reach,
        roles_count_from_the_next_request_on,
        the_request_stands_in_the_events,
    ],
);

fn is_wrong<T>(result: &Result<T, AccessError>) -> bool {
    matches!(result, Err(AccessError::WrongCredentials))
}

/// The text with the character at `place` exchanged for another one of the alphabet.
fn altered(text: &str, place: usize) -> String {
    text.char_indices()
        .map(|(at, c)| match c {
            'A' if at == place => 'B',
            _ if at == place => 'A',
            c => c,
        })
        .collect()
}

async fn an_altered_secret_opens_nothing(world: World) {
    world.bootstrap().await;
    let session = world.sign_in(EMAIL).await;
    let token = world
        .token(&session.principal, &[Permission::ArtifactRead])
        .await;
    let (other, _) = world
        .tenant(&session.principal, "acme", "admin@acme.example")
        .await;
    for place in 0..session.cookie.len() {
        let answer = world.by_cookie(&altered(&session.cookie, place)).await;
        assert!(is_wrong(&answer), "{place}: {answer:?}");
    }
    for place in 0..token.secret.len() {
        let answer = world.by_token(&altered(&token.secret, place)).await;
        assert!(is_wrong(&answer), "{place}: {answer:?}");
    }
    for bad in [
        "",
        "ihub_",
        &session.cookie,
        &format!("{}A", token.secret),
        &other.id.to_string(),
    ] {
        assert!(is_wrong(&world.by_token(bad).await), "{bad}");
    }
    for bad in ["", "x", &token.secret] {
        assert!(is_wrong(&world.by_cookie(bad).await), "{bad}");
    }
    assert!(world.by_cookie(&session.cookie).await.is_ok());
    assert!(world.by_token(&token.secret).await.is_ok());
}

async fn what_changes_something_needs_the_csrf_token(world: World) {
    world.bootstrap().await;
    let (mine, other) = (world.sign_in(EMAIL).await, world.sign_in(EMAIL).await);
    for (csrf, needs_csrf, opens) in [
        (None, false, true),
        (None, true, false),
        (Some(""), true, false),
        (Some(other.csrf.as_str()), true, false),
        (Some(mine.cookie.as_str()), true, false),
        (Some(mine.csrf.as_str()), true, true),
    ] {
        let credential = Credential::Session {
            cookie: &mine.cookie,
            csrf,
            needs_csrf,
        };
        match world.access.authenticate(credential, None).await {
            Ok(_) => assert!(opens, "{csrf:?}"),
            Err(AccessError::Csrf) => assert!(!opens, "{csrf:?}"),
            Err(other) => panic!("{other}"),
        }
    }
}

async fn sessions_end_by_themselves(world: World) {
    world.bootstrap().await;
    let unused = world.sign_in(EMAIL).await;
    world.wait(12 * 60 + 1);
    let answer = world.by_cookie(&unused.cookie).await;
    assert!(matches!(answer, Err(AccessError::Expired)), "{answer:?}");
    let used = world.sign_in(EMAIL).await;
    for _ in 0..71 {
        world.wait(10 * 60);
        let answer = world.by_cookie(&used.cookie).await;
        assert!(answer.is_ok(), "{answer:?}");
    }
    world.wait(11 * 60);
    let answer = world.by_cookie(&used.cookie).await;
    assert!(matches!(answer, Err(AccessError::Expired)), "{answer:?}");
    let swept = world.access.sweep().await.expect("it sweeps");
    assert_eq!(swept.sessions, 2);
    assert!(is_wrong(&world.by_cookie(&used.cookie).await));
}

async fn sessions_end_when_told(world: World) {
    world.bootstrap().await;
    let (here, there) = (world.sign_in(EMAIL).await, world.sign_in(EMAIL).await);
    let sessions = world
        .access
        .sessions(&here.principal)
        .await
        .expect("it reads");
    let ids: Vec<_> = sessions.iter().map(|session| Some(session.id)).collect();
    assert_eq!(ids, [there.principal.session(), here.principal.session()]);
    assert_eq!(sessions[0].address.as_deref(), Some("192.0.2.1"));
    let there_id = sessions[0].id;
    world
        .access
        .revoke_session(&here.principal, there_id)
        .await
        .expect("it is there");
    assert!(is_wrong(&world.by_cookie(&there.cookie).await));
    let again = world.access.revoke_session(&here.principal, there_id).await;
    assert!(
        matches!(again, Err(AccessError::NotFound { .. })),
        "{again:?}"
    );
    world
        .access
        .sign_out(&here.principal)
        .await
        .expect("it signs out");
    world
        .access
        .sign_out(&here.principal)
        .await
        .expect("it changes nothing");
    assert!(is_wrong(&world.by_cookie(&here.cookie).await));
    let actions = world.actions(TenantId::LOCAL).await;
    assert_eq!(actions[3..], ["session.revoked", "user.signedOut"]);
}

async fn a_session_of_somebody_else_is_out_of_reach(world: World) {
    let admin = world.administrator().await;
    let ben = world
        .somebody(&admin, "ben@example.com", &[Role::TenantAdmin])
        .await;
    let id = ben.session().expect("ben has signed in");
    let refused = world.access.revoke_session(&admin, id).await;
    assert!(
        matches!(refused, Err(AccessError::NotFound { .. })),
        "{refused:?}"
    );
    assert_eq!(
        world.access.sessions(&admin).await.expect("it reads").len(),
        1
    );
}

async fn roles_count_from_the_next_request_on(world: World) {
    let admin = world.administrator().await;
    let ben = world.user(&admin, "ben@example.com", &[Role::Viewer]).await;
    let session = world.sign_in("ben@example.com").await;
    assert!(
        session
            .principal
            .scope_for(Permission::ArtifactWrite)
            .is_err()
    );
    let promote = UserChange {
        roles: Some(roles(&[Role::Creator])),
        ..UserChange::default()
    };
    world
        .access
        .change_user(&admin, ben.id, Some(1), promote)
        .await
        .expect("it is the newest");
    let now = world
        .by_cookie(&session.cookie)
        .await
        .expect("the session goes on");
    assert!(now.scope_for(Permission::ArtifactWrite).is_ok());
}

async fn the_request_stands_in_the_events(world: World) {
    world.bootstrap().await;
    let request = RequestId::from_uuid(Uuid::from_u128(77));
    let session = world.sign_in(EMAIL).await;
    let credential = Credential::Session {
        cookie: &session.cookie,
        csrf: None,
        needs_csrf: false,
    };
    let principal = world
        .access
        .authenticate(credential, Some(request))
        .await
        .expect("it is fresh");
    world
        .access
        .sign_out(&principal)
        .await
        .expect("it signs out");
    let events = world.events(TenantId::LOCAL).await;
    let last = events.last().expect("there are some");
    assert_eq!(last.request, Some(request));
    assert_eq!(last.actor.as_str(), EMAIL);
}
