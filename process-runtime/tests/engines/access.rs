//! Registers and memory of a task in a callback: read as values, changed, and what the program makes of it.

use std::sync::{Arc, Mutex};

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, Inspect, Report, Role, Syscall, SyscallAnswer, TaskExt,
};
use watchers::{Errno, EventKind, Task};

use super::support::{Mode, Run, run_with, tracee};

type Look = Box<dyn FnMut(&Inspect<'_>, &Syscall) + Send>;

/// Calls a function at the entry of one call.
struct At(i64, Look);

impl Engine for At {
    fn events(&self) -> EngineEvents {
        EngineEvent::SyscallEntry.into()
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        if call.number == self.0 as u64 {
            (self.1)(&at.stopped().unwrap(), call);
        }
        SyscallAnswer::RUN
    }
}

fn run_at(
    mode: Mode,
    number: i64,
    deeds: &[&str],
    look: impl FnMut(&Inspect<'_>, &Syscall) + Send + 'static,
) -> Run {
    let mut engine = Some(At(number, Box::new(look)));
    let builder = mode.builder().observe(EventKind::Exec, move |task: &Task, _, _| {
        engine.take().into_iter().for_each(|engine| drop(task.attach(engine, Attach::Shared).unwrap()));
    });
    let mut command = tracee("deeds");
    command.args(deeds);
    run_with(builder, command)
}

/// What is written is read, and written otherwise.
#[test]
fn memory_is_read_and_written() {
    for mode in Mode::ALL {
        let run = run_at(mode, libc::SYS_write, &["call"], |task, call| {
            let [_, address, length, ..] = call.args;
            let mut text = vec![0; length as usize];
            assert_eq!(task.read(address, &mut text), Ok(text.len()));
            assert_eq!(task.read_value::<[u8; 4]>(address), Ok(*b"call"));
            task.write(address, b"CALL").unwrap();
        });
        assert_eq!(run.stdout().0, ["CALL: made"], "{mode:?}");
    }
}

/// A register by its role is the call's number, its argument and its result.
#[test]
fn a_call_becomes_another() {
    for mode in Mode::ALL {
        let run = run_at(mode, libc::SYS_getppid, &["call"], |task, call| {
            assert_eq!(task.register(Role::Call), Ok(call.number));
            let roles = [Role::First, Role::Second, Role::Third, Role::Fourth, Role::Fifth, Role::Sixth];
            assert_eq!(roles.map(|role| task.register(role).unwrap()), call.args);
            // close(-1) fails with EBADF.
            task.set_register(Role::First, u64::MAX).unwrap();
            task.set_register(Role::Call, libc::SYS_close as u64).unwrap();
        });
        assert_eq!(run.stdout().0, ["call: EBADF"], "{mode:?}");
    }
}

/// Strings, iovecs, and reads over holes.
#[test]
fn what_ends_in_the_middle() {
    let seen = Arc::new(Mutex::new(0));
    let told = seen.clone();
    run_at(Mode::Filter, libc::SYS_getppid, &["call"], move |task, _| {
        *told.lock().unwrap() += 1;
        let stack = task.register(Role::Stack).unwrap() & !15;
        let room = stack - 8192;
        task.write(room, b"to be or not\0").unwrap();
        assert_eq!(task.read_string(room, 12).unwrap().as_bytes(), b"to be or not");
        assert_eq!(task.read_string(room, 11), Err(Errno::E2BIG));
        // Over the end of a page.
        let page = room & !4095;
        task.write(page - 2, b"over\0").unwrap();
        assert_eq!(task.read_string(page - 2, 100).unwrap().as_bytes(), b"over");
        let iovecs = [room, 5, page, 7].map(u64::to_ne_bytes);
        task.write(room + 64, iovecs.as_flattened()).unwrap();
        assert_eq!(task.read_iovecs(room + 64, 2), Ok(vec![(room, 5), (page, 7)]));
        assert_eq!(task.read_iovecs(room + 64, 1025), Err(Errno::EINVAL));
        assert_eq!(task.read_value::<u64>(8), Err(Errno::EFAULT));
        assert_eq!(task.read_string(8, 100), Err(Errno::EFAULT));
        assert_eq!(task.write(8, b"x"), Err(Errno::EFAULT));
        holes(task);
    });
    assert_eq!(*seen.lock().unwrap(), 1);
}

/// Three pages of which the middle one is not there.
fn holes(task: &Inspect<'_>) {
    let (rw, anonymous) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let args = [0, 3 * 4096, rw as u64, anonymous as u64, u64::MAX, 0];
    let start = task.call(libc::SYS_mmap, args).unwrap() as u64;
    assert_eq!(task.call(libc::SYS_munmap, [start + 4096, 4096, 0, 0, 0, 0]), Ok(0));
    task.write(start + 4094, b"ab").unwrap();
    task.write(start + 8192, b"cd").unwrap();
    let mut buffer = [7; 3 * 4096 - 4000];
    let parts = task.read_mapped(start + 4000, &mut buffer).unwrap();
    assert_eq!(parts, vec![0..96, 4192..8288]);
    assert_eq!((&buffer[94..97], &buffer[4191..4194]), (&b"ab\x07"[..], &b"\x07cd"[..]));
    assert_eq!(task.read_mapped(start + 4096, &mut buffer[..4096]), Ok(Vec::new()), "nothing is mapped");
    assert_eq!(task.read_string(start + 4094, 100), Err(Errno::EFAULT), "it has no end");
}
