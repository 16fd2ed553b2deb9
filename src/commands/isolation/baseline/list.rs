//! `flowbit isolation baseline list`

use serde_json::{Value, json};

use super::{Place, today};
use crate::commands::{Done, view};
use crate::domain::isolation::baseline::{Entry, Force};
use crate::error::Result;
use crate::ui::{Block, Report, Table};

/// List what is accepted: in force, ending soon, over.
///
/// What ends within 14 days ends soon. The last day is a day in UTC.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit isolation baseline list
  flowbit isolation baseline list --json | jq -r '.data[] | select(.state != \"in_force\") | .finding'")]
pub struct Args {
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let today = today();
    let baseline = args.place.load(today)?;
    let data: Vec<Value> = baseline.entries.iter().map(|entry| data(entry, entry.force(today))).collect();
    let report = Report::new("flowbit.isolation.baseline.list/1", &data)
        .named(baseline.entries.iter().map(|entry| entry.finding.clone()));
    if baseline.entries.is_empty() {
        return Ok(report.line("Nothing is accepted.").into());
    }
    let rows = baseline.entries.iter().map(|entry| {
        vec![
            entry.finding.clone(),
            entry.rule.clone(),
            entry.force(today).words().to_owned(),
            entry.until.to_string(),
            entry.count.map(view::thousands).unwrap_or_default(),
            entry.place.clone(),
            entry.by.clone().unwrap_or_default(),
            entry.reason.clone(),
        ]
    });
    let head = vec!["finding", "rule", "state", "until", "count#", "place", "by", "reason"];
    Ok(report.show(Block::Table(Table { head, rows: rows.collect() })).into())
}

fn data(entry: &Entry, force: Force) -> Value {
    let mut data = json!(entry);
    data["state"] = json!(force);
    data
}
