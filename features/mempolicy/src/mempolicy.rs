//! What a supervisor or its environment asks for.

use std::env;
use std::fmt;

use watchers::{Errno, Task};

use crate::Policy;

type Rule = Box<dyn Fn(&Task) -> Option<Policy> + Send>;

/// The policies of a supervisor's tasks, to be given as its data.
pub struct Mempolicy {
    of_commands: Option<Policy>,
    rule: Option<Rule>,
}

impl Mempolicy {
    /// Every command has this policy, and all that it makes inherits it.
    pub fn of(policy: Policy) -> Mempolicy {
        Mempolicy { of_commands: Some(policy), rule: None }
    }

    /// What `rule` names for a new task, a command, child or thread, is its policy; for `None` it is its parent's, as the
    /// kernel has it. A policy of the rule that cannot be set is a line on stderr.
    pub fn by(rule: impl Fn(&Task) -> Option<Policy> + Send + 'static) -> Mempolicy {
        Mempolicy { of_commands: None, rule: Some(Box::new(rule)) }
    }

    /// What the environment asks for, if it does; EINVAL for what is none, which stderr explains.
    pub(crate) fn of_environment() -> Option<Result<Mempolicy, Errno>> {
        let policy = env::var_os("WATCHERS_MEMPOLICY")?;
        Some(policy.to_string_lossy().parse().map(Mempolicy::of).map_err(|error| {
            eprintln!("mempolicy: {error}");
            Errno::EINVAL
        }))
    }

    /// The policy that all commands are to have.
    pub(crate) fn of_commands(&self) -> Option<&Policy> {
        self.of_commands.as_ref()
    }

    /// What a new task is to set.
    pub(crate) fn of_task(&self, task: &Task) -> Option<Policy> {
        match &self.rule {
            Some(rule) => rule(task),
            None if task.parent_id().is_none() => self.of_commands.clone(),
            None => None,
        }
    }
}

impl fmt::Debug for Mempolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mempolicy").field("of_commands", &self.of_commands).finish_non_exhaustive()
    }
}
