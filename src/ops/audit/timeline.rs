//! The story of one thing: what the audit trail says about it, and what it says itself.

use bson::{Bson, DateTime, Document, doc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::ask::{Asked, readings};
use super::names::{Mention, Names};
use crate::domain::audit::{Entry, Happened, Trail, happened, said};
use crate::domain::description::{KeyedShape, Layout};
use crate::domain::fields;
use crate::domain::plan::Namespace;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::store::documents::carries;

/// Entries about one thing that are read, at most.
const MOST: u32 = 10_000;

/// How many tenants are asked at a time.
const AT_ONCE: usize = 8;

/// Where the thing itself is.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its collection.
    pub ns: Namespace,
    /// The collection's name in the description: a kind, or a name.
    pub kind: String,
    /// Whose it is, where that is known.
    pub org: Option<Org>,
    /// The whole document.
    pub document: Document,
}

/// Something that happened.
#[derive(Debug)]
pub struct Event {
    /// When; none where an entry does not say.
    pub at: Option<DateTime>,
    /// Who says so.
    pub source: Source,
    /// Whether it was recorded for another tenant than the one that the thing belongs to.
    pub foreign: bool,
}

/// Who says that something happened.
#[derive(Debug)]
pub enum Source {
    /// An entry of the audit trail.
    Entry(Box<Entry>),
    /// The document.
    Document(Happened),
}

/// The story of one thing.
#[derive(Debug)]
pub struct Story {
    /// Where it is; more than one where tenants have things of the same identifier.
    pub places: Vec<Place>,
    /// The oldest first.
    pub events: Vec<Event>,
    /// Whom it mentions.
    pub names: Names,
    /// Whether there are more entries than were read.
    pub more: bool,
}

impl Event {
    /// Who acted, as the entry or the document says.
    pub fn who(&self) -> Option<&Bson> {
        match &self.source {
            Source::Entry(entry) => entry.actor.as_ref(),
            Source::Document(happened) => happened.who.as_ref(),
        }
    }
}

impl House<'_> {
    /// The story of the thing of this identifier.
    ///
    /// # Errors
    /// `E0210` where neither the trail nor a tenant knows it; `E0201`.
    pub async fn timeline(&self, trail: &Trail, typed: &str, org: Option<&str>) -> Result<Story> {
        let org = match org {
            Some(name) => Some(self.load_one_org(name).await?),
            None => None,
        };
        let (entries, places) =
            tokio::join!(self.entries_about(trail, typed), self.places_at_once(typed, org.as_ref()));
        let (mut entries, mut places) = (entries?, places?);
        let more = entries.len() > MOST as usize;
        entries.truncate(MOST as usize);
        let mentions: Vec<Mention> = entries.iter().map(|one| (one.actor.clone(), one.tenant.clone())).collect();
        let mut names = self.names(trail, &mentions, None).await?;
        if places.is_empty() && org.is_none() && self.platform.layout != Layout::Shared {
            places = self.places_anywhere(typed, &names).await?;
        }
        if places.is_empty() && entries.is_empty() {
            return Err(self.nothing_about(trail, typed, org.as_ref()));
        }
        let told: Vec<(usize, Happened)> = places
            .iter()
            .enumerate()
            .flat_map(|(n, place)| {
                happened(&place.document, &self.authors(&place.kind)).into_iter().map(move |h| (n, h))
            })
            .collect();
        for (n, place) in places.iter().enumerate() {
            let authors: Vec<Mention> =
                told.iter().filter(|(of, _)| *of == n).map(|(_, told)| (told.who.clone(), None)).collect();
            names.add(self.names(trail, &authors, place.org.as_ref()).await?);
        }
        let home = self.home_keys(trail, &places, org.as_ref(), &entries, &names).await?;
        let mut events: Vec<Event> = told
            .into_iter()
            .map(|(_, told)| Event { at: Some(told.at), source: Source::Document(told), foreign: false })
            .collect();
        events.extend(entries.into_iter().map(|entry| {
            let foreign = is_foreign(&entry, &home);
            Event { at: entry.time, source: Source::Entry(Box::new(entry)), foreign }
        }));
        // Stable: what the document says stands before what was recorded at the same moment.
        events.sort_by_key(|event| event.at);
        Ok(Story { places, events, names, more })
    }

    async fn entries_about(&self, trail: &Trail, typed: &str) -> Result<Vec<Entry>> {
        if trail.targets.is_empty() {
            return Ok(Vec::new());
        }
        let asked = Asked { target: Some(typed.to_owned()), ..Asked::default() };
        let filter = self.trail_filter(trail, &asked).await?;
        let mut sort = Document::new();
        sort.insert(trail.time.as_str(), 1);
        let found = self.store.page(&self.trail_ns(trail), filter, sort, MOST + 1).await;
        let found = found.map_err(|failure| failure.into_error("reading the audit trail"))?;
        Ok(found.into_iter().map(|document| trail.entry(document)).collect())
    }

    /// The collections that the thing may be in, by their names in the description: those of tickets where it says which.
    fn kinds_of_things(&self) -> Vec<String> {
        let platform = self.platform;
        if let Some(tickets) = &platform.tickets {
            return vec![tickets.collection.clone()];
        }
        let audit = platform.audit.as_ref().map(|shape| shape.collection.as_str());
        let shared = platform.keyed.iter().map(|shape| shape.collection.clone());
        let shared = shared.filter(|name| Some(name.as_str()) != audit);
        let mut kinds: Vec<String> = shared.chain(platform.store.kinds.iter().map(|kind| kind.name.clone())).collect();
        if kinds.is_empty() && platform.layout == Layout::Collection {
            kinds.push(String::new());
        }
        kinds
    }

    /// The filter that finds a thing by what identifies it.
    fn thing(&self, kind: &str, typed: &str) -> Document {
        let to = |reference: &crate::domain::description::ReferenceShape| {
            let path = reference.to.strip_prefix(kind)?.strip_prefix('.')?;
            (path != "_id").then(|| path.to_owned())
        };
        let mut paths: Vec<String> = vec!["_id".to_owned()];
        paths.extend(self.platform.references.iter().filter_map(to));
        paths.dedup();
        let each = paths.into_iter().map(|path| Document::from_iter([(path, doc! { "$in": readings(typed) }.into())]));
        doc! { "$or": each.collect::<Vec<_>>() }
    }

    /// Where the thing is, as far as one look tells: in the shared collections, or at the organization that was named.
    async fn places_at_once(&self, typed: &str, org: Option<&Org>) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        for kind in self.kinds_of_things() {
            match self.platform.keyed.iter().find(|shape| shape.collection == kind) {
                Some(shape) => places.extend(self.shared_place(shape, typed, org).await?),
                None => {
                    if let Some(org) = org {
                        places.extend(self.place_at(org, &kind, typed).await?);
                    }
                }
            }
        }
        Ok(places)
    }

    async fn shared_place(&self, shape: &KeyedShape, typed: &str, org: Option<&Org>) -> Result<Option<Place>> {
        let ns = self.master(&shape.collection);
        let mut filter = self.thing(&shape.collection, typed);
        let key_of =
            |org: &Org| shape.fields.value_at(&shape.key, &self.vars(&org.id, &org.name, &org.slug, &org.home));
        if let Some(key) = org.and_then(key_of) {
            filter.extend(carries(&shape.key, &key));
        }
        let Some(document) = self.store.find_one(&ns, filter, None).await? else { return Ok(None) };
        let owner = match (org, fields::get(&document, &shape.key)) {
            (Some(org), _) => Some(org.clone()),
            (None, Some(key)) => {
                let key = key.clone();
                let found = self.orgs_of_keys(shape.fields.only_at(&shape.key), vec![key.clone()], &key_of).await?;
                found.into_iter().find(|(known, _)| *known == said(&key)).map(|(_, org)| org)
            }
            (None, None) => None,
        };
        Ok(Some(Place { ns, kind: shape.collection.clone(), org: owner, document }))
    }

    async fn place_at(&self, org: &Org, kind: &str, typed: &str) -> Result<Option<Place>> {
        let Some(ns) = org.home.of_kind(self.store.master(), Some(kind)) else { return Ok(None) };
        let found = self.store.find_one(&ns, self.thing(kind, typed), None).await?;
        Ok(found.map(|document| Place { ns, kind: kind.to_owned(), org: Some(org.clone()), document }))
    }

    /// Where the thing is: at those tenants that entries about it name, or else at any.
    async fn places_anywhere(&self, typed: &str, names: &Names) -> Result<Vec<Place>> {
        let named: Vec<Org> = names.orgs().cloned().collect();
        let places = self.places_among(named, typed).await?;
        if !places.is_empty() {
            return Ok(places);
        }
        self.places_among(self.orgs_briefly().await?, typed).await
    }

    async fn places_among(&self, orgs: Vec<Org>, typed: &str) -> Result<Vec<Place>> {
        let kinds = self.kinds_of_things();
        let pairs: Vec<(&Org, &String)> =
            orgs.iter().flat_map(|org| kinds.iter().map(move |kind| (org, kind))).collect();
        let asked = pairs.into_iter().map(|(org, kind)| self.place_at(org, kind, typed));
        let found: Vec<Option<Place>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The paths of those who made a document of this kind, or parts of it.
    fn authors(&self, kind: &str) -> Vec<String> {
        let accounts = &self.platform.account.collection;
        let to_accounts = |to: &str| to.split_once('.').is_some_and(|(collection, _)| collection == accounts);
        let own = self.platform.references.iter().filter(|reference| reference.collection == kind);
        own.filter(|reference| to_accounts(&reference.to)).map(|reference| reference.field.clone()).collect()
    }

    /// What entries carry of whoever the thing belongs to: of its tenants where it is there, or else of the one for which
    /// the first entry was written. Nothing where it was not found at the one that was named: it may be another's.
    async fn home_keys(
        &self,
        trail: &Trail,
        places: &[Place],
        org: Option<&Org>,
        entries: &[Entry],
        names: &Names,
    ) -> Result<Vec<(Bson, Option<DateTime>)>> {
        let mut owners: Vec<Org> = places.iter().filter_map(|place| place.org.clone()).collect();
        if places.is_empty() && org.is_some() {
            return Ok(Vec::new());
        }
        if owners.is_empty() {
            let first = entries.iter().find_map(|entry| entry.tenant.clone().filter(|tenant| *tenant != Bson::Null));
            match first.as_ref().and_then(|tenant| names.org(tenant)) {
                Some(org) => owners.push(org.clone()),
                None => return Ok(first.into_iter().map(|tenant| (tenant, None)).collect()),
            }
        }
        let mut keys = Vec::new();
        for owner in &owners {
            keys.extend(self.names_in_trail(trail, owner).await?);
        }
        Ok(keys)
    }

    fn nothing_about(&self, trail: &Trail, typed: &str, org: Option<&Org>) -> Error {
        let whose =
            org.map_or_else(|| "any organization".to_owned(), |org| format!("organization {:?}", org.name.as_str()));
        let error = Error::new(
            &code::ENTRY_NOT_FOUND,
            format!(
                "there is nothing about {typed:?}: no entry in {}, and no document of {whose}",
                self.trail_ns(trail)
            ),
        );
        match trail.targets.is_empty() {
            true => {
                error.next("say under [audit] target in flowbit.toml which fields of entries hold what they are about")
            }
            false => error.next(format!(
                "flowbit audit query --all --since start --where FIELD={}   # another field may have it",
                crate::ops::org::find::shell(typed)
            )),
        }
    }
}

/// Whether an entry was written for somebody else than whom the thing belongs to.
fn is_foreign(entry: &Entry, home: &[(Bson, Option<DateTime>)]) -> bool {
    let Some(tenant) = entry.tenant.as_ref().filter(|tenant| **tenant != Bson::Null) else { return false };
    let same = |(key, before): &(Bson, Option<DateTime>)| {
        said(key) == said(tenant) && before.is_none_or(|before| entry.time.is_none_or(|at| at < before))
    };
    !home.is_empty() && !home.iter().any(same)
}
