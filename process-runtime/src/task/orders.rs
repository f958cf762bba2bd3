//! Tests of the table: every order in which the reports of a fork and of a threaded exec can come.
//!
//! The kernel gives one order nearly always, so the others are constructed here.

use std::rc::Rc;

use watchers::{CloneFlags, EventSet, ExitStatus, Pid, Signal, Task, Tid};

use super::{Change, CloneCall, FirstStop, Group, Kinship, Record, Root, Table};
use crate::child::Progress;
use crate::stop::Stop;

const CREATOR: i32 = 10;
const CHILD: i32 = 11;

/// Whose stop, and which.
type Report = (i32, Stop);
/// Whose birth is complete, and whether it is alive.
type Born = (i32, bool);

fn tid(n: i32) -> Tid {
    Tid::from_raw(n).unwrap()
}

fn pid(n: i32) -> Pid {
    Pid::from_raw(n).unwrap()
}

fn record(group: &Rc<Group>, root: &Rc<Root>, n: i32) -> Box<Record> {
    Record::new(Task::builder().tid(tid(n)).pid(group.pid).build(), group.clone(), root.clone())
}

/// A table with one process of the given threads, the first its leader.
fn table(threads: &[i32]) -> Table {
    let root = Root::new(pid(threads[0]), EventSet::EMPTY, Progress::new().unwrap());
    let group = Group::new(pid(threads[0]));
    let mut table = Table::default();
    for &n in threads {
        table.add(tid(n), record(&group, &root, n));
    }
    table
}

fn call(flags: u64) -> CloneCall {
    CloneCall { task: Task::builder().build(), flags: CloneFlags::from_raw(flags), restore: None }
}

/// Says that a stranger's parent is the creator's process.
fn introduce(table: &mut Table) {
    for (child, stranger) in table.unknown_strangers() {
        stranger.kinship = Some(Kinship { pid: pid(child.as_raw()), ppid: Some(pid(CREATOR)) });
    }
}

/// What one report does, as the tracer would act on it; `born` collects children that are complete.
fn report(table: &mut Table, who: i32, stop: Stop, born: &mut Vec<(i32, bool)>) {
    let change = match table.apply(tid(who), stop) {
        Change::Made { child, .. } => table.expect(tid(who), child, call(17)),
        other => other,
    };
    introduce(table);
    match change {
        Change::Born(birth) => born.push((birth.child.as_raw(), true)),
        Change::BornDead { birth, .. } => born.push((birth.child.as_raw(), false)),
        _ => {}
    }
    while let Some((orphan, stranger)) = table.orphan(false) {
        born.push((orphan.as_raw(), stranger.died.is_none()));
    }
}

#[test]
fn every_order_of_a_fork_makes_one_child() {
    let made = (CREATOR, Stop::NewChild { child: tid(CHILD) });
    let stopped = (CHILD, Stop::Trap);
    let child_dead = (CHILD, Stop::Gone(ExitStatus::from_raw(9)));
    let creator_dead = (CREATOR, Stop::Gone(ExitStatus::from_raw(9)));
    let alive = [(CHILD, true)];
    let dead = [(CHILD, false)];
    let orders: &[(&[Report], &[Born])] = &[
        (&[made, stopped], &alive),
        (&[stopped, made], &alive),
        (&[made, creator_dead, stopped], &alive),
        (&[stopped, creator_dead], &alive),
        (&[creator_dead, stopped], &alive),
        (&[made, child_dead], &dead),
        (&[stopped, child_dead, made], &dead),
        (&[child_dead, made], &dead),
        (&[child_dead, creator_dead], &dead),
        (&[stopped, child_dead, creator_dead], &dead),
        (&[made, creator_dead, child_dead], &dead),
    ];
    for (reports, expected) in orders {
        let (mut table, mut born) = (table(&[CREATOR]), Vec::new());
        for (who, stop) in *reports {
            report(&mut table, *who, *stop, &mut born);
        }
        assert_eq!(born, *expected, "{reports:?}");
        assert!(!table.has_strangers(), "{reports:?}");
    }
}

#[test]
fn a_child_that_is_killed_before_its_first_stop_is_born_dying() {
    let dying = Stop::Exiting(ExitStatus::from_raw(9));
    let mut table = table(&[CREATOR]);
    assert!(matches!(table.apply(tid(CHILD), dying), Change::Park));
    let Change::Made { child, .. } = table.apply(tid(CREATOR), Stop::NewChild { child: tid(CHILD) }) else {
        panic!("a fork")
    };
    let Change::Born(birth) = table.expect(tid(CREATOR), child, call(17)) else { panic!("a birth") };
    assert_eq!(birth.first_stop, FirstStop::Dying(ExitStatus::from_raw(9)));
    assert!(matches!(table.apply(tid(CREATOR), dying), Change::Exiting(_)));
}

#[test]
fn a_stranger_waits_as_long_as_somebody_may_announce_it() {
    let mut table = table(&[CREATOR, 20]);
    assert!(matches!(table.apply(tid(CHILD), Stop::Trap), Change::Park));
    introduce(&mut table);
    assert!(table.orphan(false).is_none());
    table.get_mut(tid(CREATOR)).unwrap().exited = Some(ExitStatus::from_raw(9));
    assert!(table.orphan(false).is_none(), "a sibling thread is left");
    table.get_mut(tid(20)).unwrap().exited = Some(ExitStatus::from_raw(9));
    assert_eq!(table.orphan(false).map(|(tid, _)| tid.as_raw()), Some(CHILD));
}

#[test]
fn an_exec_by_another_thread_moves_its_record() {
    let mut table = table(&[CREATOR, 20]);
    let survivor = table.get(tid(20)).unwrap().task.id();
    let Change::Exec { leader: Some(leader), old_tid } =
        table.apply(tid(CREATOR), Stop::Exec { old_tid: Some(tid(20)) })
    else {
        panic!("an exec with a leader")
    };
    assert_eq!(old_tid, Some(tid(20)));
    assert_ne!(leader.task.id(), survivor);
    assert_eq!(table.get(tid(CREATOR)).map(|record| record.task.id()), Some(survivor));
    assert!(table.get(tid(20)).is_none());
}

/// It was seized in its exec. In what its exec says, it may be called what its pid namespace calls it.
#[test]
fn an_exec_of_a_thread_that_was_found_under_its_leaders_tid() {
    for message in [20, CREATOR, 7] {
        let mut table = table(&[CREATOR, 20]);
        let survivor = table.get(tid(20)).unwrap().task.id();
        table.get_mut(tid(CREATOR)).unwrap().exited = Some(ExitStatus::from_raw(0));
        let leader = table.has_moved(tid(20), tid(CREATOR)).expect("the leader");
        assert_ne!(leader.task.id(), survivor);
        assert!(table.is_alone(tid(CREATOR)) && table.get(tid(20)).is_none());
        for expected in [Some(tid(20)), None] {
            let change = table.apply(tid(CREATOR), Stop::Exec { old_tid: Some(tid(message)) });
            let Change::Exec { leader: None, old_tid } = change else { panic!("{change:?}") };
            assert_eq!(old_tid, expected, "{message}");
        }
        let Change::Gone { record, vanished, .. } =
            table.apply(tid(CREATOR), Stop::Gone(ExitStatus::from_raw(9)))
        else {
            panic!("it was there")
        };
        assert_eq!((record.task.id(), vanished.len(), record.root.live.get()), (survivor, 0, 0));
    }
}

/// Its former tid is not known, as it was seized after its exec.
#[test]
fn a_process_whose_leader_was_replaced_unseen_is_one_process() {
    let mut table = table(&[CREATOR]);
    let (group, root) = table.get(tid(CREATOR)).map(|it| (it.group.clone(), it.root.clone())).unwrap();
    let joined = table.join(pid(CREATOR));
    assert!(Rc::ptr_eq(&group, &joined));
    table.take_replaced(tid(CREATOR)).expect("the former leader");
    assert!(!group.shrink(), "not the last one");
    table.add(tid(CREATOR), record(&joined, &root, CREATOR));
    assert!(table.is_alone(tid(CREATOR)));
    assert!(group.shrink(), "the last one");
    let Change::Gone { record, status, .. } = table.apply(tid(CREATOR), Stop::Gone(ExitStatus::from_raw(9)))
    else {
        panic!("it was there")
    };
    assert!(group.take_end().is_none(), "its end is not known");
    record.group.set_end(record.task.clone(), status);
    assert!(group.take_end().is_some() && group.take_end().is_none());
}

#[test]
fn a_tid_that_was_reused_before_its_exec_was_reported() {
    let mut table = table(&[CREATOR, 20, 30]);
    let survivor = table.get(tid(20)).unwrap().task.id();
    // Thread 20 has called exec and given its tid up; another process's child got it at once.
    let other = Root::new(pid(40), EventSet::EMPTY, Progress::new().unwrap());
    table.add(tid(40), record(&Group::new(pid(40)), &other, 40));
    assert!(matches!(table.expect(tid(40), tid(20), call(17)), Change::Park));
    assert!(matches!(table.apply(tid(20), Stop::Trap), Change::Born(_)));
    assert!(matches!(table.apply(tid(CREATOR), Stop::Exec { old_tid: Some(tid(20)) }), Change::Exec { .. }));
    assert_eq!(table.get(tid(CREATOR)).map(|record| record.task.id()), Some(survivor));
}

#[test]
fn a_stale_message_of_an_exec_is_no_other_task() {
    let mut table = table(&[CREATOR]);
    let change = table.apply(tid(CREATOR), Stop::Exec { old_tid: Some(tid(99)) });
    assert!(matches!(change, Change::Exec { leader: None, old_tid: None }));
    assert!(table.get(tid(CREATOR)).is_some());
}

#[test]
fn statuses_of_unknown_tasks_change_nothing() {
    let mut table = table(&[CREATOR]);
    assert!(matches!(table.apply(tid(99), Stop::NewChild { child: tid(98) }), Change::None));
    assert!(matches!(table.apply(tid(CREATOR), Stop::Vanished), Change::Dead));
    assert_eq!(table.iter().count(), 1);
}

#[test]
fn who_executed_and_was_killed_before_the_report_goes_with_the_leader() {
    let mut table = table(&[CREATOR, 20]);
    let Change::Gone { vanished, .. } = table.apply(tid(CREATOR), Stop::Gone(ExitStatus::from_raw(9))) else {
        panic!("the leader was there")
    };
    assert_eq!(vanished.len(), 1);
    assert!(table.is_empty());
}

#[test]
fn who_is_born_into_a_stopping_group_stays_stopped() {
    let stop = Stop::Group(Signal::SIGSTOP);
    let made = Stop::NewChild { child: tid(CHILD) };
    for order in [[(CREATOR, made), (CHILD, stop)], [(CHILD, stop), (CREATOR, made)]] {
        let mut table = table(&[CREATOR]);
        let born = order.into_iter().find_map(|(who, stop)| match table.apply(tid(who), stop) {
            Change::Made { child, .. } => match table.expect(tid(who), child, call(17)) {
                Change::Born(birth) => Some(birth),
                _ => None,
            },
            Change::Born(birth) => Some(birth),
            _ => None,
        });
        assert_eq!(born.map(|birth| birth.first_stop), Some(FirstStop::WithGroup));
    }
    assert!(matches!(table(&[CREATOR]).apply(tid(CREATOR), stop), Change::GroupStop));
}
