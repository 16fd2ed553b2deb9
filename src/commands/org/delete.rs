//! `flowbit org delete`

use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::org::delete::DeleteView;
use crate::ops::org::find::shell;
use crate::ui::{Block, Report};

/// Delete an organization so that it can be restored.
///
/// Its accounts are disabled and its collections moved out of the way; nothing is dropped. Whoever still reads or
/// writes the old collections gets an error that says what happened.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org delete acme --dry-run
  flowbit org delete acme --confirm acme --keep-days 90")]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "NAME")]
    name: String,
    /// Days in which it can be restored [default: from the platform description, 30]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36500))]
    keep_days: Option<u32>,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let days = args.keep_days.unwrap_or(house.platform.keep.deleted_days);
    let plan = house.plan_delete(&args.name, days, None).await?;
    house.require_guard(&plan.prepared.record.plan).await?;
    let mut blocks = vec![Block::Heading(format!("Delete {}", plan.view.name)), Block::Facts(facts(&plan.view))];
    blocks.extend(view::steps(&plan.prepared.record));
    let blocks = view::on(&store, blocks);
    if args.change.dry_run {
        let mut report = Report::new("flowbit.org.delete/1", &view::plan_data(&plan.prepared.record, &plan.view))
            .named([plan.view.name.clone()]);
        report.human = blocks;
        let name = shell(&plan.view.name);
        return Ok(report
            .warn(plan.prepared.warnings)
            .next(format!("flowbit org delete {name} --confirm {name}"))
            .into());
    }
    let agreed = consent::by_name(context, &plan.view.name, args.change.confirm.as_deref(), &blocks)?;
    let (seen, warnings) = (plan.view.clone(), plan.prepared.warnings.clone());
    let outcome = house.delete(plan, days, &agreed).await;
    progress.finish();
    let outcome = view::finished(outcome?)?;
    let line = format!("Deleted {}; it can be restored until {}.", seen.name, seen.restorable_until);
    Ok(view::done("flowbit.org.delete/1", ("delete", &seen), line, facts(&seen), &outcome)
        .named([seen.name.clone()])
        .warn(warnings)
        .next(format!("flowbit org restore {}", shell(&seen.name)))
        .next(format!("flowbit org purge {}   # for good, after {}", shell(&seen.name), seen.restorable_until))
        .into())
}

fn facts(seen: &DeleteView) -> Vec<(String, String)> {
    let collections = u64::try_from(seen.collections.len()).unwrap_or_default();
    vec![
        (
            "collections".to_owned(),
            format!(
                "{} with {}, moved out of the way",
                view::count(collections, "collection"),
                view::count(seen.stats.documents, "document")
            ),
        ),
        ("accounts".to_owned(), format!("{} disabled", view::thousands(seen.accounts))),
        ("restorable".to_owned(), format!("until {}", seen.restorable_until)),
    ]
}
