//! Another tenant key for every document of a tenant, in batches that count only under the lease.

use std::time::Duration;

use bson::{Bson, DateTime, Document, doc};

use super::{Halt, Scene};
use crate::domain::plan::{Change, Fence, Namespace, Rekey};
use crate::domain::record::Happening;
use crate::store::documents::{Seal, apply, apply_once, carries};
use crate::store::failure::server;
use crate::store::fences::{FENCES, entry, fence_id};
use crate::store::{Failure, Pen};

/// Documents that change in one transaction.
const BATCH: usize = 4_000;

/// How often in a row a batch may meet another writer.
const TRIES: u32 = 500;

/// Under which number progress after the commit is counted.
const LATE: i32 = -1;

/// So few left after a round are for the last one, behind the fence.
const FEW: u64 = 500;

impl Scene<'_> {
    pub(super) async fn fence(&mut self, fence: &Fence, until: Option<DateTime>) -> Result<(), Halt> {
        let document = entry(fence, self.held.record.id.as_str(), until);
        self.set_fence(fence, Change::Put { ns: self.fences(), document }).await?;
        // A key that is only shut out while the operation runs is the one the tenant is to get: from here on every
        // document that has it is this tenant's, so none may have it yet. These fences come before anything is rewritten.
        if until.is_none() && self.store().exists(&fence.ns, carries(&fence.path, &fence.value)).await? {
            return Err(Halt::Occupied(format!(
                "documents in {} got {} = {} in the meantime; they were left alone",
                fence.ns,
                fence.path,
                crate::domain::template::plain(&fence.value)
            )));
        }
        Ok(())
    }

    /// Takes a fence of the operation's own away again, or puts back the one that stood there before.
    pub(super) async fn refence(&mut self, fence: &Fence, older: Option<&Document>) -> Result<(), Halt> {
        match older {
            Some(entry) => self.set_fence(fence, Change::Put { ns: self.fences(), document: entry.clone() }).await,
            None => {
                let own = self.held.record.id.0.clone();
                self.unfence(fence, &[own]).await
            }
        }
    }

    /// Takes a fence away, if one of these operations put it there.
    pub(super) async fn unfence(&mut self, fence: &Fence, ops: &[String]) -> Result<(), Halt> {
        let filter = doc! { "_id": fence_id(fence), "op": { "$in": ops.to_vec() } };
        self.set_fence(fence, Change::Delete { ns: self.fences(), filter }).await
    }

    /// Brings documents with an old key to the present one. There is no way back, and none is needed; what a unique index
    /// refuses stays and is named.
    pub(super) async fn bring_home(&mut self, rekey: &Rekey) -> Result<(), Halt> {
        match self.rekey(LATE, rekey).await {
            Err(Halt::Failed(failure)) if failure.is(server::DUPLICATE_KEY) => {
                let note = format!(
                    "documents in {} stay under {} = {}: {failure}",
                    rekey.ns,
                    rekey.path,
                    crate::domain::template::plain(&rekey.from)
                );
                self.append(Happening::Noted { note }).await
            }
            other => other,
        }
    }

    fn fences(&self) -> Namespace {
        Namespace::new(self.store().master(), FENCES)
    }

    /// The entry changes only under the lease; the validator follows from the entries.
    async fn set_fence(&mut self, fence: &Fence, change: Change) -> Result<(), Halt> {
        let pen = Pen::for_operation(self.journal.store(), &self.held.warrant);
        let seal = self.counting("fences", 1);
        apply(pen, self.held.record.id.as_str(), &[change], Some(&seal)).await?;
        // Without the lease on purpose: what follows from the entries is right whoever does it, and a runner that was
        // paused before its command and overtaken then puts right what it did too late.
        Ok(Pen::free(self.journal.store()).apply_fences(&fence.ns).await?)
    }

    /// A change of the record that only the holder of the lease can make.
    fn counting(&self, what: &str, n: i64) -> Seal {
        Seal {
            ns: self.journal.ns(),
            filter: doc! { "_id": self.held.record.id.as_str(), "lease.token": self.held.warrant.token },
            update: doc! { "$inc": { format!("progress.{what}"): n } },
        }
    }

    /// Rewrites the key until no document has the old one; before the fence stands, until hardly any has.
    pub(super) async fn rekey(&mut self, number: i32, rekey: &Rekey) -> Result<(), Halt> {
        loop {
            let done = self.rekey_round(number, rekey).await?;
            if done == 0 || (!rekey.fenced && done < FEW) {
                return Ok(());
            }
        }
    }

    async fn rekey_round(&mut self, number: i32, rekey: &Rekey) -> Result<u64, Halt> {
        let mut filter = carries(&rekey.path, &rekey.from);
        filter.extend(rekey.within.clone());
        let mut ids = self.store().ids(&rekey.ns, filter).await?;
        let mut chunk = ids.next(BATCH).await?;
        let mut done = 0;
        while !chunk.is_empty() {
            if self.interrupt.is_asked() {
                return Err(self.interrupted());
            }
            let documents = chunk.len() as u64;
            let (written, next) =
                tokio::join!(self.rekey_batch(number, rekey, std::mem::take(&mut chunk)), ids.next(BATCH));
            written?;
            chunk = next?;
            done += documents;
            self.watch.progress(done, None);
        }
        Ok(done)
    }

    /// A batch, in one transaction with the record that says so, which only the holder of the lease can change. Where the
    /// platform writes to one of its documents at the same time, the batch is halved until it gets through.
    async fn rekey_batch(&self, number: i32, rekey: &Rekey, ids: Vec<Bson>) -> Result<(), Failure> {
        let pen = Pen::for_operation(self.journal.store(), &self.held.warrant);
        let mut waiting = vec![ids];
        let mut tries = 0;
        while let Some(ids) = waiting.pop() {
            let seal = self.counting(&number.to_string(), i64::try_from(ids.len()).unwrap_or(i64::MAX));
            let changes = [Change::Rekey { rekey: Box::new(rekey.clone()), ids: ids.clone() }];
            match apply_once(pen, self.held.record.id.as_str(), &changes, &seal).await {
                Err(failure)
                    if (failure.is(server::WRITE_CONFLICT) || failure.retries_transaction()) && tries < TRIES =>
                {
                    tries += 1;
                    let (first, rest) = ids.split_at(ids.len().div_ceil(2));
                    waiting.extend([rest, first].into_iter().filter(|half| !half.is_empty()).map(<[Bson]>::to_vec));
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                Err(failure) => return Err(failure),
                Ok(()) => tries = 0,
            }
        }
        Ok(())
    }

    /// Deletes a tenant's documents in batches.
    pub(super) async fn erase(&mut self, fence: &Fence) -> Result<(), Halt> {
        loop {
            let mut ids = self.store().ids(&fence.ns, carries(&fence.path, &fence.value)).await?;
            let mut done = 0;
            loop {
                let chunk = ids.next(BATCH).await?;
                if chunk.is_empty() {
                    break;
                }
                if self.interrupt.is_asked() {
                    return Err(self.interrupted());
                }
                done += chunk.len() as u64;
                self.pen().delete_these(&fence.ns, carries(&fence.path, &fence.value), &chunk).await?;
                self.watch.progress(done, None);
            }
            if done == 0 {
                return Ok(());
            }
        }
    }
}
