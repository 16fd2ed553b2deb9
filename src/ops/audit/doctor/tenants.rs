//! Whose an entry is: by what it carries, whichever of its names the organization had then.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bson::spec::ElementType;
use bson::{Bson, DateTime, Document, doc};

use crate::domain::audit::Trail;
use crate::domain::fields;
use crate::domain::naming::{NameKey, OrgName};
use crate::domain::template::{Vars, plain};
use crate::error::Result;
use crate::journal::OPS;
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::kept::KeptFor;

/// Organizations that a value may stand for: more than one where a name went from one to another.
pub(super) type Candidates = Vec<u32>;

/// An organization that there is, or was.
#[derive(Debug)]
pub(super) struct Tenant {
    /// Its name, the last it had.
    pub name: String,
    /// The organization, as long as it lives.
    pub living: Option<Org>,
}

/// Every organization that the platform or the journal knows of.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    pub all: Vec<Tenant>,
    /// By what entries carry; with the moment before which it stood for this one, where that is over.
    keys: HashMap<String, Vec<(u32, Option<DateTime>)>>,
    /// By what is left of it when case and white space do not count.
    alike: HashMap<NameKey, String>,
    by_id: HashMap<String, u32>,
    kinds: BTreeSet<u8>,
}

/// A value with its type, as text to compare by: an ObjectId is not the text of its digits.
pub(super) fn ident(value: &Bson) -> String {
    format!("{:?} {}", value.element_type(), plain(value))
}

impl Tenants {
    pub async fn load(house: &House<'_>, trail: &Trail) -> Result<Self> {
        let mut tenants = Self::default();
        for org in house.orgs_briefly().await? {
            let vars = house.vars(&org.id, &org.name, &org.slug, &org.home);
            let at = tenants.add(&org.id, org.name.as_str(), Some(org.clone()));
            tenants.name(trail, &vars, at, None);
        }
        tenants.load_inactive(house, trail).await?;
        for kept in house.kept_where(doc! {}).await? {
            if matches!(kept.kind, KeptFor::Deleted | KeptFor::Purging) {
                tenants.remember(house, trail, &kept.org, &kept.name);
            }
        }
        tenants.load_former(house, trail).await?;
        Ok(tenants)
    }

    async fn load_inactive(&mut self, house: &House<'_>, trail: &Trail) -> Result<()> {
        let Some(shape) = &house.platform.organization else { return Ok(()) };
        let Some(state) = &shape.state else { return Ok(()) };
        let filter = Document::from_iter([(state.field.clone(), state.inactive.clone())]);
        for record in house.store.find(&house.master(&shape.collection), filter, None, None).await? {
            let org = house.org_of(shape, record);
            self.remember(house, trail, &org.id, org.name.as_str());
        }
        Ok(())
    }

    /// What the journal says: names that were given up, and organizations that are gone for good.
    async fn load_former(&mut self, house: &House<'_>, trail: &Trail) -> Result<()> {
        let filter = doc! { "kind": { "$regex": "^(org|user|seed)\\." }, "subject.id": { "$ne": Bson::Null } };
        let projection = doc! { "kind": 1, "state": 1, "subject": 1, "began": 1 };
        let ops = house.store.find(&house.master(OPS), filter, Some(projection), Some(doc! { "began": -1 })).await?;
        let mut called: BTreeMap<String, u32> =
            self.all.iter().zip(0..).map(|(tenant, at)| (tenant.name.clone(), at)).collect();
        for op in &ops {
            let text = |path: &str| fields::get(op, path).and_then(Bson::as_str);
            let Some(name) = text("subject.name") else { continue };
            let id = fields::get(op, "subject.id").cloned().unwrap_or(Bson::Null);
            match (text("kind"), text("state"), text("subject.to")) {
                (Some("org.rename"), Some("done" | "committed"), Some(to)) => {
                    let at = match self.by_id.get(&ident(&id)).or_else(|| called.get(to)).copied() {
                        Some(at) => at,
                        None => self.remember(house, trail, &own_id(house, &id, to), to),
                    };
                    let vars = vars_of(house, &own_id(house, &id, name), name);
                    self.name(trail, &vars, at, op.get_datetime("began").ok().copied());
                    called.insert(name.to_owned(), at);
                }
                _ if self.by_id.contains_key(&ident(&id)) || called.contains_key(name) => {}
                _ => {
                    let at = self.remember(house, trail, &id, name);
                    called.insert(name.to_owned(), at);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, id: &Bson, name: &str, living: Option<Org>) -> u32 {
        let at = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(Tenant { name: name.to_owned(), living });
        self.by_id.insert(ident(id), at);
        at
    }

    /// One that does not live any more.
    fn remember(&mut self, house: &House<'_>, trail: &Trail, id: &Bson, name: &str) -> u32 {
        let at = self.by_id.get(&ident(id)).copied().unwrap_or_else(|| self.add(id, name, None));
        self.name(trail, &vars_of(house, id, name), at, None);
        at
    }

    fn name(&mut self, trail: &Trail, vars: &Vars, at: u32, before: Option<DateTime>) {
        let Some(key) = trail.key_of(vars).filter(|key| *key != Bson::Null) else { return };
        self.kinds.insert(key.element_type() as u8);
        self.alike.entry(NameKey::of(plain(&key).trim())).or_insert_with(|| plain(&key));
        let those = self.keys.entry(ident(&key)).or_default();
        if !those.iter().any(|(known, until)| *known == at && (until.is_none() || before.is_some() && *until >= before))
        {
            those.push((at, before));
        }
    }

    /// The organizations that a value stood for at a moment.
    pub fn of(&self, value: &Bson, time: Option<DateTime>) -> Candidates {
        let those = self.keys.get(&ident(value)).map_or(&[][..], Vec::as_slice);
        let then = |before: &Option<DateTime>| match (before, time) {
            (Some(before), Some(time)) => time < *before,
            _ => true,
        };
        those.iter().filter(|(_, before)| then(before)).map(|(at, _)| *at).collect()
    }

    /// Whether values of this type can be keys at all.
    pub fn is_of_kind(&self, kind: ElementType) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&(kind as u8))
    }

    /// A key that is the same but for case, white space or type.
    pub fn near(&self, value: &Bson) -> Option<&str> {
        self.alike.get(&NameKey::of(plain(value).trim())).map(String::as_str)
    }

    pub fn living(&self) -> impl Iterator<Item = (u32, &Org)> {
        (0..).zip(&self.all).filter_map(|(at, tenant)| Some((at, tenant.living.as_ref()?)))
    }

    pub fn lives(&self, at: u32) -> bool {
        self.all.get(usize::try_from(at).unwrap_or(usize::MAX)).is_some_and(|tenant| tenant.living.is_some())
    }

    /// The names of some, for people.
    pub fn names(&self, those: &[u32]) -> String {
        let name = |at: &u32| self.all.get(usize::try_from(*at).unwrap_or(usize::MAX)).map(|t| t.name.as_str());
        those.iter().filter_map(name).collect::<Vec<_>>().join(" or ")
    }
}

fn vars_of(house: &House<'_>, id: &Bson, name: &str) -> Vars {
    let called = OrgName::stored(name.to_owned());
    let slug = house.platform.naming.slug_of(name);
    let home = crate::layout::Home::derived(house.platform, &slug, &house.vars_of(id, &called, &slug));
    house.vars(id, &called, &slug, &home)
}

/// Where tenants are no documents the name is the identifier.
fn own_id(house: &House<'_>, id: &Bson, name: &str) -> Bson {
    match &house.platform.organization {
        Some(_) => id.clone(),
        None => Bson::String(name.to_owned()),
    }
}
