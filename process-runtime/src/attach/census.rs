//! Who descends from whom, by the kernel's parent links.
//!
//! # Alternatives
//!
//! `/proc/PID/task/TID/children` lists what is needed and no more. But whoever reads it may miss a child when one before it in the
//! list is reaped meanwhile (fs/proc/array.c `get_children_pid`), and kernels can be built without it. The list of all processes is
//! by number, so that whoever is there all the time is in it.

use std::collections::{HashMap, HashSet};

use watchers::Pid;

use crate::proc;

/// Every process that /proc shows, with its parent.
#[derive(Debug)]
pub(crate) struct Census {
    /// `None`: its parent is outside of our pid namespace, or it has none.
    parents: Vec<(Pid, Option<Pid>)>,
}

/// A process and what descends from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// Each after its parent.
    pub(crate) members: Vec<Pid>,
    /// A parent ended during the census. Whose its children are by now is not known.
    pub(crate) is_torn: bool,
}

impl Census {
    /// Counts.
    pub(crate) fn take() -> Census {
        Census {
            parents: proc::processes()
                .into_iter()
                .filter_map(|pid| Some((pid, proc::parent(pid)?)))
                .collect(),
        }
    }

    /// These processes and their descendants, but not `except` and its own.
    pub(crate) fn family(&self, ancestors: &[Pid], except: Option<Pid>) -> Family {
        let present: HashSet<Pid> = self.parents.iter().map(|(pid, _)| *pid).collect();
        let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
        let mut is_torn = false;
        for (pid, parent) in &self.parents {
            let Some(parent) = parent else { continue };
            is_torn |= !present.contains(parent);
            children.entry(*parent).or_default().push(*pid);
        }
        let mut seen: HashSet<Pid> = except.into_iter().collect();
        let mut is_new = |pid: &Pid| present.contains(pid) && seen.insert(*pid);
        let mut members: Vec<Pid> = ancestors.iter().copied().filter(&mut is_new).collect();
        let mut next = 0;
        while let Some(pid) = members.get(next) {
            let theirs = children.remove(pid).unwrap_or_default();
            members.extend(theirs.into_iter().filter(&mut is_new));
            next += 1;
        }
        Family { members, is_torn }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid(n: i32) -> Pid {
        Pid::from_raw(n).unwrap()
    }

    fn family(parents: &[(i32, i32)]) -> (Vec<i32>, bool) {
        let parents = parents.iter().map(|(own, parent)| (pid(*own), Pid::from_raw(*parent))).collect();
        let Family { members, is_torn } = Census { parents }.family(&[pid(10)], Some(pid(99)));
        (members.into_iter().map(Pid::as_raw).collect(), is_torn)
    }

    #[test]
    fn parents_come_first_and_strangers_not_at_all() {
        let all = [(1, 0), (3, 20), (10, 1), (20, 10), (30, 3), (40, 1), (50, 40)];
        assert_eq!(family(&all), (vec![10, 20, 3, 30], false));
        assert_eq!(family(&[(1, 0), (40, 1)]), (vec![], false));
    }

    #[test]
    fn what_is_ours_is_left_out() {
        assert_eq!(family(&[(1, 0), (10, 1), (99, 10), (100, 99), (101, 10)]), (vec![10, 101], false));
    }

    #[test]
    fn a_parent_that_has_ended_meanwhile_is_noticed() {
        assert_eq!(family(&[(1, 0), (5, 12), (10, 1)]), (vec![10], true));
    }

    #[test]
    fn links_that_were_read_while_they_changed() {
        assert_eq!(family(&[(10, 11), (11, 10), (12, 11)]), (vec![10, 11, 12], false));
    }

    #[test]
    fn an_ancestor_may_descend_from_another() {
        let parents = [(10, 1), (11, 10), (12, 11), (20, 1)];
        let parents = parents.map(|(own, parent)| (pid(own), Pid::from_raw(parent))).to_vec();
        let family = Census { parents }.family(&[pid(11), pid(10), pid(20), pid(30)], None);
        assert_eq!(family.members, [11, 10, 20, 12].map(pid));
    }

    #[test]
    fn we_are_a_child_of_our_parent() {
        let parent = Pid::from_raw(rustix::process::getppid().unwrap().as_raw_pid()).unwrap();
        let own = Pid::from_raw(std::process::id() as i32).unwrap();
        assert!(Census::take().family(&[parent], None).members.contains(&own));
        assert!(!Census::take().family(&[parent], Some(own)).members.contains(&own));
    }
}
