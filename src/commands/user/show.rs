//! `flowbit user show`

use bson::doc;
use serde_json::Value;

use super::scope::{Scope, record};
use super::told::of;
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::error::Result;
use crate::ui::{Block, Report};

/// Show one account: role, state, kind of hash, fields. Never a hash.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user show ana@acme.com --org acme
  flowbit user show owner@platform.com --core --json | jq .data.hash.accepted")]
pub struct Args {
    /// E-mail of the account
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    scope: Scope,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let whose = args.scope.whose(context)?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    record(context, &house, Some(&whose), "user.show", doc! { "email": &args.email }).await?;
    let user = house.show_user(&whose, &args.email).await?;
    let row = &user.row;
    let dash = || "-".to_owned();
    let mut facts = vec![
        ("organization".to_owned(), of(row.organization.as_ref())),
        ("role".to_owned(), row.role.clone().unwrap_or_else(dash)),
        ("state".to_owned(), row.state.to_owned()),
        ("id".to_owned(), row.id.clone()),
        ("created".to_owned(), row.created.as_deref().map_or_else(dash, view::local_time)),
        ("hash".to_owned(), user.hash.shown()),
    ];
    facts.extend(user.fields.iter().map(|(path, value)| match value {
        Value::String(text) => (path.clone(), text.clone()),
        other => (path.clone(), other.to_string()),
    }));
    let mut report = Report::new("flowbit.user.show/1", &user)
        .named([row.email.clone()])
        .show(Block::Heading(row.email.clone()))
        .show(Block::Facts(facts));
    if let Some(why) = &user.hash.why {
        report = report.warn([format!("the platform does not take the hash: {why}")]);
    }
    Ok(report.into())
}
