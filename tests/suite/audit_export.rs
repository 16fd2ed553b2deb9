//! Exports of the audit trail: what is in the file is what is in the database, however often it was interrupted.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use bson::{Binary, Bson, DateTime, Document, JavaScriptCodeWithScope, Regex, Timestamp, doc, oid::ObjectId};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::world::{PAIR, Ran, World, oid};

/// Later than the entries that [`big`] plants begin.
const BEGIN: i64 = 1_780_000_000_000;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut text).unwrap();
    text
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn manifest(world: &World, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(world.path(&format!("{name}.manifest.json"))).unwrap()).unwrap()
}

/// One of every type, as identifiers and as values.
fn every_type() -> Vec<Document> {
    let regex = Regex { pattern: "^a\"b".to_owned().try_into().unwrap(), options: "im".to_owned().try_into().unwrap() };
    let values: Vec<Bson> = vec![
        1.5.into(),
        f64::NAN.into(),
        f64::NEG_INFINITY.into(),
        2.0.into(),
        "quote \" slash \\ line\nend \u{1} é 😀".into(),
        doc! { "a": { "b": [1, [2, {}], []] } }.into(),
        Bson::Binary(Binary { subtype: bson::spec::BinarySubtype::Uuid, bytes: (0..16).collect() }),
        Bson::Binary(Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![255; 5] }),
        Bson::ObjectId(oid(7, 7)),
        true.into(),
        Bson::DateTime(DateTime::from_millis(1_700_000_000_007)),
        Bson::DateTime(DateTime::from_millis(-5)),
        Bson::DateTime(DateTime::from_millis(i64::MAX)),
        Bson::Null,
        Bson::JavaScriptCode("f()".to_owned()),
        Bson::Symbol("s".to_owned()),
        42.into(),
        Bson::Timestamp(Timestamp { time: u32::MAX, increment: 3 }),
        (1_i64 << 53).into(),
        i64::MIN.into(),
        Bson::Decimal128("12.50".parse().unwrap()),
        Bson::MinKey,
        Bson::MaxKey,
    ];
    let only_values = vec![
        Bson::RegularExpression(regex),
        Bson::Array(vec![Bson::Undefined]),
        Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope { code: "g()".to_owned(), scope: doc! { "x": 1 } }),
    ];
    let all: Vec<Bson> = values.iter().chain(&only_values).cloned().collect();
    let mut entries: Vec<Document> = values.into_iter().map(|id| doc! { "_id": id, "action": "x" }).collect();
    entries.push(doc! { "_id": "all", "action": "all", "timestamp": DateTime::from_millis(BEGIN), "values": all });
    entries
}

/// A trail of this many entries, with identifiers of three types, the times in another order than the identifiers.
fn big(world: &World, n: u32) {
    let customer = oid(0, 1).to_hex();
    let entries = (0..n).map(|i| {
        let id: Bson = match i % 3 {
            0 => Bson::ObjectId(oid(3, i)),
            1 => format!("entry {i:08}").into(),
            _ => i64::from(i).into(),
        };
        doc! {
            "_id": id, "action": format!("ticket.{}", ["create", "update", "close"][i as usize % 3]),
            "userId": ObjectId::from_bytes([2; 12]), "customerId": &customer, "ticketId": format!("T-{i}"),
            "timestamp": DateTime::from_millis(BEGIN + i64::from(i) * 1000),
            "details": { "from": "Open", "to": "Pending", "note": "the customer called \"again\"", "n": i64::from(i) },
        }
    });
    world.insert("audit_logs", entries.collect());
}

fn world_of(n: u32) -> World {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    big(&world, n);
    world
}

#[test]
fn what_is_exported_reads_back_as_what_is_stored() {
    let world = World::new(PAIR);
    world.insert("audit_logs", every_type());
    let stored = world.find("audit_logs", doc! {});
    for (name, more, canonical) in [
        ("a.ndjson", vec![], false),
        ("b.ndjson", vec!["--canonical"], true),
        ("c.ndjson.gz", vec!["--canonical"], true),
        ("d", vec!["--gzip"], false),
    ] {
        let mut words = vec!["audit", "export", "--all", "--out", name, "--json"];
        words.extend(&more);
        let ran = world.run(&words).ok().json();
        let bytes = std::fs::read(world.path(name)).unwrap();
        let zipped = name.ends_with(".gz") || more.contains(&"--gzip");
        let text = if zipped { unzipped(&bytes) } else { bytes.clone() };
        let lines = lines(&text);
        assert_eq!(lines.len(), stored.len());
        for (line, entry) in lines.iter().zip(&stored) {
            let read = Document::try_from(line.as_object().unwrap().clone()).unwrap();
            let json = |entry: &Document| {
                let entry = Bson::Document(entry.clone());
                if canonical { entry.into_canonical_extjson() } else { entry.into_relaxed_extjson() }
            };
            assert_eq!(json(&read).to_string(), json(entry).to_string(), "{line}");
        }
        let manifest = manifest(&world, name);
        assert_eq!(manifest["schema"], "flowbit.audit.manifest/1");
        assert_eq!(manifest["sha256"], sha256(&bytes), "{name}");
        assert_eq!((&manifest["bytes"], &manifest["entries"]), (&bytes.len().into(), &stored.len().into()));
        assert_eq!(
            (&manifest["gzip"], &manifest["format"]),
            (&zipped.into(), &if canonical { "canonical" } else { "relaxed" }.into())
        );
        assert_eq!((&manifest["order"], &manifest["seals"]), (&"_id".into(), &Value::Null));
        assert_eq!((&manifest["collection"], &manifest["exported_by"]), (&"audit_logs".into(), &"tester".into()));
        assert_eq!(manifest["first"], serde_json::json!({ "id": "all", "time": "2026-05-28T20:26:40Z" }));
        assert_eq!(ran["data"]["sha256"], manifest["sha256"]);
        assert_eq!(ran["next"], serde_json::json!([format!("flowbit audit verify --file {name}")]));
        #[cfg(unix)]
        for file in [world.path(name), world.path(&format!("{name}.manifest.json"))] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(!world.path(&format!("{name}.part")).exists() && !world.path(&format!("{name}.part.json")).exists());
    }
}

#[test]
fn filters_choose_and_stand_in_the_manifest() {
    let world = world_of(300);
    world.insert(
        "audit_logs",
        vec![doc! { "_id": "other", "action": "ticket.close", "customerId": oid(1, 1).to_hex() }],
    );
    world
        .run(&[
            "audit",
            "export",
            "--org",
            "amazon",
            "--action",
            "ticket.c*",
            "--where",
            "details.to=Pending",
            "--since",
            "2026-05-28T20:27:40Z",
            "--out",
            "x",
        ])
        .ok();
    let found = lines(&std::fs::read(world.path("x")).unwrap());
    assert_eq!(found.len(), 160);
    assert!(found.iter().all(|line| line["action"] != "ticket.update" && line["_id"] != "other"));
    let query = &manifest(&world, "x")["query"];
    assert_eq!((&query["organization"]["name"], &query["tenant_field"]), (&"amazon".into(), &"customerId".into()));
    assert_eq!((&query["tenant"], &query["action"]), (&oid(0, 1).to_hex().into(), &"ticket.c*".into()));
    assert_eq!((&query["since"], &query["where"][0]), (&"2026-05-28T20:27:40Z".into(), &"details.to=Pending".into()));
    // Nothing to export is an export of nothing.
    world.run(&["audit", "export", "--org", "amazon", "--action", "none", "--out", "y"]).ok();
    world.run(&["audit", "export", "--org", "amazon", "--action", "none", "--out", "z.gz"]).ok();
    assert_eq!(std::fs::read(world.path("y")).unwrap(), b"");
    assert_eq!(unzipped(&std::fs::read(world.path("z.gz")).unwrap()), b"");
    assert_eq!((&manifest(&world, "y")["entries"], &manifest(&world, "y")["first"]), (&0.into(), &Value::Null));
    // To a pipe go the same lines.
    let piped = world.run(&["audit", "export", "--org", "amazon", "--out", "-"]).ok();
    assert_eq!(lines(piped.stdout.as_bytes()).len(), 300);
    assert!(!world.path("-").exists() && !world.path("-.manifest.json").exists());
}

/// Kills an export when this much of it is there.
fn killed_at(world: &World, words: &[&str], part: &Path, size: u64) -> bool {
    let mut child = world.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    loop {
        if std::fs::metadata(part).is_ok_and(|found| found.len() >= size) {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn an_export_that_is_killed_goes_on_and_is_the_same_in_the_end() {
    let world = world_of(60_000);
    world.run(&["audit", "export", "--all", "--out", "whole"]).ok();
    let whole = std::fs::read(world.path("whole")).unwrap();
    let mut expected = manifest(&world, "whole");
    assert_eq!(expected["entries"], 60_000);
    let mut resumed = 0;
    for zipped in [false, true] {
        let name = if zipped { "x.gz" } else { "x" };
        let places = [1, 3, 2]
            .map(|n| format!("export:batch#{n}"))
            .into_iter()
            .chain(["export:complete#1", "export:put#1", "export:manifest#1"].map(str::to_owned));
        let again = ["audit", "export", "--all", "--out", name, "--resume", "--json"];
        for place in places {
            let fault = format!("kill@{place}");
            let ran = world.run_with(&again, &[("FLOWBIT_FAULT", &fault)]);
            assert_eq!(ran.status, 137, "{place}: {ran:?}");
            let there = world.path(name).exists();
            assert_eq!(there, place == "export:put#1" || place == "export:manifest#1", "{place}");
            if place.starts_with("export:batch") {
                continue;
            }
            // Killed after everything is there: another run has only to say so.
            let ran = world.run(&again).ok().json();
            assert_eq!(ran["data"]["entries"], 60_000, "{place}");
            same(&world, name, zipped, &whole, &mut expected);
            clear(&world, name);
        }
        let part = world.path(&format!("{name}.part"));
        for size in [1, 200_000, 1_500_000, 2_500_000, 4_000_000, 9_000_000, 16_000_000] {
            if killed_at(&world, &again, &part, size / if zipped { 10 } else { 1 }) {
                let kept = world.run(&again).ok().json()["data"]["resumed_after"].as_u64().unwrap();
                resumed += u32::from(kept > 0);
            }
            same(&world, name, zipped, &whole, &mut expected);
            clear(&world, name);
        }
        // Killed again and again, behind each other.
        for size in [1_200_000, 3_500_000, 8_000_000, 12_000_000] {
            killed_at(&world, &again, &part, size / if zipped { 10 } else { 1 });
            assert!(!world.path(name).exists() || !part.exists());
        }
        if !world.path(name).exists() {
            world.run(&again).ok();
        }
        same(&world, name, zipped, &whole, &mut expected);
    }
    assert!(resumed >= 4, "{resumed}: too few went on behind the beginning");
}

fn clear(world: &World, name: &str) {
    std::fs::remove_file(world.path(name)).unwrap();
    std::fs::remove_file(world.path(&format!("{name}.manifest.json"))).unwrap();
}

#[track_caller]
fn same(world: &World, name: &str, zipped: bool, whole: &[u8], expected: &mut Value) {
    let bytes = std::fs::read(world.path(name)).unwrap();
    let mut found = manifest(world, name);
    assert_eq!(found["sha256"], sha256(&bytes));
    assert!((if zipped { unzipped(&bytes) } else { bytes }) == whole, "the file is another one");
    for differs in ["exported_at", "sha256", "bytes", "gzip"] {
        found[differs] = Value::Null;
        expected[differs] = Value::Null;
    }
    assert_eq!(found, *expected);
    assert!(!world.path(&format!("{name}.part")).exists() && !world.path(&format!("{name}.part.json")).exists());
}

#[test]
fn an_interrupted_export_says_how_to_go_on() {
    let world = world_of(60_000);
    world.run(&["audit", "export", "--org", "amazon", "--where", "details.to=Pending", "--out", "whole"]).ok();
    let words = ["audit", "export", "--org", "amazon", "--where", "details.to=Pending", "--out", "an export", "--json"];
    let (child, gate) = world.held(&words, "hold@export:batch#3");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    std::fs::remove_file(gate).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap()).fails(11, "E1102");
    let error = ran.error();
    assert!(error["message"].as_str().unwrap().starts_with("interrupted after 30000 entries"), "{error}");
    let next = error["next"][0].as_str().unwrap();
    let expected = "flowbit audit export --org amazon --out 'an export' --where 'details.to=Pending' --resume";
    assert_eq!(next, expected);
    assert!(!world.path("an export").exists());

    // Another question, another form, another place; the part is as it was.
    let part = std::fs::read(world.path("an export.part")).unwrap();
    for other in [
        vec!["--org", "amazon", "--where", "details.to=Open"],
        vec!["--org", "amazon global", "--where", "details.to=Pending"],
        vec!["--all", "--where", "details.to=Pending"],
        vec!["--org", "amazon", "--where", "details.to=Pending", "--canonical"],
        vec!["--org", "amazon", "--where", "details.to=Pending", "--gzip"],
        vec!["--org", "amazon", "--where", "details.to=Pending", "--since", "2020-01-01"],
    ] {
        let mut words = vec!["audit", "export", "--out", "an export", "--resume", "--json"];
        words.extend(other);
        world.run(&words).fails(5, "E0320");
    }
    // Without --resume nothing is thrown away either.
    world.run(&words).fails(5, "E0320");
    assert!(std::fs::read(world.path("an export.part")).unwrap() == part);

    let words: Vec<&str> = vec![
        "audit",
        "export",
        "--org",
        "amazon",
        "--out",
        "an export",
        "--where",
        "details.to=Pending",
        "--resume",
        "--json",
    ];
    let ran = world.run(&words).ok().json();
    assert_eq!((&ran["data"]["resumed_after"], &ran["data"]["entries"]), (&30_000.into(), &60_000.into()));
    assert!(std::fs::read(world.path("an export")).unwrap() == std::fs::read(world.path("whole")).unwrap());
}

#[test]
fn a_part_that_somebody_changed_is_not_gone_on_with() {
    let world = world_of(20_000);
    let words = ["audit", "export", "--all", "--out", "x", "--resume", "--json"];
    let (child, gate) = world.held(&words, "hold@export:batch#1");
    // Nobody else writes the same part meanwhile.
    world.run(&words).fails(5, "E0320");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    std::fs::remove_file(gate).unwrap();
    Ran::from(child.wait_with_output().unwrap()).fails(11, "E1102");
    let mut part = std::fs::read(world.path("x.part")).unwrap();
    part[1000] ^= 1;
    std::fs::write(world.path("x.part"), &part).unwrap();
    world.run(&words).fails(5, "E0320");
    std::fs::write(world.path("x.part"), &part[..1000]).unwrap();
    world.run(&words).fails(5, "E0320");
    let state = std::fs::read_to_string(world.path("x.part.json")).unwrap();
    std::fs::write(world.path("x.part.json"), state.replace("export-state/1", "export-state/9")).unwrap();
    world.run(&words).fails(5, "E0320");
    world.run(&["audit", "export", "--all", "--out", "x", "--force", "--json"]).ok();
    assert_eq!(manifest(&world, "x")["entries"], 20_000);
}

#[test]
fn nothing_is_written_over_and_nothing_is_left_half_written() {
    let world = world_of(100);
    std::fs::write(world.path("x"), "mine").unwrap();
    let words = ["audit", "export", "--all", "--out", "x", "--json"];
    world.run(&words).fails(5, "E0320");
    world.run(&["audit", "export", "--all", "--out", "x", "--resume", "--json"]).fails(5, "E0320");
    assert_eq!(std::fs::read(world.path("x")).unwrap(), b"mine");
    // With --force the old one is there until the new one is whole.
    let forced = ["audit", "export", "--all", "--out", "x", "--force", "--json"];
    let ran = world.run_with(&forced, &[("FLOWBIT_FAULT", "kill@export:complete")]);
    assert_eq!((ran.status, std::fs::read(world.path("x")).unwrap().as_slice()), (137, b"mine".as_slice()));
    world.run(&forced).ok();
    assert_eq!(lines(&std::fs::read(world.path("x")).unwrap()).len(), 100);
    world.run(&["audit", "export", "--all", "--out", "nowhere/x", "--json"]).fails(1, "E0003");
    world.run(&["audit", "export", "--all", "--out", ".", "--json"]).fails(2, "E0101");
    world.run(&["audit", "export", "--org", "nobody", "--out", "y", "--json"]).fails(3, "E0201");
    world.run(&["audit", "export", "--out", "y", "--json"]).fails(2, "E0101");
    assert!(!world.path("y").exists() && !world.path("y.part").exists());
}

#[test]
fn a_full_disk_is_said_and_what_was_kept_can_be_gone_on_with() {
    let world = world_of(20_000);
    // A limit on the size of files stands for the disk.
    let mut command = std::process::Command::new("sh");
    let flowbit = world.command(&["audit", "export", "--all", "--out", "x", "--json"]);
    command
        .args(["-c", "ulimit -f 6000; trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(flowbit.get_program())
        .args(flowbit.get_args());
    command
        .env_clear()
        .envs(flowbit.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(world.home.path());
    let ran = Ran::from(command.output().unwrap());
    assert_eq!((ran.status, &ran.error()["code"]), (1, &"E0003".into()), "{ran:?}");
    assert_eq!(ran.error()["next"], serde_json::json!(["flowbit audit export --out x --all --resume"]));
    assert!(!world.path("x").exists());
    let ran = world.run(&["audit", "export", "--out", "x", "--all", "--resume", "--json"]).ok().json();
    assert_eq!(ran["data"]["entries"], 20_000);
    world.run(&["audit", "export", "--out", "y", "--all"]).ok();
    assert!(std::fs::read(world.path("x")).unwrap() == std::fs::read(world.path("y")).unwrap());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let world = world_of(30_000);
    let mut child = world
        .command(&["audit", "export", "--all", "--out", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 100];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_trail_takes_no_more_memory_than_a_short_one() {
    let world = world_of(200_000);
    let mut child = world.command(&["audit", "export", "--all", "--out", "x"]).stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or_default());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    let size = std::fs::metadata(world.path("x")).unwrap().len();
    eprintln!("200000 entries, {size} bytes: at most {peak} KiB");
    assert!(peak > 0 && peak < 150 * 1024, "{peak} KiB");
}
