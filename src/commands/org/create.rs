//! `flowbit org create`

use std::path::{Path, PathBuf};

use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::fleet::{Fleet, Many, One, Verb, still_wanted};
use crate::commands::password::{self, Passwords};
use crate::commands::roster::{self, Columns, Roster};
use crate::commands::{Done, consent, view};
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::ops::org::create::{Made, Wanted, accept_email};
use crate::ops::org::find::shell;
use crate::ops::{Consent, House};
use crate::store::{Secret, file};
use crate::ui::{Block, Report};

const MANY: Verb = Verb { schema: "flowbit.org.create.many/1", word: "create", past: "Created" };
const COLUMNS: Columns<'_> =
    Columns { required: &["name", "email"], optional: &["password_file"], others: false, secret: false };

/// Create an organization with its administrator, collections and indexes.
///
/// The organization becomes visible at once and whole. Without a password option a password is generated into a file
/// that only you can read.
///
/// A list is CSV with the columns `name`, `email` and, if passwords are given, `password_file`; or JSON Lines. Its
/// organizations are operations of their own; what keeps one from being created does not stop the others.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org create acme --admin-email admin@acme.com
  printf %s \"$PW\" | flowbit org create acme --admin-email admin@acme.com --password-stdin
  flowbit org create acme --admin-email admin@acme.com --if-not-exists --json
  flowbit org create --from newcomers.csv --password-dir passwords --dry-run")]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "NAME", required_unless_present = "from")]
    name: Option<String>,
    /// E-mail of its administrator
    #[arg(long, value_name = "EMAIL", required_unless_present = "from")]
    admin_email: Option<String>,
    /// Read this list: CSV with the columns name, email and, where passwords are given, password_file; or JSON Lines; `-`
    /// is standard input
    #[arg(long, help_heading = "Several organizations", value_name = "FILE", conflicts_with_all = ["name", "admin_email", "password"])]
    from: Option<PathBuf>,
    /// Write generated passwords into this directory, a new file for each organization (mode 0600)
    #[arg(long, help_heading = "Several organizations", value_name = "DIR", requires = "from")]
    password_dir: Option<PathBuf>,
    #[command(flatten)]
    many: Many,
    #[command(flatten)]
    password: Passwords,
    /// Succeed without a change if an organization of this name exists
    #[arg(long)]
    if_not_exists: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    match (&args.name, &args.admin_email, &args.from) {
        (_, _, Some(list)) => several(list, args, context).await,
        (Some(name), Some(email), None) => {
            one(Wanted { name: name.clone(), email: email.clone() }, args, context).await
        }
        _ => Err(Error::new(&code::BAD_ARGUMENT, "the name, or the e-mail of the administrator, is missing")),
    }
}

/// One row of a list.
struct Newcomer {
    wanted: Wanted,
    /// The password that was given for it.
    password: Option<Secret>,
}

async fn several(list: &Path, args: &Args, context: &Context<'_>) -> Result<Done> {
    let items = newcomers(context, list)?;
    let dry_run = args.change.dry_run;
    let directory = args.password_dir.as_ref().map(|directory| context.env.directory.join(directory));
    let to_generate = items.iter().filter(|(_, newcomer)| newcomer.password.is_none()).count();
    if to_generate > 0 && directory.is_none() {
        return Err(Error::new(
            &code::BAD_ARGUMENT,
            format!("{to_generate} passwords have to be generated, and there is no place for them"),
        )
        .next("name a directory with --password-dir, or give files in the column password_file"));
    }
    let store = context.connect().await?;
    let wishes = args.change.wishes(None);
    let fleet = Fleet { context, store: &store, wishes, many: args.many, verb: MANY, dry_run, by_name: false };
    if dry_run {
        let plans = fleet.drive(&items, async |house, _, newcomer| plan_one(house, newcomer, args.if_not_exists).await);
        let mut again = roster::again("create", &[], Some(&list.to_path_buf()));
        if let Some(directory) = &args.password_dir {
            again.push_str(&format!(" --password-dir {}", shell(&directory.display().to_string())));
        }
        return Ok(fleet.planned(&plans.await?, &again));
    }
    let agreed = consent::implied_for(context, items.len(), args.change.confirm.as_deref())?;
    if let (Some(directory), true) = (&directory, to_generate > 0) {
        file::create_private_directory(directory)?;
    }
    let tally = fleet.drive(&items, async |house, _, newcomer| {
        create_one(house, newcomer, directory.as_deref(), args.if_not_exists, &agreed).await
    });
    Ok(fleet.report(&tally.await?))
}

/// The rows of a list, with the passwords that were given in files.
fn newcomers(context: &Context<'_>, list: &Path) -> Result<Vec<(String, Newcomer)>> {
    let mut roster = Roster::read(context, list, COLUMNS)?;
    roster::check_new_names(&mut roster, context, "name");
    roster.unique("the e-mail", |row| row.get("email").map(|email| email.trim().to_lowercase()));
    let mut items = Vec::new();
    let scheme = context.settings.platform.value.account.hash;
    for (line, mut row) in std::mem::take(&mut roster.rows) {
        let (Some(name), Some(email)) = (row.remove("name"), row.remove("email")) else { continue };
        if let Err(error) = accept_email(&email, false) {
            roster.complain(line, error.message());
        }
        let password =
            row.remove("password_file").map(|path| password::in_file(&context.env.directory.join(path), scheme));
        match password.transpose() {
            Ok(password) => items.push((name.clone(), Newcomer { wanted: Wanted { name, email }, password })),
            Err(error) => roster.complain(line, error.message()),
        }
    }
    roster.whole()?;
    Ok(items)
}

async fn plan_one(house: &House<'_>, newcomer: &Newcomer, if_not_exists: bool) -> Result<One> {
    let draft = house.draft(&newcomer.wanted)?;
    if if_not_exists && house.find_existing(&newcomer.wanted.name).await?.is_some() {
        return Ok(One::unchanged());
    }
    let prepared = house.plan_create(&draft, &Secret::new(""), None).await?;
    let made = house.made(&draft);
    let facts = vec![("administrator".to_owned(), made.admin.clone()), ("data".to_owned(), made.store.clone())];
    Ok(One::planned(&prepared, &made, facts))
}

async fn create_one(
    house: &House<'_>,
    newcomer: &Newcomer,
    directory: Option<&Path>,
    if_not_exists: bool,
    agreed: &Consent,
) -> Result<One> {
    let draft = house.draft(&newcomer.wanted)?;
    if if_not_exists && house.find_existing(&newcomer.wanted.name).await?.is_some() {
        return Ok(One::unchanged());
    }
    // Planned once without the real hash, so that a name that is taken does not cost a quarter of a second.
    house.plan_create(&draft, &Secret::new(""), None).await?;
    still_wanted(house)?;
    let (password, written) = match (&newcomer.password, directory) {
        (Some(password), _) => (password.clone(), None),
        (None, Some(directory)) => password::generated(directory.join(file_of(&house.made(&draft).name)))?,
        (None, None) => return Err(Error::new(&code::INTERNAL, "there is no place for a password")),
    };
    let work = async {
        let hash = house.hash(password).await?;
        let prepared = house.plan_create(&draft, &hash, None).await?;
        still_wanted(house)?;
        let warnings = prepared.warnings.clone();
        One::done(house.create(&draft, prepared, &hash, agreed).await.map(|(_, outcome)| outcome), warnings)
    };
    let made: Result<One> = work.await;
    let made = made.inspect_err(|error| password::forget(written.as_deref(), error))?;
    Ok(match written {
        Some(path) => made.with("password_file", path.display().to_string()),
        None => made,
    })
}

async fn one(wanted: Wanted, args: &Args, context: &Context<'_>) -> Result<Done> {
    let given = args.password.given(context, context.settings.platform.value.account.hash)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let draft = house.draft(&wanted)?;
    if args.if_not_exists
        && let Some(existing) = house.find_existing(&wanted.name).await?
    {
        return Ok(Report::new("flowbit.org.create/1", &existing)
            .named([existing.name.clone()])
            .line(format!("{} exists; nothing was changed.", existing.name))
            .into());
    }
    // Planned once without the real hash, so that a name that is taken does not cost a quarter of a second.
    let plan = house.plan_create(&draft, &Secret::new(""), None).await?;
    let made = house.made(&draft);
    if args.change.dry_run {
        return Ok(Report::new("flowbit.org.create/1", &view::plan_data(&plan.record, &made))
            .named([made.name.clone()])
            .line(format!("Would create {} with administrator {}.", made.name, made.admin))
            .show_all(view::steps(&plan.record))
            .warn(plan.warnings)
            .into());
    }
    let agreed = consent::implied(context, &made.name, args.change.confirm.as_deref())?;
    let (password, written) = match given {
        Some(password) => (password, None),
        None => args.password.generated(context, &file_of(&made.name))?,
    };
    let work = async {
        let hash = house.hash(password).await?;
        let prepared = house.plan_create(&draft, &hash, None).await?;
        let warnings = prepared.warnings.clone();
        house.create(&draft, prepared, &hash, &agreed).await.map(|(made, outcome)| (made, outcome, warnings))
    };
    let outcome: Result<_> = work.await;
    progress.finish();
    let (made, outcome, warnings) = outcome.inspect_err(|error| password::forget(written.as_deref(), error))?;
    let outcome = view::finished(outcome)?;
    let facts = facts(&made, &outcome, written.as_deref());
    let data = serde_json::json!({ "org": made, "operation": outcome.record.id, "password_file": written });
    let report = Report::new("flowbit.org.create/1", &data)
        .changed(true)
        .named([made.name.clone()])
        .line(format!("Created {}.", made.name))
        .show(Block::Facts(facts))
        .warn(warnings)
        .next(format!("flowbit org show {}", shell(&made.name)));
    Ok(view::with_notes(report, &outcome).into())
}

fn facts(made: &Made, outcome: &Outcome, password: Option<&Path>) -> Vec<(String, String)> {
    let home = if made.collections.is_empty() { made.store.clone() } else { made.collections.join(", ") };
    let mut facts = vec![
        ("administrator".to_owned(), made.admin.clone()),
        ("collections".to_owned(), home),
        ("operation".to_owned(), outcome.record.id.to_string()),
        ("took".to_owned(), view::seconds(outcome.took)),
    ];
    if let Some(path) = password {
        facts.insert(1, ("password".to_owned(), format!("in {}, readable by you alone", path.display())));
    }
    facts
}

/// The name of the file for an organization's password.
fn file_of(name: &str) -> String {
    let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("{safe}.password")
}
