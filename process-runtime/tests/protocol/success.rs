//! The row of a fork that succeeds: INIT, CLONE, and later EXIT and FREE with the same status.

use super::support::{Mode, lines, run_with, tracee};
use super::watching::listening;

#[test]
fn every_event_in_its_order() {
    let plain = "SIGCHLD";
    let ways =
        [("fork", plain), ("vfork", "CLONE_VM|CLONE_VFORK|SIGCHLD"), ("clone", plain), ("clone3", plain)];
    for (mode, (way, flags)) in Mode::ALL.into_iter().flat_map(|mode| ways.map(|way| (mode, way))) {
        let (builder, watchers) = listening(mode.builder());
        let mut command = tracee("makers");
        command.arg(way);
        let run = run_with(builder, command);
        let heard = lines(format!(
            "abc init 2 {flags}
            abc clone 2 {flags}
            abc exit 2 exit code 0
            abc free 2 exit code 0"
        ));
        let said = lines(format!("{way}: code 0"));
        assert_eq!((run.verdict.stdout, watchers.trace()), (said, heard), "{mode:?}");
    }
}
