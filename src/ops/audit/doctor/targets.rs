//! Whose the tickets are that entries are about (B18): only a join of entry and ticket shows what went across.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::{Bson, Document, doc};

use super::actors::{BATCH, forms};
use super::pass::Met;
use super::tenants::{Tenants, ident};
use crate::domain::Layout;
use crate::domain::fields;
use crate::domain::plan::Namespace;
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::House;

/// Questions that are asked, at most, of collections where a ticket should not be.
const QUESTIONS: usize = 20_000;

/// A target in the entries of one tenant, and the tenant whose ticket it is.
pub(super) struct Crossing<'m> {
    pub met: &'m Met,
    pub owner: u32,
}

/// What was found; and what was not looked at.
#[derive(Default)]
pub(super) struct Crossings<'m> {
    pub found: Vec<Crossing<'m>>,
    pub left_out: Option<String>,
}

/// Looks the targets up.
pub(super) async fn look<'m>(house: &House<'_>, tenants: &Tenants, met: &[&'m Met]) -> Result<Crossings<'m>> {
    let Some(tickets) = &house.platform.tickets else { return Ok(Crossings::default()) };
    match house.platform.layout {
        Layout::Shared => shared(house, tenants, &tickets.collection, met).await,
        Layout::Collection | Layout::Database => stores(house, tenants, &tickets.collection, met).await,
    }
}

/// All tickets are in one collection and say whose they are.
async fn shared<'m>(house: &House<'_>, tenants: &Tenants, collection: &str, met: &[&'m Met]) -> Result<Crossings<'m>> {
    let mut crossings = Crossings::default();
    let Some(shape) = house.platform.keyed.iter().find(|keyed| keyed.collection == collection) else {
        crossings.left_out = Some(format!("the description does not say whose the documents of {collection} are"));
        return Ok(crossings);
    };
    let key = |org: &crate::ops::org::Org| {
        shape.fields.value_at(&shape.key, &house.vars(&org.id, &org.name, &org.slug, &org.home))
    };
    let owners: BTreeMap<String, u32> =
        tenants.living().filter_map(|(at, org)| Some((ident(&key(org)?), at))).collect();
    let ns = house.master(collection);
    let projection = Document::from_iter([(shape.key.clone(), Bson::Int32(1))]);
    for batch in met.chunks(BATCH) {
        let mut whose: HashMap<String, u32> = HashMap::new();
        for ticket in ask(house, &ns, batch, &projection).await? {
            let owner = fields::get(&ticket, &shape.key).and_then(|value| owners.get(&ident(value)));
            if let (Some(id), Some(owner)) = (ticket.get("_id"), owner) {
                whose.insert(plain(id), *owner);
            }
        }
        for met in batch {
            if let Some(owner) = whose.get(&plain(&met.value)).filter(|owner| !met.whose.contains(owner)) {
                crossings.found.push(Crossing { met, owner: *owner });
            }
        }
    }
    Ok(crossings)
}

/// Each tenant has tickets of its own: what is not among them is looked for among those of the others.
async fn stores<'m>(house: &House<'_>, tenants: &Tenants, collection: &str, met: &[&'m Met]) -> Result<Crossings<'m>> {
    let place = |org: &crate::ops::org::Org| org.home.of_kind(house.store.master(), Some(collection));
    let places: Vec<(u32, Namespace)> = tenants.living().filter_map(|(at, org)| Some((at, place(org)?))).collect();
    let mut homes: HashSet<usize> = HashSet::new();
    for (at, ns) in &places {
        let theirs: Vec<usize> = (0..met.len()).filter(|n| met[*n].whose.contains(at)).collect();
        for batch in theirs.chunks(BATCH) {
            let asked: Vec<&Met> = batch.iter().map(|n| met[*n]).collect();
            let there = ids(ask(house, ns, &asked, &doc! { "_id": 1 }).await?);
            homes.extend(batch.iter().filter(|n| there.contains(&plain(&met[**n].value))));
        }
    }
    let mut lost: Vec<&'m Met> = (0..met.len()).filter(|n| !homes.contains(n)).map(|n| met[n]).collect();
    let mut crossings = Crossings::default();
    let most = (QUESTIONS / places.len().max(1)).max(1) * BATCH;
    if lost.len() > most {
        crossings.left_out =
            Some(format!("{most} of {} targets that are no ticket of their own tenant were looked for", lost.len()));
        lost.truncate(most);
    }
    for (at, ns) in &places {
        for batch in lost.chunks(BATCH) {
            let there = ids(ask(house, ns, batch, &doc! { "_id": 1 }).await?);
            let strange = |met: &&&'m Met| !met.whose.contains(at) && there.contains(&plain(&met.value));
            crossings.found.extend(batch.iter().filter(strange).map(|met| Crossing { met, owner: *at }));
        }
    }
    Ok(crossings)
}

fn ids(tickets: Vec<Document>) -> HashSet<String> {
    tickets.iter().filter_map(|ticket| ticket.get("_id").map(plain)).collect()
}

async fn ask(house: &House<'_>, ns: &Namespace, met: &[&Met], projection: &Document) -> Result<Vec<Document>> {
    if met.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<Bson> = met.iter().flat_map(|met| forms(&met.value)).collect();
    Ok(house.store.find(ns, doc! { "_id": { "$in": values } }, Some(projection.clone()), None).await?)
}
