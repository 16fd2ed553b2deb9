//! A report as SARIF 2.1.0, for code-scanning services.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;

use bson::DateTime;
use serde_json::{Value, json};

use super::rules;
use super::{Accepted, Finding, Place, Report, Rule, State};
use crate::domain::severity::Severity;

/// The name under which a finding's identifier stands among the fingerprints: an alert stays the same alert from run to run.
pub const FINGERPRINT: &str = "flowbit/v1";

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What the engine has to say besides findings: identifier and text.
const NOTIFICATIONS: [(&str, &str); 4] = [
    ("not-checkable", "A rule could not be looked at."),
    ("checked-in-part", "A rule could be looked at only in part."),
    ("not-covered", "A collection was not read whole."),
    ("baseline", "The baseline needs attention."),
];

/// The document. Findings that somebody accepted are in it as suppressed results.
pub fn render(report: &Report) -> String {
    let index: BTreeMap<&str, usize> = rules::all().iter().enumerate().map(|(at, rule)| (rule.id, at)).collect();
    let place_of = |finding: &Finding| index.get(finding.rule).copied().unwrap_or_default();
    let open = report.findings.iter().map(|finding| result(finding, place_of(finding), json!([])));
    let accepted = report.accepted.iter().map(|a| result(&a.finding, place_of(&a.finding), suppressions(a)));
    let results: Vec<Value> = open.chain(accepted).collect();
    let whose = report.organization.as_deref().unwrap_or("all");
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(report) },
            "automationDetails": { "id": format!("flowbit/isolation/{}/{}/", segment(&report.platform), segment(whose)) },
            "invocations": [invocation(report, &index)],
            "results": results,
            "columnKind": "unicodeCodePoints",
            "properties": {
                "platform": report.platform,
                "layout": report.layout,
                "place": report.place,
                "organization": report.organization,
                "organizations": report.organizations,
                "sample": report.sample,
                "verdict": report.verdict(),
                "coverage": report.coverage,
            },
        }],
    });
    // Values that were just built have no keys that could not be written.
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn driver(report: &Report) -> Value {
    let notifications: Vec<Value> =
        NOTIFICATIONS.iter().map(|(id, text)| json!({ "id": id, "shortDescription": { "text": text } })).collect();
    let rules: Vec<Value> = rules::all().iter().map(|rule| descriptor(rule)).collect();
    json!({
        "name": "flowbit",
        "fullName": format!("flowbit {} isolation check", report.flowbit),
        "version": report.flowbit,
        "semanticVersion": report.flowbit,
        "shortDescription": { "text": "Finds leaks between the tenants of a MongoDB platform." },
        "rules": rules,
        "notifications": notifications,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A sentence out of a phrase of the catalogue.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn descriptor(rule: &Rule) -> Value {
    let mut tags = vec!["security", "multi-tenancy", "mongodb"];
    tags.extend(rule.fault);
    // The number by which code-scanning services rank what is tagged as security.
    let rank = match rule.severity {
        Severity::Error => "8.5",
        Severity::Warning => "5.5",
        Severity::Info => "2.0",
    };
    let (why, how, remedy) = (rule.why, rule.how, rule.remedy);
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": { "text": sentence(rule.title) },
        "fullDescription": { "text": format!("{} {}", sentence(rule.title), why) },
        "help": {
            "text": format!("What it does to people: {why}\nHow it is looked for: {how}\nRemedy: {remedy}"),
            "markdown": format!("**What it does to people.** {why}\n\n**How it is looked for.** {how}\n\n**Remedy.** {remedy}\n"),
        },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": tags, "fault": rule.fault, "precision": "high", "problem.severity": level(rule.severity).replace("note", "recommendation"), "security-severity": rank },
    })
}

fn result(finding: &Finding, index: usize, suppressions: Value) -> Value {
    let evidence = match finding.evidence.is_empty() {
        true => sentence(Rule::find(finding.rule).map_or(finding.name, |rule| rule.title)),
        false => finding.evidence.clone(),
    };
    let message = format!("{}: {evidence} Remedy: {}", finding.place, finding.remedy);
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": without_links(&message) },
        "locations": [location(&finding.place)],
        "partialFingerprints": { FINGERPRINT: finding.id },
        "occurrenceCount": finding.count.max(1),
        "suppressions": suppressions,
        "properties": {
            "id": finding.id,
            "fault": finding.fault,
            "tenants": finding.tenants,
            "count": finding.count,
            "examples": finding.examples,
            "query": finding.query,
            "remedy": finding.remedy,
        },
    })
}

fn suppressions(accepted: &Accepted) -> Value {
    let by = accepted.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    json!([{
        "kind": "external",
        "status": "accepted",
        "justification": format!("{} (accepted{by} until {})", accepted.reason, accepted.until),
    }])
}

/// `[text](target)` in a message is a link; a value from a database must not become one.
fn without_links(message: &str) -> String {
    message.replace("](", "] (")
}

/// A file that does not exist, named by database and collection: services show nothing that has no file and line.
fn location(place: &Place) -> Value {
    let (db, rest) = place.namespace.split_once('.').unwrap_or((&place.namespace, ""));
    let mut uri = format!("mongodb/{}", segment(db));
    if !rest.is_empty() {
        uri = format!("{uri}/{}", segment(rest));
    }
    let name = place.path.as_deref().unwrap_or(if rest.is_empty() { db } else { rest });
    let whole = match &place.path {
        Some(path) => format!("{}.{path}", place.namespace),
        None => place.namespace.clone(),
    };
    json!({
        "physicalLocation": { "artifactLocation": { "uri": uri }, "region": { "startLine": 1 } },
        "logicalLocations": [{ "name": name, "fullyQualifiedName": whole }],
    })
}

/// One segment of a path, percent-encoded. One that consists of dots would name a directory.
fn segment(text: &str) -> String {
    let dots = !text.is_empty() && text.bytes().all(|byte| byte == b'.');
    let mut out = String::new();
    for byte in text.bytes() {
        if !dots && (byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn invocation(report: &Report, index: &BTreeMap<&str, usize>) -> Value {
    let notification = |id: &str, level: &str, text: String| {
        let at = NOTIFICATIONS.iter().position(|(known, _)| *known == id).unwrap_or_default();
        json!({ "descriptor": { "id": id, "index": at }, "level": level, "message": { "text": without_links(&text) } })
    };
    let mut notifications = Vec::new();
    for check in &report.checks {
        let (id, why) = match (check.state, &check.why) {
            (State::NotApplicable, _) => continue,
            (State::NotCheckable, why) => {
                ("not-checkable", why.as_deref().unwrap_or("there is nothing of the kind here"))
            }
            (_, Some(why)) => ("checked-in-part", why.as_str()),
            _ => continue,
        };
        let mut said = notification(id, "warning", format!("{} {}: {why}", check.rule, check.name));
        said["associatedRule"] = json!({ "id": check.rule, "index": index.get(check.rule) });
        notifications.push(said);
    }
    for coverage in report.coverage.iter().filter(|coverage| !coverage.is_whole()) {
        let why = coverage.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let (read, documents) = (coverage.read, coverage.documents);
        let text = format!("{}: {read} of {documents} documents were read{why}", coverage.namespace);
        notifications.push(notification("not-covered", "note", text));
    }
    notifications.extend(report.notes.iter().map(|note| notification("baseline", "note", note.clone())));
    let end = std::time::Duration::try_from_secs_f64(report.seconds).unwrap_or_default().as_millis();
    let end = report.at.timestamp_millis().saturating_add(i64::try_from(end).unwrap_or_default());
    json!({
        "executionSuccessful": true,
        "startTimeUtc": report.at.try_to_rfc3339_string().unwrap_or_default(),
        "endTimeUtc": DateTime::from_millis(end).try_to_rfc3339_string().unwrap_or_default(),
        "toolExecutionNotifications": notifications,
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn run(report: &Report) -> Value {
        serde_json::from_str::<Value>(&render(report)).unwrap()["runs"][0].clone()
    }

    #[test]
    fn every_result_names_a_rule_a_place_and_itself() {
        let report = fixture::report();
        let run = run(&report);
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len() + report.accepted.len());
        for result in results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            assert_eq!(result["partialFingerprints"][FINGERPRINT], result["properties"]["id"]);
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~/%".contains(&b)), "{uri}");
            assert_eq!(uri.split('/').count(), 3, "{uri}");
            assert_eq!(place["region"]["startLine"], 1);
        }
        let first = &results[0];
        assert_eq!(first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "crm.tickets.userId");
        assert_eq!(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "mongodb/crm/tickets");
        assert_eq!(results[4]["level"], "note");
    }

    #[test]
    fn what_is_accepted_is_suppressed_and_nothing_else() {
        let report = fixture::report();
        let run = run(&report);
        let results = run["results"].as_array().unwrap();
        let suppressed = |result: &&Value| result["suppressions"].as_array().is_some_and(|list| !list.is_empty());
        let found: Vec<&Value> = results.iter().filter(suppressed).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["properties"]["id"], report.accepted[0].finding.id);
        assert_eq!(found[0]["suppressions"][0]["kind"], "external");
        let why = found[0]["suppressions"][0]["justification"].as_str().unwrap();
        assert!(why.contains("spring") && why.contains("until 2026-12-31"), "{why}");
    }

    #[test]
    fn rules_are_whole_and_what_was_not_looked_at_is_told() {
        let run = run(&fixture::report());
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), rules::all().len());
        for rule in rules {
            for field in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
                assert!(rule.pointer(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty()), "{field}");
            }
            assert!(rule["defaultConfiguration"]["level"].is_string());
        }
        assert_eq!(rules[6]["properties"]["fault"], "B19");
        let told = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        let of = |id: &str| told.iter().filter(|n| n["descriptor"]["id"] == id).count();
        assert_eq!((of("not-checkable"), of("checked-in-part"), of("not-covered"), of("baseline")), (1, 1, 2, 1));
        assert_eq!(run["invocations"][0]["startTimeUtc"], "2026-11-29T17:14:39Z");
        assert_eq!(run["invocations"][0]["endTimeUtc"], "2026-11-29T17:14:51.25Z");
    }

    #[test]
    fn values_become_neither_links_nor_directories() {
        assert_eq!(without_links("see [here](http://evil)"), "see [here] (http://evil)");
        assert_eq!((segment(".."), segment("a b/ü")), ("%2E%2E".to_owned(), "a%20b%2F%C3%BC".to_owned()));
    }

    #[test]
    fn ten_thousand_findings_are_all_there() {
        assert_eq!(run(&fixture::crowded(10_000))["results"].as_array().unwrap().len(), 10_001);
    }
}
