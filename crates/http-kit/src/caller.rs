//! Who calls: built once for each request, before anything of its body is read.

use std::ops::Deref;
use std::sync::Arc;

use installhub_access::{Access, Credential, Principal};
use installhub_kernel::RequestId;
use poem::http::Method;
use poem::http::header::{AUTHORIZATION, COOKIE};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use tokio_util::sync::CancellationToken;

use crate::error::{ApiError, ErrorCode};
use crate::limits::Admitted;

/// The cookie of a session.
pub(crate) const SESSION_COOKIE: &str = "installhub_session";
/// The header in which our pages send the session's CSRF token.
pub(crate) const CSRF_HEADER: &str = "X-CSRF-Token";

/// The caller of an operation, as an argument of its handler; the operation then needs a bearer token or a session.
#[derive(Clone)]
pub struct Caller {
    principal: Principal,
    place: Arc<Admitted>,
    stopping: CancellationToken,
}

impl Caller {
    pub(crate) fn admitted(
        principal: Principal,
        place: Arc<Admitted>,
        stopping: CancellationToken,
    ) -> Self {
        Self {
            principal,
            place,
            stopping,
        }
    }

    /// Cancelled when the process is told to stop.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// The place among the requests that are being done; an answer in pieces holds it until its last.
    pub(crate) fn place(&self) -> Arc<Admitted> {
        Arc::clone(&self.place)
    }
}

impl Deref for Caller {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

/// A credential as it came with a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    Bearer(String),
    Session {
        cookie: String,
        csrf: Option<String>,
    },
}

impl Shown {
    /// What the request shows; a token in the header wins over a cookie that the browser adds by itself.
    pub(crate) fn by(request: &Request) -> Option<Self> {
        if let Some(header) = request.headers().get(AUTHORIZATION) {
            let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
            return scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| Self::Bearer(token.trim().to_owned()));
        }
        cookie(request, SESSION_COOKIE).map(|cookie| Self::Session {
            cookie,
            csrf: request.header(CSRF_HEADER).map(str::to_owned),
        })
    }

    /// The secret itself, to be hashed and never kept.
    pub(crate) fn secret(&self) -> &str {
        match self {
            Self::Bearer(secret) | Self::Session { cookie: secret, .. } => secret,
        }
    }

    /// Asks who it is.
    pub(crate) async fn authenticate(
        &self,
        access: &Access,
        method: &Method,
        request: RequestId,
    ) -> Result<Principal, ApiError> {
        let credential = match self {
            Self::Bearer(token) => Credential::Bearer(token),
            Self::Session { cookie, csrf } => Credential::Session {
                cookie,
                csrf: csrf.as_deref(),
                needs_csrf: !method.is_safe(),
            },
        };
        Ok(access.authenticate(credential, Some(request)).await?)
    }
}

/// The value of a cookie.
pub(crate) fn cookie(request: &Request, name: &str) -> Option<String> {
    request
        .headers()
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = |ty, description| MetaSecurityScheme {
            ty,
            description: Some(description),
            name: None,
            key_in: None,
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(
            "bearer",
            MetaSecurityScheme {
                scheme: Some("bearer"),
                ..scheme("http", "An API token, `ihub_…`.")
            },
        );
        registry.create_security_scheme(
            "session",
            MetaSecurityScheme {
                name: Some(SESSION_COOKIE),
                key_in: Some("cookie"),
                ..scheme(
                    "apiKey",
                    "The session of a signed-in browser. Whatever changes something also needs the session's CSRF token \
                     in the header `X-CSRF-Token`.",
                )
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec!["bearer", "session"]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let caller = request.extensions().get::<Self>().cloned();
        Ok(caller.ok_or_else(unauthenticated)?)
    }
}

/// The answer to who shows nothing, or nothing that can be read.
pub(crate) fn unauthenticated() -> ApiError {
    ApiError::new(
        ErrorCode::Unauthenticated,
        "this operation needs a sign-in: an API token in the header Authorization, or a session",
    )
}
