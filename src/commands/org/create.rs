//! `flowbit org create`

use std::path::PathBuf;

use crate::commands::change::Change;
use crate::commands::context::Context;
use crate::commands::{Done, consent, view};
use crate::error::{Error, Result, code};
use crate::ops::org::create::Wanted;
use crate::ops::org::find::shell;
use crate::ops::password;
use crate::store::{Secret, file};
use crate::ui::{Block, Report};

/// Create an organization with its administrator, collections and indexes.
///
/// The organization becomes visible at once and whole. Without a password option a password is generated into a file
/// that only you can read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org create acme --admin-email admin@acme.com
  printf %s \"$PW\" | flowbit org create acme --admin-email admin@acme.com --password-stdin
  flowbit org create acme --admin-email admin@acme.com --if-not-exists --json")]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "NAME")]
    name: String,
    /// E-mail of its administrator
    #[arg(long, value_name = "EMAIL")]
    admin_email: String,
    /// Read the administrator's password from standard input
    #[arg(long, help_heading = "Password", group = "password")]
    password_stdin: bool,
    /// Read it from this file
    #[arg(long, help_heading = "Password", group = "password", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Read it from this environment variable
    #[arg(long, help_heading = "Password", group = "password", value_name = "NAME")]
    password_env: Option<String>,
    /// Write a generated password into this new file (mode 0600)
    #[arg(long, help_heading = "Password", group = "password", value_name = "FILE")]
    password_out: Option<PathBuf>,
    /// Succeed without a change if an organization of this name exists
    #[arg(long)]
    if_not_exists: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let given = given_password(args, context)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.change.wishes(None), &progress)?;
    let draft = house.draft(&Wanted { name: args.name.clone(), email: args.admin_email.clone() })?;
    if args.if_not_exists
        && let Some(existing) = house.find_existing(&args.name).await?
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
        None => generated(args, context, &made.name)?,
    };
    let work = async {
        let hash = house.hash(password).await?;
        let prepared = house.plan_create(&draft, &hash, None).await?;
        let warnings = prepared.warnings.clone();
        house.create(&draft, prepared, &hash, &agreed).await.map(|(made, outcome)| (made, outcome, warnings))
    };
    let outcome: Result<_> = work.await;
    progress.finish();
    let (made, outcome, warnings) = outcome.inspect_err(|error| forget(written.as_ref(), error))?;
    let outcome = view::finished(outcome)?;
    let mut facts = vec![
        ("administrator".to_owned(), made.admin.clone()),
        (
            "collections".to_owned(),
            if made.collections.is_empty() { made.store.clone() } else { made.collections.join(", ") },
        ),
        ("operation".to_owned(), outcome.record.id.to_string()),
        ("took".to_owned(), view::seconds(outcome.took)),
    ];
    if let Some(path) = &written {
        facts.insert(1, ("password".to_owned(), format!("in {}, readable by you alone", path.display())));
    }
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

/// The password that was handed over in one of the safe ways.
fn given_password(args: &Args, context: &Context<'_>) -> Result<Option<Secret>> {
    let text = if args.password_stdin {
        context.terminal.read_secret_line()?
    } else if let Some(path) = &args.password_file {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::new(&code::BAD_PASSWORD, format!("cannot read {}: {e}", path.display())))?;
        text.lines().next().unwrap_or_default().to_owned()
    } else if let Some(name) = &args.password_env {
        let value = context.env.get(name);
        value
            .ok_or_else(|| Error::new(&code::BAD_PASSWORD, format!("the environment variable {name} is not set")))?
            .to_owned()
    } else {
        return Ok(None);
    };
    password::accept(&text).map(Some)
}

/// A new password, in a file before anything is begun: a crash must not lose it.
fn generated(args: &Args, context: &Context<'_>, name: &str) -> Result<(Secret, Option<PathBuf>)> {
    let password = password::generate();
    let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let path = args.password_out.clone().unwrap_or_else(|| PathBuf::from(format!("{safe}.password")));
    let path = context.env.directory.join(path);
    if path.exists() {
        return Err(Error::new(
            &code::BAD_ARGUMENT,
            format!("{} exists and is not overwritten: it may hold somebody's password", path.display()),
        )
        .next("name another file with --password-out, or give a password with --password-stdin; an interrupted create may have left it"));
    }
    file::create_private(&path, &format!("{}\n", password.reveal()))?;
    Ok((password, Some(path)))
}

/// A password for an organization that was not made is of no use; one whose operation waits in the journal is.
fn forget(written: Option<&PathBuf>, error: &Error) {
    if let (Some(path), false) = (written, error.changed()) {
        let _ = std::fs::remove_file(path);
    }
}
