//! One look at every entry: what each rule needs to know is gathered in bounded room while they stream by.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::spec::ElementType;
use bson::{Bson, DateTime, RawBsonRef, RawDocument};

use super::leaks::Leaks;
use super::tenants::{Candidates, Tenants, ident};
use crate::domain::audit::{REST, Trail};
use crate::domain::template::plain;

/// Different actors and targets that are remembered.
pub(super) const PAIRS: usize = 200_000;

/// Times that are remembered, eight bytes each.
pub(super) const TIMES: usize = 8_000_000;

/// Different values that a finding names.
const VALUES: usize = 5;

/// Identifiers that a finding gives as examples.
const EXAMPLES: usize = 3;

/// How far time and identifier may be apart: milliseconds.
const DRIFT: i64 = 5 * 60 * 1000;

/// Entries that have something in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub count: u64,
    pub examples: Vec<Bson>,
    /// What they have, and how many have it: the first few.
    pub values: BTreeMap<String, u64>,
    pub more: bool,
}

impl Tally {
    pub fn add(&mut self, id: &Bson, value: Option<String>) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(id.clone());
        }
        if let Some(value) = value {
            self.have(value, 1);
        }
    }

    fn have(&mut self, value: String, n: u64) {
        if self.values.len() < VALUES || self.values.contains_key(&value) {
            *self.values.entry(value).or_default() += n;
        } else {
            self.more = true;
        }
    }

    pub fn merge(&mut self, other: &Tally) {
        self.count += other.count;
        self.more |= other.more;
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.iter().take(room).cloned());
        for (value, n) in &other.values {
            self.have(value.clone(), *n);
        }
    }

    /// `"a" (3), "b"`, and whether there are more.
    pub fn shown(&self) -> String {
        let one = |(value, n): (&String, &u64)| if *n == 1 { value.clone() } else { format!("{value} ({n})") };
        let mut all: Vec<String> = self.values.iter().map(one).collect();
        if self.more {
            all.push("…".to_owned());
        }
        all.join(", ")
    }
}

/// Somebody, or something, in the entries of some tenant.
#[derive(Debug)]
pub(super) struct Met {
    pub value: Bson,
    pub whose: Candidates,
    pub tally: Tally,
    /// Entries among them that have no tenant.
    pub homeless: Tally,
}

/// Those that were met, each once, as long as there is room.
#[derive(Debug, Default)]
pub(super) struct Meetings {
    pub met: HashMap<(String, Candidates), Met>,
    pub full: bool,
}

impl Meetings {
    fn meet(&mut self, value: &Bson, whose: Candidates, id: &Bson, homeless: bool) -> bool {
        let key = (ident(value), whose);
        if self.met.len() >= PAIRS && !self.met.contains_key(&key) {
            self.full = true;
            return false;
        }
        let met = self.met.entry(key).or_insert_with_key(|(_, whose)| Met {
            value: value.clone(),
            whose: whose.clone(),
            tally: Tally::default(),
            homeless: Tally::default(),
        });
        met.tally.add(id, None);
        if homeless {
            met.homeless.add(id, None);
        }
        true
    }
}

/// What the entries of one action have.
#[derive(Debug, Default)]
pub(super) struct Aims {
    pub aimed: u64,
    pub aimless: Tally,
}

/// What was gathered.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub entries: u64,
    pub no_tenant: Tally,
    pub tenant_type: Tally,
    pub tenant_unknown: Tally,
    pub no_actor: Tally,
    pub no_action: Tally,
    pub no_time: Tally,
    pub drift: Tally,
    pub furthest: i64,
    pub to_come: Tally,
    pub times: Vec<i64>,
    pub times_full: bool,
    pub actors: Meetings,
    pub targets: Meetings,
    pub actions: HashMap<String, Aims>,
    pub leaks: Leaks,
    /// Accounts that flowbit's own entries name: they may be gone since.
    pub told_of: HashSet<String>,
}

/// The look itself.
pub(super) struct Pass<'p> {
    pub trail: &'p Trail,
    pub tenants: &'p Tenants,
    /// Only entries of this one count, but for whom they touch.
    pub only: Option<u32>,
    /// By the server's clock, milliseconds.
    pub now: i64,
    /// Whether targets may be tickets.
    pub tickets: bool,
    pub seen: Seen,
}

/// The value at a dotted path.
pub(super) fn at<'d>(document: &'d RawDocument, path: &str) -> Option<RawBsonRef<'d>> {
    match path.split_once('.') {
        None => document.get(path).ok().flatten(),
        Some((head, rest)) => at(document.get(head).ok().flatten()?.as_document()?, rest),
    }
}

fn owned(value: RawBsonRef<'_>) -> Bson {
    Bson::try_from(value).unwrap_or(Bson::Null)
}

/// Whether there is something: neither nothing, nor null, nor an empty text.
fn filled(value: Option<RawBsonRef<'_>>) -> Option<RawBsonRef<'_>> {
    value.filter(|value| match value {
        RawBsonRef::Null | RawBsonRef::Undefined => false,
        RawBsonRef::String(text) => !text.trim().is_empty(),
        _ => true,
    })
}

impl Pass<'_> {
    /// Looks at an entry.
    pub fn look(&mut self, entry: &RawDocument) {
        let trail = self.trail;
        let id = at(entry, "_id").map_or(Bson::Null, owned);
        let own = self.is_own(entry, &id);
        let time = at(entry, &trail.time).and_then(|time| time.as_datetime());
        let raw_tenant = trail.tenant.as_deref().and_then(|path| filled(at(entry, path))).map(owned);
        let whose = raw_tenant.as_ref().map(|value| self.tenants.of(value, time)).unwrap_or_default();
        let mine = self.only.is_none_or(|only| whose.contains(&only));
        if self.tickets && !own && !whose.is_empty() {
            for value in trail.targets.iter().filter_map(|path| filled(at(entry, path))) {
                self.seen.targets.meet(&owned(value), whose.clone(), &id, false);
            }
        }
        if !mine {
            return;
        }
        self.seen.entries += 1;
        self.times(entry, &id, time, own);
        let homeless = trail.tenant.is_some() && raw_tenant.is_none();
        if let (Some(value), false, true) = (&raw_tenant, own, whose.is_empty()) {
            self.stranger(value, &id);
        }
        let action = filled(at(entry, &trail.action)).map(owned);
        if !own {
            let actor = trail.actors.iter().find_map(|path| filled(at(entry, path))).map(owned);
            match &actor {
                Some(actor) => {
                    if !self.seen.actors.meet(actor, whose, &id, homeless) && homeless {
                        self.seen.no_tenant.add(&id, None);
                    }
                }
                None => {
                    self.seen.no_actor.add(&id, action.as_ref().map(plain));
                    if homeless {
                        self.seen.no_tenant.add(&id, action.as_ref().map(plain));
                    }
                }
            }
            self.aim(entry, action.as_ref(), &id);
        } else {
            self.hear(entry);
        }
        if action.is_none() {
            self.seen.no_action.add(&id, None);
        }
        self.seen.leaks.look(entry, &id, own);
    }

    /// Whether flowbit wrote it: the operation that it names is its identifier.
    fn is_own(&self, entry: &RawDocument, id: &Bson) -> bool {
        let Bson::ObjectId(id) = id else { return false };
        let trail = self.trail;
        let beside = |place: &str| format!("{place}.operation");
        let of_details = [trail.details.as_deref(), trail.after.as_deref(), Some(REST)];
        let paths = trail.operation.iter().cloned().chain(of_details.into_iter().flatten().map(beside));
        let hex = id.to_hex();
        paths.into_iter().any(|path| at(entry, &path).and_then(|v| v.as_str()) == Some(&hex))
    }

    fn stranger(&mut self, value: &Bson, id: &Bson) {
        let near = self.tenants.near(value);
        let said = |near: Option<&str>| match near {
            Some(near) if near != plain(value) => format!("{:?}, meant is {near:?}", plain(value)),
            _ => format!("{:?}", plain(value)),
        };
        if self.tenants.is_of_kind(value.element_type()) {
            self.seen.tenant_unknown.add(id, Some(said(near)));
        } else {
            self.seen.tenant_type.add(id, Some(format!("{} of type {}", said(near), word(value.element_type()))));
        }
    }

    fn times(&mut self, entry: &RawDocument, id: &Bson, time: Option<DateTime>, own: bool) {
        let Some(time) = time else {
            let found = at(entry, &self.trail.time).map(|value| value.element_type());
            let value = found.map_or_else(|| "missing".to_owned(), |kind| word(kind).to_owned());
            self.seen.no_time.add(id, Some(value));
            return;
        };
        let at = time.timestamp_millis();
        if self.seen.times.len() < TIMES {
            self.seen.times.push(at)
        } else {
            self.seen.times_full = true
        }
        if at > self.now + DRIFT {
            self.seen.to_come.add(id, None);
        } else if let (Bson::ObjectId(oid), false) = (id, own) {
            let drift = oid.timestamp().timestamp_millis() - at;
            if drift.abs() > DRIFT {
                self.seen.drift.add(id, None);
                self.seen.furthest = if drift.abs() > self.seen.furthest.abs() { drift } else { self.seen.furthest };
            }
        }
    }

    fn aim(&mut self, entry: &RawDocument, action: Option<&Bson>, id: &Bson) {
        let Some(action) = action.map(plain).filter(|_| !self.trail.targets.is_empty()) else { return };
        let seen = &mut self.seen;
        if seen.actions.len() >= 10_000 && !seen.actions.contains_key(&action) {
            return;
        }
        let aims = seen.actions.entry(action).or_default();
        if self.trail.targets.iter().any(|path| filled(at(entry, path)).is_some()) {
            aims.aimed += 1;
        } else {
            aims.aimless.add(id, None);
        }
    }

    /// Remembers the accounts that an entry of flowbit's names, wherever its details are.
    fn hear(&mut self, entry: &RawDocument) {
        let trail = self.trail;
        let places = [trail.details.as_deref(), trail.after.as_deref(), Some(REST)];
        for place in places.into_iter().flatten() {
            if let Some(details) = at(entry, place).and_then(|details| details.as_document()) {
                self.hear_in(details);
            }
        }
    }

    fn hear_in(&mut self, details: &RawDocument) {
        let told_of = &mut self.seen.told_of;
        let mut note = |document: &RawDocument| {
            for path in ["user", "email", "admin"] {
                if let (Some(text), true) = (at(document, path).and_then(|v| v.as_str()), told_of.len() < PAIRS) {
                    told_of.insert(text.to_lowercase());
                }
            }
        };
        note(details);
        if let Some(users) = at(details, "users").and_then(|users| users.as_array()) {
            users.into_iter().flatten().filter_map(|user| user.as_document()).for_each(&mut note);
        }
    }
}

fn word(kind: ElementType) -> &'static str {
    match kind {
        ElementType::String => "text",
        ElementType::ObjectId => "ObjectId",
        ElementType::DateTime => "date",
        ElementType::Int32 | ElementType::Int64 | ElementType::Double | ElementType::Decimal128 => "number",
        ElementType::Null | ElementType::Undefined => "null",
        ElementType::EmbeddedDocument => "document",
        ElementType::Array => "array",
        ElementType::Boolean => "boolean",
        ElementType::Timestamp => "timestamp",
        ElementType::Binary => "binary",
        _ => "another type",
    }
}
