//! The real workflows, several times over.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::value::{RawValue, to_raw_value};

/// Writes every workflow in `source` `copies` times into `folder`, each with an id and name of its own, everything else as it
/// was; says how many files there are now.
pub(super) fn multiply(source: &Path, folder: &Path, copies: u64) -> anyhow::Result<u64> {
    fs::create_dir_all(folder)?;
    let mut written = 0;
    for (number, path) in (1u64..).zip(workflow_files(source)?) {
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for copy in 1..=copies {
            let file = folder.join(format!("{number:04}-{copy:02}.json"));
            let changed = renamed(&text, &format!("w{number:04}c{copy:02}"), copy)
                .with_context(|| format!("cannot copy {}", path.display()))?;
            fs::write(&file, changed)
                .with_context(|| format!("cannot write {}", file.display()))?;
            written += 1;
        }
    }
    Ok(written)
}

fn workflow_files(source: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(source).with_context(|| {
        format!(
            "cannot read the workflows in {}: the folder `shared` has to lie beside the checkout",
            source.display()
        )
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    ensure!(!files.is_empty(), "no workflows in {}", source.display());
    files.sort();
    Ok(files)
}

/// The document with another id and name. Members are sorted by this, what is in them stays as written.
fn renamed(text: &[u8], id: &str, copy: u64) -> anyhow::Result<Vec<u8>> {
    let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(text)?;
    let name: String = match members.get("name") {
        Some(name) => serde_json::from_str(name.get())?,
        None => "Workflow".to_owned(),
    };
    members.insert(
        "name".to_owned(),
        to_raw_value(&format!("{name} ({copy})"))?,
    );
    members.insert("id".to_owned(), to_raw_value(id)?);

    let mut document = String::from("{");
    for (at, (key, value)) in members.iter().enumerate() {
        document.push_str(if at > 0 { ",\n  " } else { "\n  " });
        document.push_str(&serde_json::to_string(key)?);
        document.push_str(": ");
        document.push_str(value.get());
    }
    document.push_str("\n}\n");
    Ok(document.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_differ_in_id_and_name_alone() {
        let source = tempfile::tempdir().expect("a folder");
        let text = r#"{"name": "Mail", "nodes": [{"x": 1.50,   "id": "inner"}], "id": 7}"#;
        fs::write(source.path().join("mail.json"), text).expect("written");
        fs::write(source.path().join("LICENSE"), "MIT").expect("written");
        let target = tempfile::tempdir().expect("a folder");
        assert_eq!(
            multiply(source.path(), target.path(), 2).expect("copied"),
            2
        );
        let copy = fs::read_to_string(target.path().join("0001-02.json")).expect("a copy");
        assert_eq!(
            copy,
            "{\n  \"id\": \"w0001c02\",\n  \"name\": \"Mail (2)\",\n  \"nodes\": [{\"x\": 1.50,   \"id\": \"inner\"}]\n}\n"
        );
    }

    #[test]
    fn absent_workflows_are_an_error_that_says_where_they_belong() {
        let target = tempfile::tempdir().expect("a folder");
        let absent = target.path().join("absent");
        let error = multiply(&absent, target.path(), 1).expect_err("nothing to copy");
        assert!(error.to_string().contains("beside the checkout"), "{error}");
    }
}
