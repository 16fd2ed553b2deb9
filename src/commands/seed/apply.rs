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
use crate::domain::seed::SeedSet;
use crate::error::{Error, Result, code};
use crate::ops::Consent;
use crate::ops::org::find::shell;
use crate::ops::password;
use crate::ops::seed::{Bed, Sown, Survey, Wish};
use crate::store::{Store, file};
use crate::ui::{Block, Progress, Report, Table};

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
    let wish = wish(args, context)?;
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
    let notes: Vec<String> = screens.into_iter().filter_map(|screens| screens.note).collect();
    let data = json!({ "set": set.manifest.name, "orgs": data, "documents": count, "screens": missing });
    let report = Report::new(SCHEMA, &data).named(names.clone()).warn(notes.clone());
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
    wish.tally.of.store(count.inserts + count.updates, Ordering::Relaxed);
    let start = Instant::now();
    let outcomes = Writing { args, context, set: &set, store: &store, progress: &progress, agreed: &agreed };
    let outcomes = outcomes.write(beds, &surveys, wish).await;
    progress.finish();
    let written = all_or_first_failure(outcomes)?;
    Ok(done(args, &set.manifest.name, &written, notes, start.elapsed()))
}

fn wish(args: &Args, context: &Context<'_>) -> Result<Wish> {
    let password = match args.password_stdin {
        true => {
            Some(password::accept(&context.terminal.read_secret_line()?, context.settings.platform.value.account.hash)?)
        }
        false => None,
    };
    let (create, prune, jobs) = (args.create_org, args.prune, usize::from(args.jobs));
    let (looks, from) = (args.change.dry_run, args.which.set.clone());
    Ok(Wish { create, prune, jobs, password, looks, from, ..args.how.wish()? })
}

/// What became of an organization; nothing where another one failed before.
type Ended = (Bed, Option<Result<Sown>>);

/// Everything that writing several organizations needs.
#[derive(Clone, Copy)]
struct Writing<'a> {
    args: &'a Args,
    context: &'a Context<'a>,
    set: &'a SeedSet,
    store: &'a Store,
    progress: &'a Progress,
    agreed: &'a Consent,
}

impl Writing<'_> {
    async fn write(self, beds: Vec<Bed>, surveys: &[Survey], mut wish: Wish) -> Vec<Ended> {
        let lanes = if beds.len() > 1 { LANES } else { 1 };
        wish.jobs = wish.jobs.div_ceil(lanes);
        let failed = AtomicBool::new(false);
        let (wish, failed) = (&wish, &failed);
        stream::iter(beds.into_iter().zip(surveys))
            .map(|(mut bed, survey)| async move {
                if failed.load(Ordering::Relaxed) {
                    return (bed, None);
                }
                let outcome = self.write_one(&mut bed, survey, wish).await;
                failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
                (bed, Some(outcome))
            })
            .buffered(lanes)
            .collect()
            .await
    }

    async fn write_one(self, bed: &mut Bed, survey: &Survey, wish: &Wish) -> Result<Sown> {
        // A session of its own: operations side by side must not end each other's transactions.
        let store = self.store.sibling();
        let house = self.context.house(&store, self.args.change.wishes(Some(&self.args.registry)), self.progress)?;
        let mut sown = Sown::default();
        if !is_done(bed, survey, wish) {
            let created = house.settle_newcomer(bed, self.agreed).await?;
            let written = async {
                // The administrator is there now, and perhaps already as the set has it.
                let again = if created { Some(house.survey(bed, wish.jobs).await?) } else { None };
                let survey = again.as_ref().unwrap_or(survey);
                house.sow(bed, survey, &self.args.which.set, wish, self.agreed).await
            };
            let written: Result<Sown> = written.await;
            sown = written.map_err(|error| if created { error.after_changes() } else { error })?;
            sown.created = created;
        }
        let screens = house.enter_screens(self.set, bed, self.agreed).await;
        sown.screens = screens.map_err(Error::after_changes)?.missing;
        Ok(sown)
    }
}

/// What was written, or the first failure with what had been done before it.
fn all_or_first_failure(outcomes: Vec<Ended>) -> Result<Vec<(Bed, Sown)>> {
    let all = outcomes.len();
    let (mut written, mut failure) = (Vec::new(), None);
    for (bed, outcome) in outcomes {
        match outcome {
            Some(Ok(sown)) => written.push((bed, sown)),
            Some(Err(error)) if failure.is_none() => failure = Some((bed, error)),
            _ => {}
        }
    }
    match failure {
        None => Ok(written),
        Some((_, error)) if all == 1 => Err(error),
        Some((bed, error)) => {
            let done = written.len();
            let text = format!("{}: {}; {done} of {all} organizations are done", bed.org.name, error.message());
            let told = Error::new(error.code(), text);
            let told = if done == 0 && !error.changed() { told } else { told.after_changes() };
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
    let deleted = match count.extra {
        extra if args.prune => format!(", delete {}", view::thousands(extra)),
        _ => String::new(),
    };
    let entered = match screens {
        0 => String::new(),
        n => format!(", enter {}", view::count(n as u64, "screen")),
    };
    let line = format!(
        "Would {organizations}insert {}, replace {}{deleted}{entered}; {} unchanged.",
        documents(count.inserts),
        view::thousands(count.updates),
        view::thousands(count.unchanged)
    );
    let generated: usize = pairs.iter().map(|(bed, _)| bed.generated.len()).sum();
    let report = match generated {
        0 => report,
        n => report.warn([format!("{} will be generated: --passwords-out FILE", view::count(n as u64, "password"))]),
    };
    let report = report.line(line).show(survey_table(pairs)).next(again(args));
    if args.prune { report } else { extra(report, count.extra) }
}

/// The command that does what was planned.
fn again(args: &Args) -> String {
    let out =
        args.passwords_out.as_ref().map(|path| format!(" --passwords-out {}", shell(&path.display().to_string())));
    let flags =
        [(args.create_org, " --create-org"), (args.prune, " --prune"), (args.password_stdin, " --password-stdin")];
    let flags: String = flags.into_iter().filter(|(there, _)| *there).map(|(_, flag)| flag).collect();
    let command = args.which.command("apply", &args.which.orgs) + &args.how.typed() + &flags + args.registry.typed();
    command + &out.unwrap_or_default()
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

fn done(args: &Args, set: &str, written: &[(Bed, Sown)], notes: Vec<String>, took: Duration) -> Done {
    let row = |(bed, sown): &(Bed, Sown)| {
        json!({
            "org": bed.org.name.as_str(), "created": sown.created, "inserted": sown.written.inserts,
            "replaced": sown.written.updates, "unchanged": sown.written.unchanged, "deleted": sown.written.extra,
            "refused": sown.refused, "clashes": sown.clashes, "screens": sown.screens, "operation": sown.op,
            "seconds": sown.took.as_secs_f64(),
        })
    };
    let orgs: Vec<Value> = written.iter().map(row).collect();
    let sum = |of: fn(&Sown) -> u64| written.iter().map(|(_, sown)| of(sown)).sum::<u64>();
    let (inserted, replaced, deleted) =
        (sum(|s| s.written.inserts), sum(|s| s.written.updates), sum(|s| s.written.extra));
    let (refused, screens) = (sum(|s| s.refused), sum(|s| s.screens as u64));
    let data = json!({
        "set": set, "orgs": orgs, "inserted": inserted, "replaced": replaced, "deleted": deleted, "refused": refused,
        "screens": screens, "seconds": took.as_secs_f64(),
    });
    let names: Vec<String> = written.iter().map(|(bed, _)| bed.org.name.as_str().to_owned()).collect();
    let mut report = Report::new(SCHEMA, &data).changed(true).named(names.clone()).warn(notes);
    report.ok = refused == 0;
    let report = match refused {
        0 => report.line(format!("Wrote {set} into {}.", view::count(names.len() as u64, "organization"))),
        n => report
            .line(format!(
                "Wrote a part of {set}: {} refused. What is written stays; repeat when the cause is gone.",
                documents(n)
            ))
            .show(clash_table(written)),
    };
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = documents((inserted + replaced).saturating_mul(1000) / millis);
    let facts = [
        (true, "inserted", view::thousands(inserted)),
        (true, "replaced", view::thousands(replaced)),
        (deleted > 0, "deleted", view::thousands(deleted)),
        (screens > 0, "screens", format!("{screens} entered into the registry")),
        (true, "took", format!("{}, {rate} a second", view::seconds(took))),
    ];
    let facts = facts.into_iter().filter(|(there, ..)| *there).map(|(_, name, value)| (name.to_owned(), value));
    let report = report
        .show(Block::Facts(facts.collect()))
        .next(args.which.command("verify", &args.which.orgs))
        .next(args.which.command("reset", &args.which.orgs) + " --dry-run");
    Done::Report(Box::new(report), if refused == 0 { 0 } else { code::PARTLY_DONE.class.exit() })
}

fn clash_table(written: &[(Bed, Sown)]) -> Block {
    let clashes = written.iter().flat_map(|(_, sown)| &sown.clashes);
    let rows = clashes.map(|clash| vec![clash.collection.clone(), clash.row.clone(), clash.why.clone()]).collect();
    Block::Table(Table { head: vec!["collection", "row", "why"], rows })
}
