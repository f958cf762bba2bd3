//! Who is told, changed while the supervisor runs: modules come and go, watchers are enabled and disabled.
//!
//! What a filter does not see to is had by system-call stops, from a task's next stop on, as long as anybody watches it. Where a filter
//! stops what nobody watches any more, that goes on: a filter cannot be taken away.

use std::path::Path;

use watchers::{Module, ModuleError, UnknownWatcher};

use super::Tracer;
use crate::error::Error;
use crate::interest::{Bond, Mode};
use crate::notify::NotifyBy;
use crate::tracee::Stopped;

impl Tracer {
    /// Calls the watchers of `module` from here on.
    pub(crate) fn load(&mut self, module: Module) -> Result<(), ModuleError> {
        self.audience.selection.load(module)?;
        self.set_watched();
        Ok(())
    }

    /// Takes out the module in this file, and drops its data of every task.
    pub(crate) fn unload(&mut self, path: &Path) -> Option<Module> {
        let groups = self.table.groups().chain(self.lost_groups());
        // Leaders that are dead wait in their groups for the rest of these.
        let mut dead: Vec<_> =
            groups.filter_map(|group| group.lend_end().map(|end| (group.clone(), end))).collect();
        let admitted = self.admitted.values_mut().map(|admitted| &mut admitted.task);
        let tasks = self.table.tasks_mut().chain(admitted).chain(Self::lost_tasks_mut(&mut self.lost));
        let tasks = tasks.chain(self.unreaped.tasks_mut());
        let module =
            self.audience.selection.unload(path, tasks.chain(dead.iter_mut().map(|(_, (task, _))| task)));
        dead.into_iter().for_each(|(group, (task, status))| group.set_end(task, status));
        self.set_watched();
        module
    }

    /// The modules' files, in the order in which they were loaded.
    pub(crate) fn modules(&self) -> Vec<std::path::PathBuf> {
        self.audience.selection.modules().map(|module| module.path().to_owned()).collect()
    }

    pub(crate) fn enable(&mut self, name: &str) -> Result<(), UnknownWatcher> {
        self.audience.selection.enable_named(name)?;
        self.set_watched();
        Ok(())
    }

    pub(crate) fn disable(&mut self, name: &str) -> Result<(), Error> {
        self.audience.selection.disable_named(name)?;
        self.set_watched();
        Ok(())
    }

    /// Watchers came or went.
    fn set_watched(&mut self) {
        let knew_ids = self.interest.wants_ids();
        self.interest.set_watched(self.audience.selection.events());
        if self.interest.wants_ids() && !knew_ids {
            // What was told before nobody asked may not be true any more, and is nobody's news.
            self.table.forget_credentials();
        }
    }

    /// How the task's next calls are made to stop.
    #[inline]
    pub(super) fn mode_of(&self, stopped: &Stopped) -> Mode {
        let interest = &self.interest;
        if self.is_letting_go() {
            return Mode::NoStops;
        }
        if self.notify_by == NotifyBy::SyscallStops {
            return Mode::SyscallStops;
        }
        if !interest.has_changed && interest.bond != Bond::Attached {
            return interest.mode;
        }
        self.mode_of_its_root(stopped)
    }

    #[cold]
    fn mode_of_its_root(&self, stopped: &Stopped) -> Mode {
        let interest = &self.interest;
        match self.table.get(stopped.tid()) {
            None if interest.bond == Bond::Attached => Mode::NoStops,
            None => interest.mode,
            Some(record) => interest.mode_for(record.root.filtered),
        }
    }
}
