//! Random lives of a task with engines, compared with a plain model of utrace's rules.
//!
//! The model has one list, no caches and no passes: it says what each rule says, in the order in which they stand in
//! `linux/utrace.h`. Both get the same requests, made by a generator that needs no library.

use std::any::TypeId;

use super::action::ResumeAction::{self, BlockStep, Detach, Interrupt, Report, Resume, SingleStep, Stop};
use super::error::EngineError::{InProgress, Invalid, NoSuchTask};
use super::list::{EngineId, List, Standing};
use super::matching::{Attach, Key};
use super::pass::{Callback, Moment};
use super::quiesce::{Due, Next};
use super::{EngineError, EngineEvent, EngineEvents};

const ACTIONS: [ResumeAction; 7] = [Stop, Interrupt, Report, SingleStep, BlockStep, Resume, Detach];
const EVENTS: [(EngineEvent, Moment); 5] = [
    (EngineEvent::SyscallEntry, Moment::AtOnce),
    (EngineEvent::SyscallExit, Moment::Later),
    (EngineEvent::Exec, Moment::Later),
    (EngineEvent::Signal, Moment::Signal),
    (EngineEvent::Exit, Moment::AtOnce),
];

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    fn events(&mut self) -> EngineEvents {
        let all = EngineEvent::ALL;
        (0..4).fold(EngineEvents::EMPTY, |events, _| events | self.of(&all))
    }
}

/// One engine of the model.
#[derive(Clone)]
struct Modelled {
    id: u64,
    events: EngineEvents,
    stops: bool,
    /// At which stop it was attached: it hears of later ones.
    since: u64,
}

/// What utrace says of a task with these engines.
#[derive(Default)]
struct Model {
    engines: Vec<Modelled>,
    n_stops: u64,
    due: Option<ResumeAction>,
    is_held: bool,
    runs: bool,
}

impl Model {
    fn is_wanted_stopped(&self) -> bool {
        self.engines.iter().any(|engine| engine.stops)
    }

    fn ask(&mut self, action: ResumeAction) {
        if action < Resume {
            self.due = Some(self.due.map_or(action, |due| due.min(action)));
        }
    }

    fn control(&mut self, id: u64, action: ResumeAction) -> Result<(), EngineError> {
        let engine = self.engines.iter_mut().find(|engine| engine.id == id).ok_or(NoSuchTask)?;
        let needs_quiesce = matches!(action, Report | SingleStep | BlockStep);
        if needs_quiesce && !engine.events.contains(EngineEvent::Quiesce) {
            return Err(Invalid);
        }
        engine.stops = action == Stop;
        match action {
            Detach => self.engines.retain(|engine| engine.id != id),
            Stop if self.runs => self.ask(Report),
            Stop | Resume => {}
            other => self.ask(other),
        }
        if action == Stop && self.runs { Err(InProgress) } else { Ok(()) }
    }

    fn set_events(&mut self, id: u64, events: EngineEvents) -> Result<(), EngineError> {
        let engine = self.engines.iter_mut().find(|engine| engine.id == id).ok_or(NoSuchTask)?;
        engine.events = events;
        if self.is_held && events.contains(EngineEvent::Quiesce) {
            self.ask(Report);
        }
        Ok(())
    }

    /// Who is called, with what answers from `answer`; how the task goes on.
    fn report(
        &mut self,
        event: Option<EngineEvent>,
        moment: Moment,
        answer: &mut impl FnMut(u64, Callback) -> ResumeAction,
    ) -> (Vec<(u64, Callback)>, Next) {
        let wanted =
            event.is_none_or(|event| self.engines.iter().any(|engine| engine.events.contains(event)));
        if !wanted {
            return (Vec::new(), Next::Go);
        }
        let eligible = |engine: &&Modelled| event.is_none() || engine.since < self.n_stops;
        let mut order: Vec<u64> = self.engines.iter().filter(eligible).map(|engine| engine.id).collect();
        if event == Some(EngineEvent::SyscallEntry) {
            order.reverse();
        }
        let (mut called, mut wish) = (Vec::new(), Resume);
        for id in order {
            for callback in self.callbacks(id, event) {
                if !self.engines.iter().any(|engine| engine.id == id) {
                    continue;
                }
                let action = answer(id, callback);
                called.push((id, callback));
                self.answered(id, action);
                wish = if action == Stop { wish } else { wish.min(action).min(Resume) };
            }
        }
        (called, self.settle(wish, moment))
    }

    fn callbacks(&self, id: u64, event: Option<EngineEvent>) -> Vec<Callback> {
        let Some(engine) = self.engines.iter().find(|engine| engine.id == id) else { return Vec::new() };
        let wants = event.is_some_and(|event| engine.events.contains(event));
        let quiesce = engine.events.contains(EngineEvent::Quiesce);
        match (quiesce, wants, event == Some(EngineEvent::Signal)) {
            (true, true, false) => vec![Callback::Quiesce, Callback::Event],
            (_, true, _) | (true, _, true) => vec![Callback::Event],
            (true, false, false) => vec![Callback::Quiesce],
            (false, false, _) => Vec::new(),
        }
    }

    fn answered(&mut self, id: u64, action: ResumeAction) {
        if action == Detach {
            self.engines.retain(|engine| engine.id != id);
        }
        if let Some(engine) = self.engines.iter_mut().find(|engine| engine.id == id) {
            engine.stops = action == Stop;
        }
    }

    fn settle(&mut self, wish: ResumeAction, moment: Moment) -> Next {
        let no_loop = matches!(moment, Moment::UserMode | Moment::Signal) && wish <= Report;
        let wish = if no_loop { Resume } else { wish };
        let stop = self.is_wanted_stopped();
        match moment {
            Moment::UserMode | Moment::AtOnce if stop => {
                self.ask(wish);
                Next::Stay
            }
            Moment::UserMode if wish == SingleStep => Next::Step(super::Step::Instruction),
            Moment::UserMode if wish == BlockStep => Next::Step(super::Step::Branch),
            Moment::UserMode => Next::Go,
            _ => {
                self.ask(wish);
                if stop {
                    self.ask(Report);
                }
                Next::Go
            }
        }
    }

    fn take_due(&mut self) -> Due {
        match self.due.take() {
            Some(Interrupt) => Due::Interrupt,
            _ if self.is_wanted_stopped() => Due::Report,
            Some(Stop | Report) => Due::Report,
            Some(SingleStep) => Due::Step(super::Step::Instruction),
            Some(BlockStep) => Due::Step(super::Step::Branch),
            Some(Resume | Detach) | None => Due::Nothing,
        }
    }
}

/// The list and the model side by side.
struct Both {
    random: Random,
    list: List<u64>,
    model: Model,
    n_attached: u64,
}

impl Both {
    fn new(seed: u64) -> Both {
        let model = Model { runs: true, ..Model::default() };
        Both { random: Random(seed), list: List::new(Standing::Running), model, n_attached: 0 }
    }

    fn attach(&mut self) {
        let (id, events) = (self.n_attached, self.random.events());
        self.n_attached += 1;
        let key = Key { kind: TypeId::of::<u64>(), data: id };
        self.list.attach(EngineId(id), key, events, id, Attach::Shared).unwrap();
        self.model.engines.push(Modelled { id, events, stops: false, since: self.model.n_stops });
    }

    /// Something from outside, or from a callback.
    fn request(&mut self) {
        // Mostly of one that is attached, and now and then of one that was or will be.
        let ids: Vec<u64> =
            self.model.engines.iter().map(|engine| engine.id).chain([0, self.n_attached]).collect();
        let id = self.random.of(&ids);
        match self.random.below(4) {
            0 if ids.len() < 8 => self.attach(),
            1 => {
                let events = self.random.events();
                let answer = self.list.set_events(EngineId(id), events).0;
                assert_eq!(answer, self.model.set_events(id, events));
            }
            _ => {
                let action = self.random.of(&ACTIONS);
                let answer = self.list.control(EngineId(id), action).0;
                assert_eq!(answer, self.model.control(id, action), "{action:?}");
            }
        }
        assert_eq!(self.list.is_wanted_stopped(), self.model.is_wanted_stopped());
    }

    fn report(&mut self, event: Option<EngineEvent>, moment: Moment) -> Next {
        let Both { random, list, model, .. } = self;
        let mut told = Vec::new();
        let next = match list.begin(event, ()) {
            None => Next::Go,
            Some(mut pass) => {
                while let Some((id, callback)) = list.next(&mut pass) {
                    let engine = list.take(id).unwrap();
                    let action = random.of(&ACTIONS);
                    told.push((id.0, callback, action));
                    list.answered(&mut pass, id, action);
                    list.give_back(id, engine);
                }
                list.finish(&pass, moment)
            }
        };
        let mut answers = told.iter().copied();
        let (called, expected) = model.report(event, moment, &mut |id, callback| {
            let (told_id, told_callback, action) = answers.next().expect("the model calls one more");
            assert_eq!((told_id, told_callback), (id, callback));
            action
        });
        assert_eq!(called.len(), told.len());
        assert_eq!(next, expected);
        next
    }

    /// One stop, from its report to the moment at which the task runs again.
    fn stop(&mut self) {
        self.list.arrive();
        (self.model.runs, self.model.n_stops) = (false, self.model.n_stops + 1);
        let (event, moment) = self.random.of(&EVENTS);
        let mut next = self.report(Some(event), moment);
        loop {
            if next == Next::Stay {
                self.hold();
            }
            let due = self.list.take_due();
            assert_eq!(due, self.model.take_due());
            if !matches!(due, Due::Report | Due::Interrupt) {
                break;
            }
            next = self.report(None, Moment::UserMode);
        }
        self.list.stand(Standing::Running);
        self.model.runs = true;
    }

    /// It is held until nobody wants that any more.
    fn hold(&mut self) {
        self.list.stand(Standing::Held);
        self.model.is_held = true;
        while self.list.is_wanted_stopped() {
            self.request();
        }
        (self.model.is_held, self.model.n_stops) = (false, self.model.n_stops + 1);
        self.list.arrive();
    }
}

#[test]
fn the_list_is_what_the_model_says() {
    for seed in 1..=400_u64 {
        let mut both = Both::new(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        for _ in 0..100 {
            for _ in 0..both.random.below(4) {
                both.request();
            }
            both.stop();
        }
        let mut left: Vec<u64> = both.model.engines.iter().map(|engine| engine.id).collect();
        let mut gone = both.list.take_released();
        both.list.end();
        let mut ended = both.list.take_released();
        ended.sort_unstable();
        left.sort_unstable();
        assert_eq!(ended, left, "seed {seed}");
        gone.extend(ended);
        gone.sort_unstable();
        assert_eq!(gone, (0..both.n_attached).collect::<Vec<_>>(), "each is released once; seed {seed}");
    }
}
