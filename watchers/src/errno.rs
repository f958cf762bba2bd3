//! [`Errno`]: a reason why the kernel refuses, by its kernel name.
//!
//! The numbers come from `libc` (they differ between architectures); the texts are those of the kernel's
//! `include/uapi/asm-generic/errno-base.h` and `errno.h`.

use std::{error::Error, fmt, io};

/// An error number of Linux, as errno(3) lists them.
///
/// It prints as its name. The message of the C library is that of [`io::Error`].
///
/// ```
/// use std::io;
/// use watchers::Errno;
///
/// assert_eq!(Errno::EAGAIN.to_string(), "EAGAIN");
/// assert_eq!(format!("{:?}", Errno::EAGAIN), "EAGAIN(11)");
/// assert_eq!(Errno::from_raw(13), Errno::EACCES);
/// assert_eq!(Errno::from_name("ENOMEM"), Some(Errno::ENOMEM));
/// assert_eq!(io::Error::from(Errno::ENOENT).kind(), io::ErrorKind::NotFound);
/// ```
#[doc(alias = "errno")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errno(i32);

impl Errno {
    /// The largest number that the kernel can return from a system call as an error.
    #[doc(alias = "MAX_ERRNO")]
    pub const MAX: Errno = Errno(4095);

    /// The error with this number; any number is accepted, as the kernel may know more than [`name`](Self::name) does.
    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// The number: positive for every error of the kernel.
    pub const fn as_raw(self) -> i32 {
        self.0
    }

    /// Whether a system call can return it: 1 to 4095.
    pub(crate) const fn is_returnable(self) -> bool {
        self.0 >= 1 && self.0 <= Self::MAX.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name}({})", self.0),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

impl Error for Errno {}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(errno.0)
    }
}

macro_rules! errnos {
    ($($name:ident = $raw:expr, $text:literal;)* => $($alias:ident = $of:ident;)*) => {
        impl Errno {
            $(#[doc = concat!($text, ".")] pub const $name: Errno = Errno($raw);)*
            $(#[doc = concat!("Another name of [`", stringify!($of), "`](Self::", stringify!($of), ").")]
              pub const $alias: Errno = Self::$of;)*

            /// The kernel's name, such as `"EAGAIN"`; `None` for a number without one.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// The error of this name, other names (`EWOULDBLOCK`) included; `None` for a name that is none.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    $(stringify!($alias) => Some(Self::$alias),)*
                    _ => None,
                }
            }
        }

        /// Every number that has a name.
        #[cfg(test)]
        const NAMED: &[Errno] = &[$(Errno::$name),*];
    };
}

errnos! {
    EPERM = libc::EPERM, "Operation not permitted";
    ENOENT = libc::ENOENT, "No such file or directory";
    ESRCH = libc::ESRCH, "No such process";
    EINTR = libc::EINTR, "Interrupted system call";
    EIO = libc::EIO, "I/O error";
    ENXIO = libc::ENXIO, "No such device or address";
    E2BIG = libc::E2BIG, "Argument list too long";
    ENOEXEC = libc::ENOEXEC, "Exec format error";
    EBADF = libc::EBADF, "Bad file number";
    ECHILD = libc::ECHILD, "No child processes";
    EAGAIN = libc::EAGAIN, "Try again";
    ENOMEM = libc::ENOMEM, "Out of memory";
    EACCES = libc::EACCES, "Permission denied";
    EFAULT = libc::EFAULT, "Bad address";
    ENOTBLK = libc::ENOTBLK, "Block device required";
    EBUSY = libc::EBUSY, "Device or resource busy";
    EEXIST = libc::EEXIST, "File exists";
    EXDEV = libc::EXDEV, "Cross-device link";
    ENODEV = libc::ENODEV, "No such device";
    ENOTDIR = libc::ENOTDIR, "Not a directory";
    EISDIR = libc::EISDIR, "Is a directory";
    EINVAL = libc::EINVAL, "Invalid argument";
    ENFILE = libc::ENFILE, "File table overflow";
    EMFILE = libc::EMFILE, "Too many open files";
    ENOTTY = libc::ENOTTY, "Not a typewriter";
    ETXTBSY = libc::ETXTBSY, "Text file busy";
    EFBIG = libc::EFBIG, "File too large";
    ENOSPC = libc::ENOSPC, "No space left on device";
    ESPIPE = libc::ESPIPE, "Illegal seek";
    EROFS = libc::EROFS, "Read-only file system";
    EMLINK = libc::EMLINK, "Too many links";
    EPIPE = libc::EPIPE, "Broken pipe";
    EDOM = libc::EDOM, "Math argument out of domain of func";
    ERANGE = libc::ERANGE, "Math result not representable";
    EDEADLK = libc::EDEADLK, "Resource deadlock would occur";
    ENAMETOOLONG = libc::ENAMETOOLONG, "File name too long";
    ENOLCK = libc::ENOLCK, "No record locks available";
    ENOSYS = libc::ENOSYS, "Invalid system call number";
    ENOTEMPTY = libc::ENOTEMPTY, "Directory not empty";
    ELOOP = libc::ELOOP, "Too many symbolic links encountered";
    ENOMSG = libc::ENOMSG, "No message of desired type";
    EIDRM = libc::EIDRM, "Identifier removed";
    ECHRNG = libc::ECHRNG, "Channel number out of range";
    EL2NSYNC = libc::EL2NSYNC, "Level 2 not synchronized";
    EL3HLT = libc::EL3HLT, "Level 3 halted";
    EL3RST = libc::EL3RST, "Level 3 reset";
    ELNRNG = libc::ELNRNG, "Link number out of range";
    EUNATCH = libc::EUNATCH, "Protocol driver not attached";
    ENOCSI = libc::ENOCSI, "No CSI structure available";
    EL2HLT = libc::EL2HLT, "Level 2 halted";
    EBADE = libc::EBADE, "Invalid exchange";
    EBADR = libc::EBADR, "Invalid request descriptor";
    EXFULL = libc::EXFULL, "Exchange full";
    ENOANO = libc::ENOANO, "No anode";
    EBADRQC = libc::EBADRQC, "Invalid request code";
    EBADSLT = libc::EBADSLT, "Invalid slot";
    EBFONT = libc::EBFONT, "Bad font file format";
    ENOSTR = libc::ENOSTR, "Device not a stream";
    ENODATA = libc::ENODATA, "No data available";
    ETIME = libc::ETIME, "Timer expired";
    ENOSR = libc::ENOSR, "Out of streams resources";
    ENONET = libc::ENONET, "Machine is not on the network";
    ENOPKG = libc::ENOPKG, "Package not installed";
    EREMOTE = libc::EREMOTE, "Object is remote";
    ENOLINK = libc::ENOLINK, "Link has been severed";
    EADV = libc::EADV, "Advertise error";
    ESRMNT = libc::ESRMNT, "Srmount error";
    ECOMM = libc::ECOMM, "Communication error on send";
    EPROTO = libc::EPROTO, "Protocol error";
    EMULTIHOP = libc::EMULTIHOP, "Multihop attempted";
    EDOTDOT = libc::EDOTDOT, "RFS specific error";
    EBADMSG = libc::EBADMSG, "Not a data message";
    EOVERFLOW = libc::EOVERFLOW, "Value too large for defined data type";
    ENOTUNIQ = libc::ENOTUNIQ, "Name not unique on network";
    EBADFD = libc::EBADFD, "File descriptor in bad state";
    EREMCHG = libc::EREMCHG, "Remote address changed";
    ELIBACC = libc::ELIBACC, "Can not access a needed shared library";
    ELIBBAD = libc::ELIBBAD, "Accessing a corrupted shared library";
    ELIBSCN = libc::ELIBSCN, ".lib section in a.out corrupted";
    ELIBMAX = libc::ELIBMAX, "Attempting to link in too many shared libraries";
    ELIBEXEC = libc::ELIBEXEC, "Cannot exec a shared library directly";
    EILSEQ = libc::EILSEQ, "Illegal byte sequence";
    ERESTART = libc::ERESTART, "Interrupted system call should be restarted";
    ESTRPIPE = libc::ESTRPIPE, "Streams pipe error";
    EUSERS = libc::EUSERS, "Too many users";
    ENOTSOCK = libc::ENOTSOCK, "Socket operation on non-socket";
    EDESTADDRREQ = libc::EDESTADDRREQ, "Destination address required";
    EMSGSIZE = libc::EMSGSIZE, "Message too long";
    EPROTOTYPE = libc::EPROTOTYPE, "Protocol wrong type for socket";
    ENOPROTOOPT = libc::ENOPROTOOPT, "Protocol not available";
    EPROTONOSUPPORT = libc::EPROTONOSUPPORT, "Protocol not supported";
    ESOCKTNOSUPPORT = libc::ESOCKTNOSUPPORT, "Socket type not supported";
    EOPNOTSUPP = libc::EOPNOTSUPP, "Operation not supported on transport endpoint";
    EPFNOSUPPORT = libc::EPFNOSUPPORT, "Protocol family not supported";
    EAFNOSUPPORT = libc::EAFNOSUPPORT, "Address family not supported by protocol";
    EADDRINUSE = libc::EADDRINUSE, "Address already in use";
    EADDRNOTAVAIL = libc::EADDRNOTAVAIL, "Cannot assign requested address";
    ENETDOWN = libc::ENETDOWN, "Network is down";
    ENETUNREACH = libc::ENETUNREACH, "Network is unreachable";
    ENETRESET = libc::ENETRESET, "Network dropped connection because of reset";
    ECONNABORTED = libc::ECONNABORTED, "Software caused connection abort";
    ECONNRESET = libc::ECONNRESET, "Connection reset by peer";
    ENOBUFS = libc::ENOBUFS, "No buffer space available";
    EISCONN = libc::EISCONN, "Transport endpoint is already connected";
    ENOTCONN = libc::ENOTCONN, "Transport endpoint is not connected";
    ESHUTDOWN = libc::ESHUTDOWN, "Cannot send after transport endpoint shutdown";
    ETOOMANYREFS = libc::ETOOMANYREFS, "Too many references: cannot splice";
    ETIMEDOUT = libc::ETIMEDOUT, "Connection timed out";
    ECONNREFUSED = libc::ECONNREFUSED, "Connection refused";
    EHOSTDOWN = libc::EHOSTDOWN, "Host is down";
    EHOSTUNREACH = libc::EHOSTUNREACH, "No route to host";
    EALREADY = libc::EALREADY, "Operation already in progress";
    EINPROGRESS = libc::EINPROGRESS, "Operation now in progress";
    ESTALE = libc::ESTALE, "Stale file handle";
    EUCLEAN = libc::EUCLEAN, "Structure needs cleaning";
    ENOTNAM = libc::ENOTNAM, "Not a XENIX named type file";
    ENAVAIL = libc::ENAVAIL, "No XENIX semaphores available";
    EISNAM = libc::EISNAM, "Is a named type file";
    EREMOTEIO = libc::EREMOTEIO, "Remote I/O error";
    EDQUOT = libc::EDQUOT, "Quota exceeded";
    ENOMEDIUM = libc::ENOMEDIUM, "No medium found";
    EMEDIUMTYPE = libc::EMEDIUMTYPE, "Wrong medium type";
    ECANCELED = libc::ECANCELED, "Operation Canceled";
    ENOKEY = libc::ENOKEY, "Required key not available";
    EKEYEXPIRED = libc::EKEYEXPIRED, "Key has expired";
    EKEYREVOKED = libc::EKEYREVOKED, "Key has been revoked";
    EKEYREJECTED = libc::EKEYREJECTED, "Key was rejected by service";
    EOWNERDEAD = libc::EOWNERDEAD, "Owner died";
    ENOTRECOVERABLE = libc::ENOTRECOVERABLE, "State not recoverable";
    ERFKILL = libc::ERFKILL, "Operation not possible due to RF-kill";
    EHWPOISON = libc::EHWPOISON, "Memory page has hardware error";
    ERESTARTSYS = 512, "Restart if no handler or SA_RESTART: seen by tracers only, at a system call's exit";
    ERESTARTNOINTR = 513, "Restart always: seen by tracers only, at a system call's exit";
    ERESTARTNOHAND = 514, "Restart if no handler: seen by tracers only, at a system call's exit";
    ENOIOCTLCMD = 515, "No such ioctl command: inside the kernel only";
    ERESTART_RESTARTBLOCK = 516, "Restart by restart_syscall(2): seen by tracers only, at a system call's exit";
    =>
    EWOULDBLOCK = EAGAIN;
    EDEADLOCK = EDEADLK;
    ENOTSUP = EOPNOTSUPP;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for errno in NAMED {
            assert_eq!(Errno::from_name(errno.name().unwrap()), Some(*errno));
            assert!(errno.is_returnable());
        }
        assert_eq!(Errno::from_name("EWOULDBLOCK"), Some(Errno::EAGAIN));
        assert_eq!(Errno::from_name("eagain"), None);
    }

    #[test]
    fn no_number_up_to_ehwpoison_is_missing() {
        let unnamed: Vec<i32> = (1..=133).filter(|raw| Errno(*raw).name().is_none()).collect();
        assert_eq!(
            unnamed,
            [41, 58],
            "the two numbers that Linux never gave (they were EWOULDBLOCK, EDEADLOCK)"
        );
    }

    #[test]
    fn prints_name_or_number() {
        for (errno, text) in [
            (Errno::EPERM, "EPERM"),
            (Errno::EDEADLOCK, "EDEADLK"),
            (Errno(514), "ERESTARTNOHAND"),
            (Errno(0), "errno 0"),
            (Errno(-1), "errno -1"),
            (Errno(4000), "errno 4000"),
        ] {
            assert_eq!(errno.to_string(), text);
        }
    }

    #[test]
    fn becomes_an_io_error_of_the_same_number() {
        assert_eq!(io::Error::from(Errno::EXDEV).raw_os_error(), Some(18));
    }
}
