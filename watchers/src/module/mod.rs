//! Watchers from modules: shared libraries that are loaded while the supervisor runs, and go again.
//!
//! | file | *in* ▶ *out* |
//! |---|---|
//! | `load.rs` | a path ▶ [`Module`], or [`ModuleError`]: nothing is loaded |
//! | `error.rs` | what can be wrong with a module |
//! | `known.rs` | a library that was opened ▶ the module that has it already; whether its file is still the same |
//! | `names.rs` | what a module says of its watchers ▶ the same, to stay when it goes |
//! | `meant.rs` | a path ▶ the module that it means |
//! | `unload.rs` | [`Module`] ▶ [`Unloaded`] |

mod error;
mod known;
mod load;
mod meant;
mod names;
mod unload;

pub use error::ModuleError;
pub use load::Module;
pub(crate) use meant::meant;
pub use unload::Unloaded;
