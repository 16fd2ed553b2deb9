//! `flowbit screen diff`

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::commands::context::Context;
use crate::commands::{Done, view};
use crate::domain::registry::compare::{Difference, compare};
use crate::domain::registry::{Registry, Screen};
use crate::error::{Class, Result};
use crate::ops::screen;
use crate::ui::{Block, Report, Table};

/// Compare the registry with another file, also one in another shape.
///
/// Tenants are matched by name, slug and key, screens by name, key and address. What one of the shapes has no place for
/// is no difference. No server is asked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit screen diff staging/registry.json\n  flowbit screen diff old.json --other new.json --json\n\nExit status is 6 when the files differ."
)]
pub struct Args {
    /// The file to compare the registry with
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Compare FILE with this one instead of the registry with FILE
    #[arg(long, value_name = "FILE2")]
    other: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let given = |path: &Path| context.env.directory.join(path);
    let (from, to) = match &args.other {
        Some(other) => (given(&args.file), given(other)),
        None => (super::registry(context)?, given(&args.file)),
    };
    let (before, after) = (screen::open(&from)?, screen::open(&to)?);
    let naming = &context.settings.platform.value.naming;
    let differences = compare(&before, &after, &|name| naming.slug_of(name).as_str().to_owned());
    let exit = if differences.is_empty() { 0 } else { Class::Finding.exit() };
    Ok(Done::Report(Box::new(report((&from, &before), (&to, &after), &differences)), exit))
}

fn report(from: (&Path, &Registry), to: (&Path, &Registry), differences: &[Difference]) -> Report {
    let side =
        |(path, registry): (&Path, &Registry)| json!({ "file": path.display().to_string(), "shape": registry.shape() });
    let data =
        json!({ "from": side(from), "to": side(to), "equal": differences.is_empty(), "differences": differences });
    let says = |screen: &Option<Screen>| match screen {
        Some(screen) if screen.name.is_empty() || screen.url.is_empty() => screen.title().to_owned(),
        Some(screen) => format!("{} {}", screen.name, screen.url),
        None => "-".to_owned(),
    };
    let row = |difference: &Difference| {
        vec![
            difference.change.word().to_owned(),
            difference.tenant.clone(),
            difference.screen.clone().unwrap_or_else(|| "(the tenant)".to_owned()),
            says(&difference.before),
            says(&difference.after),
        ]
    };
    let names = differences.iter().map(|difference| {
        let screen = difference.screen.as_ref().map(|screen| format!("/{screen}")).unwrap_or_default();
        format!("{} {}{screen}", difference.change.word(), difference.tenant)
    });
    let report = Report::new("flowbit.screen.diff/1", &data).named(names);
    let files = format!("{} → {}", from.0.display(), to.0.display());
    if differences.is_empty() {
        return report.line(format!("No difference: {files}"));
    }
    let number = u64::try_from(differences.len()).unwrap_or_default();
    report
        .show(Block::Table(Table {
            head: vec!["change", "tenant", "screen", "before", "after"],
            rows: differences.iter().map(row).collect(),
        }))
        .line("")
        .line(format!("{}: {files}", view::count(number, "difference")))
}
