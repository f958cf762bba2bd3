//! What we remember about tasks between their stops.

mod change;
mod group;
mod kinship;
#[cfg(test)]
mod orders;
mod record;
mod table;

pub(crate) use change::{Birth, Change, FirstStop, StoppedBy};
pub(crate) use group::{Group, Root};
pub(crate) use kinship::{Kinship, Stranger};
pub(crate) use record::{Attempt, CloneCall, CredsCall, Pending, Phase, Record};
pub(crate) use table::Table;
