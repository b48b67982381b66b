//! What people see: colours and progress only where somebody looks, and only if they like.

use installhub_acceptance::{Command, Sandbox, binary, cases, inputs};

use crate::fixtures;

const ESCAPE: char = '\u{1b}';

/// Runs its arguments with a terminal for all three streams and prints what came.
const IN_A_TERMINAL: &str = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";

fn in_a_terminal(sandbox: &Sandbox) -> Command {
    let command = sandbox
        .program("python3")
        .args(["-c", IN_A_TERMINAL])
        .arg(binary());
    command
        .env("TERM", "xterm-256color")
        .without_env("NO_COLOR")
}

/// Commands that have something to colour: a verdict, a plan, an error, a remark.
fn colourful(sandbox: &Sandbox, run: impl Fn() -> Command) -> Vec<Command> {
    let invalid = cases()
        .into_iter()
        .find(|case| !case.valid)
        .expect("an invalid case")
        .path();
    let package = sandbox.path("chinook.zip");
    if !package.exists() {
        sandbox.export(&inputs::chinook(), &package);
        fixtures::edited_chinook(sandbox, "target.db");
    }
    vec![
        run().arg("validate").arg(&invalid).arg(&package),
        run().arg("inspect").arg(&package),
        run()
            .arg("import")
            .arg(&package)
            .sqlite("--into", &sandbox.path("target.db"))
            .arg("--plan"),
        run().arg("validate").arg("missing.zip"),
    ]
}

#[test]
fn there_are_no_colours_in_pipes() {
    let sandbox = Sandbox::new();
    let commands = colourful(&sandbox, || sandbox.bare())
        .into_iter()
        .chain(colourful(&sandbox, || {
            sandbox.bare().flag("--color", "never")
        }))
        .chain(colourful(&sandbox, || sandbox.bare().env("NO_COLOR", "1")));
    for command in commands {
        let answer = command.run();
        assert!(
            !answer.stdout.contains(ESCAPE) && !answer.stderr.contains(ESCAPE),
            "{answer:?}"
        );
    }
}

#[test]
fn colours_can_be_asked_for() {
    let sandbox = Sandbox::new();
    for command in colourful(&sandbox, || sandbox.bare().flag("--color", "always")) {
        let answer = command.run();
        assert!(
            answer.stdout.contains(ESCAPE) || answer.stderr.contains(ESCAPE),
            "{answer:?}"
        );
    }
}

#[test]
fn a_terminal_gets_colours_unless_told_otherwise() {
    let sandbox = Sandbox::new();
    for command in colourful(&sandbox, || in_a_terminal(&sandbox)) {
        let answer = command.run();
        assert!(answer.stdout.contains("\u{1b}["), "{answer:?}");
    }
    let told = colourful(&sandbox, || {
        in_a_terminal(&sandbox).flag("--color", "never")
    })
    .into_iter()
    .chain(colourful(&sandbox, || {
        in_a_terminal(&sandbox).env("NO_COLOR", "1")
    }));
    for command in told {
        let answer = command.run();
        assert!(!answer.stdout.contains(ESCAPE), "{answer:?}");
    }
}

#[test]
fn json_is_never_coloured() {
    let sandbox = Sandbox::new();
    for command in colourful(&sandbox, || sandbox.bare().flag("--color", "always")) {
        let answer = command.json_format().run();
        assert!(!answer.stdout.contains(ESCAPE), "{answer:?}");
    }
}

#[test]
fn progress_is_shown_to_nobody_but_people() {
    let sandbox = Sandbox::new();
    let package = sandbox.path("package.zip");
    let export = sandbox
        .export_command(&inputs::chinook(), &package)
        .run()
        .done();
    assert_eq!(export.stderr, "", "{export:?}");
    let target = sandbox.path("target.db");
    let import = sandbox
        .installhub("import")
        .arg(&package)
        .sqlite("--into", &target)
        .arg("--yes")
        .run()
        .done();
    assert_eq!(import.stderr, "", "{import:?}");
    assert!(!import.stdout.contains('\r'), "{import:?}");
    assert!(
        import.stdout.contains("installhub rollback"),
        "the way back is told: {import:?}"
    );
}

#[test]
fn a_person_is_asked_and_can_say_no() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    for (said, code, imported) in [("n", 1, false), ("", 1, false), ("y", 0, true)] {
        let target = sandbox.path(&format!("target-{code}{}.db", said.len()));
        // The terminal's answer comes from the program that plays the person.
        let script = format!(
            "import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'[y/N]' not in seen:
    seen += os.read(terminal, 4096)
os.write(terminal, b'{said}\\n')
try:
    while part := os.read(terminal, 4096):
        seen += part
except OSError:
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
        );
        let command = sandbox
            .program("python3")
            .args(["-c", &script])
            .arg(binary())
            .arg("import")
            .arg(&package);
        let answer = command.sqlite("--into", &target).run();
        assert_eq!(answer.code, code, "{answer}");
        assert_eq!(target.exists(), imported, "{answer}");
        assert_eq!(
            answer.stdout.contains("nothing was done"),
            !imported,
            "{answer}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    let package = fixtures::chinook_package(&sandbox);
    let script = "set -o pipefail; \"$@\" | head -n 1 > /dev/null";
    for subcommand in ["inspect", "graph"] {
        let command = sandbox
            .program("bash")
            .args(["-c", script, "bash"])
            .arg(binary())
            .arg(subcommand);
        let answer = command.arg(&package).run().done();
        assert_eq!(answer.stderr, "", "{answer}");
    }
}

#[test]
fn completions_are_scripts_that_name_the_subcommands() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox
            .installhub("completions")
            .arg(shell)
            .run()
            .done()
            .stdout;
        for subcommand in ["validate", "rollback", "--allow-missing"] {
            let long = subcommand.trim_start_matches('-');
            assert!(script.contains(long), "{shell}: {subcommand} is not in it");
        }
    }
    let script = sandbox.write(
        "completions.bash",
        sandbox.installhub("completions").arg("bash").run().stdout,
    );
    sandbox.program("bash").arg("-n").arg(script).run().done();
}
