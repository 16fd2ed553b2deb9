//! Where output goes, in which format, with or without colour.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::human::Block;
use super::report::Report;
pub use crate::domain::secrecy::scrub;
use crate::error::Error;

/// The format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// One envelope.
    Json,
    /// One line for each thing.
    Jsonl,
    /// The table, comma-separated.
    Csv,
    /// Names, a line each.
    Name,
}

/// Whether to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorWish {
    /// On terminals that can.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the process's streams are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Streams {
    /// Whether somebody can type.
    pub stdin_is_terminal: bool,
    /// Whether results go to a screen.
    pub stdout_is_terminal: bool,
    /// Whether messages go to a screen.
    pub stderr_is_terminal: bool,
    /// Width of the screen.
    pub width: Option<u16>,
}

/// The terminal.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// The format of results.
    pub format: Format,
    /// What the streams are.
    pub streams: Streams,
    /// Whether to say less.
    pub quiet: bool,
    /// Whether questions may be asked.
    pub may_ask: bool,
    /// How much is said of what happens inside: 1 settings, 2 commands to the server.
    verbose: u8,
    color_out: bool,
    color_err: bool,
    /// Notes that go into the envelope, where stderr is kept for one.
    notes: Arc<Mutex<Vec<String>>>,
    failure: Arc<Mutex<Option<std::io::Error>>>,
}

impl Terminal {
    /// A terminal of these streams. `var` gives environment variables that are set, also empty ones.
    pub fn new(
        format: Format,
        streams: Streams,
        wish: ColorWish,
        quiet: bool,
        may_ask: bool,
        var: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name: &str| var(name).is_some_and(|value| !value.is_empty());
        let color = |is_terminal: bool| match wish {
            ColorWish::Always => true,
            ColorWish::Never => false,
            ColorWish::Auto if set("NO_COLOR") => false,
            ColorWish::Auto if var("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") => true,
            ColorWish::Auto => is_terminal && var("TERM").is_none_or(|term| term != "dumb"),
        };
        Self {
            format,
            color_out: color(streams.stdout_is_terminal),
            color_err: color(streams.stderr_is_terminal),
            may_ask: may_ask && streams.stdin_is_terminal && streams.stderr_is_terminal,
            streams,
            quiet,
            verbose: 0,
            notes: Arc::default(),
            failure: Arc::default(),
        }
    }

    /// The same, saying more of what happens inside.
    #[must_use]
    pub fn verbose(self, verbose: u8) -> Self {
        Self { verbose, ..self }
    }

    /// Whether so much is said of what happens inside.
    pub fn traces(&self, level: u8) -> bool {
        self.verbose >= level
    }

    /// Says what happens inside, where that is wanted.
    pub fn trace(&self, level: u8, line: &str) {
        if !self.traces(level) {
            return;
        }
        match self.format {
            Format::Json | Format::Jsonl => {
                self.err(&json!({ "schema": "flowbit.trace/1", "message": scrub(line) }).to_string());
            }
            _ => self.err(&format!("{} {}", self.paint_err("trace:", "2"), scrub(line))),
        }
    }

    /// Whether progress may be drawn.
    pub fn draws_progress(&self) -> bool {
        self.streams.stderr_is_terminal && !self.quiet
    }

    /// Whether messages may have colour.
    pub fn colors_messages(&self) -> bool {
        self.color_err
    }

    /// Prints the result.
    pub fn report(&self, report: &Report) {
        match self.format {
            Format::Table => self.report_for_people(report),
            Format::Json => {
                let notes = self.notes.lock().map(|notes| notes.clone()).unwrap_or_default();
                self.out(&pretty(&report.clone().warn(notes).envelope()));
            }
            Format::Jsonl => match &report.data {
                Value::Array(items) => items.iter().for_each(|item| self.out(&item.to_string())),
                other => self.out(&other.to_string()),
            },
            Format::Csv => self.out(csv_of(report).trim_end()),
            Format::Name => report.names.iter().for_each(|name| self.out(name)),
        }
        if matches!(self.format, Format::Jsonl | Format::Csv | Format::Name) {
            report.warnings.iter().for_each(|warning| self.warn(warning));
        }
    }

    fn report_for_people(&self, report: &Report) {
        self.blocks(&report.human);
        report.warnings.iter().for_each(|warning| self.warn(warning));
        if !report.next.is_empty() && !self.quiet {
            self.err("");
            self.err(&self.paint_err("next:", "1"));
            report.next.iter().for_each(|next| self.err(&format!("  {next}")));
        }
    }

    /// Prints blocks on stdout.
    pub fn blocks(&self, blocks: &[Block]) {
        let bold = |text: &str| if self.color_out { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() };
        let width = if self.streams.stdout_is_terminal { self.streams.width } else { None };
        for block in blocks {
            self.out(&block.draw(width, &bold));
        }
    }

    /// Prints blocks on stderr: a plan before it is agreed to.
    pub fn preview(&self, blocks: &[Block]) {
        let bold = |text: &str| self.paint_err(text, "1");
        let width = if self.streams.stderr_is_terminal { self.streams.width } else { None };
        for block in blocks {
            self.err(&block.draw(width, &bold));
        }
    }

    /// Prints a failure. In the JSON formats it is the one thing on stderr that is not a note.
    pub fn fail(&self, error: &Error) {
        let message = scrub(error.message());
        let next: Vec<String> = error.actions().iter().map(|action| scrub(action)).collect();
        if matches!(self.format, Format::Json | Format::Jsonl) {
            let class = error.code().class;
            self.err(
                &json!({
                    "schema": "flowbit.error/1", "ok": false, "code": error.code().id, "class": class.word(), "exit": error.exit(),
                    "retryable": class.retryable(), "changed": error.changed(), "message": message, "next": next,
                })
                .to_string(),
            );
            return;
        }
        self.err(&format!("{} {message}", self.paint_err(&format!("error[{}]:", error.code().id), "1;31")));
        for cause in error.causes() {
            self.err(&format!("  caused by: {}", scrub(&cause)));
        }
        let changed =
            if error.changed() { "changed:   yes; the journal knows how far it got" } else { "changed:   nothing" };
        self.err(&format!("  {changed}"));
        for action in next {
            self.err(&format!("  next:      {action}"));
        }
        self.err(&format!("  more:      flowbit explain {}", error.code().id));
    }

    /// Prints a warning.
    pub fn warn(&self, warning: &str) {
        self.err(&format!("{} {}", self.paint_err("warning:", "1;33"), scrub(warning)));
    }

    /// Prints a note, unless less is to be said.
    pub fn note(&self, note: &str) {
        if self.format == Format::Jsonl {
            // There is no envelope that could carry it.
            if !self.quiet {
                self.err(&json!({ "schema": "flowbit.note/1", "message": scrub(note) }).to_string());
            }
        } else if self.format == Format::Json {
            // Scripts parse stderr there: it holds one envelope or nothing.
            if let Ok(mut notes) = self.notes.lock() {
                notes.push(note.to_owned());
            }
        } else if !self.quiet {
            self.err(&format!("{} {}", self.paint_err("note:", "1;36"), scrub(note)));
        }
    }

    /// Prints text as it is.
    pub fn raw(&self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        self.keep(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
    }

    /// Prints a piece of a stream at once. False where nobody reads any more, or where it cannot be written.
    pub fn stream(&self, piece: &[u8]) -> bool {
        let mut stdout = std::io::stdout().lock();
        let outcome = stdout.write_all(piece).and_then(|()| stdout.flush());
        let open = outcome.is_ok();
        self.keep(outcome);
        open
    }

    /// Where a stream goes that is too much for one thread.
    pub fn output(&self) -> Box<dyn Write + Send> {
        Box::new(std::io::stdout())
    }

    /// What kept a result from being written whole, if anything did.
    pub fn write_failure(&self) -> Option<std::io::Error> {
        self.failure.lock().ok()?.take()
    }

    fn out(&self, line: &str) {
        let mut stdout = std::io::stdout().lock();
        self.keep(
            stdout.write_all(line.as_bytes()).and_then(|()| stdout.write_all(b"\n")).and_then(|()| stdout.flush()),
        );
    }

    /// A reader that went away is no failure: `flowbit org list | head` has done its work.
    fn keep(&self, outcome: std::io::Result<()>) {
        let Err(error) = outcome else { return };
        if error.kind() != std::io::ErrorKind::BrokenPipe
            && let Ok(mut failure) = self.failure.lock()
        {
            failure.get_or_insert(error);
        }
    }

    fn err(&self, line: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = stderr.write_all(line.as_bytes()).and_then(|()| stderr.write_all(b"\n"));
    }

    fn paint_err(&self, text: &str, style: &str) -> String {
        if self.color_err { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The width of the screen, where there is one.
pub fn screen_width() -> Option<u16> {
    dialoguer::console::Term::stdout().size_checked().map(|(_, columns)| columns)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn csv_of(report: &Report) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let table = report.human.iter().find_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    // Writing into memory cannot fail.
    if let Some(table) = table {
        let _ = writer.write_record(table.names());
        for row in &table.rows {
            let _ = writer.write_record(row);
        }
    } else if let Value::Object(map) = &report.data {
        let _ = writer.write_record(map.keys());
        let _ = writer
            .write_record(map.values().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_conventions() {
        let streams = Streams { stdout_is_terminal: true, stderr_is_terminal: true, ..Streams::default() };
        let with = |vars: &[(&str, &str)], streams| {
            let vars: Vec<(String, String)> = vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let var = move |name: &str| vars.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone());
            Terminal::new(Format::Table, streams, ColorWish::Auto, false, true, &var).color_out
        };
        assert!(with(&[], streams));
        assert!(!with(&[("NO_COLOR", "1")], streams));
        assert!(with(&[("NO_COLOR", "")], streams), "empty counts as unset");
        assert!(!with(&[("TERM", "dumb")], streams));
        assert!(!with(&[], Streams::default()));
        assert!(with(&[("CLICOLOR_FORCE", "1")], Streams::default()));
    }
}
