//! Files of fixtures: JSON, JSON Lines, CSV. What is wrong in them is told with file, line and field, all of it at once.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::secrecy::without_values;
use crate::domain::seed::fixture::Column;
use crate::domain::seed::{Fault, Fixture, Place};

/// How many faults of one file are told.
const SHOWN: usize = 20;

/// Reads a file by the end of its name.
///
/// # Errors
/// What is wrong in it.
pub(super) fn read(name: &str, shown: &str, text: &str) -> Result<Vec<Fixture>, Vec<Fault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file = File { shown, rows: Vec::new(), faults: Vec::new() };
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("json") => file.json(text),
        Some("jsonl" | "ndjson") => file.json_lines(text),
        Some("csv") => file.csv(text),
        _ => file.complain(1, "", "fixtures are in .json, .jsonl or .csv files"),
    }
    file.faults.truncate(SHOWN);
    if file.faults.is_empty() { Ok(file.rows) } else { Err(file.faults) }
}

struct File<'a> {
    shown: &'a str,
    rows: Vec<Fixture>,
    faults: Vec<Fault>,
}

/// The fields of an object in order, with those that stand twice.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Ordered)
    }
}

impl File<'_> {
    fn place(&self, line: u64) -> Place {
        Place { file: self.shown.to_owned(), line }
    }

    fn complain(&mut self, line: u64, field: &str, what: impl Into<String>) {
        self.faults.push(Fault::new(&self.place(line), field, what));
    }

    fn json(&mut self, text: &str) {
        let rows: Vec<&RawValue> = match serde_json::from_str(text) {
            Ok(rows) => rows,
            Err(e) => {
                let line = e.line().max(1) as u64;
                return self.complain(
                    line,
                    "",
                    format!("no JSON array of objects: {}, column {}", said(&e), e.column()),
                );
            }
        };
        let (mut line, mut counted) = (1, 0);
        for row in rows {
            // The rows are slices of the text, in order: where each begins says its line.
            let offset = (row.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
            let before = text.as_bytes().get(counted..offset).unwrap_or_default();
            line += before.iter().filter(|byte| **byte == b'\n').count() as u64;
            counted = offset;
            self.object(line, row.get());
        }
    }

    fn json_lines(&mut self, text: &str) {
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            self.object(line, text);
        }
    }

    fn object(&mut self, line: u64, text: &str) {
        let pairs: Pairs = match serde_json::from_str(text) {
            Ok(pairs) => pairs,
            Err(e) => {
                let line = line + (e.line().max(1) - 1) as u64;
                return self.complain(line, "", format!("no JSON object: {}, column {}", said(&e), e.column()));
            }
        };
        match Fixture::new(pairs.0, &self.place(line)) {
            Ok(row) => self.rows.push(row),
            Err(fault) => self.faults.push(fault),
        }
    }

    fn csv(&mut self, text: &str) {
        if let Err((line, what)) = check_quotes(text) {
            return self.complain(line, "", what);
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
        let mut records = reader.records();
        let columns = match records.next() {
            None => return self.complain(1, "", "the file is empty; its first line names the columns"),
            Some(Err(e)) => return self.complain(1, "", e.to_string()),
            Some(Ok(header)) => match self.columns(&header) {
                Some(columns) => columns,
                None => return,
            },
        };
        for record in records {
            let record = match record {
                Ok(record) => record,
                Err(e) => {
                    let line = e.position().map_or(1, csv::Position::line);
                    self.complain(line, "", e.to_string());
                    continue;
                }
            };
            let line = record.position().map_or(1, csv::Position::line);
            if record.len() != columns.len() {
                let what = format!("{} cells, and the first line names {} columns", record.len(), columns.len());
                self.complain(line, "", what);
                continue;
            }
            self.record(line, &columns, &record);
        }
    }

    fn columns(&mut self, header: &csv::StringRecord) -> Option<Vec<Column>> {
        let mut columns: Vec<Column> = Vec::new();
        for heading in header {
            match Column::parse(heading) {
                Ok(column) if columns.iter().any(|known| known.name == column.name) => {
                    self.complain(1, &column.name, "the column stands here twice");
                }
                Ok(column) => columns.push(column),
                Err(what) => self.complain(1, heading, what),
            }
        }
        self.faults.is_empty().then_some(columns)
    }

    fn record(&mut self, line: u64, columns: &[Column], record: &csv::StringRecord) {
        let mut fields = Vec::new();
        for (column, cell) in columns.iter().zip(record) {
            match column.value(cell) {
                Ok(value) => fields.extend(value.map(|value| (column.name.clone(), value))),
                // Somebody's password may stand there.
                Err(_) if column.name == "password" => {
                    return self.complain(line, &column.name, "the cell is not what the heading says");
                }
                Err(what) => return self.complain(line, &column.name, what),
            }
        }
        match Fixture::new(fields, &self.place(line)) {
            Ok(row) => self.rows.push(row),
            Err(fault) => self.faults.push(fault),
        }
    }
}

/// What the parser says, without where: that is counted from the file's beginning.
fn said(error: &serde_json::Error) -> String {
    without_values(error.to_string().split(" at line ").next().unwrap_or_default())
}

/// Finds quotes that have no other half, which a lenient reader would swallow with everything behind them.
fn check_quotes(text: &str) -> Result<(), (u64, &'static str)> {
    let mut line = 1;
    let mut opened = None;
    let mut begins = true;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, opened) {
            (b'"', None) if begins => opened = Some(line),
            (b'"', None) => return Err((line, "a quote stands inside a cell that does not begin with one")),
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => drop(bytes.next()),
            (b'"', Some(_)) => {
                opened = None;
                if !matches!(bytes.peek(), None | Some(b',' | b'\n' | b'\r')) {
                    return Err((line, "after the closing quote of a cell comes a comma or the end of the line"));
                }
            }
            _ => {}
        }
        begins = opened.is_none() && matches!(byte, b',' | b'\n');
        line += u64::from(byte == b'\n');
    }
    match opened {
        Some(line) => Err((line, "the quote that opens here is never closed")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_quotes_are_found_where_they_open() {
        assert_eq!(check_quotes("a,b\n1,\"x\"\"y\n2\"\n"), Ok(()));
        assert_eq!(check_quotes("a\n\"x\n3\n").unwrap_err().0, 2);
        assert_eq!(check_quotes("a\n1\nx\"y\n").unwrap_err().0, 3);
        assert_eq!(check_quotes("a\n\"x\" y\n").unwrap_err().0, 2);
    }

    #[test]
    fn the_three_formats_say_the_same() {
        let json = r#"[{"_key": "a", "n": 1,
          "who": {"$ref": "users/anna"}}]"#;
        let lines = r#"{"_key": "a", "n": 1, "who": {"$ref": "users/anna"}}"#;
        let csv = "_key,n:int,who:ref(users)\na,1,anna\n";
        let of = |name: &str, text: &str| read(name, name, text).unwrap().remove(0).fields;
        assert_eq!(of("x.json", json), of("x.jsonl", lines));
        assert_eq!(of("x.csv", csv), of("x.jsonl", lines));
    }

    #[test]
    fn faults_have_their_lines() {
        let text = "[\n {\"_key\": \"a\"},\n {\"_key\": \"b\",\n  \"_id\": 1},\n {}\n]";
        let faults = read("x.json", "x.json", text).unwrap_err();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said[0].starts_with("x.json:3: _id:"), "{said:?}");
        assert!(said[1].starts_with("x.json:5: _key:"), "{said:?}");
        assert!(read("x.json", "x.json", "[\n {\"a\": }]").unwrap_err()[0].to_string().starts_with("x.json:2:"));
    }
}
