//! What a test may need of the machine. A test that cannot run says why.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

/// Something that not every machine or user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// The tests run as root: other users' ids, set-id files of root, namespaces with an own /proc.
    Root,
    /// The tests do not run as root, but can be run by root as somebody else.
    AnotherUser,
    /// unshare(CLONE_NEWUSER) is allowed.
    UserNamespaces,
    /// io_uring_setup(2) is allowed.
    IoUring,
    /// The process events connector is there and we may listen.
    Connector,
    /// We may make a cgroup with a limit of tasks.
    PidsCgroup,
    /// The 32-bit system calls of x86.
    Compat,
    /// Memory policies.
    Numa,
}

/// Whether the machine has `feature`; says so where it has not.
pub(crate) fn require(feature: Feature) -> bool {
    let (there, why) = match feature {
        Feature::Root | Feature::AnotherUser => (rustix::process::geteuid().is_root(), "not run by root"),
        Feature::UserNamespaces => (works("userns"), "user namespaces are off"),
        Feature::IoUring => (works("uring"), "io_uring is off"),
        Feature::Connector => (
            has_the_kernels_pids() && connector_works(),
            "no process events connector, no CAP_NET_ADMIN, or another pid namespace",
        ),
        Feature::PidsCgroup => {
            (super::PidsCgroup::make(1).is_some(), "no pids cgroup, or no leave to make one")
        }
        Feature::Compat => (Path::new("/proc/sys/abi/vsyscall32").exists(), "no 32-bit system calls"),
        Feature::Numa => (Path::new("/proc/self/numa_maps").exists(), "no memory policies"),
    };
    if !there {
        eprintln!("skipped: {why}");
    }
    there
}

fn works(tracee: &str) -> bool {
    let output = super::tracee(tracee).output();
    output.is_ok_and(|output| output.status.success())
}

/// The connector tells pids as the first pid namespace has them.
///
/// KERNEL: that namespace has always the same inode (include/linux/proc_ns.h `PROC_PID_INIT_INO`).
fn has_the_kernels_pids() -> bool {
    std::fs::read_link("/proc/self/ns/pid").is_ok_and(|namespace| namespace.as_os_str() == "pid:[4026531836]")
}

fn connector_works() -> bool {
    let mut listener = super::tracee("cnproc").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let _ = BufReader::new(listener.stdout.take().unwrap()).read_line(&mut line);
    let _ = listener.kill();
    listener.wait().unwrap();
    line == "ready\n"
}
