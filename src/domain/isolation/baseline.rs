//! Findings that somebody accepted for a time, and how they are written down: `flowbit-baseline.toml`.

mod edit;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::Datetime;

use super::{Accepted, Finding, Report, Rule};
use crate::domain::numbers::thousands;

pub use edit::{added, removed};

/// The version of the format that is read and written.
pub const VERSION: i64 = 1;

/// An entry ends soon when it has no more than so many days.
pub const SOON_DAYS: i32 = 14;

/// A finding that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The finding's 12 hexadecimal digits.
    pub finding: String,
    /// Its rule: `I15`.
    pub rule: String,
    /// Where it is, as the report says.
    pub place: String,
    /// Why it is accepted.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// The last day on which it is.
    pub until: Date,
    /// How many documents are accepted at most; however many where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// Whether an entry accepts anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// It does.
    InForce,
    /// It does, for no more than [`SOON_DAYS`].
    EndsSoon,
    /// Its last day is over.
    Over,
}

impl Force {
    /// The words in output.
    pub fn words(self) -> &'static str {
        match self {
            Force::InForce => "in force",
            Force::EndsSoon => "ends soon",
            Force::Over => "over",
        }
    }
}

impl Entry {
    /// An entry for a finding as it is now.
    pub fn of(finding: &Finding, reason: &str, by: Option<String>, (since, until): (Date, Date)) -> Self {
        Self {
            finding: finding.id.clone(),
            rule: finding.rule.to_owned(),
            place: finding.place.to_string(),
            reason: reason.trim().to_owned(),
            by,
            since: Some(since),
            until,
            count: Some(finding.count),
        }
    }

    /// Whether it accepts anything on this day.
    pub fn force(&self, today: Date) -> Force {
        let soon = today.checked_add(jiff::Span::new().days(SOON_DAYS)).unwrap_or(Date::MAX);
        match self.until {
            until if until < today => Force::Over,
            until if until <= soon => Force::EndsSoon,
            _ => Force::InForce,
        }
    }
}

/// The last day until which something can be accepted.
pub fn latest(since: Date) -> Date {
    since.checked_add(jiff::Span::new().years(1)).unwrap_or(Date::MAX)
}

/// Notes of one kind that are told; the rest is counted.
const TOLD: usize = 5;

/// The first few of many, and how many more there are.
fn bounded(mut notes: Vec<String>, what: &str) -> Vec<String> {
    let more = notes.len().saturating_sub(TOLD);
    if more > 0 {
        notes.truncate(TOLD);
        notes.push(format!("and {} more {what}", thousands(u64::try_from(more).unwrap_or(u64::MAX))));
    }
    notes
}

/// What is wrong with a file, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, with the name of the field.
    pub what: String,
}

impl Fault {
    fn at(text: &str, offset: usize, what: impl Into<String>) -> Self {
        let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
        Self { line: before.iter().filter(|byte| **byte == b'\n').count() + 1, what: what.into() }
    }
}

/// The accepted findings of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Baseline {
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(rename = "version")]
    _version: i64,
    #[serde(default)]
    accepted: Vec<RawEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    finding: Spanned<String>,
    rule: Spanned<String>,
    place: Spanned<String>,
    reason: Spanned<String>,
    by: Option<String>,
    since: Option<Spanned<Datetime>>,
    until: Spanned<Datetime>,
    count: Option<u64>,
}

impl Baseline {
    /// Reads a file. Entries are not looked up anywhere; those that are over are read like others.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn read(text: &str, today: Date) -> Result<Self, Fault> {
        let broken = |e: &toml::de::Error| {
            let said = e.message().trim().lines().collect::<Vec<_>>().join(", ");
            Fault::at(text, e.span().map_or(0, |span| span.start), said)
        };
        let table: toml::Table = toml::from_str(text).map_err(|e| broken(&e))?;
        // Before anything else: what another version wrote may have other fields.
        match table.get("version").and_then(toml::Value::as_integer) {
            Some(VERSION) => {}
            Some(other) => {
                let what = format!("version: {other} is not known here, only {VERSION}; a newer flowbit may know it");
                let at = text.find("version").unwrap_or_default();
                return Err(Fault::at(text, at, what));
            }
            None => return Err(Fault::at(text, 0, format!("version: there is none; write `version = {VERSION}`"))),
        }
        let raw: RawFile = toml::from_str(text).map_err(|e| broken(&e))?;
        let mut baseline = Self::default();
        let mut seen = BTreeSet::new();
        for entry in raw.accepted {
            let at = entry.finding.span().start;
            let entry = entry.checked(text, today)?;
            if !seen.insert(entry.finding.clone()) {
                return Err(Fault::at(text, at, format!("finding: {} stands twice", entry.finding)));
            }
            baseline.entries.push(entry);
        }
        Ok(baseline)
    }

    /// Moves what is accepted on this day out of the findings, and notes what the file has to say: entries that are over,
    /// that there is more of now than was accepted, or that nothing is found for any more.
    pub fn apply(&self, report: &mut Report, today: Date) {
        let entries: BTreeMap<&str, &Entry> = self.entries.iter().map(|e| (e.finding.as_str(), e)).collect();
        let mut met = BTreeSet::new();
        let (mut kept, mut notes) = (Vec::new(), Vec::new());
        for finding in std::mem::take(&mut report.findings) {
            let Some(entry) = entries.get(finding.id.as_str()) else {
                kept.push(finding);
                continue;
            };
            met.insert(entry.finding.as_str());
            match entry.refuses(&finding, today) {
                Some(note) => {
                    notes.push(note);
                    kept.push(finding);
                }
                None => report.accepted.push(entry.accepting(finding)),
            }
        }
        report.findings = kept;
        let mut stale = Vec::new();
        for entry in self.entries.iter().filter(|entry| !met.contains(entry.finding.as_str())) {
            if entry.would_be_seen(report) {
                let (finding, rule, place) = (&entry.finding, &entry.rule, &entry.place);
                stale.push(format!(
                    "nothing is found any more for the accepted {finding} ({rule} {place}); take it out: flowbit isolation baseline remove {finding}"
                ));
            }
        }
        report.notes.extend(bounded(notes, "that stay findings although the baseline has them"));
        report.notes.extend(bounded(stale, "for which nothing is found any more: flowbit isolation baseline list"));
    }
}

impl Entry {
    /// Why a finding stays although there is an entry for it.
    fn refuses(&self, finding: &Finding, today: Date) -> Option<String> {
        let what = format!("{} ({} {})", self.finding, finding.rule, finding.place);
        if self.rule != finding.rule || self.place != finding.place.to_string() {
            let (rule, place) = (&self.rule, &self.place);
            return Some(format!("{what} is accepted as something else, {rule} {place}: it stays a finding"));
        }
        if self.force(today) == Force::Over {
            return Some(format!("{what} was accepted until {}, which is over: {}", self.until, self.reason));
        }
        let accepted = self.count.filter(|accepted| finding.count > *accepted)?;
        let (accepted, now) = (thousands(accepted), thousands(finding.count));
        Some(format!("{what} was accepted for {accepted}, now there are {now}: it stays a finding"))
    }

    fn accepting(&self, finding: Finding) -> Accepted {
        let (reason, by, until) = (self.reason.clone(), self.by.clone(), self.until.to_string());
        Accepted { finding, reason, by, until }
    }

    /// Whether this report would have the finding if it were there still: its rule was looked at whole, for everybody.
    fn would_be_seen(&self, report: &Report) -> bool {
        let whole = report.organization.is_none() && report.sample.is_none();
        let looked =
            |check: &super::Check| check.rule == self.rule && check.state.is_looked_at() && check.why.is_none();
        whole && report.checks.iter().any(looked)
    }
}

impl RawEntry {
    fn checked(self, text: &str, today: Date) -> Result<Entry, Fault> {
        let fault = |at: usize, what: String| Fault::at(text, at, what);
        let id = self.finding.get_ref();
        if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            let what = format!("finding: {id:?} is not 12 hexadecimal digits in lower case, as a report has them");
            return Err(fault(self.finding.span().start, what));
        }
        let Some(rule) = Rule::find(self.rule.get_ref()) else {
            let what =
                format!("rule: there is no rule {:?}; `flowbit isolation explain` lists them", self.rule.get_ref());
            return Err(fault(self.rule.span().start, what));
        };
        for (name, value) in [("place", &self.place), ("reason", &self.reason)] {
            if value.get_ref().trim().is_empty() {
                return Err(fault(value.span().start, format!("{name}: it is blank")));
            }
        }
        let since = match &self.since {
            Some(since) => Some(day(since).map_err(|what| fault(since.span().start, format!("since: {what}")))?),
            None => None,
        };
        let at = self.until.span().start;
        let until = day(&self.until).map_err(|what| fault(at, format!("until: {what}")))?;
        // Somebody's today may be another's tomorrow.
        let tomorrow = today.tomorrow().unwrap_or(Date::MAX);
        if let (Some(day), Some(raw)) = (since.filter(|since| *since > tomorrow), &self.since) {
            return Err(fault(raw.span().start, format!("since: {day} has not come yet")));
        }
        let latest = latest(since.unwrap_or(tomorrow));
        if until > latest {
            return Err(fault(
                at,
                format!("until: {until} is more than a year ahead; {latest} is the last day that can be"),
            ));
        }
        Ok(Entry {
            finding: self.finding.into_inner(),
            rule: rule.id.to_owned(),
            place: self.place.into_inner(),
            reason: self.reason.into_inner(),
            by: self.by,
            since,
            until,
            count: self.count,
        })
    }
}

fn day(value: &Spanned<Datetime>) -> Result<Date, String> {
    let Datetime { date: Some(date), time: None, offset: None } = value.get_ref() else {
        return Err("a day is wanted, such as 2026-12-31, without a time".to_owned());
    };
    let (year, month, day) = (i16::try_from(date.year), i8::try_from(date.month), i8::try_from(date.day));
    match (year, month, day) {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).map_err(|e| e.to_string()),
        _ => Err("there is no such day".to_owned()),
    }
}

#[cfg(test)]
mod tests;
