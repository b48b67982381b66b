//! What a package says about itself, from flags, the environment and what was there before.

use std::path::Path;

use chrono::{DateTime, Utc};
use installhub_bootstrap::{SystemClock, SystemIds, environment};
use installhub_kernel::{Actor, Clock, IdGenerator, TenantId};
use installhub_manifest::{
    ManifestHeader, Origin, PackageDependency, PackageId, PackageName, PackageType,
};
use semver::Version;

use crate::cli::DescriptionArgs;
use crate::failure::Failure;

/// A header from flags alone.
pub(super) fn header(
    arguments: &DescriptionArgs,
    package_type: Option<PackageType>,
) -> Result<ManifestHeader, Failure> {
    let missing = |flag: &str, example: &str| {
        Failure::new("MissingArgument", format!("the package needs {flag}"))
            .help(format!("for example: {flag} {example}"))
    };
    let name = arguments
        .name
        .as_deref()
        .ok_or_else(|| missing("--name", "'Onboarding Suite'"))?;
    let version = arguments
        .version
        .clone()
        .ok_or_else(|| missing("--version", "1.0.0"))?;
    let package_type = package_type.ok_or_else(|| missing("--type", "workflow-package"))?;
    let package_id = PackageId::from_uuid(SystemIds.new_uuid());
    let mut header = ManifestHeader::new(
        package_id,
        package_name(name)?,
        package_type,
        version,
        origin()?,
    );
    adjust(&mut header, arguments)?;
    Ok(header)
}

/// Changes in a header what flags say; the rest stays.
pub(super) fn adjust(
    header: &mut ManifestHeader,
    arguments: &DescriptionArgs,
) -> Result<(), Failure> {
    if let Some(name) = &arguments.name {
        header.name = package_name(name)?;
    }
    if let Some(version) = &arguments.version {
        header.version = version.clone();
    }
    if let Some(id) = arguments.package_id {
        header.package_id = PackageId::from_uuid(id);
    }
    if let Some(who) = &arguments.exported_by {
        header.exported_by = actor(who)?;
    }
    header.description = arguments
        .description
        .clone()
        .or_else(|| header.description.take());
    header.author = arguments.author.clone().or_else(|| header.author.take());
    header.license = arguments.license.clone().or_else(|| header.license.take());
    if !arguments.tags.is_empty() {
        header.tags.clone_from(&arguments.tags);
    }
    if !arguments.requires.is_empty() {
        header.package_dependencies = arguments
            .requires
            .iter()
            .map(|range| package_dependency(range))
            .collect::<Result<_, _>>()?;
    }
    header.check().map_err(|invalid| {
        let mut failure = Failure::new(
            "InvalidArgument",
            "the package cannot be described like this",
        );
        failure.causes = invalid
            .diagnostics
            .iter()
            .map(|found| found.message.clone())
            .collect();
        failure
    })
}

/// The author's README, if one was given.
pub(super) fn readme(path: Option<&Path>) -> Result<Option<String>, Failure> {
    path.map(|path| {
        std::fs::read_to_string(path)
            .map_err(|source| super::package_file::unreadable(path, &source))
    })
    .transpose()
}

/// Who acts on this machine.
pub(super) fn session_actor() -> Result<Actor, Failure> {
    actor(&environment::user_name().unwrap_or_else(|| "local".to_owned()))
}

/// Where packages made here come from.
pub(super) fn origin() -> Result<Origin, Failure> {
    Ok(Origin {
        exported_at: export_time()?,
        exported_by: session_actor()?,
        tenant_id: TenantId::LOCAL.to_string(),
        platform_version: platform_version(),
    })
}

/// The version of this platform.
pub(super) fn platform_version() -> Version {
    env!("CARGO_PKG_VERSION")
        .parse()
        .unwrap_or(Version::new(0, 0, 0))
}

/// Now, or the time that reproducible builds are told to take.
fn export_time() -> Result<DateTime<Utc>, Failure> {
    let Some(text) = environment::source_date_epoch() else {
        return Ok(SystemClock.now());
    };
    text.parse()
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or_else(|| {
            Failure::new(
                "InvalidEnvironment",
                format!("SOURCE_DATE_EPOCH is '{text}'"),
            )
            .help("it has to be a whole number of seconds since 1970-01-01")
        })
}

fn package_name(name: &str) -> Result<PackageName, Failure> {
    name.parse()
        .map_err(|source| Failure::from_error("InvalidPackageName", &source))
}

fn actor(name: &str) -> Result<Actor, Failure> {
    name.parse()
        .map_err(|source| Failure::from_error("InvalidArgument", &source))
}

/// `NAME@MIN` or `NAME@MIN..MAX`.
fn package_dependency(range: &str) -> Result<PackageDependency, Failure> {
    let wrong = || {
        Failure::new(
            "InvalidArgument",
            format!("'{range}' does not say which package is required"),
        )
        .help(
            "write --requires 'NAME@1.0.0' or --requires 'NAME@1.0.0..2.0.0' (2.0.0 not included)",
        )
    };
    let (name, versions) = range.rsplit_once('@').ok_or_else(wrong)?;
    let (min, max) = match versions.split_once("..") {
        Some((min, max)) => (min, Some(max)),
        None => (versions, None),
    };
    let version = |text: &str| {
        text.parse::<Version>()
            .map_err(|source| wrong().because(&source))
    };
    let dependency = PackageDependency::from_version(name, version(min)?);
    match max {
        Some(max) => Ok(dependency.below(version(max)?)),
        None => Ok(dependency),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_from_the_right() {
        let read = package_dependency("a@b@1.0.0..2.0.0").expect("a name and a range");
        assert_eq!(read.package_name, "a@b");
        assert!(read.accepts(&Version::new(1, 5, 0)));
        assert!(!read.accepts(&Version::new(2, 0, 0)));
        for wrong in ["a", "a@", "a@1", "a@1.0.0..", "a@..1.0.0"] {
            assert!(package_dependency(wrong).is_err(), "{wrong}");
        }
    }
}
