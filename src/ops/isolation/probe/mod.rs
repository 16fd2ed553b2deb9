//! Trying the platform's running backend: a canary is planted in one tenant, asked for as another, and what comes back
//! is compared with what must not. An operation: whatever was planted goes again, also after a crash.

mod call;
mod canary;
mod control;
mod forge;
mod people;
mod run;
mod tokens;
mod tries;

use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};
use serde::Serialize;
use serde_json::Value;

use canary::{Canary, Marks, Owner};
use people::{People, text_of};
use run::Run;

use crate::domain::api::{ApiShape, Carries, Does, Origin, RouteShape};
use crate::domain::audit::Deed;
use crate::domain::isolation::{Finding, Place, Rule, Trial, Verdict, probes};
use crate::domain::plan::{Change, Namespace, Plan, Step};
use crate::domain::record::{Happening, OpState, Record, Subject};
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::journal::{Held, OPS, Take, parse};
use crate::ops::org::Org;
use crate::ops::org::kept::org_entry;
use crate::ops::token::check::Keys;
use crate::ops::token::mint::json_of;
use crate::ops::{Consent, House, new_op};
use crate::store::documents::apply;
use crate::store::{Pen, Secret};
use crate::web::{Client, Limits, Silence, unreachable};

/// The kind of the operation.
pub const KIND: &str = "isolation.probe";

/// What is to be tried.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The backend.
    pub origin: Origin,
    /// As whom it is asked.
    pub first: String,
    /// Whose canary is asked for.
    pub second: String,
    /// The account of the first that is used.
    pub user: Option<String>,
    /// The probes.
    pub only: Vec<&'static Rule>,
    /// The routes.
    pub routes: Vec<RouteShape>,
    /// The collection; the tickets' where none is named.
    pub collection: Option<String>,
    /// What a canary looks like.
    pub template: Option<Document>,
    /// Time for everything.
    pub whole: Duration,
    /// Requests at most.
    pub most: u32,
}

/// Secrets of webhooks, by the variable that holds each.
pub type Secrets = std::collections::BTreeMap<String, Secret>;

/// One of the two tenants.
#[derive(Debug)]
struct Side {
    org: Org,
    /// How headers and bodies name it.
    tenant: String,
    /// The fields by which documents or tokens say whose they are, with its values.
    keys: Vec<(String, Value)>,
    people: People,
    canary: Canary,
}

/// Everything that was read before anything is done.
#[derive(Debug)]
pub struct Ground<'a> {
    api: &'a ApiShape,
    routes: Vec<RouteShape>,
    mine: Side,
    theirs: Side,
    marks: Marks,
    /// Path of the tenant key in documents, where they have one.
    key: Option<String>,
    op: ObjectId,
    /// What to show of it.
    pub view: GroundView,
}

/// What would be tried.
#[derive(Debug, Clone, Serialize)]
pub struct GroundView {
    /// The backend.
    pub api: String,
    /// As whom it is asked.
    #[serde(rename = "as")]
    pub first: String,
    /// Whose canary is asked for.
    pub against: String,
    /// The first tenant's account.
    pub account: String,
    /// The second tenant's account.
    pub other_account: String,
    /// Where the canaries are planted.
    pub places: Vec<String>,
    /// The fields of a canary.
    pub canary: Vec<String>,
    /// The routes that are asked.
    pub routes: Vec<String>,
    /// The probes.
    pub probes: Vec<&'static str>,
    /// Requests at most.
    pub most: u32,
    /// Requests in a second at most.
    pub rate: u32,
}

/// What is allowed, and whether it works: without it nothing follows from a refusal.
#[derive(Debug, Clone, Serialize)]
pub struct Control {
    /// The route.
    pub route: String,
    /// As whom.
    pub who: String,
    /// Whether it works.
    pub works: bool,
    /// What was seen.
    pub evidence: String,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
pub struct Probed {
    /// What was tried.
    #[serde(flatten)]
    pub ground: GroundView,
    /// What is allowed, and whether it works.
    pub controls: Vec<Control>,
    /// The probes, in order.
    pub trials: Vec<Trial>,
    /// The leaks.
    pub findings: Vec<Finding>,
    /// Requests that were sent.
    pub requests: u32,
    /// Seconds that it took.
    pub seconds: f64,
    /// The operation.
    pub operation: String,
    /// Things to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Probed {
    /// How many ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.trials.iter().filter(|trial| trial.verdict == verdict).count()
    }
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
        let view = GroundView {
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
            rate: api.rate,
        };
        let keyed = self.platform.keyed.iter().find(|shape| Some(&shape.collection) == collection.as_ref());
        let key = keyed.map(|shape| shape.key.clone());
        Ok(Ground { api, routes, mine, theirs, marks, key, op: one, view })
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

    /// Tries the backend. What an earlier run left is removed first, what this one plants at its end.
    ///
    /// # Errors
    /// `E0303`, `E0304`, `E0850`; what the database refuses: the operation stays open then.
    pub async fn probe(
        &self,
        ground: &Ground<'_>,
        wish: &Wish,
        (keys, secrets): (&Keys, &Secrets),
        consent: &Consent,
    ) -> Result<Probed> {
        let start = std::time::Instant::now();
        self.store.require_writable_topology()?;
        let shape = self.platform.token.as_ref().ok_or_else(no_api)?;
        let forge = forge::Forge {
            house: self,
            shape,
            key: keys.access.signer()?,
            seconds: wish.whole.as_secs().saturating_add(60),
        };
        let limits = Limits {
            rate: ground.api.rate,
            most: wish.most,
            whole: wish.whole,
            answer: (wish.whole / 6).clamp(Duration::from_millis(500), Duration::from_secs(10)),
        };
        let mut notes = self.clear_leftovers(ground, consent).await?;
        self.require_unreserved(&reserves(ground), None).await?;
        let client = Client::new(wish.origin.clone(), limits)?;
        run::greet(&client, ground).await.map_err(|silence| unreachable(&wish.origin, &silence))?;
        let mut held = self.begin_probe(ground, wish).await?;
        let mut run = Run::new(self, ground, &client, forge, secrets, &mut held);
        let tried = run.all(&wish.only).await;
        let (controls, gone) = (run.controls(), run.gone());
        let trials = match tried {
            Ok(trials) => trials,
            Err(error) => {
                self.journal().release(&held).await;
                let id = &held.record.id;
                return Err(error.after_changes().next(format!("flowbit op rollback {id}   # removes the canaries")));
            }
        };
        let mut probed = Probed {
            findings: findings(ground, wish, &trials),
            ground: ground.view.clone(),
            controls,
            trials,
            requests: client.sent(),
            seconds: 0.0,
            operation: held.record.id.to_string(),
            notes: Vec::new(),
        };
        self.journal().append(&mut held, vec![Happening::Noted { note: told(&probed) }]).await.map_err(Error::from)?;
        let outcome = self.drive(false).run(held).await?;
        if let Some(why) = outcome.turned {
            return Err(why);
        }
        if let Some(silence @ Silence::Unreachable(_)) = gone
            && probed.findings.is_empty()
        {
            return Err(unreachable(&wish.origin, &silence));
        }
        notes.extend(self.token_notes(keys));
        probed.notes = notes;
        probed.seconds = start.elapsed().as_secs_f64();
        Ok(probed)
    }

    fn token_notes(&self, keys: &Keys) -> Option<String> {
        let key = keys.access.signer().ok()?;
        let why = key.weakness.as_ref()?;
        Some(format!("the secret in {} is weak ({why}): whoever guesses it makes every token", key.name))
    }

    /// Removes what earlier runs planted that were killed. Operations of others are left alone.
    async fn clear_leftovers(&self, ground: &Ground<'_>, consent: &Consent) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        let filter = doc! { "open": true, "kind": KIND, "reserves": { "$in": reserves(ground) } };
        for stored in self.store.find(&self.master(OPS), filter, None, None).await? {
            let record = parse(&stored)?;
            let id = record.id.clone();
            let ended = match record.state {
                OpState::Forward | OpState::Back => self.rollback(record, Take::WhenFree, consent).await,
                _ => self.resume(record, Take::WhenFree, true, consent).await,
            };
            match ended {
                Ok(_) => notes.push(format!("an earlier probe was killed; its canaries are gone now (operation {id})")),
                // Somebody is at it: to begin says so.
                Err(error) if *error.code() == code::LEASE_HELD => {}
                Err(error) => return Err(error),
            }
        }
        Ok(notes)
    }

    /// Begins the operation and plants the canaries.
    async fn begin_probe(&self, ground: &Ground<'_>, wish: &Wish) -> Result<Held> {
        self.journal().ensure().await?;
        let record = self.probe_record(ground, wish);
        let (id, plants) = match record.plan.before.first() {
            Some(Step::Plant { plants, .. }) => (record.id.clone(), plants.clone()),
            _ => return Err(Error::new(&code::INTERNAL, "a probe plants nothing")),
        };
        self.interrupt.engage();
        let mut held = self.journal().begin(record, &[]).await?;
        if let Err(error) = self.require_both(ground).await {
            self.journal().void(&mut held, error.message()).await?;
            return Err(error);
        }
        self.journal().checked(&mut held).await?;
        self.store.fault().at("probe:planting").await;
        let planted = apply(Pen::for_operation(self.store, &held.warrant), id.as_str(), &plants, None).await;
        if let Err(failure) = planted {
            let error = failure.into_error("planting a canary").next("say what a document looks like: --canary FILE");
            return Err(match self.unplant(held, error.message().to_owned()).await {
                Ok(()) => error,
                Err(_) => error.after_changes().next(format!("flowbit op rollback {id}")),
            });
        }
        let did = vec![Happening::Did { step: 0 }];
        self.journal().append(&mut held, did).await.map_err(Error::from)?;
        self.store.fault().at("probe:planted").await;
        Ok(held)
    }

    /// Nothing was sent yet: it goes back at once.
    async fn unplant(&self, mut held: Held, why: String) -> Result<()> {
        let entry = self.rolled_back(&held.record, DateTime::now());
        self.journal().turn(&mut held, Happening::Turned { why }, &[entry]).await?;
        self.drive(false).run(held).await.map(drop)
    }

    fn probe_record(&self, ground: &Ground<'_>, wish: &Wish) -> Record {
        let (mine, theirs) = (&ground.mine, &ground.theirs);
        let plant = |side: &Side| Change::Insert {
            ns: side.canary.ns.clone(),
            document: side.canary.document.clone(),
            past_fences: false,
        };
        let sweep = ground.sweep();
        let step = Step::Plant { plants: vec![plant(mine), plant(theirs)], sweep: sweep.clone() };
        let subject = Subject { id: theirs.org.id.clone(), name: ground.view.against.clone(), to: None };
        let plan = Plan { before: vec![step], commit: Vec::new(), after: vec![Step::Documents { changes: sweep }] };
        let seen = doc! { "first": seen(&mine.org), "second": seen(&theirs.org) };
        let mut record = self.record(new_op(), KIND, subject, reserves(ground), plan, &seen);
        let probes: Vec<&str> = wish.only.iter().map(|probe| probe.id).collect();
        let details = doc! {
            "api": &ground.view.api, "as": &ground.view.first, "against": &ground.view.against,
            "account": &mine.people.one.subject.email, "canary": &theirs.canary.id, "probes": probes,
        };
        let deed = Deed::new("isolation.probed", details);
        let org = &theirs.org;
        record.plan.commit =
            vec![self.audit(&deed, self.vars_of(&org.id, &org.name, &org.slug), &record.id, DateTime::now())];
        record
    }

    /// Looks, with both reserved, whether they are still what they were.
    async fn require_both(&self, ground: &Ground<'_>) -> Result<()> {
        let orgs = self.orgs_briefly().await?;
        for side in [&ground.mine, &ground.theirs] {
            if !orgs.iter().any(|org| seen(org) == seen(&side.org)) {
                let text = format!("{} was renamed or deleted meanwhile; nothing was sent", side.org.name);
                return Err(Error::new(&code::STALE_PLAN, text).next("flowbit org list"));
            }
        }
        Ok(())
    }
}

impl Ground<'_> {
    /// The fields in which texts of a run may stand: the canary's, and those that routes write.
    fn texts(&self) -> Vec<String> {
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
    fn sweep(&self) -> Vec<Change> {
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

fn places(mine: &Side, theirs: &Side) -> Vec<Namespace> {
    let mut places = vec![mine.canary.ns.clone(), theirs.canary.ns.clone()];
    places.dedup();
    places
}

fn reserves(ground: &Ground<'_>) -> Vec<String> {
    [&ground.mine, &ground.theirs].map(|side| org_entry(&side.org.id)).into()
}

fn seen(org: &Org) -> Bson {
    doc! { "id": org.id.clone(), "name": org.name.as_str(), "home": org.home.as_text() }.into()
}

/// The identifier that is made right after this one.
fn next_to(id: ObjectId) -> ObjectId {
    let mut bytes = id.bytes();
    for byte in bytes[9..].iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    ObjectId::from_bytes(bytes)
}

/// That the description does not say what can be asked.
pub fn no_api() -> Error {
    Error::new(&code::NO_API, "the platform description has no routes that serve this collection")
        .next("add [api] with hosts and [[api.route]] to flowbit.toml; flowbit init --preset tickets shows an example")
        .next("or derive routes: --openapi FILE")
}

fn told(probed: &Probed) -> String {
    let n = |verdict| probed.count(verdict);
    format!(
        "{} probes: {} refused, {} leaks, {} unknown, {} not checkable; {} requests",
        probed.trials.len(),
        n(Verdict::Refused),
        n(Verdict::Leak),
        n(Verdict::Unknown),
        n(Verdict::NotCheckable),
        probed.requests
    )
}

/// A finding for each probe and route that leaks.
fn findings(ground: &Ground<'_>, wish: &Wish, trials: &[Trial]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for trial in trials {
        let Some(probe) = probes::find(trial.probe) else { continue };
        for shot in trial.shots.iter().filter(|shot| shot.verdict == Verdict::Leak) {
            let place = Place { namespace: shot.route.clone(), path: None };
            let tenants = vec![ground.view.first.clone(), ground.view.against.clone()];
            let finding = Finding::new(probe, place, tenants, "");
            if findings.iter().any(|known| known.id == finding.id) {
                continue;
            }
            let (method, path) = shot.request.split_once(' ').unwrap_or(("GET", &shot.request));
            let header = ground.api.authorization.replace("{token}", "$TOKEN");
            let query = format!("curl -sg -X {method} -H \"{header}\" '{}{path}'", wish.origin);
            findings.push(finding.evidence(format!("{} ({})", shot.evidence, shot.who)).query(query));
        }
    }
    findings
}
