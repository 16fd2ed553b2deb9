//! `flowbit audit prune`

use bson::DateTime;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::scope::{self, Whose, server_time};
use super::sealing::{Known, Names, moment, remember_or_warn};
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::SealPlace;
use crate::commands::{Done, consent, view};
use crate::error::Result;
use crate::ops::audit::{Erasable, Pruning};
use crate::ops::org::find::shell;
use crate::ui::{Block, Report, Table};

/// Erase entries whose time is over, whole seals at a time.
///
/// Entries are erased that are sealed, as they were sealed, and older than --before; the seals and their digests stay, so
/// that an exported copy can be proven for ever, and that they were erased is signed. Nothing is erased while a hold is in
/// force. Export them first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit export --org acme --until 2025-01-01 --out acme-2024.ndjson.gz
  flowbit audit prune --org acme --before 2025-01-01 --dry-run
  flowbit audit prune --org acme --before 2025-01-01 --confirm acme
  flowbit audit prune --all --before 730d --confirm 48211      # as many entries as the dry run says")]
pub struct Args {
    #[command(flatten)]
    whose: Whose,
    /// Erase what is older than this: `730d` (ago), `2025-01-01`, RFC 3339
    #[arg(long, value_name = "WHEN", required = true, allow_hyphen_values = true, value_parser = scope::past)]
    before: Timestamp,
    /// Say what would be erased, and erase nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm without being asked: the name of the organization, or with --all the number of entries
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    #[command(flatten)]
    place: SealPlace,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let key = args.place.signer(context)?;
    let known = Known { place: args.place.clone(), ..Known::default() };
    let keys = known.keys(context)?;
    let store = context.connect().await?;
    store.require_writable_topology()?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let org = scope::org(&args.whose, &house).await?;
    let outside = known.heads(context, &store)?;
    let pruning = house.plan_prune(org.as_ref(), server_time(args.before), &keys, &outside).await?;
    let names = Names::of(&house).await?;
    let before = view::local_time(&args.before.to_string());
    if pruning.is_empty() {
        let report = Report::new("flowbit.audit.prune/1", &data(&pruning, 0, &names));
        return Ok(report.line(format!("No whole seal is older than {before}; nothing was erased.")).into());
    }
    let expected = org.as_ref().map_or_else(|| pruning.count().to_string(), |org| org.name.as_str().to_owned());
    let heading = format!("Erase {} older than {before}: this cannot be undone", view::count(pruning.count(), "entry"));
    let blocks = view::on(&store, vec![Block::Heading(heading), Block::Table(table(&pruning.chains, &names))]);
    if args.dry_run {
        house.rehearse_prune(&pruning, &keys, &outside).await?;
        let whose =
            org.as_ref().map_or_else(|| "--all".to_owned(), |org| format!("--org {}", shell(org.name.as_str())));
        let again = format!("flowbit audit prune {whose} --before {} --confirm {}", args.before, shell(&expected));
        let report = Report::new("flowbit.audit.prune/1", &data(&pruning, 0, &names)).show_all(blocks);
        return Ok(report.next(again).into());
    }
    let agreed = consent::by_name(context, &expected, args.confirm.as_deref(), &blocks)?;
    let pruned = house.prune(&pruning, &key, &keys, &outside, &agreed).await;
    progress.finish();
    let pruned = pruned?;
    remember_or_warn(context, &args.place, store.master(), &pruned.heads);
    let erased = pruned.erased;
    Ok(Report::new("flowbit.audit.prune/1", &data(&pruning, erased, &names))
        .changed(true)
        .line(format!("Erased {} older than {before}; their seals stay.", view::count(erased, "entry")))
        .show(Block::Table(table(&pruning.chains, &names)))
        .next("flowbit audit verify --all")
        .into())
}

fn data(pruning: &Pruning, erased: u64, names: &Names) -> Value {
    let each = |chain: &Erasable| {
        json!({
            "chain": chain.chain, "organization": names.name(&chain.tenant), "seals": chain.seals, "entries": chain.count,
            "first": chain.between.0.map(moment), "last": chain.between.1.map(moment),
        })
    };
    json!({
        "before": moment(pruning.before), "entries": pruning.count(), "erased": erased,
        "chains": pruning.chains.iter().map(each).collect::<Vec<_>>(),
    })
}

fn table(chains: &[Erasable], names: &Names) -> Table {
    let time = |at: Option<DateTime>| at.map_or_else(|| "-".to_owned(), |at| view::local_time(&moment(at)));
    let row = |chain: &Erasable| {
        vec![
            names.name(&chain.tenant),
            view::thousands(chain.seals.len() as u64),
            view::thousands(chain.count),
            time(chain.between.0),
            time(chain.between.1),
        ]
    };
    Table { head: vec!["organization", "seals#", "entries#", "first", "last"], rows: chains.iter().map(row).collect() }
}
