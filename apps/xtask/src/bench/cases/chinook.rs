//! A small database through a package into a new one. `sqlite3` does what comes nearest: all of it as SQL text and back,
//! without a plan, a snapshot, a journal or a hash.

use std::process::Command;

use crate::bench::inputs::{chinook, size};
use crate::bench::measure::{Program, alternate};
use crate::bench::report::Report;
use crate::bench::workbench::{Workbench, describe};

pub(super) fn measure(bench: &Workbench, report: &mut Report) -> anyhow::Result<()> {
    let database = chinook(bench)?;
    let package = bench.path("chinook.zip");
    let sql = bench.path("chinook.sql");

    let mut export = bench.app("export");
    export
        .arg("--from")
        .arg(format!("sqlite:{}", database.display()));
    export.arg("--output").arg(&package);
    describe(&mut export, "Chinook");
    let export = Program::new("installhub export", export).writing(&package);
    let mut dump = Command::new("sqlite3");
    dump.arg(&database).arg(".dump");
    let dump = Program::new("sqlite3 .dump", dump).printing_to(&sql);
    let [ours, theirs] = alternate([export, dump], bench.rounds)?;
    report.compared("export Chinook", &ours, &theirs, None);
    report.took("export Chinook", &ours, Some(size(&package)?), &[]);
    report.took("export Chinook", &theirs, Some(size(&sql)?), &[]);

    let (imported, read) = (bench.path("imported.sqlite"), bench.path("read.sqlite"));
    let mut import = bench.app("import");
    import.arg(&package).arg("--yes");
    import
        .arg("--into")
        .arg(format!("sqlite:{}", imported.display()));
    let import = Program::new("installhub import", import)
        .writing(&imported)
        .writing(&bench.home());
    let mut load = Command::new("sqlite3");
    load.arg(&read).arg(format!(".read '{}'", sql.display()));
    let load = Program::new("sqlite3 .read", load).writing(&read);
    let [ours, theirs] = alternate([import, load], bench.rounds)?;
    report.compared("import Chinook", &ours, &theirs, None);
    report.took("import Chinook", &ours, Some(size(&imported)?), &[]);
    report.took("import Chinook", &theirs, Some(size(&read)?), &[]);
    Ok(())
}
