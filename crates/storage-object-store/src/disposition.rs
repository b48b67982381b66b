//! The name under which a browser saves a download.

use std::fmt::Write as _;

/// The characters of a name that every client takes as they are (RFC 6266 and RFC 8187 leave more, clients do not).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+')
}

/// `Content-Disposition` for saving under a name that a person may have chosen: nothing in it can end the quoted text, name a
/// folder or begin another header.
pub(crate) fn attachment(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = if name.trim_matches(['.', ' ']).is_empty() {
        "download"
    } else {
        name
    };
    let plain: String = name
        .chars()
        .map(|c| match u8::try_from(c) {
            Ok(byte) if is_plain(byte) => c,
            _ => '_',
        })
        .collect();
    let mut disposition = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        disposition.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if is_plain(byte) {
                disposition.push(byte.into());
            } else {
                write!(disposition, "%{byte:02X}").expect("a text takes text");
            }
        }
    }
    disposition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        for (name, expected) in [
            ("demo-1.0.0.zip", r#"attachment; filename="demo-1.0.0.zip""#),
            ("../../etc/passwd", r#"attachment; filename="passwd""#),
            (r"C:\x\a.zip", r#"attachment; filename="a.zip""#),
            ("", r#"attachment; filename="download""#),
            ("a/..", r#"attachment; filename="download""#),
            (
                "a\"; x=\"\r\nSet-Cookie: b",
                "attachment; filename=\"a___x____Set-Cookie__b\"; \
                 filename*=UTF-8''a%22%3B%20x%3D%22%0D%0ASet-Cookie%3A%20b",
            ),
            (
                "Käse.zip",
                "attachment; filename=\"K_se.zip\"; filename*=UTF-8''K%C3%A4se.zip",
            ),
        ] {
            assert_eq!(attachment(name), expected, "{name:?}");
        }
    }
}
