//! `flowbit audit show`

use super::rows::{self, Row};
use super::scope::{self, Shown};
use crate::commands::Done;
use crate::commands::context::{Context, Wishes};
use crate::domain::audit::{as_lines, said};
use crate::error::Result;
use crate::ops::audit::Names;
use crate::ops::org::find::shell;
use crate::ui::{Block, Report, Table};
use bson::doc;

/// Show one entry of the audit trail, whole.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit show 6b00e9cd6b491423ace46d96
  flowbit audit show 6b00e9cd6b491423ace46d96 --json --mask")]
pub struct Args {
    /// The entry's `_id`
    #[arg(value_name = "ID")]
    id: String,
    /// Extended JSON with the type of every value
    #[arg(long)]
    canonical: bool,
    #[command(flatten)]
    shown: Shown,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let trail = house.trail();
    let entry = vec![house.load_entry(&trail, &args.id).await?];
    let names = house.names_of(&trail, &entry, None).await?;
    let whose = entry.first().and_then(|entry| names.org(entry.tenant.as_ref()?));
    context.record_read(&house, whose, "audit.show", doc! { "entry": &args.id }).await?;
    let names = if args.shown.no_resolve { Names::default() } else { names };
    progress.finish();
    let found = rows::rows(&trail, entry, &names, &scope::veil(args.shown.mask));
    Ok(found.first().map_or_else(|| Report::new(SCHEMA, &()), |row| report(args, row)).into())
}

const SCHEMA: &str = "flowbit.audit.show/1";

fn report(args: &Args, row: &Row) -> Report {
    let changes = &row.changes;
    let text = |value: &Option<bson::Bson>| value.as_ref().map(said);
    let mut data = row.data(args.canonical);
    data["changes"] = changes
        .iter()
        .map(|one| serde_json::json!({ "field": one.field, "before": text(&one.before), "after": text(&one.after) }))
        .collect();
    let both = |name: Option<&String>, id: Option<&String>| match (name, id) {
        (Some(name), Some(id)) if name != id => format!("{name} ({id})"),
        (name, id) => rows::or_dash(name.or(id)),
    };
    let mut facts = vec![
        ("id".to_owned(), row.id.clone()),
        ("time".to_owned(), rows::local(row.time.as_deref())),
        ("action".to_owned(), rows::or_dash(row.action.as_ref())),
        ("actor".to_owned(), both(row.actor_name.as_ref(), row.actor.as_ref())),
        ("organization".to_owned(), both(row.organization_name.as_ref(), row.organization.as_ref())),
    ];
    facts.extend(row.target.as_ref().map(|target| ("target".to_owned(), target.clone())));
    facts.extend(row.target_kind.as_ref().map(|kind| ("kind".to_owned(), kind.clone())));
    let mut report = Report::new(SCHEMA, &data).named([row.id.clone()]).show(Block::Facts(facts));
    if !changes.is_empty() {
        let cell = |value: &Option<bson::Bson>| text(value).unwrap_or_else(|| "-".to_owned());
        let rows = changes.iter().map(|one| vec![one.field.clone(), cell(&one.before), cell(&one.after)]).collect();
        let table = Table { head: vec!["field", "before", "after"], rows };
        report = report.line("").show(Block::Heading("changes".to_owned())).show(Block::Table(table));
    }
    report = report.line("").show(Block::Heading("entry".to_owned())).show(Block::Facts(as_lines(&row.entry)));
    let mask = if args.shown.mask { " --mask" } else { "" };
    if let Some(target) = &row.target {
        report = report.next(format!("flowbit audit timeline --target {}{mask}", shell(target)));
    }
    // A pseudonym finds nobody.
    if let (Some(actor), false) = (row.actor_name.as_ref().or(row.actor.as_ref()), args.shown.mask) {
        let whose = row.organization_name.as_ref().map(|name| format!("--org {}", shell(name)));
        let whose = whose.unwrap_or_else(|| "--all".to_owned());
        let since = rows::day(row.time.as_deref());
        report = report.next(format!("flowbit audit query {whose} --actor {} --since {since}", shell(actor)));
    }
    report
}
