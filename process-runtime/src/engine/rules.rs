//! The tables of utrace's reports, row by row: who is called, and what their answers come to.

use std::any::TypeId;

use super::action::ResumeAction::{self, BlockStep, Detach, Interrupt, Report, Resume, SingleStep, Stop};
use super::control::Effect;
use super::list::{EngineId, List, Standing};
use super::matching::{Attach, Key};
use super::pass::{Callback, Moment};
use super::quiesce::{Due, Next, Step};
use super::{EngineEvent, EngineEvents};

pub(super) const QUIESCE: EngineEvents = EngineEvents::of([EngineEvent::Quiesce]);
pub(super) const EXEC: EngineEvents = EngineEvents::of([EngineEvent::Exec]);
pub(super) const A: EngineId = EngineId(0);
pub(super) const B: EngineId = EngineId(1);
pub(super) const C: EngineId = EngineId(2);

pub(super) fn key(data: u64) -> Key {
    Key { kind: TypeId::of::<u64>(), data }
}

/// A list of engines with these events, all of them attached, at a stop.
pub(super) fn list(events: &[EngineEvents]) -> List<u64> {
    let mut list = List::new(Standing::Running);
    for (n, events) in (0u64..).zip(events) {
        list.attach(EngineId(n), key(n), *events, n, Attach::Shared).unwrap();
    }
    list.arrive();
    list
}

/// Reports to everybody, who answer in the order in which they are called; who was called, and what follows.
pub(super) fn report(
    list: &mut List<u64>,
    event: Option<EngineEvent>,
    moment: Moment,
    answers: &[ResumeAction],
) -> (Vec<(u64, Callback)>, Next) {
    let mut answers = answers.iter();
    let Some(mut pass) = list.begin(event, ()) else { return (Vec::new(), Next::Go) };
    let mut called = Vec::new();
    while let Some((id, callback)) = list.next(&mut pass) {
        let engine = list.take(id).unwrap();
        called.push((id.0, callback));
        list.answered(&mut pass, id, answers.next().copied().unwrap_or(Resume));
        list.give_back(id, engine);
    }
    let next = list.finish(&pass, moment);
    (called, next)
}

/// Who was called with the function of the event.
pub(super) fn told(list: &mut List<u64>, event: EngineEvent) -> Vec<u64> {
    let (called, _) = report(list, Some(event), Moment::Later, &[]);
    called.into_iter().filter(|(_, callback)| *callback == Callback::Event).map(|(id, _)| id).collect()
}

#[test]
fn who_wants_an_event_is_told_in_order_and_at_an_entry_in_reverse() {
    for event in EngineEvent::ALL {
        if event == EngineEvent::Quiesce {
            continue;
        }
        let only = EngineEvents::from(event);
        let mut list = list(&[only, EngineEvents::EMPTY, only]);
        let expected = if event == EngineEvent::SyscallEntry { [2, 0] } else { [0, 2] };
        assert_eq!(told(&mut list, event), expected, "{event:?}");
    }
}

#[test]
fn quiesce_goes_before_what_somebody_wants() {
    let both = QUIESCE | EngineEvent::Exec;
    let mut engines = list(&[QUIESCE, both, EXEC]);
    let (called, _) = report(&mut engines, Some(EngineEvent::Exec), Moment::Later, &[]);
    use Callback::{Event, Quiesce};
    assert_eq!(called, [(0, Quiesce), (1, Quiesce), (1, Event), (2, Event)]);
    let (called, _) = report(&mut engines, Some(EngineEvent::Exit), Moment::Later, &[]);
    assert_eq!(called, [], "nobody wants it");
    let (called, _) = report(&mut engines, None, Moment::UserMode, &[]);
    assert_eq!(called, [(0, Quiesce), (1, Quiesce)]);
    let (called, _) = report(&mut engines, Some(EngineEvent::Death), Moment::Dead, &[]);
    assert_eq!(called, [(0, Quiesce), (1, Quiesce)], "a death needs nobody to want it");
}

#[test]
fn quiesce_at_an_entry_is_in_reverse_too() {
    let mut engines = list(&[QUIESCE, EngineEvents::SYSCALLS, QUIESCE]);
    let (called, _) = report(&mut engines, Some(EngineEvent::SyscallEntry), Moment::AtOnce, &[]);
    assert_eq!(called, [(2, Callback::Quiesce), (1, Callback::Event), (0, Callback::Quiesce)]);
}

#[test]
fn a_signal_is_one_callback_for_each() {
    let mut engines = list(&[QUIESCE, QUIESCE | EngineEvent::Signal, EngineEvent::Signal.into()]);
    let (called, _) = report(&mut engines, Some(EngineEvent::Signal), Moment::Signal, &[]);
    assert_eq!(called, [(0, Callback::Event), (1, Callback::Event), (2, Callback::Event)]);
    let (called, _) = report(&mut engines, Some(EngineEvent::SignalStop), Moment::Signal, &[]);
    assert_eq!(called, [], "nobody wants it");
}

#[test]
fn who_comes_during_a_stop_waits_for_the_next() {
    let mut engines = list(&[EXEC]);
    let mut pass = engines.begin(Some(EngineEvent::Exec), ()).unwrap();
    engines.attach(B, key(1), EXEC, 1, Attach::Shared).unwrap();
    assert_eq!(engines.next(&mut pass), Some((A, Callback::Event)));
    assert_eq!(engines.next(&mut pass), None);
    engines.finish(&pass, Moment::Later);
    assert_eq!(told(&mut engines, EngineEvent::Exec), [0], "still the same stop");
    engines.arrive();
    assert_eq!(told(&mut engines, EngineEvent::Exec), [0, 1]);
}

#[test]
fn who_is_detached_or_changed_by_an_earlier_callback() {
    let mut engines = list(&[EXEC, EXEC, EXEC]);
    let mut pass = engines.begin(Some(EngineEvent::Exec), ()).unwrap();
    assert_eq!(engines.next(&mut pass), Some((A, Callback::Event)));
    assert_eq!(engines.control(B, Detach), (Ok(()), Effect::Nothing));
    assert_eq!(engines.set_events(C, EngineEvents::EMPTY).0, Ok(()));
    assert_eq!(engines.next(&mut pass), None);
    engines.finish(&pass, Moment::Later);
    assert_eq!(engines.take_released(), [1]);
}

#[test]
fn the_smallest_resume_action_wins() {
    let all = [Stop, Interrupt, Report, SingleStep, BlockStep, Resume, Detach];
    for (first, second) in all.into_iter().flat_map(|first| all.map(|second| (first, second))) {
        let mut engines = list(&[QUIESCE, QUIESCE]);
        let (_, next) = report(&mut engines, None, Moment::UserMode, &[first, second]);
        let expected = match first.min(second) {
            Stop => Next::Stay,
            // It is had, or would come here again at once.
            Interrupt | Report => Next::Go,
            SingleStep => Next::Step(Step::Instruction),
            BlockStep => Next::Step(Step::Branch),
            Resume | Detach => Next::Go,
        };
        assert_eq!(next, expected, "{first:?} {second:?}");
    }
}

#[test]
fn callbacks_see_what_was_wanted_so_far() {
    let mut engines = list(&[QUIESCE, QUIESCE, QUIESCE]);
    let mut pass = engines.begin(None, ()).unwrap();
    let mut seen = Vec::new();
    for answer in [SingleStep, Detach, Stop] {
        let (id, _) = engines.next(&mut pass).unwrap();
        seen.push(pass.so_far());
        engines.answered(&mut pass, id, answer);
    }
    assert_eq!((seen, pass.so_far()), (vec![Resume, SingleStep, SingleStep], Stop));
}

/// When STOP takes effect: at once, or by a report before user mode.
#[test]
fn a_stop_is_where_the_event_allows_it() {
    let table = [
        (Moment::AtOnce, Next::Stay, Due::Report),
        (Moment::Later, Next::Go, Due::Report),
        (Moment::Signal, Next::Go, Due::Report),
        (Moment::UserMode, Next::Stay, Due::Report),
    ];
    for (moment, next, due) in table {
        let mut engines = list(&[EXEC]);
        assert_eq!(report(&mut engines, Some(EngineEvent::Exec), moment, &[Stop]).1, next, "{moment:?}");
        assert_eq!(engines.take_due(), due, "{moment:?}");
    }
    let mut engines = list(&[EXEC]);
    assert_eq!(report(&mut engines, Some(EngineEvent::Exec), Moment::Dead, &[Stop]).1, Next::Go);
}

#[test]
fn what_is_due_before_user_mode() {
    let table = [
        (Moment::Later, Interrupt, Due::Interrupt),
        (Moment::Later, Report, Due::Report),
        (Moment::Later, SingleStep, Due::Step(Step::Instruction)),
        (Moment::Later, BlockStep, Due::Step(Step::Branch)),
        (Moment::Later, Resume, Due::Nothing),
        (Moment::Later, Detach, Due::Nothing),
        // No tight loop.
        (Moment::Signal, Report, Due::Nothing),
        (Moment::Signal, Interrupt, Due::Nothing),
        (Moment::Signal, SingleStep, Due::Step(Step::Instruction)),
        (Moment::AtOnce, Report, Due::Report),
    ];
    for (moment, answer, due) in table {
        let mut engines = list(&[EXEC]);
        assert_eq!(report(&mut engines, Some(EngineEvent::Exec), moment, &[answer]).1, Next::Go);
        assert_eq!(engines.take_due(), due, "{moment:?} {answer:?}");
        assert_eq!(engines.take_due(), Due::Nothing, "once");
    }
}

#[test]
fn only_stop_lasts_and_also_without_a_callback() {
    let mut engines = list(&[EXEC, QUIESCE]);
    report(&mut engines, Some(EngineEvent::Exec), Moment::Later, &[Stop, Resume]);
    assert_eq!(report(&mut engines, None, Moment::UserMode, &[Resume]).1, Next::Stay, "A has no callback");
    report(&mut engines, Some(EngineEvent::Exec), Moment::Later, &[Resume, Resume]);
    assert_eq!(
        report(&mut engines, None, Moment::UserMode, &[Resume]).1,
        Next::Go,
        "A has answered otherwise"
    );
}
