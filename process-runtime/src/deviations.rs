//! Where this differs from the task watchers of 2006, and why.
//!
//! The ancestor is the series *Task watchers v2* by Matt Helsley (28 September to 15 December 2006), a patch to Linux
//! 2.6.18 and 2.6.19. What is not listed here is as it was there. Each row says what the ancestor did, what happens
//! here, and the reason.
//!
//! # Events: whose, when, how often
//!
//! | event | the ancestor | here | because |
//! |---|---|---|---|
//! | all | the watcher ran in the task of the event, or in its parent | it runs in the supervisor, and the task is stopped meanwhile, or gone | that is what a tracer is |
//! | all but `free` | of every task of the machine, kernel threads and idle tasks too | of the tasks of the trees that the supervisor started, or was attached to | nothing else is traced |
//! | all but `init` and `clone` | no payload but an exit code | what has happened: programs, ids, causes | asked for: watchers read it from the `task_struct`, which a supervisor does not see |
//! | `init` | in the middle of the fork: one that failed before that had none | before the kernel does anything, so also for a fork that fails by its flags or by a limit | a call can be stopped at its entry or at its end, and only at the entry can it be refused |
//! | `init` | the child had its pid | it has no tid yet | the kernel has not chosen one |
//! | `init` | always before `clone`, and in time | may be told late, where the call passed no stop: a filter of the program's own came first, or its caller was killed in it | the rule that each `clone` has an `init` is worth more than a veto that nobody could heed |
//! | `exec` | once for each binary format: a script fired twice, its interpreter first | once for each exec that succeeds, with the script's name | twice was a side effect of a recursion |
//! | `uid` | setfsuid(2) fired also where it was refused, setfsgid(2) did not | neither does | the two were meant to be alike, and an event without a change or a consent tells nothing |
//! | `uid`, `gid` | exec of a set-id file fired nothing, nor did the saved ids that any exec settles | fire right after `exec` | a watcher of ids that does not hear of it is of little use |
//! | `uid`, `gid` | fired before the hook of the security module, which could still fail the call | when the call has succeeded | an event of a call that fails tells nothing |
//! | `uid`, `gid` | fired on every call that was accepted | not where somebody else accepted it in the kernel's place (seccomp user notification), and at the next `exec` or at `exit` where a filter of the program's own kept the call from us, or the task was killed in it | the ids are always the kernel's; there was no seccomp of that kind in 2006 |
//! | `exit` | not told on the path of a recursive fault | always; late, right before `free`, where the kernel skips its stop | so that each `clone` has one |
//! | `free` | after the memory was gone, before files, semaphores and the notice to the parent | after the task is reaped: nothing of it is left, and its parent may know already | the kernel reports nothing in between |
//! | `free` | of a stillborn: value 0, as of a task that ended well | has a cause, and no status | asked for: one value with two meanings |
//!
//! # Events that there were not
//!
//! | event | the ancestor | here | because |
//! |---|---|---|---|
//! | `creds` | setgroups, capset and user namespaces fired nothing | told after the call | asked for |
//! | `group_dead` | there was no last thread of a group, in no event | told after the last `free`; `exit` says which is the last to begin to die | asked for, by those who keep things for a process |
//! | `found` | watchers were there from boot, so nobody was there before them | told instead of `init` and `clone` | asked for, with watchers that come later |
//!
//! # The failure of a fork
//!
//! What is told, and with what, is the table of [`InitEvent`](watchers::InitEvent).
//!
//! | row | the ancestor | here | because |
//! |---|---|---|---|
//! | flag check, RLIMIT_NPROC, limits on tasks | neither INIT nor FREE | both, FREE with the errno | `init` comes before these checks (above), and each `init` has its `free` |
//! | put_user of CLONE_PARENT_SETTID | no INIT, FREE alone | a child is made, with all its events | the kernel ignores this failure by now; a FREE alone, which had to be told from all others by zeroed data, does not exist any more |
//! | some INIT watcher refuses | FREE without a word why | FREE says that it was refused | a refusal of our own side can be told from one of the kernel's |
//! | some INIT watcher refuses | nobody could end the walk (the first version could, and then FREE missed watchers) | [`Verdict::stop`](watchers::Verdict::stop) ends the walk of INIT, never that of FREE | the first version's stop mask, without its danger |
//! | signal pending at the end | FREE, and at the restart INIT | the same; FREE says so, and the second INIT is of a task with another id | a `TaskId` has one life |
//! | any of them | FREE carried 0 | [`Stillborn`](watchers::Stillborn) says which it was | 0 is an exit code, too |
//! | the creator is killed | did not come up: the kernel finished the call | FREE says so, or a child that was made all the same is told with a late `init` | a tracer is not told of the call's end |
//! | the call was not seen | did not come up | `init` is late, and nobody can refuse | a filter of the program's own may come before ours |
//!
//! # The features that were converted
//!
//! Each is a crate under `features/` of the repository, with a table of its own in its documentation.
//!
//! | feature | the ancestor | here | because |
//! |---|---|---|---|
//! | audit | a context per task, a record for each system call that was audited, and one at `free` where the task died in such a call | a line for each program, change of ids, end and failed fork; the end is written at `group_dead` | a supervisor sees tasks, not every call; the record at the end comes even after a crash |
//! | semundo | the kernel's semaphores, shared by CLONE_SYSVSEM, undone at `free` of the last sharer | what a host has registered, shared and undone alike | the kernel's own semaphores are the kernel's |
//! | cpusets | a member of a set that the kernel keeps tasks in; nothing at `clone` | placed at `clone` by sched_setaffinity(2), and a task may leave | a supervisor does not forbid calls |
//! | mempolicy | the parent's policy is copied at `init` | set by the new task itself before its first instruction, by a remote call; the kernel copies it to children | set_mempolicy(2) is for the caller alone |
//! | irqflags, lockdep | fields zeroed at `init` | counters zeroed at `init`, what was given to a task, and file locks; told at `exit` of who still holds something | a program's mutexes are words of its memory, which nobody can tell from others |
//! | process keys | the rings' owners follow the ids; both are dropped at `free` | the same; secrets are in the supervisor's memory and are wiped | nothing of them is to be in the task |
//! | process events connector | told to netlink, from the watchers | the same bytes to a Unix socket; `uid` and `gid` of a set-id exec come after `exec` | the kernel changes ids before it tells of the exec, a supervisor learns of them after |
//! | twbench | events per second since the previous read, the first value to be thrown away | the same, counted from the start; a file has totals, of which each reader makes its own rates | one reader must not reset another's |
