//! Text for a drawing: escaped, and cut to the width there is.

use unicode_width::UnicodeWidthChar;

use crate::render::plain::one_line;

/// `text` for an attribute or the inside of an element.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// As much of `text` as fits into `width` pixels at `size`, with an ellipsis where something was cut; not escaped.
pub(super) fn fit(text: &str, width: u32, size: u32) -> String {
    let room = width * 100 / size;
    let mut used = 0;
    let mut kept = 0;
    for (position, c) in text.char_indices() {
        used += advance(c);
        if used + advance('…') <= room {
            kept = position + c.len_utf8();
        }
        if used > room {
            return format!("{}…", text[..kept].trim_end());
        }
    }
    text.to_owned()
}

/// How wide `text` about is at `size`, in pixels.
pub(super) fn width(text: &str, size: u32) -> u32 {
    text.chars().map(advance).sum::<u32>() * size / 100
}

/// About how far a character advances in the usual sans-serif faces, in hundredths of the type size, on the safe side.
fn advance(c: char) -> u32 {
    match c {
        'f' | 'i' | 'j' | 'l' | 't' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 36,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 96,
        '…' => 100,
        c if c.is_ascii_lowercase() || c == '-' || c == '/' || c == '(' || c == ')' => 60,
        c if c.is_ascii() => 68,
        c => match c.width() {
            None | Some(0) => 0,
            Some(1) => 68,
            Some(_) => 104,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escape("</text><script a=\"1\" b='2'>&\n\u{1}"),
            "&lt;/text&gt;&lt;script a=&quot;1&quot; b=&#39;2&#39;&gt;&amp; \u{FFFD}"
        );
    }

    #[test]
    fn long_text_is_cut_and_short_text_is_not() {
        assert_eq!(fit("short", 200, 13), "short");
        for text in [
            "W".repeat(99),
            "i".repeat(999),
            "寸法".repeat(40),
            "a ".repeat(99),
        ] {
            let cut = fit(&text, 200, 13);
            assert!(cut.ends_with('…') && cut.len() > 12, "{cut}");
            assert!(width(&cut, 13) <= 200, "{cut}");
            assert!(text.starts_with(cut.trim_end_matches('…')));
        }
    }
}
