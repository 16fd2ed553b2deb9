//! `flowbit audit query`

use super::rows::{self, Row};
use super::scope::{self, Shown, When, Which, Whose};
use crate::commands::Done;
use crate::commands::context::{Context, Wishes};
use crate::error::Result;
use crate::ops::audit::Paging;
use crate::ui::{Format, Report};

/// Show what happened: entries of the audit trail, the newest first.
///
/// With -o jsonl each line is one whole entry in extended JSON. Secrets in entries are never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit query --org acme
  flowbit audit query --org acme --actor anna@acme.com --since 7d
  flowbit audit query --org acme --action 'ticket.*' --where details.status=Closed
  flowbit audit query --all --since yesterday --reverse -o jsonl --mask")]
pub struct Args {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    when: When,
    /// At most so many entries
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// The oldest first
    #[arg(long)]
    reverse: bool,
    /// Extended JSON with the type of every value
    #[arg(long)]
    canonical: bool,
    #[command(flatten)]
    shown: Shown,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let window = args.when.window_or_a_day(context)?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let trail = house.trail();
    let asked = scope::asked(&args.whose, &args.which, window, &house).await?;
    context.record_read(&house, asked.org.as_ref(), "audit.query", scope::read(&asked)).await?;
    let paging = Paging { limit: args.limit, oldest_first: args.reverse, resolve: !args.shown.no_resolve };
    let page = house.trail_page(&trail, &asked, paging).await?;
    progress.finish();
    if page.more {
        let more = args.limit.saturating_mul(2);
        context.terminal.note(&format!(
            "more than {} entries match; --limit {more}, or a narrower --since and --until, shows others",
            args.limit
        ));
    }
    let rows = rows::rows(&trail, page.entries, &page.names, &scope::veil(args.shown.mask));
    let format = context.terminal.format;
    let data: Vec<serde_json::Value> = match format {
        Format::Jsonl => rows.iter().map(|row| rows::extended(row.entry.clone(), args.canonical)).collect(),
        Format::Json => rows.iter().map(|row| row.data(args.canonical)).collect(),
        _ => Vec::new(),
    };
    let report = Report::new("flowbit.audit.query/1", &data)
        .named(rows.iter().map(|row: &Row| row.id.clone()))
        .warn(rows::slow(&trail, page.scans, asked.org.is_some()));
    Ok(match (rows.is_empty(), format) {
        (_, Format::Csv) => report.show(rows::flat(&trail, &rows)),
        (true, _) => report.line("There are no such entries."),
        (false, _) => report.show(rows::table(&trail, &rows, args.whose.all)),
    }
    .into())
}
