//! What is written is read as the same manifest, and equal manifests are written as equal bytes.

use chrono::{DateTime, TimeDelta};
use installhub_artifact::{ArtifactType, artifact_file};
use installhub_checksum::Digest;
use installhub_manifest::{
    ArtifactEntry, DependencyEntry, Manifest, PackageDependency, PackageId, PackageType,
    UnknownMembers, json_schema, parse,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use semver::Version;
use uuid::Uuid;

fn version() -> impl Strategy<Value = Version> {
    let text = (
        0..99u64,
        0..99u64,
        0..99u64,
        "(-[a-z]{1,3}(\\.[1-9][0-9]{0,9})?)?(\\+[0-9a-z]{1,4})?",
    );
    text.prop_map(|(a, b, c, rest)| format!("{a}.{b}.{c}{rest}").parse().expect("a version"))
}

/// Members no version of the format knows, with values that a careless reader would change.
fn unknown() -> impl Strategy<Value = UnknownMembers> {
    let values = prop::sample::select(vec![
        "1.0",
        "1e3",
        "[null, {}]",
        "123456789012345678901234567890",
        "\"\\u00e9\"",
    ]);
    vec(("x-[a-z]{1,4}", values), 0..3).prop_map(|members| {
        let members = members.into_iter().map(|(name, value)| {
            (
                name,
                installhub_artifact::parse(value.as_bytes()).expect("JSON"),
            )
        });
        UnknownMembers::from(members.collect::<installhub_artifact::Object>())
    })
}

fn entry() -> impl Strategy<Value = (ArtifactType, String, Version, [u8; 32], UnknownMembers)> {
    (
        prop::sample::select(ArtifactType::ALL.to_vec()),
        "\\PC{1,20}[a-z]",
        version(),
        any::<[u8; 32]>(),
        unknown(),
    )
}

fn entries() -> impl Strategy<Value = (Vec<ArtifactEntry>, Vec<DependencyEntry>)> {
    (
        btree_set("[^\\p{C}]{0,8}[A-Za-z0-9]", 1..6),
        vec(entry(), 6),
    )
        .prop_map(|(ids, entries)| {
            let of =
                |(id, (artifact_type, name, version, hash, unknown)): (String, _)| ArtifactEntry {
                    file: artifact_file(artifact_type, &id),
                    artifact_type,
                    id,
                    name,
                    version,
                    hash: Digest::from_bytes(hash),
                    unknown,
                };
            let artifacts: Vec<_> = ids.into_iter().zip(entries).map(of).collect();
            let closure = artifacts.iter().cloned().map(|entry| DependencyEntry {
                artifact_type: entry.artifact_type,
                id: entry.id,
                name: entry.name,
                version: entry.version,
                hash: entry.hash,
                unknown: entry.unknown,
            });
            let closure = closure.collect();
            (artifacts, closure)
        })
}

fn packages() -> impl Strategy<Value = Vec<PackageDependency>> {
    let range = (version(), option::of(version()), unknown());
    (btree_set("[A-Z][a-z. ]{0,6}", 0..3), vec(range, 3)).prop_map(|(names, ranges)| {
        let of = |(name, (min, max, unknown)): (String, (Version, Option<Version>, _))| {
            PackageDependency {
                package_name: name,
                max_version: max.filter(|max| min.cmp_precedence(max).is_le()),
                min_version: Some(min),
                unknown,
            }
        };
        names.into_iter().zip(ranges).map(of).collect()
    })
}

prop_compose! {
    fn manifests()(
        (artifacts, dependencies) in entries(),
        package_dependencies in packages(),
        name in "\\PC{0,60}[a-zA-Z]",
        (version, platform_version) in (version(), option::of(version())),
        texts in vec(option::of("\\PC{0,100}"), 4),
        known in option::of((Just("MIT OR Apache-2.0"), "[a-z]{1,9}@[a-z]{1,9}\\.example", "https://[a-z]{1,9}\\.example/[a-z]{0,5}")),
        tags in vec("[a-z0-9-]{1,30}", 0..10),
        (uuid, checksum, readme_hash) in (any::<u128>(), any::<[u8; 32]>(), option::of(any::<[u8; 32]>())),
        (kind, nanoseconds) in (0..5usize, 0..i64::MAX),
        unknown in unknown(),
    ) -> Manifest {
        let mut install_order: Vec<_> = artifacts.iter().map(|entry| entry.id.clone()).collect();
        install_order.reverse();
        let (license, author_email, homepage) = known.map_or((None, None, None), |(a, b, c)| (Some(a.to_owned()), Some(b), Some(c)));
        let mut texts = texts.into_iter();
        Manifest {
            package_id: PackageId::from_uuid(Uuid::from_u128(uuid)),
            name,
            package_type: PackageType::ALL[kind],
            version,
            description: texts.next().flatten(),
            author: texts.next().flatten(),
            organization: texts.next().flatten(),
            author_email,
            license,
            homepage,
            tags,
            exported_at: DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(nanoseconds),
            exported_by: texts.next().flatten(),
            tenant_id: "tenant".to_owned(),
            platform_version,
            checksum: Digest::from_bytes(checksum),
            artifacts,
            dependencies,
            package_dependencies,
            install_order,
            readme_hash: readme_hash.map(Digest::from_bytes),
            unknown,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn written_manifests_read_back(manifest in manifests()) {
        let bytes = manifest.to_canonical_bytes();
        let parsed = parse(&bytes);
        prop_assert_eq!(&parsed.diagnostics, &[]);
        prop_assert!(parsed.order_is_complete());
        let read = parsed.manifest.expect("nothing was found");
        prop_assert_eq!(&read, &manifest);
        prop_assert_eq!(read.to_canonical_bytes(), bytes.clone());

        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let compact = serde_json::to_vec(&serde_json::to_value(&manifest).expect("JSON")).expect("JSON");
        prop_assert_eq!(parse(&compact).total, 0);
        let schema = jsonschema::draft202012::new(&json_schema()).expect("a schema");
        prop_assert_eq!(schema.iter_errors(&value).map(|error| error.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn no_bytes_panic_and_findings_mean_no_manifest(
        at in 0..2000usize,
        put in vec(any::<u8>(), 0..4),
        take in 0..4usize,
    ) {
        let mut bytes = include_bytes!("valid/three_artifacts.json").to_vec();
        let at = at.min(bytes.len() - 4);
        bytes.splice(at..at + take, put);
        let parsed = parse(&bytes);
        prop_assert_eq!(parsed.manifest.is_some(), parsed.total == 0);
        for entry in parsed.declared() {
            prop_assert!(entry.index < 3);
        }
        if let Some(manifest) = &parsed.manifest {
            let written = manifest.to_canonical_bytes();
            let again = parse(&written).manifest;
            prop_assert_eq!(again.as_ref(), Some(manifest));
        }
    }
}
