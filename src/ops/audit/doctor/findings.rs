//! What follows from what was seen: findings, each with evidence and the command that shows or repairs it.

use std::collections::BTreeMap;

use bson::{DateTime, Document, doc};

use super::pass::{Aims, Met, Seen, Tally};
use super::{Exam, actors::People, leaks::Leaks, rules, rules::Rule, targets, these, times};
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::doctor::mend;

/// Pairs of tenants between which something went across, that are told one by one.
const CROSSINGS: usize = 20;

/// Silences that are told.
const SILENCES: usize = 3;

/// Words in actions that are about many things at once.
const ABOUT_MANY: [&str; 8] = ["list", "search", "export", "query", "import", "bulk", "report", "count"];

impl Exam<'_> {
    /// That entries of a tenant can be found without looking at all of them, and that none is erased unseen.
    pub(super) async fn indexes(&mut self) -> Result<()> {
        let indexes = self.house.store.indexes(&self.ns).await?;
        let keys = |index: &Document| index.get_document("key").cloned().unwrap_or_default();
        let name = |index: &Document| index.get_str("name").unwrap_or("?").to_owned();
        let nothing = Tally::default();
        self.checked(&rules::ERASES);
        for index in indexes.iter().filter(|index| index.contains_key("expireAfterSeconds")) {
            let after = index.get("expireAfterSeconds").map(plain).unwrap_or_default();
            let path = keys(index).keys().next().cloned().unwrap_or_default();
            let evidence = format!(
                "the index {} on {path} erases entries {after} seconds after it, and no seal outlives that",
                name(index)
            );
            let repair = mend::call(&self.ns, &format!("dropIndex({})", mend::json(&name(index))));
            self.found(&rules::ERASES, self.ns.to_string(), &nothing, evidence, repair);
        }
        let Some(tenant) = self.trail.tenant.clone().filter(|_| !self.trail.is_own()) else {
            let why = match self.trail.is_own() {
                true => "flowbit's own trail is small",
                false => "entries do not say whose they are",
            };
            self.cannot(&rules::INDEX, why);
            return Ok(());
        };
        self.checked(&rules::INDEX);
        let serves = |index: &Document| {
            let first: Vec<String> = keys(index).keys().take(2).cloned().collect();
            first == [tenant.clone(), self.trail.time.clone()] && !index.contains_key("partialFilterExpression")
        };
        if !indexes.iter().any(serves) {
            let wanted = doc! { "key": { &tenant: 1, &self.trail.time: -1 } };
            let evidence = format!(
                "what a tenant did is found by reading every entry: no index of {tenant}, then {}",
                self.trail.time
            );
            let repair = mend::create_index(std::slice::from_ref(&self.ns), &wanted);
            self.found(&rules::INDEX, self.ns.to_string(), &nothing, evidence, repair);
        }
        Ok(())
    }

    /// A finding about entries that have something in common, if there are any.
    fn entries(&mut self, rule: &'static Rule, path: Option<&str>, tally: &Tally, what: &str) {
        self.checked(rule);
        if tally.count == 0 {
            return;
        }
        let values = tally.shown();
        let values = if values.is_empty() { String::new() } else { format!(": {values}") };
        let evidence = format!("{} {what}{values}", entries(tally.count));
        let place = path.map_or_else(|| self.ns.coll.clone(), |path| format!("{}.{path}", self.ns.coll));
        let repair = mend::look(&self.ns, &these(&tally.examples));
        self.found(rule, place, tally, evidence, repair);
    }

    pub(super) fn judge_actors(&mut self, seen: &mut Seen, people: &People) {
        let mut unknown = Tally::default();
        let mut across: BTreeMap<(String, String), Tally> = BTreeMap::new();
        let mut met: Vec<&Met> = seen.actors.met.values().collect();
        met.sort_by_key(|met| plain(&met.value));
        for met in met {
            let who = people.who(&met.value);
            if !who.is_some_and(|who| who.core) {
                seen.no_tenant.merge(&met.homeless);
            }
            let Some(who) = who else {
                // The accounts of a tenant that is gone are gone with it, and nothing tells who they were.
                if !met.whose.is_empty() && !met.whose.iter().any(|at| self.tenants.lives(*at)) {
                    continue;
                }
                let mut tally = met.tally.clone();
                tally.values = BTreeMap::from([(format!("{:?}", plain(&met.value)), met.tally.count)]);
                unknown.merge(&tally);
                continue;
            };
            let shares = met.whose.iter().any(|at| who.owners.contains(at));
            if who.core || shares || who.owners.is_empty() || met.whose.is_empty() {
                continue;
            }
            let pair = (self.tenants.names(&who.owners), self.tenants.names(&met.whose));
            let mut tally = met.tally.clone();
            tally.values = BTreeMap::from([(format!("{:?}", plain(&met.value)), met.tally.count)]);
            across.entry(pair).or_default().merge(&tally);
        }
        let path = self.trail.actors.first().cloned();
        self.entries(&rules::ACTOR_UNKNOWN, path.as_deref(), &unknown, "by somebody who has no account");
        self.checked(&rules::CROSS_ACTOR);
        self.across(&rules::CROSS_ACTOR, across, |(theirs, whose), n, who| {
            format!("{n} of {whose} by an account of {theirs}: {who}")
        });
        for rule in [&rules::ACTOR_UNKNOWN, &rules::CROSS_ACTOR] {
            self.partly(rule, &seen.actors);
        }
    }

    fn across(
        &mut self,
        rule: &'static Rule,
        pairs: BTreeMap<(String, String), Tally>,
        say: impl Fn(&(String, String), &str, &str) -> String,
    ) {
        let left = pairs.len().saturating_sub(CROSSINGS);
        for (pair, tally) in pairs.into_iter().take(CROSSINGS) {
            let evidence = say(&pair, &entries(tally.count), &tally.shown());
            let repair = mend::look(&self.ns, &these(&tally.examples));
            self.found(rule, format!("{} → {}", pair.0, pair.1), &tally, evidence, repair);
        }
        if left > 0 {
            self.cannot(rule, format!("{left} more pairs of tenants are not told"));
        }
    }

    pub(super) async fn judge_entries(&mut self, seen: &mut Seen) -> Result<()> {
        let trail = self.trail.clone();
        match trail.tenant.as_deref() {
            None => {
                for rule in [&rules::NO_TENANT, &rules::TENANT_TYPE, &rules::TENANT_UNKNOWN] {
                    self.cannot(rule, "the description does not say where entries name their tenant");
                }
            }
            Some(_) if self.only.is_some() => {
                for rule in [&rules::NO_TENANT, &rules::TENANT_TYPE, &rules::TENANT_UNKNOWN] {
                    self.cannot(rule, "asked about one organization only");
                }
            }
            Some(path) => {
                self.entries(&rules::NO_TENANT, Some(path), &seen.no_tenant, "that no tenant will ever see");
                self.entries(&rules::TENANT_TYPE, Some(path), &seen.tenant_type, "whose tenant is of another type");
                self.entries(&rules::TENANT_UNKNOWN, Some(path), &seen.tenant_unknown, "of a tenant that nobody knows");
            }
        }
        let actor = trail.actors.first().map(String::as_str);
        self.entries(&rules::NO_ACTOR, actor, &seen.no_actor, "that do not say who");
        self.entries(&rules::NO_ACTION, Some(&trail.action), &seen.no_action, "that do not say what");
        self.entries(&rules::NO_TIME, Some(&trail.time), &seen.no_time, "whose time is no date");
        self.entries(&rules::CLOCK, Some(&trail.time), &seen.to_come, "whose time is to come");
        let drift = format!("whose time is not that of their identifier, by up to {}", lasting(seen.furthest));
        self.entries(&rules::CLOCK, Some(&trail.time), &seen.drift, &drift);
        self.aims(&seen.actions);
        self.leaks(&seen.leaks);
        self.silences(&mut seen.times).await
    }

    /// Actions that are about something: those of which most entries say so, and those that are named after tickets.
    fn aims(&mut self, actions: &std::collections::HashMap<String, Aims>) {
        let Some(path) = self.trail.targets.first().cloned() else {
            return self
                .cannot(&rules::NO_TARGET, "the description does not say where entries name what they are about");
        };
        let thing =
            self.house.platform.tickets.as_ref().map(|tickets| tickets.collection.trim_end_matches('s').to_lowercase());
        let about = |action: &str, aims: &Aims| {
            let words = crate::domain::secrecy::words_of(action);
            let many = words.iter().any(|word| ABOUT_MANY.contains(&word.as_str()));
            let named = thing.as_ref().is_some_and(|thing| words.contains(thing));
            !many && (named || aims.aimed > aims.aimless.count)
        };
        let mut lost = Tally::default();
        let mut all: Vec<(&String, &Aims)> = actions.iter().collect();
        all.sort_by_key(|(action, _)| *action);
        for (action, aims) in all.into_iter().filter(|(action, aims)| aims.aimless.count > 0 && about(action, aims)) {
            let mut tally = aims.aimless.clone();
            tally.values = BTreeMap::from([(action.clone(), aims.aimless.count)]);
            lost.merge(&tally);
        }
        self.entries(&rules::NO_TARGET, Some(&path), &lost, "that do not say about what");
    }

    fn leaks(&mut self, leaks: &Leaks) {
        let both = [
            (&rules::SECRET, &leaks.secrets, "with what looks like a secret, in clear: whoever reads the trail has it"),
            (&rules::BODY, &leaks.bodies, "with the whole body of a request, and what people typed into it"),
        ];
        for (rule, paths, what) in both {
            self.checked(rule);
            for (path, tally) in paths {
                let evidence = format!("{} {what}", entries(tally.count));
                let hidden = doc! { path: 0 };
                let look = format!(
                    "find({}, {}).limit(20)",
                    mend::script(&these(&tally.examples).into()),
                    mend::script(&hidden.into())
                );
                let repair = match rule.id == rules::SECRET.id {
                    true => format!(
                        "{}   # change what was stored there, and have the backend leave it out",
                        mend::call(&self.ns, &look)
                    ),
                    false => format!("{}   # have the backend leave it out", mend::call(&self.ns, &look)),
                };
                self.found(rule, format!("{}.{path}", self.ns.coll), tally, evidence, repair);
            }
        }
    }

    async fn silences(&mut self, at: &mut [i64]) -> Result<()> {
        let Some((found, usual)) = times::silences(at) else {
            self.cannot(&rules::GAP, "there are too few entries to tell what is usual");
            return Ok(());
        };
        self.checked(&rules::GAP);
        if found.is_empty() {
            return Ok(());
        }
        let mut tally = Tally { count: u64::try_from(found.len()).unwrap_or_default(), ..Tally::default() };
        let mut said = Vec::new();
        for (from, to) in found.iter().take(SILENCES) {
            let when = |at: i64| plain(&DateTime::from_millis(at).into());
            said.push(format!("{} from {} to {}", lasting(to - from), when(*from), when(*to)));
            let last = Document::from_iter([(self.trail.time.clone(), DateTime::from_millis(*from).into())]);
            tally.examples.extend(self.house.store.first_ids(&self.ns, last, 1).await?);
        }
        let evidence = format!("no entry for {}; 99 of 100 follow within {}", said.join(", "), lasting(usual));
        let repair = "compare with the tickets of that time: what was changed and has no entry?".to_owned();
        self.found(&rules::GAP, format!("{}.{}", self.ns.coll, self.trail.time), &tally, evidence, repair);
        Ok(())
    }

    pub(super) async fn judge_targets(&mut self, seen: &Seen) -> Result<()> {
        let why = match (&self.house.platform.tickets, &self.trail.tenant) {
            _ if self.trail.is_own() => Some("flowbit's own trail tells of no tickets"),
            (None, _) => Some("the description has no [tickets]"),
            (_, None) => Some("the description does not say where entries name their tenant"),
            _ if self.trail.targets.is_empty() => {
                Some("the description does not say where entries name what they are about")
            }
            _ => None,
        };
        if let Some(why) = why {
            self.cannot(&rules::CROSS_TARGET, why);
            return Ok(());
        }
        let mut met: Vec<&Met> = seen.targets.met.values().collect();
        met.sort_by_key(|met| plain(&met.value));
        let crossings = targets::look(self.house, &self.tenants, &met).await?;
        self.checked(&rules::CROSS_TARGET);
        let mut across: BTreeMap<(String, String), Tally> = BTreeMap::new();
        for crossing in &crossings.found {
            let concerned = |only: u32| crossing.owner == only || crossing.met.whose.contains(&only);
            if !self.only.is_none_or(concerned) {
                continue;
            }
            let pair = (self.tenants.names(&crossing.met.whose), self.tenants.names(&[crossing.owner]));
            let mut tally = crossing.met.tally.clone();
            tally.values = BTreeMap::from([(plain(&crossing.met.value), tally.count)]);
            across.entry(pair).or_default().merge(&tally);
        }
        self.across(&rules::CROSS_TARGET, across, |(whose, theirs), n, which| {
            format!("{n} of {whose} about tickets of {theirs}: {which}")
        });
        self.partly(&rules::CROSS_TARGET, &seen.targets);
        if let Some(why) = crossings.left_out {
            self.cannot(&rules::CROSS_TARGET, why);
        }
        Ok(())
    }
}

/// `1 entry`, `2 entries`.
fn entries(n: u64) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{n} entries") }
}

/// A time that something lasts, in the largest unit that fits.
fn lasting(milliseconds: i64) -> String {
    let seconds = milliseconds.unsigned_abs() / 1000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
