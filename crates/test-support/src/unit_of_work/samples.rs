//! Records to put into stores.

use chrono::{DateTime, Utc};
use installhub_artifact::{ArtifactType, Json, parse};
use installhub_checksum::Digest;
use installhub_importing::ImportState;
use installhub_importing::ports::{
    BaseDocument, Fingerprint, ImportRecord, InstallationRecord, InstallationStatus,
    InstalledArtifact, JournalPhase, NewDocument, ObjectMark, OpenReference, TargetKind,
};
use installhub_kernel::{ImportId, InstallationId, SnapshotId};
use installhub_recovery::SnapshotRecord;
use semver::Version;
use uuid::Uuid;

/// So many seconds after midnight of 2026-01-01 (UTC), and a few microseconds, which stores must keep.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + seconds, 123_456_000).expect("the year 2026 has room")
}

/// A JSON document.
///
/// # Panics
///
/// When it is none.
pub fn json(text: &str) -> Json {
    parse(text.as_bytes()).expect("samples are JSON")
}

/// A form with this id and name.
pub fn form(id: &str, name: &str) -> NewDocument {
    document(ArtifactType::AtlasForm, id, name)
}

/// A document with this id and name, and numbers that must not be rounded.
pub fn document(artifact_type: ArtifactType, id: &str, name: &str) -> NewDocument {
    let mut content = json(
        r#"{"limit": 12345678901234567890.10, "fields": [{"fieldId": "f1", "label": "Größe"}]}"#,
    );
    if let Some(members) = content.as_object_mut() {
        members.insert("id".to_owned(), Json::from(id));
        members.insert("name".to_owned(), Json::from(name));
    }
    NewDocument {
        artifact_type,
        id: id.to_owned(),
        name: name.to_owned(),
        version: Version::new(1, 2, 3),
        content,
    }
}

/// Import number `number`, asked for at [`at`]`(number)`.
pub fn import(number: u32, target: &str) -> ImportRecord {
    ImportRecord {
        id: import_id(number),
        package_name: "Order Approval".to_owned(),
        package_version: Version::new(1, 0, u64::from(number)),
        package_id: format!("pkg-{number}"),
        package_digest: Digest::of(&number.to_be_bytes()),
        target_kind: TargetKind::Store,
        target: target.to_owned(),
        state: ImportState::Pending,
        phase: JournalPhase::Planned,
        actor: "tester@example.com".parse().expect("an address is a name"),
        created_at: at(i64::from(number)),
        updated_at: at(i64::from(number)),
        plan: None,
        before: None,
        after: None,
        snapshot: None,
        outcome: None,
        error: None,
    }
}

/// The same import with every field filled.
pub fn full_import(number: u32, target: &str) -> ImportRecord {
    let nested = format!("{}1.50{}", "[".repeat(120), "]".repeat(120));
    ImportRecord {
        target_kind: TargetKind::Database,
        phase: JournalPhase::Committing,
        plan: Some(json(&format!(
            r#"{{"steps": [{{"changes": [{nested}]}}]}}"#
        ))),
        before: Some(fingerprint(&[("table main.Artist", Some(275))])),
        after: Some(fingerprint(&[
            ("table main.Artist", Some(276)),
            ("AtlasForm f1 (Employee)", None),
        ])),
        snapshot: Some(SnapshotId::from_uuid(Uuid::from_u128(7))),
        outcome: Some(InstallationRecord {
            artifacts: vec![
                InstalledArtifact {
                    base: Some(BaseDocument::of(&json(&nested))),
                    ..artifact(1)
                },
                artifact(2),
            ],
            ..installation(number, number, "Order Approval", target)
        }),
        error: Some("what went wrong".to_owned()),
        ..import(number, target)
    }
}

fn fingerprint(objects: &[(&str, Option<u64>)]) -> Fingerprint {
    let objects = objects.iter().map(|(name, rows)| {
        (
            (*name).to_owned(),
            ObjectMark {
                digest: Digest::of(name.as_bytes()),
                rows: *rows,
            },
        )
    });
    Fingerprint {
        objects: objects.collect(),
    }
}

/// The id of import number `number`.
pub fn import_id(number: u32) -> ImportId {
    ImportId::from_uuid(Uuid::from_u128(0x1000_0000 + u128::from(number)))
}

/// The id of installation number `number`.
pub fn installation_id(number: u32) -> InstallationId {
    InstallationId::from_uuid(Uuid::from_u128(0x2000_0000 + u128::from(number)))
}

/// The id of snapshot number `number`.
pub fn snapshot_id(number: u32) -> SnapshotId {
    SnapshotId::from_uuid(Uuid::from_u128(0x3000_0000 + u128::from(number)))
}

/// Installation number `number`, made by import number `import`; its version is 1.0.`number`.
pub fn installation(
    number: u32,
    import: u32,
    package_name: &str,
    target: &str,
) -> InstallationRecord {
    InstallationRecord {
        id: installation_id(number),
        import: import_id(import),
        package_name: package_name.to_owned(),
        package_version: Version::new(1, 0, u64::from(number)),
        package_id: format!("pkg-{number}"),
        target: target.to_owned(),
        status: InstallationStatus::Active,
        supersedes: None,
        installed_at: at(i64::from(number)),
        installed_by: "tester@example.com".parse().expect("an address is a name"),
        artifacts: vec![
            InstalledArtifact {
                base: Some(BaseDocument::of(&json(r#"{"id": "a", "limit": 1.50}"#))),
                ..artifact(2)
            },
            artifact(1),
        ],
        open_references: vec![
            OpenReference {
                source_id: "b".to_owned(),
                pointer: "/x".to_owned(),
                missing_id: "gone".to_owned(),
            },
            OpenReference {
                source_id: "a".to_owned(),
                pointer: "/y/0".to_owned(),
                missing_id: "gone".to_owned(),
            },
        ],
    }
}

/// An installed artifact without a base.
pub fn artifact(number: u32) -> InstalledArtifact {
    InstalledArtifact {
        artifact_type: ArtifactType::AtlasForm,
        source_id: format!("form-{number}"),
        target_id: format!("form-new-{number}"),
        name: format!("Form {number}"),
        hash: Digest::of(&number.to_be_bytes()),
        base: None,
    }
}

/// Snapshot number `number`, taken at [`at`]`(number)`, which expires at [`at`]`(expires)`.
pub fn snapshot(number: u32, key: &str, expires: i64) -> SnapshotRecord {
    SnapshotRecord {
        id: snapshot_id(number),
        target: "artifact-store".to_owned(),
        key: key.to_owned(),
        digest: Digest::of(key.as_bytes()),
        raw_bytes: 5_000_000_000,
        stored_bytes: 1_234,
        created_at: at(i64::from(number)),
        expires_at: at(expires),
    }
}
