//! `flowbit seed apply`

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{How, Which, lay_all, survey_data, survey_table, total};
use crate::commands::change::{Change, Registry};
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::error::{Error, Result, code};
use crate::ops::org::find::shell;
use crate::ops::password;
use crate::ops::seed::{Bed, Sown, Survey, Wish};
use crate::ops::{Consent, House};
use crate::store::file;
use crate::ui::{Block, Report, Table};

/// Write the documents of a set into organizations: what is missing is inserted, what differs replaced.
///
/// Documents have identifiers that come from set, seed key, organization and row, so that a second run writes nothing
/// and an interrupted one is simply repeated. Documents of other origin are never touched. How a set was written is
/// remembered: key, scale and as-of need not be given again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit seed apply tickets --create-org
  flowbit seed apply ./seed/demo --org acme --dry-run
  flowbit seed apply tickets-load --org acme --org globex --scale 50 --jobs 4
  flowbit seed apply tickets --org acme --as-of today --json | jq .changed")]
pub struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
    /// Make organizations that are not there, with the administrator that the set names
    #[arg(long)]
    create_org: bool,
    /// Delete documents of the set that it does not contain any more
    #[arg(long)]
    prune: bool,
    /// Batches under way at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
    /// Read the password that the set calls `stdin` from standard input
    #[arg(long, help_heading = "Passwords")]
    password_stdin: bool,
    /// Write generated passwords into this new file (mode 0600), a line of e-mail and password for each
    #[arg(long, help_heading = "Passwords", value_name = "FILE")]
    passwords_out: Option<PathBuf>,
    #[command(flatten)]
    registry: Registry,
    #[command(flatten)]
    change: Change,
}

const SCHEMA: &str = "flowbit.seed.apply/1";

/// Organizations that are written at a time, where there are several: while one begins or ends, the other writes.
const LANES: usize = 2;

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let set = args.which.read(context)?;
    let names = args.which.orgs(&set)?;
    let mut wish = args.how.wish()?;
    wish.create = args.create_org;
    wish.prune = args.prune;
    wish.jobs = usize::from(args.jobs);
    if args.password_stdin {
        wish.password = Some(password::accept(&context.terminal.read_secret_line()?)?);
    }
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(Some(&args.registry)), &progress)?;
    let beds = lay_all(&house, context, &set, &names, &wish).await?;
    let (mut surveys, mut screens) = (Vec::new(), Vec::new());
    for bed in &beds {
        surveys.push(house.survey(bed, wish.jobs).await?);
        screens.push(house.plan_screens(&set, bed).await?);
    }
    let pairs: Vec<(&Bed, &Survey)> = beds.iter().zip(&surveys).collect();
    let count = total(&pairs);
    let missing: usize = screens.iter().map(|screens| screens.missing).sum();
    let nothing = missing == 0 && beds.iter().zip(&surveys).all(|(bed, survey)| is_done(bed, survey, &wish));
    let data: Vec<Value> = pairs.iter().map(|(bed, survey)| survey_data(bed, survey)).collect();
    let report =
        Report::new(SCHEMA, &json!({ "set": set.manifest.name, "orgs": data, "documents": count, "screens": missing }));
    let report = report.named(names.clone()).warn(screens.iter().filter_map(|screens| screens.note.clone()));
    if args.change.dry_run {
        return Ok(planned(report, args, &pairs, missing).into());
    }
    if nothing {
        let line = format!("{} is there: {}; nothing was changed.", set.manifest.name, documents(count.unchanged));
        return Ok(extra(report.line(line), count.extra).into());
    }
    let confirm = args.change.confirm.as_deref();
    let agreed = match names.as_slice() {
        [name] => consent::implied(context, name, confirm)?,
        several => consent::implied_for(context, several.len(), confirm)?,
    };
    keep_passwords(args, context, &beds)?;
    let start = Instant::now();
    wish.tally.of.store(count.inserts + count.updates, Ordering::Relaxed);
    let wishes = args.change.wishes(Some(&args.registry));
    let lanes = if beds.len() > 1 { LANES } else { 1 };
    wish.jobs = wish.jobs.div_ceil(lanes);
    let failed = AtomicBool::new(false);
    let (store, wish, progress, failed, agreed, set) = (&store, &wish, &progress, &failed, &agreed, &set);
    let outcomes: Vec<(Bed, Option<Result<(bool, Sown)>>)> = stream::iter(beds.into_iter().zip(&surveys))
        .map(|(mut bed, survey)| async move {
            if failed.load(Ordering::Relaxed) {
                return (bed, None);
            }
            let store = store.sibling();
            let outcome = async {
                let house = context.house(&store, wishes, progress)?;
                let (created, mut sown) = one(&house, &mut bed, survey, &args.which.set, wish, agreed).await?;
                sown.screens = house.enter_screens(set, &bed, agreed).await.map_err(Error::after_changes)?.missing;
                Ok((created, sown))
            };
            let outcome = outcome.await;
            failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
            (bed, Some(outcome))
        })
        .buffered(lanes)
        .collect()
        .await;
    progress.finish();
    let (beds, sown) = all_or_first_failure(outcomes)?;
    Ok(done(args, &set.manifest.name, &beds, &sown, start.elapsed()))
}

/// What was written, or the first failure with what had been done before it.
fn all_or_first_failure(outcomes: Vec<(Bed, Option<Result<(bool, Sown)>>)>) -> Result<(Vec<Bed>, Vec<(bool, Sown)>)> {
    let all = outcomes.len();
    let (mut beds, mut sown, mut failure) = (Vec::new(), Vec::new(), None);
    for (bed, outcome) in outcomes {
        match outcome {
            Some(Ok(done)) => {
                beds.push(bed);
                sown.push(done);
            }
            Some(Err(error)) if failure.is_none() => failure = Some((bed, error)),
            _ => {}
        }
    }
    match failure {
        None => Ok((beds, sown)),
        Some((_, error)) if all == 1 => Err(error),
        Some((bed, error)) => {
            let text = format!("{}: {}; {} of {all} organizations are done", bed.org.name, error.message(), sown.len());
            let told = Error::new(error.code(), text);
            let told = if sown.is_empty() && !error.changed() { told } else { told.after_changes() };
            Err(error.actions().iter().cloned().fold(told, Error::next))
        }
    }
}

/// Whether there is nothing to do for an organization.
fn is_done(bed: &Bed, survey: &Survey, wish: &Wish) -> bool {
    let count = survey.count();
    let prunes = wish.prune && count.extra > 0;
    bed.draft.is_none() && bed.known && bed.stamp.whole && !bed.waits && count.inserts + count.updates == 0 && !prunes
}

async fn one(
    house: &House<'_>,
    bed: &mut Bed,
    survey: &Survey,
    from: &str,
    wish: &Wish,
    agreed: &Consent,
) -> Result<(bool, Sown)> {
    if is_done(bed, survey, wish) {
        return Ok((false, Sown::default()));
    }
    let created = house.settle_newcomer(bed, agreed).await?;
    // The administrator is there now, and perhaps already as the set has it.
    let again = if created { Some(house.survey(bed, wish.jobs).await?) } else { None };
    let sown = house.sow(bed, again.as_ref().unwrap_or(survey), from, wish, agreed).await?;
    Ok((created, sown))
}

/// Generated passwords stand in a file before anything is begun: a crash must not lose them.
fn keep_passwords(args: &Args, context: &Context<'_>, beds: &[Bed]) -> Result<()> {
    let lines: Vec<String> = beds
        .iter()
        .flat_map(|bed| &bed.generated)
        .map(|(email, password)| format!("{email} {}\n", password.reveal()))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let Some(path) = &args.passwords_out else {
        let text =
            format!("{} to be generated, and there is no place for them", view::count(lines.len() as u64, "password"));
        return Err(Error::new(&code::BAD_ARGUMENT, text).next("name a new file with --passwords-out FILE"));
    };
    let path = context.env.directory.join(path);
    if path.exists() {
        let text = format!("{} exists and is not overwritten: it may hold somebody's passwords", path.display());
        return Err(Error::new(&code::BAD_ARGUMENT, text).next("name another file with --passwords-out"));
    }
    file::create_private(&path, &lines.concat())
}

fn planned(report: Report, args: &Args, pairs: &[(&Bed, &Survey)], screens: usize) -> Report {
    let count = total(pairs);
    let new = pairs.iter().filter(|(bed, _)| bed.draft.is_some()).count();
    let organizations = match new {
        0 => String::new(),
        n => format!("make {}, ", view::count(n as u64, "organization")),
    };
    let entered = match screens {
        0 => String::new(),
        n => format!(", enter {}", view::count(n as u64, "screen")),
    };
    let line = format!(
        "Would {organizations}insert {}, replace {}{entered}; {} unchanged.",
        documents(count.inserts),
        view::thousands(count.updates),
        view::thousands(count.unchanged)
    );
    let orgs: String = args.which.orgs.iter().map(|org| format!(" --org {}", shell(org))).collect();
    let create = if args.create_org { " --create-org" } else { "" };
    let again = format!("flowbit seed apply {}{orgs}{create}", shell(&args.which.set));
    extra(report.line(line).show(survey_table(pairs)).next(again), count.extra)
}

fn extra(report: Report, extra: u64) -> Report {
    match extra {
        0 => report,
        n => report.warn(vec![format!(
            "{} of the set are there that it does not contain any more; --prune deletes them",
            documents(n)
        )]),
    }
}

fn documents(n: u64) -> String {
    view::count(n, "document")
}

fn done(args: &Args, set: &str, beds: &[Bed], sown: &[(bool, Sown)], took: Duration) -> Done {
    let row = |(bed, (created, sown)): (&Bed, &(bool, Sown))| {
        json!({
            "org": bed.org.name.as_str(), "created": created, "inserted": sown.written.inserts, "replaced": sown.written.updates,
            "unchanged": sown.written.unchanged, "deleted": sown.written.extra, "refused": sown.refused, "clashes": sown.clashes,
            "operation": sown.op, "seconds": sown.took.as_secs_f64(),
        })
    };
    let orgs: Vec<Value> = beds.iter().zip(sown).map(row).collect();
    let sum = |of: fn(&Sown) -> u64| sown.iter().map(|(_, sown)| of(sown)).sum::<u64>();
    let (inserted, replaced, deleted) =
        (sum(|s| s.written.inserts), sum(|s| s.written.updates), sum(|s| s.written.extra));
    let refused = sum(|s| s.refused);
    let screens: usize = sown.iter().map(|(_, sown)| sown.screens).sum();
    let seconds = took.as_secs_f64();
    let data = json!({
        "set": set, "orgs": orgs, "inserted": inserted, "replaced": replaced, "deleted": deleted, "refused": refused, "screens": screens,
        "seconds": seconds,
    });
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rate = if seconds > 0.0 { ((inserted + replaced) as f64 / seconds) as u64 } else { 0 };
    let mut facts =
        vec![("inserted".to_owned(), view::thousands(inserted)), ("replaced".to_owned(), view::thousands(replaced))];
    if deleted > 0 {
        facts.push(("deleted".to_owned(), view::thousands(deleted)));
    }
    facts.push(("took".to_owned(), format!("{}, {} a second", view::seconds(took), documents(rate))));
    if screens > 0 {
        facts.push(("screens".to_owned(), format!("{screens} entered into the registry")));
    }
    let names: Vec<String> = beds.iter().map(|bed| bed.org.name.as_str().to_owned()).collect();
    let (first, which) = (shell(&names[0]), shell(&args.which.set));
    let mut report = Report::new(SCHEMA, &data).changed(true).named(names.clone());
    report.ok = refused == 0;
    let report = match refused {
        0 => report.line(format!("Wrote {set} into {}.", view::count(names.len() as u64, "organization"))),
        n => report
            .line(format!(
                "Wrote a part of {set}: {} refused. What is written stays; repeat when the cause is gone.",
                documents(n)
            ))
            .show(clash_table(sown)),
    };
    let report = report
        .show(Block::Facts(facts))
        .next(format!("flowbit seed verify {which} --org {first}"))
        .next(format!("flowbit seed reset {which} --org {first} --dry-run"));
    Done::Report(Box::new(report), if refused == 0 { 0 } else { code::PARTLY_DONE.class.exit() })
}

fn clash_table(sown: &[(bool, Sown)]) -> Block {
    let clashes = sown.iter().flat_map(|(_, sown)| &sown.clashes);
    let rows = clashes.map(|clash| vec![clash.collection.clone(), clash.row.clone(), clash.why.clone()]).collect();
    Block::Table(Table { head: vec!["collection", "row", "why"], rows })
}
