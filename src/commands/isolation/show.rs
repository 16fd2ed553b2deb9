//! `flowbit isolation show`

use std::path::PathBuf;

use super::files::{FailOn, Files};
use super::{saved, view};
use crate::commands::Done;
use crate::domain::isolation;
use crate::domain::naming::shell;
use crate::error::{Class, Result};
use crate::ui::Terminal;

/// Show a saved report again, or make another kind of report of it.
///
/// No server is asked. The exit status is that of the check: 6 when there is a finding of the severity of --fail-on, or a
/// worse one, or no organization; with --fail-on incomplete also when something was not looked at.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit isolation check -o json > report.json
  flowbit isolation show report.json
  flowbit isolation show report.json --html report.html --sarif report.sarif --junit report.xml
  flowbit isolation show report.json --html - > report.html")]
pub struct Args {
    /// The report, as `flowbit isolation check -o json` prints it; `-` is the standard input
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// Exit with 6 from this severity on
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Error)]
    fail_on: FailOn,
    #[command(flatten)]
    files: Files,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Done> {
    args.files.require_writable()?;
    let found = saved::read(&args.report)?;
    let fail_on: isolation::FailOn = args.fail_on.into();
    let exit = if fail_on.fails(&found) { Class::Finding.exit() } else { 0 };
    let mut shown = view::report(&found);
    if let Some(first) = found.findings.first().filter(|_| args.report.as_os_str() != "-") {
        let report = shell(&args.report.display().to_string());
        shown = shown.next(format!("flowbit isolation explain {} --from {report}", first.id)).next(format!(
            "flowbit isolation baseline add {} --from {report} --reason TEXT --until DATE   # accepts it for a time",
            first.id
        ));
    }
    Ok(args.files.finish(terminal, (&found, fail_on), shown, exit))
}
