//! `flowbit op gc`

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::op::gc::Finding;
use crate::ui::{Block, Report, Table};

/// Clear away aliases whose time is over, and what interrupted operations left.
///
/// Nothing is removed that holds a document which does not stand elsewhere, equal.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit op gc --dry-run\n  flowbit op gc")]
pub struct Args {
    /// Show what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm with `gc`; needed through a protected profile
    #[arg(long, value_name = "gc")]
    confirm: Option<String>,
    /// Go on where the server cannot compare UUIDs; every writer must be stopped
    #[arg(long)]
    exclusive: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes { exclusive: args.exclusive, ..Wishes::default() }, &progress)?;
    let plan = house.plan_gc().await?;
    if args.dry_run {
        return Ok(report(&plan.findings, "Would remove", false).into());
    }
    let agreed = consent::implied(context, "gc", args.confirm.as_deref())?;
    let outcome = house.gc(plan, &agreed).await;
    progress.finish();
    let (findings, removed) = outcome?;
    Ok(report(&findings, "Removed", removed > 0).into())
}

fn report(findings: &[Finding], verb: &str, changed: bool) -> Report {
    let report = Report::new("flowbit.op.gc/1", &findings)
        .changed(changed)
        .named(findings.iter().filter(|f| f.action == "remove").map(|f| f.name.clone()));
    if findings.is_empty() {
        return report.line("There is nothing to clear away.");
    }
    let rows =
        findings.iter().map(|f| vec![f.kind.to_owned(), f.name.clone(), f.action.to_owned(), f.why.clone()]).collect();
    let removed = u64::try_from(findings.iter().filter(|f| f.action == "remove").count()).unwrap_or_default();
    report
        .show(Block::Table(Table { head: vec!["kind", "name", "action", "why"], rows }))
        .line("")
        .line(format!("{verb} {}.", view::count(removed, "thing")))
}
