//! Signing in by password, and changing it.

use installhub_access::{AccessError, Permission, Role, UserChange, UserStatus};
use installhub_audit_chain::EventOutcome;
use installhub_kernel::TenantId;

use crate::world::{EMAIL, PASSWORD, World, codes};

tests!(
    on_both_engines: [
        unknown_and_wrong_look_the_same_and_are_told,
        a_new_password_ends_the_other_sessions,
    ],
    on_sqlite: [
        a_name_is_the_same_in_every_case,
        a_suspended_user_is_out_at_once,
        somebody_elses_password_can_be_reset,
    ],
);

async fn a_name_is_the_same_in_every_case(world: World) {
    let user = world.bootstrap().await;
    let signed_in = world.sign_in(" ANNA@Example.COM ").await;
    assert_eq!(signed_in.principal.user(), Some(user.id));
    assert_eq!(signed_in.principal.actor().as_str(), EMAIL);
    let seen = world
        .access
        .own_user(&signed_in.principal)
        .await
        .expect("it is there");
    assert!(seen.last_signed_in_at.is_some());
    assert_eq!(seen.revision, 1);
}

async fn unknown_and_wrong_look_the_same_and_are_told(world: World) {
    world.bootstrap().await;
    for (email, password) in [
        (EMAIL, "wrong horse battery"),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
    ] {
        let refused = world.try_sign_in(email, password).await;
        assert!(
            matches!(refused, Err(AccessError::WrongCredentials)),
            "{refused:?}"
        );
    }
    assert_eq!(
        world.actions(TenantId::LOCAL).await,
        ["user.created", "user.signInFailed"]
    );
    let platform = world.events(TenantId::PLATFORM).await;
    assert_eq!(platform.len(), 3);
    for event in platform {
        assert_eq!(event.outcome, EventOutcome::Denied);
        let written = format!("{event:?}");
        assert!(!written.contains("nobody@example.com"), "{written}");
        assert!(!written.contains(PASSWORD), "{written}");
    }
}

async fn a_new_password_ends_the_other_sessions(world: World) {
    world.bootstrap().await;
    let (here, there) = (world.sign_in(EMAIL).await, world.sign_in(EMAIL).await);
    let new = "another horse battery";
    let access = &world.access;
    let wrong = access
        .change_password(&here.principal, "not this one, no", new)
        .await;
    assert!(
        matches!(wrong, Err(AccessError::WrongCredentials)),
        "{wrong:?}"
    );
    let weak = access
        .change_password(&here.principal, PASSWORD, "short")
        .await;
    assert_eq!(codes(weak), ["tooShort"]);
    access
        .change_password(&here.principal, PASSWORD, new)
        .await
        .expect("the old one is right");
    assert!(world.by_cookie(&here.cookie).await.is_ok());
    assert!(world.by_cookie(&there.cookie).await.is_err());
    assert!(world.try_sign_in(EMAIL, PASSWORD).await.is_err());
    assert!(world.try_sign_in(EMAIL, new).await.is_ok());
    let token = world
        .token(&here.principal, &[Permission::TokenManageOwn])
        .await;
    let program = world.by_token(&token.secret).await.expect("it is fresh");
    let refused = access.change_password(&program, new, PASSWORD).await;
    assert!(
        matches!(refused, Err(AccessError::Conflict(_))),
        "{refused:?}"
    );
}

async fn a_suspended_user_is_out_at_once(world: World) {
    let admin = world.administrator().await;
    let ben = world
        .user(&admin, "ben@example.com", &[Role::Creator])
        .await;
    let session = world.sign_in("ben@example.com").await;
    let token = world
        .token(&session.principal, &[Permission::ArtifactRead])
        .await;
    let suspend = UserChange {
        status: Some(UserStatus::Suspended),
        ..UserChange::default()
    };
    let changed = world
        .access
        .change_user(&admin, ben.id, Some(1), suspend)
        .await;
    assert_eq!(changed.expect("it is the newest revision").revision, 2);
    for refused in [
        world.by_cookie(&session.cookie).await,
        world.by_token(&token.secret).await,
        world
            .try_sign_in("ben@example.com", PASSWORD)
            .await
            .map(|it| it.principal),
    ] {
        assert!(
            matches!(refused, Err(AccessError::WrongCredentials)),
            "{refused:?}"
        );
    }
}

async fn somebody_elses_password_can_be_reset(world: World) {
    let admin = world.administrator().await;
    let ben = world
        .user(&admin, "ben@example.com", &[Role::Creator])
        .await;
    let session = world.sign_in("ben@example.com").await;
    let reset = UserChange {
        password: Some("given by the admin".to_owned()),
        ..UserChange::default()
    };
    world
        .access
        .change_user(&admin, ben.id, None, reset)
        .await
        .expect("an administrator may");
    assert!(world.by_cookie(&session.cookie).await.is_err());
    assert!(
        world
            .try_sign_in("ben@example.com", "given by the admin")
            .await
            .is_ok()
    );
    for event in world.events(TenantId::LOCAL).await {
        assert!(!format!("{event:?}").contains("given by"), "{event:?}");
    }
}
