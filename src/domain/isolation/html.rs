//! A report as one HTML file, for people: on a screen, on paper, and for whoever audits.
//!
//! It loads nothing and runs nothing: the policy in its head allows its own style sheet and no more.

mod tables;

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::rules;
use super::tally::{Tally, escaped};
use super::{Finding, Report, Rule};
use crate::domain::numbers::{count, thousands};
use crate::domain::severity::Severity;

/// Findings of one rule that are shown; the rest is counted, `-o json` has all.
const SHOWN: usize = 100;

/// Evidence longer than this may be broken over pages.
const BRIEF: usize = 1500;

const STYLE: &str = include_str!("report.css");

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// The document.
pub fn render(report: &Report) -> String {
    let tally = report.tally();
    let mut out = String::new();
    head(&mut out, report);
    out.push_str("<body>\n<div class=\"page\">\n");
    opening(&mut out, report, &tally);
    out.push_str("<main>\n");
    tables::summary(&mut out, report, &tally);
    findings(&mut out, report);
    tables::accepted(&mut out, report);
    tables::checks(&mut out, report);
    tables::coverage(&mut out, report, &tally);
    explained(&mut out, report);
    let _ = write!(
        out,
        "</main>\n<footer>Made by flowbit {} at {}. Findings are named by 12 hexadecimal digits that stay the same from run \
         to run.</footer>\n</div>\n</body>\n</html>\n",
        escaped(report.flowbit),
        moment(report)
    );
    out
}

/// The time as people write it, in UTC: whoever reads the file may be anywhere.
fn moment(report: &Report) -> String {
    let at = jiff::Timestamp::from_millisecond(report.at.timestamp_millis()).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn head(out: &mut String, report: &Report) {
    let style = STYLE.trim_end();
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"flowbit {}\">\n<title>Tenant isolation of {}, {}</title>\n<style>{style}</style>\n</head>\n",
        escaped(report.flowbit),
        escaped(&report.platform),
        moment(report)
    );
}

/// A value out of a database: it keeps its own direction and does not turn what stands around it.
fn value(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(text))
}

/// The same, to the letter.
fn literal(text: &str) -> String {
    format!("<code><bdi>{}</bdi></code>", escaped(text))
}

fn fact(out: &mut String, name: &str, html: &str) {
    if !html.is_empty() {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{html}</dd>");
    }
}

fn badge(severity: Severity) -> String {
    format!("<span class=\"badge {0}\">{0}</span>", severity.word())
}

fn rule_link(id: &str, name: &str) -> String {
    format!("<a href=\"#rule-{0}\">{0} {1}</a>", escaped(id), escaped(name))
}

fn opening(out: &mut String, report: &Report, tally: &Tally) {
    let tone = match (tally.errors, tally.warnings, tally.is_complete() && tally.accepted == 0) {
        _ if report.organizations == 0 => "error",
        (1.., _, _) => "error",
        (0, 1.., _) => "warning",
        (0, 0, false) => "info",
        (0, 0, true) => "good",
    };
    let _ = write!(
        out,
        "<header>\n<h1>Tenant isolation of {}</h1>\n<p class=\"soft\">What was looked for between the tenants of this \
         platform, what was found, and what was not seen.</p>\n<p class=\"verdict {tone}\" role=\"status\">{}</p>\n<dl class=\"facts\">\n",
        value(&report.platform),
        escaped(&report.verdict())
    );
    fact(out, "Server", &value(&report.place));
    fact(out, "Layout", &escaped(report.layout));
    let organizations = count(report.organizations, "organization");
    fact(
        out,
        "Looked at",
        &match &report.organization {
            Some(name) => format!("the organization {} alone, of {organizations}", value(name)),
            None => format!("all of {organizations}"),
        },
    );
    fact(out, "Begun", &format!("{}, took {:.1} s", moment(report), report.seconds));
    let looked = format!("{} of {}", thousands(tally.looked), count(tally.looked + tally.unchecked, "rule"));
    fact(out, "Rules", &format!("{looked} looked at"));
    let sample = report.sample.map(|n| format!(", at most {} of each collection", thousands(n))).unwrap_or_default();
    let documents = count(tally.documents, "document");
    let collections = count(tally.collections, "collection");
    fact(out, "Read", &format!("{} of {documents} in {collections}{sample}", thousands(tally.read)));
    out.push_str("</dl>\n<nav aria-label=\"Contents\"><ul>\n");
    let accepted = if report.accepted.is_empty() { None } else { Some(("accepted", "Accepted")) };
    let parts = [("summary", "Summary"), ("findings", "Findings")].into_iter().chain(accepted);
    for (id, name) in parts.chain([("rules", "Rules"), ("coverage", "Coverage"), ("explained", "Rules explained")]) {
        let _ = writeln!(out, "<li><a href=\"#{id}\">{name}</a></li>");
    }
    out.push_str("</ul></nav>\n</header>\n");
}

fn findings(out: &mut String, report: &Report) {
    out.push_str("<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
    if report.findings.is_empty() {
        out.push_str("<p>Nothing was found that nobody has accepted.</p>\n");
    }
    for severity in SEVERITIES {
        let these = report.of_severity(severity);
        for of_rule in these.chunk_by(|a, b| a.rule == b.rule) {
            let Some(first) = of_rule.first() else { continue };
            let title = Rule::find(first.rule).map_or(first.name, |rule| rule.title);
            let _ = writeln!(
                out,
                "<h3>{} {}: {} ({})</h3>",
                badge(severity),
                rule_link(first.rule, first.name),
                escaped(title),
                thousands(u64::try_from(of_rule.len()).unwrap_or(u64::MAX))
            );
            of_rule.iter().take(SHOWN).for_each(|found| finding(out, found));
            if of_rule.len() > SHOWN {
                let more = thousands(u64::try_from(of_rule.len() - SHOWN).unwrap_or(u64::MAX));
                let _ = writeln!(
                    out,
                    "<p class=\"soft\">And {more} more of this rule; <code>flowbit isolation check -o json</code> has all.</p>"
                );
            }
        }
    }
    out.push_str("</section>\n");
}

fn finding(out: &mut String, found: &Finding) {
    let long = found.evidence.len() + found.query.len() + found.examples.iter().map(String::len).sum::<usize>();
    let brief = if long < BRIEF { " brief" } else { "" };
    let severity = found.severity.word();
    let id = escaped(&found.id);
    let _ = write!(
        out,
        "<article class=\"finding {severity}{brief}\" id=\"finding-{id}\">\n<div class=\"top\"><h4 class=\"mono\">{}</h4>{}\
         <span class=\"id mono\">{id}</span></div>\n",
        value(&found.place.to_string()),
        found.fault.map(|fault| format!("<span class=\"soft\">fault {}</span>", escaped(fault))).unwrap_or_default(),
    );
    if !found.evidence.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", value(&found.evidence));
    }
    out.push_str("<dl class=\"facts\">\n");
    let list = |values: &[String]| values.iter().map(|v| literal(v)).collect::<Vec<_>>().join(", ");
    fact(out, "Tenants", &found.tenants.iter().map(|name| value(name)).collect::<Vec<_>>().join(", "));
    fact(out, "How many", &thousands(found.count));
    fact(out, "Examples", &list(&found.examples));
    fact(out, "Remedy", &value(&found.remedy));
    if !found.query.is_empty() {
        fact(out, "Query", &format!("<pre>{}</pre>", value(&found.query)));
    }
    out.push_str("</dl>\n</article>\n");
}

/// The rules that were asked for, each in full.
fn explained(out: &mut String, report: &Report) {
    out.push_str(
        "<section class=\"rules-explained\" aria-labelledby=\"explained\">\n<h2 id=\"explained\">Rules explained</h2>\n",
    );
    for rule in report.checks.iter().filter_map(|check| Rule::find(check.rule)) {
        let fault = rule.fault.map(|fault| format!(" <span class=\"soft\">fault {fault}</span>")).unwrap_or_default();
        let _ = write!(
            out,
            "<div class=\"explained\">\n<h3 id=\"rule-{}\">{} {}: {} {}{fault}</h3>\n<dl class=\"facts\">\n",
            rule.id,
            rule.id,
            rule.name,
            escaped(rule.title),
            badge(rule.severity)
        );
        if let Some((code, what)) = rule.fault.and_then(rules::fault) {
            fact(out, "Fault", &format!("{code}: {}", escaped(what)));
        }
        fact(out, "Why", &escaped(rule.why));
        fact(out, "How", &escaped(rule.how));
        fact(out, "Remedy", &escaped(rule.remedy));
        out.push_str("</dl>\n</div>\n");
    }
    out.push_str("</section>\n");
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    /// Every element that is not void is closed, in order; gives the names of all.
    fn elements(html: &str) -> Vec<String> {
        let (mut open, mut seen) = (Vec::new(), Vec::new());
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let html = html.replace(style, "").replace("<!DOCTYPE html>", "");
        let mut rest = html.as_str();
        while let Some((text, tag)) = rest.split_once('<') {
            assert!(!text.contains('>'), "{text}");
            let (tag, after) = tag.split_once('>').unwrap();
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "{tag}");
                continue;
            }
            let name = tag.split(' ').next().unwrap().to_owned();
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            seen.push(name.clone());
            if name != "meta" {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
        seen
    }

    #[test]
    fn nothing_out_of_a_database_is_markup() {
        let html = render(&fixture::report());
        let seen = elements(&html);
        assert!(!seen.iter().any(|name| ["script", "img", "link", "iframe", "i"].contains(&name.as_str())), "{seen:?}");
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
        assert!(!html.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}'));
        // What stands between the brackets: nothing is loaded, nothing runs.
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
            for forbidden in ["src=", "style=", " on", "http://", "https://"] {
                assert!(!tag.contains(forbidden), "{tag}");
            }
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }

    #[test]
    fn links_lead_somewhere_and_names_are_given_once() {
        let html = render(&fixture::report());
        let of = |mark: &str| -> Vec<String> {
            html.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let ids = of(" id=\"");
        let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
        for to in of("href=\"#") {
            assert!(ids.contains(&to), "{to}");
        }
    }

    #[test]
    fn the_policy_allows_the_style_sheet_as_it_stands() {
        let html = render(&fixture::report());
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(html.contains(&format!("style-src 'sha256-{hash}'")));
    }

    #[test]
    fn everything_is_told() {
        let report = fixture::report();
        let html = render(&report);
        for finding in &report.findings {
            assert!(html.contains(&format!("id=\"finding-{}\"", finding.id)));
        }
        for told in [
            "Tenants are not isolated: 3 errors and 1 warning; 1 error is accepted, until 2026-12-31.",
            "2026-11-29 17:14:39 UTC",
            "1,500 of 1,002,100 documents in 4 collections, at most 1,000 of each collection",
            "known since the audit of spring",
            "2026-12-31",
            "is over",
            "not checkable",
            "not looked at",
        ] {
            assert!(html.contains(told), "{told}");
        }
    }

    #[test]
    fn ten_thousand_findings_are_bounded_and_counted() {
        let html = render(&fixture::crowded(10_000));
        elements(&html);
        assert!(html.contains("(10,000)</h3>") && html.contains("And 9,900 more of this rule"));
        assert!(html.len() < 300_000, "{}", html.len());
    }
}
