//! A connector that the environment asks for: one for the process, as long as any of its trees lives.
//!
//! It is held by the tasks, so it is gone when the last is freed: nothing of a module is left when it is unloaded.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use watchers::Errno;

use crate::Connector;

static SHARED: Mutex<Weak<Connector>> = Mutex::new(Weak::new());

/// A share in the process's connector.
#[derive(Debug)]
pub(crate) struct Share(Option<Arc<Connector>>);

impl Share {
    /// A share, if the environment names a path; the errno of what is wrong with it, which stderr explains.
    pub(crate) fn take() -> Option<Result<Share, Errno>> {
        let path = env::var_os("WATCHERS_CONNECTOR")?;
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = match shared.upgrade() {
            Some(connector) => Ok(connector),
            None => open(&path).map(Arc::new),
        };
        let share = connector.map(|connector| {
            *shared = Arc::downgrade(&connector);
            Share(Some(connector))
        });
        Some(share.map_err(|error| {
            eprintln!("connector: {}: {error}", path.display());
            Errno::from_raw(error.raw_os_error().unwrap_or(Errno::EINVAL.as_raw()))
        }))
    }
}

fn open(path: &OsStr) -> io::Result<Connector> {
    let connector = Connector::bind(path)?.awaiting(number("WATCHERS_CONNECTOR_AWAIT")?.unwrap_or(0));
    Ok(match number("WATCHERS_CONNECTOR_PATIENCE")? {
        Some(seconds) => connector.with_patience(Duration::from_secs(seconds)),
        None => connector,
    })
}

fn number<N: FromStr>(variable: &str) -> io::Result<Option<N>> {
    let Some(text) = env::var_os(variable) else { return Ok(None) };
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| io::Error::other(format!("{variable} is no number: {}", text.display())))
}

impl Deref for Share {
    type Target = Option<Arc<Connector>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.0 = None;
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.strong_count() == 0 {
            // A dead reference keeps its memory, and a module's statics are never dropped.
            *shared = Weak::new();
        }
    }
}
