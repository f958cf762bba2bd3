//! Whoever waits for `taskwatch` sees what it would have seen of the command.

use crate::support::{Directory, fresh, run, run::text, stream, taskwatch, tracee};
use std::os::unix::process::ExitStatusExt;

/// The raw wait statuses of `sh -c SCRIPT` with us and without.
fn both(script: &str) -> (i32, i32) {
    let plain = run(fresh("sh").args(["-c", script])).status;
    let ours = run(taskwatch().args(["-qq", "--", "sh", "-c", script])).status;
    (ours.into_raw(), plain.into_raw())
}

#[test]
fn codes() {
    for code in [0, 1, 2, 7, 77, 124, 125, 126, 127, 128, 143, 255] {
        let (ours, plain) = both(&format!("exit {code}"));
        assert_eq!(ours, plain, "exit {code}");
    }
}

/// Every signal that ends a process by default, those of real time at both ends.
#[test]
fn signals() {
    let ending =
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31, 34, 40, 64];
    let statuses = ending.map(|signal| (signal, both(&format!("ulimit -c 0; kill -{signal} $$; sleep 100"))));
    for (signal, (_, plain)) in statuses {
        assert_eq!(plain & 0x7f, signal, "the test itself");
    }
    let differing: Vec<_> = statuses.into_iter().filter(|(_, (ours, plain))| ours != plain).collect();
    assert!(differing.is_empty(), "(signal, (ours, plain)): {differing:?}");
}

/// The command's core may be written, one of `taskwatch` never; the status says the same.
#[test]
fn no_core_of_our_own() {
    let directory = Directory::new("core");
    let script = "ulimit -c unlimited 2>/dev/null; ulimit -c 0; kill -SEGV $$";
    let with_core = "ulimit -S -c hard 2>/dev/null || ulimit -S -c unlimited 2>/dev/null; exec \"$@\"";
    let ours = env!("CARGO_BIN_EXE_taskwatch");
    let status = |command: &[&str]| {
        let mut shell = fresh("sh");
        shell.args(["-c", with_core, "sh"]).args(command).current_dir(directory.path());
        run(&mut shell).status.into_raw()
    };
    let supervised = status(&[ours, "-qq", "--", "sh", "-c", script]);
    assert_eq!(supervised, status(&["sh", "-c", script]));
    let left: Vec<_> =
        directory.path().read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// What the whole tree does afterwards is not the command's status.
#[test]
fn the_status_is_the_commands_own() {
    let (ours, plain) = both("(sleep 0.1; exit 9) & exit 3");
    assert_eq!(ours, plain);
    let (ours, plain) = both("sh -c 'exit 5'; kill -9 $(sh -c 'echo $PPID')");
    assert_eq!(ours, plain);
}

#[test]
fn not_found_is_127() {
    for name in ["taskwatch-no-such-command", "/no/such/file", "./no-such-file", ""] {
        let output = run(taskwatch().args(["--", name]));
        assert_eq!(output.status.code(), Some(127), "{name:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
        assert_eq!(text(&output.stderr).lines().count(), 1, "{}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("taskwatch: "), "{}", text(&output.stderr));
    }
}

/// With SIGCHLD ignored nobody can wait for std's child, which std does not expect.
#[test]
fn not_found_is_127_while_sigchld_is_ignored() {
    let mut command = fresh(tracee("prepare"));
    command.args(["defaults", "ignore=17", "--", env!("CARGO_BIN_EXE_taskwatch"), "--", "/no/such/file"]);
    let output = run(&mut command);
    let expected = text(&run(taskwatch().args(["--", "/no/such/file"])).stderr);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(127), expected));
}

#[test]
fn not_executable_is_126() {
    let directory = Directory::new("not-executable");
    let plain_file = directory.write("plain-file", "echo no\n");
    let wrong_interpreter = directory.write("script", "#!/etc\n");
    executable(&wrong_interpreter);
    for path in [plain_file.as_path(), directory.path(), &wrong_interpreter] {
        let output = run(taskwatch().arg("--").arg(path));
        assert_eq!(output.status.code(), Some(126), "{}: {}", path.display(), text(&output.stderr));
        assert_eq!(text(&output.stderr).lines().count(), 1, "{}", text(&output.stderr));
    }
}

fn executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A script without `#!` is run as `execvp` does it: env does the same.
#[test]
fn a_script_without_interpreter() {
    let directory = Directory::new("script");
    let script = directory.write("script", "echo from a script; exit 6\n");
    executable(&script);
    let plain = run(fresh("env").arg(&script));
    let ours = run(taskwatch().args(["-qq", "--"]).arg(&script));
    assert_eq!((ours.status, &ours.stdout), (plain.status, &plain.stdout), "{}", text(&ours.stderr));
}

#[test]
fn own_failures_are_125() {
    let cases: [&[&str]; 9] = [
        &["--no-such-option", "true"],
        &[],
        &["-f", "no-such-format", "true"],
        &["--max-tasks", "none", "true"],
        &["--max-tasks", "0", "true"],
        &["-o", "/no/such/directory/report", "true"],
        &["--without", "no_such_watcher", "true"],
        &["--only", "no_such_watcher", "true"],
        &["--list", "/no/such/program"],
    ];
    for arguments in cases {
        let output = run(taskwatch().args(arguments));
        assert_eq!(output.status.code(), Some(125), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        assert!(!text(&output.stderr).is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_command_that_cannot_start_has_an_end_line() {
    let directory = Directory::new("no-command");
    let report = directory.join("report");
    let output = run(taskwatch().args(["-f", "jsonl", "-o"]).arg(&report).args(["--", "/no/such/file"]));
    assert_eq!(output.status.code(), Some(127));
    let lines = stream::read(&report);
    let end = &lines.last().unwrap().value;
    assert_eq!(end["event"], "end");
    assert_eq!(end["error"]["errno"], "ENOENT", "{end}");
    assert!(end["error"]["stage"].is_string(), "{end}");
}

#[test]
fn help_and_version() {
    for argument in ["--help", "-h", "--version", "-V"] {
        let output = run(taskwatch().arg(argument));
        assert_eq!(output.status.code(), Some(0), "{argument}");
        assert_eq!(text(&output.stderr), "", "{argument}");
    }
    let help = text(&run(taskwatch().arg("--help")).stdout);
    for word in ["125", "126", "127", "--max-tasks", "--wait", "jsonl", "taskwatch make"] {
        assert!(help.contains(word), "--help does not say {word}");
    }
    let version = text(&run(taskwatch().arg("--version")).stdout);
    assert_eq!(version.trim_end(), concat!("taskwatch ", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish"] {
        let output = run(taskwatch().args(["completions", shell]));
        assert!(output.status.success() && text(&output.stdout).contains("max-tasks"), "{shell}");
    }
    let manual = run(taskwatch().arg("man"));
    assert!(manual.status.success() && text(&manual.stdout).contains(".TH"));
}
