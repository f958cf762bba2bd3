//! Random attachments, requests and answers by several engines on each task of a small tree, compared with a plain model of
//! utrace's rules: what the engines were told is replayed with the model, which has to say the same.

use std::collections::VecDeque;

use process_runtime::{Attach, EngineError, EngineEvent, EngineEvents, ResumeAction, TaskExt};
use watchers::{EventKind, Task};

use super::players::{Happening, Player, Plays, WITNESS, witnessed};
use super::support::{Mode, lines, run_with, tracee};

// What the model takes from its surroundings, which are the runtime's own where that tests itself.
#[path = "../../src/engine/model.rs"]
#[allow(dead_code, reason = "the runtime uses all of it")]
pub(crate) mod model;
use model::{Function, Goes, IsDue, Model, When};

/// What is told together.
#[derive(Debug)]
struct Told {
    event: Option<EngineEvent>,
    is_handler: bool,
    happenings: VecDeque<Happening>,
}

/// Takes the happenings of a task apart. The witness wants everything, so it is the first that is called, and at an entry
/// the last.
fn apart(happenings: Vec<Happening>) -> VecDeque<Told> {
    let mut all: VecDeque<Told> = VecDeque::new();
    let mut is_over = true;
    for happening in happenings {
        if let Happening::Called { id, event, function, is_handler } = happening {
            let is_first = match event {
                Some(EngineEvent::SyscallEntry) => {
                    is_over || all.back().is_none_or(|told| told.event != event)
                }
                Some(EngineEvent::Signal | EngineEvent::SignalIgn | EngineEvent::SignalCore) => id == WITNESS,
                _ => id == WITNESS && function == Function::Quiesce,
            };
            if is_first {
                all.push_back(Told { event, is_handler, happenings: VecDeque::new() });
            }
            is_over = id == WITNESS && function == Function::Event;
        }
        all.back_mut().expect("the witness is there").happenings.push_back(happening);
    }
    all
}

/// One task's engines as the model has them, beside what they were told.
struct Replay {
    model: Model,
    told: VecDeque<Told>,
    /// Tokens that were dropped in this turn.
    dropped: Vec<(u64, u64)>,
    /// It goes on by a trap, or by a step into a handler.
    is_led: bool,
}

impl Replay {
    fn of(happenings: Vec<Happening>) -> Replay {
        let mut model = Model::new();
        model.attach(WITNESS, witnessed());
        Replay { model, told: apart(happenings), dropped: Vec::new(), is_led: false }
    }

    /// To the exit of the task; how much was told.
    fn run(mut self) -> usize {
        let mut n_stops = 0;
        while let Some(told) = self.told.front() {
            let (event, is_handler) = (told.event, told.is_handler);
            self.model.arrive();
            n_stops += 1;
            match event {
                Some(EngineEvent::Exit) => {
                    self.report(event, When::AtOnce);
                    assert!(self.told.is_empty(), "{:?} after the exit", self.told);
                }
                Some(EngineEvent::SyscallEntry) => self.entry(),
                Some(EngineEvent::Clone | EngineEvent::Exec) => {
                    self.report(event, When::Later);
                    self.end_of_turn();
                }
                Some(EngineEvent::SyscallExit) => {
                    self.report(event, When::Later);
                    self.boundary();
                }
                None if std::mem::take(&mut self.is_led) => {
                    if is_handler {
                        self.model.take_due();
                        self.report_before_user_mode();
                    }
                    self.boundary();
                }
                _ => self.signal(),
            }
        }
        assert!(!self.is_led, "a report is missing");
        n_stops
    }

    fn entry(&mut self) {
        while self.report(Some(EngineEvent::SyscallEntry), When::AtOnce) == Goes::Nowhere {
            self.end_of_turn();
            self.model.arrive();
            if !self.model.is_report_due() {
                return;
            }
            self.model.take_due();
        }
        self.end_of_turn();
    }

    fn signal(&mut self) {
        while self.model.reports_before_a_signal() {
            self.model.take_due();
            match self.report(None, When::UserMode) {
                Goes::Nowhere => {
                    self.end_of_turn();
                    self.model.arrive();
                }
                _ => break,
            }
        }
        let event = self.told.front().and_then(|told| told.event).expect("the signal is told");
        self.report(Some(event), When::Signal);
        let report = self.model.is_report_due() || self.model.is_wanted_stopped();
        match event {
            EngineEvent::Signal => self.is_led = self.model.reports_a_handler(),
            EngineEvent::SignalIgn => self.is_led = report,
            // Of a step: nothing is delivered.
            _ => return self.boundary(),
        }
        match self.is_led {
            true => self.end_of_turn(),
            false => self.boundary(),
        }
    }

    /// It is about to be in user mode.
    fn boundary(&mut self) {
        while matches!(self.model.take_due(), IsDue::Report | IsDue::Interrupt) {
            self.report_before_user_mode();
        }
        self.end_of_turn();
    }

    /// If it is held, or something more was asked for, it stops once more.
    fn report_before_user_mode(&mut self) {
        self.report(None, When::UserMode);
        self.end_of_turn();
        self.model.arrive();
    }

    /// Whoever has stopped the task lets it go.
    fn end_of_turn(&mut self) {
        for (id, token) in std::mem::take(&mut self.dropped) {
            self.model.release(id, token);
        }
    }

    /// One report: the model calls whom the task's engines say that they were called, in that order.
    fn report(&mut self, event: Option<EngineEvent>, when: When) -> Goes {
        let told = self.told.pop_front();
        let Told { event: told_event, mut happenings, .. } = told.expect("the model reports more");
        assert_eq!(told_event, event, "another report");
        let dropped = &mut self.dropped;
        let (_, goes) = self.model.report(event, when, &mut |model, id, function| {
            let token = model.token(id).expect("it is attached");
            let called = happenings.pop_front();
            let Some(Happening::Called { id: told_id, function: told_function, .. }) = called else {
                panic!("{id} is not called for {event:?}: {called:?}");
            };
            assert_eq!((told_id, told_function), (id, function), "{event:?}");
            loop {
                match happenings.pop_front().expect("who is called answers") {
                    Happening::Attached { id, events } => model.attach(id, events),
                    Happening::SetEvents { id, events, answer } => {
                        assert_eq!(model.set_events(id, events), answer);
                    }
                    Happening::Controlled { id, action, answer } => {
                        assert_eq!(model.control(id, action), answer, "{action:?}");
                    }
                    Happening::Answered(action) => {
                        if action == ResumeAction::Stop {
                            dropped.push((id, token));
                        }
                        return action;
                    }
                    called @ Happening::Called { .. } => panic!("{called:?} in a callback"),
                }
            }
        });
        assert!(happenings.is_empty(), "more were called for {event:?}: {happenings:?}");
        goes
    }
}

#[test]
fn live_tasks_do_what_the_model_says() {
    let deeds = [
        "handle:10",
        "call",
        "raise:10",
        "fork",
        "raise:28",
        "thread",
        "exec",
        "handle:10",
        "raise:10",
        "call",
    ];
    let printed = "call: made\nraise: handled 1\nfork: code 3\nraise: handled 1\nthread: joined\nraise: handled 1\ncall: made";
    for (mode, seed) in Mode::ALL.into_iter().flat_map(|mode| (1..=25).map(move |seed| (mode, seed))) {
        let plays = Plays::default();
        let mut witness = Some(Player::witness(&plays, 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed)));
        let builder = mode.builder().observe(EventKind::Exec, move |task: &Task, _, _| {
            witness.take().into_iter().for_each(|engine| drop(task.attach(engine, Attach::Shared).unwrap()));
        });
        let mut command = tracee("deeds");
        command.args(deeds);
        let run = run_with(builder, command);
        assert_eq!(*run.stdout(), lines(printed), "{mode:?} {seed}");
        let plays = std::mem::take(&mut *plays.lock().unwrap());
        assert_eq!(plays.len(), 3, "the command, a child and a thread");
        let n_stops: usize = plays.iter().map(|play| Replay::of(play.lock().unwrap().take()).run()).sum();
        assert!(n_stops > 200, "{mode:?} {seed}: {n_stops}");
    }
}
