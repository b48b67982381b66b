//! Judges manifests by themselves: `cargo run -p installhub-manifest --example check_manifest -- manifest.json…`
//!
//! Prints one JSON line per file and fails when one of them is not sound.

#![expect(clippy::print_stdout, reason = "an example speaks to a person")]

use std::process::ExitCode;

use installhub_manifest::parse;

fn main() -> std::io::Result<ExitCode> {
    let mut all_sound = true;
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        let parsed = parse(&bytes);
        all_sound &= parsed.total == 0;
        let line = serde_json::json!({
            "file": file,
            "package": parsed.manifest.as_ref().map(installhub_manifest::Manifest::archive_file_name),
            "total": parsed.total,
            "errors": parsed.diagnostics,
        });
        println!("{line}");
    }
    Ok(if all_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
