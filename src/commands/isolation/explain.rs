//! `flowbit isolation explain`

use serde_json::json;

use crate::commands::Done;
use crate::domain::isolation::{Rule, rules};
use crate::domain::similar::nearest;
use crate::error::{Error, Result, code};
use crate::ui::{Block, Report, Table};

/// Explain a rule: what it looks for, what it does to people, how it is looked for, and what to do about it.
///
/// Without a rule, lists all of them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit isolation explain\n  flowbit isolation explain I07\n  flowbit isolation explain key-missing"
)]
pub struct Args {
    /// The rule: its identifier or its name
    #[arg(value_name = "RULE")]
    what: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let Some(what) = &args.what else {
        let rows = rules::all().iter().map(|rule| row(rule)).collect();
        let data: Vec<_> = rules::all().iter().map(|rule| data(rule)).collect();
        let report = Report::new("flowbit.isolation.explain.list/1", &data).named(rules::all().iter().map(|r| r.id));
        let table = Table { head: vec!["rule", "name", "severity", "fault", "what"], rows };
        return Ok(report.show(Block::Table(table)).into());
    };
    let rule = Rule::find(what).ok_or_else(|| unknown(what))?;
    Ok(Report::new("flowbit.isolation.explain/1", &data(rule)).named([rule.id]).show_all(told(rule)).into())
}

fn unknown(what: &str) -> Error {
    let words = rules::all().iter().flat_map(|rule| [rule.id, rule.name]);
    let error = Error::new(&code::CODE_NOT_FOUND, format!("there is no rule {what:?}"));
    match nearest(what, words) {
        Some(near) => error.next(format!("flowbit isolation explain {near}")),
        None => error.next("flowbit isolation explain"),
    }
}

fn row(rule: &Rule) -> Vec<String> {
    let fault = rule.fault.unwrap_or_default().to_owned();
    vec![rule.id.to_owned(), rule.name.to_owned(), rule.severity.word().to_owned(), fault, rule.title.to_owned()]
}

fn told(rule: &Rule) -> Vec<Block> {
    let heading = format!("{} {}: {} ({})", rule.id, rule.name, rule.title, rule.severity.word());
    let mut blocks = vec![Block::Heading(heading)];
    for (word, text) in [("Why", rule.why), ("How", rule.how), ("Remedy", rule.remedy)] {
        blocks.push(Block::Line(String::new()));
        blocks.push(Block::Line(format!("{word}: {text}")));
    }
    blocks
}

fn data(rule: &Rule) -> serde_json::Value {
    json!({
        "rule": rule.id, "name": rule.name, "severity": rule.severity, "fault": rule.fault, "title": rule.title,
        "why": rule.why, "how": rule.how, "remedy": rule.remedy,
    })
}
