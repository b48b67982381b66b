//! The members that are single values.

use chrono::{DateTime, Utc};
use installhub_checksum::Digest;
use semver::Version;

use super::not_a_list;
use crate::codes::Code;
use crate::diagnostic::DiagnosticSink;
use crate::manifest::Manifest;
use crate::names::{PackageId, PackageType};
use crate::place::At;
use crate::raw::{self, Field};
use crate::rules::{self, LONGEST_TEXT, Reported, Text, present, quoted};

/// The most tags.
const MOST_TAGS: usize = 10;

/// Everything of a manifest that is not about its artifacts.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) package_id: PackageId,
    pub(crate) name: String,
    pub(crate) package_type: PackageType,
    pub(crate) version: Version,
    pub(crate) description: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) author_email: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) exported_at: DateTime<Utc>,
    pub(crate) exported_by: Option<String>,
    pub(crate) tenant_id: String,
    pub(crate) platform_version: Option<Version>,
    pub(crate) checksum: Digest,
    pub(crate) readme_hash: Option<Digest>,
}

/// The header. Every member is looked at before any of them decides.
pub(crate) fn lower(
    raw: &raw::Manifest<'_>,
    sink: &mut DiagnosticSink,
) -> Result<Header, Reported> {
    let short = Text { longest: 100 };
    let sentence = Text { longest: 500 };
    let any = Text {
        longest: LONGEST_TEXT,
    };

    let manifest_version = manifest_version(raw.manifest_version.clone(), sink);
    let package_id =
        rules::PACKAGE_ID.required(raw.package_id.clone(), At::Field("packageId"), sink);
    let name = short.required(raw.name.clone(), At::Field("name"), sink);
    let package_type =
        rules::PACKAGE_TYPE.required(raw.package_type.clone(), At::Field("packageType"), sink);
    let version = rules::VERSION.required(raw.version.clone(), At::Field("version"), sink);
    let description = sentence.optional(raw.description.clone(), At::Field("description"), sink);
    let author = short.optional(raw.author.clone(), At::Field("author"), sink);
    let organization = short.optional(raw.organization.clone(), At::Field("organization"), sink);
    let author_email = rules::EMAIL.optional(&raw.author_email, At::Field("authorEmail"), sink);
    let license = rules::LICENSE.optional(&raw.license, At::Field("license"), sink);
    let homepage = rules::HOMEPAGE.optional(&raw.homepage, At::Field("homepage"), sink);
    let tags = tags(&raw.tags, sink);
    let exported_at =
        rules::DATETIME.required(raw.exported_at.clone(), At::Field("exportedAt"), sink);
    let exported_by = any.optional(raw.exported_by.clone(), At::Field("exportedBy"), sink);
    let tenant_id = any.required(raw.tenant_id.clone(), At::Field("tenantId"), sink);
    let platform_version =
        rules::VERSION.optional(&raw.platform_version, At::Field("platformVersion"), sink);
    let checksum = rules::DIGEST.required(raw.checksum.clone(), At::Field("checksum"), sink);
    let readme_hash = rules::DIGEST.optional(&raw.readme_hash, At::Field("readmeHash"), sink);

    manifest_version?;
    Ok(Header {
        package_id: package_id?,
        name: name?.into_owned(),
        package_type: package_type?,
        version: version?,
        description: description?,
        author: author?,
        organization: organization?,
        author_email: author_email?,
        license: license?,
        homepage: homepage?,
        tags: tags?,
        exported_at: exported_at?,
        exported_by: exported_by?,
        tenant_id: tenant_id?.into_owned(),
        platform_version: platform_version?,
        checksum: checksum?,
        readme_hash: readme_hash?,
    })
}

fn manifest_version(field: Field<'_>, sink: &mut DiagnosticSink) -> Result<(), Reported> {
    let at = At::Field("manifestVersion");
    let field = present(field, at, "'1.0'", sink)?;
    if field.text() == Some(Manifest::VERSION) {
        return Ok(());
    }
    sink.report_at(Code::UnsupportedManifestVersion, at, || {
        format!(
            "{at} {} is not supported — expected '{}'",
            quoted(&field),
            Manifest::VERSION
        )
    });
    Err(Reported)
}

fn tags(field: &Field<'_>, sink: &mut DiagnosticSink) -> Result<Vec<String>, Reported> {
    if matches!(field, Field::Absent | Field::Null) {
        return Ok(Vec::new());
    }
    let at = At::Field("tags");
    let Some(items) = field.items() else {
        not_a_list(field, at, sink);
        return Err(Reported);
    };
    let before = sink.total();
    let mut tags = Vec::new();
    let mut count = 0;
    for item in items {
        let tag = rules::TAG.read(&Field::of(item), At::Item("tags", count), sink);
        count += 1;
        if count <= MOST_TAGS {
            tags.extend(tag);
        }
    }
    if count > MOST_TAGS {
        sink.report_at(Code::ManifestFieldInvalid, at, || {
            format!("{at} has {count} items — expected at most {MOST_TAGS}")
        });
    }
    if sink.total() == before {
        Ok(tags)
    } else {
        Err(Reported)
    }
}
