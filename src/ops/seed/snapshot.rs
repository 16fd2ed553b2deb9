//! A living tenant as a seed set: what can be written into another organization, without identifiers, and with
//! pseudonyms in the place of people. Reads only.
//!
//! First the identifiers alone, then the documents: a reference is a reference only if the document that it leads to is
//! written, too. Documents that go in between are forgotten, and it is begun again.

use std::path::PathBuf;

use bson::{Bson, DateTime, Document, RawDocument, doc};

use super::manifest;
use super::sources::{Source, Sources};
use crate::domain::fields;
use crate::domain::seed::Target;
use crate::domain::seed::known::{KnownPart, uuid_of};
use crate::domain::seed::mask::{FieldWay, Masker, Way};
use crate::domain::seed::outline::{Outline, tenant_names};
use crate::domain::seed::restate::{Counted, Restated, Restater, Tenant};
use crate::domain::template::Var;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::store::file::{NewDirectory, NewFile};

/// How often it is begun again because documents went away.
const ROUNDS: usize = 5;

/// Documents after which progress is told.
const STRIDE: u64 = 1000;

/// What a snapshot is to be.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The directory.
    pub out: PathBuf,
    /// Name of the set; after the organization where none is given.
    pub name: Option<String>,
    /// Documents of each collection at most.
    pub limit: Option<u64>,
    /// The collections; all where none is named.
    pub collections: Vec<String>,
    /// Whether entries of the audit trail are taken.
    pub audit: bool,
    /// Whether what is personal stays.
    pub keep_personal: bool,
    /// What becomes of single fields.
    pub ways: Vec<FieldWay>,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// A collection of a snapshot.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Taken {
    /// Its name in the set.
    pub name: String,
    /// Where documents of the set go.
    pub into: String,
    /// How many there are.
    pub documents: u64,
}

/// A snapshot.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Name of the organization.
    pub org: String,
    /// Name of the set.
    pub set: String,
    /// The collections.
    pub collections: Vec<Taken>,
    /// The key of the administrator's account.
    pub admin: Option<String>,
    /// What befell the values.
    pub counted: Counted,
    /// Things to know.
    pub warnings: Vec<String>,
}

impl Snapshot {
    /// How many documents it has.
    pub fn documents(&self) -> u64 {
        self.collections.iter().map(|taken| taken.documents).sum()
    }
}

/// What a snapshot is being made with.
struct Desk<'a> {
    wanted: &'a Wanted,
    sources: Vec<Source>,
    parts: Vec<Restated>,
    known: Vec<KnownPart>,
    tenant: Tenant,
    masker: Masker,
    counted: Counted,
    admin: Option<Bson>,
    without_email: u64,
}

impl House<'_> {
    /// Takes a snapshot of an organization.
    ///
    /// # Errors
    /// `E0101` for a directory that exists and for collections that do not, `E0304` where documents go away faster than
    /// they can be read.
    pub async fn take_snapshot(&self, org: &Org, orgs: &[Org], wanted: &Wanted) -> Result<Snapshot> {
        NewDirectory::require_free(&wanted.out)?;
        let set = set_name(wanted.name.as_deref(), org.slug.as_str())?;
        let Sources { all, warnings } = self.sources(org, orgs, wanted).await?;
        check_ways(&wanted.ways, &all)?;
        let mut desk = self.desk(org, wanted, all);
        for part in 0..desk.sources.len() {
            self.note_identifiers(&mut desk, part).await?;
        }
        self.store.fault().at("snapshot:noted").await;
        let directory = if wanted.dry_run { None } else { Some(NewDirectory::begin(&wanted.out)?) };
        let mut rounds = 1;
        while !self.write_all(&mut desk, directory.as_ref()).await? {
            if rounds == ROUNDS {
                let text = format!("documents of {} go away faster than they can be read", org.name);
                return Err(Error::new(&code::STALE_PLAN, text)
                    .next(format!("repeat: flowbit seed snapshot {} --out DIR", shell(org.name.as_str()))));
            }
            rounds += 1;
        }
        let mut snapshot = desk.snapshot(org, set, warnings);
        if let Some(directory) = directory {
            let as_of = DateTime::from_millis(DateTime::now().timestamp_millis() / 1000 * 1000);
            let as_of = as_of.try_to_rfc3339_string().unwrap_or_default();
            let mut file = directory.file("seed.toml")?;
            file.write(manifest::text(&snapshot, &desk.sources, self.platform, &as_of).as_bytes())?;
            file.finish()?;
            self.store.fault().at("snapshot:written").await;
            directory.finish()?;
        }
        snapshot.warnings.sort();
        Ok(snapshot)
    }

    fn desk<'a>(&self, org: &Org, wanted: &'a Wanted, sources: Vec<Source>) -> Desk<'a> {
        let referred: Vec<Vec<String>> = sources.iter().map(|source| self.referred(source)).collect();
        let part = |(source, referred): (&Source, &Vec<String>)| Restated {
            name: source.name.clone(),
            described_as: source.described_as.clone(),
            outline: Outline::of(&source.target, self.platform, &source.described_as, referred),
            accounts: source.target == Target::Accounts,
        };
        let parts = sources.iter().zip(&referred).map(part).collect();
        let known =
            sources.iter().zip(&referred).map(|(source, referred)| KnownPart::new(&source.name, referred)).collect();
        let tenant = Tenant {
            id: org.id.clone(),
            name: org.name.as_str().to_owned(),
            slug: org.slug.as_str().to_owned(),
            named: tenant_names(self.platform),
        };
        Desk {
            wanted,
            sources,
            parts,
            known,
            tenant,
            masker: Masker::new(rand::random()),
            counted: Counted::default(),
            admin: None,
            without_email: 0,
        }
    }

    /// The fields, besides `_id`, by which other documents refer to those of a collection.
    fn referred(&self, source: &Source) -> Vec<String> {
        let described = self.platform.references.iter().filter_map(|reference| {
            let (collection, field) = reference.to.split_once('.')?;
            (collection == source.described_as && field != "_id").then(|| field.to_owned())
        });
        let mut fields: Vec<String> = described.collect();
        fields.push("id".to_owned());
        if source.target == Target::Accounts {
            let shape = &self.platform.account.fields;
            fields.extend(
                [Var::Email, Var::AccountId].into_iter().filter_map(|var| shape.path_of(var)).map(str::to_owned),
            );
        }
        fields.retain(|field| field != "_id");
        fields.sort();
        fields.dedup();
        fields
    }

    fn email_path(&self) -> &str {
        self.platform.account.fields.path_of(Var::Email).unwrap_or("email")
    }

    /// Notes which documents there are.
    async fn note_identifiers(&self, desk: &mut Desk<'_>, part: usize) -> Result<()> {
        let source = desk.sources[part].clone();
        let reading = |f: crate::store::Failure| f.into_error(&format!("reading {}", source.ns));
        let mut projection = doc! { "_id": 1 };
        desk.known[part].fields().for_each(|field| drop(projection.insert(field, 1)));
        source.copies.iter().for_each(|path| drop(projection.insert(path, 1)));
        let marker = self.platform.store.marker.as_ref().map(|marker| marker.exists.clone());
        let marker = marker.filter(|_| matches!(source.target, Target::Store | Target::Named(_)));
        let mut filter = source.filter.clone();
        if let Some(path) = marker.filter(|_| source.filter.is_empty()) {
            filter.insert(path, doc! { "$exists": false });
        }
        if source.target == Target::Accounts {
            // The administrator is one of those that are taken, however few they are.
            let mut admins = filter.clone();
            if let Some(path) = self.platform.account.fields.path_of(Var::Role) {
                admins.insert(path, &self.platform.account.admin_role);
            }
            admins.insert(self.email_path(), doc! { "$type": "string" });
            let projection = Some(projection.clone());
            let mut found = self.store.in_order(&source.ns, admins, projection, Some(1)).await.map_err(reading)?;
            if let Some(document) = found.next().await.map_err(reading)? {
                let document = decoded(document)?;
                desk.admin = document.get("_id").cloned();
                self.note(desk, part, &document);
            }
        }
        let limit = desk.wanted.limit;
        let mut found = self.store.in_order(&source.ns, filter, Some(projection), None).await.map_err(reading)?;
        while limit.is_none_or(|limit| (desk.known[part].len() as u64) < limit) {
            let Some(document) = found.next().await.map_err(reading)? else { break };
            let document = decoded(document)?;
            self.note(desk, part, &document);
        }
        Ok(())
    }

    fn note(&self, desk: &mut Desk<'_>, part: usize, document: &Document) {
        let Some(id) = document.get("_id") else { return };
        let source = &desk.sources[part];
        if let Some(path) = &source.copies
            && let Some(email) = fields::get(document, path)
            && desk.is_account(self.email_path(), email)
        {
            return;
        }
        if source.target == Target::Accounts {
            let Some(Bson::String(email)) = fields::get(document, self.email_path()) else {
                desk.without_email += 1;
                return;
            };
            // In the order of their identifiers: user-1 is the first account.
            desk.masker.user(email);
            let lower = Bson::String(email.to_lowercase());
            desk.known[part].add_field(self.email_path(), &lower, id);
        }
        if !desk.known[part].add(id) {
            return;
        }
        let names: Vec<String> = desk.known[part].fields().map(str::to_owned).collect();
        for name in names {
            match fields::get(document, &name) {
                Some(Bson::String(text)) if name == "id" && uuid_of(text).is_none() => {}
                Some(value @ (Bson::String(_) | Bson::ObjectId(_) | Bson::Int32(_) | Bson::Int64(_))) => {
                    desk.known[part].add_field(&name, value, id);
                }
                _ => {}
            }
        }
    }

    /// Writes all documents; false if some had gone away, and it has to be done again.
    async fn write_all(&self, desk: &mut Desk<'_>, directory: Option<&NewDirectory>) -> Result<bool> {
        desk.counted = Counted::default();
        let of: u64 = desk.known.iter().map(|part| part.len() as u64).sum();
        let mut done = 0;
        for part in 0..desk.sources.len() {
            let mut file = directory.map(|d| d.file(&manifest::file_name(&desk.sources[part]))).transpose()?;
            self.watch.step(part + 1, desk.sources.len(), &format!("read {}", desk.sources[part].name));
            self.write_part(desk, part, file.as_mut(), &mut done, of).await?;
            if let Some(file) = file {
                file.finish()?;
            }
        }
        let whole = desk.known.iter().all(|part| part.unseen() == 0);
        if !whole {
            desk.known.iter_mut().for_each(KnownPart::forget_unseen);
        }
        Ok(whole)
    }

    async fn write_part(
        &self,
        desk: &mut Desk<'_>,
        part: usize,
        mut file: Option<&mut NewFile>,
        done: &mut u64,
        of: u64,
    ) -> Result<()> {
        let source = desk.sources[part].clone();
        let reading = |f: crate::store::Failure| f.into_error(&format!("reading {}", source.ns));
        let mut found = self.store.in_order(&source.ns, source.filter.clone(), None, None).await.map_err(reading)?;
        let mut line = Vec::new();
        while desk.known[part].unseen() > 0 {
            let Some(document) = found.next().await.map_err(reading)? else { break };
            let document = decoded(document)?;
            let Some(key) = document.get("_id").and_then(|id| desk.known[part].take(id)) else { continue };
            line.clear();
            let map = desk.restater().line(part, &key, &document);
            serde_json::to_writer(&mut line, &map)
                .map_err(|e| Error::new(&code::INTERNAL, format!("a document cannot be written as JSON: {e}")))?;
            line.push(b'\n');
            if let Some(file) = file.as_mut() {
                file.write(&line)?;
            }
            *done += 1;
            if done.is_multiple_of(STRIDE) {
                self.watch.progress(*done, Some(of));
            }
        }
        Ok(())
    }
}

impl Desk<'_> {
    fn restater(&mut self) -> Restater<'_> {
        Restater {
            tenant: &self.tenant,
            parts: &self.parts,
            known: &self.known,
            ways: &self.wanted.ways,
            keep_personal: self.wanted.keep_personal,
            masker: &mut self.masker,
            counted: &mut self.counted,
        }
    }

    fn is_account(&self, email_path: &str, email: &Bson) -> bool {
        let accounts = self.sources.iter().position(|source| source.target == Target::Accounts);
        let lower = email.as_str().map(|email| Bson::String(email.to_lowercase()));
        let id = lower.as_ref().map(crate::domain::seed::known::Id::of);
        matches!((accounts, id), (Some(part), Some(id)) if self.known[part].by_field(email_path, &id).is_some())
    }

    fn snapshot(&self, org: &Org, set: String, mut warnings: Vec<String>) -> Snapshot {
        let taken = |(source, known): (&Source, &KnownPart)| Taken {
            name: source.name.clone(),
            into: source.into().to_owned(),
            documents: known.len() as u64,
        };
        let accounts = self.sources.iter().position(|source| source.target == Target::Accounts);
        let admin = match (accounts, &self.admin) {
            (Some(part), Some(id)) => self.known[part].by_id(&crate::domain::seed::known::Id::of(id)),
            _ => None,
        };
        if admin.is_none() {
            warnings
                .push("there is no account of an administrator in it: `seed apply` cannot make an organization".into());
        }
        if self.without_email > 0 {
            warnings.push(format!("{} accounts without an e-mail were left out", self.without_email));
        }
        let left_out = self.counted.unstated.total();
        if left_out > 0 {
            warnings.push(format!("{left_out} values were left out: a set cannot state them"));
        }
        Snapshot {
            org: org.name.as_str().to_owned(),
            set,
            collections: self.sources.iter().zip(&self.known).map(taken).collect(),
            admin,
            counted: self.counted.clone(),
            warnings,
        }
    }
}

fn decoded(document: &RawDocument) -> Result<Document> {
    Document::try_from(document)
        .map_err(|e| Error::new(&code::UNEXPECTED_REPLY, format!("a document cannot be read: {e}")))
}

/// The name of the set.
fn set_name(typed: Option<&str>, slug: &str) -> Result<String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(name) = typed {
        return match !name.is_empty() && name.chars().all(good) && !name.starts_with('-') {
            true => Ok(name.to_owned()),
            false => {
                let text = format!("--name {name:?}: the name of a set has the letters a to z, digits and hyphens");
                Err(Error::new(&code::BAD_ARGUMENT, text))
            }
        };
    }
    let name: String = slug.to_lowercase().chars().map(|c| if good(c) { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    Ok(if name.is_empty() { "snapshot".to_owned() } else { name.to_owned() })
}

/// Refuses what cannot become of a field, and fields of collections that are not taken.
fn check_ways(ways: &[FieldWay], sources: &[Source]) -> Result<()> {
    for way in ways {
        let bad = |what: String| {
            let typed = format!("--mask {}.{}={}", way.collection, way.path, way.way.word());
            Err(Error::new(&code::BAD_ARGUMENT, format!("{typed}: {what}")))
        };
        let Some(source) = sources.iter().find(|source| source.name == way.collection) else {
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            return bad(format!("there is no such collection to take; there are {}", names.join(", ")));
        };
        let needed = source.target == Target::Accounts && matches!(way.path.as_str(), "email" | "role");
        if needed && !matches!(way.way, Way::Keep | Way::Pseudonym) {
            return bad("an account needs it".to_owned());
        }
    }
    Ok(())
}
