//! The macros of [`watchers`](https://docs.rs/watchers): use them from there.
//!
//! | file | holds |
//! |---|---|
//! | `args` | what stands in the parentheses of `#[task_watcher(..)]` |
//! | `watcher` | the function below it: what is refused, and why |
//! | `slot` | `task_data!` |
//! | `expected` | `expect!` |
//! | `expand` | the code that is made of them |
//! | `gather/` | how a record gets to where the program finds it: one file per gatherer |
//! | `home` | the path under which the user's crate knows `watchers` |

mod args;
mod expand;
mod expected;
mod gather;
mod home;
mod slot;
mod watcher;

use proc_macro::TokenStream;

/// Registers a function as a watcher of one event or several.
///
/// `#[task_watcher(EVENT[, EVENT…][, order = N][, name = "…"][, crate = path])]`, where an event is one of `init`,
/// `clone`, `exec`, `uid`, `gid`, `exit`, `free`, `found`, `creds` and `group_dead`. The manual is in the documentation of `watchers`.
#[proc_macro_attribute]
pub fn task_watcher(args: TokenStream, item: TokenStream) -> TokenStream {
    let original = proc_macro2::TokenStream::from(item.clone());
    let expanded = syn::parse::<args::Args>(args).and_then(|args| {
        let watcher = watcher::Watcher::parse(&args, item.into())?;
        Ok(expand::watcher(&args, &watcher))
    });
    match expanded {
        Ok(code) => code.into(),
        Err(error) => expand::refusal(&error, original).into(),
    }
}

/// Declares a slot that every task has: `task_data! { [pub] static NAME: T = |task, parent| expr; }`.
///
/// The manual is in the documentation of `watchers`.
#[proc_macro]
pub fn task_data(input: TokenStream) -> TokenStream {
    let expanded = syn::parse::<slot::Slots>(input).map(|slots| expand::slots(&slots));
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Lists the crates whose watchers this program counts on: `expect!["my-watchers", "audit"];`.
///
/// The manual is in the documentation of `watchers`.
#[proc_macro]
pub fn expect(input: TokenStream) -> TokenStream {
    let expanded = syn::parse::<expected::Expected>(input).map(|expected| expand::expected(&expected));
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}
