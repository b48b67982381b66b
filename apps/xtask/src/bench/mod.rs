//! `cargo xtask bench`: what the product takes, next to what others take for the same.

mod cases;
mod figures;
mod inputs;
mod machine;
mod measure;
mod random;
mod report;
mod table;
mod workbench;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::tools;
use crate::workspace::{APP, Profile, build};
use cases::Case;
use inputs::Inputs;
use report::Report;
use workbench::{Scale, Workbench};

pub(crate) use cases::{OrderingArgs, order};

/// What to measure; everything, if nothing is said.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Smaller inputs and fewer rounds, to see that everything works: the figures mean little
    #[arg(long)]
    quick: bool,
    /// Only this; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<Case>,
    /// How often everything runs in turn, the first round not counted [default: 7, or 3 with --quick]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..))]
    rounds: Option<u8>,
}

/// Measures and prints Markdown; a wish that is missed is marked there and is no failure.
pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    tools::require(tools::FOR_BENCHMARKS)?;
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    // Asked before the build adds to it.
    let load = machine::load();
    let app = build(APP, Profile::Release)?;
    let (scale, rounds) = if args.quick {
        (Scale::QUICK, 3)
    } else {
        (Scale::FULL, 7)
    };
    let rounds = args.rounds.unwrap_or(rounds);
    let bench = Workbench::new(&app, scale, rounds.into())?;
    let mut report = Report::new(remarks(args.quick, rounds, load));
    let mut inputs = Inputs::default();
    for case in Case::value_variants() {
        if args.only.is_empty() || args.only.contains(case) {
            eprintln!("{case:?}");
            case.measure(&bench, &mut inputs, &mut report)
                .with_context(|| format!("cannot measure {case:?}"))?;
        }
    }
    print!("{report}");
    Ok(ExitCode::SUCCESS)
}

fn remarks(quick: bool, rounds: u8, load: Option<String>) -> Vec<String> {
    let counted = rounds - 1;
    let mut remarks = vec![format!(
        "medians of {counted} rounds (least–most), after one that is not counted; in each round all programs run in turn; \
         ratios are medians of each round's ratio"
    )];
    remarks.extend(load);
    if quick {
        remarks.push("**quick**: small inputs, figures mean little".to_owned());
    }
    remarks
}

/// Graphs are ordered and inputs made in this very program: it runs optimised too.
fn run_optimised() -> anyhow::Result<ExitCode> {
    let optimised = build(env!("CARGO_PKG_NAME"), Profile::Release)?;
    let status = std::process::Command::new(optimised)
        .args(std::env::args_os().skip(1))
        .status()
        .context("cannot start the optimised build of this program")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
