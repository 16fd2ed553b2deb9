//! Erasing entries whose time is over, whole seals at a time: what they were stays provable, that they were erased is
//! signed, and nothing goes while a hold is in force.

use std::collections::BTreeMap;

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};

use super::keys::SealKeys;
use super::seal::{require_whole, value_key};
use crate::domain::audit::{Block, Body, Chain, Deed, Encoder, Head, Hold, PLATFORM, Prune, Release, Walk};
use crate::domain::template::Vars;
use crate::error::{Error, Result, code};
use crate::ops::key::SigningKey;
use crate::ops::org::Org;
use crate::ops::{Consent, House};
use crate::store::Pen;

/// Entries that are erased in one command.
const ERASED: usize = 1000;

/// What of one chain would be erased.
#[derive(Debug, Clone)]
pub struct Erasable {
    /// The chain.
    pub chain: String,
    /// The tenant, as entries have it.
    pub tenant: Bson,
    /// The seals, by number.
    pub seals: Vec<u64>,
    /// How many entries.
    pub count: u64,
    /// Times of the first and the last of them.
    pub between: (Option<DateTime>, Option<DateTime>),
    /// Entries of an earlier erasing that was stopped, by seal: their erasing is signed, and they are still there.
    pub left: Vec<u64>,
}

/// What would be erased, and on what that was decided.
#[derive(Debug)]
pub struct Pruning {
    /// By chain.
    pub chains: Vec<Erasable>,
    /// Entries from before this moment.
    pub before: DateTime,
    walk: Walk,
}

impl Pruning {
    /// How many entries.
    pub fn count(&self) -> u64 {
        self.chains.iter().map(|chain| chain.count).sum()
    }

    /// Whether there is nothing to erase.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }
}

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

impl House<'_> {
    /// What could be erased.
    ///
    /// # Errors
    /// `E0601` where chains are damaged, `E1008` where a hold is in force.
    pub async fn plan_prune(
        &self,
        org: Option<&Org>,
        before: DateTime,
        keys: &SealKeys,
        known: &BTreeMap<String, Head>,
    ) -> Result<Pruning> {
        let walk = self.chains(keys, known).await?;
        require_whole(&walk)?;
        let tenants = self.tenant_keys(org).await?;
        let mut chains = Vec::new();
        for chain in walk.chains.values().filter(|chain| chain.id != PLATFORM) {
            let Some(tenant) = chain.tenant() else { continue };
            if tenants.as_ref().is_some_and(|tenants| !tenants.contains(&value_key(tenant))) {
                continue;
            }
            let mut erasable = erasable(chain, tenant, before);
            for n in last_pruned(chain) {
                if self.any_left(chain, n).await? {
                    erasable.left.push(n);
                }
            }
            if erasable.count == 0 && erasable.left.is_empty() {
                continue;
            }
            require_no_hold(&walk, chain)?;
            chains.push(erasable);
        }
        Ok(Pruning { chains, before, walk })
    }

    /// What entries of an organization, under all its names, are told apart by.
    async fn tenant_keys(&self, org: Option<&Org>) -> Result<Option<Vec<Vec<u8>>>> {
        let Some(org) = org else { return Ok(None) };
        let names = self.names_in_trail(&self.trail(), org).await?;
        Ok(Some(names.iter().map(|(value, _)| value_key(value)).collect()))
    }

    /// Whether entries of an erased seal are still there: they go in order, so the last one tells.
    async fn any_left(&self, chain: &Chain, n: u64) -> Result<bool> {
        let Some(seal) = chain.seals().find(|(number, _)| *number == n).map(|(_, seal)| seal) else { return Ok(false) };
        let ns = self.master(&seal.collection);
        let stored = self.store.blocks_of(&chain.id, n).await?;
        let last = stored.iter().rfind(|stored| stored.run == seal.run).and_then(|stored| stored.block.as_ref());
        match last.and_then(|block| block.ids().pop()) {
            Some(id) => Ok(self.store.exists(&ns, doc! { "_id": id }).await?),
            None => Ok(false),
        }
    }

    /// Erases. The seals and their digests stay; that the entries were erased is signed first.
    ///
    /// # Errors
    /// `E0602` where an entry is not as it was sealed, and whatever kept the audit entry from being written: nothing is
    /// erased then.
    pub async fn prune(&self, pruning: &Pruning, key: &SigningKey, _consent: &Consent) -> Result<u64> {
        for erasable in &pruning.chains {
            for n in &erasable.seals {
                self.require_as_sealed(&pruning.walk, &erasable.chain, *n).await?;
            }
        }
        let mut heads = BTreeMap::new();
        let mut erased = 0;
        for erasable in &pruning.chains {
            if erasable.count > 0 {
                let seals: Vec<Bson> =
                    erasable.seals.iter().map(|n| Bson::Int64(i64::try_from(*n).unwrap_or(i64::MAX))).collect();
                let entries = i64::try_from(erasable.count).unwrap_or(i64::MAX);
                let details = doc! {
                    "chain": &erasable.chain, "tenant": erasable.tenant.clone(), "seals": seals,
                    "entries": entries, "until": pruning.before,
                };
                let deed = Deed::new("audit.pruned", details).changing(doc! { "entries": entries }, Bson::Null);
                let doing = "recording in the audit trail that entries are erased, so none was";
                self.put_on_record(&deed, Vars::new(), doing).await?;
                let head = pruning.walk.chains.get(&erasable.chain).and_then(Chain::head).map(|(_, head)| head);
                let prune = Prune { seals: erasable.seals.clone(), count: erasable.count, before: pruning.before };
                let head = self.append(key, &erasable.chain, head, Body::Prune(prune)).await?;
                heads.insert(erasable.chain.clone(), head);
            }
            for n in erasable.left.iter().chain(&erasable.seals) {
                erased += self.erase(&pruning.walk, &erasable.chain, *n).await?;
            }
        }
        self.roll(Some(key), &pruning.walk, heads, None).await?;
        Ok(erased)
    }

    async fn require_as_sealed(&self, walk: &Walk, chain: &str, n: u64) -> Result<()> {
        let Some(chain) = walk.chains.get(chain) else { return Ok(()) };
        let Some((_, seal)) = chain.seals().find(|(number, _)| *number == n) else { return Ok(()) };
        let ns = self.master(&seal.collection);
        let mut encoder = Encoder::new(&seal.omitted);
        let altered = |what: String| {
            Error::new(&code::TRAIL_ALTERED, format!("seal {n} of chain {}: {what}; nothing was erased", chain.id))
                .next("flowbit audit verify --all   # names everything that is wrong")
        };
        let stored = self.store.blocks_of(&chain.id, n).await?;
        for (number, digest) in seal.blocks.iter().enumerate() {
            let block = stored.iter().find(|stored| stored.run == seal.run && stored.number == number);
            let block = block.and_then(|stored| stored.block.as_ref()).filter(|block| block.digest() == *digest);
            let Some(block) = block else {
                return Err(altered(format!("block {} of its digests is not as it was", number + 1)));
            };
            let expected: Vec<(Bson, crate::domain::audit::Digest)> =
                block.ids().into_iter().zip(block.leaves()).collect();
            for some in expected.chunks(ERASED) {
                let ids: Vec<Bson> = some.iter().map(|(id, _)| id.clone()).collect();
                let found = self.store.find(&ns, doc! { "_id": { "$in": ids } }, None, None).await?;
                let there: BTreeMap<Vec<u8>, Document> =
                    found.into_iter().filter_map(|d| Some((value_key(d.get("_id")?), d))).collect();
                for (id, digest) in some {
                    let raw = there.get(&value_key(id)).and_then(|document| RawDocumentBuf::try_from(document).ok());
                    if raw.and_then(|raw| encoder.digest(&raw).ok()) != Some(*digest) {
                        return Err(altered(format!("entry {id} is not as it was sealed")));
                    }
                }
            }
        }
        Ok(())
    }

    async fn erase(&self, walk: &Walk, chain: &str, n: u64) -> Result<u64> {
        let Some(chain) = walk.chains.get(chain) else { return Ok(0) };
        let Some((_, seal)) = chain.seals().find(|(number, _)| *number == n) else { return Ok(0) };
        let ns = self.master(&seal.collection);
        let mut erased = 0;
        for stored in self.store.blocks_of(&chain.id, n).await?.iter().filter(|stored| stored.run == seal.run) {
            let ids = stored.block.as_ref().map(Block::ids).unwrap_or_default();
            for some in ids.chunks(ERASED) {
                erased += Pen::free(self.store).delete_where(&ns, doc! { "_id": { "$in": some.to_vec() } }).await?;
                self.watch.progress(erased, None);
            }
        }
        Ok(erased)
    }

    /// Places a hold, on a tenant or on everything. False where one of this name is in force.
    ///
    /// # Errors
    /// `E0601`, and what keeps it or its audit entry from being written.
    pub async fn place_hold(&self, org: Option<&Org>, name: &str, key: &SigningKey, keys: &SealKeys) -> Result<bool> {
        self.change_hold(org, name, key, keys, true).await
    }

    /// Ends a hold. False where there is none of this name.
    ///
    /// # Errors
    /// As for [`House::place_hold`].
    pub async fn release_hold(
        &self,
        org: Option<&Org>,
        name: &str,
        key: &SigningKey,
        keys: &SealKeys,
        _consent: &Consent,
    ) -> Result<bool> {
        self.change_hold(org, name, key, keys, false).await
    }

    async fn change_hold(
        &self,
        org: Option<&Org>,
        name: &str,
        key: &SigningKey,
        keys: &SealKeys,
        place: bool,
    ) -> Result<bool> {
        self.store.require_writable_topology()?;
        let walk = self.chains(keys, &BTreeMap::new()).await?;
        require_whole(&walk)?;
        let id = self.chain_for(&walk, org).await?;
        let chain = walk.chains.get(&id);
        if chain.is_some_and(|chain| chain.holds().contains_key(name)) == place {
            return Ok(false);
        }
        let (action, body) = match place {
            true => ("audit.held", Body::Hold(Hold { name: name.to_owned() })),
            false => ("audit.released", Body::Release(Release { name: name.to_owned() })),
        };
        let vars = org.map(|org| self.vars_of(&org.id, &org.name, &org.slug)).unwrap_or_default();
        let doing = "recording the hold in the audit trail, so it was left as it was";
        let deed = Deed::new(action, doc! { "hold": name, "chain": &id })
            .changing(doc! { "held": !place }, doc! { "held": place });
        self.put_on_record(&deed, vars, doing).await?;
        let head = chain.and_then(Chain::head).map(|(_, head)| head);
        let head = self.append(key, &id, head, body).await?;
        self.roll(Some(key), &walk, BTreeMap::from([(id, head)]), None).await?;
        Ok(true)
    }

    /// The chain of an organization, or the platform's.
    async fn chain_for(&self, walk: &Walk, org: Option<&Org>) -> Result<String> {
        let Some(org) = org else { return Ok(PLATFORM.to_owned()) };
        let names = self.names_in_trail(&self.trail(), org).await?;
        let of = |value: &Bson| {
            let mine = |chain: &&Chain| chain.tenant().is_some_and(|tenant| value_key(tenant) == value_key(value));
            walk.chains.values().rfind(mine).map(|chain| chain.id.clone())
        };
        names.first().and_then(|(value, _)| of(value)).ok_or_else(|| {
            Error::new(
                &code::ORG_STATE,
                format!("nothing of {} is sealed yet, so there is no chain to write the hold into", org.name),
            )
            .next(format!("flowbit audit seal --org {}", crate::ops::org::find::shell(org.name.as_str())))
            .next("flowbit audit hold place NAME --all   # a hold on everything")
        })
    }

    /// The holds in force.
    ///
    /// # Errors
    /// `E0601`: where chains are damaged, a hold may be missing.
    pub async fn holds(
        &self,
        org: Option<&Org>,
        keys: &SealKeys,
        known: &BTreeMap<String, Head>,
    ) -> Result<Vec<HoldState>> {
        let walk = self.chains(keys, known).await?;
        require_whole(&walk)?;
        let tenants = self.tenant_keys(org).await?;
        let mut holds = Vec::new();
        for chain in walk.chains.values() {
            let tenant = chain.tenant().cloned();
            let key = tenant.as_ref().map(value_key);
            let concerns = tenants.as_ref().is_none_or(|tenants| key.is_none_or(|key| tenants.contains(&key)));
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

fn erasable(chain: &Chain, tenant: &Bson, before: DateTime) -> Erasable {
    let pruned = chain.pruned();
    let over: Vec<(u64, &crate::domain::audit::Seal)> = chain
        .seals()
        .filter(|(n, seal)| !pruned.contains(n) && seal.count > 0 && seal.last.is_some_and(|last| last < before))
        .collect();
    Erasable {
        chain: chain.id.clone(),
        tenant: tenant.clone(),
        seals: over.iter().map(|(n, _)| *n).collect(),
        count: over.iter().map(|(_, seal)| seal.count).sum(),
        between: (over.iter().filter_map(|(_, s)| s.first).min(), over.iter().filter_map(|(_, s)| s.last).max()),
        left: Vec::new(),
    }
}

/// The seals of the last erasing.
fn last_pruned(chain: &Chain) -> Vec<u64> {
    let prune = chain.elements.values().rev().find_map(|element| match &element.body {
        Body::Prune(prune) => Some(prune.seals.clone()),
        _ => None,
    });
    prune.unwrap_or_default()
}

fn require_no_hold(walk: &Walk, chain: &Chain) -> Result<()> {
    let platform = walk.chains.get(PLATFORM);
    let holds = chain.holds().into_iter().chain(platform.into_iter().flat_map(Chain::holds));
    match holds.into_iter().next() {
        None => Ok(()),
        Some((name, element)) => {
            let since = element.at.try_to_rfc3339_string().unwrap_or_default();
            let message = format!("the hold {name:?} of {} is in force since {since}; nothing was erased", element.by);
            Err(Error::new(&code::ON_HOLD, message).next("flowbit audit hold list"))
        }
    }
}
