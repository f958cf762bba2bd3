//! `rows.md`, which has a test for each row of utrace's tables, is true.

use std::fs;
use std::path::Path;

#[test]
fn every_row_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = fs::read_to_string(root.join("tests/engines/rows.md")).unwrap();
    let folders = ["tests/engines", "src/engine"];
    let mut n_tests = 0;
    for row in rows.lines().filter(|line| line.starts_with("| ") && !line.contains("| test |")) {
        let names: Vec<&str> = row.split('`').filter(|name| name.contains("::")).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            let (file, test) = name.split_once("::").unwrap();
            let texts = folders.map(|folder| fs::read_to_string(root.join(format!("{folder}/{file}.rs"))));
            let is_there =
                texts.into_iter().flatten().any(|text| text.contains(&format!("#[test]\nfn {test}()")))
                    || is_in_a_module(root, file, test);
            assert!(is_there, "{name} is not there: {row}");
            n_tests += 1;
        }
    }
    assert!(n_tests > 80, "the table is elsewhere");
}

/// Tests of a source file stand in a module of it.
fn is_in_a_module(root: &Path, file: &str, test: &str) -> bool {
    let text = fs::read_to_string(root.join(format!("src/engine/{file}.rs")));
    text.is_ok_and(|text| text.contains(&format!("#[test]\n    fn {test}()")))
}
