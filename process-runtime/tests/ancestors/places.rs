//! The rows of the table of events: what each is told (value), of whom (task), by whom (the task that is stopped
//! for it), and at which place.

use std::fs;
use std::process::Command;
use std::sync::{Arc, Mutex};

use process_runtime::TaskExt;
use watchers::{Event, EventKind, Stillborn, Task};

use super::support::{Lines, Mode, lines, run_with, tracee};

/// What `look` says at each event of this kind, in order.
fn seen(
    mode: Mode,
    kind: EventKind,
    command: Command,
    look: impl Fn(&Task, Event<'_>) -> String + Send + 'static,
) -> Lines {
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = said.clone();
    let builder = mode.builder().observe(kind, move |task, event, _| {
        told.lock().unwrap().push(look(task, event));
    });
    run_with(builder, command);
    let said = said.lock().unwrap().join("\n");
    lines(said)
}

fn yes(is: impl Into<Option<bool>>, what: &str) -> String {
    if is.into() == Some(true) { what.to_owned() } else { format!("NOT {what}") }
}

fn makers(way: &str) -> Command {
    let mut command = tracee("makers");
    command.arg(way);
    command
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

/// What the kernel lists as children of a task.
fn children(task: &Task) -> Option<String> {
    let (pid, tid) = (task.pid()?, task.tid()?);
    let list = fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")).unwrap_or_default();
    Some(list.trim().to_owned())
}

/// Value: the flags. Task: the child, which has no number yet (in 2006 it had its pid). By: the parent, in its call.
/// Place: before the kernel has made anything.
#[test]
fn watch_task_init() {
    for (mode, (way, flags)) in Mode::ALL.into_iter().flat_map(|mode| {
        [
            ("fork", "SIGCHLD"),
            ("vfork", "CLONE_VM|CLONE_VFORK|SIGCHLD"),
            ("clone", "SIGCHLD"),
            ("clone3", "SIGCHLD"),
        ]
        .map(|row| (mode, row))
    }) {
        let said = seen(mode, EventKind::Init, makers(way), |task, event| {
            let (Event::Init(init), Some(parent)) = (event, task.parent()) else { return String::new() };
            let in_call = parent.stopped().map(|stopped| stopped.registers().is_ok());
            let made = children(&parent);
            [
                init.flags.to_string(),
                yes(task.tid().is_none() && task.stopped().is_none(), "no number"),
                yes(in_call, "parent stopped"),
                yes(made.map(|list| list.is_empty()), "no child"),
            ]
            .join(", ")
        });
        assert_eq!(said, lines(format!("{flags}, no number, parent stopped, no child")), "{mode:?} {way}");
    }
}

/// Value: the flags. Task: the child. Place: it is visible, and has not run one instruction: it stands where its
/// creator's call returns, with the child's result of it.
#[test]
fn watch_task_clone() {
    for (mode, (way, flags)) in Mode::ALL.into_iter().flat_map(|mode| {
        [("fork", "SIGCHLD"), ("vfork", "CLONE_VM|CLONE_VFORK|SIGCHLD"), ("clone3", "SIGCHLD")]
            .map(|row| (mode, row))
    }) {
        let said = seen(mode, EventKind::Clone, makers(way), |task, event| {
            let (Event::Clone(clone), Some(parent)) = (event, task.parent()) else { return String::new() };
            let registers = |task: &Task| task.stopped()?.registers().ok();
            let (child, creator) = (registers(task), registers(&parent));
            let same_place =
                child.zip(creator).map(|(child, creator)| child.rip == creator.rip && child.rax == 0);
            let tid = task.tid().map_or(0, |tid| tid.as_raw());
            [
                clone.flags.to_string(),
                yes(children(&parent).map(|list| list == tid.to_string()), "visible"),
                yes(same_place, "has not run"),
            ]
            .join(", ")
        });
        assert_eq!(said, lines(format!("{flags}, visible, has not run")), "{mode:?} {way}");
    }
}

/// Value: none. Task: itself, which is stopped. Place: the new program is there, and its first instruction (of the
/// interpreter, the dynamic linker) has not run.
#[test]
fn watch_task_exec() {
    for mode in Mode::ALL {
        let said = seen(mode, EventKind::Exec, shell("exec /bin/true"), |task, event| {
            let (Event::Exec(exec), Some(stopped)) = (event, task.stopped()) else { return String::new() };
            let rip = stopped.registers().ok().map(|registers| registers.rip);
            let path = exec.path().unwrap_or_default().to_string_lossy().into_owned();
            let loaded = exec.exe() == fs::canonicalize(&path).ok();
            [path, yes(loaded, "loaded"), yes(rip.map(|rip| rip == first_instruction(task)), "has not run")]
                .join(", ")
        });
        let expected = "/bin/sh, loaded, has not run\n/bin/true, loaded, has not run";
        assert_eq!(said, lines(expected), "{mode:?}");
    }
}

/// Where the program's interpreter begins: AT_BASE of its auxiliary vector, and the entry in that file's header.
fn first_instruction(task: &Task) -> u64 {
    let tid = task.tid().unwrap();
    let auxv = fs::read(format!("/proc/{tid}/auxv")).unwrap();
    let words: Vec<u64> = auxv.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
    const AT_BASE: u64 = 7;
    let base = words.chunks(2).find(|pair| pair[0] == AT_BASE).unwrap()[1];
    let mut entry = [0; 8];
    assert_eq!(task.stopped().unwrap().read(base + 24, &mut entry), Ok(8));
    base + u64::from_le_bytes(entry)
}

/// Value: the exit code as wait(2) has it, 42 << 8 or 9. Task: itself. Place: it runs no more, and its memory is there.
#[test]
fn watch_task_exit() {
    for (mode, (end, value)) in Mode::ALL.into_iter().flat_map(|mode| {
        [("exit 42", 42 << 8), ("kill -9 $$", 9), ("kill -15 $$", 15)].map(|row| (mode, row))
    }) {
        let said = seen(mode, EventKind::Exit, shell(end), |task, event| {
            let Event::Exit(exit) = event else { return String::new() };
            let memory =
                task.stopped().and_then(|stopped| stopped.environ()).map(|environ| !environ.is_empty());
            [exit.status.as_raw().to_string(), yes(memory, "memory"), yes(!exit.late, "in time")].join(", ")
        });
        assert_eq!(said, lines(format!("{value}, memory, in time")), "{mode:?} {end}");
    }
}

/// Value: the exit code. Task: itself. Place: after its memory is gone (as the code of 2006 had it, not its comment);
/// here after the kernel has let go of it altogether.
#[test]
fn watch_task_free_of_one_that_lived() {
    for (mode, (end, value)) in Mode::ALL
        .into_iter()
        .flat_map(|mode| [("exit 42", 42 << 8), ("kill -9 $$", 9)].map(|row| (mode, row)))
    {
        let said = seen(mode, EventKind::Free, shell(end), |task, event| {
            let Event::Free(free) = event else { return String::new() };
            let tid = task.tid().map_or(0, |tid| tid.as_raw());
            let mapped = fs::read_to_string(format!("/proc/{tid}/maps")).unwrap_or_default();
            let status = free.status.map_or(-1, |status| status.as_raw());
            [
                status.to_string(),
                yes(free.stillborn.is_none(), "lived"),
                yes(mapped.is_empty(), "no memory"),
                yes(task.stopped().is_none(), "gone"),
            ]
            .join(", ")
        });
        assert_eq!(said, lines(format!("{value}, lived, no memory, gone")), "{mode:?} {end}");
    }
}

/// Value: none (0 in 2006, which was also the code of one that lived and ended well; here the two are told apart). Task: the
/// child that never was. By: its parent, which lives.
#[test]
fn watch_task_free_of_a_stillborn() {
    for mode in Mode::ALL {
        let said = seen(mode, EventKind::Free, tracee("nproc"), |task, event| {
            let Event::Free(free) = event else { return String::new() };
            match free.stillborn {
                Some(Stillborn::Failed(errno)) => [
                    errno.to_string(),
                    yes(free.status.is_none() && task.tid().is_none(), "never was"),
                    yes(task.parent().and_then(|parent| parent.tid()).is_some(), "parent lives"),
                ]
                .join(", "),
                _ => String::new(),
            }
        });
        let rest = "never was, parent lives";
        let expected =
            ["EAGAIN", "EAGAIN", "EAGAIN", "EINVAL", "EINVAL"].map(|errno| format!("{errno}, {rest}"));
        assert_eq!(said, lines(expected.join("\n")), "{mode:?}");
    }
}
