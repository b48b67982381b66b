//! Users: who may make and change whom, and who has to stay.

use installhub_access::{
    AccessError, NewUser, Permission, Role, UserChange, UserFilter, UserStatus,
};
use installhub_kernel::{PageRequest, TenantId};

use crate::world::{EMAIL, World, codes, new_user, roles};

tests!(
    on_both_engines: [
        an_address_is_one_users_in_all_tenants_and_free_after_deletion,
        two_administrators_cannot_remove_each_other_at_once,
        users_are_listed_and_found,
    ],
    on_sqlite: [
        a_stale_change_is_refused,
        nobody_makes_anybody_more_than_they_are,
        the_last_administrators_stay,
        what_is_wrong_with_a_new_user_is_said,
    ],
);

fn change_roles(to: &[Role]) -> UserChange {
    UserChange {
        roles: Some(roles(to)),
        ..UserChange::default()
    }
}

async fn an_address_is_one_users_in_all_tenants_and_free_after_deletion(world: World) {
    let admin = world.administrator().await;
    let ben = world.user(&admin, "ben@example.com", &[Role::Viewer]).await;
    let (_, acme) = world.tenant(&admin, "acme", "admin@acme.example").await;
    let theirs = world.sign_in(acme.email.as_str()).await.principal;
    for by in [&admin, &theirs] {
        let taken = world
            .access
            .create_user(by, new_user("BEN@example.com", &[]))
            .await;
        assert!(
            matches!(&taken, Err(AccessError::Conflict(text)) if text.contains("in use")),
            "{taken:?}"
        );
    }
    world
        .access
        .delete_user(&admin, ben.id, Some(1))
        .await
        .expect("it is the newest");
    let gone = world.access.user(&admin, ben.id).await;
    assert!(
        matches!(gone, Err(AccessError::NotFound { .. })),
        "{gone:?}"
    );
    assert!(
        world
            .try_sign_in("ben@example.com", crate::world::PASSWORD)
            .await
            .is_err()
    );
    let again = world
        .user(&theirs, "ben@example.com", &[Role::Viewer])
        .await;
    assert_eq!(again.tenant, theirs.tenant());
    world.sign_in("ben@example.com").await;
}

async fn a_stale_change_is_refused(world: World) {
    let admin = world.administrator().await;
    let ben = world.user(&admin, "ben@example.com", &[Role::Viewer]).await;
    let changed = world
        .access
        .change_user(&admin, ben.id, Some(1), change_roles(&[Role::Creator]))
        .await;
    assert_eq!(changed.expect("it is the newest").revision, 2);
    let stale = world
        .access
        .change_user(&admin, ben.id, Some(1), change_roles(&[]))
        .await;
    assert!(
        matches!(
            stale,
            Err(AccessError::Stale {
                expected: 1,
                found: 2
            })
        ),
        "{stale:?}"
    );
    let stale = world.access.delete_user(&admin, ben.id, Some(1)).await;
    assert!(matches!(stale, Err(AccessError::Stale { .. })), "{stale:?}");
    let seen = world
        .access
        .user(&admin, ben.id)
        .await
        .expect("it is there");
    assert_eq!(seen.roles, roles(&[Role::Creator]));
}

async fn nobody_makes_anybody_more_than_they_are(world: World) {
    let first = world.administrator().await;
    let anna = first.user().expect("anna is a person");
    let admin = world
        .somebody(&first, "tom@example.com", &[Role::TenantAdmin])
        .await;
    let tom = admin.user().expect("tom is a person");
    let denied = |result: Result<_, AccessError>| match result {
        Err(AccessError::Denied(denied)) => denied.permission,
        other => panic!("{other:?}"),
    };
    // A tenant's administrator has no roles of the platform to give, and none of its people to change.
    for role in [Role::PlatformAdmin, Role::Reviewer, Role::Auditor] {
        let refused = world
            .access
            .create_user(&admin, new_user("x@example.com", &[role]))
            .await;
        assert_eq!(denied(refused), Permission::PlatformUserManage);
        let refused = world
            .access
            .change_user(&admin, tom, None, change_roles(&[Role::TenantAdmin, role]))
            .await;
        assert_eq!(denied(refused), Permission::PlatformUserManage);
    }
    let reset = UserChange {
        password: Some("mine from now on".to_owned()),
        ..UserChange::default()
    };
    let refused = world
        .access
        .change_user(&admin, anna, None, reset.clone())
        .await;
    assert_eq!(denied(refused), Permission::PlatformUserManage);
    let refused = world.access.delete_user(&admin, anna, None).await;
    assert!(
        matches!(refused, Err(AccessError::Denied(_))),
        "{refused:?}"
    );
    // A token that may manage users gives and touches no more than it holds.
    let token = world.token(&admin, &[Permission::UserManage]).await;
    let program = world.by_token(&token.secret).await.expect("it is fresh");
    let refused = world
        .access
        .create_user(&program, new_user("x@example.com", &[Role::TenantAdmin]))
        .await;
    denied(refused);
    let refused = world.access.change_user(&program, tom, None, reset).await;
    denied(refused);
    let nobody = world
        .access
        .create_user(&program, new_user("x@example.com", &[]))
        .await;
    assert!(nobody.is_ok(), "{nobody:?}");
    // People without the right manage nobody.
    let viewer = world
        .somebody(&first, "vera@example.com", &[Role::Viewer])
        .await;
    let refused = world
        .access
        .create_user(&viewer, new_user("y@example.com", &[]))
        .await;
    assert_eq!(denied(refused), Permission::UserManage);
    assert!(
        world
            .access
            .users(&viewer, &UserFilter::default(), PageRequest::first(5))
            .await
            .is_err()
    );
    // The platform gives its roles, also those that may read a tenant's events.
    let auditor = world
        .access
        .create_user(&first, new_user("o@example.com", &[Role::Auditor]))
        .await;
    assert!(auditor.is_ok(), "{auditor:?}");
}

async fn the_last_administrators_stay(world: World) {
    let first = world.administrator().await;
    let anna = first.user().expect("anna is a person");
    let suspend = UserChange {
        status: Some(UserStatus::Suspended),
        ..UserChange::default()
    };
    let conflict = |result: Result<(), AccessError>| {
        assert!(
            matches!(&result, Err(AccessError::Conflict(text)) if text.contains("last active")),
            "{result:?}"
        );
    };
    for change in [
        change_roles(&[Role::PlatformAdmin]),
        change_roles(&[Role::TenantAdmin]),
        suspend,
    ] {
        conflict(
            world
                .access
                .change_user(&first, anna, None, change)
                .await
                .map(drop),
        );
    }
    conflict(world.access.delete_user(&first, anna, None).await);
    // A suspended administrator is none.
    let tom = world
        .user(
            &first,
            "tom@example.com",
            &[Role::TenantAdmin, Role::PlatformAdmin],
        )
        .await;
    let suspended = UserChange {
        status: Some(UserStatus::Suspended),
        ..UserChange::default()
    };
    world
        .access
        .change_user(&first, tom.id, None, suspended)
        .await
        .expect("another one is left");
    conflict(world.access.delete_user(&first, anna, None).await);
    let resumed = UserChange {
        status: Some(UserStatus::Active),
        ..UserChange::default()
    };
    world
        .access
        .change_user(&first, tom.id, None, resumed)
        .await
        .expect("it is allowed");
    world
        .access
        .delete_user(&first, anna, None)
        .await
        .expect("another one is left");
    let actions = world.actions(TenantId::LOCAL).await;
    assert_eq!(actions.last().map(String::as_str), Some("user.deleted"));
}

async fn two_administrators_cannot_remove_each_other_at_once(world: World) {
    let anna = world.administrator().await;
    let both = [Role::TenantAdmin, Role::PlatformAdmin];
    let tom = world.somebody(&anna, "tom@example.com", &both).await;
    let (one, other) = tokio::join!(
        world
            .access
            .delete_user(&anna, tom.user().expect("a person"), None),
        world
            .access
            .delete_user(&tom, anna.user().expect("a person"), None),
    );
    assert_eq!(
        u8::from(one.is_ok()) + u8::from(other.is_ok()),
        1,
        "{one:?} {other:?}"
    );
}

async fn users_are_listed_and_found(world: World) {
    let admin = world.administrator().await;
    let ben = world
        .user(&admin, "Ben_1@example.com", &[Role::Viewer])
        .await;
    let tom = world
        .user(&admin, "tom@example.com", &[Role::Creator])
        .await;
    let find = async |filter: UserFilter| {
        let page = world
            .access
            .users(&admin, &filter, PageRequest::first(10))
            .await;
        let items = page.expect("it reads").items;
        items
            .into_iter()
            .map(|user| user.email.to_string())
            .collect::<Vec<_>>()
    };
    let (anna, ben, tom) = (EMAIL, ben.email.as_str(), tom.email.as_str());
    assert_eq!(find(UserFilter::default()).await, [tom, ben, anna]);
    let text = |text: &str| UserFilter {
        text: Some(text.to_owned()),
        ..UserFilter::default()
    };
    assert_eq!(find(text("bEN_")).await, [ben]);
    assert_eq!(find(text("_")).await, [ben]);
    assert_eq!(find(text("%")).await, [""; 0]);
    assert_eq!(find(text("example")).await.len(), 3);
    let role = UserFilter {
        role: Some(Role::TenantAdmin),
        ..UserFilter::default()
    };
    assert_eq!(find(role).await, [anna]);
    let status = UserFilter {
        status: Some(UserStatus::Suspended),
        ..UserFilter::default()
    };
    assert_eq!(find(status).await, [""; 0]);
    let page = world
        .access
        .users(&admin, &UserFilter::default(), PageRequest::first(2))
        .await;
    let cursor = page.expect("it reads").next_cursor;
    assert!(cursor.is_some());
    let rest = PageRequest { limit: 2, cursor };
    let rest = world
        .access
        .users(&admin, &UserFilter::default(), rest)
        .await
        .expect("it reads");
    assert_eq!((rest.items.len(), rest.next_cursor), (1, None));
}

async fn what_is_wrong_with_a_new_user_is_said(world: World) {
    let admin = world.administrator().await;
    let bad = NewUser {
        name: String::new(),
        password: Some("short".to_owned()),
        ..new_user("nobody", &[])
    };
    let found = codes(world.access.create_user(&admin, bad).await);
    assert_eq!(found, ["length", "notAnAddress", "tooShort"]);
    let same = NewUser {
        password: Some("BEN@example.com".to_owned()),
        ..new_user("ben@example.com", &[])
    };
    assert_eq!(
        codes(world.access.create_user(&admin, same).await),
        ["isEmail"]
    );
    let nowhere = NewUser {
        tenant: Some(TenantId::PLATFORM),
        ..new_user("ben@example.com", &[])
    };
    let refused = world.access.create_user(&admin, nowhere).await;
    assert!(
        matches!(refused, Err(AccessError::NotFound { .. })),
        "{refused:?}"
    );
}
