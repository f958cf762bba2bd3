watchers::task_data! { static mut N: u32 = |_, _| 0; }

fn main() {}
