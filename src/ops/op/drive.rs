//! Finishing, or undoing, an operation that was begun: from its record alone, on any machine.

use bson::DateTime;

use crate::domain::plan::Step;
use crate::domain::record::{Happening, OpState, Record};
use crate::error::{Error, Result, code};
use crate::journal::{Outcome, Take};
use crate::ops::org::find::shell;
use crate::ops::{Consent, House};

impl House<'_> {
    /// Takes the operation over and drives it to the end it is heading for.
    ///
    /// # Errors
    /// `E0202`, `E0305`, `E0307`, and what stops the drive.
    pub async fn resume(&self, record: Record, how: Take, skip_registry: bool, _consent: &Consent) -> Result<Outcome> {
        if let (Some(Step::Sow { .. }), OpState::Forward) = (record.plan.before.first(), record.state) {
            let text = format!("operation {} writes documents of files that only its own command has", record.id);
            return Err(Error::new(&code::OP_STATE, text)
                .next(format!("{}   # goes on where it stopped", record.go_on()))
                .next(format!(
                    "flowbit op rollback {}   # gives the organization free; what was written stays",
                    record.id
                )));
        }
        self.require_guard(&record.plan).await?;
        let mut held = self.journal().take(record, &self.runner(), how).await?;
        if held.record.state == OpState::Forward && !held.record.folded().checked {
            // The runner died between the intent and the look whether the plan still holds: that look is ours now.
            if let Err(error) = self.recheck(&held.record).await {
                self.journal().void(&mut held, error.message()).await?;
                return Err(error);
            }
            self.journal().checked(&mut held).await?;
        }
        self.drive(skip_registry).run(held).await
    }

    /// Looks whether the plan of an operation that was begun, and in which nothing was done, still holds.
    async fn recheck(&self, record: &Record) -> Result<()> {
        let (name, own) = (&record.subject.name, Some(&record.id));
        let stale = || {
            Error::new(
                &code::STALE_PLAN,
                "the organization changed before the operation did anything; it was closed and nothing was done",
            )
        };
        if record.kind.starts_with("user.") {
            // Made from what was typed, which nobody has any more; repeated it is as cheap as it was.
            let text = "the operation was ended before it was known whether its plan still holds; it was closed and nothing was done";
            return Err(Error::new(&code::STALE_PLAN, text).next("repeat the command"));
        }
        let now = match (record.kind.as_str(), &record.subject.to) {
            ("org.rename", Some(to)) => self.plan_rename(name, to, own).await?.ok_or_else(stale)?.prepared,
            ("org.delete", _) => self.plan_delete(name, 0, own).await?.prepared,
            ("org.restore", _) => self.plan_restore(name, own).await?.prepared,
            ("org.purge", _) => self.plan_purge(name, true, own).await?.prepared,
            ("org.create", _) => return self.recheck_create(record).await,
            _ => return Ok(()),
        };
        if now.record.fingerprint == record.fingerprint { Ok(()) } else { Err(stale()) }
    }

    /// Takes the operation over and undoes it.
    ///
    /// # Errors
    /// `E0307` once it was committed; `E0202`, `E0305`, and what stops the drive.
    pub async fn rollback(&self, record: Record, how: Take, _consent: &Consent) -> Result<Outcome> {
        match record.state {
            OpState::Forward | OpState::Back => {}
            OpState::Committing | OpState::Committed => return Err(too_late(&record)),
            OpState::Done | OpState::Undone => {
                return Err(Error::new(
                    &code::OP_STATE,
                    format!("operation {} is {}; there is nothing to undo", record.id, record.state.word()),
                ));
            }
        }
        self.require_guard(&record.plan).await?;
        let mut held = self.journal().take(record, &self.runner(), how).await?;
        // The earlier runner may have committed between our look and our taking.
        match held.record.state {
            OpState::Forward => {
                // The trail names it in the same moment, or it goes on standing where it stands.
                let entry = self.rolled_back(&held.record, DateTime::now());
                let turned = Happening::Turned { why: format!("rollback asked for by {}", self.actor) };
                self.journal().turn(&mut held, turned, &[entry]).await?
            }
            OpState::Back => {}
            _ => return Err(too_late(&held.record)),
        }
        self.drive(false).run(held).await
    }
}

fn too_late(record: &Record) -> Error {
    let error =
        Error::new(&code::OP_STATE, format!("operation {} was committed; from there it only goes forward", record.id))
            .next(format!("flowbit op resume {}", record.id));
    match (record.kind.as_str(), &record.subject.to) {
        ("org.rename", Some(to)) => error.next(format!(
            "flowbit org rename {} {}   # then, to take it back",
            shell(to),
            shell(&record.subject.name)
        )),
        ("org.delete", _) => {
            error.next(format!("flowbit org restore {}   # then, to take it back", shell(&record.subject.name)))
        }
        _ => error,
    }
}
