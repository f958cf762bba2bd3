//! Other system call tables: 32-bit calls from 64-bit code, x32 numbers.

use super::same_with_and_without;
use super::support::{Feature, lines, require};

#[test]
fn calls_of_32_bits() {
    if !require(Feature::Compat) {
        return;
    }
    for (mode, run) in same_with_and_without("int80", &["/bin/true"]) {
        let is_root = rustix::process::geteuid().is_root();
        let ids = if is_root {
            "gid 5 0,0,0,0>1234,1234,1234,1234
            uid 5 0,0,0,0>0,4321,0,4321
            uid 5 0,4321,0,4321>0,0,0,0"
        } else {
            ""
        };
        let id = rustix::process::getuid().as_raw();
        let same = format!("{id},{id},{id},{id}>{id},{id},{id},{id}");
        let expected = lines(format!(
            "init 1
            clone 1
            exec 1 int80
            init 1>2 SIGCHLD
            clone 1>2
            exit 2 code 2
            free 2 code 2
            init 1>3 SIGCHLD
            clone 1>3
            exit 3 code 3
            free 3 code 3
            init 1>4 SIGCHLD
            clone 1>4
            uid 4 {same}
            exit 4 code 5
            free 4 code 5
            init 1>5 SIGCHLD
            clone 1>5
            {ids}
            exec 5 true
            exit 5 code 0
            free 5 code 0
            exit 1 code 0
            free 1 code 0"
        ));
        let seen = lines(run.trace.whole().to_string().replace("CLONE_UNTRACED|", ""));
        assert_eq!(seen, expected, "{mode:?}");
    }
}

#[test]
fn numbers_of_x32() {
    same_with_and_without("x32", &[]);
}
