//! Looks for leaks between tenants in records, accounts, documents, indexes, views and rights. Only reads.
//!
//! Accounts are read first; then every collection once, whatever the number of rules, two at a time; identifiers that are
//! nobody's account are looked up afterwards. Each rule ends as `ok`, `found` or `not_checkable`: what could not be looked
//! at is said, with the reason.

mod accounts;
mod files;
mod grantees;
mod ident;
mod indexes;
mod keys;
mod leaks;
mod lens;
mod open;
mod pass;
mod people;
mod read;
mod sources;
mod stores;
mod tenants;
mod tokens;
mod views;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use bson::{Bson, Document};

use self::ident::Maker;
use self::people::People;
use self::tenants::Tenants;
use crate::domain::audit::Trail;
use crate::domain::description::Layout;
use crate::domain::isolation::{Check, Coverage, Finding, Report, Rule, State, Way, rules};
use crate::domain::plan::Namespace;
use crate::domain::template::plain;
use crate::error::{Class, Result};
use crate::journal::parse;
use crate::ops::House;
use crate::ops::doctor::estate::Estate;
use crate::ops::doctor::mend;
use crate::ops::org::Org;

/// Findings of one rule in one collection that are told one by one.
const MOST: usize = 200;

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only what concerns this organization.
    pub org: Option<String>,
    /// Only these rules; all where there are none.
    pub rules: Vec<&'static Rule>,
    /// Read no more documents of a collection than this.
    pub sample: Option<u64>,
}

/// Rules about the values of documents: only these need every document.
const DEEP: [&Rule; 10] = [
    &rules::REFERENCE,
    &rules::EVIDENCE,
    &rules::ACTION,
    &rules::FOREIGN,
    &rules::COPY,
    &rules::SECRET,
    &rules::SPILLED,
    &rules::UNDESCRIBED,
    &rules::ROLE,
    &rules::FILE,
];

/// Rules whose findings concern every tenant where they name none.
const ALL_OF_US: [&Rule; 8] = [
    &rules::UNIQUE,
    &rules::KEY_FIRST,
    &rules::TTL,
    &rules::SEARCH,
    &rules::VIEW_MATCH,
    &rules::LOOKUP,
    &rules::EMAIL_TWICE,
    &rules::SECRET,
];

/// Rules about tenant keys, which indexes can answer.
const KEYS: [&Rule; 6] = [
    &rules::KEY_MISSING,
    &rules::KEY_NULL,
    &rules::KEY_TYPE,
    &rules::KEY_UNKNOWN,
    &rules::KEY_SPELLING,
    &rules::KEY_SEVERAL,
];

/// An examination under way.
struct Exam<'h> {
    house: &'h House<'h>,
    estate: Estate,
    tenants: Arc<Tenants>,
    people: Arc<People>,
    maker: Maker,
    trail: Trail,
    only: Option<u32>,
    rules: Vec<&'static Rule>,
    sample: Option<u64>,
    states: BTreeMap<&'static str, (State, Option<String>)>,
    findings: Vec<Finding>,
    /// The platform's owners, by numbers of their identifiers.
    core: HashSet<u64>,
    /// Identifiers of findings that are told.
    told: HashSet<String>,
    coverage: Vec<Coverage>,
}

/// Why there is nothing to say about keys.
const KEYLESS: &str = "documents carry no tenant key here: each tenant has a store of its own";

/// Why rules about the whole platform are left out.
const ONE_ONLY: &str = "asked about one organization only";

impl Exam<'_> {
    /// Whether a rule is asked for.
    fn wants(&self, rule: &Rule) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|wanted| wanted.id == rule.id)
    }

    fn wants_any(&self, rules: &[&Rule]) -> bool {
        rules.iter().any(|rule| self.wants(rule))
    }

    /// Adds a finding, if its rule is asked for and it concerns whom it was asked about.
    fn found(&mut self, finding: Finding) {
        let Some(rule) = Rule::find(finding.rule).filter(|rule| self.wants(rule)) else { return };
        if let Some(only) = self.only {
            let name = self.tenants.name(only);
            if finding.tenants.is_empty() && !ALL_OF_US.iter().any(|rule| rule.id == finding.rule) {
                return self.partly(rule, ONE_ONLY);
            }
            if !finding.tenants.is_empty() && !finding.tenants.iter().any(|tenant| tenant == name) {
                return;
            }
        }
        if !self.told.insert(finding.id.clone()) {
            return;
        }
        let why = self.states.get(rule.id).and_then(|(_, why)| why.clone());
        self.states.insert(rule.id, (State::Found, why));
        self.findings.push(finding);
    }

    /// Notes that a rule was looked at.
    fn checked(&mut self, rule: &'static Rule) {
        self.states.entry(rule.id).or_insert((State::Ok, None));
    }

    /// Notes that a rule was looked at in part only.
    fn partly(&mut self, rule: &'static Rule, why: impl Into<String>) {
        let state = self.states.entry(rule.id).or_insert((State::Ok, None));
        state.1.get_or_insert(why.into());
    }

    /// Notes that there is nothing of the kind that a rule looks at.
    fn nothing(&mut self, rule: &'static Rule, why: impl Into<String>) {
        self.states.entry(rule.id).or_insert((State::NotApplicable, Some(why.into())));
    }

    /// Notes that a rule could not be looked at.
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

    /// Shows documents again: of a collection, the fields that matter.
    fn look(ns: &Namespace, filter: &Document, paths: &[&str]) -> String {
        let filter = mend::script(&Bson::Document(filter.clone()));
        let shown: Document = paths.iter().map(|path| ((*path).to_owned(), Bson::Int32(1))).collect();
        let shown =
            if paths.is_empty() { String::new() } else { format!(", {}", mend::script(&Bson::Document(shown))) };
        mend::call(ns, &format!("find({filter}{shown}).limit(20)"))
    }
}

/// Identifiers as evidence.
fn ids(ids: &[Bson]) -> Vec<String> {
    ids.iter().map(plain).collect()
}

/// `1 document`, `2 documents`.
fn count(n: u64, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// Documents by their identifiers.
fn these(ids: &[Bson]) -> Document {
    match ids {
        [only] => bson::doc! { "_id": only.clone() },
        _ => bson::doc! { "_id": { "$in": ids.to_vec() } },
    }
}

impl House<'_> {
    /// Looks for leaks between tenants; limited to what concerns one organization on request.
    ///
    /// # Errors
    /// `E0201` for an unknown organization, and what keeps us from the server.
    pub async fn isolation(&self, wanted: &Wanted) -> Result<Report> {
        let house: &House<'_> = self;
        let began = Instant::now();
        let at = self.store.server_time().await?;
        self.watch.step(1, 4, "organizations and accounts");
        let estate = Estate::load(self).await?;
        let only: Option<Org> = match &wanted.org {
            Some(name) => Some(self.load_org(&estate.orgs, name).await?.clone()),
            None => None,
        };
        let trail = Trail::of(self.platform);
        let open = self.journal().list(true).await?;
        let reserved = open.iter().filter_map(|stored| parse(stored).ok()).flat_map(|record| record.reserves);
        let mut tenants = Tenants::of(self, &estate, &trail, reserved.collect::<HashSet<String>>());
        let maker = Maker::default();
        let people = People::load(self, &estate, &tenants, &maker).await?;
        if self.platform.organization.is_none() {
            tenants.weigh(&people.heads_of());
        }
        let only = only.and_then(|org| tenants.living().find(|(_, other)| other.id == org.id).map(|(at, _)| at));
        let mut exam = Exam {
            house,
            estate,
            tenants: Arc::new(tenants),
            people: Arc::new(people),
            maker,
            trail,
            only,
            rules: wanted.rules.clone(),
            sample: wanted.sample,
            states: BTreeMap::new(),
            findings: Vec::new(),
            core: HashSet::new(),
            told: HashSet::new(),
            coverage: Vec::new(),
        };
        exam.examine().await?;
        Ok(exam.end(at, began.elapsed().as_secs_f64()))
    }
}

impl Exam<'_> {
    async fn examine(&mut self) -> Result<()> {
        let watch = self.house.watch;
        watch.step(2, 4, "stores, indexes and rights");
        let stores = self.stores().await;
        self.settle(&[&rules::STORE_SHARED, &rules::STORE_ORPHAN, &rules::COPY], stores)?;
        let indexes = self.indexes().await;
        self.settle(&[&rules::UNIQUE, &rules::KEY_FIRST, &rules::TTL, &rules::SEARCH], indexes)?;
        let tokens = self.tokens().await;
        self.settle(&[&rules::LIVE_TOKEN], tokens)?;
        let mut sources = sources::list(self);
        let rights = self.grantees(&sources).await;
        self.settle(&[&rules::GRANT, &rules::GRANT_GONE], rights)?;
        let views = self.views(&sources).await;
        self.settle(&[&rules::VIEW, &rules::VIEW_MATCH, &rules::LOOKUP], views)?;
        let files = self.chunks().await;
        self.settle(&[&rules::CHUNK], files)?;
        watch.step(3, 4, "documents");
        let shared = self.house.platform.layout == Layout::Shared;
        if !shared {
            KEYS.into_iter().for_each(|rule| self.nothing(rule, KEYLESS));
        }
        let deep = self.wants_any(&DEEP);
        let keys_apart = shared && self.wants_any(&KEYS) && (!deep || self.sample.is_some());
        if keys_apart {
            let keys = self.keys_by_server().await;
            self.settle(&KEYS, keys)?;
        }
        if deep {
            sources::count(self, &mut sources).await;
            let read = self.documents(&sources, shared && !keys_apart).await;
            self.settle(&DEEP, read)?;
        }
        watch.step(4, 4, "accounts");
        self.accounts().await
    }

    async fn documents(&mut self, sources: &[sources::Source], keys: bool) -> Result<()> {
        for ns in sources::unread(self) {
            let why = Some("it is a time series, or of another kind that is not read".to_owned());
            self.coverage.push(Coverage { namespace: ns.to_string(), documents: 0, read: 0, way: Way::Not, why });
        }
        let mut readings = self.read(sources).await?;
        if keys {
            self.judge_keys(&readings);
            KEYS.into_iter().for_each(|rule| self.checked(rule));
        }
        let mut open = open::Open::gather(&mut readings);
        if !open.is_empty() {
            self.look_up(&mut open, &readings).await?;
        }
        self.judge(&readings, open).await
    }

    fn end(mut self, at: bson::DateTime, seconds: f64) -> Report {
        let house = self.house;
        let mut findings = std::mem::take(&mut self.findings);
        let key = |finding: &Finding| (finding.rule, finding.place.clone(), finding.tenants.clone());
        findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| key(a).cmp(&key(b))));
        self.coverage.sort_by(|a, b| a.namespace.cmp(&b.namespace));
        let checks = rules::all().iter().filter(|rule| self.wants(rule)).map(|rule| {
            let unseen = || (State::NotCheckable, Some("it was not looked at".to_owned()));
            let (state, why) = self.states.get(rule.id).cloned().unwrap_or_else(unseen);
            Check { rule: rule.id, name: rule.name, title: rule.title, state, why }
        });
        Report {
            platform: house.platform.platform.clone(),
            layout: house.platform.layout.word(),
            place: format!("{} at {}", house.store.master(), house.store.hosts()),
            organization: self.only.map(|only| self.tenants.name(only).to_owned()),
            organizations: u64::try_from(self.estate.orgs.len()).unwrap_or_default(),
            at,
            seconds,
            sample: self.sample,
            flowbit: env!("CARGO_PKG_VERSION"),
            checks: checks.collect(),
            findings,
            accepted: Vec::new(),
            notes: Vec::new(),
            coverage: self.coverage,
        }
    }
}
