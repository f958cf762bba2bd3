//! A program that counts on a crate that it does not name.

watchers::expect!["dropped"];

fn main() {
    match watchers::start() {
        Ok(()) => println!("fine"),
        Err(error) => println!("{error}"),
    }
}
