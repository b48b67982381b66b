//! Reading a field path back from its text.

use std::str::FromStr;

use installhub_artifact::Number;

use crate::path::{ESCAPED, ElementKey, FieldPath, KeyValue, MAX_DEPTH, Segment};

/// A text that is no [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not a field path: {problem}", shortened(found))]
pub struct FieldPathError {
    found: String,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("expected it to be empty or to begin with '/'")]
    NoSlash,
    #[error("found {0} segments, expected at most 128")]
    TooDeep(usize),
    #[error("expected one of ~0 to ~5 after '~'")]
    Escape,
    #[error("expected ']' at the end of '{}'", shortened(.0))]
    Unclosed(String),
    #[error("expected it written as '{}'", shortened(.0))]
    Spelling(String),
    #[error("expected name=value or name:=number in '{}'", shortened(.0))]
    Key(String),
}

fn shortened(text: &str) -> String {
    const MOST: usize = 120;
    let mut short: String = text
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

impl FromStr for FieldPath {
    type Err = FieldPathError;

    /// Every path has one spelling, so that no two texts can hold decisions about one field.
    fn from_str(text: &str) -> Result<Self, FieldPathError> {
        let refused = |problem| FieldPathError {
            found: text.to_owned(),
            problem,
        };
        let path = segments(text).map(Self::from_segments).map_err(refused)?;
        let spelling = path.to_string();
        if spelling == text {
            Ok(path)
        } else {
            Err(refused(Problem::Spelling(spelling)))
        }
    }
}

impl TryFrom<String> for FieldPath {
    type Error = FieldPathError;

    fn try_from(text: String) -> Result<Self, FieldPathError> {
        text.parse()
    }
}

fn segments(text: &str) -> Result<Vec<Segment>, Problem> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let text = text.strip_prefix('/').ok_or(Problem::NoSlash)?;
    let count = text.split('/').count();
    if count > MAX_DEPTH {
        return Err(Problem::TooDeep(count));
    }
    text.split('/').map(segment).collect()
}

fn segment(text: &str) -> Result<Segment, Problem> {
    let Some(open) = text.strip_prefix('[') else {
        return unescape(text).map(Segment::Member);
    };
    let inner = open
        .strip_suffix(']')
        .ok_or_else(|| Problem::Unclosed(text.to_owned()))?;
    let members = inner.split(',').map(key_member).collect::<Result<_, _>>()?;
    Ok(Segment::Element(ElementKey(members)))
}

fn key_member(text: &str) -> Result<(String, KeyValue), Problem> {
    let wrong = || Problem::Key(text.to_owned());
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let (name, value) = match (name.strip_suffix(':'), value) {
        (Some(name), "true") => (name, KeyValue::Bool(true)),
        (Some(name), "false") => (name, KeyValue::Bool(false)),
        (Some(name), lexeme) => {
            Number::parse(lexeme).map_err(|_| wrong())?;
            (name, KeyValue::Number(lexeme.to_owned()))
        }
        (None, "") => return Err(wrong()),
        (None, text) => (name, KeyValue::Text(unescape(text)?)),
    };
    if name.is_empty() || name.contains(':') {
        return Err(wrong());
    }
    Ok((unescape(name)?, value))
}

fn unescape(text: &str) -> Result<String, Problem> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '~' {
            plain.push(c);
            continue;
        }
        let digit = chars
            .next()
            .and_then(|d| d.to_digit(10))
            .ok_or(Problem::Escape)?;
        plain.push(*ESCAPED.get(digit as usize).ok_or(Problem::Escape)?);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_read_as_they_are_written() {
        for (text, segment_count) in [
            ("", 0),
            ("/", 1),
            ("/nodes/[nodeId=n1]/config/x", 4),
            ("/connections/[from=a,to=b=c]", 2),
            ("/a~1b/~0/~2x/x[y]", 4),
            ("/fields/[id:=-1.50]/[key:=true]/[a~3b~5=c~4d]", 4),
            ("/nodes/[name=a]b]", 2),
        ] {
            let path: FieldPath = text.parse().expect(text);
            assert_eq!(path.segments().len(), segment_count, "{text}");
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn a_text_and_a_number_are_two_keys() {
        let text: FieldPath = "/a/[id=7]".parse().expect("a path");
        let number: FieldPath = "/a/[id:=7]".parse().expect("a path");
        assert_ne!(text, number);
        let document =
            installhub_artifact::parse(br#"{"a": [{"id": 7, "v": 1}, {"id": "7", "v": 2}]}"#)
                .expect("JSON");
        let found = |path: &FieldPath| {
            path.member("v")
                .find(&document)
                .map(installhub_artifact::to_compact_string)
        };
        assert_eq!(found(&text).as_deref(), Some("2"));
        assert_eq!(found(&number).as_deref(), Some("1"));
        assert_eq!(found(&FieldPath::root().member("b")), None);
    }

    #[test]
    fn what_is_no_path_says_what_was_expected() {
        for (text, expected) in [
            ("a", "begin with '/'"),
            ("/~", "after '~'"),
            ("/~9", "after '~'"),
            ("/[a=b", "']' at the end of '[a=b'"),
            ("/[]", "name=value"),
            ("/[a]", "name=value"),
            ("/[a=]", "name=value"),
            ("/[=a]", "name=value"),
            ("/[:=1]", "name=value"),
            ("/[a:=x]", "name=value"),
            ("/[a:b=x]", "name=value"),
            ("/[a=b,]", "name=value"),
            ("/a~2", "written as '/a['"),
            ("/[a=x~3y]", "written as '/[a=x=y]'"),
            (&"/x".repeat(129), "found 129 segments"),
        ] {
            let error = text.parse::<FieldPath>().expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    fn any_segment() -> impl Strategy<Value = Segment> {
        let value = prop_oneof![
            "[\\[\\]~/=,:a1]{1,6}|.+".prop_map(KeyValue::Text),
            any::<i64>().prop_map(|n| KeyValue::Number(n.to_string())),
            any::<bool>().prop_map(KeyValue::Bool),
        ];
        let member = ("[\\[\\]~/=,:a1]{1,6}|.+", value);
        prop_oneof![
            "[\\[\\]~/=,:a1]{0,6}|.*".prop_map(Segment::Member),
            proptest::collection::vec(member, 1..3)
                .prop_map(|members| Segment::Element(ElementKey(members))),
        ]
    }

    proptest! {
        #[test]
        fn every_path_reads_back(segments in proptest::collection::vec(any_segment(), 0..5)) {
            let path = FieldPath::from_segments(segments);
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }

        #[test]
        fn whatever_is_read_is_written_so_again(text in "(/[\\[\\]~0-6=,:a/]{0,8}){0,3}") {
            if let Ok(path) = text.parse::<FieldPath>() {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}
