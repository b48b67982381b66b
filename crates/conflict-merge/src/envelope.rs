//! Members that change with every version and must not make every merge clash.

use installhub_artifact::{Json, TypeSpec};
use semver::Version;

use crate::decisions::Decision;

/// Settles a clash at the top-level member `name` if it belongs to the envelope (package format 1.0, Artifact types);
/// `None` if it does not, or if that needs somebody's decision.
///
/// `_version`, `version` and `_schemaVersion`: the higher one by SemVer (`1.0` counts as `1.0.0`), or that of the only
/// side that has one; what is no version clashes like any other value. `_type`: the type being merged. `_exportedAt`:
/// the incoming one, for it is never written.
pub(crate) fn settle(
    spec: &TypeSpec,
    name: &str,
    existing: Option<&Json>,
    incoming: Option<&Json>,
) -> Option<Decision> {
    match name {
        "_version" | "version" | "_schemaVersion" => higher(existing, incoming),
        "_type" => Some(Decision::Value(spec.artifact_type.as_str().into())),
        "_exportedAt" => Some(Decision::Incoming),
        _ => None,
    }
}

fn higher(existing: Option<&Json>, incoming: Option<&Json>) -> Option<Decision> {
    let incoming_wins = match (existing, incoming) {
        (Some(existing), Some(incoming)) => version(existing)? < version(incoming)?,
        (existing, _) => existing.is_none(),
    };
    Some(if incoming_wins {
        Decision::Incoming
    } else {
        Decision::Existing
    })
}

fn version(value: &Json) -> Option<Version> {
    let text = value.as_str()?;
    Version::parse(text)
        .or_else(|_| Version::parse(&format!("{text}.0")))
        .ok()
}

#[cfg(test)]
mod tests {
    use installhub_artifact::ArtifactType;

    use super::*;

    #[test]
    fn the_higher_version_wins_whoever_brings_it() {
        let spec = ArtifactType::AtlasForm.spec();
        for (name, existing, incoming, expected) in [
            (
                "_version",
                Some("1.2.0"),
                Some("1.10.0"),
                Some(Decision::Incoming),
            ),
            (
                "version",
                Some("2.0.0"),
                Some("2.0.0-rc.1"),
                Some(Decision::Existing),
            ),
            (
                "_schemaVersion",
                Some("1.0"),
                Some("1.1"),
                Some(Decision::Incoming),
            ),
            ("_version", Some("1.2.0"), None, Some(Decision::Existing)),
            ("_version", None, Some("1.2.0"), Some(Decision::Incoming)),
            ("_version", Some("7"), Some("eight"), None),
            (
                "_type",
                Some("x"),
                Some("y"),
                Some(Decision::Value("AtlasForm".into())),
            ),
            (
                "_exportedAt",
                Some("a"),
                Some("b"),
                Some(Decision::Incoming),
            ),
            ("name", Some("a"), Some("b"), None),
        ] {
            let (existing, incoming) = (existing.map(Json::from), incoming.map(Json::from));
            assert_eq!(
                settle(spec, name, existing.as_ref(), incoming.as_ref()),
                expected,
                "{name}"
            );
        }
    }
}
