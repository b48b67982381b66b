//! Whatever happens to the bytes of a package, it is refused, or it still says the same.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::packages::{small_package, unpacked};
use installhub_package_format::{Limits, PackageReader, validate};
use proptest::prelude::*;

/// Three small valid packages by three programs, with and without descriptors and ZIP64.
fn originals() -> Vec<Vec<u8>> {
    let collection =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/valid");
    let read = |name: &str| {
        let path = collection.join(name);
        fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "the conformance collection has to be at {}: {error}",
                path.display()
            )
        })
    };
    vec![
        small_package(),
        read("minimal_one_form.zip"),
        read("data_descriptors_zip64.zip"),
    ]
}

/// Manifest and artifacts, which are all that is installed.
fn content(package: Vec<u8>) -> Vec<Vec<u8>> {
    let reader =
        PackageReader::open(Arc::new(package), &Limits::default()).expect("a valid package");
    let mut content = vec![reader.manifest_bytes().to_vec()];
    for entry in &reader.manifest().artifacts {
        let mut bytes = Vec::new();
        let mut stream = reader.open_artifact(&entry.id).expect("declared");
        std::io::Read::read_to_end(&mut stream, &mut bytes).expect("readable");
        content.push(bytes);
    }
    content
}

fn is_valid(package: &[u8]) -> bool {
    validate(package, &Limits::default())
        .expect("memory reads")
        .is_valid()
}

#[test]
fn every_truncation_is_refused() {
    for original in originals() {
        assert!(is_valid(&original));
        for length in 0..original.len() {
            assert!(!is_valid(&original[..length]), "cut after {length}");
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed_or_changes_nothing() {
    for original in originals() {
        let expected = content(original.clone());
        let mut accepted = 0;
        for bit in 0..original.len() * 8 {
            let mut flipped = original.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if is_valid(&flipped) {
                accepted += 1;
                assert!(
                    content(flipped) == expected,
                    "bit {bit} changes what is installed"
                );
            }
        }
        // Times, versions and harmless attributes are about 20 bytes for each record of a member.
        let members = unpacked(&original).len();
        assert!(
            accepted < members * 2 * 8 * 20,
            "{accepted} flips of {members} members"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!is_valid(&bytes));
    }

    #[test]
    fn any_pieces_of_a_package_get_a_verdict(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let original = small_package();
        let mut bytes = Vec::new();
        for (from, to) in cuts {
            let (from, to) = (from.index(original.len()), to.index(original.len()));
            bytes.extend_from_slice(&original[from.min(to)..from.max(to)]);
        }
        bytes.extend_from_slice(&original[original.len() - 22..]);
        for (at, byte) in noise {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        validate(bytes.as_slice(), &Limits::default()).expect("memory reads");
    }
}
