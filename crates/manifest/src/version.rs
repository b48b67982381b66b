//! What a step between two versions means, and the next version of a kind.

use semver::{BuildMetadata, Prerelease, Version};
use serde::{Deserialize, Serialize};

/// What going from an installed version to an offered one means to those who use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Upgrade {
    /// The offered version is older.
    Downgrade,
    /// Neither is newer; build metadata does not count.
    Same,
    /// Corrections; safe to take by itself.
    Patch,
    /// Additions; what is installed goes on working.
    Minor,
    /// Existing workflows or forms may have to change.
    Major,
}

impl Upgrade {
    /// The step from `installed` to `offered`, by Semantic Versioning precedence.
    ///
    /// ```
    /// use installhub_manifest::Upgrade;
    /// let step = Upgrade::between(&"2.1.0".parse()?, &"2.2.0".parse()?);
    /// assert_eq!(step, Upgrade::Minor);
    /// # Ok::<(), semver::Error>(())
    /// ```
    pub fn between(installed: &Version, offered: &Version) -> Self {
        match offered.cmp_precedence(installed) {
            std::cmp::Ordering::Less => Self::Downgrade,
            std::cmp::Ordering::Equal => Self::Same,
            std::cmp::Ordering::Greater if offered.major != installed.major => Self::Major,
            std::cmp::Ordering::Greater if offered.minor != installed.minor => Self::Minor,
            std::cmp::Ordering::Greater => Self::Patch,
        }
    }
}

/// The kind of a next version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Bump {
    /// `2.1.0` → `2.1.1`
    Patch,
    /// `2.1.0` → `2.2.0`
    Minor,
    /// `2.1.0` → `3.0.0`
    Major,
}

impl Bump {
    /// The lowest release of this kind after `version`; a pre-release leads to its own release.
    pub fn apply(self, version: &Version) -> Version {
        let mut next = Version::new(version.major, version.minor, version.patch);
        let is_release = version.pre.is_empty();
        match self {
            Self::Patch if is_release => next.patch = next.patch.saturating_add(1),
            Self::Minor if is_release || next.patch != 0 => {
                next.minor = next.minor.saturating_add(1);
                next.patch = 0;
            }
            Self::Major if is_release || next.patch != 0 || next.minor != 0 => {
                next.major = next.major.saturating_add(1);
                next.minor = 0;
                next.patch = 0;
            }
            Self::Patch | Self::Minor | Self::Major => {}
        }
        next
    }

    /// The version [`apply`](Self::apply) gives, as a pre-release marked with `stamp`, such as `nightly.20260525`.
    pub fn apply_stamped(self, version: &Version, stamp: &str) -> Result<Version, semver::Error> {
        let mut next = self.apply(version);
        next.pre = Prerelease::new(stamp)?;
        next.build = BuildMetadata::EMPTY;
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn steps_are_named_by_the_leftmost_number_that_changes() {
        for (installed, offered, step) in [
            ("2.1.0", "2.1.0", Upgrade::Same),
            ("2.1.0+a", "2.1.0+b", Upgrade::Same),
            ("2.1.0", "2.1.1", Upgrade::Patch),
            ("2.1.0-rc.1", "2.1.0", Upgrade::Patch),
            ("2.1.9", "2.2.0", Upgrade::Minor),
            ("2.9.9", "3.0.0-alpha", Upgrade::Major),
            ("2.1.0", "2.1.0-rc.1", Upgrade::Downgrade),
            ("3.0.0", "2.9.9", Upgrade::Downgrade),
        ] {
            let found = Upgrade::between(&version(installed), &version(offered));
            assert_eq!(found, step, "{installed} → {offered}");
        }
    }

    #[test]
    fn the_next_version_of_a_kind() {
        for (from, patch, minor, major) in [
            ("2.1.3", "2.1.4", "2.2.0", "3.0.0"),
            ("2.1.3-rc.1", "2.1.3", "2.2.0", "3.0.0"),
            ("2.1.0-rc.1+b", "2.1.0", "2.1.0", "3.0.0"),
            ("2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"),
        ] {
            let next = |bump: Bump| bump.apply(&version(from)).to_string();
            assert_eq!(
                [next(Bump::Patch), next(Bump::Minor), next(Bump::Major)],
                [patch, minor, major]
            );
        }
        let stamped = Bump::Patch.apply_stamped(&version("1.0.0+b"), "nightly.7");
        assert_eq!(stamped.expect("a stamp").to_string(), "1.0.1-nightly.7");
        assert!(Bump::Patch.apply_stamped(&version("1.0.0"), "01").is_err());
    }

    proptest! {
        #[test]
        fn the_next_version_is_always_newer(a in 0..9u64, b in 0..9u64, c in 0..9u64, pre in any::<bool>()) {
            let mut from = Version::new(a, b, c);
            if pre {
                from.pre = Prerelease::new("rc.1").expect("a pre-release");
            }
            for bump in [Bump::Patch, Bump::Minor, Bump::Major] {
                let step = Upgrade::between(&from, &bump.apply(&from));
                prop_assert!(step >= Upgrade::Patch, "{from} {bump:?} {step:?}");
            }
        }
    }
}
