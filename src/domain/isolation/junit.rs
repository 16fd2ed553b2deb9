//! A report as JUnit XML, for servers that build and test.
//!
//! One test case for each rule: such servers count rules that hold, that do not and that were skipped, and keep the history
//! of each.

use std::fmt::Write;

use super::tally::escaped;
use super::{Accepted, Check, FailOn, Finding, Report};
use crate::domain::numbers::{count, thousands};
use crate::domain::severity::Severity;

/// Findings of one rule that are told; the rest is counted.
const SHOWN: usize = 200;

/// The document. A rule fails with a finding of this severity or a worse one, as the command does; others are told with the
/// rule and do not fail it. What makes the command fail besides has cases of its own.
pub fn render(report: &Report, fail_on: FailOn) -> String {
    let besides = besides(report, fail_on);
    let mut cases = besides.concat();
    let (mut failed, mut skipped) = (u64::try_from(besides.len()).unwrap_or_default(), 0_u64);
    for check in &report.checks {
        let found: Vec<&Finding> = report.findings.iter().filter(|finding| finding.rule == check.rule).collect();
        let fails = found.iter().any(|finding| finding.severity >= fail_on.severity);
        failed += u64::from(fails);
        skipped += u64::from(!fails && !check.state.is_looked_at());
        let accepted: Vec<&Accepted> = report.accepted.iter().filter(|a| a.finding.rule == check.rule).collect();
        cases.push_str(&case(check, &found, &accepted, fails));
    }
    let numbers = format!(
        "tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"{:.3}\"",
        report.checks.len() + besides.len(),
        report.seconds.max(0.0)
    );
    let at = jiff::Timestamp::from_millisecond(report.at.timestamp_millis()).unwrap_or_default();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"flowbit isolation check\" {numbers}>");
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" {numbers} timestamp=\"{}\" hostname=\"{}\">",
        attribute(&format!("tenant isolation of {}", report.platform)),
        at.strftime("%Y-%m-%dT%H:%M:%S"),
        attribute(&report.place)
    );
    out.push_str(&properties(report));
    out.push_str(&cases);
    let _ = writeln!(out, "    <system-out>{}</system-out>", escaped(&told(report)));
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Failures that are those of no rule: no organization, and what was not looked at where that is a failure.
fn besides(report: &Report, fail_on: FailOn) -> Vec<String> {
    let nobody = (report.organizations == 0).then_some(("organizations", "there is no organization"));
    let incomplete = fail_on.incomplete && !report.tally().is_complete();
    let coverage = incomplete.then_some(("coverage", "not everything was looked at"));
    let case = |(name, what): (&str, &str)| {
        format!(
            "    <testcase classname=\"flowbit.isolation\" name=\"{name}\" time=\"0\">\n      <failure message=\"{}\" \
             type=\"error\">{}</failure>\n    </testcase>\n",
            attribute(&format!("{what}: {}", report.place)),
            escaped(&told(report))
        )
    };
    nobody.into_iter().chain(coverage).map(case).collect()
}

/// Line breaks and tabs in an attribute would be read as spaces.
fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

fn properties(report: &Report) -> String {
    let tally = report.tally();
    let whose = report.organization.clone().unwrap_or_else(|| "all".to_owned());
    let mut out = String::from("    <properties>\n");
    for (name, value) in [
        ("flowbit.version", report.flowbit.to_owned()),
        ("flowbit.platform", report.platform.clone()),
        ("flowbit.layout", report.layout.to_owned()),
        ("flowbit.place", report.place.clone()),
        ("flowbit.organization", whose),
        ("flowbit.organizations", report.organizations.to_string()),
        ("flowbit.verdict", report.verdict()),
        ("flowbit.errors", tally.errors.to_string()),
        ("flowbit.warnings", tally.warnings.to_string()),
        ("flowbit.accepted", tally.accepted.to_string()),
        ("flowbit.documents.read", tally.read.to_string()),
        ("flowbit.documents", tally.documents.to_string()),
    ] {
        let _ = writeln!(out, "      <property name=\"{name}\" value=\"{}\"/>", attribute(&value));
    }
    out.push_str("    </properties>\n");
    out
}

fn case(check: &Check, found: &[&Finding], accepted: &[&Accepted], fails: bool) -> String {
    let name = attribute(&format!("{} {}: {}", check.rule, check.name, check.title));
    let mut inside = String::new();
    if fails {
        let worst = found.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Error);
        let n = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let first = found.first().map(|finding| finding.place.to_string()).unwrap_or_default();
        let message = match n {
            1 => format!("{}: {first}", count(n, "finding")),
            _ => format!("{}, the first at {first}", count(n, "finding")),
        };
        let _ = writeln!(
            inside,
            "      <failure message=\"{}\" type=\"{}\">{}</failure>",
            attribute(&message),
            worst.word(),
            escaped(&lines(found))
        );
    } else if !check.state.is_looked_at() {
        let why = check.why.as_deref().unwrap_or("there is nothing of the kind here");
        let message = format!("{}: {why}", check.state.words());
        let _ = writeln!(inside, "      <skipped message=\"{}\"/>", attribute(&message));
    }
    let mut beside = String::new();
    if !fails && !found.is_empty() {
        beside.push_str(&lines(found));
    }
    if let (Some(why), true) = (&check.why, check.state.is_looked_at()) {
        let _ = writeln!(beside, "looked at in part: {why}");
    }
    for accepted in accepted.iter().take(SHOWN) {
        let finding = &accepted.finding;
        let _ = writeln!(
            beside,
            "accepted until {}: {} {}: {}",
            accepted.until, finding.id, finding.place, accepted.reason
        );
    }
    if !beside.is_empty() {
        let _ = writeln!(inside, "      <system-out>{}</system-out>", escaped(&beside));
    }
    let open = format!("    <testcase classname=\"flowbit.isolation\" name=\"{name}\" time=\"0\"");
    if inside.is_empty() { format!("{open}/>\n") } else { format!("{open}>\n{inside}    </testcase>\n") }
}

/// The findings of a rule as text.
fn lines(found: &[&Finding]) -> String {
    let mut out = String::new();
    for finding in found.iter().take(SHOWN) {
        let _ = writeln!(out, "{} {} {}", finding.severity.word(), finding.id, finding.place);
        for (word, text) in [
            ("tenants", finding.tenants.join(", ")),
            ("seen", finding.evidence.clone()),
            ("count", thousands(finding.count)),
            ("_id", finding.examples.join(", ")),
            ("remedy", finding.remedy.clone()),
            ("query", finding.query.clone()),
        ] {
            if !text.is_empty() {
                let _ = writeln!(out, "  {word}: {text}");
            }
        }
    }
    if found.len() > SHOWN {
        let _ = writeln!(out, "and {} more of this rule", found.len() - SHOWN);
    }
    out
}

/// What does not belong to one rule: the verdict, notes, and collections that were not read whole.
fn told(report: &Report) -> String {
    let mut out = report.verdict() + "\n";
    for note in &report.notes {
        let _ = writeln!(out, "{note}");
    }
    for coverage in report.coverage.iter().filter(|coverage| !coverage.is_whole()) {
        let why = coverage.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let (read, documents) = (thousands(coverage.read), thousands(coverage.documents));
        let _ = writeln!(out, "{}: {read} of {documents} documents read{why}", coverage.namespace);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, rules};
    use super::*;

    /// Reads as much XML as this document has: elements are closed in order, attributes are quoted, nothing is forbidden.
    fn elements(xml: &str) -> Vec<String> {
        let (mut open, mut seen) = (Vec::new(), Vec::new());
        for c in xml.chars() {
            assert!(
                matches!(c, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..),
                "{c:?}"
            );
        }
        let mut rest = xml.split_once("?>").unwrap().1;
        while let Some((text, tag)) = rest.split_once('<') {
            assert!(!text.contains('>'), "{text}");
            let (tag, after) = tag.split_once('>').unwrap();
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name));
                continue;
            }
            let name = tag.split([' ', '/']).next().unwrap().to_owned();
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            seen.push(name.clone());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty() && rest.trim().is_empty());
        seen
    }

    #[test]
    fn each_rule_is_a_case_that_holds_fails_or_was_skipped() {
        let xml = render(&fixture::report(), Severity::Error.into());
        let seen = elements(&xml);
        let n = |name: &str| seen.iter().filter(|seen| *seen == name).count();
        assert_eq!(n("testcase"), rules::all().len());
        assert_eq!((n("failure"), n("skipped")), (3, 1));
        assert!(xml.contains("failures=\"3\" errors=\"0\" skipped=\"1\" time=\"12.250\""), "{xml}");
        assert!(xml.contains("timestamp=\"2026-11-29T17:14:39\""));
        assert!(xml.contains("accepted until 2026-12-31"));
        assert!(!xml.contains("<script>") && !xml.contains("]]>"));
    }

    #[test]
    fn what_fails_is_what_the_command_fails_by() {
        let fails = |report: &Report, fail_on| {
            elements(&render(report, fail_on)).iter().filter(|name| *name == "failure").count()
        };
        let n = |severity: Severity| fails(&fixture::report(), severity.into());
        assert_eq!((n(Severity::Error), n(Severity::Warning), n(Severity::Info)), (3, 4, 5));
        let mut report = fixture::report();
        assert_eq!(fails(&report, FailOn { severity: Severity::Info, incomplete: true }), 6);
        report.organizations = 0;
        assert_eq!(fails(&report, Severity::Error.into()), 4);
        assert!(render(&report, Severity::Error.into()).contains("name=\"organizations\""));
    }

    #[test]
    fn ten_thousand_findings_are_bounded_and_counted() {
        let xml = render(&fixture::crowded(10_000), Severity::Error.into());
        elements(&xml);
        assert!(xml.contains("10,000 findings, the first at") && xml.contains("and 9800 more of this rule"));
        assert!(xml.len() < 300_000, "{}", xml.len());
    }
}
