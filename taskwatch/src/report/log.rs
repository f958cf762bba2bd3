//! The `log` report: one readable line per event, as it happens.
//!
//! `  0.003127    4712  exec       cc -c a.c`: seconds since the start, the task, the event, what there is to say.

use watchers::{CloneFlags, Event, ExecEvent, ExitEvent, FoundEvent, FreeEvent, Ids, Stillborn, Task};

use crate::command_line::{CommandLine, Naming};
use crate::measure;
use crate::output::Output;
use crate::quote;
use crate::report::{End, Observation, Outcome, Remark, Report, status};
use crate::style::Ink;
use crate::width;

/// More of a command line than anybody reads; `jsonl` has all of it.
const COMMAND_LIMIT: usize = 4096;

/// The log, line by line.
#[derive(Debug)]
pub(crate) struct Log {
    output: Output,
}

/// What there is to say about an event.
struct Words {
    ink: Option<Ink>,
    text: String,
    /// Less important, shown after it.
    aside: String,
}

impl Log {
    /// An empty log.
    pub(crate) fn new(output: Output) -> Log {
        Log { output }
    }

    fn line(&mut self, at: std::time::Duration, who: &str, what: &str, words: Words) {
        let head = format!("{:>4}.{:06} {who:>8}  ", at.as_secs(), at.subsec_micros());
        let what = format!("{what:<10} ");
        let room = self
            .output
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(width::columns(&head) + width::columns(&what)));
        let text = width::shortened(&words.text, room);
        let aside = width::shortened(&words.aside, room.saturating_sub(width::columns(&text)));
        let palette = self.output.palette;
        let text = words.ink.map_or(text.clone(), |ink| palette.paint(ink, &text));
        let head = palette.paint(Ink::Dim, &head);
        let what = palette.paint(Ink::Event, &what);
        let aside = palette.paint(Ink::Dim, &aside);
        let line = format!("{head}{what}{text}{aside}");
        self.output.write(format!("{}\n", line.trim_end()).as_bytes());
    }
}

impl Report for Log {
    fn event(&mut self, seen: &Observation<'_>) {
        let words = words(seen);
        self.line(seen.at, &who(seen.task), seen.event.kind().name(), words);
    }

    fn notice(&mut self, remark: &Remark<'_>) {
        self.line(remark.at, "", "notice", Words::new(Some(Ink::Warning), quote::plain(remark.text)));
    }

    fn idle(&mut self) {
        self.output.flush();
    }

    fn end(&mut self, end: &End) {
        let totals = end.totals;
        let words = match end.outcome {
            Outcome::Ended(status) => ended(status),
            Outcome::LetGo => Words::new(None, "let go".to_owned()),
            Outcome::Failed { stage, errno } => {
                let errno = errno.map(|errno| format!(": {errno}")).unwrap_or_default();
                Words::new(Some(Ink::Failure), format!("✗ {stage}{errno}"))
            }
        };
        let processes = measure::count(totals.processes, "process", "processes");
        let failures = measure::count(totals.failures, "failure", "failures");
        // It is known of who has ended: of nobody, where all were let go.
        let rss = match totals.max_rss_kib {
            0 => String::new(),
            kib => format!("{} max RSS, ", measure::size(kib)),
        };
        let (user, system) = (measure::cpu_time(totals.user), measure::cpu_time(totals.system));
        let aside = format!("  {user} user, {system} sys, {rss}{processes}, {failures}");
        self.line(end.at, "", "end", words.with_aside(aside));
        self.output.flush();
    }
}

impl Words {
    fn new(ink: Option<Ink>, text: String) -> Words {
        Words { ink, text, aside: String::new() }
    }

    fn with_aside(self, aside: String) -> Words {
        Words { aside, ..self }
    }
}

/// `4712`, of a thread `4712/4715`, and `-` before the kernel has made it.
fn who(task: &Task) -> String {
    match (task.pid(), task.tid()) {
        (Some(pid), Some(tid)) if pid.as_raw() != tid.as_raw() => format!("{pid}/{tid}"),
        (_, Some(tid)) => tid.to_string(),
        _ => "-".to_owned(),
    }
}

fn words(seen: &Observation<'_>) -> Words {
    match seen.event {
        Event::Init(event) => {
            let words = match seen.refusal {
                Some(refused) => {
                    let text = format!("✗ refused by {}: {}  ", refused.watcher, refused.errno);
                    Words::new(Some(Ink::Failure), text)
                }
                None => Words::new(None, String::new()),
            };
            words.with_aside(creation(seen.task, event.flags, if event.late { LATE } else { "" }))
        }
        Event::Clone(event) => {
            Words::new(None, String::new()).with_aside(creation(seen.task, event.flags, ""))
        }
        Event::Exec(event) => executed(seen, event),
        Event::Uid(event) => Words::new(None, ids(event.old, event.new)),
        Event::Gid(event) => Words::new(None, ids(event.old, event.new)),
        Event::Exit(event) => exited(seen, event),
        Event::Free(event) => freed(seen, event),
        Event::Found(event) => found(seen, event),
        Event::Creds(event) => Words::new(None, event.change.name().replace('_', " ")),
        Event::GroupDead(event) => ended(event.status),
        _ => Words::new(None, String::new()),
    }
}

/// `fork by 4711`, and what is unusual about it.
fn creation(task: &Task, flags: CloneFlags, late: &str) -> String {
    let how = match (flags.thread(), flags.vfork()) {
        (true, _) => "thread",
        (false, true) => "vfork",
        (false, false) => "fork",
    };
    let by =
        task.parent().and_then(|parent| parent.tid()).map(|tid| format!(" by {tid}")).unwrap_or_default();
    let names = flags.names().into_iter().filter(|name| !USUAL.contains(name));
    let unusual: String = names.map(|name| format!(" {name}")).collect();
    format!("{how}{by}{unusual}{late}")
}

/// What it runs, and `thread of 4711`, or `process, child of 4711`, and whether it is dead already.
fn found(seen: &Observation<'_>, event: &FoundEvent) -> Words {
    let task = seen.task;
    let argv = seen.argv.as_ref().filter(|argv| !argv.is_empty());
    let command =
        argv.map(|argv| CommandLine::new(argv, Naming::AsCalled, COMMAND_LIMIT).text().to_owned() + "  ");
    let of = task.parent().and_then(|parent| parent.tid());
    let what = match (task.is_thread(), of) {
        (true, Some(leader)) => format!("thread of {leader}"),
        (true, None) => "thread".to_owned(),
        (false, Some(parent)) => format!("process, child of {parent}"),
        (false, None) => "process".to_owned(),
    };
    Words::new(None, command.unwrap_or_default()).with_aside(format!("{what}: {}", event.state))
}

/// What fork, posix_spawn and pthread_create set in a C library.
const USUAL: [&str; 11] = [
    "CLONE_VM",
    "CLONE_VFORK",
    "CLONE_FS",
    "CLONE_FILES",
    "CLONE_SIGHAND",
    "CLONE_THREAD",
    "CLONE_SYSVSEM",
    "CLONE_SETTLS",
    "CLONE_PARENT_SETTID",
    "CLONE_CHILD_SETTID",
    "CLONE_CHILD_CLEARTID",
];

/// What follows an event that was synthesised.
const LATE: &str = "  (late)";

fn executed(seen: &Observation<'_>, event: &ExecEvent) -> Words {
    let text = match &seen.argv {
        Some(argv) if !argv.is_empty() => {
            CommandLine::new(argv, Naming::AsCalled, COMMAND_LIMIT).text().to_owned()
        }
        _ => event.path().map_or_else(|| "?".to_owned(), |path| quote::word(&path)),
    };
    let aside = event.old_tid.map(|tid| format!("  (called by thread {tid})")).unwrap_or_default();
    Words::new(None, text).with_aside(aside)
}

fn ids(old: Ids, new: Ids) -> String {
    let kinds = [
        ("real", old.real, new.real),
        ("effective", old.effective, new.effective),
        ("saved", old.saved, new.saved),
        ("fs", old.fs, new.fs),
    ];
    let changed = kinds.iter().filter(|(_, old, new)| old != new);
    let changes: Vec<_> = changed.map(|(kind, old, new)| format!("{kind} {old} → {new}")).collect();
    if changes.is_empty() { format!("stays {}", new.effective) } else { changes.join(", ") }
}

fn ended(status: watchers::ExitStatus) -> Words {
    if status.success() {
        Words::new(None, status::words(status))
    } else {
        Words::new(Some(Ink::Failure), format!("✗ {}", status::words(status)))
    }
}

fn exited(seen: &Observation<'_>, event: &ExitEvent) -> Words {
    let name = seen.name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
    ended(event.status).with_aside(format!("{name}{}", if event.late { LATE } else { "" }))
}

fn freed(seen: &Observation<'_>, event: &FreeEvent) -> Words {
    if let Some(cause) = event.stillborn {
        let ink = matches!(cause, Stillborn::Denied | Stillborn::Failed(_)).then_some(Ink::Failure);
        return Words::new(ink, format!("never made: {cause}"));
    }
    let used = seen.times.map(|times| {
        let cpu = measure::cpu_time(times.utime + times.stime);
        format!("{cpu} cpu, {} max RSS", measure::size(times.maxrss_kib))
    });
    Words::new(None, String::new()).with_aside(used.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use watchers::{CredsChange, CredsEvent, Errno, ExitStatus, FoundState, UidEvent};

    use super::*;
    use crate::report::story::Story;
    use crate::style::Palette;

    fn story(width: Option<usize>) -> Story {
        Story::new(Palette::Plain, width, Log::new)
    }

    #[test]
    fn a_life() {
        let mut story = story(None);
        let root = story.root(&["/bin/sh", "-c", "x y"]);
        story.refuse(&root);
        let thread = story.thread(&root);
        story.end_thread(&thread);
        let ids = UidEvent::new(Ids::new(0, 0, 0, 0), Ids::new(0, 7, 0, 7));
        story.tell(&root, Event::Uid(&ids), None, None);
        story.tell(&root, Event::Creds(&CredsEvent::new(CredsChange::UserNamespace)), None, None);
        story.end(&root, 11);
        let text = story.ended(11);
        let expected = "   0.001000        -  init       fork
   0.002000      100  clone      fork
   0.003000      100  exec       /bin/sh -c 'x y'
   0.004000        -  init       ✗ refused by max_tasks: EAGAIN  fork by 100
   0.005000        -  free       never made: a watcher refused it
   0.006000        -  init       thread by 100
   0.007000  100/102  clone      thread by 100
   0.008000  100/102  exit       exit 0
   0.009000  100/102  free
   0.010000      100  uid        effective 0 → 7, fs 0 → 7
   0.011000      100  creds      user namespace
   0.012000      100  exit       ✗ SIGSEGV  sh -c 'x y'
   0.013000      100  free       30ms cpu, 2.0M max RSS
   0.014000      100  group_dead ✗ SIGSEGV
   0.014000           end        ✗ SIGSEGV  20ms user, 10ms sys, 2.0M max RSS, 1 process, 1 failure
";
        assert_eq!(text, expected);
    }

    #[test]
    fn late_and_unusual() {
        let mut story = story(None);
        let root = story.root(&["a"]);
        let flags =
            CloneFlags::from_raw(CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_VFORK | CloneFlags::CLONE_VM);
        story.tell(&root, Event::Init(&watchers::InitEvent::late(flags)), None, None);
        story.tell(&root, Event::Exit(&ExitEvent::new(ExitStatus::from_raw(9)).with_late()), None, None);
        let text = story.written(Outcome::Failed { stage: "exec", errno: Some(Errno::ENOENT) });
        for words in
            ["init       vfork CLONE_NEWPID  (late)", "✗ SIGKILL  a  (late)", "end        ✗ exec: ENOENT"]
        {
            assert!(text.contains(words), "no {words:?} in {text}");
        }
    }

    #[test]
    fn those_who_were_there() {
        let mut story = story(None);
        let traced = FoundEvent::new(FoundState::Traced);
        let tid = |raw| watchers::Tid::from_raw(raw).unwrap();
        let leader = Task::builder().tid(tid(100)).build();
        let thread = Task::builder().tid(tid(101)).parent(&leader).thread().build();
        let child = Task::builder().tid(tid(102)).parent(&leader).build();
        story.tell(&leader, Event::Found(&FoundEvent::new(FoundState::ZombieLeader)), None, None);
        story.tell(&thread, Event::Found(&traced), None, None);
        story.tell(&child, Event::Found(&traced), None, None);
        let text = story.ended(0);
        let expected = "   0.001000      100  found      process: a dead leader whose threads live on
   0.002000  100/101  found      thread of 100: a task that lives
   0.003000      102  found      process, child of 100: a task that lives
";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn every_line_fits() {
        for columns in [1, 20, 40, 80] {
            let mut story = story(Some(columns));
            let root = story.root(&["日本語", &"x".repeat(1_000)]);
            story.refuse(&root);
            story.end(&root, 1 << 8);
            let text = story.ended(1 << 8);
            // The columns at the left are what they are.
            assert!(text.lines().all(|line| width::columns(line) <= columns.max(33)), "{columns}: {text}");
        }
    }
}
