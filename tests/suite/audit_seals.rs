//! Seals: whatever is done to sealed entries, or to the seals, is found and named; and nothing else is.

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

use crate::world::{PAIR, SHARED, World, full_matrix};

const SEALS: &str = "flowbit_seals";
const DIGESTS: &str = "flowbit_seal_digests";
const TRAIL: &str = "audit_logs";

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

const HOUR: i64 = 3_600_000;
const START: i64 = 1_780_000_000_000;
const TOLERANCE: i64 = HOUR;

fn at(millis: i64) -> DateTime {
    DateTime::from_millis(millis)
}

fn entry(rng: &mut StdRng, tenant: &Bson, time: i64) -> Document {
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

/// Everything on the command line from here on.
fn platform_with_key(platform: &str) -> World {
    let mut world = World::new(platform);
    let keys = world.path("seals").display().to_string();
    world.env("FLOWBIT_SEAL_KEYS", &keys);
    world.run(&["key", "generate", "--seals"]).ok();
    world
}

fn acme() -> Bson {
    Bson::from("6b00e9cd6b491423ace46d96")
}

/// Entries of acme, one an hour from a start some days ago.
fn hourly(world: &World, tenant: &Bson, count: i64) -> Vec<Document> {
    let seed = tenant.to_string().bytes().fold(count as u64, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
    let mut rng = StdRng::seed_from_u64(seed);
    let entries: Vec<Document> = (0..count).map(|n| entry(&mut rng, tenant, START + n * HOUR)).collect();
    world.insert(TRAIL, entries.clone());
    entries
}

fn moment(hours: i64) -> String {
    at(START + hours * HOUR).try_to_rfc3339_string().unwrap()
}

#[test]
fn late_entries_are_accounted_for_and_later_ones_are_named_until_they_are_accepted() {
    let world = platform_with_key(PAIR);
    hourly(&world, &acme(), 10);
    let sealed = world.run(&["audit", "seal", "--all", "--until", &moment(8), "--json"]).ok().json();
    assert_eq!(sealed["data"]["seals"][0]["entries"], 8);
    let again = world.run(&["audit", "seal", "--all", "--until", &moment(8), "--json"]).ok().json();
    assert_eq!(again["changed"], false, "{again}");
    let mut rng = StdRng::seed_from_u64(3);
    world.insert(TRAIL, vec![entry(&mut rng, &acme(), START + 8 * HOUR - 60_000)]);
    let verified = world.run(&["audit", "verify", "--all", "--json"]).ok().json();
    assert_eq!(verified["data"]["counts"]["late"], 1, "no fault, and said: {verified}");
    assert_eq!(verified["data"]["counts"]["unsealed"], 2);
    let sealed = world.run(&["audit", "seal", "--all", "--until", &moment(10), "--json"]).ok().json();
    assert_eq!((&sealed["data"]["seals"][0]["entries"], &sealed["data"]["seals"][0]["late"]), (&3.into(), &1.into()));
    let verified = world.run(&["audit", "verify", "--all", "--json"]).ok().json();
    assert_eq!((&verified["data"]["counts"]["late"], &verified["data"]["counts"]["proven"]), (&0.into(), &11.into()));
    // Three hours later than its time: whoever wrote it then, that is for people to look at.
    let deep = entry(&mut rng, &acme(), START + 5 * HOUR);
    world.insert(TRAIL, vec![deep.clone()]);
    for _ in 0..2 {
        let verified = world.run(&["audit", "verify", "--all", "--json"]);
        assert_eq!(verified.status, 6);
        let found = verified.json()["data"]["findings"].clone();
        assert_eq!(
            (&found[0]["trouble"], &found[0]["seal"], found.as_array().unwrap().len()),
            (&"inserted".into(), &1.into(), 1)
        );
        assert_eq!(found[0]["entry"]["$oid"], deep.get_object_id("_id").unwrap().to_hex());
        world.run(&["audit", "seal", "--all", "--until", &moment(11), "--json"]).ok();
    }
    let sealed = world.run(&["audit", "seal", "--all", "--until", &moment(12), "--accept-late", "--json"]).ok().json();
    assert_eq!(sealed["data"]["seals"][0]["accepted"], 1);
    let verified = world.run(&["audit", "verify", "--all", "--json"]).ok().json();
    assert_eq!(verified["data"]["counts"]["accepted"], 1, "it stays marked");
}

#[test]
fn an_exported_file_is_proven_with_the_public_key_alone() {
    let world = platform_with_key(PAIR);
    world.pair_of_tenants();
    let org = world.one("organizations", doc! { "name": "amazon" }).get_object_id("_id").unwrap().to_hex();
    let mut entries = hourly(&world, &Bson::from(org), 30);
    entries.sort_by_key(|entry| entry.get_object_id("_id").unwrap());
    hourly(&world, &acme(), 5);
    world.run(&["audit", "seal", "--all", "--until", &moment(20)]).ok();
    world.run(&["audit", "seal", "--all", "--until", &moment(28)]).ok();
    world.run(&["key", "jwks", "--seals", "--out", "seals.jwks"]).ok();
    for (name, options) in [("a.ndjson", &[][..]), ("b.ndjson.gz", &[]), ("c.ndjson", &["--canonical"])] {
        world.run(&[&["audit", "export", "--org", "amazon", "--out", name], options].concat()).ok();
    }
    // Elsewhere: no server, no keyring, no description but the file and the public key.
    let elsewhere = |arguments: &[&str]| {
        let mut command = crate::world::bare(world.home.path());
        let output = command.args(arguments).env("FLOWBIT_URI", "mongodb://127.0.0.1:9/").output().unwrap();
        crate::world::Ran::from(output)
    };
    let verify = |file: &str| elsewhere(&["audit", "verify", "--file", file, "--public", "seals.jwks", "--json"]);
    for file in ["a.ndjson", "b.ndjson.gz", "c.ndjson"] {
        let verified = verify(file).ok().json();
        let counts = &verified["data"]["counts"];
        assert_eq!(
            (&counts["proven"], &counts["unsealed"], &counts["read"]),
            (&28.into(), &2.into(), &30.into()),
            "{file}"
        );
        assert_eq!(verified["data"]["file"]["same_bytes"], true);
    }
    let path = world.path("a.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let sealed: Vec<usize> =
        (0..30).filter(|n| entries[*n].get_datetime("timestamp").unwrap() < &at(START + 28 * HOUR)).collect();
    let damaged = |lines: Vec<String>| {
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        let verified = verify("a.ndjson");
        assert_eq!(verified.status, 6, "{verified:?}");
        let data = verified.json()["data"].clone();
        assert_eq!(data["file"]["same_bytes"], false);
        let each = data["findings"].as_array().unwrap().iter();
        each.map(|f| (f["trouble"].as_str().unwrap().to_owned(), f["entry"]["$oid"].as_str().unwrap_or("-").to_owned()))
            .collect::<Vec<_>>()
    };
    let owned = || lines.iter().map(|line| (*line).to_owned()).collect::<Vec<String>>();
    let id = |n: usize| entries[n].get_object_id("_id").unwrap().to_hex();
    let n = sealed[sealed.len() / 2];
    let mut altered = owned();
    altered[n] = altered[n].replace("\"tags\":[\"a\"", "\"tags\":[\"x\"");
    assert_ne!(altered[n], lines[n]);
    assert_eq!(damaged(altered), [("altered".to_owned(), id(n))]);
    let mut missing = owned();
    missing.remove(n);
    assert_eq!(damaged(missing), [("missing".to_owned(), id(n))]);
    let mut inserted = owned();
    let forged = inserted[n].replace(&id(n), "ffffffffffffffffffffffff");
    inserted.push(forged);
    assert_eq!(damaged(inserted), [("inserted".to_owned(), "ffffffffffffffffffffffff".to_owned())]);
    let mut reordered = owned();
    reordered.swap(3, 11);
    assert_eq!(damaged(reordered), [("reordered".to_owned(), id(11)), ("reordered".to_owned(), id(3))]);
    std::fs::write(&path, &text).unwrap();
    verify("a.ndjson").ok();
    // The seals beside it: one taken out, one altered.
    let beside = world.path("a.ndjson.seals.ndjson");
    let seals = std::fs::read_to_string(&beside).unwrap();
    let first = seals.lines().find(|line| line.contains("\"seal\"") && line.contains(":1\"")).unwrap();
    std::fs::write(&beside, seals.replace(&format!("{first}\n"), "")).unwrap();
    let verified = verify("a.ndjson");
    let found = verified.json()["data"]["findings"].clone();
    assert_eq!((verified.status, &found[0]["trouble"]), (6, &"file_altered".into()), "{found}");
    assert_eq!((&found[1]["trouble"], &found[1]["seal"]), (&"seal_missing".into(), &1.into()), "{found}");
    std::fs::remove_file(&beside).unwrap();
    assert_eq!(verify("a.ndjson").status, 6, "the manifest says that there were seals");
    // What was asked for is signed: nobody makes a missing entry one that was not asked for.
    let manifest = std::fs::read_to_string(world.path("a.ndjson.manifest.json")).unwrap();
    std::fs::write(&beside, &seals).unwrap();
    assert_eq!(verify("a.ndjson").ok().json()["data"]["file"]["signed"], true);
    let narrowed = manifest.replace("\"since\": null", "\"since\": \"2030-01-01T00:00:00Z\"");
    assert_ne!(narrowed, manifest);
    std::fs::write(world.path("a.ndjson.manifest.json"), narrowed).unwrap();
    let verified = verify("a.ndjson");
    assert_eq!((verified.status, &verified.json()["data"]["findings"][0]["trouble"]), (6, &"file_altered".into()));
    // A name that stands twice is read by some as the first, by others as the last.
    let twice = text.replacen("\"action\":", "\"action\":\"forged\",\"action\":", 1);
    std::fs::write(world.path("a.ndjson.manifest.json"), manifest).unwrap();
    std::fs::write(&path, twice).unwrap();
    let verified = verify("a.ndjson");
    let found = verified.json()["data"]["findings"][0].clone();
    assert_eq!((verified.status, &found["trouble"], &found["position"]), (6, &"file_altered".into(), &1.into()));
    std::fs::remove_file(world.path("a.ndjson.manifest.json")).unwrap();
    verify("a.ndjson").fails(2, "E0127");
    // A part of a trail: what was not asked for is not missing.
    world.run(&["audit", "export", "--org", "amazon", "--action", "ticket.*", "--out", "d.ndjson"]).ok();
    let verified = verify("d.ndjson").ok().json();
    assert!(verified["data"]["file"]["not_asked"].as_u64().unwrap() > 0, "{verified}");
    world
        .run(&[
            "audit",
            "export",
            "--org",
            "amazon",
            "--since",
            &moment(5),
            "--until",
            &moment(25),
            "--out",
            "e.ndjson",
        ])
        .ok();
    let verified = verify("e.ndjson").ok().json();
    assert_eq!(verified["data"]["counts"]["proven"], 20);
}

#[test]
fn what_was_cut_off_at_the_end_shows_where_the_heads_are_kept_elsewhere() {
    let world = platform_with_key(PAIR);
    hourly(&world, &acme(), 30);
    for hours in [10, 20, 28] {
        world.run(&["audit", "seal", "--all", "--until", &moment(hours), "--heads", "heads.json"]).ok();
    }
    world.run(&["key", "jwks", "--seals", "--out", "seals.jwks"]).ok();
    // The last seals go, with everything in the database that names them, and the entries that they vouched for.
    world.wait(async {
        let seals = world.collection(SEALS);
        seals.delete_many(doc! { "n": { "$gt": 1 } }).await.unwrap();
        let gone = doc! { "timestamp": { "$gte": at(START + 10 * HOUR) } };
        world.collection(TRAIL).delete_many(gone).await.unwrap();
    });
    let troubles = |arguments: &[&str]| {
        let ran = world.run(&[&["audit", "verify", "--all", "--json"], arguments].concat());
        let data = ran.json()["data"].clone();
        let each = data["findings"].as_array().unwrap().iter();
        let each = each.map(|f| {
            (f["trouble"].as_str().unwrap().to_owned(), f["seal"].as_u64().unwrap(), f["until_seal"].as_u64())
        });
        (ran.status, each.collect::<Vec<_>>())
    };
    let missing = ("seal_missing".to_owned(), 2, Some(3));
    // This machine remembers the platform's chain; the file has all of them; the public key alone knows of none.
    assert_eq!(troubles(&[]), (6, vec![missing.clone()]));
    assert_eq!(troubles(&["--public", "seals.jwks", "--heads", "heads.json"]), (6, vec![missing.clone(), missing]));
    assert_eq!(troubles(&["--public", "seals.jwks"]), (0, vec![]));
    world.run(&["audit", "seal", "--all", "--json"]).fails(6, "E0601");
    world.run(&["audit", "prune", "--all", "--before", "1d", "--confirm", "10", "--json"]).fails(6, "E0601");
    let sealed = world.run(&["audit", "seal", "--all", "--begin-again", "--json"]).ok().json();
    assert_eq!(sealed["data"]["begun_again"], 0, "only the platform's chain is damaged, and that is all one can tell");
}

#[test]
fn entries_whose_time_is_over_are_erased_and_stay_provable_and_a_hold_keeps_them() {
    let world = platform_with_key(PAIR);
    world.pair_of_tenants();
    let org = world.one("organizations", doc! { "name": "amazon" }).get_object_id("_id").unwrap().to_hex();
    let entries = hourly(&world, &Bson::from(org), 30);
    for hours in [10, 20, 28] {
        world.run(&["audit", "seal", "--all", "--until", &moment(hours)]).ok();
    }
    world.run(&["audit", "export", "--org", "amazon", "--until", &moment(20), "--out", "old.ndjson"]).ok();
    let before = moment(21);
    let prune = |more: &[&str]| {
        world.run(&[&["audit", "prune", "--org", "amazon", "--before", &before, "--json"], more].concat())
    };
    world.run(&["audit", "hold", "place", "case-1", "--org", "amazon", "--json"]).fails(2, "E0101");
    world.run(&["audit", "hold", "place", "case-1", "--org", "amazon", "--reason", "court"]).ok();
    prune(&["--confirm", "amazon"]).fails(10, "E1008");
    let holds = world.run(&["audit", "hold", "list", "--all", "--json"]).ok().json();
    assert_eq!((&holds["data"][0]["name"], &holds["data"][0]["reason"]), (&"case-1".into(), &"court".into()));
    world
        .run(&["audit", "hold", "release", "case-1", "--org", "amazon", "--reason", "over", "--json"])
        .fails(10, "E1001");
    world
        .run(&["audit", "hold", "release", "case-1", "--org", "amazon", "--reason", "over", "--confirm", "case-1"])
        .ok();
    world.run(&["audit", "hold", "place", "all", "--all", "--reason", "audit"]).ok();
    prune(&["--confirm", "amazon"]).fails(10, "E1008");
    world.run(&["audit", "hold", "release", "all", "--all", "--reason", "over", "--confirm", "all"]).ok();
    let plan = prune(&["--dry-run"]).ok().json();
    assert_eq!((&plan["data"]["entries"], &plan["changed"]), (&20.into(), &false.into()));
    prune(&["--confirm", "Amazon"]).fails(10, "E1002");
    // Altered entries are not erased: that would bury it.
    let first = entries[0].get_object_id("_id").unwrap();
    let set = |by: &str| {
        world.wait(async {
            world.collection(TRAIL).update_one(doc! { "_id": first }, doc! { "$set": { "action": by } }).await.unwrap();
        });
    };
    set("forged");
    prune(&["--confirm", "amazon"]).fails(6, "E0602");
    set(entries[0].get_str("action").unwrap());
    let counted = world.count(TRAIL);
    let pruned = prune(&["--confirm", "amazon", "--reason", "retention"]).ok().json();
    assert_eq!(pruned["data"]["erased"], 20);
    let deed = world.one(TRAIL, doc! { "action": "audit.pruned" });
    assert_eq!(deed.get_document("details").unwrap().get_i64("entries").unwrap(), 20);
    assert_eq!(world.count(TRAIL), counted - 20 + 1);
    let verified = world.run(&["audit", "verify", "--org", "amazon", "--json"]).ok().json();
    let chain = &verified["data"]["chains"][0];
    assert_eq!((&chain["erased"], &chain["entries"]), (&20.into(), &8.into()), "{verified}");
    assert_eq!(prune(&["--confirm", "amazon"]).ok().json()["changed"], false);
    // The copy is provable with the seals that stayed, and so is one that is put back by mistake.
    world.run(&["audit", "verify", "--file", "old.ndjson"]).ok();
    world.insert(TRAIL, entries[..3].to_vec());
    let verified = world.run(&["audit", "verify", "--all", "--json"]).ok().json();
    assert_eq!(verified["data"]["counts"]["erased"], 3);
}

#[test]
fn a_chain_goes_on_when_a_rename_rewrites_its_entries() {
    let world = platform_with_key(SHARED);
    world.pair_of_keys();
    let name = "Acme";
    hourly(&world, &Bson::from(name), 10);
    world.run(&["audit", "seal", "--all", "--until", &moment(8)]).ok();
    world.run(&["org", "rename", name, "Acme Global", "--confirm", name]).ok();
    let verified = world.run(&["audit", "verify", "--all", "--json"]).ok().json();
    assert_eq!(verified["data"]["counts"]["proven"], 8, "{verified}");
    assert_eq!(verified["data"]["renamed"][0]["to"], "Acme Global");
    let sealed = world.run(&["audit", "seal", "--all", "--until", &moment(11), "--json"]).ok().json();
    let seal = sealed["data"]["seals"].as_array().unwrap().iter().find(|seal| seal["tenant"] == "Acme Global").unwrap();
    assert_eq!((&seal["n"], &seal["entries"]), (&2.into(), &2.into()), "the same chain");
    let verified = world.run(&["audit", "verify", "--org", "Acme Global", "--json"]).ok().json();
    assert_eq!(verified["data"]["counts"]["proven"], 10, "{verified}");
    // One entry under another tenant is no rename.
    world.wait(async {
        let one = doc! { "customerId": "Acme Global", "timestamp": at(START) };
        world.collection(TRAIL).update_one(one, doc! { "$set": { "customerId": "Globex" } }).await.unwrap();
    });
    let verified = world.run(&["audit", "verify", "--all", "--json"]);
    assert_eq!(verified.status, 6);
    assert_eq!(verified.json()["data"]["findings"][0]["trouble"], "altered");
}

#[test]
fn keys_rotate_and_strangers_and_secrets_sign_nothing() {
    let world = platform_with_key(PAIR);
    hourly(&world, &acme(), 30);
    world.run(&["key", "generate", "--seals", "--alg", "HS256", "--json"]).fails(2, "E0129");
    world.run(&["audit", "seal", "--all", "--until", &moment(10)]).ok();
    let old = world.run(&["key", "list", "--seals", "-o", "name"]).ok().stdout.trim().to_owned();
    world.run(&["key", "jwks", "--seals", "--out", "old.jwks"]).ok();
    world.run(&["key", "rotate", "--seals"]).ok();
    world.run(&["audit", "seal", "--all", "--until", &moment(20)]).ok();
    world.run(&["audit", "verify", "--all"]).ok();
    world.run(&["key", "retire", &old, "--seals", "--confirm", &old]).ok();
    world.run(&["audit", "verify", "--all"]).ok();
    // Who has only the old public key knows nothing of the new one's seals.
    let verified = world.run(&["audit", "verify", "--all", "--public", "old.jwks", "--json"]);
    assert_eq!(verified.status, 6);
    assert_eq!(verified.json()["data"]["findings"][0]["trouble"], "seal_unknown");
    let stranger = world.path("stranger").display().to_string();
    world.run(&["key", "generate", "--seals", "--keys", &stranger]).ok();
    world.run(&["audit", "seal", "--all", "--keys", &stranger, "--json"]).fails(6, "E0601");
    let nowhere = world.path("nowhere").display().to_string();
    world.run(&["audit", "seal", "--all", "--keys", &nowhere, "--json"]).fails(2, "E0130");
    world.run(&["audit", "verify", "--all", "--keys", &nowhere, "--json"]).fails(2, "E0130");
    world.run(&["audit", "verify", "--json"]).fails(2, "E0101");
    world.run(&["audit", "seal", "--all", "--until", "1m", "--json"]).fails(2, "E0101");
}

#[test]
fn a_run_that_is_killed_anywhere_is_made_good_by_the_next() {
    let world = platform_with_key(PAIR);
    hourly(&world, &acme(), 30);
    hourly(&world, &Bson::from("6b00e9cd6b491423ace46d97"), 30);
    world.run(&["audit", "seal", "--all", "--until", &moment(10)]).ok();
    for n in 1..40 {
        let mut command = world.command(&["audit", "seal", "--all", "--until", &moment(10 + n)]);
        let fault = format!("kill@mutation:{}:{}", n.div_euclid(2) + 1, if n % 2 == 0 { "before" } else { "after" });
        let ran = crate::world::Ran::from(command.env("FLOWBIT_FAULT", &fault).output().unwrap());
        assert!(ran.status == 137 || ran.status == 0, "{fault}: {ran:?}");
        world.run(&["audit", "verify", "--all"]).ok();
        world.run(&["audit", "seal", "--all", "--until", &moment(10 + n)]).ok();
        let verified = world.run(&["audit", "verify", "--all", "--json"]).ok().json();
        assert_eq!(verified["data"]["counts"]["proven"], 2 * (10 + n).min(30), "{fault}");
        if ran.status == 0 {
            break;
        }
    }
}

#[test]
fn of_two_who_seal_at_once_nothing_is_doubled() {
    let world = platform_with_key(PAIR);
    for round in 0..6 {
        hourly(&world, &Bson::from(format!("tenant{round}")), 30);
        let until = moment(30 + round);
        let both = [(); 2].map(|()| {
            let mut command = world.command(&["audit", "seal", "--all", "--until", &until, "--json"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        });
        let ran = both.map(|child| crate::world::Ran::from(child.wait_with_output().unwrap()));
        assert!(ran.iter().any(|ran| ran.status == 0), "{ran:?}");
        assert!(ran.iter().all(|ran| ran.status == 0 || ran.error()["code"] == "E0321"), "{ran:?}");
        world.run(&["audit", "seal", "--all", "--until", &until, "--accept-late"]).ok();
        let verified = world.run(&["audit", "verify", "--all", "--json"]).ok().json();
        assert_eq!(verified["data"]["counts"]["proven"], 30 * (round + 1), "{verified}");
    }
}

#[test]
fn what_somebody_plants_among_the_digests_vouches_for_nothing() {
    let world = platform_with_key(PAIR);
    hourly(&world, &acme(), 30);
    world.run(&["audit", "seal", "--all", "--until", &moment(10)]).ok();
    world.run(&["audit", "hold", "place", "h", "--all", "--reason", "r"]).ok();
    world.run(&["audit", "seal", "--all", "--until", &moment(20)]).ok();
    let forged = entry(&mut StdRng::seed_from_u64(5), &acme(), START + HOUR);
    let digest = flowbit::domain::audit::digest_of(&forged, &[]);
    let planted = flowbit::domain::audit::Block::of(&[flowbit::domain::audit::Leaf {
        id: forged.get("_id").unwrap().clone(),
        digest,
    }]);
    let chain = world.find(SEALS, doc! { "kind": "seal" })[0].get_str("chain").unwrap().to_owned();
    let run =
        world.find(SEALS, doc! { "kind": "seal" })[0].get_document("body").unwrap().get_str("run").unwrap().to_owned();
    let binary = |bytes: &[u8]| bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: bytes.to_vec() };
    world.insert(TRAIL, vec![forged]);
    for id in [
        format!("{chain}:0000000000:x:00000000"),
        format!("{chain}:0000000001:{run}:00000007"),
        format!("{chain}:0000000003:x:00000000"),
        "platform:0000000002:x:00000000".to_owned(),
        "nonsense".to_owned(),
    ] {
        world
            .insert(DIGESTS, vec![doc! { "_id": &id, "ids": binary(&planted.ids), "leaves": binary(&planted.leaves) }]);
        let verified = world.run(&["audit", "verify", "--all", "--json"]);
        let found = verified.json()["data"]["findings"].clone();
        assert_eq!((verified.status, &found[0]["trouble"]), (6, &"inserted".into()), "{id}: {found}");
        world.wait(world.collection(DIGESTS).delete_one(doc! { "_id": id }).into_future()).unwrap();
    }
}

#[test]
fn damage_is_named_for_ever_and_keeps_nobody_from_sealing_for_ever() {
    let world = platform_with_key(PAIR);
    hourly(&world, &acme(), 30);
    let seal = |hours: i64, more: &[&str]| {
        let until = moment(hours);
        world.run(&[&["audit", "seal", "--all", "--until", &until, "--json"], more].concat())
    };
    seal(10, &[]).ok();
    seal(12, &[]).ok();
    for what in ["of a tenant", "of the platform"] {
        let filter = match what {
            "of a tenant" => doc! { "kind": "seal", "n": 1 },
            _ => doc! { "chain": "platform", "n": world.find(SEALS, doc! { "chain": "platform" }).len() as i64 },
        };
        world.wait(async {
            let seals = world.collection(SEALS);
            seals.update_one(filter, doc! { "$set": { "by": "eve" } }).await.unwrap();
        });
        seal(14, &[]).fails(6, "E0601");
        seal(14, &["--begin-again"]).ok();
        // Once it is known, it keeps nobody from anything, and goes on to be named.
        seal(16, &[]).ok();
        world.run(&["audit", "hold", "place", "h", "--all", "--reason", "r"]).ok();
        world.run(&["audit", "hold", "release", "h", "--all", "--reason", "r", "--confirm", "h"]).ok();
        let verified = world.run(&["audit", "verify", "--all", "--json"]);
        let found = verified.json()["data"]["findings"].clone();
        assert_eq!((verified.status, &found[0]["trouble"]), (6, &"seal_altered".into()), "{what}: {found}");
    }
    // Stored digests that were altered: the chain is left, and another one vouches for all that is there.
    world.wait(async {
        let digests = world.collection(DIGESTS);
        let mut last = digests.find_one(doc! {}).sort(doc! { "_id": -1 }).await.unwrap().unwrap();
        let Some(Bson::Binary(leaves)) = last.get_mut("leaves") else { panic!() };
        leaves.bytes[0] ^= 1;
        digests.replace_one(doc! { "_id": last.get("_id").unwrap().clone() }, last.clone()).await.unwrap();
    });
    seal(18, &["--begin-again", "--accept-late"]).ok();
    seal(20, &[]).ok();
    let verified = world.run(&["audit", "verify", "--all", "--json"]).json();
    let troubles: Vec<&str> =
        verified["data"]["findings"].as_array().unwrap().iter().map(|f| f["trouble"].as_str().unwrap()).collect();
    assert_eq!(troubles, ["seal_altered", "digests_altered", "seal_altered"].map(str::to_owned), "{verified}");
}
