//! `flowbit org rename`

use crate::commands::change::{Change, Registry};
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::org::find::shell;
use crate::ops::org::rename::{RenamePlan, RenameView};
use crate::ui::{Block, Report, Table};

/// Rename an organization with its collections and every copy of the name.
///
/// The platform may go on writing. Readers of the old collection names see the data until the alias ends; writers
/// get an error there instead of losing what they write.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org rename acme acme-global --dry-run
  flowbit org rename acme acme-global --confirm acme --reason 'merger, ticket 4711'
  flowbit org rename acme-global acme        # and back")]
pub struct Args {
    /// Its name now
    #[arg(value_name = "OLD")]
    old: String,
    /// Its name afterwards
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    change: Change,
    #[command(flatten)]
    registry: Registry,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(Some(&args.registry)), &progress)?;
    let Some(plan) = house.plan_rename(&args.old, &args.new, None).await? else {
        let data = serde_json::json!({ "from": args.old, "to": args.new });
        return Ok(Report::new("flowbit.org.rename/1", &data)
            .named([args.new.clone()])
            .line(format!("It is named {} already; nothing was changed.", args.new))
            .into());
    };
    house.require_guard(&plan.prepared.record.plan).await?;
    let blocks = view::on(&store, blocks(&plan));
    if args.change.dry_run {
        let mut report = Report::new("flowbit.org.rename/1", &view::plan_data(&plan.prepared.record, &plan.view))
            .named([plan.view.to.clone()]);
        report.human = blocks;
        let confirm = format!(
            "flowbit org rename {} {} --confirm {}",
            shell(&plan.view.from),
            shell(&plan.view.to),
            shell(&plan.view.from)
        );
        return Ok(report.warn(plan.prepared.warnings).next(confirm).into());
    }
    let agreed = consent::by_name(context, &plan.view.from, args.change.confirm.as_deref(), &blocks)?;
    store.fault().at("planned").await;
    let (seen, warnings) = (plan.view.clone(), plan.prepared.warnings.clone());
    let outcome = house.rename(plan, &agreed).await;
    progress.finish();
    let outcome = view::finished(outcome?)?;
    let line = format!("Renamed {} to {}.", seen.from, seen.to);
    Ok(view::done("flowbit.org.rename/1", ("rename", &seen), line, facts(&seen), &outcome)
        .named([seen.to.clone()])
        .warn(warnings)
        .next(format!("flowbit org show {}", shell(&seen.to)))
        .next(format!("flowbit org rename {} {}   # to take it back", shell(&seen.to), shell(&seen.from)))
        .into())
}

fn blocks(plan: &RenamePlan) -> Vec<Block> {
    let rows = plan
        .view
        .collections
        .iter()
        .map(|c| {
            vec![
                c.from.clone(),
                c.to.clone(),
                view::thousands(c.stats.documents),
                view::bytes(c.stats.bytes),
                c.stats.indexes.to_string(),
            ]
        })
        .collect();
    let mut blocks =
        vec![Block::Heading(format!("Rename {} to {}", plan.view.from, plan.view.to)), Block::Facts(facts(&plan.view))];
    if !plan.view.collections.is_empty() {
        blocks.push(Block::Line(String::new()));
        blocks
            .push(Block::Table(Table { head: vec!["collection", "becomes", "documents#", "size#", "indexes#"], rows }));
    }
    blocks.extend(view::steps(&plan.prepared.record));
    blocks
}

fn facts(seen: &RenameView) -> Vec<(String, String)> {
    let documents = seen.collections.iter().map(|c| c.stats.documents).sum();
    let moved = seen.collections.iter().filter(|c| c.from != c.to).count();
    let how = if moved == 0 {
        "keep their names; only the records change".to_owned()
    } else {
        format!(
            "{} with {}, renamed in place, not copied",
            view::count(u64::try_from(moved).unwrap_or_default(), "collection"),
            view::count(documents, "document")
        )
    };
    let mut facts = vec![("collections".to_owned(), how)];
    if seen.accounts > 0 {
        facts.push((
            "accounts".to_owned(),
            format!("{} with a copy of the name", view::count(seen.accounts, "account")),
        ));
    }
    if let Some(file) = &seen.registry {
        facts.push(("registry".to_owned(), file.clone()));
    }
    if let Some(until) = &seen.alias_until {
        facts.push(("old name".to_owned(), format!("readable and fenced until {until}")));
    }
    facts
}
