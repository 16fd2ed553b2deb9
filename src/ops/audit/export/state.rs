//! How far an export is: what is counted on the way, and what of it lies beside the part, so that another process can
//! go on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::audit::manifest::{Mark, Query};
use crate::domain::extjson::{self, Form};
use crate::error::{Error, Result, code};
use crate::store::file;
use crate::store::parted::Places;

use super::query::rfc3339;

/// Name and version of the shape.
const STATE: &str = "flowbit.audit.export-state/1";

/// An entry that is the first or the last by time.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Milliseconds since 1970.
    pub time: i64,
    /// `{ _id: … }`, as bytes.
    pub id: Vec<u8>,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Entries.
    pub entries: u64,
    /// Entries whose text is not UTF-8 everywhere.
    pub mended: u64,
    /// The last entry in the order of identifiers, `{ _id: … }` as bytes; empty where there is none yet.
    pub after: Vec<u8>,
    /// The earliest.
    pub first: Option<Edge>,
    /// The latest.
    pub last: Option<Edge>,
}

impl Tally {
    /// Takes in what comes behind this.
    pub fn add(&mut self, next: Tally) {
        self.entries += next.entries;
        self.mended += next.mended;
        if !next.after.is_empty() {
            self.after = next.after;
        }
        let (first, last) = (next.first, next.last);
        if first.as_ref().is_some_and(|new| self.first.as_ref().is_none_or(|old| new.time < old.time)) {
            self.first = first;
        }
        if last.as_ref().is_some_and(|new| self.last.as_ref().is_none_or(|old| new.time >= old.time)) {
            self.last = last;
        }
    }
}

impl Edge {
    /// As it stands in a manifest.
    pub fn mark(&self) -> Mark {
        let mut text = Vec::new();
        let written = extjson::write(&self.id, Form::Canonical, &mut text);
        let id = written.ok().and_then(|_| serde_json::from_slice::<Value>(&text).ok());
        let id = id.and_then(|mut id| id.get_mut("_id").map(Value::take)).unwrap_or_default();
        Mark { id, time: rfc3339(self.time) }
    }
}

/// Where to go on, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    schema: String,
    /// The collection, with its database.
    pub namespace: String,
    /// What was asked for.
    pub query: Query,
    /// The form of the lines.
    pub format: Form,
    /// Whether it is compressed.
    pub gzip: bool,
    /// When the first entry was read, in milliseconds, by the server's clock: seals that were made later may vouch for entries that it lacks.
    pub begun: i64,
    /// How much of the part holds.
    pub bytes: u64,
    /// SHA-256 of that much, in hexadecimal.
    pub sha256: String,
    /// Whether that is all.
    pub complete: bool,
    entries: u64,
    #[serde(default)]
    mended: u64,
    /// As bytes: identifiers may be what JSON has no words for.
    after: String,
    first: Option<(i64, String)>,
    last: Option<(i64, String)>,
}

impl State {
    /// Before anything is there.
    pub fn new(namespace: String, query: Query, (format, gzip): (Form, bool), begun: i64) -> Self {
        Self {
            schema: STATE.to_owned(),
            namespace,
            query,
            format,
            gzip,
            begun,
            bytes: 0,
            sha256: String::new(),
            complete: false,
            entries: 0,
            mended: 0,
            after: String::new(),
            first: None,
            last: None,
        }
    }

    /// The same, further on.
    pub fn at(&self, bytes: u64, sha256: String, tally: &Tally) -> Self {
        let edge = |edge: &Option<Edge>| edge.as_ref().map(|edge| (edge.time, STANDARD.encode(&edge.id)));
        Self {
            bytes,
            sha256,
            entries: tally.entries,
            mended: tally.mended,
            after: STANDARD.encode(&tally.after),
            first: edge(&tally.first),
            last: edge(&tally.last),
            ..self.clone()
        }
    }

    /// What was counted up to here.
    ///
    /// # Errors
    /// `E0320` where that is broken.
    pub fn tally(&self, places: &Places) -> Result<Tally> {
        let bytes = |text: &str| STANDARD.decode(text).map_err(|_| broken(places, "it is damaged"));
        let edge = |edge: &Option<(i64, String)>| -> Result<Option<Edge>> {
            edge.as_ref().map(|(time, id)| Ok(Edge { time: *time, id: bytes(id)? })).transpose()
        };
        Ok(Tally {
            entries: self.entries,
            mended: self.mended,
            after: bytes(&self.after)?,
            first: edge(&self.first)?,
            last: edge(&self.last)?,
        })
    }

    /// Stores it.
    ///
    /// # Errors
    /// `E0003`, `E0004`; what was stored before is still there then.
    pub fn save(&self, places: &Places) -> Result<()> {
        file::replace(&places.state, &serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// Reads what was stored, if anything was.
    ///
    /// # Errors
    /// `E0320` where it is broken or of another version, `E0003`.
    pub fn load(places: &Places) -> Result<Option<Self>> {
        let Some(text) = file::read(&places.state)? else { return Ok(None) };
        let value: Value = serde_json::from_str(&text).map_err(|e| broken(places, &e.to_string()))?;
        if value["schema"] != STATE {
            return Err(broken(places, "another version of flowbit wrote it"));
        }
        serde_json::from_value(value).map(Some).map_err(|e| broken(places, &e.to_string()))
    }

    /// Refuses to go on with another question.
    ///
    /// # Errors
    /// `E0320`.
    pub fn require_same(&self, wanted: &State) -> Result<()> {
        let mut differs = Vec::new();
        let mut compare = |what: &'static str, same: bool| differs.extend((!same).then_some(what));
        let (old, new) = (&self.query, &wanted.query);
        compare("the collection", self.namespace == wanted.namespace);
        compare("the organization", old.organization == new.organization);
        compare("--actor", old.actor == new.actor);
        compare("--action", old.action == new.action);
        compare("--target", old.target == new.target);
        compare("--where", old.conditions == new.conditions);
        compare("--since", old.since == new.since);
        compare("--until", old.until == new.until);
        compare("--canonical", self.format == wanted.format);
        compare("--gzip", self.gzip == wanted.gzip);
        if differs.is_empty() && old != new {
            differs.push("what the names stand for");
        }
        if differs.is_empty() {
            return Ok(());
        }
        let message = format!("the unfinished export is another one: it differs in {}", differs.join(", "));
        Err(Error::new(&code::EXPORT_STATE, message)
            .next("repeat the command with which it was begun, and --resume")
            .next("--force instead of --resume throws it away and begins anew"))
    }
}

fn broken(places: &Places, why: &str) -> Error {
    let message = format!("{} does not say how far the export is: {why}", places.state.display());
    Error::new(&code::EXPORT_STATE, message).next("--force instead of --resume throws it away and begins anew")
}
