//! Adding to chains: what must be in order for that, who signs, and what of stored digests can be trusted.

use std::collections::{BTreeMap, BTreeSet};

use bson::{DateTime, oid::ObjectId};

use super::keys::SealKeys;
use crate::domain::audit::{Block, Body, Element, Finding, Head, PLATFORM, Roll, Seal, Walk, chain_of, walk};
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::key::SigningKey;
use crate::store::Pen;

/// Chains that a tenant may have had before, at most.
const BEGUN: u64 = 1000;

/// Who signs, into which trail, and when: by the server's clock, which is one for all machines that seal.
#[derive(Debug)]
pub(super) struct Chisel<'k> {
    key: &'k SigningKey,
    trail: String,
    pub at: DateTime,
}

fn conflict() -> Error {
    Error::new(&code::SEALS_BUSY, "somebody else is sealing at the same time; what was written before that stays")
        .next("repeat the command: what is sealed stays sealed")
}

fn damaged(first: &Finding) -> Error {
    let (what, seal, chain) = (first.trouble.word(), first.seal, &first.chain);
    let chain = if chain == PLATFORM { "the platform's chain".to_owned() } else { format!("chain {chain}") };
    let message = format!("the chains of seals are damaged: {what}, number {seal} of {chain} ({})", first.detail);
    Error::new(&code::SEALS_DAMAGED, message).next("flowbit audit verify --all   # names everything that is wrong")
}

/// Chains that were damaged, and in whose place others were begun.
pub(super) fn superseded(walk: &Walk) -> BTreeSet<String> {
    let mut old = BTreeSet::new();
    for chain in walk.chains.values() {
        let Some(tenant) = chain.tenant() else { continue };
        let earlier: Vec<String> =
            (0..BEGUN).map(|ordinal| chain_of(tenant, ordinal)).take_while(|id| *id != chain.id).collect();
        // Of one that goes on under another name, no ordinal of the new name is the beginning.
        if (earlier.len() as u64) < BEGUN {
            old.extend(earlier);
        }
    }
    old
}

/// Refuses to add to chains while what they are added to is damaged.
///
/// # Errors
/// `E0601`, naming the first.
pub(super) fn require_whole(walk: &Walk) -> Result<()> {
    let old = superseded(walk);
    let all = walk.findings.iter().map(|finding| finding.chain.as_str());
    let chains: BTreeSet<&str> =
        all.filter(|chain| !chain.is_empty() && !old.contains(*chain)).chain([PLATFORM]).collect();
    chains.into_iter().find_map(|chain| walk.damage(chain)).map_or(Ok(()), |finding| Err(damaged(finding)))
}

/// Refuses to add to one chain where it, or the platform's, is damaged.
///
/// # Errors
/// `E0601`.
pub(super) fn require_fit(walk: &Walk, chain: &str) -> Result<()> {
    walk.damage(chain).or_else(|| walk.damage(PLATFORM)).map_or(Ok(()), |finding| Err(damaged(finding)))
}

/// The end of the last run over all tenants.
pub(super) fn rolled(walk: &Walk) -> Option<DateTime> {
    let rolls = walk.chains.get(PLATFORM)?.elements.values();
    rolls.filter_map(|element| if let Body::Roll(roll) = &element.body { roll.until } else { None }).max()
}

impl House<'_> {
    /// Reads the chains.
    ///
    /// # Errors
    /// What the server says.
    pub async fn chains(&self, keys: &SealKeys, known: &[(String, Head)]) -> Result<Walk> {
        let stored = self.store.seals(None).await.map_err(|f| f.into_error("reading the seals"))?;
        Ok(walk(stored, known, &|element| keys.check(element)))
    }

    /// Somebody who signs.
    pub(super) async fn chisel<'k>(&self, key: &'k SigningKey, walk: &Walk) -> Result<Chisel<'k>> {
        let trail = walk.trail().map_or_else(|| ObjectId::new().to_hex(), str::to_owned);
        Ok(Chisel { key, trail, at: self.store.server_time().await? })
    }

    /// Signs an element and puts it at the end of a chain, behind `before`.
    ///
    /// # Errors
    /// `E0321` where somebody else was first.
    pub(super) async fn append(
        &self,
        chisel: &Chisel<'_>,
        (chain, n): (&str, u64),
        before: Option<Head>,
        body: Body,
    ) -> Result<Head> {
        let mut element = Element {
            chain: chain.to_owned(),
            n,
            trail: chisel.trail.clone(),
            at: chisel.at,
            by: self.actor.clone(),
            reason: self.reason.clone(),
            prev: before.map_or([0; 32], |head| head.digest),
            body,
            kid: chisel.key.kid.clone().unwrap_or_else(|| chisel.key.name.clone()),
            signature: String::new(),
        };
        element.signature = chisel.key.sign(&element.message())?;
        if !Pen::free(self.store).put_element(&element).await? {
            return Err(conflict());
        }
        Ok(Head { n: element.n, digest: element.digest() })
    }

    /// The heads of all chains, as they are with `new` ones.
    pub(super) fn heads_with(walk: &Walk, new: &BTreeMap<String, Head>) -> BTreeMap<String, Head> {
        // Heads of a run that was stopped before its roll are among them.
        let there = walk.chains.values().filter_map(|chain| Some((chain.id.clone(), chain.head()?.1)));
        let mut heads: BTreeMap<String, Head> = there.collect();
        heads.extend(new.iter().map(|(chain, head)| (chain.clone(), *head)));
        heads
    }

    /// Writes down how far all chains have come: those that were read, and the `new` heads. Gives the heads of all, the
    /// platform's among them, and whether anything was written.
    pub(super) async fn roll(
        &self,
        chisel: &Chisel<'_>,
        walk: &Walk,
        new: &BTreeMap<String, Head>,
        (until, anew): (Option<DateTime>, bool),
    ) -> Result<(BTreeMap<String, Head>, bool)> {
        let mut rolled: BTreeMap<&str, u64> = BTreeMap::new();
        for element in walk.chains.get(PLATFORM).iter().flat_map(|chain| chain.elements.values()) {
            if let Body::Roll(roll) = &element.body {
                rolled.extend(roll.heads.iter().map(|(chain, head)| (chain.as_str(), head.n)));
            }
        }
        let mut heads = Self::heads_with(walk, new);
        let last = heads.remove(PLATFORM);
        let is_new = |(chain, head): &(&String, &Head)| rolled.get(chain.as_str()).is_none_or(|n| *n < head.n);
        let news: BTreeMap<String, Head> =
            heads.iter().filter(is_new).map(|(chain, head)| (chain.clone(), *head)).collect();
        let is_wanted = !news.is_empty() || until.is_some() || anew;
        let head = match is_wanted {
            true => {
                // An element of the platform's own, a hold, may just have been put behind the last.
                let n = new.get(PLATFORM).map_or_else(|| walk.next(PLATFORM), |head| head.n + 1);
                let roll = Body::Roll(Roll { heads: news, until, anew });
                Some(self.append(chisel, (PLATFORM, n), last, roll).await?)
            }
            false => None,
        };
        heads.extend(head.or(last).map(|head| (PLATFORM.to_owned(), head)));
        Ok((heads, head.is_some()))
    }

    /// The stored digests of a seal, if they are those that it names.
    ///
    /// # Errors
    /// `E0601` where they are not: whoever believed them would skip, double or erase entries at an attacker's will.
    pub(super) async fn trusted_blocks(&self, chain: &str, n: u64, seal: &Seal) -> Result<Vec<Block>> {
        let stored = self.store.blocks_of(chain, n).await?;
        let mut blocks = Vec::with_capacity(seal.blocks.len());
        for (number, digest) in seal.blocks.iter().enumerate() {
            let mut own = stored.iter().filter(|stored| stored.run == seal.run && stored.number == number);
            let good = own.find_map(|stored| stored.block.as_ref().filter(|block| block.digest() == *digest));
            let Some(block) = good else {
                let message = format!(
                    "the digests of seal {n} of chain {chain} are not those that were signed (block {})",
                    number + 1
                );
                return Err(Error::new(&code::SEALS_DAMAGED, message)
                    .next("flowbit audit verify --all   # names everything that is wrong"));
            };
            blocks.push(block.clone());
        }
        Ok(blocks)
    }
}
