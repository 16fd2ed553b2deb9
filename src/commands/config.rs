//! `flowbit config`

use super::Done;
use super::context::Context;
use crate::ui::{Block, Report, Table};

/// Show the settings in force and where each came from.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Show every setting with its value and its origin. Secrets are not shown.
    #[command(after_help = "Examples:\n  flowbit config show\n  flowbit --profile production config show --json")]
    Show,
}

pub(super) fn run(verb: &Verb, context: &Context<'_>) -> Done {
    let Verb::Show = verb;
    let shown = context.settings.shown();
    let rows = shown.iter().map(|row| vec![row.key.to_owned(), row.value.clone(), row.origin.clone()]).collect();
    Report::new("flowbit.config.show/1", &shown)
        .named(shown.iter().map(|row| row.key))
        .show(Block::Table(Table { head: vec!["setting", "value", "origin"], rows }))
        .into()
}
