//! Nothing of one tenant is there for another one.

use installhub_access::ports::TokenFilter;
use installhub_access::{AccessError, Permission, Role, UserChange, UserFilter};
use installhub_kernel::{PageRequest, TenantId};

use crate::world::{EMAIL, World, scope_of};

tests!(
    on_both_engines: [
        another_tenants_users_and_tokens_are_not_there,
        repositories_answer_their_tenant_only,
    ],
    on_sqlite: [],
);

async fn another_tenants_users_and_tokens_are_not_there(world: World) {
    let platform = world.administrator().await;
    world.tenant(&platform, "acme", "admin@acme.example").await;
    let acme = world.sign_in("admin@acme.example").await.principal;
    let ben = world
        .somebody(&platform, "ben@example.com", &[Role::Viewer])
        .await;
    let token = world.token(&ben, &[Permission::ArtifactRead]).await.token;
    let user = ben.user().expect("ben is a person");
    let access = &world.access;
    let answers = [
        access.user(&acme, user).await.map(drop),
        access
            .change_user(&acme, user, None, UserChange::default())
            .await
            .map(drop),
        access.delete_user(&acme, user, None).await,
        access.token(&acme, token.id).await.map(drop),
        access.revoke_token(&acme, token.id).await.map(drop),
        access.rotate_token(&acme, token.id).await.map(drop),
        access
            .revoke_session(&acme, ben.session().expect("ben has signed in"))
            .await,
    ];
    for answer in answers {
        assert!(
            matches!(answer, Err(AccessError::NotFound { .. })),
            "{answer:?}"
        );
    }
    let elsewhere = UserFilter {
        tenant: Some(TenantId::LOCAL),
        ..UserFilter::default()
    };
    let refused = access
        .users(&acme, &elsewhere, PageRequest::first(10))
        .await;
    assert!(
        matches!(refused, Err(AccessError::NotFound { .. })),
        "{refused:?}"
    );
    let own = access
        .users(&acme, &UserFilter::default(), PageRequest::first(10))
        .await;
    assert_eq!(own.expect("it reads").items.len(), 1);
    // The platform's administrator reaches all of them.
    assert_eq!(
        access
            .user(&platform, acme.user().expect("a person"))
            .await
            .expect("it is there")
            .tenant,
        acme.tenant()
    );
    let elsewhere = UserFilter {
        tenant: Some(acme.tenant()),
        ..UserFilter::default()
    };
    let theirs = access
        .users(&platform, &elsewhere, PageRequest::first(10))
        .await;
    assert_eq!(theirs.expect("it reads").items.len(), 1);
}

async fn repositories_answer_their_tenant_only(world: World) {
    let platform = world.administrator().await;
    let (acme, _) = world.tenant(&platform, "acme", "admin@acme.example").await;
    let token = world
        .token(&platform, &[Permission::ArtifactRead])
        .await
        .token;
    let there = scope_of(acme.id);
    let anna = platform.user().expect("anna is a person");
    let session = platform.session().expect("anna has signed in");
    let mut unit = world.access.store.begin(&there).await.expect("it begins");
    let user = unit.users().find(&there, anna).await;
    assert_eq!(user.expect("it reads"), None);
    let found = unit.users().password_hash(&there, anna).await;
    assert_eq!(found.expect("it reads"), None);
    let found = unit.sessions().open(&there, session).await;
    assert_eq!(found.expect("it reads"), None);
    let found = unit.tokens().find(&there, token.id).await;
    assert_eq!(found.expect("it reads"), None);
    let list = unit
        .tokens()
        .list(&there, TokenFilter::All, PageRequest::first(10))
        .await;
    assert_eq!(list.expect("it reads").items, []);
    let removed = unit.sessions().remove(&there, anna, session).await;
    assert!(!removed.expect("it writes"));
    let removed = unit.sessions().remove_all(&there, anna, None).await;
    assert_eq!(removed.expect("it writes"), 0);
    unit.users()
        .set_password_hash(&there, anna, "none")
        .await
        .expect("it changes no row");
    unit.commit().await.expect("it commits");
    assert_eq!(
        world
            .access
            .sessions(&platform)
            .await
            .expect("it reads")
            .len(),
        1
    );
    world.sign_in(EMAIL).await;
}
