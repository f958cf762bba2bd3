//! cargo run --example two_engines
//!
//! Two engines on one task, of two minds: a guard does not let it remove directories; a logger only writes down what comes
//! of its calls. The task's child, which runs the same program, has neither.

#![forbid(unsafe_code)]

use std::error::Error;
use std::process::Command;

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Supervisor, Syscall, SyscallAction,
    SyscallAnswer, TaskExt,
};
use watchers::{Errno, EventKind};

/// rmdir(2) and unlinkat(2) with AT_REMOVEDIR, on x86-64.
fn removes_a_directory(call: &Syscall) -> bool {
    call.number == 84 || call.number == 263 && call.args[2] == 0x200
}

/// Refuses.
struct Guard;

impl Engine for Guard {
    fn events(&self) -> EngineEvents {
        EngineEvent::SyscallEntry.into()
    }

    fn report_syscall_entry(&mut self, _at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        // A 64-bit program can make 32-bit calls as well, whose numbers are others: they are all refused.
        let is_refused = !call.is_native() || removes_a_directory(call);
        if is_refused { SyscallAnswer::fail(Errno::EPERM) } else { SyscallAnswer::RUN }
    }
}

/// Looks on. It was attached last and so is asked first: its "yes" is overruled by whoever comes after it.
#[derive(Default)]
struct Logger {
    is_in_the_call: bool,
}

impl Engine for Logger {
    fn events(&self) -> EngineEvents {
        EngineEvents::SYSCALLS | EngineEvent::Reap
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        self.is_in_the_call = removes_a_directory(call);
        if self.is_in_the_call {
            eprintln!("logger: {} wants to remove a directory", name(at));
        }
        SyscallAnswer { resume: ResumeAction::Resume, call: SyscallAction::Run }
    }

    fn report_syscall_exit(&mut self, at: &mut Report<'_>, result: i64) -> ResumeAction {
        if std::mem::take(&mut self.is_in_the_call) {
            let errno = i32::try_from(-result).map(Errno::from_raw);
            match (result, errno) {
                (0, _) => eprintln!("logger: {} has removed it", name(at)),
                (_, Ok(errno)) => eprintln!("logger: {} got {errno}", name(at)),
                (_, Err(_)) => eprintln!("logger: {} got {result}", name(at)),
            }
        }
        ResumeAction::Resume
    }

    fn report_reap(&mut self, _task: &watchers::Task) {
        eprintln!("logger: it is gone");
    }
}

/// What the task runs.
fn name(at: &Report<'_>) -> String {
    let exe = at.stopped().and_then(|task| task.exe());
    exe.map_or("somebody".to_owned(), |path| path.display().to_string())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut is_first = true;
    let mut command = Command::new("sh");
    command.args(["-c", "d=$(mktemp -d) && (rmdir $d && echo child: done >&2); mkdir $d && exec rmdir $d"]);
    let status = Supervisor::builder()
        // The first exec is that of the command itself.
        .observe(EventKind::Exec, move |task, _event, _outcome| {
            if std::mem::take(&mut is_first) {
                let guard = task.attach(Guard, Attach::Shared);
                let logger = task.attach(Logger::default(), Attach::Shared);
                if let Err(error) = guard.and(logger) {
                    eprintln!("two_engines: {error}");
                }
            }
        })
        .run(command)?;
    eprintln!("two_engines: rmdir ended with {status}");
    Ok(())
}
