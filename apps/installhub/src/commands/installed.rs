//! `--installed NAME=VERSION`.

use std::collections::BTreeMap;

use semver::Version;

use crate::failure::Failure;

/// Reads the packages that a target is said to have.
pub(super) fn parse(arguments: &[String]) -> Result<BTreeMap<String, Version>, Failure> {
    arguments.iter().map(|argument| entry(argument)).collect()
}

fn entry(argument: &str) -> Result<(String, Version), Failure> {
    let wrong = || {
        Failure::new(
            "InvalidArgument",
            format!("'{argument}' does not say which package is installed"),
        )
        .help("write --installed NAME=VERSION, for example --installed 'HR Base=1.4.0'")
    };
    let (name, version) = argument.rsplit_once('=').ok_or_else(wrong)?;
    let version = version.parse().map_err(|source| wrong().because(&source))?;
    Ok((name.to_owned(), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_equals_sign_divides() {
        let read = parse(&["a=b=1.2.3".to_owned()]).expect("a name and a version");
        assert_eq!(
            read,
            BTreeMap::from([("a=b".to_owned(), Version::new(1, 2, 3))])
        );
        assert!(parse(&["a".to_owned()]).is_err());
        assert!(parse(&["a=1".to_owned()]).is_err());
    }
}
