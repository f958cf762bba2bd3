//! Work for a task's next return to user mode: what `TIF_NOTIFY_RESUME` was in the kernel.
//!
//! `work` is what users write and see, `error` why not, `means` how a supervisor has its tasks stop for it. `motion` says
//! where a task is and what follows from that, `course` what is under way for one task, `notified` has the courses of all.
//! A task that is blocked in a system call is not woken: it traps at the point that the call returns to. `sight` finds that
//! point, `points` knows those of one address space, `spaces` those of all; `trapping` says
//! whether a trap would harm. The stops come from `tracer/{notify,returns}.rs`.

mod course;
mod error;
mod means;
mod motion;
mod notified;
mod points;
mod sight;
mod spaces;
mod trapping;
mod work;

pub(crate) use course::{Armed, Interruption};
pub use error::NotifyError;
pub use means::NotifyBy;
pub(crate) use motion::{Approach, Motion, Signals, Turn, turn};
pub(crate) use notified::Notified;
pub(crate) use points::Known;
pub(crate) use sight::{Blocked, Sight, look};
pub(crate) use spaces::{Space, Spaces};
pub(crate) use trapping::{Trapping, bit, trapping, trapping_after};
pub(crate) use work::Work;
pub use work::{Resumption, Way};
