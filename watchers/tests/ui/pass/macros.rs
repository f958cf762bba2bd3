//! Watchers that a macro writes, and arguments that it passes.
#![deny(warnings)]

use watchers::{Task, task_watcher};

macro_rules! watch {
    ($name:ident, $event:ident, $order:literal, $task:ty) => {
        #[task_watcher($event, order = $order)]
        fn $name(_: $task) {}
    };
}

watch!(first, exec, -5, &Task);
watch!(second, exec, 10, &Task);

mod reexported {
    pub mod deep {
        pub use watchers;
    }
}

#[reexported::deep::watchers::task_watcher(exec, order = 0x7f, crate = crate::reexported::deep::watchers)]
fn third(_: &Task) {}

fn main() {
    let names: Vec<&str> = watchers::registry().unwrap().iter().map(|watcher| watcher.name).collect();
    assert_eq!(names, ["first", "second", "third"]);
}
