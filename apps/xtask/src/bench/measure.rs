//! Running programs and seeing what they took.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use wait4::Wait4;

use super::figures::Spread;

/// A program with its arguments, to be run several times.
#[derive(Debug)]
pub(super) struct Program {
    /// What tables call it.
    pub(super) label: String,
    command: Command,
    /// What a run leaves and the next must not find.
    outputs: Vec<PathBuf>,
    stdout: Option<PathBuf>,
}

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Seconds from start to end.
    pub(super) elapsed: f64,
    /// Seconds of processor time, of all cores, user and system.
    pub(super) processor: f64,
    /// The most memory that was resident at once, in bytes.
    pub(super) peak: u64,
}

impl Program {
    /// A program called `label` in tables.
    pub(super) fn new(label: impl Into<String>, command: Command) -> Self {
        Self {
            label: label.into(),
            command,
            outputs: Vec::new(),
            stdout: None,
        }
    }

    /// Has a file or folder removed before every run.
    #[must_use]
    pub(super) fn writing(mut self, output: &Path) -> Self {
        self.outputs.push(output.to_owned());
        self
    }

    /// Sends what is printed to a file, which otherwise goes nowhere.
    #[must_use]
    pub(super) fn printing_to(mut self, file: &Path) -> Self {
        self.stdout = Some(file.to_owned());
        self
    }

    /// Runs it once, and fails if it does.
    ///
    /// The system counts memory of the parent as a child's until the child is itself, so the peak is never below the few
    /// MiB this process takes.
    pub(super) fn run(&mut self) -> anyhow::Result<Sample> {
        for output in &self.outputs {
            remove(output).with_context(|| format!("cannot remove {}", output.display()))?;
        }
        settle()?;
        let mut complaints = tempfile::tempfile().context("cannot make a temporary file")?;
        let stdout = match &self.stdout {
            Some(file) => File::create(file)
                .with_context(|| format!("cannot write {}", file.display()))?
                .into(),
            None => Stdio::null(),
        };
        self.command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(complaints.try_clone()?);

        let start = Instant::now();
        let mut child = self
            .command
            .spawn()
            .with_context(|| format!("cannot start {}", self.command.get_program().display()))?;
        let used = child.wait4().context("cannot wait for a program")?;
        let elapsed = start.elapsed();

        if !used.status.success() {
            complaints.rewind()?;
            let mut text = Vec::new();
            complaints.take(4096).read_to_end(&mut text)?;
            bail!(
                "{:?} ended with {}: {}",
                self.command,
                used.status,
                String::from_utf8_lossy(&text).trim()
            );
        }
        Ok(Sample {
            elapsed: elapsed.as_secs_f64(),
            processor: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
            peak: used.rusage.maxrss,
        })
    }
}

/// Lets nobody's run pay for what the one before has not yet written to the disk.
fn settle() -> anyhow::Result<()> {
    let status = Command::new("sync").status().context("cannot start sync")?;
    if !status.success() {
        bail!("sync failed");
    }
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    let done = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match done {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// All counted runs of one program.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// What tables call it.
    pub(super) label: String,
    samples: Vec<Sample>,
}

impl Series {
    /// Seconds from start to end.
    pub(super) fn elapsed(&self) -> Spread {
        Spread::of(self.samples.iter().map(|sample| sample.elapsed))
    }

    /// Seconds of processor time.
    pub(super) fn processor(&self) -> Spread {
        Spread::of(self.samples.iter().map(|sample| sample.processor))
    }

    /// The most memory any run took, in bytes.
    pub(super) fn peak(&self) -> u64 {
        let peaks = self.samples.iter().map(|sample| sample.peak);
        peaks.max().unwrap_or_default()
    }

    /// How much longer this took than `other`, round by round: what disturbs a round disturbs both.
    pub(super) fn relative_to(&self, other: &Self) -> Spread {
        let rounds = self.samples.iter().zip(&other.samples);
        Spread::of(rounds.map(|(ours, theirs)| ours.elapsed / theirs.elapsed))
    }
}

/// Runs the programs in turn, `rounds` times, each round in the opposite order of the one before, and forgets the first
/// round, which finds caches cold.
pub(super) fn alternate<const N: usize>(
    mut programs: [Program; N],
    rounds: usize,
) -> anyhow::Result<[Series; N]> {
    let mut series = programs.each_ref().map(|program| Series {
        label: program.label.clone(),
        samples: Vec::new(),
    });
    for round in 0..rounds {
        for turn in 0..N {
            let at = if round % 2 == 0 { turn } else { N - 1 - turn };
            let sample = programs[at].run()?;
            eprintln!(
                "  round {round}: {:>8.3} s  {}",
                sample.elapsed, programs[at].label
            );
            if round > 0 {
                series[at].samples.push(sample);
            }
        }
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_run_is_timed_and_its_memory_seen() {
        let hungry = "python3 -c 'held = bytearray(96 << 20)'";
        let sample = Program::new("hungry", shell(hungry)).run().expect("runs");
        assert!(sample.elapsed > 0.0);
        assert!(sample.processor > 0.0);
        assert!(
            (96 << 20..400 << 20).contains(&sample.peak),
            "{}",
            sample.peak
        );

        let modest = Program::new("modest", shell("true")).run().expect("runs");
        assert!(modest.peak < 64 << 20, "{}", modest.peak);
    }

    #[test]
    fn a_program_that_fails_is_reported_with_what_it_said() {
        let error = Program::new("failing", shell("echo no such package >&2; exit 3"))
            .run()
            .expect_err("it failed");
        let text = format!("{error:#}");
        assert!(text.contains("no such package"), "{text}");
        assert!(text.contains('3'), "{text}");
    }

    #[test]
    fn every_run_starts_without_the_output_of_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("output");
        let script = format!(
            "test ! -e {0} && mkdir {0} && touch {0}/file",
            output.display()
        );
        let mut program = Program::new("writes", shell(&script)).writing(&output);
        for _ in 0..3 {
            program.run().expect("the output is not there yet");
        }
        assert!(output.join("file").exists());
    }

    #[test]
    fn rounds_alternate_and_the_first_is_not_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("log");
        let logging = |label: &str| {
            Program::new(
                label,
                shell(&format!("printf {label} >> {}", log.display())),
            )
        };
        let [first, second] = alternate([logging("a"), logging("b")], 4).expect("both run");
        assert_eq!(fs::read_to_string(&log).expect("a log"), "abbaabba");
        assert_eq!((first.samples.len(), second.samples.len()), (3, 3));
        assert_eq!(first.label, "a");
    }

    #[test]
    fn ratios_pair_the_runs_of_a_round() {
        let series = |elapsed: [f64; 3]| Series {
            label: String::new(),
            samples: elapsed
                .map(|elapsed| Sample {
                    elapsed,
                    processor: 0.0,
                    peak: 0,
                })
                .to_vec(),
        };
        let ratio = series([1.0, 4.0, 3.0]).relative_to(&series([2.0, 8.0, 1.0]));
        assert_eq!((ratio.median, ratio.least, ratio.most), (0.5, 0.5, 3.0));
    }
}
