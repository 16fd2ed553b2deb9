//! Whose a value is: keys, links, names and identifiers of organizations that there are, and of those that were.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bson::Bson;

use super::ident::{Ident, Table};
use super::people::Heads;
use crate::domain::audit::Trail;
use crate::domain::description::Layout;
use crate::domain::fields::Fields;
use crate::domain::naming::NameKey;
use crate::domain::rawdoc::Elements;
use crate::domain::template::{Var, Vars, plain};
use crate::ops::House;
use crate::ops::doctor::estate::Estate;
use crate::ops::org::Org;
use crate::ops::org::find::TOMBSTONE;
use crate::ops::org::kept::{KeptFor, name_entry};

/// What became of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// In force.
    Living,
    /// Its record is out of force.
    Inactive,
    /// Deleted; it can be restored.
    Gone,
}

/// An organization.
#[derive(Debug)]
pub(super) struct Tenant {
    pub name: String,
    pub standing: Standing,
    /// Its record; of those that are gone only what is remembered.
    pub org: Option<Org>,
    pub vars: Vars,
}

/// What is wrong with a key, if anything is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It is this tenant's.
    Of(u32),
    /// What a deleted tenant has in place of its key until it is purged, and what an open operation works on.
    Kept,
    /// The former name of a tenant; an operation brings its documents in.
    Old(String),
    /// Of a tenant that is deleted and can be restored: somebody wrote it since.
    Deleted(u32),
    /// Of a tenant that was purged.
    Purged(String),
    /// As this one, but for case and white space.
    Spelling(u32),
    /// Of another type; with the tenant that is meant, where the digits are one's.
    Type(Option<u32>),
    /// A list or a document.
    Several,
    /// There is none.
    Missing,
    /// It is null.
    Null,
    /// Nobody's. `true` where people without accounts are all that speaks for it.
    Unknown(bool),
}

/// A value as it is on the wire: its type, and its bytes.
pub(super) type Raw = (u8, Vec<u8>);

pub(super) fn raw(value: &Bson) -> Raw {
    let bytes = bson::serialize_to_vec(&bson::doc! { "": value }).unwrap_or_default();
    let first = Elements::of(&bytes).ok().and_then(|mut elements| elements.next().ok().flatten());
    first.map_or((0x0A, Vec::new()), |element| (element.kind, element.value.to_vec()))
}

/// The value that these bytes are.
pub(super) fn value(kind: u8, bytes: &[u8]) -> Bson {
    let mut document = Vec::with_capacity(bytes.len() + 7);
    document.extend_from_slice(&u32::try_from(bytes.len() + 7).unwrap_or_default().to_le_bytes());
    document.extend_from_slice(&[kind, 0]);
    document.extend_from_slice(bytes);
    document.push(0);
    bson::Document::from_reader(document.as_slice()).ok().and_then(|mut d| d.remove("")).unwrap_or(Bson::Null)
}

fn plain_text(kind: u8, bytes: &[u8]) -> String {
    plain(&value(kind, bytes))
}

/// Every organization, and what stands for it.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    pub all: Vec<Tenant>,
    /// By tenant key.
    keys: HashMap<Raw, u32>,
    /// By what accounts have as link.
    links: HashMap<Raw, u32>,
    /// By identifier.
    pub ids: Table,
    raw_ids: HashMap<Raw, u32>,
    /// By what entries of the audit trail have.
    trail: HashMap<Raw, u32>,
    /// Tenants whose store another has too, with the first that has it.
    shared: HashMap<u32, u32>,
    homes: HashMap<String, u32>,
    /// By name, slug, store and the text of the identifier.
    words: HashMap<Vec<u8>, u32>,
    alike: HashMap<NameKey, Vec<u32>>,
    by_text: HashMap<String, u32>,
    former: BTreeMap<String, String>,
    tombstones: BTreeMap<String, bool>,
    kinds: BTreeSet<u8>,
    /// Names that open operations hold: what is under them is on its way.
    busy: HashSet<String>,
    /// On platforms without records: whose key is somebody's misspelling, and which no account has.
    stands_for: HashMap<u32, Verdict>,
}

fn vars_of(house: &House<'_>, org: &Org) -> Vars {
    house.vars(&org.id, &org.name, &org.slug, &org.home)
}

/// The value of a field for one organization.
fn value_of(fields: &Fields, path: &str, vars: &Vars) -> Option<Bson> {
    fields.value_at(path, vars).filter(|value| *value != Bson::Null)
}

impl Tenants {
    pub fn of(house: &House<'_>, estate: &Estate, trail: &Trail, busy: HashSet<String>) -> Self {
        let mut tenants = Self { busy, ..Self::default() };
        for org in &estate.orgs {
            tenants.add(house, trail, org.clone(), Standing::Living);
        }
        for org in &estate.inactive {
            tenants.add(house, trail, org.clone(), Standing::Inactive);
        }
        for kept in &estate.kept {
            match kept.kind {
                KeptFor::Deleted | KeptFor::Purging if kept.id.starts_with("name:") => {
                    let org = house.remembered(&kept.org, &kept.name);
                    tenants.add(house, trail, org, Standing::Gone);
                    tenants.tombstones.insert(format!("{TOMBSTONE}{}", kept.op), true);
                }
                KeptFor::Alias => {
                    if let Some((key, to)) = kept.key.as_ref().zip(kept.to.as_ref()) {
                        tenants.former.insert(key.clone(), to.clone());
                    }
                }
                _ => {}
            }
        }
        tenants
    }

    fn add(&mut self, house: &House<'_>, trail: &Trail, org: Org, standing: Standing) {
        let vars = vars_of(house, &org);
        let at = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let platform = house.platform;
        for shape in &platform.keyed {
            if let Some(key) = value_of(&shape.fields, &shape.key, &vars) {
                let key = raw(&key);
                self.kinds.insert(key.0);
                self.keys.entry(key).or_insert(at);
            }
        }
        if let Some(path) = platform.account_link_path()
            && let Some(link) = value_of(&platform.account.fields, path, &vars)
        {
            self.links.entry(raw(&link)).or_insert(at);
        }
        let (kind, bytes) = raw(&org.id);
        if let Some(ident) = Ident::of(kind, &bytes) {
            self.ids.add(ident, at);
        }
        self.raw_ids.entry((kind, bytes)).or_insert(at);
        if let Some(key) = trail.key_of(&vars) {
            self.trail.entry(raw(&key)).or_insert(at);
        }
        if platform.layout != Layout::Shared && standing != Standing::Gone {
            let first = *self.homes.entry(org.home.as_text()).or_insert(at);
            if first != at {
                self.shared.insert(at, first);
            }
        }
        let key_text = match platform.tenant_key() {
            Some(Var::OrgId) => plain(&org.id),
            Some(Var::Slug) => org.slug.as_str().to_owned(),
            _ => org.name.as_str().to_owned(),
        };
        self.alike.entry(NameKey::of(&key_text)).or_default().push(at);
        self.by_text.entry(plain(&org.id)).or_insert(at);
        let mut words = vec![org.name.as_str().to_owned(), org.slug.as_str().to_owned(), plain(&org.id)];
        if platform.layout != Layout::Shared {
            words.push(org.home.as_text());
        }
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            self.words.entry(word.into_bytes()).or_insert(at);
        }
        self.all.push(Tenant { name: org.name.as_str().to_owned(), standing, org: Some(org), vars });
    }

    /// On platforms without records every key makes a tenant of itself: the right one of two alike is that which people
    /// can log in to.
    pub fn weigh(&mut self, heads: &HashMap<Raw, Heads>) {
        let of_link: HashMap<u32, &Heads> =
            self.links.iter().filter_map(|(link, at)| Some((*at, heads.get(link)?))).collect();
        let weight = |tenants: &Self, at: u32| {
            let name = tenants.name(at).to_owned();
            let heads = of_link.get(&at);
            let (admins, accounts) = heads.map_or((0, 0), |heads| (heads.admins, heads.accounts));
            (admins > 0, accounts, name.trim() == name, name)
        };
        let mut verdicts = HashMap::new();
        for alike in self.alike.values() {
            let best = alike.iter().copied().max_by_key(|at| weight(self, *at));
            for at in alike {
                match best {
                    Some(best) if best != *at => drop(verdicts.insert(*at, Verdict::Spelling(best))),
                    _ if weight(self, *at).1 == 0 => drop(verdicts.insert(*at, Verdict::Unknown(true))),
                    _ => {}
                }
            }
        }
        self.stands_for = verdicts;
    }

    /// Whose a key is, or what is wrong with it.
    pub fn verdict(&self, kind: u8, bytes: &[u8]) -> Verdict {
        match kind {
            0x03 | 0x04 => return Verdict::Several,
            0x06 | 0x0A => return Verdict::Null,
            _ => {}
        }
        if let Some(at) = self.keys.get(&(kind, bytes.to_vec())).copied() {
            let gone = self.get(at).is_some_and(|tenant| tenant.standing == Standing::Gone);
            let plain = if gone { Verdict::Deleted(at) } else { Verdict::Of(at) };
            return match self.stands_for.get(&at) {
                // Nobody but its documents says that there is such a tenant.
                Some(Verdict::Unknown(_)) => self.stray(&plain_text(kind, bytes), true),
                Some(other) => other.clone(),
                None => plain,
            };
        }
        let value = value(kind, bytes);
        let text = plain(&value);
        if !self.kinds.is_empty() && !self.kinds.contains(&kind) {
            let meant = self.by_text.get(&text).copied();
            return Verdict::Type(meant.or_else(|| self.words.get(text.as_bytes()).copied()));
        }
        if text.starts_with(TOMBSTONE) {
            return if self.tombstones.contains_key(&text) { Verdict::Kept } else { Verdict::Purged(text) };
        }
        if let Some(near) = self.alike.get(&NameKey::of(&text)).and_then(|alike| alike.first()) {
            return Verdict::Spelling(self.strongest(*near));
        }
        self.stray(&text, false)
    }

    /// A key that is no tenant's: what an operation works on, a former one, or nobody's.
    fn stray(&self, text: &str, weak: bool) -> Verdict {
        if self.busy.contains(&name_entry(&NameKey::of(text))) {
            return Verdict::Kept;
        }
        match self.former.get(text) {
            Some(to) => Verdict::Old(to.clone()),
            None => Verdict::Unknown(weak),
        }
    }

    fn strongest(&self, at: u32) -> u32 {
        match self.stands_for.get(&at) {
            Some(Verdict::Spelling(best)) => *best,
            _ => at,
        }
    }

    /// The tenant whose key a value is.
    pub fn by_key(&self, kind: u8, bytes: &[u8]) -> Option<u32> {
        self.keys.get(&(kind, bytes.to_vec())).copied()
    }

    /// The tenant that an account's link leads to.
    pub fn by_link(&self, kind: u8, bytes: &[u8]) -> Option<u32> {
        self.links.get(&(kind, bytes.to_vec())).copied()
    }

    /// The same where organizations hold their account themselves, and its link is their own identifier.
    pub fn by_link_or_id(&self, kind: u8, bytes: &[u8]) -> Option<u32> {
        self.by_link(kind, bytes).or_else(|| self.by_id(kind, bytes))
    }

    /// The tenant of this identifier, of this type.
    pub fn by_id(&self, kind: u8, bytes: &[u8]) -> Option<u32> {
        self.raw_ids.get(&(kind, bytes.to_vec())).copied()
    }

    /// The tenant that stands for this one: that which a misspelling means, and one for all that share a store, which
    /// another rule tells of.
    pub fn canon(&self, at: u32) -> u32 {
        let best = self.strongest(at);
        self.shared.get(&best).copied().unwrap_or(best)
    }

    /// The same; nobody where nothing but its key speaks for the tenant.
    pub fn known(&self, at: u32) -> Option<u32> {
        (!matches!(self.stands_for.get(&at), Some(Verdict::Unknown(_)))).then(|| self.canon(at))
    }

    /// Whether it shares its store with another.
    pub fn shares_store(&self, name: &str) -> bool {
        let shared = |at: &u32| self.name(*at) == name;
        self.shared.iter().any(|(one, other)| shared(one) || shared(other))
    }

    /// The tenant that an entry of the audit trail names.
    pub fn by_trail(&self, kind: u8, bytes: &[u8]) -> Option<u32> {
        self.trail.get(&(kind, bytes.to_vec())).copied()
    }

    /// The tenants that a number of [`Tenants::ids`], or of one tenant, stands for.
    pub fn all_of(&self, whose: u32) -> Vec<u32> {
        self.ids.all(&whose).to_vec()
    }

    /// The tenant that a word stands for.
    pub fn by_word(&self, word: &[u8]) -> Option<u32> {
        self.words.get(word).copied()
    }

    pub fn get(&self, at: u32) -> Option<&Tenant> {
        self.all.get(usize::try_from(at).unwrap_or(usize::MAX))
    }

    pub fn name(&self, at: u32) -> &str {
        self.get(at).map_or("?", |tenant| tenant.name.as_str())
    }

    /// The names of some, for people.
    pub fn names(&self, those: &[u32]) -> Vec<String> {
        those.iter().map(|at| self.name(*at).to_owned()).collect()
    }

    pub fn living(&self) -> impl Iterator<Item = (u32, &Org)> {
        let living = |tenant: &&Tenant| tenant.standing == Standing::Living;
        (0..).zip(&self.all).filter(move |(_, t)| living(t)).filter_map(|(at, tenant)| Some((at, tenant.org.as_ref()?)))
    }

    /// Those whose stores are theirs: in force, or out of force for now.
    pub fn housed(&self) -> impl Iterator<Item = (u32, &Org)> {
        let housed = |tenant: &&Tenant| tenant.standing != Standing::Gone;
        (0..).zip(&self.all).filter(move |(_, t)| housed(t)).filter_map(|(at, tenant)| Some((at, tenant.org.as_ref()?)))
    }

    /// Tenants that share a store, with the one that has it first.
    pub fn sharing(&self) -> impl Iterator<Item = (u32, u32)> {
        self.shared.iter().map(|(at, first)| (*at, *first))
    }

    /// What is wrong with the spelling of a tenant's own key, where the platform has no records.
    pub fn misspelt(&self, at: u32) -> Option<u32> {
        match self.stands_for.get(&at) {
            Some(Verdict::Spelling(best)) => Some(*best),
            _ => None,
        }
    }

    /// What somebody's key is as text.
    pub fn key_of(&self, at: u32, fields: &Fields, path: &str) -> Option<Bson> {
        fields.value_at(path, &self.get(at)?.vars)
    }
}
