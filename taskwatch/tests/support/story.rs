//! The rules of the event stream, checked line by line; what is left is one [`Task`] for each task told of.
//!
//! The rules: the first line is `start` and the last `end` with `complete`; `seq` counts without a gap; `ts`
//! does not run backwards; each task has one `init` and one `free`, has an `exit` exactly if it had a `clone`,
//! and tells them in the order init, clone, (exec, uid, gid, creds)*, exit, free; a creator is alive when it makes
//! a task; no two live tasks have one tid; a process has one pid, and one group_dead when all its tasks are freed.

use super::stream::{Line, string};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Code(i32),
    Signal(i32),
}

impl Status {
    pub fn of(value: &Value) -> Option<Self> {
        let number = |field: &str| value[field].as_i64().and_then(|n| i32::try_from(n).ok());
        number("code").map(Self::Code).or(number("signal").map(Self::Signal))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Init,
    Alive,
    Exited,
    Freed,
}

/// One task, as the stream tells of it.
#[derive(Clone, Debug)]
pub struct Task {
    pub id: u64,
    pub creator: Option<u64>,
    pub thread: bool,
    pub flags: u64,
    pub tid: Option<i64>,
    pub pid: Option<i64>,
    pub execs: Vec<Vec<String>>,
    pub user_events: usize,
    pub group_events: usize,
    /// In the order of their init.
    pub children: Vec<u64>,
    pub exit: Option<Status>,
    pub free: Option<Status>,
    /// Why it never came to be, and with which errno.
    pub cause: Option<(String, Option<String>)>,
    pub late_init: bool,
    pub late_exit: bool,
    /// `ppid` of the clone line, and whether the creator had not exited by then.
    pub ppid_at_clone: Option<i64>,
    pub creator_alive_at_clone: bool,
    pub init_line: usize,
    pub exit_line: usize,
    /// Another thread has executed a program and has its tid since.
    replaced: bool,
    phase: Phase,
}

#[derive(Debug, Default)]
pub struct Story {
    pub tasks: BTreeMap<u64, Task>,
    pub roots: Vec<u64>,
    /// The live task of each tid.
    live: BTreeMap<i64, u64>,
    /// The processes that have ended, by their leaders.
    ended: BTreeSet<u64>,
}

impl Story {
    /// Checks a whole stream.
    pub fn of(lines: &[Line]) -> Result<Self, String> {
        let mut story = Self::default();
        check_frame(lines)?;
        for line in lines {
            story.tell(line).map_err(|error| format!("line {}: {error}: {}", line.number, line.value))?;
        }
        for task in story.tasks.values() {
            if task.phase != Phase::Freed {
                return Err(format!("task {} is left in {:?}", task.id, task.phase));
            }
            if task.leads_to_the_end() && !story.ended.contains(&task.id) {
                return Err(format!("the process of task {} has no group_dead", task.id));
            }
        }
        Ok(story)
    }

    pub fn task(&self, id: u64) -> &Task {
        &self.tasks[&id]
    }

    fn tell(&mut self, line: &Line) -> Result<(), String> {
        let event = line.event();
        if !matches!(
            event,
            "init" | "clone" | "exec" | "uid" | "gid" | "creds" | "exit" | "free" | "group_dead"
        ) {
            return Ok(());
        }
        let id = line.task().ok_or("no task")?;
        if event == "group_dead" {
            return self.group_dead(id, line);
        }
        if event == "init" {
            return self.init(id, line);
        }
        let Some(task) = self.tasks.get_mut(&id) else { return Err(format!("task {id} had no init")) };
        let phase = task.phase;
        let fits = match event {
            "clone" => phase == Phase::Init,
            "exec" | "uid" | "gid" | "creds" | "exit" => phase == Phase::Alive,
            _ => phase == Phase::Init || phase == Phase::Exited,
        };
        if !fits {
            return Err(format!("{event} of a task in {phase:?}"));
        }
        match event {
            "clone" => self.clone(id, line),
            "exec" => self.exec(id, line),
            "exit" => {
                task.phase = Phase::Exited;
                task.exit = Status::of(&line.value["status"]);
                task.late_exit = line.is_late();
                task.exit_line = line.number;
                same_ids(task, line)?;
                task.exit.map(drop).ok_or("an exit without a status".to_owned())
            }
            "free" => self.free(id, line),
            "creds" => same_ids(task, line),
            _ => {
                *(if event == "uid" { &mut task.user_events } else { &mut task.group_events }) += 1;
                same_ids(task, line)
            }
        }
    }

    fn init(&mut self, id: u64, line: &Line) -> Result<(), String> {
        let creator = line.value["parent"].as_u64();
        if self.tasks.contains_key(&id) {
            return Err(format!("a second init of task {id}"));
        }
        if !line.value["tid"].is_null() && !line.is_late() {
            return Err("a tid before the kernel has made the task".to_owned());
        }
        match creator {
            None => self.roots.push(id),
            Some(creator) => {
                let task = self
                    .tasks
                    .get_mut(&creator)
                    .ok_or_else(|| format!("the creator {creator} is not known"))?;
                // The creator of a late init may be gone by then: that is why it is late.
                if task.phase != Phase::Alive && !line.is_late() {
                    return Err(format!("the creator {creator} is in {:?}", task.phase));
                }
                task.children.push(id);
            }
        }
        let task = Task {
            id,
            creator,
            thread: false,
            flags: line.value["flags"].as_u64().ok_or("flags are no number")?,
            tid: None,
            pid: None,
            execs: Vec::new(),
            user_events: 0,
            group_events: 0,
            children: Vec::new(),
            exit: None,
            free: None,
            cause: None,
            late_init: line.is_late(),
            late_exit: false,
            ppid_at_clone: None,
            creator_alive_at_clone: false,
            init_line: line.number,
            exit_line: 0,
            replaced: false,
            phase: Phase::Init,
        };
        self.tasks.insert(id, task);
        Ok(())
    }

    fn clone(&mut self, id: u64, line: &Line) -> Result<(), String> {
        let creator = self.tasks[&id].creator;
        let creator = creator.map(|creator| self.tasks[&creator].clone());
        let tid = line.number_of("tid").ok_or("no tid")?;
        let pid = line.number_of("pid").ok_or("no pid")?;
        let thread = line.value["thread"].as_bool().ok_or("thread is no bool")?;
        let task = self.tasks.get_mut(&id).ok_or("lost")?;
        task.phase = Phase::Alive;
        (task.tid, task.pid, task.thread) = (Some(tid), Some(pid), thread);
        task.ppid_at_clone = line.number_of("ppid");
        task.creator_alive_at_clone = creator.as_ref().is_some_and(|creator| creator.phase == Phase::Alive);
        if line.value["parent"].as_u64() != task.creator {
            return Err("another parent than in its init".to_owned());
        }
        if line.value["flags"].as_u64() != Some(task.flags) {
            return Err(format!("other flags than in its init ({})", task.flags));
        }
        if thread != (task.flags & 0x10000 != 0) {
            return Err("thread does not agree with CLONE_THREAD".to_owned());
        }
        if let Some(other) = self.live.insert(tid, id) {
            return Err(format!("task {other} still has the tid {tid}"));
        }
        match creator {
            Some(creator) if thread && creator.pid != Some(pid) => {
                Err("a thread with another pid than its creator".to_owned())
            }
            _ if !thread && tid != pid => {
                Err("a process whose first task has another tid than the pid".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn exec(&mut self, id: u64, line: &Line) -> Result<(), String> {
        let task = self.tasks.get_mut(&id).ok_or("lost")?;
        let argv = line.value["argv"].as_array().map(|list| list.iter().map(string).collect());
        task.execs.push(argv.unwrap_or_default());
        if let Some(old_tid) = line.number_of("old_tid") {
            if task.tid != Some(old_tid) || Some(old_tid) == task.pid {
                return Err(format!("old_tid is {old_tid}, the task was {:?} of {:?}", task.tid, task.pid));
            }
            self.live.remove(&old_tid);
            task.tid = task.pid;
            let leader = task.tid.unwrap_or_default();
            self.replace_leader(id, leader);
            if let Some(other) = self.live.insert(leader, id) {
                return Err(format!("the leader, task {other}, still has its tid"));
            }
        } else if task.tid != task.pid {
            return Err("an exec by a thread without old_tid".to_owned());
        }
        let task = &self.tasks[&id];
        let pid = task.pid;
        same_ids(task, line)?;
        let mut others =
            self.tasks.values().filter(|task| task.pid == pid && task.phase == Phase::Alive && task.id != id);
        others.next().map_or(Ok(()), |other| Err(format!("task {} of this process lives on", other.id)))
    }

    /// A leader that did not call exec itself is no leader any more.
    fn replace_leader(&mut self, id: u64, tid: i64) {
        let ended = &self.ended;
        let former = self.tasks.values_mut().filter(|other| other.id != id && other.tid == Some(tid));
        former.filter(|other| !ended.contains(&other.id)).for_each(|other| other.replaced = true);
    }

    /// Right after the last free of a process, told of its leader.
    fn group_dead(&mut self, id: u64, line: &Line) -> Result<(), String> {
        let task = self.tasks.get(&id).ok_or("a group_dead of nobody")?;
        if task.tid.is_none() || task.tid != task.pid {
            return Err("a group_dead of a task that is no leader".to_owned());
        }
        if Status::of(&line.value["status"]) != task.free {
            return Err("another status than its leader was freed with".to_owned());
        }
        same_ids(task, line)?;
        let is_left =
            |other: &&Task| other.pid == task.pid && matches!(other.phase, Phase::Alive | Phase::Exited);
        if let Some(other) = self.tasks.values().find(is_left) {
            return Err(format!("task {} of the process is in {:?}", other.id, other.phase));
        }
        if self.ended.insert(id) { Ok(()) } else { Err("a second group_dead".to_owned()) }
    }

    fn free(&mut self, id: u64, line: &Line) -> Result<(), String> {
        let task = self.tasks.get_mut(&id).ok_or("lost")?;
        let cause = line.value["cause"].as_str().map(str::to_owned);
        match (task.phase, cause) {
            (Phase::Init, Some(cause)) => {
                task.cause = Some((cause, line.value["errno"].as_str().map(str::to_owned)));
            }
            (Phase::Exited, None) => {
                task.free = Status::of(&line.value["status"]);
                if task.free.is_none() {
                    return Err("a free without a status".to_owned());
                }
                same_ids(task, line)?;
                let tid = task.tid.unwrap_or_default();
                if self.live.remove(&tid) != Some(id) {
                    return Err(format!("{tid} was not this task's"));
                }
            }
            (phase, cause) => return Err(format!("cause {cause:?} of a task in {phase:?}")),
        }
        task.phase = Phase::Freed;
        Ok(())
    }
}

impl Task {
    /// Whether it was the leader when its process ended: with the leader's tid, and freed as the last.
    fn leads_to_the_end(&self) -> bool {
        self.tid.is_some() && self.tid == self.pid && !self.replaced
    }
}

fn same_ids(task: &Task, line: &Line) -> Result<(), String> {
    if line.number_of("tid") == task.tid && line.number_of("pid") == task.pid {
        return Ok(());
    }
    Err(format!("the task was {:?} of {:?}", task.tid, task.pid))
}

fn check_frame(lines: &[Line]) -> Result<(), String> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Err("no lines".to_owned()) };
    if first.event() != "start" || last.event() != "end" {
        return Err(format!("from {} to {}, not from start to end", first.event(), last.event()));
    }
    if last.value["complete"] != Value::Bool(true) {
        return Err(format!("not complete: {}", last.value));
    }
    if lines[1..lines.len() - 1].iter().any(|line| matches!(line.event(), "start" | "end")) {
        return Err("a second start or end".to_owned());
    }
    let mut time = 0;
    for (index, line) in lines.iter().enumerate() {
        let at = line.value["ts"].as_u64().ok_or("ts is no number")?;
        if line.value["v"].as_u64() != Some(1)
            || line.value["seq"].as_u64() != Some(index as u64)
            || at < time
        {
            return Err(format!("v, seq or ts of line {}: {}", line.number, line.value));
        }
        time = at;
    }
    Ok(())
}
