//! `flowbit user enable` and `flowbit user disable`

use super::scope::{Change, Scope};
use super::told::Deed;
use crate::commands::Done;
use crate::commands::context::Context;
use crate::error::Result;
use crate::ops::user::Wish;

/// Let an account log in again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user enable ana@acme.com --org acme
  flowbit user enable owner@platform.com --core --dry-run")]
pub struct Enable {
    /// E-mail of the account
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    change: Change,
}

/// Keep an account from logging in.
///
/// Nothing of it is removed, and tokens that were made before are taken back. The last administrator stays in force
/// unless --force says otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user disable ana@acme.com --org acme --dry-run
  flowbit user disable ana@acme.com --org acme --reason \"left the company\"")]
pub struct Disable {
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

pub(super) async fn enable(args: &Enable, context: &Context<'_>) -> Result<Done> {
    let email = args.email.trim();
    let deed = Deed {
        schema: "flowbit.user.enable/1",
        title: format!("Enable {email}"),
        done: format!("Enabled {email}."),
        already: format!("{email} is enabled already; nothing was changed."),
        typed: false,
        change: &args.change,
    };
    deed.run(&args.scope.whose(context)?, email, &Wish::Enable, context).await
}

pub(super) async fn disable(args: &Disable, context: &Context<'_>) -> Result<Done> {
    let email = args.email.trim();
    let deed = Deed {
        schema: "flowbit.user.disable/1",
        title: format!("Disable {email}"),
        done: format!("Disabled {email}."),
        already: format!("{email} is disabled already; nothing was changed."),
        typed: false,
        change: &args.change,
    };
    deed.run(&args.scope.whose(context)?, email, &Wish::Disable { force: args.force }, context).await
}
