//! Holding up who guesses.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use installhub_access::AccessError;
use tokio::task::JoinSet;

use crate::world::{EMAIL, PASSWORD, World, client};

tests!(
    on_both_engines: [
        five_wrong_passwords_hold_an_account_up,
        many_guesses_at_once_are_many_guesses,
    ],
    on_sqlite: [
        an_unknown_account_is_held_up_too,
        neither_case_nor_address_gets_around_it,
        an_address_is_held_up_for_all_accounts,
        a_clock_that_is_put_back_locks_nobody_out,
        changing_the_password_is_no_way_to_guess_it,
    ],
);

fn wait_of<T: std::fmt::Debug>(result: Result<T, AccessError>) -> Duration {
    match result {
        Err(AccessError::Throttled { retry_after }) => retry_after,
        other => panic!("{other:?}"),
    }
}

async fn fail(world: &World, email: &str, times: usize) {
    for _ in 0..times {
        let refused = world.try_sign_in(email, "wrong horse battery").await;
        assert!(
            matches!(refused, Err(AccessError::WrongCredentials)),
            "{refused:?}"
        );
    }
}

async fn five_wrong_passwords_hold_an_account_up(world: World) {
    world.bootstrap().await;
    fail(&world, EMAIL, 4).await;
    world.sign_in(EMAIL).await;
    // Success clears.
    fail(&world, EMAIL, 5).await;
    let first = wait_of(world.try_sign_in(EMAIL, PASSWORD).await);
    assert!((1..=30).contains(&first.as_secs()), "{first:?}");
    world.clock.advance(TimeDelta::seconds(30));
    fail(&world, EMAIL, 1).await;
    let second = wait_of(world.try_sign_in(EMAIL, PASSWORD).await);
    assert!((31..=60).contains(&second.as_secs()), "{second:?}");
    world.wait(1);
    world.sign_in(EMAIL).await;
    world.sign_in(EMAIL).await;
}

async fn an_unknown_account_is_held_up_too(world: World) {
    fail(&world, "nobody@example.com", 5).await;
    wait_of(world.try_sign_in("nobody@example.com", PASSWORD).await);
}

async fn neither_case_nor_address_gets_around_it(world: World) {
    world.bootstrap().await;
    for (number, email) in [
        "anna@example.com",
        "Anna@example.com",
        " ANNA@EXAMPLE.COM",
        "anna@Example.com ",
        "ａnna@example.com",
    ]
    .into_iter()
    .enumerate()
    {
        let from = client(&format!("198.51.100.{number}"));
        let refused = world
            .access
            .sign_in(email, "wrong horse battery", &from, None)
            .await;
        assert!(
            matches!(refused, Err(AccessError::WrongCredentials)),
            "{refused:?}"
        );
    }
    let from = client("203.0.113.9");
    wait_of(
        world
            .access
            .sign_in("aNNa@example.com", PASSWORD, &from, None)
            .await,
    );
}

async fn many_guesses_at_once_are_many_guesses(world: World) {
    world.bootstrap().await;
    let world = Arc::new(world);
    let mut guesses = JoinSet::new();
    for _ in 0..8 {
        let world = Arc::clone(&world);
        guesses.spawn(async move { world.try_sign_in(EMAIL, "wrong horse battery").await });
    }
    let answers = guesses.join_all().await;
    let looked_at = answers
        .iter()
        .filter(|answer| matches!(answer, Err(AccessError::WrongCredentials)))
        .count();
    assert_eq!(looked_at, 5);
}

async fn an_address_is_held_up_for_all_accounts(mut world: World) {
    world.access.settings.throttle.failures_per_address = 3;
    world.bootstrap().await;
    for number in 0..3 {
        fail(&world, &format!("guess{number}@example.com"), 1).await;
    }
    wait_of(world.try_sign_in(EMAIL, PASSWORD).await);
    let elsewhere = client("203.0.113.9");
    let signed_in = world
        .access
        .sign_in(EMAIL, PASSWORD, &elsewhere, None)
        .await;
    assert!(signed_in.is_ok(), "{signed_in:?}");
    // One right answer is no licence for more wrong ones.
    world.wait(1);
    world.sign_in(EMAIL).await;
    fail(&world, "guess9@example.com", 1).await;
    wait_of(world.try_sign_in(EMAIL, PASSWORD).await);
}

async fn a_clock_that_is_put_back_locks_nobody_out(world: World) {
    world.bootstrap().await;
    world.clock.advance(TimeDelta::days(300));
    fail(&world, EMAIL, 5).await;
    world.clock.advance(TimeDelta::days(-300));
    let wait = wait_of(world.try_sign_in(EMAIL, PASSWORD).await);
    assert!(wait.as_secs() <= 30, "{wait:?}");
    world.clock.advance(TimeDelta::seconds(30));
    world.sign_in(EMAIL).await;
}

async fn changing_the_password_is_no_way_to_guess_it(world: World) {
    let admin = world.administrator().await;
    for _ in 0..5 {
        let refused = world
            .access
            .change_password(&admin, "wrong horse battery", "next horse battery")
            .await;
        assert!(
            matches!(refused, Err(AccessError::WrongCredentials)),
            "{refused:?}"
        );
    }
    wait_of(
        world
            .access
            .change_password(&admin, PASSWORD, "next horse battery")
            .await,
    );
}
