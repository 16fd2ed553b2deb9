//! `flowbit user delete`

use super::scope::{Change, Scope};
use super::told::Deed;
use crate::commands::Done;
use crate::commands::context::Context;
use crate::error::Result;
use crate::ops::user::Wish;

/// Delete an account.
///
/// The account and its second copies are removed for good; documents that point to it stay. Where the organization's
/// record names it, the record names another administrator from then on. Tokens that were made before are taken back.
/// To keep somebody out and lose nothing, use `flowbit user disable`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user delete ana@acme.com --org acme --dry-run
  flowbit user delete ana@acme.com --org acme --confirm ana@acme.com")]
pub struct Args {
    /// E-mail of the account
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    scope: Scope,
    /// Also if nobody administers the organization afterwards
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let email = args.email.trim();
    let deed = Deed {
        schema: "flowbit.user.delete/1",
        title: format!("Delete {email}"),
        done: format!("Deleted {email}."),
        already: String::new(),
        typed: true,
        change: &args.change,
    };
    deed.run(&args.scope.whose(context)?, email, &Wish::Delete { force: args.force }, context).await
}
