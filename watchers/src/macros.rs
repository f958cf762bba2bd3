//! The macros, and their manual. What they expand to is the matter of `watchers-macros`.

/// Registers a function as a watcher of one event or several.
///
/// ```text
/// #[task_watcher(EVENT [, EVENT]* [, order = N] [, name = "…"] [, crate = path])]
/// ```
///
/// ```standalone_crate
/// use watchers::{Errno, Event, ExecEvent, Task, task_watcher};
///
/// #[task_watcher(exec)]
/// fn log_exec(task: &Task, exec: &ExecEvent) {
///     println!("{:?} executes {:?}", task.tid(), exec.path());
/// }
///
/// #[task_watcher(init, order = -10)]
/// fn not_too_deep(task: &Task) -> Result<(), Errno> {
///     match task.parent().and_then(|parent| parent.parent_id()) {
///         Some(_) => Err(Errno::EAGAIN),
///         None => Ok(()),
///     }
/// }
///
/// #[task_watcher(exit, free, name = "ends")]
/// fn ends(task: &Task, event: Event<'_>) {
///     println!("{}: {}", task.id(), event.kind());
/// }
/// # assert_eq!(watchers::registry()?.len(), 4);
/// # Ok::<(), watchers::TableError>(())
/// ```
///
/// That is all there is to do: no call registers anything. The linker puts the watchers of every linked crate into tables, which are
/// sorted and sealed when the program [starts](crate::start) them.
///
/// # Events
///
/// | event | second parameter | happens | returns |
/// |---|---|---|---|
/// | `init` | `&InitEvent` | a task is about to be made, and can still be refused | nothing, [`Verdict`], `Result<(), Errno>`, `ControlFlow<Errno>` |
/// | `clone` | `&CloneEvent` | it has been made and has not run | nothing |
/// | `exec` | `&ExecEvent` | it has loaded a program, which has not run | nothing |
/// | `uid`, `gid` | `&UidEvent`, `&GidEvent` | its ids have been set | nothing |
/// | `exit` | `&ExitEvent` | it is about to end | nothing |
/// | `free` | `&FreeEvent` | it is gone, or never came to be | nothing |
/// | `found` | `&FoundEvent` | it was there before its supervisor: instead of `init` and `clone` | nothing |
/// | `creds` | `&CredsEvent` | its groups, capabilities or user namespace have been set | nothing |
/// | `group_dead` | `&GroupDeadEvent` | it led a group, of which nobody is left | nothing |
///
/// The first parameter is `&Task`. The second may be left out. A function for several events takes `Event<'_>`, or nothing, and may stand
/// under one attribute with a list or under several, each with an `order` of its own. Type aliases are as good as the types.
///
/// # Order
///
/// The watchers of an event are called by `order`, smaller first and 0 if it is not given; then by package, module path and line. So
/// the order is the same in every build of the same sources. `free` has the same order, not the reverse.
///
/// # Names
///
/// A watcher is called by its function's name, by any end of its path, or by the `name` that it is given. Two watchers with one given name
/// cannot be linked into one program: the linker says so, and shows both.
///
/// # The crate has to be linked
///
/// Cargo hands the linker only crates that something names. A crate that holds nothing but watchers is silently left out unless
/// the program says:
///
/// ```text
/// use my_watchers as _;
/// ```
///
/// `#![warn(unused_crate_dependencies)]` finds a dependency that nothing names, and [`expect!`](crate::expect) makes it an error. In a
/// static library that a C linker puts into a program, the whole archive has to be linked (`-Wl,--whole-archive`), or the library be
/// built with fat LTO and one codegen unit.
///
/// # The function
///
/// It stays what it was: it can be called, tested, documented and put under `#[cfg]`. It can stand in any module and in a function's body.
/// It cannot be a method or stand in an `impl`, nor be generic, `async`, `unsafe` or `extern`. `#![forbid(unsafe_code)]` in its
/// crate is no obstacle. Where the crate knows `watchers` under another name, the macro finds out; where it has it only from inside
/// another crate, `crate = path` says from where.
///
/// A panic is caught in the watcher's own call and treated as the supervisor's [`PanicPolicy`] says.
///
/// # Gatherers
///
/// How a registration gets from the function to the table is the matter of a *gatherer*, chosen by features of `watchers` for the whole
/// program:
///
/// | feature | a registration is | what that gives up |
/// |---|---|---|
/// | none | a record of distances in a section that is read-only in the file, and a note | nothing; needs ELF and naked functions |
/// | `linkme` | an element of a distributed slice | the link-time table is writable; a Rust dylib and its program are not one |
/// | `inventory` | a constructor before `main` | likewise, and code runs before `main` |
///
/// The sealed table that events are dispatched from is read-only with each of them.
///
/// [`Verdict`]: crate::Verdict
/// [`PanicPolicy`]: crate::PanicPolicy
#[doc(alias = "task_watcher_func")]
#[doc(alias = "register_task_watcher")]
pub use watchers_macros::task_watcher;

/// Declares slots: statics that have a value of their own for every task.
///
/// ```text
/// task_data! { [#[attribute]]* [pub] static NAME: TYPE = |task, parent| EXPRESSION; … }
/// ```
///
/// Each becomes a [`TaskData<TYPE>`](crate::TaskData). The expression makes the value for a new task, from the task and its parent
/// (`Option<&Task>`); it is made with the task and dropped with it, neither `Send` nor `Sync` is asked of it, and the linker finds the slots
/// as it finds watchers.
///
/// ```standalone_crate
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use watchers::{Task, task_data};
///
/// task_data! {
///     /// How many programs the task has executed.
///     pub static EXECUTED: Cell<u32> = |_task, _parent| Cell::new(0);
///
///     /// Shared by a task and all its descendants.
///     static FAMILY: Rc<Cell<u32>> = |_task, parent| match parent {
///         Some(parent) => FAMILY.get(parent).clone(),
///         None => Rc::default(),
///     };
/// }
///
/// let root = Task::builder().build();
/// let child = Task::builder().parent(&root).build();
/// FAMILY.get(&child).set(7);
/// assert_eq!(FAMILY.get(&root).get(), 7);
/// assert_eq!(EXECUTED.get(&root).get(), 0);
/// ```
///
/// `#![crate = path]` in front says where `watchers` is, if it is to be had only from inside another crate.
#[doc(alias = "task_struct")]
pub use watchers_macros::task_data;

/// Lists the crates whose watchers, or task data, this program counts on.
///
/// A crate that nothing names is left out by the linker, in silence. One that is listed here and left out makes
/// [`start`](crate::start) fail, and a test that this macro adds to the crate.
///
/// ```text
/// use my_watchers as _;
///
/// watchers::expect!["my-watchers"];
/// ```
///
/// Names are those of packages or of libraries. It stands in a module, once in each.
pub use watchers_macros::expect;
