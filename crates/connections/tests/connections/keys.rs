//! Exchanging keys.

use installhub_connections::{ConnectionError, Rotation, SealError};

use crate::world::{FIRST_KEY, SECOND_KEY, World, anna, new};

on_both_engines!(
    keys_are_exchanged_while_everything_works,
    what_no_key_opens_stays_and_is_counted,
);

fn rotation(key: &str, resealed: u64, unreadable: u64) -> Rotation {
    Rotation {
        key: key.to_owned(),
        resealed,
        unreadable,
    }
}

async fn keys_are_exchanged_while_everything_works(world: World) {
    // More than one batch.
    let mut ids = Vec::new();
    for number in 0..103 {
        let secret = format!("s3cret {number}");
        ids.push(world.create(&format!("c{number}"), Some(&secret)).await.id);
    }
    world.create("without", None).await;
    let deleted = ids[50];
    world.hide(deleted).await;
    let theirs = world
        .connections
        .create(&anna(2), new("Sales", Some("theirs")))
        .await;
    let theirs = theirs.expect("it is registered");

    let same = world.connections.rotate_keys(&anna(1)).await;
    assert_eq!(same.expect("nothing to do"), rotation("first", 0, 0));
    let both = world.with_keys(&format!("{SECOND_KEY},{FIRST_KEY}"));
    let secret = world.secret(&both, ids[0]).await.expect("it opens");
    assert_eq!(secret.as_deref(), Some("s3cret 0"), "before the exchange");
    let rotated = both.rotate_keys(&anna(1)).await;
    assert_eq!(rotated.expect("exchanged"), rotation("second", 103, 0));
    let again = both.rotate_keys(&anna(1)).await;
    assert_eq!(again.expect("nothing to do"), rotation("second", 0, 0));

    world.show(deleted).await;
    let new_only = world.with_keys(SECOND_KEY);
    for (number, id) in ids.iter().enumerate() {
        let secret = world.secret(&new_only, *id).await.expect("it opens");
        assert_eq!(secret, Some(format!("s3cret {number}")));
    }
    let connection = new_only.get(&anna(1), ids[0]).await.expect("it is there");
    assert_eq!(connection.revision, 1, "nobody sees a difference");
    // The other tenant's secrets have not been touched.
    let refused = new_only.test(&anna(2), theirs.id).await;
    assert!(
        matches!(&refused, Err(ConnectionError::Seal(SealError::UnknownKey(key))) if key == "first"),
        "{refused:?}"
    );
    let events = world.events(1).await;
    let told = events
        .iter()
        .filter(|event| event.action == "connection.keysRotated");
    let resealed: Vec<_> = told
        .map(|event| event.details["resealed"].as_u64())
        .collect();
    assert_eq!(resealed, [Some(100), Some(3)]);
}

async fn what_no_key_opens_stays_and_is_counted(world: World) {
    let lost = world.create("lost", Some("s3cret")).await;
    let new_only = world.with_keys(SECOND_KEY);
    let kept = new_only.create(&anna(1), new("kept", Some("other"))).await;
    let kept = kept.expect("it is registered");
    let rotated = new_only.rotate_keys(&anna(1)).await;
    assert_eq!(rotated.expect("it ends"), rotation("second", 0, 1));
    let secret = world.secret(&new_only, kept.id).await.expect("it opens");
    assert_eq!(secret.as_deref(), Some("other"));
    // With the old key back on the ring nothing is lost.
    let both = world.with_keys(&format!("{SECOND_KEY},{FIRST_KEY}"));
    let rotated = both.rotate_keys(&anna(1)).await;
    assert_eq!(rotated.expect("it ends"), rotation("second", 1, 0));
    let secret = world.secret(&new_only, lost.id).await.expect("it opens");
    assert_eq!(secret.as_deref(), Some("s3cret"));
}
