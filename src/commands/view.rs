//! How things are written for people, in one way everywhere.

use std::time::Duration;

pub(crate) use crate::domain::numbers::{count, thousands};
use crate::domain::record::Record;
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::ops::org::find::shell;
use crate::ops::token::Aftermath;
use crate::store::Store;
use crate::ui::{Block, Report};

/// `1.4 MiB`
#[allow(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
pub(crate) fn bytes(n: u64) -> String {
    let mut value = n as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{n} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// `0.031 s`
pub(crate) fn seconds(took: Duration) -> String {
    format!("{:.3} s", took.as_secs_f64())
}

/// An RFC 3339 time as the reader's clock shows it, with its offset.
pub(crate) fn local_time(rfc3339: &str) -> String {
    let Ok(moment) = rfc3339.parse::<jiff::Timestamp>() else { return rfc3339.to_owned() };
    moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
}

/// A plan with the place in it where it would be carried out: nobody should agree to a change of another server.
pub(crate) fn on(store: &Store, mut blocks: Vec<Block>) -> Vec<Block> {
    let place = format!("{} at {}", store.master(), store.hosts());
    let row = ("database".to_owned(), place);
    match blocks.iter_mut().find_map(|block| if let Block::Facts(facts) = block { Some(facts) } else { None }) {
        Some(facts) => facts.insert(0, row),
        None => blocks.push(Block::Facts(vec![row])),
    }
    blocks
}

/// The steps of a plan, for people.
pub(crate) fn steps(record: &Record) -> Vec<Block> {
    let mut blocks = vec![Block::Line(String::new()), Block::Heading("steps".to_owned())];
    blocks
        .extend(record.plan.lines().iter().enumerate().map(|(i, line)| Block::Line(format!("  {:>2}. {line}", i + 1))));
    blocks
}

/// A plan that somebody is asked about, with what speaks against it.
pub(crate) fn with_warnings(mut blocks: Vec<Block>, warnings: &[String]) -> Vec<Block> {
    if !warnings.is_empty() {
        blocks.push(Block::Line(String::new()));
    }
    blocks.extend(warnings.iter().map(|warning| Block::Line(format!("warning: {warning}"))));
    blocks
}

/// A plan as data.
pub(crate) fn plan_data(record: &Record, view: &impl serde::Serialize) -> serde_json::Value {
    serde_json::json!({ "plan": view, "steps": record.plan.lines() })
}

/// The end of an operation that went the way it was to go, or the reason why it went back.
pub(crate) fn finished(outcome: Outcome) -> Result<Outcome> {
    match outcome.turned {
        None => Ok(outcome),
        Some(why) => {
            let error = Error::new(why.code(), format!("{}; everything was put back as it was", why.message()));
            let error = error.next(format!("flowbit op show {}", outcome.record.id));
            Err(match why.code() == &code::TARGET_OCCUPIED {
                true => error.next("repeat with another name"),
                false => error.next("repeat the command when the cause is removed"),
            })
        }
    }
}

/// The report of a change that was made: `word` is the name of what was seen in the data.
pub(crate) fn done(
    schema: &'static str,
    (word, seen): (&str, &impl serde::Serialize),
    line: String,
    mut facts: Vec<(String, String)>,
    outcome: &Outcome,
) -> Report {
    let (operation, took) = (&outcome.record.id, outcome.took);
    let data = serde_json::json!({ word: seen, "operation": operation, "seconds": took.as_secs_f64() });
    facts.push(("operation".to_owned(), operation.to_string()));
    facts.push(("took".to_owned(), seconds(took)));
    with_notes(Report::new(schema, &data).changed(true).line(line).show(Block::Facts(facts)), outcome)
}

/// Says which tokens are concerned by a change of an organization: what became of them, and its name where they can be
/// listed under it.
pub(crate) fn with_tokens(mut report: Report, tokens: Option<&Aftermath>, (became, org): (&str, &str)) -> Report {
    let Some(tokens) = tokens else { return report };
    if let Some(data) = report.data.as_object_mut() {
        data.insert("tokens".to_owned(), serde_json::json!(tokens));
    }
    if org.is_empty() && tokens.accepted {
        let others = local_time(&tokens.others_until);
        report = report.warn([format!(
            "the backend does not look whether an account is in force: it accepts tokens of this organization until {others}"
        )]);
    }
    if let Some(until) = &tokens.known_until {
        let known = count(tokens.known, "token");
        report = report.warn([format!("{known} that flowbit issued {became}, the last until {}", local_time(until))]);
        if !org.is_empty() {
            report = report.next(format!("flowbit token list --org {} --stale", shell(org)));
        }
    }
    report
}

/// What the operation noted, as warnings.
pub(crate) fn with_notes(report: Report, outcome: &Outcome) -> Report {
    report.warn(notes(outcome))
}

/// What the operation noted.
pub(crate) fn notes(outcome: &Outcome) -> Vec<String> {
    let folded = outcome.record.folded();
    let strays = folded.strays.iter().filter(|stray| stray.differs.is_some()).map(|stray| {
        format!(
            "{} documents written under the old name differ from those of the same _id; they are kept in {}",
            stray.differs.unwrap_or_default(),
            stray.at
        )
    });
    folded.notes.iter().cloned().chain(strays).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(bytes(1_500_000), "1.4 MiB");
        assert_eq!(bytes(12), "12 B");
    }
}
