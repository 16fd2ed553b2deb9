//! What a step does: forward, and back. Each looks before it acts, so that it can be repeated at any point.

mod create;
mod gather;
mod settle;

use bson::Uuid;

use super::{Held, Journal};
use crate::domain::plan::{Change, Move, Namespace, Step};
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
}

impl Scene<'_> {
    fn store(&self) -> &Store {
        self.journal.store()
    }

    fn pen(&self) -> Pen<'_> {
        Pen::for_operation(self.journal.store(), &self.held.warrant)
    }

    async fn append(&mut self, happened: Happening) -> Result<(), Halt> {
        Ok(self.journal.append(self.held, vec![happened]).await?)
    }

    /// Does a step before the commit.
    pub async fn forward(&mut self, number: i32, step: &Step) -> Result<(), Halt> {
        match step {
            Step::Create { name, staging, indexes } => self.create(number, name, staging, indexes).await,
            Step::Move(m) => self.settle(m, settle::Side::To).await,
            other => self.finish(other).await,
        }
    }

    /// Takes a step before the commit back.
    pub async fn undo(&mut self, number: i32, step: &Step) -> Result<(), Halt> {
        match step {
            Step::Create { name, staging, .. } => self.uncreate(number, name, staging).await,
            Step::Move(m) => self.settle(m, settle::Side::From).await,
            other => Err(Halt::Stuck(format!("the step \"{other}\" cannot be undone"))),
        }
    }

    /// Does a step after the commit.
    pub async fn finish(&mut self, step: &Step) -> Result<(), Halt> {
        match step {
            Step::Create { .. } | Step::Move(_) => {
                Err(Halt::Stuck(format!("the step \"{step}\" belongs before the commit")))
            }
            Step::Gather => self.gather().await,
            Step::Retarget { view, on, op } => self.retarget(view, on, op).await,
            Step::Registry { file, host, names } => self.registry(file, host, names).await,
            Step::Drop { uuid, name } => self.drop_collection(*uuid, name).await,
            Step::DropSentry { name, ops } => self.drop_sentry(name, ops).await,
            Step::Documents { changes } => self.documents(changes).await,
            Step::Verify { present, absent, none } => self.verify(present, absent, none).await,
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

    async fn registry(&mut self, path: &str, host: &str, names: &[Rename]) -> Result<(), Halt> {
        let here = machine::host();
        if here != host {
            return Err(Halt::Stuck(format!(
                "the registry file {path} is on {host} and this is {here}; resume there, or resume with --skip-registry and rename the tenant in the file by hand"
            )));
        }
        let path = std::path::Path::new(path);
        let Some(text) = file::read(path).map_err(Halt::Local)? else {
            return self
                .append(Happening::Noted {
                    note: format!("the registry file {} is gone; nothing was changed there", path.display()),
                })
                .await;
        };
        let mut registry = Registry::parse(&path.display().to_string(), &text).map_err(Halt::Local)?;
        if registry.rename(names) {
            file::replace(path, &registry.text()).map_err(Halt::Local)?;
        }
        Ok(())
    }

    async fn drop_collection(&mut self, uuid: Uuid, name: &Namespace) -> Result<(), Halt> {
        for _ in 0..20 {
            let Some(info) = self.store().by_uuid(&name.db, uuid).await? else { return Ok(()) };
            match self.pen().drop_collection(uuid, &Namespace::new(&name.db, info.name)).await {
                // It changed its name since we looked.
                Err(failure) if failure.is(server::UUID_MISMATCH) => {}
                other => return Ok(other?),
            }
        }
        Err(Halt::Stuck(format!("{name} changes its name faster than it can be dropped")))
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

    /// Takes away a view that only kept a name occupied while the operation ran.
    pub async fn release_latch(&mut self, m: &Move, undone: bool) -> Result<(), Halt> {
        let (name, sentry) = if undone { (&m.to, &m.at_to) } else { (&m.from, &m.at_from) };
        if !sentry.latch {
            return Ok(());
        }
        self.drop_sentry(name, std::slice::from_ref(&sentry.op)).await
    }

    async fn verify(
        &mut self,
        present: &[(Uuid, Namespace)],
        absent: &[Uuid],
        none: &[(Namespace, bson::Document)],
    ) -> Result<(), Halt> {
        let db = self.store().master().to_owned();
        for (uuid, name) in present {
            let found = self.store().by_uuid(&name.db, *uuid).await?;
            let at = found.map(|info| info.name);
            if at.as_deref() != Some(&name.coll) {
                let where_it_is = at.map_or_else(|| "nowhere".to_owned(), |at| format!("at {at}"));
                return Err(Halt::Stuck(format!(
                    "verification: the collection that should be at {name} is {where_it_is}"
                )));
            }
        }
        for uuid in absent {
            if let Some(info) = self.store().by_uuid(&db, *uuid).await? {
                return Err(Halt::Stuck(format!("verification: {db}.{} should be gone and is there", info.name)));
            }
        }
        for (ns, filter) in none {
            let left = self.store().count(ns, filter.clone()).await?;
            if left > 0 {
                return Err(Halt::Stuck(format!(
                    "verification: {left} documents in {ns} should be gone or changed and are not"
                )));
            }
        }
        Ok(())
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
