//! Changes of a baseline's text that leave everything else in it as it is: comments, order, blank lines.
//!
//! Text is changed by lines and read again. Where that does not give what was meant (entries written as an inline array, for
//! instance) the whole file is written anew, and comments are lost.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::civil::Date;

use super::{Baseline, Entry, Fault, VERSION};

const HEAD: &str = "\
# Findings of `flowbit isolation check` that are accepted for a time. Each has a reason and a last day, at most a year ahead;
# after it, or when more is found than was accepted, the finding is back.
# `flowbit isolation baseline add`, `list` and `remove` keep this file. A comment directly above an entry goes with it.
";

/// The text with these entries in it; those for the same findings are replaced.
///
/// # Errors
/// What is wrong with the text.
pub fn added(text: Option<&str>, entries: &[Entry], today: Date) -> Result<String, Fault> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(whole(&Baseline { entries: entries.to_vec() }));
    };
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.finding.as_str()).collect();
    let mut meant = Baseline::read(text, today)?;
    let mut new = without(text, &meant, &ids);
    meant.entries.retain(|entry| !ids.contains(entry.finding.as_str()));
    meant.entries.extend(entries.iter().cloned());
    if !new.ends_with('\n') {
        new.push('\n');
    }
    entries.iter().for_each(|entry| block(&mut new, entry));
    Ok(settled(new, &meant, today))
}

/// The text without the entries for these findings.
///
/// # Errors
/// What is wrong with the text.
pub fn removed(text: &str, findings: &BTreeSet<&str>, today: Date) -> Result<String, Fault> {
    let mut meant = Baseline::read(text, today)?;
    let new = without(text, &meant, findings);
    meant.entries.retain(|entry| !findings.contains(entry.finding.as_str()));
    Ok(settled(new, &meant, today))
}

/// The changed text where it says what was meant; otherwise the file written anew.
fn settled(new: String, meant: &Baseline, today: Date) -> String {
    if Baseline::read(&new, today).as_ref() == Ok(meant) { new } else { whole(meant) }
}

fn whole(baseline: &Baseline) -> String {
    let mut text = format!("{HEAD}version = {VERSION}\n");
    baseline.entries.iter().for_each(|entry| block(&mut text, entry));
    text
}

/// Takes the lines of entries away, with the comment directly above each.
fn without(text: &str, baseline: &Baseline, findings: &BTreeSet<&str>) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_head = |line: &&str| line.split('#').next().unwrap_or_default().trim() == "[[accepted]]";
    let heads: Vec<usize> = (0..lines.len()).filter(|at| is_head(&lines[*at])).collect();
    let begin = |head: usize| {
        let above = lines[..head].iter().rev().take_while(|line| line.trim_start().starts_with('#')).count();
        head - above
    };
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for (entry, head) in baseline.entries.iter().zip(&heads) {
        if findings.contains(entry.finding.as_str()) {
            let end = heads.iter().find(|next| *next > head).map_or(lines.len(), |next| begin(*next));
            gone.extend(begin(*head)..end);
        }
    }
    let kept: String = lines.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, line)| *line).collect();
    if gone.is_empty() { kept } else { format!("{}\n", kept.trim_end()) }
}

/// A text as TOML has it, on one line.
fn quoted(text: &str) -> String {
    // JSON's escapes are TOML's, but for one character that JSON does not escape.
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn block(out: &mut String, entry: &Entry) {
    let _ = write!(
        out,
        "\n[[accepted]]\nfinding = {}\nrule = {}\nplace = {}\nreason = {}\n",
        quoted(&entry.finding),
        quoted(&entry.rule),
        quoted(&entry.place),
        quoted(&entry.reason)
    );
    if let Some(by) = &entry.by {
        let _ = writeln!(out, "by = {}", quoted(by));
    }
    if let Some(since) = &entry.since {
        let _ = writeln!(out, "since = {since}");
    }
    let _ = writeln!(out, "until = {}", entry.until);
    if let Some(count) = entry.count {
        let _ = writeln!(out, "count = {count}");
    }
}
