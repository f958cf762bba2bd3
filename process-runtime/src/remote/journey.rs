//! One call, from the stop of the event and back to it.

use watchers::{Errno, Tid};

use super::CallError;
use super::detours::Detours;
use super::instruction;
use super::passage::{Arrival, Passage};
use super::place::{Door, Place};
use crate::arch::{self, Registers};

/// A call that a task is to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) number: i64,
    pub(super) args: [u64; 6],
}

/// Has the task make the call and answers what the kernel did, a failure as a negative errno.
pub(super) fn travel(tid: Tid, detours: &Detours, wanted: Wanted) -> Result<i64, CallError> {
    if arch::UNSUITABLE.contains(&wanted.number) {
        return Err(CallError::Unsuitable);
    }
    let place = Place::of(tid)?;
    let home = arch::registers(tid).map_err(CallError::of_request)?;
    if !arch::is_native(&home) {
        return Err(CallError::NotNative);
    }
    let away = match place {
        Place::Entering(_) => arch::call_instead(&home, wanted.number, wanted.args),
        _ => arch::about_to_call(
            &home,
            instruction::find(tid, arch::behind(&home))?,
            wanted.number,
            wanted.args,
        ),
    };
    let mut passage = Passage::begin(tid, detours)?;
    let result = passage.round_trip(place, home, &away, wanted.number);
    passage.end().and(result)
}

impl Passage<'_> {
    fn round_trip(
        &mut self,
        place: Place,
        home: Registers,
        away: &Registers,
        number: i64,
    ) -> Result<i64, CallError> {
        let home = match place {
            Place::Executing => self.finish_exec()?,
            _ => home,
        };
        if place == Place::Stopped || place == Place::Leaving && arch::restarts(&home) {
            self.owe_a_stop();
        }
        self.set(away)?;
        let answer = self.make(number);
        if answer == Err(CallError::Killed) {
            return answer;
        }
        match place {
            Place::Entering(door) => {
                self.set(&arch::once_more(&home))?;
                self.go_back_to(door)?;
            }
            _ => self.set(&home)?,
        }
        answer
    }

    fn set(&self, registers: &Registers) -> Result<(), CallError> {
        arch::set_registers(self.tid, registers).map_err(CallError::of_request)
    }

    /// To the end of an exec. KERNEL: its result goes to rax only there, over whatever we would have set.
    fn finish_exec(&mut self) -> Result<Registers, CallError> {
        while !matches!(self.step()?, Arrival::Exit { .. }) {}
        arch::registers(self.tid).map_err(CallError::of_request)
    }

    /// From before the call to its end. Our own filter may stop it, which is no event.
    ///
    /// KERNEL: a filter that answers with SIGSYS leaves the call's number as its result (kernel/seccomp.c
    /// `syscall_rollback`); the signal comes after the call's end.
    fn make(&mut self, number: i64) -> Result<i64, CallError> {
        loop {
            match self.step()? {
                Arrival::Entry | Arrival::Seccomp { foreign: false } => {}
                // Without us there would be no tracer to ask.
                Arrival::Seccomp { foreign: true } => {
                    arch::skip_call(self.tid, Errno::ENOSYS).map_err(CallError::of_request)?;
                }
                Arrival::Exit { result } if result == number && self.is_refused() => {}
                Arrival::Exit { result } => return Ok(result),
                Arrival::Refused => return Err(CallError::Filtered),
            }
        }
    }

    /// To the stop at the entry of the call from which the task was taken.
    fn go_back_to(&mut self, door: Door) -> Result<(), CallError> {
        loop {
            match (door, self.step()?) {
                (Door::Entry, Arrival::Entry) | (Door::Seccomp, Arrival::Seccomp { .. }) => return Ok(()),
                (_, Arrival::Exit { .. } | Arrival::Refused) => return Err(CallError::Os(Errno::EPROTO)),
                _ => {}
            }
        }
    }
}
