watchers::task_data! {}

fn main() {}
