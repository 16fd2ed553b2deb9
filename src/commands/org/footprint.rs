//! `flowbit org footprint`

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::error::Result;
use crate::ops::org::footprint::{Declared, Footprint, Surprise};
use crate::ui::{Block, Report, Table};

/// Show every place where an organization's name, slug, store or identifier stands.
///
/// First the places that the platform description names, with exact counts; then fields that it does not know, found in
/// a sample of each collection. A rename does not change those, and a delete leaves them behind.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit org footprint acme\n  flowbit org footprint acme --json | jq '.data.surprises[]'"
)]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let found = house.footprint(&args.name).await?;
    Ok(report(&found).into())
}

fn report(found: &Footprint) -> Report {
    let facts = [("id", &found.id), ("slug", &found.slug), ("store", &found.store)];
    let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let declared = found.declared.iter().map(declared_row).collect();
    let mut report = Report::new("flowbit.org.footprint/1", found)
        .named(found.declared.iter().map(|d| at(&d.place, d.path.as_deref())))
        .named(found.surprises.iter().map(|s| at(&s.place, Some(&s.path))))
        .show(Block::Heading(found.name.clone()))
        .show(Block::Facts(facts))
        .line("")
        .show(Block::Table(Table { head: vec!["kind", "place", "field", "documents#"], rows: declared }))
        .line("");
    let sampled =
        format!("up to {} documents of each collection were looked through", view::thousands(found.sample.into()));
    if found.surprises.is_empty() {
        return report.line(format!("No other field was found to name it; {sampled}."));
    }
    let rows = found.surprises.iter().map(surprise_row).collect();
    report = report
        .show(Block::Heading("surprises".to_owned()))
        .show(Block::Table(Table { head: vec!["place", "field", "is the", "documents#", "of", "for example"], rows }))
        .line("");
    let n = view::count(u64::try_from(found.surprises.len()).unwrap_or_default(), "field");
    report.line(format!("{n} that the platform description does not know; {sampled}."))
}

fn at(place: &str, path: Option<&str>) -> String {
    path.map_or_else(|| place.to_owned(), |path| format!("{place} {path}"))
}

fn declared_row(d: &Declared) -> Vec<String> {
    let path = d.path.clone().unwrap_or_else(|| "-".to_owned());
    vec![d.kind.to_owned(), d.place.clone(), path, view::thousands(d.count)]
}

fn surprise_row(s: &Surprise) -> Vec<String> {
    let of = if s.whole {
        format!("all {}", view::thousands(s.sampled))
    } else {
        format!("a sample of {}", view::thousands(s.sampled))
    };
    vec![s.place.clone(), s.path.clone(), s.what.to_owned(), view::thousands(s.count), of, s.example.clone()]
}
