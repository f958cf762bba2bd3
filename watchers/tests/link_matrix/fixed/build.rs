//! Asks the linker for an address that nothing else is at.

fn main() {
    println!("cargo::rustc-cdylib-link-arg=-Wl,--image-base=0x210000000000");
}
