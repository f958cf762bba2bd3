//! The gatherer of the feature `inventory`: a constructor before `main`. What it gives up: `watchers/src/gather/inventory.rs`.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Record, entry};

pub(super) fn emit(record: &Record<'_>) -> TokenStream {
    let (value, beside, home) = (entry::value(record), entry::beside(record), record.home);
    quote! {
        #home::private::inventory::submit! { #value }
        #beside
    }
}
