//! `flowbit isolation`

mod explain;

use clap::Subcommand;

use super::Done;
use super::cli::Global;
use super::context::Context;
use crate::error::Result;

/// Find every leak between tenants, and prove that there is none.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Explain a rule: what it looks for, what it does to people, and what to do.
    Explain(explain::Args),
}

pub(super) async fn run(verb: Verb, _global: &Global, _context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::Explain(args) => explain::run(&args),
    }
}
