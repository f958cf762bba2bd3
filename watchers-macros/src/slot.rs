//! [`Slots`]: what stands in `task_data! { .. }`.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Expr, Ident, Meta, MetaNameValue, Path, Result, Token, Type, Visibility};

/// One `static NAME: T = |task, parent| expr;`.
pub(crate) struct Slot {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) make: Expr,
}

/// Any number of them, after an optional `#![crate = path]`.
pub(crate) struct Slots {
    pub(crate) home: Option<Path>,
    pub(crate) slots: Vec<Slot>,
}

impl Parse for Slots {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let home = match input.call(Attribute::parse_inner)?.into_iter().next() {
            Some(attribute) => Some(home(attribute)?),
            None => None,
        };
        let mut slots = Vec::new();
        while !input.is_empty() {
            slots.push(input.parse()?);
        }
        if slots.is_empty() {
            return Err(Error::new(
                input.span(),
                "`task_data!` needs a slot, as in `static OPENED: Cell<u32> = |task, parent| Cell::new(0);`",
            ));
        }
        Ok(Self { home, slots })
    }
}

fn home(attribute: Attribute) -> Result<Path> {
    let wrong =
        Error::new_spanned(&attribute, "the only attribute of `task_data!` itself is `#![crate = path]`");
    match attribute.meta {
        Meta::NameValue(MetaNameValue { path, value: Expr::Path(value), .. }) if path.is_ident("crate") => {
            Ok(value.path)
        }
        _ => Err(wrong),
    }
}

impl Parse for Slot {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![static]>()?;
        if input.peek(Token![mut]) {
            return Err(Error::new(
                input.span(),
                "a slot of tasks cannot be `mut`: put a `Cell` or a `RefCell` into it",
            ));
        }
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        input.parse::<Token![=]>()?;
        let make = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Self { attributes, visibility, name, ty, make })
    }
}
