//! The loop.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use watchers::{Errno, Event, InitEvent, Outcome, SharedData, Task, TaskId, Tid, has_data_panics};

use super::letting_go::LettingGo;
use super::orphan::LostFork;
use super::reaping::Unreaped;
use super::search::Search;
use super::{Admitted, Request};
use crate::deliver::Audience;
use crate::doorbell::Doorbell;
use crate::engine::Roster;
use crate::image::Image;
use crate::interest::Interest;
use crate::notice::Notice;
use crate::notify::{Notified, NotifyBy};
use crate::resume::Action;
use crate::stop::{Observed, RawStop, Stop, Until, decode, observe};
use crate::task::{Change, Record, Table};
use crate::tracee::Stopped;

/// Everything that the tracer thread owns.
pub(crate) struct Tracer {
    pub(super) table: Table,
    pub(super) audience: Audience,
    pub(super) engines: Rc<Roster>,
    pub(super) notified: Rc<Notified>,
    pub(super) notify_by: NotifyBy,
    pub(super) interest: Interest,
    pub(super) image: Rc<Image>,
    pub(super) shared: Rc<SharedData>,
    /// Commands whose `init` was told and that are not traced yet.
    pub(super) admitted: HashMap<TaskId, Admitted>,
    pub(super) requests: Receiver<Request>,
    pub(super) has_asked: Arc<AtomicBool>,
    pub(super) doorbell: Doorbell,
    /// The dead whose engines wait for their parents.
    pub(super) unreaped: Unreaped,
    /// Forks whose creators could not report them.
    pub(super) lost: Vec<LostFork>,
    /// No request will come any more: end with the last task.
    pub(super) finishing: bool,
    /// The supervisor was dropped: whoever is born now is killed.
    pub(super) closing: bool,
    /// A child was taken in that its creator had not reported; it may do so yet.
    pub(super) has_adopted: bool,
    /// How often in a row nothing was waiting while strangers did.
    pub(super) n_looks: u32,
    /// A tree is being attached to, and somebody of it may still be missing.
    pub(super) search: Option<Search>,
    /// The tree is to live on without us.
    pub(super) letting_go: Option<LettingGo>,
    /// The supervisor is an ordinary user's: set-id programs of its tree lose their ids.
    pub(super) ordinary: bool,
}

impl Tracer {
    /// Runs until it is told to finish and nobody is left.
    pub(crate) fn run(mut self) {
        while !(self.finishing && self.is_idle() || self.has_let_go()) {
            if !self.turn() {
                break;
            }
            self.end_turn();
        }
        self.close();
    }

    /// Whether nobody is left, or about to be.
    fn is_idle(&self) -> bool {
        self.table.is_empty() && self.admitted.is_empty() && self.lost.is_empty()
    }

    /// The next stop: one that a remote call met, if there is one. When none is waiting, strangers are looked at and the host hears of
    /// the pause before we block. Whether there can be another turn.
    #[inline(always)]
    fn turn(&mut self) -> bool {
        if self.has_other_business() && self.handle_put_off() {
            return true;
        }
        let has_something_to_do = self.audience.on_idle.is_some() || self.has_to_look();
        match self.observe(if has_something_to_do { Until::Now } else { Until::Somebody }) {
            Ok(Observed::Stop(raw)) => self.handle(&raw),
            Ok(Observed::Idle) => return self.look_before_waiting(),
            Ok(Observed::Nobody) | Err(_) => return self.renew_doorbell(),
        }
        true
    }

    #[cold]
    fn handle_put_off(&mut self) -> bool {
        let put_off = self.audience.origin.detours.take_put_off();
        put_off.inspect(|raw| self.handle_one(raw)).is_some()
    }

    /// Nothing is waiting now.
    #[cold]
    fn look_before_waiting(&mut self) -> bool {
        if self.adopt_orphans()
            || self.adopt_the_unannounced()
            || self.give_up_lost_forks()
            || self.search_on_in_the_loop()
            || self.pause_to_let_go()
        {
            return true;
        }
        self.audience.idle();
        match self.observe(Until::Somebody) {
            Ok(Observed::Stop(raw)) => self.handle_one(&raw),
            Ok(Observed::Idle) => {}
            Ok(Observed::Nobody) | Err(_) => return self.renew_doorbell(),
        }
        true
    }

    #[inline(always)]
    pub(super) fn observe(&self, until: Until) -> Result<Observed, Errno> {
        observe(until, |tid| self.table.is_alone(tid))
    }

    /// Whether there is something to be looked for while nothing is waiting.
    fn has_to_look(&self) -> bool {
        self.table.has_strangers() || !self.lost.is_empty() || self.search.is_some() || self.is_letting_go()
    }

    /// As [`handle`](Self::handle), where it is not a piece of the loop.
    #[inline(never)]
    pub(super) fn handle_one(&mut self, raw: &RawStop) {
        self.handle(raw);
    }

    /// One stop, from what the kernel has said of it to its end.
    #[inline(always)]
    fn handle(&mut self, raw: &RawStop) {
        self.n_looks = 0;
        if self.doorbell.is(raw.tid) {
            return self.answer_door(raw);
        }
        let stop = decode(raw);
        if self.has_other_business() {
            self.settle_detour(raw.tid, stop);
        }
        let may_orphan = matches!(stop, Stop::Gone(_) | Stop::Exiting(_) | Stop::Exec { .. });
        let stopped = match stop {
            Stop::Gone(_) | Stop::Vanished => None,
            _ => Some(Stopped::claim(raw.tid)),
        };
        let change = self.table.apply(raw.tid, stop);
        match stopped {
            Some(stopped) => {
                let action = match self.has_other_business() {
                    true => self.translate_among_others(&stopped, change),
                    false => self.translate_for_watchers(&stopped, change),
                };
                self.resume(stopped, action);
            }
            None => self.translate_death(raw.tid, change),
        }
        self.settle_doubt(raw.tid);
        if self.has_other_business() {
            self.carry_out();
        }
        if may_orphan && self.table.has_strangers() {
            self.adopt_orphans();
        }
    }

    /// A stop in which the task has made up for one that it has passed.
    #[cold]
    fn settle_detour(&self, tid: Tid, stop: Stop) {
        if matches!(stop, Stop::Trap | Stop::Group(_) | Stop::Exiting(_) | Stop::Gone(_)) {
            self.audience.origin.detours.settle(tid);
        }
    }

    /// What was asked for meanwhile, and what events have left to do, whoever told them: a stop, a request, a look
    /// at strangers.
    ///
    /// A request that was made by who was called in this turn does not wait for the doorbell: that has to be
    /// scheduled before it stops, and other stops would be told meanwhile.
    fn end_turn(&mut self) {
        if self.has_asked.load(Ordering::Acquire) {
            self.answer_requests();
        }
        if std::mem::take(&mut self.audience.fatal) {
            self.kill_all();
        }
        if has_data_panics() {
            self.audience.report_data();
        }
    }

    /// The flag is put up after a request was made: one that is not seen here puts it up once more.
    #[cold]
    fn answer_requests(&mut self) {
        self.has_asked.swap(false, Ordering::AcqRel);
        while let Ok(request) = self.requests.try_recv() {
            request(self);
        }
    }

    /// Stage 4, for a task that is stopped.
    #[cold]
    pub(super) fn translate(&mut self, stopped: &Stopped, change: Change) -> Action {
        self.translate_for_watchers(stopped, change)
    }

    /// The same, as a piece of the loop: of the stages, each kind of stop runs only what it needs.
    #[inline(always)]
    fn translate_for_watchers(&mut self, stopped: &Stopped, change: Change) -> Action {
        match change {
            Change::None => self.hand_on(stopped, None),
            Change::Signal(signal) => self.deliver_signal(stopped, signal),
            Change::GroupStop => Action::Listen,
            Change::Park | Change::Dead => Action::Park,
            Change::AtGate => self.open_gate(stopped),
            Change::Entering { entry, stopped_by } => self.enter(stopped, &entry, stopped_by),
            Change::Leaving { result } => self.leave(stopped, result),
            Change::Made { child, call } => self.made(stopped, child, call),
            Change::Born(birth) => self.born(birth),
            Change::Exec { leader, old_tid } => self.exec(stopped, leader, old_tid),
            Change::Exiting(status) => self.exiting(stopped, status),
            Change::Trapped => self.trapped(stopped),
            Change::Returned => self.hand_on(stopped, None),
            Change::TurnedBack => Action::ToSyscallStop(None),
            // Of the dead; everything that has to be dropped is taken out of the change, so that nothing is left to look for.
            Change::Gone { record: _record, vanished: _vanished, .. } => Action::Park,
            Change::BornDead { birth: _birth, .. } => Action::Park,
        }
    }

    /// Stage 4, for a task that is not there any more.
    fn translate_death(&mut self, tid: Tid, change: Change) {
        match change {
            Change::Gone { record, status, vanished } => self.gone(tid, record, status, vanished),
            Change::BornDead { birth, status } => self.born_dead(birth, status),
            _ => {}
        }
    }

    /// Stage 4, where watchers are not the only ones.
    #[cold]
    fn translate_among_others(&mut self, stopped: &Stopped, change: Change) -> Action {
        let change = self.arrive_for_work(stopped, change);
        match self.engines.is_unused() {
            true => self.translate(stopped, change),
            false => self.translate_for_engines(stopped, change),
        }
    }

    /// Stage 5, for the event that may be refused.
    pub(super) fn ask(&mut self, task: &Task, init: &InitEvent, stopped: [Option<Tid>; 2]) -> Outcome {
        self.audience.ask(task, Event::Init(init), stopped)
    }

    /// Stage 5, for an event that has happened.
    pub(super) fn tell(&mut self, task: &Task, event: Event<'_>, stopped: [Option<Tid>; 2]) {
        self.audience.tell(task, event, stopped);
    }

    /// Somebody rang, which [`end_turn`](Self::end_turn) sees to; or killed the doorbell.
    #[cold]
    fn answer_door(&mut self, raw: &RawStop) {
        if let Stop::Gone(_) = decode(raw) {
            self.renew_doorbell();
        } else {
            self.resume(Stopped::claim(raw.tid), Action::Continue(None));
        }
    }

    /// Replaces a dead doorbell. Without one no request can be heard, so a failure ends the supervisor: what
    /// lives is killed, which makes for turns that take the requests that come meanwhile.
    #[cold]
    fn renew_doorbell(&mut self) -> bool {
        match self.doorbell.replace() {
            Ok(()) => true,
            Err(error) => {
                let errno = Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO));
                self.audience.notice(&Notice::Lost { tid: self.doorbell.tid(), request: "doorbell", errno });
                self.shut_down();
                false
            }
        }
    }

    /// Nobody is left, or is ours any more: reap the doorbell, and tell those who still wait.
    fn close(mut self) {
        self.stop_waiting_for_parents();
        self.doorbell.take_down();
        if self.is_letting_go() {
            return self.doorbell.wait_for_its_end();
        }
        while let Ok(Observed::Stop(raw)) = self.observe(Until::Somebody) {
            match decode(&raw) {
                Stop::Gone(_) if self.doorbell.is(raw.tid) => return self.doorbell.bury(),
                Stop::Gone(_) | Stop::Vanished => {}
                _ => self.resume(Stopped::claim(raw.tid), Action::Continue(None)),
            }
        }
    }

    /// The record of a task that is known to be there, with the rest of the tracer still in reach.
    pub(super) fn record(&mut self, stopped: &Stopped) -> Option<&mut Record> {
        self.table.get_mut(stopped.tid())
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("table", &self.table).finish_non_exhaustive()
    }
}
