//! Guessing: wrong passwords have to wait, whatever a client says of where it is; and so has whoever asks too often.

use installhub_acceptance::http::{Ask, Client, HttpAnswer};
use installhub_acceptance::{Sandbox, Server, binary};
use serde_json::json;

use super::start;
use crate::calls::{Person, roles};

/// Tries a password, from an address that the client makes up.
#[track_caller]
fn guess(client: &mut Client, email: &str, password: &str, from: &str) -> HttpAnswer {
    let ask = Ask::new("POST", "/api/v1/auth/sign-in")
        .json(&json!({"email": email, "password": password}));
    let names = ["X-Forwarded-For", "X-Real-IP", "Forwarded"];
    let values = [from.to_owned(), from.to_owned(), format!("for={from}")];
    let headers = names.iter().zip(&values);
    client.send(&headers.fold(ask, |ask, (name, value)| ask.header(name, value)))
}

/// How many guesses are looked at until one has to wait.
#[track_caller]
fn looked_at(mut guess: impl FnMut(u32) -> HttpAnswer) -> u32 {
    for number in 0..1000 {
        let answer = guess(number);
        if answer.status == 429 {
            answer.refused(429, "throttled");
            let wait = answer.header("retry-after").expect("how long to wait");
            let wait: u32 = wait.parse().expect("seconds");
            assert!((1..=3600).contains(&wait), "{wait} s");
            return number;
        }
        answer.refused(401, "wrongCredentials");
    }
    panic!("a thousand guesses and no end");
}

#[test]
fn guesses_at_one_account_have_to_wait_and_so_has_the_right_password() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let user = server.user("creator");
    let guesses = looked_at(|number| {
        let from = format!("203.0.113.{number}");
        // The same account, however it is written.
        let email = if number % 2 == 0 {
            user.email.clone()
        } else {
            user.email.to_uppercase()
        };
        guess(&mut client, &email, &format!("guess {number}"), &from)
    });
    assert!((3..=20).contains(&guesses), "{guesses} guesses");
    let answer = guess(&mut client, &user.email, &user.password, "198.51.100.1");
    answer.refused(429, "throttled");
    // Others are not held up by it, and neither is the account's token.
    let other = server.user("publisher");
    guess(&mut client, &other.email, &other.password, "198.51.100.1").expect(200);
    let session = Ask::new("GET", "/api/v1/auth/session").token(Some(&user.token));
    client.send(&session).expect(200);
    server.stop();
}

#[test]
fn guesses_at_accounts_that_do_not_exist_look_the_same() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let known = server.user("creator").email.clone();
    let body = |answer: &HttpAnswer| {
        let mut body = answer.json();
        body["requestId"].take();
        body
    };
    let one = guess(&mut client, &known, "wrong", "203.0.113.1").expect(401);
    let other = guess(&mut client, "nobody@acme.example", "wrong", "203.0.113.1").expect(401);
    assert_eq!(body(&one), body(&other));
    let many = |client: &mut Client, email: &str| {
        looked_at(|number| guess(client, email, &format!("guess {number}"), "203.0.113.1"))
    };
    assert_eq!(
        many(&mut client, &known),
        many(&mut client, "nobody@acme.example")
    );
    server.stop();
}

#[test]
fn guesses_at_many_accounts_from_one_address_have_to_wait_whatever_the_client_forwards() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox);
    let mut client = Client::of(server.url());
    let guesses = looked_at(|number| {
        let email = format!("somebody-{number}@acme.example");
        let from = format!("203.0.{}.{}", number / 200, number % 200);
        guess(&mut client, &email, "password1", &from)
    });
    assert!((10..=200).contains(&guesses), "{guesses} guesses");
    server.stop();
}

/// How many of many requests in a row are turned away, each from an address that the client makes up.
fn turned_away(server: &Server, token: Option<&str>) -> usize {
    let mut client = Client::of(server.url());
    let answers = (0..200).map(|number| {
        let ask = Ask::new("GET", "/api/v1/artifacts").token(token);
        client.send(&ask.header("X-Forwarded-For", &format!("203.0.113.{number}")))
    });
    let turned_away = answers.filter(|answer| answer.status == 429);
    turned_away
        .inspect(|answer| {
            answer.refused(429, "tooManyRequests");
            let wait = answer.header("retry-after").expect("how long to wait");
            assert!(wait.parse::<u32>().is_ok_and(|wait| wait > 0), "{wait}");
        })
        .count()
}

#[test]
fn addresses_cannot_be_made_up_to_ask_more_often() {
    let sandbox = Sandbox::new();
    let settings = ["server.requests_per_minute_per_address=60"];
    let server = Server::of_program(binary(), &sandbox.server_home(), &settings);
    assert!(turned_away(&server, None) > 0);
    server.stop();
}

#[test]
fn a_user_who_asks_too_often_waits_and_others_do_not() {
    let sandbox = Sandbox::new();
    let settings = [
        "server.requests_per_minute_per_user=60",
        "server.requests_per_minute_per_address=600000",
    ];
    let server = Server::of_program(binary(), &sandbox.server_home(), &settings);
    let mut client = Client::of(server.url());
    let roles = roles(&server, &mut client);
    let one = Person::known(&server, "acme", "viewer", &roles);
    assert!(turned_away(&server, Some(&one.token)) > 0);
    let other = Person::known(&server, "acme", "creator", &roles);
    other.get(&mut client, "/api/v1/artifacts");
    server.stop();
}
