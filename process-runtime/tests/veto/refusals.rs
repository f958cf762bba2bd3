//! What a refusal does, for every way to make a task.

use process_runtime::ErrorKind;
use watchers::{Errno, Verdict};

use super::support::{Mode, Session, lines, run_with, tracee};
use super::watching::{NoCommands, answering};

const GO: Verdict = Verdict::GO;

#[test]
fn every_way_to_make_a_task_can_be_refused() {
    for mode in Mode::ALL {
        let (builder, _) = answering(mode.builder(), [Verdict::deny(Errno::ENFILE), GO, GO]);
        let run = run_with(builder, tracee("makers"));
        let stdout =
            "fork: ENFILE\nvfork: ENFILE\nclone: ENFILE\nclone3: ENFILE\nthread: ENFILE\nspawn: ENFILE";
        assert_eq!(run.verdict.stdout, lines(stdout), "{mode:?}");
        let flags =
            ["SIGCHLD", "CLONE_VM|CLONE_VFORK|SIGCHLD", "SIGCHLD", "SIGCHLD", "CLONE_VM|CLONE_THREAD"];
        let lives = flags.iter().chain([&"CLONE_VM|CLONE_VFORK|SIGCHLD"]).enumerate();
        let lives =
            lives.map(|(n, flags)| format!("init 1>{0} {flags} denied ENFILE\nfree {0} denied\n", n + 2));
        let expected = format!(
            "init 1\nclone 1\nexec 1 makers\n{}exit 1 code 0\nfree 1 code 0",
            lives.collect::<String>()
        );
        let seen = lines(run.trace.whole().to_string().replace("|CLONE_CLEAR_SIGHAND", ""));
        assert_eq!(seen, lines(expected), "{mode:?}");
    }
}

/// A filter of the task's own, or of its container, does not judge how a call is refused.
#[test]
fn a_refusal_is_nobody_elses_business() {
    for (mode, way) in Mode::ALL.into_iter().flat_map(|mode| ["errno", "kill"].map(|way| (mode, way))) {
        let (builder, _) = answering(mode.builder(), [Verdict::deny(Errno::ENFILE), GO, GO]);
        let mut command = tracee("allowlist");
        command.arg(way);
        let said = "fork: ENFILE\nvfork: ENFILE\nclone: ENFILE\nclone3: ENFILE";
        assert_eq!(run_with(builder, command).verdict.stdout, lines(said), "{mode:?} {way}");
    }
}

/// Such a call is made as another one, and refused as what it was.
#[test]
fn a_clone_that_wants_no_tracer_can_be_refused() {
    for mode in Mode::ALL {
        for (way, said) in [("clone", "EAGAIN"), ("clone3", "EAGAIN\nargs untouched")] {
            let (builder, _) = answering(mode.builder(), [Verdict::deny(Errno::EAGAIN), GO, GO]);
            let mut command = tracee("untraced");
            command.args([way, "/bin/true"]);
            assert_eq!(run_with(builder, command).verdict.stdout, lines(said), "{mode:?} {way}");
        }
    }
}

/// Task watchers v2: every watcher runs, the first refusal's errno wins. v1's stop mask ends the walk.
#[test]
fn the_walk_goes_on_after_a_refusal_and_ends_at_a_stop() {
    let (deny, stop) = (Verdict::deny, Verdict::stop);
    let all = ["first", "second", "third", "free"];
    let table = [
        ([deny(Errno::ENFILE), deny(Errno::EPERM), GO], "ENFILE", &all[..]),
        ([GO, GO, deny(Errno::EAGAIN)], "EAGAIN", &all[..]),
        ([GO, stop(Errno::EBUSY), deny(Errno::EPERM)], "EBUSY", &["first", "second", "free"]),
        ([stop(Errno::EPERM), GO, GO], "EPERM", &["first", "free"]),
        ([deny(Errno::ENOMEM), stop(Errno::EBUSY), GO], "ENOMEM", &["first", "second", "free"]),
    ];
    for (mode, (answers, errno, heard_in_order)) in
        Mode::ALL.into_iter().flat_map(|m| table.map(|row| (m, row)))
    {
        let (builder, heard) = answering(mode.builder(), answers);
        let run = run_with(builder, tracee("fork"));
        assert_eq!(
            (run.verdict.stdout, heard.of()),
            (lines(format!("fork: {errno}")), heard_in_order.iter().map(|s| (*s).to_owned()).collect()),
            "{mode:?} {answers:?}"
        );
    }
}

#[test]
fn errnos_that_libraries_do_not_expect_arrive_too() {
    // The largest errno that the kernel's convention for results can carry.
    for (mode, errno) in Mode::ALL
        .into_iter()
        .flat_map(|m| [Errno::EPERM, Errno::from_raw(133), Errno::ENOSYS].map(|e| (m, e)))
    {
        let (builder, _) = answering(mode.builder(), [Verdict::deny(errno), GO, GO]);
        let run = run_with(builder, tracee("fork"));
        assert_eq!(run.verdict.stdout, lines(format!("fork: {errno}")), "{mode:?}");
    }
}

#[test]
fn a_refused_command_is_a_spawn_error_that_names_the_watcher() {
    for (mode, verdict) in Mode::ALL
        .into_iter()
        .flat_map(|m| [Verdict::deny(Errno::EACCES), Verdict::stop(Errno::EPERM)].map(|v| (m, v)))
    {
        let session = Session::start(mode.builder().data(NoCommands(verdict)));
        let error = session.spawn(tracee("fork")).unwrap_err();
        let told = (error.kind(), error.raw_os_error(), error.watcher().map(|watcher| watcher.name));
        assert_eq!(
            told,
            (ErrorKind::Refused, verdict.errno().map(|errno| errno.as_raw()), Some("no_commands"))
        );
        let (trace, _) = session.finish();
        let errno = verdict.errno().unwrap();
        assert_eq!(trace.whole(), lines(format!("init 1 denied {errno}\nfree 1 denied")));
    }
}

#[test]
fn a_watcher_that_is_left_out_does_not_refuse() {
    let (builder, heard) = answering(Mode::Filter.builder(), [Verdict::deny(Errno::EPERM), GO, GO]);
    let run = run_with(builder.without("watching::first"), tracee("fork"));
    assert_eq!(
        (run.verdict.stdout, heard.of()),
        (lines("code 0"), vec!["second".into(), "third".into(), "free".into()])
    );
}
