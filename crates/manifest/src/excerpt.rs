//! How messages show a value that was found: short, and harmless on a terminal.

use std::fmt::Write;

/// The most characters of a found value that a message repeats.
const LONGEST: usize = 80;

/// `text` with everything invisible escaped and no longer than [`LONGEST`] characters.
///
/// Quotes stay as they are: messages put the value between quotes for reading, not for parsing.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST));
    let mut characters = text.chars();
    for character in characters.by_ref().take(LONGEST) {
        let escaped = character.escape_debug();
        if escaped.len() == 1 || matches!(character, '\'' | '"' | '\\') {
            shown.push(character);
        } else {
            shown.extend(escaped);
        }
    }
    if characters.next().is_some() {
        // Writing to a `String` cannot fail.
        let _ = write!(shown, "… ({} bytes)", text.len());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_is_shown_is_short_and_visible() {
        for (text, expected) in [
            ("2.1", "2.1"),
            ("it's \"\\\"", "it's \"\\\""),
            ("a\0b\nc\u{1b}[31m", "a\\0b\\nc\\u{1b}[31m"),
            ("x\u{202e}y", "x\\u{202e}y"),
            ("größe", "größe"),
        ] {
            assert_eq!(shown(text), expected);
        }
        let long = shown(&"N".repeat(1_000_000));
        assert!(
            long.ends_with("N… (1000000 bytes)") && long.len() < 110,
            "{long}"
        );
    }
}
