//! `flowbit quickstart`

use bson::doc;

use super::context::{Context, Wishes};
use super::local::{Install, start};
use super::{Done, view};
use crate::config::{Flags, SetSource, Settings, read_set};
use crate::domain::seed::SeedSet;
use crate::domain::template::plain;
use crate::error::{Error, Result, code};
use crate::journal::{Outcome, Take};
use crate::local::Running;
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::ops::seed::{Wish, broken};
use crate::ops::{Consent, House};
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
    /// Agree to install a mongod if there is none
    #[arg(long, conflicts_with = "no_install")]
    yes: bool,
}

const MASTER: &str = "flowbit_quickstart";

/// The set that is written, and how much of its generated documents.
const SET: &str = "flowbit";
const SCALE: f64 = 20.0;

/// The tenant that is renamed, and the name it gets, or comes back from.
const RENAMED: (&str, &str) = ("LogisticsCo", "LogisticsCo Europe");

/// Collections with their numbers of documents.
type Counts = Vec<(String, u64)>;

/// What a run did.
struct Story {
    running: Running,
    written: u64,
    from: String,
    to: String,
    before: Counts,
    after: Counts,
    outcome: Outcome,
    trail: Vec<(String, String, String)>,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let install = match (args.no_install, args.yes) {
        (true, _) => Install::Never,
        (false, true) => Install::Agreed,
        (false, false) => Install::Announced,
    };
    let running = start(&context.env, context.terminal, install).await?;
    let timeout = context.settings.timeout.value;
    let store = Store::connect(&Connect {
        uri: Secret::new(running.uri.clone()),
        master: MASTER.to_owned(),
        timeout,
        trace: context.trace(),
    })
    .await?;
    // Always the native platform, whatever description lies in the working directory: this is not the user's data.
    let native = Settings::settle(&Flags { preset: Some("flowbit".to_owned()), ..Flags::default() }, &context.env)?;
    let settings = Settings { platform: native.platform, protected: false, support: false, ..context.settings.clone() };
    let context = Context { settings, env: context.env.clone(), ..*context };
    let progress = context.progress();
    let house = context.house(&store, Wishes { no_registry: true, ..Wishes::default() }, &progress)?;
    let set = read_set(&SetSource::Shipped(SET))?.map_err(|faults| broken(&faults))?;
    let written = prepare(&house, &set).await?;
    let (from, to) = direction(&house).await?;
    let before = collections(&house, &from).await?;
    let plan = house
        .plan_rename(&from, &to, None)
        .await?
        .ok_or_else(|| Error::new(&code::INTERNAL, "the demo tenant has both names"))?;
    let outcome = view::finished(house.rename(plan, &Consent::implied()).await?)?;
    let after = collections(&house, &to).await?;
    let trail = audit_trail(&house).await?;
    progress.finish();
    Ok(tell(Story { running, written, from, to, before, after, outcome, trail }).into())
}

fn tell(story: Story) -> Report {
    let Story { running, written, from, to, before, after, outcome, trail } = story;
    let data = serde_json::json!({
        "uri": running.uri, "master_database": MASTER, "written": written, "renamed": { "from": from, "to": to },
        "before": before, "after": after, "operation": outcome.record.id, "seconds": outcome.took.as_secs_f64(), "audit": trail,
    });
    let rows = before
        .iter()
        .zip(&after)
        .map(|(b, a)| vec![b.0.clone(), view::thousands(b.1), a.0.clone(), view::thousands(a.1)])
        .collect();
    let steps = outcome
        .record
        .plan
        .lines()
        .iter()
        .enumerate()
        .map(|(i, line)| Block::Line(format!("  {:>2}. {line}", i + 1)))
        .collect();
    let entries =
        trail.iter().map(|(time, action, by)| vec![view::local_time(time), action.clone(), by.clone()]).collect();
    let tenants = match written {
        0 => format!("   The demo tenants are there already, in database {MASTER}."),
        n => format!(
            "   Two tenants, each with an administrator, and {} were made in database {MASTER}.",
            view::count(n, "document")
        ),
    };
    let here = format!("FLOWBIT_MASTER_DB={MASTER} flowbit");
    let report = Report::new("flowbit.quickstart/1", &data)
        .changed(true)
        .named([to.clone()])
        .show(Block::Heading(format!(
            "1. A local MongoDB {} on port {}, a replica set of one node",
            running.version, running.port
        )))
        .line(tenants)
        .line("")
        .show(Block::Heading(format!("2. Renamed {from} to {to}, with its data, in {}", view::seconds(outcome.took))))
        .show(Block::Table(Table { head: vec!["before", "documents#", "after", "documents#"], rows }))
        .line("")
        .show(Block::Heading(format!(
            "3. The journal: operation {} is {}",
            outcome.record.id,
            outcome.record.state.word()
        )))
        .show_all(steps)
        .line("")
        .show(Block::Heading("4. The audit trail, newest first".to_owned()))
        .show(Block::Table(Table { head: vec!["time", "action", "by"], rows: entries }))
        .next(format!("{here} org list"))
        .next(format!("{here} org show {}", shell(&to)))
        .next(format!("{here} org delete RetailGmbH --dry-run"))
        .next(format!("{here} op show {}", outcome.record.id))
        .next("flowbit local stop");
    view::with_notes(report, &outcome)
}

/// Finishes what an earlier run left open, and makes the tenants that are missing. Returns how many documents were written.
async fn prepare(house: &House<'_>, set: &SeedSet) -> Result<u64> {
    for open in house.journal().list(true).await? {
        let record = crate::journal::parse(&open)?;
        match house.resume(record.clone(), Take::WhenFree, false, &Consent::implied()).await {
            // Its documents come from files: given up, and written again below.
            Err(error) if error.code() == &code::OP_STATE => {
                house.rollback(record, Take::WhenFree, &Consent::implied()).await?;
            }
            other => drop(other?),
        }
    }
    let mut written = 0;
    for tenant in &set.manifest.tenants {
        let is_it = |name: &str| name == tenant.name || (tenant.name == RENAMED.0 && name == RENAMED.1);
        // Somebody tried `org delete` on it: what was deleted comes back instead of being made again.
        if let Some(gone) = house.list_deleted().await?.into_iter().find(|gone| is_it(&gone.name)) {
            let plan = house.plan_restore(&gone.name, None).await?;
            view::finished(house.restore(plan, &Consent::implied()).await?)?;
        }
        let orgs = house.orgs_briefly().await?;
        let name = orgs.iter().map(|org| org.name.as_str()).find(|name| is_it(name)).unwrap_or(&tenant.name);
        written += fill(house, set, &orgs, name).await?;
    }
    Ok(written)
}

/// Writes what is missing of the set; what somebody changed in it stays.
async fn fill(house: &House<'_>, set: &SeedSet, orgs: &[Org], name: &str) -> Result<u64> {
    let wish = Wish { create: true, scale: Some(SCALE), jobs: 4, from: SET.to_owned(), ..Wish::default() };
    let mut bed = house.lay(set, orgs, name, &wish, &|_| None).await?;
    house.settle_newcomer(&mut bed, &Consent::implied()).await?;
    let survey = house.survey(&bed, wish.jobs).await?;
    if survey.count().inserts == 0 {
        return Ok(0);
    }
    let sown = house.sow(&bed, &survey, SET, &wish, &Consent::implied()).await?;
    Ok(sown.written.inserts)
}

/// The name the first tenant has now, and the one it gets.
async fn direction(house: &House<'_>) -> Result<(String, String)> {
    let orgs = house.orgs_briefly().await?;
    let renamed = orgs.iter().any(|org| org.name.as_str() == RENAMED.1);
    let (here, there) = if renamed { (RENAMED.1, RENAMED.0) } else { (RENAMED.0, RENAMED.1) };
    Ok((here.to_owned(), there.to_owned()))
}

async fn collections(house: &House<'_>, name: &str) -> Result<Counts> {
    let (org, _) = house.show(name).await?;
    Ok(org.collections.into_iter().map(|c| (c.name, c.stats.documents)).collect())
}

async fn audit_trail(house: &House<'_>) -> Result<Vec<(String, String, String)>> {
    let ns = house.master(house.audit_collection());
    let mut entries = house
        .store
        .find(&ns, doc! { "action": { "$regex": "^(org|seed)\\." } }, None, Some(doc! { "timestamp": -1, "_id": -1 }))
        .await?;
    entries.truncate(5);
    let text = |entry: &bson::Document, key: &str| entry.get(key).map(plain).unwrap_or_default();
    Ok(entries.iter().map(|e| (text(e, "timestamp"), text(e, "action"), text(e, "userId"))).collect())
}
