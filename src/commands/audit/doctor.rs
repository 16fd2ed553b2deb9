//! `flowbit audit doctor`

use bson::doc;
use clap::ValueEnum;

use super::scope::{When, Whose};
use crate::commands::cli::Global;
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::domain::severity::Severity;
use crate::error::{Class, Result};
use crate::ops::audit::doctor::{Check, Diagnosis, Finding};
use crate::ops::doctor::State;
use crate::ui::{Block, Report, Table};

/// Look through the audit trail for what it leaves out, what it should not say, and what went across tenants.
///
/// Entries without tenant, actor, action, target or time; tickets and accounts of another tenant; secrets and bodies of
/// requests; silence and clocks; indexes. Nothing is changed. Each rule ends as checked, found or not checkable.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit audit doctor --all\n  flowbit audit doctor --org acme --since 30d\n  flowbit audit doctor --all --fail-on warning --json | jq '.data.findings[] | {rule, place, count}'\n\nExit status is 6 when there is a finding of the severity of --fail-on, or a worse one."
)]
pub struct Args {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    when: When,
    /// Exit with 6 from this severity on
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Error)]
    fail_on: FailOn,
}

/// From where on a finding is a failure.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOn {
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
    let window = args.when.window()?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let org = match &args.whose.org {
        Some(name) => {
            let orgs = house.orgs_briefly().await?;
            Some(house.load_org(&orgs, name).await?.clone())
        }
        None => None,
    };
    let details = doc! { "since": window.since, "until": window.until };
    context.record_read(&house, org.as_ref(), "audit.doctor", details).await?;
    let outcome = house.audit_doctor(org.as_ref(), window).await;
    progress.finish();
    let mut found = outcome?;
    for finding in &mut found.findings {
        finding.repair = global.carried_into(std::mem::take(&mut finding.repair));
    }
    let failed = found.worst().is_some_and(|worst| worst >= args.fail_on.into());
    let place = format!("{} in {} at {}", found.trail, store.master(), store.hosts());
    let report = report(&found, &place, org.as_ref().map(|org| org.name.as_str()));
    Ok(Done::Report(Box::new(report), if failed { Class::Finding.exit() } else { 0 }))
}

fn report(found: &Diagnosis, place: &str, org: Option<&str>) -> Report {
    let looked_at = match found.entries {
        1 => "1 entry".to_owned(),
        n => format!("{} entries", view::thousands(n)),
    };
    let mut report = Report::new("flowbit.audit.doctor/1", found)
        .named(found.findings.iter().map(|finding| format!("{} {}", finding.rule, finding.place)))
        .show(Block::Heading(match org {
            Some(org) => format!("{org}, {looked_at} of {place}"),
            None => format!("{looked_at} of {place}"),
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

/// The findings of one severity, each with identifiers of entries and the command that shows or repairs it.
fn section(severity: Severity, findings: &[&Finding]) -> Vec<Block> {
    let n = u64::try_from(findings.len()).unwrap_or_default();
    let heading = if severity == Severity::Info { format!("{n} to know") } else { view::count(n, severity.word()) };
    let mut blocks = vec![Block::Heading(heading)];
    for finding in findings {
        let fault = finding.fault.map(|fault| format!(" {fault}")).unwrap_or_default();
        blocks.push(Block::Line(format!("  {}{fault}  {}", finding.rule, finding.place)));
        blocks.push(Block::Line(format!("      {}", finding.evidence)));
        if !finding.examples.is_empty() {
            blocks.push(Block::Line(format!("      _id {}", finding.examples.join(", "))));
        }
        blocks.push(Block::Line(format!("      {}", finding.repair)));
    }
    blocks
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
    let findings = u64::try_from(found.findings.len()).unwrap_or_default();
    format!(
        "{} in {}; {} not checkable.",
        view::count(findings, "finding"),
        view::count(n(State::Ok) + n(State::Found), "check"),
        n(State::NotCheckable)
    )
}
