//! A plain model of utrace's rules, for tests.
//!
//! It has one list, no caches and no passes: it says what each rule says, in the order in which they stand in
//! `linux/utrace.h`. `model_test` compares the rules with it, without a kernel; `tests/engines/replay.rs` what live tasks
//! do.

use super::EngineError::{self, InProgress, Invalid, NoSuchTask};
use super::ResumeAction::{self, BlockStep, Detach, Interrupt, Report, Resume, SingleStep, Stop};
use super::{EngineEvent, EngineEvents};

/// Which function of an engine is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Quiesce,
    Event,
}

/// When a stop takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    AtOnce,
    Later,
    Signal,
    UserMode,
}

/// How the task goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goes {
    On,
    Nowhere,
    ByAnInstruction,
    ToABranch,
}

/// What is due before it is in user mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IsDue {
    Nothing,
    Report,
    Interrupt,
    Instruction,
    Branch,
}

/// One engine of the model.
#[derive(Clone)]
pub(crate) struct Modelled {
    pub(crate) id: u64,
    pub(crate) events: EngineEvents,
    pub(crate) stops: bool,
    /// How often it has said that it does not want the task stopped.
    n_releases: u64,
    /// At which stop it was attached: it hears of later ones.
    since: u64,
}

/// What utrace says of a task with these engines.
pub(crate) struct Model {
    pub(crate) engines: Vec<Modelled>,
    n_stops: u64,
    due: Option<ResumeAction>,
    pub(crate) is_held: bool,
    pub(crate) runs: bool,
    /// Somebody was attached since engines were told of anything.
    is_fresh: bool,
    /// What the last report has asked for.
    so_far: ResumeAction,
}

impl Model {
    /// Of a task that runs.
    pub(crate) fn new() -> Model {
        let (engines, so_far) = (Vec::new(), Resume);
        Model { engines, n_stops: 0, due: None, is_held: false, runs: true, is_fresh: false, so_far }
    }

    /// Whether a handler that runs now is reported.
    pub(crate) fn reports_a_handler(&self) -> bool {
        self.so_far < Resume || self.is_something_due()
    }

    /// Whether anything is due before user mode.
    pub(crate) fn is_something_due(&self) -> bool {
        self.due.is_some() || self.is_wanted_stopped()
    }

    /// Whether that is a report.
    pub(crate) fn is_report_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Report)
    }

    pub(crate) fn is_wanted_stopped(&self) -> bool {
        self.engines.iter().any(|engine| engine.stops)
    }

    pub(crate) fn attach(&mut self, id: u64, events: EngineEvents) {
        let since = self.n_stops;
        self.engines.push(Modelled { id, events, stops: false, n_releases: 0, since });
        self.is_fresh = true;
    }

    /// The task has stopped.
    pub(crate) fn arrive(&mut self) {
        (self.runs, self.is_held, self.n_stops) = (false, false, self.n_stops + 1);
    }

    /// Whether a signal has a report before it.
    pub(crate) fn reports_before_a_signal(&self) -> bool {
        self.is_fresh || self.is_report_due()
    }

    /// What a token for the next stop of this engine is good for.
    pub(crate) fn token(&self, id: u64) -> Option<u64> {
        self.engines.iter().find(|engine| engine.id == id).map(|engine| engine.n_releases)
    }

    /// A token is dropped.
    pub(crate) fn release(&mut self, id: u64, token: u64) {
        let mut engines = self.engines.iter_mut();
        if let Some(engine) = engines.find(|engine| engine.id == id && engine.n_releases == token) {
            engine.says(Resume);
        }
    }

    pub(crate) fn ask(&mut self, action: ResumeAction) {
        if action < Resume {
            self.due = Some(self.due.map_or(action, |due| due.min(action)));
        }
    }

    pub(crate) fn control(&mut self, id: u64, action: ResumeAction) -> Result<(), EngineError> {
        let engine = self.engines.iter_mut().find(|engine| engine.id == id).ok_or(NoSuchTask)?;
        let needs_quiesce = matches!(action, Report | SingleStep | BlockStep);
        if needs_quiesce && !engine.events.contains(EngineEvent::Quiesce) {
            return Err(Invalid);
        }
        engine.says(action);
        match action {
            Detach => self.engines.retain(|engine| engine.id != id),
            Stop if self.runs => self.ask(Report),
            Stop | Resume => {}
            other => self.ask(other),
        }
        if action == Stop && self.runs { Err(InProgress) } else { Ok(()) }
    }

    pub(crate) fn set_events(&mut self, id: u64, events: EngineEvents) -> Result<(), EngineError> {
        let engine = self.engines.iter_mut().find(|engine| engine.id == id).ok_or(NoSuchTask)?;
        engine.events = events;
        if self.is_held && events.contains(EngineEvent::Quiesce) {
            self.ask(Report);
        }
        Ok(())
    }

    /// Who is called, with what answers from `answer`; how the task goes on.
    pub(crate) fn report(
        &mut self,
        event: Option<EngineEvent>,
        moment: When,
        answer: &mut impl FnMut(&mut Model, u64, Function) -> ResumeAction,
    ) -> (Vec<(u64, Function)>, Goes) {
        let wanted =
            event.is_none_or(|event| self.engines.iter().any(|engine| engine.events.contains(event)));
        if !wanted {
            return (Vec::new(), Goes::On);
        }
        self.is_fresh = false;
        let eligible = |engine: &&Modelled| event.is_none() || engine.since < self.n_stops;
        let mut order: Vec<u64> = self.engines.iter().filter(eligible).map(|engine| engine.id).collect();
        if event == Some(EngineEvent::SyscallEntry) {
            order.reverse();
        }
        let (mut called, mut wish) = (Vec::new(), Resume);
        self.so_far = Resume;
        for id in order {
            for function in [Function::Quiesce, Function::Event] {
                if self.stops(id) {
                    self.so_far = Stop;
                }
                if !self.functions(id, event).contains(&function) {
                    continue;
                }
                let action = answer(self, id, function);
                called.push((id, function));
                self.answered(id, action);
                self.so_far = self.so_far.min(action).min(Resume);
                wish = if action == Stop { wish } else { wish.min(action).min(Resume) };
            }
        }
        (called, self.settle(wish, moment))
    }

    fn stops(&self, id: u64) -> bool {
        self.engines.iter().any(|engine| engine.id == id && engine.stops)
    }

    /// Which of an engine's functions are called now.
    fn functions(&self, id: u64, event: Option<EngineEvent>) -> Vec<Function> {
        let Some(engine) = self.engines.iter().find(|engine| engine.id == id) else { return Vec::new() };
        let wants = event.is_some_and(|event| engine.events.contains(event));
        let quiesce = engine.events.contains(EngineEvent::Quiesce);
        match (quiesce, wants, event.is_some_and(|event| EngineEvents::SIGNALS.contains(event))) {
            (true, true, false) => vec![Function::Quiesce, Function::Event],
            (_, true, _) | (true, _, true) => vec![Function::Event],
            (true, false, false) => vec![Function::Quiesce],
            (false, false, _) => Vec::new(),
        }
    }

    pub(crate) fn answered(&mut self, id: u64, action: ResumeAction) {
        if action == Detach {
            self.engines.retain(|engine| engine.id != id);
        }
        if let Some(engine) = self.engines.iter_mut().find(|engine| engine.id == id) {
            engine.says(action);
        }
    }

    pub(crate) fn settle(&mut self, wish: ResumeAction, moment: When) -> Goes {
        let no_loop = matches!(moment, When::UserMode | When::Signal) && wish <= Report;
        let wish = if no_loop { Resume } else { wish };
        let stop = self.is_wanted_stopped();
        match moment {
            When::UserMode | When::AtOnce if stop => {
                self.ask(wish);
                Goes::Nowhere
            }
            When::UserMode if wish == SingleStep => Goes::ByAnInstruction,
            When::UserMode if wish == BlockStep => Goes::ToABranch,
            When::UserMode => Goes::On,
            _ => {
                self.ask(wish);
                if stop {
                    self.ask(Report);
                }
                Goes::On
            }
        }
    }

    pub(crate) fn take_due(&mut self) -> IsDue {
        match self.due.take() {
            Some(Interrupt) => IsDue::Interrupt,
            _ if self.is_wanted_stopped() => IsDue::Report,
            Some(Stop | Report) => IsDue::Report,
            Some(SingleStep) => IsDue::Instruction,
            Some(BlockStep) => IsDue::Branch,
            Some(Resume | Detach) | None => IsDue::Nothing,
        }
    }
}

impl Modelled {
    fn says(&mut self, action: ResumeAction) {
        self.stops = action == Stop;
        self.n_releases += u64::from(action != Stop);
    }
}
