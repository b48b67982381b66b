//! Signing in at a real provider: the browser's way through its pages, and answers that must not be believed.

mod browser;
mod provider;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use installhub_access::{
    AuthorizationStart, Identity, IdentityError, IdentityProvider as _, SystemSecrets,
};
use installhub_connector_http::{ClientLimits, Guard, GuardPolicy, GuardedClient};
use installhub_identity_openid::{OpenIdProvider, OpenIdSettings, OpenIdSettingsError};
use installhub_test_support::SteppingClock;
use serde_json::Value;
use url::Url;

use crate::browser::{replaced, sign_in};
use crate::provider::Provider;

fn settings(issuer: &str, client_id: &str) -> OpenIdSettings {
    OpenIdSettings {
        name: "Company login".to_owned(),
        issuer: issuer.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: (client_id == "hub").then(|| "hub-secret".into()),
        redirect_url: "https://hub.example/callback".to_owned(),
        scopes: OpenIdSettings::usual_scopes(),
        allow_http: true,
    }
}

fn client_behind(policy: GuardPolicy) -> GuardedClient {
    GuardedClient::new(Guard::new(policy), ClientLimits::default()).expect("a client")
}

fn hub_with(settings: OpenIdSettings, clock: Arc<SteppingClock>) -> OpenIdProvider {
    let allow = "127.0.0.1".parse().expect("an address");
    let client = client_behind(GuardPolicy::allowing([allow]));
    OpenIdProvider::new(settings, client, clock, Arc::new(SystemSecrets)).expect("settings")
}

/// This service as the provider knows it.
fn hub(provider: &Provider) -> OpenIdProvider {
    let settings = settings(provider.issuer(), "hub");
    hub_with(settings, Arc::new(SteppingClock::new()))
}

async fn begin(hub: &OpenIdProvider) -> AuthorizationStart {
    hub.authorization().await.expect("a sign-in begins")
}

fn refused(answer: Result<Identity, IdentityError>, why: &str) {
    match answer {
        Err(IdentityError::Rejected(message)) => {
            assert!(message.contains(why), "expected '{why}', found '{message}'");
        }
        other => panic!("expected '{why}', found {other:?}"),
    }
}

#[tokio::test]
async fn a_person_signs_in() {
    let provider = Provider::start();
    let hub = hub(&provider);
    let start = begin(&hub).await;
    let back = sign_in(&start.url, "anna").await;
    assert_eq!(back.state, start.state);
    let identity = hub.exchange(&back.code, &start).await.expect("it is she");
    let expected = Identity {
        issuer: provider.issuer().to_owned(),
        subject: "anna".to_owned(),
        email: Some("anna@example.com".to_owned()),
        email_verified: true,
        name: Some("ANNA".to_owned()),
    };
    assert_eq!(identity, expected, "told by the user info");
    // The same told by the ID token itself; and somebody whose address nobody has verified.
    provider.tell("tell-all", "").await;
    let start = begin(&hub).await;
    let back = sign_in(&start.url, "anna").await;
    let identity = hub.exchange(&back.code, &start).await.expect("it is she");
    assert_eq!(identity, expected);
    let start = begin(&hub).await;
    let back = sign_in(&start.url, "mallory").await;
    let identity = hub.exchange(&back.code, &start).await.expect("known there");
    assert!(!identity.email_verified);
}

#[tokio::test]
async fn every_start_has_secrets_of_its_own_and_shows_none() {
    let provider = Provider::start();
    let hub = hub(&provider);
    let (one, other) = (begin(&hub).await, begin(&hub).await);
    assert_ne!(one.state, other.state);
    assert_ne!(one.nonce, other.nonce);
    assert_ne!(one.pkce_verifier, other.pkce_verifier);
    let url = Url::parse(&one.url).expect("an address");
    let query: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["scope"], "openid email profile");
    assert!(!one.url.contains(&one.pkce_verifier));
    assert!(!one.url.contains("hub-secret"));
    assert!(!format!("{hub:?}").contains("hub-secret"));
}

#[tokio::test]
async fn a_code_is_good_once_for_who_asked_for_it() {
    let provider = Provider::start();
    let hub = hub(&provider);
    let (start, other) = (begin(&hub).await, begin(&hub).await);
    let back = sign_in(&start.url, "anna").await;
    // Another browser's sign-in: another verifier.
    refused(hub.exchange(&back.code, &other).await, "invalid_grant");
    let back = sign_in(&start.url, "anna").await;
    let first = hub.exchange(&back.code, &start).await;
    assert!(first.is_ok(), "{first:?}");
    refused(hub.exchange(&back.code, &start).await, "invalid_grant");
    refused(hub.exchange("made up", &start).await, "invalid_grant");
    // Another client of the same provider.
    let back = sign_in(&start.url, "anna").await;
    let settings = settings(provider.issuer(), "public");
    let public = hub_with(settings, Arc::new(SteppingClock::new()));
    refused(public.exchange(&back.code, &start).await, "invalid_grant");
}

#[tokio::test]
async fn a_client_without_a_secret_signs_people_in_too() {
    let provider = Provider::start();
    let settings = settings(provider.issuer(), "public");
    let public = hub_with(settings, Arc::new(SteppingClock::new()));
    let start = begin(&public).await;
    let back = sign_in(&start.url, "anna").await;
    let identity = public.exchange(&back.code, &start).await;
    assert_eq!(identity.expect("it is she").subject, "anna");
}

#[tokio::test]
async fn an_answer_for_another_sign_in_is_refused() {
    let provider = Provider::start();
    let hub = hub(&provider);
    let start = begin(&hub).await;
    let back = sign_in(&start.url, "anna").await;
    let forged = AuthorizationStart {
        nonce: "another".to_owned(),
        ..start
    };
    refused(hub.exchange(&back.code, &forged).await, "nonce");
}

#[tokio::test]
async fn an_answer_for_another_client_is_refused() {
    let provider = Provider::start();
    let hub = hub(&provider);
    let start = begin(&hub).await;
    // Somebody has a person sign in at another client with the nonce of this one, and slips in the answer.
    let settings = settings(provider.issuer(), "public");
    let public = hub_with(settings, Arc::new(SteppingClock::new()));
    let theirs = begin(&public).await;
    let url = replaced(&theirs.url, "nonce", &start.nonce);
    let back = sign_in(&url, "anna").await;
    let same_nonce = AuthorizationStart {
        nonce: start.nonce.clone(),
        ..theirs
    };
    let identity = public.exchange(&back.code, &same_nonce).await;
    assert!(identity.is_ok(), "there it is right: {identity:?}");
    let answer = provider.last_answer().await;
    provider.tell("answer", &answer).await;
    refused(hub.exchange("any", &start).await, "audience");
}

#[tokio::test]
async fn an_altered_or_unsigned_token_is_refused() {
    let provider = Provider::start();
    let hub = hub(&provider);
    let start = begin(&hub).await;
    let back = sign_in(&start.url, "anna").await;
    let identity = hub.exchange(&back.code, &start).await;
    assert!(identity.is_ok(), "{identity:?}");
    let answer = provider.last_answer().await;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let token = answer["id_token"].as_str().expect("an ID token");
    let [head, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("{token}");
    };
    let mut forged: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("JSON");
    forged["sub"] = "mallory".into();
    let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    for (what, id_token) in [
        (
            "ignature",
            Value::from(format!("{head}.{forged}.{signature}")),
        ),
        ("ignature", Value::from(format!("{none}.{forged}."))),
        ("no ID token", Value::Null),
    ] {
        let mut answer = answer.clone();
        answer["id_token"] = id_token;
        provider.tell("answer", &answer.to_string()).await;
        refused(hub.exchange("any", &start).await, what);
    }
    // The right ID token beside an access token that the provider never gave: it tells nothing about the person.
    let mut answer = answer;
    answer["access_token"] = "another".into();
    provider.tell("answer", &answer.to_string()).await;
    refused(hub.exchange("any", &start).await, "invalid response");
}

#[tokio::test]
async fn an_answer_that_is_too_old_is_refused() {
    let provider = Provider::start();
    let clock = Arc::new(SteppingClock::new());
    let hub = hub_with(settings(provider.issuer(), "hub"), Arc::clone(&clock));
    let start = begin(&hub).await;
    let back = sign_in(&start.url, "anna").await;
    clock.advance(TimeDelta::days(36_500));
    refused(hub.exchange(&back.code, &start).await, "xpired");
}

#[tokio::test]
async fn keys_that_were_exchanged_are_asked_for() {
    let provider = Provider::start();
    let clock = Arc::new(SteppingClock::new());
    let hub = hub_with(settings(provider.issuer(), "hub"), Arc::clone(&clock));
    let start = begin(&hub).await;
    provider.tell("keys", "").await;
    // Whoever makes us ask for keys does not make us ask all the time.
    let back = sign_in(&start.url, "anna").await;
    refused(hub.exchange(&back.code, &start).await, "ignature");
    clock.advance(TimeDelta::minutes(1));
    let start = begin(&hub).await;
    let back = sign_in(&start.url, "anna").await;
    let identity = hub.exchange(&back.code, &start).await;
    assert_eq!(identity.expect("it is she").subject, "anna");
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_and_not_asked_where_it_may_not_be() {
    let provider = Provider::start();
    let issuer = provider.issuer().to_owned();
    // Without an exception the guard keeps us from asking.
    let guarded = OpenIdProvider::new(
        settings(&issuer, "hub"),
        client_behind(GuardPolicy::default()),
        Arc::new(SteppingClock::new()),
        Arc::new(SystemSecrets),
    )
    .expect("settings");
    let refusal = guarded.authorization().await;
    assert!(
        matches!(refusal, Err(IdentityError::Unavailable { .. })),
        "{refusal:?}"
    );

    let known = hub(&provider);
    let start = begin(&known).await;
    let unknown = hub(&provider);
    drop(provider);
    let refusal = unknown.authorization().await;
    assert!(
        matches!(refusal, Err(IdentityError::Unavailable { .. })),
        "{refusal:?}"
    );
    begin(&known).await;
    let refusal = known.exchange("any", &start).await;
    assert!(
        matches!(refusal, Err(IdentityError::Unavailable { .. })),
        "{refusal:?}"
    );
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let refusal = |change: fn(&mut OpenIdSettings)| {
        let mut settings = settings("https://login.example", "hub");
        change(&mut settings);
        OpenIdProvider::new(
            settings,
            client_behind(GuardPolicy::default()),
            Arc::new(SteppingClock::new()),
            Arc::new(SystemSecrets),
        )
        .err()
    };
    assert_eq!(refusal(|_| ()), None);
    assert!(matches!(
        refusal(|settings| {
            settings.issuer = "http://login.example".to_owned();
            settings.allow_http = false;
        }),
        Some(OpenIdSettingsError::Issuer(_))
    ));
    assert!(matches!(
        refusal(|settings| settings.redirect_url = "callback".to_owned()),
        Some(OpenIdSettingsError::RedirectUrl(_))
    ));
    assert_eq!(
        refusal(|settings| settings.client_id = String::new()),
        Some(OpenIdSettingsError::ClientId)
    );
}
