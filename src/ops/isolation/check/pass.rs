//! One look at every document, whatever the number of rules: what each rule needs to know is gathered in bounded room
//! while they stream by.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use bson::Bson;

use super::ident::{AsIs, Ident, Maker, quick, text};
use super::lens::{Known, Lens, Node, Target};
use super::people::People;
use super::sources::{Owner, Source, What};
use super::tenants::{Raw, Tenants, Verdict, value};
use crate::domain::rawdoc::{Element, Elements, at};
use crate::domain::secrecy;

/// Identifiers that a finding gives as examples.
pub(super) const EXAMPLES: usize = 3;

/// Different keys of a collection, and different groups of findings, that are remembered.
const GROUPS: usize = 100_000;

/// Bytes of a key that can be one.
const LONGEST: usize = 1_000;

/// Identifiers of one collection that nobody has yet and that are remembered.
const OPEN: usize = 2_000_000;

/// The same at a path of sub-documents' own identifiers, most of which are nothing else.
const INNER: usize = 10_000;

/// What a value that is another tenant's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Thing {
    Account,
    Mail,
    Organization,
    Word,
    Document,
}

/// Documents that have something in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub count: u64,
    pub examples: Vec<Bson>,
    /// Some of what they have.
    pub values: Vec<Bson>,
}

impl Tally {
    /// Adds those of another.
    pub fn merge(&mut self, other: &Tally) {
        self.count += other.count;
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.iter().take(room).cloned());
    }

    fn add(&mut self, id: &dyn Fn() -> Bson, value: impl FnOnce() -> Bson) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            let id = id();
            if !self.examples.contains(&id) {
                self.examples.push(id);
            }
        }
        if self.values.len() < EXAMPLES {
            let value = value();
            if !self.values.contains(&value) {
                self.values.push(value);
            }
        }
    }
}

/// The documents of one key, or of one link.
#[derive(Debug)]
pub(super) struct KeySeen {
    /// The key; of type 0 where there is none.
    pub raw: Raw,
    owner: Option<u32>,
    pub verdict: Verdict,
    pub tally: Tally,
}

/// A value that may be somebody else's, until it is known whose the document is.
#[derive(Debug, Clone, Copy)]
struct Hit {
    node: u32,
    thing: Thing,
    whose: u32,
    from: usize,
    length: usize,
    kind: u8,
}

/// An identifier that is no account's and no organization's: perhaps another tenant's document has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Open {
    pub node: u32,
    pub owner: u32,
    pub ident: Ident,
}

/// What everybody looks things up in.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub tenants: Arc<Tenants>,
    pub people: Arc<People>,
    pub maker: Maker,
}

/// What was gathered of one collection.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub read: u64,
    pub keys: Vec<KeySeen>,
    pub keys_full: bool,
    /// By path, whose the document is, whose the value is, and what it is.
    pub crossings: BTreeMap<(u32, u32, u32, Thing), Tally>,
    /// By path and whose the document is: a twin that says something else.
    pub twins: BTreeMap<(u32, u32), Tally>,
    /// By path and owner.
    pub secrets: BTreeMap<(u32, Option<u32>), Tally>,
    /// By kind of the password's field, and whose the account is.
    pub hashes: BTreeMap<(&'static str, Option<u32>), Tally>,
    pub roles: BTreeMap<(String, Option<u32>), Tally>,
    pub owners: BTreeMap<u32, u64>,
    /// Paths that told whose documents are, where nobody said which.
    pub guessed: BTreeSet<String>,
    /// Whether more pairs of tenants were met than are remembered.
    pub crossings_full: bool,
    /// Whether identifiers of sub-documents were left out.
    pub inner_full: bool,
    pub ownerless: Tally,
    pub open: HashMap<Open, u32>,
    pub open_full: bool,
    inner: HashMap<u32, usize>,
    pub malformed: u64,
}

/// The look itself.
pub(super) struct Pass {
    source: Source,
    ground: Ground,
    pub lens: Lens,
    /// What twins should be, by number of the twin and tenant.
    twins: Vec<HashMap<u32, Raw>>,
    pub seen: Seen,
    hits: Vec<Hit>,
    open: Vec<(u32, Ident)>,
    /// Whose the document is that is looked at.
    whose: Option<u32>,
    /// Where in [`Seen::keys`] a key is, by a number of it.
    places: HashMap<u64, usize, BuildHasherDefault<AsIs>>,
}

impl Pass {
    pub fn new(source: Source, ground: Ground, known: Known, twins: Vec<HashMap<u32, Raw>>) -> Self {
        Self {
            source,
            ground,
            lens: Lens::new(known),
            twins,
            seen: Seen::default(),
            hits: Vec::new(),
            open: Vec::new(),
            whose: None,
            places: HashMap::default(),
        }
    }

    /// The paths, whether there were more of them, and what was gathered.
    pub fn end(self) -> (Vec<Node>, bool, Seen) {
        (self.lens.nodes, self.lens.full, self.seen)
    }

    /// Looks at a document.
    pub fn look(&mut self, document: &[u8]) {
        self.seen.read += 1;
        let mut owner = self.owner(document);
        self.whose = owner;
        self.hits.clear();
        self.open.clear();
        if self.walk(0, document, document, false, 0).is_none() {
            self.seen.malformed += 1;
        }
        if self.source.owner == Owner::Guess && self.source.what != What::Core {
            owner = self.guess();
        }
        if let (Some(owner), Owner::Guess) = (owner, &self.source.owner) {
            *self.seen.owners.entry(owner).or_default() += 1;
        }
        self.judge(document, owner);
    }

    /// Whose it is; a key that is nobody's is noted.
    fn owner(&mut self, document: &[u8]) -> Option<u32> {
        let path = match &self.source.owner {
            Owner::Fixed(whose) => return self.ground.tenants.known(*whose),
            owner => owner.path()?,
        };
        let found = at(document, path);
        let (kind, bytes) = found.map_or((0, &[][..]), |key| (key.kind, key.value));
        // A key of any length, or with anything in it, is not kept: which of them it is does not matter.
        let bytes = if matches!(kind, 0x03 | 0x04) || bytes.len() > LONGEST { &[][..] } else { bytes };
        let mut number = quick(kind, bytes);
        while let Some(place) = self.places.get(&number) {
            let seen = &mut self.seen.keys[*place];
            if seen.raw.0 == kind && seen.raw.1 == bytes {
                match seen.verdict {
                    Verdict::Of(_) => seen.tally.count += 1,
                    _ => seen.tally.add(&|| id_of(document), || Bson::Null),
                }
                return seen.owner;
            }
            number = number.wrapping_add(1);
        }
        self.meet_key(document, number, kind, bytes)
    }

    /// A key that was not there before.
    fn meet_key(&mut self, document: &[u8], number: u64, kind: u8, bytes: &[u8]) -> Option<u32> {
        let owner = self.source.owner.read(&self.ground.tenants, kind, bytes);
        if self.seen.keys.len() >= GROUPS {
            self.seen.keys_full = true;
            return owner;
        }
        let verdict = match kind {
            0 => Verdict::Missing,
            _ if self.source.is_keyed() => self.ground.tenants.verdict(kind, bytes),
            _ => owner.map_or(Verdict::Unknown(false), Verdict::Of),
        };
        let mut tally = Tally::default();
        tally.add(&|| id_of(document), || Bson::Null);
        self.places.insert(number, self.seen.keys.len());
        self.seen.keys.push(KeySeen { raw: (kind, bytes.to_vec()), owner, verdict, tally });
        owner
    }

    /// The fields of a document, or the items of an array. Nothing where it is malformed.
    fn walk(&mut self, node: u32, whole: &[u8], part: &[u8], items: bool, deep: usize) -> Option<()> {
        let mut elements = Elements::of(part).ok()?;
        let mut hint = 0;
        while let Some(element) = elements.next().ok()? {
            let wanted = matches!(element.kind, 0x02 | 0x03 | 0x04 | 0x05 | 0x07);
            // Other values matter only where a reference, a role or a twin is described.
            if !wanted && !self.lens.minds_all {
                continue;
            }
            let kid = if items { node } else { self.lens.step(node, element.name, &mut hint) };
            let mean = self.lens.node(kid).mean;
            match element.kind {
                0x03 | 0x04 if deep < 190 => self.walk(kid, whole, element.value, element.kind == 0x04, deep + 1)?,
                0x03 | 0x04 => {}
                0x02 | 0x05 | 0x07 => self.meet(kid, &mean, whole, &element),
                0x06 | 0x0A => {}
                _ if mean.reference.is_some() || mean.acting => self.meet(kid, &mean, whole, &element),
                _ => {}
            }
            if let Some(twin) = mean.twin {
                let number = u32::try_from(twin).unwrap_or_default() | TWIN;
                hit(&mut self.hits, kid, Thing::Word, number, whole, &element);
            }
            if mean.role || mean.hash {
                self.told(&mean, whole, &element);
            }
        }
        Some(())
    }

    /// A value that may be an identifier, an e-mail, a word or a secret.
    fn meet(&mut self, node: u32, mean: &super::lens::Meaning, whole: &[u8], element: &Element<'_>) {
        if mean.own || mean.hash {
            return;
        }
        if element.kind == 0x02 {
            let Some(words) = text(element.value) else { return };
            if self.is_text_told(node, mean, whole, element, words) {
                return;
            }
        }
        let ground = &self.ground;
        let described = mean.reference.is_some() || mean.acting;
        let ident = match Ident::of(element.kind, element.value) {
            Some(ident) => ident,
            None if described => ground.maker.value(element.kind, element.value),
            None => return,
        };
        if let Some(Target::Documents(_)) = mean.reference {
            return self.open.push((node, ident));
        }
        if let Some(whose) = ground.people.ids.get(&ident) {
            return hit(&mut self.hits, node, Thing::Account, whose, whole, element);
        }
        if let Some(whose) = ground.tenants.ids.get(&ident) {
            return hit(&mut self.hits, node, Thing::Organization, whose, whole, element);
        }
        if mean.reference.is_none() && ident.shown().is_some() {
            self.open.push((node, ident));
        }
    }

    /// What a text says. Whether that is all there is to it.
    fn is_text_told(
        &mut self,
        node: u32,
        mean: &super::lens::Meaning,
        whole: &[u8],
        element: &Element<'_>,
        words: &[u8],
    ) -> bool {
        let ground = &self.ground;
        if mean.whose
            && let Some(whose) = ground.tenants.by_word(words)
        {
            hit(&mut self.hits, node, Thing::Word, whose, whole, element);
            return true;
        }
        if (3..=254).contains(&words.len())
            && words.contains(&b'@')
            && let Some(whose) = ground.people.mails.get(&ground.maker.mail(words))
        {
            hit(&mut self.hits, node, Thing::Mail, whose, whole, element);
            return true;
        }
        let begins = words.first().is_some_and(|first| matches!(first, b'$' | b'e' | b'-' | b'm' | b'B' | b' '));
        if (mean.secret || begins)
            && let Ok(words) = std::str::from_utf8(words)
            && is_spilled(mean.secret, words)
        {
            hit(&mut self.hits, node, Thing::Document, SECRET, whole, element);
            return true;
        }
        false
    }

    /// What accounts have as role and as hash.
    fn told(&mut self, mean: &super::lens::Meaning, whole: &[u8], element: &Element<'_>) {
        let id = || id_of(whole);
        if mean.hash {
            let kind = (hash_kind(element), self.whose);
            self.seen.hashes.entry(kind).or_default().add(&id, || Bson::Null);
        } else if self.seen.roles.len() < GROUPS {
            let role = match element.kind {
                0x02 => text(element.value).map(|role| String::from_utf8_lossy(role).into_owned()),
                0x04 => return,
                _ => None,
            };
            let role = (role.unwrap_or_else(|| "\0".to_owned()), self.whose);
            self.seen.roles.entry(role).or_default().add(&id, || Bson::Null);
        }
    }

    /// Where nobody said how documents name their tenant: the first thing that does, at the top rather than below; else
    /// whoever they refer to.
    fn guess(&mut self) -> Option<u32> {
        let true_ones = |hit: &&Hit| hit.whose != SECRET && hit.whose & TWIN == 0;
        let names =
            |hit: &&Hit| matches!(hit.thing, Thing::Word | Thing::Organization) && self.lens.node(hit.node).mean.whose;
        let tenants = &self.ground.tenants;
        let named = self.hits.iter().filter(true_ones).filter(names).min_by_key(|hit| self.lens.node(hit.node).depth);
        if let Some(hit) = named {
            if self.seen.guessed.len() < EXAMPLES {
                self.seen.guessed.insert(self.lens.node(hit.node).path.clone());
            }
            return tenants.all_of(hit.whose).first().map(|whose| tenants.canon(*whose));
        }
        // A file that refers to somebody does not say whose it is.
        if self.source.what == What::Files {
            return None;
        }
        let people = &self.ground.people;
        let whose = |hit: &Hit| match hit.thing {
            Thing::Account => people.ids.all(&hit.whose).first().copied(),
            Thing::Mail => people.mails.all(&hit.whose).first().copied(),
            _ => None,
        };
        self.hits.iter().filter(true_ones).find_map(whose).map(|whose| tenants.canon(whose))
    }

    fn judge(&mut self, document: &[u8], owner: Option<u32>) {
        let id = || id_of(document);
        if owner.is_none() && self.source.owner == Owner::Guess {
            self.seen.ownerless.add(&id, || Bson::Null);
        }
        let hits = std::mem::take(&mut self.hits);
        for hit in &hits {
            let bytes = &document[hit.from..hit.from + hit.length];
            let is = || value(hit.kind, bytes);
            if hit.whose == SECRET {
                self.seen.secrets.entry((hit.node, owner)).or_default().add(&id, || Bson::Null);
                continue;
            }
            let Some(owner) = owner else { continue };
            if hit.whose & TWIN != 0 {
                let number = usize::try_from(hit.whose & !TWIN).unwrap_or(usize::MAX);
                let should = self.twins.get(number).and_then(|twins| twins.get(&owner));
                if should.is_some_and(|(kind, right)| *kind != hit.kind || right != bytes) && hit.kind != 0x0A {
                    self.seen.twins.entry((hit.node, owner)).or_default().add(&id, is);
                }
                continue;
            }
            let tenants = &self.ground.tenants;
            let table = match hit.thing {
                Thing::Account => &self.ground.people.ids,
                Thing::Mail => &self.ground.people.mails,
                _ => &tenants.ids,
            };
            let all = table.all(&hit.whose);
            if all.iter().any(|whose| tenants.canon(*whose) == owner) {
                continue;
            }
            let Some(other) = all.first().map(|other| tenants.canon(*other)) else { continue };
            let pair = (hit.node, owner, other, hit.thing);
            if self.seen.crossings.len() < GROUPS || self.seen.crossings.contains_key(&pair) {
                self.seen.crossings.entry(pair).or_default().add(&id, is);
            } else {
                self.seen.crossings_full = true;
            }
        }
        self.hits = hits;
        if let Some(owner) = owner {
            self.keep_open(owner);
        }
    }

    fn keep_open(&mut self, owner: u32) {
        for (node, ident) in &self.open {
            let open = Open { node: *node, owner, ident: *ident };
            if let Some(count) = self.seen.open.get_mut(&open) {
                *count += 1;
                continue;
            }
            if self.lens.node(*node).mean.inner_id {
                let inner = self.seen.inner.entry(*node).or_default();
                *inner += 1;
                if *inner > INNER {
                    self.seen.inner_full = true;
                    continue;
                }
            }
            if self.seen.open.len() >= OPEN {
                self.seen.open_full = true;
                continue;
            }
            self.seen.open.insert(open, 1);
        }
    }
}

/// The identifier of a document.
fn id_of(document: &[u8]) -> Bson {
    at(document, "_id").map_or(Bson::Null, |id| value(id.kind, id.value))
}

fn hit(hits: &mut Vec<Hit>, node: u32, thing: Thing, whose: u32, whole: &[u8], element: &Element<'_>) {
    let from = element.value.as_ptr() as usize - whole.as_ptr() as usize;
    hits.push(Hit { node, thing, whose, from, length: element.value.len(), kind: element.kind });
}

/// Marks the number of a twin.
const TWIN: u32 = 1 << 30;

/// Stands for a secret.
const SECRET: u32 = u32::MAX;

/// Whether a text in clear is nobody's business. A name that says so needs a value that could be one.
fn is_spilled(named: bool, words: &str) -> bool {
    if secrecy::is_masked(words) || words.is_empty() {
        return false;
    }
    let words = words.strip_prefix("Bearer ").unwrap_or(words).trim();
    let uri = words.starts_with("mongodb") && secrecy::holds_secret(words);
    // A digest is what should stand there.
    let digest = matches!(words.len(), 40 | 64 | 96 | 128) && words.bytes().all(|byte| byte.is_ascii_hexdigit());
    let plausible = words.len() >= 6 && !words.contains(char::is_whitespace);
    (named && plausible && !digest) || uri || secrecy::is_a_secret(words)
}

/// What kind of hash stands in a password's field.
fn hash_kind(element: &Element<'_>) -> &'static str {
    let Some(words) = text(element.value).filter(|_| element.kind == 0x02) else {
        return match element.kind {
            0x05 | 0x06 | 0x0A => "none",
            _ => "clear",
        };
    };
    let starts = |start: &str| words.starts_with(start.as_bytes());
    let count = |byte: u8| words.iter().filter(|other| **other == byte).count();
    let long = words.len() >= 20;
    match () {
        () if words.is_empty() => "none",
        () if starts("$2a$") || starts("$2b$") || starts("$2x$") || starts("$2y$") => "bcrypt",
        () if starts("$bcrypt-sha256$") => "bcrypt-sha256",
        () if starts("$argon2") => "argon2",
        // `$id$parameters$salt$digest`, `scrypt:…`, `pbkdf2:sha256:…`, `{SSHA}…`
        () if starts("$") && count(b'$') >= 3 && long => "other",
        () if (starts("scrypt:") || starts("pbkdf2")) && count(b':') + count(b'$') >= 2 && long => "other",
        () if starts("{") && words.iter().position(|byte| *byte == b'}').is_some_and(|at| at < 20) && long => "other",
        () if matches!(words.len(), 40 | 64 | 96 | 128) && words.iter().all(u8::is_ascii_hexdigit) => "other",
        () => "clear",
    }
}
