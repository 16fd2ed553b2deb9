//! Where seals are kept: the elements of chains, and beside them the digests of the entries that each seal vouches for.

use bson::{Bson, Document, doc};

use super::failure::server;
use super::{Failure, Pen, Store};
use crate::domain::audit::{Block, Element, Stored};
use crate::domain::plan::Namespace;

/// The elements of all chains.
pub const SEALS: &str = "flowbit_seals";

/// The digests.
pub const BLOCKS: &str = "flowbit_seal_digests";

/// Blocks that are sent in one command.
const SENT: usize = 20;

/// A block as it is stored, and whose it is.
#[derive(Debug, Clone)]
pub struct StoredBlock {
    /// The chain.
    pub chain: String,
    /// The seal.
    pub seal: u64,
    /// The run that wrote it.
    pub run: String,
    /// Its number, from 0 on.
    pub number: usize,
    /// What is in it; none where that cannot be read.
    pub block: Option<Block>,
}

fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: bytes.to_vec() })
}

fn id_of(chain: &str, seal: u64, run: &str, number: usize) -> String {
    format!("{chain}:{seal:010}:{run}:{number:08}")
}

impl StoredBlock {
    /// As it is stored.
    pub fn document(&self) -> Document {
        let id = id_of(&self.chain, self.seal, &self.run, self.number);
        let (ids, leaves) = self.block.as_ref().map_or((&[][..], &[][..]), |b| (&b.ids, &b.leaves));
        doc! { "_id": id, "ids": binary(ids), "leaves": binary(leaves) }
    }

    /// What a stored document is; none where not even whose it is can be read.
    pub fn read(document: &Document) -> Option<Self> {
        let mut parts = document.get_str("_id").ok()?.split(':');
        let (chain, seal, run, number) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let bytes = |name: &str| match document.get(name) {
            Some(Bson::Binary(binary)) => Some(binary.bytes.clone()),
            _ => None,
        };
        let block = bytes("ids").zip(bytes("leaves")).map(|(ids, leaves)| Block { ids, leaves });
        Some(Self {
            chain: chain.to_owned(),
            seal: seal.parse().ok()?,
            run: run.to_owned(),
            number: number.parse().ok()?,
            block,
        })
    }
}

impl Store {
    /// The elements of all chains, or of some.
    pub async fn seals(&self, chains: Option<&[&str]>) -> Result<Vec<Stored>, Failure> {
        let ns = Namespace::new(self.master(), SEALS);
        let filter = match chains {
            Some(chains) => doc! { "chain": { "$in": chains.to_vec() } },
            None => Document::new(),
        };
        let found = self.find(&ns, filter, None, None).await?;
        Ok(found
            .into_iter()
            .map(|document| Stored {
                read: Element::read(&document),
                id: document.get("_id").cloned().unwrap_or(Bson::Null),
            })
            .collect())
    }

    /// The blocks of a seal, also those of runs that were not finished.
    pub async fn blocks_of(&self, chain: &str, seal: u64) -> Result<Vec<StoredBlock>, Failure> {
        let ns = Namespace::new(self.master(), BLOCKS);
        let from = format!("{chain}:{seal:010}:");
        let filter = doc! { "_id": { "$gte": &from, "$lt": format!("{chain}:{seal:010};") } };
        let found = self.find(&ns, filter, None, Some(doc! { "_id": 1 })).await?;
        Ok(found.iter().filter_map(StoredBlock::read).collect())
    }
}

impl Pen<'_> {
    /// Stores the digests of a seal that is about to be written.
    pub async fn put_blocks(&self, blocks: &[StoredBlock]) -> Result<(), Failure> {
        for some in blocks.chunks(SENT) {
            let documents: Vec<Document> = some.iter().map(StoredBlock::document).collect();
            self.run(self.store().master(), doc! { "insert": BLOCKS, "documents": documents }).await?;
        }
        Ok(())
    }

    /// Adds an element to its chain. False where somebody else was first.
    pub async fn put_element(&self, element: &Element) -> Result<bool, Failure> {
        let command = doc! { "insert": SEALS, "documents": [element.document()] };
        match self.run(self.store().master(), command).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.is(server::DUPLICATE_KEY) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Takes away the blocks of a seal that no element names.
    pub async fn drop_blocks(&self, chain: &str, seal: u64, run: &str) -> Result<(), Failure> {
        let ns = Namespace::new(self.store().master(), BLOCKS);
        let from = format!("{chain}:{seal:010}:{run}:");
        let to = format!("{chain}:{seal:010}:{run};");
        self.delete_where(&ns, doc! { "_id": { "$gte": from, "$lt": to } }).await.map(drop)
    }
}
