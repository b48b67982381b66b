//! Lists of connections.

use installhub_connections::ports::ConnectionFilter;
use installhub_connections::{ConnectionError, ConnectionKind, NewConnection};
use installhub_kernel::{Cursor, PageRequest};
use serde_json::json;

use crate::world::{World, anna};

on_both_engines!(a_list_goes_from_new_to_old_in_pages);

async fn a_list_goes_from_new_to_old_in_pages(world: World) {
    for number in 0..5 {
        world.create(&format!("c{number}"), None).await;
    }
    let shop = NewConnection {
        name: "Shop".to_owned(),
        kind: ConnectionKind::Http,
        settings: json!({"url": "https://shop.example/"}),
        secret: None,
    };
    let shop = world.connections.create(&anna(1), shop).await;
    let shop = shop.expect("it is registered");

    let mut names = Vec::new();
    let mut page = PageRequest::first(2);
    loop {
        let found = world
            .connections
            .list(&anna(1), ConnectionFilter::default(), &page)
            .await
            .expect("a page");
        assert!(found.items.len() <= 2);
        names.extend(found.items.iter().map(|item| item.name.to_string()));
        match found.next_cursor {
            // What is registered meanwhile does not shift the pages.
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
        world.create(&format!("late{}", names.len()), None).await;
    }
    assert_eq!(names, ["Shop", "c4", "c3", "c2", "c1", "c0"]);

    let filter = ConnectionFilter {
        kind: Some(ConnectionKind::Http),
    };
    let found = world
        .connections
        .list(&anna(1), filter, &PageRequest::first(10))
        .await
        .expect("a page");
    assert_eq!((found.items, found.next_cursor), (vec![shop], None));

    for cursor in [
        "",
        "x",
        "1.x",
        "99999999999999999999.018f3c9e-7a63-7c14-9d9b-4d1d3c3a9b10",
    ] {
        let page = PageRequest {
            limit: 10,
            cursor: Some(Cursor(cursor.to_owned())),
        };
        let refused = world
            .connections
            .list(&anna(1), ConnectionFilter::default(), &page)
            .await;
        assert!(
            matches!(&refused, Err(ConnectionError::Invalid(errors)) if errors[0].field == "cursor"),
            "{cursor}: {refused:?}"
        );
    }
}
