//! Tokens: what they may, for how long, and who may hand them out.

use installhub_access::{AccessError, NewToken, Permission, Role, UserChange};
use installhub_kernel::{ActorKind, PageRequest, TenantId};

use crate::world::{World, codes, roles};

tests!(
    on_both_engines: [
        a_rotated_token_has_one_secret,
        own_tokens_are_seen_by_their_owner_and_by_administrators,
    ],
    on_sqlite: [
        a_token_does_what_its_owner_may_narrowed,
        a_token_gives_no_more_than_it_has,
        a_token_ends_and_can_be_revoked,
        rotating_gives_nobody_more_than_they_have,
        a_service_token_belongs_to_the_tenant,
        what_is_wrong_with_a_new_token_is_said,
        tokens_of_people_of_the_platform_are_revoked_by_the_platform,
        last_use_is_noted_by_the_minute,
    ],
);

async fn a_token_does_what_its_owner_may_narrowed(world: World) {
    let admin = world.administrator().await;
    let ben = world
        .somebody(&admin, "ben@example.com", &[Role::Creator])
        .await;
    let token = world
        .token(&ben, &[Permission::ArtifactRead, Permission::ArtifactWrite])
        .await;
    let program = world.by_token(&token.secret).await.expect("it is fresh");
    assert_eq!(program.actor_kind(), ActorKind::Token);
    assert_eq!(program.actor().as_str(), "ben@example.com");
    assert!(program.scope_for(Permission::ArtifactWrite).is_ok());
    assert!(program.scope_for(Permission::ExportRun).is_err());
    // What its owner loses it loses too.
    let demote = UserChange {
        roles: Some(roles(&[Role::Viewer])),
        ..UserChange::default()
    };
    let id = ben.user().expect("ben is a person");
    world
        .access
        .change_user(&admin, id, None, demote)
        .await
        .expect("an administrator may");
    let program = world.by_token(&token.secret).await.expect("it goes on");
    assert!(program.scope_for(Permission::ArtifactRead).is_ok());
    assert!(program.scope_for(Permission::ArtifactWrite).is_err());
    world
        .access
        .delete_user(&admin, id, None)
        .await
        .expect("an administrator may");
    assert!(world.by_token(&token.secret).await.is_err());
}

async fn a_token_gives_no_more_than_it_has(world: World) {
    let admin = world.administrator().await;
    let narrow = [Permission::TokenManageOwn, Permission::ArtifactRead];
    let token = world.token(&admin, &narrow).await;
    let program = world.by_token(&token.secret).await.expect("it is fresh");
    let ask = |permissions: Option<Vec<Permission>>| NewToken {
        name: "child".to_owned(),
        permissions,
        ..NewToken::default()
    };
    let more = world
        .access
        .create_token(&program, ask(Some(vec![Permission::ArtifactWrite])))
        .await;
    assert!(
        matches!(more, Err(AccessError::Denied(denied)) if denied.permission == Permission::ArtifactWrite)
    );
    let all = world
        .access
        .create_token(&program, ask(None))
        .await
        .expect("all that it has");
    assert_eq!(all.token.permissions, narrow.into_iter().collect());
    assert!(all.token.expires_at <= token.token.expires_at);
    let longer = NewToken {
        expires_at: Some(token.token.expires_at + chrono::TimeDelta::seconds(1)),
        ..ask(None)
    };
    assert_eq!(
        codes(world.access.create_token(&program, longer).await),
        ["tooLate"]
    );
    let service = NewToken {
        service: true,
        ..ask(Some(vec![Permission::ArtifactRead]))
    };
    let service = world.access.create_token(&program, service).await;
    assert!(
        matches!(service, Err(AccessError::Denied(_))),
        "{service:?}"
    );
    // A viewer has no rights to hand out either.
    let viewer = world
        .somebody(&admin, "vera@example.com", &[Role::Viewer])
        .await;
    let more = world
        .access
        .create_token(&viewer, ask(Some(vec![Permission::PlatformTenantManage])))
        .await;
    assert!(matches!(more, Err(AccessError::Denied(_))), "{more:?}");
}

async fn a_token_ends_and_can_be_revoked(world: World) {
    let admin = world.administrator().await;
    let (short, long) = (
        world.token(&admin, &[Permission::ArtifactRead]).await,
        world.token(&admin, &[Permission::ArtifactRead]).await,
    );
    world.wait(90 * 24 * 60);
    let expired = world.by_token(&short.secret).await;
    assert!(matches!(expired, Err(AccessError::Expired)), "{expired:?}");
    let admin = world.sign_in(crate::world::EMAIL).await.principal;
    let fresh = world.token(&admin, &[Permission::ArtifactRead]).await;
    let revoked = world
        .access
        .revoke_token(&admin, fresh.token.id)
        .await
        .expect("it is there");
    assert_eq!(revoked.revision, 2);
    let again = world
        .access
        .revoke_token(&admin, fresh.token.id)
        .await
        .expect("it is there");
    assert_eq!(again, revoked);
    for secret in [&fresh.secret] {
        let refused = world.by_token(secret).await;
        assert!(
            matches!(refused, Err(AccessError::WrongCredentials)),
            "{refused:?}"
        );
    }
    let rotated = world.access.rotate_token(&admin, long.token.id).await;
    assert!(
        matches!(rotated, Err(AccessError::Conflict(_))),
        "{rotated:?}"
    );
    let events = world.events(TenantId::LOCAL).await;
    let count = |action: &str| events.iter().filter(|event| event.action == action).count();
    assert_eq!((count("token.created"), count("token.revoked")), (3, 1));
    for event in &events {
        assert!(!format!("{event:?}").contains("ihub_"), "{event:?}");
    }
}

async fn a_rotated_token_has_one_secret(world: World) {
    let admin = world.administrator().await;
    let old = world.token(&admin, &[Permission::ArtifactRead]).await;
    let new = world
        .access
        .rotate_token(&admin, old.token.id)
        .await
        .expect("it is there");
    assert_ne!(new.secret, old.secret);
    assert_eq!(new.token.expires_at, old.token.expires_at);
    assert!(world.by_token(&old.secret).await.is_err());
    assert!(world.by_token(&new.secret).await.is_ok());
    assert!(
        world
            .actions(TenantId::LOCAL)
            .await
            .contains(&"token.rotated".to_owned())
    );
}

async fn rotating_gives_nobody_more_than_they_have(world: World) {
    let admin = world.administrator().await;
    let wide = world
        .token(
            &admin,
            &[Permission::TokenManageOwn, Permission::ArtifactWrite],
        )
        .await;
    let narrow = world.token(&admin, &[Permission::TokenManageOwn]).await;
    let program = world.by_token(&narrow.secret).await.expect("it is fresh");
    let refused = world.access.rotate_token(&program, wide.token.id).await;
    assert!(
        matches!(refused, Err(AccessError::Denied(_))),
        "{refused:?}"
    );
    assert!(world.by_token(&wide.secret).await.is_ok());
    assert!(
        world
            .access
            .rotate_token(&program, narrow.token.id)
            .await
            .is_ok()
    );
    // An administrator revokes, but does not take over.
    let ben = world
        .somebody(&admin, "ben@example.com", &[Role::Viewer])
        .await;
    let bens = world.token(&ben, &[Permission::ArtifactRead]).await;
    let refused = world.access.rotate_token(&admin, bens.token.id).await;
    assert!(
        matches!(refused, Err(AccessError::Conflict(_))),
        "{refused:?}"
    );
    assert!(
        world
            .access
            .revoke_token(&admin, bens.token.id)
            .await
            .is_ok()
    );
}

async fn a_service_token_belongs_to_the_tenant(world: World) {
    let admin = world.administrator().await;
    let ben = world
        .somebody(&admin, "ben@example.com", &[Role::TenantAdmin])
        .await;
    let new = NewToken {
        name: "nightly export".to_owned(),
        permissions: Some(vec![Permission::ExportRun]),
        service: true,
        ..NewToken::default()
    };
    let issued = world
        .access
        .create_token(&ben, new)
        .await
        .expect("an administrator may");
    let id = ben.user().expect("ben is a person");
    world
        .access
        .delete_user(&admin, id, None)
        .await
        .expect("an administrator may");
    let program = world
        .by_token(&issued.secret)
        .await
        .expect("it outlives its maker");
    assert_eq!(program.actor().as_str(), "nightly export");
    assert_eq!(program.user(), None);
    assert!(program.scope_for(Permission::ExportRun).is_ok());
    assert!(program.scope_for(Permission::ArtifactRead).is_err());
    assert!(
        world
            .access
            .tokens(&program, PageRequest::first(10))
            .await
            .is_err()
    );
}

async fn what_is_wrong_with_a_new_token_is_said(world: World) {
    let admin = world.administrator().await;
    let now = chrono::DateTime::from_timestamp(1_767_225_600, 0).expect("a time");
    let good = NewToken {
        name: "x".to_owned(),
        ..NewToken::default()
    };
    let cases = [
        (
            NewToken {
                name: " ".to_owned(),
                ..good.clone()
            },
            "length",
        ),
        (
            NewToken {
                name: "x".repeat(101),
                ..good.clone()
            },
            "length",
        ),
        (
            NewToken {
                name: "a\nb".to_owned(),
                ..good.clone()
            },
            "control",
        ),
        (
            NewToken {
                expires_at: Some(now),
                ..good.clone()
            },
            "past",
        ),
        (
            NewToken {
                expires_at: Some(now + chrono::TimeDelta::days(400)),
                ..good.clone()
            },
            "tooLate",
        ),
        (
            NewToken {
                permissions: Some(Vec::new()),
                ..good.clone()
            },
            "empty",
        ),
        (
            NewToken {
                service: true,
                ..good.clone()
            },
            "missing",
        ),
        (
            NewToken {
                service: true,
                permissions: Some(vec![Permission::PlatformTenantManage]),
                ..good.clone()
            },
            "platform",
        ),
    ];
    for (new, code) in cases {
        assert_eq!(codes(world.access.create_token(&admin, new).await), [code]);
    }
    assert!(world.access.create_token(&admin, good).await.is_ok());
}

async fn own_tokens_are_seen_by_their_owner_and_by_administrators(world: World) {
    let admin = world.administrator().await;
    let ben = world
        .somebody(&admin, "ben@example.com", &[Role::Creator])
        .await;
    let mine = world.token(&admin, &[Permission::ArtifactRead]).await;
    let bens = world.token(&ben, &[Permission::ArtifactRead]).await;
    let more = world.token(&ben, &[Permission::ArtifactRead]).await;
    let first = world
        .access
        .tokens(&ben, PageRequest::first(1))
        .await
        .expect("it reads");
    assert_eq!(first.items, std::slice::from_ref(&more.token));
    let next = PageRequest {
        limit: 5,
        cursor: first.next_cursor,
    };
    let second = world.access.tokens(&ben, next).await.expect("it reads");
    assert_eq!(second.items, std::slice::from_ref(&bens.token));
    assert_eq!(second.next_cursor, None);
    let all = world
        .access
        .tenant_tokens(&admin, PageRequest::first(10))
        .await
        .expect("it reads");
    assert_eq!(all.items.len(), 3);
    assert!(
        world
            .access
            .tenant_tokens(&ben, PageRequest::first(10))
            .await
            .is_err()
    );
    let hidden = world.access.token(&ben, mine.token.id).await;
    assert!(
        matches!(hidden, Err(AccessError::NotFound { .. })),
        "{hidden:?}"
    );
    let hidden = world.access.revoke_token(&ben, mine.token.id).await;
    assert!(
        matches!(hidden, Err(AccessError::NotFound { .. })),
        "{hidden:?}"
    );
    assert_eq!(
        world
            .access
            .token(&admin, bens.token.id)
            .await
            .expect("it is there"),
        bens.token
    );
}

async fn tokens_of_people_of_the_platform_are_revoked_by_the_platform(world: World) {
    let admin = world.administrator().await;
    let auditor = world
        .somebody(&admin, "aud@example.com", &[Role::Auditor])
        .await;
    let token = world.token(&auditor, &[Permission::AuditRead]).await;
    let tina = world
        .somebody(&admin, "tina@example.com", &[Role::TenantAdmin])
        .await;
    let refused = world.access.revoke_token(&tina, token.token.id).await;
    let Err(AccessError::Denied(denied)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(denied.permission, Permission::PlatformUserManage);
    assert!(world.by_token(&token.secret).await.is_ok());
    let revoked = world.access.revoke_token(&admin, token.token.id).await;
    assert!(revoked.is_ok(), "{revoked:?}");
    assert!(world.by_token(&token.secret).await.is_err());
}

async fn last_use_is_noted_by_the_minute(world: World) {
    let admin = world.administrator().await;
    let token = world.token(&admin, &[Permission::ArtifactRead]).await;
    let last_use = async || {
        let seen = world.access.token(&admin, token.token.id).await;
        seen.expect("it is there").last_used_at
    };
    assert_eq!(last_use().await, None);
    world.by_token(&token.secret).await.expect("it is fresh");
    let first = last_use().await;
    assert!(first.is_some());
    world.by_token(&token.secret).await.expect("it is fresh");
    assert_eq!(last_use().await, first);
    world.wait(1);
    world.by_token(&token.secret).await.expect("it is fresh");
    assert!(last_use().await > first);
}
