//! Holding entries against their seals, wherever either come from: a database, or files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bson::{Bson, DateTime, RawDocument};

use super::chisel::rolled;
use super::raw::{time_at, value_at, value_key};
use crate::domain::audit::{
    BLOCK_SIZE, Block, Chain, Digest, Encoder, Expected, Finding, PLATFORM, Seal, Standing, Trouble, Walk, chain_of,
    root_of,
};
use crate::store::seals::StoredBlock;

/// Entries that are kept in mind one by one, at most.
pub(super) const KEPT: usize = 200_000;

/// Entries that are no fault and are told one by one, at most.
pub(super) const TOLD: usize = 100;

/// What is known of one chain while entries are held against it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub id: String,
    pub tenant: Bson,
    key: Vec<u8>,
    /// Everything from before this moment is sealed, in milliseconds.
    pub until: i64,
    pub tolerance: i64,
    /// Stretches of time in which nothing can be proven, because the seal or its digests cannot be trusted.
    gaps: Vec<(i64, i64)>,
    pruned: BTreeSet<u64>,
    rewritten: bool,
}

/// An entry that no seal knows.
#[derive(Debug, Clone)]
pub(super) struct Stranger {
    pub id: Bson,
    pub time: Option<i64>,
    pub tenant: Bson,
    /// The chain of its tenant.
    pub chain: Option<usize>,
    /// Whether it came a little later than its time, as is tolerated.
    pub late: bool,
}

/// An entry that stands under another tenant than its chain's.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    /// Its place among all that are expected.
    pub place: usize,
    pub id: Bson,
    pub tenant: Bson,
}

/// Counts of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// All that were read.
    pub read: u64,
    /// Those that are as their seal says.
    pub proven: u64,
    /// Those that are too new for a seal.
    pub unsealed: u64,
    /// Those that came after their time was sealed, within what is tolerated; the next seal accounts for them.
    pub late: u64,
    /// Those about which nothing can be said, because their seal cannot be trusted.
    pub unproven: u64,
    /// Those that were to be erased and are still there.
    pub erased: u64,
    /// Those that a seal accepted although they came late.
    pub accepted: u64,
    /// Those that no seal knows and that have no time: nothing tells when they came.
    pub undated: u64,
}

/// Entries held against seals.
#[derive(Debug)]
pub(super) struct Proof {
    pub walk: Walk,
    pub held: Vec<Held>,
    by_tenant: HashMap<Vec<u8>, usize>,
    by_id: HashMap<String, usize>,
    pub expected: Expected,
    pub findings: Vec<Finding>,
    pub counts: Counts,
    pub strangers: Vec<Stranger>,
    /// Entries that stand under another tenant than their chain's, where digests do not tell.
    pub moved: Vec<Moved>,
    /// How many of a chain stand under which other tenant.
    pub moved_to: HashMap<(usize, Vec<u8>), (Bson, u64)>,
    /// Tenants whose entries are all found under another name.
    pub renamed: Vec<(Bson, Bson)>,
    /// Entries without a time that no seal knows, and their tenants.
    pub undated: Vec<(Bson, Bson)>,
    /// Keys that a rename is at work with.
    pub moving: HashSet<Vec<u8>>,
    /// Chains of which nothing is left that can be trusted.
    lost: BTreeSet<String>,
    /// More strangers than are kept in mind.
    pub overflow: u64,
    rolled: Option<i64>,
    tolerance: i64,
    checked: BTreeSet<(String, u64)>,
    tenant_path: Option<String>,
    time_path: String,
    /// One for each way in which seals reduced entries: a description may have changed since.
    encoders: Vec<Encoder>,
}

impl Proof {
    /// Of these chains; `tenants` are the names, of all times, of those whose entries are looked at; all without.
    pub fn new(mut walk: Walk, tenants: Option<&[Bson]>, tenant_path: Option<String>, time_path: String) -> Self {
        let rolled = rolled(&walk).map(DateTime::timestamp_millis);
        let keys: Option<Vec<Vec<u8>>> = tenants.map(|tenants| tenants.iter().map(value_key).collect());
        let mut held: Vec<Held> = Vec::new();
        for chain in walk.chains.values().filter(|chain| chain.id != PLATFORM) {
            if keys.as_ref().is_none_or(|keys| is_of(chain, keys)) {
                held.extend(hold(chain, rolled));
            }
        }
        if let Some(keys) = &keys {
            // What is wrong with a chain of which nobody can tell whose it is may be wrong with this one.
            let others = walk.chains.values().filter(|chain| chain.seals().next().is_some() && !is_of(chain, keys));
            let others: BTreeSet<String> = others.map(|chain| chain.id.clone()).collect();
            walk.findings.retain(|finding| !others.contains(&finding.chain));
        }
        // Of several chains of a tenant the one that goes furthest says what is sealed.
        let mut by_tenant: HashMap<Vec<u8>, usize> = HashMap::new();
        for (n, one) in held.iter().enumerate() {
            let best = by_tenant.entry(one.key.clone()).or_insert(n);
            if held[*best].until <= one.until {
                *best = n;
            }
        }
        let is_lost =
            |chain: &&Chain| chain.seals().next().is_none() && !(chain.broken.is_empty() && chain.missing.is_empty());
        let lost = walk.chains.values().filter(is_lost).map(|chain| chain.id.clone()).collect();
        let mut ways: Vec<&Vec<String>> = Vec::new();
        for (_, seal) in walk.chains.values().flat_map(Chain::seals) {
            if !ways.contains(&&seal.omitted) {
                ways.push(&seal.omitted);
            }
        }
        let encoders = ways.into_iter().map(|omitted| Encoder::new(omitted)).collect();
        let by_id = held.iter().enumerate().map(|(n, held)| (held.id.clone(), n)).collect();
        let accepted = held.iter().filter_map(|held| walk.chains.get(&held.id)).flat_map(Chain::seals);
        let accepted = accepted.map(|(_, seal)| seal.accepted).sum();
        let tolerance = held.iter().map(|held| held.tolerance).max().unwrap_or_default();
        Self {
            findings: std::mem::take(&mut walk.findings),
            walk,
            held,
            by_tenant,
            by_id,
            expected: Expected::default(),
            counts: Counts { accepted, ..Counts::default() },
            strangers: Vec::new(),
            undated: Vec::new(),
            moving: HashSet::new(),
            lost,
            moved: Vec::new(),
            moved_to: HashMap::new(),
            renamed: Vec::new(),
            overflow: 0,
            rolled,
            tolerance,
            checked: BTreeSet::new(),
            tenant_path,
            time_path,
            encoders,
        }
    }

    fn trusted(&self, chain: &str, seal: u64) -> Option<&Seal> {
        match &self.walk.chains.get(chain)?.elements.get(&seal)?.body {
            crate::domain::audit::Body::Seal(seal) => Some(seal),
            _ => None,
        }
    }

    /// Takes in the stored blocks of a seal, all of them at once.
    pub fn take(&mut self, chain: &str, n: u64, stored: &[StoredBlock]) {
        let Some(&held) = self.by_id.get(chain) else { return };
        let Some(seal) = self.trusted(chain, n).cloned() else {
            // Only of a seal that is lost, which is told: blocks at any other number are of a run that was stopped, or
            // were put there, and vouch for nothing.
            if self.walk.chains.get(chain).is_some_and(|c| c.broken.contains(&n) || c.missing.contains(&n)) {
                for stored in stored {
                    let leaves = stored.block.iter().flat_map(Block::leaves).take(BLOCK_SIZE);
                    self.expected.add(held, n, stored.number, Standing::Doubtful, leaves);
                }
            }
            return;
        };
        self.checked.insert((chain.to_owned(), n));
        let standing = if self.held[held].pruned.contains(&n) { Standing::Erased } else { Standing::Vouched };
        let mut whole: Vec<Digest> = Vec::new();
        let mut is_whole = true;
        for (number, digest) in seal.blocks.iter().enumerate() {
            let block = stored.iter().find(|stored| stored.run == seal.run && stored.number == number);
            let Some(block) = block.and_then(|stored| stored.block.as_ref()) else {
                self.damaged(held, (n, number), Trouble::DigestsMissing, &seal);
                is_whole = false;
                continue;
            };
            let good = block.digest() == *digest;
            if good {
                whole.extend(block.leaves());
            } else {
                self.damaged(held, (n, number), Trouble::DigestsAltered, &seal);
                is_whole = false;
            }
            let standing = if good { standing } else { Standing::Doubtful };
            self.expected.add(held, n, number, standing, block.leaves().take(BLOCK_SIZE));
        }
        if is_whole && (root_of(&whole) != seal.root || whole.len() as u64 != seal.count) {
            let detail = "its root is not that of its digests".to_owned();
            self.findings.push(Finding::of_seal(Trouble::SealAltered, chain, n, detail));
        }
    }

    fn damaged(&mut self, held: usize, (n, block): (u64, usize), trouble: Trouble, seal: &Seal) {
        let chain = self.held[held].id.clone();
        let mut finding = Finding::of_seal(trouble, &chain, n, format!("block {}", block + 1));
        finding.position = Some(block as u64 + 1);
        self.findings.push(finding);
        let of = |time: Option<DateTime>, other: i64| time.map_or(other, DateTime::timestamp_millis);
        self.held[held].gaps.push((of(seal.first, i64::MIN), of(seal.last, i64::MAX).saturating_add(1)));
    }

    /// Ends the taking in: seals whose blocks never came have lost them.
    pub fn ready(&mut self) {
        let all: Vec<(String, u64)> = self
            .held
            .iter()
            .filter_map(|held| self.walk.chains.get(&held.id))
            .flat_map(|chain| chain.seals().map(|(n, _)| (chain.id.clone(), n)).collect::<Vec<_>>())
            .collect();
        for (chain, n) in all {
            if !self.checked.contains(&(chain.clone(), n)) {
                self.take(&chain, n, &[]);
            }
        }
        self.expected.ready();
    }

    /// Holds an entry against the seals.
    pub fn see(&mut self, entry: &RawDocument) {
        let digest = self.encoders.first_mut().and_then(|encoder| encoder.digest(entry).ok());
        self.see_digested(entry, digest);
    }

    /// The way in which most seals reduce entries: for whoever does that elsewhere.
    pub fn encoder(&self) -> Option<Encoder> {
        self.encoders.first().cloned()
    }

    /// The same as [`Proof::see`], for an entry that was reduced already, by [`Proof::encoder`].
    pub fn see_digested(&mut self, entry: &RawDocument, digest: Option<Digest>) {
        self.counts.read += 1;
        let expected = &mut self.expected;
        let first = digest.and_then(|digest| expected.see(&digest));
        let mut known = |encoder: &mut Encoder| encoder.digest(entry).ok().and_then(|digest| expected.see(&digest));
        let found = first.or_else(|| self.encoders.iter_mut().skip(1).find_map(&mut known));
        let Some((n, span)) = found.and_then(|n| Some((n, self.expected.span_of(n)?))) else {
            return self.strange(entry);
        };
        let (chain, standing) = (span.chain, span.standing);
        match standing {
            Standing::Vouched => self.counts.proven += 1,
            Standing::Erased => self.counts.erased += 1,
            Standing::Doubtful => self.counts.unproven += 1,
        }
        // Where digests pass the tenant over, it is compared by itself.
        if self.held[chain].rewritten && standing == Standing::Vouched {
            let tenant = self.tenant_path.as_deref().map_or(Bson::Null, |path| value_at(entry, path));
            let key = value_key(&tenant);
            if key != self.held[chain].key {
                self.moved_to.entry((chain, key)).or_insert_with(|| (tenant.clone(), 0)).1 += 1;
                if self.moved.len() < KEPT {
                    self.moved.push(Moved { place: n, id: value_at(entry, "_id"), tenant });
                }
            }
        }
    }

    fn strange(&mut self, entry: &RawDocument) {
        let tenant = self.tenant_path.as_deref().map_or(Bson::Null, |path| value_at(entry, path));
        let time = time_at(entry, &self.time_path);
        let chain = self.by_tenant.get(&value_key(&tenant)).copied();
        let (until, tolerance) = match chain.map(|chain| &self.held[chain]) {
            Some(held) => (held.until, held.tolerance),
            None => (self.rolled.unwrap_or(i64::MIN), self.tolerance),
        };
        let Some(at) = time else {
            match chain.is_some() || self.rolled.is_some() {
                true => {
                    self.counts.undated += 1;
                    if self.undated.len() < TOLD {
                        self.undated.push((value_at(entry, "_id"), tenant));
                    }
                }
                false => self.counts.unsealed += 1,
            }
            return;
        };
        if at >= until {
            self.counts.unsealed += 1;
            return;
        }
        let lost = || !self.lost.is_empty() && self.lost.contains(&chain_of(&tenant, 0));
        if chain.is_none() && lost() {
            self.counts.unproven += 1;
            return;
        }
        let in_gap = |held: &Held| held.gaps.iter().any(|(from, to)| *from <= at && at < *to);
        if chain.is_some_and(|chain| in_gap(&self.held[chain])) {
            self.counts.unproven += 1;
            return;
        }
        let late = at >= until.saturating_sub(tolerance);
        if self.strangers.len() >= KEPT {
            // However many are late: that is no fault.
            if late {
                self.counts.late += 1;
            } else {
                self.overflow += 1;
            }
            return;
        }
        self.strangers.push(Stranger { id: value_at(entry, "_id"), time, tenant, chain, late });
    }

    /// Whether a tenant has a chain of its own.
    pub fn is_known(&self, tenant: &Bson) -> bool {
        self.by_tenant.contains_key(&value_key(tenant))
    }

    /// What was expected and not seen: its place among all, by seal.
    pub fn unseen(&self) -> BTreeMap<(usize, u64), Vec<usize>> {
        let mut by_seal: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
        for n in self.expected.unseen() {
            if let Some(span) = self.expected.span_of(n) {
                by_seal.entry((span.chain, span.seal)).or_default().push(n);
            }
        }
        by_seal
    }
}

/// Whether a chain ever was one of these tenants'.
fn is_of(chain: &Chain, keys: &[Vec<u8>]) -> bool {
    chain.seals().any(|(_, seal)| keys.contains(&value_key(&seal.tenant)))
}

/// What is known of a chain; none where nothing of it can be trusted.
fn hold(chain: &Chain, rolled: Option<i64>) -> Option<Held> {
    let (_, last) = chain.seals().next_back()?;
    let own = last.until.timestamp_millis();
    let mut gaps = Vec::new();
    // From the seal before one that is missing to the one behind it, nothing can be said but what digests tell.
    let mut before = i64::MIN;
    let mut previous = 0;
    for (n, element) in &chain.elements {
        let crate::domain::audit::Body::Seal(seal) = &element.body else { continue };
        let lost = chain.broken.range(previous + 1..*n).next().or(chain.missing.range(previous + 1..*n).next());
        let until = seal.until.timestamp_millis();
        if lost.is_some() {
            gaps.push((before.saturating_sub(last.tolerance), seal.from.map_or(until, |from| from.timestamp_millis())));
        }
        (before, previous) = (until, *n);
    }
    // Behind the last seal that can be trusted, others were.
    if chain.broken.range(previous + 1..).next().or(chain.missing.range(previous + 1..).next()).is_some() {
        gaps.push((own.saturating_sub(last.tolerance), i64::MAX));
    }
    Some(Held {
        id: chain.id.clone(),
        tenant: last.tenant.clone(),
        key: value_key(&last.tenant),
        until: own.max(rolled.unwrap_or(own)),
        tolerance: last.tolerance,
        gaps,
        pruned: chain.pruned(),
        rewritten: chain.seals().any(|(_, seal)| !seal.omitted.is_empty()),
    })
}
