//! `flowbit user list`

use bson::doc;

use super::scope::{record, whose};
use super::told::{of, option};
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::error::Result;
use crate::ops::user::UserRow;
use crate::ui::{Block, Report, Table};

/// List the accounts of an organization, of the platform's owners, or of all organizations.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user list --org acme
  flowbit user list --core
  flowbit user list --all -o csv > accounts.csv
  flowbit user list --org acme -o name | wc -l")]
#[group(id = "scope", required = true, multiple = false)]
pub struct Args {
    /// The accounts of this organization
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// The accounts of the platform's owners
    #[arg(long)]
    core: bool,
    /// The accounts of all organizations
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let one = if args.all { None } else { Some(whose(args.org.as_deref(), args.core, context)?) };
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let scope = if args.all { "all" } else { "one" };
    record(context, &house, one.as_ref(), "user.list", doc! { "scope": scope, "core": args.core }).await?;
    let users = match &one {
        Some(whose) => house.list_users(whose).await?,
        None => house.list_all_users().await?,
    };
    let report = Report::new("flowbit.user.list/1", &users).named(users.iter().map(|user| user.email.clone()));
    if users.is_empty() {
        let place = format!("   (database {} at {})", store.master(), store.hosts());
        let report = report.line(format!("There are no accounts.{place}"));
        return Ok(match &one {
            Some(whose) => report.next(format!("flowbit user create EMAIL {}", option(whose))),
            None => report,
        }
        .into());
    }
    let mut head = vec!["email", "role", "state", "created"];
    if one.is_none() {
        head.insert(0, "organization");
    }
    let row = |user: &UserRow| {
        let role = user.role.clone().unwrap_or_else(|| "-".to_owned());
        let created = user.created.as_deref().map_or_else(|| "-".to_owned(), view::local_time);
        let mut row = vec![user.email.clone(), role, user.state.to_owned(), created];
        if one.is_none() {
            row.insert(0, of(user.organization.as_ref()));
        }
        row
    };
    Ok(report.show(Block::Table(Table { head, rows: users.iter().map(row).collect() })).into())
}
