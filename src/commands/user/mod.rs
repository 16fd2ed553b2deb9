//! `flowbit user`

mod check_password;
mod create;
mod delete;
mod import;
mod list;
mod reset_password;
mod scope;
mod set_role;
mod show;
mod state;
mod told;

use super::Done;
use super::context::Context;
use crate::error::Result;

/// List, show, create, change, delete and import accounts, and check their passwords.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List the accounts of an organization, of the platform's owners, or of all organizations.
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Show one account: role, state, kind of hash, fields. Never a hash.
    Show(show::Args),
    /// Create an account.
    Create(create::Args),
    /// Give an account another role.
    SetRole(set_role::Args),
    /// Let an account log in again.
    Enable(state::Enable),
    /// Keep an account from logging in.
    Disable(state::Disable),
    /// Give an account another password.
    ResetPassword(reset_password::Args),
    /// Delete an account.
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
    /// Say whether a password is the one of an account.
    CheckPassword(check_password::Args),
    /// Create many accounts from a file.
    Import(import::Args),
}

pub(super) async fn run(verb: Verb, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::List(args) => list::run(&args, context).await,
        Verb::Show(args) => show::run(&args, context).await,
        Verb::Create(args) => create::run(&args, context).await,
        Verb::SetRole(args) => set_role::run(&args, context).await,
        Verb::Enable(args) => state::enable(&args, context).await,
        Verb::Disable(args) => state::disable(&args, context).await,
        Verb::ResetPassword(args) => reset_password::run(&args, context).await,
        Verb::Delete(args) => delete::run(&args, context).await,
        Verb::CheckPassword(args) => check_password::run(&args, context).await,
        Verb::Import(args) => import::run(&args, context).await,
    }
}
