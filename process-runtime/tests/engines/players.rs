//! Engines that answer and ask at random, and write down everything that they are told and do.

use std::mem;
use std::sync::{Arc, Mutex};

use process_runtime::{
    Attach, Attached, Engine, EngineError, EngineEvent, EngineEvents, JobControl, Report, ResumeAction,
    SignalAction, SignalAnswer, SignalReport, Syscall, SyscallAnswer, TaskExt,
};
use watchers::{CloneFlags, ExitStatus, Task};

use super::replay::model::Function;

/// What has happened to the engines of one task, in order.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// An engine is called. Without an event: before user mode.
    Called {
        id: u64,
        event: Option<EngineEvent>,
        function: Function,
        is_handler: bool,
    },
    /// It has attached another one.
    Attached {
        id: u64,
        events: EngineEvents,
    },
    /// It has asked for something of another. (Of itself: a token for a stop is for the stop that the engine has in mind when it
    /// is called, and such a request would have ended that already.)
    SetEvents {
        id: u64,
        events: EngineEvents,
        answer: Result<(), EngineError>,
    },
    Controlled {
        id: u64,
        action: ResumeAction,
        answer: Result<(), EngineError>,
    },
    /// It has answered. Who stops lets go again: the token is dropped.
    Answered(ResumeAction),
}

/// The engines of one task.
#[derive(Debug)]
pub(crate) struct Play {
    random: u64,
    happenings: Vec<Happening>,
    engines: Vec<(u64, Attached)>,
    n_engines: u64,
}

/// The plays of a tree.
pub(crate) type Plays = Arc<Mutex<Vec<Arc<Mutex<Play>>>>>;

/// One engine. The first of each task is the witness, who wants to be told of everything and asks for nothing.
pub(crate) struct Player {
    id: u64,
    events: EngineEvents,
    play: Arc<Mutex<Play>>,
    plays: Plays,
}

/// Who tells the happenings apart: the first of a task.
pub(crate) const WITNESS: u64 = 0;

const EVENTS: [EngineEvent; 9] = [
    EngineEvent::Quiesce,
    EngineEvent::Clone,
    EngineEvent::Exec,
    EngineEvent::Exit,
    EngineEvent::SyscallEntry,
    EngineEvent::SyscallExit,
    EngineEvent::Signal,
    EngineEvent::SignalIgn,
    EngineEvent::SignalCore,
];
/// What the witness is told of.
pub(crate) fn witnessed() -> EngineEvents {
    EngineEvents::of(EVENTS)
}

const ANSWERS: [ResumeAction; 10] = [
    ResumeAction::Stop,
    ResumeAction::Interrupt,
    ResumeAction::Report,
    ResumeAction::SingleStep,
    ResumeAction::BlockStep,
    ResumeAction::Resume,
    ResumeAction::Resume,
    ResumeAction::Resume,
    ResumeAction::Resume,
    ResumeAction::Detach,
];
/// A stop that is asked for here would have nobody to end it.
const ASKED: [ResumeAction; 6] = [
    ResumeAction::Interrupt,
    ResumeAction::Report,
    ResumeAction::SingleStep,
    ResumeAction::BlockStep,
    ResumeAction::Resume,
    ResumeAction::Detach,
];

impl Play {
    fn below(&mut self, n: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) as usize % n
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    fn events(&mut self) -> EngineEvents {
        (0..3).fold(EngineEvents::EMPTY, |events, _| events | self.of(&EVENTS))
    }

    /// Takes what has happened.
    pub(crate) fn take(&mut self) -> Vec<Happening> {
        mem::take(&mut self.happenings)
    }
}

impl Player {
    /// A witness for a new task.
    pub(crate) fn witness(plays: &Plays, seed: u64) -> Player {
        let play = Play { random: seed | 1, happenings: Vec::new(), engines: Vec::new(), n_engines: 1 };
        let play = Arc::new(Mutex::new(play));
        plays.lock().unwrap().push(play.clone());
        Player { id: WITNESS, events: witnessed(), play, plays: plays.clone() }
    }

    fn play(
        &mut self,
        at: &mut Report<'_>,
        event: Option<EngineEvent>,
        function: Function,
        is_handler: bool,
    ) -> ResumeAction {
        let play = self.play.clone();
        let mut play = play.lock().unwrap();
        play.happenings.push(Happening::Called { id: self.id, event, function, is_handler });
        if self.id != WITNESS || play.n_engines < 4 {
            self.ask(at, &mut play);
        }
        let answer = if self.id == WITNESS { ResumeAction::Resume } else { play.of(&ANSWERS) };
        if answer == ResumeAction::Stop {
            drop(at.hold());
        }
        play.happenings.push(Happening::Answered(answer));
        answer
    }

    fn ask(&self, at: &Report<'_>, play: &mut Play) {
        let others: Vec<(u64, Attached)> =
            play.engines.iter().filter(|(id, _)| *id != self.id).cloned().collect();
        let whom = play.below(others.len().max(1));
        match (play.below(6), others.get(whom)) {
            (0, _) if others.len() < 6 => self.attach(at, play),
            (1, Some((id, engine))) => {
                let (id, events) = (*id, play.events());
                let answer = engine.set_events(events);
                play.happenings.push(Happening::SetEvents { id, events, answer });
            }
            (2, Some((id, engine))) => {
                let (id, action) = (*id, play.of(&ASKED));
                let answer = engine.control(action);
                play.happenings.push(Happening::Controlled { id, action, answer });
                if answer == Err(EngineError::NoSuchTask) {
                    play.engines.retain(|(other, _)| *other != id);
                }
            }
            _ => {}
        }
    }

    fn attach(&self, at: &Report<'_>, play: &mut Play) {
        let (id, events) = (play.n_engines, play.events());
        play.n_engines += 1;
        let player = Player { id, events, play: self.play.clone(), plays: self.plays.clone() };
        let attached = at.task().attach(player, Attach::Shared).unwrap();
        play.engines.push((id, attached));
        play.happenings.push(Happening::Attached { id, events });
    }
}

impl Engine for Player {
    fn events(&self) -> EngineEvents {
        self.events
    }

    fn report_quiesce(&mut self, at: &mut Report<'_>, event: Option<EngineEvent>) -> ResumeAction {
        match event {
            // The play ends with the exit.
            Some(EngineEvent::Death) => ResumeAction::Resume,
            event => self.play(at, event, Function::Quiesce, false),
        }
    }

    fn report_clone(&mut self, at: &mut Report<'_>, child: &Task, _: CloneFlags) -> ResumeAction {
        if self.id == WITNESS {
            let seed = self.play.lock().unwrap().below(usize::MAX) as u64;
            child.attach(Player::witness(&self.plays, seed), Attach::Shared).unwrap();
        }
        self.play(at, Some(EngineEvent::Clone), Function::Event, false)
    }

    fn report_exec(&mut self, at: &mut Report<'_>) -> ResumeAction {
        self.play(at, Some(EngineEvent::Exec), Function::Event, false)
    }

    fn report_exit(&mut self, at: &mut Report<'_>, _: ExitStatus) -> ResumeAction {
        self.play(at, Some(EngineEvent::Exit), Function::Event, false)
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        let resume = self.play(at, Some(EngineEvent::SyscallEntry), Function::Event, false);
        SyscallAnswer { resume, call: call.action }
    }

    fn report_syscall_exit(&mut self, at: &mut Report<'_>, _: i64) -> ResumeAction {
        self.play(at, Some(EngineEvent::SyscallExit), Function::Event, false)
    }

    fn report_signal(&mut self, at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        let function = if signal.event.is_some() { Function::Event } else { Function::Quiesce };
        let is_handler = signal.action == SignalAction::Handler;
        signal.answer(self.play(at, signal.event, function, is_handler))
    }

    fn report_jctl(&mut self, at: &mut Report<'_>, _: JobControl) -> ResumeAction {
        self.play(at, Some(EngineEvent::Jctl), Function::Event, false)
    }
}
