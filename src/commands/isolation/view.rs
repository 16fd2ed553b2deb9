//! What a check of the isolation shows people: findings by severity, then what was looked at, then the verdict.

use crate::commands::view::{count, local_time, thousands};
use crate::domain::isolation::{Check, Coverage, Finding, Report as Found, Rule, State, plain, rules};
use crate::domain::severity::Severity;
use crate::ui::{Block, Report, Table};

/// Findings of one rule that people are shown; scripts get all.
const SHOWN: usize = 10;

/// What a list of findings has of each.
const COLUMNS: [&str; 8] = ["id", "rule", "name", "severity", "place", "tenants", "count", "evidence"];

/// Identifiers of one finding that people are shown.
const EXAMPLES: usize = 5;

fn number(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// A text from a database on one line, with nothing in it that moves or turns what stands around it.
fn shown(text: &str) -> String {
    plain(text).replace('\n', "\\n").replace('\t', "\\t")
}

fn line(text: impl AsRef<str>) -> Block {
    Block::Line(shown(text.as_ref()))
}

/// The report as every format is drawn from it.
pub(super) fn report(found: &Found) -> Report {
    let mut report = Report::new("flowbit.isolation.check/1", found)
        .named(found.findings.iter().map(|finding| finding.id.clone()))
        .warn(found.notes.iter().cloned())
        .show(Block::Heading(heading(found)))
        .line("");
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let these = found.of_severity(severity);
        if !these.is_empty() {
            report = report.show_all(section(severity, &these)).line("");
        }
    }
    if !found.accepted.is_empty() {
        report = report.show_all(accepted(found)).line("");
    }
    let (nothing, kinds): (Vec<&Check>, Vec<&Check>) =
        found.checks.iter().partition(|check| check.state == State::NotApplicable);
    let rows = kinds.into_iter().map(|check| row(found, check)).collect();
    let head = vec!["rule", "name", "state", "found#", "looked for"];
    report
        .show(Block::Table(Table { head, rows }))
        .show_all(folded(&nothing))
        .line("")
        .show_all(coverage(found))
        .line(shown(&found.verdict()))
        .line(summary(found))
}

/// The findings alone, one beneath the other, for the formats that are lists.
pub(super) fn listed(mut report: Report, found: &Found) -> Report {
    report.data = serde_json::to_value(&found.findings).unwrap_or_default();
    let rows = found.findings.iter().map(|finding| {
        let words = [finding.id.as_str(), finding.rule, finding.name, finding.severity.word()];
        let seen = [finding.place.to_string(), finding.tenants.join(", "), finding.count.to_string()];
        let texts = seen.iter().map(String::as_str).chain([finding.evidence.as_str()]);
        words.into_iter().chain(texts).map(shown).collect()
    });
    report.human = vec![Block::Table(Table { head: COLUMNS.to_vec(), rows: rows.collect() })];
    report
}

fn heading(found: &Found) -> String {
    let at = local_time(&found.at.try_to_rfc3339_string().unwrap_or_default());
    let all = count(found.organizations, "organization");
    let whose = match &found.organization {
        Some(org) => format!("{org} of {all}"),
        None => all,
    };
    shown(&format!("{whose} of {} ({}), {at}", found.place, found.layout))
}

/// The findings of one severity, those of a rule beside each other.
fn section(severity: Severity, findings: &[&Finding]) -> Vec<Block> {
    let n = number(findings.len());
    let heading =
        if severity == Severity::Info { format!("{} to know", thousands(n)) } else { count(n, severity.word()) };
    let mut blocks = vec![Block::Heading(heading)];
    for of_rule in findings.chunk_by(|a, b| a.rule == b.rule) {
        let mut remedy = "";
        for finding in of_rule.iter().take(SHOWN) {
            blocks.extend(lines(finding).into_iter().map(|text| line(format!("  {text}"))));
            // What is to be done about all of them is said once.
            if finding.remedy != remedy {
                remedy = &finding.remedy;
                blocks.push(line(format!("      remedy: {remedy}")));
            }
        }
        let left = of_rule.len().saturating_sub(SHOWN);
        if left > 0 {
            let left = thousands(number(left));
            blocks.push(Block::Line(format!("      and {left} more of this rule; -o json shows all")));
        }
    }
    blocks
}

/// A finding without its remedy.
fn lines(finding: &Finding) -> Vec<String> {
    let fault = finding.fault.map(|fault| format!(" {fault}")).unwrap_or_default();
    let mut lines = vec![format!("{} {}{fault}  {}  {}", finding.rule, finding.name, finding.place, finding.id)];
    let mut concerned = finding.tenants.join(", ");
    if finding.count > 1 {
        let gap = if concerned.is_empty() { "" } else { "; " };
        concerned = format!("{concerned}{gap}{} times", thousands(finding.count));
    }
    if !concerned.is_empty() {
        lines.push(format!("    {concerned}"));
    }
    if !finding.evidence.is_empty() {
        lines.push(format!("    {}", finding.evidence));
    }
    if !finding.examples.is_empty() {
        let shown = &finding.examples[..finding.examples.len().min(EXAMPLES)];
        let more = if finding.examples.len() > EXAMPLES { ", …" } else { "" };
        lines.push(format!("    _id {}{more}", shown.join(", ")));
    }
    if !finding.query.is_empty() {
        lines.push(format!("    query: {}", finding.query));
    }
    lines
}

fn accepted(found: &Found) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(format!("{} accepted", thousands(number(found.accepted.len()))))];
    for accepted in found.accepted.iter().take(SHOWN) {
        let finding = &accepted.finding;
        let severity = finding.severity.word();
        let what = format!("  {severity} {} {}  {}  {}", finding.rule, finding.name, finding.place, finding.id);
        blocks.push(line(what));
        blocks.push(line(format!("      until {}: {}", accepted.until, accepted.reason)));
    }
    if found.accepted.len() > SHOWN {
        let left = thousands(number(found.accepted.len() - SHOWN));
        blocks.push(Block::Line(format!("      and {left} more; -o json shows all")));
    }
    blocks
}

/// The rules that have nothing to look at, in a line: `I01–I06, I15`.
fn folded(nothing: &[&Check]) -> Vec<Block> {
    let place = |check: &Check| rules::all().iter().position(|rule| rule.id == check.rule).unwrap_or_default();
    let runs = nothing.chunk_by(|a, b| place(a) + 1 == place(b)).filter_map(|run| match run {
        [] => None,
        [one] => Some(one.rule.to_owned()),
        [first, last] => Some(format!("{}, {}", first.rule, last.rule)),
        [first, .., last] => Some(format!("{}–{}", first.rule, last.rule)),
    });
    let runs: Vec<String> = runs.collect();
    if runs.is_empty() { Vec::new() } else { vec![line(format!("nothing of the kind here: {}", runs.join(", ")))] }
}

fn row(found: &Found, check: &Check) -> Vec<String> {
    let findings = found.findings.iter().filter(|finding| finding.rule == check.rule).count();
    let title = match &check.why {
        Some(why) => shown(&format!("{} ({why})", check.title)),
        None => check.title.to_owned(),
    };
    let accepted = found.accepted.iter().filter(|accepted| accepted.finding.rule == check.rule).count();
    let findings = match (check.state.is_looked_at(), accepted) {
        (false, _) => String::new(),
        (true, 0) => thousands(number(findings)),
        (true, n) => format!("{} ({} accepted)", thousands(number(findings)), thousands(number(n))),
    };
    vec![check.rule.to_owned(), check.name.to_owned(), check.state.words().to_owned(), findings, title]
}

/// The collections that were not read whole; nothing where all were.
fn coverage(found: &Found) -> Vec<Block> {
    let not: Vec<&Coverage> = found.coverage.iter().filter(|coverage| !coverage.is_whole()).collect();
    if not.is_empty() {
        return Vec::new();
    }
    let rows = not.iter().take(SHOWN).map(|coverage| {
        vec![
            shown(&coverage.namespace),
            thousands(coverage.documents),
            thousands(coverage.read),
            coverage.way.words().to_owned(),
            shown(coverage.why.as_deref().unwrap_or_default()),
        ]
    });
    let head = vec!["not read whole", "documents#", "read#", "how", "why"];
    let mut blocks = vec![Block::Table(Table { head, rows: rows.collect() })];
    if not.len() > SHOWN {
        let left = count(number(not.len() - SHOWN), "collection");
        blocks.push(Block::Line(format!("and {left} more; -o json shows all")));
    }
    blocks.push(Block::Line(String::new()));
    blocks
}

fn summary(found: &Found) -> String {
    let tally = found.tally();
    let accepted = if tally.accepted > 0 { format!(", {} accepted", thousands(tally.accepted)) } else { String::new() };
    let (read, documents) = (thousands(tally.read), count(tally.documents, "document"));
    format!(
        "{}{accepted} in {} of {} that {}; {} not checkable; {read} of {documents} read in {:.1} s.",
        count(tally.findings(), "finding"),
        thousands(tally.looked),
        count(tally.looked + tally.unchecked, "rule"),
        if tally.looked + tally.unchecked == 1 { "applies" } else { "apply" },
        tally.unchecked,
        found.seconds
    )
}

/// One finding with everything that is known about it.
pub(super) fn whole(finding: &Finding) -> Vec<Block> {
    let mut facts = vec![
        ("finding".to_owned(), finding.id.clone()),
        ("rule".to_owned(), format!("{} {}", finding.rule, finding.name)),
        ("severity".to_owned(), finding.severity.word().to_owned()),
        ("place".to_owned(), finding.place.to_string()),
        ("tenants".to_owned(), finding.tenants.join(", ")),
        ("count".to_owned(), thousands(finding.count)),
        ("seen".to_owned(), finding.evidence.clone()),
        ("fault".to_owned(), finding.fault.unwrap_or_default().to_owned()),
        ("_id".to_owned(), finding.examples.join(", ")),
        ("remedy".to_owned(), finding.remedy.clone()),
        ("query".to_owned(), finding.query.clone()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts.iter_mut().for_each(|(_, value)| *value = shown(value));
    let title = Rule::find(finding.rule).map_or(finding.name, |rule| rule.title);
    vec![Block::Heading(shown(&format!("{}: {title}", finding.place))), Block::Facts(facts)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::isolation::fixture;

    fn drawn(found: &Found, width: Option<u16>) -> String {
        let blocks = report(found).human;
        blocks.iter().map(|block| block.draw(width, &str::to_owned)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn everything_is_told_on_lines_of_its_own() {
        let text = drawn(&fixture::report(), None);
        for line in [
            "3 errors",
            "      acme, globex; 12 times",
            "      query: db.getSiblingDB('crm').tickets.find({ userId: { $in: [ 1 ] } })",
            "      multi\\nline\\tevidence",
            "1 to know",
            "1 accepted",
            "5 findings, 1 accepted in 31 of 32 rules that apply; 1 not checkable; 1,500 of 1,002,100 documents read in 12.2 s.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
    }

    #[test]
    fn rules_with_nothing_to_look_at_are_one_line() {
        let mut found = fixture::report();
        for at in [0, 1, 2, 5, 10, 11] {
            found.checks[at].state = State::NotApplicable;
        }
        let text = drawn(&found, None);
        assert!(text.lines().any(|line| line == "nothing of the kind here: I01–I03, I06, I11, I12"), "{text}");
        assert!(text.contains(" in 25 of 26 rules that apply; 1 not checkable"), "{text}");
        assert!(text.contains("0 (1 accepted)"), "{text}");
    }

    #[test]
    fn lists_have_a_line_for_each_finding() {
        let found = fixture::report();
        let list = listed(report(&found), &found);
        assert_eq!(list.data.as_array().unwrap().len(), found.findings.len());
        let [Block::Table(table)] = list.human.as_slice() else { panic!("{list:?}") };
        assert!(table.rows.len() == found.findings.len() && table.rows.iter().all(|row| row.len() == COLUMNS.len()));
        assert!(!table.rows.concat().concat().chars().any(char::is_control));
    }

    #[test]
    fn long_lists_are_bounded_and_a_remedy_is_said_once() {
        let text = drawn(&fixture::crowded(10_000), None);
        assert!(text.contains("10,000 errors") && text.contains("and 9,990 more of this rule; -o json shows all"));
        assert_eq!(text.matches("crm.tickets userId").count(), SHOWN);
        assert_eq!(text.matches("remedy: Point it to").count(), 1);
        assert!(text.len() < 20_000, "{}", text.len());
    }

    #[test]
    fn tables_keep_to_the_width_of_the_screen() {
        let text = drawn(&fixture::report(), Some(80));
        let table = text.lines().skip_while(|line| !line.starts_with("RULE")).take_while(|line| !line.is_empty());
        assert!(table.clone().count() > 32 && table.clone().all(|line| line.chars().count() <= 80), "{text}");
    }
}
