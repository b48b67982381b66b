//! What checks against a target have to ask the target.

use std::error::Error;

use async_trait::async_trait;
use installhub_kernel::TenantScope;
use semver::Version;

/// Why the installed packages could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum InstalledPackagesError {
    /// The store does not answer now; asking again may help.
    #[error("asking for installed packages: the store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What is stored makes no sense.
    #[error("asking for installed packages: {place} is corrupt")]
    Corrupt {
        /// Which record.
        place: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Anything else.
    #[error("asking for installed packages failed")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

/// The packages that are installed for a tenant.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait InstalledPackages: Send + Sync {
    /// The version of the package that is installed now, by its exact name; `None` when it is not installed.
    ///
    /// Sees every installation that was committed before the call, and nothing of the tenants outside `scope`.
    async fn installed_version(
        &self,
        scope: &TenantScope,
        package_name: &str,
    ) -> Result<Option<Version>, InstalledPackagesError>;
}
