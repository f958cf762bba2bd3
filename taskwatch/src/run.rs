//! A run: from the options to an [`Ending`].
//!
//! Opens the report, builds the supervisor, starts the command, waits for what is to be waited for.
//! What a signal means is `forward.rs`, what is reported is `report`.

use std::os::fd::AsFd;
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use process_runtime::{Builder, Supervisor};
use watchers::{EventKind, EventSet, Module, Pid, Selection};

use crate::attached;
use crate::cli::{Format, Loudness, Options, Wait};
use crate::exit::{self, Ending};
use crate::failure::Failure;
use crate::max_tasks::{self, TaskLimit};
use crate::note;
use crate::orphans::Reaper;
use crate::output::Output;
use crate::quote;
use crate::recorder::Recorder;
use crate::report::{self, Outcome, Start};
use crate::session::Session;
use crate::signals::{Signals, Watch};
use crate::wait::{self, Patience};

/// Runs the command that `options` name.
pub(crate) fn run(options: &Options) -> Ending {
    let (recorder, selection) = match prepare(options) {
        Ok(prepared) => prepared,
        Err(sentence) => {
            note::say(&sentence);
            return Ending::Own(exit::FAILED);
        }
    };
    if let Some(pid) = options.attach {
        return attached(options, pid, &recorder, selection);
    }
    match supervise(options, &recorder, selection) {
        // Signals are read until the report is written.
        Ok((status, _watch)) => {
            let status = watchers::ExitStatus::from(status);
            recorder.end(Outcome::Ended(status));
            Ending::Command(status)
        }
        Err(failure) => {
            note::say(&failure.sentence);
            recorder.end(Outcome::Failed { stage: failure.stage, errno: failure.errno });
            Ending::Own(failure.code)
        }
    }
}

/// Follows a tree that was there before us.
fn attached(options: &Options, pid: Pid, recorder: &Recorder, selection: Selection) -> Ending {
    match attached::follow(builder(options, recorder), pid, selection) {
        // Signals are read until the report is written.
        Ok((end, _watch)) => {
            recorder.end(end.map_or(Outcome::LetGo, |status| Outcome::Ended(status.into())));
            Ending::Own(0)
        }
        Err(failure) => {
            note::say(&failure.sentence);
            recorder.end(Outcome::Failed { stage: failure.stage, errno: failure.errno });
            Ending::Own(failure.code)
        }
    }
}

/// What can be wrong with the options themselves is found here, before anything starts. Modules stay loaded as long as the selection is
/// there.
fn prepare(options: &Options) -> Result<(Recorder, Selection), String> {
    let selection = select(options)?;
    let output = match options.loudness() {
        Loudness::Silent => Output::nowhere(),
        _ => Output::open(options.output.as_deref(), options.color.into()).map_err(|error| {
            let path = options.output.as_deref().unwrap_or("stderr".as_ref());
            format!("cannot write {}: {}", quote::word(path.as_os_str()), exit::reason(&error))
        })?,
    };
    let watchers: Vec<_> = selection.watchers().copied().collect();
    let start = Start {
        argv: &options.command,
        attached: options.attach,
        cwd: std::env::current_dir().ok(),
        watchers: &watchers,
    };
    let recorder = Recorder::start(report::new(options, output), options.loudness(), &start);
    Ok((recorder, selection))
}

/// The watchers that will be called; the supervisor makes the same choice from the same names.
fn select(options: &Options) -> Result<Selection, String> {
    let mut selection = Selection::all().map_err(|error| error.to_string())?;
    for path in &options.module {
        let loaded = Module::load(path).and_then(|module| selection.load(module));
        loaded
            .map_err(|error| format!("cannot use the module {}: {error}", quote::word(path.as_os_str())))?;
    }
    for name in left_out(options) {
        selection = selection.without(&name).map_err(|error| error.to_string())?;
    }
    for name in kept(options) {
        selection = selection.only(&name).map_err(|error| error.to_string())?;
    }
    Ok(selection)
}

/// Without a limit, nobody needs to be stopped for the watchers that hold it.
fn left_out(options: &Options) -> impl Iterator<Item = String> {
    let stock = if options.max_tasks.is_none() { &max_tasks::WATCHERS[..] } else { &[] };
    stock.iter().map(|name| (*name).to_owned()).chain(options.without.clone())
}

/// `--only` is about the watchers of the user: a limit that was asked for holds.
fn kept(options: &Options) -> impl Iterator<Item = String> {
    let is_limited = options.max_tasks.is_some() && !options.only.is_empty();
    let stock = if is_limited { &max_tasks::WATCHERS[..] } else { &[] };
    stock.iter().map(|name| (*name).to_owned()).chain(options.only.clone())
}

fn supervise(
    options: &Options,
    recorder: &Recorder,
    selection: Selection,
) -> Result<(ExitStatus, Watch), Failure> {
    // From here on no signal may end us before the command has had it.
    let signals = Signals::catch().map_err(Failure::starting)?;
    let is_init = rustix::process::getpid().is_init();
    let _reaper =
        (options.subreaper || is_init).then(Reaper::start).transpose().map_err(Failure::starting)?;
    let supervisor = builder(options, recorder).start().map_err(Failure::of_supervisor)?;
    // It has the modules now. Had they gone meanwhile, their constructors would have run twice.
    drop(selection);
    let child =
        supervisor.spawn(command(options)).map_err(|error| Failure::of_command(&options.command, error))?;
    let ended = child.as_fd().try_clone_to_owned().map_err(Failure::starting)?;
    let session = Arc::new(Session::new(recorder.clone(), supervisor.handle(), child, signals.last_of_job()));
    let watch = session.clone().obey(signals).map_err(Failure::starting)?;

    wait::readable(ended.as_fd());
    let status = session.status().map_err(Failure::of_supervisor)?;
    finish(options.wait, supervisor, &session);
    session.over();
    Ok((status, watch))
}

fn command(options: &Options) -> Command {
    let (program, arguments) = match options.command.split_first() {
        Some((program, arguments)) => (program.clone(), arguments),
        // The grammar requires a command; an empty name is one that cannot be found.
        None => (std::ffi::OsString::new(), &[][..]),
    };
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn builder(options: &Options, recorder: &Recorder) -> Builder {
    let mut builder = Supervisor::builder();
    for path in &options.module {
        builder = builder.module(path);
    }
    for name in left_out(options) {
        builder = builder.without(name);
    }
    for name in kept(options) {
        builder = builder.only(name);
    }
    if let Some(most) = options.max_tasks {
        builder = builder.data(TaskLimit::new(most));
    }
    let (events, notices, idle) = (recorder.clone(), recorder.clone(), recorder.clone());
    builder
        .observe(observed(options), move |task, event, outcome| events.event(task, event, outcome))
        .on_notice(move |notice| notices.notice(notice))
        .on_idle(move || idle.idle())
}

/// A tree has no place for changes of ids.
fn observed(options: &Options) -> EventSet {
    match options.format {
        Format::Tree => EventSet::of([
            EventKind::Found,
            EventKind::Init,
            EventKind::Clone,
            EventKind::Exec,
            EventKind::Exit,
            EventKind::Free,
        ]),
        Format::Log | Format::Jsonl => EventSet::ALL,
    }
}

/// Waits for what the command left behind, or puts an end to it.
fn finish(wait: Wait, supervisor: Supervisor, session: &Arc<Session>) {
    session.command_ended();
    let patience = match wait {
        Wait::Tree => {
            let session = session.clone();
            Some(Patience::new(move || session.name_the_rest()))
        }
        Wait::Command => {
            session.kill_the_rest();
            None
        }
    };
    let finished = supervisor.finish();
    drop(patience);
    if let Err(error) = finished {
        session.remark("lost", &error.to_string());
    }
}
