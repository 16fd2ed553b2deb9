//! `flowbit quickstart`

use bson::doc;

use super::context::{Context, Wishes};
use super::local::{Install, start};
use super::{Done, view};
use crate::config::{Flags, Settings};
use crate::domain::template::plain;
use crate::error::{Error, Result, code};
use crate::ops::org::create::Wanted;
use crate::ops::{Consent, House, password};
use crate::store::{Connect, Secret, Store};
use crate::ui::{Block, Report, Table};

/// Try it: a local MongoDB, two demo tenants, a rename with its data.
///
/// Everything happens in a database of its own, `flowbit_quickstart`, in the local MongoDB. Run it as often as you
/// like.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit quickstart\n  flowbit quickstart --no-install")]
pub struct Args {
    /// Never install a mongod
    #[arg(long)]
    no_install: bool,
}

const MASTER: &str = "flowbit_quickstart";
const TENANTS: &[(&str, &str)] =
    &[("LogisticsCo", "admin@logisticsco.example"), ("RetailGmbH", "admin@retailgmbh.example")];
const OTHER_NAME: &str = "LogisticsCo Europe";
const TICKETS: u32 = 3000;

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let install = if args.no_install { Install::Never } else { Install::Ask };
    let running = start(&context.env, context.terminal, install).await?;
    let timeout = context.settings.timeout.value;
    let store =
        Store::connect(&Connect { uri: Secret::new(running.uri.clone()), master: MASTER.to_owned(), timeout }).await?;
    // Always the native platform, whatever description lies in the working directory: this is not the user's data.
    let native = Settings::settle(&Flags { preset: Some("flowbit".to_owned()), ..Flags::default() }, &context.env)?;
    let context = Context {
        settings: Settings { platform: native.platform, protected: false, ..context.settings.clone() },
        env: context.env.clone(),
        ..*context
    };
    let progress = context.progress();
    let house = context.house(&store, Wishes { no_registry: true, exclusive: false }, &progress)?;
    let created = prepare(&house).await?;
    let (from, to) = direction(&house).await?;
    let before = collections(&house, &from).await?;
    let plan = house
        .plan_rename(&from, &to, None)
        .await?
        .ok_or_else(|| Error::new(&code::INTERNAL, "the demo tenant has both names"))?;
    let outcome = view::finished(house.rename(plan, &Consent::implied()).await?)?;
    let after = collections(&house, &to).await?;
    progress.finish();
    let trail = audit_trail(&house).await?;
    let rows = before
        .iter()
        .zip(&after)
        .map(|(b, a)| vec![b.0.clone(), view::thousands(b.1), a.0.clone(), view::thousands(a.1)])
        .collect();
    let history: Vec<String> = outcome.record.plan.lines();
    let data = serde_json::json!({
        "uri": running.uri, "master_database": MASTER, "created": created, "renamed": { "from": from, "to": to },
        "before": before, "after": after, "operation": outcome.record.id, "seconds": outcome.took.as_secs_f64(), "audit": trail,
    });
    let environment = format!("FLOWBIT_MASTER_DB={MASTER}");
    let report = Report::new("flowbit.quickstart/1", &data)
        .changed(true)
        .named([to.clone()])
        .show(Block::Heading(format!(
            "1. A local MongoDB {} on port {}, a replica set of one node",
            running.version, running.port
        )))
        .line(match created {
            0 => format!("   The demo tenants are there already, in database {MASTER}."),
            n => format!(
                "   Two tenants with an administrator each and {} were made in database {MASTER}.",
                view::count(n, "document")
            ),
        })
        .line("")
        .show(Block::Heading(format!("2. Renamed {from} to {to}, with its data, in {}", view::seconds(outcome.took))))
        .show(Block::Table(Table { head: vec!["before", "documents#", "after", "documents#"], rows }))
        .line("")
        .show(Block::Heading(format!(
            "3. The journal: operation {} ({})",
            outcome.record.id,
            outcome.record.state.word()
        )))
        .show_all(history.iter().enumerate().map(|(i, line)| Block::Line(format!("  {:>2}. {line}", i + 1))).collect())
        .line("")
        .show(Block::Heading("4. The audit trail, newest first".to_owned()))
        .show(Block::Table(Table {
            head: vec!["time", "action", "by"],
            rows: trail.iter().map(|(t, a, u)| vec![view::local_time(t), a.clone(), u.clone()]).collect(),
        }))
        .warn(Vec::new())
        .next(format!("{environment} flowbit org list"))
        .next(format!("{environment} flowbit org show {}", crate::ops::org::find::shell(&to)))
        .next(format!("{environment} flowbit org delete RetailGmbH --dry-run"))
        .next(format!("{environment} flowbit op show {}", outcome.record.id))
        .next("flowbit local stop");
    Ok(view::with_notes(report, &outcome).into())
}

/// Finishes what an earlier run left open, and makes the tenants that are missing. Returns how many documents were written.
async fn prepare(house: &House<'_>) -> Result<u64> {
    for open in house.journal().list(true).await? {
        let record = crate::journal::parse(&open)?;
        house.resume(record, crate::journal::Take::WhenFree, false, &Consent::implied()).await?;
    }
    let mut written = 0;
    for (name, email) in TENANTS {
        let orgs = house.orgs_briefly().await?;
        let there = orgs
            .iter()
            .any(|org| org.name.as_str() == *name || (*name == TENANTS[0].0 && org.name.as_str() == OTHER_NAME));
        if there {
            continue;
        }
        if house.list_deleted().await?.iter().any(|gone| gone.name == *name || gone.name == OTHER_NAME) {
            let gone =
                if house.list_deleted().await?.iter().any(|gone| gone.name == *name) { name } else { OTHER_NAME };
            let plan = house.plan_restore(gone, None).await?;
            house.restore(plan, &Consent::implied()).await?;
            continue;
        }
        let draft = house.draft(&Wanted { name: (*name).to_owned(), email: (*email).to_owned() })?;
        let hash = house.hash(password::generate()).await?;
        let prepared = house.plan_create(&draft, &hash, None).await?;
        house.create(&draft, prepared, &hash, &Consent::implied()).await?;
        let orgs = house.orgs_briefly().await?;
        let org = house.load_org(&orgs, name).await?;
        written += house.fill_demo(org, TICKETS).await?;
    }
    Ok(written)
}

/// The name the first tenant has now, and the one it gets.
async fn direction(house: &House<'_>) -> Result<(String, String)> {
    let orgs = house.orgs_briefly().await?;
    let first = TENANTS[0].0;
    let renamed = orgs.iter().any(|org| org.name.as_str() == OTHER_NAME);
    Ok(if renamed { (OTHER_NAME.to_owned(), first.to_owned()) } else { (first.to_owned(), OTHER_NAME.to_owned()) })
}

async fn collections(house: &House<'_>, name: &str) -> Result<Vec<(String, u64)>> {
    let (org, _) = house.show(name).await?;
    Ok(org.collections.into_iter().map(|c| (c.name, c.stats.documents)).collect())
}

async fn audit_trail(house: &House<'_>) -> Result<Vec<(String, String, String)>> {
    let ns = house.master(house.audit_collection());
    let mut entries =
        house.store.find(&ns, doc! { "action": { "$regex": "^org" } }, None, Some(doc! { "timestamp": -1 })).await?;
    entries.truncate(5);
    let text = |entry: &bson::Document, key: &str| entry.get(key).map(plain).unwrap_or_default();
    Ok(entries.iter().map(|e| (text(e, "timestamp"), text(e, "action"), text(e, "userId"))).collect())
}
