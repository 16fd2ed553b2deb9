//! `flowbit org`

mod create;
mod delete;
mod footprint;
mod list;
mod purge;
mod rename;
mod restore;
mod show;

use super::Done;
use super::context::Context;
use crate::error::Result;

/// Create, list, show, rename, delete, restore and purge organizations.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Create an organization with its administrator, collections and indexes.
    Create(create::Args),
    /// List organizations.
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Show one organization: documents, bytes, indexes, administrators, state.
    Show(show::Args),
    /// Show every place where an organization's name, slug, store or identifier stands.
    Footprint(footprint::Args),
    /// Rename an organization with its collections and every copy of the name.
    Rename(rename::Args),
    /// Delete an organization so that it can be restored.
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
    /// Restore a deleted organization.
    Restore(restore::Args),
    /// Remove a deleted organization for good.
    Purge(purge::Args),
}

pub(super) async fn run(verb: Verb, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::Create(args) => create::run(&args, context).await,
        Verb::List(args) => list::run(&args, context).await,
        Verb::Show(args) => show::run(&args, context).await,
        Verb::Footprint(args) => footprint::run(&args, context).await,
        Verb::Rename(args) => rename::run(&args, context).await,
        Verb::Delete(args) => delete::run(&args, context).await,
        Verb::Restore(args) => restore::run(&args, context).await,
        Verb::Purge(args) => purge::run(&args, context).await,
    }
}
