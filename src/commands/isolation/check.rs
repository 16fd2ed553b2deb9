//! `flowbit isolation check`

use bson::doc;

use crate::commands::Done;
use crate::commands::cli::Global;
use crate::commands::context::{Context, Wishes};
use crate::domain::isolation::{self, Rule, rules};
use crate::domain::similar::nearest;
use crate::error::{Class, Error, Result, code};
use crate::ops::isolation::check::Wanted;

use super::baseline::{self, today};
use super::files::{FailOn, Files};
use super::view;

/// Look for leaks between tenants: in records, accounts, documents, indexes, views, files and rights.
///
/// Nothing is changed. Each rule ends as checked, found or not checkable; what was not looked at is said.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit isolation check --all\n  flowbit isolation check --org acme\n  flowbit isolation check --all --rules I01,I02,key-type\n  flowbit isolation check --all --html report.html --sarif report.sarif --junit report.xml\n  flowbit isolation check --all --fail-on warning --json | jq '.data.findings[] | {id, rule, place, tenants, count}'\n\nExit status is 6 when there is a finding of the severity of --fail-on, or a worse one, and when there\nis no organization at all; with --fail-on incomplete also when something was not looked at, or only in part."
)]
pub struct Args {
    /// Only what concerns this organization
    #[arg(long, value_name = "ORG", conflicts_with = "all")]
    org: Option<String>,
    /// Every organization, which is the default
    #[arg(long)]
    all: bool,
    /// Only these rules: identifiers or names, with commas between them
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    rules: Vec<String>,
    /// Exit with 6 from this severity on
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Error)]
    fail_on: FailOn,
    /// Read no more documents of a collection than this; the result says what was not seen
    #[arg(long, value_name = "DOCUMENTS", value_parser = sample)]
    sample: Option<u64>,
    #[command(flatten)]
    baseline: baseline::Place,
    #[command(flatten)]
    files: Files,
}

fn sample(text: &str) -> std::result::Result<u64, String> {
    match text.trim().parse() {
        Ok(0) => Err("at least 1 document is read of a collection; without --sample all are".to_owned()),
        Ok(n) => Ok(n),
        Err(_) => Err("a number of documents is wanted, at least 1".to_owned()),
    }
}

/// The rules that somebody asked for.
fn wanted(words: &[String]) -> Result<Vec<&'static Rule>> {
    let mut wanted: Vec<&'static Rule> = Vec::new();
    for word in words.iter().map(|word| word.trim()) {
        let rule = Rule::find(word).ok_or_else(|| {
            let known = rules::all().iter().flat_map(|rule| [rule.id, rule.name]);
            let error = Error::new(&code::BAD_ARGUMENT, format!("there is no rule {word:?}"));
            match nearest(word, known) {
                Some(near) => error.next(format!("flowbit isolation explain {near}")),
                None => error.next("flowbit isolation explain"),
            }
        })?;
        if !wanted.iter().any(|other| other.id == rule.id) {
            wanted.push(rule);
        }
    }
    Ok(wanted)
}

pub(super) async fn run(args: &Args, global: &Global, context: &Context<'_>) -> Result<Done> {
    let wanted = Wanted { org: args.org.clone(), rules: wanted(&args.rules)?, sample: args.sample };
    let today = today();
    let accepted = args.baseline.load(today)?;
    args.files.require_writable()?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    context.record_read(&house, None, "isolation.check", doc! { "organization": &args.org }).await?;
    let outcome = house.isolation(&wanted).await;
    progress.finish();
    let mut found = outcome?;
    for finding in &mut found.findings {
        finding.remedy = global.carried_into(std::mem::take(&mut finding.remedy));
    }
    accepted.apply(&mut found, today);
    let fail_on: isolation::FailOn = args.fail_on.into();
    let exit = if fail_on.fails(&found) { Class::Finding.exit() } else { 0 };
    let mut shown = view::report(&found);
    if found.organizations == 0 {
        let master = store.master();
        shown = shown.warn([format!(
            "there is no organization in {master:?}: is it the right database? --master-db NAME names another"
        )]);
    }
    if let Some(first) = found.findings.first() {
        let id = &first.id;
        shown = shown.next(format!("flowbit isolation explain {}", first.rule)).next(format!(
            "flowbit isolation check -o json > report.json; flowbit isolation baseline add {id} --from report.json --reason TEXT --until DATE   # accepts a finding for a time"
        ));
    }
    Ok(args.files.finish(context.terminal, (&found, fail_on), shown, exit))
}
