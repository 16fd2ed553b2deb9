//! The tables of the file: numbers, accepted findings, rules and coverage.

use std::fmt::Write;

use super::{escaped, literal, rule_link, value};
use crate::domain::isolation::{Coverage, Report, State, Tally};
use crate::domain::numbers::{count, thousands};

/// Tenants, and collections that were read whole, that are listed; the rest is counted.
const ROWS: usize = 200;

fn number(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Begins a table. A column whose head ends in `#` holds numbers.
fn begin(out: &mut String, caption: &str, head: &[&str]) {
    let _ = write!(out, "<div class=\"wide\"><table>\n<caption>{caption}</caption>\n<thead><tr>");
    for name in head {
        let class = if name.ends_with('#') { " class=\"number\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", name.trim_end_matches('#'));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
}

fn end(out: &mut String) {
    out.push_str("</tbody>\n</table></div>\n");
}

fn numeric(n: u64) -> String {
    format!("<td class=\"number\">{}</td>", thousands(n))
}

pub(super) fn summary(out: &mut String, report: &Report, tally: &Tally) {
    out.push_str("<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n<ul class=\"tiles\">\n");
    for (class, n, words) in [
        ("error", tally.errors, "errors: wrong now"),
        ("warning", tally.warnings, "warnings: will go wrong, or cost"),
        ("info", tally.infos, "to know"),
        ("not", tally.accepted, "accepted"),
        ("not", tally.unchecked, "rules not checkable"),
        ("not", tally.collections - tally.whole, "collections not read whole"),
    ] {
        let _ = writeln!(out, "<li class=\"{class}\"><b>{}</b>{words}</li>", thousands(n));
    }
    out.push_str("</ul>\n");
    let tenants = report.by_tenant();
    if !tenants.is_empty() {
        let caption = "By tenant. A finding that concerns several tenants counts for each of them.";
        begin(out, caption, &["Tenant", "Errors#", "Warnings#", "To know#"]);
        for (name, [errors, warnings, infos]) in tenants.iter().take(ROWS) {
            let numbers = [*errors, *warnings, *infos].map(numeric).concat();
            let _ = writeln!(out, "<tr><th scope=\"row\">{}</th>{numbers}</tr>", value(name));
        }
        end(out);
        if tenants.len() > ROWS {
            let more = count(number(tenants.len() - ROWS), "tenant");
            let _ = writeln!(out, "<p class=\"soft\">And {more} more, with fewer findings.</p>");
        }
    }
    out.push_str("</section>\n");
}

pub(super) fn accepted(out: &mut String, report: &Report) {
    if report.accepted.is_empty() && report.notes.is_empty() {
        return;
    }
    out.push_str("<section aria-labelledby=\"accepted\">\n<h2 id=\"accepted\">Accepted</h2>\n");
    if report.accepted.is_empty() {
        out.push_str("<p>No finding is accepted.</p>\n");
    } else {
        let caption = "Found again, and accepted by the baseline until the day that is named.";
        begin(out, caption, &["Finding", "Rule", "Place", "Found#", "Reason", "By", "Until"]);
        for accepted in &report.accepted {
            let finding = &accepted.finding;
            let _ = writeln!(
                out,
                "<tr><th scope=\"row\" class=\"mono keep\">{}</th><td>{}</td><td class=\"mono\">{}</td>{}<td>{}</td><td>{}</td>\
                 <td class=\"keep\">{}</td></tr>",
                escaped(&finding.id),
                rule_link(finding.rule, finding.name),
                value(&finding.place.to_string()),
                numeric(finding.count),
                value(&accepted.reason),
                value(accepted.by.as_deref().unwrap_or_default()),
                escaped(&accepted.until)
            );
        }
        end(out);
    }
    if !report.notes.is_empty() {
        out.push_str("<h3>What the baseline has to say</h3>\n<ul>\n");
        for note in &report.notes {
            let _ = writeln!(out, "<li>{}</li>", value(note));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
}

pub(super) fn checks(out: &mut String, report: &Report) {
    out.push_str("<section aria-labelledby=\"rules\">\n<h2 id=\"rules\">Rules</h2>\n");
    let caption = "Every rule that was asked for, and what became of it.";
    begin(out, caption, &["Rule", "Looked for", "Result", "Found#"]);
    for check in &report.checks {
        let found = number(report.findings.iter().filter(|finding| finding.rule == check.rule).count());
        let accepted = number(report.accepted.iter().filter(|a| a.finding.rule == check.rule).count());
        let class = match check.state {
            State::Found if found == 0 && accepted > 0 => "not",
            State::Ok => "good",
            State::Found => "error",
            State::NotCheckable | State::NotApplicable => "not",
        };
        let part = check.state.is_looked_at() && check.why.is_some();
        let why = match &check.why {
            Some(why) => format!("<div class=\"soft\">{}{}</div>", if part { "in part: " } else { "" }, value(why)),
            None => String::new(),
        };
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\" class=\"keep\">{}</th><td>{}{}</td><td><span class=\"badge {class}\">{}</span></td>{}</tr>",
            rule_link(check.rule, check.name),
            escaped(check.title),
            why,
            check.state.words(),
            match accepted {
                0 => numeric(found),
                n => format!("<td class=\"number\">{} ({} accepted)</td>", thousands(found), thousands(n)),
            }
        );
    }
    end(out);
    out.push_str("</section>\n");
}

pub(super) fn coverage(out: &mut String, report: &Report, tally: &Tally) {
    out.push_str("<section aria-labelledby=\"coverage\">\n<h2 id=\"coverage\">Coverage</h2>\n");
    let (not, whole): (Vec<&Coverage>, Vec<&Coverage>) = report.coverage.iter().partition(|c| !c.is_whole());
    if report.coverage.is_empty() {
        out.push_str("<p>No documents were read.</p>\n");
    } else if not.is_empty() {
        out.push_str("<p>Nothing was left out of any collection.</p>\n");
    } else {
        let left = tally.collections - tally.whole;
        let _ = writeln!(
            out,
            "<p><strong>Not everything was seen.</strong> Of {}, {} not read whole; what is in the rest of them is not known.</p>",
            count(tally.collections, "collection"),
            if left == 1 { "1 was".to_owned() } else { format!("{} were", thousands(left)) }
        );
        rows(out, "Collections that were not read whole.", &not);
    }
    if !whole.is_empty() {
        let shown = &whole[..whole.len().min(ROWS)];
        rows(out, "Collections of which nothing was left out.", shown);
        if whole.len() > ROWS {
            let more = count(number(whole.len() - ROWS), "collection");
            let _ = writeln!(out, "<p class=\"soft\">And {more} more of which nothing was left out.</p>");
        }
    }
    out.push_str("</section>\n");
}

fn rows(out: &mut String, caption: &str, coverage: &[&Coverage]) {
    begin(out, caption, &["Collection", "Documents#", "Read#", "How", "Why not whole"]);
    for one in coverage {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th>{}{}<td class=\"keep\">{}</td><td>{}</td></tr>",
            literal(&one.namespace),
            numeric(one.documents),
            numeric(one.read),
            one.way.words(),
            value(one.why.as_deref().unwrap_or_default())
        );
    }
    end(out);
}
