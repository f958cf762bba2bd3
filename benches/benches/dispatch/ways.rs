//! The ways of telling somebody, and what is measured with each.

use std::sync::RwLock;

use watchers::Task;

/// A way of calling functions that were gathered somehow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nobody is called: what the measurement itself takes.
    EmptyLoop,
    /// Written out, one call after the other.
    Direct,
    /// `static ARRAY: [fn(…); N]`, seen as a slice of unknown length.
    StaticArray,
    /// `watchers::Selection::notify`, as a supervisor does it.
    Selection,
    /// `watchers::notify`.
    Notify,
    /// A slice that linkme gathers.
    Linkme,
    /// The list that inventory gathers before `main`.
    Inventory,
    /// What one registers in at run time.
    Lock,
}

/// All of them, as they are shown.
pub(crate) const WAYS: [Way; 8] = [
    Way::EmptyLoop,
    Way::Direct,
    Way::StaticArray,
    Way::Selection,
    Way::Notify,
    Way::Linkme,
    Way::Inventory,
    Way::Lock,
];

impl Way {
    /// As it is shown.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Way::EmptyLoop => "an empty loop",
            Way::Direct => "direct calls",
            Way::StaticArray => "static array",
            Way::Selection => "Selection::notify",
            Way::Notify => "watchers::notify",
            Way::Linkme => "linkme slice",
            Way::Inventory => "inventory list",
            Way::Lock => "RwLock<Vec<Box<dyn Fn>>>",
        }
    }

    /// The last word of the path of the function that is measured.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Way::EmptyLoop => "empty_loop",
            Way::Direct => "direct",
            Way::StaticArray => "static_array",
            Way::Selection => "selection",
            Way::Notify => "notify",
            Way::Linkme => "linkme",
            Way::Inventory => "inventory",
            Way::Lock => "lock",
        }
    }
}

/// One way with one number of watchers.
pub(crate) struct Subject {
    pub(crate) way: Way,
    pub(crate) n_watchers: u32,
    /// The module of its functions.
    pub(crate) module: &'static str,
    /// Tells so many times.
    pub(crate) run: Box<dyn Fn(u32)>,
}

/// What is registered at run time.
pub(crate) type Registered<P> = RwLock<Vec<Box<dyn Fn(&Task, &P) + Send + Sync>>>;
