//! `flowbit token`

mod inspect;
mod issue;
mod list;
mod refresh;
mod revoke;
mod source;
mod verify;

use super::context::Context;
use super::keychain::{Keys as KeyOptions, keychain};
use super::{Done, view};
use crate::domain::token::Use;
use crate::error::{Error, Result, code};
use crate::ops::token::Entry;
use crate::ops::token::check::Keys as KeySets;
use crate::ops::token::issue::Issued;
use crate::ui::{Block, Report};

/// Issue, look at, verify, refresh, revoke and list tokens that the platform's backend accepts.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Make a token for an account.
    Issue(issue::Args),
    /// Show what a token says, without believing it.
    Inspect(inspect::Args),
    /// Look at every layer of a token, and say what the backend would do with it.
    Verify(verify::Args),
    /// Use a refresh token up for new tokens.
    Refresh(refresh::Args),
    /// Take tokens back.
    Revoke(revoke::Args),
    /// List the tokens that flowbit issued.
    #[command(visible_alias = "ls")]
    List(list::Args),
}

pub(super) async fn run(verb: Verb, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::Issue(args) => issue::run(&args, context).await,
        Verb::Inspect(args) => inspect::run(&args, context),
        Verb::Verify(args) => verify::run(&args, context).await,
        Verb::Refresh(args) => refresh::run(&args, context).await,
        Verb::Revoke(args) => revoke::run(&args, context).await,
        Verb::List(args) => list::run(&args, context).await,
    }
}

/// The keys for both uses.
fn keys(context: &Context<'_>, options: &KeyOptions) -> Result<KeySets> {
    let (access, refresh) = (keychain(context, Use::Access, options)?, keychain(context, Use::Refresh, options)?);
    let others = refresh.warnings.iter().filter(|warning| !access.warnings.contains(warning));
    for warning in access.warnings.iter().chain(others) {
        context.terminal.note(warning);
    }
    Ok(KeySets { access, refresh })
}

/// Whose world a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum World {
    /// One tenant's
    Tenant,
    /// That of the platform's owners
    Core,
}

impl From<World> for crate::domain::token::Context {
    fn from(world: World) -> Self {
        match world {
            World::Tenant => Self::Tenant,
            World::Core => Self::Core,
        }
    }
}

/// A stored moment as text for machines.
fn moment(at: bson::DateTime) -> String {
    at.try_to_rfc3339_string().unwrap_or_default()
}

/// What is said of a token that was issued, without the token.
fn facts(entry: &Entry) -> serde_json::Value {
    serde_json::json!({
        "id": entry.id, "use": entry.wanted, "context": entry.context(), "org": entry.org_name, "user": entry.email,
        "role": entry.role, "issued": moment(entry.issued), "expires": moment(entry.expires), "key": entry.key,
        "support": entry.support, "acting": entry.support.then_some(&entry.actor), "by": entry.actor, "reason": entry.reason,
    })
}

/// Tokens that were made, as the result of a command.
fn issued(schema: &'static str, issued: &Issued, raw: bool) -> Done {
    let (token, entry) = &issued.access;
    let refresh = issued.refresh.as_ref();
    if raw {
        let mut text = format!("{}\n", token.reveal());
        if let Some((refresh, _)) = refresh {
            text.push_str(&format!("{}\n", refresh.reveal()));
        }
        return Done::Made(text);
    }
    let mut data = facts(entry);
    data["token"] = token.reveal().into();
    if let Some((refresh, entry)) = refresh {
        data["refresh_token"] = refresh.reveal().into();
        data["refresh"] = facts(entry);
    }
    let mut rows = vec![
        ("id".to_owned(), entry.id.clone()),
        ("user".to_owned(), entry.email.clone()),
        ("organization".to_owned(), entry.org_name.clone().unwrap_or_else(|| "(the platform's owners)".to_owned())),
        ("role".to_owned(), entry.role.clone().unwrap_or_else(|| "-".to_owned())),
        ("good until".to_owned(), view::local_time(&moment(entry.expires))),
        ("signed with".to_owned(), entry.key.clone().unwrap_or_default()),
    ];
    if entry.support {
        rows.push(("acting".to_owned(), format!("{} acts as this user; the token says so", entry.actor)));
    }
    let mut report = Report::new(schema, &data)
        .changed(true)
        .named([entry.id.clone()])
        .show(Block::Facts(rows))
        .line("")
        .line(token.reveal());
    if let Some((refresh, entry)) = refresh {
        report = report
            .line("")
            .line(format!("refresh token, good once, until {}:", view::local_time(&moment(entry.expires))))
            .line(refresh.reveal());
    }
    Done::Report(Box::new(report.next(format!("flowbit token revoke --id={}", entry.id))), 0)
}

/// Exactly one of an organization and the platform's owners.
fn scope(org: Option<&str>, core: bool) -> Result<Option<&str>> {
    match (org, core) {
        (Some(org), false) => Ok(Some(org)),
        (None, true) => Ok(None),
        _ => Err(Error::new(
            &code::BAD_ARGUMENT,
            "say either --org ORG, for a tenant's account, or that it is one of the platform's owners (--core; --context core to issue)",
        )),
    }
}
