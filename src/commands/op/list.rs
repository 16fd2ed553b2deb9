//! `flowbit op list`

use bson::Document;
use serde_json::json;

use crate::commands::context::Context;
use crate::commands::{Done, view};
use crate::error::Result;
use crate::journal::{Journal, parse};
use crate::ui::{Block, Report, Table};

/// List operations, newest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit op list\n  flowbit op list --open --json | jq -r '.data[].id'")]
pub struct Args {
    /// Only those that are neither done nor undone
    #[arg(long)]
    open: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let records = Journal::new(&store, context.settings.lease.value).list(args.open).await?;
    let rows: Vec<(serde_json::Value, Vec<String>)> = records.iter().map(row).collect();
    let data: Vec<_> = rows.iter().map(|(data, _)| data.clone()).collect();
    let names: Vec<String> = records.iter().filter_map(|r| r.get_str("_id").ok().map(str::to_owned)).collect();
    let report = Report::new("flowbit.op.list/1", &data).named(names);
    if rows.is_empty() {
        return Ok(report.line(if args.open { "No operation is open." } else { "There are no operations." }).into());
    }
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    Ok(report.show(Block::Table(Table { head: vec!["id", "kind", "org", "state", "began", "by"], rows })).into())
}

/// One record; of another version no more than can be known.
fn row(stored: &Document) -> (serde_json::Value, Vec<String>) {
    match parse(stored) {
        Ok(record) => {
            let began = crate::domain::template::plain(&bson::Bson::DateTime(record.began));
            let org = match &record.subject.to {
                Some(to) => format!("{} → {to}", record.subject.name),
                None => record.subject.name.clone(),
            };
            let data = json!({
                "id": record.id, "kind": record.kind, "org": record.subject.name, "to": record.subject.to, "state": record.state_word(),
                "open": record.open, "began": began, "actor": record.actor, "reason": record.reason,
            });
            (
                data,
                vec![
                    record.id.to_string(),
                    record.kind.clone(),
                    org,
                    record.state_word().to_owned(),
                    view::local_time(&began),
                    record.actor.clone(),
                ],
            )
        }
        Err(_) => {
            let text = |key: &str| stored.get_str(key).unwrap_or("?").to_owned();
            let data = json!({ "id": text("_id"), "kind": text("kind"), "org": null, "state": "unknown version", "open": stored.get_bool("open").ok() });
            (
                data,
                vec![
                    text("_id"),
                    text("kind"),
                    "?".to_owned(),
                    "unknown version".to_owned(),
                    "?".to_owned(),
                    "?".to_owned(),
                ],
            )
        }
    }
}
