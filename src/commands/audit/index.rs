//! `flowbit audit index`

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::audit::Indexing;
use crate::ui::{Block, Report};

/// Make the indexes that questions about the audit trail need.
///
/// Without one that begins with tenant and time, the server reads the entries of all tenants for a question about one. The
/// backend can go on writing meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit index --dry-run
  flowbit audit index
  flowbit audit index --time      # also by time alone, for --all")]
pub struct Args {
    /// Also an index by time alone, for questions about all organizations
    #[arg(long)]
    time: bool,
    /// Show what would be made and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm with `index`; needed through a protected profile
    #[arg(long, value_name = "index")]
    confirm: Option<String>,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let trail = house.trail();
    let plan = house.plan_indexing(&trail, args.time).await?;
    let missing = !plan.missing.is_empty();
    if args.dry_run || !missing {
        return Ok(report(&plan, "Would make", false).into());
    }
    let agreed = consent::implied(context, "index", args.confirm.as_deref())?;
    let made = house.index_trail(&trail, &plan, &agreed).await;
    progress.finish();
    made?;
    Ok(report(&plan, "Made", true).into())
}

fn report(plan: &Indexing, verb: &str, changed: bool) -> Report {
    let data = serde_json::json!({
        "collection": plan.collection, "entries": plan.entries,
        "indexes": plan.missing.iter().map(|missing| serde_json::json!({
            "name": missing.name, "keys": bson::Bson::Document(missing.keys.clone()).into_relaxed_extjson(),
        })).collect::<Vec<_>>(),
    });
    let report = Report::new("flowbit.audit.index/1", &data)
        .changed(changed)
        .named(plan.missing.iter().map(|missing| missing.name.clone()));
    if plan.missing.is_empty() {
        return report.line(format!("{} has the indexes that questions need.", plan.collection));
    }
    let n = u64::try_from(plan.missing.len()).unwrap_or_default();
    let n = if n == 1 { "1 index".to_owned() } else { format!("{n} indexes") };
    let over = format!("over about {} entries", view::thousands(plan.entries));
    let names = plan.missing.iter().map(|missing| ("index".to_owned(), missing.name.clone()));
    report.line(format!("{verb} {n} of {} {over}.", plan.collection)).show(Block::Facts(names.collect()))
}
