//! The `jsonl` report: every event as one JSON object on a line, for programs.
//!
//! `stream.rs` writes them; `line.rs` and `frame.rs` hold one struct per event, `text.rs` the strings that may not be UTF-8. The same is said by
//! `schema/events.schema.json`. Fields may be added, never changed.

mod frame;
mod line;
mod stream;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use stream::Jsonl;
