//! The service under load: reads next to a handler that does nothing, a large upload, an idle process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use installhub_acceptance::Server;
use serde_json::Value;

use super::super::figures::{Spread, as_size, grouped, mebibytes, wish};
use super::super::report::Report;
use super::super::workbench::Workbench;
use crate::workspace::{Metadata, cargo};

/// Nobody measured may be told to come back later.
const UNLIMITED: [&str; 4] = [
    "server.requests_per_minute_per_user=100000000",
    "server.requests_per_minute_per_tenant=100000000",
    "server.requests_per_minute_per_address=100000000",
    "telemetry.log=warn",
];
const CONNECTIONS: &str = "-c64";

/// Measures all of it.
pub(super) fn measure(
    bench: &Workbench,
    package: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    idle(bench, report)?;
    let server = Server::of_program(bench.program(), &bench.path("service"), &UNLIMITED);
    reads(bench, &server, report)?;
    upload(&server, package, report)?;
    server.stop();
    Ok(())
}

/// How soon a process with data is ready, and what it holds when nobody asks anything.
fn idle(bench: &Workbench, report: &mut Report) -> anyhow::Result<()> {
    let home = bench.path("service");
    Server::of_program(bench.program(), &home, &UNLIMITED).stop();
    let mut ready = Vec::new();
    let mut memory = 0;
    for _ in 0..bench.rounds {
        let begun = Instant::now();
        let server = Server::of_program(bench.program(), &home, &UNLIMITED);
        ready.push(begun.elapsed().as_secs_f64());
        memory = memory.max(resident(server.id(), "VmRSS")?);
        server.stop();
    }
    let ready = Spread::of(ready);
    report.figure(
        "ready after",
        ready.as_time(),
        wish("≤ 300 ms", ready.median <= 0.3),
    );
    report.figure(
        "memory of an idle process",
        as_size(memory),
        wish("≤ 50 MiB", mebibytes(memory) <= 50.0),
    );
    Ok(())
}

/// One read, from 64 connections, in turn with a handler that does nothing.
fn reads(bench: &Workbench, server: &Server, report: &mut Report) -> anyhow::Result<()> {
    let token = format!("Authorization: Bearer {}", server.user("viewer").token);
    let list = get(&format!("{}/api/v1/packages", server.url()), &token)?;
    let id = list["items"][0]["id"].as_str().context("a package")?;
    let url = format!("{}/api/v1/packages/{id}", server.url());
    let nothing = Empty::start()?;
    let (mut ours, mut theirs, mut slowest) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..bench.rounds {
        let load = wrk(&url, Some(&token))?;
        let empty = wrk(&nothing.url, None)?;
        if round > 0 {
            ours.push(load.per_second);
            theirs.push(empty.per_second);
            slowest.push(load.ninety_nine.as_secs_f64());
        }
    }
    let ratio = Spread::of(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs));
    report.figure(
        "reads of a package, 64 connections",
        format!(
            "{}/s; a handler that does nothing {}/s; ratio {}",
            whole(Spread::of(ours).median),
            whole(Spread::of(theirs).median),
            ratio.as_factor()
        ),
        wish("≥ 0.5", ratio.median >= 0.5),
    );
    let slowest = Spread::of(slowest);
    report.figure(
        "99 of 100 of them within",
        slowest.as_time(),
        wish("≤ 10 ms", slowest.median <= 0.01),
    );
    Ok(())
}

/// A package of half a gigabyte and more, in one request.
fn upload(server: &Server, package: &Path, report: &mut Report) -> anyhow::Result<()> {
    let before = resident(server.id(), "VmRSS")?;
    let begun = Instant::now();
    let answer = Command::new("curl")
        .args(["--silent", "--show-error", "--fail-with-body"])
        .arg("--header")
        .arg(format!(
            "Authorization: Bearer {}",
            server.user("creator").token
        ))
        .args(["--header", "Content-Type: application/zip", "--upload-file"])
        .arg(package)
        .args(["--request", "POST"])
        .arg(format!("{}/api/v1/packages", server.url()))
        .output()
        .context("cannot start curl")?;
    let took = begun.elapsed().as_secs_f64();
    ensure!(
        answer.status.success(),
        "the upload was refused: {}",
        String::from_utf8_lossy(&answer.stdout)
    );
    let more = resident(server.id(), "VmHWM")?.saturating_sub(before);
    let bytes = fs::metadata(package)?.len();
    report.figure(
        &format!("upload of {}", as_size(bytes)),
        format!("{took:.1} s"),
        String::new(),
    );
    report.figure(
        "memory beyond that of the process before",
        as_size(more),
        wish("≤ 64 MiB", mebibytes(more) <= 64.0),
    );
    Ok(())
}

fn whole(number: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of requests is neither negative nor that large"
    )]
    grouped(number.round() as u64)
}

fn get(url: &str, header: &str) -> anyhow::Result<Value> {
    let answer = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--fail-with-body",
            "--header",
            header,
            url,
        ])
        .output()
        .context("cannot start curl")?;
    ensure!(answer.status.success(), "{url} was refused");
    Ok(serde_json::from_slice(&answer.stdout)?)
}

struct Load {
    per_second: f64,
    ninety_nine: Duration,
}

fn wrk(url: &str, header: Option<&str>) -> anyhow::Result<Load> {
    let mut command = Command::new("wrk");
    command.args(["-t2", CONNECTIONS, "-d3s", "--latency"]);
    if let Some(header) = header {
        command.args(["--header", header]);
    }
    let output = command.arg(url).output().context("cannot start wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || text.contains("Non-2xx") {
        bail!("wrk met answers that are no successes:\n{text}");
    }
    let word = |label: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(label));
        line.and_then(|line| line.split_whitespace().last())
            .with_context(|| format!("wrk did not say {label}:\n{text}"))
    };
    Ok(Load {
        per_second: word("Requests/sec:")?.parse()?,
        ninety_nine: duration(word("99%")?)?,
    })
}

/// `1.23ms`, `345.00us` or `1.02s`.
fn duration(text: &str) -> anyhow::Result<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        other => bail!("'{other}' is no unit that is known"),
    };
    Ok(Duration::from_secs_f64(digits.parse::<f64>()? * factor))
}

/// What the system says about the memory of a process, in bytes.
fn resident(process: u32, field: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with(field));
    let kibibytes: u64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .context("the system does not say it")?
        .parse()?;
    Ok(kibibytes * 1024)
}

/// A server that does nothing.
struct Empty {
    process: Child,
    url: String,
}

impl Empty {
    fn start() -> anyhow::Result<Self> {
        let built = cargo()
            .args(["build", "--quiet", "--locked", "--release"])
            .args([
                "--package",
                "installhub-http-kit",
                "--example",
                "empty_handler",
            ])
            .status()
            .context("cannot start cargo")?;
        ensure!(
            built.success(),
            "the handler that does nothing does not build"
        );
        let program: PathBuf = Metadata::read()?
            .target_directory
            .join("release/examples/empty_handler");
        let mut process = Command::new(program)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the handler that does nothing")?;
        let said = process.stdout.take().context("it has a result stream")?;
        let mut address = String::new();
        BufReader::new(said).read_line(&mut address)?;
        let url = format!("http://{}/", address.trim().trim_start_matches("socket://"));
        Ok(Self { process, url })
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_wrk_are_read() {
        assert_eq!(duration("1.50ms").ok(), Some(Duration::from_micros(1500)));
        assert_eq!(duration("250.00us").ok(), Some(Duration::from_micros(250)));
        assert_eq!(duration("2.00s").ok(), Some(Duration::from_secs(2)));
        assert!(duration("1.00m").is_err());
    }
}
