//! `flowbit isolation`

mod check;
mod explain;
mod files;
mod view;

use clap::Subcommand;

use super::Done;
use super::cli::Global;
use super::context::Context;
use crate::error::Result;

/// Find every leak between tenants, and prove that there is none.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Look for leaks between tenants: in records, accounts, documents, indexes, views, files and rights.
    Check(check::Args),
    /// Explain a rule: what it looks for, what it does to people, and what to do.
    Explain(explain::Args),
}

pub(super) async fn run(verb: Verb, global: &Global, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::Check(args) => check::run(&args, global, context).await,
        Verb::Explain(args) => explain::run(&args),
    }
}
