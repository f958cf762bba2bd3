//! The address spaces in which return points are armed: who shares them, and the bytes in their text.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::rc::Rc;

use watchers::{Errno, Pid, TaskId, Tid};

use super::points::{Known, Points, Write};
use crate::arch::TRAP;
use crate::task::PidMap;

/// The address spaces of a supervisor's processes that are of interest: where a point was armed, and where two processes share
/// one (vfork, `CLONE_VM`). Nearly always empty.
#[derive(Debug, Default)]
pub(crate) struct Spaces(RefCell<PidMap<Rc<Space>>>);

/// One address space.
#[derive(Debug, Default)]
pub(crate) struct Space {
    points: RefCell<Points>,
    /// Its memory, while a point is armed.
    ///
    /// KERNEL: `/proc/TID/mem` is that of the address space that the task had when it was opened, whatever becomes of the
    /// task and of its permissions (fs/proc/base.c `proc_mem_open`), and is written to also where the task may not write,
    /// in a copy of the page of its own (`FOLL_FORCE`).
    memory: RefCell<Option<File>>,
    /// The tasks that are known to block SIGTRAP, while a point is armed.
    shy: RefCell<HashSet<Tid>>,
}

impl Spaces {
    /// The address space of a process.
    pub(crate) fn of(&self, pid: Pid) -> Rc<Space> {
        self.0.borrow_mut().entry(pid).or_default().clone()
    }

    /// The same, if there was ever anything to know of it.
    #[cold]
    pub(crate) fn known(&self, pid: Pid) -> Option<Rc<Space>> {
        self.0.borrow().get(&pid).cloned()
    }

    /// The processes that have this address space.
    pub(crate) fn processes(&self, space: &Rc<Space>) -> Vec<Pid> {
        let spaces = self.0.borrow();
        spaces.iter().filter(|(_, other)| Rc::ptr_eq(other, space)).map(|(pid, _)| *pid).collect()
    }

    /// A process was made that has the memory of its creator.
    pub(crate) fn share(&self, child: Pid, creator: Pid) {
        let space = self.of(creator);
        self.0.borrow_mut().insert(child, space);
    }

    /// The process has another address space from now on, or is gone. Whoever shares the old one keeps it.
    #[cold]
    pub(crate) fn leave(&self, pid: Pid) {
        self.0.borrow_mut().remove(&pid);
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Puts what is below the traps into bytes that were read.
    pub(crate) fn conceal(&self, pid: Pid, start: u64, bytes: &mut [u8]) {
        if let Some(space) = self.known(pid) {
            space.points.borrow().conceal(start, bytes);
        }
    }

    /// These bytes were written: traps that they have replaced are put back over them.
    pub(crate) fn rewritten(&self, pid: Pid, start: u64, bytes: &[u8]) {
        let Some(space) = self.known(pid) else { return };
        let hidden = space.points.borrow_mut().rewritten(start, bytes);
        for address in hidden {
            let write = space.points.borrow().put_back(address);
            // Where that fails nobody hits it: the task is served at its next stop.
            let _ = space.write(address, write);
        }
    }
}

impl Space {
    pub(crate) fn known_at(&self, address: u64) -> Known {
        self.points.borrow().known(address)
    }

    /// Puts a trap where a call of `owner` returns, which is `tid`.
    ///
    /// # Errors
    ///
    /// EACCES, EPERM: its memory is not ours to write. EIO: not there. EMFILE.
    pub(crate) fn arm(&self, tid: Tid, address: u64, owner: TaskId) -> Result<(), Errno> {
        self.open(tid)?;
        let byte = self.byte(address)?;
        let write = self.points.borrow_mut().arm(address, byte, owner);
        let written = self.write(address, write);
        if written.is_err() {
            self.release(address, owner);
        }
        written
    }

    /// `owner` does not wait for this point any more. Of an address space that is gone nothing is left to be put back.
    pub(crate) fn release(&self, address: u64, owner: TaskId) {
        let write = self.points.borrow_mut().release(address, owner);
        let _ = self.write(address, write);
        if !self.points.borrow().is_armed() {
            self.memory.take();
            self.shy.take();
        }
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.points.borrow().is_armed()
    }

    /// This task blocks SIGTRAP.
    pub(crate) fn add_shy(&self, tid: Tid) {
        self.shy.borrow_mut().insert(tid);
    }

    pub(crate) fn is_shy(&self, tid: Tid) -> bool {
        self.shy.borrow().contains(&tid)
    }

    /// Takes the trap away for the moment in which somebody passes it.
    pub(crate) fn lift(&self, address: u64) {
        let write = self.points.borrow().lift(address);
        let _ = self.write(address, write);
    }

    /// Puts it back. Who may have passed meanwhile.
    pub(crate) fn put_back(&self, address: u64) -> Vec<TaskId> {
        let write = self.points.borrow().put_back(address);
        let _ = self.write(address, write);
        self.points.borrow().owners(address)
    }

    /// `creator` has made a child that has a copy of this memory, and perhaps of its traps: of those that were armed then,
    /// which are not always those that are armed now.
    pub(crate) fn heal_copy(&self, child: Tid, creator: Tid) {
        let points: Vec<_> = self.points.borrow().all().collect();
        let copy = Space::default();
        for (address, original) in points {
            if !self.has_a_trap_of_its_own(creator, address) {
                // ESRCH: it was killed.
                let _ = copy.heal(child, address, original);
            }
        }
    }

    fn heal(&self, child: Tid, address: u64, original: u8) -> Result<(), Errno> {
        self.open(child)?;
        self.write(address, Write::Byte { byte: original, over: TRAP })
    }

    /// Whether a trap stands there that is not ours.
    pub(crate) fn has_a_trap_of_its_own(&self, tid: Tid, address: u64) -> bool {
        self.known_at(address) != Known::Armed && self.byte_of(tid, address) == Some(TRAP)
    }

    /// What is there now, by whatever way there is.
    fn byte_of(&self, tid: Tid, address: u64) -> Option<u8> {
        if let Ok(byte) = self.byte(address) {
            return Some(byte);
        }
        let mut byte = [0];
        let file = open(tid).ok()?;
        file.read_exact_at(&mut byte, address).ok()?;
        Some(byte[0])
    }

    fn open(&self, tid: Tid) -> Result<(), Errno> {
        let mut memory = self.memory.borrow_mut();
        if memory.is_none() {
            *memory = Some(open(tid)?);
        }
        Ok(())
    }

    fn byte(&self, address: u64) -> Result<u8, Errno> {
        let mut byte = [0];
        let memory = self.memory.borrow();
        let file = memory.as_ref().ok_or(Errno::EBADF)?;
        file.read_exact_at(&mut byte, address).map_err(|cause| errno(&cause))?;
        Ok(byte[0])
    }

    fn write(&self, address: u64, write: Write) -> Result<(), Errno> {
        let Write::Byte { byte, over } = write else { return Ok(()) };
        if self.byte(address)? != over {
            // Somebody has written something else there, which is not ours to replace.
            return Ok(());
        }
        let memory = self.memory.borrow();
        let file = memory.as_ref().ok_or(Errno::EBADF)?;
        file.write_all_at(&[byte], address).map_err(|cause| errno(&cause))
    }
}

fn open(tid: Tid) -> Result<File, Errno> {
    File::options().read(true).write(true).open(format!("/proc/{tid}/mem")).map_err(|cause| errno(&cause))
}

fn errno(cause: &io::Error) -> Errno {
    Errno::from_raw(cause.raw_os_error().unwrap_or(libc::EIO))
}
