//! exec: once for each that succeeds, with what was named, given and inherited.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::{Arc, Mutex};

use watchers::{Event, EventKind};

use super::support::{Mode, lines, plain, run, run_with, tracee};

#[test]
fn only_the_exec_that_succeeds_is_told() {
    for (mode, how) in
        Mode::ALL.into_iter().flat_map(|m| ["path", "fd", "memory", "relative"].map(|how| (m, how)))
    {
        let command = || {
            let mut command = tracee("execs");
            command.args([how, "/bin/echo"]);
            command
        };
        let run = run(mode, command());
        assert_eq!((run.trace.count("exec"), run.verdict), (2, plain(command())), "{mode:?} {how}");
    }
}

#[test]
fn a_script_is_one_exec_by_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    fs::write(&script, "#!/bin/sh\nexit 4\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    for mode in Mode::ALL {
        let run = run(mode, Command::new(&script));
        let expected = lines("init 1\nclone 1\nexec 1 script\nexit 1 code 4\nfree 1 code 4");
        assert_eq!((run.trace.whole(), run.verdict.status.as_str()), (expected, "code 4"), "{mode:?}");
    }
}

/// An exec that fails when the old image is gone already: no event, and the program is killed.
#[test]
fn an_exec_that_fails_too_late_to_return() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("broken");
    fs::write(&program, broken_program()).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for mode in Mode::ALL {
        let command = || {
            let mut command = tracee("vfork");
            command.arg("exec").arg(&program);
            command
        };
        let run = run(mode, command());
        assert_eq!((run.trace.count("exec"), run.verdict), (1, plain(command())), "{mode:?}");
    }
}

/// An ELF file whose only segment is to be mapped where no user memory can be.
fn broken_program() -> Vec<u8> {
    let mut elf = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut put = |bytes: &[u8]| elf.extend_from_slice(bytes);
    put(&2u16.to_le_bytes()); // ET_EXEC
    put(&62u16.to_le_bytes()); // EM_X86_64
    put(&1u32.to_le_bytes());
    put(&0x40_0000u64.to_le_bytes()); // entry
    put(&64u64.to_le_bytes()); // program headers
    put(&0u64.to_le_bytes());
    put(&0u32.to_le_bytes());
    for half in [64u16, 56, 1, 64, 0, 0] {
        put(&half.to_le_bytes());
    }
    put(&1u32.to_le_bytes()); // PT_LOAD
    put(&5u32.to_le_bytes());
    for word in [0u64, 0xffff_8000_0000_0000, 0xffff_8000_0000_0000, 4096, 4096, 4096] {
        put(&word.to_le_bytes());
    }
    elf.resize(8192, 0);
    elf
}

#[test]
fn what_an_exec_event_tells() {
    let folder = tempfile::tempdir().unwrap();
    let cwd = fs::canonicalize(folder.path()).unwrap();
    let long = "x".repeat(100_000);
    for mode in Mode::ALL {
        let told = Arc::new(Mutex::new(None));
        let tell = told.clone();
        let builder = mode.builder().observe(EventKind::Exec, move |_, event, _| {
            if let Event::Exec(exec) = event {
                *tell.lock().unwrap() =
                    Some((exec.path(), exec.exe(), exec.cwd(), exec.argv(), exec.environ()));
            }
        });
        let mut command = Command::new("true");
        let odd = std::ffi::OsStr::from_bytes(b"not \xff UTF-8");
        command
            .env_clear()
            .env("PATH", "/bin:/usr/bin")
            .env("ODD", odd)
            .arg(odd)
            .arg("")
            .arg(&long)
            .current_dir(&cwd);
        let run = run_with(builder, command);
        assert_eq!(run.verdict.status, "code 0");
        let (path, exe, seen_cwd, argv, environ) = told.lock().unwrap().take().unwrap();
        assert_eq!(path.unwrap(), "/bin/true");
        assert_eq!(exe.unwrap(), fs::canonicalize("/bin/true").unwrap());
        assert_eq!(seen_cwd.unwrap(), cwd);
        let expected =
            [std::ffi::OsStr::new("true"), odd, std::ffi::OsStr::new(""), std::ffi::OsStr::new(&long)];
        assert_eq!(argv.unwrap(), expected);
        let mut assignment = std::ffi::OsString::from("ODD=");
        assignment.push(odd);
        assert!(environ.unwrap().contains(&assignment));
    }
}

#[test]
fn an_exec_in_a_row() {
    // sh executes env executes true: one task, three images.
    for mode in Mode::ALL {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec /usr/bin/env /bin/true"]);
        let run = run(mode, command);
        let expected = "init 1\nclone 1\nexec 1 sh\nexec 1 env\nexec 1 true\nexit 1 code 0\nfree 1 code 0";
        assert_eq!(run.trace.whole(), lines(expected), "{mode:?}");
    }
}
