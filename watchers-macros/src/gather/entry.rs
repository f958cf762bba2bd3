//! What the gatherers emit that hand over Rust values: the value, a note for who reads the file, and the claim to a name.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::{Record, TABLES};

/// An expression: the `Entry` of the record.
pub(super) fn value(record: &Record<'_>) -> TokenStream {
    let Record { home, metadata, order, .. } = record;
    let variant = Ident::new(&variant(record.table), Span::call_site());
    let function = match record.thunk {
        Some(thunk) => quote!(#variant(#thunk)),
        None => quote!(#variant),
    };
    quote!(#home::private::Entry {
        function: #home::private::Function::#function,
        place: &#metadata,
        order: #order,
    })
}

/// The name of the table as an enum has it: `GroupDead` for `group_dead`.
fn variant(table: &str) -> String {
    let words = table.split('_').filter_map(|word| word.split_at_checked(1));
    words.flat_map(|(first, rest)| [first.to_ascii_uppercase(), rest.to_owned()]).collect()
}

/// The items that are the same for each of these gatherers.
pub(super) fn beside(record: &Record<'_>) -> TokenStream {
    let Record { home, order, .. } = record;
    let table = TABLES.iter().position(|table| *table == record.table).unwrap_or(TABLES.len()) as u32;
    let place = format_ident!("__TASK_WATCHER_PLACE");
    // The program can have a symbol only once: the linker, or the compiler, refuses the second claim.
    let claim = record.claim.as_ref().map(|name| {
        let symbol = format!("__tw1_name.{name}");
        quote! {
            #[used]
            #[unsafe(export_name = #symbol)]
            static __TASK_WATCHER_CLAIM: ::core::primitive::u8 = 0;
        }
    });
    quote! {
        #[used]
        #[unsafe(link_section = ".note.task_watchers")]
        static __TASK_WATCHER_NOTE: #home::private::NoteOfOne<{ #home::private::note_len(&#place) }> =
            #home::private::NoteOfOne::new(#table, #order, &#place);
        #claim
    }
}
