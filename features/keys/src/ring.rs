//! [`Keyring`]: secrets with names, and who they belong to.

use watchers::Task;
use zeroize::Zeroizing;

/// Which of a task's rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ring {
    /// The thread's own: thread-keyring(7).
    #[doc(alias = "KEY_SPEC_THREAD_KEYRING")]
    Thread,
    /// Shared by the threads of a process: process-keyring(7).
    #[doc(alias = "KEY_SPEC_PROCESS_KEYRING")]
    Process,
    /// Shared by a task and its descendants: session-keyring(7).
    #[doc(alias = "KEY_SPEC_SESSION_KEYRING")]
    Session,
}

/// Who a ring belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// Secrets by name. Few, so that a list is the fastest way.
#[derive(Default)]
pub(crate) struct Keyring {
    keys: Vec<(String, Zeroizing<Vec<u8>>)>,
    owner: Option<Owner>,
    is_made: bool,
}

impl Keyring {
    /// The ring, made for the task if it is not there.
    ///
    /// KERNEL: it belongs to the real ids (security/keys/process_keys.c `install_thread_keyring_to_cred`).
    pub(crate) fn made_for(&mut self, task: &Task) -> &mut Keyring {
        if !self.is_made {
            self.is_made = true;
            let owner = |ids: watchers::Credentials| Owner { uid: ids.uid.real, gid: ids.gid.real };
            self.owner = task.credentials().map(owner);
        }
        self
    }

    pub(crate) fn set(&mut self, name: &str, secret: Vec<u8>) {
        let secret = Zeroizing::new(secret);
        match self.keys.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = secret,
            None => self.keys.push((name.to_owned(), secret)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        let (_, secret) = self.keys.iter().find(|(other, _)| other == name)?;
        Some(secret)
    }

    /// Whether there was one.
    pub(crate) fn revoke(&mut self, name: &str) -> bool {
        let n_before = self.keys.len();
        self.keys.retain(|(other, _)| other != name);
        self.keys.len() < n_before
    }

    pub(crate) fn owner(&self) -> Option<Owner> {
        self.owner
    }

    /// Its thread has these fs ids now.
    pub(crate) fn follow(&mut self, change: impl FnOnce(&mut Owner)) {
        if let Some(owner) = &mut self.owner {
            change(owner);
        }
    }
}

impl std::fmt::Debug for Keyring {
    /// Names, not secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(name, _)| name)).finish()
    }
}
