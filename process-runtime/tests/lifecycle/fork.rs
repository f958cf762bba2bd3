//! fork, vfork, posix_spawn, clone3, and who is whose child.

use super::support::{Mode, Session, lines, plain, run, tracee};

#[test]
fn children_one_after_the_other() {
    let expected = lines(
        "init 1
        clone 1
        exec 1 fork
        init 1>2 SIGCHLD
        clone 1>2
        exit 2 code 0
        free 2 code 0
        init 1>3 SIGCHLD
        clone 1>3
        exit 3 code 1
        free 3 code 1
        exit 1 code 0
        free 1 code 0",
    );
    for mode in Mode::ALL {
        let mut command = tracee("fork");
        command.arg("2");
        let run = run(mode, command);
        assert_eq!(
            (run.trace.whole(), run.verdict.stdout),
            (expected.clone(), lines("code 0\ncode 1")),
            "{mode:?}"
        );
    }
}

#[test]
fn an_orphan_is_followed_to_its_end() {
    let expected = lines(
        "init 1
        clone 1
        exec 1 orphan
        exit 1 code 0
        free 1 code 0
        init 1>2 SIGCHLD
        clone 1>2
        exit 2 code 3
        free 2 code 3
        init 2>3 SIGCHLD
        clone 2>3
        exit 3 code 5
        free 3 code 5",
    );
    for mode in Mode::ALL {
        let run = run(mode, tracee("orphan"));
        assert_eq!(run.trace.by_task(), expected, "{mode:?}");
        assert_eq!(run.verdict, plain(tracee("orphan")), "{mode:?}");
    }
}

#[test]
fn a_vfork_child_that_executes_ends_or_fails() {
    let table = [("exec", "exec 2 true", "code 0"), ("exit", "", "code 7"), ("fail", "", "code 7")];
    for (mode, (how, exec, end)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row))) {
        let command = || {
            let mut command = tracee("vfork");
            command.args([how, "/bin/true"]);
            command
        };
        let run = run(mode, command());
        let expected = lines(format!(
            "init 1
            clone 1
            exec 1 vfork
            init 1>2 CLONE_VM|CLONE_VFORK|SIGCHLD
            clone 1>2
            {exec}
            exit 2 {end}
            free 2 {end}
            exit 1 code 0
            free 1 code 0"
        ));
        assert_eq!((run.trace.whole(), run.verdict), (expected, plain(command())), "{mode:?} {how}");
    }
}

#[test]
fn posix_spawn_and_system() {
    let expected = lines(
        "init 1
        clone 1
        exec 1 spawn
        init 1>2 CLONE_VM|CLONE_VFORK|SIGCHLD
        clone 1>2
        exec 2 true
        exit 2 code 0
        free 2 code 0
        init 1>3 CLONE_VM|CLONE_VFORK|SIGCHLD
        clone 1>3
        exit 3 code 127
        free 3 code 127
        init 1>4 CLONE_VM|CLONE_VFORK|SIGCHLD
        clone 1>4
        exec 4 sh
        exit 4 code 3
        free 4 code 3
        exit 1 code 0
        free 1 code 0",
    );
    for mode in Mode::ALL {
        let run = run(mode, tracee("spawn"));
        // glibc adds CLONE_CLEAR_SIGHAND where it uses clone3.
        let seen = lines(run.trace.whole().to_string().replace("|CLONE_CLEAR_SIGHAND", ""));
        assert_eq!((seen, run.verdict), (expected.clone(), plain(tracee("spawn"))), "{mode:?}");
    }
}

#[test]
fn clone3_with_a_pidfd_another_signal_and_refused() {
    let expected = lines(
        "init 1
        clone 1
        exec 1 clone3
        init 1>2 CLONE_PIDFD|SIGCHLD
        clone 1>2
        exit 2 code 4
        free 2 code 4
        init 1>3 SIGUSR2
        clone 1>3
        exit 3 code 5
        free 3 code 5
        init 1>4 SIGUSR2
        free 4 failed EINVAL
        init 1>5 SIGCHLD
        free 5 failed EFAULT
        init 1>6 CLONE_THREAD
        free 6 failed EINVAL
        exit 1 code 0
        free 1 code 0",
    );
    for mode in Mode::ALL {
        let run = run(mode, tracee("clone3"));
        assert_eq!((run.trace.whole(), run.verdict), (expected.clone(), plain(tracee("clone3"))), "{mode:?}");
    }
}

#[test]
fn clone_parent_makes_a_sibling() {
    for mode in Mode::ALL {
        let run = run(mode, tracee("parent"));
        let sibling = lines("init 1\ninit 1>2 SIGCHLD\ninit 2>3 CLONE_PARENT|SIGCHLD");
        assert_eq!((run.trace.of_kind("init"), run.verdict), (sibling, plain(tracee("parent"))), "{mode:?}");
    }
}

#[test]
fn every_combination_of_memory_vfork_files_and_signal() {
    for mode in Mode::ALL {
        let command = || {
            let mut command = tracee("combos");
            command.arg("/bin/true");
            command
        };
        let run = run(mode, command());
        assert_eq!(run.verdict, plain(command()), "{mode:?}");
        // The command, and 64 children with a child each.
        assert_eq!((run.trace.count("clone"), run.trace.count("exec")), (129, 33), "{mode:?}");
    }
}

#[test]
fn what_only_some_watch_is_told_whole() {
    // Without interest in init the forks do not stop at their entry, and everything is still followed.
    for mode in Mode::ALL {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let told = seen.clone();
        let builder = mode.builder().observe(watchers::EventKind::Exit, move |_, event, _| {
            if let watchers::Event::Exit(exit) = event {
                told.lock().unwrap().push(exit.status.code());
            }
        });
        let mut command = tracee("makers");
        command.stdout(std::process::Stdio::null());
        assert!(builder.run(command).unwrap().success());
        let mut codes = seen.lock().unwrap().clone();
        codes.sort_unstable();
        assert_eq!(codes, [Some(0); 7], "{mode:?}");
    }
}

#[test]
fn a_supervisor_runs_several_commands() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        for n in ["1", "2", "3"] {
            let mut command = tracee("fork");
            command.arg(n).stdout(std::process::Stdio::null());
            assert!(session.spawn(command).unwrap().wait_tree().unwrap().success());
        }
        let (trace, _) = session.finish();
        assert_eq!(trace.count("free"), 9, "{mode:?}");
    }
}
