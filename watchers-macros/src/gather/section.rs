//! The default gatherer: 32-bit self-relative records in a section that nobody may write to.
//!
//! Per registration: a 16-byte record in the section `tw1_<table>`, and a note that tells where all tables of this linked object
//! are. Layouts: `watchers/src/image.rs` and `watchers/src/note.rs`.
//!
//! The pieces, and what each is for:
//!
//! | piece | without it |
//! |---|---|
//! | flags `"aR"`, written by us | the compiler infers `W` for a static that holds a pointer, and the table is writable |
//! | `{thunk} - .` | an absolute address needs a relocation at run time, and that needs `W` again |
//! | `.hidden` | in a Rust `dylib` the thunk could be preempted, and the linker refuses the difference |
//! | a naked function as carrier | `global_asm!` is not allowed in function bodies, and is lost in rlibs (below) |
//! | the `#[used]` keeper | an object file of an rlib that no Rust symbol leads to is not linked |
//! | COMDAT and `.ifndef` for the note | every object file would bring one |
//!
//! # Alternatives
//!
//! 1. `#[link_section]` on a static of pointers: writable in every position-independent program; and in `.rodata` it
//!    makes *all* constants of the program writable, without a warning.
//! 2. `.data.rel.ro`: read-only after start, except in static musl programs; and it cannot be enumerated.
//! 3. `global_asm!` alone: one of three watchers survived a dev build.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Record, TABLES};

pub(super) fn emit(record: &Record<'_>) -> TokenStream {
    let Record { home, metadata, order, .. } = record;
    let text = format!("{}{}", note(), table(record));
    let thunk = record.thunk.map(|thunk| quote!(__task_watcher_thunk = sym #thunk,));
    quote! {
        extern "C" fn __task_watcher_home() -> *const () {
            #home::private::home()
        }
        #[unsafe(naked)]
        unsafe extern "C" fn __task_watcher_carrier() {
            ::core::arch::naked_asm!(
                #text,
                #thunk
                metadata = sym #metadata,
                home = sym __task_watcher_home,
                order = const #order,
                abi_low = const #home::private::ABI_LOW,
                abi_high = const #home::private::ABI_HIGH,
            )
        }
        #[used]
        static __TASK_WATCHER_KEEPER: unsafe extern "C" fn() = __task_watcher_carrier;
    }
}

/// The record: thunk, metadata, order, and a reserved word.
fn table(record: &Record<'_>) -> String {
    let thunk = match record.thunk {
        Some(_) => ".hidden {__task_watcher_thunk}\n.long {__task_watcher_thunk} - .\n",
        None => ".long 0\n",
    };
    // A symbol that the whole program can have only once: the linker refuses the second claim.
    let claim = record.claim.as_ref().map_or_else(String::new, |name| {
        format!(".globl \"__tw1_name.{name}\"\n.hidden \"__tw1_name.{name}\"\n\"__tw1_name.{name}\":\n")
    });
    format!(
        ".pushsection tw1_{},\"aR\",%progbits\n.balign 4\n{claim}{thunk}\
         .hidden {{metadata}}\n.long {{metadata}} - .\n.long {{order}}\n.long 0\n.popsection\n.long 0\n",
        record.table
    )
}

/// The note: format, number of tables, ABI tag, home, and the bounds of each table, relative to themselves.
///
/// The empty sections make `__start_` and `__stop_` known to every linker where a table has no record.
fn note() -> String {
    let empty = each(|table| {
        format!(
            ".pushsection tw1_{table},\"aR\",%progbits\n.balign 4\n.popsection\n\
             .hidden __start_tw1_{table}\n.hidden __stop_tw1_{table}\n"
        )
    });
    let bounds = each(|table| format!(".long __start_tw1_{table} - .\n.long __stop_tw1_{table} - .\n"));
    format!(
        ".ifndef __tw1_note_here\n.set __tw1_note_here, 1\n{empty}\
         .pushsection .note.task_watchers,\"aGR\",%note,__tw1_note,comdat\n.balign 4\n\
         .long 10\n.long 92f-91f\n.long 1\n.asciz \"taskwatch\"\n.balign 4\n\
         91:\n.long 2\n.long {}\n.long {{abi_low}}\n.long {{abi_high}}\n\
         .hidden {{home}}\n.long {{home}} - .\n.long 0\n{bounds}92:\n.balign 4\n.popsection\n.endif\n",
        TABLES.len()
    )
}

fn each(line: impl Fn(&str) -> String) -> String {
    TABLES.into_iter().map(line).collect()
}
