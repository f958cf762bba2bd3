//! How a record gets to where the program finds it: one file per gatherer, one function in each.
//!
//! Required of each: `fn emit(&Record) -> TokenStream`, items for an anonymous `const` or a module.
//! The features of `watchers` choose; with both of them on, `linkme` it is.

mod entry;
mod inventory;
mod linkme;
mod section;

use proc_macro2::{Ident, TokenStream};

use crate::home::Home;

/// Everything that a gatherer is told about one registration.
pub(crate) struct Record<'a> {
    /// The path of `watchers`.
    pub(crate) home: &'a Home,
    /// Which table, by its name.
    pub(crate) table: &'static str,
    /// The function that the table is about; `expect` has none.
    pub(crate) thunk: Option<&'a Ident>,
    /// A static `[u8; _]` that says where the registration was made.
    pub(crate) metadata: &'a Ident,
    /// `order = N`.
    pub(crate) order: i32,
    /// An explicit name, which may be claimed once in a program.
    pub(crate) claim: Option<String>,
}

/// All tables, in the order in which notes number them.
const TABLES: [&str; 12] =
    ["init", "clone", "exec", "uid", "gid", "exit", "free", "found", "creds", "group_dead", "data", "expect"];

/// The items that make the record part of the program.
pub(crate) fn emit(record: &Record<'_>) -> TokenStream {
    if cfg!(feature = "linkme") {
        linkme::emit(record)
    } else if cfg!(feature = "inventory") {
        inventory::emit(record)
    } else {
        section::emit(record)
    }
}
