//! `installhub pack` against `zip` over the same files, which reads no JSON, hashes nothing and orders nothing.

use std::path::Path;

use crate::bench::inputs::{Tables, Workflows, size};
use crate::bench::measure::{Program, alternate};
use crate::bench::report::{Report, Wish};
use crate::bench::workbench::{Workbench, zip};

/// The part of the time of `zip -6` that building should take.
const WANTED: f64 = 0.4;

/// Memory for building from 1 GiB, in MiB.
const MEMORY: u32 = 64;

pub(super) fn workflows(
    workflows: &Workflows,
    bench: &Workbench,
    report: &mut Report,
) -> anyhow::Result<()> {
    let output = bench.path("built.zip");
    let pack = bench.pack_workflows(&workflows.files, &output);
    let what = "build from workflow files";
    compare(what, pack, &workflows.files, &[], bench, report)?;

    let pack = bench.pack_unpacked(&workflows.unpacked, &output);
    let what = "build from unpacked workflows";
    compare(what, pack, &workflows.unpacked, &[], bench, report)
}

pub(super) fn tables(
    tables: &Tables,
    bench: &Workbench,
    report: &mut Report,
) -> anyhow::Result<()> {
    let pack = bench.pack_artifacts(&tables.files, &bench.path("built.zip"));
    let wishes = [Wish::Memory(MEMORY)];
    compare("build tables", pack, &tables.files, &wishes, bench, report)
}

fn compare(
    what: &str,
    pack: Program,
    files: &Path,
    wishes: &[Wish],
    bench: &Workbench,
    report: &mut Report,
) -> anyhow::Result<()> {
    let zipped = bench.path("zipped.zip");
    let [ours, theirs] = alternate([pack, zip(files, &zipped)], bench.rounds)?;
    let (our_size, their_size) = (size(&bench.path("built.zip"))?, size(&zipped)?);
    report.compared(what, &ours, &theirs, Some(WANTED));

    let mut wishes = wishes.to_vec();
    wishes.push(Wish::NoLargerThan(their_size));
    report.took(what, &ours, Some(our_size), &wishes);
    report.took(what, &theirs, Some(their_size), &[]);
    Ok(())
}
