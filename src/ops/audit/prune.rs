//! Erasing entries whose time is over, whole seals at a time: what they were stays provable, that they were erased is
//! signed, and nothing goes while a hold is in force.

use std::collections::BTreeMap;

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};

use super::chisel::require_whole;
use super::keys::SealKeys;
use super::raw::value_key;
use crate::domain::audit::{Body, Chain, Deed, Encoder, Head, PLATFORM, Prune, Walk};
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
}

/// What was erased.
#[derive(Debug, Clone)]
pub struct Pruned {
    /// How many entries.
    pub erased: u64,
    /// The heads of all chains.
    pub heads: BTreeMap<String, Head>,
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
        known: &[(String, Head)],
    ) -> Result<Pruning> {
        let walk = self.chains(keys, known).await?;
        require_whole(&walk)?;
        let trail = self.trail();
        let kin = self.kin(&trail).await?;
        let names = match org {
            Some(org) => Some(self.names_in_trail(&trail, org).await?),
            None => None,
        };
        let mut chains = Vec::new();
        for chain in walk.chains.values().filter(|chain| chain.id != PLATFORM) {
            let Some(tenant) = chain.tenant() else { continue };
            // A name that the organization had may be somebody else's since.
            let limit = match &names {
                None => Some(before),
                Some(names) => names
                    .iter()
                    .find(|(name, _)| value_key(name) == value_key(tenant))
                    .map(|(_, until)| until.map_or(before, |until| until.min(before))),
            };
            let Some(limit) = limit else { continue };
            let mut erasable = erasable(chain, tenant, limit);
            for n in chain.pruned() {
                if self.any_left(chain, n).await? {
                    erasable.left.push(n);
                }
            }
            if erasable.count == 0 && erasable.left.is_empty() {
                continue;
            }
            kin.require_no_hold(&walk, chain)?;
            chains.push(erasable);
        }
        Ok(Pruning { chains, before })
    }

    /// Whether entries of an erased seal are still there.
    async fn any_left(&self, chain: &Chain, n: u64) -> Result<bool> {
        let Some((_, seal)) = chain.seals().find(|(number, _)| *number == n) else { return Ok(false) };
        let ns = self.master(&seal.collection);
        for block in self.trusted_blocks(&chain.id, n, seal).await? {
            for some in block.ids().chunks(ERASED) {
                if self.store.exists(&ns, doc! { "_id": { "$in": some.to_vec() } }).await? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Erases. The seals and their digests stay; that the entries are erased is signed before the first of them is.
    ///
    /// # Errors
    /// `E0602` where an entry is not as it was sealed, `E1008` and `E0601` for what came up since the plan, and whatever
    /// kept the audit entry from being written: nothing is erased then.
    pub async fn prune(
        &self,
        pruning: &Pruning,
        key: &SigningKey,
        keys: &SealKeys,
        known: &[(String, Head)],
        _consent: &Consent,
    ) -> Result<Pruned> {
        // Somebody may have taken their time to agree: the chains are read again, and a hold that is placed from here on
        // takes the number of an element below, which then is refused.
        let walk = self.chains(keys, known).await?;
        require_whole(&walk)?;
        self.require_prunable(&walk, pruning).await?;
        let chisel = self.chisel(key, &walk).await?;
        let mut heads = BTreeMap::new();
        for erasable in pruning.chains.iter().filter(|erasable| erasable.count > 0) {
            self.record_pruning(erasable, pruning.before).await?;
            let before = walk.chains.get(&erasable.chain).and_then(Chain::head).map(|(_, head)| head);
            let prune = Prune { seals: erasable.seals.clone(), count: erasable.count, before: pruning.before };
            let place = (erasable.chain.as_str(), walk.next(&erasable.chain));
            let head = self.append(&chisel, place, before, Body::Prune(prune)).await?;
            heads.insert(erasable.chain.clone(), head);
        }
        let (heads, _) = self.roll(&chisel, &walk, &heads, (None, false)).await?;
        let mut erased = 0;
        for erasable in &pruning.chains {
            for n in erasable.left.iter().chain(&erasable.seals) {
                erased += self.erase(&walk, &erasable.chain, *n, erased).await?;
            }
        }
        Ok(Pruned { erased, heads })
    }

    /// Looks whether what was planned can be erased, for whoever only wants to know.
    ///
    /// # Errors
    /// As for [`House::prune`].
    pub async fn rehearse_prune(&self, pruning: &Pruning, keys: &SealKeys, known: &[(String, Head)]) -> Result<()> {
        let walk = self.chains(keys, known).await?;
        self.require_prunable(&walk, pruning).await
    }

    async fn require_prunable(&self, walk: &Walk, pruning: &Pruning) -> Result<()> {
        let kin = self.kin(&self.trail()).await?;
        for erasable in &pruning.chains {
            let Some(chain) = walk.chains.get(&erasable.chain) else { continue };
            kin.require_no_hold(walk, chain)?;
            for n in &erasable.seals {
                self.require_as_sealed(walk, &erasable.chain, *n).await?;
            }
        }
        Ok(())
    }

    async fn record_pruning(&self, erasable: &Erasable, before: DateTime) -> Result<()> {
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let seals: Vec<Bson> = erasable.seals.iter().map(|n| Bson::Int64(whole(*n))).collect();
        let details = doc! {
            "chain": &erasable.chain, "tenant": erasable.tenant.clone(), "seals": seals,
            "entries": whole(erasable.count), "until": before,
        };
        let deed = Deed::new("audit.pruned", details).changing(doc! { "entries": whole(erasable.count) }, Bson::Null);
        let doing = "recording in the audit trail that entries are erased, so none was";
        // In the trail of whose entries they were.
        let trail = self.trail();
        let orgs = self.orgs_briefly().await?;
        let vars = orgs.iter().map(|org| self.vars(&org.id, &org.name, &org.slug, &org.home));
        let is_own = |vars: &Vars| trail.key_of(vars).is_some_and(|key| value_key(&key) == value_key(&erasable.tenant));
        let vars = vars.into_iter().find(is_own).unwrap_or_default();
        self.put_on_record(&deed, vars, doing).await
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
        for block in self.trusted_blocks(&chain.id, n, seal).await? {
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

    async fn erase(&self, walk: &Walk, chain: &str, n: u64, before: u64) -> Result<u64> {
        let Some(chain) = walk.chains.get(chain) else { return Ok(0) };
        let Some((_, seal)) = chain.seals().find(|(number, _)| *number == n) else { return Ok(0) };
        let ns = self.master(&seal.collection);
        let mut erased = 0;
        for block in self.trusted_blocks(&chain.id, n, seal).await? {
            for some in block.ids().chunks(ERASED) {
                erased += Pen::free(self.store).delete_where(&ns, doc! { "_id": { "$in": some.to_vec() } }).await?;
                self.watch.progress(before + erased, None);
            }
        }
        Ok(erased)
    }
}

fn erasable(chain: &Chain, tenant: &Bson, before: DateTime) -> Erasable {
    let pruned = chain.pruned();
    let over: Vec<(u64, &crate::domain::audit::Seal)> = chain
        .seals()
        .filter(|(n, seal)| !pruned.contains(n) && seal.count > 0 && seal.last.unwrap_or(seal.until) < before)
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
