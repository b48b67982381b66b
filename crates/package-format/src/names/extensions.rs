//! Names that end in something to run or to unpack, as a file system would see the end.

use unicode_normalization::UnicodeNormalization;

use super::characters::is_ignored;

const FORBIDDEN: [&str; 4] = ["exe", "dll", "sh", "bat"];
const ARCHIVES: [&str; 14] = [
    "zip", "jar", "war", "ear", "apk", "gz", "tgz", "tar", "bz2", "xz", "7z", "rar", "zst", "cab",
];

/// The forbidden extension that some part of the path would have on some system.
pub(super) fn forbidden(name: &str) -> Option<String> {
    name.split(['/', '\\'])
        .find_map(|segment| one_of(segment, &FORBIDDEN))
}

/// The archive extension that the file would have on some system.
pub(super) fn archive(name: &str) -> Option<String> {
    let last = name
        .trim_end_matches(['/', '\\'])
        .rsplit(['/', '\\'])
        .next()?;
    one_of(last, &ARCHIVES)
}

/// The first of the extensions that the segment ends with, as some system sees its end.
fn one_of(segment: &str, extensions: &[&str]) -> Option<String> {
    seen(segment).into_iter().find_map(|form| {
        let (_, extension) = form.rsplit_once('.')?;
        let known = extensions.iter().find(|known| **known == extension)?;
        Some(format!(".{known}"))
    })
}

/// The forms in which systems see a segment: in lower case and compatible characters, without what cannot be seen, up to
/// a stream (`a.txt:b.exe` has both ends) or a NUL, and without dots and spaces at the end.
fn seen(segment: &str) -> Vec<String> {
    let plain = segment
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b':');
    if plain {
        return vec![segment.trim_end_matches('.').to_ascii_lowercase()];
    }
    let compatible: String = segment.nfkc().collect();
    let ends = |part: &str| {
        let visible: String = part.chars().filter(|c| !is_ignored(*c)).collect();
        let folded = caseless::default_case_fold_str(&visible);
        folded
            .trim_end_matches(|c: char| c == '.' || c.is_whitespace())
            .to_owned()
    };
    let parts = compatible.split([':', '\0']);
    parts.map(ends).chain([ends(&compatible)]).collect()
}
