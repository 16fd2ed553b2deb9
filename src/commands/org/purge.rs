//! `flowbit org purge`

use std::path::PathBuf;

use crate::commands::change::{Change, Registry};
use crate::commands::context::{Context, Wishes};
use crate::commands::fleet::{Fleet, Many, One, Verb, still_wanted};
use crate::commands::{Done, consent, roster, view};
use crate::error::Result;
use crate::ops::org::find::shell;
use crate::ops::org::purge::PurgeView;
use crate::ui::{Block, Report};

const MANY: Verb = Verb { schema: "flowbit.org.purge.many/1", word: "purge", past: "Purged" };

/// Remove deleted organizations for good.
///
/// Drops its collections and accounts and verifies that nothing is left. This cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org purge acme --dry-run
  flowbit org purge acme --confirm acme
  flowbit org purge acme --before-grace-ends --confirm acme
  flowbit org purge --expired --dry-run")]
pub struct Args {
    /// Name of the organization, or of several
    #[arg(value_name = "NAME", required_unless_present_any = ["from", "expired"])]
    names: Vec<String>,
    /// Every deleted organization whose time for a restore is over
    #[arg(long, help_heading = "Several organizations", conflicts_with_all = ["names", "from", "before_grace_ends"])]
    expired: bool,
    /// Read the names from this list, CSV with a column name or JSON Lines; `-` is standard input
    #[arg(long, help_heading = "Several organizations", value_name = "FILE", conflicts_with = "names")]
    from: Option<PathBuf>,
    #[command(flatten)]
    many: Many,
    /// Do not wait until the time for a restore is over
    #[arg(long)]
    before_grace_ends: bool,
    #[command(flatten)]
    change: Change,
    #[command(flatten)]
    registry: Registry,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    match args.names.as_slice() {
        [name] if args.from.is_none() => one(name, args, context).await,
        _ => several(args, context).await,
    }
}

async fn several(args: &Args, context: &Context<'_>) -> Result<Done> {
    let given = roster::names(context, &args.names, args.from.as_ref())?;
    let store = context.connect().await?;
    let names = match args.expired {
        true => context.house(&store, Wishes::default(), &context.progress())?.expired().await?,
        false => given,
    };
    let (wishes, dry_run) = (args.change.wishes(Some(&args.registry)), args.change.dry_run);
    let fleet = Fleet { context, store: &store, wishes, many: args.many, verb: MANY, dry_run, by_name: true };
    if names.is_empty() {
        return Ok(fleet.nothing("No organization's time for a restore is over; nothing was changed."));
    }
    let early = args.before_grace_ends;
    let items: Vec<(String, ())> = names.iter().map(|name| (name.clone(), ())).collect();
    if dry_run {
        let plans = fleet.drive(&items, async |house, name, ()| {
            let plan = house.plan_purge(name, early, None).await?;
            Ok(One::planned(&plan.prepared, &plan.view, facts(&plan.view)))
        });
        let mut again = roster::again("purge", &args.names, args.from.as_ref());
        again.push_str(if args.expired { " --expired" } else { "" });
        again.push_str(if early { " --before-grace-ends" } else { "" });
        return Ok(fleet.planned(&plans.await?, &again));
    }
    let mut blocks = fleet.preview(&names);
    blocks.push(Block::Line("This cannot be undone.".to_owned()));
    let agreed = consent::by_number(context, names.len(), args.change.confirm.as_deref(), &blocks)?;
    let tally = fleet.drive(&items, async |house, name, ()| {
        let plan = house.plan_purge(name, early, None).await?;
        still_wanted(house)?;
        let warnings = plan.prepared.warnings.clone();
        One::done(house.purge(plan, early, &agreed).await, warnings)
    });
    Ok(fleet.report(&tally.await?))
}

async fn one(name: &str, args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(Some(&args.registry)), &progress)?;
    let plan = house.plan_purge(name, args.before_grace_ends, None).await?;
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
