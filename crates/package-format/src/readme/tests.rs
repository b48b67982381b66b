//! What a generated README says, and what it can be made to say.

use chrono::DateTime;
use installhub_artifact::ArtifactType;
use installhub_manifest::UnknownMembers;

use super::*;
use crate::fixture;

fn artifact(id: String, name: &str) -> ArtifactEntry {
    ArtifactEntry {
        artifact_type: ArtifactType::AtlasForm,
        file: format!("artifacts/forms/{id}.json"),
        id,
        name: name.to_owned(),
        version: semver::Version::new(1, 2, 3),
        hash: Digest::of(b""),
        unknown: UnknownMembers::new(),
    }
}

#[test]
fn it_says_what_a_reader_wants_to_know() {
    let mut header = fixture::header();
    header.exported_at = DateTime::UNIX_EPOCH;
    let dependency = PackageDependency::from_version("HR Base", semver::Version::new(1, 0, 0));
    header.package_dependencies = vec![dependency.below(semver::Version::new(2, 0, 0))];
    let readme = generate_readme(
        &header,
        &[artifact("form-1".into(), "Form")],
        Digest::of(b"x"),
    );
    for said in [
        "# Onboarding Suite\n",
        "| Version | 2.1.0 |",
        "| Exported at | 1970-01-01T00:00:00Z |",
        "1 AtlasForm\n",
        "| AtlasForm | `form-1` | Form | 1.2.3 |",
        "- HR Base from 1.0.0 below 2.0.0",
        "`installhub import onboarding-suite-2.1.0.zip --into TARGET`",
        &Digest::of(b"x").to_string(),
    ] {
        assert!(readme.contains(said), "{said} is not in\n{readme}");
    }
}

#[test]
fn names_cannot_become_markup() {
    let name = "<script>x</script> | [a](javascript:b)\n# *c* `d`";
    let readme = generate_readme(
        &fixture::header(),
        &[artifact("a".into(), name)],
        Digest::of(b""),
    );
    let row = "| AtlasForm | `a` | &lt;script&gt;x&lt;/script&gt; \\| \\[a\\]\\(javascript:b\\) \\# \\*c\\* \\`d\\` | 1.2.3 |";
    assert!(readme.contains(row), "{readme}");
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let name = "*".repeat(300);
    let artifacts: Vec<_> = (0..5_000)
        .map(|number| artifact(format!("form-{number}"), &name))
        .collect();
    let readme = generate_readme(&fixture::header(), &artifacts, Digest::of(b""));
    assert!(readme.len() <= README_BYTES, "{}", readme.len());
    assert!(readme.contains("5000 AtlasForm\n"));
    assert!(readme.contains(" more, all listed in `manifest.json`."));
    assert!(readme.contains("## Checksum"));
}
