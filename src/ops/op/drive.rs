//! Finishing, or undoing, an operation that was begun: from its record alone, on any machine.

use crate::domain::record::{Happening, OpState, Record};
use crate::error::{Error, Result, code};
use crate::journal::{Outcome, Take};
use crate::ops::{Consent, House};

impl House<'_> {
    /// Takes the operation over and drives it to the end it is heading for.
    ///
    /// # Errors
    /// `E0202`, `E0305`, `E0307`, and what stops the drive.
    pub async fn resume(&self, record: Record, how: Take, skip_registry: bool, _consent: &Consent) -> Result<Outcome> {
        self.require_guard(&record.plan).await?;
        let held = self.journal().take(record, &self.runner(), how).await?;
        self.drive(skip_registry).run(held).await
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
                self.journal()
                    .turn(&mut held, Happening::Turned { why: format!("rollback asked for by {}", self.actor) })
                    .await?
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
            crate::ops::org::find::shell(to),
            crate::ops::org::find::shell(&record.subject.name)
        )),
        ("org.delete", _) => error.next(format!(
            "flowbit org restore {}   # then, to take it back",
            crate::ops::org::find::shell(&record.subject.name)
        )),
        _ => error,
    }
}
