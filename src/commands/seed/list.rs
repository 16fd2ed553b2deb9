//! `flowbit seed list`

use bson::Bson;
use serde_json::json;

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::config::{SetSource, known_sets, read_set};
use crate::domain::template::plain;
use crate::error::Result;
use crate::ui::{Block, Report, Table};

/// List the sets that can be named: those below `seed/`, and those that ship with flowbit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit seed list\n  flowbit seed list --applied")]
pub struct Args {
    /// List which sets were written into which organizations instead
    #[arg(long)]
    applied: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    if args.applied {
        return applied(context).await;
    }
    let mut data = Vec::new();
    let mut rows = Vec::new();
    let mut names = Vec::new();
    for (name, source) in known_sets(&context.env.directory) {
        let place = match &source {
            SetSource::Shipped(_) => "ships with flowbit".to_owned(),
            SetSource::File { path, .. } => path.display().to_string(),
        };
        let (title, platforms) = match read_set(&source)? {
            Ok(set) => (set.manifest.title.clone(), set.manifest.platforms.join(", ")),
            Err(faults) => {
                (format!("broken: {}", faults.first().map(ToString::to_string).unwrap_or_default()), String::new())
            }
        };
        data.push(json!({ "name": name, "title": title, "platforms": platforms, "place": place }));
        rows.push(vec![name.clone(), platforms, title, place]);
        names.push(name);
    }
    let table = Table { head: vec!["name", "platforms", "title", "place"], rows };
    let report = Report::new("flowbit.seed.list/1", &data).named(names);
    Ok(report.show(Block::Table(table)).next("flowbit seed show NAME").into())
}

async fn applied(context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let orgs = house.orgs_briefly().await?;
    let mut data = Vec::new();
    let mut rows = Vec::new();
    for stamp in house.stamps().await? {
        let text = |name: &str| stamp.get(name).map(plain).unwrap_or_default();
        let id = stamp.get("org").cloned().unwrap_or(Bson::Null);
        let org = orgs.iter().find(|org| org.id == id).map(|org| org.name.as_str().to_owned());
        let whole = stamp.get_bool("whole").unwrap_or_default();
        data.push(json!({
            "set": text("set"), "org": org, "address": text("address"), "key": text("key"), "scale": stamp.get_f64("scale").ok(),
            "as_of": text("asOf"), "whole": whole, "at": text("at"), "by": text("by"),
        }));
        let shown = org.unwrap_or_else(|| format!("{} (gone)", text("address")));
        let state = if whole { "whole" } else { "in part" };
        rows.push(vec![text("set"), shown, state.to_owned(), view::local_time(&text("at")), text("by")]);
    }
    let names = rows.iter().map(|row: &Vec<String>| row[0].clone()).collect::<Vec<_>>();
    let report = Report::new("flowbit.seed.applied/1", &data).named(names);
    if rows.is_empty() {
        return Ok(report.line("No set was written into any organization.").into());
    }
    Ok(report.show(Block::Table(Table { head: vec!["set", "organization", "state", "at", "by"], rows })).into())
}
