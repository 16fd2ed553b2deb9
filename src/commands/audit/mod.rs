//! `flowbit audit`

mod scope;

use clap::Subcommand;

use super::Done;
use super::context::Context;
use crate::error::Result;

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub enum Verb {}

pub(super) async fn run(verb: Verb, _context: &Context<'_>) -> Result<Done> {
    match verb {}
}
