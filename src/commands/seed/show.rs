//! `flowbit seed show`

use serde_json::json;

use super::Which;
use crate::commands::context::Context;
use crate::commands::{Done, view};
use crate::domain::seed::Collection;
use crate::error::Result;
use crate::ui::{Block, Report, Table};

/// Show what a set contains: tenants, collections, numbers of documents, rules.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit seed show tickets\n  flowbit seed show ./seed/demo --json | jq '.data.collections'"
)]
pub struct Args {
    #[command(flatten)]
    which: Which,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let set = args.which.read(context)?;
    let manifest = &set.manifest;
    let collections: Vec<_> = set
        .collections
        .iter()
        .map(|c| {
            let fields: Vec<&str> = c.fields.iter().map(|(name, _)| name.as_str()).collect();
            json!({
                "name": c.name, "into": c.target.word(), "fixtures": c.fixtures.len(), "rows": c.rows, "scales": c.scales,
                "only": c.only, "fields": fields,
            })
        })
        .collect();
    let tenants: Vec<&str> = manifest.tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    let data = json!({
        "name": manifest.name, "title": manifest.title, "origin": set.origin, "platforms": manifest.platforms,
        "layouts": manifest.layouts, "demo": manifest.demo, "as_of": manifest.as_of, "admin": manifest.admin, "tenants": tenants,
        "collections": collections,
    });
    let row = |c: &Collection| {
        let fields: Vec<&str> = c.fields.iter().map(|(name, _)| name.as_str()).collect();
        vec![
            c.name.clone(),
            c.target.word().to_owned(),
            view::thousands(c.fixtures.len() as u64),
            view::thousands(c.rows),
            fields.join(", "),
        ]
    };
    let any = |words: &[String]| if words.is_empty() { "any".to_owned() } else { words.join(", ") };
    let facts = vec![
        ("from".to_owned(), set.origin.clone()),
        ("platforms".to_owned(), any(&manifest.platforms)),
        ("tenants".to_owned(), if tenants.is_empty() { "whichever are named".to_owned() } else { tenants.join(", ") }),
        ("dates from".to_owned(), manifest.as_of.clone().unwrap_or_else(|| "2026-01-01".to_owned())),
    ];
    let table = Table {
        head: vec!["collection", "into", "fixtures#", "generated#", "rules"],
        rows: set.collections.iter().map(row).collect(),
    };
    let report = Report::new("flowbit.seed.show/1", &data)
        .named([manifest.name.clone()])
        .line(format!("{}: {}", manifest.name, manifest.title))
        .show(Block::Facts(facts))
        .line("")
        .show(Block::Table(table));
    Ok(report.next(format!("flowbit seed apply {} --dry-run", args.which.set)).into())
}
