//! The format page tells the truth: its examples hold, and it leaves out no code and no type.

use installhub_artifact::{ArtifactType, Category};
use installhub_checksum::{BundleHasher, Digest};
use installhub_manifest::{Code, ValidationFailure, parse};

const PAGE: &str = include_str!("../../../docs/formats/package-1.0.md");

/// The JSON examples in the order of the page: the manifest, its two artifacts, an answer.
fn examples() -> Vec<&'static str> {
    PAGE.split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("an end"))
        .collect()
}

#[test]
fn the_worked_example_holds() {
    let [manifest, entity, form, _] = examples()[..] else {
        panic!("the page has four examples");
    };
    let parsed = parse(manifest.as_bytes());
    assert_eq!(parsed.diagnostics, []);
    let read = parsed.manifest.expect("nothing was found");
    assert_eq!(read.to_canonical_bytes(), manifest.as_bytes());

    let mut bundle = BundleHasher::new();
    for (entry, file) in read
        .artifacts_in_install_order()
        .into_iter()
        .zip([entity, form])
    {
        assert_eq!(entry.hash, Digest::of(file.as_bytes()), "{}", entry.id);
        assert!(
            PAGE.contains(&format!("`{}`, {} bytes", entry.file, file.len())),
            "{}",
            entry.file
        );
        let json = installhub_artifact::parse(file.as_bytes()).expect("strict JSON");
        assert_eq!(
            installhub_artifact::to_canonical_bytes(&json),
            file.as_bytes()
        );
        bundle.update(file.as_bytes());
    }
    assert_eq!(read.checksum, bundle.finish());
    let reversed = Digest::of(format!("{form}{entity}").as_bytes());
    assert!(PAGE.contains(&format!("wrong | `{reversed}` |")));
}

#[test]
fn the_answer_is_the_one_that_is_given() {
    let shown: ValidationFailure = serde_json::from_str(examples()[3]).expect("an answer");
    let found = parse(br#"{"version": "2.1"}"#).diagnostics;
    assert!(found.contains(&shown.errors[0]), "{found:?}");
}

#[test]
fn every_code_has_its_row_in_its_layer() {
    for &code in Code::ALL {
        let layer = code.layer();
        let (_, section) = PAGE
            .split_once(&format!(" – {layer}\n"))
            .expect("a section per layer");
        let section = section.split("\n## ").next().expect("a section");
        let section = section.split("\n### ").next().expect("a section");
        assert!(
            section.contains(&format!("| `{code}` | ")),
            "{code} is missing under {layer}"
        );
    }
}

#[test]
fn every_type_has_its_row() {
    for known in ArtifactType::ALL {
        let spec = known.spec();
        let row = format!("| `{known}` | `{}` |", spec.folder);
        let row = PAGE.lines().find(|line| line.starts_with(&row));
        let row = row.unwrap_or_else(|| panic!("{known} has no row with its folder"));
        if spec.category == Category::Platform {
            let prefix = spec.id_prefix.expect("platform artifacts have one");
            assert!(row.contains(&format!("`{prefix}`")), "{row}");
            for field in spec.references {
                assert!(
                    row.contains(&format!("{}` → {}", field.path, field.target)),
                    "{} {row}",
                    field.path
                );
            }
            for key in spec.merge_keys {
                assert!(
                    row.contains(&format!("`{}`: {}", key.path, key.members.join(" + "))),
                    "{} {row}",
                    key.path
                );
            }
        }
    }
}
