//! What is there, compared with what a set gives: read in the order of identifiers beside the rows as they are made.

use std::ops::Range;

use bson::oid::ObjectId;
use bson::{Document, RawDocument};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::Bed;
use crate::domain::catalog::CollectionKind;
use crate::domain::plan::Namespace;
use crate::domain::seed::Part;
use crate::error::{Error, Result, code};
use crate::ops::House;

/// Rows that are compared, or written, at a time.
pub(super) const CHUNK: u32 = 10_000;

/// Differences that are told for each collection.
const TOLD: usize = 20;

/// Documents of a set, by what would become of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Missing.
    pub inserts: u64,
    /// There, and different.
    pub updates: u64,
    /// There, byte for byte.
    pub unchanged: u64,
    /// There, and not in the set any more.
    pub extra: u64,
}

impl Count {
    /// Whether everything is as the set says.
    pub fn is_whole(&self) -> bool {
        self.inserts == 0 && self.updates == 0 && self.extra == 0
    }

    /// Adds another count.
    pub fn add(&mut self, other: &Count) {
        self.inserts += other.inserts;
        self.updates += other.updates;
        self.unchanged += other.unchanged;
        self.extra += other.extra;
    }
}

/// A document that is not as the set says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `missing`, `altered` or `extra`.
    pub what: &'static str,
    /// The collection.
    pub collection: String,
    /// The document's identifier.
    pub id: String,
    /// Where it is written down, or which row it is.
    pub row: String,
    /// The fields that differ.
    pub fields: Vec<String>,
}

/// Rows of one part that have to be looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub part: usize,
    pub rows: Range<u32>,
    /// Whether nothing of these rows is there.
    pub fresh: bool,
}

/// One collection, compared.
#[derive(Debug, Clone)]
pub struct PartSurvey {
    /// The collection's name in the set.
    pub collection: String,
    /// Where it goes.
    pub ns: Namespace,
    /// What would become of its documents.
    pub count: Count,
}

/// A set, compared with what is there.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// By collection.
    pub parts: Vec<PartSurvey>,
    /// The first differences of each.
    pub differences: Vec<Difference>,
    pub(super) jobs: Vec<Job>,
    /// Documents of the set that it does not contain any more.
    pub(super) extra: Vec<(usize, ObjectId)>,
}

impl Survey {
    /// All collections together.
    pub fn count(&self) -> Count {
        let mut sum = Count::default();
        self.parts.iter().for_each(|part| sum.add(&part.count));
        sum
    }
}

/// What comparing some rows gave.
#[derive(Default)]
struct Found {
    count: Count,
    differences: Vec<Difference>,
    extra: Vec<ObjectId>,
}

/// The whole numbers of a part, in pieces: generated rows, the room behind them, and fixtures.
fn pieces(part: &Part) -> Vec<Range<u32>> {
    let step = usize::try_from(CHUNK).unwrap_or(1);
    let mut pieces: Vec<Range<u32>> =
        (0..part.generated).step_by(step).map(|from| from..from.saturating_add(CHUNK).min(part.generated)).collect();
    // From behind the last row to the end, fixtures among it: what is extra lies there.
    pieces.push(part.generated..u32::MAX);
    pieces
}

impl House<'_> {
    /// Compares a set with what is there. Reads only.
    ///
    /// # Errors
    /// `E0316` where a document of it would clash with one of other origin.
    pub async fn survey(&self, bed: &Bed, jobs: usize) -> Result<Survey> {
        let survey = self.compare_all(bed, jobs).await?;
        self.require_no_clash(bed, &survey).await?;
        Ok(survey)
    }

    /// The same, for whoever does not mean to write.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn compare_all(&self, bed: &Bed, jobs: usize) -> Result<Survey> {
        let mut survey = Survey::default();
        for (index, (part, ns)) in bed.compiled.parts.iter().zip(&bed.places).enumerate() {
            self.require_no_view(ns).await?;
            let (first, last) = (ObjectId::from_bytes(part.id(0)), ObjectId::from_bytes(part.id(u32::MAX)));
            let mut count = Count::default();
            if bed.draft.is_some() || !self.store.any_between(ns, first, last).await? {
                count.inserts = part.rows();
                let mut all = pieces(part);
                if part.fixtures.is_empty() {
                    all.pop();
                }
                survey.jobs.extend(all.into_iter().map(|rows| Job { part: index, rows, fresh: true }));
            } else {
                let found: Vec<(Range<u32>, Found)> = stream::iter(pieces(part))
                    .map(|rows| async move {
                        let found = self.compare(bed, index, rows.clone()).await?;
                        Ok::<_, crate::error::Error>((rows, found))
                    })
                    .buffered(jobs.max(1))
                    .try_collect()
                    .await?;
                for (rows, found) in found {
                    if found.count.inserts + found.count.updates > 0 {
                        let fresh = found.count.updates + found.count.unchanged + found.count.extra == 0;
                        survey.jobs.push(Job { part: index, rows, fresh });
                    }
                    count.add(&found.count);
                    let told = survey.differences.iter().filter(|d| d.collection == ns.coll).count();
                    survey.differences.extend(found.differences.into_iter().take(TOLD.saturating_sub(told)));
                    survey.extra.extend(found.extra.into_iter().map(|id| (index, id)));
                }
            }
            survey.parts.push(PartSurvey { collection: part.name.clone(), ns: ns.clone(), count });
        }
        Ok(survey)
    }

    /// A view in the place of a collection is no place for documents.
    async fn require_no_view(&self, ns: &Namespace) -> Result<()> {
        match self.store.at(ns).await? {
            Some(info) if info.kind == CollectionKind::View => {
                let text = format!("{ns} is a view, and documents need a collection; nothing was written");
                Err(Error::new(&code::ORG_STATE, text).next("find out what it is: flowbit doctor"))
            }
            _ => Ok(()),
        }
    }

    async fn compare(&self, bed: &Bed, index: usize, rows: Range<u32>) -> Result<Found> {
        let part = &bed.compiled.parts[index];
        let mut found = Found::default();
        self.walk(bed, index, rows, |seen| match seen {
            Seen::Missing(number, _) => {
                found.count.inserts += 1;
                found.tell("missing", bed, index, number, Vec::new());
            }
            Seen::Altered(number, wanted, there) => {
                found.count.updates += 1;
                if found.differences.len() < TOLD {
                    found.tell("altered", bed, index, number, differing(wanted, there));
                }
            }
            Seen::Same => found.count.unchanged += 1,
            // The administrator that an organization was made with is the organization's.
            Seen::Extra(number) if bed.is_administrator(part, number) => {}
            Seen::Extra(number) => {
                found.count.extra += 1;
                found.extra.push(ObjectId::from_bytes(part.id(number)));
                found.tell("extra", bed, index, number, Vec::new());
            }
        })
        .await?;
        Ok(found)
    }

    /// Walks over rows and over what is there of them, side by side.
    pub(super) async fn walk(
        &self,
        bed: &Bed,
        index: usize,
        rows: Range<u32>,
        mut see: impl FnMut(Seen<'_>),
    ) -> Result<()> {
        let part = &bed.compiled.parts[index];
        let fixtures = part.fixtures.iter().map(|row| row.number);
        let mut wanted = (rows.start..rows.end.min(part.generated))
            .chain(fixtures.filter(|number| rows.contains(number)))
            .peekable();
        let last = if rows.end == u32::MAX { u32::MAX } else { rows.end - 1 };
        let (from, to) = (ObjectId::from_bytes(part.id(rows.start)), ObjectId::from_bytes(part.id(last)));
        let mut there = self.store.range(&bed.places[index], from, to).await?;
        let mut bytes = Vec::with_capacity(1024);
        loop {
            let document = there.next().await?;
            let at = document.map(number_of_document);
            while let Some(number) = wanted.next_if(|number| at.is_none_or(|at| *number < at)) {
                bytes.clear();
                bed.compiled.write(part, number, &mut bytes);
                see(Seen::Missing(number, &bytes));
            }
            let (Some(document), Some(at)) = (document, at) else { return Ok(()) };
            if wanted.next_if_eq(&at).is_none() {
                see(Seen::Extra(at));
                continue;
            }
            bytes.clear();
            bed.compiled.write(part, at, &mut bytes);
            see(if bytes == document.as_bytes() { Seen::Same } else { Seen::Altered(at, &bytes, document) });
        }
    }
}

/// What walking comes upon; bytes are those that the set gives.
pub(super) enum Seen<'a> {
    Missing(u32, &'a [u8]),
    Altered(u32, &'a [u8], &'a RawDocument),
    Same,
    Extra(u32),
}

impl Found {
    fn tell(&mut self, what: &'static str, bed: &Bed, index: usize, number: u32, fields: Vec<String>) {
        if self.differences.len() >= TOLD {
            return;
        }
        let part = &bed.compiled.parts[index];
        self.differences.push(Difference {
            what,
            collection: bed.places[index].coll.clone(),
            id: ObjectId::from_bytes(part.id(number)).to_hex(),
            row: row_name(part, number),
            fields,
        });
    }
}

/// What people call a row.
pub(super) fn row_name(part: &Part, number: u32) -> String {
    match part.row(number) {
        Some(row) if row.number > 0 => row.place.to_string(),
        _ if number < crate::domain::seed::FIRST_FIXTURE => format!("{} row {}", part.name, u64::from(number) + 1),
        _ => format!("a fixture of {} that is not in the set any more", part.name),
    }
}

fn number_of_document(document: &RawDocument) -> u32 {
    let id = document.get_object_id("_id").map(|id| id.bytes()).unwrap_or_default();
    u32::from_be_bytes([id[8], id[9], id[10], id[11]])
}

/// Names of the fields in which two documents differ.
fn differing(wanted: &[u8], there: &RawDocument) -> Vec<String> {
    let wanted: Document = bson::deserialize_from_slice(wanted).unwrap_or_default();
    let there = Document::try_from(there).unwrap_or_default();
    let mut names: Vec<String> =
        wanted.iter().filter(|(name, value)| there.get(name) != Some(*value)).map(|(name, _)| name.clone()).collect();
    names.extend(there.keys().filter(|name| !wanted.contains_key(*name)).cloned());
    if names.is_empty() {
        names.push("the order of the fields".to_owned());
    }
    names
}
