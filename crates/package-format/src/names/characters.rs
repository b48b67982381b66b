//! Characters and segments that not every system can have in a name.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::quoted;

/// Characters that Windows has another use for.
const WINDOWS: [char; 8] = ['\\', ':', '<', '>', '"', '|', '?', '*'];

/// Characters that look like a slash and are none.
const SLASH_LIKE: [char; 13] = [
    '\u{2044}', '\u{2215}', '\u{2216}', '\u{29F5}', '\u{29F8}', '\u{29F9}', '\u{FE68}', '\u{FF0F}',
    '\u{FF3C}', '\u{2571}', '\u{2572}', '\u{27CB}', '\u{27CD}',
];

/// Names that Windows keeps for devices, whatever extension follows.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Why the name is not one that every system can have, if so.
pub(super) fn invalid(name: &[u8], utf8: bool) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty".to_owned());
    }
    let Ok(text) = str::from_utf8(name) else {
        return Some("it is not UTF-8".to_owned());
    };
    if !text.is_ascii() && !utf8 {
        return Some("it is not ASCII, and its UTF-8 flag is not set".to_owned());
    }
    if let Some(character) = text.chars().find(|c| is_unfit(*c)) {
        return Some(format!("it holds the character {}", described(character)));
    }
    // A slash at the end makes a folder's name.
    let path = text.strip_suffix('/').unwrap_or(text);
    path.split('/').find_map(unfit_segment)
}

fn unfit_segment(segment: &str) -> Option<String> {
    match segment {
        "" => return Some("it has an empty segment".to_owned()),
        "." => return Some("it has a segment '.'".to_owned()),
        _ => {}
    }
    if segment.ends_with(['.', ' ']) {
        return Some(format!(
            "its segment {} ends in a dot or a space",
            quoted(segment)
        ));
    }
    if segment.starts_with(' ') {
        return Some(format!(
            "its segment {} starts with a space",
            quoted(segment)
        ));
    }
    is_reserved(segment).then(|| format!("its segment {} is a device on Windows", quoted(segment)))
}

/// Whether Windows takes the segment for a device: `con`, `COM1.json`, `lpt³ .txt`.
fn is_reserved(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or_default().trim_end();
    // The longest is `conout$`; others need no closer look.
    if stem.len() > 3 * "conout$".len() {
        return false;
    }
    let stem: String = stem.nfkc().flat_map(char::to_lowercase).collect();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    RESERVED.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

fn is_unfit(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control() || WINDOWS.contains(&character);
    }
    SLASH_LIKE.contains(&character)
        || matches!(
            character.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::Unassigned
                | GeneralCategory::Surrogate
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        )
}

/// Whether a character has no shape of its own, so that a name with it looks like one without.
pub(super) fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    matches!(
        character.general_category(),
        GeneralCategory::Control | GeneralCategory::Format
    ) || is_default_ignorable(character)
}

/// Whether a character is left out when the end of a name is looked at; NUL has been looked at before.
pub(super) fn is_ignored(character: char) -> bool {
    is_invisible(character)
}

/// Characters that are no control or format characters and are shown as nothing all the same.
fn is_default_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{034F}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn described(character: char) -> String {
    format!(
        "U+{:04X} {}",
        u32::from(character),
        quoted(&character.to_string())
    )
}
