//! What comes with a signal.

use std::fmt;

use watchers::{Pid, Signal};

/// How many bytes the kernel has for it (asm-generic/siginfo.h `SI_MAX_SIZE`).
const SIZE: usize = 128;

/// A `siginfo_t`: which signal, where it came from, and what its sender has said.
///
/// What a field means depends on [`code`](Siginfo::code) (sigaction(2)); the bytes are the kernel's, and whatever is not
/// changed stays as it was.
///
/// ```
/// use process_runtime::Siginfo;
/// use watchers::Signal;
///
/// let info = Siginfo::new(Signal::SIGUSR1).with_code(libc::SI_QUEUE).with_value(7);
/// assert_eq!((info.signal(), info.code(), info.value()), (Signal::SIGUSR1, -1, Some(7)));
/// assert_eq!(info.address(), None, "nothing has gone wrong at an address");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "siginfo_t")]
pub struct Siginfo {
    signal: Signal,
    bytes: [u8; SIZE],
}

/// Where the fields are where a pointer has 64 bits (asm-generic/siginfo.h): the number, an errno, the code, and the
/// union of what senders say.
const CODE: usize = 8;
const SENDER_PID: usize = 16;
const SENDER_UID: usize = 20;
const VALUE: usize = 24;
const ADDRESS: usize = 16;

/// Signals that come of an instruction; with a code of theirs they have its address.
const FAULTS: [Signal; 5] =
    [Signal::SIGILL, Signal::SIGFPE, Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGTRAP];

/// What the union holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Who sent it.
    Kill,
    /// Who sent it, and a value.
    Queued,
    /// A timer, and a value.
    Timer,
    /// Who has ended or stopped.
    Child,
    /// Where it happened.
    Fault,
    Other,
}

impl Siginfo {
    /// As if this process had sent the signal by kill(2).
    pub fn new(signal: Signal) -> Siginfo {
        let info = Siginfo { signal, bytes: [0; SIZE] }.with_signal(signal);
        let pid = i32::try_from(std::process::id()).ok().and_then(Pid::from_raw);
        pid.map_or(info, |pid| info.with_sender(pid, rustix::process::getuid().as_raw()))
    }

    /// These bytes; none if they name no signal.
    pub fn from_bytes(bytes: [u8; 128]) -> Option<Siginfo> {
        let number = bytes.first_chunk().copied().map(i32::from_ne_bytes)?;
        Some(Siginfo { signal: Signal::from_raw(number)?, bytes })
    }

    /// All of it, as the kernel has it.
    pub fn as_bytes(&self) -> &[u8; 128] {
        &self.bytes
    }

    /// Which signal it is.
    #[doc(alias = "si_signo")]
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// Where it came from: `SI_USER`, `SI_QUEUE`, `SEGV_MAPERR`, …
    #[doc(alias = "si_code")]
    pub fn code(&self) -> i32 {
        i32::from_ne_bytes(self.field(CODE))
    }

    /// Who has sent it, and as which user; or which child a SIGCHLD is about. `None` where nobody is named.
    #[doc(alias("si_pid", "si_uid"))]
    pub fn sender(&self) -> Option<(Pid, u32)> {
        let has_one = matches!(self.layout(), Layout::Kill | Layout::Queued | Layout::Child);
        let pid = Pid::from_raw(i32::from_ne_bytes(self.field(SENDER_PID))).filter(|_| has_one)?;
        Some((pid, u32::from_ne_bytes(self.field(SENDER_UID))))
    }

    /// What sigqueue(3), a timer, or a message queue has said.
    #[doc(alias("si_value", "si_ptr", "si_int"))]
    pub fn value(&self) -> Option<u64> {
        let has_one = matches!(self.layout(), Layout::Queued | Layout::Timer);
        has_one.then(|| u64::from_ne_bytes(self.field(VALUE)))
    }

    /// Where it went wrong, of a fault.
    #[doc(alias = "si_addr")]
    pub fn address(&self) -> Option<u64> {
        (self.layout() == Layout::Fault).then(|| u64::from_ne_bytes(self.field(ADDRESS)))
    }

    /// The same of another signal.
    #[must_use]
    pub fn with_signal(self, signal: Signal) -> Siginfo {
        Siginfo { signal, ..self.with_field(0, signal.as_raw().to_ne_bytes()) }
    }

    /// The same from elsewhere.
    #[must_use]
    pub fn with_code(self, code: i32) -> Siginfo {
        self.with_field(CODE, code.to_ne_bytes())
    }

    /// The same by somebody else.
    #[must_use]
    pub fn with_sender(self, pid: Pid, uid: u32) -> Siginfo {
        self.with_field(SENDER_PID, pid.as_raw().to_ne_bytes()).with_field(SENDER_UID, uid.to_ne_bytes())
    }

    /// The same with another value.
    #[must_use]
    pub fn with_value(self, value: u64) -> Siginfo {
        self.with_field(VALUE, value.to_ne_bytes())
    }

    /// The same fault elsewhere.
    #[must_use]
    pub fn with_address(self, address: u64) -> Siginfo {
        self.with_field(ADDRESS, address.to_ne_bytes())
    }

    /// KERNEL: kernel/signal.c `siginfo_layout`.
    fn layout(&self) -> Layout {
        match self.code() {
            libc::SI_USER | libc::SI_KERNEL => Layout::Kill,
            libc::SI_TIMER => Layout::Timer,
            libc::SI_SIGIO => Layout::Other,
            code if code < 0 => Layout::Queued,
            _ if FAULTS.contains(&self.signal) => Layout::Fault,
            _ if self.signal == Signal::SIGCHLD => Layout::Child,
            _ => Layout::Other,
        }
    }

    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        self.bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
    }

    fn with_field<const N: usize>(mut self, at: usize, value: [u8; N]) -> Siginfo {
        if let Some(field) = self.bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            *field = value;
        }
        self
    }
}

impl fmt::Debug for Siginfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Siginfo");
        fields.field("signal", &self.signal).field("code", &self.code()).field("sender", &self.sender());
        fields.field("value", &self.value()).field("address", &self.address()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_code_says_is_there() {
        let pid = Pid::from_raw(7).unwrap();
        let of = |signal, code| Siginfo::new(signal).with_code(code).with_value(9).with_sender(pid, 5);
        let (usr1, segv, chld) = (Signal::SIGUSR1, Signal::SIGSEGV, Signal::SIGCHLD);
        let sender = Some((pid, 5));
        let address = Some(5 << 32 | 7);
        let table = [
            (of(usr1, libc::SI_USER), sender, None, None),
            (of(usr1, libc::SI_TKILL), sender, Some(9), None),
            (of(usr1, libc::SI_QUEUE), sender, Some(9), None),
            (of(usr1, libc::SI_TIMER), None, Some(9), None),
            (of(usr1, libc::SI_KERNEL), sender, None, None),
            (of(segv, libc::SI_USER), sender, None, None),
            (of(segv, 1), None, None, address),
            (of(chld, libc::CLD_EXITED), sender, None, None),
            (of(Signal::SIGIO, 1), None, None, None),
        ];
        for (info, sender, value, address) in table {
            assert_eq!((info.sender(), info.value(), info.address()), (sender, value, address), "{info:?}");
            assert_eq!(Siginfo::from_bytes(*info.as_bytes()), Some(info));
        }
        assert_eq!(Siginfo::from_bytes([0; SIZE]), None);
    }

    #[test]
    fn the_fields_are_where_the_kernel_has_them() {
        let pid = Pid::from_raw(7).unwrap();
        let info = Siginfo::new(Signal::SIGUSR2).with_code(libc::SI_QUEUE).with_sender(pid, 5).with_value(9);
        let bytes = info.as_bytes();
        let int = |at: usize| i32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!([0, 4, 8, 16, 20, 24].map(int), [libc::SIGUSR2, 0, -1, 7, 5, 9]);
        assert_eq!(bytes.len(), size_of::<libc::siginfo_t>());
    }
}
