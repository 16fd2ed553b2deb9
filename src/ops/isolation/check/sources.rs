//! What there is to read: every collection that holds something of tenants, and how its documents say whose they are.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;

use super::Exam;
use super::tenants::Tenants;
use crate::domain::catalog::CollectionKind;
use crate::domain::description::{AccountPlace, Layout};
use crate::domain::plan::{Namespace, is_ours};
use crate::layout::{Home, around_slug, owned};

/// Collections that are counted at the same time.
const COUNTS: usize = 8;

/// How documents say whose they are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Owner {
    /// All are this tenant's.
    Fixed(u32),
    /// By the tenant key at a path.
    Key(String),
    /// By what entries of the audit trail have at a path.
    Trail(String),
    /// By the link of accounts at a path.
    Link(String),
    /// By the identifier of the organization at a path.
    Id(String),
    /// By whatever names a tenant in them.
    Guess,
}

impl Owner {
    /// Where documents say it, if they do.
    pub fn path(&self) -> Option<&str> {
        match self {
            Owner::Fixed(_) | Owner::Guess => None,
            Owner::Key(path) | Owner::Trail(path) | Owner::Link(path) | Owner::Id(path) => Some(path),
        }
    }

    /// The tenant that a value there stands for; nobody where it is not known to be one's.
    pub fn read(&self, tenants: &Tenants, kind: u8, bytes: &[u8]) -> Option<u32> {
        let whose = match self {
            Owner::Fixed(whose) => Some(*whose),
            Owner::Key(_) => tenants.by_key(kind, bytes),
            Owner::Trail(_) => tenants.by_trail(kind, bytes),
            Owner::Link(_) => tenants.by_link_or_id(kind, bytes),
            Owner::Id(_) => tenants.by_id(kind, bytes),
            Owner::Guess => None,
        };
        whose.and_then(|whose| tenants.known(whose))
    }
}

/// What kind of collection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Shared, with a tenant key: the number of its description.
    Keyed(usize),
    /// A tenant's own.
    Store,
    /// Accounts.
    Accounts,
    /// The audit trail.
    Trail,
    /// Records of organizations.
    Records,
    /// Accounts of the platform's owners, tokens, and a trail that names no tenant: nobody's, and without secrets.
    Core,
    /// The files of a bucket.
    Files,
    /// Nobody described it.
    Stray,
}

/// A collection to read.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub ns: Namespace,
    pub what: What,
    pub owner: Owner,
    /// Its name in descriptions: the kind, where it is a tenant's own.
    pub kind: String,
    /// Documents, by the server's count.
    pub documents: u64,
}

impl Source {
    /// Whether the key of its documents is to be judged.
    pub fn is_keyed(&self) -> bool {
        matches!(self.what, What::Keyed(_))
    }
}

/// Every collection that holds something of tenants.
pub(super) fn list(exam: &Exam<'_>) -> Vec<Source> {
    let mut sources = described(exam);
    sources.extend(stores(exam));
    let known: BTreeSet<Namespace> = sources.iter().map(|source| source.ns.clone()).collect();
    sources.extend(strays(exam, &known));
    sources
}

/// Asks how large they are; those that cannot be asked are read nevertheless, and say why not then.
pub(super) async fn count(exam: &Exam<'_>, sources: &mut [Source]) {
    let asked = futures_util::stream::iter(sources.iter().map(|source| exam.house.store.rough_count(&source.ns)));
    let counts: Vec<_> = asked.buffered(COUNTS).collect().await;
    for (source, count) in sources.iter_mut().zip(counts) {
        source.documents = count.unwrap_or_default();
    }
    // The largest first: two are read at a time, and the last should not be waited for alone.
    sources.sort_by_key(|source| std::cmp::Reverse(source.documents));
}

fn described(exam: &Exam<'_>) -> Vec<Source> {
    let platform = exam.house.platform;
    let mut sources = Vec::new();
    let mut add = |collection: &str, what: What, owner: Owner| {
        let ns = exam.house.master(collection);
        if exam.estate.has(&ns) && !sources.iter().any(|source: &Source| source.ns == ns) {
            sources.push(Source { ns, what, owner, kind: collection.to_owned(), documents: 0 });
        }
    };
    if let (Some(shape), Some(tenant)) = (&platform.audit, &exam.trail.tenant) {
        add(&shape.collection, What::Trail, Owner::Trail(tenant.clone()));
    }
    if let (AccountPlace::Master, Some(link)) = (platform.account.place, platform.account_link_path()) {
        add(&platform.account.collection, What::Accounts, Owner::Link(link.to_owned()));
    }
    if let Some(shape) = &platform.organization {
        add(&shape.collection, What::Records, Owner::Id(shape.id_path().to_owned()));
    }
    if let (Some(shape), None) = (&platform.audit, &exam.trail.tenant) {
        add(&shape.collection, What::Core, Owner::Guess);
    }
    if let Some(core) = &platform.core {
        add(&core.collection, What::Core, Owner::Guess);
    }
    for store in platform.token.iter().flat_map(|token| token.refresh_store.iter().chain(&token.revocations)) {
        add(&store.collection, What::Core, Owner::Guess);
    }
    for (at, shape) in platform.keyed.iter().enumerate() {
        add(&shape.collection, What::Keyed(at), Owner::Key(shape.key.clone()));
    }
    sources
}

/// The collections that are tenants' own.
fn stores(exam: &Exam<'_>) -> Vec<Source> {
    let house = exam.house;
    if house.platform.layout == Layout::Shared {
        return Vec::new();
    }
    let never = house.platform.own_collections();
    let mut sources = Vec::new();
    let living: Vec<_> = exam.tenants.housed().collect();
    let beginnings: BTreeMap<u32, String> = living.iter().map(|(at, org)| (*at, beginning(&org.home))).collect();
    let mut ordered: Vec<(&str, u32)> = beginnings.iter().map(|(at, name)| (name.as_str(), *at)).collect();
    ordered.sort_unstable();
    let homes: BTreeMap<u32, &Home> = living.iter().map(|(at, org)| (*at, &org.home)).collect();
    let mut known = BTreeSet::new();
    for (whose, org) in &living {
        // Only names that begin as this one does can take something of what it covers: they stand behind it in order.
        let mine = beginnings.get(whose).map(String::as_str).unwrap_or_default();
        let from = ordered.partition_point(|(name, _)| *name < mine);
        let apart = house.platform.layout == Layout::Database;
        let near: Vec<Home> = ordered[from..]
            .iter()
            .take_while(|(name, _)| !apart && name.starts_with(mine))
            .filter(|(_, other)| other != whose)
            .filter_map(|(_, other)| homes.get(other).map(|home| (*home).clone()))
            .collect();
        let covered = org.home.covered(&near, &never);
        let accounts = house.accounts(org).map(|(ns, _)| ns);
        let catalog = exam.estate.catalog(org.home.database(house.store.master()));
        let first = catalog.partition_point(|info| info.name.as_str() < mine);
        let after = catalog[first..].partition_point(|info| info.name.starts_with(mine)) + first;
        for info in owned(&catalog[first..after], &covered).collections {
            let ns = house.at_home(&org.home, &info.name);
            if info.name.starts_with("system.") || is_bucket(exam, &ns) || !known.insert(ns.clone()) {
                continue;
            }
            let is_accounts = house.platform.account.place == AccountPlace::Store && accounts.as_ref() == Some(&ns);
            let what = if is_accounts { What::Accounts } else { What::Store };
            let kind = kind_of(exam, org, &ns);
            sources.push(Source { ns, what, owner: Owner::Fixed(*whose), kind, documents: 0 });
        }
    }
    sources
}

/// Collections that are not read, with the reason.
pub(super) fn unread(exam: &Exam<'_>) -> Vec<Namespace> {
    let of = |(db, catalog): (&String, &Vec<crate::domain::catalog::CollectionInfo>)| {
        let other = catalog.iter().filter(|info| info.kind == CollectionKind::Other);
        other.map(|info| Namespace::new(db.as_str(), info.name.as_str())).collect::<Vec<_>>()
    };
    exam.estate.catalogs.iter().flat_map(of).collect()
}

/// What stands before the kind in names of a tenant's collections.
fn beginning(home: &Home) -> String {
    let named = home.of_kind("", Some("\0")).map(|ns| ns.coll).unwrap_or_default();
    named.split('\0').next().unwrap_or_default().to_owned()
}

/// Whether a collection holds the chunks of a bucket: there are its files too.
fn is_bucket(exam: &Exam<'_>, ns: &Namespace) -> bool {
    let bucket = ns.coll.strip_suffix(".chunks");
    bucket.is_some_and(|bucket| exam.estate.has(&Namespace::new(ns.db.as_str(), format!("{bucket}.files"))))
}

/// What a tenant's collection is called in descriptions.
fn kind_of(exam: &Exam<'_>, org: &crate::ops::org::Org, ns: &Namespace) -> String {
    let platform = exam.house.platform;
    let kinds = platform.store.kinds.iter().map(|kind| kind.name.as_str());
    let named = platform.references.iter().flat_map(|reference| {
        let (target, _) = reference.to.split_once('.').unwrap_or((reference.to.as_str(), ""));
        [reference.collection.as_str(), target]
    });
    let master = exam.house.store.master();
    let mut words = kinds.chain(named).chain(platform.tickets.iter().map(|tickets| tickets.collection.as_str()));
    let found = words.find(|word| org.home.of_kind(master, Some(word)).as_ref() == Some(ns));
    found.map_or_else(|| ns.coll.clone(), str::to_owned)
}

/// Collections of the master database that are nobody's, and the files of buckets.
fn strays(exam: &Exam<'_>, known: &BTreeSet<Namespace>) -> Vec<Source> {
    let house = exam.house;
    let own: BTreeSet<String> = house.platform.own_collections().into_iter().collect();
    let suspects = exam.suspects();
    let mut sources = Vec::new();
    for info in exam.estate.catalog(house.store.master()) {
        let ns = house.master(&info.name);
        let plain = info.kind == CollectionKind::Collection && info.sentry_of().is_none();
        let passed = own.contains(&info.name) || is_ours(&info.name) || info.name.starts_with("system.");
        if !plain || passed || known.contains(&ns) || is_bucket(exam, &ns) || suspects.contains(&info.name) {
            continue;
        }
        let what = if info.name.ends_with(".files") { What::Files } else { What::Stray };
        sources.push(Source { ns, what, owner: Owner::Guess, kind: info.name.clone(), documents: 0 });
    }
    sources
}

impl Exam<'_> {
    /// Collections that have the name of a tenant's store and are nobody's, or somebody's who is not living: another rule
    /// tells of them.
    fn suspects(&self) -> BTreeSet<String> {
        let house = self.house;
        if house.platform.layout != Layout::Collection {
            return BTreeSet::new();
        }
        let Some((before, _)) = around_slug(house.platform) else { return BTreeSet::new() };
        let names = self.estate.catalog(house.store.master()).iter().map(|info| &info.name);
        names.filter(|name| name.starts_with(&before)).cloned().collect()
    }
}
