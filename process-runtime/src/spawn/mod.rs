//! Starting commands: an unmodified [`std::process::Command`] becomes a tracee before its exec.

mod aside;
mod launcher;
mod start;

pub(crate) use aside::Aside;
pub use aside::spawn_aside;
pub(crate) use launcher::Launcher;
pub(crate) use start::spawn;
