//! [`Connector`]: a server as a supervisor has it.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use watchers::Errno;

use crate::message::Message;
use crate::server::Server;

/// How long a client is waited for, unless told otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A socket on which clients are told what happens in a supervisor's tree: [the crate](crate) says how.
///
/// It is given to the supervisor as its [data](watchers::Task::data). Clients may connect from here on, and who asks before an event is
/// told of that event. The answer to a request comes with the next event, too. When the connector is dropped, with its supervisor,
/// clients read to the end of what was sent, and the socket's file is removed.
///
/// ```
/// use std::process::Command;
///
/// use process_runtime::Supervisor;
/// use watchers_connector::Connector;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("events");
/// let supervisor = Supervisor::builder().data(Connector::bind(&path)?).start()?;
/// supervisor.spawn(Command::new("true"))?.wait()?;
/// supervisor.finish()?;
/// assert!(!path.exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "cn_proc")]
#[derive(Debug)]
pub struct Connector {
    server: Mutex<Server>,
    awaited: usize,
}

impl Connector {
    /// Listens at `path`. A socket's file that was left behind there, with nobody listening, is replaced.
    ///
    /// # Errors
    ///
    /// EADDRINUSE: the file is there, and is no socket or somebody's. ENOENT, EACCES, EROFS: of its folder. ENAMETOOLONG: more than 107 bytes.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Connector> {
        Ok(Connector { server: Mutex::new(Server::bind(path.as_ref(), PATIENCE)?), awaited: 0 })
    }

    /// Waits at most so long for a client to make room for a message, and then drops the client; 10 s if this is not called.
    ///
    /// The tree waits, too: a short patience bounds what a stuck client costs, a long one is kinder to one that is only slow.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Connector {
        self.lock().patience = patience;
        self
    }

    /// Holds every command back until `n` clients listen, so that these miss nothing.
    ///
    /// If they do not within the patience, the command is refused with `ETIMEDOUT`.
    #[must_use]
    pub fn awaiting(self, n: usize) -> Connector {
        Connector { awaited: n, ..self }
    }

    /// Whether a command may start now.
    pub(crate) fn admit(&self) -> Result<(), Errno> {
        let awaited = self.lock().await_listeners(self.awaited);
        awaited.map_err(|errno| Errno::from_raw(errno.raw_os_error()))
    }

    /// Tells everybody who has asked by now.
    pub(crate) fn tell(&self, message: impl FnOnce() -> Option<Message>) {
        let mut server = self.lock();
        server.serve(Duration::ZERO);
        if server.n_listening() > 0
            && let Some(message) = message()
        {
            server.send(&message);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
