//! Where objects may be kept.

use std::path::PathBuf;

use secrecy::SecretString;

/// Where objects are kept.
#[derive(Debug, Clone)]
pub enum Location {
    /// In a folder, which is created with the first object.
    Folder(PathBuf),
    /// In a bucket of Amazon S3, Cloudflare R2 or another service that speaks the same protocol.
    S3(S3Options),
    /// In memory, gone with the process.
    Memory,
}

/// A bucket, and what it takes to use it.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The address of the service, for example `https://<account>.r2.cloudflarestorage.com`; Amazon's own when absent.
    pub endpoint: Option<String>,
    /// The region that requests are signed for: `eu-central-1`, or `auto` on Cloudflare R2.
    pub region: String,
    /// The bucket, which exists already.
    pub bucket: String,
    /// A folder of the bucket for everything that is kept here, for example `installhub/production`; empty for the bucket itself.
    pub prefix: String,
    /// The name of the key.
    pub access_key: String,
    /// The secret of the key.
    pub secret_key: SecretString,
    /// Whether the bucket stands in the path of an address and not in front of the host.
    pub path_style: bool,
    /// Whether an endpoint without encryption is accepted.
    pub allow_http: bool,
}
