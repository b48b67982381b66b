//! Names that become one name on some system.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::quoted;

/// Two entries that some system cannot hold side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    /// The later entry, by its position in what was given.
    pub(crate) entry: usize,
    /// The entry it clashes with.
    pub(crate) with: usize,
    /// Why.
    pub(crate) message: String,
}

/// All clashes among the names of an archive: equal names, also after normalization and case folding, and a file that is
/// another entry's folder.
pub(crate) fn clashes(names: &[&str]) -> Vec<Clash> {
    let keys: Vec<Cow<'_, str>> = names.iter().map(|name| folded(name)).collect();
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    let mut found = Vec::new();
    for (entry, key) in keys.iter().enumerate() {
        let path = key.trim_end_matches('/');
        match first.get(path) {
            Some(&with) => found.push(Clash {
                entry,
                with,
                message: same(names[with], names[entry]),
            }),
            None => {
                first.insert(path, entry);
            }
        }
    }
    found.extend(files_as_folders(names, &keys, &first));
    found
}

/// Files whose name is a folder of another entry; each is named once.
fn files_as_folders(
    names: &[&str],
    keys: &[Cow<'_, str>],
    first: &HashMap<&str, usize>,
) -> Vec<Clash> {
    let mut found = BTreeMap::new();
    for (entry, key) in keys.iter().enumerate() {
        let path = key.trim_end_matches('/');
        for (slash, _) in path.match_indices('/') {
            if let Some(&file) = first.get(&path[..slash])
                && !names[file].ends_with('/')
            {
                let (file_name, inside) = (quoted(names[file]), quoted(names[entry]));
                found.entry(file).or_insert_with(|| Clash {
                    entry: file,
                    with: entry,
                    message: format!("{file_name} is a file and the folder of {inside} at once"),
                });
            }
        }
    }
    found.into_values().collect()
}

fn same(earlier: &str, later: &str) -> String {
    let (first, second) = (quoted(earlier), quoted(later));
    if earlier == later {
        format!("{second} is in the archive more than once")
    } else {
        format!("{second} and {first} are one name where case and Unicode form do not count")
    }
}

/// The form in which equal names are equal: composed, and folded over case.
fn folded(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(name.to_ascii_lowercase());
        }
        return Cow::Borrowed(name);
    }
    let composed: String = name.nfc().collect();
    Cow::Owned(caseless::default_case_fold_str(&composed).nfc().collect())
}
