//! Following the trail: the newest entries, then every one that is written, each once.
//!
//! Behind the entries that are read first comes the server's change stream, which begins at a moment before that reading:
//! what falls between is seen twice, and told once. On a server that has no such stream the trail is read again every
//! second.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bson::{Bson, DateTime, Document, RawDocument, Timestamp};

use super::export::rfc3339;
use super::{Asked, Window};
use crate::domain::audit::Trail;
use crate::domain::plan::Namespace;
use crate::domain::rawdoc;
use crate::domain::template::plain;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::store::follow::{From, Heard, is_lost, passes};
use crate::store::{Failure, Topology};

/// How often a trail is read that cannot be followed otherwise.
const POLL: Duration = Duration::from_secs(1);

/// How much older than the newest entry one may be that comes later, in milliseconds, where the trail is read again.
const OVERLAP: i64 = 60_000;

/// The longest time between two attempts to get back to the server.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the first reading is tried.
const ATTEMPTS: u32 = 5;

/// What is to be followed.
#[derive(Debug)]
pub struct Wanted {
    /// Which entries are told first.
    pub asked: Asked,
    /// How many of the newest of them; none for all.
    pub newest: Option<u32>,
    /// Go on with what comes.
    pub follow: bool,
    /// The command that does the same, to which a moment can be added.
    pub again: String,
}

/// What is told.
#[derive(Debug)]
pub enum Told<'a> {
    /// An entry.
    Entry(&'a RawDocument),
    /// Something about the following.
    Note(String),
}

/// Who is told. Says whether to go on.
pub type Tell<'a> = &'a mut (dyn FnMut(Told<'_>) -> bool + Send);

/// Why it went no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halt {
    /// Nobody reads, or the user ends it.
    Over,
}

/// An identifier, short enough to remember many.
fn short(document: &RawDocument) -> u128 {
    let id = rawdoc::at(document.as_bytes(), "_id").map(rawdoc::alone).unwrap_or_default();
    let hash = blake3::hash(&id);
    hash.as_bytes().first_chunk().map_or(0, |head| u128::from_le_bytes(*head))
}

/// The next moment that the server's log can have.
fn after(moment: Timestamp) -> Timestamp {
    Timestamp { increment: moment.increment.saturating_add(1), ..moment }
}

struct Tail<'a> {
    house: &'a House<'a>,
    trail: Trail,
    ns: Namespace,
    /// What is told first, and what then.
    first: Document,
    then: Document,
    wanted: &'a Wanted,
    tell: Tell<'a>,
    /// What was told and may come again, with its time.
    told: HashMap<u128, i64>,
    /// The time of the last entry that was told.
    last: Option<i64>,
}

impl House<'_> {
    /// The names of organizations by what entries carry of them, as text.
    pub async fn names_by_key(&self, trail: &Trail) -> Result<HashMap<String, String>> {
        let orgs = self.orgs_briefly().await?;
        let named = |org: &crate::ops::org::Org| {
            let key = trail.key_of(&self.vars_of(&org.id, &org.name, &org.slug))?;
            Some((plain(&key), org.name.as_str().to_owned()))
        };
        Ok(orgs.iter().filter_map(named).collect())
    }

    /// Tells the newest entries, oldest first, and those that come, until the user ends it or nobody is there to tell.
    ///
    /// # Errors
    /// `E0704` where entries can be missing from there on; whatever reading gives.
    pub async fn tail(&self, wanted: &Wanted, tell: Tell<'_>) -> Result<()> {
        let trail = self.trail();
        let first = self.trail_filter(&trail, &wanted.asked).await?;
        let always = Asked { window: Window::default(), ..wanted.asked.clone() };
        let then = self.trail_filter(&trail, &always).await?;
        let ns = self.master(&trail.collection);
        let mut tail = Tail { house: self, trail, ns, first, then, wanted, tell, told: HashMap::new(), last: None };
        let done = match (wanted.follow, &self.store.facts().topology) {
            (false, _) => tail.read_first(None).await,
            (true, Topology::Standalone) => tail.poll().await,
            (true, _) => tail.follow().await,
        };
        // That nobody reads any more, or the user has seen enough, is how this ends.
        done.map(|_| ())
    }
}

impl Tail<'_> {
    fn doing(failure: Failure) -> Error {
        failure.into_error("reading the audit trail")
    }

    fn tell(&mut self, document: &RawDocument) -> Option<Halt> {
        self.last = rawdoc::date_at(document.as_bytes(), &self.trail.time).or(self.last);
        if (self.tell)(Told::Entry(document)) { None } else { Some(Halt::Over) }
    }

    fn note(&mut self, note: String) -> Option<Halt> {
        if (self.tell)(Told::Note(note)) { None } else { Some(Halt::Over) }
    }

    /// Tells what is there; remembers it where it may come again.
    async fn read_first(&mut self, seen: Option<Timestamp>) -> Result<Option<Halt>> {
        if self.wanted.newest == Some(0) {
            return Ok(None);
        }
        let limit = self.wanted.newest.map(i64::from);
        let mut attempts = 0;
        let mut entries = loop {
            attempts += 1;
            let store = self.house.store;
            match store.by_time(&self.ns, self.first.clone(), &self.trail.time, limit, seen).await {
                Ok(entries) => break entries,
                Err(failure) if attempts < ATTEMPTS && passes(&failure) => tokio::time::sleep(POLL / 2).await,
                Err(failure) => return Err(Self::doing(failure)),
            }
        };
        let mut newest = Vec::new();
        while let Some(entry) = entries.next().await.map_err(Self::doing)? {
            if self.house.interrupt.is_asked() {
                return Ok(Some(Halt::Over));
            }
            if self.wanted.follow {
                let time = rawdoc::date_at(entry.as_bytes(), &self.trail.time).unwrap_or(i64::MIN);
                self.told.insert(short(&entry), time);
            }
            if limit.is_none() {
                if let Some(halt) = self.tell(&entry) {
                    return Ok(Some(halt));
                }
            } else {
                newest.push(entry);
            }
        }
        Ok(newest.iter().rev().find_map(|entry| self.tell(entry)))
    }

    async fn follow(&mut self) -> Result<Option<Halt>> {
        let store = self.house.store;
        let begin = store.settled_moment(&self.ns).await.map_err(Self::doing)?;
        // A stream begins with what happened at its moment: where nothing is read first, that would be told as new.
        let begins = if self.wanted.newest == Some(0) { after(begin) } else { begin };
        let mut from = From::Moment(begins);
        // Before anything is told: who may not follow hears it at once.
        let mut stream = Some(store.follow(&self.ns, &self.then, &from).await.map_err(Self::doing)?);
        store.fault().at("tail:opened").await;
        self.house.interrupt.engage();
        if let Some(halt) = self.read_first(Some(begin)).await? {
            return Ok(Some(halt));
        }
        store.fault().at("tail:first").await;
        // What was read until now is in the log before this; behind it nothing comes a second time.
        let mut overlap = store.moment().await.ok();
        let (mut away, mut pause) = (false, Duration::from_millis(100));
        loop {
            let heard = tokio::select! {
                heard = listen(self.house, &self.ns, &self.then, &mut stream, &mut from) => heard,
                () = self.house.interrupted() => return Ok(Some(Halt::Over)),
            };
            let failure = match heard {
                Ok(Heard::Gone(word)) => return Err(self.gone(&word)),
                Ok(heard) => {
                    if away && let Some(halt) = self.note("the connection is back; nothing was missed".to_owned()) {
                        return Ok(Some(halt));
                    }
                    (away, pause) = (false, Duration::from_millis(100));
                    if let Heard::Inserted(entry, at) = heard
                        && let Some(halt) = self.heard(&entry, at, &mut overlap)
                    {
                        return Ok(Some(halt));
                    }
                    continue;
                }
                Err(failure) => failure,
            };
            if is_lost(&failure) {
                return Err(self.lost(&failure.message));
            }
            if !passes(&failure) {
                return Err(Self::doing(failure));
            }
            if !away {
                let note = format!("the connection is lost ({}); trying again", failure.message);
                if let Some(halt) = self.note(note) {
                    return Ok(Some(halt));
                }
            }
            away = true;
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                () = self.house.interrupted() => return Ok(Some(Halt::Over)),
            }
        }
    }

    /// An entry of the stream: told, unless it was among the first.
    fn heard(&mut self, entry: &RawDocument, at: Option<Timestamp>, overlap: &mut Option<Timestamp>) -> Option<Halt> {
        if overlap.is_some() && at > *overlap {
            self.told = HashMap::new();
            *overlap = None;
        }
        if !self.told.is_empty() && self.told.remove(&short(entry)).is_some() {
            return None;
        }
        self.tell(entry)
    }

    fn further(&self, message: String) -> Error {
        let since = self.last.map_or_else(|| rfc3339(DateTime::now().timestamp_millis()), rfc3339);
        Error::new(&code::FOLLOW_LOST, message).next(format!("{} --since {since}", self.wanted.again))
    }

    fn lost(&self, words: &str) -> Error {
        self.further(format!("the server's log of changes does not reach back to where this stopped: {words}"))
    }

    fn gone(&self, word: &str) -> Error {
        let what = match word {
            "rename" => "was renamed",
            "drop" => "was dropped",
            "dropDatabase" => "was dropped with its database",
            _ => "is not there any more",
        };
        self.further(format!("the collection {} {what} while it was followed", self.ns))
    }

    /// Reads again and again what may be new.
    async fn poll(&mut self) -> Result<Option<Halt>> {
        self.house.interrupt.engage();
        let note = "this server is a standalone and has no stream of changes; the trail is read every second, and an \
                    entry that is older by a minute than the newest is not seen";
        if let Some(halt) = self.note(note.to_owned()) {
            return Ok(Some(halt));
        }
        let begin = self.house.store.server_time().await.map_err(Self::doing)?.timestamp_millis();
        // What lies in the overlap already is not new, even where fewer are told.
        let mut newest = begin;
        self.remember(begin - OVERLAP).await?;
        if let Some(halt) = self.read_first(None).await? {
            return Ok(Some(halt));
        }
        let mut away = false;
        loop {
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = self.house.interrupted() => return Ok(Some(Halt::Over)),
            }
            let failure = match self.poll_once(&mut newest).await {
                Ok(Some(halt)) => return Ok(Some(halt)),
                Ok(None) if away => {
                    away = false;
                    if let Some(halt) = self.note("the connection is back".to_owned()) {
                        return Ok(Some(halt));
                    }
                    continue;
                }
                Ok(None) => continue,
                Err(failure) if passes(&failure) => failure,
                Err(failure) => return Err(Self::doing(failure)),
            };
            if !away {
                away = true;
                if let Some(halt) = self.note(format!("the connection is lost ({}); trying again", failure.message)) {
                    return Ok(Some(halt));
                }
            }
        }
    }

    fn since(&self, millis: i64) -> Document {
        let window = Window { since: Some(DateTime::from_millis(millis)), until: None };
        let mut late = Document::new();
        late.extend(window.condition().map(|bounds| (self.trail.time.clone(), Bson::Document(bounds))));
        bson::doc! { "$and": [late, self.then.clone()] }
    }

    async fn remember(&mut self, since: i64) -> Result<()> {
        let store = self.house.store;
        let mut entries =
            store.by_time(&self.ns, self.since(since), &self.trail.time, None, None).await.map_err(Self::doing)?;
        while let Some(entry) = entries.next().await.map_err(Self::doing)? {
            let time = rawdoc::date_at(entry.as_bytes(), &self.trail.time).unwrap_or(i64::MIN);
            self.told.insert(short(&entry), time);
        }
        Ok(())
    }

    /// `newest` is the time of the newest entry that was told, as long as that is not ahead of the server's clock.
    async fn poll_once(&mut self, newest: &mut i64) -> Result<Option<Halt>, Failure> {
        let store = self.house.store;
        let now = store.server_time().await?.timestamp_millis();
        let from = (*newest).min(now) - OVERLAP;
        self.told.retain(|_, time| *time >= from);
        let mut entries = store.by_time(&self.ns, self.since(from), &self.trail.time, None, None).await?;
        let mut again = HashSet::new();
        while let Some(entry) = entries.next().await? {
            let (id, time) = (short(&entry), rawdoc::date_at(entry.as_bytes(), &self.trail.time).unwrap_or(now));
            if self.told.contains_key(&id) || !again.insert(id) {
                continue;
            }
            self.told.insert(id, time);
            *newest = (*newest).max(time.min(now));
            if let Some(halt) = self.tell(&entry) {
                return Ok(Some(halt));
            }
        }
        Ok(None)
    }
}

/// What the stream says next; opens it where it is not open. `from` is where it goes on.
async fn listen(
    house: &House<'_>,
    ns: &Namespace,
    filter: &Document,
    stream: &mut Option<crate::store::follow::Follow>,
    from: &mut From,
) -> Result<Heard, Failure> {
    let mut open = match stream.take() {
        Some(open) => open,
        None => house.store.follow(ns, filter, from).await?,
    };
    let heard = open.next().await?;
    if let Some(mark) = open.mark() {
        *from = From::Mark(mark);
    }
    *stream = Some(open);
    Ok(heard)
}
