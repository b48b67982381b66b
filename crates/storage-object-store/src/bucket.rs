//! A bucket of an S3-compatible service.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::SpawnedReqwestConnector;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::signer::{SignedUrlOptions, Signer as _};
use object_store::{
    BackoffConfig, ClientOptions, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RetryConfig,
};
use secrecy::ExposeSecret as _;
use tokio::runtime::Handle;

use crate::S3Options;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// After how long no further attempt is made. With [`CONNECT`] it bounds how long an outage is waited for: under 10 seconds.
const PERSIST: Duration = Duration::from_secs(6);

/// How long the service may be silent when it is asked for something small, or between two pieces of something large.
const SILENCE: Duration = Duration::from_secs(10);

/// How long it may be silent while it takes a part in or copies an object of gigabytes.
const LONG_SILENCE: Duration = Duration::from_mins(5);

/// A bucket, as two clients that differ in how patient they are.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    prompt: PrefixStore<AmazonS3>,
    patient: PrefixStore<AmazonS3>,
    pub(crate) network: Handle,
}

impl Bucket {
    /// A bucket, without asking whether it is there.
    pub(crate) fn open(options: &S3Options, network: Handle) -> Result<Self, object_store::Error> {
        let client = |silence| {
            let store = builder(options, silence)
                .with_http_connector(SpawnedReqwestConnector::new(network.clone()))
                .build()?;
            Ok::<_, object_store::Error>(PrefixStore::new(store, Path::parse(&options.prefix)?))
        };
        Ok(Self {
            prompt: client(SILENCE)?,
            patient: client(LONG_SILENCE)?,
            network,
        })
    }

    /// The client for requests that carry or make much.
    pub(crate) fn patient(&self) -> &PrefixStore<AmazonS3> {
        &self.patient
    }

    /// An address from which anybody can read the object for a while, saved under `disposition`.
    pub(crate) async fn signed_url(
        &self,
        key: &Path,
        valid_for: Duration,
        disposition: String,
    ) -> Result<String, object_store::Error> {
        let options =
            SignedUrlOptions::default().with_query([("response-content-disposition", disposition)]);
        let url = self
            .prompt
            .signed_url_opts(http::Method::GET, key, valid_for, &options)
            .await?;
        Ok(url.into())
    }
}

fn builder(options: &S3Options, silence: Duration) -> AmazonS3Builder {
    let client = ClientOptions::new()
        .with_allow_http(options.allow_http)
        .with_connect_timeout(CONNECT)
        .with_read_timeout(silence)
        // A download may take as long as it takes.
        .with_timeout_disabled();
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: 5,
        retry_timeout: PERSIST,
    };
    let builder = AmazonS3Builder::new()
        .with_client_options(client)
        .with_retry(retry)
        .with_region(&options.region)
        .with_bucket_name(&options.bucket)
        .with_access_key_id(&options.access_key)
        .with_secret_access_key(options.secret_key.expose_secret())
        .with_virtual_hosted_style_request(!options.path_style)
        // Objects go one by one, and not every compatible service has the request for many.
        .with_disable_bulk_delete(true);
    match &options.endpoint {
        Some(endpoint) => builder.with_endpoint(endpoint.trim_end_matches('/')),
        None => builder,
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bucket")
    }
}

/// Sends each request through the client with the right patience.
#[async_trait]
impl ObjectStore for Bucket {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult, object_store::Error> {
        self.patient.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>, object_store::Error> {
        self.patient.put_multipart_opts(location, options).await
    }

    async fn get_opts(
        &self,
        location: &Path,
        options: GetOptions,
    ) -> Result<GetResult, object_store::Error> {
        self.prompt.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path, object_store::Error>>,
    ) -> BoxStream<'static, Result<Path, object_store::Error>> {
        self.prompt.delete_stream(locations)
    }

    fn list(
        &self,
        prefix: Option<&Path>,
    ) -> BoxStream<'static, Result<ObjectMeta, object_store::Error>> {
        self.prompt.list(prefix)
    }

    async fn list_with_delimiter(
        &self,
        prefix: Option<&Path>,
    ) -> Result<ListResult, object_store::Error> {
        self.prompt.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> Result<(), object_store::Error> {
        self.patient.copy_opts(from, to, options).await
    }
}
