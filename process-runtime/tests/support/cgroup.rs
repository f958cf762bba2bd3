//! A pids cgroup of a test's own, of either version of cgroups.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A cgroup that is removed with this value.
#[derive(Debug)]
pub(crate) struct PidsCgroup(PathBuf);

impl PidsCgroup {
    /// One that may have `most` tasks; `None` where we may not make one, or the controller is not there.
    pub(crate) fn make(most: u32) -> Option<PidsCgroup> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("protocol.{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        hierarchies().iter().find_map(|parent| PidsCgroup::make_in(parent, &name, most))
    }

    fn make_in(parent: &Path, name: &str, most: u32) -> Option<PidsCgroup> {
        let cgroup = PidsCgroup(parent.join(name));
        fs::create_dir(&cgroup.0).ok()?;
        // In a cgroup without the controller there is no such file.
        let limit = cgroup.0.join("pids.max");
        (limit.exists() && fs::write(limit, most.to_string()).is_ok()).then_some(cgroup)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PidsCgroup {
    fn drop(&mut self) {
        // One that could not be made is not there.
        let _ = fs::remove_dir(&self.0);
    }
}

/// Where cgroups with a limit of tasks may be made: where we are, and at the top.
fn hierarchies() -> Vec<PathBuf> {
    let ours = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut found = Vec::new();
    for mount in fs::read_to_string("/proc/self/mounts").unwrap_or_default().lines() {
        let [_, top, kind, options, ..] = mount.split(' ').collect::<Vec<_>>()[..] else { continue };
        let prefix = match kind {
            "cgroup" if options.split(',').any(|option| option == "pids") => ":pids:/",
            "cgroup2" => "0::/",
            _ => continue,
        };
        let own = ours.lines().find_map(|line| Some(line.split_once(prefix)?.1));
        found.extend(own.map(|own| Path::new(top).join(own)));
        found.push(PathBuf::from(top));
    }
    found
}
