//! The packages of a demonstration: small, and made by the same pipeline as any other.

use std::fs::{self, File};
use std::path::Path;

use installhub_bootstrap::SystemIds;
use installhub_connector_folder::{FolderOptions, FolderSource};
use installhub_exporting::{ExportObserver, ExportRequest, export};
use installhub_kernel::IdGenerator as _;
use installhub_manifest::{ManifestHeader, PackageId, PackageName, PackageType};
use semver::Version;

use crate::commands::description;
use crate::failure::Failure;

/// One package: what it says about itself, and its files.
pub(super) struct DemoPackage {
    name: &'static str,
    version: Version,
    description: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const LEAVE_REQUESTS: &[(&str, &str)] = &[
    (
        "entity.json",
        include_str!("../../../demo/leave-requests/entity.json"),
    ),
    (
        "form.json",
        include_str!("../../../demo/leave-requests/form.json"),
    ),
    (
        "rules.json",
        include_str!("../../../demo/leave-requests/rules.json"),
    ),
    (
        "process.json",
        include_str!("../../../demo/leave-requests/process.json"),
    ),
];

const EXPENSE_APPROVAL: &[(&str, &str)] = &[
    (
        "entity.json",
        include_str!("../../../demo/expense-approval/entity.json"),
    ),
    (
        "form.json",
        include_str!("../../../demo/expense-approval/form.json"),
    ),
    (
        "process.json",
        include_str!("../../../demo/expense-approval/process.json"),
    ),
];

/// All of them; the first has an earlier version without its rules.
pub(super) fn all() -> [DemoPackage; 3] {
    let package = |name, version, description, files| DemoPackage {
        name,
        version,
        description,
        files,
    };
    [
        package(
            "Leave Requests",
            Version::new(1, 0, 0),
            "Ask for leave and have it approved",
            &LEAVE_REQUESTS[..2],
        ),
        package(
            "Leave Requests",
            Version::new(1, 1, 0),
            "Ask for leave and have it approved, long leave by two people",
            LEAVE_REQUESTS,
        ),
        package(
            "Expense Approval",
            Version::new(1, 0, 0),
            "Hand in expenses with receipts",
            EXPENSE_APPROVAL,
        ),
    ]
}

impl DemoPackage {
    /// Makes the package in `folder`, which is empty and goes afterwards.
    pub(super) async fn make(&self, folder: &Path) -> Result<File, Failure> {
        let unmade = |source: &dyn std::error::Error| {
            Failure::new(
                "CannotWrite",
                format!("cannot make the package {}", self.name),
            )
            .because(source)
        };
        let documents = folder.join("documents");
        fs::create_dir_all(&documents).map_err(|error| unmade(&error))?;
        for (name, content) in self.files {
            fs::write(documents.join(name), content).map_err(|error| unmade(&error))?;
        }
        let name = self
            .name
            .parse::<PackageName>()
            .map_err(|error| unmade(&error))?;
        let mut header = ManifestHeader::new(
            PackageId::from_uuid(SystemIds.new_uuid()),
            name,
            PackageType::Workflow,
            self.version.clone(),
            description::origin()?,
        );
        header.description = Some(self.description.to_owned());
        let path = folder.join("package.zip");
        let mut file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| unmade(&error))?;
        let spool = tempfile::tempfile_in(folder).map_err(|error| unmade(&error))?;
        let request = ExportRequest {
            header,
            readme: None,
            earlier: None,
        };
        let source = Box::new(FolderSource::new(&documents, FolderOptions::default()));
        export(vec![source], request, &mut file, spool, &Unwatched)
            .await
            .map_err(|error| unmade(&error))?;
        File::open(&path).map_err(|error| unmade(&error))
    }
}

struct Unwatched;

impl ExportObserver for Unwatched {
    fn artifact(&self, _done: usize, _total: usize) {}
}
