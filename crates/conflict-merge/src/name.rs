//! Names compared without regard to case.

use std::fmt;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

/// A name in the form in which two names are compared: Unicode simple case folding, then NFC.
///
/// *Simple* folding maps one character to one character: `Σ`, `σ` and `ς` meet, `K` (Kelvin) and `k` meet, but `ß` and
/// `ss` do not. The full folding would make "Maße" and "Masse" one name, and a false match here means that one artifact
/// replaces another, while a missed match only means that both are kept. Lower-casing is no substitute: its result
/// depends on the neighbours (`ΣΑΣ` → `σας`) and leaves `ς` and `σ` apart. NFC lets a composed and a decomposed `é` meet,
/// which no reader can tell apart. Both mappings are stable across Unicode versions for assigned characters, so that
/// a folded name may be stored and indexed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FoldedName(String);

impl FoldedName {
    /// Folds `name`; every text can be folded, and folding twice changes nothing.
    pub fn of(name: &str) -> Self {
        if name.is_ascii() {
            return Self(name.to_ascii_lowercase());
        }
        Self(name.nfc().map(fold_char).nfc().collect())
    }

    /// The folded text, for an index.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FoldedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fold_char(c: char) -> char {
    unicode_case_mapping::case_folded(c)
        .and_then(|folded| char::from_u32(folded.get()))
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_differ_in_case_only_meet_and_others_do_not() {
        for (left, right, same) in [
            ("Order Approval", "order APPROVAL", true),
            ("ΣΑΣ", "σας", true),
            ("\u{212a}elvin", "kelvin", true),
            ("CAFÉ", "cafe\u{301}", true),
            ("ДОГОВОР", "договор", true),
            ("\u{17f}\u{323}", "Ṣ", true),
            ("Maße", "MAẞE", true),
            ("Maße", "Masse", false),
            ("public.film", "public.film ", false),
            ("a", "á", false),
            ("i", "ı", false),
        ] {
            assert_eq!(
                FoldedName::of(left) == FoldedName::of(right),
                same,
                "{left} / {right}"
            );
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in any::<String>()) {
            let once = FoldedName::of(&name);
            prop_assert_eq!(FoldedName::of(once.as_str()), once);
        }
    }
}
