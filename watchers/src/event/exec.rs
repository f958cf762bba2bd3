//! [`ExecEvent`]: a task has loaded a program.
//!
//! *Does not* read anything by itself: what a program was given is in its memory and in /proc, and is read by the source
//! of the event ([`ExecImage`]) when a watcher asks.

use std::{ffi::OsString, fmt, path::PathBuf, rc::Rc};

use crate::Tid;

/// A task has loaded a program, and has not run its first instruction.
///
/// It fires once for each exec that succeeds; for a script, once, with the script's path. Where another thread than the
/// leader called exec, the `exit` and `free` of all other threads come first, and this task has the leader's tid from
/// now on.
///
/// What the program was given is read when it is asked for, and is `None` where it cannot be read: in a copy of the event, too, that
/// somebody has kept until the task ran on.
///
/// ```
/// use std::path::Path;
/// use watchers::{ExecEvent, Task};
///
/// fn is_compiler(_task: &Task, exec: &ExecEvent) -> bool {
///     exec.path().is_some_and(|path| Path::new(&path).file_name().is_some_and(|name| name == "cc"))
/// }
///
/// let exec = ExecEvent::new("/usr/bin/cc", ["cc", "-c", "main.c"]);
/// assert!(is_compiler(&Task::builder().build(), &exec));
/// assert_eq!(exec.environ(), None);
/// ```
#[doc(alias = "WATCH_TASK_EXEC")]
#[doc(alias = "PTRACE_EVENT_EXEC")]
#[doc(alias = "PROC_EVENT_EXEC")]
#[derive(Clone)]
#[non_exhaustive]
pub struct ExecEvent {
    /// The tid that the task had until now, where it was not the leader of its group.
    #[doc(alias = "PTRACE_GETEVENTMSG")]
    pub old_tid: Option<Tid>,
    image: Image,
}

#[derive(Clone)]
enum Image {
    Given(Rc<Given>),
    Read(Rc<dyn ExecImage>),
}

/// What a test says that the program was given.
#[derive(Clone, Default)]
struct Given {
    path: OsString,
    argv: Vec<OsString>,
    environ: Option<Vec<OsString>>,
    exe: Option<PathBuf>,
    cwd: Option<PathBuf>,
}

/// Reads what a program was given: implemented by a source of events, for [`ExecEvent::from_image`].
///
/// Each method is asked only when a watcher asks, at the exec stop, and answers `None` where it cannot read. What the
/// methods mean is said at those of [`ExecEvent`].
pub trait ExecImage {
    /// See [`ExecEvent::path`].
    fn path(&self) -> Option<OsString> {
        None
    }

    /// See [`ExecEvent::exe`].
    fn exe(&self) -> Option<PathBuf> {
        None
    }

    /// See [`ExecEvent::cwd`].
    fn cwd(&self) -> Option<PathBuf> {
        None
    }

    /// See [`ExecEvent::argv`].
    fn argv(&self) -> Option<Vec<OsString>> {
        None
    }

    /// See [`ExecEvent::environ`].
    fn environ(&self) -> Option<Vec<OsString>> {
        None
    }
}

impl ExecImage for Given {
    fn path(&self) -> Option<OsString> {
        Some(self.path.clone())
    }

    fn exe(&self) -> Option<PathBuf> {
        self.exe.clone()
    }

    fn cwd(&self) -> Option<PathBuf> {
        self.cwd.clone()
    }

    fn argv(&self) -> Option<Vec<OsString>> {
        Some(self.argv.clone())
    }

    fn environ(&self) -> Option<Vec<OsString>> {
        self.environ.clone()
    }
}

impl ExecEvent {
    /// An exec of this path with these arguments, for tests; all else cannot be read until it is given.
    pub fn new<A>(path: impl Into<OsString>, argv: A) -> Self
    where
        A: IntoIterator<Item: Into<OsString>>,
    {
        let argv = argv.into_iter().map(Into::into).collect();
        Self {
            old_tid: None,
            image: Image::Given(Rc::new(Given { path: path.into(), argv, ..Given::default() })),
        }
    }

    /// An exec whose program is read through `image`, for sources of events.
    pub fn from_image(image: Rc<dyn ExecImage>, old_tid: Option<Tid>) -> Self {
        Self { old_tid, image: Image::Read(image) }
    }

    /// The file as the caller named it: not resolved, and for a script the script.
    #[doc(alias = "AT_EXECFN")]
    pub fn path(&self) -> Option<OsString> {
        self.image().path()
    }

    /// The file that runs, resolved: for a script its interpreter.
    #[doc(alias = "/proc/pid/exe")]
    pub fn exe(&self) -> Option<PathBuf> {
        self.image().exe()
    }

    /// The working directory.
    #[doc(alias = "/proc/pid/cwd")]
    pub fn cwd(&self) -> Option<PathBuf> {
        self.image().cwd()
    }

    /// The arguments, the program's name first, never cut short.
    #[doc(alias = "/proc/pid/cmdline")]
    pub fn argv(&self) -> Option<Vec<OsString>> {
        self.image().argv()
    }

    /// The environment, each entry as `NAME=value`.
    #[doc(alias = "/proc/pid/environ")]
    pub fn environ(&self) -> Option<Vec<OsString>> {
        self.image().environ()
    }

    fn image(&self) -> &dyn ExecImage {
        match &self.image {
            Image::Given(given) => &**given,
            Image::Read(image) => &**image,
        }
    }
}

/// For tests: what else the program was given. An event that was made [`from_image`](ExecEvent::from_image) stays as it is.
impl ExecEvent {
    /// The same, called by a thread of this tid that was not the leader.
    #[must_use]
    pub fn with_old_tid(self, old_tid: Tid) -> Self {
        Self { old_tid: Some(old_tid), ..self }
    }

    /// The same, with this environment.
    #[must_use]
    pub fn with_environ<E>(self, environ: E) -> Self
    where
        E: IntoIterator<Item: Into<OsString>>,
    {
        let environ = environ.into_iter().map(Into::into).collect();
        self.give(|given| given.environ = Some(environ))
    }

    /// The same, with this resolved file.
    #[must_use]
    pub fn with_exe(self, exe: impl Into<PathBuf>) -> Self {
        self.give(|given| given.exe = Some(exe.into()))
    }

    /// The same, in this working directory.
    #[must_use]
    pub fn with_cwd(self, cwd: impl Into<PathBuf>) -> Self {
        self.give(|given| given.cwd = Some(cwd.into()))
    }

    fn give(mut self, change: impl FnOnce(&mut Given)) -> Self {
        if let Image::Given(given) = &mut self.image {
            change(Rc::make_mut(given));
        }
        self
    }
}

impl fmt::Debug for ExecEvent {
    /// Without the program: printing an event reads nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecEvent").field("old_tid", &self.old_tid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn tells_what_it_was_given() {
        let exec = ExecEvent::new("./script", ["./script", "-x"])
            .with_environ(["HOME=/"])
            .with_exe("/bin/sh")
            .with_cwd("/tmp")
            .with_old_tid(Tid::from_raw(12).unwrap());
        assert_eq!(exec.path(), Some("./script".into()));
        assert_eq!(exec.argv(), Some(vec!["./script".into(), "-x".into()]));
        assert_eq!(exec.environ(), Some(vec!["HOME=/".into()]));
        assert_eq!(exec.exe(), Some("/bin/sh".into()));
        assert_eq!(exec.cwd(), Some("/tmp".into()));
        assert_eq!(exec.old_tid.map(Tid::as_raw), Some(12));
    }

    #[test]
    fn what_was_not_given_cannot_be_read() {
        let exec = ExecEvent::new("x", [] as [&str; 0]);
        assert_eq!((exec.exe(), exec.cwd(), exec.environ()), (None, None, None));
        assert_eq!(exec.argv(), Some(vec![]));
    }

    #[test]
    fn reads_only_when_asked() {
        #[derive(Default)]
        struct Counting(Cell<u32>);
        impl ExecImage for Counting {
            fn path(&self) -> Option<OsString> {
                self.0.set(self.0.get() + 1);
                Some("/bin/true".into())
            }
        }
        let image = Rc::new(Counting::default());
        let exec = ExecEvent::from_image(image.clone(), None);
        assert_eq!(format!("{exec:?}"), "ExecEvent { old_tid: None, .. }");
        assert_eq!(image.0.get(), 0);
        assert_eq!(exec.path(), Some("/bin/true".into()));
        assert_eq!(image.0.get(), 1);
        assert_eq!(exec.argv(), None);
    }
}
