//! `--list`: every linked watcher, or those of a file that is not running; and those of modules, which are not loaded for it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use watchers::{EventKind, OwnedWatcherInfo, WatcherInfo};

use crate::cli::Format;
use crate::exit;
use crate::quote;
use crate::width;

/// One line of the list; its fields are the machine-readable format.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Entry {
    event: &'static str,
    order: i32,
    name: String,
    #[serde(rename = "crate")]
    krate: String,
    version: String,
    module: String,
    file: String,
    line: u32,
}

/// Writes the list of `file`'s watchers, or of our own, and then of the modules'.
///
/// # Errors
/// A sentence that says why there is none.
pub(crate) fn print(
    file: Option<&Path>,
    modules: &[PathBuf],
    format: Format,
    out: &mut dyn Write,
) -> Result<(), String> {
    let mut entries = match file {
        None => linked()?,
        Some(file) => of_file(file)?,
    };
    for module in modules {
        entries.extend(of_file(module)?);
    }
    let written = match format {
        Format::Jsonl => write_json(&entries, out),
        Format::Tree | Format::Log => write_table(&entries, out),
    };
    written.and_then(|()| out.flush()).map_err(|error| format!("cannot write the list: {error}"))
}

fn linked() -> Result<Vec<Entry>, String> {
    let registry = watchers::registry().map_err(|error| error.to_string())?;
    Ok(registry.iter().map(Entry::from).collect())
}

fn of_file(file: &Path) -> Result<Vec<Entry>, String> {
    let read = watchers::read_object(file);
    let read = read.map_err(|error| {
        format!("cannot list {}: {}", quote::word(file.as_os_str()), exit::reason(&error))
    })?;
    Ok(read.iter().map(Entry::from).collect())
}

fn write_json(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    for entry in entries {
        serde_json::to_writer(&mut *out, entry)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn write_table(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    let head = ["EVENT", "ORDER", "NAME", "CRATE", "AT"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(entries.iter().map(Entry::row)).collect();
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| width::columns(cell)).max().unwrap_or(0)
    };
    let widths: [usize; 5] = std::array::from_fn(widest);
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

impl Entry {
    fn row(&self) -> [String; 5] {
        [
            self.event.to_owned(),
            self.order.to_string(),
            quote::plain(&self.name),
            quote::plain(&format!("{} {}", self.krate, self.version)),
            quote::plain(&format!("{}:{}", self.file, self.line)),
        ]
    }

    fn event(kind: EventKind) -> &'static str {
        kind.name()
    }
}

impl From<&WatcherInfo> for Entry {
    fn from(info: &WatcherInfo) -> Entry {
        Entry {
            event: Entry::event(info.event),
            order: info.order,
            name: info.name.to_owned(),
            krate: info.krate.to_owned(),
            version: info.version.to_owned(),
            module: info.module.to_owned(),
            file: info.file.to_owned(),
            line: info.line,
        }
    }
}

impl From<&OwnedWatcherInfo> for Entry {
    fn from(info: &OwnedWatcherInfo) -> Entry {
        Entry {
            event: Entry::event(info.event),
            order: info.order,
            name: info.name.clone(),
            krate: info.krate.clone(),
            version: info.version.clone(),
            module: info.module.clone(),
            file: info.file.clone(),
            line: info.line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, order: i32) -> Entry {
        Entry {
            event: "init",
            order,
            name: name.to_owned(),
            krate: "audit".to_owned(),
            version: "1.2.3".to_owned(),
            module: "audit::limit".to_owned(),
            file: "src/limit.rs".to_owned(),
            line: 7,
        }
    }

    #[test]
    fn columns_are_aligned() {
        let mut out = Vec::new();
        write_table(&[entry("a", -10), entry("longer\n", 0)], &mut out).unwrap();
        let expected = "\
EVENT  ORDER  NAME      CRATE        AT
init   -10    a         audit 1.2.3  src/limit.rs:7
init   0      longer\\n  audit 1.2.3  src/limit.rs:7
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn json_has_one_object_a_line() {
        let mut out = Vec::new();
        write_json(&[entry("a", 1), entry("b", 2)], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let first = r#"{"event":"init","order":1,"name":"a","crate":"audit","version":"1.2.3","module":"audit::limit","file":"src/limit.rs","line":7}"#;
        assert_eq!(text.lines().next(), Some(first));
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let error = print(Some(Path::new("/no/such\nfile")), &[], Format::Tree, &mut Vec::new()).unwrap_err();
        assert!(error.contains(r"$'/no/such\nfile'"), "{error}");
    }
}
