//! The gatherer of the feature `linkme`: an element of a distributed slice. What it gives up: `watchers/src/gather/linkme.rs`.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Record, entry};

pub(super) fn emit(record: &Record<'_>) -> TokenStream {
    let (value, beside, home) = (entry::value(record), entry::beside(record), record.home);
    quote! {
        #[#home::private::linkme::distributed_slice(#home::private::ENTRIES)]
        #[linkme(crate = #home::private::linkme)]
        static __TASK_WATCHER_ENTRY: #home::private::Entry = #value;
        #beside
    }
}
