//! The conformance cases: every verdict, in time, in the answer's form.

use std::time::Duration;

use installhub_acceptance::{Case, Sandbox, binary, cases, inputs, is_optimised};
use serde_json::Value;

/// How long one verdict may take, whatever the file. A build for developers is given more.
fn time_limit() -> Duration {
    if is_optimised() {
        Duration::from_secs(1)
    } else {
        Duration::from_secs(3)
    }
}

fn verdict(sandbox: &Sandbox, case: &Case) -> (Value, i32, Duration) {
    let command = || {
        sandbox
            .installhub("validate")
            .arg(case.path())
            .json_format()
            .args(case.context())
    };
    let (answer, mut took) = command().timed();
    if took > time_limit() {
        // Other tests run beside this one: what counts is what it takes, not what it had to wait.
        took = took.min(command().timed().1);
    }
    assert!(answer.code == 0 || answer.code == 1, "{answer}");
    assert_eq!(answer.stderr, "", "{answer}");
    (answer.json(), answer.code, took)
}

#[test]
fn every_case_is_judged_right_and_in_time() {
    let sandbox = Sandbox::new();
    let cases = cases();
    assert_eq!(cases.len(), 248, "cases");
    let mut wrong = Vec::new();
    for case in &cases {
        let (verdict, code, took) = verdict(&sandbox, case);
        if let Some(disagreement) = case.disagreement(&verdict) {
            wrong.push(format!("{}: {disagreement}", case.file));
        }
        let accepted = verdict["errors"].as_array().is_some_and(Vec::is_empty);
        if verdict["valid"] != accepted || code != i32::from(!accepted) {
            wrong.push(format!(
                "{}: exit code {code}, valid {}, {} errors",
                case.file, verdict["valid"], verdict["total"]
            ));
        }
        if took > time_limit() {
            wrong.push(format!("{}: took {took:?}", case.file));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_cases_own_judge_agrees() {
    let sandbox = Sandbox::new();
    let judge = inputs::conformance().join("judge.py");
    let answer = sandbox
        .program("python3")
        .arg(judge)
        .arg(binary())
        .run()
        .done();
    assert!(answer.stdout.contains("248 of 248 cases hold"), "{answer}");
}

#[test]
fn verdicts_have_the_documented_form_and_order() {
    let sandbox = Sandbox::new();
    let layers = ["ZipStructure", "ManifestSchema", "ChecksumIntegrity"];
    for case in cases().iter().filter(|case| !case.valid) {
        let answer = sandbox
            .installhub("validate")
            .arg(case.path())
            .json_format()
            .run();
        let verdict = answer.json();
        assert_eq!(verdict["file"], case.path().display().to_string());
        let keys: Vec<(usize, String, String)> = verdict["errors"]
            .as_array()
            .expect("a list of errors")
            .iter()
            .map(|error| {
                let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
                let layer = layers
                    .iter()
                    .position(|layer| *layer == text("layer"))
                    .expect("one of three layers");
                assert!(!text("message").is_empty(), "a message: {error}");
                (layer, text("code"), text("path"))
            })
            .collect();
        assert!(keys.is_sorted(), "by layer, code and path: {answer}");
        assert_eq!(
            sandbox
                .installhub("validate")
                .arg(case.path())
                .json_format()
                .run()
                .stdout,
            answer.stdout
        );
    }
}

#[test]
fn several_files_give_a_line_each_in_their_order() {
    let sandbox = Sandbox::new();
    let cases = cases();
    let (valid, invalid): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.valid);
    let files: Vec<&Case> = vec![valid[0], invalid[0], valid[1], invalid[1]];
    let answer = sandbox
        .installhub("validate")
        .args(files.iter().map(|case| case.path()))
        .json_format()
        .run();
    let verdicts = answer.findings().json_lines();
    let found: Vec<(String, bool)> = verdicts
        .iter()
        .map(|verdict| {
            (
                verdict["file"].as_str().unwrap_or_default().to_owned(),
                verdict["valid"] == true,
            )
        })
        .collect();
    let expected: Vec<(String, bool)> = files
        .iter()
        .map(|case| (case.path().display().to_string(), case.valid))
        .collect();
    assert_eq!(found, expected);

    let all_valid = sandbox
        .installhub("validate")
        .args([valid[0].path(), valid[1].path()])
        .json_format()
        .run()
        .done();
    assert_eq!(all_valid.json_lines().len(), 2);
}

#[test]
fn a_file_that_is_missing_does_not_spare_the_others() {
    let sandbox = Sandbox::new();
    let cases = cases();
    let valid = cases.iter().find(|case| case.valid).expect("a valid case");
    let missing = sandbox.path("missing.zip");
    for files in [
        [missing.clone(), valid.path()],
        [valid.path(), missing.clone()],
    ] {
        let answer = sandbox
            .installhub("validate")
            .args(files)
            .json_format()
            .run();
        let answer = answer.refused_with(&["missing.zip"]);
        assert_eq!(answer.json()["valid"], true, "{answer}");
        assert_eq!(answer.stderr.lines().count(), 1, "{answer}");
        let failure: Value = serde_json::from_str(&answer.stderr).expect("a failure in JSON");
        assert_eq!(failure["error"], "CannotRead");
    }
}

#[test]
fn what_the_target_lacks_is_told_apart_from_what_the_package_lacks() {
    let sandbox = Sandbox::new();
    let cases = cases();
    let blocked: Vec<&Case> = cases
        .iter()
        .filter(|case| !case.blocks.is_empty())
        .collect();
    assert!(!blocked.is_empty(), "a case that is valid and blocked");
    for case in blocked {
        let (verdict, code, _) = verdict(&sandbox, case);
        assert_eq!((&verdict["valid"], code), (&Value::Bool(true), 0));
        for block in &case.blocks {
            let codes: Vec<&Value> = verdict["blocks"]
                .as_array()
                .expect("a list of blocks")
                .iter()
                .map(|found| &found["code"])
                .collect();
            assert!(codes.contains(&&block["error"]), "{}: {codes:?}", case.file);
        }
    }
    let newer = cases
        .iter()
        .find(|case| case.file.contains("platform"))
        .expect("a case with a platform");
    let judged = |platform: &str| {
        let command = sandbox
            .installhub("validate")
            .arg(newer.path())
            .json_format();
        command
            .flag("--target-platform", platform)
            .run()
            .done()
            .json()
    };
    assert_eq!(
        judged("0.0.1")["warnings"][0]["code"],
        "PlatformVersionMismatch"
    );
    assert_eq!(judged("999.0.0")["warnings"], serde_json::json!([]));
}
