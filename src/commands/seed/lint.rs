//! `flowbit seed lint`

use serde_json::json;

use super::{FOUND, Which};
use crate::commands::Done;
use crate::commands::context::Context;
use crate::config::{find_set, read_set};
use crate::domain::seed::{Fault, SeedSet, passwords};
use crate::error::Result;
use crate::ops::seed::sketch;
use crate::ui::{Block, Report, Table};

/// Check the files of a set against the platform description, without a server. Exits with 6 when something is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit seed lint ./seed/demo
  flowbit seed lint tickets --preset tickets --json | jq '.data[]'")]
pub struct Args {
    #[command(flatten)]
    which: Which,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let source = find_set(&args.which.set, &context.env.directory)?;
    let faults = match read_set(&source)? {
        Err(faults) => faults,
        Ok(set) => check(args, context, &set),
    };
    let data: Vec<_> = faults
        .iter()
        .map(|f| json!({ "file": f.place.file, "line": f.place.line, "field": f.field, "what": f.what, "meant": f.meant }))
        .collect();
    let mut report = Report::new("flowbit.seed.lint/1", &data);
    if faults.is_empty() {
        return Ok(report.line(format!("{} is well formed.", source.shown())).into());
    }
    report.ok = false;
    let row = |f: &Fault| {
        let what = match &f.meant {
            Some(meant) => format!("{}; did you mean `{meant}`?", f.what),
            None => f.what.clone(),
        };
        vec![f.place.to_string(), f.field.clone(), what]
    };
    let table = Table { head: vec!["place", "field", "what"], rows: faults.iter().map(row).collect() };
    Ok(Done::Report(Box::new(report.show(Block::Table(table))), FOUND))
}

/// What is wrong with a set that could be read, for each of its tenants.
fn check(args: &Args, context: &Context<'_>, set: &SeedSet) -> Vec<Fault> {
    let platform = &context.settings.platform.value;
    let env = |name: &str| context.env.get(name).map(str::to_owned);
    let names = args.which.orgs(set).unwrap_or_else(|_| vec!["Example".to_owned()]);
    let mut faults = passwords(set).err().unwrap_or_default();
    for name in names {
        let made = sketch(platform, &context.settings.master.value, set, &name, &env, (None, None, None));
        for fault in made.err().into_iter().flatten() {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults
}
