//! What other threads ask of a tracer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, sync_channel};
use std::thread;
use std::time::Duration;

use watchers::{TaskSnapshot, Tid};

use super::Tracer;
use super::thread::{Identity, refuse_on};
use crate::doorbell::Button;
use crate::error::{Error, ErrorKind};
use crate::proc::has_ended;

/// How often, and after what pause, a thread that has ended is looked for in /proc.
const MOST_LOOKS: u32 = 20_000;
const BETWEEN_LOOKS: Duration = Duration::from_micros(50);

/// Something to do on the tracer thread, between two stops.
pub(crate) type Request = Box<dyn FnOnce(&mut Tracer) + Send>;

/// The way to a tracer.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(super) requests: Sender<Request>,
    /// Whether there may be one: a look at the channel costs ten times as much as one at this.
    pub(super) has_asked: Arc<AtomicBool>,
    pub(super) button: Button,
    pub(super) identity: Identity,
    /// The tracer thread.
    pub(super) tid: Option<Tid>,
}

impl Line {
    /// Has `request` done and waits for its answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldDeadlock`] on the tracer thread itself, [`ErrorKind::Gone`] if it has ended.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Tracer) -> T + Send + 'static,
    ) -> Result<T, Error> {
        refuse_on(self.identity)?;
        let (answer, answered) = sync_channel(1);
        self.post(move |tracer| {
            // Nobody listens any more if the asking thread is gone.
            let _ = answer.send(request(tracer));
        })?;
        answered.recv().map_err(|_| ErrorKind::Gone.into())
    }

    /// Has `request` done some time, also from the tracer thread itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Gone`] if it has ended.
    pub(crate) fn post(&self, request: impl FnOnce(&mut Tracer) + Send + 'static) -> Result<(), Error> {
        self.requests.send(Box::new(request)).map_err(|_| ErrorKind::Gone)?;
        self.has_asked.store(true, Ordering::Release);
        self.button.press();
        Ok(())
    }
}

impl Line {
    /// Has the tree let go, and waits until nobody of it is traced any more; on the tracer thread itself, it is done after what is
    /// being told.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Filtered`]: it cannot live without a tracer. [`ErrorKind::Gone`]: there is no tracer any more.
    pub(crate) fn let_go(&self) -> Result<(), Error> {
        if self.is_here() {
            return self.post(|tracer| {
                let _ = tracer.let_go(None);
            });
        }
        let (farewell, gone) = sync_channel(1);
        let asked = self.ask(|tracer| tracer.let_go(Some(farewell)));
        if let Ok(Err(refused)) = asked {
            return Err(refused);
        }
        // Nothing is ever sent.
        let _ = gone.recv();
        self.wait_for_the_end();
        asked.map(drop)
    }

    /// Waits until the kernel has taken the tracing away.
    ///
    /// KERNEL: a thread that ends is joined before its tracees are let go, and is a zombie, or gone, only afterwards (kernel/exit.c
    /// `do_exit`: `exit_mm`, then `exit_notify`).
    pub(crate) fn wait_for_the_end(&self) {
        // The tid of a thread that is gone may be given to another.
        let looks = (0..MOST_LOOKS).take_while(|_| self.tid.is_some_and(|tid| !has_ended(tid)));
        looks.for_each(|_| thread::sleep(BETWEEN_LOOKS));
    }

    /// Whether the calling thread is the tracer.
    pub(crate) fn is_here(&self) -> bool {
        refuse_on(self.identity).is_err()
    }
}

impl Tracer {
    /// End with the last task.
    pub(crate) fn finish(&mut self) {
        self.finishing = true;
    }

    /// End now, killing whoever is left.
    pub(crate) fn shut_down(&mut self) {
        self.finishing = true;
        self.closing = true;
        self.letting_go = None;
        self.kill_all();
    }

    /// Every task that lives.
    pub(crate) fn snapshot(&self) -> Vec<TaskSnapshot> {
        self.table.iter().map(|(_, record)| record.task.snapshot()).collect()
    }
}
