//! `flowbit token list`

use bson::doc;
use serde_json::Value;

use super::{facts, moment};
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::shape;
use crate::commands::{Done, view};
use crate::error::Result;
use crate::ops::token::revoke::{Asked, Listed};
use crate::ui::{Block, Report, Table};

/// List the tokens that flowbit issued.
///
/// The backend's own tokens are nowhere written down. Of those it can only be said how long they are good at most.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit token list --org acme
  flowbit token list --org acme-global --stale      # those that carry a name from before a rename
  flowbit token list --all -o csv")]
pub struct Args {
    /// Of this organization
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Of this account; with --org, or --core for the platform's owners
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// The account is one of the platform's owners
    #[arg(long, requires = "user", conflicts_with = "org")]
    core: bool,
    /// Also those that were used, taken back or are over
    #[arg(long)]
    all: bool,
    /// Only those that carry a name which the organization does not have any more
    #[arg(long)]
    stale: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    shape(context)?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let mut asked = Asked { all: args.all, stale: args.stale, ..Asked::default() };
    let mut whose = None;
    if let Some(name) = &args.org {
        let orgs = house.orgs_briefly().await?;
        let org = house.load_org(&orgs, name).await?;
        asked.org = Some(org.id.clone());
        whose = Some(org.clone());
    }
    let details = doc! { "user": args.user.clone(), "core": args.core, "all": args.all, "stale": args.stale };
    context.record_read(&house, whose.as_ref(), "token.list", details).await?;
    if let Some(email) = &args.user {
        let org = super::scope(args.org.as_deref(), args.core)?;
        let subject = house.subject(org, email).await?;
        asked.org = Some(subject.org_id());
        asked.account = Some(subject.id);
    }
    let listed = house.tokens(&asked).await?;
    let data: Vec<Value> = listed.iter().map(row_data).collect();
    let report = Report::new("flowbit.token.list/1", &data).named(listed.iter().map(|listed| listed.entry.id.clone()));
    if listed.is_empty() {
        return Ok(report.line("There are no such tokens.").into());
    }
    let rows = listed.iter().map(|listed| {
        let entry = &listed.entry;
        let carries: Vec<String> =
            listed.stale.iter().map(|(path, said, now)| format!("{path} {said:?}, now {now:?}")).collect();
        vec![
            entry.id.clone(),
            entry.org_name.clone().unwrap_or_else(|| "-".to_owned()),
            entry.email.clone(),
            entry.wanted.word().to_owned(),
            listed.stands.word().to_owned(),
            view::local_time(&moment(entry.expires)),
            if entry.support { format!("{} (support)", entry.actor) } else { entry.actor.clone() },
            carries.join("; "),
        ]
    });
    let head = vec!["id", "organization", "user", "use", "state", "good until", "by", "carries"];
    Ok(report.show(Block::Table(Table { head, rows: rows.collect() })).into())
}

fn row_data(listed: &Listed) -> Value {
    let mut data = facts(&listed.entry);
    data["state"] = listed.stands.word().into();
    data["stale"] = listed
        .stale
        .iter()
        .map(|(path, said, now)| serde_json::json!({ "claim": path, "says": said, "now": now }))
        .collect();
    data
}
