//! `flowbit isolation baseline add`

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{Place, lists, not_there, today};
use crate::commands::cli::Global;
use crate::commands::isolation::saved;
use crate::commands::{Done, view};
use crate::config::{Environment, actor_of};
use crate::domain::isolation::baseline::{Baseline, Entry, added, latest};
use crate::domain::moment;
use crate::error::{Error, Result, code};
use crate::ui::{Block, Report, Table};

/// Accept findings of a saved report, with a reason and a last day.
///
/// They are findings no more until that day is over, or until there is more of one than now. One that is accepted already is
/// accepted anew. Either all are accepted or, where one is not in the report, none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit isolation check -o json > report.json
  flowbit isolation baseline add 3f2a9c01d4be --from report.json --reason 'the old shop, gone by spring' --until 2027-03-31
  flowbit isolation check -o json | flowbit isolation baseline add 3f2a --from - --reason 'under repair' --until 14d

The file is flowbit-baseline.toml in the working directory; it belongs into the repository of flowbit.toml.")]
pub struct Args {
    /// The findings, by their digits; the first few do
    #[arg(value_name = "FINDING", required = true)]
    findings: Vec<String>,
    /// The last day on which they are accepted, at most a year ahead: 2027-03-31, 30d
    #[arg(long, value_name = "DATE")]
    until: String,
    /// A report, as `flowbit isolation check -o json` prints it; `-` is the standard input
    #[arg(long, value_name = "REPORT")]
    from: PathBuf,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args, global: &Global, env: &Environment) -> Result<Done> {
    let today = today();
    let reason = global.reason.clone().or_else(|| env.get("FLOWBIT_REASON").map(str::to_owned));
    let reason = reason.filter(|reason| !reason.trim().is_empty()).ok_or_else(|| {
        Error::new(&code::BAD_ARGUMENT, "nothing is accepted without a reason").next("repeat with --reason TEXT")
    })?;
    let until = until(&args.until, today)?;
    let report = saved::read(&args.from)?;
    let by = actor_of(env).value;
    let text = args.place.text_if_any()?;
    let before = match &text {
        Some(text) => Baseline::read(text, today).map_err(|fault| args.place.broken(&fault))?,
        None => Baseline::default(),
    };
    let mut entries: Vec<Entry> = Vec::new();
    for digits in &args.findings {
        let finding = report.finding(digits).map_err(|said| not_there(said, "in the report", lists(&args.from)))?;
        if !entries.iter().any(|entry| entry.finding == finding.id) {
            entries.push(Entry::of(finding, &reason, Some(by.clone()), (today, until)));
        }
    }
    let new = added(text.as_deref(), &entries, today).map_err(|fault| args.place.broken(&fault))?;
    args.place.replace(text.as_deref(), &new)?;
    let renewed = |entry: &Entry| before.entries.iter().any(|known| known.finding == entry.finding);
    let rows = entries.iter().map(|entry| {
        let count = entry.count.map(view::thousands).unwrap_or_default();
        let word = if renewed(entry) { "accepted anew" } else { "accepted" };
        vec![
            entry.finding.clone(),
            entry.rule.clone(),
            entry.place.clone(),
            count,
            entry.until.to_string(),
            word.to_owned(),
        ]
    });
    let head = vec!["finding", "rule", "place", "count#", "until", "what"];
    let table = Table { head, rows: rows.collect() };
    let file = args.place.path().display().to_string();
    let ids: Vec<String> = entries.iter().map(|entry| entry.finding.clone()).collect();
    Ok(Report::new("flowbit.isolation.baseline.add/1", &json!({ "file": file, "accepted": entries }))
        .changed(true)
        .named(ids)
        .show(Block::Table(table))
        .line("")
        .line(format!("Written to {file}."))
        .next(format!("flowbit isolation baseline list{}", args.place.option()))
        .into())
}

fn until(text: &str, today: Date) -> Result<Date> {
    let bad = |what: String| Error::new(&code::BAD_ARGUMENT, format!("--until: {what}"));
    let moment = moment::moment(text, Timestamp::now()).map_err(|_| {
        bad(format!("{text:?} is no day")).next("a day, such as --until 2027-03-01, or a span, such as --until 90d")
    })?;
    let day = moment.to_zoned(TimeZone::UTC).date();
    let latest = latest(today);
    match day {
        day if day < today => Err(bad(format!("{day} is over already")).next("name a day to come")),
        day if day > latest => Err(bad(format!("{day} is more than a year ahead"))
            .next(format!("--until {latest} is the last day that can be"))),
        day => Ok(day),
    }
}
