//! What verifying found.

use bson::{Bson, DateTime};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// An entry says something else than when it was sealed.
    Altered,
    /// An entry is gone.
    Missing,
    /// An entry is there that was not when its time was sealed.
    Inserted,
    /// Two entries have each other's content, or stand in each other's place.
    Reordered,
    /// A seal is not what was signed.
    SealAltered,
    /// Seals are gone.
    SealMissing,
    /// A seal stands in another one's place.
    SealMoved,
    /// A seal is there twice.
    SealRepeated,
    /// Another seal was signed in its place.
    SealReplaced,
    /// A seal of a key or a format that is not known here.
    SealUnknown,
    /// The stored digests of a seal's entries are not those that were signed.
    DigestsAltered,
    /// The stored digests of a seal's entries are gone.
    DigestsMissing,
    /// What lies beside an exported file is not what was signed, or named.
    FileAltered,
}

impl Trouble {
    /// The word in output.
    pub fn word(self) -> &'static str {
        match self {
            Trouble::Altered => "altered",
            Trouble::Missing => "missing",
            Trouble::Inserted => "inserted",
            Trouble::Reordered => "reordered",
            Trouble::SealAltered => "seal altered",
            Trouble::SealMissing => "seal missing",
            Trouble::SealMoved => "seal moved",
            Trouble::SealRepeated => "seal repeated",
            Trouble::SealReplaced => "seal replaced",
            Trouble::SealUnknown => "seal unknown",
            Trouble::DigestsAltered => "digests altered",
            Trouble::DigestsMissing => "digests missing",
            Trouble::FileAltered => "file altered",
        }
    }
}

/// One thing that is wrong, and where exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What.
    pub trouble: Trouble,
    /// The chain.
    pub chain: String,
    /// The number of the seal; where a seal is missing, of the first of them.
    pub seal: u64,
    /// The last of the missing seals.
    pub until: Option<u64>,
    /// The place of the entry in the seal, from 1 on; of a block of digests its number, from 1 on.
    pub position: Option<u64>,
    /// The identifier of the entry.
    pub entry: Option<Bson>,
    /// The time of the entry, where it is known.
    pub time: Option<DateTime>,
    /// In words.
    pub detail: String,
}

impl Finding {
    /// Something about a seal.
    pub fn of_seal(trouble: Trouble, chain: &str, seal: u64, detail: String) -> Self {
        Self { trouble, chain: chain.to_owned(), seal, until: None, position: None, entry: None, time: None, detail }
    }

    /// Something about an entry.
    pub fn of_entry(trouble: Trouble, chain: &str, seal: u64, position: Option<u64>, entry: Bson) -> Self {
        let mut finding = Self::of_seal(trouble, chain, seal, String::new());
        (finding.position, finding.entry) = (position, Some(entry));
        finding
    }

    /// The order in which findings are told.
    pub fn place(&self) -> (&str, u64, Option<u64>, Trouble) {
        (&self.chain, self.seal, self.position, self.trouble)
    }
}
