//! [`Home`]: the path under which the user's crate knows `watchers`.
//!
//! Generated code needs a path that works where it lands. In this order: `crate = path` of the attribute; the name that
//! the user's `Cargo.toml` gives to `watchers`, renamed or not; a crate of this project that re-exports it; and
//! `::watchers`, so that a build without cargo works too.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, Path};

/// The crates through which a user may have `watchers`, and where in them it is.
const DOORS: [(&str, &[&str]); 2] = [("watchers", &[]), ("process-runtime", &["watchers"])];

/// A path to `watchers`, as tokens.
pub(crate) struct Home(TokenStream);

impl Home {
    /// The path that the user gave, or the one that the manifest implies.
    pub(crate) fn find(given: Option<&Path>) -> Self {
        match given {
            Some(path) => Self(path.to_token_stream()),
            None => DOORS
                .iter()
                .find_map(|(package, inside)| {
                    Some(Self::through(&crate_name(package).ok()?, package, inside))
                })
                .unwrap_or_else(|| Self(quote!(::watchers))),
        }
    }

    fn through(found: &FoundCrate, package: &str, inside: &[&str]) -> Self {
        let root = match found {
            // The package's own tests and examples: to them it is a crate like any other.
            FoundCrate::Itself => package.replace('-', "_"),
            FoundCrate::Name(name) => name.clone(),
        };
        let path = std::iter::once(root.as_str()).chain(inside.iter().copied());
        let path = path.map(|segment| Ident::new(segment, Span::call_site()));
        Self(quote!(#(::#path)*))
    }
}

impl ToTokens for Home {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
