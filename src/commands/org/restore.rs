//! `flowbit org restore`

use std::path::PathBuf;

use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::fleet::{Fleet, Many, One, Verb, still_wanted};
use crate::commands::{Done, consent, roster, view};
use crate::error::Result;
use crate::ops::org::find::shell;
use crate::ops::org::restore::RestoreView;
use crate::ui::{Block, Report};

const MANY: Verb = Verb { schema: "flowbit.org.restore.many/1", word: "restore", past: "Restored" };

/// Restore deleted organizations.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org list --deleted
  flowbit org restore acme
  flowbit org list --deleted -o jsonl | flowbit org restore --from -")]
pub struct Args {
    /// Name of the organization, or of several
    #[arg(value_name = "NAME", required_unless_present = "from")]
    names: Vec<String>,
    /// Read the names from this list, CSV with a column name or JSON Lines; `-` is standard input
    #[arg(long, help_heading = "Several organizations", value_name = "FILE", conflicts_with = "names")]
    from: Option<PathBuf>,
    #[command(flatten)]
    many: Many,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    match args.names.as_slice() {
        [name] if args.from.is_none() => one(name, args, context).await,
        _ => several(args, context).await,
    }
}

async fn several(args: &Args, context: &Context<'_>) -> Result<Done> {
    let names = roster::names(context, &args.names, args.from.as_ref())?;
    let store = context.connect().await?;
    let (wishes, dry_run) = (args.change.wishes(None), args.change.dry_run);
    let fleet = Fleet { context, store: &store, wishes, many: args.many, verb: MANY, dry_run, by_name: true };
    let items: Vec<(String, ())> = names.iter().map(|name| (name.clone(), ())).collect();
    if dry_run {
        let plans = fleet.drive(&items, async |house, name, ()| {
            let plan = house.plan_restore(name, None).await?;
            Ok(One::planned(&plan.prepared, &plan.view, facts(&plan.view)))
        });
        return Ok(fleet.planned(&plans.await?, &roster::again("restore", &args.names, args.from.as_ref())));
    }
    let agreed = consent::implied_for(context, names.len(), args.change.confirm.as_deref())?;
    let tally = fleet.drive(&items, async |house, name, ()| {
        let plan = house.plan_restore(name, None).await?;
        still_wanted(house)?;
        let warnings = plan.prepared.warnings.clone();
        One::done(house.restore(plan, &agreed).await, warnings)
    });
    Ok(fleet.report(&tally.await?))
}

fn facts(seen: &RestoreView) -> Vec<(String, String)> {
    vec![
        ("collections".to_owned(), seen.collections.join(", ")),
        ("accounts".to_owned(), format!("{} enabled", view::thousands(seen.accounts))),
    ]
}

async fn one(name: &str, args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let plan = house.plan_restore(name, None).await?;
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
