//! `installhub audit verify --file`: an export, judged without the service that wrote it.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use installhub_audit_chain::{
    ExportError, ExportReport, KeyId, VerifyingKey, Voucher, verify_export,
};
use serde_json::json;

use crate::cli::OutputFormat;
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) fn verify(
    file: &Path,
    keys: &[PathBuf],
    format: OutputFormat,
) -> Result<Outcome, Failure> {
    let unreadable = |path: &Path, source: &dyn std::error::Error| {
        Failure::new("CannotRead", format!("cannot read {}", path.display())).because(source)
    };
    let mut trusted = Vec::new();
    for path in keys {
        let pem = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        let key = VerifyingKey::from_public_key_pem(&pem);
        trusted.push(key.map_err(|error| unreadable(path, &error))?);
    }
    let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
    match verify_export(BufReader::new(opened), &trusted) {
        Ok(report) if trusted.is_empty() || is_vouched_for(&report) => intact(&report, format),
        Ok(_) => broken("its end is not signed with a key that was given", format),
        Err(ExportError::Unreadable(source)) => Err(unreadable(file, &source)),
        Err(error) => broken(&error.to_string(), format),
    }
}

fn is_vouched_for(report: &ExportReport) -> bool {
    matches!(report.voucher, Voucher::TrustedKey(_))
}

fn intact(report: &ExportReport, format: OutputFormat) -> Result<Outcome, Failure> {
    let (tenant, from, to) = (
        report.header.tenant,
        report.header.from,
        report.last.sequence,
    );
    let (voucher, key, said) = match &report.voucher {
        Voucher::TrustedKey(key) => ("trustedKey", Some(key), "signed with a key that was given"),
        Voucher::OwnKey(key) => (
            "ownKey",
            Some(key),
            "signed with a key that it brings itself: give the one you kept with --key",
        ),
        Voucher::Nobody => ("nobody", None, "signed by nobody"),
    };
    match format {
        OutputFormat::Json => output::json(&json!({
            "verdict": "intact",
            "tenant": tenant,
            "from": from,
            "to": to,
            "voucher": voucher,
            "key": key.map(KeyId::as_str),
        }))?,
        OutputFormat::Human => {
            output::line(&format!(
                "intact    {tenant}: events {from} to {to}, {said}"
            ))?;
        }
    }
    Ok(Outcome::Done)
}

fn broken(finding: &str, format: OutputFormat) -> Result<Outcome, Failure> {
    match format {
        OutputFormat::Json => output::json(&json!({ "verdict": "broken", "finding": finding }))?,
        OutputFormat::Human => output::line(&format!("broken    {finding}"))?,
    }
    Ok(Outcome::Findings)
}
