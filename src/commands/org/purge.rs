//! `flowbit org purge`

use crate::commands::change::{Change, Registry};
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::org::find::shell;
use crate::ops::org::purge::PurgeView;
use crate::ui::{Block, Report};

/// Remove a deleted organization for good.
///
/// Drops its collections and accounts and verifies that nothing is left. This cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org purge acme --dry-run
  flowbit org purge acme --confirm acme
  flowbit org purge acme --before-grace-ends --confirm acme")]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "NAME")]
    name: String,
    /// Do not wait until the time for a restore is over
    #[arg(long)]
    before_grace_ends: bool,
    #[command(flatten)]
    change: Change,
    #[command(flatten)]
    registry: Registry,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(Some(&args.registry)), &progress)?;
    let plan = house.plan_purge(&args.name, args.before_grace_ends, None).await?;
    let mut blocks = vec![
        Block::Heading(format!("Purge {}: this cannot be undone", plan.view.name)),
        Block::Facts(facts(&plan.view)),
    ];
    blocks.extend(stays(&plan.view));
    blocks.extend(view::steps(&plan.prepared.record));
    let blocks = view::on(&store, blocks);
    if args.change.dry_run {
        let mut report = Report::new("flowbit.org.purge/1", &view::plan_data(&plan.prepared.record, &plan.view))
            .named([plan.view.name.clone()]);
        report.human = blocks;
        let name = shell(&plan.view.name);
        return Ok(report
            .warn(plan.prepared.warnings)
            .next(format!(
                "flowbit org purge {name}{} --confirm {name}",
                if args.before_grace_ends { " --before-grace-ends" } else { "" }
            ))
            .into());
    }
    let agreed = consent::by_name(context, &plan.view.name, args.change.confirm.as_deref(), &blocks)?;
    let (seen, warnings) = (plan.view.clone(), plan.prepared.warnings.clone());
    let outcome = house.purge(plan, args.before_grace_ends, &agreed).await;
    progress.finish();
    let outcome = view::finished(outcome?)?;
    let line = format!("Purged {}; nothing of it is left but what is named below.", seen.name);
    Ok(view::done("flowbit.org.purge/1", ("purge", &seen), line, facts(&seen), &outcome)
        .named([seen.name.clone()])
        .show_all(stays(&seen))
        .warn(warnings)
        .into())
}

fn facts(seen: &PurgeView) -> Vec<(String, String)> {
    let collections = u64::try_from(seen.collections.len()).unwrap_or_default();
    vec![
        (
            "collections".to_owned(),
            format!(
                "{} with {}",
                view::count(collections, "collection"),
                view::count(seen.stats.documents, "document")
            ),
        ),
        ("accounts".to_owned(), view::thousands(seen.accounts)),
    ]
}

fn stays(seen: &PurgeView) -> Vec<Block> {
    let mut blocks = vec![Block::Line(String::new()), Block::Heading("kept".to_owned())];
    blocks.extend(seen.kept.iter().map(|line| Block::Line(format!("  {line}"))));
    blocks
}
