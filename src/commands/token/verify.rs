//! `flowbit token verify`

use bson::DateTime;
use serde_json::json;

use super::source::Source;
use super::{World, keys};
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::{Keys, shape};
use crate::commands::{Done, view};
use crate::domain::token as words;
use crate::error::{Class, Result};
use crate::ops::token::check::{Expect, shown};
use crate::ops::token::verdict::{Backend, State, Verdict};
use crate::ops::token::verify::Verified;
use crate::ui::{Block, Report, Table};

/// Look at every layer of a token, and say what the backend would do with it.
///
/// Format, key, signature, times, issuer, audience, claims, organization, account, role, revocation: each has its own
/// reason codes. Exit 0 for a token that is good in all of them, 6 otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit token verify < token.txt
  flowbit token verify --token-env TOKEN --json | jq -r .data.reason
  flowbit token verify --use refresh --token-file refresh.txt")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// What it should be for
    #[arg(long = "use", value_enum, value_name = "USE", default_value_t = Use::Access)]
    wanted: Use,
    /// Whose world it should open [default: either]
    #[arg(long, value_enum, value_name = "CONTEXT")]
    context: Option<World>,
    /// Seconds by which clocks may differ
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=30))]
    leeway: i64,
    #[command(flatten)]
    keys: Keys,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Use {
    /// Shown at each request
    Access,
    /// Shown once, for new tokens
    Refresh,
}

impl From<Use> for words::Use {
    fn from(wanted: Use) -> Self {
        match wanted {
            Use::Access => Self::Access,
            Use::Refresh => Self::Refresh,
        }
    }
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let shape = shape(context)?;
    let token = args.source.read(context)?;
    let keys = keys(context, &args.keys)?;
    let wanted = words::Use::from(args.wanted);
    let needs_key = wanted == words::Use::Access || shape.refresh_claims.is_some();
    if needs_key && keys.of(wanted).verifying.is_empty() {
        return Err(keys.of(wanted).missing());
    }
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let expect = Expect {
        wanted,
        context: args.context.map(Into::into),
        now: DateTime::now().timestamp_millis().div_euclid(1000),
        leeway: args.leeway,
    };
    let verified = house.verify_token(token.reveal(), shape, &keys, expect).await?;
    progress.finish();
    Ok(report(&verified))
}

fn report(verified: &Verified) -> Done {
    let verdict = &verified.verdict;
    let expires = verified.claims.as_ref().and_then(|claims| claims.get("exp")?.as_i64());
    let data = json!({
        "valid": verdict.valid, "reason": verdict.reason, "backend": verdict.backend, "layers": verdict.layers,
        "use": verified.kind.map(|(wanted, _)| wanted), "context": verified.kind.map(|(_, context)| context),
        "org": verified.org, "user": verified.user, "expires": expires.map(shown), "acting": verified.acts,
    });
    let rows = verdict.layers.iter().map(|look| {
        let state = match look.state {
            State::Ok => "ok",
            State::Failed => "FAILED",
            State::Absent => "-",
            State::Skipped => "not looked at",
        };
        let reason = look.reason.map(|reason| reason.code().to_owned()).unwrap_or_default();
        let detail = match (look.layer, look.state, expires) {
            (words::Layer::Times, State::Ok, Some(at)) => format!("good until {}", view::local_time(&shown(at))),
            _ => look.detail.to_string(),
        };
        let backend = if look.state == State::Failed { look.backend.word().to_owned() } else { String::new() };
        vec![look.layer.word().to_owned(), state.to_owned(), reason, backend, detail]
    });
    let table = Table { head: vec!["layer", "result", "reason", "backend", "detail"], rows: rows.collect() };
    let mut report = Report::new("flowbit.token.verify/1", &data)
        .ok(verdict.valid)
        .line(sentence(verdict))
        .line("")
        .show(Block::Table(table));
    if let Some(acts) = &verified.acts {
        report = report
            .line("")
            .line(format!("A support token: {acts} acts as {}.", verified.user.as_deref().unwrap_or("the user")));
    }
    Done::Report(Box::new(report), if verdict.valid { 0 } else { Class::Finding.exit() })
}

fn sentence(verdict: &Verdict) -> String {
    let would = match verdict.backend {
        Backend::Accepts => "The backend would accept it",
        Backend::Refuses => "The backend would refuse it",
        Backend::Unknown => "What the backend would do, the description does not say",
    };
    match verdict.reason {
        None => format!("The token is good. {would}."),
        Some(reason) => format!("The token is not good: {reason}. {would}."),
    }
}
