//! Seals on the command line: what is late, what is exported, what is erased, what is cut off, planted, renamed, rotated,
//! killed half-way and begun anew.

use bson::{Bson, Document, doc};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::audit_fuzz::{DIGESTS, HOUR, SEALS, START, TRAIL, at, entry};
use crate::world::{PAIR, SHARED, World};

/// A world with a key for seals.
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
