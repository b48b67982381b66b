//! What was measured, as Markdown.

use std::fmt;

use super::figures::{Spread, as_size, grouped, mebibytes, wish};
use super::inputs::Extent;
use super::machine;
use super::measure::Series;
use super::table::Table;

/// All tables of a run.
#[derive(Debug)]
pub(super) struct Report {
    remarks: Vec<String>,
    inputs: Table,
    times: Table,
    resources: Table,
    figures: Table,
}

impl Report {
    /// A report without figures; `remarks` say under which circumstances they come.
    pub(super) fn new(remarks: Vec<String>) -> Self {
        Self {
            remarks,
            inputs: Table::new(&["input", "files", "size", "package"]),
            times: Table::new(&[
                "measured",
                "InstallHub",
                "compared with",
                "time",
                "ratio",
                "wanted",
            ]),
            resources: Table::new(&[
                "measured",
                "program",
                "processor time",
                "peak memory",
                "written",
                "wanted",
            ]),
            figures: Table::new(&["measured", "figure", "wanted"]),
        }
    }

    /// Adds what is measured with.
    pub(super) fn input(&mut self, what: &str, extent: &Extent, package: u64) {
        self.inputs.row([
            what.to_owned(),
            grouped(extent.files),
            as_size(extent.bytes),
            as_size(package),
        ]);
    }

    /// Adds a figure that fits no other table, and whether it is as wanted.
    pub(super) fn figure(&mut self, what: &str, figure: String, wanted: String) {
        self.figures.row([what.to_owned(), figure, wanted]);
    }

    /// Adds how long `ours` took, compared with `theirs`, of which it should take at most the part `wanted`.
    pub(super) fn compared(
        &mut self,
        what: &str,
        ours: &Series,
        theirs: &Series,
        wanted: Option<f64>,
    ) {
        let ratio = ours.relative_to(theirs);
        let verdict = wanted.map(|most| wish(&format!("≤ {most}"), ratio.median <= most));
        self.times.row([
            what.to_owned(),
            ours.elapsed().as_time(),
            theirs.label.clone(),
            theirs.elapsed().as_time(),
            ratio.as_factor(),
            verdict.unwrap_or_default(),
        ]);
    }

    /// Adds how long something took that is compared with nothing, and should take at most `wanted` seconds.
    pub(super) fn alone(&mut self, what: &str, seconds: Spread, wanted: Option<f64>) {
        let verdict = wanted.map(|most| wish(&format!("≤ {most} s"), seconds.median <= most));
        self.times.row([
            what.to_owned(),
            seconds.as_time(),
            String::new(),
            String::new(),
            String::new(),
            verdict.unwrap_or_default(),
        ]);
    }

    /// Adds what a program took besides time, and what it wrote.
    pub(super) fn took(
        &mut self,
        what: &str,
        series: &Series,
        written: Option<u64>,
        wishes: &[Wish],
    ) {
        let verdicts: Vec<String> = wishes
            .iter()
            .map(|wish| wish.judge(series.peak(), written.unwrap_or_default()))
            .collect();
        self.resources.row([
            what.to_owned(),
            series.label.clone(),
            series.processor().as_time(),
            as_size(series.peak()),
            written.map(as_size).unwrap_or_default(),
            verdicts.join("; "),
        ]);
    }
}

/// What is wanted of memory and size.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish {
    /// At most so many MiB of memory.
    Memory(u32),
    /// Written no more than so many bytes.
    NoLargerThan(u64),
}

impl Wish {
    fn judge(self, peak: u64, written: u64) -> String {
        match self {
            Self::Memory(most) => wish(
                &format!("≤ {most} MiB of memory"),
                mebibytes(peak) <= f64::from(most),
            ),
            Self::NoLargerThan(theirs) => wish("no larger", written <= theirs),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in machine::facts().iter().chain(&self.remarks) {
            writeln!(f, "- {line}")?;
        }
        for table in [&self.inputs, &self.times, &self.resources, &self.figures] {
            if !table.is_empty() {
                write!(f, "\n{table}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_judged_at_their_bound() {
        let mib = 1024 * 1024;
        assert_eq!(
            Wish::Memory(64).judge(64 * mib, 0),
            "≤ 64 MiB of memory: met"
        );
        assert!(Wish::Memory(64).judge(65 * mib, 0).contains("**MISSED**"));
        assert!(Wish::NoLargerThan(100).judge(0, 100).contains("met"));
        assert!(Wish::NoLargerThan(100).judge(0, 101).contains("**MISSED**"));
    }

    #[test]
    fn a_missed_wish_is_marked_and_empty_tables_are_left_out() {
        let mut report = Report::new(vec!["7 rounds".to_owned()]);
        report.alone("ordering", Spread::of([1.5]), Some(1.0));
        let text = report.to_string();
        assert!(text.contains("- 7 rounds\n"), "{text}");
        assert!(text.contains("≤ 1 s: **MISSED**"), "{text}");
        assert!(!text.contains("| input"), "{text}");
    }
}
