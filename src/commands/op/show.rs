//! `flowbit op show`

use bson::Bson;
use serde_json::json;

use crate::commands::context::Context;
use crate::commands::{Done, view};
use crate::domain::record::{Happening, OpState, Record};
use crate::domain::template::plain;
use crate::error::Result;
use crate::journal::{Journal, parse};
use crate::ui::{Block, Report};

/// Show one operation: its plan, how far it is, what happened.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit op show 6b00e9cd6b491423ace46d96\n  flowbit op show acme        (the open operation of an organization)"
)]
pub struct Args {
    /// Its identifier, a unique part of it, or the organization
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let stored = Journal::new(&store, context.settings.lease.value).load_document(&args.id).await?;
    let raw = Bson::Document(stored.clone()).into_relaxed_extjson();
    let record = match parse(&stored) {
        Ok(record) => record,
        Err(error) => {
            // Shown, not touched: what is there is all that can be said.
            let text = serde_json::to_string_pretty(&raw).unwrap_or_default();
            return Ok(Report::new("flowbit.op.show/1", &json!({ "record": raw }))
                .line(text)
                .warn([error.message().to_owned()])
                .into());
        }
    };
    let folded = record.folded();
    let data = json!({
        "id": record.id, "kind": record.kind, "org": record.subject.name, "to": record.subject.to, "state": record.state_word(),
        "open": record.open, "steps": record.plan.lines(), "stuck": folded.stuck.as_ref().map(|(_, why)| why), "record": raw,
    });
    let mut report = Report::new("flowbit.op.show/1", &data)
        .named([record.id.to_string()])
        .show(Block::Heading(record.title()))
        .show(Block::Facts(facts(&record)))
        .show_all(steps(&record))
        .line("")
        .show(Block::Heading("history".to_owned()))
        .show_all(history(&record));
    if let Some((_, why)) = &folded.stuck {
        report = report.warn([format!("stuck: {why}")]);
    }
    if record.open {
        report = report.next(record.go_on());
        if matches!(record.state, OpState::Forward | OpState::Back) {
            report = report.next(format!("flowbit op rollback {}", record.id));
        }
    }
    Ok(report.into())
}

fn facts(record: &Record) -> Vec<(String, String)> {
    let time = |t: bson::DateTime| view::local_time(&plain(&Bson::DateTime(t)));
    let mut facts = vec![
        ("id".to_owned(), record.id.to_string()),
        ("state".to_owned(), record.state_word().to_owned()),
        ("began".to_owned(), time(record.began)),
        ("by".to_owned(), record.actor.clone()),
    ];
    if let Some(reason) = &record.reason {
        facts.push(("reason".to_owned(), reason.clone()));
    }
    if record.open {
        facts.push(("runner".to_owned(), format!("{}, lease until {}", record.lease.runner, time(record.lease.until))));
    }
    if let Some(until) = record.keep_until {
        facts.push(("kept until".to_owned(), time(until)));
    }
    facts
}

/// The steps of the plan, each with a mark for done.
fn steps(record: &Record) -> Vec<Block> {
    let folded = record.folded();
    let has = |list: &[i32], i: usize| i32::try_from(i).is_ok_and(|i| list.contains(&i));
    let committed = matches!(record.state, OpState::Committed | OpState::Done);
    let mut lines = Vec::new();
    for (i, step) in record.plan.before.iter().enumerate() {
        lines.push((has(&folded.before, i), step.to_string()));
    }
    if !record.plan.commit.is_empty() {
        lines.push((committed, format!("commit: {}", crate::domain::plan::summary(&record.plan.commit))));
    }
    for (i, step) in record.plan.after.iter().enumerate() {
        lines.push((has(&folded.after, i), step.to_string()));
    }
    let mut blocks = vec![Block::Line(String::new()), Block::Heading("steps".to_owned())];
    blocks.extend(
        lines.into_iter().map(|(done, line)| Block::Line(format!("  [{}] {line}", if done { 'x' } else { ' ' }))),
    );
    blocks
}

fn history(record: &Record) -> Vec<Block> {
    let describe = |what: &Happening| match what {
        Happening::Begun => "begun".to_owned(),
        Happening::Checked => "plan checked, names reserved".to_owned(),
        Happening::Taken { runner } => format!("taken by {runner}"),
        Happening::Made { step, uuid } => format!("step {}: made collection {uuid}", step + 1),
        Happening::Stray { place, .. } => {
            format!("documents written under the old name were put aside in {}", place.coll)
        }
        Happening::Watching { .. } => "the changes up to here are in the copies".to_owned(),
        Happening::Gathered { .. } => "documents put aside are where they belong".to_owned(),
        Happening::Differs { documents, .. } => format!("{documents} documents put aside differ; they stay there"),
        Happening::Did { step } => format!("step {} done", step + 1),
        Happening::Undid { step } => format!("step {} undone", step + 1),
        Happening::Turned { why } => format!("turned back: {why}"),
        Happening::Committing => "commit begun, document by document".to_owned(),
        Happening::Committed => "committed".to_owned(),
        Happening::Finished { step } => {
            format!("step {} done", usize::try_from(*step).unwrap_or_default() + record.plan.before.len() + 2)
        }
        Happening::Noted { note } => note.clone(),
        Happening::Stuck { why, .. } => format!("stuck: {why}"),
        Happening::Closed => "closed".to_owned(),
    };
    record
        .events
        .iter()
        .map(|event| {
            Block::Line(format!("  {}  {}", view::local_time(&plain(&Bson::DateTime(event.at))), describe(&event.what)))
        })
        .collect()
}
