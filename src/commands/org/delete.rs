//! `flowbit org delete`

use std::path::PathBuf;

use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::fleet::{Fleet, Many, One, Verb, still_wanted};
use crate::commands::{Done, consent, roster, view};
use crate::error::Result;
use crate::ops::org::delete::DeleteView;
use crate::ops::org::find::shell;
use crate::ui::{Block, Report};

const MANY: Verb = Verb { schema: "flowbit.org.delete.many/1", word: "delete", past: "Deleted" };

/// Delete organizations so that they can be restored.
///
/// Its accounts are disabled and its collections moved out of the way; nothing is dropped. Whoever still reads or
/// writes the old collections gets an error that says what happened.
///
/// Several organizations are several operations; what keeps one from being deleted does not stop the others. A list is
/// CSV with a column `name`, or JSON Lines: what `flowbit org list` prints as csv or jsonl is one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org delete acme --dry-run
  flowbit org delete acme --confirm acme --keep-days 90
  flowbit org delete acme globex initech --confirm 3
  flowbit org delete --from leavers.csv --dry-run")]
pub struct Args {
    /// Name of the organization, or of several
    #[arg(value_name = "NAME", required_unless_present = "from")]
    names: Vec<String>,
    /// Read the names from this list, CSV with a column name or JSON Lines; `-` is standard input
    #[arg(long, help_heading = "Several organizations", value_name = "FILE", conflicts_with = "names")]
    from: Option<PathBuf>,
    #[command(flatten)]
    many: Many,
    /// Days in which it can be restored [default: from the platform description, 30]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36500))]
    keep_days: Option<u32>,
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
    let days = args.keep_days.unwrap_or(context.settings.platform.value.keep.deleted_days);
    let items: Vec<(String, ())> = names.iter().map(|name| (name.clone(), ())).collect();
    if dry_run {
        let plans = fleet.drive(&items, async |house, name, ()| {
            let plan = house.plan_delete(name, days, None).await?;
            house.require_guard(&plan.prepared.record.plan).await?;
            Ok(One::planned(&plan.prepared, &plan.view, facts(&plan.view)))
        });
        return Ok(fleet.planned(&plans.await?, &roster::again("delete", &args.names, args.from.as_ref())));
    }
    let agreed = consent::by_number(context, names.len(), args.change.confirm.as_deref(), &fleet.preview(&names))?;
    let tally = fleet.drive(&items, async |house, name, ()| {
        let plan = house.plan_delete(name, days, None).await?;
        still_wanted(house)?;
        let (until, warnings) = (plan.view.restorable_until.clone(), plan.prepared.warnings.clone());
        Ok(One::done(house.delete(plan, days, &agreed).await, warnings)?.with("restorable_until", until))
    });
    Ok(fleet.report(&tally.await?))
}

async fn one(name: &str, args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let days = args.keep_days.unwrap_or(house.platform.keep.deleted_days);
    let mut plan = house.plan_delete(name, days, None).await?;
    house.require_guard(&plan.prepared.record.plan).await?;
    let agreed = args.change.confirm.is_some() && !args.change.dry_run;
    plan.prepared.warnings.extend(house.surprise_warnings(&plan.view.name, agreed).await?);
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
    let preview = view::with_warnings(blocks, &plan.prepared.warnings);
    let agreed = consent::by_name(context, &plan.view.name, args.change.confirm.as_deref(), &preview)?;
    let (seen, warnings) = (plan.view.clone(), plan.prepared.warnings.clone());
    let tokens = house.before_delete_tokens(&seen.name).await?;
    let outcome = house.delete(plan, days, &agreed).await;
    progress.finish();
    let outcome = view::finished(outcome?)?;
    let line = format!("Deleted {}; it can be restored until {}.", seen.name, seen.restorable_until);
    let report = view::done("flowbit.org.delete/1", ("delete", &seen), line, facts(&seen), &outcome)
        .named([seen.name.clone()])
        .warn(warnings)
        .next(format!("flowbit org restore {}", shell(&seen.name)))
        .next(format!("flowbit org purge {}   # for good, after {}", shell(&seen.name), seen.restorable_until));
    Ok(view::with_tokens(report, tokens.as_ref(), ("were taken back", "")).into())
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
