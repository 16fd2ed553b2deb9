//! `flowbit isolation baseline remove`

use std::collections::BTreeSet;

use serde_json::json;

use super::{Place, not_there, today};
use crate::commands::Done;
use crate::domain::isolation::baseline::{Baseline, Entry, removed};
use crate::domain::isolation::saved::pick;
use crate::error::Result;
use crate::ui::Report;

/// Take findings out of the baseline: they are findings again.
///
/// Either all are taken out or, where one is not in the file, none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit isolation baseline remove 3f2a9c01d4be
  flowbit isolation baseline list --json | jq -r '.data[] | select(.state == \"over\") | .finding' | xargs flowbit isolation baseline remove")]
pub struct Args {
    /// The findings, by their digits; the first few do
    #[arg(value_name = "FINDING", required = true)]
    findings: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let today = today();
    let text = args.place.text()?.unwrap_or_default();
    let file = args.place.path().display().to_string();
    let baseline = match text.is_empty() {
        true => Baseline::default(),
        false => Baseline::read(&text, today).map_err(|fault| args.place.broken(&fault))?,
    };
    let known = || baseline.entries.iter().map(|entry| entry.finding.as_str());
    let list = || format!("flowbit isolation baseline list -o name{}", args.place.option());
    let mut gone: BTreeSet<&str> = BTreeSet::new();
    for digits in &args.findings {
        gone.insert(pick(digits, known()).map_err(|said| not_there(said, &format!("in {file}"), list()))?);
    }
    let new = removed(&text, &gone, today).map_err(|fault| args.place.broken(&fault))?;
    args.place.replace(Some(&text), &new)?;
    let entries: Vec<&Entry> = baseline.entries.iter().filter(|entry| gone.contains(entry.finding.as_str())).collect();
    let lines =
        entries.iter().map(|entry| format!("{} {} {} is accepted no more.", entry.finding, entry.rule, entry.place));
    let mut report = Report::new("flowbit.isolation.baseline.remove/1", &json!({ "file": file, "removed": entries }))
        .changed(true)
        .named(gone.iter().copied());
    for line in lines {
        report = report.line(line);
    }
    Ok(report.next(format!("flowbit isolation baseline list{}", args.place.option())).into())
}
