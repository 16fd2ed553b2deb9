//! `flowbit isolation`

mod baseline;
mod check;
mod explain;
mod files;
mod grants;
mod probe;
mod saved;
mod show;
mod view;

use clap::Subcommand;

use super::Done;
use super::cli::Global;
use super::context::Context;
use crate::config::Environment;
use crate::error::{Error, Result, code};
use crate::ui::Terminal;

/// Find every leak between tenants, and prove that there is none.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Look for leaks between tenants: in records, accounts, documents, indexes, views, files and rights.
    Check(check::Args),
    /// Show a saved report again, or make another kind of report of it.
    Show(show::Args),
    /// Accept findings for a time, list what is accepted, and take it back.
    #[command(subcommand)]
    Baseline(baseline::Verb),
    /// Explain a rule: what it looks for, what it does to people, and what to do.
    Explain(explain::Args),
    /// Try the platform's running backend for leaks between two tenants.
    Probe(Box<probe::Args>),
    /// Give each tenant a database user with the least rights, and prove that it reaches no other tenant.
    Grants(grants::Args),
}

/// Verbs that need neither settings nor a server; none for the others.
pub(super) fn offline(verb: &Verb, global: &Global, env: &Environment, terminal: &Terminal) -> Option<Result<Done>> {
    match verb {
        Verb::Show(args) => Some(show::run(args, terminal)),
        Verb::Baseline(verb) => Some(baseline::run(verb, global, env)),
        Verb::Explain(args) => Some(explain::run(args)),
        Verb::Probe(args) => probe::offline(args),
        _ => None,
    }
}

pub(super) async fn run(verb: Verb, global: &Global, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::Check(args) => check::run(&args, global, context).await,
        Verb::Probe(args) => probe::run(&args, global, context).await,
        Verb::Grants(args) => grants::run(&args, context).await,
        Verb::Show(_) | Verb::Baseline(_) | Verb::Explain(_) => {
            Err(Error::new(&code::INTERNAL, "a command was not dispatched"))
        }
    }
}
