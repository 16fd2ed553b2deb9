//! Views that show one tenant what is another's.

use std::collections::{BTreeMap, BTreeSet};

use bson::Bson;

use super::Exam;
use super::sources::{Owner, Source};
use super::tenants::raw;
use crate::domain::catalog::CollectionKind;
use crate::domain::description::{AccountPlace, Layout};
use crate::domain::isolation::pipeline::{self, Catalog, Limit, Reads, Via};
use crate::domain::isolation::{Finding, Place, Rule, rules};
use crate::domain::plan::{Namespace, View};
use crate::domain::severity::Severity;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::ops::doctor::estate::Estate;
use crate::ops::doctor::mend;

const RULES: [&Rule; 3] = [&rules::VIEW, &rules::VIEW_MATCH, &rules::LOOKUP];

/// What views are made of, by name.
struct Names<'e> {
    estate: &'e Estate,
    keys: BTreeMap<Namespace, String>,
}

impl Catalog for Names<'_> {
    fn view(&self, ns: &Namespace) -> Option<View> {
        let info = self.estate.catalog(&ns.db).iter().find(|info| info.name == ns.coll)?;
        (info.kind == CollectionKind::View).then(|| info.view()).flatten()
    }

    fn key(&self, ns: &Namespace) -> Option<String> {
        self.keys.get(ns).cloned()
    }
}

impl Exam<'_> {
    pub(super) async fn views(&mut self, sources: &[Source]) -> Result<()> {
        if !self.wants_any(&RULES) {
            return Ok(());
        }
        let shared = self.house.platform.layout == Layout::Shared;
        if shared {
            self.nothing(&rules::VIEW, "tenants have no stores of their own here");
        }
        let owners: BTreeMap<&Namespace, u32> = sources
            .iter()
            .filter_map(|source| match source.owner {
                Owner::Fixed(whose) => Some((&source.ns, whose)),
                _ => None,
            })
            .collect();
        let names = Names { estate: &self.estate, keys: self.keys_of_views() };
        let mut found = Vec::new();
        let mut unseen = BTreeSet::new();
        for (db, catalog) in &self.estate.catalogs {
            let views = catalog.iter().filter(|info| info.kind == CollectionKind::View && info.sentry_of().is_none());
            for info in views.filter(|info| !info.name.starts_with("system.")) {
                let Some(view) = info.view() else { continue };
                let ns = Namespace::new(db.as_str(), info.name.as_str());
                let reads = pipeline::reads(db, &view, &names);
                unseen.extend(reads.unseen.iter().map(|what| format!("{ns}: {what}")));
                found.extend(self.of_keys(&ns, &reads));
                if !shared {
                    found.extend(self.of_stores(&ns, &reads, &owners));
                }
            }
        }
        found.into_iter().for_each(|finding| self.found(finding));
        if let Some(first) = unseen.first() {
            for rule in if shared { &RULES[1..] } else { &RULES[..] } {
                self.partly(rule, format!("of {} views not everything could be followed: {first}", unseen.len()));
            }
        }
        Ok(())
    }

    /// The paths of tenant keys.
    fn keys_of_views(&self) -> BTreeMap<Namespace, String> {
        let platform = self.house.platform;
        let keyed = platform.keyed.iter().map(|shape| (self.house.master(&shape.collection), shape.key.clone()));
        let accounts = platform
            .account_link_path()
            .filter(|_| platform.account.place == AccountPlace::Master)
            .map(|path| (self.house.master(&platform.account.collection), path.to_owned()));
        let trail = platform.audit.iter().zip(self.trail.tenant.clone());
        let trail = trail.map(|(shape, path)| (self.house.master(&shape.collection), path));
        let stores = platform.token.iter().flat_map(|token| &token.refresh_store);
        let stores = stores.filter_map(|store| {
            Some((self.house.master(&store.collection), store.fields.path_of(Var::OrgId)?.to_owned()))
        });
        trail.chain(stores).chain(accounts).chain(keyed).collect()
    }

    /// A view of collections that all tenants share.
    fn of_keys(&self, ns: &Namespace, reads: &Reads) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let mut own: BTreeSet<String> = BTreeSet::new();
        let nobodys = reads.sources.iter().find_map(|source| match &source.limit {
            Limit::Tenants(keys) => keys.iter().find(|key| {
                let (kind, bytes) = raw(key);
                let whose = self.tenants.by_key(kind, &bytes).or_else(|| self.tenants.by_link_or_id(kind, &bytes));
                whose.or_else(|| self.tenants.by_trail(kind, &bytes)).is_none()
            }),
            _ => None,
        });
        if let Some(key) = nobodys {
            let what = format!(
                "the view shows {:?}, which is no organization's key: the next of that name is shown",
                plain(key)
            );
            found.push(self.of_view(&rules::VIEW_MATCH, ns, Vec::new(), what).severity(Severity::Warning));
        }
        for source in &reads.sources {
            let joined = source.via != Via::ViewOn;
            let what = match &source.limit {
                Limit::Unkeyed | Limit::SameTenant => continue,
                Limit::Open(why) => format!("{} of all tenants: {why}", source.ns),
                Limit::Tenants(keys) => {
                    own.extend(keys.iter().map(plain));
                    match own.len() {
                        0 | 1 if reads.loose => format!("{} by a comparison that does not tell case apart", source.ns),
                        0 | 1 => continue,
                        _ => format!(
                            "{} of several tenants: {}",
                            source.ns,
                            own.iter().cloned().collect::<Vec<_>>().join(", ")
                        ),
                    }
                }
            };
            let rule = if joined { &rules::LOOKUP } else { &rules::VIEW_MATCH };
            let how =
                if joined { format!("joins, by {} at {},", source.via.word(), source.at) } else { "shows".to_owned() };
            // The worst is told, once.
            found.retain(|finding| finding.rule != rule.id || finding.severity == Severity::Error);
            if !found.iter().any(|finding| finding.rule == rule.id) {
                found.push(self.of_view(rule, ns, Vec::new(), format!("the view {how} {what}")));
            }
        }
        found
    }

    /// A view of stores.
    fn of_stores(&self, ns: &Namespace, reads: &Reads, owners: &BTreeMap<&Namespace, u32>) -> Option<Finding> {
        let mut all: BTreeMap<u32, &Namespace> = BTreeMap::new();
        for source in &reads.sources {
            if let Some(whose) = owners.get(&source.ns) {
                all.entry(self.tenants.canon(*whose)).or_insert(&source.ns);
            }
        }
        // By its name, or its database, it may be a tenant's own.
        let master = self.house.store.master();
        let home = self.tenants.housed().find(|(_, org)| match self.house.platform.layout {
            Layout::Database => org.home.database(master) == ns.db,
            _ => ns.db == master && org.home.covered(&[], &[]).covers(&ns.coll),
        });
        let mut tenants: Vec<u32> = home.map(|(at, _)| self.tenants.canon(at)).into_iter().collect();
        tenants.extend(all.keys().filter(|at| !tenants.contains(at)).copied().collect::<Vec<_>>());
        if tenants.len() < 2 {
            return None;
        }
        let read: Vec<String> = all.values().map(ToString::to_string).collect();
        Some(self.of_view(
            &rules::VIEW,
            ns,
            self.tenants.names(&tenants),
            format!("the view reads {}", read.join(", ")),
        ))
    }

    fn of_view(&self, rule: &'static Rule, ns: &Namespace, tenants: Vec<String>, evidence: String) -> Finding {
        let name = mend::script(&Bson::from(ns.coll.as_str()));
        let query = format!("{}.getCollectionInfos({{\"name\": {name}}})", mend::database(&ns.db));
        Finding::new(rule, Place::from(ns), tenants, "").evidence(evidence).query(mend::mongosh(&query))
    }
}
