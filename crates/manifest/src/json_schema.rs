//! The manifest as a JSON Schema, for editors and for writers in other languages.

use installhub_artifact::ArtifactType;
use serde_json::{Value, json};

use crate::names::PackageType;

/// A text with something visible and nothing that controls.
const TEXT: &str = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// A text without what controls, perhaps empty.
const NO_CONTROLS: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// The expression that semver.org publishes, with the ASCII digits it means.
const SEMVER: &str = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$";
const DIGEST: &str = "^sha256:[0-9a-f]{64}$";
const PACKAGE_ID: &str =
    "^(pkg-)?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
const DATETIME: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
const EMAIL: &str = r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";
const HTTPS: &str = r"^[hH][tT][tT][pP][sS]://[^\s\\/\u0000-\u001f\u007f-\u009f][^\s\\\u0000-\u001f\u007f-\u009f]*$";
const TAG: &str = "^[a-z0-9-]{1,30}$";

/// The JSON Schema (draft 2020-12) of `manifest.json`.
///
/// It says all that a schema can say. What relates members to each other – unique ids, places, the install order, a digest
/// taken from a dependency, real calendar days, SPDX expressions – only [`parse`](crate::parse) says.
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://installhub.example/schemas/manifest-1.0.schema.json",
        "title": "InstallHub package manifest 1.0",
        "description": "The file manifest.json at the root of a package. Unknown members are kept and ignored.",
        "type": "object",
        "required": [
            "manifestVersion", "packageId", "name", "packageType", "version", "exportedAt", "tenantId", "checksum",
            "artifacts", "dependencies", "packageDependencies", "installOrder",
        ],
        "properties": properties(),
        "$defs": definitions(),
    })
}

fn properties() -> Value {
    json!({
        "manifestVersion": described("The version of this format.", json!({"const": "1.0"})),
        "packageId": described("The identity of this package file, new for every export.", json!({"type": "string", "pattern": PACKAGE_ID})),
        "name": described("What people call the package.", text(100)),
        "packageType": described("What the package is for; databases travel as config-package.", json!({"enum": PackageType::ALL.map(PackageType::as_str)})),
        "version": described("The package's version.", reference("semver")),
        "description": described("What it installs, in a sentence or two.", nullable(text_or_empty(500))),
        "author": described("Who made it.", nullable(text_or_empty(100))),
        "organization": described("For whom.", nullable(text_or_empty(100))),
        "authorEmail": described("Where to write to.", nullable(json!({"type": "string", "maxLength": 254, "pattern": EMAIL}))),
        "license": described("An SPDX expression, or Proprietary.", nullable(text(65_536))),
        "homepage": described("Where to read more.", nullable(json!({"type": "string", "maxLength": 65_536, "pattern": HTTPS}))),
        "tags": described("Words to find it by.", nullable(json!({"type": "array", "maxItems": 10, "items": {"type": "string", "pattern": TAG}}))),
        "exportedAt": described("When it was exported; written in UTC.", json!({"type": "string", "format": "date-time", "pattern": DATETIME})),
        "exportedBy": described("Who exported it; always written.", nullable(text_or_empty(65_536))),
        "tenantId": described("Where it comes from; informational.", text(65_536)),
        "platformVersion": described("The version of the platform it comes from; always written.", nullable(reference("semver"))),
        "checksum": described("The digest of the bytes of all artifact files, one after another in install order.", reference("digest")),
        "artifacts": described("The artifacts in the package.", json!({"type": "array", "minItems": 1, "items": reference("artifact")})),
        "dependencies": described("The whole closure of the artifacts.", json!({"type": "array", "minItems": 1, "items": reference("dependency")})),
        "packageDependencies": described("Packages that must be installed first.", json!({"type": "array", "items": reference("packageDependency")})),
        "installOrder": described("Every artifact id exactly once, dependencies first.", json!({"type": "array", "minItems": 1, "items": text(65_536)})),
        "readmeHash": described("The digest of README.md; checked when it is there.", nullable(reference("digest"))),
    })
}

fn definitions() -> Value {
    json!({
        "semver": {"type": "string", "maxLength": 65_536, "pattern": SEMVER},
        "digest": {"type": "string", "pattern": DIGEST},
        "artifactType": {"enum": ArtifactType::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>()},
        "artifact": {
            "type": "object",
            "required": ["type", "id", "name", "version", "file"],
            "properties": {
                "type": reference("artifactType"),
                "id": described("Unique in the package. Written: 1 to 128 of A-Z a-z 0-9 . _ -", text(65_536)),
                "name": text(65_536),
                "version": reference("semver"),
                "file": described("artifacts/{folder of the type}/{id}.json, or .ndjson for Data.", json!({"type": "string", "maxLength": 65_536, "pattern": r"^artifacts/[a-z]+/[^\u0000-\u001f\u007f-\u009f]+\.(json|ndjson)$"})),
                "hash": described("The digest of the file. Always written; a missing one is taken from the dependency of the same id.", nullable(json!({"anyOf": [reference("digest"), {"type": "string", "pattern": r"^\s*$"}]}))),
            },
        },
        "dependency": {
            "type": "object",
            "required": ["type", "id", "name", "version", "hash"],
            "properties": {
                "type": reference("artifactType"),
                "id": text(65_536),
                "name": text(65_536),
                "version": reference("semver"),
                "hash": reference("digest"),
            },
        },
        "packageDependency": {
            "type": "object",
            "required": ["packageName"],
            "properties": {
                "packageName": text(65_536),
                "minVersion": described("Inclusive; always written.", nullable(reference("semver"))),
                "maxVersion": described("Exclusive.", nullable(reference("semver"))),
            },
        },
    })
}

fn text(longest: u32) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": longest, "pattern": TEXT})
}

fn text_or_empty(longest: u32) -> Value {
    json!({"type": "string", "maxLength": longest, "pattern": NO_CONTROLS})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn nullable(schema: impl Into<Value>) -> Value {
    json!({"anyOf": [schema.into(), {"type": "null"}]})
}

fn described(description: &str, mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), description.into());
    }
    schema
}
