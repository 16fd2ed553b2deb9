//! What is wrong with a trail: what its entries leave out, what they should not say, and what went across tenants.
//!
//! Only reads. The entries are looked at once, whatever the number of rules; accounts and tickets are asked for in batches.

mod actors;
mod findings;
mod leaks;
mod pass;
mod rules;
mod targets;
mod tenants;
mod times;

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};
use serde::Serialize;

use super::Window;
use crate::domain::audit::Trail;
use crate::domain::catalog::CollectionKind;
use crate::domain::plan::Namespace;
use crate::domain::severity::Severity;
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::House;
use crate::ops::doctor::State;
use crate::ops::org::Org;
use actors::People;
use pass::{Meetings, PAIRS, Pass, Seen, TIMES, Tally};
use rules::Rule;
use tenants::Tenants;

/// One thing found.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// What it looks for.
    pub title: &'static str,
    /// The known fault that it is an instance of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// How bad it is.
    pub severity: Severity,
    /// Where: a collection, a path of entries, or two tenants.
    pub place: String,
    /// How many entries.
    pub count: u64,
    /// The identifiers of some.
    pub examples: Vec<String>,
    /// What was seen there; never a secret.
    pub evidence: String,
    /// The command that repairs it, or that shows what has to be decided first.
    pub repair: String,
}

/// One rule, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The rule.
    pub rule: &'static str,
    /// What it looks for.
    pub title: &'static str,
    /// What became of it.
    pub state: State,
    /// Why it could not be looked at, or only in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Everything that was looked at, and what was found.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnosis {
    /// The collection.
    pub trail: String,
    /// Entries that were looked at.
    pub entries: u64,
    /// Every rule.
    pub checks: Vec<Check>,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// The worst of the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// An examination under way.
struct Exam<'h> {
    house: &'h House<'h>,
    trail: Trail,
    ns: Namespace,
    tenants: Tenants,
    only: Option<u32>,
    states: BTreeMap<&'static str, (State, Option<String>)>,
    findings: Vec<Finding>,
}

impl Exam<'_> {
    fn checked(&mut self, rule: &'static Rule) {
        self.states.entry(rule.id).or_insert((State::Ok, None));
    }

    /// Notes that a rule could not be looked at, or not everywhere.
    fn cannot(&mut self, rule: &'static Rule, why: impl Into<String>) {
        let state = self.states.entry(rule.id).or_insert((State::NotCheckable, None));
        if state.0 == State::Ok {
            state.0 = State::NotCheckable;
        }
        state.1.get_or_insert(why.into());
    }

    fn found(&mut self, rule: &'static Rule, place: String, tally: &Tally, evidence: String, repair: String) {
        self.findings.push(Finding {
            rule: rule.id,
            title: rule.title,
            fault: rule.fault,
            severity: rule.severity,
            place,
            count: tally.count,
            examples: tally.examples.iter().map(plain).collect(),
            evidence,
            repair,
        });
        let why = self.states.get(rule.id).and_then(|(_, why)| why.clone());
        self.states.insert(rule.id, (State::Found, why));
    }

    fn end(mut self, entries: u64) -> Diagnosis {
        self.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(b.rule)).then(b.count.cmp(&a.count)));
        let checks = rules::all().iter().map(|rule| {
            let unseen = || (State::NotCheckable, Some("it was not looked at".to_owned()));
            let (state, why) = self.states.get(rule.id).cloned().unwrap_or_else(unseen);
            Check { rule: rule.id, title: rule.title, state, why }
        });
        Diagnosis { trail: self.trail.collection.clone(), entries, checks: checks.collect(), findings: self.findings }
    }
}

impl House<'_> {
    /// Looks at a trail for what is known to go wrong; limited to one organization and a stretch of time on request.
    ///
    /// Entries of others count for one organization only where they are about its tickets.
    ///
    /// # Errors
    /// What keeps us from the server.
    pub async fn audit_doctor(&self, only: Option<&Org>, window: Window) -> Result<Diagnosis> {
        let trail = self.trail();
        let ns = self.master(&trail.collection);
        self.watch.step(1, 4, "the collection");
        let tenants = Tenants::load(self, &trail).await?;
        let only = only.and_then(|org| tenants.living().find(|(_, other)| other.id == org.id).map(|(at, _)| at));
        let house: &House<'_> = self;
        let mut exam = Exam { house, trail, ns, tenants, only, states: BTreeMap::new(), findings: Vec::new() };
        if !exam.collection().await? {
            return Ok(exam.end(0));
        }
        self.watch.step(2, 4, "the entries");
        let mut seen = exam.pass(&window).await?;
        self.watch.step(3, 4, "the accounts");
        let people = People::find(self, &exam.tenants, &seen).await?;
        exam.judge_actors(&mut seen, &people);
        exam.judge_entries(&mut seen).await?;
        self.watch.step(4, 4, "the tickets");
        exam.judge_targets(&seen).await?;
        Ok(exam.end(seen.entries))
    }
}

impl Exam<'_> {
    /// The collection itself. Says whether there are entries to look at.
    async fn collection(&mut self) -> Result<bool> {
        let nothing = Tally::default();
        if self.trail.is_own() {
            let evidence = format!(
                "the description has no [audit]: the backend writes none, and flowbit keeps what it does itself in {}",
                self.ns.coll
            );
            let repair = "have the backend write one and describe it under [audit]; `flowbit init` looks for it";
            self.found(&rules::NO_TRAIL, self.house.platform.platform.clone(), &nothing, evidence, repair.to_owned());
        } else {
            self.checked(&rules::NO_TRAIL);
        }
        let there = self.house.store.at(&self.ns).await?;
        let Some(info) = there.filter(|info| info.kind == CollectionKind::Collection) else {
            if !self.trail.is_own() {
                let evidence = format!("the description names {} and there is no such collection", self.ns);
                let repair = "flowbit init --out found.toml   # looks which trail there is".to_owned();
                self.found(&rules::NO_TRAIL, self.ns.to_string(), &nothing, evidence, repair);
            }
            rules::all().iter().for_each(|rule| {
                if !self.states.contains_key(rule.id) {
                    self.cannot(rule, format!("there is no collection {}", self.ns));
                }
            });
            return Ok(false);
        };
        self.checked(&rules::CAPPED);
        if info.options.get_bool("capped").unwrap_or(false) {
            let evidence = "the collection is capped: new entries push the oldest out, and nobody is told".to_owned();
            let repair = "copy it into a collection that is not capped, with the backend stopped".to_owned();
            self.found(&rules::CAPPED, self.ns.to_string(), &nothing, evidence, repair);
        }
        self.indexes().await?;
        Ok(true)
    }

    /// Looks at every entry once.
    async fn pass(&mut self, window: &Window) -> Result<Seen> {
        let filter = match window.condition() {
            None => Document::new(),
            // What has no date there is in no stretch of time, and to be found all the same.
            Some(bounds) => {
                let time = self.trail.time.as_str();
                doc! { "$or": [{ time: bounds }, { time: { "$not": { "$type": "date" } } }] }
            }
        };
        let now = self.house.store.server_time().await?.timestamp_millis();
        let tickets = self.house.platform.tickets.is_some() && !self.trail.targets.is_empty() && !self.trail.is_own();
        let mut pass =
            Pass { trail: &self.trail, tenants: &self.tenants, only: self.only, now, tickets, seen: Seen::default() };
        let watch = self.house.watch;
        let mut n: u64 = 0;
        self.house
            .store
            .each_raw(&self.ns, filter, |entry| {
                pass.look(entry);
                n += 1;
                if n.is_multiple_of(20_000) {
                    watch.progress(n, None);
                }
            })
            .await?;
        let seen = pass.seen;
        if seen.times_full {
            self.cannot(&rules::GAP, format!("the first {TIMES} entries were looked at"));
        }
        Ok(seen)
    }

    fn partly(&mut self, rule: &'static Rule, meetings: &Meetings) {
        if meetings.full {
            self.cannot(rule, format!("the first {PAIRS} different ones were looked at, the others were not"));
        }
    }
}

/// Identifiers of entries, as a filter that finds them.
fn these(examples: &[Bson]) -> Document {
    doc! { "_id": { "$in": examples.to_vec() } }
}
