//! The log as tests read it: tasks numbered as they appear, times and machine left out.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The lines of a log, parsed.
pub(crate) fn read(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// `run 1 sh -c true by 0`: the task's number, what it is, and the effective user.
pub(crate) fn normal(log: &[Value]) -> Vec<String> {
    let mut numbers = HashMap::new();
    let mut line = |entry: &Value| {
        assert_eq!((&entry["v"], &entry["supervisor"]), (&1.into(), &std::process::id().into()));
        let event = entry["event"].as_str().unwrap();
        let next = numbers.len() + 1;
        let number = *numbers.entry(entry["task"].as_u64().unwrap()).or_insert(next);
        let rest = match event {
            "run" => words(&entry["argv"]),
            "ids" => format!(
                "{} {}>{}",
                text(&entry["what"]),
                ids(&entry["old"]),
                ids(&entry[text(&entry["what"])])
            ),
            "end" => format!("{} {}", name(&entry["path"]), status(&entry["status"])),
            "failed" => format!("of {} {} {}", name(&entry["path"]), text(&entry["cause"]), entry["errno"]),
            _ => panic!("{entry}"),
        };
        format!("{event} {number} {rest} by {}", entry["uid"]["effective"])
    };
    log.iter().map(&mut line).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value["bytes"].to_string(), str::to_owned)
}

fn words(argv: &Value) -> String {
    let argv: Vec<String> = argv.as_array().unwrap().iter().map(text).collect();
    let file = |word: &String| word.rsplit('/').next().unwrap().to_owned();
    argv.iter().map(file).collect::<Vec<_>>().join(" ")
}

/// The file name of a path, without what the tests add to tracees' names.
fn name(path: &Value) -> String {
    let path = text(path);
    let name = path.rsplit('/').next().unwrap();
    name.split('-').next().unwrap().to_owned()
}

fn ids(ids: &Value) -> String {
    ["real", "effective", "saved", "fs"].map(|which| ids[which].to_string()).join(",")
}

fn status(status: &Value) -> String {
    match status["code"].as_i64() {
        Some(code) => format!("code {code}"),
        None => format!("{}{}", text(&status["name"]), if status["core"] == true { " core" } else { "" }),
    }
}
