//! One spawn, as the calling thread does it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Child as StdChild, Command};
use std::sync::mpsc::{Receiver, sync_channel};

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{PidfdFlags, pidfd_open};
use watchers::{Errno, Pid, TaskId, Tid};

use super::Launcher;
use crate::child::{Child, Progress};
use crate::error::{Error, ErrorKind, Named, SpawnStage};
use crate::filter::Instruction;
use crate::sys::gate::{self, FILTER_FAILED, Gate};
use crate::sys::signal::Mask;
use crate::tracer::{Admission, Line, Seat};

/// Runs `command` under the tracer at the other end of `line`.
pub(crate) fn spawn(line: &Line, launcher: &Launcher, command: Command) -> Result<Child, Error> {
    let Admission { id, program } = line.ask(|tracer| tracer.admit())??;
    let named = Named::new(&command);
    let spawned = Spawn::begin(line, id, launcher, program, command).and_then(Spawn::finish);
    if let Err(error) = &spawned {
        let errno = Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO));
        // A command that was traced has had its own end; then there is nothing to abandon.
        line.post(move |tracer| tracer.abandon(id, errno))?;
    }
    spawned.map_err(|error| error.of_command(named))
}

/// A command on its way from fork to exec.
struct Spawn<'a> {
    line: &'a Line,
    id: TaskId,
    /// Where the child says its pid, or that its filter failed.
    report: File,
    /// A byte on it opens the gate, closing it ends the child.
    go: OwnedFd,
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
        let (report, report_to) = pipe()?;
        let (go_from, go) = pipe()?;
        // The child's ends belong to the command, and are closed with it when it was forked.
        let theirs = [report.as_raw_fd(), go.as_raw_fd()];
        let mask = Mask::current();
        gate::install(&mut command, Gate { report: report_to, go: go_from, theirs, mask, program });
        let (send, answer) = sync_channel(1);
        launcher.launch(command, send);
        Ok(Spawn { line, id, report: report.into(), go, answer })
    }

    fn finish(mut self) -> Result<Child, Error> {
        match self.word() {
            Some(FILTER_FAILED) => Err(self.not_made(SpawnStage::Filter)),
            Some(pid) => match Tid::from_raw(pid) {
                Some(tid) => self.trace(tid),
                None => Err(self.not_made(SpawnStage::Prepare)),
            },
            None => Err(self.not_made(SpawnStage::Prepare)),
        }
    }

    /// The child's word; `None` if it ended without one.
    fn word(&mut self) -> Option<i32> {
        let mut bytes = [0; 4];
        self.report.read_exact(&mut bytes).ok()?;
        Some(i32::from_ne_bytes(bytes))
    }

    /// The child waits at its gate.
    fn trace(self, tid: Tid) -> Result<Child, Error> {
        let (pid, pidfd, progress) =
            (Pid::from_raw(tid.as_raw()).ok_or(ErrorKind::Gone)?, pidfd(tid)?, Progress::new()?);
        let seat = Seat { id: self.id, tid, pid, go: self.go, progress: progress.clone() };
        let seized = self.line.ask(move |tracer| tracer.seize(seat))?;
        let launched = self.answer.recv().map_err(|_| Error::from(ErrorKind::Gone))?;
        seized.map_err(|errno| Error::spawn(SpawnStage::Seize, errno.into()).with_tid(tid))?;
        let mut child = launched.map_err(|cause| Error::spawn(SpawnStage::Exec, cause))?;
        // std knows nothing of it: see `tracer/before_exec.rs`.
        if let Some(errno) = progress.not_executed() {
            return Err(Error::spawn(SpawnStage::Exec, errno.into()));
        }
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        Ok(Child { tid, pid, pidfd, progress, stdin, stdout, stderr })
    }

    /// Nobody came to the gate.
    fn not_made(self, stage: SpawnStage) -> Error {
        drop(self.go);
        match self.answer.recv() {
            Ok(Err(cause)) => Error::spawn(stage, cause),
            Ok(Ok(mut child)) => {
                let _ = child.wait();
                Error::spawn(stage, io::Error::other("the command ended before its exec"))
            }
            Err(_) => ErrorKind::Gone.into(),
        }
    }
}

fn pidfd(tid: Tid) -> Result<OwnedFd, Error> {
    rustix::process::Pid::from_raw(tid.as_raw())
        .ok_or(rustix::io::Errno::SRCH)
        .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
        .map_err(|errno| Error::os("pidfd_open", Errno::from_raw(errno.raw_os_error())))
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
