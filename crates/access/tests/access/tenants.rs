//! Tenants: made, changed, suspended and resumed.

use installhub_access::{AccessError, NewTenant, Permission, Role, TenantChange, TenantStatus};
use installhub_kernel::{PageRequest, TenantId};

use crate::world::{EMAIL, PASSWORD, World, codes, new_user, roles};

tests!(
    on_both_engines: [
        a_slug_is_one_tenants,
        a_suspended_tenant_is_shut,
    ],
    on_sqlite: [
        a_tenant_comes_with_its_administrator,
        the_platform_cannot_shut_itself_out,
        a_tenant_changes_its_own_record_only,
    ],
);

async fn a_tenant_comes_with_its_administrator(world: World) {
    let platform = world.administrator().await;
    let (tenant, user) = world.tenant(&platform, "acme", "admin@acme.example").await;
    assert_eq!(user.roles, roles(&[Role::TenantAdmin]));
    let admin = world.sign_in("admin@acme.example").await.principal;
    assert_eq!(admin.tenant(), tenant.id);
    assert!(
        admin
            .platform_for(Permission::PlatformTenantManage)
            .is_err()
    );
    assert_eq!(
        world.access.own_tenant(&admin).await.expect("it is there"),
        tenant
    );
    assert_eq!(
        world.actions(tenant.id).await,
        ["user.created", "tenant.created", "user.signedIn"]
    );
    let all = world
        .access
        .tenants(&platform, PageRequest::first(10))
        .await
        .expect("it reads");
    let ids: Vec<_> = all.items.iter().map(|tenant| tenant.id).collect();
    assert_eq!(ids, [tenant.id, TenantId::LOCAL]);
    let page = world
        .access
        .tenants(&platform, PageRequest::first(1))
        .await
        .expect("it reads");
    assert!(page.next_cursor.is_some());
    assert!(
        world
            .access
            .tenants(&admin, PageRequest::first(10))
            .await
            .is_err()
    );
    let bad = NewTenant {
        name: String::new(),
        slug: "A".to_owned(),
        administrator: new_user("nobody", &[]),
    };
    let found = codes(world.access.create_tenant(&platform, bad).await);
    assert_eq!(found, ["length", "notASlug", "notAnAddress"]);
}

async fn a_slug_is_one_tenants(world: World) {
    let platform = world.administrator().await;
    let (acme, _) = world.tenant(&platform, "acme", "admin@acme.example").await;
    let again = NewTenant {
        name: "Other".to_owned(),
        slug: "acme".to_owned(),
        administrator: new_user("other@example.com", &[]),
    };
    let taken = world.access.create_tenant(&platform, again).await;
    assert!(
        matches!(&taken, Err(AccessError::Conflict(text)) if text.contains("'acme'")),
        "{taken:?}"
    );
    // Nothing of it has stayed.
    world.user(&platform, "other@example.com", &[]).await;
    let change = TenantChange {
        slug: Some("main".to_owned()),
        ..TenantChange::default()
    };
    let taken = world
        .access
        .change_tenant(&platform, acme.id, Some(1), change)
        .await;
    assert!(matches!(taken, Err(AccessError::Conflict(_))), "{taken:?}");
}

async fn a_suspended_tenant_is_shut(world: World) {
    let platform = world.administrator().await;
    let (acme, _) = world.tenant(&platform, "acme", "admin@acme.example").await;
    let session = world.sign_in("admin@acme.example").await;
    let token = world
        .token(&session.principal, &[Permission::ArtifactRead])
        .await;
    let access = &world.access;
    let suspended = access.suspend_tenant(&platform, acme.id, Some(1)).await;
    let suspended = suspended.expect("it is the newest");
    assert_eq!(
        (suspended.status, suspended.revision),
        (TenantStatus::Suspended, 2)
    );
    for refused in [
        world.by_cookie(&session.cookie).await,
        world.by_token(&token.secret).await,
        world
            .try_sign_in("admin@acme.example", PASSWORD)
            .await
            .map(|it| it.principal),
    ] {
        assert!(
            matches!(refused, Err(AccessError::WrongCredentials)),
            "{refused:?}"
        );
    }
    let stale = access.resume_tenant(&platform, acme.id, Some(1)).await;
    assert!(matches!(stale, Err(AccessError::Stale { .. })), "{stale:?}");
    access
        .resume_tenant(&platform, acme.id, Some(2))
        .await
        .expect("it is the newest");
    assert!(world.by_cookie(&session.cookie).await.is_ok());
    assert!(world.by_token(&token.secret).await.is_ok());
    let refused = access
        .suspend_tenant(&session.principal, acme.id, None)
        .await;
    assert!(
        matches!(refused, Err(AccessError::Denied(_))),
        "{refused:?}"
    );
}

async fn the_platform_cannot_shut_itself_out(world: World) {
    let platform = world.administrator().await;
    let refused = world
        .access
        .suspend_tenant(&platform, TenantId::LOCAL, None)
        .await;
    assert!(
        matches!(refused, Err(AccessError::Conflict(_))),
        "{refused:?}"
    );
    world.sign_in(EMAIL).await;
}

async fn a_tenant_changes_its_own_record_only(world: World) {
    let platform = world.administrator().await;
    world.tenant(&platform, "acme", "admin@acme.example").await;
    let admin = world.sign_in("admin@acme.example").await.principal;
    let rename = TenantChange {
        name: Some(" Acme Ltd ".to_owned()),
        ..TenantChange::default()
    };
    let changed = world
        .access
        .change_tenant(&admin, admin.tenant(), Some(1), rename.clone())
        .await;
    let changed = changed.expect("it is the newest");
    assert_eq!((changed.name.as_str(), changed.revision), ("Acme Ltd", 2));
    // Nothing new changes nothing.
    let same = world
        .access
        .change_tenant(&admin, admin.tenant(), Some(2), rename.clone())
        .await;
    assert_eq!(same.expect("it is the newest"), changed);
    let other = world
        .access
        .change_tenant(&admin, TenantId::LOCAL, None, rename)
        .await;
    assert!(
        matches!(other, Err(AccessError::NotFound { .. })),
        "{other:?}"
    );
    let other = world.access.tenant(&admin, TenantId::LOCAL).await;
    assert!(
        matches!(other, Err(AccessError::NotFound { .. })),
        "{other:?}"
    );
}
