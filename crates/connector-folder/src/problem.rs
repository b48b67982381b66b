//! Findings about single files, and how they become one answer.

use std::io;

use installhub_exporting::ports::{Notice, SourceError};

/// Something about one file that keeps the folder from being packed.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The file, relative to the folder.
    pub(crate) file: String,
    /// What was found and what was expected.
    pub(crate) message: String,
}

/// Why a file gave no artifact.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The file is at fault; others are still looked at.
    Problem(Problem),
    /// The temporary file is at fault; going on makes no sense.
    Spool(io::Error),
}

impl Problem {
    pub(crate) fn new(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            message: message.into(),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Problem> for SourceError {
    fn from(problem: Problem) -> Self {
        Self::Unreadable {
            object: problem.file,
            message: problem.message,
        }
    }
}

/// One error for all problems, sorted by file; a single one stands for itself.
pub(crate) fn all_together(mut problems: Vec<Problem>) -> SourceError {
    problems.sort_by(|a, b| (&a.file, &a.message).cmp(&(&b.file, &b.message)));
    let mut errors: Vec<SourceError> = problems.into_iter().map(SourceError::from).collect();
    match errors.pop() {
        Some(only) if errors.is_empty() => only,
        Some(last) => {
            errors.push(last);
            SourceError::Several(errors)
        }
        None => SourceError::Several(errors),
    }
}

/// The error for a temporary file that cannot be made, written or read.
pub(crate) fn spool_failed(error: io::Error) -> SourceError {
    SourceError::Unreachable {
        message: "cannot keep the content of the folder in a temporary file: make room for it, or choose another folder for it"
            .to_owned(),
        source: Some(Box::new(error)),
    }
}

pub(crate) fn notice(code: &'static str, object: &str, message: impl Into<String>) -> Notice {
    Notice {
        code,
        object: object.to_owned(),
        message: message.into(),
    }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b' and 3 more`: at most `most` names.
pub(crate) fn named<'n>(names: impl IntoIterator<Item = &'n str>, most: usize) -> String {
    let quoted: Vec<String> = names
        .into_iter()
        .map(|name| format!("'{}'", shown(name)))
        .collect();
    let rest = quoted.len().saturating_sub(most);
    let mut listed = quoted[..quoted.len() - rest].to_vec();
    if rest > 0 {
        listed.push(format!("{rest} more"));
    }
    match listed.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A text from a file, short and on one line.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut short: String = text
        .chars()
        .take(MOST)
        .flat_map(|c| {
            // Quotes inside the quotes of a message are readable as they are.
            let escaped = (c != '\'' && c != '"').then(|| c.escape_debug());
            let plain = escaped.is_none().then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_stay_short() {
        assert_eq!(named([], 2), "");
        assert_eq!(named(["a"], 2), "'a'");
        assert_eq!(named(["a", "b"], 2), "'a' and 'b'");
        assert_eq!(named(["a", "b", "c", "d"], 2), "'a', 'b' and 2 more");
        assert_eq!(named(["it's\n"], 2), "'it's\\n'");
        assert_eq!(shown(&"ä".repeat(81)).chars().count(), 81);
    }

    #[test]
    fn problems_come_together_in_the_order_of_files() {
        let SourceError::Several(errors) = all_together(vec![
            Problem::new("b.json", "x"),
            Problem::new("a.json", "z"),
            Problem::new("a.json", "y"),
        ]) else {
            panic!("expected several");
        };
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["a.json: y", "a.json: z", "b.json: x"]);
        let alone = all_together(vec![Problem::new("a.json", "x")]);
        assert_eq!(alone.to_string(), "a.json: x");
    }
}
