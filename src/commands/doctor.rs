//! `flowbit doctor`

use clap::ValueEnum;

use super::cli::Global;
use super::context::{Context, Wishes};
use super::{Done, view};
use crate::error::{Class, Result};
use crate::ops::doctor::{Check, Diagnosis, Finding, Severity, State};
use crate::ui::{Block, Report, Table};

/// Findings of one rule that people are shown; scripts get all.
const SHOWN: usize = 10;

/// Check the platform for what is known to go wrong, and say how to repair it.
///
/// Server, rights, journal, stores, accounts, tenant keys, links, registry and indexes. Nothing is changed. Each rule
/// ends as checked, found or not checkable.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit doctor\n  flowbit doctor --org acme\n  flowbit doctor --fail-on warning --json | jq -r '.data.findings[].repair'\n\nExit status is 6 when there is a finding of the severity of --fail-on, or a worse one."
)]
pub struct Args {
    /// Exit with 6 from this severity on
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Error)]
    fail_on: FailOn,
    /// Look at one organization only
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
}

/// From where on a finding is a failure.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    /// Anything at all
    Info,
    /// What will go wrong, or costs
    Warning,
    /// What is wrong now
    Error,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Info => Severity::Info,
            FailOn::Warning => Severity::Warning,
            FailOn::Error => Severity::Error,
        }
    }
}

pub(super) async fn run(args: &Args, global: &Global, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let outcome = house.doctor(args.org.as_deref()).await;
    progress.finish();
    let mut found = outcome?;
    for finding in &mut found.findings {
        finding.repair = global.carried_into(std::mem::take(&mut finding.repair));
    }
    let failed = found.worst().is_some_and(|worst| worst >= args.fail_on.into());
    let place = format!("{} at {}", store.master(), store.hosts());
    let report = report(&found, &place, args.org.as_deref());
    Ok(Done::Report(Box::new(report), if failed { Class::Finding.exit() } else { 0 }))
}

fn report(found: &Diagnosis, place: &str, org: Option<&str>) -> Report {
    let mut report = Report::new("flowbit.doctor/1", found)
        .named(found.findings.iter().map(|finding| format!("{} {}", finding.rule, finding.place)))
        .show(Block::Heading(match org {
            Some(org) => format!("{org} in {place}"),
            None => place.to_owned(),
        }))
        .line("");
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let these: Vec<&Finding> = found.findings.iter().filter(|f| f.severity == severity).collect();
        if !these.is_empty() {
            report = report.show_all(section(severity, &these)).line("");
        }
    }
    let rows = found.checks.iter().map(row).collect();
    report.show(Block::Table(Table { head: vec!["rule", "state", "looked for"], rows })).line("").line(summary(found))
}

/// The findings of one severity, each with the command that repairs it on a line of its own.
fn section(severity: Severity, findings: &[&Finding]) -> Vec<Block> {
    let n = u64::try_from(findings.len()).unwrap_or_default();
    let heading = if severity == Severity::Info { format!("{n} to know") } else { view::count(n, severity.word()) };
    let mut blocks = vec![Block::Heading(heading)];
    let (mut rule, mut shown, mut left) = ("", 0, 0);
    for finding in findings {
        if finding.rule != rule {
            blocks.extend(more(left));
            (rule, shown, left) = (finding.rule, 0, 0);
        }
        if shown == SHOWN {
            left += 1;
            continue;
        }
        shown += 1;
        let fault = finding.fault.map(|fault| format!(" {fault}")).unwrap_or_default();
        blocks.push(Block::Line(format!("  {}{fault}  {}", finding.rule, finding.place)));
        blocks.push(Block::Line(format!("      {}", finding.evidence)));
        blocks.push(Block::Line(format!("      {}", finding.repair)));
    }
    blocks.extend(more(left));
    blocks
}

fn more(left: u64) -> Option<Block> {
    (left > 0).then(|| Block::Line(format!("      and {left} more of this rule; -o json shows all")))
}

fn row(check: &Check) -> Vec<String> {
    let title = match &check.why {
        Some(why) => format!("{} ({why})", check.title),
        None => check.title.to_owned(),
    };
    vec![check.rule.to_owned(), check.state.words().to_owned(), title]
}

fn summary(found: &Diagnosis) -> String {
    let n = |state: State| u64::try_from(found.checks.iter().filter(|c| c.state == state).count()).unwrap_or_default();
    let looked = n(State::Ok) + n(State::Found);
    let findings = u64::try_from(found.findings.len()).unwrap_or_default();
    format!(
        "{} in {}; {} not checkable.",
        view::count(findings, "finding"),
        view::count(looked, "check"),
        n(State::NotCheckable)
    )
}
