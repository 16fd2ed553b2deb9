//! The work itself: parcels made on one thread while others are on their way, and rows of which something is there
//! already looked after one by one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bson::Uuid;
use bson::oid::ObjectId;

use super::apply::Clash;
use super::survey::{Job, Seen, row_name};
use super::{Bed, Tally};
use crate::domain::plan::Namespace;
use crate::domain::seed::{Compiled, MAX_DOCUMENT};
use crate::error::{Error, code};
use crate::ops::House;
use crate::store::failure::server;
use crate::store::parcels::{Parcel, Refused};
use crate::store::{Failure, Pen};

/// Bytes of one command. The server takes 48 MB, and the last document may have 16 of them.
const PARCEL: usize = 12 * 1024 * 1024;

/// Documents of one command; the server takes 100,000.
const MOST: usize = 50_000;

/// How long a batch is tried again while the server is away or elects.
const PATIENCE: Duration = Duration::from_secs(30);

/// Clashes that are told.
const TOLD: usize = 20;

/// What all workers share.
pub(super) struct Work<'a> {
    pub bed: &'a Bed,
    pub set: &'a str,
    pub uuids: Vec<Uuid>,
    pub queue: Mutex<VecDeque<Job>>,
    pub inserted: AtomicU64,
    pub replaced: AtomicU64,
    /// By part and row, however often they were tried.
    pub clashes: Mutex<BTreeMap<(usize, u32), Option<Clash>>>,
    pub tally: &'a Tally,
}

/// Why writing ended early.
pub(super) enum Ended {
    Interrupted,
    Failed(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Ended::Failed(error)
    }
}

impl House<'_> {
    pub(super) async fn worker(&self, work: &Work<'_>, pen: Pen<'_>) -> std::result::Result<(), Ended> {
        loop {
            let job = work.queue.lock().ok().and_then(|mut queue| queue.pop_front());
            let Some(job) = job else { return Ok(()) };
            if job.fresh { self.sow_fresh(work, pen, job).await? } else { self.mend(work, pen, &job, true).await? }
        }
    }

    fn pause_point(&self) -> std::result::Result<(), Ended> {
        if self.interrupt.is_asked() { Err(Ended::Interrupted) } else { Ok(()) }
    }

    fn told(&self, work: &Work<'_>, written: u64) {
        let done = work.tally.done.fetch_add(written, Ordering::Relaxed) + written;
        self.watch.progress(done, Some(work.tally.of.load(Ordering::Relaxed)));
    }

    /// Rows of which nothing is there: made on another thread while earlier ones are on their way.
    async fn sow_fresh(&self, work: &Work<'_>, pen: Pen<'_>, job: Job) -> std::result::Result<(), Ended> {
        let ns = &work.bed.places[job.part];
        let uuid = work.uuids[job.part];
        let mut numbers = numbers_of(work.bed, &job);
        while !numbers.is_empty() {
            self.pause_point()?;
            let (compiled, part, name) = (work.bed.compiled.clone(), job.part, ns.coll.clone());
            let made = tokio::task::spawn_blocking(move || build(&compiled, part, &name, numbers)).await;
            let made = made.map_err(|_| Error::new(&code::INTERNAL, "making the documents did not end"))?;
            numbers = made.rest;
            let rows = made.first..made.end;
            if let Some(number) = made.too_large {
                self.clash(
                    work,
                    job.part,
                    number,
                    format!("the document has more than the {MAX_DOCUMENT} bytes that MongoDB takes"),
                );
            }
            let sent = made.parcel.len() as u64;
            if sent == 0 {
                continue;
            }
            match pen.deliver(ns, uuid, made.parcel).await {
                Ok(refused) if refused.is_empty() => {
                    work.inserted.fetch_add(sent, Ordering::Relaxed);
                    self.told(work, sent);
                }
                // Somebody was there before, or the answer was lost: what is there is looked at.
                Ok(refused) => {
                    work.inserted.fetch_add(sent - refused.len() as u64, Ordering::Relaxed);
                    self.mend(work, pen, &Job { rows, ..job }, true).await?;
                }
                Err(failure) if failure.is_transient() => {
                    work.inserted.fetch_add(sent, Ordering::Relaxed);
                    self.mend(work, pen, &Job { rows, ..job }, false).await?;
                }
                Err(failure) => return Err(self.failed(ns, failure)),
            }
        }
        Ok(())
    }

    fn failed(&self, ns: &Namespace, failure: Failure) -> Ended {
        Ended::Failed(failure.into_error(&format!("writing into {ns}")))
    }

    /// Rows of which something is there: what is missing or different is written, and counted unless it was before.
    async fn mend(&self, work: &Work<'_>, pen: Pen<'_>, job: &Job, counts: bool) -> std::result::Result<(), Ended> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(20);
        loop {
            self.pause_point()?;
            match self.mend_once(work, pen, job, counts).await {
                Err(Trouble::Server(failure)) if failure.is_transient() && start.elapsed() < PATIENCE => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                Err(Trouble::Server(failure)) => return Err(self.failed(&work.bed.places[job.part], failure)),
                Err(Trouble::Other(error)) if error.code().class.retryable() && start.elapsed() < PATIENCE => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                Err(Trouble::Other(error)) => return Err(Ended::Failed(error)),
                // Written a moment ago by ourselves, and not seen by a majority yet.
                Ok(Mended::LookAgain) if start.elapsed() < PATIENCE => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                Ok(Mended::LookAgain) => {
                    let ns = &work.bed.places[job.part];
                    let text = format!("documents in {ns} that were written are not seen by a majority of the servers");
                    return Err(Ended::Failed(Error::new(&code::SERVER_BUSY, text)));
                }
                Ok(Mended::Whole) => return Ok(()),
            }
        }
    }

    async fn mend_once(
        &self,
        work: &Work<'_>,
        pen: Pen<'_>,
        job: &Job,
        counts: bool,
    ) -> std::result::Result<Mended, Trouble> {
        let (bed, ns) = (work.bed, &work.bed.places[job.part]);
        let uuid = work.uuids[job.part];
        let mut mended = Mended::Whole;
        let mut batches: Vec<Batch> = Vec::new();
        let part = &bed.compiled.parts[job.part];
        let walked = self.walk(bed, job.part, job.rows.clone(), |seen| {
            let (number, replaces) = match seen {
                Seen::Missing(number, _) => (number, false),
                Seen::Altered(number, ..) => (number, true),
                Seen::Same | Seen::Extra(_) => return,
            };
            let fits =
                |batch: &Batch| batch.replaces == replaces && batch.parcel.size() < PARCEL && batch.parcel.len() < MOST;
            if !batches.iter().any(fits) {
                batches.push(Batch::new(&ns.coll, replaces));
            }
            let Some(batch) = batches.iter_mut().find(|batch| fits(batch)) else { return };
            match seen {
                Seen::Missing(_, bytes) => drop(batch.parcel.insert(|out| out.extend_from_slice(bytes))),
                Seen::Altered(_, bytes, _) => batch.parcel.replace(ObjectId::from_bytes(part.id(number)), bytes),
                Seen::Same | Seen::Extra(_) => {}
            }
            batch.numbers.push(number);
        });
        walked.await.map_err(Trouble::Other)?;
        for batch in batches {
            let refused = pen.deliver(ns, uuid, batch.parcel).await.map_err(Trouble::Server)?;
            let counter = if batch.replaces { &work.replaced } else { &work.inserted };
            if counts {
                counter.fetch_add((batch.numbers.len() - refused.len()) as u64, Ordering::Relaxed);
            }
            for Refused { position, code, message } in refused {
                if code == server::DUPLICATE_KEY && message.contains("index: _id_ ") {
                    mended = Mended::LookAgain;
                    continue;
                }
                let number = batch.numbers.get(position).copied().unwrap_or_default();
                if !counts {
                    counter.fetch_sub(1, Ordering::Relaxed);
                }
                self.clash(work, job.part, number, reason(code, &message));
            }
            self.told(work, batch.numbers.len() as u64);
        }
        Ok(mended)
    }

    fn clash(&self, work: &Work<'_>, part: usize, number: u32, why: String) {
        if let Ok(mut clashes) = work.clashes.lock() {
            let row = row_name(&work.bed.compiled.parts[part], number);
            let clash = Clash { collection: work.bed.places[part].coll.clone(), row, why };
            let told = clashes.len() < TOLD;
            clashes.entry((part, number)).or_insert_with(|| told.then_some(clash));
        }
    }
}

/// How looking after some rows ended.
enum Mended {
    Whole,
    LookAgain,
}

enum Trouble {
    Server(Failure),
    Other(Error),
}

struct Batch {
    replaces: bool,
    parcel: Parcel,
    numbers: Vec<u32>,
}

impl Batch {
    fn new(collection: &str, replaces: bool) -> Self {
        let parcel = if replaces { Parcel::of_replacements(collection) } else { Parcel::of_inserts(collection) };
        Self { replaces, parcel, numbers: Vec::new() }
    }
}

/// The server's reason for refusing a document, for people.
fn reason(code: i32, message: &str) -> String {
    match code {
        server::DUPLICATE_KEY => {
            let which = message.split_once("index: ").map_or(message, |(_, rest)| rest);
            format!("another document has the same value under a unique index: {which}")
        }
        server::DOCUMENT_VALIDATION => "the collection's validator refuses it".to_owned(),
        _ => message.to_owned(),
    }
}

/// The rows of a job.
fn numbers_of(bed: &Bed, job: &Job) -> Vec<u32> {
    let part = &bed.compiled.parts[job.part];
    let fixtures = part.fixtures.iter().map(|row| row.number).filter(|number| job.rows.contains(number));
    (job.rows.start..job.rows.end.min(part.generated)).chain(fixtures).collect()
}

/// A parcel, and what is left for the next.
struct Made {
    parcel: Parcel,
    first: u32,
    end: u32,
    rest: Vec<u32>,
    too_large: Option<u32>,
}

fn build(compiled: &Compiled, part: usize, name: &str, mut numbers: Vec<u32>) -> Made {
    let part = &compiled.parts[part];
    let mut parcel = Parcel::of_inserts(name);
    let first = numbers.first().copied().unwrap_or_default();
    let (mut taken, mut too_large) = (0, None);
    for number in &numbers {
        let size = parcel.insert(|out| {
            compiled.write(part, *number, out);
        });
        taken += 1;
        if size > MAX_DOCUMENT {
            parcel.take_back(size);
            too_large = Some(*number);
            break;
        }
        if parcel.size() >= PARCEL || parcel.len() >= MOST {
            break;
        }
    }
    let rest = numbers.split_off(taken);
    let end = numbers.last().map_or(first, |last| last.saturating_add(1));
    Made { parcel, first, end, rest, too_large }
}
