//! [`CredsEvent`]: a task has changed what it may do, other than its ids.

use std::fmt;

/// A task has changed its credentials otherwise than by `uid` and `gid`: a system call that does so has succeeded.
///
/// It fires after the call, once for each call and thread: the C library makes setgroups(2) in every thread, and each is an
/// event. As with [`UidEvent`](crate::UidEvent), setting what was there already is told. Of a task that is killed in the
/// call, a change is told right before its `exit`.
///
/// What else changes credentials is told by other events, or not at all:
///
/// | what | told |
/// |---|---|
/// | set*uid(2), set*gid(2), exec of a set-id file | as `uid` and `gid`, also where capabilities change with them |
/// | a child made with `CLONE_NEWUSER` | by the flags of its `init` and `clone` |
/// | exec of a file with capabilities | as `exec` |
/// | prctl(2): the bounding and ambient sets, securebits, `no_new_privs`; keyctl(2); labels of a security module | no |
///
/// ```
/// use watchers::{CredsChange, CredsEvent};
///
/// fn makes_itself_root(creds: &CredsEvent) -> bool {
///     creds.change == CredsChange::UserNamespace
/// }
///
/// assert!(makes_itself_root(&CredsEvent::new(CredsChange::UserNamespace)));
/// assert!(!makes_itself_root(&CredsEvent::new(CredsChange::Groups)));
/// ```
///
/// None of these fired anything in 2006.
#[doc(alias = "commit_creds")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredsEvent {
    /// What was changed.
    pub change: CredsChange,
}

impl CredsEvent {
    /// A change of this.
    pub const fn new(change: CredsChange) -> Self {
        Self { change }
    }
}

/// What a task has changed about its credentials, besides its ids.
///
/// ```
/// use watchers::CredsChange;
///
/// assert_eq!(CredsChange::Groups.to_string(), "groups");
/// assert_eq!(CredsChange::UserNamespace.name(), "user_namespace");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredsChange {
    /// The supplementary groups, by setgroups(2).
    #[doc(alias = "setgroups")]
    #[doc(alias = "group_info")]
    Groups,
    /// The effective, permitted and inheritable capabilities, by capset(2).
    #[doc(alias = "capset")]
    #[doc(alias = "kernel_cap_t")]
    Capabilities,
    /// The user namespace, and with it the meaning of all ids and capabilities: by unshare(2), or by setns(2) if another
    /// one was entered.
    #[doc(alias = "unshare")]
    #[doc(alias = "setns")]
    #[doc(alias = "CLONE_NEWUSER")]
    UserNamespace,
}

impl CredsChange {
    /// One word for it, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Capabilities => "capabilities",
            Self::UserNamespace => "user_namespace",
        }
    }
}

impl fmt::Display for CredsChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
