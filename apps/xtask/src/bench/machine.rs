//! What figures depend on, and nothing that says whose machine it is.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use super::figures::as_size;

/// Processor, memory, kernel, and the versions of what is compared with.
pub(super) fn facts() -> Vec<String> {
    let cores = available_parallelism().map_or(0, std::num::NonZero::get);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "processor".to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
        .map_or_else(String::new, |kib| {
            format!(", {} of memory", as_size(kib * 1024))
        });
    let kernel = ["ostype", "osrelease"].map(|name| {
        let path = format!("/proc/sys/kernel/{name}");
        fs::read_to_string(path)
            .unwrap_or_default()
            .trim()
            .to_owned()
    });
    vec![
        format!("{processor}, {cores} cores{memory}"),
        kernel.join(" "),
        [
            first_words("unzip", &["-v"], 2),
            // `zip -v` states its version after two lines of licence.
            zip_version(),
            first_words("python3", &["--version"], 2),
            first_words("sqlite3", &["--version"], 1).map(|version| format!("SQLite {version}")),
            first_words("rustc", &["--version"], 2),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", "),
    ]
}

/// How many processes of others wanted a core in the last minute; absent where the system does not tell.
pub(super) fn load() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let minute = text.split(' ').next()?;
    Some(format!("load of the machine before the start: {minute}"))
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    String::from_utf8(output.stdout).ok()
}

fn first_words(program: &str, args: &[&str], count: usize) -> Option<String> {
    let text = said(program, args)?;
    let words: Vec<_> = text.split_whitespace().take(count).collect();
    Some(words.join(" "))
}

fn zip_version() -> Option<String> {
    let text = said("zip", &["-v"])?;
    let (_, rest) = text.split_once("This is Zip ")?;
    let version = rest.split_whitespace().next()?;
    Some(format!("Zip {version}"))
}
