//! One command for many organizations: bounded parallelism, one operation for each, one report for all.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::context::{Context, Wishes};
use super::{Done, roster, view};
use crate::domain::OpId;
use crate::error::{Class, Error, Result, code};
use crate::journal::{Outcome, Watch};
use crate::ops::org::find::shell;
use crate::ops::{House, Prepared};
use crate::store::Store;
use crate::ui::{Block, Report, Table, scrub};

/// How many names or commands are shown where there may be hundreds.
const SHOWN: usize = 10;

/// Options of a command for many organizations.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Many {
    /// How many organizations to work on at a time
    #[arg(long, help_heading = "Several organizations", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
    /// Begin no further one when so many have failed; those that run are finished
    #[arg(long, help_heading = "Several organizations", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    max_failures: u32,
}

/// What is done to each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verb {
    /// The schema of the report.
    pub schema: &'static str,
    /// `delete`
    pub word: &'static str,
    /// `Deleted`
    pub past: &'static str,
}

/// A command for many organizations.
pub(crate) struct Fleet<'a> {
    pub context: &'a Context<'a>,
    pub store: &'a Store,
    pub wishes: Wishes,
    pub many: Many,
    pub verb: Verb,
    /// Only plans are made: all of them, whatever fails.
    pub dry_run: bool,
    /// Whether names are all that the command needs.
    pub by_name: bool,
}

/// What became of one organization.
#[derive(Debug, Default)]
pub(crate) struct One {
    /// The operation, where there was something to do.
    pub operation: Option<OpId>,
    /// How long it took.
    pub took: Duration,
    /// Further facts for machines.
    pub more: Vec<(&'static str, Value)>,
    /// The plan in short, for people.
    pub short: String,
    /// Things to know.
    pub warnings: Vec<String>,
}

impl One {
    /// An operation that went the way it was to go.
    ///
    /// # Errors
    /// Why it went back.
    pub(crate) fn done(outcome: Result<Outcome>, mut warnings: Vec<String>) -> Result<Self> {
        let outcome = view::finished(outcome?)?;
        warnings.extend(view::notes(&outcome));
        Ok(Self { operation: Some(outcome.record.id), took: outcome.took, warnings, ..Self::default() })
    }

    /// An operation that could begin.
    pub(crate) fn planned(prepared: &Prepared, view: &impl serde::Serialize, facts: Vec<(String, String)>) -> Self {
        let steps = prepared.record.plan.lines().len();
        // `collections: 2 collections` says it twice.
        let fact = |(name, value): (String, String)| match value.contains(name.trim_end_matches('s')) {
            true => value,
            false => format!("{name}: {value}"),
        };
        let facts: Vec<String> = facts.into_iter().map(fact).collect();
        let plan = serde_json::to_value(view).unwrap_or(Value::Null);
        Self {
            operation: Some(prepared.record.id.clone()),
            more: vec![("plan", plan), ("steps", Value::from(steps))],
            short: format!("{}; {steps} steps", facts.join("; ")),
            warnings: prepared.warnings.clone(),
            ..Self::default()
        }
    }

    /// Nothing was to be done.
    pub(crate) fn unchanged() -> Self {
        Self { short: "nothing to do".to_owned(), ..Self::default() }
    }

    /// Adds a fact for machines.
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((key, value.into()));
        self
    }
}

/// The last moment before an operation begins: whoever wants to stop gets no operation that did nothing.
///
/// # Errors
/// `E1301`.
pub(crate) fn still_wanted(house: &House<'_>) -> Result<()> {
    if house.interrupt.is_asked() {
        return Err(Error::new(&code::CANCELLED, "interrupted; nothing was changed"));
    }
    Ok(())
}

/// The steps of single operations are not told where several run.
struct Silent;

impl Watch for Silent {
    fn step(&self, _number: usize, _of: usize, _what: &str) {}
}

/// What became of all.
pub(crate) struct Tally {
    names: Vec<String>,
    done: BTreeMap<usize, One>,
    failed: BTreeMap<usize, Error>,
    took: Duration,
}

impl Fleet<'_> {
    /// What to show before it is agreed to.
    pub(crate) fn preview(&self, names: &[String]) -> Vec<Block> {
        let title = format!("{} {} organizations", capital(self.verb.word), names.len());
        let blocks = vec![
            Block::Heading(title),
            Block::Facts(vec![
                ("organizations".to_owned(), shortened(names)),
                ("at a time".to_owned(), self.many.jobs.to_string()),
            ]),
        ];
        view::on(self.store, blocks)
    }

    /// Works on all of them, so many at a time.
    pub(crate) async fn drive<T>(
        &self,
        items: &[(String, T)],
        work: impl AsyncFn(&House<'_>, &str, &T) -> Result<One>,
    ) -> Result<Tally> {
        let start = Instant::now();
        let progress = self.context.progress();
        let (next, ended, failures) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let outcomes: Mutex<Vec<(usize, Result<One>)>> = Mutex::default();
        let limit =
            if self.dry_run { usize::MAX } else { usize::try_from(self.many.max_failures).unwrap_or(usize::MAX) };
        let worker = async || -> Result<()> {
            let store = self.store.sibling();
            let house = self.context.house(&store, self.wishes, &Silent)?;
            while failures.load(Ordering::SeqCst) < limit && !self.context.interrupt.is_asked() {
                let at = next.fetch_add(1, Ordering::SeqCst);
                let Some((name, item)) = items.get(at) else { break };
                progress.step(ended.load(Ordering::SeqCst), items.len(), &format!("{} {name}", self.verb.word));
                let outcome = work(&house, name, item).await;
                if matches!(&outcome, Err(error) if error.code() == &code::CANCELLED) {
                    break;
                }
                failures.fetch_add(usize::from(outcome.is_err()), Ordering::SeqCst);
                let count = ended.fetch_add(1, Ordering::SeqCst) + 1;
                progress.step(count, items.len(), &format!("{} {name}", self.verb.word));
                outcomes.lock().map_err(|_| broken())?.push((at, outcome));
            }
            Ok(())
        };
        let workers = join_all((0..usize::from(self.many.jobs).min(items.len())).map(|_| worker())).await;
        progress.finish();
        workers.into_iter().collect::<Result<()>>()?;
        let names = items.iter().map(|(name, _)| name.clone()).collect();
        let mut tally = Tally { names, done: BTreeMap::new(), failed: BTreeMap::new(), took: start.elapsed() };
        for (at, outcome) in outcomes.into_inner().map_err(|_| broken())? {
            match outcome {
                Ok(one) => drop(tally.done.insert(at, one)),
                Err(error) => drop(tally.failed.insert(at, error)),
            }
        }
        Ok(tally)
    }

    /// There is none to work on.
    pub(crate) fn nothing(&self, line: &str) -> Done {
        let data = json!({ "done": [], "failed": [], "skipped": [] });
        Report::new(self.verb.schema, &data).line(line).into()
    }

    /// The plans in short.
    pub(crate) fn planned(&self, tally: &Tally, again: &str) -> Done {
        let count = tally.names.len();
        let title = format!("{} {count} organizations", capital(self.verb.word));
        let rows = tally.done.iter().map(|(at, one)| vec![tally.names[*at].clone(), one.short.clone()]).collect();
        let mut report = Report::new(self.verb.schema, &tally.data("plan"))
            .ok(tally.failed.is_empty())
            .named(tally.names_done())
            .show(Block::Heading(title))
            .show_all(view::on(self.store, Vec::new()))
            .line("")
            .show(Block::Table(Table { head: vec!["organization", "plan"], rows }));
        report = tally.with_failures(report.warn(tally.warnings()));
        if tally.failed.is_empty() {
            report = report.next(format!("{again} --confirm {count}"));
        }
        Done::Report(Box::new(report), tally.exit())
    }

    /// What was done, what failed, and what was not begun.
    pub(crate) fn report(&self, tally: &Tally) -> Done {
        let (past, took) = (self.verb.past, view::seconds(tally.took));
        let line = format!("{past} {} of {} organizations in {took}.", tally.done.len(), tally.names.len());
        let mut report = Report::new(self.verb.schema, &tally.data("done"))
            .ok(tally.exit() == 0)
            .changed(tally.changed())
            .named(tally.names_done())
            .line(line);
        if matches!(self.context.terminal.format, crate::ui::Format::Csv) {
            report = report.show(tally.table());
        }
        report = tally.with_failures(report.warn(tally.warnings()));
        let skipped = tally.skipped();
        if !skipped.is_empty() {
            let why = if self.context.interrupt.is_asked() { "after the interrupt" } else { "after so many failures" };
            report = report.line("").line(format!("Not begun {why}: {}.", shortened(&skipped)));
            if self.by_name && skipped.len() <= SHOWN {
                report = report.next(roster::again(self.verb.word, &skipped, None));
            }
        }
        Done::Report(Box::new(report), tally.exit())
    }
}

impl Tally {
    fn names_done(&self) -> Vec<String> {
        self.done.keys().map(|at| self.names[*at].clone()).collect()
    }

    fn skipped(&self) -> Vec<String> {
        let ended = |at: &usize| self.done.contains_key(at) || self.failed.contains_key(at);
        self.names.iter().enumerate().filter(|(at, _)| !ended(at)).map(|(_, name)| name.clone()).collect()
    }

    fn changed(&self) -> bool {
        self.done.values().any(|one| one.operation.is_some()) || self.failed.values().any(Error::changed)
    }

    /// 0 when all is done; 11 when an operation waits after an interrupt; 7 when some is done; otherwise what kept the
    /// first from being done.
    fn exit(&self) -> u8 {
        let all = self.done.len() == self.names.len();
        match self.failed.values().next() {
            _ if all => 0,
            _ if self.failed.values().any(|error| error.code() == &code::INTERRUPTED) => Class::Interrupted.exit(),
            _ if !self.done.is_empty() => Class::Partial.exit(),
            Some(first) => first.exit(),
            None => Class::Cancelled.exit(),
        }
    }

    /// `word` is what those are called that went well.
    fn data(&self, word: &str) -> Value {
        let done: Vec<Value> = self
            .done
            .iter()
            .map(|(at, one)| {
                let mut item = json!({ "name": self.names[*at] });
                if word == "done" {
                    item["changed"] = json!(one.operation.is_some());
                    item["operation"] = json!(one.operation);
                    item["seconds"] = json!(one.took.as_secs_f64());
                }
                for (key, value) in &one.more {
                    item[*key] = value.clone();
                }
                item
            })
            .collect();
        let failed: Vec<Value> = self
            .failed
            .iter()
            .map(|(at, error)| {
                json!({
                    "name": self.names[*at], "code": error.code().id, "changed": error.changed(),
                    "message": scrub(error.message()), "next": error.actions(),
                })
            })
            .collect();
        json!({ word: done, "failed": failed, "skipped": self.skipped() })
    }

    /// Every organization in a row.
    fn table(&self) -> Block {
        let row = |at: usize, name: &String| {
            let [state, operation, seconds, why] = match (self.done.get(&at), self.failed.get(&at)) {
                (Some(one), _) => {
                    let operation = one.operation.as_ref().map(ToString::to_string).unwrap_or_default();
                    ["done".to_owned(), operation, one.took.as_secs_f64().to_string(), String::new()]
                }
                (None, Some(error)) => [
                    "failed".to_owned(),
                    String::new(),
                    String::new(),
                    format!("{}: {}", error.code().id, scrub(error.message())),
                ],
                (None, None) => ["skipped".to_owned(), String::new(), String::new(), String::new()],
            };
            vec![name.clone(), state, operation, seconds, why]
        };
        let rows = self.names.iter().enumerate().map(|(at, name)| row(at, name)).collect();
        Block::Table(Table { head: vec!["name", "state", "operation", "seconds#", "why"], rows })
    }

    fn with_failures(&self, mut report: Report) -> Report {
        if self.failed.is_empty() {
            return report;
        }
        let row = |(at, error): (&usize, &Error)| {
            vec![self.names[*at].clone(), error.code().id.to_owned(), scrub(error.message())]
        };
        let rows = self.failed.iter().map(row).collect();
        report = report.line("").show(Block::Table(Table { head: vec!["failed", "code", "why"], rows }));
        let mut next: Vec<&String> = Vec::new();
        // Operations that wait come first: they hold their organizations until somebody decides.
        let (open, others): (Vec<&Error>, Vec<&Error>) = self.failed.values().partition(|error| error.changed());
        for action in open.iter().chain(&others).filter_map(|error| error.actions().first()) {
            if !next.contains(&action) {
                next.push(action);
            }
        }
        let left = next.len().saturating_sub(SHOWN);
        report.next.extend(next.into_iter().take(SHOWN).cloned());
        if left > 0 {
            report = report.next(format!("and {left} more: with --json each stands beside its organization"));
        }
        report
    }

    /// What was warned of, once, with those it is about.
    fn warnings(&self) -> Vec<String> {
        let mut about: BTreeMap<&String, Vec<String>> = BTreeMap::new();
        for (at, one) in &self.done {
            for warning in &one.warnings {
                about.entry(warning).or_default().push(self.names[*at].clone());
            }
        }
        let all = self.done.len();
        let said = |(warning, names): (&String, Vec<String>)| match names.len() {
            n if n == all => warning.clone(),
            _ => format!("{}: {warning}", shortened(&names)),
        };
        about.into_iter().map(said).collect()
    }
}

/// Some of the names, and how many more there are.
fn shortened(names: &[String]) -> String {
    let mut shown = names.iter().take(SHOWN).map(|name| shell(name)).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        shown.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    shown
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn broken() -> Error {
    Error::new(&code::INTERNAL, "a worker of this command ended badly").after_changes().next("flowbit op list --open")
}
