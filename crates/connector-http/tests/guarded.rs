//! A client against real servers: where it goes, where it does not, and what it takes.

use std::time::{Duration, Instant};

use installhub_connections::{
    AddressRefused, ConnectionKind, ConnectionProbe as _, ProbeOutcome, Settings,
};
use installhub_connector_http::{
    ClientLimits, Guard, GuardPolicy, GuardedClient, GuardedError, HttpProbe, RedirectRefused,
};
use serde_json::json;
use url::Url;
use wiremock::matchers::{basic_auth, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A client that may go to 127.0.0.1 and nowhere else inside.
fn client_with(limits: ClientLimits) -> GuardedClient {
    let allow = "127.0.0.1".parse().expect("an address");
    let guard = Guard::new(GuardPolicy::allowing([allow]));
    GuardedClient::new(guard, limits).expect("a client")
}

fn client() -> GuardedClient {
    client_with(ClientLimits::default())
}

fn url(server: &MockServer, path: &str) -> Url {
    format!("{}{path}", server.uri()).parse().expect("a URL")
}

async fn redirecting(server: &MockServer, from: &str, to: &str) {
    Mock::given(method("GET"))
        .and(path(from))
        .respond_with(ResponseTemplate::new(302).insert_header("location", to))
        .mount(server)
        .await;
}

async fn answering(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(at))
        .respond_with(answer)
        .mount(server)
        .await;
}

#[tokio::test]
async fn it_goes_where_it_may() {
    let server = MockServer::start().await;
    redirecting(&server, "/from", "/to").await;
    let answer = ResponseTemplate::new(200).set_body_string("hello");
    answering(&server, "/to", answer).await;
    let answer = client()
        .get(url(&server, "/from"))
        .await
        .expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "hello");
}

#[tokio::test]
async fn it_does_not_begin_where_it_may_not() {
    let server = MockServer::start().await;
    let port = server.address().port();
    let nowhere = Guard::new(GuardPolicy::default());
    let nowhere = GuardedClient::new(nowhere, ClientLimits::default()).expect("a client");
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let url = format!("http://{host}:{port}/").parse().expect("a URL");
        match nowhere.get(url).await {
            Err(GuardedError::Refused(AddressRefused::Forbidden { .. })) => {}
            other => panic!("{host}: {other:?}"),
        }
    }
    let requests = server.received_requests().await.expect("they are kept");
    assert!(requests.is_empty(), "no request was sent: {requests:?}");
}

#[tokio::test]
async fn it_is_not_sent_on_to_where_it_may_not_go() {
    let server = MockServer::start().await;
    let port = server.address().port();
    for (number, target) in [
        format!("http://127.0.0.2:{port}/"),
        format!("http://0x7f000002:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("//127.0.0.2:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        // By way of another redirect that is allowed.
        let (first, second) = (format!("/{number}"), format!("/{number}/next"));
        redirecting(&server, &first, &second).await;
        redirecting(&server, &second, target).await;
        match client().get(url(&server, &first)).await {
            Err(GuardedError::Refused(AddressRefused::Forbidden { .. })) => {}
            other => panic!("{target}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn names_are_judged_by_their_addresses_after_a_redirect_too() {
    let server = MockServer::start().await;
    let port = server.address().port();
    redirecting(&server, "/", &format!("http://inside.localhost:{port}/x")).await;
    // The exception is a name, so whatever else has the same address is not allowed.
    let allow = "localhost".parse().expect("a host");
    let guard = Guard::new(GuardPolicy::allowing([allow]));
    let client = GuardedClient::new(guard, ClientLimits::default()).expect("a client");
    let begin = format!("http://localhost:{port}/").parse().expect("a URL");
    match client.get(begin).await {
        Err(GuardedError::Refused(_)) => {}
        other => panic!("{other:?}"),
    }
    let requests = server.received_requests().await.expect("they are kept");
    assert_eq!(requests.len(), 1, "only the allowed one: {requests:?}");
}

#[tokio::test]
async fn it_is_not_sent_on_forever_or_to_another_protocol() {
    let server = MockServer::start().await;
    redirecting(&server, "/loop", "/loop").await;
    match client().get(url(&server, "/loop")).await {
        Err(GuardedError::Redirect(RedirectRefused::TooMany(5))) => {}
        other => panic!("{other:?}"),
    }
    let requests = server.received_requests().await.expect("they are kept");
    assert_eq!(requests.len(), 6);
    redirecting(&server, "/ftp", "ftp://127.0.0.1/x").await;
    match client().get(url(&server, "/ftp")).await {
        Err(GuardedError::Redirect(RedirectRefused::Protocol)) => {}
        other => panic!("{other:?}"),
    }
    for wrong in ["ftp://127.0.0.1/", "file:///etc/passwd", "data:,x"] {
        match client().get(wrong.parse().expect("a URL")).await {
            Err(GuardedError::Address) => {}
            other => panic!("{wrong}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn it_takes_no_more_than_it_was_told_and_waits_no_longer() {
    let server = MockServer::start().await;
    let large = ResponseTemplate::new(200).set_body_bytes(vec![0; 1001]);
    answering(&server, "/large", large).await;
    let exact = ResponseTemplate::new(200).set_body_bytes(vec![0; 1000]);
    answering(&server, "/exact", exact).await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    answering(&server, "/slow", slow).await;
    let client = client_with(ClientLimits {
        response_bytes: 1000,
        total: Duration::from_secs(1),
        ..ClientLimits::default()
    });
    let exact = client.get(url(&server, "/exact")).await.expect("an answer");
    assert_eq!(exact.body.len(), 1000);
    match client.get(url(&server, "/large")).await {
        Err(GuardedError::TooLarge { limit: 1000 }) => {}
        other => panic!("{other:?}"),
    }
    let began = Instant::now();
    match client.get(url(&server, "/slow")).await {
        Err(GuardedError::Timeout { seconds: 1 }) => {}
        other => panic!("{other:?}"),
    }
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_failure_does_not_repeat_what_was_asked() {
    // Nobody listens there any more.
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("it is bound")
    };
    let url = format!("http://{address}/?key=s3cret")
        .parse()
        .expect("a URL");
    let error = client().get(url).await.expect_err("nobody answers");
    assert!(matches!(error, GuardedError::Connection(_)), "{error:?}");
    assert!(
        !format!("{error:?} {error}").contains("s3cret"),
        "{error:?}"
    );
}

async fn probed(settings: serde_json::Value, secret: Option<&str>) -> (ProbeOutcome, String) {
    let settings = Settings::parse(ConnectionKind::Http, &settings).expect("settings");
    let secret = secret.map(Into::into);
    let report = HttpProbe::new(client())
        .probe(&settings, secret.as_ref())
        .await;
    (report.outcome, report.message)
}

#[tokio::test]
async fn a_probe_shows_the_secret_and_reports_the_answer() {
    let server = MockServer::start().await;
    let ok = || ResponseTemplate::new(200);
    Mock::given(path("/bearer"))
        .and(header("authorization", "Bearer s3cret"))
        .respond_with(ok())
        .mount(&server)
        .await;
    Mock::given(path("/basic"))
        .and(basic_auth("anna", "s3cret"))
        .respond_with(ok())
        .mount(&server)
        .await;
    Mock::given(path("/header"))
        .and(header("x-api-key", "s3cret"))
        .respond_with(ok())
        .mount(&server)
        .await;
    answering(&server, "/none", ok()).await;
    answering(&server, "/401", ResponseTemplate::new(401)).await;
    answering(&server, "/500", ResponseTemplate::new(500)).await;
    redirecting(&server, "/302", "/none").await;
    let at = |path: &str| url(&server, path).to_string();
    let (right, wrong) = (Some("s3cret"), Some("wr0ng"));
    for (settings, secret, outcome) in [
        (json!({"url": at("/none")}), None, ProbeOutcome::Works),
        (
            json!({"url": at("/bearer"), "authentication": "bearer"}),
            right,
            ProbeOutcome::Works,
        ),
        (
            json!({"url": at("/bearer"), "authentication": "bearer"}),
            wrong,
            ProbeOutcome::Failed,
        ),
        (
            json!({"url": at("/basic"), "authentication": "basic", "user": "anna"}),
            right,
            ProbeOutcome::Works,
        ),
        (
            json!({"url": at("/header"), "authentication": "header", "header": "X-Api-Key"}),
            right,
            ProbeOutcome::Works,
        ),
        (
            json!({"url": at("/header"), "authentication": "header", "header": "X-Api-Key"}),
            Some("a\r\nb"),
            ProbeOutcome::Failed,
        ),
        (json!({"url": at("/401")}), None, ProbeOutcome::Unauthorized),
        (json!({"url": at("/500")}), None, ProbeOutcome::Failed),
        (json!({"url": at("/302")}), None, ProbeOutcome::Failed),
        (
            json!({"url": "http://127.0.0.2/"}),
            None,
            ProbeOutcome::Forbidden,
        ),
        (
            json!({"url": "http://127.0.0.1:1/"}),
            None,
            ProbeOutcome::Unreachable,
        ),
    ] {
        let (found, message) = probed(settings.clone(), secret).await;
        assert_eq!(found, outcome, "{settings}: {message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
}
