use std::cell::Cell;

fn register(start: u32) {
    watchers::task_data! { static N: Cell<u32> = |_, _| Cell::new(start); }
}

fn main() {}
