//! Identifiers that are no account's: whose document has them. Looked up where they are few, found by reading the
//! identifiers of all documents where they are many.

use std::collections::{BTreeSet, HashMap};

use bson::{Bson, Document, doc};

use super::Exam;
use super::ident::{Ident, text};
use super::lens::Target;
use super::read::Reading;
use super::sources::{Owner, What};
use super::tenants::value;
use crate::domain::plan::Namespace;
use crate::domain::rawdoc::{Element, at};
use crate::error::Result;
use crate::store::batches::Sweep;

/// Identifiers asked for at once.
const BATCH: usize = 5_000;

/// Identifiers that are looked up.
const MOST: usize = 10_000_000;

/// An identifier in some tenant's document, and what came of it.
pub(super) struct Sought {
    pub ident: Ident,
    pub reading: usize,
    pub node: u32,
    pub owner: u32,
    pub count: u32,
    /// Whether the tenant has a document of this identifier itself.
    own: bool,
    /// The number of the described reference that it is.
    reference: Option<usize>,
    /// The other that has, where, and the value as it is there.
    pub other: Option<(u32, Namespace, Bson)>,
}

/// All of them, to be found by their number.
#[derive(Default)]
pub(super) struct Open {
    all: Vec<Sought>,
    /// Where those of a number begin, by its first bits.
    starts: Vec<u32>,
    bits: u32,
    pub left: u64,
}

impl Open {
    pub fn gather(readings: &mut [Reading]) -> Self {
        let mut all = Vec::new();
        let mut left = 0;
        for (at, reading) in readings.iter_mut().enumerate() {
            for (open, count) in std::mem::take(&mut reading.seen.open) {
                if all.len() >= MOST {
                    left += 1;
                    continue;
                }
                let (node, owner) = (open.node, open.owner);
                let reference = match reading.node(node).and_then(|node| node.mean.reference) {
                    Some(Target::Documents(reference)) => Some(reference),
                    _ => None,
                };
                let ident = open.ident;
                all.push(Sought { ident, reading: at, node, owner, count, own: false, reference, other: None });
            }
        }
        all.sort_by_key(|sought| sought.ident.number());
        let bits = (all.len().max(2).ilog2() + 1).min(24);
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut next = 0;
        for prefix in 0..=(1_u64 << bits) {
            while all.get(next).is_some_and(|sought: &Sought| sought.ident.number() >> (64 - bits) < prefix) {
                next += 1;
            }
            starts.push(u32::try_from(next).unwrap_or(u32::MAX));
        }
        Self { all, starts, bits, left }
    }

    /// Those with this identifier.
    fn of(&mut self, ident: &Ident) -> &mut [Sought] {
        let number = ident.number();
        let bucket = usize::try_from(number >> (64 - self.bits)).unwrap_or_default();
        let edge = |at: usize| self.starts.get(at).map_or(0, |at| usize::try_from(*at).unwrap_or_default());
        let (from, to) = (edge(bucket), edge(bucket + 1));
        let within = &self.all[from..to];
        let first = within.iter().position(|sought| sought.ident == *ident).map_or(to, |at| from + at);
        let last =
            self.all[first..to].iter().rposition(|sought| sought.ident == *ident).map_or(first, |at| first + at + 1);
        &mut self.all[first..last]
    }

    /// A document of a tenant has it; `ends` are the described references that lead there.
    fn meet(&mut self, ident: &Ident, owner: u32, ns: &Namespace, ends: &[usize], found: Element<'_>) {
        for sought in self.of(ident).iter_mut().filter(|sought| sought.ident == *ident) {
            // What stands for something else there is not what was meant; and a number alone is anybody's.
            let meant = sought.reference.map_or(ident.shown().is_some(), |reference| ends.contains(&reference));
            if !meant {
                continue;
            }
            if sought.owner == owner {
                sought.own = true;
            } else if sought.other.is_none() {
                sought.other = Some((owner, ns.clone(), value(found.kind, found.value)));
            }
        }
    }

    /// Those that another tenant has, and the tenant itself has not.
    pub fn crossings(self) -> impl Iterator<Item = Sought> {
        self.all.into_iter().filter(|sought| !sought.own && sought.other.is_some())
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Exam<'_> {
    /// Looks them up: those of described references where they point to, others everywhere.
    pub(super) async fn look_up(&self, open: &mut Open, readings: &[Reading]) -> Result<()> {
        let by_kind = self.by_kind(open, readings);
        for reading in readings {
            let source = &reading.source;
            if matches!(source.what, What::Records | What::Accounts) {
                continue;
            }
            let paths = self.identifiers(&source.kind);
            let wanted: Vec<&BTreeSet<Ident>> =
                [by_kind.get(&Some(source.kind.clone())), by_kind.get(&None)].into_iter().flatten().collect();
            let n: usize = wanted.iter().map(|idents| idents.len()).sum();
            if n == 0 || source.documents == 0 {
                continue;
            }
            let plain = wanted.iter().all(|idents| idents.iter().all(|ident| ident.shown().is_some()));
            let few = u64::try_from(n).unwrap_or(u64::MAX).saturating_mul(4) < source.documents;
            if few && plain && paths == ["_id"] {
                for idents in wanted {
                    self.ask(open, reading, idents).await?;
                }
            } else {
                self.sweep_with(open, reading, Document::new(), &paths).await?;
            }
        }
        Ok(())
    }

    /// The paths that identify documents of a kind: `_id`, and those that references lead to.
    fn identifiers(&self, kind: &str) -> Vec<String> {
        let platform = self.house.platform;
        let ends = platform.references.iter().filter_map(|reference| reference.to.split_once('.'));
        let mut paths: Vec<String> = vec!["_id".to_owned()];
        paths.extend(ends.clone().filter(|(other, _)| *other == kind).map(|(_, path)| path.to_owned()));
        // Where some have identifiers of their own, the others are expected to.
        if ends.clone().any(|(_, path)| path == "id") {
            paths.push("id".to_owned());
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// Identifiers by the kind of collection that a described reference leads to; the others without.
    fn by_kind(&self, open: &Open, readings: &[Reading]) -> HashMap<Option<String>, BTreeSet<Ident>> {
        let mut by_kind: HashMap<Option<String>, BTreeSet<Ident>> = HashMap::new();
        for sought in &open.all {
            let node = readings.get(sought.reading).and_then(|reading| reading.node(sought.node));
            let kind = match node.and_then(|node| node.mean.reference) {
                Some(Target::Documents(at)) => {
                    let to = self.house.platform.references.get(at).and_then(|reference| reference.to.split_once('.'));
                    to.map(|(kind, _)| kind.to_owned())
                }
                _ => None,
            };
            by_kind.entry(kind).or_default().insert(sought.ident);
        }
        by_kind
    }

    async fn ask(&self, open: &mut Open, reading: &Reading, idents: &BTreeSet<Ident>) -> Result<()> {
        let idents: Vec<&Ident> = idents.iter().collect();
        for batch in idents.chunks(BATCH) {
            let values: Vec<Bson> = batch.iter().flat_map(|ident| ident.forms()).collect();
            if values.is_empty() {
                continue;
            }
            self.sweep_with(open, reading, doc! { "_id": { "$in": values } }, &["_id".to_owned()]).await?;
        }
        Ok(())
    }

    async fn sweep_with(&self, open: &mut Open, reading: &Reading, filter: Document, paths: &[String]) -> Result<()> {
        let source = &reading.source;
        let ends: Vec<Vec<usize>> = paths.iter().map(|path| self.ends(&source.kind, path)).collect();
        let mut projection: Document = paths.iter().map(|path| (path.clone(), Bson::Int32(1))).collect();
        projection.insert("_id", 1);
        projection.extend(source.owner.path().map(|path| (path.to_owned(), Bson::Int32(1))));
        projection.extend(reading.seen.guessed.iter().map(|path| (path.clone(), Bson::Int32(1))));
        let sweep = Sweep { filter, projection: Some(projection), ..Sweep::default() };
        let mut batches = self.house.store.sweep(&source.ns, sweep).await?;
        while let Some(batch) = batches.next().await? {
            let mut documents = batch.documents()?;
            while let Ok(Some(document)) = documents.next() {
                let document = document.value;
                let owner = match (&source.owner, source.owner.path()) {
                    (Owner::Fixed(whose), _) => self.tenants.known(*whose),
                    (owner, Some(path)) => {
                        at(document, path).and_then(|key| owner.read(&self.tenants, key.kind, key.value))
                    }
                    _ => self.guessed(reading, document),
                };
                let Some(owner) = owner else { continue };
                for (path, ends) in paths.iter().zip(&ends) {
                    if let Some(found) = at(document, path) {
                        open.meet(&self.maker.value(found.kind, found.value), owner, &source.ns, ends, found);
                    }
                }
            }
        }
        Ok(())
    }

    /// The described references that lead to a path.
    fn ends(&self, kind: &str, path: &str) -> Vec<usize> {
        let references = self.house.platform.references.iter().enumerate();
        references
            .filter(|(_, reference)| reference.to.split_once('.') == Some((kind, path)))
            .map(|(at, _)| at)
            .collect()
    }

    /// Whose a document is, by the paths that told it while they were read.
    fn guessed(&self, reading: &Reading, document: &[u8]) -> Option<u32> {
        let whose = |path: &String| {
            let found = at(document, path)?;
            let word =
                if found.kind == 0x02 { text(found.value).and_then(|word| self.tenants.by_word(word)) } else { None };
            word.or_else(|| self.tenants.by_id(found.kind, found.value))
        };
        reading.seen.guessed.iter().find_map(whose).and_then(|whose| self.tenants.known(whose))
    }
}
