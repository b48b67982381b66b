//! What an entry's name may be, judged as every file system and every reader would take it (validation, Layer 1).
//!
//! Nothing is repaired: a name that one system would change, hide or read as another is refused.

mod characters;
mod duplicates;
mod extensions;
mod traversal;

pub(crate) use duplicates::clashes;
pub(crate) use traversal::leaves_the_package;

/// What one name is refused for. Several may hold at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NameFault {
    /// The name leads out of the folder it is unpacked into; says how.
    Traversal(String),
    /// A file that a system would run, by its extension.
    Forbidden(String),
    /// An archive, by its extension.
    NestedArchive(String),
    /// A name that not every system can have, or that readers take differently; says why.
    Invalid(String),
}

/// Judges the bytes of a name; `utf8` is whether the records say that it is UTF-8.
pub(crate) fn judge(name: &[u8], utf8: bool, max_bytes: usize) -> Vec<NameFault> {
    // Forms of a name are many times as much work as its bytes; what is too long is not looked at any further.
    if name.len() > max_bytes {
        let why = format!("it has {} bytes; at most {max_bytes} are read", name.len());
        return vec![NameFault::Invalid(why)];
    }
    let text = String::from_utf8_lossy(name);
    let mut faults = Vec::new();
    let traversal = traversal::of_bytes(name);
    let leaves = traversal.is_some();
    faults.extend(traversal.map(NameFault::Traversal));
    faults.extend(extensions::forbidden(&text).map(NameFault::Forbidden));
    faults.extend(extensions::archive(&text).map(NameFault::NestedArchive));
    // A name that leads elsewhere breaks most of these rules as well; it has been named for what it is.
    if !leaves {
        let invalid = characters::invalid(name, utf8);
        faults.extend(invalid.map(NameFault::Invalid));
    }
    faults
}

/// A name in a message: quoted, control and invisible characters escaped, and shortened.
pub(crate) fn quoted(name: &str) -> String {
    const SHOWN: usize = 200;
    let mut shown: String = name
        .chars()
        .take(SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if name.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("'{shown}'")
}

#[cfg(test)]
mod tests;
