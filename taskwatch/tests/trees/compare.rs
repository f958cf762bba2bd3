//! The tree of the stream against the tree of the model.

use crate::{
    model::Node,
    program::Kind,
    support::story::{Story, Task},
};

/// Says where the told tree is not the true one.
pub(crate) fn compare(story: &Story, root: &Node) -> Result<(), String> {
    let &[first] = story.roots.as_slice() else { return Err(format!("{} roots", story.roots.len())) };
    let comparison = Comparison { story };
    let command = story.task(first);
    // The exec of the command itself comes first; the model's command is already there.
    let own_exec = command.execs.first().ok_or("the command had no exec")?;
    if own_exec.len() != 2 {
        return Err(format!("the command's own argv is {own_exec:?}"));
    }
    comparison.task(root, command, &command.execs[1..])
}

struct Comparison<'s> {
    story: &'s Story,
}

impl Comparison<'_> {
    fn task(&self, node: &Node, task: &Task, execs: &[Vec<String>]) -> Result<(), String> {
        let wrong = |what: String| Err(format!("{} (task {}): {what}", node.label, task.id));
        if node.refused {
            return match &task.cause {
                Some((cause, errno)) if cause == "failed" && errno.as_deref() == Some("EINVAL") => Ok(()),
                cause => wrong(format!("a refused clone is told with cause {cause:?}")),
            };
        }
        if let Some(cause) = &task.cause {
            return wrong(format!("it came to be, and is told as stillborn: {cause:?}"));
        }
        if let Some(kind) = node.kind {
            check_kind(kind, task).or_else(wrong)?;
        }
        let expected: Vec<_> =
            node.execs.iter().map(|block| vec!["treegrow".to_owned(), block.clone()]).collect();
        let told = [execs.len(), task.user_events, task.group_events];
        let done = [expected.len(), node.user_events, node.group_events];
        let whole = told == done;
        let part = node.is_cut() && told.iter().zip(&done).all(|(told, done)| told <= done);
        if !(whole || part) || !expected.starts_with(execs) {
            return wrong(format!(
                "execs, uid and gid events {told:?} of {done:?}: {execs:?} of {expected:?}"
            ));
        }
        self.statuses(node, task).or_else(wrong)?;
        self.parent(node, task).or_else(wrong)?;
        self.children(node, task)
    }

    fn statuses(&self, node: &Node, task: &Task) -> Result<(), String> {
        let exit = task.exit.ok_or("no exit")?;
        if !node.allowed().contains(&exit) {
            return Err(format!("exit {exit:?}, not one of {:?}", node.allowed()));
        }
        let free = task.free.ok_or("no free")?;
        // An exec by another thread takes the leader's place: nobody ever waits for that leader.
        if free != exit && !node.wait.contains(&free) {
            return Err(format!("free {free:?}, not one of {:?}", node.wait));
        }
        // Who waits for a process gets the status of the process, and so does the free of its first task.
        let last_of_process = task.tid == task.pid && !self.is_displaced(task);
        if last_of_process && !node.wait.contains(&free) && !node.is_cut() {
            return Err(format!("free {free:?}, the process ends with {:?}", node.wait));
        }
        Ok(())
    }

    /// Another task has taken its tid by an exec.
    fn is_displaced(&self, task: &Task) -> bool {
        self.story
            .tasks
            .values()
            .any(|other| other.pid == task.pid && other.id != task.id && other.tid == task.tid)
    }

    fn parent(&self, node: &Node, task: &Task) -> Result<(), String> {
        let Some(creator) = task.creator.map(|id| self.story.task(id)) else { return Ok(()) };
        if !task.creator_alive_at_clone || node.kind == Some(Kind::Sibling) {
            return Ok(());
        }
        let (expected, told) = match task.thread {
            true => return Ok(()),
            false => (creator.pid, task.ppid_at_clone),
        };
        if told.is_some() && told != expected {
            return Err(format!("ppid {told:?} at its clone, created by {expected:?}"));
        }
        Ok(())
    }

    fn children(&self, node: &Node, task: &Task) -> Result<(), String> {
        let told: Vec<&Task> = task.children.iter().map(|&id| self.story.task(id)).collect();
        let told: Vec<&Task> =
            told.into_iter().filter(|child| !is_lost_attempt(child, node.is_cut())).collect();
        if told.len() > node.children.len() || told.len() < node.children.len() && !node.is_cut() {
            let ids: Vec<u64> = told.iter().map(|child| child.id).collect();
            return Err(format!(
                "{} (task {}): children {ids:?}, where it made {}",
                node.label,
                task.id,
                node.children.len()
            ));
        }
        for (child, told) in node.children.iter().zip(told) {
            self.task(child, told, &told.execs)?;
        }
        Ok(())
    }
}

/// A fork that a signal interrupted and that the kernel starts again; one that its creator's death or another
/// thread's exec ended.
fn is_lost_attempt(child: &Task, creator_is_cut: bool) -> bool {
    match &child.cause {
        Some((cause, _)) if cause == "restarted" => true,
        Some((cause, _)) if cause == "killed" => creator_is_cut,
        Some((cause, Some(errno))) if cause == "failed" && errno == "EAGAIN" => creator_is_cut,
        _ => false,
    }
}

fn check_kind(kind: Kind, task: &Task) -> Result<(), String> {
    if kind.is_thread() != task.thread {
        return Err(format!("a {kind:?} is told with thread: {}", task.thread));
    }
    // CLONE_UNTRACED is what the tracer takes away; whether the flags still tell it is its choice.
    let told = task.flags & !UNTRACED;
    let expected = kind.flags() & !UNTRACED;
    if told != expected {
        return Err(format!("a {kind:?} is told with flags {told:#x}, not {expected:#x}"));
    }
    Ok(())
}

const UNTRACED: u64 = 0x80_0000;
