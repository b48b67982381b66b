//! How to reach a bucket.

use serde::Serialize;

use super::fields::Fields;

/// How to reach a bucket. The secret is the secret access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct S3Settings {
    /// The address of the service; Amazon's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The region that requests are signed for; `auto` on Cloudflare R2.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// A folder of the bucket; empty for the bucket itself.
    pub prefix: String,
    /// The name of the key.
    pub access_key: String,
    /// Whether the bucket stands in the path of an address and not in front of the host.
    pub path_style: bool,
}

impl S3Settings {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let given = fields.optional_url("settings.endpoint");
        let endpoint = given
            .as_ref()
            .filter(|url| url.path() == "/" && url.query().is_none());
        if given.is_some() && endpoint.is_none() {
            fields.refuse(
                "settings.endpoint",
                "invalid",
                "expected the address of the service alone, without path and query",
            );
        }
        let region = fields.text(
            "settings.region",
            "a region such as eu-central-1, or auto",
            is_region,
        );
        let bucket = fields.text(
            "settings.bucket",
            "3 to 63 lower case letters, digits, dots and hyphens",
            is_bucket,
        );
        let prefix = fields.optional_text(
            "settings.prefix",
            "a folder such as exports/daily",
            is_prefix,
        );
        let access_key = fields.text("settings.accessKey", "the name of a key", is_access_key);
        let path_style = fields.flag("settings.pathStyle");
        Some(Self {
            endpoint: endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned()),
            region: region?.to_owned(),
            bucket: bucket?.to_owned(),
            prefix: prefix.unwrap_or_default().to_owned(),
            access_key: access_key?.to_owned(),
            path_style: path_style?,
        })
    }

    pub(crate) fn destination(&self) -> String {
        self.endpoint.clone().unwrap_or_else(|| "amazon".to_owned())
    }
}

fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_bucket(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
        })
        && !text.contains("..")
}

fn is_prefix(text: &str) -> bool {
    text.is_empty()
        || text.split('/').all(|part| {
            !part.is_empty()
                && !matches!(part, "." | "..")
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        })
}

fn is_access_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
