//! The tables of utrace's calls and of its tear-down, row by row.

use super::action::ResumeAction::{self, BlockStep, Detach, Interrupt, Report, Resume, SingleStep, Stop};
use super::control::Effect;
use super::error::EngineError::{Again, Already, Exists, InProgress, Invalid, NoSuchTask, NotFound, NotHeld};
use super::list::{EngineId, List, Standing};
use super::matching::{Attach, Matching};
use super::pass::{Callback, Moment};
use super::quiesce::Due;
use super::rules::{A, B, C, EXEC, QUIESCE, key, list, report, told};
use super::{EngineError, EngineEvent, EngineEvents};

#[test]
fn attach_and_find_answer() {
    let mut engines = list(&[EXEC]);
    let other = Matching::any().of_type::<u8>();
    assert_eq!(engines.find(Matching::any().of_type::<u64>().with_data(0)), Ok(A));
    assert_eq!(engines.find(Matching::any().with_data(1)), Err(NotFound));
    assert_eq!(engines.find(other), Err(NotFound));
    let mut attach = |n, how| engines.attach(EngineId(n), key(n), EXEC, n, how);
    assert_eq!(attach(1, Attach::Exclusive(Matching::any())), Err(Exists));
    assert_eq!(attach(1, Attach::Exclusive(other)), Ok(()));
    assert_eq!(
        attach(2, Attach::Exclusive(Matching::any().with_data(1))),
        Err(Exists),
        "one that waits counts"
    );
    engines.control(A, Detach).0.unwrap();
    assert_eq!(engines.find(Matching::any()), Ok(B), "who was detached does not");
    engines.is_reaped();
    assert_eq!(engines.attach(C, key(2), EXEC, 2, Attach::Shared), Err(NoSuchTask));
}

/// The table of `utrace_control`: the standing of the task, what is asked, what is answered, what is done.
#[test]
fn control_answers() {
    use Standing::{Held, JobStopped, Running, Stopped};
    let (in_progress, ok) = (Err(InProgress), Ok(()));
    let table: [(Standing, ResumeAction, Result<(), EngineError>, Effect); 26] = [
        (Running, Stop, in_progress, Effect::Stop),
        (Running, Detach, ok, Effect::Nothing),
        (Running, Resume, ok, Effect::Nothing),
        (Running, Report, ok, Effect::Stop),
        (Running, SingleStep, ok, Effect::Stop),
        (Running, BlockStep, ok, Effect::Stop),
        (Running, Interrupt, ok, Effect::Interrupt),
        (Standing::Reporting, Stop, in_progress, Effect::Nothing),
        (Standing::Reporting, Report, ok, Effect::Nothing),
        (Standing::Reporting, Detach, ok, Effect::Nothing),
        (Stopped, Stop, ok, Effect::Nothing),
        (Stopped, Report, ok, Effect::Nothing),
        (Held, Stop, ok, Effect::Nothing),
        (Held, Detach, ok, Effect::Wake),
        (Held, Resume, ok, Effect::Wake),
        (Held, Report, ok, Effect::Wake),
        (Held, SingleStep, ok, Effect::Wake),
        (Held, BlockStep, ok, Effect::Wake),
        (Held, Interrupt, ok, Effect::Wake),
        (JobStopped, Stop, ok, Effect::Retrap),
        (JobStopped, Detach, ok, Effect::Nothing),
        (JobStopped, Resume, ok, Effect::Nothing),
        (JobStopped, Report, ok, Effect::Nothing),
        (JobStopped, SingleStep, ok, Effect::Nothing),
        (JobStopped, BlockStep, ok, Effect::Nothing),
        (JobStopped, Interrupt, ok, Effect::Nothing),
    ];
    for (standing, action, answer, effect) in table {
        let mut engines = list(&[QUIESCE]);
        if standing == Held {
            report(&mut engines, None, Moment::UserMode, &[Stop]);
        }
        engines.stand(standing);
        assert_eq!(engines.control(A, action), (answer, effect), "{standing:?} {action:?}");
        let gone = action == Detach;
        let again = engines.control(A, action).0;
        assert!(!gone || again == Err(NoSuchTask), "{standing:?}: detached");
        let is_due = matches!(action, Report | SingleStep | BlockStep | Interrupt | Stop);
        assert_eq!(engines.take_due() != Due::Nothing, is_due, "{standing:?} {action:?}: before it runs");
    }
}

#[test]
fn control_needs_quiesce_where_it_has_no_effect_without() {
    for action in [Report, SingleStep, BlockStep] {
        assert_eq!(list(&[EXEC]).control(A, action).0, Err(Invalid), "{action:?}");
    }
    for action in [Resume, Detach, Interrupt] {
        assert_eq!(list(&[EXEC]).control(A, action).0, Ok(()), "{action:?}");
    }
}

#[test]
fn control_of_the_dead() {
    let table = [(Detach, Err(Already), Ok(()), Err(NoSuchTask))];
    let others = [Stop, Resume, Report, SingleStep, BlockStep, Interrupt];
    let gone = Err(NoSuchTask);
    for (action, dying, dead, reaped) in
        table.into_iter().chain(others.map(|action| (action, gone, gone, gone)))
    {
        let answers = [List::dies, List::is_dead, List::is_reaped].map(|happens| {
            let mut engines = list(&[QUIESCE]);
            happens(&mut engines);
            engines.control(A, action).0
        });
        assert_eq!(answers, [dying, dead, reaped], "{action:?}");
    }
}

#[test]
fn set_events_answers() {
    let (none, reap, death) =
        (EngineEvents::EMPTY, EngineEvents::from(EngineEvent::Reap), EngineEvents::from(EngineEvent::Death));
    let (late, ok) = (Err(Already), Ok(()));
    // From what, to what: alive, while its death is told, afterwards, reaped.
    let table = [
        (none, QUIESCE, [ok, late, late, late]),
        (none, death, [ok, late, late, late]),
        (none, reap, [ok, ok, ok, ok]),
        (QUIESCE, none, [ok, late, ok, ok]),
        (death, none, [ok, late, ok, ok]),
        (reap, none, [ok, ok, ok, late]),
        (EXEC, none, [ok, ok, ok, ok]),
        (none, EXEC, [ok, ok, ok, ok]),
    ];
    for (from, to, expected) in table {
        let lives = [List::arrive, List::dies, List::is_dead, List::is_reaped];
        let answers = lives.map(|happens| {
            let mut engines = list(&[from]);
            happens(&mut engines);
            engines.set_events(A, to).0
        });
        assert_eq!(answers, expected, "{from:?} to {to:?}");
    }
    assert_eq!(list(&[EXEC]).set_events(B, none).0, Err(NoSuchTask));
}

#[test]
fn what_a_held_task_reports_when_quiesce_is_set() {
    let mut engines = list(&[EXEC, EXEC]);
    report(&mut engines, Some(EngineEvent::Exec), Moment::AtOnce, &[Stop]);
    engines.stand(Standing::Held);
    assert_eq!(engines.set_events(B, QUIESCE), (Ok(()), Effect::Nothing));
    assert_eq!(engines.control(A, Resume), (Ok(()), Effect::Wake));
    assert_eq!(engines.take_due(), Due::Report);
}

/// The table of `utrace_prepare_examine` and `utrace_finish_examine`.
#[test]
fn examine_answers() {
    let mut engines = list(&[QUIESCE, QUIESCE]);
    assert_eq!(engines.prepare_examine(A), Err(NotHeld), "EINVAL");
    report(&mut engines, None, Moment::UserMode, &[Stop]);
    assert_eq!(engines.prepare_examine(A), Err(Again), "EAGAIN: it has not stopped yet");
    engines.stand(Standing::Held);
    let look = engines.prepare_examine(A).unwrap();
    assert_eq!(engines.prepare_examine(B), Err(NotHeld), "somebody else holds it");
    assert_eq!(engines.finish_examine(A, look), Ok(()));
    engines.arrive();
    assert_eq!(engines.finish_examine(A, look), Err(Again), "EAGAIN: it has moved");
    engines.stand(Standing::Held);
    assert_eq!(engines.finish_examine(A, look), Err(Again), "EAGAIN: it stands elsewhere");
    let look = engines.prepare_examine(A).unwrap();
    engines.dies();
    assert_eq!(engines.finish_examine(A, look), Err(NoSuchTask), "ESRCH");
    engines.control(A, Detach).0.unwrap_err();
    assert_eq!(list(&[QUIESCE]).prepare_examine(B), Err(NoSuchTask), "ESRCH: detached");
}

#[test]
fn events_that_need_a_stop_have_one() {
    for event in EngineEvent::ALL {
        let mut engines = list(&[EngineEvents::EMPTY]);
        engines.stand(Standing::Running);
        let (_, effect) = engines.set_events(A, event.into());
        let needs = [EngineEvent::SyscallEntry, EngineEvent::SyscallExit, EngineEvent::Exit].contains(&event);
        assert_eq!(effect == Effect::Stop, needs, "{event:?}");
    }
}

#[test]
fn a_held_task_goes_when_the_last_one_lets_it() {
    let mut engines = list(&[QUIESCE, QUIESCE, QUIESCE]);
    report(&mut engines, None, Moment::UserMode, &[Stop, Resume, Stop]);
    engines.stand(Standing::Held);
    assert_eq!(engines.control(B, Resume), (Ok(()), Effect::Nothing));
    assert_eq!(engines.control(A, Detach), (Ok(()), Effect::Nothing));
    assert_eq!(engines.control(C, Resume), (Ok(()), Effect::Wake));
}

#[test]
fn a_token_is_for_one_stop() {
    let mut engines = list(&[QUIESCE]);
    let first = engines.wish(A).n_releases;
    report(&mut engines, None, Moment::UserMode, &[Stop]);
    engines.stand(Standing::Held);
    assert_eq!(engines.wish(A).action, Stop);
    assert_eq!(engines.control(A, Resume).1, Effect::Wake);
    let second = engines.wish(A).n_releases;
    report(&mut engines, None, Moment::UserMode, &[Stop]);
    engines.stand(Standing::Held);
    assert_eq!(engines.release(A, first, Resume), Effect::Nothing, "stale");
    assert_eq!(engines.release(A, second, Report), Effect::Wake);
    assert_eq!(engines.take_due(), Due::Report);
    assert_eq!(engines.release(A, second, Resume), Effect::Nothing, "used");
}

#[test]
fn the_end_releases_everybody_once() {
    let all = EngineEvent::Death | EngineEvent::Reap;
    let mut engines = list(&[all, EXEC]);
    engines.attach(C, key(2), all, 2, Attach::Shared).unwrap();
    engines.dies();
    assert_eq!(told(&mut engines, EngineEvent::Death), [0, 2], "who waited is told of the death");
    engines.is_dead();
    engines.is_reaped();
    let (called, _) = report(&mut engines, Some(EngineEvent::Reap), Moment::Dead, &[Detach, Detach]);
    assert_eq!(called, [(0, Callback::Event), (2, Callback::Event)]);
    engines.end();
    let mut released = engines.take_released();
    released.sort_unstable();
    assert_eq!((released, engines.is_empty()), (vec![0, 1, 2], true));
}
