//! `flowbit audit`

mod doctor;
mod export;
mod hold;
mod index;
mod prune;
mod query;
mod rows;
mod scope;
mod seal;
mod sealing;
mod show;
mod stats;
mod tail;
mod timeline;
mod verify;

use clap::Subcommand;

use super::Done;
use super::cli::Global;
use super::context::Context;
use crate::error::Result;

/// Ask, follow, export, seal and prove the audit trail.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show what happened: entries of the audit trail, the newest first.
    Query(query::Args),
    /// Show one entry of the audit trail, whole.
    Show(show::Args),
    /// Tell the story of one thing: what was recorded about it, and what it says itself.
    Timeline(timeline::Args),
    /// Count entries of the audit trail by what they say.
    Stats(stats::Args),
    /// Make the indexes that questions about the audit trail need.
    Index(index::Args),
    /// Seal the audit trail: write down and sign which entries there are.
    Seal(Box<seal::Args>),
    /// Prove that the audit trail is as it was sealed, or name what is not.
    Verify(verify::Args),
    /// Erase entries whose time is over, whole seals at a time.
    Prune(prune::Args),
    /// Place, release and list holds: while one is in force, nothing of the trail is erased.
    #[command(subcommand)]
    Hold(hold::Verb),
    /// Export entries into a file, with a manifest that says what is in it.
    Export(Box<export::Args>),
    /// Print the newest entries, and those that come.
    Tail(Box<tail::Args>),
    /// Look through the trail for what it leaves out, should not say, and what went across tenants.
    Doctor(doctor::Args),
}

pub(super) async fn run(verb: Verb, global: &Global, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::Doctor(args) => doctor::run(&args, global, context).await,
        Verb::Seal(args) => seal::run(&args, context).await,
        Verb::Verify(args) => verify::run(&args, context).await,
        Verb::Prune(args) => prune::run(&args, context).await,
        Verb::Hold(verb) => hold::run(&verb, context).await,
        Verb::Export(args) => export::run(&args, context).await,
        Verb::Query(args) => query::run(&args, context).await,
        Verb::Show(args) => show::run(&args, context).await,
        Verb::Timeline(args) => timeline::run(&args, context).await,
        Verb::Stats(args) => stats::run(&args, context).await,
        Verb::Index(args) => index::run(&args, context).await,
        Verb::Tail(args) => tail::run(&args, context).await,
    }
}
