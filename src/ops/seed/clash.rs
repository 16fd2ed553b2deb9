//! Values that must be unique and that somebody else has already: found before anything is written.

use std::collections::HashMap;

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::survey::{Survey, row_name};
use super::{Bed, broken};
use crate::domain::fields;
use crate::domain::plan::Namespace;
use crate::domain::seed::{Fault, Part, Target};
use crate::error::{Error, Result, code};
use crate::ops::House;

/// Rows that are asked about at a time.
const BATCH: usize = 100;

/// Values under one unique index, and the row that has them.
type Keyed = (Document, u32);

impl House<'_> {
    /// Looks for documents of other origin that have what a fixture needs for itself. Generated rows are too many for
    /// that: the index itself refuses them.
    ///
    /// # Errors
    /// `E0316`; `E0121` where two rows of the set would clash with each other.
    pub(super) async fn require_no_clash(&self, bed: &Bed, survey: &Survey) -> Result<()> {
        for (index, (part, ns)) in bed.compiled.parts.iter().zip(&bed.places).enumerate() {
            let concerned = survey.jobs.iter().any(|job| job.part == index);
            if part.fixtures.is_empty() || !concerned {
                continue;
            }
            let documents = documents(bed, part);
            for spec in self.store.indexes(ns).await? {
                let unique = spec.get_bool("unique").unwrap_or_default();
                let partial = spec.contains_key("partialFilterExpression");
                let Some(keys) = spec.get_document("key").ok().filter(|_| unique && !partial) else { continue };
                let name = spec.get_str("name").unwrap_or_default();
                let values = values(&documents, keys);
                require_unlike(part, &values, name)?;
                self.require_values_free(part, ns, &values, name).await?;
            }
            if part.target == Target::Accounts && part.copy.is_none() {
                self.require_new_emails(part, &documents).await?;
            }
        }
        Ok(())
    }

    async fn require_values_free(&self, part: &Part, ns: &Namespace, values: &[Keyed], index: &str) -> Result<()> {
        for batch in values.chunks(BATCH) {
            let any: Vec<Document> = batch.iter().map(|(value, _)| value.clone()).collect();
            let filter = doc! { "$or": any, "$nor": [own(part)] };
            let Some(other) = self.store.find_one(ns, filter, None).await? else { continue };
            let whose = batch.iter().find(|(value, _)| {
                value.iter().all(|(path, value)| fields::get(&other, path).unwrap_or(&Bson::Null) == value)
            });
            let (value, number) = whose.map_or((doc! {}, 0), |(value, number)| (value.clone(), *number));
            return Err(clash(part, ns, number, &format!("{value} under the index {index}"), &other));
        }
        Ok(())
    }

    /// Two accounts with one e-mail make it a matter of chance who logs in, with an index or without (B23).
    async fn require_new_emails(&self, part: &Part, documents: &[(u32, Document)]) -> Result<()> {
        let Some((ns, path)) = self.emails() else { return Ok(()) };
        for (number, document) in documents {
            let Some(email) = fields::get(document, path) else { continue };
            let mut filter = doc! { "$nor": [own(part)] };
            filter.insert(path, email.clone());
            if self.store.exists_ignoring_case(&ns, filter.clone()).await? {
                let other = self.store.find_one(&ns, filter, None).await?.unwrap_or_default();
                return Err(clash(part, &ns, *number, &format!("the e-mail {email}"), &other));
            }
        }
        Ok(())
    }
}

/// The filter of a part's own documents.
pub(super) fn own(part: &Part) -> Document {
    doc! { "_id": { "$gte": ObjectId::from_bytes(part.id(0)), "$lte": ObjectId::from_bytes(part.id(u32::MAX)) } }
}

fn clash(part: &Part, ns: &Namespace, number: u32, what: &str, other: &Document) -> Error {
    let id = other.get("_id").map(ToString::to_string).unwrap_or_default();
    let text = format!(
        "{}: another document in {} has {what} already (_id {id}); nothing was written",
        row_name(part, number),
        ns.coll
    );
    Error::new(&code::SEED_CLASH, text).next("change the row, or find out whose document that is")
}

fn documents(bed: &Bed, part: &Part) -> Vec<(u32, Document)> {
    let mut bytes = Vec::new();
    let mut document = |number: u32| {
        bytes.clear();
        bed.compiled.write(part, number, &mut bytes);
        (number, bson::deserialize_from_slice(&bytes).unwrap_or_default())
    };
    part.fixtures.iter().map(|row| document(row.number)).collect()
}

/// The values under an index. Documents that lack one of them, or have it in a list, are left to the index itself.
fn values(documents: &[(u32, Document)], keys: &Document) -> Vec<Keyed> {
    let of = |document: &Document| -> Option<Document> {
        let value = |path: &String| Some((path.clone(), fields::get(document, path)?.clone()));
        keys.keys().map(value).collect()
    };
    documents.iter().filter_map(|(number, document)| Some((of(document)?, *number))).collect()
}

/// Refuses rows of the set that would clash with each other.
fn require_unlike(part: &Part, values: &[Keyed], index: &str) -> Result<()> {
    let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
    for (value, number) in values {
        let bytes = bson::serialize_to_vec(value).unwrap_or_default();
        if let Some(first) = seen.insert(bytes, *number) {
            let what = format!("{value} must be unique (index {index}), and {} has it too", row_name(part, first));
            let place = part.row(*number).map(|row| row.place.clone()).unwrap_or_default();
            return Err(broken(&[Fault::new(&place, "", what)]));
        }
    }
    Ok(())
}
