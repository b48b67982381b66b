//! Requests to one server.

use std::time::Duration;

use installhub_bootstrap::SystemIds;
use installhub_kernel::IdGenerator;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::views::Page;
use super::{Refusal, RemoteError, ServerUrl};
use crate::failure::Failure;
use crate::output;

/// How long any question that is answered with JSON may take.
const ANSWER_TIME: Duration = Duration::from_mins(1);
/// How long the way to the server may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long altogether one request waits because the server asks for it.
const THROTTLE_TIME: Duration = Duration::from_mins(2);
/// The largest page that servers give.
const PAGE: u32 = 100;

/// What goes with a request to say whose it is. Holds secrets, so it is never printed.
#[derive(Clone)]
pub(crate) enum Authority {
    /// Nothing.
    Nobody,
    /// A token.
    Token(String),
    /// A browser's session, only used to make a token.
    Session { cookie: String, csrf: String },
}

/// One server, and who we are there.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: ServerUrl,
    authority: Authority,
}

/// The beginning of a list.
pub(crate) struct List {
    pub items: Vec<Value>,
    /// Whether there are more.
    pub more: bool,
}

impl Client {
    pub(crate) fn new(server: ServerUrl, authority: Authority) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("installhub/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIME)
            .build()
            .map_err(|source| {
                Failure::new("CannotStart", "cannot set up connections").because(&source)
            })?;
        Ok(Self {
            http,
            server,
            authority,
        })
    }

    /// The same server as somebody else.
    pub(crate) fn acting(&self, authority: Authority) -> Self {
        Self {
            authority,
            ..self.clone()
        }
    }

    pub(crate) fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// Asks for something.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, RemoteError> {
        let url = self.url(segments, query);
        let answer = self
            .send(|| self.http.get(url.clone()).timeout(ANSWER_TIME))
            .await?;
        self.json(answer).await
    }

    /// The first `limit` items of a list.
    pub(crate) async fn list(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        limit: u32,
    ) -> Result<List, RemoteError> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let missing = limit - u32::try_from(items.len()).unwrap_or(limit).min(limit);
            let size = missing.min(PAGE).to_string();
            let mut query = query.to_vec();
            query.push(("limit", &size));
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let page: Page = self.get(segments, &query).await?;
            items.extend(page.items);
            let enough = items.len() >= limit as usize;
            if enough || page.next_cursor.is_none() {
                let more = page.next_cursor.is_some() || items.len() > limit as usize;
                items.truncate(limit as usize);
                return Ok(List { items, more });
            }
            cursor = page.next_cursor;
        }
    }

    /// Makes something. Sent with a key of its own, so that the server does it once however often it arrives.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<T, RemoteError> {
        let answer = self.post_for_answer(segments, body).await?;
        self.json(answer).await
    }

    /// Makes something, and gives the answer with its headers.
    pub(crate) async fn post_for_answer(
        &self,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<Response, RemoteError> {
        let url = self.url(segments, &[]);
        let key = SystemIds.new_uuid().to_string();
        self.send(|| {
            self.http
                .post(url.clone())
                .header("Idempotency-Key", &key)
                .timeout(ANSWER_TIME)
                .json(body)
        })
        .await
    }

    /// Removes something.
    pub(crate) async fn delete(&self, segments: &[&str]) -> Result<(), RemoteError> {
        let url = self.url(segments, &[]);
        self.send(|| self.http.delete(url.clone()).timeout(ANSWER_TIME))
            .await
            .map(drop)
    }

    /// A request with a body of its own, to be completed; not yet with credentials.
    pub(crate) fn request(&self, method: Method, segments: &[&str]) -> RequestBuilder {
        self.http.request(method, self.url(segments, &[]))
    }

    /// Sends a request, again if the server asks to wait, and gives the answer if it is one of success.
    pub(crate) async fn send(
        &self,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, RemoteError> {
        let mut waited = Duration::ZERO;
        loop {
            let refused = match self.send_once(request()).await {
                Ok(answer) => return Ok(answer),
                Err(refused) => refused,
            };
            match throttle(&refused) {
                Some(wait) if waited + wait <= THROTTLE_TIME => {
                    output::remark(&format!(
                        "{} asks to wait {} s",
                        self.server,
                        wait.as_secs()
                    ));
                    tokio::time::sleep(wait).await;
                    waited += wait;
                }
                _ => return Err(refused),
            }
        }
    }

    /// Sends a request whose body cannot be sent again.
    pub(crate) async fn send_once(&self, request: RequestBuilder) -> Result<Response, RemoteError> {
        let answer = self
            .authorised(request)
            .send()
            .await
            .map_err(|source| self.unreachable(source))?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(Refusal::read(&self.server, answer).await)
        }
    }

    /// The JSON of an answer.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        answer: Response,
    ) -> Result<T, RemoteError> {
        let status = answer.status();
        let bytes = answer
            .bytes()
            .await
            .map_err(|source| self.unreachable(source))?;
        serde_json::from_slice(&bytes).map_err(|source| RemoteError::Unreadable {
            server: self.server.clone(),
            found: format!("status {status} with a body that cannot be read ({source})"),
        })
    }

    pub(crate) fn unreachable(&self, source: reqwest::Error) -> RemoteError {
        RemoteError::Unreachable {
            server: self.server.clone(),
            source,
        }
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.authority {
            Authority::Nobody => request,
            Authority::Token(token) => request.bearer_auth(token),
            Authority::Session { cookie, csrf } => request
                .header(reqwest::header::COOKIE, cookie)
                .header("X-CSRF-Token", csrf),
        }
    }

    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> url::Url {
        let mut url = self.server.creator(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

/// How long the server asks to wait, if that is all that is wrong.
fn throttle(error: &RemoteError) -> Option<Duration> {
    match error {
        RemoteError::Refused { refusal, .. } if refusal.status == StatusCode::TOO_MANY_REQUESTS => {
            refusal.retry_after
        }
        _ => None,
    }
}
