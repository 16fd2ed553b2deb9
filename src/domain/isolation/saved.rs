//! A report that was written down: the envelope of `flowbit isolation check -o json`, read again.

use bson::DateTime;
use serde::Deserialize;

use super::rules;
use super::{Accepted, Check, Coverage, Finding, Place, Report, Rule, State, Way};
use crate::domain::severity::Severity;
use crate::domain::similar::nearest;

/// Name and version of the shape that reports have.
pub const SCHEMA: &str = "flowbit.isolation.check/1";

/// The least of a finding's digits by which it can be named.
const DIGITS: usize = 4;

#[derive(Deserialize)]
struct Envelope {
    schema: String,
    data: serde_json::Value,
}

#[derive(Deserialize)]
struct SavedReport {
    platform: String,
    layout: String,
    place: String,
    organization: Option<String>,
    organizations: u64,
    at: String,
    seconds: f64,
    sample: Option<u64>,
    flowbit: String,
    checks: Vec<SavedCheck>,
    findings: Vec<SavedFinding>,
    accepted: Vec<SavedAccepted>,
    notes: Vec<String>,
    coverage: Vec<SavedCoverage>,
}

#[derive(Deserialize)]
struct SavedCheck {
    rule: String,
    state: State,
    why: Option<String>,
}

#[derive(Deserialize)]
struct SavedFinding {
    id: String,
    rule: String,
    severity: Severity,
    place: Place,
    tenants: Vec<String>,
    count: u64,
    examples: Vec<String>,
    evidence: String,
    remedy: String,
    query: String,
}

#[derive(Deserialize)]
struct SavedAccepted {
    finding: SavedFinding,
    reason: String,
    by: Option<String>,
    until: String,
}

#[derive(Deserialize)]
struct SavedCoverage {
    namespace: String,
    documents: u64,
    read: u64,
    way: Way,
    why: Option<String>,
}

fn rule(id: &str) -> Result<&'static Rule, String> {
    let found = rules::all().iter().copied().find(|rule| rule.id == id);
    found.ok_or_else(|| format!("it has a rule {id:?} that is not known here; another version of flowbit wrote it"))
}

impl SavedFinding {
    fn known(self) -> Result<Finding, String> {
        let rule = rule(&self.rule)?;
        Ok(Finding {
            id: self.id,
            rule: rule.id,
            name: rule.name,
            fault: rule.fault,
            severity: self.severity,
            place: self.place,
            tenants: self.tenants,
            count: self.count,
            examples: self.examples,
            evidence: self.evidence,
            remedy: self.remedy,
            query: self.query,
        })
    }
}

impl SavedReport {
    fn known(self) -> Result<Report, String> {
        let checks = self.checks.into_iter().map(|check| {
            let rule = rule(&check.rule)?;
            Ok(Check { rule: rule.id, name: rule.name, title: rule.title, state: check.state, why: check.why })
        });
        let accepted = self.accepted.into_iter().map(|a| {
            let finding = a.finding.known()?;
            Ok(Accepted { finding, reason: a.reason, by: a.by, until: a.until })
        });
        let coverage = self.coverage.into_iter().map(|c| {
            let SavedCoverage { namespace, documents, read, way, why } = c;
            Coverage { namespace, documents, read, way, why }
        });
        let layouts = ["collection", "database", "shared"];
        let layout = layouts.into_iter().find(|known| *known == self.layout);
        // A word of a file that is read once in a run.
        let flowbit: String = self.flowbit.chars().take(40).collect();
        Ok(Report {
            layout: layout.ok_or_else(|| format!("there is no layout {:?}", self.layout))?,
            at: DateTime::parse_rfc3339_str(&self.at).map_err(|e| format!("at: {e}"))?,
            flowbit: Box::leak(flowbit.into_boxed_str()),
            checks: checks.collect::<Result<_, String>>()?,
            findings: self.findings.into_iter().map(SavedFinding::known).collect::<Result<_, String>>()?,
            accepted: accepted.collect::<Result<_, String>>()?,
            coverage: coverage.collect(),
            platform: self.platform,
            place: self.place,
            organization: self.organization,
            organizations: self.organizations,
            seconds: self.seconds,
            sample: self.sample,
            notes: self.notes,
        })
    }
}

/// Whether these are findings, one on a line.
fn is_list(text: &str) -> bool {
    let first: Option<serde_json::Value> = text.trim().lines().next().and_then(|line| serde_json::from_str(line).ok());
    first.is_some_and(|first| first.get("rule").is_some() && first.get("id").is_some())
}

/// Reads a report again. Names, titles and faults are those of the rules as they are now.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<Report, String> {
    let envelope: Envelope = serde_json::from_str(text).map_err(|e| {
        if text.trim().is_empty() {
            return "it is empty; what `flowbit isolation check -o json` prints is wanted".to_owned();
        }
        if is_list(text) {
            return "it has the findings alone, as -o jsonl prints them; the whole report is wanted, as -o json prints it"
                .to_owned();
        }
        format!("it is not what `flowbit isolation check -o json` prints: {e}")
    })?;
    if envelope.schema != SCHEMA {
        return Err(format!("it is {:?}, not {SCHEMA:?}", envelope.schema));
    }
    let saved: SavedReport = serde_json::from_value(envelope.data).map_err(|e| e.to_string())?;
    saved.known()
}

impl Report {
    /// The finding of these digits, accepted or not; the first digits do where no other begins so.
    ///
    /// # Errors
    /// What is wrong with them, and the identifier that was probably meant.
    pub fn finding(&self, digits: &str) -> Result<&Finding, (String, Option<String>)> {
        let all = || self.findings.iter().chain(self.accepted.iter().map(|accepted| &accepted.finding));
        pick(digits, all().map(|finding| finding.id.as_str()))
            .and_then(|id| all().find(|finding| finding.id == id).ok_or_else(|| (format!("there is no {id}"), None)))
    }
}

/// The identifier that these digits begin.
///
/// # Errors
/// What is wrong with them, and the identifier that was probably meant.
pub fn pick<'a>(
    digits: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Result<&'a str, (String, Option<String>)> {
    let wanted = digits.trim().to_lowercase();
    if let Some(exact) = known.clone().find(|id| *id == wanted) {
        return Ok(exact);
    }
    if wanted.len() < DIGITS {
        return Err((format!("{digits:?} is too short: give at least four digits of a finding that is"), None));
    }
    let begun: Vec<&str> = known.clone().filter(|id| id.starts_with(&wanted)).collect();
    match begun.as_slice() {
        [one] => Ok(one),
        [] => Err((format!("there is no finding {digits:?}"), nearest(&wanted, known).map(str::to_owned))),
        [first, ..] => Err((format!("{} findings begin with {digits:?}", begun.len()), Some((*first).to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture;
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let report = fixture::report();
        let text = json!({ "schema": SCHEMA, "ok": true, "data": report }).to_string();
        let again = read(&text).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&report).unwrap());
        let id = &report.accepted[0].finding.id;
        assert_eq!(&again.finding(&id[..6]).unwrap().id, id);
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let mut data = serde_json::to_value(fixture::report()).unwrap();
        for text in [
            "",
            "[]",
            "{\"schema\":\"flowbit.doctor/1\",\"data\":{}}",
            "{\"schema\":\"flowbit.isolation.check/1\",\"data\":{}}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        data["findings"][0]["rule"] = "I77".into();
        let said = read(&json!({ "schema": SCHEMA, "data": data }).to_string()).unwrap_err();
        assert!(said.contains("\"I77\""), "{said}");
    }

    #[test]
    fn first_digits_do_where_they_are_enough() {
        let known = || ["0123456789ab", "0123ffffffff", "abcdefabcdef"].into_iter();
        assert_eq!(pick("ABCD", known()), Ok("abcdefabcdef"));
        assert_eq!(pick("01234", known()), Ok("0123456789ab"));
        assert!(pick("0123", known()).unwrap_err().0.contains("2 findings begin"));
        assert!(pick("abc", known()).is_err() && pick("", known()).unwrap_err().0.contains("too short"));
        let lines = "{\"id\":\"0123456789ab\",\"rule\":\"I07\"}\n{\"id\":\"1123456789ab\",\"rule\":\"I07\"}\n";
        assert!(read(lines).unwrap_err().contains("-o jsonl"));
        assert!(read(lines.lines().next().unwrap()).unwrap_err().contains("-o jsonl"));
        assert_eq!(pick("abcdefabcde0", known()).unwrap_err().1.as_deref(), Some("abcdefabcdef"));
    }
}
