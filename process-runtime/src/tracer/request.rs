//! What other threads ask of a tracer.

use std::sync::mpsc::{Sender, sync_channel};

use watchers::TaskSnapshot;

use super::Tracer;
use super::thread::{Identity, refuse_on};
use crate::doorbell::Button;
use crate::error::{Error, ErrorKind};

/// Something to do on the tracer thread, between two stops.
pub(crate) type Request = Box<dyn FnOnce(&mut Tracer) + Send>;

/// The way to a tracer.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(super) requests: Sender<Request>,
    pub(super) button: Button,
    pub(super) identity: Identity,
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
        self.button.press();
        Ok(())
    }
}

impl Line {
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
        self.kill_all();
    }

    /// Every task that lives.
    pub(crate) fn snapshot(&self) -> Vec<TaskSnapshot> {
        self.table.iter().map(|(_, record)| record.task.snapshot()).collect()
    }
}
