//! `flowbit config`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Done;
use super::context::Context;
use crate::config::{Environment, description_in};
use crate::domain::Description;
use crate::error::Result;
use crate::ui::{Block, Report, Table};

/// Show the settings in force and where each came from.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Show every setting with its value and its origin. Secrets are not shown.
    #[command(after_help = "Examples:\n  flowbit config show\n  flowbit --profile production config show --json")]
    Show,
    /// Check a platform description: syntax, keys, types and contradictions.
    #[command(after_help = "Examples:\n  flowbit config check\n  flowbit config check staging/flowbit.toml")]
    Check {
        /// The file; without it, the description in force
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Checks a file without regard to what is in force, which may be broken.
pub(super) fn check(file: &Path, env: &Environment) -> Result<Done> {
    let description = description_in(&env.directory.join(file))?;
    Ok(checked(&description, &file.display().to_string()))
}

fn checked(description: &Description, origin: &str) -> Done {
    let (platform, layout) = (&description.platform, description.layout.word());
    let data = json!({ "platform": platform, "layout": layout, "origin": origin });
    Report::new("flowbit.config.check/1", &data)
        .named([platform])
        .line(format!("The description of {platform} ({origin}, layout {layout}) is whole."))
        .into()
}

pub(super) fn run(verb: &Verb, context: &Context<'_>) -> Done {
    if let Verb::Check { .. } = verb {
        let platform = &context.settings.platform;
        return checked(&platform.value, &platform.origin.to_string());
    }
    let shown = context.settings.shown();
    let rows = shown.iter().map(|row| vec![row.key.to_owned(), row.value.clone(), row.origin.clone()]).collect();
    Report::new("flowbit.config.show/1", &shown)
        .named(shown.iter().map(|row| row.key))
        .show(Block::Table(Table { head: vec!["setting", "value", "origin"], rows }))
        .into()
}
