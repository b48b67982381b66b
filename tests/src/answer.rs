//! What a command answered.

use serde_json::Value;

/// A command that has ended by itself.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The command line.
    pub line: String,
    /// The exit code.
    pub code: i32,
    /// The result stream.
    pub stdout: String,
    /// The error stream.
    pub stderr: String,
}

#[expect(
    clippy::return_self_not_must_use,
    reason = "the exit code alone is often all there is to check"
)]
impl Answer {
    /// Exit code 0: done.
    #[track_caller]
    pub fn done(self) -> Self {
        self.ended_with(0)
    }

    /// Exit code 1: done, and there is something to look at.
    #[track_caller]
    pub fn findings(self) -> Self {
        self.ended_with(1)
    }

    /// Exit code 2: could not run. Says so once on the error stream, and nothing as a result.
    #[track_caller]
    pub fn refused(self) -> Self {
        let answer = self.ended_with(2);
        assert!(
            !answer.stderr.trim().is_empty(),
            "nothing says why:\n{answer}"
        );
        assert!(
            !answer.stderr.contains("panicked"),
            "a panic is no message:\n{answer}"
        );
        answer
    }

    /// A refusal whose message holds all of `texts`.
    #[track_caller]
    pub fn refused_with(self, texts: &[&str]) -> Self {
        let answer = self.refused();
        for text in texts {
            assert!(
                answer.stderr.contains(text),
                "the message lacks '{text}':\n{answer}"
            );
        }
        answer
    }

    #[track_caller]
    fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "unexpected exit code:\n{self}");
        self
    }

    /// The result as JSON, which is one line.
    #[track_caller]
    pub fn json(&self) -> Value {
        let lines = self.json_lines();
        assert_eq!(lines.len(), 1, "expected one line of JSON:\n{self}");
        lines.into_iter().next().unwrap_or_default()
    }

    /// The result as JSON, a value on each line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| match serde_json::from_str(line) {
                Ok(value) => value,
                Err(error) => panic!("'{line}' is no JSON ({error}):\n{self}"),
            })
            .collect()
    }

    /// The failure as JSON: one object, the only thing on the error stream.
    #[track_caller]
    pub fn failure(&self) -> Value {
        assert_eq!(self.stdout, "", "a failure is no result:\n{self}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert_eq!(
            lines.len(),
            1,
            "expected one line of JSON on the error stream:\n{self}"
        );
        let value: Value = match serde_json::from_str(lines[0]) {
            Ok(value) => value,
            Err(error) => panic!("the failure is no JSON ({error}):\n{self}"),
        };
        for member in ["error", "message"] {
            let text = value[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "the failure has no {member}:\n{self}");
        }
        value
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shortened = |text: &str| text.chars().take(6000).collect::<String>();
        writeln!(f, "$ {}", self.line)?;
        writeln!(f, "exit code {}", self.code)?;
        writeln!(f, "--- result\n{}", shortened(&self.stdout))?;
        writeln!(f, "--- errors\n{}", shortened(&self.stderr))
    }
}
