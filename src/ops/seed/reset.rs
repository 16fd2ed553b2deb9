//! Removing what a set wrote, and nothing else: by the identifiers that only it gives.

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};

use super::apply::{committed, repeatable, sown};
use super::{Bed, clash};
use crate::domain::audit::Deed;
use crate::domain::plan::{Change, Namespace};
use crate::domain::record::{Happening, Record};
use crate::domain::seed::Part;
use crate::error::{Error, Result, code};
use crate::ops::{Consent, House};
use crate::store::Pen;

/// Rows that one command deletes.
const STEP: u32 = 50_000;

/// What was, or would be, removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Uprooted {
    /// Collections and numbers of documents.
    pub collections: Vec<(String, u64)>,
    /// Whether the administrator's account stays, because the organization was made with it.
    pub keeps_admin: bool,
}

impl Uprooted {
    /// All documents.
    pub fn documents(&self) -> u64 {
        self.collections.iter().map(|(_, documents)| documents).sum()
    }
}

impl House<'_> {
    /// What would be removed.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn plan_uproot(&self, bed: &Bed) -> Result<Uprooted> {
        let mut uprooted = Uprooted { keeps_admin: bed.stamp.admin.is_some(), ..Uprooted::default() };
        for (part, ns) in bed.compiled.parts.iter().zip(&bed.places) {
            let documents = self.store.count(ns, without_administrator(bed, part, clash::own(part))).await?;
            uprooted.collections.push((ns.coll.clone(), documents));
        }
        Ok(uprooted)
    }

    /// Removes it.
    ///
    /// # Errors
    /// `E0303`, `E1101`, and what the server refuses; repeated, it goes on.
    pub async fn uproot(&self, bed: &Bed, from: &str, _: &Consent) -> Result<Uprooted> {
        self.store.require_writable_topology()?;
        self.journal().ensure().await?;
        let closing = |record: &Record| {
            let vars = self.vars_of(&bed.org.id, &bed.org.name, &bed.org.slug);
            let deed = Deed::new("seed.reset", doc! { "set": &bed.stamp.set }).changing(sown(&bed.stamp), Bson::Null);
            // Whose administrator came with the set stays known: that account is the organization's, not the set's.
            let stamp = match bed.stamp.admin {
                Some(_) => Change::Put { ns: self.seeds(), document: bed.stamp.document(&self.actor, false) },
                None => {
                    let filter = doc! { "set": &bed.stamp.set, "org": bed.org.id.clone() };
                    Change::Delete { ns: self.seeds(), filter }
                }
            };
            vec![stamp, repeatable(self.audit(&deed, vars, &record.id, DateTime::now()))]
        };
        self.finish_waiting(bed).await?;
        let mut held = self.begin_sowing(bed, from, "seed.reset", closing).await?;
        let mut uprooted = Uprooted { keeps_admin: bed.stamp.admin.is_some(), ..Uprooted::default() };
        for (part, ns) in bed.compiled.parts.iter().zip(&bed.places) {
            let pen = Pen::for_operation(self.store, &held.warrant);
            match self.uproot_part(pen, bed, part, ns).await {
                Ok(documents) => uprooted.collections.push((ns.coll.clone(), documents)),
                Err(error) => {
                    self.journal().release(&held).await;
                    return Err(error.after_changes().next("repeat the command; it goes on where it stopped"));
                }
            }
        }
        let did = self.journal().append(&mut held, vec![Happening::Did { step: 0 }]).await;
        did.map_err(|f| Error::from(f).after_changes())?;
        self.drive(false).run(held).await.and_then(committed).map_err(Error::after_changes)?;
        Ok(uprooted)
    }

    async fn uproot_part(&self, pen: Pen<'_>, bed: &Bed, part: &Part, ns: &Namespace) -> Result<u64> {
        let mut documents = 0;
        let mut from = 0;
        loop {
            if self.interrupt.is_asked() {
                let text = format!("interrupted; a part of {} is removed", bed.stamp.set);
                return Err(Error::new(&code::INTERRUPTED, text));
            }
            // Rows that were generated once may have been more than today.
            let first = ObjectId::from_bytes(part.id(from));
            let last = ObjectId::from_bytes(part.id(u32::MAX));
            let next = self.store.first_between(ns, first, last).await.map_err(Error::from)?;
            let Some(next) = next else { return Ok(documents) };
            let bytes = next.bytes();
            let number = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
            let to = number.saturating_add(STEP - 1);
            let these = doc! { "_id": { "$gte": next, "$lte": ObjectId::from_bytes(part.id(to)) } };
            let these = without_administrator(bed, part, these);
            documents += pen.delete_where(ns, these).await.map_err(|f| f.into_error(&format!("deleting from {ns}")))?;
            self.watch.progress(documents, None);
            let Some(after) = to.checked_add(1) else { return Ok(documents) };
            from = after;
        }
    }
}

/// A filter that leaves the administrator out that the organization was made with.
fn without_administrator(bed: &Bed, part: &Part, filter: Document) -> Document {
    match bed.administrator_in(part) {
        Some(admin) => doc! { "$and": [filter, { "_id": { "$ne": admin } }] },
        None => filter,
    }
}
