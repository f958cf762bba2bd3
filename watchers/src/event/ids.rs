//! [`UidEvent`] and [`GidEvent`]: a task has set user or group ids.

/// The four ids of one sort (user or group) that a task has, as credentials(7) lists them.
///
/// They are those of the supervisor's user namespace.
///
/// ```
/// use watchers::Ids;
///
/// let set_user = Ids::new(1000, 0, 0, 0);
/// assert_eq!((set_user.real, set_user.effective), (1000, 0));
/// ```
#[doc(alias = "cred")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Ids {
    /// Who the task belongs to.
    #[doc(alias = "uid")]
    #[doc(alias = "gid")]
    pub real: u32,
    /// Who it acts as.
    #[doc(alias = "euid")]
    #[doc(alias = "egid")]
    pub effective: u32,
    /// Who it can go back to be.
    #[doc(alias = "suid")]
    #[doc(alias = "sgid")]
    pub saved: u32,
    /// Who it opens files as: the effective id, unless setfsuid(2) or setfsgid(2) was used.
    #[doc(alias = "fsuid")]
    #[doc(alias = "fsgid")]
    pub fs: u32,
}

impl Ids {
    /// These four ids.
    pub const fn new(real: u32, effective: u32, saved: u32, fs: u32) -> Self {
        Self { real, effective, saved, fs }
    }
}

macro_rules! ids_event {
    ($(#[$meta:meta])* $Event:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $Event {
            /// The ids before.
            pub old: Ids,
            /// The ids now; they may be the same, as the event tells of the call.
            pub new: Ids,
        }

        impl $Event {
            /// A change from `old` to `new`.
            pub const fn new(old: Ids, new: Ids) -> Self {
                Self { old, new }
            }
        }
    };
}

ids_event! {
    /// A task has set user ids: setuid(2), setreuid(2), setresuid(2) or setfsuid(2) has returned, or an exec of a
    /// set-user-id file.
    ///
    /// It fires for every call that succeeds, also where nothing changed. To the kernel it is one thread's matter: the C
    /// library makes the call in every thread, and each is an event.
    ///
    /// The exec of a set-user-id file was no such event in 2006; a watcher of ids that does not hear of it is of
    /// little use.
    ///
    /// ```
    /// use watchers::{Ids, UidEvent};
    ///
    /// fn becomes_root(uid: &UidEvent) -> bool {
    ///     uid.old.effective != 0 && uid.new.effective == 0
    /// }
    ///
    /// let user = Ids::new(1000, 1000, 1000, 1000);
    /// assert!(becomes_root(&UidEvent::new(user, Ids::new(1000, 0, 0, 0))));
    /// assert!(!becomes_root(&UidEvent::new(user, user)));
    /// ```
    #[doc(alias = "WATCH_TASK_UID")]
    #[doc(alias = "PROC_EVENT_UID")]
    UidEvent
}

ids_event! {
    /// A task has set group ids: setgid(2), setregid(2), setresgid(2) or setfsgid(2) has returned, or an exec of a
    /// set-group-id file.
    ///
    /// As [`UidEvent`] in all. setgroups(2) is a [`CredsEvent`](crate::CredsEvent).
    ///
    /// ```
    /// use watchers::{GidEvent, Ids};
    ///
    /// let event = GidEvent::new(Ids::new(0, 0, 0, 0), Ids::new(100, 100, 100, 100));
    /// assert_ne!(event.old, event.new);
    /// ```
    #[doc(alias = "WATCH_TASK_GID")]
    #[doc(alias = "PROC_EVENT_GID")]
    GidEvent
}
