//! `flowbit org restore`

use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::org::find::shell;
use crate::ui::{Block, Report};

/// Restore a deleted organization.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit org list --deleted\n  flowbit org restore acme")]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let plan = house.plan_restore(&args.name, None).await?;
    let facts = |plan: &crate::ops::org::restore::RestoreView| {
        vec![
            ("collections".to_owned(), plan.collections.join(", ")),
            ("accounts".to_owned(), format!("{} enabled", view::thousands(plan.accounts))),
        ]
    };
    if args.change.dry_run {
        return Ok(Report::new("flowbit.org.restore/1", &view::plan_data(&plan.prepared.record, &plan.view))
            .named([plan.view.name.clone()])
            .show(Block::Heading(format!("Restore {}", plan.view.name)))
            .show(Block::Facts(facts(&plan.view)))
            .show_all(view::steps(&plan.prepared.record))
            .warn(plan.prepared.warnings)
            .into());
    }
    let agreed = consent::implied(context, &plan.view.name, args.change.confirm.as_deref())?;
    let (seen, warnings) = (plan.view.clone(), plan.prepared.warnings.clone());
    let outcome = house.restore(plan, &agreed).await;
    progress.finish();
    let outcome = view::finished(outcome?)?;
    let line = format!("Restored {}.", seen.name);
    Ok(view::done("flowbit.org.restore/1", ("restore", &seen), line, facts(&seen), &outcome)
        .named([seen.name.clone()])
        .warn(warnings)
        .next(format!("flowbit org show {}", shell(&seen.name)))
        .into())
}
