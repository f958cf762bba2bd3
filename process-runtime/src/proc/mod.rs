//! The few files of proc(5) that the runtime reads.
//!
//! | file | of |
//! |---|---|
//! | `short` | a file that is read at once |
//! | `status` | `/proc/TID/status` |
//! | `stat` | `/proc/PID/stat`, `/proc/PID/task/TID/stat` |
//! | `times` | CPU times and memory of a process |
//! | `whereabouts` | `/proc/TID/syscall` |
//! | `family` | who is there, and whose children |

mod family;
mod short;
mod stat;
mod status;
mod times;
mod whereabouts;

pub(crate) use family::{children, processes, threads};
pub(crate) use short::Short;
pub(crate) use stat::{exit_signal, is_kernel_thread, parent, status_of_the_dead, ticks};
pub(crate) use status::{Status, has_ended};
pub(crate) use times::group_times;
pub(crate) use whereabouts::{Whereabouts, whereabouts};
