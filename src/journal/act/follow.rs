//! Copies of collections that are written to: brought up to date from the server's log of changes, and compared.
//!
//! What was touched is looked up in the original again, so that it does not matter in what order, or how often.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use bson::{Bson, Document, RawDocumentBuf, Uuid, doc};

use super::{Halt, Scene, look_again};
use crate::domain::plan::Namespace;
use crate::domain::record::Happening;
use crate::store::bulk::Ended;
use crate::store::changes::Touched;
use crate::store::failure::server;

/// Documents that are compared or brought over in one go.
const CHUNK: usize = 2_000;

/// A round as short as this is near enough to the present to shut writers out.
const NEAR: Duration = Duration::from_millis(300);

/// Rounds after which it is near enough in any case: the platform writes faster than that.
const ROUNDS: u32 = 20;

/// A copy, and what it is a copy of.
struct Pair {
    /// The original's name when the operation began.
    name: String,
    from: Namespace,
    into: Namespace,
    uuid: Uuid,
    indexes: Vec<Document>,
}

impl Scene<'_> {
    pub(super) async fn watch_from_now(&mut self) -> Result<(), Halt> {
        let since = self.store().moment().await?;
        self.append(Happening::Watching { since }).await
    }

    /// Brings copies up to date: near to the present, or, with writers shut out, to the end.
    pub(super) async fn follow(&mut self, db: &str, copies: &[i32], last: bool) -> Result<(), Halt> {
        if last {
            return self.follow_to_the_end(db, copies).await;
        }
        // Whatever was written while the copy was made shows as a difference: only what is written from here on has to be
        // read from the log, which is full of the copy itself. The record of this moment is acknowledged by a majority,
        // so that what is read after it is not older.
        self.watch_from_now().await?;
        let mut odd = Vec::new();
        for pair in self.pairs(copies).await? {
            let ids = self.differing(&pair).await?;
            self.refresh(&pair, &ids, true).await?;
            odd.push((pair.name.clone(), self.still_differing(&pair, &ids).await?));
        }
        let pairs = self.pairs(copies).await?;
        let touched = self.touched(db, &pairs).await?;
        for (name, ids) in &odd {
            if let Some(id) = ids.iter().find(|id| !touched.has(name, id)) {
                let why = format!("the copy of {db}.{name} differs at _id {id}, which nobody wrote to meanwhile");
                return Err(Halt::Occupied(why));
            }
        }
        self.bring_over(&pairs, &touched).await?;
        self.come_near(db, copies).await
    }

    /// Catches up until a round is short, which is as near to the present as it gets while the platform writes.
    async fn come_near(&mut self, db: &str, copies: &[i32]) -> Result<(), Halt> {
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let pairs = self.pairs(copies).await?;
            let touched = self.touched(db, &pairs).await?;
            self.bring_over(&pairs, &touched).await?;
            if start.elapsed() < NEAR {
                break;
            }
        }
        Ok(())
    }

    /// Writers are shut out: what they touched is brought over, compared one by one, and the sums must be equal.
    async fn follow_to_the_end(&mut self, db: &str, copies: &[i32]) -> Result<(), Halt> {
        let pairs = self.pairs(copies).await?;
        let touched = self.touched(db, &pairs).await?;
        for pair in &pairs {
            let ids = touched_in(&touched, pair);
            self.refresh(pair, &ids, false).await?;
            self.pen().build_indexes(&pair.into, &self.missing_indexes(pair).await?).await?;
            self.compare_these(pair, &ids).await?;
            self.compare_sums(pair).await?;
        }
        self.drop_mark(db).await
    }

    async fn compare_these(&self, pair: &Pair, ids: &[Bson]) -> Result<(), Halt> {
        if self.still_differing(pair, ids).await?.is_empty() {
            return Ok(());
        }
        Err(Halt::Occupied(format!("the copy of {} could not be brought up to date", pair.from)))
    }

    /// Those of these documents that are not the same on both sides, byte for byte, or on one side only.
    async fn still_differing(&self, pair: &Pair, ids: &[Bson]) -> Result<Vec<Bson>, Halt> {
        let mut differing = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            let (left, right) =
                tokio::try_join!(self.store().raw_by_id(&pair.from, chunk), self.store().raw_by_id(&pair.into, chunk))?;
            differing.extend(unequal(&left, &right));
        }
        Ok(differing)
    }

    /// That nothing was overlooked: every document was compared while the platform wrote, and what was written since has
    /// been compared again, so that both sides must have as many documents and bytes. The server's own counts say so at
    /// once; after a crash of the server they may be wrong, and then everything is counted.
    async fn compare_sums(&self, pair: &Pair) -> Result<(), Halt> {
        let (left, right) = tokio::try_join!(self.store().stats(&pair.from), self.store().stats(&pair.into))?;
        if (left.documents, left.bytes) == (right.documents, right.bytes) {
            return Ok(());
        }
        let (left, right) =
            tokio::try_join!(self.store().measure(&pair.from, doc! {}), self.store().measure(&pair.into, doc! {}))?;
        if left == right {
            return Ok(());
        }
        Err(Halt::Occupied(format!(
            "the copy of {} has {} documents in {} bytes, not {} in {}",
            pair.from, right.0, right.1, left.0, left.1
        )))
    }

    async fn bring_over(&mut self, pairs: &[Pair], touched: &Touched) -> Result<(), Halt> {
        for pair in pairs {
            self.refresh(pair, &touched_in(touched, pair), true).await?;
        }
        match touched.until {
            Some(since) => self.append(Happening::Watching { since }).await,
            None => Ok(()),
        }
    }

    /// Makes documents in the copy what they are in the original. All go before any comes: a value of a unique index may
    /// have wandered from one to another. While the platform writes, a document that such an index refuses has been
    /// touched again, and comes in the next round.
    async fn refresh(&mut self, pair: &Pair, ids: &[Bson], live: bool) -> Result<(), Halt> {
        for chunk in ids.chunks(CHUNK) {
            self.pen().forget(&pair.into, chunk).await?;
        }
        for chunk in ids.chunks(CHUNK) {
            if self.interrupt.is_asked() {
                return Err(self.interrupted());
            }
            match self.pen().bring(&pair.from, &pair.into, pair.uuid, chunk).await {
                Err(failure) if live && failure.is(server::DUPLICATE_KEY) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Indexes that the copy does not have yet.
    async fn missing_indexes(&self, pair: &Pair) -> Result<Vec<Document>, Halt> {
        let there = self.store().indexes(&pair.into).await?;
        let named = |spec: &Document| there.iter().any(|index| index.get("name") == spec.get("name"));
        Ok(pair.indexes.iter().filter(|spec| !named(spec)).cloned().collect())
    }

    /// What was touched since the moment that the record names.
    async fn touched(&mut self, db: &str, pairs: &[Pair]) -> Result<Touched, Halt> {
        let Some(since) = self.held.record.folded().watching else {
            return Err(Halt::Stuck("the record does not say from when on changes are followed".to_owned()));
        };
        let live: Vec<&str> =
            pairs.iter().filter(|pair| pair.from.coll == pair.name).map(|pair| pair.name.as_str()).collect();
        let touched = self.store().touched_since(self.pen(), db, since, &self.mark(db), &live).await?;
        match touched.broken {
            Some(why) => Err(Halt::Occupied(why)),
            None => Ok(touched),
        }
    }

    /// The collection into which marks are written that tell how far the log was read.
    fn mark(&self, db: &str) -> Namespace {
        Namespace::new(db, format!("fb_mark_{}", self.held.record.id))
    }

    async fn drop_mark(&mut self, db: &str) -> Result<(), Halt> {
        let mark = self.mark(db);
        let Some(uuid) = self.store().at(&mark).await?.and_then(|info| info.uuid) else { return Ok(()) };
        match self.pen().drop_collection(uuid, &mark).await {
            Err(failure) if look_again(&failure) => Ok(()),
            other => Ok(other?),
        }
    }

    pub(super) async fn unfollow(&mut self, db: &str, _last: bool) -> Result<(), Halt> {
        self.drop_mark(db).await
    }

    async fn pairs(&mut self, copies: &[i32]) -> Result<Vec<Pair>, Halt> {
        let mut pairs = Vec::new();
        for number in copies {
            let (uuid, into, copy) = self.claim(*number).await?;
            let Some(source) = self.store().by_uuid(&copy.db, copy.uuid).await? else {
                return Err(Halt::Occupied(format!("{}.{} is gone: somebody dropped it", copy.db, copy.name)));
            };
            pairs.push(Pair {
                name: copy.name,
                from: Namespace::new(&copy.db, source.name),
                into,
                uuid,
                indexes: copy.indexes,
            });
        }
        Ok(pairs)
    }

    /// The documents that are not the same on both sides, byte for byte, while the platform goes on writing.
    async fn differing(&mut self, pair: &Pair) -> Result<Vec<Bson>, Halt> {
        let interrupt = self.interrupt;
        let mut tick = |_| interrupt.is_asked();
        match self.store().differing(self.pen(), &pair.from, &pair.into, &mut tick).await? {
            Ended::Whole(ids) => Ok(ids),
            Ended::Stopped => Err(self.interrupted()),
        }
    }
}

/// The identifiers of documents that are in one of two lists and not in the other.
fn unequal(left: &[RawDocumentBuf], right: &[RawDocumentBuf]) -> Vec<Bson> {
    let bytes = |list: &[RawDocumentBuf]| list.iter().map(|d| d.as_bytes().to_vec()).collect::<HashSet<_>>();
    let (in_left, in_right) = (bytes(left), bytes(right));
    let lone_left = left.iter().filter(|document| !in_right.contains(document.as_bytes()));
    let lone_right = right.iter().filter(|document| !in_left.contains(document.as_bytes()));
    let id = |document: &RawDocumentBuf| document.get("_id").ok().flatten().and_then(|id| Bson::try_from(id).ok());
    lone_left.chain(lone_right).map(|document| id(document).unwrap_or(Bson::Null)).collect()
}

/// A collection is touched under the name it had, and, once it is frozen, under the one it has.
fn touched_in(touched: &Touched, pair: &Pair) -> Vec<Bson> {
    let mut ids = touched.of(&pair.name).to_vec();
    if pair.from.coll != pair.name {
        ids.extend(touched.of(&pair.from.coll).iter().cloned());
    }
    ids
}
