//! `flowbit token inspect`

use serde_json::{Map, Value, json};

use super::source::Source;
use crate::commands::context::Context;
use crate::commands::{Done, view};
use crate::domain::template::Var;
use crate::error::{Error, Result, code};
use crate::ops::token::check::{kinds, shown};
use crate::ops::token::mint::{digest, name, text_of};
use crate::ops::token::read::{claim, parse};
use crate::ui::{Block, Report, Table};

/// Show what a token says, without believing it.
///
/// Needs neither a key nor a server, so nothing of what is shown is proven: anybody can write such a token.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit token inspect < token.txt
  flowbit token inspect --token-env TOKEN --json | jq .data.claims")]
pub struct Args {
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let token = args.source.read(context)?;
    let parsed = parse(token.reveal())
        .map_err(|(reason, why)| Error::new(&code::TOKEN_REFUSED, format!("{}: {why}", reason.code())))?;
    let shape = context.settings.platform.value.token.as_ref();
    let means = |path: &str| {
        let var = shape.into_iter().flat_map(kinds).find_map(|kind| kind.claims.only_at(path));
        match (path, var) {
            ("exp", _) => "ends",
            ("iat", _) => "made",
            ("nbf", _) => "good from",
            ("act", _) => "who really acts",
            (_, Some(Var::AccountId)) => "account",
            (_, Some(Var::Email)) => "e-mail",
            (_, Some(Var::OrgId | Var::Name | Var::Slug | Var::Store)) => "organization",
            (_, Some(Var::Role)) => "role",
            _ => "",
        }
    };
    let rows = |map: &Map<String, Value>| -> Vec<Vec<String>> {
        map.iter().map(|(path, value)| vec![path.clone(), for_people(path, value), means(path).to_owned()]).collect()
    };
    let id = name(&parsed.claims, token.reveal());
    let data = json!({
        "verified": false, "id": id, "sha256": digest(token.reveal()), "header": parsed.header, "claims": parsed.claims,
    });
    let header: Vec<String> = parsed.header.iter().map(|(path, value)| format!("{path}={}", text_of(value))).collect();
    let missing: Vec<String> = shape.map(|shape| absent(shape, &parsed.claims)).unwrap_or_default();
    let mut report = Report::new("flowbit.token.inspect/1", &data)
        .named([id.clone()])
        .show(Block::Heading("NOT VERIFIED: anybody can write such a token".to_owned()))
        .show(Block::Facts(vec![("header".to_owned(), header.join(", ")), ("id".to_owned(), id)]))
        .line("")
        .show(Block::Table(Table { head: vec!["claim", "value", "is"], rows: rows(&parsed.claims) }))
        .warn([
            "nothing of this is proven; `flowbit token verify` looks at the signature and at the database".to_owned()
        ]);
    if !missing.is_empty() {
        report = report.warn([format!("the platform's tokens also have: {}", missing.join(", "))]);
    }
    Ok(report.into())
}

/// What the platform's tokens have and this one has not.
fn absent(shape: &crate::domain::description::TokenShape, claims: &Map<String, Value>) -> Vec<String> {
    shape.claims.iter().filter(|(path, _)| claim(claims, path).is_none()).map(|(path, _)| path.to_owned()).collect()
}

fn for_people(path: &str, value: &Value) -> String {
    match (path, value.as_i64()) {
        ("exp" | "iat" | "nbf", Some(seconds)) => view::local_time(&shown(seconds)),
        _ => text_of(value),
    }
}
