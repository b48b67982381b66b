//! Changing connections.

use installhub_connections::{
    Connection, ConnectionChange, ConnectionError, ConnectionKind, NewConnection, SecretChange,
};
use serde_json::{Value, json};

use crate::world::{World, anna, new, postgresql};

on_both_engines!(
    what_is_changed_is_counted_and_told,
    asking_for_what_is_there_changes_nothing,
    an_old_revision_is_refused,
    a_secret_is_not_sent_elsewhere,
    a_name_is_free_again_after_a_deletion,
);

async fn change(
    world: &World,
    connection: &Connection,
    change: ConnectionChange,
) -> Result<Connection, ConnectionError> {
    let expected = Some(connection.revision);
    world
        .connections
        .change(&anna(1), connection.id, expected, change)
        .await
}

async fn what_is_changed_is_counted_and_told(world: World) {
    let created = world.create("Sales", Some("s3cret")).await;
    let renamed = ConnectionChange {
        name: Some("Orders".to_owned()),
        ..ConnectionChange::default()
    };
    let renamed = change(&world, &created, renamed).await.expect("changed");
    assert_eq!(renamed.revision, 2);
    assert!(renamed.updated_at > created.updated_at);
    let replaced = ConnectionChange {
        settings: Some(postgresql("other.example")),
        secret: SecretChange::Replace("an0ther".into()),
        ..ConnectionChange::default()
    };
    let replaced = change(&world, &renamed, replaced).await.expect("changed");
    let removed = ConnectionChange {
        secret: SecretChange::Remove,
        ..ConnectionChange::default()
    };
    let removed = change(&world, &replaced, removed).await.expect("changed");
    assert_eq!((removed.revision, removed.has_secret), (4, false));
    let found = world.connections.get(&anna(1), created.id).await;
    assert_eq!(found.expect("it is there"), removed);

    let events = world.events(1).await;
    let details: Vec<&Value> = events.iter().skip(1).map(|event| &event.details).collect();
    assert_eq!(
        details[0],
        &json!({"name": {"before": "Sales", "after": "Orders"}})
    );
    assert_eq!(details[1]["settings"]["after"]["host"], "other.example");
    assert_eq!(details[1]["secret"], "replaced");
    assert_eq!(details[2], &json!({"secret": "removed"}));
    let shown = format!("{events:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("an0ther"));
}

async fn asking_for_what_is_there_changes_nothing(world: World) {
    let created = world.create("Sales", None).await;
    let same = ConnectionChange {
        name: Some("Sales".to_owned()),
        settings: Some(postgresql("db.example")),
        secret: SecretChange::Remove,
    };
    let same = change(&world, &created, same).await.expect("it is fine");
    assert_eq!(same, created);
    assert_eq!(world.events(1).await.len(), 1);
    // Its own name in other letters is another name, and not taken.
    let louder = ConnectionChange {
        name: Some("SALES".to_owned()),
        ..ConnectionChange::default()
    };
    let louder = change(&world, &created, louder).await.expect("changed");
    assert_eq!(louder.name.as_str(), "SALES");
}

async fn an_old_revision_is_refused(world: World) {
    let created = world.create("Sales", None).await;
    world.create("Orders", None).await;
    let rename = |name: &str| ConnectionChange {
        name: Some(name.to_owned()),
        ..ConnectionChange::default()
    };
    let taken = change(&world, &created, rename("orders")).await;
    assert!(
        matches!(taken, Err(ConnectionError::Conflict(_))),
        "{taken:?}"
    );
    change(&world, &created, rename("a"))
        .await
        .expect("changed");
    let late = change(&world, &created, rename("b")).await;
    assert!(
        matches!(
            late,
            Err(ConnectionError::Stale {
                expected: 1,
                found: 2
            })
        ),
        "{late:?}"
    );
}

async fn a_secret_is_not_sent_elsewhere(world: World) {
    let created = world.create("Sales", Some("s3cret")).await;
    let refused = |refused: Result<Connection, ConnectionError>, code: &str| {
        let Err(ConnectionError::Invalid(errors)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!((errors[0].field, errors[0].code), ("secret", code));
    };
    for elsewhere in [
        postgresql("evil.example"),
        json!({"host": "db.example", "port": 1, "database": "sales", "user": "hub"}),
        json!({"host": "db.example", "database": "sales", "user": "hub", "tls": "disable"}),
    ] {
        let moved = ConnectionChange {
            settings: Some(elsewhere),
            ..ConnectionChange::default()
        };
        refused(change(&world, &created, moved).await, "requiredAgain");
    }
    let other_database = ConnectionChange {
        settings: Some(json!({"host": "DB.example", "database": "orders", "user": "hub"})),
        ..ConnectionChange::default()
    };
    change(&world, &created, other_database)
        .await
        .expect("the same server is told the same secret");

    let shop = NewConnection {
        name: "Shop".to_owned(),
        kind: ConnectionKind::Http,
        settings: json!({"url": "https://shop.example/v1", "authentication": "bearer"}),
        secret: Some("s3cret".into()),
    };
    let shop = world.connections.create(&anna(1), shop).await;
    let shop = shop.expect("it is registered");
    for (url, allowed) in [
        ("http://shop.example/v1", false),
        ("https://shop.example:8443/v1", false),
        ("https://shop.example.evil.example/v1", false),
        ("https://shop.example/v2", true),
    ] {
        let moved = ConnectionChange {
            settings: Some(json!({"url": url, "authentication": "bearer"})),
            ..ConnectionChange::default()
        };
        let moved = change(&world, &shop, moved).await;
        if allowed {
            moved.expect("the same origin is told the same secret");
        } else {
            refused(moved, "requiredAgain");
        }
    }
}

async fn a_name_is_free_again_after_a_deletion(world: World) {
    let created = world.create("Sales", Some("s3cret")).await;
    world.hide(created.id).await;
    let gone = world.connections.get(&anna(1), created.id).await;
    assert!(
        matches!(gone, Err(ConnectionError::NotFound(_))),
        "{gone:?}"
    );
    let second = world.connections.create(&anna(1), new("sales", None)).await;
    assert!(second.is_ok(), "{second:?}");
    let unchanged = change(&world, &created, ConnectionChange::default()).await;
    assert!(
        matches!(unchanged, Err(ConnectionError::NotFound(_))),
        "{unchanged:?}"
    );
}
