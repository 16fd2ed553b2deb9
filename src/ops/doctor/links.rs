//! Links between organizations and accounts, in both directions, with the BSON types that the description gives them.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc, oid::ObjectId};

use super::estate::Estate;
use super::mend::{database, json, mongosh, script, set};
use super::rules::BROKEN_LINK;
use super::tally::{Link, link_path};
use super::{Exam, count, ids};
use crate::domain::Description;
use crate::domain::description::{AccountPlace, IdType};
use crate::domain::fields::get;
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, Vars, plain};
use crate::error::Result;
use crate::ops::org::Org;
use crate::ops::org::find::shell;

/// How many identifiers are asked about at a time.
const CHUNK: usize = 1_000;

/// What identifiers of organizations look like, for asking what becomes of them in a field.
pub(super) fn sample_id(platform: &Description) -> Bson {
    match platform.organization.as_ref().map(|shape| shape.id_type).unwrap_or_default() {
        IdType::Uuid => Bson::from("a"),
        IdType::ObjectId => Bson::ObjectId(ObjectId::new()),
    }
}

/// What stands at the accounts' link, and whether it is written as text.
pub(super) fn described(platform: &Description, path: &str) -> (Var, bool) {
    let fields = &platform.account.fields;
    let value = fields.value_at(path, &Vars::from([(Var::OrgId, sample_id(platform))]));
    (fields.only_at(path).unwrap_or(Var::OrgId), matches!(value, Some(Bson::String(_))))
}

/// An account's link has the right digits and the wrong type: no query of the backend finds it.
pub(super) fn wrong_type(exam: &mut Exam<'_>, org: &Org, ns: &Namespace, path: &str, link: &Link, as_text: bool) {
    let should = if as_text { Bson::String(plain(&org.id)) } else { org.id.clone() };
    let evidence = format!(
        "{} of {:?} with {path} as {} where {} is described; it equals the _id's digits: {}",
        count(link.accounts, "account"),
        org.name.as_str(),
        link.kind,
        kind(&should),
        ids(std::slice::from_ref(&link.one))
    );
    let filter = Document::from_iter([(path.to_owned(), link.value.clone())]);
    exam.found_of(org, &BROKEN_LINK, format!("{ns} {path}"), evidence, set(ns, &filter, path, &should));
}

fn kind(value: &Bson) -> &'static str {
    match value {
        Bson::ObjectId(_) => "objectId",
        Bson::String(_) => "string",
        Bson::Null => "null",
        _ => "another type",
    }
}

/// From organizations to accounts: the account is there, and its own link leads back.
pub(super) async fn examine(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    let house = exam.house;
    let platform = house.platform;
    let to_account = platform.organization.as_ref().and_then(|shape| shape.fields.path_of(Var::AccountId));
    let Some(path) = to_account.filter(|_| platform.account.place == AccountPlace::Master) else {
        if platform.account.fields.path_of(Var::OrgId).is_none() {
            exam.cannot(&BROKEN_LINK, "neither records nor accounts hold the other's identifier");
        }
        return Ok(());
    };
    let orgs: Vec<&Org> = estate.orgs.iter().filter(|org| exam.concerns(org)).collect();
    for chunk in orgs.chunks(CHUNK) {
        let accounts = accounts_of(exam, path, chunk).await?;
        for org in chunk {
            to_admin(exam, org, path, &accounts);
        }
    }
    Ok(())
}

/// The accounts that records point to, by identifier, found also where the link has the wrong type.
async fn accounts_of(exam: &Exam<'_>, path: &str, orgs: &[&Org]) -> Result<BTreeMap<String, Document>> {
    let house = exam.house;
    let account = &house.platform.account;
    let id = account.fields.path_of(Var::AccountId).unwrap_or("_id");
    let wanted = orgs.iter().filter_map(|org| get(&org.document, path)).flat_map(|link| {
        let other = match link {
            Bson::String(text) => ObjectId::parse_str(text).ok().map(Bson::ObjectId),
            Bson::ObjectId(oid) => Some(Bson::String(oid.to_hex())),
            _ => None,
        };
        [Some(link.clone()), other].into_iter().flatten()
    });
    let filter = Document::from_iter([(id.to_owned(), Bson::from(doc! { "$in": wanted.collect::<Vec<_>>() }))]);
    let mut projection = Document::from_iter([(id.to_owned(), Bson::Int32(1))]);
    if let Some(link) = link_path(house.platform) {
        projection.insert(link, 1);
    }
    let found = house.store.find(&house.master(&account.collection), filter, Some(projection), None).await?;
    Ok(found.into_iter().filter_map(|document| Some((get(&document, id).map(plain)?, document))).collect())
}

fn to_admin(exam: &mut Exam<'_>, org: &Org, path: &str, accounts: &BTreeMap<String, Document>) {
    let house = exam.house;
    let account = &house.platform.account;
    let Some(ns) = house.records() else { return };
    let place = format!("{ns} {path} of {:?}", org.name.as_str());
    let is = get(&org.document, path).cloned().unwrap_or(Bson::Null);
    let id = account.fields.path_of(Var::AccountId).unwrap_or("_id");
    let target = accounts.get(&plain(&is)).filter(|_| is != Bson::Null);
    let Some(target) = target else {
        let evidence = match is {
            Bson::Null => "it leads to no account".to_owned(),
            _ => format!("it leads to account {}, which does not exist", plain(&is)),
        };
        exam.found_of(org, &BROKEN_LINK, place, evidence, relink(exam, org, &ns, path));
        return;
    };
    let Some(found) = get(target, id) else { return };
    let should = as_described(house.platform, path, found);
    let filter = house.record_filter(&org.id);
    if should != is {
        let evidence = format!(
            "a {} where a {} is described; it equals the digits of the account's {id}",
            kind(&is),
            kind(&should)
        );
        let repair = set(&ns, &filter, path, &should);
        exam.found_of(org, &BROKEN_LINK, place.clone(), evidence, repair);
    }
    let Some(back) = link_path(house.platform).and_then(|link| get(target, link)) else { return };
    let (var, _) = described(house.platform, link_path(house.platform).unwrap_or_default());
    if var == Var::OrgId && plain(back) != plain(&org.id) {
        let evidence = format!("it leads to account {}, whose own organization is {}", plain(found), plain(back));
        exam.found_of(org, &BROKEN_LINK, place, evidence, format!("flowbit org show {}", shell(org.name.as_str())));
    }
}

/// An account's identifier as the record should hold it.
fn as_described(platform: &Description, path: &str, id: &Bson) -> Bson {
    let vars = Vars::from([(Var::AccountId, id.clone())]);
    let value = platform.organization.as_ref().and_then(|shape| shape.fields.value_at(path, &vars));
    value.unwrap_or_else(|| id.clone())
}

/// Links the record to the first account that says it administers the organization.
fn relink(exam: &Exam<'_>, org: &Org, ns: &Namespace, path: &str) -> String {
    let house = exam.house;
    let account = &house.platform.account;
    let Some((accounts, mut filter)) = house.accounts(org) else { return String::new() };
    if let Some(role) = account.fields.path_of(Var::Role) {
        filter.insert(role, &account.admin_role);
    }
    let id = account.fields.path_of(Var::AccountId).unwrap_or("_id");
    let as_text = as_described(house.platform, path, &Bson::ObjectId(ObjectId::new())).as_str().is_some();
    let text = if as_text { ".toString()" } else { "" };
    let find = format!(
        "a = {}.getCollection({}).findOne({})",
        database(&accounts.db),
        json(&accounts.coll),
        script(&Bson::Document(filter))
    );
    let mine = script(&Bson::Document(house.record_filter(&org.id)));
    let set = format!("{{\"$set\": {{{}: a[{}]{text}}}}}", json(path), json(id));
    let records = format!("{}.getCollection({})", database(&ns.db), json(&ns.coll));
    mongosh(&format!("{find}; if (a) {records}.updateOne({mine}, {set})"))
}
