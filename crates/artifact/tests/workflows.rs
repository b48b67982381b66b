//! Real workflow definitions, as their tool exported them, go through unharmed.

use std::fs;
use std::path::PathBuf;

use installhub_artifact::{
    ArtifactType, JsonRef, check, check_array, parse, parse_ref, references, references_ref,
    rewrite_references, to_canonical_bytes, to_compact_string,
};

fn documents() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/n8n-workflows"
    );
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("the workflows are missing at {folder}: {error}"));
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let documents = paths.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    documents
        .map(|path| (path.clone(), fs::read(path).expect("a readable file")))
        .collect()
}

#[test]
fn real_documents_are_strict_and_survive_writing() {
    let documents = documents();
    assert!(
        documents.len() > 200,
        "found only {} workflows",
        documents.len()
    );
    for (path, bytes) in documents {
        let document = parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            parse_ref(&bytes).map(JsonRef::into_json),
            Ok(document.clone())
        );
        assert_eq!(check(&bytes), Ok(()));
        assert!(
            check_array(&bytes).is_err(),
            "{} is an object",
            path.display()
        );
        let canonical = to_canonical_bytes(&document);
        assert_eq!(parse(&canonical), Ok(document.clone()));
        assert_eq!(
            parse(to_compact_string(&document).as_bytes()),
            Ok(document.clone())
        );
        let theirs: serde_json::Value =
            serde_json::from_slice(&canonical).expect("canonical JSON is JSON");
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON"),
            theirs
        );
    }
}

#[test]
fn real_shapes_do_not_confuse_the_search_for_references() {
    for (path, bytes) in documents() {
        let document = parse(&bytes).expect("strict");
        let borrowed = parse_ref(&bytes).expect("strict");
        for artifact_type in ArtifactType::ALL {
            let found = references(artifact_type, &document);
            assert_eq!(
                references_ref(artifact_type, &borrowed),
                found,
                "{}",
                path.display()
            );
            let mut same = document.clone();
            rewrite_references(artifact_type, &mut same, &|id| Some(id.to_owned()));
            assert_eq!(
                same,
                document,
                "{} is no other under the same ids",
                path.display()
            );
        }
    }
}
