//! `flowbit user set-role`

use super::scope::{Change, Scope, shape};
use super::told::Deed;
use crate::commands::Done;
use crate::commands::context::Context;
use crate::domain::template::Var;
use crate::error::Result;
use crate::ops::user::{Wish, accept_role};

/// Give an account another role.
///
/// Tokens that were made before are taken back. The last administrator keeps the role unless --force says otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user set-role ana@acme.com Manager --org acme --dry-run
  flowbit user set-role ana@acme.com Admin --org acme --reason \"took over from Bo\"")]
pub struct Args {
    /// E-mail of the account
    #[arg(value_name = "EMAIL")]
    email: String,
    /// The role, in the platform's spelling
    #[arg(value_name = "ROLE")]
    role: String,
    #[command(flatten)]
    scope: Scope,
    /// Also if nobody administers the organization afterwards
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let whose = args.scope.whose(context)?;
    let shape = shape(context, &whose);
    // Where accounts have no role that is what there is to say, whatever the spelling.
    let (role, warning) = match shape.fields.path_of(Var::Role) {
        Some(_) => accept_role(shape, &args.role)?,
        None => (args.role.clone(), None),
    };
    if let Some(warning) = warning {
        context.terminal.note(&warning);
    }
    let email = args.email.trim();
    let deed = Deed {
        schema: "flowbit.user.set-role/1",
        title: format!("Give {email} the role {role}"),
        done: format!("{email} is {role} now."),
        already: format!("{email} is {role} already; nothing was changed."),
        typed: false,
        change: &args.change,
    };
    deed.run(&whose, email, &Wish::Role { role: role.clone(), force: args.force }, context).await
}
