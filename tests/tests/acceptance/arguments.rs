//! Arguments that make no sense, or say too little: one clear message, exit code 2, and everything as it was.

use installhub_acceptance::Sandbox;

use crate::bad_input::{all_refused, errors, pack_command};
use crate::fixtures::{self, pack, small_folder};

#[test]
fn packages_need_a_name_a_version_and_a_type() {
    let sandbox = Sandbox::new();
    let folder = small_folder(&sandbox, "folder");
    let package = sandbox.path("package.zip");
    all_refused(&sandbox, || {
        let command = |arguments: [&str; 4]| {
            sandbox
                .installhub("pack")
                .arg(&folder)
                .flag("--output", &package)
                .args(arguments)
        };
        vec![
            (
                "no name",
                command(["--version", "1.0.0", "--type", "app-package"]),
                &["--name"] as &[&str],
            ),
            (
                "no version",
                command(["--name", "N", "--type", "app-package"]),
                &["--version"],
            ),
            (
                "no type",
                command(["--name", "N", "--version", "1.0.0"]),
                &["--type"],
            ),
        ]
    });
}

#[test]
fn packages_that_cannot_be_described_like_this_are_refused() {
    let sandbox = Sandbox::new();
    let folder = small_folder(&sandbox, "folder");
    let package = sandbox.path("package.zip");
    let long = "x".repeat(501);
    let described: [(&str, &str, &str); 6] = [
        ("--tag", "No Tag", "No Tag"),
        ("--description", &long, "500"),
        ("--license", "no licence at all", "no licence at all"),
        ("--requires", "x", "--requires"),
        ("--requires", "x@2.0.0..1.0.0", "2.0.0"),
        ("--readme", "/no/such/readme.md", "/no/such/readme.md"),
    ];
    for (flag, value, word) in described {
        all_refused(&sandbox, || {
            let command = pack_command(&sandbox, &folder, &package).flag(flag, value);
            vec![("a description", command, std::slice::from_ref(&word))]
        });
    }
    for (name, word) in [("", "name"), ("a/b", "a/b"), (&long[..101], "100")] {
        let command = sandbox
            .installhub("pack")
            .arg(&folder)
            .flag("--output", &package)
            .flag("--name", name);
        let command = command
            .flag("--version", "1.0.0")
            .flag("--type", "app-package");
        command.run().refused_with(&[word]);
    }
    let command = pack_command(&sandbox, &folder, &package).env("SOURCE_DATE_EPOCH", "yesterday");
    command
        .run()
        .refused_with(&["SOURCE_DATE_EPOCH", "yesterday"]);
    assert!(!package.exists());
}

#[test]
fn arguments_that_make_no_sense_end_with_exit_code_two() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let package = package.to_str().expect("a path in UTF-8");
    let wrong: [&[&str]; 16] = [
        &[],
        &["frobnicate"],
        &["validate"],
        &["validate", package, "--no-such-flag"],
        &["validate", package, "--format", "xml"],
        &["validate", package, "--installed", "nothing"],
        &["validate", package, "--target-platform", "new"],
        &["validate", package, "--max-entries", "-1"],
        &["import", package],
        &["import", package, "--into", "store", "--strategy", "guess"],
        &[
            "import",
            package,
            "--into",
            "store",
            "--strategy-for",
            "Table",
        ],
        &["import", package, "--into", "store", "--retention", "6"],
        &["import", package, "--into", "store", "--retention", "731"],
        &[
            "import",
            package,
            "--into",
            "store",
            "--decisions",
            "no-such-file.json",
        ],
        &["graph", package, "--format", "png"],
        &["completions", "klingon"],
    ];
    for arguments in wrong {
        let answer = sandbox.bare().args(arguments).run().refused();
        assert_eq!(answer.stdout, "", "{answer}");
    }
    assert!(!sandbox.home().exists(), "nothing is remembered");
    sandbox.bare().arg("--help").run().done();
    assert!(
        sandbox
            .bare()
            .arg("--version")
            .run()
            .done()
            .stdout
            .starts_with("installhub ")
    );
}

#[test]
fn nothing_is_imported_without_a_go() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let target = sandbox.path("target.db");
    let before = sandbox.listing();
    let import = || {
        sandbox
            .installhub("import")
            .arg(&package)
            .sqlite("--into", &target)
    };
    // The plan has been shown to the person; the refusal says how to go on.
    let answer = import().run().refused_with(&["--yes", "--plan"]);
    assert_eq!(errors(&answer), 1, "{answer}");
    import()
        .json_format()
        .run()
        .refused_with(&["--yes", "NotConfirmed"]);
    assert_eq!(sandbox.listing(), before);
    assert!(sandbox.imports().is_empty());
}

#[test]
fn decisions_that_are_none_are_refused() {
    let sandbox = Sandbox::new();
    let package = pack(
        &sandbox,
        &small_folder(&sandbox, "folder"),
        "Small",
        "1.0.0",
    );
    for text in [
        "",
        "[]",
        "{\"decisionsVersion\": \"9\"}",
        "{\"decisionsVersion\": \"1.0\", \"artefacts\": {}}",
    ] {
        let file = sandbox.write("decisions.json", text);
        let command = sandbox
            .installhub("import")
            .arg(&package)
            .args(["--into", "store", "--yes"]);
        command
            .flag("--decisions", &file)
            .run()
            .refused_with(&["decisions.json"]);
    }
    assert!(sandbox.store().artifacts().is_empty());
}
