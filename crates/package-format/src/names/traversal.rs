//! Names that lead out of the folder they are unpacked into.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::characters::is_invisible;

/// How often a name is percent-decoded: once by a web server, once by a proxy in front of it, once by a careless client.
const DECODING_ROUNDS: usize = 3;

/// How a name given as text (a manifest's `file`) leaves the package, if it does.
pub(crate) fn leaves_the_package(name: &str) -> Option<String> {
    of_bytes(name.as_bytes())
}

/// How a name leaves the package, in any of the forms that some reader makes of it.
pub(super) fn of_bytes(name: &[u8]) -> Option<String> {
    let mut form = Cow::Borrowed(name);
    for round in 0..=DECODING_ROUNDS {
        let text = text_of(&form);
        if let Some(how) = plain(&text).or_else(|| compatible(&text)) {
            let after = match round {
                0 => String::new(),
                round => format!(" after {round} rounds of percent-decoding"),
            };
            return Some(format!("{how}{after}"));
        }
        match percent_decoded(&form) {
            Some(decoded) => form = Cow::Owned(decoded),
            None => break,
        }
    }
    None
}

/// The text that lenient decoders read, which take overlong forms of `.`, `/` and `\` for the characters.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    const OVERLONG: [(&[u8], u8); 6] = [
        (b"\xc0\xae", b'.'),
        (b"\xc0\xaf", b'/'),
        (b"\xc1\x9c", b'\\'),
        (b"\xe0\x80\xae", b'.'),
        (b"\xe0\x80\xaf", b'/'),
        (b"\xe0\x81\x9c", b'\\'),
    ];
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut shortest = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        let overlong = OVERLONG.iter().find(|(form, _)| rest.starts_with(form));
        if let Some((form, character)) = overlong {
            shortest.push(*character);
            rest = &rest[form.len()..];
        } else {
            shortest.push(*first);
            rest = tail;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&shortest).into_owned())
}

/// The same after compatibility normalization and without what cannot be seen: `‥` becomes `..`, `．` becomes `.`.
fn compatible(text: &str) -> Option<String> {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    let compatible: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
    plain(&compatible)
}

/// How the text as it stands leaves the package.
fn plain(text: &str) -> Option<String> {
    if text.starts_with(['/', '\\']) {
        return Some("it is an absolute path".to_owned());
    }
    if let [letter, b':', ..] = text.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Some("it names a drive".to_owned());
    }
    // Windows ignores spaces and further dots behind the two.
    let climbs = |segment: &str| {
        segment.starts_with("..") && segment.trim_end_matches([' ', '.']).is_empty()
            || segment.trim() == ".."
    };
    text.split(['/', '\\'])
        .any(climbs)
        .then(|| "it has a segment '..'".to_owned())
}

/// The name with every `%XX` replaced, or `None` when there is none.
fn percent_decoded(name: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name;
    let mut found = false;
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => digit(high).zip(digit(low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            decoded.push(u8::try_from(high * 16 + low).unwrap_or(u8::MAX));
            rest = &tail[2..];
            found = true;
        } else {
            decoded.push(*first);
            rest = tail;
        }
    }
    found.then_some(decoded)
}
