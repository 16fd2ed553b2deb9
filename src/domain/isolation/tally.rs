//! What a report comes to: the numbers, the verdict in a sentence, and text from a database as a document may show it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Check, Coverage, Finding, Report, State, Way};
use crate::domain::numbers::{count, thousands};
use crate::domain::severity::Severity;

/// The numbers of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Findings that say that something is wrong now.
    pub errors: u64,
    /// Findings that say that something will go wrong, or costs.
    pub warnings: u64,
    /// Findings that are good to know.
    pub infos: u64,
    /// Findings that somebody accepted.
    pub accepted: u64,
    /// Errors among them.
    pub accepted_errors: u64,
    /// Warnings among them.
    pub accepted_warnings: u64,
    /// The first day on which one of them ends.
    pub accepted_until: Option<Date>,
    /// Rules that were looked at.
    pub looked: u64,
    /// Rules of which there is nothing of the kind.
    pub nothing: u64,
    /// Rules among those looked at that could be looked at only in part.
    pub partly: u64,
    /// Rules that could not be looked at.
    pub unchecked: u64,
    /// Collections that were to be looked at.
    pub collections: u64,
    /// Collections among them of which every document was read, or whose indexes answered for all.
    pub whole: u64,
    /// Documents that were read.
    pub read: u64,
    /// Documents that are there.
    pub documents: u64,
}

fn number(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

impl Coverage {
    /// Whether nothing of the collection was left out: neither a document nor, by a limit that was reached, what is in them.
    pub fn is_whole(&self) -> bool {
        match self.way {
            Way::Whole => self.why.is_none(),
            Way::Index => true,
            Way::Sample | Way::Not => false,
        }
    }
}

impl Way {
    /// The words in output.
    pub fn words(self) -> &'static str {
        match self {
            Way::Whole => "every document",
            Way::Sample => "a part",
            Way::Index => "by its indexes",
            Way::Not => "not looked at",
        }
    }
}

impl State {
    /// The words in output.
    pub fn words(self) -> &'static str {
        match self {
            State::Ok => "checked",
            State::Found => "found",
            State::NotCheckable => "not checkable",
            State::NotApplicable => "nothing of the kind",
        }
    }
}

/// From where on a report is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOn {
    /// A finding of this severity, or a worse one, is a failure.
    pub severity: Severity,
    /// So is whatever was not looked at.
    pub incomplete: bool,
}

impl From<Severity> for FailOn {
    fn from(severity: Severity) -> Self {
        Self { severity, incomplete: false }
    }
}

impl FailOn {
    /// Whether this report is a failure. One of a platform without organizations always is: it is probably another database.
    pub fn fails(self, report: &Report) -> bool {
        report.organizations == 0
            || report.worst().is_some_and(|worst| worst >= self.severity)
            || (self.incomplete && !report.tally().is_complete())
    }
}

/// What stands for findings that concern no tenant in particular.
pub const NOBODY: &str = "(no tenant in particular)";

impl Report {
    /// The numbers.
    pub fn tally(&self) -> Tally {
        let of = |severity| number(self.findings.iter().filter(|f| f.severity == severity).count());
        let accepted = |severity| number(self.accepted.iter().filter(|a| a.finding.severity == severity).count());
        let looked: Vec<&Check> = self.checks.iter().filter(|check| check.state.is_looked_at()).collect();
        Tally {
            errors: of(Severity::Error),
            warnings: of(Severity::Warning),
            infos: of(Severity::Info),
            accepted: number(self.accepted.len()),
            accepted_errors: accepted(Severity::Error),
            accepted_warnings: accepted(Severity::Warning),
            accepted_until: self.accepted.iter().filter_map(|accepted| accepted.until.parse().ok()).min(),
            looked: number(looked.len()),
            nothing: number(self.checks.iter().filter(|check| check.state == State::NotApplicable).count()),
            partly: number(looked.iter().filter(|check| check.why.is_some()).count()),
            unchecked: number(self.checks.iter().filter(|check| check.state == State::NotCheckable).count()),
            collections: number(self.coverage.len()),
            whole: number(self.coverage.iter().filter(|c| c.is_whole()).count()),
            read: self.coverage.iter().fold(0, |sum, c| sum.saturating_add(c.read)),
            documents: self.coverage.iter().fold(0, |sum, c| sum.saturating_add(c.documents)),
        }
    }

    /// What was found, in a sentence that claims no more than was looked at.
    pub fn verdict(&self) -> String {
        let tally = self.tally();
        if self.organizations > 0 {
            return tally.verdict();
        }
        let nobody = format!("There is no organization in {}", self.place);
        match tally.findings() + tally.accepted {
            0 => format!("{nobody}: nothing was looked at."),
            n => format!("{nobody}, and yet {} of what is there.", count(n, "finding")),
        }
    }

    /// How many findings of each severity (error, warning, info) concern a tenant, the worst first. A finding that concerns
    /// several counts for each of them.
    pub fn by_tenant(&self) -> Vec<(&str, [u64; 3])> {
        let mut tenants: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        for finding in &self.findings {
            let place = match finding.severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Info => 2,
            };
            let mut names: Vec<&str> = finding.tenants.iter().map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            if names.is_empty() {
                names.push(NOBODY);
            }
            for name in names {
                tenants.entry(name).or_default()[place] += 1;
            }
        }
        let mut tenants: Vec<_> = tenants.into_iter().collect();
        tenants.sort_by_key(|(name, numbers)| (std::cmp::Reverse(*numbers), *name));
        tenants
    }

    /// The findings of one severity, those of a rule beside each other, in the order of rules.
    pub fn of_severity(&self, severity: Severity) -> Vec<&Finding> {
        let mut these: Vec<&Finding> = self.findings.iter().filter(|f| f.severity == severity).collect();
        these.sort_by_key(|finding| finding.rule);
        these
    }
}

impl Tally {
    /// What is accepted, in words: `19 errors and 6 warnings are accepted, the first until 2027-01-01`.
    pub fn accepted_words(&self) -> Option<String> {
        let infos = self.accepted.saturating_sub(self.accepted_errors + self.accepted_warnings);
        let mut parts = Vec::new();
        if self.accepted_errors > 0 {
            parts.push(count(self.accepted_errors, "error"));
        }
        if self.accepted_warnings > 0 {
            parts.push(count(self.accepted_warnings, "warning"));
        }
        if infos > 0 {
            parts.push(format!("{} to know", thousands(infos)));
        }
        let last = parts.pop()?;
        let all = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
        let verb = if self.accepted == 1 { "is" } else { "are" };
        let first = if self.accepted == 1 { "" } else { "the first " };
        let until = self.accepted_until.map(|until| format!(", {first}until {until}")).unwrap_or_default();
        Some(format!("{all} {verb} accepted{until}"))
    }

    /// All findings that nobody accepted.
    pub fn findings(&self) -> u64 {
        self.errors + self.warnings + self.infos
    }

    /// Whether every rule was looked at in full, and nothing was left out of any collection.
    pub fn is_complete(&self) -> bool {
        self.unchecked == 0 && self.partly == 0 && self.whole == self.collections && self.looked > 0
    }

    /// What was found, in a sentence that claims no more than was looked at.
    pub fn verdict(&self) -> String {
        let found = match (self.errors, self.warnings, self.infos) {
            (0, 0, 0) if self.looked == 0 => return "Nothing was looked at; this says nothing about leaks.".to_owned(),
            (0, 0, infos) => {
                let accepted = if self.accepted > 0 { " that nobody accepted" } else { "" };
                let nobody = if self.accepted > 0 { "No leak" } else { "No leak between tenants" };
                let infos = if infos > 0 { format!("; {} to know", thousands(infos)) } else { String::new() };
                format!("{nobody}{accepted} was found{infos}")
            }
            (0, warnings, _) => {
                format!("No error was found, and {} of what will go wrong or costs", count(warnings, "warning"))
            }
            (errors, 0, _) => format!("Tenants are not isolated: {}", count(errors, "error")),
            (errors, warnings, _) => {
                format!("Tenants are not isolated: {} and {}", count(errors, "error"), count(warnings, "warning"))
            }
        };
        let found = match self.accepted_words() {
            Some(accepted) => format!("{found}; {accepted}"),
            None => found,
        };
        let mut missing = Vec::new();
        if self.unchecked > 0 {
            missing.push(format!("{} could not be looked at", count(self.unchecked, "rule")));
        }
        if self.partly > 0 {
            missing.push(format!("{} only in part", count(self.partly, "rule")));
        }
        if self.whole < self.collections {
            missing.push(format!("{} not read whole", count(self.collections - self.whole, "collection")));
        }
        match missing.as_slice() {
            [] => format!("{found}. Every rule was looked at, in every collection."),
            _ => format!("{found}. Not everything was looked at: {}.", missing.join(", ")),
        }
    }
}

/// Text from a database as a document may show it: control characters, those that turn the direction of text, and those
/// that XML and HTML forbid are written as escapes. Line breaks and tabs stay.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let turns =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let unfit = (c.is_control() && !matches!(c, '\n' | '\t'))
            || turns
            || u32::from(c) & 0xfffe == 0xfffe
            || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
        if unfit { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The same with what means something in XML and HTML escaped: fit for text and for quoted attributes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_verdict_claims_no_more_than_was_looked_at() {
        let clean = Tally { looked: 3, collections: 2, whole: 2, ..Tally::default() };
        assert_eq!(
            clean.verdict(),
            "No leak between tenants was found. Every rule was looked at, in every collection."
        );
        assert!(clean.is_complete());
        let accepted = Tally {
            accepted: 25,
            accepted_errors: 19,
            accepted_warnings: 6,
            accepted_until: Some(jiff::civil::date(2027, 1, 1)),
            ..clean
        };
        assert_eq!(
            accepted.verdict(),
            "No leak that nobody accepted was found; 19 errors and 6 warnings are accepted, the first until 2027-01-01. \
             Every rule was looked at, in every collection."
        );
        let part = Tally { whole: 1, unchecked: 1, ..clean };
        assert_eq!(
            part.verdict(),
            "No leak between tenants was found. Not everything was looked at: 1 rule could not be looked at, \
             1 collection not read whole."
        );
        assert!(!part.is_complete());
        assert!(Tally { errors: 2, ..clean }.verdict().starts_with("Tenants are not isolated: 2 errors."));
        assert!(Tally { warnings: 1, ..clean }.verdict().starts_with("No error was found, and 1 warning"));
        let none = Tally::default();
        assert!(none.verdict().contains("says nothing") && !none.is_complete());
    }

    #[test]
    fn a_collection_with_a_limit_reached_is_not_whole_and_nobody_is_a_failure() {
        let mut report = fixture::report();
        report.findings.clear();
        report.coverage.retain(|coverage| coverage.namespace == "crm.users");
        report.checks.retain(|check| check.state == State::Ok);
        let all = FailOn { severity: Severity::Info, incomplete: true };
        assert!(!all.fails(&report));
        report.coverage[0].why = Some("more keys than are remembered".to_owned());
        assert!(all.fails(&report) && !FailOn::from(Severity::Info).fails(&report));
        assert!(report.verdict().ends_with("1 collection not read whole."), "{}", report.verdict());
        report.organizations = 0;
        assert!(FailOn::from(Severity::Error).fails(&report));
        assert!(report.verdict().starts_with("There is no organization in crm at"), "{}", report.verdict());
    }

    #[test]
    fn numbers_are_those_of_the_report() {
        let tally = fixture::report().tally();
        assert_eq!((tally.errors, tally.warnings, tally.infos, tally.accepted), (3, 1, 1, 1));
        assert_eq!((tally.unchecked, tally.partly), (1, 1));
        assert_eq!((tally.collections, tally.whole, tally.read, tally.documents), (4, 2, 1_500, 1_002_100));
        let report = fixture::report();
        let tenants = report.by_tenant();
        assert_eq!(tenants[0], ("acme", [2, 1, 0]));
        assert!(tenants.iter().any(|(name, _)| *name == NOBODY));
    }

    #[test]
    fn no_character_does_anything() {
        assert_eq!(plain("a\u{0}\u{1b}[2J\u{202e}b\u{fffe}\tc\nd"), "a\\u{0}\\u{1b}[2J\\u{202e}b\\u{fffe}\tc\nd");
        assert_eq!(escaped("<a href='x'>\"&]]>"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;]]&gt;");
        assert_eq!(escaped("é😀"), "é😀");
    }
}
