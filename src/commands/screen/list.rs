//! `flowbit screen list`

use crate::commands::Done;
use crate::commands::context::Context;
use crate::error::Result;
use crate::ops::screen;
use crate::ui::{Block, Report};

/// List the screens of all tenants, or of one.
///
/// Reads the registry file alone; no server is asked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit screen list\n  flowbit screen list acme -o csv\n  flowbit screen list -o name   # the tenants"
)]
pub struct Args {
    /// Name of the organization, as the registry or people call it
    #[arg(value_name = "ORG")]
    org: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let path = super::registry(context)?;
    let registry = screen::open(&path)?;
    let one = args.org.as_deref().map(|org| screen::load_tenant(&registry, org)).transpose()?;
    let tenants = one.clone().map_or_else(|| registry.tenants(), |tenant| vec![tenant]);
    let rows = screen::rows(&registry, &tenants);
    let report = Report::new("flowbit.screen.list/1", &rows);
    let report = match one {
        Some(_) => report.named(rows.iter().map(|row| row.screen.title().to_owned())),
        None => report.named(tenants.clone()),
    };
    let empty: Vec<&str> =
        tenants.iter().filter(|tenant| !rows.iter().any(|row| row.tenant == **tenant)).map(String::as_str).collect();
    let none = format!("No screens: {}.", empty.join(", "));
    if rows.is_empty() {
        let none = if empty.is_empty() { format!("There are no tenants in {}.", path.display()) } else { none };
        return Ok(report.line(none).into());
    }
    let owners = rows.iter().map(|row| row.tenant.clone()).collect();
    let screens: Vec<_> = rows.iter().map(|row| &row.screen).collect();
    let report = report.show(Block::Table(super::table(Some(owners), &screens)));
    Ok(if empty.is_empty() { report } else { report.line("").line(none) }.into())
}
