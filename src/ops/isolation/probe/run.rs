//! The run: each request is sent, the answer searched, the database looked at, and the canaries put back.

use std::collections::BTreeMap;
use std::time::Duration;

use bson::{Bson, Document};

use super::call::{Call, Sign};
use super::forge::Forge;
use super::ground::{Side, places};
use super::sentence::stopped;
use super::{Control, Ground, Secrets};
use crate::domain::api::Does;
use crate::domain::fields::get;
use crate::domain::isolation::{Again, Rule, Shot, Trial, Verdict};
use crate::domain::plan::{Change, Namespace};
use crate::error::Result;
use crate::journal::Held;
use crate::ops::House;
use crate::store::Pen;
use crate::store::documents::apply;
use crate::web::{Answer, Ask, Client, Silence};

/// How long it is waited for a change that an answer promised: a majority may see it a moment later.
const PATIENCE: [Duration; 3] = [Duration::from_millis(20), Duration::from_millis(80), Duration::from_millis(200)];

/// Why nothing more is asked after a signal.
const INTERRUPTED: &str = "it was interrupted";

/// A probe in hand.
pub(super) struct Run<'a> {
    pub house: &'a House<'a>,
    pub ground: &'a Ground<'a>,
    pub forge: Forge<'a>,
    pub secrets: &'a Secrets,
    client: &'a Client,
    held: &'a mut Held,
    /// What was found about what is allowed, by route and whether it is the second tenant's.
    known: BTreeMap<(usize, bool), (Control, Option<String>)>,
    /// Routes that show the second tenant's canary to the first without any trick, or do not.
    open: BTreeMap<usize, bool>,
    gone: Option<Silence>,
}

/// What a request did in the database.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// What became of the second tenant's canary.
    pub theirs: Option<String>,
    /// What became of the first tenant's.
    pub mine: Option<String>,
    /// Whether something belongs to the second tenant that did not.
    pub moved: Option<String>,
    /// Whether documents were made.
    pub made: bool,
}

impl Effect {
    fn is_nothing(&self) -> bool {
        self.theirs.is_none() && self.mine.is_none() && self.moved.is_none() && !self.made
    }
}

/// Asks for something harmless: whether anybody is there at all.
pub(super) async fn greet(client: &Client, ground: &Ground<'_>) -> std::result::Result<(), Silence> {
    use crate::domain::api::Method;
    let list = ground.routes.iter().find(|route| route.does == Does::List && !route.path.contains('{'));
    let path = list.map_or_else(|| "/".to_owned(), |route| route.path.clone());
    let ask = Ask { method: Method::Get, path, headers: Vec::new(), body: None };
    match client.ask(ask).await {
        Err(silence @ (Silence::Unreachable(_) | Silence::Spent(_))) => Err(silence),
        _ => Ok(()),
    }
}

impl<'a> Run<'a> {
    pub fn new(
        house: &'a House<'a>,
        ground: &'a Ground<'a>,
        client: &'a Client,
        forge: Forge<'a>,
        secrets: &'a Secrets,
        held: &'a mut Held,
    ) -> Self {
        Self { house, ground, forge, secrets, client, held, known: BTreeMap::new(), open: BTreeMap::new(), gone: None }
    }

    /// What was found about what is allowed.
    pub fn controls(&self) -> Vec<Control> {
        self.known.values().map(|(control, _)| control.clone()).collect()
    }

    /// Why the backend cannot be asked any more.
    pub fn gone(&self) -> Option<Silence> {
        self.gone.clone()
    }

    /// Why nothing more is asked, where that is so.
    pub fn stopped(&self) -> Option<String> {
        self.gone.as_ref().map(stopped)
    }

    /// Tries these probes.
    pub async fn all(&mut self, probes: &[&'static Rule]) -> Result<Vec<Trial>> {
        let mut trials = Vec::with_capacity(probes.len());
        for (n, probe) in probes.iter().enumerate() {
            if self.house.interrupt.is_asked() {
                break;
            }
            self.house.watch.step(n + 1, probes.len(), &format!("{} {}", probe.id, probe.title));
            let tried = self.tried(probe).await?;
            if self.house.interrupt.is_asked() && self.gone == Some(Silence::Spent(INTERRUPTED.to_owned())) {
                break;
            }
            trials.push(summed_up(probe, tried));
            self.house.store.fault().at(&format!("probe:tried:{}", probe.id)).await;
        }
        Ok(trials)
    }

    /// Sends a request, and says how it ended; `control` is what has to work for a refusal to say anything.
    pub async fn fire(&mut self, call: Call, control: Option<bool>) -> Result<Shot> {
        let route = &self.ground.routes[call.route];
        let ask = self.ground.ask(&call);
        let shot = |status, verdict, evidence: String| Shot {
            route: route.line(),
            request: format!("{:?}", self.ground.ask(&call)),
            who: call.who.clone(),
            with_secret: call.token.is_some() || call.secret.is_some(),
            status,
            verdict,
            evidence,
            again: Again {
                made: call.made.clone(),
                tenant: call.header.clone(),
                body: call.body.clone().or_else(|| self.ground.body_of(route, &call)),
            },
        };
        if let Some(whose) = control
            && let Some(why) = self.works(call.route, whose).await?
        {
            return Ok(shot(None, Verdict::NotCheckable, why));
        }
        if let Some(why) = self.stopped() {
            return Ok(shot(None, Verdict::NotCheckable, why));
        }
        if call.beyond && self.is_open(call.route).await? {
            let why = "the route shows it without any trick, so nothing follows".to_owned();
            return Ok(shot(None, Verdict::NotCheckable, why));
        }
        let answer = self.send(ask).await?;
        let effect = self.effect(&answer, route.method.changes()).await?;
        let status = answer.as_ref().ok().map(|answer| answer.status);
        if let Some(evidence) = self.leak(&call, &answer, &effect) {
            return Ok(shot(status, Verdict::Leak, evidence));
        }
        let (verdict, evidence) = ended(&answer, route.method.changes());
        Ok(shot(status, verdict, evidence))
    }

    /// Whether a route shows the second tenant's canary to the first; asked once.
    async fn is_open(&mut self, route: usize) -> Result<bool> {
        if let Some(open) = self.open.get(&route) {
            return Ok(*open);
        }
        let shot = self.plain(route).await?;
        Ok(shot.verdict == Verdict::Leak)
    }

    /// The second tenant's canary with the first tenant's token.
    pub async fn plain(&mut self, route: usize) -> Result<Shot> {
        let canary = &self.ground.theirs.canary;
        let call = self.as_first(route, Sign::Theirs)?.id(&canary.id).term(&canary.word);
        let does = self.ground.routes[route].does;
        // What only shows is compared with what its owner sees; what changes, with what changes one's own.
        let theirs = matches!(does, Does::Read | Does::List | Does::Search);
        let shot = Box::pin(self.fire(call, Some(theirs))).await?;
        self.open.insert(route, shot.verdict == Verdict::Leak);
        Ok(shot)
    }

    /// Sends a request; keeps the lease meanwhile.
    pub async fn send(&mut self, ask: Ask) -> Result<std::result::Result<Answer, Silence>> {
        Pen::for_operation(self.house.store, &self.held.warrant).keep().await?;
        let answer = match self.house.interrupt.is_asked() {
            true => Err(Silence::Spent(INTERRUPTED.to_owned())),
            false => self.client.ask(ask).await,
        };
        if let Err(silence @ (Silence::Unreachable(_) | Silence::Spent(_))) = &answer {
            self.gone = Some(silence.clone());
        }
        Ok(answer)
    }

    /// What shows that it worked.
    fn leak(&self, call: &Call, answer: &std::result::Result<Answer, Silence>, effect: &Effect) -> Option<String> {
        let (first, second) = (&self.ground.view.first, &self.ground.view.against);
        if let Some(what) = &effect.theirs {
            return Some(format!("{second}'s canary {what}"));
        }
        if let (Sign::Moved, Some(what)) = (call.sign, &effect.moved) {
            return Some(what.clone());
        }
        let answer = answer.as_ref().ok()?;
        let status = answer.status;
        // A marker is another tenant's text, whatever was asked for.
        if call.sign != Sign::Mine && answer.holds(&self.ground.theirs.canary.marker) {
            return Some(format!("the marker of {second}'s canary came back ({status})"));
        }
        match call.sign {
            Sign::Mine if answer.holds(&self.ground.mine.canary.marker) => {
                Some(format!("the marker of {first}'s canary came back ({status})"))
            }
            Sign::Token if answer.is_success() && holds_token(answer) => {
                Some(format!("a token was given out ({status})"))
            }
            Sign::Success if answer.is_success() => Some(format!("it was answered ({status})")),
            _ => None,
        }
    }

    /// Looks what a request did, and puts the canaries back.
    pub async fn effect(&self, answer: &std::result::Result<Answer, Silence>, changes: bool) -> Result<Effect> {
        let promised = answer.as_ref().map_or(true, |answer| !(400..500).contains(&answer.status));
        let mut effect = self.look(changes).await?;
        for pause in PATIENCE {
            if !changes || !promised || !effect.is_nothing() {
                break;
            }
            tokio::time::sleep(pause).await;
            effect = self.look(changes).await?;
        }
        if !effect.is_nothing() {
            self.house.store.fault().at("probe:restoring").await;
            self.restore().await?;
        }
        Ok(effect)
    }

    async fn look(&self, changes: bool) -> Result<Effect> {
        let (mine, theirs) = (&self.ground.mine, &self.ground.theirs);
        let mut effect = Effect::default();
        let (one, other) = (self.canary(mine).await?, self.canary(theirs).await?);
        effect.theirs = difference(&theirs.canary.document, other.as_ref());
        effect.mine = difference(&mine.canary.document, one.as_ref());
        if let (Some(one), Some(key)) = (&one, &self.ground.key)
            && get(one, key) == get(&theirs.canary.document, key)
        {
            effect.moved = Some(format!("one's own canary belongs to {} now ({key})", self.ground.view.against));
        }
        if changes {
            for (ns, document) in self.made().await? {
                effect.made = true;
                let key = self.ground.key.as_ref();
                let foreign = match key {
                    Some(key) => get(&document, key) == get(&theirs.canary.document, key),
                    None => ns == theirs.canary.ns,
                };
                if foreign {
                    let id = document.get("_id").map(crate::domain::template::plain).unwrap_or_default();
                    effect.moved = Some(format!("a document of {} was made: {id}", self.ground.view.against));
                }
            }
        }
        Ok(effect)
    }

    async fn canary(&self, side: &Side) -> Result<Option<Document>> {
        Ok(self.house.store.find_one(&side.canary.ns, side.canary.filter(), None).await?)
    }

    /// Documents of this run that nobody planted.
    async fn made(&self) -> Result<Vec<(Namespace, Document)>> {
        let mut made = Vec::new();
        for ns in places(&self.ground.mine, &self.ground.theirs) {
            let found = self.house.store.find(&ns, self.strangers(&ns), None, None).await?;
            made.extend(found.into_iter().map(|document| (ns.clone(), document)));
        }
        Ok(made)
    }

    /// The filter of documents of this run in a collection besides the canaries that were planted there.
    fn strangers(&self, ns: &Namespace) -> Document {
        let canaries = [&self.ground.mine.canary, &self.ground.theirs.canary];
        let planted: Vec<Bson> = canaries.iter().filter(|canary| canary.ns == *ns).map(|canary| canary.key()).collect();
        let mut filter = self.ground.marks.filter(self.ground.op, &self.ground.texts());
        filter.insert("_id", bson::doc! { "$nin": planted });
        filter
    }

    /// Puts the canaries back, and removes what was made.
    async fn restore(&self) -> Result<()> {
        let (mine, theirs) = (&self.ground.mine.canary, &self.ground.theirs.canary);
        let mut changes: Vec<Change> = [mine, theirs]
            .map(|canary| Change::Put { ns: canary.ns.clone(), document: canary.document.clone() })
            .into();
        for ns in places(&self.ground.mine, &self.ground.theirs) {
            changes.push(Change::Delete { filter: self.strangers(&ns), ns });
        }
        let pen = Pen::for_operation(self.house.store, &self.held.warrant);
        Ok(apply(pen, self.held.record.id.as_str(), &changes, None).await?)
    }

    /// Whether what is allowed on a route works, for the first tenant or the second; asked once. Why not, otherwise.
    pub async fn works(&mut self, route: usize, theirs: bool) -> Result<Option<String>> {
        if let Some((_, why)) = self.known.get(&(route, theirs)) {
            return Ok(why.clone());
        }
        if let Some(why) = self.stopped() {
            return Ok(Some(why));
        }
        let (control, why) = self.control(route, theirs).await?;
        if let Some(control) = control {
            self.known.insert((route, theirs), (control, why.clone()));
        }
        Ok(why)
    }
}

/// What differs, in words.
fn difference(planted: &Document, now: Option<&Document>) -> Option<String> {
    let Some(now) = now else { return Some("is gone".to_owned()) };
    let names: std::collections::BTreeSet<&str> = planted
        .keys()
        .chain(now.keys())
        .map(String::as_str)
        .filter(|name| planted.get(name) != now.get(name))
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    (!names.is_empty()).then(|| format!("was changed ({})", names.join(", ")))
}

/// Whether something in an answer looks like a signed token.
fn holds_token(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.bytes);
    let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.split(|c: char| !in_token(c)).any(|word| word.starts_with("eyJ") && word.matches('.').count() == 2)
}

/// How a request ended that leaked nothing.
fn ended(answer: &std::result::Result<Answer, Silence>, changes: bool) -> (Verdict, String) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(silence @ Silence::Broken(_)) => return (Verdict::Unknown, silence.why().to_owned()),
        Err(silence) => return (Verdict::NotCheckable, silence.why().to_owned()),
    };
    let status = answer.status;
    match status {
        _ if answer.cut.is_some() => {
            (Verdict::Unknown, format!("{status}, and {}", answer.cut.clone().unwrap_or_default()))
        }
        200..300 if changes => {
            (Verdict::Held, format!("no leak: answered {status}, nothing of the other tenant changed"))
        }
        200..300 => (Verdict::Held, format!("no leak: answered {status}, nothing of the other tenant in it")),
        300..400 => (Verdict::Unknown, format!("{status}, a redirect, which was not followed")),
        408 | 429 => (Verdict::Unknown, format!("{status}: the backend wants fewer requests; lower --rate")),
        400..500 => (Verdict::Refused, format!("{status}")),
        _ => (Verdict::Unknown, format!("{status}: the backend broke")),
    }
}

/// A probe from its requests; or why there are none.
fn summed_up(probe: &'static Rule, tried: std::result::Result<Vec<Shot>, String>) -> Trial {
    let (verdict, evidence, shots) = match tried {
        Err(why) => (Verdict::NotCheckable, why, Vec::new()),
        Ok(shots) => {
            let order = [Verdict::Leak, Verdict::Unknown, Verdict::Held, Verdict::Refused, Verdict::NotCheckable];
            let worst = order.iter().find_map(|wanted| shots.iter().find(|shot| shot.verdict == *wanted));
            let nothing = (Verdict::NotCheckable, "there is no route to try it on".to_owned());
            let (verdict, evidence) = worst.map_or(nothing, |shot| (shot.verdict, shot.evidence.clone()));
            (verdict, evidence, shots)
        }
    };
    let said = |shot: &Shot| shot.verdict == Verdict::Leak || shot.verdict.is_safe();
    Trial {
        probe: probe.id,
        name: probe.name,
        title: probe.title,
        fault: probe.fault,
        verdict,
        applies: !shots.is_empty(),
        complete: !shots.is_empty() && shots.iter().all(said),
        evidence,
        shots,
    }
}

/// A value that nobody's document has.
pub(super) fn nobody_s(key: &Bson) -> String {
    match key {
        Bson::ObjectId(_) => bson::oid::ObjectId::new().to_hex(),
        Bson::String(text) if bson::oid::ObjectId::parse_str(text).is_ok() => bson::oid::ObjectId::new().to_hex(),
        _ => bson::Uuid::new().to_string(),
    }
}
