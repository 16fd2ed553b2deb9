//! `flowbit org show`

use bson::Document;

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::error::Result;
use crate::ui::{Block, Report, Table};

/// Show one organization: documents, bytes, indexes, administrators, state.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit org show acme\n  flowbit org show acme --json | jq .data.total")]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let (org, warnings) = house.show(&args.name).await?;
    if context.settings.support {
        let orgs = house.orgs_briefly().await?;
        let known = house.load_org(&orgs, &org.name).await.ok();
        context.record_read(&house, known, "org.show", Document::new()).await?;
    }
    let mut facts = vec![
        ("state".to_owned(), org.state.to_owned()),
        ("id".to_owned(), org.id.clone()),
        ("slug".to_owned(), org.slug.clone()),
        ("created".to_owned(), org.created.as_deref().map_or_else(|| "-".to_owned(), view::local_time)),
        ("administrators".to_owned(), if org.admins.is_empty() { "-".to_owned() } else { org.admins.join(", ") }),
        ("accounts".to_owned(), view::thousands(org.accounts)),
        ("documents".to_owned(), view::thousands(org.total.documents)),
        ("size".to_owned(), view::bytes(org.total.bytes)),
    ];
    if !org.aliases.is_empty() {
        facts.push(("also known as".to_owned(), org.aliases.join(", ")));
    }
    let rows = org
        .collections
        .iter()
        .map(|c| {
            vec![
                c.name.clone(),
                view::thousands(c.stats.documents),
                view::bytes(c.stats.bytes),
                c.stats.indexes.to_string(),
            ]
        })
        .collect();
    let mut report = Report::new("flowbit.org.show/1", &org)
        .named([org.name.clone()])
        .show(Block::Heading(org.name.clone()))
        .show(Block::Facts(facts))
        .line("")
        .show(Block::Table(Table { head: vec!["collection", "documents#", "size#", "indexes#"], rows }))
        .warn(warnings);
    if let Some(op) = &org.open_operation {
        report = report.warn([format!("operation {op} is open on it")]).next(format!("flowbit op show {op}"));
    }
    Ok(report.into())
}
