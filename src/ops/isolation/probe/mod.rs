//! Trying the platform's running backend: a canary is planted in one tenant, asked for as another, and what comes back
//! is compared with what must not. An operation: whatever was planted goes again, also after a crash.

mod call;
mod canary;
mod control;
mod forecast;
mod forge;
mod ground;
mod outcome;
mod people;
mod run;
mod sentence;
mod tokens;
mod tries;

pub use ground::Ground;
pub use outcome::{Control, GroundView, Probed};

use std::time::Duration;

use bson::{DateTime, Document, doc};

use ground::{Side, reserves, seen};
use outcome::{findings, told};
use run::Run;
use sentence::{diagnosis, is_complete, sentence};

use crate::domain::api::{Origin, RouteShape};
use crate::domain::audit::Deed;
use crate::domain::isolation::{Rule, Trial, Verdict};
use crate::domain::plan::{Change, Plan, Step};
use crate::domain::record::{Happening, OpState, Record, Subject};
use crate::error::{Error, Result, code};
use crate::journal::{Held, Interrupt, OPS, Outcome, Take, parse};
use crate::ops::token::check::Keys;
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
    /// Requests in a second at most; what the description says where none is given.
    pub rate: Option<u32>,
}

/// Secrets of webhooks, by the variable that holds each.
pub type Secrets = std::collections::BTreeMap<String, Secret>;

impl Wish {
    /// How much is asked, and how long an answer is waited for.
    fn limits(&self, ground: &Ground<'_>) -> Limits {
        Limits {
            rate: ground.view.rate,
            most: self.most,
            whole: self.whole,
            answer: (self.whole / 6).clamp(Duration::from_millis(500), Duration::from_secs(10)),
        }
    }
}

impl House<'_> {
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
        let limits = wish.limits(ground);
        let mut notes = ground.notes.clone();
        notes.extend(self.clear_leftovers(ground, consent).await?);
        let changed = !notes.is_empty();
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
                return Err(left(ground, held.record.id.as_str(), error));
            }
        };
        if self.interrupt.is_asked() && trials.len() < wish.only.len() {
            return Err(self.interrupted_probe(ground, held, &trials, wish.only.len()).await);
        }
        let diagnosis = diagnosis(&controls, &trials, gone.as_ref());
        let mut probed = Probed {
            verdict: sentence(&trials, &diagnosis),
            complete: is_complete(&trials),
            diagnosis,
            changed,
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
        self.clean(ground, held).await?;
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

    /// Removes the canaries at the end.
    async fn clean(&self, ground: &Ground<'_>, held: Held) -> Result<()> {
        let id = held.record.id.to_string();
        let outcome = self.cleaning(&Interrupt::default(), held).await.map_err(|error| left(ground, &id, error))?;
        outcome.turned.map_or(Ok(()), Err)
    }

    /// Removes the canaries after a signal. What it ends with.
    async fn interrupted_probe(&self, ground: &Ground<'_>, held: Held, trials: &[Trial], asked: usize) -> Error {
        let id = held.record.id.to_string();
        let leaks: Vec<&str> =
            trials.iter().filter(|trial| trial.verdict == Verdict::Leak).map(|trial| trial.probe).collect();
        let found = match leaks.as_slice() {
            [] => String::new(),
            leaks => format!("; the backend leaks: {}", leaks.join(", ")),
        };
        let text = format!("interrupted after {} of {asked} probes{found}", trials.len());
        match self.unplant(held, "interrupted".to_owned()).await {
            Ok(()) => Error::new(&code::CANCELLED, format!("{text}; the canaries are gone again, operation {id}")),
            Err(error) => left(ground, &id, Error::new(&code::INTERRUPTED, text).caused_by(error)),
        }
    }

    /// Drives the operation to its end. A signal that stopped the asking does not stop the cleaning; a second ends both.
    async fn cleaning(&self, calm: &Interrupt, held: Held) -> Result<Outcome> {
        let drive = self.drive(false);
        crate::journal::Drive { journal: drive.journal, interrupt: calm, watch: drive.watch, skip_registry: false }
            .run(held)
            .await
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
        self.cleaning(&Interrupt::default(), held).await.map(drop)
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

/// That canaries stay: how many, where, and what removes them.
fn left(ground: &Ground<'_>, id: &str, error: Error) -> Error {
    let places = ground.view.places.join(" and ");
    let text = format!("{}; 2 canaries, and what the backend made of them, are still in {places}", error.message());
    let mut whole = Error::new(error.code(), text).after_changes().next(format!("flowbit op rollback {id}"));
    for action in error.actions().iter().filter(|action| !action.contains("op rollback")) {
        whole = whole.next(action.clone());
    }
    whole.caused_by(error)
}

/// The least that has to be said.
const MINIMAL: &str = "add to flowbit.toml:\n\
    [api]\n\
    hosts = [\"http://127.0.0.1:3000\"]\n\
    route = [\n\
    \x20 { does = \"list\", method = \"GET\", path = \"/api/tickets\" },\n\
    \x20 { does = \"read\", method = \"GET\", path = \"/api/tickets/{id}\" },\n\
    ]";

/// That the description does not say what can be asked.
pub fn no_api() -> Error {
    Error::new(&code::NO_API, "the platform description has no routes that serve this collection")
        .next(MINIMAL)
        .next("flowbit init --preset tickets   # shows a whole example")
        .next("or derive routes: --openapi FILE")
}
