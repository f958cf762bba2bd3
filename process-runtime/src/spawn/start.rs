//! One spawn, as the calling thread does it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Child as StdChild, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{PidfdFlags, pidfd_open};
use watchers::{Errno, Pid, TaskId, Tid};

use super::Launcher;
use crate::child::{Child, Progress};
use crate::error::{Error, ErrorKind, SpawnStage};
use crate::filter::Instruction;
use crate::sys::gate::{self, FILTER_FAILED, Gate};
use crate::sys::signal::Mask;
use crate::tracer::{Line, Seat};

/// Runs `command` under the tracer at the other end of `line`.
pub(crate) fn spawn(
    line: &Line,
    launcher: &Launcher,
    program: Vec<Instruction>,
    command: Command,
) -> Result<Child, Error> {
    let id = line.ask(|tracer| tracer.admit())??;
    let spawned = Spawn::begin(line, id, launcher, program, command).and_then(Spawn::finish);
    if let Err(error) = &spawned {
        let errno = Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO));
        // A command that was traced has had its own end; then there is nothing to abandon.
        line.post(move |tracer| tracer.abandon(id, errno))?;
    }
    spawned
}

/// A command on its way from fork to exec.
struct Spawn<'a> {
    line: &'a Line,
    id: TaskId,
    /// What the child says: its pid, then perhaps why the filter failed.
    report: File,
    /// A byte on it opens the gate, closing it ends the child.
    go: Option<OwnedFd>,
    answer: Receiver<io::Result<StdChild>>,
}

impl<'a> Spawn<'a> {
    fn begin(
        line: &'a Line,
        id: TaskId,
        launcher: &Launcher,
        program: Vec<Instruction>,
        mut command: Command,
    ) -> Result<Spawn<'a>, Error> {
        let (report, their_report) = pipe()?;
        let (their_go, go) = pipe()?;
        // The child's ends belong to the command, and are closed with it when it was forked.
        gate::install(
            &mut command,
            Gate { report: their_report, go: their_go, mask: Mask::current(), program },
        );
        let (send, answer) = sync_channel(1);
        launcher.launch(command, send);
        Ok(Spawn { line, id, report: report.into(), go: Some(go), answer })
    }

    fn finish(mut self) -> Result<Child, Error> {
        match self.word().and_then(Tid::from_raw).zip(Progress::new().ok()) {
            Some((tid, progress)) => self.trace(tid, progress),
            None => Err(self.not_made()),
        }
    }

    /// The next word of the report; `None` at its end.
    fn word(&mut self) -> Option<i32> {
        let mut bytes = [0; 4];
        self.report.read_exact(&mut bytes).ok()?;
        Some(i32::from_ne_bytes(bytes))
    }

    /// The child waits at its gate.
    fn trace(mut self, tid: Tid, progress: Arc<Progress>) -> Result<Child, Error> {
        let pidfd = rustix::process::Pid::from_raw(tid.as_raw())
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
            .map_err(|errno| Error::os("pidfd_open", Errno::from_raw(errno.raw_os_error())))?;
        let pid = Pid::from_raw(tid.as_raw()).ok_or(ErrorKind::Gone)?;
        let go = self.go.take().ok_or(ErrorKind::Gone)?;
        let seat = Seat { id: self.id, tid, pid, go, progress: progress.clone() };
        let seized = self.line.ask(move |tracer| tracer.seize(seat));
        let launched = self.answer.recv().map_err(|_| Error::from(ErrorKind::Gone))?;
        seized?.map_err(|errno| Error::spawn(SpawnStage::Seize, errno.into()).with_tid(tid))?;
        let mut child = launched.map_err(|cause| self.not_executed(cause))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        Ok(Child { pid: tid, pidfd, progress, stdin, stdout, stderr })
    }

    /// Nobody came to the gate.
    fn not_made(self) -> Error {
        match self.answer.recv() {
            Ok(Err(cause)) => Error::spawn(SpawnStage::Prepare, cause),
            Ok(Ok(mut child)) => {
                let _ = child.wait();
                Error::spawn(SpawnStage::Prepare, io::Error::other("the command ended before its exec"))
            }
            Err(_) => ErrorKind::Gone.into(),
        }
    }

    fn not_executed(&mut self, cause: io::Error) -> Error {
        match self.word() {
            Some(FILTER_FAILED) => Error::spawn(SpawnStage::Filter, cause),
            _ => Error::spawn(SpawnStage::Exec, cause),
        }
    }
}

/// A close-on-exec pipe above the standard descriptors, which the command's own set-up overwrites.
fn pipe() -> Result<(OwnedFd, OwnedFd), Error> {
    let failed = |errno: rustix::io::Errno| Error::os("pipe", Errno::from_raw(errno.raw_os_error()));
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
    Ok((above_standard(read).map_err(failed)?, above_standard(write).map_err(failed)?))
}

fn above_standard(fd: OwnedFd) -> rustix::io::Result<OwnedFd> {
    if fd.as_raw_fd() > 2 { Ok(fd) } else { rustix::io::fcntl_dupfd_cloexec(&fd, 3) }
}
