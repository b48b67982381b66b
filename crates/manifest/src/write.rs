//! Writing manifests: canonical JSON, our own nulls left out, unknown members kept.

use installhub_artifact::{Json, Object, to_canonical_bytes};
use serde::{Serialize, Serializer};

use crate::datetime;
use crate::manifest::{ArtifactEntry, DependencyEntry, Manifest, PackageDependency};
use crate::unknown::UnknownMembers;

impl Manifest {
    /// The bytes of `manifest.json`: equal manifests give equal bytes (package format 1.0, Canonical JSON).
    pub fn to_canonical_bytes(&self) -> Vec<u8> {
        to_canonical_bytes(&self.to_json())
    }

    /// The manifest as a JSON value.
    pub fn to_json(&self) -> Json {
        let mut members = Members::of(&self.unknown);
        members.text("manifestVersion", Self::VERSION);
        members.text("packageId", &self.package_id);
        members.text("name", &self.name);
        members.text("packageType", &self.package_type);
        members.text("version", &self.version);
        members.optional("description", self.description.as_ref());
        members.optional("author", self.author.as_ref());
        members.optional("organization", self.organization.as_ref());
        members.optional("authorEmail", self.author_email.as_ref());
        members.optional("license", self.license.as_ref());
        members.optional("homepage", self.homepage.as_ref());
        if !self.tags.is_empty() {
            members.list("tags", self.tags.iter().map(text));
        }
        members.text("exportedAt", &datetime::write(self.exported_at));
        members.optional("exportedBy", self.exported_by.as_ref());
        members.text("tenantId", &self.tenant_id);
        members.optional("platformVersion", self.platform_version.as_ref());
        members.text("checksum", &self.checksum);
        members.list("artifacts", self.artifacts.iter().map(artifact));
        members.list("dependencies", self.dependencies.iter().map(dependency));
        members.list(
            "packageDependencies",
            self.package_dependencies.iter().map(package),
        );
        members.list("installOrder", self.install_order.iter().map(text));
        members.optional("readmeHash", self.readme_hash.as_ref());
        members.into_json()
    }
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

fn artifact(entry: &ArtifactEntry) -> Json {
    let mut members = Members::of(&entry.unknown);
    members.text("type", &entry.artifact_type);
    members.text("id", &entry.id);
    members.text("name", &entry.name);
    members.text("version", &entry.version);
    members.text("file", &entry.file);
    members.text("hash", &entry.hash);
    members.into_json()
}

fn dependency(entry: &DependencyEntry) -> Json {
    let mut members = Members::of(&entry.unknown);
    members.text("type", &entry.artifact_type);
    members.text("id", &entry.id);
    members.text("name", &entry.name);
    members.text("version", &entry.version);
    members.text("hash", &entry.hash);
    members.into_json()
}

fn package(entry: &PackageDependency) -> Json {
    let mut members = Members::of(&entry.unknown);
    members.text("packageName", &entry.package_name);
    members.optional("minVersion", entry.min_version.as_ref());
    members.optional("maxVersion", entry.max_version.as_ref());
    members.into_json()
}

fn text(value: &(impl ToString + ?Sized)) -> Json {
    Json::String(value.to_string())
}

/// The members of an object that is being written; known ones win over unknown ones of the same name.
struct Members(Object);

impl Members {
    fn of(unknown: &UnknownMembers) -> Self {
        Self(unknown.to_object())
    }

    fn text(&mut self, name: &str, value: &(impl ToString + ?Sized)) {
        self.0.insert(name.to_owned(), text(value));
    }

    fn optional(&mut self, name: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = Json>) {
        self.0.insert(name.to_owned(), Json::Array(items.collect()));
    }

    fn into_json(self) -> Json {
        Json::Object(self.0)
    }
}
