//! The runner: look, act, record; forward until it is done, or back until nothing is left of it.

use std::time::{Duration, Instant};

use bson::{DateTime, doc};

use super::act::{Halt, Scene};
use super::{Held, Interrupt, Journal};
use crate::domain::plan::{Change, Move, Namespace, Step};
use crate::domain::record::{Event, Happening, OpState, Record};
use crate::error::{Error, Result, code};
use crate::store::documents::{HELD, Seal, apply};
use crate::store::failure::server;
use crate::store::{Failure, Pen, machine};

/// How long a step is tried again while the server is away or elects: longer than an election takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is told while an operation runs.
pub trait Watch: Sync {
    /// A step begins: its number, how many there are, and what it does.
    fn step(&self, number: usize, of: usize, what: &str);

    /// A long step goes on: so many documents of about so many.
    fn progress(&self, _documents: u64, _of: Option<u64>) {}
}

/// Drives one operation.
pub struct Drive<'a> {
    /// The journal.
    pub journal: Journal<'a>,
    /// Set when the user interrupts; looked at between steps.
    pub interrupt: &'a Interrupt,
    /// Told what happens.
    pub watch: &'a dyn Watch,
    /// Closes the operation without the registry file, which is on another machine or gone.
    pub skip_registry: bool,
}

/// How an operation ended.
#[derive(Debug)]
pub struct Outcome {
    /// The record at the end.
    pub record: Record,
    /// Why it went back although it was to go forward.
    pub turned: Option<Error>,
    /// How long the drive took.
    pub took: Duration,
}

impl Drive<'_> {
    /// Runs the operation to its end in the direction it has.
    ///
    /// # Errors
    /// The operation stays open: `E0702` stuck, `E1101` interrupted, `E0306` taken over, or the server's failure.
    pub async fn run(&self, mut held: Held) -> Result<Outcome> {
        self.interrupt.engage();
        let start = Instant::now();
        let mut turned = None;
        loop {
            let outcome = match held.record.state {
                OpState::Forward => match self.forward(&mut held).await {
                    Err(Halt::Occupied(why)) => {
                        turned = Some(Error::new(&code::TARGET_OCCUPIED, why.clone()));
                        self.append(&mut held, vec![Happening::Turned { why }]).await
                    }
                    Err(Halt::Refused(failure)) => {
                        let why = failure.message.clone();
                        turned = Some(failure.into_error(&held.record.title()));
                        self.append(&mut held, vec![Happening::Turned { why }]).await
                    }
                    other => other,
                },
                OpState::Committing => self.commit(&mut held).await,
                OpState::Committed => self.finish(&mut held).await,
                OpState::Back => self.back(&mut held).await,
                OpState::Done | OpState::Undone => {
                    return Ok(Outcome { record: held.record, turned, took: start.elapsed() });
                }
            };
            if let Err(halt) = outcome {
                return Err(self.stopped(&mut held, halt).await);
            }
        }
    }

    async fn forward(&self, held: &mut Held) -> Result<(), Halt> {
        let steps = held.record.plan.before.clone();
        for (i, step) in steps.iter().enumerate() {
            let number = index(i);
            if held.record.folded().before.contains(&number) {
                continue;
            }
            self.pause_point(held).await?;
            self.tell(held, i, &step.to_string());
            self.checkpoint(step.word(), i, "before").await;
            self.patiently(held, async |drive, held| drive.scene(held).forward(number, step).await).await?;
            self.checkpoint(step.word(), i, "acted").await;
            self.note(held, step, Happening::Did { step: number }).await?;
            self.checkpoint(step.word(), i, "recorded").await;
        }
        self.pause_point(held).await?;
        self.tell(held, steps.len(), "commit");
        self.commit(held).await
    }

    /// The moment from which the organization is what the plan says.
    async fn commit(&self, held: &mut Held) -> Result<(), Halt> {
        self.journal.store().fault().at("commit:before").await;
        if !self.journal.store().has_transactions() && held.record.state == OpState::Forward {
            // One document after the other from here on: the way back is closed before the first.
            self.append(held, vec![Happening::Committing]).await?;
        }
        self.patiently(held, async |drive, held| drive.commit_once(held).await).await?;
        self.journal.store().fault().at("commit:after").await;
        Ok(())
    }

    async fn commit_once(&self, held: &mut Held) -> Result<(), Halt> {
        let journal = self.journal;
        if let Some(stored) =
            journal.store().find_one(&journal.ns(), doc! { "_id": held.record.id.as_str() }, None).await?
        {
            let record = super::parse(&stored).map_err(Halt::Local)?;
            if record.state == OpState::Committed {
                // An earlier attempt got through and only its answer was lost.
                held.record = record;
                return Ok(());
            }
        }
        let event = Event { at: DateTime::now(), token: held.warrant.token, what: Happening::Committed };
        let stored = bson::serialize_to_document(&event).map_err(|e| Failure::reported(-1, e.to_string()))?;
        let seal = Seal {
            ns: journal.ns(),
            filter: doc! { "_id": held.record.id.as_str(), "lease.token": held.warrant.token, "state": held.record.state.word() },
            update: doc! { "$set": { "state": OpState::Committed.word() }, "$push": { "events": stored } },
        };
        let pen = Pen::for_operation(journal.store(), &held.warrant);
        match apply(pen, held.record.id.as_str(), &held.record.plan.commit, Some(&seal)).await {
            // Without a transaction some of it may be done: then there is no way back, and a person decides.
            Err(failure) if failure.is_stale() && held.record.state == OpState::Forward => {
                return Err(Halt::Occupied(failure.message));
            }
            Err(failure) if failure.is_stale() => return Err(Halt::Stuck(failure.message)),
            // A unique index of the platform's: somebody wrote the value a moment ago, and keeps it.
            Err(failure) if failure.is(server::DUPLICATE_KEY) && held.record.state == OpState::Forward => {
                return Err(Halt::Occupied(failure.message));
            }
            // Refused after an attempt that may have got through: whoever comes next finds out what the record says.
            Err(failure) if failure.is_final() && held.record.state == OpState::Forward && !held.in_doubt => {
                return Err(Halt::Refused(failure));
            }
            Err(failure) => {
                held.in_doubt |= failure.unknown_commit();
                return Err(Halt::Failed(failure));
            }
            Ok(()) => {}
        }
        held.record.events.push(event);
        held.record.state = OpState::Committed;
        Ok(())
    }

    async fn finish(&self, held: &mut Held) -> Result<(), Halt> {
        let steps = held.record.plan.after.clone();
        for (i, step) in steps.iter().enumerate() {
            let number = index(i);
            if held.record.folded().after.contains(&number) {
                continue;
            }
            self.pause_point(held).await?;
            self.tell(held, held.record.plan.before.len() + 1 + i, &step.to_string());
            self.checkpoint(step.word(), i, "before").await;
            if self.skip_registry && matches!(step, Step::Registry { .. }) {
                self.append(
                    held,
                    vec![Happening::Noted { note: "the registry file was left alone on request".to_owned() }],
                )
                .await?;
            } else {
                self.patiently(held, async |drive, held| drive.scene(held).finish(step).await).await?;
            }
            self.checkpoint(step.word(), i, "acted").await;
            self.note(held, step, Happening::Finished { step: number }).await?;
        }
        self.close(held).await
    }

    async fn back(&self, held: &mut Held) -> Result<(), Halt> {
        let steps = held.record.plan.before.clone();
        // The step after the last recorded one may have acted without coming to say so.
        let done = held.record.folded().before;
        let mut highest = done.iter().max().map_or(0, |n| n + 1);
        // That a step only looked is recorded with the next one: that one may have acted, and neither says so.
        while steps.get(usize::try_from(highest).unwrap_or(usize::MAX)).is_some_and(is_noted_later) {
            highest += 1;
        }
        for (i, step) in steps.iter().enumerate().rev() {
            let number = index(i);
            if number > highest || (number < highest && !done.contains(&number)) {
                continue;
            }
            self.pause_point(held).await?;
            self.tell(held, i, &format!("undo: {step}"));
            self.checkpoint(step.word(), i, "undo-before").await;
            self.patiently(held, async |drive, held| drive.scene(held).undo(number, step).await).await?;
            self.checkpoint(step.word(), i, "undo-acted").await;
            self.append(held, vec![Happening::Undid { step: number }]).await?;
        }
        self.patiently(held, async |drive, held| drive.scene(held).gather().await).await?;
        self.patiently(held, async |drive, held| {
            let keep = Namespace::new(drive.journal.store().master(), HELD);
            let forget = [Change::Delete { ns: keep, filter: doc! { "op": held.record.id.as_str() } }];
            let pen = Pen::for_operation(drive.journal.store(), &held.warrant);
            Ok(apply(pen, held.record.id.as_str(), &forget, None).await?)
        })
        .await?;
        self.close(held).await
    }

    /// Takes away what only kept names occupied while the operation ran, and closes.
    async fn close(&self, held: &mut Held) -> Result<(), Halt> {
        self.journal.store().fault().at("close:before").await;
        let me = held.record.lease.runner.clone();
        let folded = held.record.folded();
        let accounted = folded.runners.iter().all(|runner| *runner == me || machine::is_dead(runner) == Some(true));
        if accounted {
            let undone = held.record.state == OpState::Back;
            for step in held.record.plan.before.clone() {
                let Step::Move(m) = step else { continue };
                self.patiently(held, async |drive, held| drive.scene(held).release_latch(&m, undone).await).await?;
            }
        } else if held
            .record
            .plan
            .before
            .iter()
            .any(|step| matches!(step, Step::Move(m) if has_latch(m, held.record.state)))
        {
            let note =
                "an earlier runner may still be alive; the views that keep names occupied stay until `flowbit op gc`"
                    .to_owned();
            self.append(held, vec![Happening::Noted { note }]).await?;
        }
        self.append(held, vec![Happening::Closed]).await?;
        self.journal.store().fault().at("close:after").await;
        Ok(())
    }

    fn scene<'b>(&'b self, held: &'b mut Held) -> Scene<'b> {
        Scene { journal: self.journal, held, interrupt: self.interrupt, watch: self.watch }
    }

    fn tell(&self, held: &Held, i: usize, what: &str) {
        let all = held.record.plan.before.len() + 1 + held.record.plan.after.len();
        self.watch.step(i + 1, all, what);
    }

    async fn checkpoint(&self, word: &str, i: usize, moment: &str) {
        self.journal.store().fault().at(&format!("step:{word}:{i}:{moment}")).await;
    }

    async fn pause_point(&self, held: &Held) -> Result<(), Halt> {
        if !self.interrupt.is_asked() {
            return Ok(());
        }
        Err(Halt::Local(interrupted(&held.record)))
    }

    /// Records that a step is done; with the next one, where it only looked.
    async fn note(&self, held: &mut Held, step: &Step, happened: Happening) -> Result<(), Halt> {
        let strays = !held.record.folded().strays.is_empty();
        if is_noted_later(step) && !(matches!(step, Step::Gather) && strays) {
            held.pending.push(happened);
            return Ok(());
        }
        self.append(held, vec![happened]).await
    }

    async fn append(&self, held: &mut Held, happened: Vec<Happening>) -> Result<(), Halt> {
        self.patiently(held, async |drive, held| Ok(drive.journal.append(held, happened.clone()).await?)).await
    }

    /// Acts, and acts again while the server is away: every act looks first, so a second time does no harm.
    async fn patiently(
        &self,
        held: &mut Held,
        act: impl AsyncFn(&Self, &mut Held) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let mut start = Instant::now();
        let mut pause = Duration::from_millis(20);
        loop {
            let began = Instant::now();
            let outcome = act(self, held).await;
            if began.elapsed() > PATIENCE {
                // It worked for a while: what stopped it now is something new.
                start = Instant::now();
                pause = Duration::from_millis(20);
            }
            match outcome {
                Err(Halt::Failed(failure))
                    if failure.is_transient() && start.elapsed() < PATIENCE && !self.interrupt.is_asked() =>
                {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                other => return other,
            }
        }
    }

    /// Records why it cannot go on, where that is for a person to decide, and says what to do.
    async fn stopped(&self, held: &mut Held, halt: Halt) -> Error {
        let id = held.record.id.clone();
        let rollback = matches!(held.record.state, OpState::Forward);
        let (what, why) = match halt {
            Halt::Local(error) if error.code() == &code::INTERRUPTED => {
                // Whoever goes on need not wait for a lease that nobody uses.
                self.journal.release(held).await;
                return error;
            }
            Halt::Failed(failure) if failure.is_lease_lost() => {
                return failure.into_error("").next(format!("flowbit op show {id}"));
            }
            Halt::Failed(failure) | Halt::Refused(failure) => {
                let error = failure.into_error(&held.record.title()).after_changes();
                let error = error.next(format!("flowbit op resume {id}"));
                return if rollback { error.next(format!("flowbit op rollback {id}")) } else { error };
            }
            Halt::Local(error) => (error.code().id.to_owned(), error.message().to_owned()),
            Halt::Stuck(why) | Halt::Occupied(why) => (code::STUCK.id.to_owned(), why),
        };
        let _ = self.journal.append(held, vec![Happening::Stuck { code: what, why: why.clone() }]).await;
        let error = Error::new(&code::STUCK, format!("operation {id} is stuck: {why}"))
            .after_changes()
            .next(format!("flowbit op show {id}"))
            .next(format!("flowbit op resume {id}   # after the cause is removed"));
        if rollback { error.next(format!("flowbit op rollback {id}")) } else { error }
    }
}

/// Whether the tenant's writers are shut out as far as the operation is.
fn refuses_writes(record: &Record) -> bool {
    let done = record.folded().before;
    let step = |number: &i32| usize::try_from(*number).ok().and_then(|i| record.plan.before.get(i));
    done.iter().filter_map(step).any(|step| match step {
        Step::Move(m) => m.to.coll.starts_with("fb_src_"),
        Step::Fence { until, .. } => until.is_some(),
        _ => false,
    })
}

/// Somebody wanted to stop, and the operation waits.
pub(super) fn interrupted(record: &Record) -> Error {
    let id = &record.id;
    let refused = match refuses_writes(record) {
        true => format!("; until it is resumed or rolled back, writes to {} are refused", record.subject.name),
        false => String::new(),
    };
    let text = format!("interrupted; operation {id} is saved ({}){refused}", record.title());
    let error = Error::new(&code::INTERRUPTED, text).after_changes().next(format!("flowbit op resume {id}"));
    let goes_back = matches!(record.state, OpState::Forward | OpState::Back);
    if goes_back { error.next(format!("flowbit op rollback {id}")) } else { error }
}

/// Whether that a step was done may be recorded together with the next one.
fn is_noted_later(step: &Step) -> bool {
    step.only_looks() || matches!(step, Step::Gather)
}

fn has_latch(m: &Move, state: OpState) -> bool {
    if state == OpState::Back { m.at_to.latch } else { m.at_from.latch }
}

fn index(i: usize) -> i32 {
    i32::try_from(i).unwrap_or(i32::MAX)
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Halt::Failed(failure)
    }
}

impl std::fmt::Debug for Drive<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drive").field("journal", &self.journal).finish_non_exhaustive()
    }
}
