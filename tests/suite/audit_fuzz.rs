//! Sealed entries and seals under random edits: each is found and named with its place, and nothing else is.

use std::collections::BTreeMap;

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use flowbit::domain::Description;
use flowbit::domain::audit::{Finding, Trouble};
use flowbit::domain::token::Algorithm;
use flowbit::journal::{Interrupt, Watch};
use flowbit::ops::audit::{SealKeys, Sealing, Verified};
use flowbit::ops::key::{Bits, Making, SigningKey, make};
use flowbit::ops::{House, Pace};
use flowbit::store::{Connect, Secret, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::world::{PAIR, World, full_matrix};

pub const SEALS: &str = "flowbit_seals";
pub const DIGESTS: &str = "flowbit_seal_digests";
pub const TRAIL: &str = "audit_logs";

struct Deaf;
impl Watch for Deaf {
    fn step(&self, _: usize, _: usize, _: &str) {}
    fn progress(&self, _: u64, _: Option<u64>) {}
}

/// Everything to seal and verify with inside this process: ten thousand processes would take an hour.
struct Workshop {
    world: World,
    store: Store,
    platform: Description,
    interrupt: Interrupt,
    key: SigningKey,
    keys: SealKeys,
}

impl Workshop {
    fn new(world: World, platform: &str) -> Self {
        let making = Making { algorithm: Algorithm::EdDSA, bits: Bits::B2048, kid: Some("seals".to_owned()) };
        let made = make(&making).unwrap();
        let key = SigningKey::read("seals", Some("seals"), Algorithm::EdDSA, &made.text).unwrap();
        let mut jwk = key.jwk().unwrap().unwrap();
        jwk["kid"] = "seals".into();
        let keys = SealKeys::of_jwks(&jwk.to_string(), "test").unwrap();
        let connect = Connect {
            uri: Secret::new(world.uri()),
            master: world.db.clone(),
            timeout: std::time::Duration::from_secs(10),
            trace: None,
        };
        let store = world.wait(Store::connect(&connect)).unwrap();
        let platform = toml::from_str(platform).unwrap();
        Self { world, store, platform, interrupt: Interrupt::default(), key, keys }
    }

    fn with<T>(&self, work: impl AsyncFnOnce(&House<'_>) -> T) -> T {
        let house = House {
            store: &self.store,
            platform: &self.platform,
            actor: "tester".to_owned(),
            reason: None,
            lease: std::time::Duration::from_secs(60),
            registry: None,
            pace: Pace::default(),
            exclusive: false,
            interrupt: &self.interrupt,
            watch: &Deaf,
        };
        self.world.wait(work(&house))
    }

    fn seal_until(&self, until: i64, accept_late: bool) -> Vec<(String, u64, u64)> {
        let sealing = Sealing {
            org: None,
            until: at(until),
            tolerance: std::time::Duration::from_millis(TOLERANCE as u64),
            accept_late,
            begin_again: false,
            dry_run: false,
        };
        let run = self.with(async |house| house.seal(&sealing, &self.key, &self.keys, &[]).await);
        run.unwrap().seals.iter().map(|sealed| (sealed.chain.clone(), sealed.n, sealed.seal.count)).collect()
    }

    fn verify(&self) -> Verified {
        self.with(async |house| house.verify_trail(None, &self.keys, &[]).await).unwrap()
    }

    #[track_caller]
    fn is_good(&self) -> Verified {
        let verified = self.verify();
        assert_eq!(verified.findings, [], "nothing was touched");
        assert_eq!(verified.counts.unproven, 0);
        verified
    }
}

pub const HOUR: i64 = 3_600_000;
pub const START: i64 = 1_780_000_000_000;
const TOLERANCE: i64 = HOUR;

pub fn at(millis: i64) -> DateTime {
    DateTime::from_millis(millis)
}

pub fn entry(rng: &mut StdRng, tenant: &Bson, time: i64) -> Document {
    let actions = ["ticket.created", "ticket.closed", "user.login", "ticket.assigned"];
    doc! {
        "_id": ObjectId::from_bytes(rng.random()), "action": actions[rng.random_range(0..4)],
        "userId": format!("user{}@example.com", rng.random_range(0..9)), "customerId": tenant.clone(), "timestamp": at(time),
        "details": { "ip": format!("10.0.0.{}", rng.random_range(0..255)), "n": rng.random::<i32>(), "tags": ["a", "b"] },
    }
}

fn tenants() -> Vec<Bson> {
    vec![Bson::from("6b00e9cd6b491423ace46d96"), Bson::from("6b00e9cd6b491423ace46d97"), Bson::Null, Bson::from(7)]
}

/// Where each sealed entry stands, from what was stored when nobody had touched anything.
type Places = BTreeMap<String, (String, u64, u64)>;

fn places(world: &World) -> Places {
    let mut places = Places::new();
    for block in world.find(DIGESTS, doc! {}) {
        let parts: Vec<&str> = block.get_str("_id").unwrap().split(':').collect();
        let Some(Bson::Binary(ids)) = block.get("ids") else { panic!() };
        let ids = bson::Document::from_reader(ids.bytes.as_slice()).unwrap();
        for (n, (_, id)) in ids.iter().enumerate() {
            places.insert(id.to_string(), (parts[0].to_owned(), parts[1].parse().unwrap(), n as u64 + 1));
        }
    }
    places
}

/// Entries of four tenants, one of them nobody, in six seals each; some came late, some have no time.
fn sealed(platform: &str) -> (Workshop, Places) {
    let world = World::new(platform);
    let shop = Workshop::new(world, platform);
    let mut rng = StdRng::seed_from_u64(7);
    for period in 0..6 {
        let mut entries = Vec::new();
        for tenant in tenants() {
            for _ in 0..rng.random_range(6..14) {
                let time = START + period * 6 * HOUR + rng.random_range(0..6 * HOUR);
                entries.push(entry(&mut rng, &tenant, time));
            }
            if period > 0 {
                // Late, as it is tolerated.
                let time = START + period * 6 * HOUR - rng.random_range(1..TOLERANCE);
                entries.push(entry(&mut rng, &tenant, time));
            }
        }
        let mut untimed = entry(&mut rng, &tenants()[0], 0);
        untimed.insert("timestamp", "yesterday");
        entries.push(untimed);
        shop.world.insert(TRAIL, entries);
        shop.seal_until(START + (period + 1) * 6 * HOUR, false);
    }
    let places = places(&shop.world);
    (shop, places)
}

/// What is wrong, chain, seal, place (or the last of missing seals), entry.
type Named = (Trouble, String, u64, Option<u64>, Option<String>);

/// What was done, and how to take it back.
struct Deed {
    what: String,
    expected: Vec<Named>,
    /// Collection and the documents that were there before, whole.
    undo: Vec<(&'static str, Vec<Bson>, Vec<Document>)>,
}

struct Attacker<'w> {
    world: &'w World,
    places: &'w Places,
    rng: StdRng,
    entries: Vec<Document>,
    seals: Vec<Document>,
    digests: Vec<Document>,
}

impl Attacker<'_> {
    fn any(&mut self) -> Document {
        self.entries[self.rng.random_range(0..self.entries.len())].clone()
    }

    fn place(&self, entry: &Document) -> (String, u64, u64) {
        self.places[&entry.get("_id").unwrap().to_string()].clone()
    }

    fn put(&self, collection: &str, gone: &[Bson], new: &[Document]) {
        self.world.wait(async {
            let collection = self.world.collection(collection);
            collection.delete_many(doc! { "_id": { "$in": gone.to_vec() } }).await.unwrap();
            if !new.is_empty() {
                collection.insert_many(new).await.unwrap();
            }
        });
    }

    fn named(&self, trouble: Trouble, entry: &Document) -> Named {
        let (chain, seal, position) = self.place(entry);
        (trouble, chain, seal, Some(position), Some(entry.get("_id").unwrap().to_string()))
    }

    fn replace(&mut self, what: &str, before: Vec<Document>, after: Vec<Document>, troubles: &[Trouble]) -> Deed {
        let ids = |documents: &[Document]| documents.iter().map(|d| d.get("_id").unwrap().clone()).collect::<Vec<_>>();
        let (old, new) = (ids(&before), ids(&after));
        self.put(TRAIL, &old, &after);
        let expected = before.iter().zip(troubles).map(|(entry, trouble)| self.named(*trouble, entry)).collect();
        Deed {
            what: format!("{what}: {before:?} became {after:?}"),
            expected,
            undo: vec![(TRAIL, [old, new].concat(), before)],
        }
    }

    fn alter(&mut self) -> Deed {
        let before = self.any();
        let mut after = before.clone();
        let n = self.rng.random::<u32>();
        match self.rng.random_range(0..9) {
            0 => _ = after.insert("action", format!("x{n}")),
            1 => _ = after.insert("userId", Bson::Null),
            2 => _ = after.get_document_mut("details").unwrap().insert("n", i64::from(n) + (1 << 33)),
            3 => _ = after.remove("details"),
            4 => _ = after.insert("note", "nothing to see"),
            5 => _ = after.insert("timestamp", at(START + i64::from(n % 30) * HOUR + 1)),
            6 => _ = after.insert("timestamp", at(START + 400 * HOUR)),
            7 => _ = after.get_document_mut("details").unwrap().insert("tags", ["b", "a"]),
            _ => _ = after.insert("timestamp", "never"),
        }
        if after == before {
            _ = after.insert("extra", 1);
        }
        self.replace("alter", vec![before], vec![after], &[Trouble::Altered])
    }

    fn move_tenant(&mut self) -> Deed {
        let before = self.any();
        let mut after = before.clone();
        let others: Vec<Bson> = tenants().into_iter().filter(|t| Some(t) != before.get("customerId")).collect();
        after.insert("customerId", others[self.rng.random_range(0..others.len())].clone());
        self.replace("move", vec![before], vec![after], &[Trouble::Altered])
    }

    fn delete(&mut self) -> Deed {
        let mut gone: Vec<Document> = Vec::new();
        for _ in 0..self.rng.random_range(1..5) {
            let entry = self.any();
            if !gone.contains(&entry) {
                gone.push(entry);
            }
        }
        let troubles = vec![Trouble::Missing; gone.len()];
        self.replace("delete", gone, Vec::new(), &troubles)
    }

    fn swap(&mut self) -> Deed {
        let (one, other) = loop {
            let (one, other) = (self.any(), self.any());
            if one != other {
                break (one, other);
            }
        };
        let as_other = |from: &Document, to: &Document| {
            let mut document = from.clone();
            document.insert("_id", to.get("_id").unwrap().clone());
            document
        };
        let after = vec![as_other(&other, &one), as_other(&one, &other)];
        self.replace("swap", vec![one, other], after, &[Trouble::Reordered, Trouble::Reordered])
    }

    fn insert(&mut self, replacing: bool) -> Deed {
        let model = self.any();
        let mut new = model.clone();
        new.insert("_id", ObjectId::from_bytes(self.rng.random()));
        // Deep enough in the past not to be merely late.
        let time = START + self.rng.random_range(0..34 * HOUR);
        new.insert("timestamp", at(time));
        let (chain, ..) = self.place(&model);
        let seal = u64::try_from((time - START) / (6 * HOUR)).unwrap() + 1;
        let id = new.get("_id").unwrap().to_string();
        let before = if replacing { vec![model] } else { Vec::new() };
        let troubles = vec![Trouble::Missing; before.len()];
        let mut deed = self.replace("insert", before, vec![new], &troubles);
        deed.expected.push((Trouble::Inserted, chain, seal, None, Some(id)));
        deed
    }

    fn seal(&mut self) -> Document {
        self.seals[self.rng.random_range(0..self.seals.len())].clone()
    }

    fn of_seal(trouble: Trouble, seal: &Document) -> Named {
        let n = u64::try_from(seal.get_i64("n").unwrap()).unwrap();
        (trouble, seal.get_str("chain").unwrap().to_owned(), n, None, None)
    }

    fn alter_seal(&mut self) -> Deed {
        let before = self.seal();
        let mut after = before.clone();
        let mut trouble = Trouble::SealAltered;
        let body = after.get_document_mut("body").unwrap();
        match self.rng.random_range(0..12) {
            0 if body.contains_key("count") => _ = body.insert("count", 1_000_000_i64),
            1 if body.contains_key("until") => _ = body.insert("until", at(START)),
            2 if body.contains_key("root") => {
                let Some(Bson::Binary(root)) = body.get_mut("root") else { panic!() };
                root.bytes[7] ^= 1;
            }
            3 if body.contains_key("tenant") => _ = body.insert("tenant", "somebody"),
            4 if body.contains_key("blocks") => _ = body.remove("blocks"),
            5 => _ = after.insert("at", at(START)),
            6 => _ = after.insert("by", "eve"),
            7 => {
                let Some(Bson::Binary(prev)) = after.get_mut("prev") else { panic!() };
                prev.bytes[0] ^= 0x80;
            }
            8 => {
                _ = after.insert("kid", "another");
                trouble = Trouble::SealUnknown;
            }
            9 => {
                _ = after.insert("v", 9);
                trouble = Trouble::SealUnknown;
            }
            10 => _ = after.insert("n", after.get_i64("n").unwrap() + 1),
            _ => _ = after.insert("signature", "AAAA"),
        }
        let id = before.get("_id").unwrap().clone();
        self.put(SEALS, std::slice::from_ref(&id), &[after.clone()]);
        Deed {
            what: format!("alter seal {before} to {after}"),
            expected: vec![Self::of_seal(trouble, &before)],
            undo: vec![(SEALS, vec![id], vec![before])],
        }
    }

    fn delete_seals(&mut self) -> Deed {
        let first = self.seal();
        let chain = first.get_str("chain").unwrap().to_owned();
        let length = self.seals.iter().filter(|seal| seal.get_str("chain").unwrap() == chain).count() as i64;
        let from = first.get_i64("n").unwrap();
        // Without what is known outside nothing tells how far the platform's own chain went.
        let most = if chain == "platform" { (length - from).max(0) } else { length - from + 1 };
        if most == 0 {
            return self.delete_seals();
        }
        let count = self.rng.random_range(1..=most);
        let gone: Vec<Document> = self
            .seals
            .iter()
            .filter(|seal| {
                seal.get_str("chain").unwrap() == chain && (from..from + count).contains(&seal.get_i64("n").unwrap())
            })
            .cloned()
            .collect();
        let ids: Vec<Bson> = gone.iter().map(|seal| seal.get("_id").unwrap().clone()).collect();
        self.put(SEALS, &ids, &[]);
        Deed {
            what: format!("delete {count} seals of {chain} from {from} on"),
            expected: vec![(Trouble::SealMissing, chain, from as u64, Some((from + count - 1) as u64), None)],
            undo: vec![(SEALS, ids, gone)],
        }
    }

    fn swap_seals(&mut self) -> Deed {
        let (one, other) = loop {
            let (one, other) = (self.seal(), self.seal());
            if one != other {
                break (one, other);
            }
        };
        let ids = [one.get("_id").unwrap().clone(), other.get("_id").unwrap().clone()];
        let (mut first, mut second) = (other.clone(), one.clone());
        first.insert("_id", ids[0].clone());
        second.insert("_id", ids[1].clone());
        self.put(SEALS, &ids, &[first, second]);
        Deed {
            what: format!("swap seals {one} and {other}"),
            expected: vec![Self::of_seal(Trouble::SealMoved, &one), Self::of_seal(Trouble::SealMoved, &other)],
            undo: vec![(SEALS, ids.to_vec(), vec![one, other])],
        }
    }

    fn repeat_seal(&mut self) -> Deed {
        let one = self.seal();
        let mut again = one.clone();
        let id = Bson::from(format!("{}:{}", one.get_str("chain").unwrap(), 77));
        again.insert("_id", id.clone());
        self.put(SEALS, &[], &[again]);
        let mut expected = vec![Self::of_seal(Trouble::SealMoved, &one), Self::of_seal(Trouble::SealRepeated, &one)];
        let length =
            self.seals.iter().filter(|seal| seal.get_str("chain").unwrap() == one.get_str("chain").unwrap()).count()
                as u64;
        let chain = one.get_str("chain").unwrap().to_owned();
        expected.push((Trouble::SealMissing, chain, length + 1, Some(76), None));
        Deed { what: format!("repeat seal {one}"), expected, undo: vec![(SEALS, vec![id], Vec::new())] }
    }

    fn of_block(trouble: Trouble, block: &Document) -> Named {
        let parts: Vec<&str> = block.get_str("_id").unwrap().split(':').collect();
        (trouble, parts[0].to_owned(), parts[1].parse().unwrap(), Some(1), None)
    }

    fn damage_digests(&mut self) -> Deed {
        let before = self.digests[self.rng.random_range(0..self.digests.len())].clone();
        let id = before.get("_id").unwrap().clone();
        let mut after = before.clone();
        let mut trouble = Trouble::DigestsAltered;
        let field = if self.rng.random() { "ids" } else { "leaves" };
        if self.rng.random_range(0..3) == 0 {
            self.put(DIGESTS, std::slice::from_ref(&id), &[]);
            trouble = Trouble::DigestsMissing;
        } else {
            let Some(Bson::Binary(bytes)) = after.get_mut(field) else { panic!() };
            let n = self.rng.random_range(0..bytes.bytes.len());
            bytes.bytes[n] ^= 1 << self.rng.random_range(0..8);
            self.put(DIGESTS, std::slice::from_ref(&id), &[after]);
        }
        Deed {
            what: format!("damage {field} of {id}"),
            expected: vec![Self::of_block(trouble, &before)],
            undo: vec![(DIGESTS, vec![id], vec![before])],
        }
    }

    fn deed(&mut self) -> Deed {
        match self.rng.random_range(0..12) {
            0 | 1 => self.alter(),
            2 => self.move_tenant(),
            3 => self.delete(),
            4 => self.swap(),
            5 => self.insert(false),
            6 => self.insert(true),
            7 => self.alter_seal(),
            8 => self.delete_seals(),
            9 => self.swap_seals(),
            10 => self.repeat_seal(),
            _ => self.damage_digests(),
        }
    }

    fn undo(&self, deed: &Deed) {
        for (collection, gone, back) in &deed.undo {
            self.put(collection, gone, back);
        }
    }
}

fn told(findings: &[Finding]) -> Vec<Named> {
    let mut told: Vec<_> = findings
        .iter()
        .map(|f| (f.trouble, f.chain.clone(), f.seal, f.position.or(f.until), f.entry.as_ref().map(Bson::to_string)))
        .collect();
    told.sort();
    told
}

#[test]
fn every_edit_of_sealed_entries_and_of_seals_is_found_and_nothing_else() {
    let (shop, places) = sealed(PAIR);
    assert!(places.len() > 200, "{}", places.len());
    let whole = shop.is_good();
    assert_eq!(whole.counts.proven, places.len() as u64);
    let seed = std::env::var("FLOWBIT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_129);
    let mut attacker = Attacker {
        world: &shop.world,
        places: &places,
        rng: StdRng::seed_from_u64(seed),
        entries: shop.world.find(TRAIL, doc! { "timestamp": { "$type": "date" } }),
        seals: shop.world.find(SEALS, doc! {}),
        digests: shop.world.find(DIGESTS, doc! {}),
    };
    let rounds = if full_matrix() { 10_000 } else { 400 };
    for round in 0..rounds {
        let deed = attacker.deed();
        let verified = shop.verify();
        let mut expected = deed.expected.clone();
        expected.sort();
        assert_eq!(told(&verified.findings), expected, "seed {seed}, round {round}: {}", deed.what);
        assert_eq!(verified.further, 0);
        attacker.undo(&deed);
        if round % 100 == 0 {
            assert_eq!(shop.is_good().counts, whole.counts, "round {round}: {}", deed.what);
        }
    }
    assert_eq!(shop.is_good().counts, whole.counts);
    eprintln!("{rounds} edits, all found, each with its place");
}
