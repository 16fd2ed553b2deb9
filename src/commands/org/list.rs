//! `flowbit org list`

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::error::Result;
use crate::ui::{Block, Report, Table};

/// List organizations.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit org list\n  flowbit org list --deleted\n  flowbit org list -o name | head"
)]
pub struct Args {
    /// The deleted ones that can be restored
    #[arg(long)]
    deleted: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let orgs = if args.deleted { house.list_deleted().await? } else { house.list().await? };
    let when = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), view::local_time);
    let (head, rows): (Vec<&'static str>, Vec<Vec<String>>) = if args.deleted {
        (
            vec!["name", "state", "restorable until"],
            orgs.iter().map(|o| vec![o.name.clone(), o.state.to_owned(), when(&o.restorable_until)]).collect(),
        )
    } else {
        (
            vec!["name", "state", "collections", "created"],
            orgs.iter().map(|o| vec![o.name.clone(), o.state.to_owned(), o.store.clone(), when(&o.created)]).collect(),
        )
    };
    let report = Report::new("flowbit.org.list/1", &orgs).named(orgs.iter().map(|org| org.name.clone()));
    if orgs.is_empty() {
        let none = if args.deleted { "There are no deleted organizations." } else { "There are no organizations." };
        let where_it_is = format!("   (database {} at {})", store.master(), store.hosts());
        let report = report.line(format!("{none}{where_it_is}"));
        return Ok(
            if args.deleted { report } else { report.next("flowbit org create NAME --admin-email EMAIL") }.into()
        );
    }
    Ok(report.show(Block::Table(Table { head, rows })).into())
}
