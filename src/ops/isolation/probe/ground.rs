//! What is there before anything is done: two tenants, their accounts, the routes, and what a canary would look like.

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use serde_json::Value;

use super::canary::{Canary, Marks, Owner};
use super::forecast::forecast;
use super::people::{People, text_of};
use super::{GroundView, Wish, no_api};
use crate::domain::api::{ApiShape, Carries, Does, RouteShape};
use crate::domain::plan::{Change, Namespace};
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::kept::org_entry;
use crate::ops::token::mint::json_of;

/// One of the two tenants.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) org: Org,
    /// How headers and bodies name it.
    pub(super) tenant: String,
    /// The fields by which documents or tokens say whose they are, with its values.
    pub(super) keys: Vec<(String, Value)>,
    pub(super) people: People,
    pub(super) canary: Canary,
}

/// Everything that was read before anything is done.
#[derive(Debug)]
pub struct Ground<'a> {
    pub(super) api: &'a ApiShape,
    pub(super) routes: Vec<RouteShape>,
    pub(super) mine: Side,
    pub(super) theirs: Side,
    pub(super) marks: Marks,
    /// Path of the tenant key in documents, where they have one.
    pub(super) key: Option<String>,
    pub(super) op: ObjectId,
    /// What to show of it.
    pub view: GroundView,
    /// Things to know before agreeing.
    pub notes: Vec<String>,
}

impl House<'_> {
    /// Looks at everything that a probe needs. Nothing is sent to the backend.
    ///
    /// # Errors
    /// `E0150` without routes, `E0201`, `E0207`, `E0317`, `E0101`.
    pub async fn plan_probe(&self, wish: &Wish) -> Result<Ground<'_>> {
        let api = self.platform.api.as_ref().ok_or_else(no_api)?;
        let collection = wish.collection.clone().or_else(|| self.usual_collection(&wish.routes));
        let usual = self.usual_collection(&[]);
        let serves = |route: &&RouteShape| {
            matches!(route.does, Does::Login | Does::Admin)
                || route.collection.as_ref().or(usual.as_ref()) == collection.as_ref()
        };
        let routes: Vec<RouteShape> = wish.routes.iter().filter(serves).cloned().collect();
        if routes.is_empty() {
            return Err(no_api());
        }
        let orgs = self.orgs().await?;
        let (first, second) = (self.load_org(&orgs, &wish.first).await?, self.load_org(&orgs, &wish.second).await?);
        if first.id == second.id {
            let text = format!("{} is one tenant, and a leak needs two", first.name);
            return Err(Error::new(&code::BAD_ARGUMENT, text).next("flowbit org list"));
        }
        let marks = Marks::new();
        let one = ObjectId::new();
        let at = (collection.as_deref(), wish.template.as_ref(), &marks);
        let mine = self.side(first, wish.user.as_deref(), at, one).await?;
        let theirs = self.side(second, None, at, next_to(one)).await?;
        let rate = wish.rate.unwrap_or(api.rate);
        let (expected, idle) = forecast(&wish.only, &routes);
        let view = GroundView {
            missing: too_little(wish, (expected, rate), &idle),
            expected,
            idle,
            api: wish.origin.to_string(),
            first: first.name.as_str().to_owned(),
            against: second.name.as_str().to_owned(),
            account: mine.people.one.words(),
            other_account: theirs.people.one.words(),
            places: places(&mine, &theirs).iter().map(ToString::to_string).collect(),
            canary: theirs.canary.document.keys().cloned().collect(),
            routes: routes.iter().map(|route| format!("{} {}", route.does.word(), route.line())).collect(),
            probes: wish.only.iter().map(|probe| probe.id).collect(),
            most: wish.most,
            rate,
        };
        let mut notes = Vec::new();
        for ns in places(&mine, &theirs) {
            if self.store.at(&ns).await?.is_none() {
                notes.push(format!("{ns} does not exist; it is made with the canary, and stays, empty"));
            }
        }
        let keyed = self.platform.keyed.iter().find(|shape| Some(&shape.collection) == collection.as_ref());
        let key = keyed.map(|shape| shape.key.clone());
        Ok(Ground { api, routes, mine, theirs, marks, key, op: one, view, notes })
    }

    /// The collection that routes serve where they do not say; where nothing is usual, the first that one names.
    fn usual_collection(&self, routes: &[RouteShape]) -> Option<String> {
        let tickets = self.platform.tickets.as_ref().map(|shape| shape.collection.clone());
        let usual = tickets.or_else(|| self.platform.serves("tickets").then(|| "tickets".to_owned()));
        usual.or_else(|| routes.iter().find_map(|route| route.collection.clone()))
    }

    async fn side(
        &self,
        org: &Org,
        user: Option<&str>,
        (collection, template, marks): (Option<&str>, Option<&Document>, &Marks),
        id: ObjectId,
    ) -> Result<Side> {
        let ns = self.served(org, collection)?;
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let people = self.people_of(org, user).await?;
        let owner = Owner { vars: &vars, person: &people.one, ns: &ns };
        let canary = self.canary(owner, collection, template, marks, id).await?;
        let tenant = self.tenant_text(&vars);
        Ok(Side { org: org.clone(), tenant, keys: self.keys_of(&vars, collection), people, canary })
    }

    /// Where documents of a tenant are that routes serve.
    fn served(&self, org: &Org, collection: Option<&str>) -> Result<Namespace> {
        let keyed = self.platform.keyed.iter().find(|shape| Some(shape.collection.as_str()) == collection);
        let ns = match keyed {
            Some(shape) => Some(self.master(&shape.collection)),
            None => org.home.of_kind(self.store.master(), collection),
        };
        ns.ok_or_else(|| {
            let name = collection.unwrap_or("tickets");
            Error::new(&code::BAD_ARGUMENT, format!("tenants have no collection `{name}`"))
                .next("name one with --collection, or with `collection` in [[api.route]]")
        })
    }

    fn tenant_text(&self, vars: &Vars) -> String {
        let carries =
            self.platform.api.as_ref().and_then(|api| api.tenant_header.as_ref()).map(|header| header.carries);
        let var = match carries {
            Some(Carries::Slug) => Var::Slug,
            Some(Carries::Name) => Var::Name,
            Some(Carries::Id) => Var::OrgId,
            None => self.platform.tenant_key().unwrap_or(Var::Slug),
        };
        text_of(vars, var)
    }

    /// The fields by which documents, or else tokens, say whose they are.
    fn keys_of(&self, vars: &Vars, collection: Option<&str>) -> Vec<(String, Value)> {
        let keyed = self.platform.keyed.iter().find(|shape| Some(shape.collection.as_str()) == collection);
        let fields = match (keyed, &self.platform.token) {
            (Some(shape), _) => &shape.fields,
            (None, Some(token)) => &token.claims,
            (None, None) => return Vec::new(),
        };
        let named = |path: &str| {
            fields.only_at(path).is_some_and(|var| matches!(var, Var::Name | Var::Slug | Var::OrgId | Var::Store))
        };
        let mut keys: Vec<(String, Value)> = fields
            .iter()
            .filter(|(path, _)| named(path) && !path.contains('.'))
            .filter_map(|(path, _)| Some((path.to_owned(), json_of(&fields.value_at(path, vars)?))))
            .collect();
        // The key itself first.
        keys.sort_by_key(|(path, _)| keyed.is_some_and(|shape| shape.key != *path));
        keys
    }
}

impl Ground<'_> {
    /// The fields in which texts of a run may stand: the canary's, and those that routes write.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut texts = self.theirs.canary.texts.clone();
        let bodies = self.routes.iter().filter_map(|route| route.body.as_ref()?.as_object());
        let written = |value: &Value| value.as_str().is_some_and(|text| text.contains("{text}"));
        texts.extend(bodies.flatten().filter(|(_, value)| written(value)).map(|(name, _)| name.clone()));
        texts.extend(self.mine.canary.texts.iter().cloned());
        texts.sort();
        texts.dedup();
        texts
    }

    /// What removes everything of this run.
    pub(super) fn sweep(&self) -> Vec<Change> {
        let mut sweep: Vec<Change> = [&self.mine.canary, &self.theirs.canary]
            .map(|canary| Change::Delete { ns: canary.ns.clone(), filter: canary.filter() })
            .into();
        let filter = self.marks.filter(self.op, &self.texts());
        sweep.extend(
            places(&self.mine, &self.theirs).into_iter().map(|ns| Change::Delete { ns, filter: filter.clone() }),
        );
        sweep
    }
}

pub(super) fn places(mine: &Side, theirs: &Side) -> Vec<Namespace> {
    let mut places = vec![mine.canary.ns.clone(), theirs.canary.ns.clone()];
    places.dedup();
    places
}

/// What a run will lack.
fn too_little(wish: &Wish, (expected, rate): (u32, u32), idle: &[String]) -> Vec<String> {
    let mut missing = Vec::new();
    if !idle.is_empty() {
        missing.push(format!("no route is described for {}", idle.join(", ")));
    }
    if expected > wish.most {
        let most = wish.most;
        missing.push(format!("{most} requests do not reach for all probes: --max-requests {expected}"));
    }
    let seconds = u64::from(expected / rate.max(1));
    if seconds > wish.whole.as_secs() {
        missing.push(format!("at {rate} requests in a second it takes about {seconds} s: --for or --rate"));
    }
    missing
}

pub(super) fn reserves(ground: &Ground<'_>) -> Vec<String> {
    [&ground.mine, &ground.theirs].map(|side| org_entry(&side.org.id)).into()
}

pub(super) fn seen(org: &Org) -> Bson {
    doc! { "id": org.id.clone(), "name": org.name.as_str(), "home": org.home.as_text() }.into()
}

/// The identifier that is made right after this one.
pub(super) fn next_to(id: ObjectId) -> ObjectId {
    let mut bytes = id.bytes();
    for byte in bytes[9..].iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    ObjectId::from_bytes(bytes)
}
