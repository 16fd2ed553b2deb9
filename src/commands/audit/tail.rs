//! `flowbit audit tail`

use std::collections::HashMap;

use bson::{Bson, Document, RawDocument};
use serde_json::Value;

use super::scope::{Since, Which, Whose, asked, read, server_time, since, veil};
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::domain::audit::{Entry, Trail, Veil};
use crate::domain::extjson::{self, Form};
use crate::domain::fields;
use crate::domain::naming::shell;
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::audit::Window;
use crate::ops::audit::export::rfc3339;
use crate::ops::audit::tail::{Told, Wanted};
use crate::ui::{Format, Report, Terminal};

const SCHEMA: &str = "flowbit.audit.tail/1";

/// How many characters of the details of an entry people see.
const DETAILS: usize = 100;

/// Print the newest entries, and those that come.
///
/// With --follow it goes on until it is interrupted: every entry that is written is printed, once, also while the server
/// changes its primary or is away for a while. Entries come in the order in which the server has them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit tail --org acme
  flowbit audit tail --org acme -f
  flowbit audit tail --all -f --action 'user.*' -o jsonl | jq -r .userId
  flowbit audit tail --org acme --since 2h -f

-o json and -o jsonl print the entries as extended JSON, a line each; without --follow, -o json prints one envelope. Secrets in
entries are never shown; `flowbit audit export` writes the stored bytes.
Exit status is 0 when --follow is interrupted, or nobody reads any more; 7 when the server cannot go on from where it
was: then entries may be missing behind the last line. A standalone server is asked every second instead.")]
pub struct Args {
    #[command(flatten)]
    whose: Whose,
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    /// How many of the newest come first
    #[arg(short = 'n', long = "lines", value_name = "N", default_value_t = 10, conflicts_with = "since")]
    lines: u32,
    /// All from this moment on come first: `2h` (ago), `yesterday`, `2026-11-03` (UTC), RFC 3339, or `start`
    #[arg(long, help_heading = "Which entries", value_name = "WHEN", allow_hyphen_values = true, value_parser = since)]
    since: Option<Since>,
    #[command(flatten, next_help_heading = "Which entries")]
    which: Which,
    /// Canonical extended JSON: every value keeps its type
    #[arg(long)]
    canonical: bool,
    /// Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same
    #[arg(long)]
    mask: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    // From the start on no bound: entries without a date are entries.
    let since = args.since.and_then(|since| match since {
        Since::Start => None,
        Since::At(at) => Some(server_time(at)),
    });
    let window = Window { since, until: None };
    let asked = asked(&args.whose, &args.which, window, &house).await?;
    context.record_read(&house, asked.org.as_ref(), "audit.tail", read(&asked)).await?;
    let wanted =
        Wanted { again: args.again(), asked, newest: args.since.is_none().then_some(args.lines), follow: args.follow };
    let trail = house.trail();
    let people = matches!(context.terminal.format, Format::Table | Format::Csv);
    let names = if args.whose.all && people { house.names_by_key(&trail).await? } else { HashMap::new() };
    let form = if args.canonical { Form::Canonical } else { Form::Relaxed };
    let veil = veil(args.mask);
    let mut printer =
        Printer { terminal: context.terminal, trail, veil, all: args.whose.all, names, form, line: Vec::new() };
    if args.follow || context.terminal.format != Format::Json {
        let mut open = context.terminal.format != Format::Csv || context.terminal.stream(printer.head().as_bytes());
        let mut tell = |told: Told<'_>| {
            open = open && printer.print(&told);
            open
        };
        house.tail(&wanted, &mut tell).await?;
        return Ok(Done::Text(String::new()));
    }
    let mut entries: Vec<Value> = Vec::new();
    let mut tell = |told: Told<'_>| {
        if let Told::Entry(entry) = told {
            entries.push(extjson::value(&printer.shown(entry), form));
        }
        true
    };
    house.tail(&wanted, &mut tell).await?;
    Ok(Report::new(SCHEMA, &entries).into())
}

impl Args {
    /// The command that follows the same.
    fn again(&self) -> String {
        let mut words = vec!["flowbit audit tail".to_owned()];
        let mut say = |option: &str, value: &str| words.push(format!("{option} {}", shell(value)));
        for (option, value) in [
            ("--org", &self.whose.org),
            ("--actor", &self.which.actor),
            ("--action", &self.which.action),
            ("--target", &self.which.target),
        ] {
            value.iter().for_each(|value| say(option, value));
        }
        for one in &self.which.conditions {
            say("--where", &format!("{}{}={}", one.path, if one.not { "!" } else { "" }, one.value));
        }
        let given = [
            ("--all", self.whose.all),
            ("--canonical", self.canonical),
            ("--mask", self.mask),
            ("--follow", self.follow),
        ];
        words.extend(given.iter().filter(|(_, given)| *given).map(|(option, _)| (*option).to_owned()));
        words.join(" ")
    }
}

/// Prints entries as they come.
struct Printer<'a> {
    terminal: &'a Terminal,
    trail: Trail,
    veil: Veil,
    /// Whether it has to be said whose they are.
    all: bool,
    names: HashMap<String, String>,
    form: Form,
    line: Vec<u8>,
}

impl Printer<'_> {
    fn print(&mut self, told: &Told<'_>) -> bool {
        let entry = match told {
            Told::Note(note) => {
                self.terminal.note(note);
                return true;
            }
            Told::Entry(entry) => *entry,
        };
        self.line.clear();
        match self.terminal.format {
            Format::Json | Format::Jsonl => {
                let shown = extjson::value(&self.shown(entry), self.form);
                self.line.extend_from_slice(shown.to_string().as_bytes());
            }
            format => self.put(entry, format),
        }
        self.line.push(b'\n');
        self.terminal.stream(&self.line)
    }

    /// The entry, with nothing in it that is not to be shown.
    fn shown(&self, entry: &RawDocument) -> Document {
        let entry = self.trail.entry(extjson::document(entry));
        entry.actor.iter().for_each(|actor| self.veil.meet(actor, None));
        self.veil.document(&self.trail, entry.document)
    }

    fn put(&mut self, entry: &RawDocument, format: Format) {
        let entry = self.trail.entry(self.shown(entry));
        let id = plain(&entry.id);
        let text = match format {
            Format::Name => printable(&id),
            Format::Csv => csv_line(&self.columns(&entry, Some(&id))),
            _ => self.columns(&entry, None).join("  "),
        };
        self.line.extend_from_slice(text.as_bytes());
    }

    fn head(&self) -> String {
        let organization: &[&str] = if self.all { &["organization"] } else { &[] };
        let columns = [&["time"], organization, &["actor", "action", "target", "details", "id"]].concat();
        format!("{}\n", columns.join(","))
    }

    /// What is seen of an entry; all of it where `id` is given, for machines.
    fn columns(&self, entry: &Entry, id: Option<&str>) -> Vec<String> {
        let time = entry.time.map(|time| rfc3339(time.timestamp_millis()));
        let text = |value: Option<&Bson>| value.map(plain).unwrap_or_default();
        let organization = self.all.then(|| {
            let key = text(entry.tenant.as_ref());
            self.names.get(&key).cloned().unwrap_or(key)
        });
        let details = self.trail.details.as_deref().and_then(|path| fields::get(&entry.document, path));
        let details = details.map(said).unwrap_or_default();
        let rest = [actor(entry), entry.action.clone().unwrap_or_default(), text(entry.target.as_ref())];
        let mut columns: Vec<String> = Vec::new();
        match id {
            Some(id) => {
                columns.push(time.unwrap_or_default());
                columns.extend(organization.into_iter().chain(rest));
                columns.extend([details, id.to_owned()]);
            }
            None => {
                columns.push(time.map_or_else(|| "(no time)".to_owned(), |time| view::local_time(&time)));
                columns.extend(
                    organization
                        .into_iter()
                        .chain(rest)
                        .map(|text| if text.is_empty() { "-".to_owned() } else { printable(&text) }),
                );
                columns.extend(Some(cut(&printable(&details))).filter(|details| !details.is_empty()));
            }
        }
        columns
    }
}

/// Who did it, as the entry says.
fn actor(entry: &Entry) -> String {
    entry.actor.as_ref().map(plain).unwrap_or_default()
}

/// Facts in a line.
fn said(details: &Bson) -> String {
    let one = |value: &Bson| match value {
        Bson::Document(_) | Bson::Array(_) => value.clone().into_relaxed_extjson().to_string(),
        simple => plain(simple),
    };
    match details {
        Bson::Document(details) => {
            details.iter().map(|(name, value)| format!("{name}={}", one(value))).collect::<Vec<_>>().join(" ")
        }
        Bson::Null => String::new(),
        other => one(other),
    }
}

/// The text in one line, without what a terminal would obey.
fn printable(text: &str) -> String {
    let each = |c: char| if c.is_control() { c.escape_default().collect() } else { String::from(c) };
    text.chars().map(each).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(DETAILS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn csv_line(columns: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = writer.write_record(columns);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    #[test]
    fn what_people_see_is_one_line_that_no_terminal_obeys() {
        assert_eq!(printable("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
        assert_eq!(said(&doc! { "a": 1, "b": { "c": "x" } }.into()), "a=1 b={\"c\":\"x\"}");
        assert_eq!(cut(&"é".repeat(101)), format!("{}…", "é".repeat(100)));
    }
}
