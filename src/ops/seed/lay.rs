//! A set laid out for one organization: compiled for its platform, with the hashes of its accounts and the collections
//! that the documents go to.

use std::collections::HashMap;
use std::sync::Arc;

use bson::oid::ObjectId;
use bson::{Bson, DateTime, doc};

use super::{DEFAULT_KEY, Stamp, StampedPart, Wish, broken};
use crate::domain::description::{AccountPlace, Description, IdType};
use crate::domain::fields;
use crate::domain::plan::{Change, Namespace};
use crate::domain::record::Record;
use crate::domain::seed::{Asked, Compiled, Fault, Part, SeedSet, Setting, Target, compile, moment_ms, passwords};
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::layout::Home;
use crate::ops::org::Org;
use crate::ops::org::create::{Draft, Identities, Wanted, accept_email};
use crate::ops::org::find::shell;
use crate::ops::{House, password};
use crate::store::Secret;

/// What relative dates count from where nobody says it: the first of January 2026.
const DEFAULT_AS_OF: i64 = 1_767_225_600_000;

/// A set, laid out for an organization.
#[derive(Debug)]
pub struct Bed {
    /// The organization.
    pub org: Org,
    /// What it would be made of, where it is not there yet.
    pub draft: Option<Newcomer>,
    /// What the set gives it.
    pub compiled: Arc<Compiled>,
    /// Where each part goes.
    pub places: Vec<Namespace>,
    /// How it is written.
    pub stamp: Stamp,
    /// What stood in the database about that.
    pub seen: Option<Stamp>,
    /// Whether it was written before.
    pub known: bool,
    /// Whether an operation of this set waits to be finished.
    pub waits: bool,
    /// Passwords that were generated: e-mail and word.
    pub generated: Vec<(String, Secret)>,
}

impl Bed {
    /// Whether the row is the administrator that the organization was made with, or a copy of that account.
    pub fn is_administrator(&self, part: &Part, number: u32) -> bool {
        self.stamp.admin.is_some_and(|admin| part.is_account(number, admin.bytes()))
    }

    /// The identifier of that row in a part, if it is there.
    pub fn administrator_in(&self, part: &Part) -> Option<ObjectId> {
        let bytes = self.stamp.admin?.bytes();
        let number = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        self.is_administrator(part, number).then(|| ObjectId::from_bytes(part.id(number)))
    }
}

/// An organization that a set brings with it.
#[derive(Debug)]
pub struct Newcomer {
    /// What is made.
    pub draft: Draft,
    /// Hash of the administrator's password.
    pub hash: Secret,
}

impl House<'_> {
    /// Lays a set out for an organization.
    ///
    /// # Errors
    /// `E0201`, `E0121`, `E0315` where the set was written with another key.
    pub async fn lay(
        &self,
        set: &SeedSet,
        orgs: &[Org],
        typed: &str,
        wish: &Wish,
        env: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<Bed> {
        self.require_meant_for(set)?;
        let found = match self.load_org(orgs, typed).await {
            Ok(org) => Some(org.clone()),
            Err(error) if error.code() != &code::ORG_NOT_FOUND => return Err(error),
            Err(_) if wish.create => None,
            Err(error) => {
                let deleted = error.actions().iter().any(|action| action.contains("org restore"));
                let make =
                    format!("or make it: flowbit seed apply {} --org {} --create-org", shell(&wish.from), shell(typed));
                return Err(if deleted { error } else { error.next(make) });
            }
        };
        let (mut known, mut waits) = (None, None);
        if let Some(org) = &found {
            known = self.stamp(&set.manifest.name, org).await?;
            waits = self.waiting(&set.manifest.name, org).await?;
        }
        let seen = known.clone();
        // Whoever was killed before anything was written had said how it was to be written.
        let known = known.or_else(|| waits.as_ref().and_then(|record| self.stamp_in(record)));
        let mut stamp = self.stamp_of(set, found.as_ref(), typed, known.as_ref(), wish)?;
        if known.is_none() {
            stamp.address = self.free_address(&stamp, found.as_ref(), orgs).await?;
        }
        let mut draft = None;
        let org = match found {
            Some(org) => org,
            None => {
                let (newcomer, org) = self.newcomer(set, typed, &stamp, env)?;
                // Whether the name is free at all is asked before anything else is said.
                self.plan_create(&newcomer, &Secret::new(""), None).await?;
                draft = Some(newcomer);
                org
            }
        };
        let stamp = Stamp { org: org.id.clone(), ..stamp };
        let none = HashMap::new();
        let first = self.compile_for(set, &org, &stamp, &none, env)?;
        let places = self.places(&first, &org)?;
        let asked = passwords(set).map_err(|faults| broken(&faults))?;
        let (hashes, generated) = self.hashes(&first, &places, asked, &stamp, wish, env).await?;
        let mut compiled = self.compile_for(set, &org, &stamp, &hashes, env)?;
        self.recall(&mut compiled, &stamp, &org);
        let places = self.places(&compiled, &org)?;
        let parts = compiled.parts.iter().map(StampedPart::of).collect();
        let (compiled, stamp) = (Arc::new(compiled), Stamp { parts, ..stamp });
        let draft = draft.map(|draft| {
            let admin = hashes_of_admin(&hashes, &compiled, draft.admin());
            Newcomer { hash: Secret::new(admin.unwrap_or_default()), draft }
        });
        let (waits, known) = (waits.is_some(), known.is_some());
        Ok(Bed { org, draft, compiled, places, stamp, seen, known, waits, generated })
    }

    /// The address of an organization that the set was never written into: its name, unless an organization that was
    /// renamed since has documents under that.
    async fn free_address(&self, stamp: &Stamp, found: Option<&Org>, orgs: &[Org]) -> Result<String> {
        for n in 1.. {
            let address = if n == 1 { stamp.address.clone() } else { format!("{}#{n}", stamp.address) };
            let filter = doc! { "set": &stamp.set, "address": &address };
            let stored = self.store.find_one(&self.seeds(), filter, None).await?.unwrap_or_default();
            let Some(whose) = Stamp::parse(&stored) else { return Ok(address) };
            let lives = orgs.iter().any(|org| org.id == whose.org && found.is_none_or(|mine| mine.id != org.id));
            // The trail of an organization that was purged stays, and is nobody else's.
            let purged = stored.get_bool("gone").unwrap_or_default();
            let leaves_trail = purged && whose.parts.iter().any(|part| part.into == "@audit");
            if !lives && !leaves_trail && self.kept_where(doc! { "org": whose.org.clone() }).await?.is_empty() {
                return Ok(address);
            }
        }
        Ok(stamp.address.clone())
    }

    /// How the set is to be written: as before, as asked, or as the set itself says.
    fn stamp_of(
        &self,
        set: &SeedSet,
        found: Option<&Org>,
        typed: &str,
        known: Option<&Stamp>,
        wish: &Wish,
    ) -> Result<Stamp> {
        let name = &set.manifest.name;
        if let (Some(known), Some(key)) = (known, &wish.key)
            && known.key != *key
        {
            let text = format!(
                "{name} was written into {typed} with another seed key; with this one every document would be another"
            );
            let error = Error::new(&code::SEED_DIFFERS, text).next("repeat without --seed-key");
            return Err(match known.admin {
                // Its administrator came with the key; only with the organization does it go.
                Some(_) => error.next(format!(
                    "flowbit org delete {}   # then purge it, and apply with the other key",
                    shell(typed)
                )),
                None => error.next(format!(
                    "flowbit seed reset {} --org {}   # then apply with the other key",
                    shell(&wish.from),
                    shell(typed)
                )),
            });
        }
        let stated = set.manifest.as_of.as_deref().map(|text| moment_ms(text, 0)).transpose();
        let stated = stated.map_err(|what| broken(&[Fault::new(&set.manifest_place, "as_of", what)]))?;
        let given = wish.as_of.or(known.filter(|known| known.as_of_given).map(|known| known.as_of.timestamp_millis()));
        let as_of = given.or(stated).or(known.map(|known| known.as_of.timestamp_millis()));
        let address = match (known, found) {
            (Some(known), _) => known.address.clone(),
            (None, Some(org)) => org.name.as_str().to_owned(),
            (None, None) => self.platform.naming.accept(typed)?.0.as_str().to_owned(),
        };
        Ok(Stamp {
            set: name.clone(),
            tenant: known.map_or_else(|| address.clone(), |known| known.tenant.clone()),
            as_of_given: given.is_some(),
            address,
            org: found.map_or(Bson::Null, |org| org.id.clone()),
            key: wish.key.clone().or(known.map(|known| known.key.clone())).unwrap_or_else(|| DEFAULT_KEY.to_owned()),
            scale: wish.scale.or(known.map(|known| known.scale)).unwrap_or(1.0),
            // A fixed day where nobody names one: the same set is the same tomorrow.
            as_of: DateTime::from_millis(as_of.unwrap_or(DEFAULT_AS_OF)),
            admin: known.and_then(|known| known.admin),
            whole: known.is_some_and(|known| known.whole),
            parts: known.map(|known| known.parts.clone()).unwrap_or_default(),
        })
    }

    /// The organization that a set brings with it: its identifiers come from the set, so that it is the same everywhere.
    fn newcomer(
        &self,
        set: &SeedSet,
        typed: &str,
        stamp: &Stamp,
        env: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<(Draft, Org)> {
        let no_admin = || {
            Error::new(&code::BAD_SET, format!("the set {} names no administrator for a new organization", stamp.set))
                .next(format!("make it first: flowbit org create {} --admin-email EMAIL", shell(typed)))
                .next("or say `admin = \"KEY\"` in the manifest, with the key of an account")
        };
        let key = set.manifest.admin.as_ref().ok_or_else(no_admin)?;
        let provisional = provisional(self.platform, self.store.master(), typed, stamp)?;
        let none = HashMap::new();
        let compiled = self.compile_for(set, &provisional, stamp, &none, env)?;
        let number = crate::domain::seed::number_of(key);
        let is_admins =
            |part: &&Part| part.target == Target::Accounts && part.copy.is_none() && part.row(number).is_some();
        let part = compiled.parts.iter().find(is_admins).ok_or_else(no_admin)?;
        let email = compiled.text_of(part, number, "email").ok_or_else(no_admin)?;
        let id = |part: &Part| ObjectId::from_bytes(part.id(number));
        let copies = compiled.parts.iter().filter(|other| other.copy.is_some() && other.index == part.index).map(id);
        let account = match self.platform.account.id_type {
            IdType::ObjectId => Bson::ObjectId(id(part)),
            IdType::Uuid => {
                let path = self.platform.account.fields.path_of(Var::AccountId).unwrap_or("_id");
                Bson::String(compiled.text_of(part, number, path).unwrap_or_default())
            }
        };
        let ids = Identities {
            org: provisional.id.clone(),
            record: derived_id(stamp, "record"),
            account,
            account_record: id(part),
            copies: copies.collect(),
            marker: derived_id(stamp, "marker"),
            at: stamp.as_of,
        };
        let draft = self.draft(&Wanted { name: typed.to_owned(), email })?.with(ids);
        Ok((draft, provisional))
    }

    fn compile_for(
        &self,
        set: &SeedSet,
        org: &Org,
        stamp: &Stamp,
        hashes: &HashMap<(usize, Option<u32>), String>,
        env: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<Compiled> {
        compile_with(self.platform, self.store.master(), set, org, stamp, hashes, env).map_err(|faults| broken(&faults))
    }

    /// How an operation that waits was to write its set.
    pub(super) fn stamp_in(&self, record: &Record) -> Option<Stamp> {
        let seeds = self.seeds();
        record.plan.commit.iter().find_map(|change| match change {
            Change::Put { ns, document } if *ns == seeds => Stamp::parse(document),
            _ => None,
        })
    }

    /// Collections that the set had once: what is there of them is the set's.
    fn recall(&self, compiled: &mut Compiled, stamp: &Stamp, org: &Org) {
        for part in stamp.parts.iter().filter_map(StampedPart::emptied) {
            let known = compiled.parts.iter().any(|other| other.prefix == part.prefix && other.target == part.target);
            if !known && self.place(&part, org).is_some() {
                compiled.parts.push(part);
            }
        }
    }

    /// Where the documents of each part go.
    fn places(&self, compiled: &Compiled, org: &Org) -> Result<Vec<Namespace>> {
        let missing = || Error::new(&code::INTERNAL, "a collection of the set has no place in this layout");
        compiled.parts.iter().map(|part| self.place(part, org).ok_or_else(missing)).collect()
    }

    fn place(&self, part: &Part, org: &Org) -> Option<Namespace> {
        let (master, shape) = (self.store.master(), &self.platform.account);
        Some(match (&part.target, part.copy) {
            (Target::Accounts, Some(copy)) => {
                org.home.of_kind(master, shape.copies.get(copy)?.collection.as_deref())?
            }
            (Target::Accounts, None) if shape.place == AccountPlace::Store => {
                self.at_home(&org.home, &shape.collection)
            }
            (Target::Accounts, None) => self.master(&shape.collection),
            (Target::Audit, _) => self.master(self.audit_collection()),
            (Target::Store, _) => org.home.of_kind(master, None)?,
            (Target::Named(name), _) => match &org.home {
                Home::Shared(_) => self.master(name),
                home => home.of_kind(master, Some(name))?,
            },
        })
    }

    /// The hash of a word that everybody may know. It needs no secret salt, and with this one the same set is the same
    /// bytes; it is computed once for all organizations.
    async fn hash_for_show(&self, word: &str, stamp: &Stamp, wish: &Wish) -> Result<String> {
        let known =
            wish.hashed.lock().ok().and_then(|hashed| hashed.get(&(stamp.key.clone(), word.to_owned())).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let salt = blake3::hash(format!("{}\0{}\0{word}", stamp.set, stamp.key).as_bytes());
        let mut first = [0; 16];
        first.copy_from_slice(&salt.as_bytes()[..16]);
        let hash =
            password::hash_with(password::accept(word, self.platform.account.hash)?, self.platform.account.hash, first)
                .await?;
        let hash = hash.reveal().to_owned();
        if let Ok(mut hashed) = wish.hashed.lock() {
            hashed.insert((stamp.key.clone(), word.to_owned()), hash.clone());
        }
        Ok(hash)
    }

    /// The hashes of the accounts' passwords. What stands there already and is right stays: a new salt is no change.
    async fn hashes(
        &self,
        compiled: &Compiled,
        places: &[Namespace],
        asked: Vec<Asked>,
        stamp: &Stamp,
        wish: &Wish,
        env: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<(HashMap<(usize, Option<u32>), String>, Vec<(String, Secret)>)> {
        let path = self.platform.account.fields.path_of(Var::Hash).unwrap_or("password");
        let mut hashes: HashMap<(usize, Option<u32>), String> = HashMap::new();
        let mut generated = Vec::new();
        for (index, number, text, place) in asked {
            let whose = compiled.parts.iter().zip(places).find(|(part, _)| part.index == index && part.copy.is_none());
            let Some((part, ns)) = whose else { continue };
            let first = number.unwrap_or_default();
            if part.row(first).is_none() {
                continue;
            }
            if let Some(word) = text.strip_prefix("demo:") {
                hashes.insert((index, number), self.hash_for_show(word, stamp, wish).await?);
                continue;
            }
            let id = ObjectId::from_bytes(part.id(first));
            let there = self.store.find_one(ns, doc! { "_id": id }, Some(doc! { path: 1 })).await?;
            let there = there.as_ref().and_then(|account| fields::get(account, path)).and_then(Bson::as_str);
            let fault = |what: String| broken(&[Fault::new(&place, "password", what)]);
            let word = match text.as_str() {
                "generated" => None,
                "stdin" => match &wish.password {
                    None if wish.looks => None,
                    word => Some(word.clone().ok_or_else(|| fault("give it with --password-stdin".into()))?),
                },
                other => {
                    let name = other.trim_start_matches("env:");
                    match env(name) {
                        None if wish.looks => None,
                        word => {
                            let unset = || fault(format!("the environment variable {name} is not set"));
                            Some(password::accept(&word.ok_or_else(unset)?, self.platform.account.hash)?)
                        }
                    }
                }
            };
            let hash = match (word, there) {
                (None, Some(there)) => there.to_owned(),
                (Some(word), Some(there)) if password::verify(word.clone(), there).await? => there.to_owned(),
                // Nobody logs in with what is only looked at.
                (word, _) if wish.looks => {
                    let email = compiled.text_of(part, first, "email").unwrap_or_default();
                    generated.extend(word.is_none().then(|| (email, Secret::new(""))));
                    String::new()
                }
                (Some(word), _) => self.hash(word).await?.reveal().to_owned(),
                (None, None) => {
                    let word = password::generate();
                    let email = compiled.text_of(part, first, "email").unwrap_or_default();
                    generated.push((email, word.clone()));
                    self.hash(word).await?.reveal().to_owned()
                }
            };
            hashes.insert((index, number), hash);
        }
        Ok((hashes, generated))
    }
}

/// What names an organization.
fn names(master: &str, org: &Org) -> Vars {
    Vars::from([
        (Var::OrgId, org.id.clone()),
        (Var::Name, Bson::String(org.name.as_str().to_owned())),
        (Var::Slug, Bson::String(org.slug.as_str().to_owned())),
        (Var::Store, Bson::String(org.home.as_text())),
        (Var::Database, Bson::String(master.to_owned())),
    ])
}

fn compile_with(
    platform: &Description,
    master: &str,
    set: &SeedSet,
    org: &Org,
    stamp: &Stamp,
    hashes: &HashMap<(usize, Option<u32>), String>,
    env: &dyn Fn(&str) -> Option<String>,
) -> std::result::Result<Compiled, Vec<Fault>> {
    let setting = Setting {
        platform,
        vars: names(master, org),
        address: &stamp.address,
        tenant: &stamp.tenant,
        seed_key: &stamp.key,
        scale: stamp.scale,
        as_of: stamp.as_of.timestamp_millis(),
        env,
        hashes,
    };
    let compiled = compile(set, &setting)?;
    let faults = faulty_accounts(platform, &compiled);
    if faults.is_empty() { Ok(compiled) } else { Err(faults) }
}

/// Accounts that the platform's backend would not let in: what looks like no e-mail, and roles that it does not know.
fn faulty_accounts(platform: &Description, compiled: &Compiled) -> Vec<Fault> {
    let mut faults = Vec::new();
    let parts = compiled.parts.iter().filter(|part| part.target == Target::Accounts && part.copy.is_none());
    for (part, row) in parts.flat_map(|part| part.fixtures.iter().map(move |row| (part, row))) {
        let email = compiled.text_of(part, row.number, "email").unwrap_or_default();
        if let Err(error) = accept_email(&email, false) {
            faults.push(Fault::new(&row.place, "email", error.message()));
        }
        let role = compiled.text_of(part, row.number, "role").unwrap_or_default();
        let roles = &platform.account.roles;
        if !roles.is_empty() && !roles.contains(&role) {
            let what = format!("the platform knows no role {role:?}; it knows {}", roles.join(", "));
            faults.push(Fault::new(&row.place, "role", what).meant(&role, roles.iter().map(String::as_str)));
        }
    }
    faults
}

/// What an organization of this name would be.
fn provisional(platform: &Description, master: &str, typed: &str, stamp: &Stamp) -> Result<Org> {
    let (name, slug) = platform.naming.accept(typed)?;
    let id = match platform.organization.as_ref().map(|shape| shape.id_type) {
        Some(IdType::ObjectId) => Bson::ObjectId(derived_id(stamp, "org")),
        Some(IdType::Uuid) => Bson::String(derived_uuid(stamp)),
        None => Bson::Null,
    };
    let home = Home::derived(platform, &slug, &Vars::new());
    let mut org = Org { id, name, slug, home, document: doc! {} };
    org.home = Home::derived(platform, &org.slug, &names(master, &org));
    if let (Bson::Null, Home::Shared(key)) = (&org.id, &org.home) {
        org.id = key.value.clone();
    }
    org.home.check(platform, master)?;
    Ok(org)
}

/// Key, scale and moment, where they are not the set's own.
pub type Options<'a> = (Option<&'a str>, Option<f64>, Option<i64>);

/// A set as it would be for an organization that is made with it, and the name under which that is addressed; without
/// a server, and without hashes.
///
/// # Errors
/// Everything that is wrong with the set.
pub fn sketch(
    platform: &Description,
    master: &str,
    set: &SeedSet,
    typed: &str,
    env: &dyn Fn(&str) -> Option<String>,
    (key, scale, as_of): Options<'_>,
) -> std::result::Result<(Compiled, String), Vec<Fault>> {
    let fault = |field: &str, what: String| vec![Fault::new(&set.manifest_place, field, what)];
    let stated = set.manifest.as_of.as_deref().map(|text| moment_ms(text, 0)).transpose();
    let stated = stated.map_err(|what| fault("as_of", what))?;
    let refused = |error: Error| fault("tenant", error.message().to_owned());
    let address = platform.naming.accept(typed).map_err(refused)?.0.as_str().to_owned();
    let stamp = Stamp {
        set: set.manifest.name.clone(),
        address: address.clone(),
        tenant: address.clone(),
        as_of_given: as_of.is_some(),
        org: Bson::Null,
        key: key.unwrap_or(DEFAULT_KEY).to_owned(),
        scale: scale.unwrap_or(1.0),
        as_of: DateTime::from_millis(as_of.or(stated).unwrap_or(DEFAULT_AS_OF)),
        admin: None,
        whole: false,
        parts: Vec::new(),
    };
    if let Err(error) = require_meant(platform, set) {
        return Err(fault("platforms", error));
    }
    let org = provisional(platform, master, typed, &stamp).map_err(refused)?;
    Ok((compile_with(platform, master, set, &org, &stamp, &HashMap::new(), env)?, address))
}

/// Refuses a set that was written for other platforms.
///
/// # Errors
/// Why.
pub(super) fn require_meant(platform: &Description, set: &SeedSet) -> std::result::Result<(), String> {
    let manifest = &set.manifest;
    let (layout, name) = (platform.layout, &platform.platform);
    let words: Vec<&str> = manifest.layouts.iter().map(|layout| layout.word()).collect();
    if !words.is_empty() && !manifest.layouts.contains(&layout) {
        return Err(format!(
            "the set is for the layout {}, and {name} has the layout {}",
            words.join(" or "),
            layout.word()
        ));
    }
    // A description of one's own has a name of its own; then the layout has to tell.
    match words.is_empty() && !manifest.platforms.is_empty() && !manifest.platforms.contains(name) {
        true => Err(format!("the set is for {}, and this is {name}", manifest.platforms.join(" or "))),
        false => Ok(()),
    }
}

fn hashes_of_admin(
    hashes: &HashMap<(usize, Option<u32>), String>,
    compiled: &Compiled,
    admin: ObjectId,
) -> Option<String> {
    let own = |((index, number), hash): (&(usize, Option<u32>), &String)| {
        let part = compiled.parts.iter().find(|part| part.index == *index && part.copy.is_none())?;
        (ObjectId::from_bytes(part.id((*number)?)) == admin).then(|| hash.clone())
    };
    hashes.iter().find_map(own)
}

fn digest_of(stamp: &Stamp, what: &str) -> [u8; 32] {
    *blake3::hash(format!("{}\0{}\0{}\0{what}", stamp.set, stamp.key, stamp.address).as_bytes()).as_bytes()
}

/// An identifier that comes from the set.
fn derived_id(stamp: &Stamp, what: &str) -> ObjectId {
    let mut id = [0; 12];
    id.copy_from_slice(&digest_of(stamp, what)[..12]);
    ObjectId::from_bytes(id)
}

fn derived_uuid(stamp: &Stamp) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest_of(stamp, "org")[..16]);
    bytes[6] = (bytes[6] & 0x0F) | 0x40;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    bson::Uuid::from_bytes(bytes).to_string()
}
