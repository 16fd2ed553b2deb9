//! `flowbit seed reset`

use serde_json::json;

use super::{How, Which, lay_all};
use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::org::find::shell;
use crate::ops::seed::Uprooted;
use crate::ui::{Block, Report, Table};

/// Remove exactly the documents that the set wrote.
///
/// They are known by their identifiers; documents of other origin stay, also those that refer to them. An organization
/// that was made with the set stays with its administrator: `flowbit org delete` removes it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit seed reset tickets --org acme --dry-run
  flowbit seed reset tickets --org acme --confirm acme
  flowbit seed reset tickets --confirm 2            # both tenants of the set")]
pub struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    change: Change,
}

const SCHEMA: &str = "flowbit.seed.reset/1";

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let set = args.which.read(context)?;
    let names = args.which.orgs(&set)?;
    let wish = args.how.wish()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let beds = lay_all(&house, context, &set, &names, &wish).await?;
    let mut plans = Vec::new();
    for bed in &beds {
        plans.push(house.plan_uproot(bed).await?);
    }
    let documents: u64 = plans.iter().map(Uprooted::documents).sum();
    let data = |plans: &[Uprooted]| {
        let orgs: Vec<_> = names
            .iter()
            .zip(plans)
            .map(|(org, plan)| json!({ "org": org, "documents": plan.documents(), "collections": plan.collections, "keeps_admin": plan.keeps_admin }))
            .collect();
        json!({ "set": set.manifest.name, "orgs": orgs, "documents": plans.iter().map(Uprooted::documents).sum::<u64>() })
    };
    let report = Report::new(SCHEMA, &data(&plans)).named(names.clone());
    let waits = beds.iter().any(|bed| bed.waits || (bed.known && bed.stamp.whole));
    if documents == 0 && !waits {
        let line = format!("Nothing of {} is there; nothing was changed.", set.manifest.name);
        return Ok(report.line(line).into());
    }
    let rows = names.iter().zip(&plans).flat_map(|(org, plan)| {
        plan.collections.iter().map(|(name, n)| vec![org.clone(), name.clone(), view::thousands(*n)])
    });
    let table = Block::Table(Table { head: vec!["organization", "collection", "documents#"], rows: rows.collect() });
    let line = format!("Would delete {}.", view::count(documents, "document"));
    if args.change.dry_run {
        return Ok(report.line(line).show(table).into());
    }
    let confirm = args.change.confirm.as_deref();
    let shown = [Block::Line(line), table];
    let agreed = match names.as_slice() {
        [_] => consent::by_name(context, beds[0].org.name.as_str(), confirm, &shown)?,
        several => consent::by_number(context, several.len(), confirm, &shown)?,
    };
    let mut done = Vec::new();
    for bed in &beds {
        done.push(house.uproot(bed, &args.which.set, &agreed).await?);
    }
    progress.finish();
    let keeps = done.iter().any(|plan| plan.keeps_admin);
    let removed: u64 = done.iter().map(Uprooted::documents).sum();
    let mut report = Report::new(SCHEMA, &data(&done)).changed(true).named(names.clone()).line(format!(
        "Deleted {} of {}.",
        view::count(removed, "document"),
        set.manifest.name
    ));
    if keeps {
        report = report
            .line("The organization was made with the set; it stays, with its administrator.")
            .next(format!("flowbit org delete {}", shell(&names[0])));
    }
    Ok(report.into())
}
