//! Random lives of a task with engines, compared with the model. Both get the same requests, made by a generator that needs
//! no library.

use std::any::TypeId;

use super::action::ResumeAction::{self, BlockStep, Detach, Interrupt, Report, Resume, SingleStep, Stop};
use super::list::{EngineId, List, Standing};
use super::matching::{Attach, Key};
use super::model::{Function, Goes, IsDue, Model, When};
use super::pass::{Callback, Moment};
use super::quiesce::{Due, Next, Step};
use super::{EngineEvent, EngineEvents};

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

/// The list and the model side by side.
struct Both {
    random: Random,
    list: List<u64>,
    model: Model,
    n_attached: u64,
}

impl Both {
    fn new(seed: u64) -> Both {
        let (list, model) = (List::new(Standing::Running), Model::new());
        Both { random: Random(seed), list, model, n_attached: 0 }
    }

    fn attach(&mut self) {
        let (id, events) = (self.n_attached, self.random.events());
        self.n_attached += 1;
        let key = Key { kind: TypeId::of::<u64>(), data: id };
        self.list.attach(EngineId(id), key, events, id, Attach::Shared).unwrap();
        self.model.attach(id, events);
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
        let (called, expected) = model.report(event, when(moment), &mut |_, id, callback| {
            let (told_id, told_callback, action) = answers.next().expect("the model calls one more");
            assert_eq!((told_id, function_of(told_callback)), (id, callback));
            action
        });
        assert_eq!(called.len(), told.len());
        assert_eq!(goes(next), expected);
        next
    }

    /// One stop, from its report to the moment at which the task runs again.
    fn stop(&mut self) {
        self.list.arrive();
        self.model.arrive();
        let (event, moment) = self.random.of(&EVENTS);
        let mut next = self.report(Some(event), moment);
        loop {
            if next == Next::Stay {
                self.hold();
            }
            let due = self.list.take_due();
            assert_eq!(is_due(due), self.model.take_due());
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
        self.model.arrive();
        self.list.arrive();
    }
}

fn function_of(callback: Callback) -> Function {
    match callback {
        Callback::Quiesce => Function::Quiesce,
        Callback::Event => Function::Event,
    }
}

fn when(moment: Moment) -> When {
    match moment {
        Moment::AtOnce => When::AtOnce,
        Moment::Later => When::Later,
        Moment::Signal => When::Signal,
        Moment::UserMode => When::UserMode,
        Moment::Dead => panic!("nothing is settled for the dead"),
    }
}

fn goes(next: Next) -> Goes {
    match next {
        Next::Go => Goes::On,
        Next::Stay => Goes::Nowhere,
        Next::Step(Step::Instruction) => Goes::ByAnInstruction,
        Next::Step(Step::Branch) => Goes::ToABranch,
    }
}

fn is_due(due: Due) -> IsDue {
    match due {
        Due::Nothing => IsDue::Nothing,
        Due::Report => IsDue::Report,
        Due::Interrupt => IsDue::Interrupt,
        Due::Handler => panic!("no handler is set up here"),
        Due::Step(Step::Instruction) => IsDue::Instruction,
        Due::Step(Step::Branch) => IsDue::Branch,
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
