//! Use cases about getting bytes out.

use chrono::{DateTime, SubsecRound as _, Utc};
use installhub_access::{Permission, Principal};
use installhub_audit_chain::NewEvent;
use installhub_checksum::Digest;
use installhub_kernel::{Actor, ActorKind, PackageVersionId, RequestId, StoreError, TenantScope};
use installhub_manifest::archive_file_name;
use installhub_package_format::BundleStream;
use serde_json::{Value, json};

use crate::packages::VERSION;
use crate::{Catalog, CatalogError, DownloadTicket, PackageVersion};

/// Who fetches with a ticket: whoever has it.
const BEARER: &str = "download-link";

/// The bytes of a version, or where they can be fetched.
pub struct Download {
    /// The name to save them under (package format 1.0, Archive).
    pub file_name: String,
    /// Their digest.
    pub digest: Digest,
    /// How many there are.
    pub bytes: u64,
    /// The bytes, or their place.
    pub content: DownloadContent,
}

/// The bytes, or their place.
pub enum DownloadContent {
    /// The store hands them out itself at this address, for as long as a link works.
    Url(String),
    /// The bytes. They end in an error if they do not have the digest any more.
    Stream(BundleStream),
}

/// A place from which anybody can fetch a version for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadLink {
    /// Where.
    pub place: DownloadPlace,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadPlace {
    /// To the store, at this address.
    Url(String),
    /// To the service, which gives the bytes for this ticket: see [`Catalog::redeem`].
    Ticket(String),
}

impl Catalog {
    /// The bytes of a version. Needs `package:download`.
    pub async fn download(
        &self,
        principal: &Principal,
        id: PackageVersionId,
    ) -> Result<Download, CatalogError> {
        let scope = principal.scope_for(Permission::PackageDownload)?;
        let version = self.version_to_download(scope, id).await?;
        let content = match self.signed_address(scope, &version).await? {
            Some(address) => DownloadContent::Url(address),
            None => DownloadContent::Stream(self.bytes_of(scope, &version).await?),
        };
        self.note(scope, &version, "package.downloaded", json!({}))
            .await?;
        Ok(download(&version, content))
    }

    /// A link by which anybody can fetch a version for 60 minutes. Needs `package:download`.
    ///
    /// A fetch from the store itself cannot be seen, so handing out its address counts as the download.
    pub async fn download_link(
        &self,
        principal: &Principal,
        id: PackageVersionId,
    ) -> Result<DownloadLink, CatalogError> {
        let scope = principal.scope_for(Permission::PackageDownload)?;
        let version = self.version_to_download(scope, id).await?;
        let expires_at = (self.clock.now() + self.settings.link_valid_for).trunc_subsecs(0);
        let signed = self.signed_address(scope, &version).await?;
        let (place, action) = if let Some(address) = signed {
            (DownloadPlace::Url(address), "package.downloaded")
        } else {
            let ticket = DownloadTicket {
                tenant: scope.tenant(),
                version: version.id,
                digest: version.digest,
                expires_at,
            };
            let text = ticket.sign(&self.tickets);
            (DownloadPlace::Ticket(text), "package.linkCreated")
        };
        let details = json!({ "link": true, "expiresAt": expires_at });
        self.note(scope, &version, action, details).await?;
        Ok(DownloadLink { place, expires_at })
    }

    /// The bytes for which somebody has a ticket. Whoever has it needs nothing else.
    ///
    /// [`CatalogError::Ticket`] when the ticket was not made by this service, was altered, or is over.
    pub async fn redeem(
        &self,
        ticket: &str,
        request: Option<RequestId>,
    ) -> Result<Download, CatalogError> {
        let ticket = DownloadTicket::verify(ticket, &self.tickets, self.clock.now())
            .map_err(|_| CatalogError::Ticket)?;
        let scope = bearer_scope(&ticket, request)?;
        let version = self.version_to_download(&scope, ticket.version).await?;
        if version.digest != ticket.digest {
            return Err(CatalogError::Ticket);
        }
        let content = DownloadContent::Stream(self.bytes_of(&scope, &version).await?);
        let details = json!({ "link": true });
        self.note(&scope, &version, "package.downloaded", details)
            .await?;
        Ok(download(&version, content))
    }

    async fn version_to_download(
        &self,
        scope: &TenantScope,
        id: PackageVersionId,
    ) -> Result<PackageVersion, CatalogError> {
        let mut unit = self.store.read(scope).await?;
        let found = unit.packages().version(scope, id).await?;
        found.ok_or_else(|| CatalogError::not_found(VERSION, id))
    }

    async fn signed_address(
        &self,
        scope: &TenantScope,
        version: &PackageVersion,
    ) -> Result<Option<String>, CatalogError> {
        let (name, valid_for) = (file_name(version), self.settings.link_valid_for);
        let bundles = self.bundles.of(scope);
        Ok(bundles
            .find_download_url(version.digest, &name, valid_for)
            .await?)
    }

    async fn bytes_of(
        &self,
        scope: &TenantScope,
        version: &PackageVersion,
    ) -> Result<BundleStream, CatalogError> {
        let found = self.bundles.of(scope).find_bundle(version.digest).await?;
        found.ok_or_else(|| {
            CatalogError::Store(StoreError::Corrupt {
                location: format!("package version {}", version.id),
                message: format!("its bytes with {} are gone", version.digest),
            })
        })
    }

    /// Writes the event, if the version is still there.
    async fn note(
        &self,
        scope: &TenantScope,
        version: &PackageVersion,
        action: &'static str,
        mut details: Value,
    ) -> Result<(), CatalogError> {
        details["name"] = json!(version.name);
        details["version"] = json!(version.version);
        let mut unit = self.store.begin(scope).await?;
        if unit.packages().version(scope, version.id).await?.is_none() {
            return Err(CatalogError::not_found(VERSION, version.id));
        }
        let event = NewEvent::success(action, "packageVersion", version.id).with(details);
        unit.audit().append(scope, event).await?;
        Ok(unit.commit().await?)
    }
}

fn bearer_scope(
    ticket: &DownloadTicket,
    request: Option<RequestId>,
) -> Result<TenantScope, CatalogError> {
    let actor: Actor = BEARER.parse().map_err(|_| CatalogError::Ticket)?;
    Ok(TenantScope::acting(
        ticket.tenant,
        actor,
        ActorKind::System,
        request,
    ))
}

fn file_name(version: &PackageVersion) -> String {
    archive_file_name(&version.name, &version.version)
}

fn download(version: &PackageVersion, content: DownloadContent) -> Download {
    Download {
        file_name: file_name(version),
        digest: version.digest,
        bytes: version.bytes,
        content,
    }
}
