//! The digests that seals expect, and which of them were seen: an entry is looked up by what it says, so whatever is
//! neither found nor seen in the end was altered, taken away or put in.

use std::collections::HashMap;

use bson::{Bson, RawDocumentBuf};

use super::canonical::{Digest, Leaf, block};

/// Entries in a block of stored digests.
pub const BLOCK_SIZE: usize = 8192;

/// A block of what a seal says of its entries: identifiers and digests, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The identifiers, as the bytes of a BSON document.
    pub ids: Vec<u8>,
    /// The digests, one behind the other.
    pub leaves: Vec<u8>,
}

impl Block {
    /// Of these entries.
    pub fn of(leaves: &[Leaf]) -> Self {
        let ids: bson::Document = leaves.iter().enumerate().map(|(n, leaf)| (n.to_string(), leaf.id.clone())).collect();
        Self {
            ids: bson::serialize_to_vec(&ids).unwrap_or_default(),
            leaves: leaves.iter().flat_map(|leaf| leaf.digest).collect(),
        }
    }

    /// Its digest, which the seal names.
    pub fn digest(&self) -> Digest {
        block(&self.ids, &self.leaves)
    }

    /// The digests of its entries.
    pub fn leaves(&self) -> impl ExactSizeIterator<Item = Digest> {
        self.leaves.chunks_exact(32).map(|chunk| chunk.try_into().unwrap_or_default())
    }

    /// The identifiers of its entries; fewer where the bytes are damaged.
    pub fn ids(&self) -> Vec<Bson> {
        let Ok(document) = RawDocumentBuf::from_bytes(self.ids.clone()) else { return Vec::new() };
        document.iter().map_while(|field| field.ok().and_then(|(_, value)| Bson::try_from(value).ok())).collect()
    }
}

/// What it means that an entry is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A seal vouches for it.
    Vouched,
    /// A seal did, and it was erased when its time was over.
    Erased,
    /// Stored digests have it, and the seal over them cannot be trusted.
    Doubtful,
}

/// Some entries of one seal among all that are expected.
#[derive(Debug, Clone)]
pub struct Span {
    /// The chain, as a number of the caller's.
    pub chain: usize,
    /// The number of the seal.
    pub seal: u64,
    /// The number of the block, from 0 on.
    pub block: usize,
    /// Where they begin.
    pub start: usize,
    /// How many.
    pub len: usize,
    /// What it means.
    pub standing: Standing,
}

impl Span {
    /// The place in its seal of an entry, from 1 on; `n` is its place among all.
    pub fn position(&self, n: usize) -> u64 {
        (self.block * BLOCK_SIZE + (n - self.start) + 1) as u64
    }
}

/// All digests that are expected.
#[derive(Debug, Default)]
pub struct Expected {
    leaves: Vec<Digest>,
    spans: Vec<Span>,
    /// Places of digests, by their first bytes; zero is empty.
    table: Vec<u32>,
    /// Further places of a digest that is expected more than once, by its first: an entry is one, in however many seals.
    further: HashMap<usize, Vec<usize>>,
    seen: Vec<u64>,
}

impl Expected {
    /// Adds a block of a seal.
    pub fn add(
        &mut self,
        chain: usize,
        seal: u64,
        block: usize,
        standing: Standing,
        leaves: impl Iterator<Item = Digest>,
    ) {
        let start = self.leaves.len();
        self.leaves.extend(leaves);
        let len = self.leaves.len() - start;
        if len > 0 {
            self.spans.push(Span { chain, seal, block, start, len, standing });
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Whether nothing is expected.
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Makes it ready to be asked. More than four billion do not fit.
    pub fn ready(&mut self) {
        let size = (self.leaves.len() * 3 / 2 + 1).next_power_of_two();
        self.table = vec![0; size];
        self.seen = vec![0; self.leaves.len().div_ceil(64)];
        for (n, leaf) in self.leaves.iter().enumerate() {
            let mut slot = slot_of(leaf) & (size - 1);
            loop {
                let there = usize::try_from(self.table[slot]).unwrap_or_default();
                if there == 0 {
                    self.table[slot] = u32::try_from(n + 1).unwrap_or_default();
                    break;
                }
                if self.leaves[there - 1] == *leaf {
                    self.further.entry(there - 1).or_default().push(n);
                    break;
                }
                slot = (slot + 1) & (size - 1);
            }
        }
    }

    /// Looks a digest up and remembers that it was seen; its place among all.
    pub fn see(&mut self, digest: &Digest) -> Option<usize> {
        let size = self.table.len();
        if size == 0 {
            return None;
        }
        let mut slot = slot_of(digest) & (size - 1);
        loop {
            let n = usize::try_from(self.table[slot]).ok()?.checked_sub(1)?;
            if self.leaves[n] == *digest {
                return self.mark(n);
            }
            slot = (slot + 1) & (size - 1);
        }
    }

    /// Marks a digest at all its places; gives the one that a seal vouches for, where there is one.
    fn mark(&mut self, first: usize) -> Option<usize> {
        if self.is_seen(first) {
            return None;
        }
        self.seen[first / 64] |= 1 << (first % 64);
        let Some(others) = self.further.get(&first) else { return Some(first) };
        for n in others {
            self.seen[n / 64] |= 1 << (n % 64);
        }
        let vouched = |n: &usize| self.span_of(*n).is_some_and(|span| span.standing == Standing::Vouched);
        std::iter::once(&first).chain(others).copied().find(|n| vouched(n)).or(Some(first))
    }

    fn is_seen(&self, n: usize) -> bool {
        self.seen.get(n / 64).is_some_and(|word| word >> (n % 64) & 1 == 1)
    }

    /// The digest at a place.
    pub fn leaf(&self, n: usize) -> Option<&Digest> {
        self.leaves.get(n)
    }

    /// The seal that a place belongs to.
    pub fn span_of(&self, n: usize) -> Option<&Span> {
        let after = self.spans.partition_point(|span| span.start <= n);
        self.spans[..after].last().filter(|span| n < span.start + span.len)
    }

    /// The seals.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// How many entries of a seal were seen.
    pub fn seen_of(&self, span: &Span) -> usize {
        (span.start..span.start + span.len).filter(|n| self.is_seen(*n)).count()
    }

    /// The places that a seal vouches for and that were not seen.
    pub fn unseen(&self) -> Vec<usize> {
        let vouched = self.spans.iter().filter(|span| span.standing == Standing::Vouched);
        vouched.flat_map(|span| (span.start..span.start + span.len).filter(|n| !self.is_seen(*n))).collect()
    }
}

/// Digests are spread evenly; their first bytes tell them apart.
fn slot_of(digest: &Digest) -> usize {
    let first: [u8; 8] = digest[..8].try_into().unwrap_or_default();
    usize::try_from(u64::from_le_bytes(first) & u64::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::oid::ObjectId;

    fn digest(n: u64) -> Digest {
        *blake3::hash(&n.to_le_bytes()).as_bytes()
    }

    #[test]
    fn what_is_seen_is_known_and_the_rest_is_named() {
        let mut expected = Expected::default();
        let all: Vec<Digest> = (0..10_000).map(digest).collect();
        let mut add =
            |chain, seal, standing, some: &[Digest]| expected.add(chain, seal, 0, standing, some.iter().copied());
        add(0, 1, Standing::Vouched, &all[..4000]);
        add(0, 2, Standing::Vouched, &[]);
        add(1, 1, Standing::Doubtful, &all[4000..5000]);
        add(1, 2, Standing::Vouched, &all[5000..]);
        expected.ready();
        for n in (0..10_000).filter(|n| n % 1000 != 7) {
            assert!(expected.see(&digest(n)).is_some(), "{n}");
        }
        assert_eq!(expected.see(&digest(8)), None, "a second time");
        assert_eq!(expected.see(&digest(10_001)), None);
        let unseen: Vec<usize> = expected.unseen();
        assert_eq!(unseen, [7, 1007, 2007, 3007, 5007, 6007, 7007, 8007, 9007], "not the one without a seal");
        let span = expected.span_of(5007).unwrap();
        assert_eq!((span.chain, span.seal, span.position(5007)), (1, 2, 8));
        assert_eq!(expected.span_of(4000).map(|span| (span.chain, span.seal)), Some((1, 1)));
    }

    #[test]
    fn an_entry_that_is_in_two_seals_is_seen_in_both() {
        let mut expected = Expected::default();
        expected.add(0, 1, 0, Standing::Doubtful, (0..3).map(digest));
        expected.add(0, 2, 0, Standing::Vouched, (1..4).map(digest));
        expected.ready();
        assert_eq!(expected.see(&digest(1)), Some(3), "the one that a seal vouches for");
        assert_eq!(expected.unseen(), [4, 5]);
        assert_eq!(expected.see(&digest(1)), None);
    }

    #[test]
    fn a_block_keeps_what_it_was_given() {
        let ids = [Bson::ObjectId(ObjectId::from_bytes([1; 12])), Bson::from("x"), Bson::from(7)];
        let leaves: Vec<Leaf> = ids.iter().zip(0..).map(|(id, n)| Leaf { id: id.clone(), digest: digest(n) }).collect();
        let block = Block::of(&leaves);
        assert_eq!(block.ids(), ids);
        assert_eq!(block.leaves().collect::<Vec<_>>(), (0..3).map(digest).collect::<Vec<_>>());
        let mut other = block.clone();
        other.ids[10] ^= 1;
        assert_ne!(other.digest(), block.digest());
    }
}
