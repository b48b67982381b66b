//! Guards against unintended jumps between versions (import, Stages, Package dependencies).

use semver::Version;

use crate::options::ImportOptions;
use crate::plan::PlanBlock;

/// What keeps `incoming` from following `installed`, if anything.
pub(crate) fn version_blocks(
    incoming: &Version,
    installed: Option<&Version>,
    options: &ImportOptions,
) -> Option<PlanBlock> {
    let installed = installed?;
    let block = |code: &str, message: String| {
        Some(PlanBlock {
            code: code.to_owned(),
            artifact: None,
            message,
        })
    };
    if incoming.cmp_precedence(installed).is_lt() && !options.downgrade.is_allowed() {
        return block(
            "VersionDowngrade",
            format!(
                "version {installed} is installed and {incoming} is lower; allow the downgrade to go on"
            ),
        );
    }
    if incoming.major > installed.major && !options.major_upgrade.is_allowed() {
        return block(
            "MajorVersionUpgrade",
            format!(
                "version {installed} is installed and {incoming} may break what uses it; allow the major upgrade to go on"
            ),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Permit;

    fn code(incoming: &str, installed: Option<&str>, options: &ImportOptions) -> Option<String> {
        let version = |text: &str| text.parse::<Version>().expect("a version");
        version_blocks(&version(incoming), installed.map(version).as_ref(), options)
            .map(|block| block.code)
    }

    #[test]
    fn lower_and_higher_majors_need_a_word() {
        let strict = ImportOptions::default();
        for (incoming, installed, expected) in [
            ("1.0.0", None, None),
            ("1.0.0", Some("1.0.0"), None),
            ("1.0.0+1", Some("1.0.0+2"), None),
            ("1.1.0", Some("1.0.0"), None),
            ("1.0.0", Some("1.0.1"), Some("VersionDowngrade")),
            ("1.0.0-rc.1", Some("1.0.0"), Some("VersionDowngrade")),
            ("2.0.0", Some("1.9.9"), Some("MajorVersionUpgrade")),
            ("0.9.0", Some("1.0.0"), Some("VersionDowngrade")),
        ] {
            assert_eq!(
                code(incoming, installed, &strict).as_deref(),
                expected,
                "{incoming} after {installed:?}"
            );
        }
        let open = ImportOptions {
            major_upgrade: Permit::Allow,
            downgrade: Permit::Allow,
            ..ImportOptions::default()
        };
        assert_eq!(code("2.0.0", Some("1.0.0"), &open), None);
        assert_eq!(code("0.1.0", Some("1.0.0"), &open), None);
    }
}
