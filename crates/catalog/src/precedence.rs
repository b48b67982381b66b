//! Versions as texts that sort as the versions do, so that a database can find the greatest.

use std::fmt::Write as _;

use semver::Version;

/// A text for `version` such that of two versions the one with the higher precedence (Semantic Versioning 2.0.0, §11) has
/// the greater text, compared byte by byte. Build metadata does not count.
pub fn precedence_key(version: &Version) -> String {
    let mut key = format!(
        "{:020}.{:020}.{:020}",
        version.major, version.minor, version.patch
    );
    if version.pre.is_empty() {
        // Behind every pre-release of the same numbers.
        key.push('~');
        return key;
    }
    for identifier in version.pre.as_str().split('.') {
        // Sorts before whatever an identifier can go on with, so that fewer identifiers come first.
        key.push('!');
        if identifier.bytes().all(|byte| byte.is_ascii_digit()) {
            // Numbers come before words. Digits are as many as one likes; more digits are a greater number.
            let _infallible = write!(key, "0{:08}{identifier}", identifier.len());
        } else {
            key.push('1');
            key.push_str(identifier);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_order_of_the_standard_is_kept() {
        let ascending = [
            "0.0.0-0",
            "0.0.0",
            "0.0.9",
            "0.0.10",
            "1.0.0-0",
            "1.0.0-9",
            "1.0.0-10",
            "1.0.0-99999999999999999999999",
            "1.0.0--",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.1.1",
            "1.0.0-alpha.2",
            "1.0.0-alpha.10",
            "1.0.0-alpha.beta",
            "1.0.0-alpha-",
            "1.0.0-alpha0",
            "1.0.0-beta",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "18446744073709551615.0.0",
        ]
        .map(|text| Version::parse(text).expect(text));
        for pair in ascending.windows(2) {
            assert!(pair[0].cmp_precedence(&pair[1]).is_lt(), "{pair:?}");
            assert!(
                precedence_key(&pair[0]) < precedence_key(&pair[1]),
                "{pair:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn texts_sort_as_versions(
            left in "[0-2]\\.[0-1]\\.0(-(0|[1-9][0-9]{0,2}|[a-c-]{1,3})(\\.(0|[1-9][0-9]?|[a-b-]{1,2})){0,2})?",
            right in "[0-2]\\.[0-1]\\.0(-(0|[1-9][0-9]{0,2}|[a-c-]{1,3})(\\.(0|[1-9][0-9]?|[a-b-]{1,2})){0,2})?",
        ) {
            let versions = [left, right].map(|text| Version::parse(&text).expect("a version"));
            let keys = versions.clone().map(|version| precedence_key(&version));
            prop_assert_eq!(keys[0].cmp(&keys[1]), versions[0].cmp_precedence(&versions[1]));
        }
    }
}
