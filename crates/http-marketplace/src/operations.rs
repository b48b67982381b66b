//! What each operation needs and takes.

use installhub_access::Permission;
use installhub_http_kit::Operation;

/// The table of the API, but for what all APIs share.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::needs("listPackages", Permission::PackageRead),
    Operation::needs("getPackage", Permission::PackageRead),
    Operation::needs("listPackageVersions", Permission::PackageRead),
    Operation::needs("getPackageVersion", Permission::PackageRead),
    Operation::needs("downloadPackage", Permission::PackageDownload),
];
