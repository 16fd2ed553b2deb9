//! `flowbit user check-password`

use bson::doc;

use super::scope::{Scope, record};
use super::told::of;
use crate::commands::Done;
use crate::commands::context::{Context, Wishes};
use crate::commands::password::Given;
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
    #[command(flatten)]
    given: Given,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let whose = args.scope.whose(context)?;
    context.require_reason_to_read()?;
    let given = Secret::new(match args.given.text(context)? {
        Some(text) => text,
        None if context.terminal.may_ask => context.terminal.ask_secret(&format!("Password of {}", args.email))?,
        None => context.terminal.read_secret_line()?,
    });
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    record(context, &house, Some(&whose), "user.check-password", doc! { "email": &args.email }).await?;
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
