//! Stage 4 for births: `init` told late where nobody could veto, and `clone`.

use std::rc::Rc;

use watchers::{
    CloneEvent, CloneFlags, Event, ExitStatus, InitEvent, Pid, Signal, Stillborn, Task, TaskBuilder, Tid,
};

use super::Tracer;
use super::entry::flags_of;
use super::ids::credentials;
use super::orphan::is_traced;
use super::untraced::{undo, undo_in_child};
use crate::resume::Action;
use crate::sys::signal;
use crate::task::{Birth, Change, CloneCall, FirstStop, Group, Kinship, Phase, Record};
use crate::tracee::Stopped;

impl Tracer {
    /// The creator's report. The creator stays stopped until the child has stopped too.
    pub(super) fn made(&mut self, creator: &Stopped, child: Tid, call: Option<CloneCall>) -> Action {
        // A child that was adopted before this report has lived on, or died since; its creator may live on, too.
        let is_known = self.table.get(child).is_some_and(|known| !self.is_reused(child, known));
        if is_known || self.has_adopted && self.is_gone(child) {
            if let Some(call) = &call {
                self.made_already(creator, call);
            }
            return Action::Continue(None);
        }
        if call.is_none() && self.is_letting_go() {
            return Action::Continue(None);
        }
        let Some(call) = call.or_else(|| self.unannounced(creator)) else { return Action::Continue(None) };
        undo(creator, &call);
        // A dying creator took this child for its own: all new threads of one group look alike.
        if let Some(mistaken) = self.table.take_expected(child) {
            self.was_not_made(&mistaken);
        }
        match self.table.expect(creator.tid(), child, call) {
            Change::Born(birth) => {
                let action = self.born(birth);
                self.resume(Stopped::claim(child), action);
            }
            Change::BornDead { birth, status } => self.born_dead(birth, status),
            _ => {}
        }
        Action::Park
    }

    /// Whether nobody of this tid waits for a creator, or is traced.
    #[cold]
    fn is_gone(&self, child: Tid) -> bool {
        !self.table.is_stranger(child) && !is_traced(child)
    }

    #[cold]
    fn made_already(&mut self, creator: &Stopped, call: &CloneCall) {
        undo(creator, call);
        self.tell_stillborn(&call.task, Stillborn::Killed);
    }

    #[cold]
    fn was_not_made(&mut self, mistaken: &Birth) {
        self.tell_stillborn(&mistaken.call.task, Stillborn::Killed);
        self.tell_tree_end(&mistaken.root);
    }

    /// Whether the tid of a task in the table belongs to another thread group by now: a thread that called
    /// exec gives its tid up before the exec is reported.
    #[cold]
    fn is_reused(&self, tid: Tid, known: &Record) -> bool {
        Kinship::read(tid).is_some_and(|kinship| kinship.pid != known.group.pid)
    }

    /// The end of a group-stop, or SIGCONT; or the first stop of a new task under a reused tid.
    #[cold]
    pub(super) fn trapped(&mut self, stopped: &Stopped) -> Action {
        let tid = stopped.tid();
        if self.table.get(tid).is_some_and(|known| self.is_reused(tid, known)) {
            let change = self.table.reused(tid);
            return self.translate(stopped, change);
        }
        self.hand_on(stopped, None)
    }

    /// A fork that passed no `init`: a filter of the task's own outranked ours, or nobody watches `init`.
    pub(super) fn unannounced(&mut self, creator: &Stopped) -> Option<CloneCall> {
        let sigchld = CloneFlags::from_raw(libc::SIGCHLD as u64);
        let known = creator.clone_arguments();
        let flags = known.map_or(sigchld, |(call, args)| flags_of(creator, call, args));
        let task = self.child_task(self.table.get(creator.tid())?, flags);
        self.tell_init_late(&task, flags);
        Some(CloneCall { task, flags, restore: None })
    }

    pub(super) fn tell_init_late(&mut self, task: &Task, flags: CloneFlags) {
        self.tell(task, Event::Init(&InitEvent::late(flags)), [None; 2]);
    }

    /// The task that a fork of `creator` will make.
    pub(super) fn child_task(&self, creator: &Record, flags: CloneFlags) -> Rc<Task> {
        let builder = Task::builder().parent(&creator.task);
        self.furnished(if flags.thread() { builder.thread() } else { builder })
    }

    /// The task, with all that a task of this supervisor has.
    pub(super) fn furnished(&self, builder: TaskBuilder) -> Rc<Task> {
        let task = builder.origin(self.audience.origin.clone()).shared(self.shared.clone()).build();
        self.audience.selection.furnish(&task);
        task
    }

    /// Both halves of a fork are here, and the child is stopped. The answer is for the child.
    pub(super) fn born(&mut self, birth: Birth) -> Action {
        let (child, parked, first_stop) = (birth.child, birth.parked, birth.first_stop);
        undo_in_child(&Stopped::claim(child), &birth.call);
        self.born_with_traps(&birth);
        self.tell_clone(birth, [Some(child), parked]);
        self.release(parked, child);
        match first_stop {
            FirstStop::Alone => Action::Continue(None),
            FirstStop::WithGroup => Action::Listen,
            FirstStop::Dying(status) => self.exiting(&Stopped::claim(child), status),
        }
    }

    /// Restarts the creator of `child`, if it still waits for it.
    fn release(&mut self, creator: Option<Tid>, child: Tid) {
        let Some(record) = creator.and_then(|tid| self.table.get_mut(tid)) else { return };
        if let (Some(creator), Phase::Parked { child: awaited }) = (creator, &record.phase)
            && *awaited == child
        {
            record.phase = Phase::Alive;
            self.resume(Stopped::claim(creator), Action::Continue(None));
        }
    }

    fn tell_clone(&mut self, birth: Birth, stopped: [Option<Tid>; 2]) {
        let Birth { child, call, creator_group, root, .. } = birth;
        let group = creator_group.or_else(|| Pid::from_raw(child.as_raw()).map(Group::new));
        let Some(group) = group else { return };
        call.task.bind(child, group.pid);
        let mut record = Record::new(call.task.clone(), group, root);
        self.inherit(&mut record, child);
        if self.closing || record.root.doomed.get() {
            let _ = signal::kill(record.group.pid, Signal::SIGKILL);
        }
        self.table.add(child, record);
        self.tell(&call.task, Event::Clone(&CloneEvent::new(call.flags)), stopped);
        self.report_clone(&call.task, call.flags, stopped);
    }

    /// What a child has of its creator.
    fn inherit(&self, record: &mut Record, child: Tid) {
        let creator = record.task.parent().and_then(|task| self.table.get(task.tid()?));
        if let Some(creator) = creator {
            let filters = record.group.filters_itself.get() || creator.group.filters_itself.get();
            record.group.filters_itself.set(filters);
        }
        if self.interest.wants_ids() {
            let told = creator.filter(|creator| !creator.group.filters_itself.get());
            record.credentials = told.and_then(|creator| creator.credentials).or_else(|| credentials(child));
        }
    }

    /// It was killed before its first stop, or its creator reported only afterwards.
    pub(super) fn born_dead(&mut self, birth: Birth, status: ExitStatus) {
        let (child, parked) = (birth.child, birth.parked);
        self.tell_clone(birth, [None; 2]);
        self.release(parked, child);
        self.reaped(child, status);
    }
}
