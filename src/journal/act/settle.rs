//! The one primitive under rename, delete and restore: the collection with this UUID lives at one name, a sentry
//! view stands at the other, so that both names are always occupied.
//!
//! Each command in here is harmless in every state another runner can have reached: renames compare the UUID and
//! never replace anything, except a re-created collection whose own UUID is compared too.

use std::time::Duration;

use bson::{Uuid, doc};

use super::{Halt, Scene, look_again, stray_name};
use crate::domain::catalog::{CollectionInfo, CollectionKind};
use crate::domain::plan::{Move, Namespace, Sentry};
use crate::domain::record::Happening;

/// How often to look again while somebody re-creates collections under our hands.
const ROUNDS: u32 = 200;

/// In how many of them a re-created collection is only moved aside, which leaves the name free for a moment.
const EASY_ROUNDS: u32 = 40;

/// How long documents written under the old name may take to be put aside.
const SAVE_LIMIT: Duration = Duration::from_secs(600);

/// Which end of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Where the collection goes.
    To,
    /// Where it came from.
    From,
}

impl Scene<'_> {
    /// Makes it so that the collection is at one side of the move and a sentry at the other.
    pub(super) async fn settle(&mut self, m: &Move, side: Side) -> Result<(), Halt> {
        let (want, other, sentry) = match side {
            Side::To => (&m.to, &m.from, &m.at_from),
            Side::From => (&m.from, &m.to, &m.at_to),
        };
        for round in 0..ROUNDS {
            let Some(here) = self.store().by_uuid_near(&[want, other], m.uuid).await? else {
                if side == Side::From {
                    // There is nothing left to bring back; the view in its place goes too.
                    self.drop_sentry(&m.from, std::slice::from_ref(&m.at_from.op)).await?;
                    let note = format!("{} is gone: somebody dropped it while the operation was open", m.from);
                    return self.append(Happening::Noted { note }).await;
                }
                return Err(Halt::Stuck(format!(
                    "the collection of {} (UUID {}) is gone; somebody dropped it",
                    m.from, m.uuid
                )));
            };
            if here.name != want.coll {
                self.bring(m, side, &here, (want, other, sentry), round).await?;
            } else if self.guard(m, side, want, other, sentry).await? {
                return Ok(());
            }
        }
        Err(Halt::Stuck(format!(
            "{want} and {other} are re-created faster than they can be put in order; stop the writer that uses the old name and resume"
        )))
    }

    /// The collection is elsewhere: one action towards `want`.
    async fn bring(
        &mut self,
        m: &Move,
        side: Side,
        here: &CollectionInfo,
        (want, other, sentry): (&Namespace, &Namespace, &Sentry),
        round: u32,
    ) -> Result<(), Halt> {
        let from = Namespace::new(&want.db, &here.name);
        let Some(there) = self.store().at(want).await? else {
            match self.pen().rename(m.uuid, &from, want).await {
                Ok(()) if from == *other => {
                    self.store().fault().at("settle:renamed").await;
                    // Back to back: the longer the name is free, the likelier a writer re-creates it.
                    return ignoring_races(self.pen().create_sentry(other, &want.coll, sentry).await);
                }
                outcome => return ignoring_races(outcome),
            }
        };
        if self.may_drop(m, &there) {
            self.store().fault().at("settle:drop-sentry").await;
            return ignoring_races(self.pen().drop_view(want).await);
        }
        let ours = side == Side::From || m.owns_target();
        match (there.kind, there.uuid) {
            // A name of the organization's own: whoever wrote there meant this tenant.
            (CollectionKind::Collection, Some(stray)) if ours && round < EASY_ROUNDS => {
                self.put_aside(m.uuid, want, stray).await?;
                // Back to back again. Whoever re-creates it in between is put aside in the next round.
                ignoring_races(self.pen().rename(m.uuid, &from, want).await)
            }
            (CollectionKind::Collection, Some(stray)) if ours => self.replace_stray(m, &from, want, stray).await,
            (kind, _) => {
                let what = if kind == CollectionKind::View { "a view" } else { "a collection" };
                let why = format!("somebody made {what} named {want} in the meantime; it was left alone");
                Err(if side == Side::To { Halt::Occupied(why) } else { Halt::Stuck(why) })
            }
        }
    }

    /// Gives a re-created collection a name of the operation's own, whole and with whatever is still on its way to it.
    pub(super) async fn put_aside(&mut self, belongs: Uuid, name: &Namespace, stray: Uuid) -> Result<(), Halt> {
        let keep = stray_name(&name.db, self.held.record.id.as_str(), stray);
        self.append(Happening::Stray { uuid: stray, belongs, place: keep.clone() }).await?;
        ignoring_races(self.pen().rename(stray, name, &keep).await)
    }

    /// Saves what a writer put into a re-created collection, then takes its place in one step: for writers so fast that
    /// the name is never free long enough. A delete that arrives between the two is not seen.
    async fn replace_stray(&mut self, m: &Move, from: &Namespace, want: &Namespace, stray: Uuid) -> Result<(), Halt> {
        match self.pen().fence(stray, want).await {
            Err(failure) if look_again(&failure) => return Ok(()),
            other => other?,
        }
        if self.store().exists(want, doc! {}).await? {
            let keep = stray_name(&want.db, self.held.record.id.as_str(), stray);
            if self.store().at(&keep).await?.is_none() {
                ignoring_races(self.pen().create_collection(&keep).await)?;
            }
            if let Some(uuid) = self.store().at(&keep).await?.and_then(|info| info.uuid) {
                self.append(Happening::Stray { uuid, belongs: m.uuid, place: keep.clone() }).await?;
            }
            match self.pen().merge_missing(want, stray, &keep, SAVE_LIMIT).await {
                Err(failure) if look_again(&failure) => return Ok(()),
                other => other?,
            }
        }
        self.store().fault().at("settle:before-replace").await;
        ignoring_races(self.pen().rename_over(m.uuid, from, want, stray).await)
    }

    /// The collection is where it belongs: makes sure that the other name is occupied. Says whether it is.
    async fn guard(
        &mut self,
        m: &Move,
        side: Side,
        want: &Namespace,
        other: &Namespace,
        sentry: &Sentry,
    ) -> Result<bool, Halt> {
        let Some(there) = self.store().at(other).await? else {
            return match self.pen().create_sentry(other, &want.coll, sentry).await {
                Ok(()) => Ok(true),
                Err(failure) if look_again(&failure) => Ok(false),
                Err(failure) => Err(failure.into()),
            };
        };
        if there.kind == CollectionKind::View
            && there.pipeline() == sentry.pipeline()
            && there.options.get_str("viewOn").ok() == Some(&want.coll)
        {
            return Ok(true);
        }
        if self.may_drop(m, &there) {
            return match self.pen().retarget(other, &want.coll, sentry.pipeline()).await {
                Ok(()) => Ok(true),
                Err(failure) if look_again(&failure) => Ok(false),
                Err(failure) => Err(failure.into()),
            };
        }
        let ours = side == Side::To || m.owns_target();
        match (there.kind, there.uuid) {
            (CollectionKind::Collection, Some(stray)) if ours => {
                self.put_aside(m.uuid, other, stray).await?;
                Ok(false)
            }
            _ if ours => {
                Err(Halt::Stuck(format!("a view that is not flowbit's stands at {other}; remove it and resume")))
            }
            // Going back, the target name is nobody's business of ours any more; occupied is all it has to be.
            _ => Ok(true),
        }
    }

    fn may_drop(&self, m: &Move, there: &CollectionInfo) -> bool {
        there
            .sentry_of()
            .is_some_and(|op| op == self.held.record.id.as_str() || m.may_drop.iter().any(|known| known == op))
    }
}

pub(super) fn ignoring_races(outcome: Result<(), crate::store::Failure>) -> Result<(), Halt> {
    match outcome {
        Err(failure) if look_again(&failure) => Ok(()),
        other => Ok(other?),
    }
}
