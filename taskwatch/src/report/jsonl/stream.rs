//! The stream of events, written line by line.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Serializer;
use watchers::{Errno, Event, FreeEvent, InitEvent, Stillborn, TaskId};

use crate::ledger;
use crate::output::Output;
use crate::report::{End, Observation, Remark, Report, Start};

use super::text::Text;
use super::{frame, line, text};

/// The stream of events.
#[derive(Debug)]
pub(crate) struct Jsonl {
    output: Output,
    seq: u64,
    line: Vec<u8>,
    /// What the refused, who are not freed yet, were refused with.
    denied: HashMap<TaskId, Errno>,
}

impl Jsonl {
    /// An empty stream.
    pub(crate) fn new(output: Output) -> Jsonl {
        Jsonl { output, seq: 0, line: Vec::new(), denied: HashMap::new() }
    }

    fn write(&mut self, at: Duration, event: &'static str, body: impl Serialize) {
        let ts = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        let line = line::Line { v: line::VERSION, seq: self.seq, ts, event, body };
        self.line.clear();
        let mut serializer = Serializer::with_formatter(&mut self.line, text::Careful);
        if line.serialize(&mut serializer).is_err() {
            // Our own structs have string keys and no failing serialisers.
            return;
        }
        self.line.push(b'\n');
        self.output.write(&self.line);
        self.seq += 1;
    }

    fn init(&mut self, seen: &Observation<'_>, event: &InitEvent) {
        if let Some(refused) = seen.refusal {
            self.denied.insert(seen.task.id(), refused.errno);
        }
        let body = line::Init {
            who: line::Who::of(seen.task),
            parent: seen.task.parent_id().map(TaskId::as_raw),
            flags: event.flags.as_raw(),
            flag_names: event.flags.names(),
            denied: seen.refusal.map(line::Denied::from),
            late: event.late,
        };
        self.write(seen.at, "init", body);
    }

    fn free(&mut self, seen: &Observation<'_>, event: &FreeEvent) {
        let denied = self.denied.remove(&seen.task.id());
        let stillborn = event.stillborn.map(|stillborn| line::Unmade {
            cause: cause(stillborn),
            errno: match stillborn {
                Stillborn::Failed(errno) => Some(errno),
                _ => denied,
            }
            .map(|errno| errno.to_string()),
        });
        let body = line::Free {
            who: line::Who::of(seen.task),
            status: event.status.map(line::Status::from),
            stillborn,
            used: ledger::is_leader(seen.task).then(|| line::Used::from(seen.times)),
        };
        self.write(seen.at, "free", body);
    }
}

fn cause(stillborn: Stillborn) -> &'static str {
    match stillborn {
        Stillborn::Denied => "denied",
        Stillborn::Failed(_) => "failed",
        Stillborn::Restarted => "restarted",
        Stillborn::Killed => "killed",
        _ => "other",
    }
}

impl Report for Jsonl {
    fn start(&mut self, start: &Start<'_>) {
        let host = rustix::system::uname();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let body = frame::Start {
            version: env!("CARGO_PKG_VERSION"),
            argv: start.argv.iter().map(Text::new).collect(),
            attached: start.attached.map(watchers::Pid::as_raw),
            cwd: start.cwd.as_ref().map(Text::new),
            realtime_ns: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX),
            hostname: Text::new(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(
                host.nodename().to_bytes(),
            )),
            supervisor: rustix::process::getpid().as_raw_pid(),
            watchers: start.watchers.iter().map(frame::Watcher::from).collect(),
        };
        self.write(Duration::ZERO, "start", body);
        self.output.flush();
    }

    fn event(&mut self, seen: &Observation<'_>) {
        match seen.event {
            Event::Init(event) => self.init(seen, event),
            Event::Clone(event) => self.write(seen.at, "clone", line::Clone::of(seen.task, event)),
            Event::Exec(event) => {
                self.write(seen.at, "exec", line::Exec::of(seen.task, event, seen.argv.as_deref()))
            }
            Event::Uid(event) => {
                self.write(seen.at, "uid", line::Change::of(seen.task, event.old, event.new))
            }
            Event::Gid(event) => {
                self.write(seen.at, "gid", line::Change::of(seen.task, event.old, event.new))
            }
            Event::Exit(event) => self.write(seen.at, "exit", line::Exit::of(seen.task, event)),
            Event::Free(event) => self.free(seen, event),
            Event::Found(event) => {
                self.write(seen.at, "found", line::Found::of(seen.task, event, seen.argv.as_deref()))
            }
            Event::Creds(event) => self.write(seen.at, "creds", line::Creds::of(seen.task, event)),
            Event::GroupDead(event) => {
                self.write(seen.at, "group_dead", line::GroupDead::of(seen.task, event));
            }
            _ => {}
        }
    }

    fn notice(&mut self, remark: &Remark<'_>) {
        self.write(remark.at, "notice", frame::Notice { what: remark.what, text: remark.text });
    }

    fn idle(&mut self) {
        self.output.flush();
    }

    fn end(&mut self, end: &End) {
        self.write(end.at, "end", frame::End::from(end));
        self.output.flush();
    }
}
