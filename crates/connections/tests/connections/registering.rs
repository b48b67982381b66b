//! Registering connections.

use installhub_connections::ports::ConnectionFilter;
use installhub_connections::{ConnectionChange, ConnectionError, ConnectionKind, NewConnection};
use installhub_kernel::PageRequest;
use serde_json::json;

use crate::world::{World, anna, new};

on_both_engines!(
    a_connection_is_kept_without_its_secret_being_seen,
    everything_wrong_is_said_at_once,
    names_are_unique_within_a_tenant,
    tenants_do_not_see_each_other,
);

async fn a_connection_is_kept_without_its_secret_being_seen(world: World) {
    let created = world.create("Sales", Some("s3cret")).await;
    assert_eq!((created.revision, created.has_secret), (1, true));
    let found = world.connections.get(&anna(1), created.id).await;
    assert_eq!(found.expect("it is there"), created);
    let secret = world.secret(&world.connections, created.id).await;
    assert_eq!(secret.expect("it opens").as_deref(), Some("s3cret"));

    let events = world.events(1).await;
    let actions: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["connection.created"]);
    let event = &events[0];
    assert_eq!(event.details["name"], "Sales");
    assert_eq!(event.details["hasSecret"], true);
    let object = event.object.as_ref().expect("it is about the connection");
    assert_eq!(object.id, created.id.to_string());

    let new = new("Sales", Some("s3cret"));
    let json = serde_json::to_string(&created).expect("it is JSON");
    let shown = format!("{created:?} {json} {events:?} {new:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(json.contains(r#""kind":"postgreSql","settings":{"host":"db.example","port":5432"#));
}

async fn everything_wrong_is_said_at_once(world: World) {
    let refused = world
        .connections
        .create(
            &anna(1),
            NewConnection {
                name: " ".to_owned(),
                kind: ConnectionKind::S3,
                settings: json!({"bucket": "B", "region": "auto", "accessKey": "AK"}),
                secret: None,
            },
        )
        .await;
    let Err(ConnectionError::Invalid(errors)) = refused else {
        panic!("{refused:?}");
    };
    let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
    assert_eq!(fields, ["name", "settings.bucket"]);
    for (settings, secret, code) in [
        (
            json!({"url": "https://a.example/", "authentication": "bearer"}),
            None,
            "required",
        ),
        (
            json!({"url": "https://a.example/"}),
            Some("x"),
            "unexpected",
        ),
        (
            json!({"url": "https://a.example/", "authentication": "bearer"}),
            Some(""),
            "invalid",
        ),
    ] {
        let new = NewConnection {
            name: "Shop".to_owned(),
            kind: ConnectionKind::Http,
            settings,
            secret: secret.map(Into::into),
        };
        let refused = world.connections.create(&anna(1), new).await;
        let Err(ConnectionError::Invalid(errors)) = refused else {
            panic!("{refused:?}");
        };
        let errors: Vec<_> = errors
            .iter()
            .map(|error| (error.field, error.code))
            .collect();
        assert_eq!(errors, [("secret", code)]);
    }
    assert!(world.events(1).await.is_empty());
}

async fn names_are_unique_within_a_tenant(world: World) {
    world.create("Sales", None).await;
    let refused = world.connections.create(&anna(1), new("SALES", None)).await;
    match refused {
        Err(ConnectionError::Conflict(message)) => {
            assert_eq!(message, "another connection is called 'SALES'");
        }
        other => panic!("{other:?}"),
    }
    let elsewhere = world.connections.create(&anna(2), new("Sales", None)).await;
    assert!(elsewhere.is_ok(), "another tenant may use the name");
    assert_eq!(world.events(1).await.len(), 1);
}

async fn tenants_do_not_see_each_other(world: World) {
    let mine = world.create("Sales", Some("s3cret")).await;
    let others = anna(2);
    let connections = &world.connections;
    let not_found = |error: Option<ConnectionError>| {
        assert!(
            matches!(error, Some(ConnectionError::NotFound(id)) if id == mine.id),
            "{error:?}"
        );
    };
    not_found(connections.get(&others, mine.id).await.err());
    not_found(connections.test(&others, mine.id).await.err());
    let change = connections
        .change(&others, mine.id, None, ConnectionChange::default())
        .await;
    not_found(change.err());
    let page = connections
        .list(
            &others,
            ConnectionFilter::default(),
            &PageRequest::first(10),
        )
        .await
        .expect("a list");
    assert!(page.items.is_empty());
    assert!(world.events(2).await.is_empty());
}
