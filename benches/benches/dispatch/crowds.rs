//! Crowds of 0, 1, 8 and 64 watchers, each gathered in every way, and the loops that tell them.
#![allow(unsafe_code, reason = "what linkme and inventory expand to is unsafe code")]

use std::hint::black_box;
use std::rc::Rc;
use std::sync::RwLock;

use linkme::distributed_slice;
use watchers::{
    CloneFlags, ExecEvent, GidEvent, Ids, InitEvent, PanicPolicy, Selection, Task, UidEvent, task_watcher,
};

use crate::ways::{Registered, Subject, WAYS, Way};

/// How many watchers each crowd has.
pub(crate) const SIZES: [u32; 4] = [0, 1, 8, 64];

/// What there is to tell, and whom it happened to.
pub(crate) struct Stage<P: 'static> {
    task: Rc<Task>,
    payload: P,
    selection: Selection,
    registered: Registered<P>,
}

/// Every way with every crowd.
pub(crate) fn subjects() -> benches::Result<Vec<Subject>> {
    let ids = Ids::new(0, 0, 0, 0);
    Ok([
        nobody::subjects(InitEvent::new(CloneFlags::FORK), Selection::all()?),
        one::subjects(UidEvent::new(ids, ids), Selection::all()?),
        eight::subjects(GidEvent::new(ids, ids), Selection::all()?),
        many::subjects(ExecEvent::new("/bin/true", ["true"]), Selection::all()?),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// A crowd: the functions, where each way gathers them, and a loop for each way. The loops are functions of their own
/// so that their instructions can be counted by name.
macro_rules! crowd {
    ($module:ident, $SLICE:ident, $event:ident, $Payload:ident: $size:literal $($name:ident = $number:literal)*) => {
        mod $module {
            use super::*;

            type Function = fn(&Task, &$Payload);

            $(
                #[task_watcher($event)]
                fn $name(_: &Task, _: &$Payload) {
                    black_box($number);
                }
            )*

            /// The same functions again, to be called by name.
            mod by_name {
                #[allow(unused_imports, reason = "the empty crowd needs nothing")]
                use super::*;
                $(
                    #[inline(never)]
                    pub(super) fn $name(_: &Task, _: &$Payload) {
                        black_box($number);
                    }
                )*
            }

            static ARRAY: [Function; $size] = [$($name),*];

            #[distributed_slice]
            static $SLICE: [Function];
            $(
                const _: () = {
                    #[distributed_slice($SLICE)]
                    static ENTRY: Function = $name;
                };
            )*

            struct Submitted(Function);
            inventory::collect!(Submitted);
            $( inventory::submit! { Submitted($name) } )*

            #[inline(never)]
            fn empty_loop(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    // The other way round than below: the compiler makes one function of two that are the same.
                    black_box((&stage.payload, &stage.task));
                }
            }

            #[inline(never)]
            fn direct(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    let (_task, _payload) = black_box((&stage.task, &stage.payload));
                    $( by_name::$name(_task, _payload); )*
                }
            }

            #[inline(never)]
            fn static_array(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    let (task, payload) = black_box((&stage.task, &stage.payload));
                    let functions = black_box::<&[Function]>(&ARRAY);
                    functions.iter().for_each(|function| function(task, payload));
                }
            }

            #[inline(never)]
            fn selection(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    let (task, payload) = black_box((&stage.task, &stage.payload));
                    drop(stage.selection.notify(task, payload.into(), PanicPolicy::Ignore));
                }
            }

            #[inline(never)]
            fn notify(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    let (task, payload) = black_box((&stage.task, &stage.payload));
                    let _ = watchers::notify(task, payload.into());
                }
            }

            #[inline(never)]
            fn linkme(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    let (task, payload) = black_box((&stage.task, &stage.payload));
                    $SLICE.iter().for_each(|function| function(task, payload));
                }
            }

            #[inline(never)]
            fn inventory(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    let (task, payload) = black_box((&stage.task, &stage.payload));
                    for submitted in inventory::iter::<Submitted> {
                        submitted.0(task, payload);
                    }
                }
            }

            #[inline(never)]
            fn lock(stage: &Stage<$Payload>, n_times: u32) {
                for _ in 0..n_times {
                    let (task, payload) = black_box((&stage.task, &stage.payload));
                    if let Ok(functions) = stage.registered.read() {
                        functions.iter().for_each(|function| function(task, payload));
                    }
                }
            }

            pub(super) fn subjects(payload: $Payload, selection: Selection) -> Vec<Subject> {
                let task = Task::builder().build();
                let registered = RwLock::new(vec![$( Box::new(|task: &Task, payload: &$Payload| $name(task, payload)) as _ ),*]);
                let stage = Rc::new(Stage { task, payload, selection, registered });
                let subject = |way| {
                    let stage = Rc::clone(&stage);
                    let tell: fn(&Stage<$Payload>, u32) = match way {
                        Way::EmptyLoop => empty_loop,
                        Way::Direct => direct,
                        Way::StaticArray => static_array,
                        Way::Selection => self::selection,
                        Way::Notify => notify,
                        Way::Linkme => linkme,
                        Way::Inventory => inventory,
                        Way::Lock => lock,
                    };
                    let run = Box::new(move |n_times| tell(&stage, n_times));
                    Subject { way, n_watchers: $size, module: stringify!($module), run }
                };
                WAYS.into_iter().map(subject).collect()
            }
        }
    };
}

crowd!(nobody, NOBODY, init, InitEvent: 0);
crowd!(one, ONE, uid, UidEvent: 1 w0 = 0);
crowd!(eight, EIGHT, gid, GidEvent: 8 w0 = 0 w1 = 1 w2 = 2 w3 = 3 w4 = 4 w5 = 5 w6 = 6 w7 = 7);
crowd!(many, MANY, exec, ExecEvent: 64
    w00 = 0 w01 = 1 w02 = 2 w03 = 3 w04 = 4 w05 = 5 w06 = 6 w07 = 7
    w10 = 10 w11 = 11 w12 = 12 w13 = 13 w14 = 14 w15 = 15 w16 = 16 w17 = 17
    w20 = 20 w21 = 21 w22 = 22 w23 = 23 w24 = 24 w25 = 25 w26 = 26 w27 = 27
    w30 = 30 w31 = 31 w32 = 32 w33 = 33 w34 = 34 w35 = 35 w36 = 36 w37 = 37
    w40 = 40 w41 = 41 w42 = 42 w43 = 43 w44 = 44 w45 = 45 w46 = 46 w47 = 47
    w50 = 50 w51 = 51 w52 = 52 w53 = 53 w54 = 54 w55 = 55 w56 = 56 w57 = 57
    w60 = 60 w61 = 61 w62 = 62 w63 = 63 w64 = 64 w65 = 65 w66 = 66 w67 = 67
    w70 = 70 w71 = 71 w72 = 72 w73 = 73 w74 = 74 w75 = 75 w76 = 76 w77 = 77);
