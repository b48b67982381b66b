//! The first administrator.

use installhub_access::{AccessError, Permission, Role};
use installhub_kernel::TenantId;

use crate::world::{EMAIL, PASSWORD, World, codes, roles};

tests!(
    on_both_engines: [
        the_first_administrator_administers_platform_and_first_tenant,
        there_is_one_first_administrator_whoever_tries,
    ],
    on_sqlite: [
        a_weak_password_makes_nobody,
    ],
);

async fn the_first_administrator_administers_platform_and_first_tenant(world: World) {
    let user = world.bootstrap().await;
    assert_eq!(user.tenant, TenantId::LOCAL);
    assert_eq!(user.roles, roles(&[Role::TenantAdmin, Role::PlatformAdmin]));
    let principal = world.sign_in(EMAIL).await.principal;
    assert!(
        principal
            .platform_for(Permission::PlatformTenantManage)
            .is_ok()
    );
    let tenant = world
        .access
        .own_tenant(&principal)
        .await
        .expect("it is there");
    assert_eq!(
        (tenant.name.as_str(), tenant.slug.as_str()),
        ("Main", "main")
    );
    let actions = world.actions(TenantId::LOCAL).await;
    assert_eq!(actions, ["user.created", "user.signedIn"]);
}

async fn there_is_one_first_administrator_whoever_tries(world: World) {
    let (one, other) = tokio::join!(
        world.access.bootstrap("one@example.com", PASSWORD),
        world.access.bootstrap("other@example.com", PASSWORD),
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
    let late = world.access.bootstrap("late@example.com", PASSWORD).await;
    assert!(matches!(late, Err(AccessError::Conflict(_))), "{late:?}");
}

async fn a_weak_password_makes_nobody(world: World) {
    assert_eq!(
        codes(world.access.bootstrap(EMAIL, "short").await),
        ["tooShort"]
    );
    assert_eq!(
        codes(world.access.bootstrap("nobody", "short").await).len(),
        2
    );
    world.bootstrap().await;
}
