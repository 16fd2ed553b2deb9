//! Trying what the rights refuse: for each tenant a user that has exactly what its own has, for as long as it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bson::{Document, doc, oid::ObjectId};

use super::Whose;
use super::attempts::{self, Answer, Attempt, Target};
use super::plan::{Entry, Planned, Stand};
use super::tried::{Attempted, Kind, Tried};
use crate::domain::audit::Deed;
use crate::domain::catalog::{CollectionInfo, CollectionKind};
use crate::domain::isolation::grant::{Principal, Rights, documents, mark_of_view};
use crate::domain::plan::Namespace;
use crate::domain::template::Vars;
use crate::error::{Error, Result, code};
use crate::layout::{Home, shared};
use crate::ops::org::Org;
use crate::ops::{Consent, House};
use crate::store::failure::server;
use crate::store::grants::{Stranger, trial_mark};
use crate::store::{Connect, Failure, Pen, Secret, machine};

/// Whoever everything belongs to that is no tenant's.
const PLATFORM: &str = "(platform)";

/// What names of users that try begin with; an identifier follows, which has the time in it.
const TRIAL: &str = "flowbit_trial_";

/// Longer than any run takes.
const LONGEST_MS: i64 = 6 * 3_600_000;

/// Up to so many pairs everything is tried on every collection of a tenant.
const THOROUGH: usize = 50;

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Trying {
    /// Pairs of tenants at most.
    pub pairs: usize,
    /// What a sample is drawn by.
    pub seed: u64,
}

/// A tenant as others try to get at it.
#[derive(Debug)]
struct Place<'p> {
    org: &'p Org,
    planned: Option<&'p Planned>,
    db: String,
    targets: Vec<Target>,
    /// Views that lead to its collections.
    views: Vec<Namespace>,
}

/// What there is to be tried.
struct Field<'f> {
    places: Vec<Place<'f>>,
    platform: Vec<Target>,
    /// Collections that all tenants share: what is behind their views.
    shared: Vec<Target>,
    /// Views of the shared collections that nobody was granted.
    views: Vec<Namespace>,
    master: Vec<CollectionInfo>,
    guard: bool,
    /// Everything is tried on every collection, not only on the first of each tenant.
    thorough: bool,
}

/// One who tries.
struct Trier<'t> {
    organization: &'t str,
    user: Principal,
    stranger: Stranger,
}

impl House<'_> {
    /// Tries, as the tenants that are meant, to get at what is others', and what each needs of its own.
    ///
    /// # Errors
    /// `E0640` where the server refuses nobody anything, `E0230` where there are no rights to try, `E0201`; what the server
    /// says to us.
    pub async fn try_grants(
        &self,
        connect: &Connect,
        whose: &Whose,
        trying: Trying,
        _consent: &Consent,
    ) -> Result<Tried> {
        let start = Instant::now();
        self.store.require_writable_topology()?;
        require_access_control(connect).await?;
        let orgs = self.orgs().await?;
        let meant = match whose {
            Whose::Org(name) => Some(self.load_org(&orgs, name).await?.id.clone()),
            Whose::All | Whose::Gone => None,
        };
        let plan = self.plan_grants(&Whose::All).await?;
        let mut tried = Tried { swept: self.sweep().await?, ..Tried::default() };
        let mut field = self.field(&orgs, &plan.entries).await?;
        let who: Vec<usize> = (0..field.places.len())
            .filter(|at| meant.as_ref().is_none_or(|id| field.places[*at].org.id == *id))
            .collect();
        tried.without =
            who.iter().filter(|at| !has_rights(&field.places[**at])).map(|at| name(&field.places[*at])).collect();
        let who: Vec<usize> = who.into_iter().filter(|at| has_rights(&field.places[*at])).collect();
        if who.is_empty() {
            let text = "no organization that is meant has a user with rights; nothing was tried";
            return Err(
                Error::new(&code::GRANT_NOT_FOUND, text).next("flowbit isolation grants --apply --passwords FILE")
            );
        }
        self.interrupt.engage();
        let organizations: Vec<String> = who.iter().take(20).map(|at| name(&field.places[*at])).collect();
        let deed = Deed::new(
            "isolation.rights-tried",
            doc! { "organizations": organizations, "number": i64::try_from(who.len()).unwrap_or_default() },
        );
        self.put_on_record(&deed, Vars::new(), "recording that rights are tried, so nothing was tried").await?;
        let pairs = pairs(&who, field.places.len(), trying, &mut tried);
        field.thorough = pairs.len() <= THOROUGH;
        if !field.thorough {
            tried.not_tried.push(format!(
                "of each tenant's further collections only find, insert, update and delete were tried: more than {THOROUGH} pairs"
            ));
        }
        let cursors = self.open_cursors(&field, &pairs).await;
        let outcome = self.try_all(connect, &field, &who, &pairs, &cursors, &mut tried).await;
        for (at, cursor) in cursors {
            if let Some(target) = field.places[at].targets.first() {
                self.store.close_cursor(&target.ns.db, &target.ns.coll, cursor).await;
            }
        }
        outcome?;
        if !field.guard {
            tried.not_tried.push(
                "drop, collMod and rename: this server compares no UUIDs, so they could not be tried without harm"
                    .to_owned(),
            );
        }
        tried
            .not_tried
            .push("dropDatabase: it cannot be tried without harm; that no role allows it was looked up".to_owned());
        tried.seconds = start.elapsed().as_secs_f64();
        Ok(tried)
    }

    /// Drops users that earlier runs left: those whose process is dead, and those older than any run.
    async fn sweep(&self) -> Result<u64> {
        let users = self.store.users_of(self.store.master()).await?;
        let now = self.store.server_time().await?.timestamp_millis();
        let mut swept = 0;
        for user in users {
            let Some(runner) = &user.trial else { continue };
            let made = user.name.name.strip_prefix(TRIAL).and_then(|id| ObjectId::parse_str(id).ok());
            let age = made.map_or(i64::MAX, |id| now - id.timestamp().timestamp_millis());
            // Of another machine it cannot be known whether it is still at work.
            if machine::is_dead(runner).unwrap_or(age > LONGEST_MS) {
                Pen::free(self.store).drop_user(&user.name).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    async fn field<'f>(&self, orgs: &'f [Org], entries: &'f [Entry]) -> Result<Field<'f>> {
        let master_db = self.store.master();
        let master = self.store.catalog(master_db).await?;
        let reach = reach(&master);
        let mut places = Vec::new();
        for (org, entry) in orgs.iter().zip(entries) {
            let db = org.home.database(master_db).to_owned();
            let planned = entry.planned();
            let (mut targets, mut views) = (Vec::new(), Vec::new());
            match &org.home {
                Home::Database(_) => {
                    let catalog = self.store.catalog(&db).await?;
                    targets.extend(
                        catalog.iter().filter(|i| i.kind == CollectionKind::Collection).map(|i| Target::of(&db, i)),
                    );
                    views.extend(
                        catalog.iter().filter(|i| i.kind == CollectionKind::View).map(|i| Namespace::new(&db, &i.name)),
                    );
                }
                Home::Collections(_) => {
                    let owned = self.owned(&master, org, orgs).await?;
                    targets.extend(owned.collections.iter().chain(&owned.immovable).map(|info| Target::of(&db, info)));
                    let leads =
                        |(_, to): &(&String, &BTreeSet<String>)| targets.iter().any(|t| to.contains(&t.ns.coll));
                    views.extend(reach.iter().filter(leads).map(|(view, _)| Namespace::new(&db, view)));
                }
                Home::Shared(_) => {
                    let granted = planned.iter().flat_map(|planned| planned.grant.views.keys());
                    let there = granted.filter_map(|ns| master.iter().find(|info| info.name == ns.coll));
                    targets.extend(there.map(|info| Target::of(&db, info)));
                }
            }
            places.push(Place { org, planned, db, targets, views });
        }
        let keyed: BTreeSet<&str> = self.platform.keyed.iter().map(|shape| shape.collection.as_str()).collect();
        let own: BTreeSet<String> = self.platform.own_collections().into_iter().collect();
        let of = |wanted: &dyn Fn(&CollectionInfo) -> bool| -> Vec<Target> {
            master
                .iter()
                .filter(|info| info.kind == CollectionKind::Collection && wanted(info))
                .map(|i| Target::of(master_db, i))
                .collect()
        };
        let shared = of(&|info| keyed.contains(info.name.as_str()));
        let platform = of(&|info| {
            !keyed.contains(info.name.as_str()) && (own.contains(&info.name) || info.name.starts_with("flowbit_"))
        });
        let granted = |view: &String| {
            master.iter().find(|info| info.name == *view).is_some_and(|info| mark_of_view(&info.pipeline()).is_some())
        };
        let views =
            reach.iter().filter(|(view, to)| !granted(view) && to.iter().any(|name| keyed.contains(name.as_str())));
        let views = views.map(|(view, _)| Namespace::new(master_db, view)).collect();
        let guard = self.store.has_uuid_guard().await?;
        Ok(Field { places, platform, shared, views, master, guard, thorough: true })
    }

    /// A cursor of ours on the first collection of each tenant that is tried.
    async fn open_cursors(&self, field: &Field<'_>, pairs: &[(usize, usize)]) -> BTreeMap<usize, i64> {
        let mut cursors = BTreeMap::new();
        let victims: BTreeSet<usize> = pairs.iter().map(|(_, victim)| *victim).collect();
        for at in victims {
            let Some(target) = field.places[at].targets.first() else { continue };
            if let Ok(cursor) = self.store.open_cursor(&target.ns.db, &target.ns.coll).await
                && cursor != 0
            {
                cursors.insert(at, cursor);
            }
        }
        cursors
    }

    async fn try_all(
        &self,
        connect: &Connect,
        field: &Field<'_>,
        who: &[usize],
        pairs: &[(usize, usize)],
        cursors: &BTreeMap<usize, i64>,
        tried: &mut Tried,
    ) -> Result<()> {
        for (done, at) in who.iter().enumerate() {
            let place = &field.places[*at];
            if self.interrupt.is_asked() {
                tried.not_tried.push(format!("{} and those after it: interrupted", place.org.name));
                tried.without.push(name(place));
                return Ok(());
            }
            self.watch.step(done, who.len(), &format!("trying as {}", place.org.name));
            let Some(planned) = place.planned else { continue };
            let trier = self.trier(connect, planned).await?;
            tried.organizations += 1;
            let work = async {
                self.try_own(&trier, place, planned, field, tried).await?;
                self.try_platform(&trier, place, planned, field, tried).await;
                for (_, victim) in pairs.iter().filter(|(from, _)| from == at) {
                    self.try_pair(&trier, place, &field.places[*victim], (field, cursors.get(victim)), tried).await;
                    tried.pairs += 1;
                }
                Ok::<(), Error>(())
            };
            let outcome = work.await;
            let user = trier.user.clone();
            trier.stranger.close().await;
            let dropped = Pen::free(self.store).drop_user(&user).await;
            outcome?;
            dropped.map_err(|failure| failure.into_error("dropping the user that tried").after_changes())?;
        }
        Ok(())
    }

    /// A user that has exactly what the tenant's has.
    async fn trier<'t>(&self, connect: &Connect, planned: &'t Planned) -> Result<Trier<'t>> {
        let user = Principal::new(self.store.master(), format!("{TRIAL}{}", ObjectId::new().to_hex()));
        let password = Secret::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
        let mark = trial_mark(&self.runner());
        let made = Pen::free(self.store).create_user(&user, &password, &planned.held, mark).await;
        made.map_err(|failure| failure.into_error("making a user that tries"))?;
        let stranger = Stranger::connect(connect, Some((&user, &password))).await?;
        Ok(Trier { organization: &planned.grant.organization, user, stranger })
    }

    /// What the tenant needs of its own, and what it may do beyond what was granted.
    async fn try_own(
        &self,
        trier: &Trier<'_>,
        place: &Place<'_>,
        planned: &Planned,
        field: &Field<'_>,
        tried: &mut Tried,
    ) -> Result<()> {
        let status = doc! { "connectionStatus": 1, "showPrivileges": true };
        let status = trier.stranger.run("admin", status).await.map_err(|f| f.into_error("logging in to try"))?;
        let info = status.get_document("authInfo").cloned().unwrap_or_default();
        let have = Rights::read(documents(&info, "authenticatedUserPrivileges"));
        let outside = have.outside(&planned.grant.rights);
        let beyond = have.beyond(&planned.grant.rights);
        count(
            tried,
            "look up what it may",
            |kind| if outside.is_empty() { kind.refused += 1 } else { kind.leaks += 1 },
        );
        for line in &beyond {
            match outside.iter().any(|resource| line.ends_with(&format!(" on {resource}"))) {
                true => tried.leaks.push(Attempted {
                    organization: trier.organization.to_owned(),
                    against: PLATFORM.to_owned(),
                    attempt: "look up what it may",
                    on: line.rsplit(" on ").next().unwrap_or_default().to_owned(),
                    detail: format!("it may {line}"),
                }),
                false => tried.wider.push(format!("{}: {line}", trier.organization)),
            }
        }
        let names: Vec<&Target> = place.targets.iter().collect();
        let may_write = !matches!(place.org.home, Home::Shared(_));
        let second = names.get(1).or(names.first()).map(|target| target.ns.coll.clone()).unwrap_or_default();
        for target in &names {
            for attempt in attempts::needed(target, &second, may_write) {
                self.need(trier, attempt, tried).await;
            }
        }
        if let Home::Shared(_) = place.org.home {
            let vars = self.vars(&place.org.id, &place.org.name, &place.org.slug, &place.org.home);
            for keyed in shared::keyed(self.platform, &vars) {
                let ns = planned.grant.views.keys().find(|ns| planned.grant.views[*ns].on == keyed.collection);
                if let Some(ns) = ns.filter(|ns| field.master.iter().any(|info| info.name == ns.coll)) {
                    self.attempt(trier, "(others)", attempts::foreign(ns, &keyed.key, &keyed.value), tried).await;
                }
            }
        }
        Ok(())
    }

    /// What is nobody's tenant, and the server itself.
    async fn try_platform(
        &self,
        trier: &Trier<'_>,
        place: &Place<'_>,
        planned: &Planned,
        field: &Field<'_>,
        tried: &mut Tried,
    ) {
        let master = self.store.master();
        let other = field.places.iter().filter(|other| other.org.id != place.org.id).find_map(|other| other.planned);
        let other = other.map_or(&planned.grant.user, |other| &other.grant.user);
        let others: Vec<String> = field
            .places
            .iter()
            .filter(|other| other.db != place.db && other.db != master)
            .map(|other| other.db.clone())
            .collect();
        let is_mine = |name: &str| planned.grant.rights.0.contains_key(&(master.to_owned(), name.to_owned()));
        let names: Vec<String> =
            field.master.iter().map(|info| info.name.clone()).filter(|name| !is_mine(name)).collect();
        let from = (place.db == master).then(|| own(place)).flatten();
        let mut all = attempts::of_server(other, &others);
        all.extend(attempts::of_rights(&trier.user, &planned.grant.role));
        all.extend(attempts::of_database(master, &names, false));
        if place.db != master {
            all.extend(attempts::of_database(&place.db, &[], true));
        }
        for target in &field.platform {
            all.extend(attempts::briefly(target));
        }
        for target in &field.shared {
            all.extend(attempts::briefly(target));
            all.extend(attempts::reads(target, from.map(|ns| ns.coll.as_str())));
            all.extend(attempts::writes(target, own(place), field.guard));
        }
        all.extend(field.views.iter().map(attempts::through));
        for attempt in all {
            self.attempt(trier, PLATFORM, attempt, tried).await;
        }
    }

    /// What is another tenant's.
    async fn try_pair(
        &self,
        trier: &Trier<'_>,
        place: &Place<'_>,
        victim: &Place<'_>,
        (field, cursor): (&Field<'_>, Option<&i64>),
        tried: &mut Tried,
    ) {
        let from = (place.db == victim.db).then(|| own(place)).flatten().map(|ns| ns.coll.as_str());
        let mut all = Vec::new();
        for (n, target) in victim.targets.iter().enumerate() {
            all.extend(attempts::briefly(target));
            if n == 0 || field.thorough {
                let target = Target { cursor: cursor.copied().filter(|_| n == 0), ..target.clone() };
                all.extend(attempts::reads(&target, from));
                all.extend(attempts::writes(&target, own(place), field.guard));
            }
        }
        all.extend(victim.views.iter().map(attempts::through));
        if victim.db != self.store.master() {
            let names = victim.targets.iter().map(|target| target.ns.coll.clone()).collect::<Vec<_>>();
            all.extend(attempts::of_database(&victim.db, &names, false));
        }
        for attempt in all {
            self.attempt(trier, victim.org.name.as_str(), attempt, tried).await;
        }
    }

    /// Tries what should be refused.
    async fn attempt(&self, trier: &Trier<'_>, against: &str, attempt: Attempt, tried: &mut Tried) {
        let outcome = trier.stranger.run(&attempt.db, attempt.command.clone()).await;
        if let Ok(reply) = &outcome {
            close(trier, &attempt, reply).await;
        }
        let verdict = judge(&attempt, outcome);
        count(tried, attempt.what, |kind| match &verdict {
            Verdict::Refused => kind.refused += 1,
            Verdict::Through(_) => kind.leaks += 1,
            Verdict::Unknown(_) => kind.unknown += 1,
        });
        let told = |detail: String| Attempted {
            organization: trier.organization.to_owned(),
            against: against.to_owned(),
            attempt: attempt.what,
            on: attempt.on.clone(),
            detail,
        };
        match verdict {
            Verdict::Refused => {}
            Verdict::Through(detail) => tried.leaks.push(told(detail)),
            Verdict::Unknown(detail) => tried.unknown.push(told(detail)),
        }
    }

    /// Does what has to be let through.
    async fn need(&self, trier: &Trier<'_>, attempt: Attempt, tried: &mut Tried) {
        let outcome = trier.stranger.run(&attempt.db, attempt.command.clone()).await;
        let told = |detail: String| Attempted {
            organization: trier.organization.to_owned(),
            against: trier.organization.to_owned(),
            attempt: attempt.what,
            on: attempt.on.clone(),
            detail,
        };
        match outcome {
            Ok(_) => tried.allowed += 1,
            Err(failure) if attempt.passed.contains(&failure.code) => tried.allowed += 1,
            Err(failure) if failure.is(server::UNAUTHORIZED) => tried.denied.push(told(words(&failure))),
            Err(failure) => tried.unknown.push(told(words(&failure))),
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Refused,
    Through(String),
    Unknown(String),
}

fn judge(attempt: &Attempt, outcome: Result<Document, Failure>) -> Verdict {
    let reply = match outcome {
        Err(failure) if failure.is(server::UNAUTHORIZED) => return Verdict::Refused,
        Err(failure) if attempt.passed.contains(&failure.code) => {
            return Verdict::Through(format!("the right was granted; then {}", words(&failure)));
        }
        Err(failure) => return Verdict::Unknown(words(&failure)),
        Ok(reply) => reply,
    };
    let cursor = reply.get_document("cursor").cloned().unwrap_or_default();
    let batch: Vec<&Document> = documents(&cursor, "firstBatch").collect();
    match &attempt.answer {
        Answer::LetThrough if batch.is_empty() => Verdict::Through("let through".to_owned()),
        Answer::LetThrough => Verdict::Through("let through, and something came back".to_owned()),
        Answer::Documents if batch.is_empty() => Verdict::Refused,
        Answer::Documents => Verdict::Through("a document that is another tenant's came back".to_owned()),
        Answer::Names(theirs) => {
            let shown = batch.into_iter().chain(documents(&reply, "databases"));
            let shown: Vec<&str> = shown.filter_map(|entry| entry.get_str("name").ok()).collect();
            match theirs.iter().find(|name| shown.contains(&name.as_str())) {
                Some(name) => Verdict::Through(format!("it is told of {name}")),
                None => Verdict::Refused,
            }
        }
        Answer::Kills => match reply.get_array("cursorsKilled") {
            Ok(killed) if !killed.is_empty() => Verdict::Through("it ended a cursor that is not its own".to_owned()),
            _ => Verdict::Unknown("the cursor was not there any more".to_owned()),
        },
    }
}

/// What the server said, without more than a line of it.
fn words(failure: &Failure) -> String {
    let message: String = failure.message.chars().take(160).collect();
    format!("{message} (code {})", failure.code)
}

fn count(tried: &mut Tried, what: &'static str, how: impl Fn(&mut Kind)) {
    for kind in [&mut tried.attempts, tried.kinds.entry(what).or_default()] {
        kind.tried += 1;
        how(kind);
    }
}

/// Ends a cursor that a reply left open.
async fn close(trier: &Trier<'_>, attempt: &Attempt, reply: &Document) {
    let Ok(cursor) = reply.get_document("cursor") else { return };
    let Some(id) = cursor.get_i64("id").ok().filter(|id| *id != 0) else { return };
    let ns = cursor.get_str("ns").unwrap_or_default();
    let coll = ns.split_once('.').map_or(ns, |(_, coll)| coll);
    let _ = trier.stranger.run(&attempt.db, doc! { "killCursors": coll, "cursors": [id] }).await;
}

fn own<'p>(place: &'p Place<'_>) -> Option<&'p Namespace> {
    place.targets.first().map(|target| &target.ns)
}

fn name(place: &Place<'_>) -> String {
    place.org.name.as_str().to_owned()
}

fn has_rights(place: &Place<'_>) -> bool {
    place
        .planned
        .is_some_and(|planned| planned.has_user() && planned.stands.role != Stand::Missing && !planned.held.is_empty())
}

/// Refuses to prove anything where nobody is refused anything.
async fn require_access_control(connect: &Connect) -> Result<()> {
    let nobody = Stranger::connect(connect, None).await?;
    let asked = nobody.run("admin", doc! { "listDatabases": 1, "authorizedDatabases": false, "nameOnly": true }).await;
    tokio::time::timeout(Duration::from_secs(5), nobody.close()).await.ok();
    match asked {
        Ok(_) => Err(Error::new(
            &code::NO_ACCESS_CONTROL,
            "somebody who did not log in may list the databases: nothing would be refused, so nothing was tried",
        )
        .next("flowbit explain E0640")),
        Err(failure) if failure.code == 0 => Err(failure.into_error("looking whether the server refuses strangers")),
        Err(_) => Ok(()),
    }
}

/// The pairs that are tried: every tenant tries, and is tried, as often as every other.
fn pairs(who: &[usize], all: usize, trying: Trying, tried: &mut Tried) -> Vec<(usize, usize)> {
    let in_all = who.len() * all.saturating_sub(1);
    tried.pairs_in_all = u64::try_from(in_all).unwrap_or_default();
    let mut order: Vec<usize> = (0..all).collect();
    let mut state = trying.seed;
    for at in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap_or_default() % (at + 1);
        order.swap(at, other);
    }
    let meant: BTreeSet<usize> = who.iter().copied().collect();
    let mut chosen = Vec::new();
    for distance in 1..all {
        for at in (0..all).filter(|at| meant.contains(&order[*at])) {
            chosen.push((order[at], order[(at + distance) % all]));
        }
    }
    chosen.truncate(trying.pairs);
    if chosen.len() < in_all {
        tried.not_tried.push(format!(
            "{} of {in_all} pairs: a sample was drawn, seed {}; --pairs {in_all} tries all",
            in_all - chosen.len(),
            trying.seed
        ));
    }
    chosen
}

/// The collections that each view of a catalog leads to, through views of views.
fn reach(catalog: &[CollectionInfo]) -> BTreeMap<String, BTreeSet<String>> {
    let views: BTreeMap<&str, BTreeSet<String>> = catalog
        .iter()
        .filter(|info| info.kind == CollectionKind::View)
        .map(|info| {
            let mut names: BTreeSet<String> =
                info.options.get_str("viewOn").ok().map(str::to_owned).into_iter().collect();
            info.pipeline().iter().for_each(|stage| named(stage, &mut names));
            (info.name.as_str(), names)
        })
        .collect();
    let whole = |view: &str| {
        let (mut found, mut open) = (BTreeSet::new(), vec![view.to_owned()]);
        while let Some(at) = open.pop() {
            for name in views.get(at.as_str()).into_iter().flatten() {
                if found.insert(name.clone()) {
                    open.push(name.clone());
                }
            }
        }
        found
    };
    views.keys().map(|view| ((*view).to_owned(), whole(view))).collect()
}

/// The collections that a stage names.
fn named(stage: &Document, names: &mut BTreeSet<String>) {
    for (key, value) in stage {
        match value {
            bson::Bson::String(text) if ["from", "coll", "$unionWith"].contains(&key.as_str()) => {
                names.insert(text.clone());
            }
            bson::Bson::Document(below) => named(below, names),
            bson::Bson::Array(items) => {
                items.iter().filter_map(bson::Bson::as_document).for_each(|below| named(below, names));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_of_pairs_is_even() {
        let mut tried = Tried::default();
        let who: Vec<usize> = (0..5).collect();
        let all = pairs(&who, 5, Trying { pairs: 100, seed: 1 }, &mut tried);
        assert_eq!(all.len(), 20);
        assert!(tried.not_tried.is_empty() && all.iter().all(|(a, b)| a != b));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 20);
        let some = pairs(&who, 5, Trying { pairs: 5, seed: 2 }, &mut tried);
        assert_eq!(some.iter().map(|(a, _)| a).collect::<BTreeSet<_>>().len(), 5);
        assert_eq!(some.iter().map(|(_, b)| b).collect::<BTreeSet<_>>().len(), 5);
        assert_eq!(tried.not_tried, ["15 of 20 pairs: a sample was drawn, seed 2; --pairs 20 tries all"]);
        assert_eq!(pairs(&[3], 5, Trying { pairs: 100, seed: 1 }, &mut tried).len(), 4);
        assert!(pairs(&[0], 1, Trying { pairs: 100, seed: 1 }, &mut tried).is_empty());
    }

    #[test]
    fn views_lead_through_views() {
        let view = |name: &str, options: Document| CollectionInfo {
            name: name.to_owned(),
            kind: CollectionKind::View,
            uuid: None,
            options,
        };
        let catalog = [
            view("a", doc! { "viewOn": "x", "pipeline": [{ "$lookup": { "from": "b", "as": "y" } }] }),
            view("b", doc! { "viewOn": "z", "pipeline": [{ "$facet": { "f": [{ "$unionWith": "w" }] } }] }),
        ];
        let reach = reach(&catalog);
        for name in ["x", "b", "z", "w"] {
            assert!(reach["a"].contains(name), "{name}");
        }
        assert!(!reach["b"].contains("x"));
    }
}
