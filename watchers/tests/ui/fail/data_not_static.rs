watchers::task_data! { const N: u32 = |_, _| 0; }

fn main() {}
