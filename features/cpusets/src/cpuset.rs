//! What a supervisor or its environment asks for.

use std::env;
use std::fmt;
use std::process::Command;

use process_runtime::spawn_aside;
use watchers::Errno;

use crate::CpuList;

/// A set of processors for every command of a supervisor, to be given as its data.
pub struct Cpuset {
    list: CpuList,
    release: Option<Box<dyn Fn() + Send>>,
}

impl Cpuset {
    /// The commands run on these processors.
    pub fn of(list: CpuList) -> Cpuset {
        Cpuset { list, release: None }
    }

    /// `release` is called for each command when its last task is gone: on the supervisor's own thread, which it must
    /// not keep.
    #[doc(alias = "release_agent")]
    pub fn on_release(self, release: impl Fn() + Send + 'static) -> Cpuset {
        Cpuset { release: Some(Box::new(release)), ..self }
    }

    /// As [`on_release`](Cpuset::on_release), with a command for the shell, which finds the list in `$1`.
    pub fn with_agent(self, agent: impl Into<String>) -> Cpuset {
        let (agent, list) = (agent.into(), self.list.to_string());
        self.on_release(move || run(&agent, &list))
    }

    /// What the environment asks for, if it does; EINVAL for what is none, which stderr explains.
    pub(crate) fn of_environment() -> Option<Result<Cpuset, Errno>> {
        let list = env::var_os("WATCHERS_CPUSETS")?;
        Some(match list.to_string_lossy().parse() {
            Ok(list) => {
                let set = Cpuset::of(list);
                Ok(match env::var("WATCHERS_CPUSETS_AGENT") {
                    Ok(agent) => set.with_agent(agent),
                    Err(_) => set,
                })
            }
            Err(error) => {
                eprintln!("cpusets: {error}");
                Err(Errno::EINVAL)
            }
        })
    }

    pub(crate) fn list(&self) -> &CpuList {
        &self.list
    }

    pub(crate) fn release(&self) {
        if let Some(release) = &self.release {
            release();
        }
    }
}

/// In a module the tracer's thread has nobody who forks for it, and the agent is its child: it is waited for before the
/// tracer waits again, so that it never meets it.
fn run(agent: &str, list: &str) {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", agent, "cpusets", list]);
    match spawn_aside(command).and_then(|mut agent| agent.wait()) {
        Ok(status) if status.success() => {}
        Ok(status) => eprintln!("cpusets: the agent of {list}: {status}"),
        Err(error) => eprintln!("cpusets: the agent of {list}: {error}"),
    }
}

impl fmt::Debug for Cpuset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cpuset").field("list", &self.list).finish_non_exhaustive()
    }
}
