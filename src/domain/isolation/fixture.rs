//! A report with everything nasty in it, for the tests of what is drawn from reports.

use bson::DateTime;

use super::rules::{self, EVIDENCE, FOREIGN, KEY_FIRST, LOOKUP, REFERENCE, SPILLED, UNIQUE};
use super::{Accepted, Check, Coverage, Finding, Place, Report, State, Way};
use crate::domain::plan::Namespace;
use crate::domain::severity::Severity;

/// Everything that breaks documents when it is not escaped.
pub const NASTY: &str =
    "<script>alert('x')</script> \"quoted\" ]]> & \u{0}\u{1b}[31m\u{7}\u{202e}\u{fffe} 😀 --> </pre>";

pub fn finding(rule: &'static super::Rule, path: &str, tenants: &[&str], what: &str) -> Finding {
    let place = Place::at(&Namespace::new("crm", "tickets"), path);
    Finding::new(rule, place, tenants.iter().map(|name| (*name).to_owned()).collect(), what)
}

pub fn report() -> Report {
    let findings = vec![
        finding(&REFERENCE, "userId", &["acme", "globex"], "1")
            .documents(12, vec!["6560c0ffee6560c0ffee0001".into(), NASTY.into()])
            .evidence(format!("12 documents of acme refer to {NASTY}"))
            .query("db.getSiblingDB('crm').tickets.find({ userId: { $in: [ 1 ] } })"),
        finding(&EVIDENCE, "notes.0.mail", &["acme"], "2").evidence("an e-mail of another tenant"),
        Finding::new(&FOREIGN, Place { namespace: "crm.org_ünï <b>/..".into(), path: None }, vec![NASTY.into()], "3"),
        finding(&KEY_FIRST, "customerId", &["acme"], "4"),
        finding(&UNIQUE, "sku_1", &[], "5").severity(Severity::Info).evidence("multi\nline\tevidence"),
    ];
    let accepted = vec![Accepted {
        finding: finding(&SPILLED, "secret", &["initech"], "6").documents(3, Vec::new()),
        reason: format!("known since the audit of spring {NASTY}"),
        by: Some("ann <ann@example.com>".into()),
        until: "2026-12-31".into(),
    }];
    let checks = rules::all().iter().map(|rule| check(rule, &findings)).collect();
    Report {
        platform: format!("crm {NASTY}"),
        layout: "shared",
        place: "crm at db1.example.com:27017".into(),
        organization: None,
        organizations: 3,
        at: DateTime::from_millis(1_795_972_479_000),
        seconds: 12.25,
        sample: Some(1000),
        flowbit: env!("CARGO_PKG_VERSION"),
        checks,
        findings,
        accepted,
        notes: vec![format!("entry 0123456789ab of the baseline is over {NASTY}")],
        coverage: coverage(),
    }
}

fn check(rule: &'static super::Rule, findings: &[Finding]) -> Check {
    let (state, why) = match rule.id {
        id if id == LOOKUP.id => (State::NotCheckable, Some(format!("not authorized {NASTY}"))),
        "I08" => (State::Found, Some("1,000 documents of each collection were read".to_owned())),
        id if findings.iter().any(|finding| finding.rule == id) => (State::Found, None),
        _ => (State::Ok, None),
    };
    Check { rule: rule.id, name: rule.name, title: rule.title, state, why }
}

fn coverage() -> Vec<Coverage> {
    let of = |name: &str, documents, read, way, why: Option<&str>| Coverage {
        namespace: format!("crm.{name}"),
        documents,
        read,
        way,
        why: why.map(str::to_owned),
    };
    vec![
        of("users", 500, 500, Way::Whole, None),
        of("tickets", 1_000_000, 1000, Way::Sample, Some("--sample 1000")),
        of("orders", 600, 0, Way::Index, None),
        of("<i>hidden</i>", 1000, 0, Way::Not, Some(NASTY)),
    ]
}

/// The same with so many findings of one rule.
pub fn crowded(n: u64) -> Report {
    let mut report = report();
    report.findings = (0..n).map(|i| finding(&REFERENCE, "userId", &["acme"], &i.to_string())).collect();
    report
}
