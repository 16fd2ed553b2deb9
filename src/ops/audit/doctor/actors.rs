//! Who the actors of entries are: accounts of some tenant, owners of the platform, or nobody that is known.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::{Bson, Document, doc, oid::ObjectId};

use super::pass::{Met, Seen};
use super::tenants::{Tenants, ident};
use crate::domain::description::AccountPlace;
use crate::domain::fields;
use crate::domain::plan::Namespace;
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::House;
use crate::ops::user::{Realm, Whose};
use crate::store::documents::HELD;

/// Values that one question asks for.
pub(super) const BATCH: usize = 1000;

/// Who somebody is.
#[derive(Debug, Default, Clone)]
pub(super) struct Known {
    /// The tenants among whose accounts there is one of this name.
    pub owners: Vec<u32>,
    /// Whether it is one of the platform's owners.
    pub core: bool,
}

/// Everybody that was found, by identifier and e-mail in small letters.
#[derive(Debug, Default)]
pub(super) struct People(HashMap<String, Known>);

fn called(value: &Bson) -> String {
    plain(value).trim().to_lowercase()
}

/// A value in the types that an identifier may have.
pub(super) fn forms(value: &Bson) -> Vec<Bson> {
    let mut forms = vec![value.clone()];
    match value {
        Bson::String(text) => {
            forms.extend(ObjectId::parse_str(text).ok().map(Bson::ObjectId));
            let small = text.to_lowercase();
            if small != *text {
                forms.push(Bson::String(small));
            }
        }
        Bson::ObjectId(id) => forms.push(Bson::String(id.to_hex())),
        _ => {}
    }
    forms
}

impl People {
    /// Looks everybody up who was met.
    pub async fn find(house: &House<'_>, tenants: &Tenants, seen: &Seen) -> Result<Self> {
        let mut people = Self::default();
        let mut met: Vec<&Met> = seen.actors.met.values().collect();
        met.sort_by_key(|met| ident(&met.value));
        let everybody: Vec<&Bson> = {
            let mut values: Vec<&Bson> = met.iter().map(|met| &met.value).collect();
            values.dedup();
            values
        };
        people.find_core(house, &everybody).await?;
        if house.platform.account.place == AccountPlace::Store {
            people.find_in_stores(house, tenants, &met).await?;
        } else {
            people.find_in_master(house, tenants, &everybody).await?;
        }
        people.find_former(house, &everybody, &seen.told_of).await?;
        Ok(people)
    }

    /// Who that is; none where nobody knows.
    pub fn who(&self, value: &Bson) -> Option<&Known> {
        self.0.get(&called(value))
    }

    async fn find_core(&mut self, house: &House<'_>, everybody: &[&Bson]) -> Result<()> {
        if house.platform.core.is_none() {
            return Ok(());
        }
        let realm = house.realm(&Whose::Core).await?;
        for document in ask(house, &realm, &realm.ns, everybody, None).await? {
            self.note(&realm, &document, |known| known.core = true);
        }
        Ok(())
    }

    async fn find_in_master(&mut self, house: &House<'_>, tenants: &Tenants, everybody: &[&Bson]) -> Result<()> {
        let mut owners: BTreeMap<String, u32> = BTreeMap::new();
        let mut realm: Option<(Realm<'_>, String)> = None;
        for (at, org) in tenants.living() {
            let theirs = house.realm_of(org);
            let Some((link, value)) = theirs.filter.iter().next() else { continue };
            owners.insert(ident(value), at);
            let link = link.clone();
            realm.get_or_insert((theirs, link));
        }
        let Some((realm, link)) = realm else { return Ok(()) };
        for document in ask(house, &realm, &realm.ns, everybody, Some(&link)).await? {
            let owner = fields::get(&document, &link).and_then(|value| owners.get(&ident(value))).copied();
            self.note(&realm, &document, |known| known.owners.extend(owner));
        }
        Ok(())
    }

    /// Each tenant has accounts of its own: first where they should be, then everywhere else.
    async fn find_in_stores(&mut self, house: &House<'_>, tenants: &Tenants, met: &[&Met]) -> Result<()> {
        for elsewhere in [false, true] {
            for (at, org) in tenants.living() {
                let wanted = |met: &&&Met| match elsewhere {
                    false => met.whose.contains(&at),
                    true => !met.whose.contains(&at) && self.who(&met.value).is_none(),
                };
                let theirs: Vec<&Bson> = met.iter().filter(wanted).map(|met| &met.value).collect();
                let realm = house.realm_of(org);
                for document in ask(house, &realm, &realm.ns, &theirs, None).await? {
                    self.note(&realm, &document, |known| known.owners.push(at));
                }
            }
        }
        Ok(())
    }

    /// Accounts that are deleted: those that flowbit keeps, and those of which its own entries tell.
    async fn find_former(&mut self, house: &House<'_>, everybody: &[&Bson], told_of: &HashSet<String>) -> Result<()> {
        let unknown: Vec<&Bson> = everybody.iter().filter(|value| self.who(value).is_none()).copied().collect();
        for batch in unknown.chunks(BATCH) {
            let ids: Vec<Bson> = batch.iter().flat_map(|value| forms(value)).collect();
            let filter = doc! { "id": { "$in": ids } };
            for held in house.store.find(&house.master(HELD), filter, Some(doc! { "id": 1 }), None).await? {
                self.0.entry(held.get("id").map(called).unwrap_or_default()).or_default();
            }
        }
        for name in unknown.into_iter().map(called).filter(|name| told_of.contains(name)) {
            self.0.entry(name).or_default();
        }
        Ok(())
    }

    fn note(&mut self, realm: &Realm<'_>, document: &Document, set: impl Fn(&mut Known)) {
        for path in [realm.id_path(), realm.email_path(), "_id"] {
            if let Some(value) = fields::get(document, path).filter(|value| **value != Bson::Null) {
                set(self.0.entry(called(value)).or_default());
            }
        }
    }
}

/// The accounts of a collection with one of these identifiers or e-mails: nothing but that, and the link.
async fn ask(
    house: &House<'_>,
    realm: &Realm<'_>,
    ns: &Namespace,
    values: &[&Bson],
    link: Option<&str>,
) -> Result<Vec<Document>> {
    let mut paths = vec![realm.email_path(), realm.id_path(), "_id"];
    paths.dedup();
    let mut projection: Document = paths.iter().chain(&link).map(|path| ((*path).to_owned(), Bson::Int32(1))).collect();
    projection.insert("_id", 1);
    let mut found = Vec::new();
    for batch in values.chunks(BATCH) {
        let forms: Vec<Bson> = batch.iter().flat_map(|value| forms(value)).collect();
        let either: Vec<Document> = paths.iter().map(|path| doc! { *path: { "$in": forms.clone() } }).collect();
        found.extend(house.store.find(ns, doc! { "$or": either }, Some(projection.clone()), None).await?);
    }
    Ok(found)
}
