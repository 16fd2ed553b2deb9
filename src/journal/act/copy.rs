//! Copies of collections in another database: made under a name of the operation's own, compared, then published.
//!
//! The name carries the token of the lease: whoever takes the operation over gives the copy another name first, so that
//! a command which an earlier runner still sends finds nothing.

use bson::Uuid;

use super::settle::ignoring_races;
use super::{Halt, Scene, look_again};
use crate::domain::catalog::CollectionKind;
use crate::domain::plan::{Copy, Namespace, Sentry, Step, View};
use crate::domain::record::Happening;
use crate::store::bulk::{Digest, Ended};
use crate::store::failure::server;

/// How often to look again while names change under our hands.
const ROUNDS: u32 = 200;

impl Scene<'_> {
    /// Copies the collection whole, and compares unless it is still written to.
    pub(super) async fn copy(&mut self, number: i32, copy: &Copy) -> Result<(), Halt> {
        let Some(source) = self.store().by_uuid(&copy.db, copy.uuid).await? else {
            return Err(Halt::Occupied(format!("{}.{} is gone: somebody dropped it", copy.db, copy.name)));
        };
        let from = Namespace::new(&copy.db, source.name);
        // What an earlier attempt left is not trusted: it may lack anything.
        self.drop_copy(number, copy).await?;
        let staging = self.staging(number, &copy.into);
        match self.pen().create_with(&staging, &copy.options).await {
            Err(failure) if failure.is(server::NAMESPACE_EXISTS) => {
                return Err(Halt::Failed(crate::store::Failure::reported(
                    server::LOCK_BUSY,
                    format!("{staging} appeared a moment ago"),
                )));
            }
            other => other?,
        }
        let Some(uuid) = self.store().at(&staging).await?.and_then(|info| info.uuid) else {
            return Err(Halt::Stuck(format!("{staging} is gone; somebody dropped it")));
        };
        self.append(Happening::Made { step: number, uuid }).await?;
        let read = self.copy_documents(&from, &staging, uuid).await?;
        self.store().fault().at("copy:filled").await;
        if !copy.live {
            // The content is compared while the server builds the indexes.
            let building = async { Ok(self.pen().build_indexes(&staging, &copy.indexes).await?) };
            return tokio::try_join!(building, self.compare(&from, &staging, read)).map(drop);
        }
        for index in &copy.indexes {
            // Read while it was written to, two documents may have one value that neither has at the same time: a
            // unique index is made later then, when both are up to date.
            match self.pen().build_indexes(&staging, std::slice::from_ref(index)).await {
                Err(failure) if failure.is(server::DUPLICATE_KEY) => {}
                other => other?,
            }
        }
        Ok(())
    }

    async fn copy_documents(&mut self, from: &Namespace, into: &Namespace, uuid: Uuid) -> Result<Digest, Halt> {
        let expected = self.store().stats(from).await?.documents;
        let (interrupt, watch) = (self.interrupt, self.watch);
        let mut tick = |done: u64| {
            watch.progress(done, Some(expected));
            interrupt.is_asked()
        };
        match self.pen().copy(from, into, uuid, &mut tick).await? {
            Ended::Whole(digest) => Ok(digest),
            Ended::Stopped => Err(self.interrupted()),
        }
    }

    /// Compares a copy with what was read from its original, while nobody writes to either.
    async fn compare(&self, from: &Namespace, copy: &Namespace, left: Digest) -> Result<(), Halt> {
        let right = self.digest(copy).await?;
        if left == right {
            return Ok(());
        }
        Err(Halt::Occupied(format!(
            "the copy of {from} has another content: {} documents in {} bytes, not {} in {}",
            right.documents, right.bytes, left.documents, left.bytes
        )))
    }

    async fn digest(&self, ns: &Namespace) -> Result<Digest, Halt> {
        let interrupt = self.interrupt;
        let mut tick = |_| interrupt.is_asked();
        match self.store().digest(self.pen(), ns, &mut tick).await? {
            Ended::Whole(digest) => Ok(digest),
            Ended::Stopped => Err(self.interrupted()),
        }
    }

    /// The name of a copy as long as it is not published, under the lease of this runner.
    fn staging(&self, number: i32, db: &str) -> Namespace {
        Namespace::new(db, format!("fb_stg_{}_{}_{number}", self.held.record.id, self.held.warrant.token))
    }

    /// The copy that a step made, under a name that no earlier runner knows: its identity and where it is.
    pub(super) async fn claim(&mut self, number: i32) -> Result<(Uuid, Namespace, Copy), Halt> {
        let step = usize::try_from(number).ok().and_then(|i| self.held.record.plan.before.get(i)).cloned();
        let Some(Step::Copy(copy)) = step else {
            return Err(Halt::Stuck(format!("step {number} of the plan makes no copy")));
        };
        let gone = || Halt::Stuck(format!("the copy of {}.{} is gone; somebody dropped it", copy.db, copy.name));
        let Some(uuid) = self.held.record.folded().made.get(&number).copied() else { return Err(gone()) };
        let mine = self.staging(number, &copy.into);
        for _ in 0..ROUNDS {
            let Some(info) = self.store().by_uuid_near(&[&mine], uuid).await? else { return Err(gone()) };
            let here = Namespace::new(&copy.into, info.name);
            if here == mine || !here.coll.starts_with("fb_stg_") {
                return Ok((uuid, here, copy));
            }
            match self.pen().rename(uuid, &here, &mine).await {
                Err(failure) if look_again(&failure) => {}
                other => other?,
            }
        }
        Err(Halt::Stuck(format!("{mine} changes faster than it can be put in order")))
    }

    /// Drops what attempts at a copy left: what the record knows, and what was made the moment before it could.
    async fn drop_copy(&mut self, number: i32, copy: &Copy) -> Result<(), Halt> {
        let known = self.held.record.folded().made.get(&number).copied();
        let (mine, this) = (format!("fb_stg_{}_", self.held.record.id), format!("_{number}"));
        for info in self.store().catalog(&copy.into).await? {
            let Some(uuid) = info.uuid else { continue };
            let forgotten = info.name.starts_with(&mine) && info.name.ends_with(&this);
            if !forgotten && Some(uuid) != known {
                continue;
            }
            match self.pen().drop_collection(uuid, &Namespace::new(&copy.into, info.name)).await {
                Err(failure) if look_again(&failure) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Takes a copy away again. One that somebody wrote into while it had its name stays and is named.
    pub(super) async fn uncopy(&mut self, number: i32, copy: &Copy) -> Result<(), Halt> {
        let folded = self.held.record.folded();
        let was_public = self
            .held
            .record
            .events
            .iter()
            .any(|event| matches!(&event.what, Happening::Undid { step } if self.publishes(*step) == Some(number)));
        let there = match folded.made.get(&number) {
            Some(uuid) => self.store().by_uuid(&copy.into, *uuid).await?.is_some(),
            None => false,
        };
        if was_public && there {
            let (_, staging, _) = self.claim(number).await?;
            let source = self.store().by_uuid(&copy.db, copy.uuid).await?;
            if let Some(source) = source {
                let from = Namespace::new(&copy.db, source.name);
                let (left, right) = (self.store().stats(&from).await?, self.store().stats(&staging).await?);
                let frozen = from.coll.starts_with("fb_src_");
                if frozen && (left.documents, left.bytes) != (right.documents, right.bytes) {
                    let note = format!("{staging} is kept: somebody wrote into it before it was taken back");
                    return self.append(Happening::Noted { note }).await;
                }
            }
        }
        self.drop_copy(number, copy).await
    }

    /// The copy that a step gives its name, if it does that.
    fn publishes(&self, step: i32) -> Option<i32> {
        match usize::try_from(step).ok().and_then(|i| self.held.record.plan.before.get(i)) {
            Some(Step::Publish { copy, .. }) => Some(*copy),
            _ => None,
        }
    }

    /// Gives a copy its name.
    pub(super) async fn publish(&mut self, number: i32, name: &Namespace, was_of: Option<&str>) -> Result<(), Halt> {
        for _ in 0..ROUNDS {
            let (uuid, here, _) = self.claim(number).await?;
            if here == *name {
                return Ok(());
            }
            if let Some(there) = self.store().at(name).await? {
                match (there.sentry_of(), there.uuid) {
                    (Some(op), _) if Some(op) == was_of => ignoring_races(self.pen().drop_view(name).await)?,
                    // A name of the organization's own: whoever wrote there meant this tenant.
                    (None, Some(stray)) if was_of.is_some() => self.put_aside(uuid, name, stray).await?,
                    _ => {
                        return Err(Halt::Occupied(format!("somebody made {name} in the meantime; it was left alone")));
                    }
                }
            }
            match self.pen().rename(uuid, &here, name).await {
                Err(failure) if look_again(&failure) => {}
                other => return Ok(other?),
            }
        }
        Err(Halt::Stuck(format!("{name} changes faster than it can be put in order")))
    }

    /// Takes the name of a copy away, and puts back what stood there.
    pub(super) async fn unpublish(
        &mut self,
        number: i32,
        name: &Namespace,
        was: Option<(&View, &str)>,
    ) -> Result<(), Halt> {
        let db = &name.db;
        let there = match self.held.record.folded().made.get(&number) {
            // One whose copy was dropped already is only looked at again.
            Some(uuid) => self.store().by_uuid(db, *uuid).await?.is_some(),
            None => false,
        };
        if there {
            for _ in 0..ROUNDS {
                let (uuid, here, copy) = self.claim(number).await?;
                if here != *name {
                    break;
                }
                let mine = self.staging(number, &copy.into);
                match self.pen().rename(uuid, &here, &mine).await {
                    Err(failure) if look_again(&failure) => {}
                    other => other?,
                }
            }
        }
        let Some((view, _)) = was else { return Ok(()) };
        if self.store().at(name).await?.is_some() {
            return Ok(());
        }
        match self.pen().create_view(name, view).await {
            Err(failure) if look_again(&failure) => Ok(()),
            other => Ok(other?),
        }
    }

    pub(super) async fn copy_view(&mut self, name: &Namespace, view: &View) -> Result<(), Halt> {
        if let Some(there) = self.store().at(name).await? {
            if there.view().as_ref() == Some(view) {
                return Ok(());
            }
            return Err(Halt::Occupied(format!("somebody made {name} in the meantime; it was left alone")));
        }
        Ok(self.pen().create_view(name, view).await?)
    }

    pub(super) async fn uncopy_view(&mut self, name: &Namespace, view: &View) -> Result<(), Halt> {
        match self.store().at(name).await? {
            Some(there) if there.view().as_ref() == Some(view) => match self.pen().drop_view(name).await {
                Err(failure) if look_again(&failure) => Ok(()),
                other => Ok(other?),
            },
            _ => Ok(()),
        }
    }

    /// A sentry that is read through becomes one that says what happened.
    pub(super) async fn notice(&mut self, name: &Namespace, on: &str, sentry: &Sentry) -> Result<(), Halt> {
        let Some(there) = self.store().at(name).await? else { return Ok(()) };
        if there.sentry_of() != Some(sentry.op.as_str()) || there.pipeline() == sentry.pipeline() {
            return Ok(());
        }
        match self.pen().retarget(name, on, sentry.pipeline()).await {
            Err(failure) if look_again(&failure) => Ok(()),
            other => Ok(other?),
        }
    }

    pub(super) async fn standing(&mut self, copies: &[(i32, Namespace)]) -> Result<(), Halt> {
        let made = self.held.record.folded().made;
        for (number, name) in copies {
            let there = self.store().at(name).await?;
            let stands = there
                .as_ref()
                .is_some_and(|info| info.kind == CollectionKind::Collection && info.uuid == made.get(number).copied());
            if stands {
                continue;
            }
            let elsewhere = match made.get(number) {
                Some(uuid) => self.store().by_uuid(&name.db, *uuid).await?,
                None => None,
            };
            match elsewhere {
                Some(info) => {
                    return Err(Halt::Stuck(format!(
                        "verification: the copy that should be {name} is at {}",
                        info.name
                    )));
                }
                None => {
                    let note = format!("{name} is gone: somebody dropped it after the commit");
                    self.append(Happening::Noted { note }).await?;
                }
            }
        }
        Ok(())
    }
}
