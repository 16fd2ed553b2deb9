//! Exporting entries: all that match, a line of extended JSON each, into a file with a manifest beside it, or a stream.
//!
//! In the order of identifiers: there is always an index for it, two exports of the same entries are the same bytes, and
//! one that was interrupted goes on behind the last entry it has. What is written to the trail meanwhile may be in it or
//! not.

mod pipe;
mod query;
pub(super) mod seals;
mod sink;
mod state;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use bson::{Document, doc};

use crate::domain::audit::Trail;
use crate::domain::audit::manifest::{MANIFEST, Manifest, Query, Signed};
use crate::domain::extjson::Form;
use crate::domain::plan::Namespace;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::audit::Asked;
use crate::ops::key::SigningKey;
use crate::ops::org::Org;
use crate::store::Failure;
use crate::store::batches::Sweep;
use crate::store::file;
use crate::store::parted::{Part, Places};

use pipe::{Ended, Lines, Pipe};
pub use query::rfc3339;
use sink::{FileSink, Sink, StreamSink};
use state::{State, Tally};

/// How often reading is begun again behind what was read, while nothing comes.
const ATTEMPTS: u32 = 6;

/// What is to be exported, and how.
#[derive(Debug)]
pub struct Wanted {
    /// Which entries.
    pub asked: Asked,
    /// The form of the lines.
    pub form: Form,
    /// Whether to compress.
    pub gzip: bool,
    /// Go on with an export that was not finished.
    pub resume: bool,
    /// Replace a file that is there, and throw away an export that was not finished.
    pub force: bool,
    /// The command that goes on with this export.
    pub again: String,
    /// The key that signs what the manifest says, where there is one.
    pub signs: Option<SigningKey>,
}

/// What was exported into a file.
#[derive(Debug)]
pub struct Exported {
    /// The file.
    pub file: PathBuf,
    /// The manifest's file.
    pub beside: PathBuf,
    /// What stands in it.
    pub manifest: Manifest,
    /// Entries that an earlier run had written.
    pub kept: u64,
}

/// How reading ended.
enum Read {
    All,
    Interrupted,
    /// The other end is closed, which knows why.
    Closed,
}

impl House<'_> {
    /// Exports into a stream. Gives how many entries were written; the rest where its reader goes away.
    ///
    /// # Errors
    /// Whatever reading and writing give.
    pub async fn export_to(&self, wanted: &Wanted, out: Box<dyn Write + Send>) -> Result<u64> {
        let trail = self.trail();
        let filter = self.trail_filter(&trail, &wanted.asked).await?;
        let sink = Sink::Stream(StreamSink::new(out, wanted.gzip));
        let lines = Lines { form: wanted.form, time: trail.time.clone() };
        let pipe = Pipe::begin(lines, sink, Tally::default())?;
        let read = self.feed(&pipe, &self.master(&trail.collection), &filter, Vec::new()).await;
        let ended = pipe.end(matches!(read, Ok(Read::All))).await?;
        read.map(|_| ended.tally.entries)
    }

    /// Exports into a file.
    ///
    /// # Errors
    /// `E0320` where the file is there, or an export of something else; `E1102` when the user interrupts; `E0003`,
    /// `E0004`, and whatever reading gives. FILE.part and its state are kept.
    pub async fn export(&self, wanted: &Wanted, target: &std::path::Path) -> Result<Exported> {
        let places = Places::of(target);
        let trail = self.trail();
        let ns = self.master(&trail.collection);
        require_free(&places, wanted)?;
        let filter = self.trail_filter(&trail, &wanted.asked).await?;
        let query = self.query(&trail, &wanted.asked, &filter);
        let begun = self.store.server_time().await?.timestamp_millis();
        let new = State::new(ns.to_string(), query, (wanted.form, wanted.gzip), begun);
        let begun = begin(&places, wanted, &new)?;
        let kept = begun.tally.entries;
        let again = |error: Error| error.next(wanted.again.clone());
        let state = match begun.part {
            Some(part) => {
                self.interrupt.engage();
                let lines = Lines { form: wanted.form, time: trail.time.clone() };
                let from = begun.tally.after.clone();
                let sink = FileSink::new(part, places.clone(), begun.state, begun.digest);
                let pipe = Pipe::begin(lines, Sink::File(Box::new(sink)), begun.tally)?;
                let read = self.feed(&pipe, &ns, &filter, from).await;
                let ended = pipe.end(matches!(read, Ok(Read::All))).await.map_err(again)?;
                finished(read, ended, &places).map_err(again)?
            }
            None => begun.state,
        };
        let org = wanted.asked.org.as_ref();
        self.settle(&places, (&trail, org), &state, (kept, wanted.signs.as_ref())).await
    }

    /// Puts a finished part in its place, and says what it is.
    async fn settle(
        &self,
        places: &Places,
        (trail, org): (&Trail, Option<&Org>),
        state: &State,
        (kept, signs): (u64, Option<&SigningKey>),
    ) -> Result<Exported> {
        let fault = self.store.fault();
        fault.at("export:complete").await;
        if places.part.exists() {
            places.put()?;
        }
        fault.at("export:put").await;
        let seals = self.export_seals((trail, org), state, &places.target).await?;
        let mut manifest = Manifest { seals, ..self.manifest(trail, state, &state.tally(places)?) };
        if let Some(key) = signs {
            let kid = key.kid.clone().unwrap_or_else(|| key.name.clone());
            manifest.signed = Some(Signed { kid, signature: key.sign(&manifest.message())? });
        }
        file::replace(&places.manifest, &format!("{}\n", serde_json::to_string_pretty(&manifest).unwrap_or_default()))?;
        fault.at("export:manifest").await;
        places.forget()?;
        Ok(Exported { file: places.target.clone(), beside: places.manifest.clone(), manifest, kept })
    }

    fn manifest(&self, trail: &Trail, state: &State, tally: &Tally) -> Manifest {
        Manifest {
            schema: MANIFEST.to_owned(),
            platform: self.platform.platform.clone(),
            database: self.store.master().to_owned(),
            collection: trail.collection.clone(),
            query: Query::clone(&state.query),
            order: "_id".to_owned(),
            entries: tally.entries,
            bytes: state.bytes,
            first: tally.first.as_ref().map(state::Edge::mark),
            last: tally.last.as_ref().map(state::Edge::mark),
            mended: tally.mended,
            sha256: state.sha256.clone(),
            gzip: state.gzip,
            format: state.format,
            flowbit: env!("CARGO_PKG_VERSION").to_owned(),
            exported_at: rfc3339(bson::DateTime::now().timestamp_millis()),
            exported_by: self.actor.clone(),
            seals: None,
            signed: None,
        }
    }

    /// Reads all that match, behind `after`, into the pipe. Begins again where the server goes away for a while.
    async fn feed(&self, pipe: &Pipe, ns: &Namespace, filter: &Document, after: Vec<u8>) -> Result<Read> {
        let of = match filter.is_empty() {
            true => self.store.stats(ns).await.ok().map(|stats| stats.documents),
            false => None,
        };
        self.watch.step(1, 1, "exporting");
        let mut after = after;
        let mut attempts = 0;
        loop {
            let before = after.clone();
            let failure = match self.feed_from(pipe, ns, filter, &mut after, of).await {
                Ok(read) => return Ok(read),
                Err(failure) => failure,
            };
            attempts = if after == before { attempts + 1 } else { 1 };
            if !failure.is_transient() || attempts > ATTEMPTS {
                return Err(failure.into_error("reading the audit trail"));
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(100 << attempts)) => {}
                () = self.interrupted() => return Ok(Read::Interrupted),
            }
        }
    }

    async fn feed_from(
        &self,
        pipe: &Pipe,
        ns: &Namespace,
        filter: &Document,
        after: &mut Vec<u8>,
        of: Option<u64>,
    ) -> Result<Read, Failure> {
        let from = match after.is_empty() {
            true => None,
            false => Some(Document::from_reader(&**after).map_err(|e| Failure::reported(-1, e.to_string()))?),
        };
        // A comparison in the filter would find identifiers of the same type only.
        let by_id = Some(doc! { "_id": 1 });
        let hint = by_id.clone().filter(|_| from.is_some());
        let sweep = Sweep { filter: filter.clone(), sort: by_id, hint, min: from, ..Sweep::default() };
        let mut batches = self.store.sweep(ns, sweep).await?;
        let mut skip = !after.is_empty();
        loop {
            let next = tokio::select! {
                biased;
                () = self.interrupted() => return Ok(Read::Interrupted),
                next = batches.next() => next?,
            };
            let Some(mut batch) = next else { return Ok(Read::All) };
            if skip {
                skip = batch.is_empty()?;
                batch.skip(after)?;
            }
            if let Some(last) = batch.last()? {
                *after = pipe::id_of(last);
            }
            if !pipe.put(batch).await {
                return Ok(Read::Closed);
            }
            self.watch.progress(pipe.written(), of);
            self.store.fault().at("export:batch").await;
        }
    }

    /// Comes back when the user wants to stop what can be stopped with care.
    pub(super) async fn interrupted(&self) {
        while !self.interrupt.is_asked() {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

/// Refuses to write over what is there.
fn require_free(places: &Places, wanted: &Wanted) -> Result<()> {
    let exists = |path: &PathBuf| path.symlink_metadata().is_ok();
    if places.target.is_dir() {
        return Err(
            Error::new(&code::BAD_ARGUMENT, format!("{} is a directory", places.target.display())).next("name a file")
        );
    }
    // What stands there may be what an earlier run finished and had no time to describe.
    let own = wanted.resume && State::load(places)?.is_some_and(|state| state.complete) && !exists(&places.part);
    if exists(&places.target) && !wanted.force && !own {
        return Err(Error::new(
            &code::EXPORT_STATE,
            format!("{} exists, and nothing is written over it", places.target.display()),
        )
        .next("name another file, or give --force to replace it once the new one is whole"));
    }
    if exists(&places.state) && !wanted.resume && !wanted.force {
        return Err(Error::new(
            &code::EXPORT_STATE,
            format!("an export to {} was not finished", places.target.display()),
        )
        .next(wanted.again.clone())
        .next("--force throws it away and begins anew"));
    }
    Ok(())
}

/// Where an export begins.
struct Begun {
    /// None where nothing is left to write.
    part: Option<Part>,
    digest: aws_lc_rs::digest::Context,
    state: State,
    tally: Tally,
}

fn begin(places: &Places, wanted: &Wanted, new: &State) -> Result<Begun> {
    let stored = if wanted.resume { State::load(places)? } else { None };
    if let Some(stored) = &stored {
        stored.require_same(new)?;
    }
    let state = stored.unwrap_or_else(|| new.clone());
    let tally = state.tally(places)?;
    if state.complete && !places.part.exists() {
        let digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        return Ok(Begun { part: None, digest, state, tally });
    }
    let mut part = Part::open(places)?;
    let digest = part.keep(state.bytes)?.filter(|digest| state.bytes == 0 || sink::hex(digest) == state.sha256);
    let Some(digest) = digest else {
        let message = format!("{} is not what an earlier run left there", places.part.display());
        return Err(
            Error::new(&code::EXPORT_STATE, message).next("--force instead of --resume throws it away and begins anew")
        );
    };
    if state.complete {
        return Ok(Begun { part: None, digest, state, tally });
    }
    state.save(places)?;
    Ok(Begun { part: Some(part), digest, state, tally })
}

/// What came out: a whole file, or the reason why it is not.
fn finished(read: Result<Read>, ended: Ended, places: &Places) -> Result<State> {
    match (read?, ended.state) {
        (Read::All, Some(state)) if state.complete => Ok(state),
        (Read::Interrupted, _) => {
            let message =
                format!("interrupted after {} entries; they are in {}", ended.tally.entries, places.part.display());
            Err(Error::new(&code::EXPORT_INTERRUPTED, message))
        }
        _ => Err(Error::new(&code::INTERNAL, "the export ended and nobody knows why")),
    }
}
