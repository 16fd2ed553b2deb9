//! What the commands about seals share: the public keys, what is known of chains outside of the database, and words.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use bson::{Bson, DateTime};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::context::Context;
use crate::commands::keychain::SealPlace;
use crate::domain::audit::{Digest, Finding, Head, Heads, PLATFORM, hex};
use crate::domain::template::plain;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::audit::SealKeys;
use crate::ops::key::Ring;
use crate::store::{Store, file};

/// The file beside the keyring of seals in which the last known head of each trail stands.
const HEADS: &str = "heads.json";

/// The keys that seals are known by.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct Known {
    #[command(flatten)]
    pub place: SealPlace,
    /// Public keys as a JWK set (`flowbit key jwks --seals`); otherwise those of the keyring
    #[arg(long, value_name = "FILE")]
    pub public: Option<PathBuf>,
    /// Heads of chains that were written down outside of the database (`flowbit audit seal --json`): what was cut off
    /// behind them shows
    #[arg(long, value_name = "FILE")]
    pub heads: Option<PathBuf>,
}

impl Known {
    /// The public keys.
    ///
    /// # Errors
    /// `E0130` where there are none, `E0129` for what is none.
    pub fn keys(&self, context: &Context<'_>) -> Result<SealKeys> {
        let keys = match &self.public {
            Some(path) => {
                let path = context.env.directory.join(path);
                let text = file::read(&path)?
                    .ok_or_else(|| Error::new(&code::NO_KEY, format!("there is no file {}", path.display())))?;
                SealKeys::of_jwks(&text, &path.display().to_string())?
            }
            None => SealKeys::of_ring(&self.place.ring(context)?.read()?)?,
        };
        if keys.is_empty() {
            return Err(Error::new(&code::NO_KEY, "there is no public key to know seals by")
                .next("repeat with --public FILE, as `flowbit key jwks --seals --out FILE` wrote it")
                .next("flowbit key generate --seals   # where nothing was sealed yet"));
        }
        Ok(keys)
    }

    /// The heads that are known outside of the database: those of the file, and the one that this machine remembers.
    ///
    /// # Errors
    /// A file that is none.
    pub fn heads(&self, context: &Context<'_>, store: &Store) -> Result<Heads> {
        let mut heads = Heads::new();
        if self.public.is_none() {
            heads.extend(remembered(&self.place.ring(context)?, store.master())?);
        }
        heads.extend(self.written(context)?);
        Ok(heads)
    }

    /// The heads of the file alone.
    ///
    /// # Errors
    /// A file that is none.
    pub fn written(&self, context: &Context<'_>) -> Result<Heads> {
        let read = |path: &PathBuf| read_heads(&context.env.directory.join(path));
        Ok(self.heads.as_ref().map(read).transpose()?.unwrap_or_default().into_iter().collect())
    }
}

/// Heads as they are written down.
pub fn heads_data(heads: &BTreeMap<String, Head>) -> Value {
    let each = |(chain, head): (&String, &Head)| (chain.clone(), json!({ "n": head.n, "digest": hex(&head.digest) }));
    Value::Object(heads.iter().map(each).collect())
}

fn unhex(text: &str) -> Option<Digest> {
    let bytes: Option<Vec<u8>> =
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect();
    bytes?.try_into().ok()
}

fn heads_of(value: &Value) -> Option<BTreeMap<String, Head>> {
    let each = |(chain, head): (&String, &Value)| {
        Some((chain.clone(), Head { n: head.get("n")?.as_u64()?, digest: unhex(head.get("digest")?.as_str()?)? }))
    };
    value.as_object()?.iter().map(each).collect()
}

/// The heads in a file: an envelope of `audit seal`, its data, or the heads alone.
fn read_heads(path: &Path) -> Result<BTreeMap<String, Head>> {
    let wrong = |why: &str| Error::new(&code::BAD_ARGUMENT, format!("{}: {why}", path.display()));
    let text = file::read(path)?.ok_or_else(|| wrong("there is no such file"))?;
    let value: Value = serde_json::from_str(&text).map_err(|_| wrong("this is no JSON"))?;
    let places = [value.pointer("/data/heads"), value.get("heads"), Some(&value)];
    let found = places.into_iter().flatten().next();
    found.and_then(heads_of).ok_or_else(|| wrong("there are no heads of chains in it"))
}

/// What this machine remembers: the head of the platform's chain, by database. It pins all others.
fn remembered(ring: &Ring, database: &str) -> Result<BTreeMap<String, Head>> {
    let Some(text) = file::read(&ring.directory().join(HEADS))? else { return Ok(BTreeMap::new()) };
    let value: Value = serde_json::from_str(&text).map_err(|_| {
        let path = ring.directory().join(HEADS);
        Error::new(&code::BAD_CONFIG, format!("{} is damaged", path.display()))
            .next("put it back from a backup; without it, nobody here knows what was cut off at the end")
    })?;
    let head = value.get(database).map(|head| json!({ PLATFORM: head })).as_ref().and_then(heads_of);
    Ok(head.unwrap_or_default())
}

/// Remembers the head of the platform's chain.
///
/// # Errors
/// `E0003`.
fn remember(ring: &Ring, database: &str, heads: &BTreeMap<String, Head>) -> Result<()> {
    let Some(head) = heads.get(PLATFORM) else { return Ok(()) };
    if remembered(ring, database)?.get(PLATFORM) == Some(head) {
        return Ok(());
    }
    let path = ring.directory().join(HEADS);
    file::create_private_directory(ring.directory())?;
    file::ensure_private(&path, "{}\n")?;
    let put = |text: &str| {
        let mut all: Value = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
        let known = all.get(database).and_then(|known| known.get("n")).and_then(Value::as_u64).unwrap_or_default();
        // Of two at the same time the one that came further is remembered.
        if known < head.n {
            all[database] = heads_data(&BTreeMap::from([(PLATFORM.to_owned(), *head)]))[PLATFORM].clone();
        }
        Ok(serde_json::to_string_pretty(&all).ok().map(|text| text + "\n"))
    };
    file::update(&path, put).map(drop)
}

/// Remembers the head of the platform's chain, where that can be: what was done is done.
pub fn remember_or_warn(context: &Context<'_>, place: &SealPlace, database: &str, heads: &BTreeMap<String, Head>) {
    let done = place.ring(context).and_then(|ring| remember(&ring, database, heads));
    if let Err(error) = done {
        context.terminal.warn(&format!("this machine cannot remember how far the chains are: {}", error.message()));
    }
}

/// Names of organizations by what entries carry of them.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Of all organizations there are.
    ///
    /// # Errors
    /// What the server says.
    pub async fn of(house: &House<'_>) -> Result<Self> {
        let trail = house.trail();
        let mut names = HashMap::new();
        for org in house.orgs_briefly().await? {
            let key = trail.key_of(&house.vars(&org.id, &org.name, &org.slug, &org.home));
            names.extend(key.map(|key| (plain(&key), org.name.as_str().to_owned())));
        }
        Ok(Self(names))
    }

    /// Of one organization, by what its entries carry.
    pub fn one(known: Option<(Bson, String)>) -> Self {
        Self(known.into_iter().map(|(tenant, name)| (plain(&tenant), name)).collect())
    }

    /// What people call a tenant.
    pub fn name(&self, tenant: &Bson) -> String {
        match tenant {
            Bson::Null => "(nobody)".to_owned(),
            other => self.0.get(&plain(other)).cloned().unwrap_or_else(|| plain(other)),
        }
    }
}

/// A moment for machines.
pub fn moment(at: DateTime) -> String {
    Timestamp::from_millisecond(at.timestamp_millis())
        .map_or_else(|_| at.timestamp_millis().to_string(), |at| at.to_string())
}

/// A finding for machines.
pub fn finding_data(finding: &Finding, tenant: Option<&Bson>, names: &Names) -> Value {
    json!({
        "trouble": finding.trouble, "chain": finding.chain, "seal": finding.seal, "until_seal": finding.until,
        "position": finding.position, "entry": finding.entry.clone().map(Bson::into_relaxed_extjson),
        "time": finding.time.map(moment), "detail": finding.detail,
        "tenant": tenant.cloned().map(Bson::into_relaxed_extjson), "organization": tenant.map(|tenant| names.name(tenant)),
    })
}

/// Refuses a file that could not be written afterwards.
///
/// # Errors
/// What would keep it from being written.
pub fn require_writable(path: &Path) -> Result<()> {
    let directory = file::directory_of(path);
    let tried = tempfile::NamedTempFile::new_in(directory);
    tried.map(drop).map_err(|e| {
        crate::error::io(format!("cannot write {}, so nothing was sealed", path.display()), e)
            .next("name a file in a directory where you may write")
    })
}

/// Writes the heads into a file of the user's.
///
/// # Errors
/// What keeps it from being written.
pub fn write_heads(path: &Path, heads: &BTreeMap<String, Head>) -> Result<()> {
    let text = serde_json::to_string_pretty(&json!({ "heads": heads_data(heads) })).unwrap_or_default();
    file::publish(path, &(text + "\n")).map_err(|error| {
        error.while_doing(format_args!("the seals were made; their heads could not be written into {}", path.display()))
    })
}
