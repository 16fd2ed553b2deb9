//! `flowbit user import`

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::scope::{Scope, shape};
use super::told::{of, option};
use crate::commands::context::{Context, Wishes};
use crate::commands::roster::{Columns, Roster, Row};
use crate::commands::{Done, consent, password, view};
use crate::domain::naming::shell;
use crate::error::{Class, Error, Result, code};
use crate::ops::user::{Entry, Fate, Imported, Judged, Survey, Whose, settable};
use crate::store::{Secret, file};
use crate::ui::{Block, Report, Table, scrub};

const SCHEMA: &str = "flowbit.user.import/1";

/// Columns that are no fields of an account of their own.
const OWN: [&str; 4] = ["role", "password", "password_env", "hash"];

/// Create many accounts from a file.
///
/// The file is CSV with a header, or JSON Lines: `email`, and where they are given `role`, `password`, `password_env`
/// (the name of an environment variable), `hash` (of the kind that the platform checks), and fields that --set of
/// `flowbit user create` takes. Each row is judged by itself: created, there already and left as it is, or refused with
/// the reason. Rows without password and hash get a generated password, which --passwords-out keeps. A file can be
/// taken again after an interruption: what is there already is not made twice.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user import staff.csv --org acme --role User --dry-run
  flowbit user import staff.csv --org acme --role User --passwords-out staff-passwords.csv
  flowbit user import owners.jsonl --core --json

Exit status:
  0 all created or there already   7 some refused   otherwise that of the first refusal   11 interrupted")]
pub struct Args {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    scope: Scope,
    /// Role of rows that have none
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Write generated passwords into this new file (mode 0600): CSV with email and password
    #[arg(long, value_name = "FILE")]
    passwords_out: Option<PathBuf>,
    /// How many passwords to hash at a time [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Show what would become of each row and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm with the name of the organization, or `core`; needed through a protected profile
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let whose = args.scope.whose(context)?;
    let entries = entries(args, &whose, context)?;
    let out = args.passwords_out.as_ref().map(|path| context.env.directory.join(path));
    if let Some(path) = out.as_ref().filter(|path| path.exists()) {
        let text = format!("{} exists and is not overwritten: it may hold somebody's passwords", path.display());
        return Err(Error::new(&code::BAD_ARGUMENT, text).next("name another file with --passwords-out"));
    }
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let mut survey = house.survey_users(&whose, entries).await?;
    let lacking = survey.to_generate();
    let place_missing = lacking > 0 && out.is_none();
    if args.dry_run {
        if place_missing {
            let words = plural(lacking);
            survey.warnings.push(format!("{words} to be generated: name a file with --passwords-out"));
        }
        return Ok(planned(args, &whose, survey));
    }
    if place_missing {
        return Err(Error::new(
            &code::BAD_ARGUMENT,
            format!("{} to be generated, and there is no place for it; nothing was changed", plural(lacking)),
        )
        .next("name a file with --passwords-out, or give a password or a hash in every row"));
    }
    if survey.count("ready") == 0 {
        return Ok(report(&whose, &survey, &Imported::default(), None));
    }
    let expected = match &whose {
        Whose::Org(name) => name.as_str(),
        Whose::Core => "core",
    };
    let agreed = consent::implied(context, expected, args.confirm.as_deref())?;
    // From here on an interruption ends between two batches, so that a file of passwords is not left for nothing.
    context.interrupt.engage();
    let written = match out.filter(|_| lacking > 0) {
        Some(path) => Some(keep(path, &survey.generate())?),
        None => None,
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.map_or(cores, usize::from);
    let done = house.import_users(&whose, &mut survey, jobs, &agreed).await;
    progress.finish();
    let done = done.inspect_err(|error| password::forget(written.as_deref(), error))?;
    if done.operations.is_empty() && done.stopped.is_none() {
        // Somebody else made all of them in the same moment.
        written.iter().for_each(|path| drop(std::fs::remove_file(path)));
    }
    Ok(report(&whose, &survey, &done, written.as_deref().filter(|path| path.exists())))
}

fn plural(passwords: usize) -> String {
    if passwords == 1 { "a password has".to_owned() } else { format!("{passwords} passwords have") }
}

/// The rows of the file.
fn entries(args: &Args, whose: &Whose, context: &Context<'_>) -> Result<Vec<Entry>> {
    let settable = settable(shape(context, whose));
    let optional: Vec<&str> = OWN.iter().copied().chain(settable.iter().copied()).collect();
    let columns = Columns { required: &["email"], optional: &optional, others: false, secret: true };
    let roster = Roster::read(context, &args.file, columns)?;
    if roster.rows.iter().any(|(_, row)| row.contains_key("password")) {
        require_private(context, &args.file)?;
    }
    let entry = |(line, mut row): (u64, Row)| {
        let email = row.remove("email").unwrap_or_default();
        let role = row.remove("role").or_else(|| args.role.clone());
        let mut broken = None;
        let mut password = row.remove("password").map(Secret::new);
        let hash = row.remove("hash").map(|hash| Secret::new(hash.trim()));
        if let Some(name) = row.remove("password_env") {
            match password::in_variable(context, name.trim()) {
                _ if password.is_some() => {
                    let text = "there is a password and a password_env; give one of them";
                    broken = Some(Error::new(&code::BAD_PASSWORD, text));
                }
                Ok(text) => password = Some(Secret::new(text)),
                Err(error) => broken = Some(error),
            }
        }
        Entry { line, email, role, password, hash, sets: row.into_iter().collect(), broken }
    };
    Ok(roster.rows.into_iter().map(entry).collect())
}

/// A file with passwords that others can read is no place for them.
fn require_private(context: &Context<'_>, path: &Path) -> Result<()> {
    #[cfg(unix)]
    if path != Path::new("-") {
        use std::os::unix::fs::PermissionsExt;
        let shown = path.display().to_string();
        let facts = std::fs::metadata(context.env.directory.join(path))
            .map_err(|e| Error::new(&code::BAD_LIST, format!("cannot read {shown}: {e}")))?;
        if facts.permissions().mode() & 0o077 != 0 {
            let text = format!("{shown} holds passwords and others can read it; nothing was changed");
            return Err(Error::new(&code::BAD_LIST, text).next(format!("chmod 600 {}", shell(&shown))));
        }
    }
    #[cfg(not(unix))]
    let _ = (context, path);
    Ok(())
}

/// Keeps generated passwords in a file before anything is begun: a crash must not lose them.
fn keep(path: PathBuf, generated: &[(String, Secret)]) -> Result<PathBuf> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |e: csv::Error| Error::new(&code::INTERNAL, format!("cannot write the passwords: {e}"));
    writer.write_record(["email", "password"]).map_err(broken)?;
    for (email, password) in generated {
        writer.write_record([email.as_str(), password.reveal()]).map_err(broken)?;
    }
    let bytes = writer.into_inner().unwrap_or_default();
    file::create_private(&path, &String::from_utf8(bytes).unwrap_or_default())?;
    Ok(path)
}

/// Every row with what becomes of it.
fn table(survey: &Survey, ready: &'static str) -> Block {
    let row = |row: &Judged| {
        let (result, code, why) = said(row, ready);
        vec![
            row.line.to_string(),
            row.email.clone(),
            row.role.clone().unwrap_or_else(|| "-".to_owned()),
            result,
            code.to_owned(),
            why,
        ]
    };
    Block::Table(Table {
        head: vec!["line#", "email", "role", "result", "code", "why"],
        rows: survey.rows.iter().map(row).collect(),
    })
}

fn said(row: &Judged, ready: &'static str) -> (String, &'static str, String) {
    let word = if matches!(row.fate, Fate::Ready(_)) { ready } else { row.fate.word() };
    match &row.fate {
        Fate::Refused(error) => (word.to_owned(), error.code().id, scrub(error.message())),
        Fate::Waiting(op) => (word.to_owned(), "", format!("operation {op}")),
        _ => (word.to_owned(), "", String::new()),
    }
}

fn data(survey: &Survey, ready: &'static str) -> Vec<Value> {
    let row = |row: &Judged| {
        let (result, code, why) = said(row, ready);
        let mut item = json!({ "line": row.line, "email": row.email, "role": row.role, "result": result });
        if let Fate::Refused(error) = &row.fate {
            item["code"] = json!(code);
            item["message"] = json!(why);
            item["next"] = json!(error.actions());
        }
        if let Fate::Waiting(op) = &row.fate {
            item["operation"] = json!(op);
        }
        item
    };
    survey.rows.iter().map(row).collect()
}

/// `2 created, 1 exists, 3 refused`
fn counts(survey: &Survey, ready: &str) -> String {
    let words = [
        ("ready", ready),
        ("created", "created"),
        ("exists", "there already"),
        ("refused", "refused"),
        ("waiting", "waiting"),
    ];
    let said = words.iter().map(|(fate, word)| (survey.count(fate), *word)).filter(|(n, _)| *n > 0);
    let said: Vec<String> = said.map(|(n, word)| format!("{n} {word}")).collect();
    if said.is_empty() { "no rows".to_owned() } else { said.join(", ") }
}

fn planned(args: &Args, whose: &Whose, survey: Survey) -> Done {
    let exit = exit(&survey, None);
    let data = json!({ "rows": data(&survey, "would create"), "ready": survey.count("ready"), "exists": survey.count("exists"), "refused": survey.count("refused") });
    let mut report = Report::new(SCHEMA, &data)
        .ok(exit == 0)
        .named(names(&survey, "ready"))
        .line(format!("Would import: {}.", counts(&survey, "would be created")))
        .show(table(&survey, "would create"))
        .warn(survey.warnings.clone());
    if exit == 0 {
        let file = args.passwords_out.as_ref().map(|path| path.display().to_string());
        let file = file.or_else(|| (survey.to_generate() > 0).then(|| "passwords.csv".to_owned()));
        let out = file.map(|file| format!(" --passwords-out {}", shell(&file))).unwrap_or_default();
        let role = args.role.as_ref().map(|role| format!(" --role {}", shell(role))).unwrap_or_default();
        report = report.next(format!(
            "flowbit user import {} {}{role}{out}   # without --dry-run",
            shell(&args.file.display().to_string()),
            option(whose)
        ));
    }
    Done::Report(Box::new(report), exit)
}

fn names(survey: &Survey, word: &str) -> Vec<String> {
    survey.rows.iter().filter(|row| row.fate.word() == word).map(|row| row.email.clone()).collect()
}

/// 0 when all are there; 11 after an interruption; 7 when some are there; otherwise that of the first refusal.
fn exit(survey: &Survey, stopped: Option<&Error>) -> u8 {
    let good = survey.count("created") + survey.count("exists");
    match (stopped, survey.first_refusal()) {
        (Some(error), _) if [&code::INTERRUPTED, &code::CANCELLED].contains(&error.code()) => Class::Interrupted.exit(),
        (Some(_), _) => Class::Partial.exit(),
        (None, None) => 0,
        (None, Some(_)) if good + survey.count("ready") > 0 => Class::Partial.exit(),
        (None, Some(first)) => first.exit(),
    }
}

fn report(whose: &Whose, survey: &Survey, done: &Imported, written: Option<&Path>) -> Done {
    let exit = exit(survey, done.stopped.as_ref());
    let organization = match whose {
        Whose::Org(name) => Some(name),
        Whose::Core => None,
    };
    let data = json!({
        "rows": data(survey, "not begun"), "organization": organization,
        "created": survey.count("created"), "exists": survey.count("exists"), "refused": survey.count("refused"),
        "not_begun": survey.count("ready"), "operations": done.operations, "seconds": done.took.as_secs_f64(), "passwords_file": written,
    });
    let mut report = Report::new(SCHEMA, &data)
        .ok(exit == 0)
        .changed(!done.operations.is_empty() || done.stopped.as_ref().is_some_and(Error::changed))
        .named(names(survey, "created"))
        .line(format!(
            "Import into {} in {}: {}.",
            of(organization),
            view::seconds(done.took),
            counts(survey, "not begun")
        ))
        .show(table(survey, "not begun"))
        .warn(survey.warnings.clone());
    if let Some(path) = written {
        report = report.line(format!("Generated passwords are in {}, readable by you alone.", path.display()));
    }
    if let Some(error) = &done.stopped {
        report = report.warn([format!("stopped: {}", error.message())]);
        for action in error.actions() {
            report = report.next(action.clone());
        }
    }
    Done::Report(Box::new(report.next(format!("flowbit user list {}", option(whose)))), exit)
}
