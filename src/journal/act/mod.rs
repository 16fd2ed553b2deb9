//! What a step does: forward, and back. Each looks before it acts, so that it can be repeated at any point.

mod copy;
mod create;
mod follow;
mod gather;
mod rekey;
mod settle;

use bson::Uuid;

use super::{Held, Interrupt, Journal, Watch};
use crate::domain::catalog::CollectionKind;
use crate::domain::plan::{Change, Covered, Move, Namespace, Rekey, Step};
use crate::domain::record::Happening;
use crate::domain::registry::{Registry, Rename};
use crate::error::Error;
use crate::store::documents::apply;
use crate::store::failure::server;
use crate::store::{Failure, Pen, Store, file, machine};

/// Why a step did not come to its end.
#[derive(Debug)]
pub enum Halt {
    /// The target name belongs to somebody else by now: the operation goes back.
    Occupied(String),
    /// The server refuses the commit, and will refuse it again; nothing of it was applied: the operation goes back.
    Refused(Failure),
    /// A person has to decide.
    Stuck(String),
    /// The server or the connection failed; trying again may help.
    Failed(Failure),
    /// Something on this machine failed.
    Local(Error),
}

/// A step's surroundings.
pub struct Scene<'a> {
    pub(super) journal: Journal<'a>,
    pub(super) held: &'a mut Held,
    pub(super) interrupt: &'a Interrupt,
    pub(super) watch: &'a dyn Watch,
}

impl Scene<'_> {
    fn store(&self) -> &Store {
        self.journal.store()
    }

    fn pen(&self) -> Pen<'_> {
        Pen::for_operation(self.journal.store(), &self.held.warrant)
    }

    /// Somebody wants to stop: the operation is saved where it is.
    fn interrupted(&self) -> Halt {
        Halt::Local(super::runner::interrupted(&self.held.record))
    }

    async fn append(&mut self, happened: Happening) -> Result<(), Halt> {
        Ok(self.journal.append(self.held, vec![happened]).await?)
    }

    /// Does a step before the commit.
    pub async fn forward(&mut self, number: i32, step: &Step) -> Result<(), Halt> {
        match step {
            Step::Create { name, staging, indexes } => self.create(number, name, staging, indexes).await,
            Step::Sow { set, .. } => {
                Err(Halt::Stuck(format!("the documents of the set {set} are written by its own command; repeat that")))
            }
            Step::Plant { plants, .. } => self.documents(plants).await,
            Step::Move(m) => self.settle(m, settle::Side::To).await,
            Step::Watch { .. } => self.watch_from_now().await,
            Step::Copy(copy) => self.copy(number, copy).await,
            Step::Follow { db, copies, last } => self.follow(db, copies, *last).await,
            Step::Publish { copy, name, was_of, .. } => self.publish(*copy, name, was_of.as_deref()).await,
            Step::CopyView { name, view } => self.copy_view(name, view).await,
            Step::Fence { fence, until, .. } => self.fence(fence, *until).await,
            Step::Rekey(rekey) => self.rekey(number, rekey).await,
            other => self.finish(other).await,
        }
    }

    /// Takes a step before the commit back.
    pub async fn undo(&mut self, number: i32, step: &Step) -> Result<(), Halt> {
        match step {
            Step::Create { name, staging, .. } => self.uncreate(number, name, staging).await,
            Step::Plant { sweep, .. } => self.documents(sweep).await,
            Step::Move(m) => self.settle(m, settle::Side::From).await,
            // What a set wrote is the set's: `seed reset` removes it.
            Step::Sow { .. } | Step::Sole { .. } | Step::Gather | Step::Watch { .. } => Ok(()),
            Step::Copy(copy) => self.uncopy(number, copy).await,
            Step::Follow { db, last, .. } => self.unfollow(db, *last).await,
            Step::Publish { copy, name, was, was_of } => {
                self.unpublish(*copy, name, was.as_ref().zip(was_of.as_deref())).await
            }
            Step::CopyView { name, view } => self.uncopy_view(name, view).await,
            Step::Fence { fence, older, .. } => self.refence(fence, older.as_ref()).await,
            Step::Rekey(rekey) => self.rekey(number, &Rekey { fenced: true, ..rekey.reversed() }).await,
            other => Err(Halt::Stuck(format!("the step \"{other}\" cannot be undone"))),
        }
    }

    /// Does a step after the commit.
    pub async fn finish(&mut self, step: &Step) -> Result<(), Halt> {
        match step {
            Step::Create { .. }
            | Step::Sow { .. }
            | Step::Plant { .. }
            | Step::Move(_)
            | Step::Watch { .. }
            | Step::Copy(_)
            | Step::Follow { .. }
            | Step::Publish { .. }
            | Step::CopyView { .. }
            | Step::Fence { .. } => Err(Halt::Stuck(format!("the step \"{step}\" belongs before the commit"))),
            Step::Gather => self.gather().await,
            Step::Retarget { view, on, op } => self.retarget(view, on, op).await,
            Step::Registry { file, host, names, add } => self.registry(file, host, names, add.as_deref()).await,
            Step::Drop { uuid, name, leftover } => self.drop_collection(*uuid, name, *leftover).await,
            Step::Sole { db, names, known } => self.sole(db, names, known).await,
            Step::DropSentry { name, ops } => self.drop_sentry(name, ops).await,
            Step::Documents { changes } => self.documents(changes).await,
            Step::DropView { name, view } => self.uncopy_view(name, view).await,
            Step::Rights { db, like } => self.rights(db, like.as_deref()).await,
            Step::Tidy { db } => self.tidy(db).await,
            Step::Notice { name, on, sentry } => self.notice(name, on, sentry).await,
            Step::Rekey(rekey) => self.bring_home(rekey).await,
            Step::Unfence { fence, ops } => self.unfence(fence, ops).await,
            Step::Erase { fence } => self.erase(fence).await,
            Step::Standing { copies } => self.standing(copies).await,
            Step::Verify { present, absent, none, repair, rekeys } => {
                self.verify(present, absent).await?;
                self.verify_none(none, repair, rekeys).await
            }
        }
    }

    async fn documents(&mut self, changes: &[Change]) -> Result<(), Halt> {
        Ok(apply(self.pen(), self.held.record.id.as_str(), changes, None).await?)
    }

    async fn retarget(&mut self, view: &Namespace, on: &str, op: &str) -> Result<(), Halt> {
        let Some(info) = self.store().at(view).await? else { return Ok(()) };
        if info.sentry_of() != Some(op) || info.options.get_str("viewOn").ok() == Some(on) {
            return Ok(());
        }
        match self.pen().retarget(view, on, info.pipeline()).await {
            Err(failure) if failure.is(server::NAMESPACE_NOT_FOUND) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn registry(&mut self, path: &str, host: &str, names: &[Rename], add: Option<&str>) -> Result<(), Halt> {
        let here = machine::host();
        if here != host {
            return Err(Halt::Stuck(format!(
                "the registry file {path} is on {host} and this is {here}; resume there, or resume with --skip-registry and rename the tenant in the file by hand"
            )));
        }
        let path = std::path::Path::new(path);
        let there = file::update(path, |text| {
            let mut registry = Registry::parse(&path.display().to_string(), text)?;
            let changed = registry.rename(names) | add.is_some_and(|tenant| registry.add(tenant));
            Ok(changed.then(|| registry.text()))
        });
        if there.map_err(Halt::Local)? {
            return Ok(());
        }
        let note = format!("the registry file {} is gone; nothing was changed there", path.display());
        self.append(Happening::Noted { note }).await
    }

    /// Drops a collection where it is expected. Somewhere else it is in use again: that is not for us to drop.
    async fn drop_collection(&mut self, uuid: Uuid, name: &Namespace, leftover: bool) -> Result<(), Halt> {
        let Some(info) = self.store().by_uuid_near(&[name], uuid).await? else { return Ok(()) };
        if info.name != name.coll {
            let note = format!("{name} is at {} by now and was not dropped", info.name);
            return if leftover { self.append(Happening::Noted { note }).await } else { Err(Halt::Stuck(note)) };
        }
        Ok(self.pen().drop_collection(uuid, name).await?)
    }

    async fn drop_sentry(&mut self, name: &Namespace, ops: &[String]) -> Result<(), Halt> {
        let Some(info) = self.store().at(name).await? else { return Ok(()) };
        if !info.sentry_of().is_some_and(|op| ops.iter().any(|known| known == op)) {
            return Ok(());
        }
        match self.pen().drop_view(name).await {
            Err(failure) if failure.is(server::NAMESPACE_NOT_FOUND) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Rights are the administrator's: without the right to see or give them, that is said and nothing is held up.
    async fn rights(&mut self, db: &str, like: Option<&str>) -> Result<(), Halt> {
        let outcome = match like {
            Some(other) => self.pen().grant_like(other, db).await.map(drop),
            None => self.pen().revoke_on(db).await,
        };
        match outcome {
            // Rights are no reason to hold an operation open that is committed.
            Err(failure) if !failure.is_transient() && !failure.is_lease_lost() => {
                let note = match like {
                    Some(other) => {
                        format!("rights on {other} could not be given on {db}: {failure}; grant them by hand")
                    }
                    None => format!("rights on {db} could not be taken away: {failure}; revoke them by hand"),
                };
                self.append(Happening::Noted { note }).await
            }
            other => Ok(other?),
        }
    }

    /// Never `dropDatabase`: whatever somebody makes in there meanwhile stays.
    async fn tidy(&mut self, db: &str) -> Result<(), Halt> {
        if db == self.store().master() || !self.store().catalog(db).await?.is_empty() {
            return Ok(());
        }
        match self.pen().drop_view(&Namespace::new(db, "system.views")).await {
            Err(failure) if failure.is(server::NAMESPACE_NOT_FOUND) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Takes away a view that only kept a name occupied while the operation ran.
    pub async fn release_latch(&mut self, m: &Move, undone: bool) -> Result<(), Halt> {
        let (name, sentry) = if undone { (&m.to, &m.at_to) } else { (&m.from, &m.at_from) };
        if !sentry.latch {
            return Ok(());
        }
        self.drop_sentry(name, std::slice::from_ref(&sentry.op)).await
    }

    /// Refuses to go on when the tenant got a collection that the plan does not know.
    async fn sole(&mut self, db: &str, names: &Covered, known: &[Uuid]) -> Result<(), Halt> {
        let catalog = self.store().catalog(db).await?;
        let unknown = |uuid: Option<Uuid>| !uuid.is_some_and(|uuid| known.contains(&uuid));
        let new = catalog
            .iter()
            .find(|info| info.kind == CollectionKind::Collection && names.covers(&info.name) && unknown(info.uuid));
        match new {
            None => Ok(()),
            Some(info) => Err(Halt::Occupied(format!(
                "somebody made the collection {} while the operation was running",
                info.name
            ))),
        }
    }

    async fn verify(&mut self, present: &[(Uuid, Namespace)], absent: &[(Uuid, Namespace)]) -> Result<(), Halt> {
        for (uuid, name) in present {
            match self.store().by_uuid_near(&[name], *uuid).await? {
                Some(info) if info.name == name.coll => {}
                Some(info) => {
                    let why = format!("verification: the collection that should be at {name} is at {}", info.name);
                    return Err(Halt::Stuck(why));
                }
                // Nothing can bring it back, and nothing is gained by keeping the operation open.
                None => {
                    let note = format!("{name} is gone: somebody dropped it after the commit");
                    self.append(Happening::Noted { note }).await?;
                }
            }
        }
        for (uuid, name) in absent {
            if let Some(info) = self.store().by_uuid(&name.db, *uuid).await? {
                let why = format!("verification: {}.{} should be gone and is there", name.db, info.name);
                return Err(Halt::Stuck(why));
            }
        }
        Ok(())
    }

    async fn verify_none(
        &mut self,
        none: &[(Namespace, bson::Document)],
        repair: &[Change],
        rekeys: &[Rekey],
    ) -> Result<(), Halt> {
        for attempt in 0.. {
            let Some((ns, left)) = self.first_left(none).await? else { break };
            if (repair.is_empty() && rekeys.is_empty()) || attempt == 3 {
                let why = format!("verification: {left} documents in {ns} should be gone or changed and are not");
                return Err(Halt::Stuck(why));
            }
            // The platform wrote once more after we had been there.
            self.documents(repair).await?;
            for rekey in rekeys {
                self.bring_home(rekey).await?;
            }
        }
        Ok(())
    }

    async fn first_left(&self, none: &[(Namespace, bson::Document)]) -> Result<Option<(Namespace, u64)>, Halt> {
        for (ns, filter) in none {
            let left = self.store().count(ns, filter.clone()).await?;
            if left > 0 {
                return Ok(Some((ns.clone(), left)));
            }
        }
        Ok(None)
    }
}

/// Whether a failure only says that somebody was faster: look again.
fn look_again(failure: &Failure) -> bool {
    [server::NAMESPACE_EXISTS, server::NAMESPACE_NOT_FOUND, server::IS_A_VIEW, server::UUID_MISMATCH]
        .contains(&failure.code)
}

/// Where a collection is put aside: the operation and the first digits of the collection's identity.
fn stray_name(db: &str, op: &str, uuid: Uuid) -> Namespace {
    let digits: String = uuid.to_string().chars().take(8).collect();
    Namespace::new(db, format!("fb_stray_{op}_{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strays_fit_everywhere() {
        let name = stray_name("db", "6b00e9cd6b491423ace46d96", Uuid::from_bytes([255; 16]));
        assert_eq!(name.coll, "fb_stray_6b00e9cd6b491423ace46d96_ffffffff");
    }
}
