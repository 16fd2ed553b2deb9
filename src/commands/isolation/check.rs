//! `flowbit isolation check`

use bson::doc;

use crate::commands::Done;
use crate::commands::cli::Global;
use crate::commands::context::{Context, Wishes};
use crate::domain::isolation::rules::{fault, meant};
use crate::domain::isolation::{self, Rule, probes, rules};
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
    /// Only these rules: identifiers, names or faults, with commas between them
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

/// The rules that somebody asked for, by identifier, name or fault.
fn wanted(words: &[String]) -> Result<Vec<&'static Rule>> {
    let mut wanted: Vec<&'static Rule> = Vec::new();
    for word in words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        let these: Vec<&'static Rule> = match fault(word) {
            Some((code, _)) => rules::all().iter().copied().filter(|rule| rule.fault == Some(code)).collect(),
            None => Rule::find(word).into_iter().collect(),
        };
        if these.is_empty() {
            return Err(unknown(word));
        }
        for rule in these {
            if !wanted.iter().any(|other| other.id == rule.id) {
                wanted.push(rule);
            }
        }
    }
    match wanted.is_empty() && !words.is_empty() {
        true => Err(Error::new(&code::BAD_ARGUMENT, "--rules names no rule").next("flowbit isolation explain")),
        false => Ok(wanted),
    }
}

fn unknown(word: &str) -> Error {
    let bad = |message: String| Error::new(&code::BAD_ARGUMENT, message);
    if word.contains(char::is_whitespace) {
        let list = word.split_whitespace().collect::<Vec<_>>().join(",");
        return bad(format!("there is no rule {word:?}: separate them with commas")).next(format!("--rules {list}"));
    }
    if let Some(probe) = probes::find(word) {
        return bad(format!("{word} is a probe, which the running backend is tried with, and no rule"))
            .next(format!("flowbit isolation explain {}", probe.id));
    }
    if fault(word).is_some() {
        return bad(format!("no rule looks for {word}; probes do")).next(format!("flowbit isolation explain {word}"));
    }
    let error = bad(format!("there is no rule {word:?}"));
    match meant(word, rules::all().iter().copied()) {
        Some(near) => error.next(format!("flowbit isolation explain {near}")),
        None => error.next("flowbit isolation explain"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(words: &[&str]) -> Result<Vec<&'static str>> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Ok(wanted(&words)?.into_iter().map(|rule| rule.id).collect())
    }

    #[test]
    fn rules_are_asked_for_by_identifier_name_or_fault() {
        assert_eq!(ids(&[]).unwrap(), Vec::<&str>::new());
        assert_eq!(ids(&["i07", " key-null", "", "I07"]).unwrap(), ["I07", "I02"]);
        assert_eq!(ids(&["B19"]).unwrap(), ["I07", "I08"]);
        for (word, said, next) in [
            ("I08 I10", "separate them with commas", "--rules I08,I10"),
            ("p01", "is a probe", "flowbit isolation explain P01"),
            ("B20", "probes do", "flowbit isolation explain B20"),
            ("I99", "there is no rule", "flowbit isolation explain"),
            ("I7", "there is no rule", "flowbit isolation explain I07"),
            (" ", "names no rule", "flowbit isolation explain"),
        ] {
            let error = ids(&[word]).unwrap_err();
            assert!(error.message().contains(said), "{}", error.message());
            assert_eq!(error.actions(), [next]);
        }
        assert!(sample("0").unwrap_err().contains("at least 1") && sample("5") == Ok(5));
    }
}
