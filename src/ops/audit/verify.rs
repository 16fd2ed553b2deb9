//! Verifying: whether the entries are those that were sealed, and if not, which are not.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};
use tokio::sync::mpsc;

use super::keys::SealKeys;
use super::proof::{Counts, KEPT, Proof};
use super::raw::value_key;
use crate::domain::audit::{Block, Encoder, Expected, Finding, Head, PLATFORM, Standing, Trail, Trouble};
use crate::domain::plan::Namespace;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::store::Failure;
use crate::store::batches::Sweep;
use crate::store::seals::{BLOCKS, StoredBlock};

/// Altered entries that are compared with each other, at most.
const COMPARED: usize = 300;

/// One chain, as it was found.
#[derive(Debug, Clone)]
pub struct ChainState {
    /// Its identifier.
    pub id: String,
    /// The tenant, as entries have it.
    pub tenant: Bson,
    /// How many seals can be trusted.
    pub seals: u64,
    /// How many entries they vouch for, erased ones not among them.
    pub entries: u64,
    /// How many entries were erased because their time was over.
    pub erased: u64,
    /// Everything from before this moment is sealed.
    pub until: DateTime,
    /// The names of the holds in force.
    pub holds: Vec<String>,
}

/// What verifying found.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// The chains that were looked at.
    pub chains: Vec<ChainState>,
    /// What is wrong, by chain, seal and place.
    pub findings: Vec<Finding>,
    /// How many more of the same were not looked at one by one.
    pub further: u64,
    /// Entries that came a little late: identifier, time, tenant.
    pub late: Vec<(Bson, Option<DateTime>, Bson)>,
    /// Entries without a time that no seal knows: identifier and tenant.
    pub undated: Vec<(Bson, Bson)>,
    /// Counts.
    pub counts: Counts,
    /// Tenants whose entries are all found under another name: a rename that no seal knows yet.
    pub renamed: Vec<(Bson, Bson)>,
    /// The heads of the chains.
    pub heads: BTreeMap<String, Head>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.findings.is_empty() && self.further == 0 && self.counts.unproven == 0 && !self.is_unsealed()
    }

    /// Whether there are entries, and nothing vouches for any.
    pub fn is_unsealed(&self) -> bool {
        self.chains.is_empty() && self.counts.read > 0
    }
}

impl House<'_> {
    /// Holds the trail against its seals.
    ///
    /// # Errors
    /// What the server says. That something is wrong is no failure.
    pub async fn verify_trail(&self, org: Option<&Org>, keys: &SealKeys, known: &[(String, Head)]) -> Result<Verified> {
        let trail = self.trail();
        let walk = self.chains(keys, known).await?;
        let (tenants, ever) = match org {
            Some(org) => {
                let names = self.names_in_trail(&trail, org).await?;
                let now: Vec<Bson> = names.into_iter().map(|(value, _)| value).collect();
                (Some(now), Some(self.names_ever(&trail, org).await?))
            }
            None => (None, None),
        };
        let mut proof = Proof::new(walk, ever.as_deref(), trail.tenant.clone(), trail.time.clone());
        proof.moving = self.on_the_move(&trail).await?;
        self.take_blocks(&mut proof, tenants.is_some()).await?;
        proof.ready();
        for collection in collections(&proof, &trail) {
            self.hold_entries(&mut proof, &trail, &self.master(&collection), tenants.as_deref()).await?;
        }
        self.conclude(proof, &trail, keys, known).await
    }

    async fn take_blocks(&self, proof: &mut Proof, few: bool) -> Result<()> {
        if few {
            for held in proof.held.clone() {
                let numbers = proof.walk.chains.get(&held.id).map(|chain| {
                    chain.elements.keys().chain(&chain.broken).chain(&chain.missing).copied().collect::<Vec<_>>()
                });
                for n in numbers.unwrap_or_default() {
                    let stored = self.store.blocks_of(&held.id, n).await?;
                    if !stored.is_empty() {
                        proof.take(&held.id, n, &stored);
                    }
                }
            }
            return Ok(());
        }
        // They come in the order of chain and seal.
        let ns = self.master(BLOCKS);
        let sweep = Sweep { sort: Some(doc! { "_id": 1 }), hint: Some(doc! { "_id": 1 }), ..Sweep::default() };
        let mut batches = self.store.sweep(&ns, sweep).await?;
        let mut gathered: Vec<StoredBlock> = Vec::new();
        while let Some(batch) = batches.next().await? {
            batch.each(|raw| {
                let stored = Document::try_from(raw).ok().as_ref().and_then(StoredBlock::read);
                stored.into_iter().for_each(|stored| gather(proof, &mut gathered, stored));
            })?;
        }
        take(proof, &mut gathered);
        Ok(())
    }

    async fn hold_entries(
        &self,
        proof: &mut Proof,
        trail: &Trail,
        ns: &Namespace,
        tenants: Option<&[Bson]>,
    ) -> Result<()> {
        let mut filter = Document::new();
        if let (Some(tenants), Some(path)) = (tenants, &trail.tenant) {
            filter.insert(path.as_str(), doc! { "$in": tenants.to_vec() });
        }
        let all = proof.expected.len() as u64;
        let mut batches = self.store.sweep(ns, Sweep { filter, ..Sweep::default() }).await?;
        // Reducing entries is most of the work: it is done beside looking them up.
        let mut encoder = proof.encoder();
        let (to, mut digested) = mpsc::channel(2);
        let hashing = tokio::spawn(async move {
            while let Some(batch) = batches.next().await? {
                let mut digests = Vec::new();
                batch.each(|entry| digests.push(encoder.as_mut().and_then(|encoder| encoder.digest(entry).ok())))?;
                if to.send((batch, digests)).await.is_err() {
                    break;
                }
            }
            Ok::<(), Failure>(())
        });
        while let Some((batch, digests)) = digested.recv().await {
            let mut digests = digests.into_iter();
            batch.each(|entry| proof.see_digested(entry, digests.next().flatten()))?;
            self.watch.progress(proof.counts.read, Some(all.max(proof.counts.read)));
        }
        hashing.await.map_err(|_| Error::new(&code::INTERNAL, "what reads the trail is gone"))??;
        Ok(())
    }

    /// Names what is wrong: looks for the entries that no look at the collection found where they should be.
    async fn conclude(
        &self,
        mut proof: Proof,
        trail: &Trail,
        keys: &SealKeys,
        known: &[(String, Head)],
    ) -> Result<Verified> {
        let mut lost: Vec<Lost> = Vec::new();
        let mut further = proof.overflow;
        for ((chain, seal), places) in proof.unseen() {
            let id = proof.held[chain].id.clone();
            let room = KEPT.saturating_sub(lost.len());
            further += places.len().saturating_sub(room) as u64;
            if room == 0 {
                continue;
            }
            let stored = self.store.blocks_of(&id, seal).await?;
            lost.extend(named(&proof.expected, (chain, seal), &places[..places.len().min(room)], &stored, &proof));
        }
        if !lost.is_empty() {
            // Somebody may have erased whole seals since the chains were read.
            let now = self.chains(keys, known).await?;
            let erased = |lost: &Lost| {
                now.chains.get(&proof.held[lost.chain].id).is_some_and(|chain| chain.pruned().contains(&lost.seal))
            };
            lost.retain(|lost| !erased(lost));
        }
        let mut there: HashMap<Vec<u8>, Document> = HashMap::new();
        for collection in collections(&proof, trail) {
            let ns = self.master(&collection);
            for some in lost.chunks(1000) {
                let ids: Vec<Bson> = some.iter().map(|lost| lost.id.clone()).collect();
                for document in self.store.find(&ns, doc! { "_id": { "$in": ids } }, None, None).await? {
                    there.insert(document.get("_id").map(value_key).unwrap_or_default(), document);
                }
            }
        }
        // Whatever was written while the collection was looked through may have been passed over.
        let mut encoder = Encoder::new(&trail.rewritten);
        let mut is_lost = |lost: &Lost| {
            let raw = there.get(&value_key(&lost.id)).and_then(|document| RawDocumentBuf::try_from(document).ok());
            raw.and_then(|raw| encoder.digest(&raw).ok()) != Some(lost.digest)
        };
        let before = lost.len();
        lost.retain(|lost| is_lost(lost));
        proof.counts.proven += (before - lost.len()) as u64;
        tell(&mut proof, trail, lost, &there);
        self.doubt_renames(&mut proof, trail).await?;
        Ok(finish(proof, further))
    }

    /// All entries of a tenant under another name are no fault where an organization has that name now and none the old one.
    async fn doubt_renames(&self, proof: &mut Proof, trail: &Trail) -> Result<()> {
        if proof.renamed.is_empty() {
            return Ok(());
        }
        let orgs = self.orgs_briefly().await?;
        let living: HashSet<Vec<u8>> = orgs
            .iter()
            .filter_map(|org| trail.key_of(&self.vars_of(&org.id, &org.name, &org.slug)))
            .map(|key| value_key(&key))
            .collect();
        for (from, to) in std::mem::take(&mut proof.renamed) {
            if living.contains(&value_key(&to)) && !living.contains(&value_key(&from)) {
                proof.renamed.push((from, to));
                continue;
            }
            let Some(held) = proof.held.iter().find(|held| value_key(&held.tenant) == value_key(&from)) else {
                continue;
            };
            let detail = format!("all entries are of tenant {to} now, and no organization was renamed so");
            proof.findings.push(Finding::of_seal(Trouble::Altered, &held.id, 0, detail));
        }
        Ok(())
    }
}

/// The collections that seals name, and the one that is described now.
fn collections(proof: &Proof, trail: &Trail) -> BTreeSet<String> {
    let chains = proof.held.iter().filter_map(|held| proof.walk.chains.get(&held.id));
    let named = chains.flat_map(|chain| chain.seals().map(|(_, seal)| seal.collection.clone()).collect::<Vec<_>>());
    named.chain([trail.collection.clone()]).collect()
}

/// Keeps a block until all of its seal are there, and takes those in.
pub(super) fn gather(proof: &mut Proof, gathered: &mut Vec<StoredBlock>, stored: StoredBlock) {
    if gathered.last().is_some_and(|last| (&last.chain, last.seal) != (&stored.chain, stored.seal)) {
        take(proof, gathered);
    }
    gathered.push(stored);
}

/// Takes in the blocks of one seal.
pub(super) fn take(proof: &mut Proof, gathered: &mut Vec<StoredBlock>) {
    if let Some(first) = gathered.first() {
        let (chain, seal) = (first.chain.clone(), first.seal);
        proof.take(&chain, seal, gathered);
    }
    gathered.clear();
}

/// An entry that a seal vouches for and that was not seen.
#[derive(Debug, Clone)]
pub(super) struct Lost {
    pub chain: usize,
    pub seal: u64,
    pub position: u64,
    pub id: Bson,
    pub digest: crate::domain::audit::Digest,
}

/// The entries at some places of a seal, by what its blocks say.
pub(super) fn named(
    expected: &Expected,
    (chain, seal): (usize, u64),
    places: &[usize],
    stored: &[StoredBlock],
    proof: &Proof,
) -> Vec<Lost> {
    let run = proof
        .walk
        .chains
        .get(&proof.held[chain].id)
        .and_then(|chain| chain.seals().find(|(n, _)| *n == seal).map(|(_, seal)| seal.run.clone()));
    let mut ids: HashMap<usize, Vec<Bson>> = HashMap::new();
    let mut lost = Vec::new();
    for &n in places {
        let Some(span) = expected.span_of(n) else { continue };
        let of_block = ids.entry(span.block).or_insert_with(|| {
            let block = stored.iter().find(|stored| Some(&stored.run) == run.as_ref() && stored.number == span.block);
            block.and_then(|stored| stored.block.as_ref()).map(Block::ids).unwrap_or_default()
        });
        let id = of_block.get(n - span.start).cloned().unwrap_or(Bson::Null);
        let digest = expected.leaf(n).copied().unwrap_or_default();
        lost.push(Lost { chain, seal, position: span.position(n), id, digest });
    }
    lost
}

/// Says of each lost entry, and of each that no seal knows, what became of it.
pub(super) fn tell(proof: &mut Proof, trail: &Trail, lost: Vec<Lost>, there: &HashMap<Vec<u8>, Document>) {
    let swapped = swaps(trail, &lost, there);
    let mut accounted: HashSet<Vec<u8>> = HashSet::new();
    for one in lost {
        let key = value_key(&one.id);
        let held = &proof.held[one.chain];
        let found = there.get(&key);
        let trouble = match (found, swapped.get(&key)) {
            (None, _) => Trouble::Missing,
            (Some(_), Some(_)) => Trouble::Reordered,
            (Some(_), None) => Trouble::Altered,
        };
        let mut finding = Finding::of_entry(trouble, &held.id, one.seal, Some(one.position), one.id.clone());
        if let Some(document) = found {
            let entry = trail.entry(document.clone());
            finding.time = entry.time;
            let tenant = entry.tenant.unwrap_or(Bson::Null);
            if value_key(&tenant) != value_key(&held.tenant) {
                finding.detail = format!("it is of tenant {tenant} now");
            }
            accounted.insert(key.clone());
        }
        if let Some(other) = swapped.get(&key) {
            finding.detail = format!("it says what {other} said");
        }
        proof.findings.push(finding);
    }
    let strangers = std::mem::take(&mut proof.strangers);
    for stranger in strangers {
        if accounted.contains(&value_key(&stranger.id)) {
            continue;
        }
        if stranger.late {
            proof.counts.late += 1;
            proof.strangers.push(stranger);
            continue;
        }
        let chain = stranger.chain.map(|chain| proof.held[chain].id.clone());
        let chain = chain.unwrap_or_else(|| crate::domain::audit::chain_of(&stranger.tenant, 0));
        let seal = seal_at(proof, &chain, stranger.time);
        let mut finding = Finding::of_entry(Trouble::Inserted, &chain, seal, None, stranger.id);
        finding.time = stranger.time.map(DateTime::from_millis);
        "no seal knows it, and its time was sealed".clone_into(&mut finding.detail);
        proof.findings.push(finding);
    }
    tell_moved(proof);
}

/// The number of the seal that covers a time; zero where none does.
fn seal_at(proof: &Proof, chain: &str, time: Option<i64>) -> u64 {
    let Some((chain, time)) = proof.walk.chains.get(chain).zip(time) else { return 0 };
    chain.seals().find(|(_, seal)| time < seal.until.timestamp_millis()).map_or(0, |(n, _)| n)
}

/// Altered entries that say what another one of them said: for each its identifier, and the other's.
fn swaps(trail: &Trail, lost: &[Lost], there: &HashMap<Vec<u8>, Document>) -> HashMap<Vec<u8>, Bson> {
    let altered: Vec<(&Lost, &Document)> =
        lost.iter().filter_map(|one| Some((one, there.get(&value_key(&one.id))?))).take(COMPARED).collect();
    let mut swapped = HashMap::new();
    let mut encoder = Encoder::new(&trail.rewritten);
    for (one, document) in &altered {
        for (other, _) in altered.iter().filter(|(other, _)| other.id != one.id) {
            let mut as_other = (*document).clone();
            as_other.insert("_id", other.id.clone());
            let raw = RawDocumentBuf::try_from(&as_other).ok();
            if raw.and_then(|raw| encoder.digest(&raw).ok()) == Some(other.digest) {
                swapped.insert(value_key(&one.id), other.id.clone());
            }
        }
    }
    swapped
}

/// Entries under another tenant than their chain's: all of a chain's under one other were renamed, some were moved.
fn tell_moved(proof: &mut Proof) {
    for (chain, held) in proof.held.iter().enumerate() {
        let spans =
            proof.expected.spans().iter().filter(|span| span.chain == chain && span.standing == Standing::Vouched);
        let all = spans.map(|span| span.len as u64).sum::<u64>();
        let under: Vec<&(Bson, u64)> =
            proof.moved_to.iter().filter(|((of, _), _)| *of == chain).map(|(_, to)| to).collect();
        match under.as_slice() {
            // A name under which others' entries are sealed is no new one.
            [(tenant, count)] if *count == all && !proof.is_known(tenant) => {
                proof.renamed.push((held.tenant.clone(), tenant.clone()));
                proof.moved.retain(|moved| proof.expected.span_of(moved.place).is_none_or(|span| span.chain != chain));
            }
            _ => {}
        }
    }
    for moved in std::mem::take(&mut proof.moved) {
        let Some(span) = proof.expected.span_of(moved.place) else { continue };
        let held = &proof.held[span.chain];
        if proof.moving.contains(&value_key(&moved.tenant)) && proof.moving.contains(&value_key(&held.tenant)) {
            continue;
        }
        let position = Some(span.position(moved.place));
        let mut finding = Finding::of_entry(Trouble::Altered, &held.id, span.seal, position, moved.id);
        finding.detail = format!("it is of tenant {} now, and was of {}", moved.tenant, held.tenant);
        proof.findings.push(finding);
    }
}

/// What is to be told in the end.
pub(super) fn finish(mut proof: Proof, further: u64) -> Verified {
    proof.findings.sort_by(|a, b| a.place().cmp(&b.place()));
    let mut verified = Verified { counts: proof.counts, further, ..Verified::default() };
    for held in &proof.held {
        let Some(chain) = proof.walk.chains.get(&held.id) else { continue };
        let pruned = chain.pruned();
        let count = |erased: bool| {
            chain.seals().filter(|(n, _)| pruned.contains(n) == erased).map(|(_, seal)| seal.count).sum::<u64>()
        };
        verified.chains.push(ChainState {
            id: held.id.clone(),
            tenant: held.tenant.clone(),
            seals: chain.seals().count() as u64,
            entries: count(false),
            erased: count(true),
            until: DateTime::from_millis(held.until),
            holds: chain.holds().into_keys().map(str::to_owned).collect(),
        });
    }
    let heads = proof.walk.chains.values().filter_map(|chain| Some((chain.id.clone(), chain.head()?.1)));
    let mine: HashSet<&str> = proof.held.iter().map(|held| held.id.as_str()).chain([PLATFORM]).collect();
    verified.heads = heads.filter(|(id, _)| mine.contains(id.as_str())).collect();
    verified.renamed = proof.renamed;
    let late = proof.strangers.iter().filter(|stranger| stranger.late).take(100);
    verified.late = late.map(|s| (s.id.clone(), s.time.map(DateTime::from_millis), s.tenant.clone())).collect();
    verified.undated = proof.undated;
    verified.findings = proof.findings;
    verified
}
