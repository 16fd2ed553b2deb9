//! Holds: while one is in force on a tenant, under whichever of its names, or on everything, nothing is erased.

use std::collections::{BTreeMap, HashSet};

use bson::{Bson, DateTime, doc};

use super::chisel::{require_fit, require_whole, superseded};
use super::keys::SealKeys;
use super::raw::value_key;
use crate::domain::audit::{Body, Chain, Deed, Head, Hold, PLATFORM, Release, Trail, Walk};
use crate::domain::fields;
use crate::domain::naming::OrgName;
use crate::error::{Error, Result, code};
use crate::journal::OPS;
use crate::ops::key::SigningKey;
use crate::ops::org::Org;
use crate::ops::{Consent, House};

/// A hold.
#[derive(Debug, Clone)]
pub struct HoldState {
    /// Its name.
    pub name: String,
    /// The tenant; none for all.
    pub tenant: Option<Bson>,
    /// Since when.
    pub since: DateTime,
    /// Who placed it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// What came of placing a hold, or ending one.
#[derive(Debug, Clone)]
pub struct HoldChange {
    /// Whether anything was written.
    pub changed: bool,
    /// The heads of all chains.
    pub heads: BTreeMap<String, Head>,
}

/// Keys that are, or were, one organization's, as the journal of renames has it.
#[derive(Debug, Default)]
pub(super) struct Kin(Vec<HashSet<Vec<u8>>>);

impl Kin {
    fn join(&mut self, one: Vec<u8>, other: Vec<u8>) {
        let (touched, mut rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.0).into_iter().partition(|set| set.contains(&one) || set.contains(&other));
        let mut all: HashSet<Vec<u8>> = touched.into_iter().flatten().collect();
        all.extend([one, other]);
        rest.push(all);
        self.0 = rest;
    }

    fn are(&self, one: &[u8], other: &[u8]) -> bool {
        one == other || self.0.iter().any(|set| set.contains(one) && set.contains(other))
    }

    /// Refuses to erase what a hold is on.
    ///
    /// # Errors
    /// `E1008`.
    pub fn require_no_hold(&self, walk: &Walk, chain: &Chain) -> Result<()> {
        let own = chain.tenant().map(value_key).unwrap_or_default();
        let concerns = |other: &&Chain| {
            other.id == PLATFORM || other.seals().any(|(_, seal)| self.are(&value_key(&seal.tenant), &own))
        };
        let held = walk.chains.values().filter(concerns).find_map(|chain| {
            chain.holds().into_iter().next().map(|(name, element)| (name.to_owned(), element.clone()))
        });
        let Some((name, element)) = held else { return Ok(()) };
        let since = element.at.try_to_rfc3339_string().unwrap_or_default();
        let message = format!("the hold {name:?} of {} is in force since {since}; nothing was erased", element.by);
        Err(Error::new(&code::ON_HOLD, message).next("flowbit audit hold list --all"))
    }
}

/// What a hold is wanted on, and how it is called.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The organization; everything, without.
    pub org: Option<&'w Org>,
    /// Its name.
    pub name: &'w str,
}

impl House<'_> {
    /// Which keys are one organization's.
    pub(super) async fn kin(&self, trail: &Trail) -> Result<Kin> {
        let filter = doc! { "kind": "org.rename", "state": "done" };
        let renames = self.store.find(&self.master(OPS), filter, Some(doc! { "subject": 1 }), None).await?;
        let mut kin = Kin::default();
        for record in &renames {
            let key = |path: &str| {
                let name = fields::get(record, path)?.as_str()?;
                let own = fields::get(record, "subject.id").cloned().unwrap_or(Bson::Null);
                let id = if self.platform.organization.is_none() { Bson::from(name) } else { own };
                let slug = self.platform.naming.slug_of(name);
                trail.key_of(&self.vars_of(&id, &OrgName::stored(name.to_owned()), &slug)).map(|key| value_key(&key))
            };
            if let (Some(from), Some(to)) = (key("subject.name"), key("subject.to")) {
                kin.join(from, to);
            }
        }
        Ok(kin)
    }

    /// Places a hold. Nothing changes where one of this name is in force there.
    ///
    /// # Errors
    /// `E0601`, and what keeps it or its audit entry from being written.
    pub async fn place_hold(
        &self,
        wanted: Wanted<'_>,
        key: &SigningKey,
        keys: &SealKeys,
        known: &[(String, Head)],
    ) -> Result<HoldChange> {
        let walk = self.fit_chains(keys, known).await?;
        let ids = self.chains_of(&walk, wanted.org).await?;
        if ids.iter().filter_map(|id| walk.chains.get(id)).any(|chain| chain.holds().contains_key(wanted.name)) {
            return Ok(HoldChange { changed: false, heads: House::heads_with(&walk, &BTreeMap::new()) });
        }
        // One that was damaged, and in whose place another was begun, takes nothing in any more.
        let old = superseded(&walk);
        let fit = ids.iter().rfind(|id| walk.damage(id).is_none() && !old.contains(*id)).or(ids.last());
        let id = fit.cloned().unwrap_or_else(|| PLATFORM.to_owned());
        let body = Body::Hold(Hold { name: wanted.name.to_owned() });
        self.write_hold(wanted, &walk, id, key, body).await
    }

    /// Ends a hold; with no organization, also the only one of this name on any.
    ///
    /// # Errors
    /// `E0211` where there is none of this name, and as for [`House::place_hold`].
    pub async fn release_hold(
        &self,
        wanted: Wanted<'_>,
        key: &SigningKey,
        keys: &SealKeys,
        known: &[(String, Head)],
        _consent: &Consent,
    ) -> Result<HoldChange> {
        let walk = self.fit_chains(keys, known).await?;
        let mut ids = self.chains_of(&walk, wanted.org).await?;
        if wanted.org.is_none() {
            // Also those of organizations that are gone, which nobody can name any more.
            ids.extend(walk.chains.keys().filter(|id| *id != PLATFORM).cloned());
        }
        let has = |id: &&String| walk.chains.get(*id).is_some_and(|chain| chain.holds().contains_key(wanted.name));
        let held: Vec<&String> = ids.iter().filter(has).collect();
        let on_everything = held.first().is_some_and(|id| *id == PLATFORM);
        if held.len() > 1 && wanted.org.is_none() && !on_everything {
            let message = format!("{} organizations have a hold {:?}; nothing was changed", held.len(), wanted.name);
            return Err(Error::new(&code::BAD_ARGUMENT, message).next("say which: --org ORG"));
        }
        let Some(id) = held.first().map(|id| (*id).clone()) else {
            return Err(Error::new(&code::HOLD_NOT_FOUND, format!("there is no hold {:?} there", wanted.name))
                .next("flowbit audit hold list --all"));
        };
        let body = Body::Release(Release { name: wanted.name.to_owned() });
        self.write_hold(wanted, &walk, id, key, body).await
    }

    async fn fit_chains(&self, keys: &SealKeys, known: &[(String, Head)]) -> Result<Walk> {
        self.store.require_writable_topology()?;
        let walk = self.chains(keys, known).await?;
        require_whole(&walk)?;
        Ok(walk)
    }

    async fn write_hold(
        &self,
        wanted: Wanted<'_>,
        walk: &Walk,
        id: String,
        key: &SigningKey,
        body: Body,
    ) -> Result<HoldChange> {
        require_fit(walk, &id)?;
        let place = matches!(body, Body::Hold(_));
        let action = if place { "audit.held" } else { "audit.released" };
        let vars = wanted.org.map(|org| self.vars_of(&org.id, &org.name, &org.slug)).unwrap_or_default();
        let deed = Deed::new(action, doc! { "hold": wanted.name, "chain": &id })
            .changing(doc! { "held": !place }, doc! { "held": place });
        self.put_on_record(&deed, vars, "recording the hold in the audit trail, so it was left as it was").await?;
        let chisel = self.chisel(key, walk).await?;
        let before = walk.chains.get(&id).and_then(Chain::head).map(|(_, head)| head);
        let head = self.append(&chisel, (&id, walk.next(&id)), before, body).await?;
        let (heads, _) = self.roll(&chisel, walk, &BTreeMap::from([(id, head)]), (None, false)).await?;
        Ok(HoldChange { changed: true, heads })
    }

    /// The chains of an organization under all its names, the current one last; the platform's for everything.
    async fn chains_of(&self, walk: &Walk, org: Option<&Org>) -> Result<Vec<String>> {
        let Some(org) = org else { return Ok(vec![PLATFORM.to_owned()]) };
        let names = self.names_ever(&self.trail(), org).await?;
        let of = |value: &Bson| {
            let key = value_key(value);
            let mine = move |chain: &&Chain| chain.tenant().is_some_and(|tenant| value_key(tenant) == key);
            walk.chains.values().filter(mine).map(|chain| chain.id.clone()).collect::<Vec<_>>()
        };
        let chains: Vec<String> = names.iter().rev().flat_map(of).collect();
        if chains.is_empty() {
            let message = format!("nothing of {} is sealed yet, so there is no chain to write the hold into", org.name);
            return Err(Error::new(&code::ORG_STATE, message)
                .next(format!("flowbit audit seal --org {}", crate::ops::org::find::shell(org.name.as_str())))
                .next("flowbit audit hold place NAME --all --reason TEXT   # a hold on everything"));
        }
        Ok(chains)
    }

    /// The holds in force.
    ///
    /// # Errors
    /// `E0601`: where chains are damaged, a hold may be missing.
    pub async fn holds(&self, org: Option<&Org>, keys: &SealKeys, known: &[(String, Head)]) -> Result<Vec<HoldState>> {
        let walk = self.chains(keys, known).await?;
        require_whole(&walk)?;
        let names = match org {
            Some(org) => Some(self.names_ever(&self.trail(), org).await?.iter().map(value_key).collect::<Vec<_>>()),
            None => None,
        };
        let mut holds = Vec::new();
        for chain in walk.chains.values() {
            let tenant = chain.tenant().cloned();
            let key = tenant.as_ref().map(value_key);
            let concerns = names.as_ref().is_none_or(|names| key.is_none_or(|key| names.contains(&key)));
            holds.extend(chain.holds().into_iter().filter(|_| concerns).map(|(name, element)| HoldState {
                name: name.to_owned(),
                tenant: tenant.clone(),
                since: element.at,
                by: element.by.clone(),
                reason: element.reason.clone(),
            }));
        }
        Ok(holds)
    }
}
