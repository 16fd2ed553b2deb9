//! `flowbit seed reset`

use serde_json::{Value, json};

use super::{How, Which, lay_all};
use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::domain::seed::SeedSet;
use crate::error::{Error, Result};
use crate::ops::org::find::shell;
use crate::ops::seed::{Bed, Uprooted, Wish};
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
    let wish = Wish { looks: true, from: args.which.set.clone(), ..args.how.wish()? };
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let beds = lay_all(&house, context, &set, &names, &wish).await?;
    let mut plans = Vec::new();
    for bed in &beds {
        plans.push(house.plan_uproot(bed).await?);
    }
    let documents: u64 = plans.iter().map(Uprooted::documents).sum();
    let report = Report::new(SCHEMA, &data(&set, &names, &plans)).named(names.clone());
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
        match house.uproot(bed, &args.which.set, &agreed).await {
            Ok(uprooted) => done.push(uprooted),
            Err(error) => return Err(stopped(bed, error, &names[..done.len()])),
        }
    }
    progress.finish();
    let report = Report::new(SCHEMA, &data(&set, &names, &done)).changed(true).named(names.clone());
    Ok(told(report, context, &set, &names, &done).into())
}

fn data(set: &SeedSet, names: &[String], plans: &[Uprooted]) -> Value {
    let org = |(org, plan): (&String, &Uprooted)| {
        json!({
            "org": org, "documents": plan.documents(), "collections": plan.collections, "keeps_admin": plan.keeps_admin,
        })
    };
    let orgs: Vec<Value> = names.iter().zip(plans).map(org).collect();
    let documents: u64 = plans.iter().map(Uprooted::documents).sum();
    json!({ "set": set.manifest.name, "orgs": orgs, "documents": documents })
}

/// A failure, with what had been done before it.
fn stopped(bed: &Bed, error: Error, done: &[String]) -> Error {
    if done.is_empty() {
        return error;
    }
    let text = format!("{}: {}; before it, done: {}", bed.org.name, error.message(), done.join(", "));
    error.actions().iter().cloned().fold(Error::new(error.code(), text).after_changes(), Error::next)
}

fn told(report: Report, context: &Context<'_>, set: &SeedSet, names: &[String], done: &[Uprooted]) -> Report {
    let removed: u64 = done.iter().map(Uprooted::documents).sum();
    let mut report = report.line(format!("Deleted {} of {}.", view::count(removed, "document"), set.manifest.name));
    let kept = names.iter().zip(done).filter(|(_, plan)| plan.keeps_admin);
    let kept: Vec<&str> = kept.map(|(name, _)| name.as_str()).collect();
    if !kept.is_empty() {
        let kept = kept.join(", ");
        report = report.line(format!("Made with the set, with an administrator, and still there: {kept}."));
    }
    for name in kept {
        report = report.next(format!("flowbit org delete {}", shell(name)));
    }
    let screens = set.manifest.tenants.iter().any(|tenant| !tenant.screens.is_empty());
    if screens && context.settings.registry.is_some() {
        let stays = "screens that the set entered into the registry file stay: flowbit screen list";
        report = report.warn([stays.to_owned()]);
    }
    report
}
