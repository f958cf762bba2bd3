//! A program with one crate of watchers in two versions.

use new as _;
use old as _;

fn main() {
    match watchers::start() {
        Ok(()) => println!("fine"),
        Err(error) => println!("{error}"),
    }
}
