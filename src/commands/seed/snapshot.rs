//! `flowbit seed snapshot`

use std::path::PathBuf;

use bson::doc;
use serde_json::{Value, json};

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::domain::seed::mask::{FieldWay, Tally};
use crate::error::{Error, Result, code};
use crate::ops::org::find::shell;
use crate::ops::seed::{Snapshot, Wanted};
use crate::store::file::NewDirectory;
use crate::ui::{Block, Report, Table};

/// Make a set of a living organization: its documents and accounts, without identifiers and without people.
///
/// Documents refer to each other by keys, and whose they are is left to the organization that the set is written into.
/// E-mails, names, telephones and addresses become pseudonyms, the same for the same value everywhere; hashes of
/// passwords, tokens and secrets are never written. Nothing on the server is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit seed snapshot acme --out ./seed/acme
  flowbit seed snapshot acme --out ./seed/small --limit 100 --collection users --collection tickets
  flowbit seed snapshot acme --out ./seed/acme --mask tickets.title=pseudonym --mask tickets.description=drop
  flowbit seed snapshot acme --out ./seed/acme --dry-run --json | jq '.data.masked'")]
pub struct Args {
    /// The organization
    #[arg(value_name = "ORG")]
    org: String,
    /// Write the set into this new directory (mode 0700)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Name of the set; after the organization unless given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Take at most so many documents of each collection
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Take only this collection, by its name in the set; may be repeated
    #[arg(long = "collection", value_name = "KIND")]
    collections: Vec<String>,
    /// Take the organization's entries of the audit trail, too
    #[arg(long)]
    audit: bool,
    /// Show what would be taken and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave e-mails, names, telephones and addresses as they are
    #[arg(long, help_heading = "What is personal")]
    keep_personal: bool,
    /// What becomes of a field: `tickets.title=drop`, `=pseudonym`, `=hash` or `=keep`; may be repeated
    #[arg(long = "mask", value_name = "FIELD=RULE", help_heading = "What is personal")]
    masks: Vec<String>,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let bad = |what: String| Error::new(&code::BAD_ARGUMENT, format!("--mask {what}"));
    let ways: Vec<FieldWay> =
        args.masks.iter().map(|text| FieldWay::parse(text).map_err(bad)).collect::<Result<_>>()?;
    let wanted = Wanted {
        out: context.env.directory.join(&args.out),
        name: args.name.clone(),
        limit: args.limit,
        collections: args.collections.clone(),
        audit: args.audit,
        keep_personal: args.keep_personal,
        ways,
        dry_run: args.dry_run,
    };
    NewDirectory::require_free(&wanted.out)?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let orgs = house.orgs_briefly().await?;
    let org = house.load_org(&orgs, &args.org).await?;
    let details = doc! { "collections": args.collections.clone(), "keep_personal": args.keep_personal };
    context.record_read(&house, Some(org), "seed.snapshot", details).await?;
    let snapshot = house.take_snapshot(org, &orgs, &wanted).await?;
    progress.finish();
    Ok(report(args, &snapshot).into())
}

fn report(args: &Args, snapshot: &Snapshot) -> Report {
    let counted = &snapshot.counted;
    let directory = args.out.display().to_string();
    let data = json!({
        "org": snapshot.org, "set": snapshot.set, "directory": directory, "dry_run": args.dry_run,
        "collections": snapshot.collections, "documents": snapshot.documents(), "admin": snapshot.admin,
        "masked": tally(&counted.masked, "rule"), "dangling": tally(&counted.dangling, "what"),
        "left_out": tally(&counted.unstated, "why"),
    });
    let documents = view::count(snapshot.documents(), "document");
    let (line, ids) = (
        match args.dry_run {
            true => format!("Would take {documents} of {} into {directory}.", snapshot.org),
            false => format!("Took {documents} of {} into {directory}.", snapshot.org),
        },
        counted.dangling.total(),
    );
    let rows = snapshot
        .collections
        .iter()
        .map(|taken| vec![taken.name.clone(), taken.into.clone(), view::thousands(taken.documents)]);
    let table = Table { head: vec!["collection", "into", "documents#"], rows: rows.collect() };
    let mut report = Report::new("flowbit.seed.snapshot/1", &data).named([directory.clone()]).line(line);
    report = report.show(Block::Table(table)).warn(snapshot.warnings.clone());
    if counted.masked.total() > 0 {
        report = report.show(tally_table("masked", "rule", &counted.masked));
    }
    if ids > 0 {
        report = report
            .line(format!("{} to documents outside the snapshot and stay as they are:", leads(ids)))
            .show(tally_table("field", "what", &counted.dangling));
    }
    let shown = shell(&directory);
    // A name alone would be looked for among the sets that ship with flowbit.
    let path = if directory.contains('/') { shown } else { format!("./{shown}") };
    if args.dry_run {
        return report.next(format!("flowbit seed snapshot {} --out {}", shell(&snapshot.org), shell(&directory)));
    }
    let create = match snapshot.admin {
        Some(_) => " --create-org --passwords-out FILE",
        None => "",
    };
    report.next(format!("flowbit seed lint {path}")).next(format!("flowbit seed apply {path} --org OTHER{create}"))
}

fn leads(ids: u64) -> String {
    if ids == 1 { "1 identifier leads".to_owned() } else { format!("{} identifiers lead", view::thousands(ids)) }
}

fn tally(tally: &Tally, what: &str) -> Vec<Value> {
    tally.rows().map(|(field, rule, n)| json!({ "field": field, what: rule, "values": n })).collect()
}

fn tally_table(field: &'static str, what: &'static str, tally: &Tally) -> Block {
    let rows = tally.rows().map(|(field, rule, n)| vec![field.to_owned(), rule.to_owned(), view::thousands(n)]);
    Block::Table(Table { head: vec![field, what, "values#"], rows: rows.collect() })
}
