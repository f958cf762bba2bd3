//! [`Watcher`]: the function below the attribute.
//!
//! *In*: the item. *Out*: the function and its parameters, or one sentence at the token that is wrong.
//! *Does not* look at types by name, because an alias is as good as the type itself: those are checked by the traits in
//! `watchers::private`, at the same places. What is refused here is what no type can make right.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, GenericParam, ItemFn, LitStr, Result, ReturnType, Safety, Signature, Type,
    parse2,
};

use crate::args::Args;

const METHOD: &str = "a task watcher cannot be a method: make it a function outside of the `impl`";

/// A function that can be a watcher, as far as its tokens say.
pub(crate) struct Watcher {
    /// The function, unchanged.
    pub(crate) function: ItemFn,
    /// Whether an attribute further down claims the same explicit name, for the same function.
    pub(crate) named_again: bool,
}

impl Watcher {
    /// Checks the item against what the attribute asks for.
    pub(crate) fn parse(args: &Args, item: TokenStream) -> Result<Self> {
        let span = item.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        let function: ItemFn = parse2(item).map_err(|_| {
            Error::new(
                span,
                "`#[task_watcher]` goes on a function with a body, outside of `impl` and `trait`",
            )
        })?;
        refuse_qualifiers(&function.sig)?;
        refuse_generics(&function.sig)?;
        refuse_parameters(&function.sig)?;
        refuse_returns(&function.sig.output)?;
        let named_again = siblings(args, &function.attrs)?;
        Ok(Self { function, named_again })
    }

    /// The types of its one or two parameters.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Type> {
        self.function.sig.inputs.iter().filter_map(|argument| match argument {
            FnArg::Typed(typed) => Some(typed.ty.as_ref()),
            FnArg::Receiver(_) => None,
        })
    }
}

fn refuse_qualifiers(signature: &Signature) -> Result<()> {
    if let Some(keyword) = &signature.asyncness {
        return Err(Error::new(keyword.span(), "a task watcher cannot be `async`: nobody would poll it"));
    }
    if let Safety::Unsafe(keyword) = &signature.safety {
        return Err(Error::new(
            keyword.span(),
            "a task watcher cannot be `unsafe`: the table calls it from safe code",
        ));
    }
    if let Some(abi) = &signature.abi {
        return Err(Error::new(
            abi.span(),
            "a task watcher cannot be `extern`: it is called as a Rust function",
        ));
    }
    Ok(())
}

fn refuse_generics(signature: &Signature) -> Result<()> {
    let sentence = "a task watcher cannot be generic: there is no one function to put in the table";
    let generic =
        signature.generics.params.iter().find(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    match generic {
        Some(parameter) => Err(Error::new(parameter.span(), sentence)),
        None => Ok(()),
    }
}

fn refuse_parameters(signature: &Signature) -> Result<()> {
    let sentence =
        "a task watcher takes `&Task` and, if it wants it, what happened: `&ExecEvent` or `Event<'_>`";
    if let Some(dots) = &signature.variadic {
        return Err(Error::new(dots.span(), sentence));
    }
    if signature.inputs.is_empty() {
        return Err(Error::new(signature.paren_token.span.join(), sentence));
    }
    if let Some(third) = signature.inputs.iter().nth(2) {
        return Err(Error::new(third.span(), sentence));
    }
    signature.inputs.iter().try_for_each(refuse_parameter)
}

fn refuse_parameter(argument: &FnArg) -> Result<()> {
    let typed = match argument {
        FnArg::Receiver(receiver) => {
            return Err(Error::new(receiver.self_token.span(), METHOD));
        }
        FnArg::Typed(typed) => typed,
    };
    if let Type::Reference(reference) = typed.ty.as_ref()
        && let Some(keyword) = &reference.mutability
    {
        let sentence = "a task watcher sees the task and the event through `&`: take away the `mut`";
        return Err(Error::new(keyword.span(), sentence));
    }
    refuse_unnameable(&typed.ty)
}

fn refuse_returns(output: &ReturnType) -> Result<()> {
    match output {
        ReturnType::Default => Ok(()),
        ReturnType::Type(_, ty) => match ty.as_ref() {
            Type::Never(never) => Err(Error::new(never.span(), "a task watcher has to return")),
            ty => refuse_unnameable(ty),
        },
    }
}

/// Refuses types that only a generic function or an `impl` can have.
fn refuse_unnameable(ty: &Type) -> Result<()> {
    if let Some(span) = find_word(ty.to_token_stream(), "impl") {
        return Err(Error::new(span, "a task watcher cannot be generic: name the type instead of `impl`"));
    }
    if let Some(span) = find_word(ty.to_token_stream(), "Self") {
        return Err(Error::new(span, METHOD));
    }
    Ok(())
}

fn find_word(tokens: TokenStream, word: &str) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident == word).then(|| ident.span()),
        TokenTree::Group(group) => find_word(group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Looks at further `#[task_watcher]`s on the same function, which are expanded after this one.
///
/// An event that is asked for twice is refused. The answer is whether one of them has this one's explicit name: then
/// it, and not this one, lays claim to the name at link time.
fn siblings(args: &Args, attributes: &[Attribute]) -> Result<bool> {
    let mut named_again = false;
    for attribute in attributes {
        let same = attribute.path().segments.last().is_some_and(|segment| segment.ident == "task_watcher");
        let Some(sibling) = same.then(|| attribute.parse_args::<Args>().ok()).flatten() else { continue };
        for asked in &sibling.events {
            if args.events.iter().any(|other| other.event == asked.event) {
                return Err(Error::new(asked.span, "the function is registered for this event twice"));
            }
        }
        let name = |args: &Args| args.name.as_ref().map(LitStr::value);
        named_again |= args.name.is_some() && name(args) == name(&sibling);
    }
    Ok(named_again)
}
