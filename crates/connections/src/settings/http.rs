//! How to reach an HTTP endpoint.

use serde::Serialize;

use super::fields::Fields;

/// How to reach an HTTP endpoint. The secret is the token, the password or the header's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpSettings {
    /// The address, `http` or `https`.
    pub url: String,
    /// How a request says who asks.
    #[serde(flatten)]
    pub authentication: HttpAuthentication,
}

/// How a request says who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "authentication")]
pub enum HttpAuthentication {
    /// Not at all.
    None,
    /// `Authorization: Bearer <secret>`.
    Bearer,
    /// `Authorization: Basic`, with the secret as password.
    Basic {
        /// The name beside the password.
        user: String,
    },
    /// A header of its own whose value is the secret.
    Header {
        /// The header's name.
        header: String,
    },
}

#[derive(Clone, Copy)]
enum Way {
    None,
    Bearer,
    Basic,
    Header,
}

const WAYS: [(&str, Way); 4] = [
    ("none", Way::None),
    ("bearer", Way::Bearer),
    ("basic", Way::Basic),
    ("header", Way::Header),
];

/// Headers that belong to the connection and not to who asks.
const NOT_FOR_SECRETS: [&str; 7] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl HttpSettings {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let url = fields.url("settings.url");
        let authentication = match fields.word("settings.authentication", &WAYS) {
            None => None,
            Some(Way::None) => Some(HttpAuthentication::None),
            Some(Way::Bearer) => Some(HttpAuthentication::Bearer),
            Some(Way::Basic) => fields
                .text("settings.user", "a name without a colon", is_user)
                .map(|user| HttpAuthentication::Basic { user: user.into() }),
            Some(Way::Header) => fields
                .text(
                    "settings.header",
                    "the name of a header of its own",
                    is_header,
                )
                .map(|header| HttpAuthentication::Header {
                    header: header.into(),
                }),
        };
        Some(Self {
            url: url?.into(),
            authentication: authentication?,
        })
    }

    pub(crate) fn destination(&self) -> String {
        match url::Url::parse(&self.url) {
            Ok(url) => url.origin().ascii_serialization(),
            Err(_) => self.url.clone(),
        }
    }
}

fn is_user(text: &str) -> bool {
    !text.is_empty() && !text.contains(':')
}

fn is_header(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !NOT_FOR_SECRETS.contains(&text.to_ascii_lowercase().as_str())
}
