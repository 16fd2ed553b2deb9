//! What is wrong with a platform: the server, the journal, and whether records, accounts, stores, keys and indexes agree.
//!
//! Only reads. Each rule ends as `ok`, `found` or `not_checkable`: what could not be looked at is said, with the reason.

mod accounts;
pub(in crate::ops) mod estate;
mod indexes;
mod keys;
mod links;
pub(in crate::ops) mod mend;
mod operations;
mod registry;
pub mod rules;
mod secrets;
mod server;
pub(in crate::ops) mod stores;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use bson::Bson;
use serde::Serialize;

use super::House;
use super::org::Org;
use super::org::kept::org_entry;
pub use crate::domain::isolation::State;
use crate::domain::template::plain;
use crate::error::{Class, Result};
use estate::Estate;
use rules::Rule;
pub use rules::Severity;

/// How many identifiers a finding gives as evidence.
const EVIDENCE: i64 = 3;

/// One thing found.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// The known fault that it is an instance of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: String,
    /// What was seen there.
    pub evidence: String,
    /// The command that repairs it, or that shows what has to be decided first.
    pub repair: String,
    /// The command that only shows it, where the repair is another.
    #[serde(skip)]
    pub look: Option<String>,
    /// The organizations concerned, where that is known.
    #[serde(skip)]
    pub tenants: Vec<String>,
}

/// What to do about a finding.
#[derive(Debug, Clone)]
struct Mend {
    repair: String,
    look: Option<String>,
    tenants: Vec<String>,
}

impl From<String> for Mend {
    fn from(repair: String) -> Self {
        Self { repair, look: None, tenants: Vec::new() }
    }
}

impl Mend {
    /// The command that shows it.
    fn shown_by(mut self, look: String) -> Self {
        self.look = Some(look);
        self
    }

    /// Whom it concerns.
    fn of<'o>(mut self, orgs: impl IntoIterator<Item = &'o Org>) -> Self {
        self.tenants = orgs.into_iter().map(|org| org.name.as_str().to_owned()).collect();
        self
    }
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
    /// The organization it is limited to.
    only: Option<Org>,
    /// Operations that are open, by the organization they hold.
    busy: BTreeMap<String, String>,
    /// Everything that open operations hold: names of organizations, collections and databases.
    reserved: BTreeSet<String>,
    states: BTreeMap<&'static str, (State, Option<String>)>,
    findings: Vec<Finding>,
}

/// Why rules about the whole platform are left out.
const ONE_ONLY: &str = "asked about one organization only";

impl Exam<'_> {
    /// Whether an organization is to be looked at.
    fn concerns(&self, org: &Org) -> bool {
        self.only.as_ref().is_none_or(|only| only.id == org.id)
    }

    /// Adds a finding of the rule's own severity.
    fn found(
        &mut self,
        rule: &'static Rule,
        place: impl Into<String>,
        evidence: impl Into<String>,
        repair: impl Into<Mend>,
    ) {
        self.found_as(rule.severity, rule, place, evidence, repair);
    }

    /// Adds a finding.
    fn found_as(
        &mut self,
        severity: Severity,
        rule: &'static Rule,
        place: impl Into<String>,
        evidence: impl Into<String>,
        mend: impl Into<Mend>,
    ) {
        let Mend { repair, look, tenants } = mend.into();
        let finding = Finding {
            rule: rule.id,
            fault: rule.fault,
            severity,
            place: place.into(),
            evidence: evidence.into(),
            repair,
            look,
            tenants,
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
        self.states.insert(rule.id, (State::Found, None));
    }

    /// Adds a finding about an organization. While an operation is open on it, that comes first.
    fn found_of(
        &mut self,
        org: &Org,
        rule: &'static Rule,
        place: impl Into<String>,
        evidence: impl Into<String>,
        repair: impl Into<Mend>,
    ) {
        if !self.concerns(org) {
            return;
        }
        match self.busy.get(&org_entry(&org.id)).cloned() {
            Some(op) => {
                let evidence = format!("{} (operation {op} is open on it and may be the reason)", evidence.into());
                let mend = Mend { repair: format!("flowbit op show {op}"), ..repair.into().of([org]) };
                self.found_as(Severity::Info, rule, place, evidence, mend);
            }
            None => self.found(rule, place, evidence, repair.into().of([org])),
        }
    }

    /// Notes that a rule was looked at.
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

    /// Notes the end of an inspection: what the server refused is not checkable, what breaks the connection ends it all.
    fn settle(&mut self, rules: &[&'static Rule], outcome: Result<()>) -> Result<()> {
        match outcome {
            Ok(()) => rules.iter().for_each(|rule| self.checked(rule)),
            Err(error) if matches!(error.code().class, Class::Unavailable) => return Err(error),
            Err(error) => rules.iter().for_each(|rule| self.cannot(rule, error.message())),
        }
        Ok(())
    }
}

impl House<'_> {
    /// Looks for everything that is known to go wrong; limited to one organization on request.
    ///
    /// # Errors
    /// `E0201` for an unknown organization, and what keeps us from the server.
    pub async fn doctor(&self, only: Option<&str>) -> Result<Diagnosis> {
        let house: &House<'_> = self;
        let mut exam = Exam {
            house,
            only: None,
            busy: BTreeMap::new(),
            reserved: BTreeSet::new(),
            states: BTreeMap::new(),
            findings: Vec::new(),
        };
        self.watch.step(1, 6, "the server");
        let estate = Estate::load(self).await;
        if let (Some(name), Ok(estate)) = (only, &estate) {
            exam.only = Some(self.load_org(&estate.orgs, name).await?.clone());
        }
        server::examine(&mut exam, estate.as_ref().ok()).await?;
        self.watch.step(2, 6, "the journal");
        operations::examine(&mut exam).await?;
        match estate {
            Ok(estate) => exam.organizations(&estate).await?,
            Err(error) if matches!(error.code().class, Class::Unavailable) => return Err(error),
            Err(error) => rules::all().iter().for_each(|rule| {
                if !exam.states.contains_key(rule.id) {
                    exam.cannot(rule, error.message());
                }
            }),
        }
        Ok(exam.end())
    }
}

impl House<'_> {
    /// Only what concerns stores and copies of names.
    pub(in crate::ops) async fn examine_stores(&self, estate: &Estate, only: Option<Org>) -> Result<Diagnosis> {
        let mut exam = Exam {
            house: self,
            only,
            busy: BTreeMap::new(),
            reserved: BTreeSet::new(),
            states: BTreeMap::new(),
            findings: Vec::new(),
        };
        operations::open(&mut exam).await?;
        stores::examine(&mut exam, estate).await?;
        Ok(exam.end())
    }
}

impl Exam<'_> {
    async fn organizations(&mut self, estate: &Estate) -> Result<()> {
        let watch = self.house.watch;
        watch.step(3, 6, "the stores");
        stores::examine(self, estate).await?;
        watch.step(4, 6, "the accounts");
        let told = accounts::examine(self, estate).await?;
        watch.step(5, 6, "the tenant keys");
        keys::examine(self, estate, &told).await?;
        watch.step(6, 6, "the indexes");
        indexes::examine(self, estate).await
    }

    fn end(mut self) -> Diagnosis {
        self.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(b.rule)));
        let checks = rules::all().iter().map(|rule| {
            let unseen = || (State::NotCheckable, Some("it was not looked at".to_owned()));
            let (state, why) = self.states.get(rule.id).cloned().unwrap_or_else(unseen);
            Check { rule: rule.id, title: rule.title, state, why }
        });
        Diagnosis { checks: checks.collect(), findings: self.findings }
    }
}

/// Identifiers as evidence.
fn ids(ids: &[Bson]) -> String {
    let shown: Vec<String> = ids.iter().map(plain).collect();
    format!("_id {}", shown.join(", "))
}

/// `1 document`, `2 documents`.
fn count(n: u64, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}
