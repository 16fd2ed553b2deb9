//! `flowbit screen show`

use serde_json::json;

use crate::commands::Done;
use crate::commands::context::Context;
use crate::error::Result;
use crate::ops::screen;
use crate::ui::{Block, Report};

/// Show a tenant's entry in the registry.
///
/// Reads the registry file alone; no server is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit screen show acme\n  flowbit screen show acme --json | jq .data.entry")]
pub struct Args {
    /// Name of the organization, as the registry or people call it
    #[arg(value_name = "ORG")]
    org: String,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let path = super::registry(context)?;
    let registry = screen::open(&path)?;
    let tenant = screen::load_tenant(&registry, &args.org)?;
    let screens = registry.screens(&tenant).unwrap_or_default();
    let entries = registry.entries(&tenant);
    let data = json!({
        "tenant": tenant, "file": path.display().to_string(), "shape": registry.shape(),
        "entry": entries.first(), "screens": screens,
    });
    let mut facts = vec![
        ("registry".to_owned(), path.display().to_string()),
        ("shape".to_owned(), registry.shape().word().to_owned()),
    ];
    let aliases: Vec<String> = registry.aliases(&tenant).into_iter().filter(|alias| *alias != tenant).collect();
    if !aliases.is_empty() {
        facts.push(("also called".to_owned(), aliases.join(", ")));
    }
    let report = Report::new("flowbit.screen.show/1", &data)
        .named([tenant.clone()])
        .show(Block::Heading(tenant.clone()))
        .show(Block::Facts(facts))
        .line("");
    let report = if screens.is_empty() {
        report.line("It has no screens.")
    } else {
        report.show(Block::Table(super::table(None, &screens.iter().collect::<Vec<_>>())))
    };
    let twice = (entries.len() > 1)
        .then(|| format!("it has {} entries; which one the platform reads is not known", entries.len()));
    Ok(report.warn(twice).into())
}
