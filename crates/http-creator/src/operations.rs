//! What each operation needs and takes.

use installhub_access::Permission;
use installhub_http_kit::Operation;

/// The table of the API, but for what all APIs share.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::needs("createArtifact", Permission::ArtifactWrite).creating(),
    Operation::needs("listArtifacts", Permission::ArtifactRead),
    Operation::needs("getArtifact", Permission::ArtifactRead),
    Operation::needs("deleteArtifact", Permission::ArtifactDelete),
    Operation::needs("restoreArtifact", Permission::ArtifactDelete),
    Operation::needs("createArtifactVersion", Permission::ArtifactWrite)
        .creating()
        .editing(),
    Operation::needs("listArtifactVersions", Permission::ArtifactRead),
    Operation::needs("getArtifactVersion", Permission::ArtifactRead),
    Operation::needs("uploadPackage", Permission::PackageUpload)
        .creating()
        .streaming(),
    Operation::needs("listPackages", Permission::PackageRead),
    Operation::needs("getPackage", Permission::PackageRead),
    Operation::needs("deletePackage", Permission::PackageDelete),
    Operation::needs("restorePackage", Permission::PackageDelete),
    Operation::needs("listPackageVersions", Permission::PackageRead),
    Operation::needs("getPackageVersion", Permission::PackageRead),
    Operation::needs("deletePackageVersion", Permission::PackageDelete),
    Operation::needs("restorePackageVersion", Permission::PackageDelete),
    Operation::needs("downloadPackage", Permission::PackageDownload),
    Operation::needs("createDownloadLink", Permission::PackageDownload),
    Operation::public("fetchDownload"),
    Operation::needs("beginUpload", Permission::PackageUpload).creating(),
    Operation::needs("getUpload", Permission::PackageUpload),
    Operation::needs("getUploadOffset", Permission::PackageUpload),
    Operation::needs("appendToUpload", Permission::PackageUpload).streaming(),
    Operation::needs("completeUpload", Permission::PackageUpload).creating(),
    Operation::needs("abandonUpload", Permission::PackageUpload),
    Operation::needs("listJobs", Permission::JobRead),
    Operation::needs("getJob", Permission::JobRead),
    Operation::needs("cancelJob", Permission::JobCancel),
    Operation::needs("watchJob", Permission::JobRead),
    Operation::needs("createSchedule", Permission::ScheduleManage).creating(),
    Operation::needs("listSchedules", Permission::ScheduleManage),
    Operation::needs("getSchedule", Permission::ScheduleManage),
    Operation::needs("changeSchedule", Permission::ScheduleManage).editing(),
    Operation::needs("deleteSchedule", Permission::ScheduleManage),
    Operation::needs("restoreSchedule", Permission::ScheduleManage),
    Operation::needs("createConnection", Permission::ConnectionManage).creating(),
    Operation::needs("listConnections", Permission::ConnectionRead),
    Operation::needs("getConnection", Permission::ConnectionRead),
    Operation::needs("changeConnection", Permission::ConnectionManage).editing(),
    Operation::needs("deleteConnection", Permission::ConnectionManage),
    Operation::needs("restoreConnection", Permission::ConnectionManage),
    Operation::needs("testConnection", Permission::ConnectionManage),
    Operation::signed_in("listDeleted"),
    Operation::needs("requestPurge", Permission::PurgeRequest).creating(),
    Operation::needs("listPurgeRequests", Permission::PurgeRequest),
];
