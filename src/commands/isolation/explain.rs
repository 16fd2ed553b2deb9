//! `flowbit isolation explain`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::baseline::{lists, not_there};
use super::{saved, view};
use crate::commands::Done;
use crate::domain::isolation::rules::{fault, meant};
use crate::domain::isolation::{Rule, probes, rules};
use crate::error::{Error, Result, code};
use crate::ui::{Block, Report, Table};

/// Explain a rule: what it looks for, what it does to people, how it is looked for, and what to do about it.
///
/// Without a rule, lists all of them. With a saved report, explains one of its findings: everything that is known about it,
/// and its rule. With a fault, such as B19, lists the rules that look for it. Probes are explained too; `flowbit isolation probe --list` lists them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit isolation explain\n  flowbit isolation explain I07\n  flowbit isolation explain key-missing\n  flowbit isolation explain P01\n  flowbit isolation explain B19\n  flowbit isolation explain 3f2a9c01d4be --from report.json\n\nA report is saved with `flowbit isolation check -o json > report.json`."
)]
pub struct Args {
    /// The rule: its identifier, its name or the fault that it looks for; with --from the digits of a finding
    #[arg(value_name = "RULE|FINDING")]
    what: Option<String>,
    /// The report that the finding is in, as `flowbit isolation check -o json` prints it; `-` is the standard input
    #[arg(long, value_name = "REPORT", requires = "what")]
    from: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let Some(what) = &args.what else { return Ok(list().into()) };
    if let Some(from) = &args.from {
        return finding(what, from);
    }
    if let Some(fault) = fault(what) {
        return Ok(of_fault(fault).into());
    }
    let rule = Rule::find(what).or_else(|| probes::find(what)).ok_or_else(|| unknown(what))?;
    Ok(Report::new("flowbit.isolation.explain/1", &data(rule)).named([rule.id]).show_all(told(rule)).into())
}

fn list() -> Report {
    let rows = rules::all().iter().map(|rule| row(rule)).collect();
    let data: Vec<_> = rules::all().iter().map(|rule| data(rule)).collect();
    let report = Report::new("flowbit.isolation.explain.list/1", &data).named(rules::all().iter().map(|r| r.id));
    report.show(Block::Table(Table { head: vec!["rule", "name", "severity", "fault", "what"], rows }))
}

/// The rules and probes that look for a fault.
fn of_fault((code, what): (&'static str, &'static str)) -> Report {
    let these = || rules::all().iter().chain(probes::all()).copied().filter(|rule| rule.fault == Some(code));
    let data: Vec<_> = these().map(data).collect();
    let report = Report::new("flowbit.isolation.explain.list/1", &data).named(these().map(|rule| rule.id));
    let rows = these().map(row).collect();
    report
        .show(Block::Heading(format!("{code}: {what}")))
        .line("")
        .show(Block::Table(Table { head: vec!["rule", "name", "severity", "fault", "what"], rows }))
}

fn finding(digits: &str, from: &Path) -> Result<Done> {
    let report = saved::read(from)?;
    let found = report.finding(digits).map_err(|said| not_there(said, "in the report", lists(from)))?;
    let accepted = report.accepted.iter().find(|accepted| accepted.finding.id == found.id);
    let rule = Rule::find(found.rule).ok_or_else(|| unknown(found.rule))?;
    let data = json!({ "finding": found, "accepted": accepted.map(|a| json!({ "reason": a.reason, "by": a.by, "until": a.until })), "rule": data(rule) });
    let mut shown = Report::new("flowbit.isolation.explain.finding/1", &data).named([&found.id]);
    shown = shown.show_all(view::whole(found)).line("");
    if let Some(accepted) = accepted {
        let by = accepted.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        shown = shown.line(format!("Accepted{by} until {}: {}", accepted.until, accepted.reason)).line("");
    }
    Ok(shown.show_all(told(rule)).into())
}

fn unknown(what: &str) -> Error {
    let near = meant(what, rules::all().iter().chain(probes::all()).copied());
    let error = Error::new(&code::CODE_NOT_FOUND, format!("there is no rule {what:?}"));
    let digits = what.len() >= 4 && what.bytes().all(|byte| byte.is_ascii_hexdigit());
    match near {
        Some(near) => error.next(format!("flowbit isolation explain {near}")),
        None if digits => error.next(format!("flowbit isolation explain {what} --from report.json   # a finding")),
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
    if let Some((code, what)) = rule.fault.and_then(fault) {
        blocks.push(Block::Line(String::new()));
        blocks.push(Block::Line(format!("Fault: {code}, {what}.")));
    }
    for (word, text) in [("Why", rule.why), ("How", rule.how), ("Remedy", rule.remedy)] {
        blocks.push(Block::Line(String::new()));
        blocks.push(Block::Line(format!("{word}: {text}")));
    }
    blocks
}

fn data(rule: &Rule) -> serde_json::Value {
    json!({
        "rule": rule.id, "name": rule.name, "severity": rule.severity, "fault": rule.fault, "title": rule.title,
        "fault_means": rule.fault.and_then(fault).map(|(_, what)| what), "why": rule.why, "how": rule.how, "remedy": rule.remedy,
    })
}
