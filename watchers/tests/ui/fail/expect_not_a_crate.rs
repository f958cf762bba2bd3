watchers::expect!["my watchers"];

fn main() {}
