//! Sealing: what entries there are is written down and signed, beside the path on which backends write them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use bson::{Bson, DateTime, Document, RawDocument, doc, oid::ObjectId};

use super::chisel::{Chisel, require_whole, rolled};
use super::keys::SealKeys;
use super::raw::{time_at, value_at, value_key};
use crate::domain::audit::{
    BLOCK_SIZE, Block, Body, Chain, Digest, Encoder, Head, Leaf, Merkle, PLATFORM, Seal, Trail, Walk, chain_of,
};
use crate::domain::fields;
use crate::domain::naming::OrgName;
use crate::domain::plan::Namespace;
use crate::domain::rawdoc::at;
use crate::error::{Result, code};
use crate::journal::OPS;
use crate::ops::House;
use crate::ops::key::SigningKey;
use crate::ops::org::Org;
use crate::store::Pen;
use crate::store::batches::Sweep;
use crate::store::seals::StoredBlock;

/// Entries that are kept in mind at once, at most.
const AT_ONCE: u64 = 3_000_000;

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
    /// Entries that came later than is tolerated and were accepted: identifier and time, a thousand of them at most.
    pub accepted: Vec<(Bson, Option<DateTime>)>,
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
    /// Tenants that were left for later, because a rename is at work with them.
    pub moving: u64,
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

/// Entries as they come, by the bytes of their tenant: a value is made of those once.
struct Gathering<'t> {
    trail: &'t Trail,
    tenant: Vec<u8>,
    by_bytes: HashMap<Vec<u8>, (Bson, Vec<Gathered>)>,
}

impl Gathering<'_> {
    fn add(&mut self, entry: &RawDocument, digest: Digest) {
        let bytes = entry.as_bytes();
        self.tenant.clear();
        if let Some(found) = self.trail.tenant.as_deref().and_then(|path| at(bytes, path)) {
            self.tenant.push(found.kind);
            self.tenant.extend_from_slice(found.value);
        }
        let new = Gathered { time: time_at(entry, &self.trail.time), id: value_at(entry, "_id"), digest };
        match self.by_bytes.get_mut(self.tenant.as_slice()) {
            Some((_, all)) => all.push(new),
            None => {
                let value = self.trail.tenant.as_deref().map_or(Bson::Null, |path| value_at(entry, path));
                self.by_bytes.insert(self.tenant.clone(), (value, vec![new]));
            }
        }
    }

    fn len(&self) -> u64 {
        self.by_bytes.values().map(|(_, all)| all.len() as u64).sum()
    }

    /// By tenant: numbers of several types are one.
    fn buckets(self) -> Buckets {
        let mut buckets = Buckets::new();
        for (value, all) in self.by_bytes.into_values() {
            buckets.entry(value_key(&value)).or_insert_with(|| (value, Vec::new())).1.extend(all);
        }
        buckets
    }
}

/// A run of sealing.
struct Run<'r, 'h> {
    house: &'r House<'h>,
    trail: Trail,
    ns: Namespace,
    sealing: Sealing,
    chisel: Chisel<'r>,
    walk: Walk,
    /// Keys that a rename is at work with.
    moving: HashSet<Vec<u8>>,
    /// Chains whose stored digests cannot be trusted.
    given_up: HashSet<String>,
    /// The end of the last run over all tenants: up to there, nothing is in an idle chain.
    rolled: Option<DateTime>,
    done: SealedRun,
}

impl House<'_> {
    /// Seals what has not been sealed yet.
    ///
    /// # Errors
    /// `E0601` where chains are damaged: a seal on top would bury that. `E0321` where somebody else seals.
    pub async fn seal(
        &self,
        sealing: &Sealing,
        key: &SigningKey,
        keys: &SealKeys,
        known: &[(String, Head)],
    ) -> Result<SealedRun> {
        self.store.require_writable_topology()?;
        let walk = self.chains(keys, known).await?;
        if !sealing.begin_again {
            require_whole(&walk)?;
        }
        let chisel = self.chisel(key, &walk).await?;
        let mut sealing = sealing.clone();
        // A clock that is fast here must not close a time that is still to come.
        sealing.until = sealing.until.min(chisel.at);
        let trail = self.trail();
        let mut run = Run {
            house: self,
            ns: self.master(&trail.collection),
            moving: self.on_the_move(&trail).await?,
            given_up: HashSet::new(),
            trail,
            sealing,
            chisel,
            rolled: rolled(&walk),
            walk,
            done: SealedRun::default(),
        };
        run.all().await?;
        Ok(run.done)
    }
}

impl House<'_> {
    /// Whether an index finds the entries of a tenant.
    async fn leads_by(&self, trail: &Trail) -> Result<bool> {
        let indexes = self.store.indexes(&self.master(&trail.collection)).await?;
        let first = |index: &Document| index.get_document("key").ok().and_then(|key| key.keys().next().cloned());
        Ok(trail.tenant.is_some() && indexes.iter().any(|index| first(index) == trail.tenant))
    }

    /// The keys between which a rename is at work, where renames rewrite entries: they are sealed when it is done.
    pub(super) async fn on_the_move(&self, trail: &Trail) -> Result<HashSet<Vec<u8>>> {
        let mut moving = HashSet::new();
        if trail.rewritten.is_empty() {
            return Ok(moving);
        }
        let filter = doc! { "kind": "org.rename", "open": true };
        for record in self.store.find(&self.master(OPS), filter, Some(doc! { "subject": 1 }), None).await? {
            let id = fields::get(&record, "subject.id").cloned().unwrap_or(Bson::Null);
            for path in ["subject.name", "subject.to"] {
                let Some(name) = fields::get(&record, path).and_then(Bson::as_str) else { continue };
                let slug = self.platform.naming.slug_of(name);
                let vars = self.vars_of(&id, &OrgName::stored(name.to_owned()), &slug);
                moving.extend(trail.key_of(&vars).map(|key| value_key(&key)));
            }
        }
        Ok(moving)
    }
}

impl Run<'_, '_> {
    async fn all(&mut self) -> Result<()> {
        match (self.sealing.org.clone(), self.trail.tenant.clone()) {
            (Some(org), Some(path)) => {
                for (tenant, _) in self.house.names_in_trail(&self.trail, &org).await? {
                    self.one(tenant, Some(&path)).await?;
                }
            }
            (None, Some(path)) if !self.is_first().await? && self.house.leads_by(&self.trail).await? => {
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

    /// Whether nothing was sealed yet, and there is not too much of it to be kept in mind: one look at everything in its
    /// own order is many times as fast as one for each tenant.
    async fn is_first(&self) -> Result<bool> {
        Ok(self.walk.chains.is_empty() && self.house.store.rough_count(&self.ns).await? <= AT_ONCE)
    }

    /// The last chain of a tenant, if it can be gone on with; otherwise the name of a new one.
    fn chain(&self, tenant: &Bson) -> (String, Option<&Chain>) {
        let mut last = None;
        let mut ordinal = 0;
        let new = loop {
            let id = chain_of(tenant, ordinal);
            match self.walk.chains.get(&id) {
                None => break id,
                Some(chain) => last = Some(chain),
            }
            ordinal += 1;
        };
        // A damaged one stays as it is; one that went on under another name is another tenant's now.
        let is_fit = |chain: &&Chain| {
            let is_own = chain.tenant().is_none_or(|own| value_key(own) == value_key(tenant));
            is_own && self.walk.damage(&chain.id).is_none() && !self.given_up.contains(&chain.id)
        };
        match last.filter(is_fit) {
            Some(chain) => (chain.id.clone(), Some(chain)),
            None => (new, None),
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
        let mut encoder = Encoder::new(&self.trail.rewritten);
        let mut gathered = Gathering { trail: &self.trail, tenant: Vec::new(), by_bytes: HashMap::new() };
        let conditions = match tenant {
            Some((value, path)) => {
                let of_tenant = |condition: Document| {
                    let mut whole = Document::new();
                    // As a value: what stands in an entry may look like an operator.
                    whole.insert(path, doc! { "$eq": value.clone() });
                    whole.extend(condition);
                    whole
                };
                // Apart, each of them finds its own end of the index.
                self.conditions(from).into_iter().map(of_tenant).collect()
            }
            None => vec![doc! { "$or": self.conditions(from) }],
        };
        for filter in conditions {
            let mut batches = self.house.store.sweep(&self.ns, Sweep { filter, ..Sweep::default() }).await?;
            while let Some(batch) = batches.next().await? {
                batch.each(|entry| {
                    if let Ok(digest) = encoder.digest(entry) {
                        gathered.add(entry, digest);
                    }
                })?;
                self.house.watch.progress(gathered.len(), None);
            }
        }
        Ok(gathered.buckets())
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
        match buckets.remove(&value_key(&tenant)) {
            Some((_, gathered)) => self.put(tenant, gathered).await,
            None => Ok(()),
        }
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
            for block in self.house.trusted_blocks(&chain.id, n, seal).await? {
                known.extend(block.ids().iter().map(value_key));
            }
        }
        Ok(gathered.into_iter().filter(|entry| !known.contains(&value_key(&entry.id))).collect())
    }

    /// Seals what was gathered of a tenant.
    async fn put(&mut self, tenant: Bson, gathered: Vec<Gathered>) -> Result<()> {
        if self.moving.contains(&value_key(&tenant)) {
            self.done.moving += 1;
            return Ok(());
        }
        let renamed = self.renamed(&tenant, &gathered).await?;
        let (id, chain) = match &renamed {
            Some(id) => (id.clone(), self.walk.chains.get(id)),
            None => self.chain(&tenant),
        };
        let begun_again = chain.is_none() && id != chain_of(&tenant, 0);
        let from = if renamed.is_some() { self.sealed_until(chain) } else { self.begin(&tenant) };
        let again = self.sealing.begin_again.then(|| gathered.clone());
        let mut entries = match self.unsealed(chain, gathered).await {
            Err(error) if *error.code() == code::SEALS_DAMAGED && renamed.is_none() && again.is_some() => {
                self.given_up.insert(id);
                return Box::pin(self.put(tenant, again.unwrap_or_default())).await;
            }
            entries => entries?,
        };
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
            platform: self.walk.chains.get(PLATFORM).and_then(Chain::head).map(|(_, head)| head),
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
        let is_deep = usize::try_from(seal.accepted).unwrap_or_default();
        let deep = entries.iter().filter(|entry| entry.time.is_some()).take(is_deep.min(1000));
        let accepted = deep.map(|entry| (entry.id.clone(), entry.time.map(DateTime::from_millis))).collect();
        let sealed = Sealed { chain: id.to_owned(), n, seal: seal.clone(), accepted };
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
            let head = self.house.append(&self.chisel, (id, n), head, Body::Seal(Box::new(seal))).await;
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
            let pruned = chain.pruned();
            let is_there = |(n, seal): &(u64, &Seal)| seal.count > 0 && !pruned.contains(n);
            let Some((n, seal)) = chain.seals().find(is_there) else { continue };
            let blocks = self.house.trusted_blocks(&chain.id, n, seal).await?;
            if blocks.iter().flat_map(Block::leaves).any(|leaf| there.contains(&leaf)) {
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
        let anew = self.sealing.begin_again && !self.walk.findings.is_empty();
        if self.sealing.dry_run {
            self.done.heads = House::heads_with(&self.walk, &new);
            return Ok(());
        }
        let (heads, rolled) = self.house.roll(&self.chisel, &self.walk, &new, (until, anew)).await?;
        self.done.heads = heads;
        self.done.changed |= rolled;
        Ok(())
    }
}
