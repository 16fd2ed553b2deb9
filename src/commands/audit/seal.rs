//! `flowbit audit seal`

use std::path::PathBuf;
use std::time::Duration;

use bson::{Bson, DateTime};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::scope::{self, Whose, server_time};
use super::sealing::{Known, Names, heads_data, moment, remember_or_warn, require_writable, write_heads};
use crate::commands::Done;
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::SealPlace;
use crate::commands::{consent, view};
use crate::domain::moment::length;
use crate::domain::template::plain;
use crate::error::{Error, Result, code};
use crate::ops::audit::{Sealed, SealedRun, Sealing};
use crate::ui::{Block, Report, Table};

/// Accepted entries that people are shown.
const SHOWN: usize = 50;

/// Seal the audit trail: write down and sign which entries there are.
///
/// Each organization has a chain of seals. A seal vouches for all entries of a stretch of time; it is signed with a key that
/// is not in the database, so whoever has every right on the database can alter nothing behind it without being found
/// out. Backends go on writing their entries as they do; run this regularly, every hour for instance.
///
/// Entries that are younger than --settle wait for the next seal. Those that come later than their time, but no later than
/// --late, are taken in by the next one; what comes later still is left for `audit verify` to name.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit key generate --seals                     once: the key
  flowbit audit seal --all                         every hour
  flowbit audit seal --all --heads /mnt/worm/heads.json
  flowbit audit seal --org acme --dry-run")]
pub struct Args {
    #[command(flatten)]
    whose: Whose,
    /// Seal entries from before this moment; otherwise up to --settle ago
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, value_parser = scope::past)]
    until: Option<Timestamp>,
    /// How long entries may be on their way
    #[arg(long, value_name = "LENGTH", default_value = "5m", value_parser = length)]
    settle: u64,
    /// How much later than their time entries may come
    #[arg(long, value_name = "LENGTH", default_value = "1h", value_parser = length)]
    late: u64,
    /// Take in what came later than that, too; it stays marked
    #[arg(long)]
    accept_late: bool,
    /// Begin new chains where the old ones are damaged; those stay as they are, and verify goes on to name the damage.
    /// Only once it is understood
    #[arg(long)]
    begin_again: bool,
    /// Write the heads of all chains into this file: keep it where the database's owner cannot write
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// Say what would be sealed, and seal nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm with the name of the organization, or with `all`; needed through a protected profile
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    #[command(flatten)]
    place: SealPlace,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let key = args.place.signer(context)?;
    // A file of heads that is there says how far the chains had come: that is looked at before it is replaced.
    let written = args.heads.clone().filter(|path| context.env.directory.join(path).exists());
    let known = Known { place: args.place.clone(), heads: written, ..Known::default() };
    let keys = known.keys(context)?;
    let until = args.moment()?;
    let expected = args.whose.org.as_deref().unwrap_or("all");
    if !args.dry_run {
        consent::implied(context, expected, args.confirm.as_deref())?;
    }
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let sealing = Sealing {
        org: scope::org(&args.whose, &house).await?,
        until: server_time(until),
        tolerance: Duration::from_secs(args.late),
        accept_late: args.accept_late,
        begin_again: args.begin_again,
        dry_run: args.dry_run,
    };
    if let Some(path) = args.heads.as_ref().filter(|_| !args.dry_run) {
        require_writable(&context.env.directory.join(path))?;
    }
    let outside = known.heads(context, &store)?;
    let sealed = house.seal(&sealing, &key, &keys, &outside).await;
    progress.finish();
    let sealed = sealed?;
    if let Some(path) = args.heads.as_ref().filter(|_| !args.dry_run) {
        let written = write_heads(&context.env.directory.join(path), &sealed.heads);
        written.map_err(|error| if sealed.changed { error.after_changes() } else { error })?;
    }
    if sealed.changed {
        remember_or_warn(context, &args.place, store.master(), &sealed.heads);
    }
    let names = Names::of(&house).await?;
    Ok(args.report(&sealing, &sealed, key.kid.as_deref(), &names).into())
}

impl Args {
    /// Up to which moment entries are sealed.
    fn moment(&self) -> Result<Timestamp> {
        let settle = jiff::SignedDuration::from_secs(i64::try_from(self.settle).unwrap_or(i64::MAX / 1000));
        let settled = Timestamp::now() - settle;
        match self.until {
            Some(until) if until > settled => {
                let settle = self.settle;
                let message =
                    format!("--until {until} is less than --settle {settle} s ago: entries may still be on their way");
                Err(Error::new(&code::BAD_ARGUMENT, message)
                    .next("give an earlier moment, or --settle 0s where nothing is written"))
            }
            Some(until) => Ok(until),
            None => Ok(settled),
        }
    }

    fn report(&self, sealing: &Sealing, sealed: &SealedRun, kid: Option<&str>, names: &Names) -> Report {
        let data = json!({
            "until": moment(sealing.until), "key": kid, "dry_run": self.dry_run,
            "seals": sealed.seals.iter().map(|sealed| row_data(sealed, names)).collect::<Vec<_>>(),
            "heads": heads_data(&sealed.heads), "begun_again": sealed.begun_again,
        });
        let count: u64 = sealed.seals.iter().map(|sealed| sealed.seal.count).sum();
        let word = if self.dry_run { "Would seal" } else { "Sealed" };
        let until = view::local_time(&moment(sealing.until));
        let line = match sealed.seals.len() {
            0 if sealed.changed => format!("Nothing new to seal up to {until}, which is written down."),
            0 => format!("Nothing new to seal up to {until}."),
            _ => format!("{word} {} up to {until}.", view::count(count, "entry")),
        };
        let mut report = Report::new("flowbit.audit.seal/1", &data).changed(sealed.changed).line(line);
        report = report.named(sealed.seals.iter().map(|sealed| format!("{}:{}", sealed.chain, sealed.n)));
        if !sealed.seals.is_empty() {
            report = report.show(Block::Table(table(&sealed.seals, names)));
        }
        if sealed.moving > 0 {
            let moving = view::count(sealed.moving, "tenant");
            report = report.warn([format!("{moving} left for later: a rename is at work there")]);
        }
        for (id, time) in sealed.seals.iter().flat_map(|sealed| &sealed.accepted).take(SHOWN) {
            let time = time.map_or_else(|| "-".to_owned(), |at| view::local_time(&moment(at)));
            report = report.line(format!("accepted although late: {} of {time}", plain(id)));
        }
        if sealed.begun_again > 0 {
            let begun = view::count(sealed.begun_again, "new chain");
            report = report.warn([format!("{begun} begun beside damaged ones")]);
        }
        if sealed.changed && self.heads.is_none() { report.next("flowbit audit verify --all") } else { report }
    }
}

fn row_data(sealed: &Sealed, names: &Names) -> Value {
    let seal = &sealed.seal;
    let time = |at: Option<DateTime>| at.map(moment);
    json!({
        "chain": sealed.chain, "n": sealed.n, "tenant": seal.tenant.clone().into_relaxed_extjson(),
        "organization": (seal.tenant != Bson::Null).then(|| names.name(&seal.tenant)),
        "entries": seal.count, "late": seal.late, "accepted": seal.accepted, "untimed": seal.untimed,
        "accepted_entries": sealed.accepted.iter().map(|(id, time)| json!({
            "entry": id.clone().into_relaxed_extjson(), "time": time.map(moment),
        })).collect::<Vec<_>>(),
        "from": time(seal.from), "until": moment(seal.until), "first": time(seal.first), "last": time(seal.last),
    })
}

fn table(seals: &[Sealed], names: &Names) -> Table {
    let time = |at: Option<DateTime>| at.map_or_else(|| "-".to_owned(), |at| view::local_time(&moment(at)));
    let row = |sealed: &Sealed| {
        let seal = &sealed.seal;
        vec![
            names.name(&seal.tenant),
            sealed.n.to_string(),
            view::thousands(seal.count),
            view::thousands(seal.late),
            time(seal.first),
            time(seal.last),
        ]
    };
    let head = vec!["organization", "seal#", "entries#", "late#", "first", "last"];
    Table { head, rows: seals.iter().map(row).collect() }
}
