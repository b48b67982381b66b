//! `installhub validate` against a program that only inflates, and a script that checks less.

use std::path::Path;

use crate::bench::measure::alternate;
use crate::bench::report::{Report, Wish};
use crate::bench::workbench::{Workbench, unzip};

/// The part of the time of `unzip -tq` that judging should take.
const WANTED: f64 = 0.5;

pub(super) fn measure(
    what: &str,
    package: &Path,
    memory: Option<u32>,
    bench: &Workbench,
    report: &mut Report,
) -> anyhow::Result<()> {
    let programs = [
        bench.validate(package),
        unzip(package),
        bench.python_reader(package),
    ];
    let [ours, unzip, python] = alternate(programs, bench.rounds)?;
    report.compared(what, &ours, &unzip, Some(WANTED));
    report.compared(what, &ours, &python, None);

    let wishes: Vec<Wish> = memory.map(Wish::Memory).into_iter().collect();
    report.took(what, &ours, None, &wishes);
    report.took(what, &unzip, None, &[]);
    report.took(what, &python, None, &[]);
    Ok(())
}
