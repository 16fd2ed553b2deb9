//! Sealing: what entries there are is written down and signed, beside the path on which backends write them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use bson::{Bson, DateTime, Document, RawDocument, doc, oid::ObjectId};

use super::keys::SealKeys;
use crate::domain::audit::{
    BLOCK_SIZE, Block, Body, Chain, Digest, Element, Encoder, Head, Leaf, Merkle, PLATFORM, Roll, Seal, Trail, Walk,
    chain_of, walk,
};
use crate::domain::plan::Namespace;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::key::SigningKey;
use crate::ops::org::Org;
use crate::store::Pen;
use crate::store::batches::Sweep;
use crate::store::seals::StoredBlock;

/// What is to be sealed.
#[derive(Debug, Clone)]
pub struct Sealing {
    /// The entries of this organization; of all, and of nobody, without.
    pub org: Option<Org>,
    /// Entries from before this moment.
    pub until: DateTime,
    /// How much later than their time entries may come.
    pub tolerance: Duration,
    /// Take in entries that came later than that, too.
    pub accept_late: bool,
    /// Begin new chains where the old ones are damaged.
    pub begin_again: bool,
    /// Say what would be sealed, and seal nothing.
    pub dry_run: bool,
}

/// One seal that was made.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The chain.
    pub chain: String,
    /// Its number.
    pub n: u64,
    /// What it says.
    pub seal: Seal,
}

/// What a run of sealing did.
#[derive(Debug, Clone, Default)]
pub struct SealedRun {
    /// The seals.
    pub seals: Vec<Sealed>,
    /// The heads of all chains, the platform's among them: worth keeping outside of the database.
    pub heads: BTreeMap<String, Head>,
    /// Whether anything was written.
    pub changed: bool,
    /// Chains that were begun again because the old ones are damaged.
    pub begun_again: u64,
}

/// An entry on its way into a seal.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    /// Milliseconds; none where it has no time.
    pub time: Option<i64>,
    pub id: Bson,
    pub digest: Digest,
}

/// Entries by tenant: the tenant, and the bytes that tell it from others.
type Buckets = HashMap<Vec<u8>, (Bson, Vec<Gathered>)>;

/// The value at a path of bytes; null where there is none, or where the path leads elsewhere.
pub(super) fn raw_at(entry: &RawDocument, path: &str) -> Bson {
    let value = match path.split_once('.') {
        None => entry.get(path).ok().flatten(),
        Some((head, rest)) => match entry.get_document(head) {
            Ok(inner) => return raw_at(inner, rest),
            Err(_) => None,
        },
    };
    value.and_then(|value| Bson::try_from(value).ok()).unwrap_or(Bson::Null)
}

/// The time at a path, in milliseconds.
pub(super) fn raw_time(entry: &RawDocument, path: &str) -> Option<i64> {
    match path.split_once('.') {
        None => entry.get_datetime(path).ok().map(DateTime::timestamp_millis),
        Some((head, rest)) => raw_time(entry.get_document(head).ok()?, rest),
    }
}

/// What tells tenants and identifiers apart: numbers of all types are one.
pub(super) fn value_key(value: &Bson) -> Vec<u8> {
    let value = match value {
        Bson::Int32(n) => Bson::Int64((*n).into()),
        Bson::Undefined => Bson::Null,
        other => other.clone(),
    };
    bson::serialize_to_vec(&doc! { "": value }).unwrap_or_default()
}

fn conflict() -> Error {
    Error::new(
        &code::SEALS_BUSY,
        "somebody else is sealing at the same time; their seal was written and this one was not",
    )
    .next("flowbit audit seal   # again: what was sealed stays sealed")
}

/// Refuses to go on where chains are damaged.
///
/// # Errors
/// `E0601`.
pub(super) fn require_whole(walk: &Walk) -> Result<()> {
    let Some(first) = walk.findings.first() else { return Ok(()) };
    let (what, seal, chain) = (first.trouble.word(), first.seal, &first.chain);
    let count = walk.findings.len();
    let message = format!(
        "the chains of seals are damaged; the first of {count}: {what}, seal {seal} of chain {chain} ({})",
        first.detail
    );
    Err(Error::new(&code::SEALS_DAMAGED, message)
        .next("flowbit audit verify --all   # names everything that is wrong")
        .next("flowbit audit seal --all --begin-again   # new chains; the old ones stay as they are"))
}

/// A run of sealing.
struct Run<'r, 'h> {
    house: &'r House<'h>,
    trail: Trail,
    ns: Namespace,
    sealing: &'r Sealing,
    key: &'r SigningKey,
    walk: Walk,
    /// The end of the last run over all tenants: up to there, nothing is in an idle chain.
    rolled: Option<DateTime>,
    done: SealedRun,
}

impl House<'_> {
    /// Reads the chains.
    ///
    /// # Errors
    /// What the server says.
    pub async fn chains(&self, keys: &SealKeys, known: &BTreeMap<String, Head>) -> Result<Walk> {
        let stored = self.store.seals(None).await.map_err(|f| f.into_error("reading the seals"))?;
        Ok(walk(stored, known, &|element| keys.check(element)))
    }

    /// Seals what has not been sealed yet.
    ///
    /// # Errors
    /// `E0601` where chains are damaged: a seal on top would bury that. `E0321` where somebody else seals.
    pub async fn seal(
        &self,
        sealing: &Sealing,
        key: &SigningKey,
        keys: &SealKeys,
        known: &BTreeMap<String, Head>,
    ) -> Result<SealedRun> {
        self.store.require_writable_topology()?;
        let walk = self.chains(keys, known).await?;
        if let Some(first) = walk.findings.first().filter(|_| !sealing.begin_again) {
            let message = format!(
                "the chains of seals are damaged ({} findings; the first: {}, seal {} of chain {}: {}); a seal on top would bury that",
                walk.findings.len(),
                first.trouble.word(),
                first.seal,
                first.chain,
                first.detail
            );
            return Err(Error::new(&code::SEALS_DAMAGED, message)
                .next("flowbit audit verify --all   # names everything that is wrong")
                .next("flowbit audit seal --begin-again   # new chains; the old ones stay as they are"));
        }
        let trail = self.trail();
        let mut run = Run {
            house: self,
            ns: self.master(&trail.collection),
            trail,
            sealing,
            key,
            rolled: rolled(&walk),
            walk,
            done: SealedRun::default(),
        };
        run.all().await?;
        Ok(run.done)
    }
}

impl House<'_> {
    /// Signs an element and puts it at the end of a chain.
    pub(super) async fn append(&self, key: &SigningKey, chain: &str, before: Option<Head>, body: Body) -> Result<Head> {
        let mut element = Element {
            chain: chain.to_owned(),
            n: before.map_or(0, |head| head.n) + 1,
            at: DateTime::now(),
            by: self.actor.clone(),
            reason: self.reason.clone(),
            prev: before.map_or([0; 32], |head| head.digest),
            body,
            kid: key.kid.clone().unwrap_or_else(|| key.name.clone()),
            signature: String::new(),
        };
        element.signature = key.sign(&element.message())?;
        if !Pen::free(self.store).put_element(&element).await? {
            return Err(conflict());
        }
        Ok(Head { n: element.n, digest: element.digest() })
    }

    /// Writes down how far all chains have come: those that were read, and the `new` heads. Gives the heads of all, the
    /// platform's among them, and whether anything was written.
    pub(super) async fn roll(
        &self,
        key: Option<&SigningKey>,
        walk: &Walk,
        new: BTreeMap<String, Head>,
        until: Option<DateTime>,
    ) -> Result<(BTreeMap<String, Head>, bool)> {
        let platform = walk.chains.get(PLATFORM);
        let mut rolled: BTreeMap<&str, u64> = BTreeMap::new();
        for element in platform.iter().flat_map(|chain| chain.elements.values()) {
            if let Body::Roll(roll) = &element.body {
                rolled.extend(roll.heads.iter().map(|(chain, head)| (chain.as_str(), head.n)));
            }
        }
        // Heads of a run that was stopped before its roll are in this one.
        let there = walk.chains.values().filter_map(|chain| Some((chain.id.clone(), chain.head()?.1)));
        let mut heads: BTreeMap<String, Head> = there.collect();
        heads.extend(new);
        let last = heads.remove(PLATFORM);
        let is_new = |(chain, head): &(&String, &Head)| rolled.get(chain.as_str()).is_none_or(|n| *n < head.n);
        let news: BTreeMap<String, Head> =
            heads.iter().filter(is_new).map(|(chain, head)| (chain.clone(), *head)).collect();
        let head = match key.filter(|_| !news.is_empty() || until.is_some()) {
            Some(key) => Some(self.append(key, PLATFORM, last, Body::Roll(Roll { heads: news, until })).await?),
            None => None,
        };
        heads.extend(head.or(last).map(|head| (PLATFORM.to_owned(), head)));
        Ok((heads, head.is_some()))
    }

    /// Whether an index finds the entries of a tenant.
    pub(super) async fn leads_by(&self, trail: &Trail) -> Result<bool> {
        let indexes = self.store.indexes(&self.master(&trail.collection)).await?;
        let first = |index: &Document| index.get_document("key").ok().and_then(|key| key.keys().next().cloned());
        Ok(trail.tenant.is_some() && indexes.iter().any(|index| first(index) == trail.tenant))
    }
}

/// The end of the last run over all tenants.
pub(super) fn rolled(walk: &Walk) -> Option<DateTime> {
    let rolls = walk.chains.get(PLATFORM)?.elements.values();
    rolls.filter_map(|element| if let Body::Roll(roll) = &element.body { roll.until } else { None }).max()
}

impl Run<'_, '_> {
    async fn all(&mut self) -> Result<()> {
        match (&self.sealing.org, self.trail.tenant.clone()) {
            (Some(org), Some(path)) => {
                for (tenant, _) in self.house.names_in_trail(&self.trail, org).await? {
                    self.one(tenant, Some(&path)).await?;
                }
            }
            (None, Some(path)) if self.house.leads_by(&self.trail).await? => {
                let mut tenants = self.house.store.distinct(&self.ns, &path).await?;
                tenants.sort_by_key(value_key);
                tenants.dedup_by_key(|tenant| value_key(tenant));
                if !tenants.contains(&Bson::Null) {
                    tenants.push(Bson::Null);
                }
                for (n, tenant) in tenants.iter().enumerate() {
                    self.house.watch.step(n + 1, tenants.len(), "sealing");
                    self.one(tenant.clone(), Some(&path)).await?;
                }
            }
            // Without an index each tenant would be a look at everything.
            (None, _) => self.at_once().await?,
            (Some(_), None) => self.one(Bson::Null, None).await?,
        }
        self.roll().await
    }

    /// The last chain of a tenant that can be gone on with, and its ordinal.
    fn chain(&self, tenant: &Bson) -> (String, Option<&Chain>) {
        let mut ordinal = 0;
        loop {
            let id = chain_of(tenant, ordinal);
            match self.walk.chains.get(&id) {
                None => return (id, None),
                // A damaged one stays as it is; one that went on under another name is another tenant's now.
                Some(chain) => {
                    let damaged = self.walk.findings.iter().any(|finding| finding.chain == id);
                    let is_own = chain.tenant().is_none_or(|own| value_key(own) == value_key(tenant));
                    if !damaged && is_own {
                        return (id, Some(chain));
                    }
                    ordinal += 1;
                }
            }
        }
    }

    /// The end of what is sealed of a chain: its own, or that of the last run over all.
    fn sealed_until(&self, chain: Option<&Chain>) -> Option<DateTime> {
        let own = chain.and_then(|chain| chain.seals().next_back()).map(|(_, seal)| seal.until);
        own.max(self.rolled)
    }

    fn tolerance(&self) -> i64 {
        i64::try_from(self.sealing.tolerance.as_millis()).unwrap_or(i64::MAX)
    }

    /// The conditions that find what may have to be sealed: by time, and what has none.
    fn conditions(&self, from: Option<DateTime>) -> Vec<Document> {
        let mut bounds = doc! { "$lt": self.sealing.until };
        if let Some(from) = from.filter(|_| !self.sealing.accept_late) {
            bounds.insert("$gte", DateTime::from_millis(from.timestamp_millis().saturating_sub(self.tolerance())));
        }
        let path = &self.trail.time;
        vec![doc! { path: bounds }, doc! { path: { "$not": { "$type": "date" } } }]
    }

    async fn gather(&self, tenant: Option<(&Bson, &str)>, from: Option<DateTime>) -> Result<Buckets> {
        let mut buckets = Buckets::new();
        let mut encoder = Encoder::new(&self.trail.rewritten);
        for mut filter in self.conditions(from) {
            if let Some((value, path)) = tenant {
                let mut whole = Document::new();
                whole.insert(path, value.clone());
                whole.extend(filter);
                filter = whole;
            }
            let sweep = Sweep { filter, ..Sweep::default() };
            let mut batches = self.house.store.sweep(&self.ns, sweep).await?;
            let path = self.trail.tenant.as_deref();
            while let Some(batch) = batches.next().await? {
                batch.each(|entry| {
                    let Ok(digest) = encoder.digest(entry) else { return };
                    let value = path.map_or(Bson::Null, |path| raw_at(entry, path));
                    let time = raw_time(entry, &self.trail.time);
                    let gathered = Gathered { time, id: raw_at(entry, "_id"), digest };
                    buckets.entry(value_key(&value)).or_insert_with(|| (value, Vec::new())).1.push(gathered);
                })?;
            }
        }
        Ok(buckets)
    }

    /// From when on entries of a tenant may be unsealed. A tenant without a chain had no entries at the last run over
    /// all; unless its chain is begun again, or may go on under another name.
    fn begin(&self, tenant: &Bson) -> Option<DateTime> {
        let (id, chain) = self.chain(tenant);
        let is_new = chain.is_none() && id == chain_of(tenant, 0) && self.trail.rewritten.is_empty();
        if chain.is_some() || is_new { self.sealed_until(chain) } else { None }
    }

    async fn one(&mut self, tenant: Bson, path: Option<&str>) -> Result<()> {
        let from = self.begin(&tenant);
        if from.is_some_and(|from| from >= self.sealing.until) && !self.sealing.accept_late {
            return Ok(());
        }
        let mut buckets = self.gather(path.map(|path| (&tenant, path)), from).await?;
        let gathered = buckets.remove(&value_key(&tenant)).map(|(_, gathered)| gathered).unwrap_or_default();
        self.put(tenant, gathered).await
    }

    /// All tenants from one look at everything.
    async fn at_once(&mut self) -> Result<()> {
        let from = self.rolled.filter(|_| !self.sealing.begin_again && self.trail.rewritten.is_empty());
        let buckets = self.gather(None, from).await?;
        let mut all: Vec<(Bson, Vec<Gathered>)> = buckets.into_values().collect();
        all.sort_by_key(|(tenant, _)| value_key(tenant));
        for (tenant, gathered) in all {
            self.put(tenant, gathered).await?;
        }
        Ok(())
    }

    /// Of what was gathered, what no seal of the chain vouches for yet.
    async fn unsealed(&self, chain: Option<&Chain>, gathered: Vec<Gathered>) -> Result<Vec<Gathered>> {
        let Some(chain) = chain else { return Ok(gathered) };
        let earliest = gathered.iter().filter_map(|entry| entry.time).min();
        let has_untimed = gathered.iter().any(|entry| entry.time.is_none());
        let mut known: HashSet<Vec<u8>> = HashSet::new();
        for (n, seal) in chain.seals() {
            let overlaps = earliest.is_some_and(|earliest| seal.until.timestamp_millis() > earliest);
            if seal.count == 0 || !(overlaps || (has_untimed && seal.untimed > 0)) {
                continue;
            }
            for stored in
                self.house.store.blocks_of(&chain.id, n).await?.into_iter().filter(|stored| stored.run == seal.run)
            {
                known.extend(stored.block.iter().flat_map(Block::ids).map(|id| value_key(&id)));
            }
        }
        Ok(gathered.into_iter().filter(|entry| !known.contains(&value_key(&entry.id))).collect())
    }

    /// Seals what was gathered of a tenant.
    async fn put(&mut self, tenant: Bson, gathered: Vec<Gathered>) -> Result<()> {
        let renamed = self.renamed(&tenant, &gathered).await?;
        let (id, chain) = match &renamed {
            Some(id) => (id.clone(), self.walk.chains.get(id)),
            None => self.chain(&tenant),
        };
        let begun_again = chain.is_none() && id != chain_of(&tenant, 0);
        let from = if renamed.is_some() { self.sealed_until(chain) } else { self.begin(&tenant) };
        let mut entries = self.unsealed(chain, gathered).await?;
        if let Some(from) = from.filter(|_| !self.sealing.accept_late) {
            // Whatever comes later than is tolerated is for people to look at: verifying names it.
            let limit = from.timestamp_millis().saturating_sub(self.tolerance());
            entries.retain(|entry| entry.time.is_none_or(|time| time >= limit));
        }
        if entries.is_empty() {
            return Ok(());
        }
        entries.sort_by_cached_key(|entry| (entry.time.is_some(), entry.time, value_key(&entry.id)));
        let head = chain.and_then(Chain::head).map(|(_, head)| head);
        let seal = self.say(tenant, from, &entries);
        let n = head.map_or(0, |head| head.n) + 1;
        self.done.begun_again += u64::from(begun_again);
        self.write(&id, n, head, seal, &entries).await
    }

    fn say(&self, tenant: Bson, from: Option<DateTime>, entries: &[Gathered]) -> Seal {
        let tolerance = self.tolerance();
        let count = |which: &dyn Fn(&Gathered) -> bool| entries.iter().filter(|entry| which(entry)).count() as u64;
        let before = |limit: Option<i64>| {
            move |entry: &Gathered| limit.is_some_and(|limit| entry.time.is_some_and(|time| time < limit))
        };
        let begin = from.map(DateTime::timestamp_millis);
        let mut tree = Merkle::default();
        entries.iter().for_each(|entry| tree.push(entry.digest));
        let times = || entries.iter().filter_map(|entry| entry.time);
        Seal {
            tenant,
            collection: self.trail.collection.clone(),
            tenant_path: self.trail.tenant.clone(),
            time_path: self.trail.time.clone(),
            omitted: self.trail.rewritten.clone(),
            from,
            until: self.sealing.until.max(from.unwrap_or(self.sealing.until)),
            tolerance,
            count: entries.len() as u64,
            untimed: count(&|entry| entry.time.is_none()),
            late: count(&before(begin)),
            accepted: count(&before(begin.map(|begin| begin.saturating_sub(tolerance)))),
            first: times().next().map(DateTime::from_millis),
            last: times().next_back().map(DateTime::from_millis),
            root: tree.root(),
            run: ObjectId::new().to_hex(),
            blocks: Vec::new(),
        }
    }

    async fn write(
        &mut self,
        id: &str,
        n: u64,
        head: Option<Head>,
        mut seal: Seal,
        entries: &[Gathered],
    ) -> Result<()> {
        let leaves = |some: &[Gathered]| -> Vec<Leaf> {
            some.iter().map(|entry| Leaf { id: entry.id.clone(), digest: entry.digest }).collect()
        };
        let blocks: Vec<Block> = entries.chunks(BLOCK_SIZE).map(|some| Block::of(&leaves(some))).collect();
        seal.blocks = blocks.iter().map(Block::digest).collect();
        let sealed = Sealed { chain: id.to_owned(), n, seal: seal.clone() };
        if !self.sealing.dry_run {
            let pen = Pen::free(self.house.store);
            let run = seal.run.clone();
            let each = |(number, block)| StoredBlock {
                chain: id.to_owned(),
                seal: n,
                run: run.clone(),
                number,
                block: Some(block),
            };
            let stored: Vec<StoredBlock> = blocks.into_iter().enumerate().map(each).collect();
            pen.put_blocks(&stored).await?;
            let head = self.house.append(self.key, id, head, Body::Seal(Box::new(seal))).await;
            if head.as_ref().is_err_and(|error| error.code() == &code::SEALS_BUSY) {
                pen.drop_blocks(id, n, &run).await?;
            }
            self.done.heads.insert(id.to_owned(), head?);
            self.done.changed = true;
        }
        self.done.seals.push(sealed);
        Ok(())
    }

    /// The chain that the entries of this tenant were sealed in under a name it had: where a rename rewrites entries, all
    /// of an old chain's are found under the new name.
    async fn renamed(&self, tenant: &Bson, gathered: &[Gathered]) -> Result<Option<String>> {
        if self.trail.rewritten.is_empty() || self.chain(tenant).1.is_some() || gathered.is_empty() {
            return Ok(None);
        }
        let there: HashSet<Digest> = gathered.iter().map(|entry| entry.digest).collect();
        for chain in self.walk.chains.values().filter(|chain| chain.tenant().is_some()) {
            let Some((n, seal)) = chain.seals().find(|(_, seal)| seal.count > 0) else { continue };
            let blocks = self.house.store.blocks_of(&chain.id, n).await?;
            let first = blocks.iter().filter(|stored| stored.run == seal.run).find_map(|stored| stored.block.as_ref());
            if first.and_then(|block| block.leaves().next()).is_some_and(|leaf| there.contains(&leaf)) {
                return Ok(Some(chain.id.clone()));
            }
        }
        Ok(None)
    }

    /// Writes down how far all chains have come.
    async fn roll(&mut self) -> Result<()> {
        let is_whole = self.sealing.org.is_none();
        let until = self.sealing.until;
        let until = Some(until).filter(|until| is_whole && self.rolled.is_none_or(|rolled| rolled < *until));
        let new = std::mem::take(&mut self.done.heads);
        let key = (!self.sealing.dry_run).then_some(self.key);
        let (heads, rolled) = self.house.roll(key, &self.walk, new, until).await?;
        self.done.heads = heads;
        self.done.changed |= rolled;
        Ok(())
    }
}
