//! `flowbit op resume` and `flowbit op rollback`

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, consent, view};
use crate::domain::record::OpState;
use crate::error::Result;
use crate::journal::{Outcome, Take};
use crate::ui::{Block, Report};

/// Finish an operation that was interrupted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit op resume 6b00e9cd6b491423ace46d96\n  flowbit op resume acme")]
pub struct Resume {
    /// Its identifier, a unique part of it, or the organization
    #[arg(value_name = "ID")]
    id: String,
    /// Wait for another runner's lease to run out
    #[arg(long)]
    wait: bool,
    /// Finish without the registry file, which you change by hand
    #[arg(long)]
    skip_registry: bool,
    /// Confirm with the organization's name; needed through a protected profile
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// Go on where the server cannot compare UUIDs; every writer must be stopped
    #[arg(long)]
    exclusive: bool,
}

/// Undo an operation that was interrupted before its commit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit op rollback 6b00e9cd6b491423ace46d96\n  flowbit op rollback acme")]
pub struct Rollback {
    /// Its identifier, a unique part of it, or the organization
    #[arg(value_name = "ID")]
    id: String,
    /// Wait for another runner's lease to run out
    #[arg(long)]
    wait: bool,
    /// Confirm with the organization's name; needed through a protected profile
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    /// Go on where the server cannot compare UUIDs; every writer must be stopped
    #[arg(long)]
    exclusive: bool,
}

pub(super) async fn resume(args: &Resume, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes { exclusive: args.exclusive, ..Wishes::default() }, &progress)?;
    let record = house.journal().load(&args.id).await?;
    if record.state.is_closed() {
        let data = serde_json::json!({ "id": record.id, "kind": record.kind, "org": record.subject.name, "state": record.state.word() });
        return Ok(Report::new("flowbit.op.resume/1", &data)
            .named([record.id.to_string()])
            .line(format!("{} is {}; there is nothing to do.", record.title(), record.state.word()))
            .into());
    }
    let agreed = consent::implied(context, &record.subject.name, args.confirm.as_deref())?;
    let how = if args.wait { Take::Wait } else { Take::WhenFree };
    let outcome = house.resume(record, how, args.skip_registry, &agreed).await;
    progress.finish();
    Ok(report("flowbit.op.resume/1", &view::finished(outcome?)?).into())
}

pub(super) async fn rollback(args: &Rollback, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes { exclusive: args.exclusive, ..Wishes::default() }, &progress)?;
    let record = house.journal().load(&args.id).await?;
    let agreed = consent::implied(context, &record.subject.name, args.confirm.as_deref())?;
    let how = if args.wait { Take::Wait } else { Take::WhenFree };
    let outcome = house.rollback(record, how, &agreed).await;
    progress.finish();
    Ok(report("flowbit.op.rollback/1", &outcome?).into())
}

fn report(schema: &'static str, outcome: &Outcome) -> Report {
    let record = &outcome.record;
    let done = record.state == OpState::Done;
    let line = if done {
        format!("Finished: {}.", record.title())
    } else {
        format!("Undone: {}; everything is as it was.", record.title())
    };
    let data = serde_json::json!({
        "id": record.id, "kind": record.kind, "org": record.subject.name, "to": record.subject.to, "state": record.state.word(), "seconds": outcome.took.as_secs_f64(),
    });
    let facts = vec![("operation".to_owned(), record.id.to_string()), ("took".to_owned(), view::seconds(outcome.took))];
    view::with_notes(
        Report::new(schema, &data).changed(true).named([record.id.to_string()]).line(line).show(Block::Facts(facts)),
        outcome,
    )
}
