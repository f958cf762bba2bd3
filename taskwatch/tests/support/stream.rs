//! The event stream as it is read back: one line, one [`Line`]; a few questions to ask a line.

use serde_json::Value;
use std::{fs, path::Path};

#[derive(Clone, Debug)]
pub struct Line {
    /// Where in the file, for messages.
    pub number: usize,
    pub value: Value,
}

impl Line {
    pub fn event(&self) -> &str {
        self.value["event"].as_str().unwrap_or("")
    }

    pub fn task(&self) -> Option<u64> {
        self.value["task"].as_u64()
    }

    pub fn number_of(&self, field: &str) -> Option<i64> {
        self.value[field].as_i64()
    }

    pub fn is_late(&self) -> bool {
        self.value["late"] == Value::Bool(true)
    }

    /// A list of strings; those that are not UTF-8 as their hexadecimal form.
    pub fn strings(&self, field: &str) -> Option<Vec<String>> {
        let list = self.value[field].as_array()?;
        Some(list.iter().map(string).collect())
    }
}

/// A string of the stream.
pub fn string(value: &Value) -> String {
    match (value.as_str(), value["bytes"].as_str()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(hex)) => format!("bytes:{hex}"),
        (None, None) => value.to_string(),
    }
}

/// The lines of a file, each of which must be one JSON object.
#[track_caller]
pub fn read(path: &Path) -> Vec<Line> {
    parse(&fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn parse(text: &[u8]) -> Result<Vec<Line>, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("the stream is not UTF-8: {error}"))?;
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("the last line is not whole".to_owned());
    }
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| {
            let value: Value =
                serde_json::from_str(line).map_err(|error| format!("line {}: {error}: {line}", index + 1))?;
            Ok(Line { number: index + 1, value })
        })
        .collect()
}

/// The lines of one event.
pub fn of<'l>(lines: &'l [Line], event: &'static str) -> impl Iterator<Item = &'l Line> {
    lines.iter().filter(move |line| line.event() == event)
}
