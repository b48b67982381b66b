//! `installhub upload`.

use serde_json::{Value, json};

use crate::cli::{GlobalArgs, OutputFormat, UploadArgs};
use crate::commands::package_file;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::views::Finding;
use crate::remote::{self, Uploaded};

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &UploadArgs,
) -> Result<Outcome, Failure> {
    let session = super::session(global, &arguments.remote)?;
    let path = &arguments.file;
    let file = package_file::open(path)?;
    let bar = output::progress("uploading");
    let uploaded = remote::upload(&session, path, &file, &bar).await?;
    bar.finish_and_clear();
    let shown = path.display().to_string();
    match (uploaded, arguments.output.format) {
        (Uploaded::Accepted { result, resumed_at }, OutputFormat::Json) => {
            output::json(&json!({
                "file": shown, "valid": true, "resumedAt": resumed_at, "result": result,
            }))?;
            Ok(Outcome::Done)
        }
        (Uploaded::Accepted { result, resumed_at }, OutputFormat::Human) => {
            if resumed_at > 0 {
                output::remark(&format!("went on from byte {resumed_at}"));
            }
            let label = output::colored(anstyle::AnsiColor::Green, "uploaded");
            output::line(&format!("{label} {shown}: {}", describe(&result)))?;
            Ok(Outcome::Done)
        }
        (Uploaded::Rejected { findings, total }, OutputFormat::Json) => {
            output::json(&json!({
                "file": shown, "valid": false, "errors": findings, "total": total,
            }))?;
            Ok(Outcome::Findings)
        }
        (Uploaded::Rejected { findings, total }, OutputFormat::Human) => {
            let label = output::colored(anstyle::AnsiColor::Red, "invalid");
            let count = if total == 1 {
                "1 finding".to_owned()
            } else {
                format!("{total} findings")
            };
            output::line(&format!("{label} {shown}: {count}"))?;
            print_findings(&findings, total)?;
            Ok(Outcome::Findings)
        }
    }
}

/// Findings as `installhub validate` prints them.
pub(super) fn print_findings(findings: &[Finding], total: usize) -> Result<(), Failure> {
    for found in findings {
        let layer = found.layer.as_deref().unwrap_or("request");
        output::line(&format!("  {layer} {}: {}", found.code, found.message))?;
    }
    if total > findings.len() {
        output::line(&format!("  … and {} more", total - findings.len()))?;
    }
    Ok(())
}

/// Name and version, as far as the server tells them; else its id.
fn describe(result: &Value) -> String {
    let member = |name: &str| result[name].as_str();
    match (member("name"), member("version")) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        _ => result.to_string(),
    }
}
