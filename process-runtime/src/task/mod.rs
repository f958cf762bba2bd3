//! What we remember about tasks between their stops.

mod change;
mod few;
mod group;
mod kinship;
#[cfg(test)]
mod orders;
mod pairing;
mod record;
mod records;
mod table;
mod tid_map;

pub(crate) use change::{Birth, Change, FirstStop, StoppedBy};
pub(crate) use group::{Group, Root};
pub(crate) use kinship::{Kinship, Stranger};
pub(crate) use record::{CloneCall, CredsCall, Pending, Phase, Record, Restore};
pub(crate) use table::Table;
pub(crate) use tid_map::PidMap;
