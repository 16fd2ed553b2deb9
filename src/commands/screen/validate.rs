//! `flowbit screen validate`

use serde_json::json;

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::domain::registry::check::{Checked, Finding, Severity};
use crate::error::{Class, Result, code};
use crate::ops::screen;
use crate::ui::{Block, Report};

/// Check the registry file, and whether its tenants are those of the platform.
///
/// Shape, names, addresses, what stands twice; and, where a server is configured, entries of nobody and organizations
/// without entry. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit screen validate\n  flowbit screen validate --offline --json | jq -r '.data.findings[].message'\n\nExit status is 6 when there is an error or a warning."
)]
pub struct Args {
    /// Look at the file alone
    #[arg(long)]
    offline: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let path = super::registry(context)?;
    let mut checked = screen::examine(&path)?;
    let skipped = match (args.offline, checked.shape) {
        (true, _) => Some("--offline: the tenants were not compared with the organizations of the platform".to_owned()),
        (false, None) => {
            Some("the tenants were not compared with the organizations: the file cannot be read".to_owned())
        }
        (false, Some(_)) => compare(context, &mut checked).await?,
    };
    let failed = checked.findings.iter().any(|finding| finding.severity > Severity::Info);
    let shown = path.display().to_string();
    let report = report(&checked, &shown, skipped.is_none()).warn(skipped);
    Ok(Done::Report(Box::new(report), if failed { Class::Finding.exit() } else { 0 }))
}

/// Compares with the platform. Gives why not, where no server is configured.
async fn compare(context: &Context<'_>, checked: &mut Checked) -> Result<Option<String>> {
    let store = match context.connect().await {
        Ok(store) => store,
        Err(error) if std::ptr::eq(error.code(), &code::NO_SERVER) => {
            return Ok(Some("no MongoDB is configured: the tenants were not compared with organizations".to_owned()));
        }
        Err(error) => return Err(super::or_offline(error)),
    };
    let progress = context.progress();
    let house = context.house(&store, Wishes { no_registry: true, ..Wishes::default() }, &progress)?;
    let outcome = house.compare_tenants(checked).await;
    progress.finish();
    outcome.map(|()| None)
}

fn report(checked: &Checked, file: &str, compared: bool) -> Report {
    let data = json!({
        "file": file, "shape": checked.shape, "tenants": checked.tenants.len(), "screens": checked.screens,
        "compared": compared, "findings": checked.findings,
    });
    let place = |finding: &Finding| match (finding.line, finding.column) {
        (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
        _ => file.to_owned(),
    };
    let mut report = Report::new("flowbit.screen.validate/1", &data)
        .named(checked.findings.iter().map(|finding| format!("{} {}", finding.rule, place(finding))))
        .show(Block::Heading(file.to_owned()));
    for finding in &checked.findings {
        let of = finding.tenant.as_ref().map(|tenant| format!("  {tenant}")).unwrap_or_default();
        report = report
            .line(format!("  {} {}  {}{of}", finding.rule, finding.severity.word(), place(finding)))
            .line(format!("      {}", finding.message))
            .line(format!("      {}", finding.remedy));
    }
    let number = |n: usize| u64::try_from(n).unwrap_or_default();
    let shape = checked.shape.map_or_else(|| "unknown shape".to_owned(), |shape| format!("shape {}", shape.word()));
    report.line(format!(
        "{}; {}, {}, {shape}.",
        view::count(number(checked.findings.len()), "finding"),
        view::count(number(checked.tenants.len()), "tenant"),
        view::count(number(checked.screens), "screen"),
    ))
}
