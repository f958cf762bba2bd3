//! The code that the macros produce.
//!
//! Everything private stands in an anonymous `const`, so that nothing can collide and a function's body is a place too.
//! Types are checked by calling functions of `watchers::private` whose bounds explain themselves; their tokens carry the
//! span of the user's type, so that the complaint appears there.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, LitStr, ReturnType, Type};

use crate::args::{Args, Asked, Event};
use crate::expected::Expected;
use crate::gather::{self, Record};
use crate::home::Home;
use crate::slot::{Slot, Slots};
use crate::watcher::Watcher;

/// The complaint, and the item as it was: what else uses the function need not complain too.
pub(crate) fn refusal(error: &Error, original: TokenStream) -> TokenStream {
    let complaint = error.to_compile_error();
    quote!(#complaint #original)
}

/// The function, and one registration for each event.
pub(crate) fn watcher(args: &Args, watcher: &Watcher) -> TokenStream {
    let home = Home::find(args.home.as_ref());
    let function = &watcher.function;
    let mut claim = args.name.as_ref().map(LitStr::value).filter(|_| !watcher.named_again);
    let registrations =
        args.events.iter().map(|asked| registration(args, &home, watcher, asked, claim.take()));
    quote!(#function #(#registrations)*)
}

fn registration(
    args: &Args,
    home: &Home,
    watcher: &Watcher,
    asked: &Asked,
    claim: Option<String>,
) -> TokenStream {
    let thunk = thunk(home, watcher, asked);
    let function = watcher.function.sig.ident.unraw().to_string();
    let name = args.name.as_ref().map_or_else(|| function.clone(), LitStr::value);
    let metadata = metadata(home, &watcher.function.sig.ident, &function, &name);
    let record = gather::emit(&Record {
        home,
        table: asked.event.name(),
        thunk: Some(&format_ident!("__task_watcher_thunk")),
        metadata: &format_ident!("__TASK_WATCHER_METADATA"),
        order: args.order.unwrap_or(0),
        claim,
    });
    quote! {
        #[allow(deprecated)]
        const _: () = { #thunk #metadata #record };
    }
}

/// The function that stands in the table: it calls the watcher, and a panic stays inside it.
fn thunk(home: &Home, watcher: &Watcher, asked: &Asked) -> TokenStream {
    // Unlike items, locals can be kept apart from the user's names.
    let [task, happened, report, answer_of] =
        ["task", "happened", "report", "answer"].map(|name| Ident::new(name, Span::mixed_site()));
    let payload = format_ident!("{}Event", asked.event.variant());
    let function = &watcher.function.sig.ident;
    let arguments = watcher.parameters().enumerate().map(|(n, ty)| match n {
        0 => call(Some(ty), quote!(#home::private::task), quote!(#task)),
        _ => call(Some(ty), quote!(#home::private::happened), quote!(#happened)),
    });
    let answer = match asked.event {
        Event::Init => quote!(#home::private::verdict),
        _ => quote!(#home::private::nothing),
    };
    let returned = match &watcher.function.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty.as_ref()),
    };
    let answer = call(returned, answer, TokenStream::new());
    quote! {
        extern "C" fn __task_watcher_thunk(
            #task: &#home::Task,
            #happened: &#home::#payload,
            #report: &#home::private::Report,
        ) -> ::core::primitive::i32 {
            #home::private::guard(#report, &__TASK_WATCHER_METADATA, || {
                let #answer_of = #answer;
                #answer_of(#function(#(#arguments),*))
            })
        }
    }
}

/// `path(argument)`, where the compiler sees it in place of the type: there it says so if a bound of the function is not met.
fn call(ty: Option<&Type>, path: TokenStream, argument: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = ty.map_or_else(Vec::new, |ty| ty.to_token_stream().into_iter().collect());
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return quote!(#path(#argument)) };
    // Only the place is the user's: that the tokens are the macro's keeps lints of the user's crate away from them.
    let path = path.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(first.span()));
        token
    });
    let mut parentheses = Group::new(Delimiter::Parenthesis, argument);
    parentheses.set_span(Span::call_site().located_at(last.span()));
    quote!(#(#path)* #parentheses)
}

/// The static that says where the registration was made. It holds no pointer.
fn metadata(home: &Home, place: &Ident, function: &str, name: &str) -> TokenStream {
    // Asked for at the user's token, so that it is the function's line and not the attribute's.
    let line = quote_spanned!(place.span()=> ::core::line!());
    let column = quote_spanned!(place.span()=> ::core::column!());
    quote! {
        const __TASK_WATCHER_PLACE: #home::private::Place = #home::private::Place {
            line: #line,
            column: #column,
            package: ::core::option_env!("CARGO_PKG_NAME"),
            version: ::core::option_env!("CARGO_PKG_VERSION"),
            module: ::core::module_path!(),
            function: #function,
            name: #name,
            file: ::core::file!(),
        };
        static __TASK_WATCHER_METADATA: [::core::primitive::u8; __TASK_WATCHER_PLACE.encoded_len()] =
            __TASK_WATCHER_PLACE.encode();
    }
}

/// The static of each slot, and its registration.
pub(crate) fn slots(slots: &Slots) -> TokenStream {
    let home = Home::find(slots.home.as_ref());
    slots.slots.iter().map(|slot| one_slot(&home, slot)).collect()
}

fn one_slot(home: &Home, slot: &Slot) -> TokenStream {
    let Slot { attributes, visibility, name, ty, make } = slot;
    // Of an item below an attribute the compiler does this itself; of what stands in a macro's braces it does not.
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    let text = name.unraw().to_string();
    let metadata = metadata(home, name, &text, &text);
    let record = gather::emit(&Record {
        home,
        table: "data",
        thunk: Some(&format_ident!("__task_watcher_thunk")),
        metadata: &format_ident!("__TASK_WATCHER_METADATA"),
        order: 0,
        claim: None,
    });
    quote! {
        #(#attributes)*
        #visibility static #name: #home::TaskData<#ty> = #home::TaskData::new(#make);
        #(#conditions)*
        const _: () = {
            fn __task_watcher_thunk() -> &'static dyn #home::private::Slot {
                &#name
            }
            #metadata
            #record
        };
    }
}

/// A record for each crate that is expected, and a test that looks for them.
pub(crate) fn expected(expected: &Expected) -> TokenStream {
    let home = Home::find(None);
    let records = expected.0.iter().map(|name| expectation(&home, name));
    quote! {
        #(#records)*
        #[cfg(test)]
        #[test]
        fn expected_watchers_are_linked() {
            if let ::core::result::Result::Err(error) = #home::start() {
                ::core::panic!("{error}");
            }
        }
    }
}

fn expectation(home: &Home, name: &LitStr) -> TokenStream {
    let metadata = metadata(home, &Ident::new("expect", name.span()), "expect", &name.value());
    let record = gather::emit(&Record {
        home,
        table: "expect",
        thunk: None,
        metadata: &format_ident!("__TASK_WATCHER_METADATA"),
        order: 0,
        claim: None,
    });
    quote!(const _: () = { #metadata #record };)
}
