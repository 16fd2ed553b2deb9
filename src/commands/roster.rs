//! Lists of organizations: CSV with a header, or JSON Lines. Read whole and checked before a server is asked.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::context::Context;
use crate::domain::naming::{NameKey, Slug};
use crate::domain::similar::nearest;
use crate::error::{Error, Result, code};
use crate::ops::org::find::shell;

/// How many broken lines are named at once.
const SHOWN: usize = 5;

/// The columns of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'c> {
    /// Every row has them, with something in them.
    pub required: &'c [&'c str],
    /// A row may have them.
    pub optional: &'c [&'c str],
    /// Whether there may be others, which are passed over: what another command printed is a list too.
    pub others: bool,
    /// Whether there may be passwords in it: values stand as they are, white space and all, and are not repeated in
    /// complaints. Numbers and truth values of JSON are text then.
    pub secret: bool,
}

/// Names, in the column `name`.
pub(crate) const NAMES: Columns<'_> = Columns { required: &["name"], optional: &[], others: true, secret: false };

/// A list that was read.
#[derive(Debug)]
pub(crate) struct Roster {
    shown: String,
    /// The rows, each with its line.
    pub rows: Vec<(u64, Row)>,
    broken: Vec<(u64, String)>,
}

/// One row: column and text. Columns with nothing in them are not there.
pub(crate) type Row = BTreeMap<String, String>;

impl Roster {
    /// Reads the list in a file; `-` is standard input.
    ///
    /// # Errors
    /// `E0120`, with file, line and reason.
    pub(crate) fn read(context: &Context<'_>, path: &Path, columns: Columns<'_>) -> Result<Self> {
        let (shown, bytes) = if path == Path::new("-") {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
            ("standard input".to_owned(), read)
        } else {
            (path.display().to_string(), std::fs::read(context.env.directory.join(path)))
        };
        let bytes = bytes.map_err(|e| Error::new(&code::BAD_LIST, format!("cannot read {shown}: {e}")))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let good = e.utf8_error().valid_up_to();
            let line = e.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            Error::new(&code::BAD_LIST, format!("{shown}:{line}: this is not UTF-8"))
        })?;
        Self::parse(shown, &text, columns)
    }

    fn parse(shown: String, text: &str, columns: Columns<'_>) -> Result<Self> {
        let mut roster = Self { shown, rows: Vec::new(), broken: Vec::new() };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('{') {
            roster.json_lines(text, columns);
        } else {
            roster.csv(text, columns);
        }
        if roster.rows.is_empty() && roster.broken.is_empty() {
            roster.broken.push((1, "the list is empty".to_owned()));
        }
        roster.whole()
    }

    /// Complains about a line.
    pub(crate) fn complain(&mut self, line: u64, why: impl Into<String>) {
        self.broken.push((line, why.into()));
    }

    /// The list, if nothing in it is broken.
    ///
    /// # Errors
    /// `E0120`, with the first of the broken lines.
    pub(crate) fn whole(mut self) -> Result<Self> {
        if self.broken.is_empty() {
            return Ok(self);
        }
        self.broken.sort();
        let mut said: Vec<String> =
            self.broken.iter().take(SHOWN).map(|(line, why)| format!("{}:{line}: {why}", self.shown)).collect();
        if self.broken.len() > SHOWN {
            said.push(format!("and {} more", self.broken.len() - SHOWN));
        }
        Err(Error::new(&code::BAD_LIST, said.join("; ")).next("correct the list and repeat; nothing was changed"))
    }

    /// Complains about rows that are one to a person: equal in what `key` makes of them.
    pub(crate) fn unique(&mut self, what: &str, key: impl Fn(&Row) -> Option<String>) {
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut twice = Vec::new();
        for (line, row) in &self.rows {
            let Some(key) = key(row) else { continue };
            match seen.get(&key) {
                Some(first) => twice.push((*line, format!("{what} of line {first} stands here again: {key:?}"))),
                None => drop(seen.insert(key, *line)),
            }
        }
        self.broken.extend(twice);
    }

    fn csv(&mut self, text: &str, columns: Columns<'_>) {
        let trim = if columns.secret { csv::Trim::Headers } else { csv::Trim::All };
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(trim).from_reader(text.as_bytes());
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(e) => return self.complain(1, e.to_string()),
        };
        if header.iter().all(String::is_empty) {
            return;
        }
        if let Some(why) = fault_of_header(&header, columns) {
            return self.complain(1, why);
        }
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(e) => {
                    let line = line_of(text, e.position());
                    self.complain(line, e.to_string());
                    continue;
                }
            };
            let line = line_of(text, record.position());
            if record.len() != header.len() {
                self.complain(line, format!("{} fields, and the header has {}", record.len(), header.len()));
                continue;
            }
            let row = header.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
            self.take(line, row, columns);
        }
    }

    fn json_lines(&mut self, text: &str, columns: Columns<'_>) {
        for (line, text) in (1..).zip(text.lines()) {
            if text.trim().is_empty() {
                continue;
            }
            let object: Map<String, Value> = match serde_json::from_str(text) {
                Ok(object) => object,
                Err(e) => {
                    let said = e.to_string();
                    let why = said.split(" at line ").next().unwrap_or_default();
                    // The reader's own words may repeat a value.
                    let why = if columns.secret { "the line cannot be read" } else { why };
                    self.complain(line, format!("no JSON object: {why}, column {}", e.column()));
                    continue;
                }
            };
            let (mut row, broken) = (Row::new(), self.broken.len());
            for (key, value) in object {
                let known = is_known(&key, columns);
                match value {
                    _ if !known && columns.others => {}
                    _ if !known => self.complain(line, unknown(&key, columns)),
                    Value::String(text) => drop(row.insert(key, text)),
                    Value::Null => {}
                    Value::Bool(_) | Value::Number(_) if columns.secret => drop(row.insert(key, value.to_string())),
                    _ if columns.secret => self.complain(line, format!("{key}: expected text")),
                    other => self.complain(line, format!("{key}: expected text, found {other}")),
                }
            }
            if self.broken.len() == broken {
                self.take(line, row, columns);
            }
        }
    }

    fn take(&mut self, line: u64, row: Row, columns: Columns<'_>) {
        let row: Row = row.into_iter().filter(|(key, text)| is_known(key, columns) && !text.is_empty()).collect();
        match columns.required.iter().find(|column| !row.contains_key(**column)) {
            Some(column) => self.complain(line, format!("{column} is missing")),
            None => self.rows.push((line, row)),
        }
    }
}

fn is_known(key: &str, columns: Columns<'_>) -> bool {
    columns.required.contains(&key) || columns.optional.contains(&key)
}

fn unknown(key: &str, columns: Columns<'_>) -> String {
    let known = || columns.required.iter().chain(columns.optional).copied();
    match nearest(key, known()) {
        Some(meant) => format!("unknown column {key:?}; did you mean {meant:?}?"),
        // A list without a header: the first row stands in its place, and somebody's password with it.
        None if columns.secret => {
            format!("a column that is not known; there are {}", known().collect::<Vec<_>>().join(", "))
        }
        None => format!("unknown column {key:?}; there are {}", known().collect::<Vec<_>>().join(", ")),
    }
}

/// The line of a record. The reader's own count stands before the empty lines that it passes over.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let at = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
    let bytes = text.as_bytes();
    let start = bytes.iter().skip(at).take_while(|byte| b"\r\n".contains(byte)).count() + at;
    let lines = bytes.iter().take(start).filter(|byte| **byte == b'\n').count();
    u64::try_from(lines).unwrap_or_default() + 1
}

/// What is wrong with the header of a CSV file.
fn fault_of_header(header: &[String], columns: Columns<'_>) -> Option<String> {
    let strange = header.iter().find(|key| !is_known(key, columns));
    match strange {
        Some(_)
            if !columns.others && columns.secret && !header.iter().any(|key| columns.required.contains(&&**key)) =>
        {
            // A file without a header: what stands there is somebody's.
            let known: Vec<&str> = columns.required.iter().chain(columns.optional).copied().collect();
            return Some(format!("the first line is no header; its columns are among {}", known.join(", ")));
        }
        Some(key) if !columns.others => return Some(unknown(key, columns)),
        _ => {}
    }
    if let Some(twice) = header.iter().enumerate().find(|(i, key)| header[..*i].contains(key)) {
        return Some(format!("the column {:?} stands twice", twice.1));
    }
    let missing = columns.required.iter().find(|column| !header.iter().any(|key| key == **column))?;
    Some(format!("the header has no column {missing:?}; it is {:?}", header.join(",")))
}

/// The names of organizations that were given, in a list or one by one.
///
/// # Errors
/// `E0120`; `E0101` for a name that is given twice.
pub(crate) fn names(context: &Context<'_>, given: &[String], from: Option<&PathBuf>) -> Result<Vec<String>> {
    let Some(path) = from else {
        for (i, name) in given.iter().enumerate() {
            if given[..i].iter().any(|other| NameKey::of(other) == NameKey::of(name)) {
                return Err(Error::new(&code::BAD_ARGUMENT, format!("{name:?} is given twice")));
            }
        }
        return Ok(given.to_vec());
    };
    let mut roster = Roster::read(context, path, NAMES)?;
    roster.unique("the name", |row| row.get("name").map(|name| NameKey::of(name).as_str().to_owned()));
    Ok(roster.whole()?.rows.into_iter().filter_map(|(_, mut row)| row.remove("name")).collect())
}

/// The command that was given, to be repeated; a list from standard input is gone by then.
pub(crate) fn again(verb: &str, given: &[String], from: Option<&PathBuf>) -> String {
    let mut command = format!("flowbit org {verb}");
    if let Some(path) = from {
        command.push_str(&format!(" --from {}", shell(&path.display().to_string())));
    }
    for name in given {
        command.push_str(&format!(" {}", shell(name)));
    }
    command
}

/// Complains about new names in a column that the platform would not take, or of which two would be one.
pub(crate) fn check_new_names(roster: &mut Roster, context: &Context<'_>, column: &str) {
    let naming = &context.settings.platform.value.naming;
    let (mut names, mut slugs): (HashMap<NameKey, u64>, HashMap<Slug, u64>) = Default::default();
    let mut broken = Vec::new();
    for (line, row) in &roster.rows {
        let Some(typed) = row.get(column) else { continue };
        match naming.accept(typed) {
            Err(error) => broken.push((*line, error.message().to_owned())),
            Ok((name, slug)) => match names.get(&name.key()).or_else(|| slugs.get(&slug)) {
                Some(first) => {
                    broken.push((*line, format!("{typed:?} and the name in line {first} would be one organization")));
                }
                None => {
                    names.insert(name.key(), *line);
                    slugs.insert(slug, *line);
                }
            },
        }
    }
    roster.broken.extend(broken);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: Columns<'_> =
        Columns { required: &["name", "email"], optional: &["password_file"], others: false, secret: false };

    fn rows(text: &str, columns: Columns<'_>) -> Result<Vec<(u64, Row)>> {
        Roster::parse("list".to_owned(), text, columns).map(|roster| roster.rows)
    }

    #[test]
    fn both_formats_give_the_same_rows() {
        let csv = rows("\u{feff}name, email\r\n\"Acme, Corp\",a@b.cc\r\n\r\nOther,c@d.ee\r\n", CREATE).unwrap();
        let json = rows("{\"name\":\"Acme, Corp\",\"email\":\"a@b.cc\"}\n\n{\"name\":\"Other\",\"email\":\"c@d.ee\",\"password_file\":null}\n", CREATE).unwrap();
        let plain = |rows: &[(u64, Row)]| rows.iter().map(|(_, row)| row.clone()).collect::<Vec<_>>();
        assert_eq!(plain(&csv), plain(&json));
        assert_eq!((csv[0].0, csv[1].0), (2, 4));
        assert_eq!((json[0].0, json[1].0), (1, 3));
    }

    #[test]
    fn what_another_command_printed_is_a_list_of_names() {
        let csv = rows("name,state,collections,created\na,active,org_a,\nb,active,org_b,\n", NAMES).unwrap();
        let json = rows("{\"name\":\"a\",\"state\":\"active\"}\n{\"name\":\"b\",\"n\":{}}\n", NAMES).unwrap();
        assert_eq!((csv.len(), json.len(), csv[0].1.len()), (2, 2, 1));
    }

    #[test]
    fn broken_lists_are_located() {
        for (text, says) in [
            ("", "list:1: the list is empty"),
            ("name,email\n", "list:1: the list is empty"),
            ("name,emial\n", "list:1: unknown column \"emial\"; did you mean \"email\"?"),
            ("name\na\n", "list:1: the header has no column \"email\""),
            ("name,email,name\n", "list:1: the column \"name\" stands twice"),
            ("acme,a@b.cc\n", "list:1: unknown column \"acme\""),
            ("name,email\na,b@c.dd\nc\n", "list:3: 1 fields, and the header has 2"),
            ("name,email\n\n,b@c.dd\n", "list:3: name is missing"),
            ("{\"name\":\"a\"\n", "list:1: no JSON object: EOF"),
            ("{\"name\":\"a\",\"email\":\"b\"}\n[1]\n", "list:2: no JSON object: invalid type"),
            ("{\"name\":\"a\",\"email\":1}\n", "list:1: email: expected text, found 1"),
            ("{\"name\":\"a\",\"mail\":\"b\"}\n", "list:1: unknown column \"mail\"; did you mean \"email\"?"),
        ] {
            let error = rows(text, CREATE).unwrap_err();
            assert_eq!(error.code().id, "E0120");
            assert!(error.message().starts_with(says), "{text:?}: {}", error.message());
        }
        let many = format!("name,email\n{}", "x\n".repeat(9));
        assert!(rows(&many, CREATE).unwrap_err().message().ends_with("; and 4 more"));
    }
}
