//! [`Expected`]: what stands in `expect![..]`.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Result, Token};

/// The names of the crates that the program counts on.
pub(crate) struct Expected(pub(crate) Vec<LitStr>);

impl Parse for Expected {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let names = Punctuated::<LitStr, Token![,]>::parse_terminated(input)?;
        if names.is_empty() {
            return Err(Error::new(
                input.span(),
                "`expect!` needs the name of a crate, as in `expect![\"my-watchers\"]`",
            ));
        }
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match names.iter().find(|name| name.value().is_empty() || !name.value().chars().all(sound)) {
            Some(name) => Err(Error::new(name.span(), "this is not the name of a crate")),
            None => Ok(Self(names.into_iter().collect())),
        }
    }
}
