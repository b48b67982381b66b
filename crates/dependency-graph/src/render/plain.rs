//! Foreign text made harmless for a drawing: names come from packages and may hold anything.

/// `text` on one line and without anything invisible that could reorder or hide what is beside it.
///
/// White space becomes one space; control characters, characters no XML document may hold, and the invisible ones that
/// change direction become U+FFFD.
pub(crate) fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => '\u{FFFD}',
        '\u{61C}'
        | '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFFE}'
        | '\u{FFFF}' => '\u{FFFD}',
        c => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_out_of_a_line_or_deceive_is_replaced() {
        for (text, expected) in [
            ("Größe 寸法 🙂", "Größe 寸法 🙂"),
            ("a\r\nb\tc\u{2028}d", "a  b c d"),
            ("\u{0}\u{1b}[31m", "\u{FFFD}\u{FFFD}[31m"),
            ("exe.\u{202E}nosj", "exe.\u{FFFD}nosj"),
            ("\u{FFFF}\u{FEFF}", "\u{FFFD}\u{FFFD}"),
        ] {
            assert_eq!(one_line(text).collect::<String>(), expected);
        }
    }
}
