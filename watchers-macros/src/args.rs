//! [`Args`]: what stands in the parentheses of `#[task_watcher(..)]`.
//!
//! *In*: the tokens. *Out*: events, order, name and path, or one sentence at the token that is wrong.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Lit, LitStr, Path, Result, Token};

/// One of the events, in the order of their sections.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Init,
    Clone,
    Exec,
    Uid,
    Gid,
    Exit,
    Free,
    Found,
    Creds,
    GroupDead,
}

impl Event {
    const ALL: [Event; 10] = [
        Event::Init,
        Event::Clone,
        Event::Exec,
        Event::Uid,
        Event::Gid,
        Event::Exit,
        Event::Free,
        Event::Found,
        Event::Creds,
        Event::GroupDead,
    ];

    /// The name that the attribute and the table have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Event::Init => "init",
            Event::Clone => "clone",
            Event::Exec => "exec",
            Event::Uid => "uid",
            Event::Gid => "gid",
            Event::Exit => "exit",
            Event::Free => "free",
            Event::Found => "found",
            Event::Creds => "creds",
            Event::GroupDead => "group_dead",
        }
    }

    /// The variant of `watchers::Event`; with `Event` behind it, the payload.
    pub(crate) const fn variant(self) -> &'static str {
        match self {
            Event::Init => "Init",
            Event::Clone => "Clone",
            Event::Exec => "Exec",
            Event::Uid => "Uid",
            Event::Gid => "Gid",
            Event::Exit => "Exit",
            Event::Free => "Free",
            Event::Found => "Found",
            Event::Creds => "Creds",
            Event::GroupDead => "GroupDead",
        }
    }

    fn named(name: &Ident) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|event| name == event.name());
        known.ok_or_else(|| {
            let names = Self::ALL.map(|event| format!("`{}`", event.name())).join(", ");
            Error::new(name.span(), format!("unknown event `{name}`: the events are {names}"))
        })
    }
}

/// An event that was asked for, and where.
pub(crate) struct Asked {
    pub(crate) event: Event,
    pub(crate) span: Span,
}

/// The parsed arguments.
pub(crate) struct Args {
    pub(crate) events: Vec<Asked>,
    pub(crate) order: Option<i32>,
    pub(crate) name: Option<LitStr>,
    pub(crate) home: Option<Path>,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self { events: Vec::new(), order: None, name: None, home: None };
        while !input.is_empty() {
            let word = input.call(Ident::parse_any).map_err(|error| {
                Error::new(
                    error.span(),
                    "expected an event or an argument, as in `#[task_watcher(exec, order = 10)]`",
                )
            })?;
            if input.peek(Token![=]) {
                input.parse::<Token![=]>()?;
                args.value(&word, input)?;
            } else {
                args.event(&word)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if args.events.is_empty() {
            return Err(Error::new(
                input.span(),
                "a task watcher needs an event, as in `#[task_watcher(exec)]`",
            ));
        }
        Ok(args)
    }
}

impl Args {
    fn event(&mut self, word: &Ident) -> Result<()> {
        if ["order", "name", "crate"].iter().any(|argument| word == argument) {
            return Err(Error::new(
                word.span(),
                format!("`{word}` needs a value, as in `{}`", example(word)),
            ));
        }
        let event = Event::named(word)?;
        if self.events.iter().any(|asked| asked.event == event) {
            return Err(Error::new(word.span(), format!("the event `{word}` is listed twice")));
        }
        self.events.push(Asked { event, span: word.span() });
        Ok(())
    }

    fn value(&mut self, word: &Ident, input: ParseStream<'_>) -> Result<()> {
        let given = match word.to_string().as_str() {
            "order" => self.order.replace(order(input)?).is_some(),
            "name" => self.name.replace(name(input)?).is_some(),
            "crate" => self.home.replace(input.call(Path::parse_mod_style)?).is_some(),
            _ => {
                let text =
                    format!("unknown argument `{word}`: the arguments are `order`, `name` and `crate`");
                return Err(Error::new(word.span(), text));
            }
        };
        if given {
            return Err(Error::new(word.span(), format!("`{word}` is given twice")));
        }
        Ok(())
    }
}

fn example(argument: &Ident) -> &'static str {
    match argument.to_string().as_str() {
        "order" => "order = 10",
        "name" => "name = \"audit\"",
        _ => "crate = my_reexport::watchers",
    }
}

fn order(input: ParseStream<'_>) -> Result<i32> {
    let minus = input.parse::<Option<Token![-]>>()?;
    let literal = input.parse::<Lit>()?;
    let wrong = || Error::new(literal.span(), "`order` is a whole number that fits in an `i32`");
    match &literal {
        Lit::Int(number) if number.suffix().is_empty() || number.suffix() == "i32" => {
            let sign = if minus.is_some() { "-" } else { "" };
            format!("{sign}{}", number.base10_digits()).parse().map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

fn name(input: ParseStream<'_>) -> Result<LitStr> {
    let literal = input.parse::<Lit>()?;
    let Lit::Str(name) = literal else {
        return Err(Error::new(literal.span(), "`name` is a string, as in `name = \"audit\"`"));
    };
    let sound = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    if name.value().is_empty() || !name.value().chars().all(sound) {
        return Err(Error::new(
            name.span(),
            "a watcher's name is made of letters, digits and `_`, `-`, `.`, `:`",
        ));
    }
    Ok(name)
}
