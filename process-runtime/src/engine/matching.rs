//! Which engines a lookup means.

use std::any::TypeId;

/// Which of a task's engines are meant: all, unless something is asked of them.
///
/// ```
/// use process_runtime::{Engine, Matching};
///
/// struct Guard;
/// impl Engine for Guard {}
///
/// let any = Matching::any();
/// let this_very_one = Matching::any().of_type::<Guard>().with_data(7);
/// # let _ = (any, this_very_one);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    kind: Option<TypeId>,
    data: Option<u64>,
}

/// Whether a new engine goes with what is attached already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attach {
    /// With anybody.
    #[default]
    #[doc(alias = "UTRACE_ATTACH_CREATE")]
    Shared,
    /// Only where none of these is attached.
    #[doc(alias = "UTRACE_ATTACH_EXCLUSIVE")]
    Exclusive(Matching),
}

/// What an engine is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) kind: TypeId,
    pub(crate) data: u64,
}

impl Matching {
    /// Every engine.
    pub const fn any() -> Matching {
        Matching { kind: None, data: None }
    }

    /// Of those, the engines of type `E`.
    #[doc(alias = "UTRACE_ATTACH_MATCH_OPS")]
    pub fn of_type<E: 'static>(self) -> Matching {
        Matching { kind: Some(TypeId::of::<E>()), ..self }
    }

    /// Of those, the engines whose [`data`](crate::Engine::data) is this number.
    #[doc(alias = "UTRACE_ATTACH_MATCH_DATA")]
    pub const fn with_data(self, data: u64) -> Matching {
        Matching { data: Some(data), ..self }
    }

    pub(crate) fn is_met_by(&self, key: Key) -> bool {
        self.kind.is_none_or(|kind| kind == key.kind) && self.data.is_none_or(|data| data == key.data)
    }
}
