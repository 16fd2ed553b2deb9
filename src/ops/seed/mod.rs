//! Seeding: the documents of a set, written into an organization's collections, compared with them, and removed again.
//!
//! Which documents are the set's is told by their identifiers: the first eight bytes are a digest of set, seed key,
//! organization and collection, the last four the row. Nothing else is ever touched.

pub mod apply;
mod clash;
mod lay;
mod manifest;
mod reset;
mod screens;
mod snapshot;
mod sources;
mod survey;
mod work;

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};
use serde::{Deserialize, Serialize};

use crate::domain::plan::{Change, Namespace};
use crate::domain::seed::{Fault, Part, SeedSet, Target};
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::store::Secret;

pub use apply::{Clash, Sown};
pub use lay::{Bed, Options, sketch};
pub use reset::Uprooted;
pub use screens::Screens;
pub use snapshot::{Snapshot, Taken, Wanted};
pub use survey::{Count, Difference, PartSurvey, Survey};

/// What sets were written where: the collection in the master database.
pub const SEEDS: &str = "flowbit_seeds";

/// The key of random numbers where none is given.
pub const DEFAULT_KEY: &str = "flowbit";

/// How a set is to be written.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The key of all random numbers; as before, or the default, where none is given.
    pub key: Option<String>,
    /// What numbers of rows are multiplied by.
    pub scale: Option<f64>,
    /// The moment that relative dates count from, milliseconds since 1970.
    pub as_of: Option<i64>,
    /// Whether an organization that is not there is made.
    pub create: bool,
    /// The password that `stdin` stands for.
    pub password: Option<Secret>,
    /// How many batches are under way at a time.
    pub jobs: usize,
    /// Whether documents of the set that it does not contain any more are deleted.
    pub prune: bool,
    /// Whether a password that is not at hand is no fault: nothing is written.
    pub looks: bool,
    /// The set as it was named, for commands that are suggested.
    pub from: String,
    /// Hashes of passwords that are no secret, by seed key and word, which all organizations share.
    pub hashed: Arc<Mutex<HashMap<(String, String), String>>>,
    /// How far all organizations are together.
    pub tally: Arc<Tally>,
}

/// How far several organizations are.
#[derive(Debug, Default)]
pub struct Tally {
    /// Documents that are written.
    pub done: AtomicU64,
    /// Documents that are to be written.
    pub of: AtomicU64,
}

/// That a set was written into an organization, and how: with this it can be compared, repeated and removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// Name of the set.
    pub set: String,
    /// The name under which the organization is addressed: what it was called when the set was first written.
    pub address: String,
    /// What the set calls the tenant: the same, unless an organization of that name was there before.
    pub tenant: String,
    /// Identifier of the organization.
    pub org: Bson,
    /// The key of all random numbers.
    pub key: String,
    /// What numbers of rows were multiplied by.
    pub scale: f64,
    /// The moment that relative dates count from.
    pub as_of: DateTime,
    /// Whether that was asked for, and is not the set's own.
    pub as_of_given: bool,
    /// The administrator's account that was made with the organization, if it was.
    pub admin: Option<ObjectId>,
    /// Whether everything of the set is there, as far as flowbit wrote it.
    pub whole: bool,
    /// The collections that were written: a set may lose one, and what was written stays its own.
    pub parts: Vec<StampedPart>,
}

/// A collection that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampedPart {
    /// Its name in the set.
    pub name: String,
    /// Where it went.
    pub into: String,
    /// Index of the copies of accounts that it is.
    #[serde(default)]
    pub copy: Option<i32>,
    /// The first eight bytes of its identifiers, as hexadecimal digits.
    pub prefix: String,
}

impl StampedPart {
    fn of(part: &Part) -> Self {
        Self {
            name: part.name.clone(),
            into: part.target.word().to_owned(),
            copy: part.copy.and_then(|copy| i32::try_from(copy).ok()),
            prefix: part.prefix.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// The collection without any row.
    fn emptied(&self) -> Option<Part> {
        let prefix = u64::from_str_radix(&self.prefix, 16).ok()?.to_be_bytes();
        let copy = self.copy.and_then(|copy| usize::try_from(copy).ok());
        Some(Part::emptied(&self.name, Target::of(&self.into), copy, prefix))
    }
}

impl Stamp {
    /// Whether another says that the same was written in the same way, whole or not.
    fn says_the_same_as(&self, other: &Self) -> bool {
        let alike = Self { whole: other.whole, admin: other.admin, ..self.clone() };
        alike == *other
    }

    /// The document's identifier: one for each set and address.
    fn id(&self) -> String {
        format!("{}/{}", self.set, self.address)
    }

    fn document(&self, by: &str, whole: bool) -> Document {
        doc! {
            "_id": self.id(), "v": 1, "set": &self.set, "address": &self.address, "tenant": &self.tenant, "org": self.org.clone(), "key": &self.key,
            "parts": bson::serialize_to_bson(&self.parts).unwrap_or(Bson::Null), "scale": self.scale, "asOf": self.as_of, "asOfGiven": self.as_of_given, "admin": self.admin, "whole": whole, "at": DateTime::now(), "by": by,
        }
    }

    fn parse(stored: &Document) -> Option<Self> {
        if stored.get_i32("v").ok() != Some(1) {
            return None;
        }
        let text = |name: &str| stored.get_str(name).ok().map(str::to_owned);
        Some(Self {
            set: text("set")?,
            address: text("address")?,
            tenant: text("tenant")?,
            as_of_given: stored.get_bool("asOfGiven").unwrap_or_default(),
            org: stored.get("org")?.clone(),
            key: text("key")?,
            scale: stored.get_f64("scale").ok()?,
            as_of: *stored.get_datetime("asOf").ok()?,
            admin: stored.get_object_id("admin").ok(),
            whole: stored.get_bool("whole").unwrap_or_default(),
            parts: stored.get("parts").and_then(|p| bson::deserialize_from_bson(p.clone()).ok()).unwrap_or_default(),
        })
    }
}

impl House<'_> {
    fn seeds(&self) -> Namespace {
        self.master(SEEDS)
    }

    /// How a set was written into an organization, if it was.
    pub async fn stamp(&self, set: &str, org: &Org) -> Result<Option<Stamp>> {
        let filter = doc! { "set": set, "org": org.id.clone(), "gone": { "$ne": true } };
        let found = self.store.find_one(&self.seeds(), filter, None).await?;
        Ok(found.as_ref().and_then(Stamp::parse))
    }

    /// What sets were written into which organizations, as it is stored.
    pub async fn stamps(&self) -> Result<Vec<Document>> {
        Ok(self.store.find(&self.seeds(), doc! {}, None, Some(doc! { "_id": 1 })).await?)
    }

    /// What a rename of a tenant that is known by its key changes of that.
    pub(crate) fn restamp(&self, old: &Bson, new: &Bson) -> Change {
        Change::Set { ns: self.seeds(), filter: doc! { "org": old.clone() }, set: doc! { "org": new.clone() } }
    }

    /// What the purge of an organization changes of that: nothing of any set is there any more but its audit entries,
    /// which nobody who gets the name later may take for his own.
    pub(crate) fn unstamp(&self, org: &Bson) -> Change {
        Change::Set { ns: self.seeds(), filter: doc! { "org": org.clone() }, set: doc! { "gone": true } }
    }

    /// Refuses a set that was written for other platforms.
    ///
    /// # Errors
    /// `E0121`.
    pub fn require_meant_for(&self, set: &SeedSet) -> Result<()> {
        lay::require_meant(self.platform, set).map_err(|what| {
            let error = Error::new(&code::BAD_SET, Fault::new(&set.manifest_place, "", what).to_string());
            let presets = set.manifest.platforms.iter();
            presets
                .fold(error, |error, name| error.next(format!("for that platform: --preset {name}")))
                .next("flowbit seed list")
        })
    }
}

/// How many faults of a set an error tells.
const SHOWN: usize = 5;

/// The error of a set in which something is wrong.
pub fn broken(faults: &[Fault]) -> Error {
    let mut said: Vec<String> = faults.iter().take(SHOWN).map(ToString::to_string).collect();
    if faults.len() > SHOWN {
        said.push(format!("and {} more", faults.len() - SHOWN));
    }
    let error = Error::new(&code::BAD_SET, said.join("; "));
    match faults.iter().find_map(|fault| fault.meant.as_ref()) {
        Some(meant) => error.next(format!("did you mean `{meant}`?")),
        None => error.next("correct the set and repeat; nothing was changed"),
    }
}
