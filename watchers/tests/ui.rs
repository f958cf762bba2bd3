//! What the macros accept, and what they say to what they refuse: one input, one file.

/// The compiler whose words the `.stderr` files are; another one says some of it differently.
const WORDS_OF: &str = "rustc 1.95.";

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}

#[test]
fn refused() {
    if !env!("WATCHERS_RUSTC").starts_with(WORDS_OF) {
        println!("skipped: the messages are those of {WORDS_OF}*, and this is {}", env!("WATCHERS_RUSTC"));
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
