//! `flowbit op`

mod drive;
mod gc;
mod list;
mod show;

use super::Done;
use super::context::Context;
use crate::error::Result;

/// List, show, finish and undo operations that were begun.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List operations, newest first.
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Show one operation: its plan, how far it is, what happened.
    Show(show::Args),
    /// Finish an operation that was interrupted.
    Resume(drive::Resume),
    /// Undo an operation that was interrupted before its commit.
    Rollback(drive::Rollback),
    /// Clear away aliases whose time is over, and what interrupted operations left.
    Gc(gc::Args),
}

pub(super) async fn run(verb: Verb, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::List(args) => list::run(&args, context).await,
        Verb::Show(args) => show::run(&args, context).await,
        Verb::Resume(args) => drive::resume(&args, context).await,
        Verb::Rollback(args) => drive::rollback(&args, context).await,
        Verb::Gc(args) => gc::run(&args, context).await,
    }
}
