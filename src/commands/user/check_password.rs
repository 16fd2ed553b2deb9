//! `flowbit user check-password`

use std::path::PathBuf;

use super::scope::Scope;
use super::told::of;
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, password};
use crate::error::{Class, Result};
use crate::store::Secret;
use crate::ui::{Block, Report};

/// Say whether a password is the one of an account.
///
/// Compares with the stored hash, as the password is typed and with its letters in the form NFC, and says whether the
/// platform takes a hash of this kind at all. Exit status 0 for yes, 6 for no. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  printf %s \"$PW\" | flowbit user check-password ana@acme.com --org acme
  flowbit user check-password ana@acme.com --org acme --password-file ana.password
  flowbit user check-password owner@platform.com --core --password-env OWNER_PW --json")]
pub struct Args {
    /// E-mail of the account
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    scope: Scope,
    /// Read the password from standard input (the default)
    #[arg(long, help_heading = "Password", group = "password")]
    password_stdin: bool,
    /// Read it from this file
    #[arg(long, help_heading = "Password", group = "password", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Read it from this environment variable
    #[arg(long, help_heading = "Password", group = "password", value_name = "NAME")]
    password_env: Option<String>,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let whose = args.scope.whose(context)?;
    let given = Secret::new(match (&args.password_file, &args.password_env) {
        (Some(path), _) => password::line_of(&context.env.directory.join(path))?,
        (None, Some(name)) => password::in_variable(context, name)?,
        (None, None) if !args.password_stdin && context.terminal.may_ask => {
            context.terminal.ask_secret(&format!("Password of {}", args.email))?
        }
        (None, None) => context.terminal.read_secret_line()?,
    });
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let verdict = house.check_password(&whose, &args.email, &given).await?;
    let said = match verdict.matches {
        true => format!("Yes: this is the password of {}.", verdict.email),
        false => format!("No: this is not the password of {}.", verdict.email),
    };
    let takes = if verdict.hash.accepted { "yes" } else { "no" };
    let facts = vec![
        ("organization".to_owned(), of(verdict.organization.as_ref())),
        ("state".to_owned(), verdict.state.to_owned()),
        ("hash".to_owned(), verdict.hash.shown()),
        ("taken by the platform".to_owned(), takes.to_owned()),
        ("bytes".to_owned(), verdict.bytes.to_string()),
    ];
    let report = Report::new("flowbit.user.check-password/1", &verdict)
        .ok(verdict.matches)
        .named([verdict.email.clone()])
        .line(said)
        .show(Block::Facts(facts))
        .warn(verdict.notes.clone());
    let exit = if verdict.matches { 0 } else { Class::Finding.exit() };
    Ok(Done::Report(Box::new(report), exit))
}
