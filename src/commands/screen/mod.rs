//! `flowbit screen`

mod diff;
mod list;
mod set;
mod show;
mod validate;

use std::path::PathBuf;

use super::Done;
use super::context::{Context, Wishes};
use crate::domain::registry::Screen;
use crate::error::{Class, Error, Result, code};
use crate::ui::Table;

/// List, show, change and check the screens of tenants in the platform's registry file.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List the screens of all tenants, or of one.
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Show a tenant's entry in the registry.
    Show(show::Args),
    /// Add, change or remove screens of a tenant.
    Set(Box<set::Args>),
    /// Check the registry file, and whether its tenants are those of the platform.
    Validate(validate::Args),
    /// Compare the registry with another file, also one in another shape.
    Diff(diff::Args),
}

pub(super) async fn run(verb: Verb, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::List(args) => list::run(&args, context),
        Verb::Show(args) => show::run(&args, context),
        Verb::Set(args) => set::run(&args, context).await,
        Verb::Validate(args) => validate::run(&args, context).await,
        Verb::Diff(args) => diff::run(&args, context),
    }
}

/// The platform's registry file.
fn registry(context: &Context<'_>) -> Result<PathBuf> {
    context.registry(Wishes::default()).ok_or_else(|| {
        Error::new(&code::BAD_REGISTRY, "the platform description names no registry file")
            .next("add to flowbit.toml: [registry] file = \"registry.json\"")
            .next("flowbit config show")
    })
}

/// What to do where the server is not at hand.
fn or_offline(error: Error) -> Error {
    if error.code().class == Class::Unavailable { error.next("repeat with --offline") } else { error }
}

/// Screens as a table: the columns that have something in them, and the address.
fn table(tenants: Option<Vec<String>>, screens: &[&Screen]) -> Table {
    type Column = (&'static str, fn(&Screen) -> Option<&str>);
    const COLUMNS: [Column; 6] = [
        ("screen", |screen| Some(screen.name.as_str()).filter(|name| !name.is_empty())),
        ("url", |screen| Some(screen.url.as_str()).filter(|url| !url.is_empty())),
        ("key", |screen| screen.key.as_deref()),
        ("id", |screen| screen.id.as_deref()),
        ("icon", |screen| screen.icon.as_deref()),
        ("description", |screen| screen.description.as_deref()),
    ];
    let shown = |column: &Column| {
        matches!(column.0, "screen" | "url") || screens.iter().any(|screen| (column.1)(screen).is_some())
    };
    let columns: Vec<Column> = COLUMNS.into_iter().filter(shown).collect();
    let row = |(i, screen): (usize, &&Screen)| {
        let tenant = tenants.as_ref().map(|tenants| tenants[i].clone());
        let cells = columns.iter().map(|(_, of)| of(screen).unwrap_or("-").to_owned());
        tenant.into_iter().chain(cells).collect()
    };
    let head = tenants.iter().map(|_| "tenant").chain(columns.iter().map(|(name, _)| *name)).collect();
    Table { head, rows: screens.iter().enumerate().map(row).collect() }
}
