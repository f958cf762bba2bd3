watchers::expect![];

fn main() {}
