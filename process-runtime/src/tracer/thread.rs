//! The thread that a tracer runs on: always our own, never the host's.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use watchers::{EventSet, PanicPolicy, Selection, SharedData, Tid};

use super::reaping::Unreaped;
use super::{Line, Request, Tracer};
use crate::deliver::{Audience, Observe, OnIdle, OnNotice};
use crate::doorbell::Doorbell;
use crate::engine::Roster;
use crate::error::{Error, ErrorKind};
use crate::inspect::StopOrigin;
use crate::interest::Interest;
use crate::notify::{Notified, NotifyBy};
use crate::spawn::Aside;
use crate::sys::rseq;
use crate::sys::signal::Mask;
use crate::task::Table;

/// Which tracer a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64);

thread_local! {
    static SELF: Cell<Option<Identity>> = const { Cell::new(None) };
}

/// What a tracer is made of, on its way to its thread.
pub(crate) struct Plan {
    pub(crate) selection: Selection,
    pub(crate) policy: PanicPolicy,
    pub(crate) observers: Vec<(EventSet, Option<Observe>)>,
    pub(crate) on_notice: Option<OnNotice>,
    pub(crate) on_idle: Option<OnIdle>,
    pub(crate) shared: SharedData,
    pub(crate) patience: Option<Duration>,
    pub(crate) interest: Interest,
    pub(crate) notify_by: NotifyBy,
}

/// Starts a tracer.
///
/// # Errors
///
/// [`ErrorKind::Os`]: no thread, or no doorbell (EAGAIN at a limit on processes, EPERM where ptrace is
/// forbidden).
pub(crate) fn start(plan: Plan) -> Result<(Line, JoinHandle<()>), Error> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let identity = Identity(NEXT.fetch_add(1, Ordering::Relaxed));
    let mask = Mask::current();
    let (requests, receiver) = channel();
    let (ready, started) = sync_channel(1);
    let has_asked = Arc::new(AtomicBool::new(false));
    let (sender, asked) = (requests.clone(), has_asked.clone());
    let body = move || match settle_in(plan, (sender, receiver), asked, identity, mask) {
        Ok(tracer) => {
            let _ = ready.send(Ok((tracer.doorbell.button(), own_tid())));
            tracer.run();
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    };
    let thread = Builder::new().name("tracer".to_owned()).spawn(body).map_err(Error::no_thread)?;
    let (button, tid) = started.recv().map_err(|_| ErrorKind::Gone)??;
    Ok((Line { requests, has_asked, button, identity, tid }, thread))
}

/// Runs on the new thread.
fn settle_in(
    plan: Plan,
    (sender, requests): (Sender<Request>, Receiver<Request>),
    has_asked: Arc<AtomicBool>,
    identity: Identity,
    mask: Mask,
) -> Result<Tracer, Error> {
    // No handler of the host's runs on this thread; the doorbell inherits the mask.
    Mask::of_a_tracer().install();
    SELF.set(Some(identity));
    rseq::leave();
    Aside::prepare(mask);
    let audience = Audience {
        selection: plan.selection,
        policy: plan.policy,
        observers: plan.observers,
        on_notice: plan.on_notice,
        on_idle: plan.on_idle,
        origin: Rc::new(StopOrigin::default()),
        patience: plan.patience,
        fatal: false,
    };
    let doorbell = Doorbell::hang()?;
    let button = doorbell.button();
    let line = Line { requests: sender, has_asked: has_asked.clone(), button, identity, tid: own_tid() };
    Ok(Tracer {
        engines: Roster::on_this_thread(line, audience.origin.clone()),
        notified: Notified::on_this_thread(audience.origin.clone()),
        notify_by: plan.notify_by,
        table: Table::default(),
        audience,
        interest: plan.interest,
        image: Rc::default(),
        shared: Rc::new(plan.shared),
        admitted: HashMap::new(),
        requests,
        has_asked,
        doorbell,
        unreaped: Unreaped::default(),
        lost: Vec::new(),
        finishing: false,
        closing: false,
        has_adopted: false,
        n_looks: 0,
        search: None,
        letting_go: None,
        ordinary: !rustix::process::geteuid().is_root(),
    })
}

/// The kernel's number of the calling thread.
fn own_tid() -> Option<Tid> {
    Tid::from_raw(rustix::thread::gettid().as_raw_pid())
}

/// Refuses a wait that only the calling thread could end.
pub(crate) fn refuse_on(identity: Identity) -> Result<(), Error> {
    if SELF.get() == Some(identity) { Err(ErrorKind::WouldDeadlock.into()) } else { Ok(()) }
}

/// As [`refuse_on`], for whichever tracer the thread is.
pub(crate) fn refuse_on_tracer_thread() -> Result<(), Error> {
    if SELF.get().is_some() { Err(ErrorKind::WouldDeadlock.into()) } else { Ok(()) }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("interest", &self.interest).finish_non_exhaustive()
    }
}
