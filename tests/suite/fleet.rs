//! Commands for many organizations: all of them, some of them, none of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use bson::doc;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::world::{PAIR, Ran, World, full_matrix};

/// How many; each costs a second or two of a small machine.
fn many() -> usize {
    if full_matrix() { 200 } else { 40 }
}

fn name(n: usize) -> String {
    format!("Tenant {n:03}")
}

/// A list of organizations to create, and their names.
fn newcomers(world: &World, n: usize) -> Vec<String> {
    let names: Vec<String> = (0..n).map(name).collect();
    let mut list = "name,email\n".to_owned();
    for (i, name) in names.iter().enumerate() {
        writeln!(list, "{name},admin{i}@tenants.com").unwrap();
    }
    std::fs::write(world.path("new.csv"), list).unwrap();
    names
}

/// Organizations that are there, made by the list.
fn fleet(world: &World, n: usize) -> Vec<String> {
    let names = newcomers(world, n);
    let ran = world.run(&["org", "create", "--from", "new.csv", "--password-dir", "pw", "--json"]).ok();
    assert_eq!(done(&ran).len(), n);
    names
}

fn list(world: &World, names: &[String]) {
    std::fs::write(world.path("names.csv"), format!("name\n{}\n", names.join("\n"))).unwrap();
}

fn part(ran: &Ran, word: &str) -> Vec<Value> {
    ran.json()["data"][word].as_array().unwrap().clone()
}

fn done(ran: &Ran) -> Vec<String> {
    part(ran, "done").iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

fn living(world: &World) -> BTreeSet<String> {
    let orgs = world.find("organizations", doc! { "status": "active" });
    orgs.iter().map(|org| org.get_str("name").unwrap().to_owned()).collect()
}

#[test]
fn all_are_created_renamed_deleted_restored_and_purged() {
    let world = World::new(PAIR);
    let n = many();
    let names = fleet(&world, n);
    assert_eq!(living(&world), names.iter().cloned().collect());
    assert_eq!(world.count("users"), n as u64);
    let passwords: Vec<_> = std::fs::read_dir(world.path("pw")).unwrap().map(Result::unwrap).collect();
    assert_eq!(passwords.len(), n);
    assert_eq!(passwords[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(world.path("pw").metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let again = ["org", "create", "--from", "new.csv", "--password-dir", "pw", "--if-not-exists", "--json"];
    let ran = world.run(&again).ok().json();
    assert_eq!((ran["changed"].as_bool(), ran["data"]["done"][0]["changed"].as_bool()), (Some(false), Some(false)));

    let renames: String = names.iter().map(|name| format!("{name},{}\n", name.replace("Tenant", "Customer"))).collect();
    std::fs::write(world.path("renames.csv"), format!("old,new\n{renames}")).unwrap();
    let confirm = n.to_string();
    // All of them change one file.
    let screens = |names: &[String]| {
        names.iter().map(|name| format!("\"{name}\": {{\"screens\": []}}")).collect::<Vec<_>>().join(",\n")
    };
    std::fs::write(world.path("registry.json"), format!("{{\n{}\n}}\n", screens(&names))).unwrap();
    let rename = ["org", "rename", "--from", "renames.csv", "--confirm", &confirm, "--jobs", "4", "--json"];
    assert_eq!(done(&world.run(&rename).ok()).len(), n);
    let renamed: Vec<String> = names.iter().map(|name| name.replace("Tenant", "Customer")).collect();
    assert_eq!(living(&world), renamed.iter().cloned().collect());
    assert_eq!(world.find("users", doc! { "tenantName": { "$regex": "^Customer" } }).len(), n);
    let registry: Value = serde_json::from_slice(&std::fs::read(world.path("registry.json")).unwrap()).unwrap();
    assert!(registry.as_object().unwrap().keys().eq(&renamed), "each in its place: {registry}");

    list(&world, &renamed);
    let delete = ["org", "delete", "--from", "names.csv", "--keep-days", "0", "--confirm", &confirm, "--json"];
    assert_eq!(done(&world.run(&delete).ok()), renamed);
    assert!(living(&world).is_empty());
    let (back, gone) = renamed.split_at(n / 2);
    list(&world, back);
    let restored = world.run(&["org", "restore", "--from", "names.csv", "--json"]).ok();
    assert_eq!((done(&restored).as_slice(), living(&world)), (back, back.iter().cloned().collect()));

    let rest = gone.len().to_string();
    world.run(&["org", "purge", "--expired", "--confirm", "1", "--json"]).fails(10, "E1002");
    let purged = world.run(&["org", "purge", "--expired", "--confirm", &rest, "--json"]).ok();
    assert_eq!(
        (done(&purged).len(), world.count("organizations"), world.count("users")),
        (gone.len(), back.len() as u64, back.len() as u64)
    );
    let left = |name: &String| gone.iter().any(|gone| name.contains(&gone.to_lowercase().replace(' ', "-")));
    assert!(!world.names().iter().any(left));
    assert_eq!(world.find("flowbit_ops", doc! { "open": true }).len(), 0);
    let none = world.run(&["org", "purge", "--expired", "--json"]).ok().json();
    assert_eq!(none["data"]["done"].as_array().unwrap().len(), 0);
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let world = World::new(PAIR);
    let names = fleet(&world, 12);
    let mut renames: Vec<String> =
        names.iter().map(|name| format!("{{\"old\":\"{name}\",\"new\":\"{name} Ltd\"}}")).collect();
    // The name that it is to get is somebody else's; and this one has its name already.
    world.insert("organizations", vec![doc! { "name": "taken", "slug": "taken", "status": "active" }]);
    renames[5] = format!("{{\"old\":\"{}\",\"new\":\"TAKEN\"}}", names[5]);
    renames[7] = format!("{{\"old\":\"{0}\",\"new\":\"{0}\"}}", names[7]);
    std::fs::write(world.path("renames"), renames.join("\n")).unwrap();
    let planned = world.run(&["org", "rename", "--from", "renames", "--dry-run", "--json"]);
    assert_eq!((planned.status, part(&planned, "plan").len(), part(&planned, "failed").len()), (7, 11, 1));
    assert_eq!(world.find("flowbit_ops", doc! { "kind": "org.rename" }).len(), 0);

    let ran = world.run(&["org", "rename", "--from", "renames", "--confirm", "12", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (7, ""));
    let report = ran.json();
    assert_eq!((report["schema"].as_str(), report["ok"].as_bool()), (Some("flowbit.org.rename.many/1"), Some(false)));
    assert_eq!(part(&ran, "done").len(), 11);
    let same = part(&ran, "done").into_iter().find(|one| one["name"] == names[7].as_str()).unwrap();
    assert_eq!((same["changed"].as_bool(), same["operation"].is_null()), (Some(false), true));
    let failed = &report["data"]["failed"][0];
    assert_eq!((failed["name"].as_str(), failed["code"].as_str()), (Some(names[5].as_str()), Some("E0301")));
    assert_eq!(report["next"][0], "flowbit org show taken");
    assert_eq!(living(&world).iter().filter(|name| name.ends_with(" Ltd")).count(), 10);

    // For people the same, as lines; and when nothing at all can be done, the status of the first failure.
    let ran = world.run(&["org", "delete", "nobody", "no-one", "--confirm", "2"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stdout.contains("Deleted 0 of 2 organizations") && ran.stdout.contains("E0201"), "{ran:?}");
}

#[test]
fn it_stops_after_so_many_failures() {
    let world = World::new(PAIR);
    let mut names = fleet(&world, 9);
    for at in [1, 3, 5] {
        names[at] = format!("nobody {at}");
    }
    list(&world, &names);
    let delete =
        ["org", "delete", "--from", "names.csv", "--confirm", "9", "--jobs", "1", "--max-failures", "2", "--json"];
    let ran = world.run(&delete);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert_eq!((part(&ran, "done").len(), part(&ran, "failed").len(), part(&ran, "skipped").len()), (2, 2, 5));
    let rest = ran.json()["next"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
    assert!(rest.starts_with("flowbit org delete 'Tenant 004' 'nobody 5' 'Tenant 006'"), "{rest}");
    assert_eq!(living(&world).len(), 7);
}

#[test]
fn an_interrupt_saves_what_runs_and_begins_no_more() {
    let world = World::new(PAIR);
    let names = fleet(&world, 40);
    list(&world, &names);
    let delete = ["org", "delete", "--from", "names.csv", "--confirm", "40", "--json"];
    let (child, gate) = world.held(&delete, "hold@step:move:0:acted#10");
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    std::thread::sleep(Duration::from_millis(150));
    std::fs::remove_file(gate).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 11, "{ran:?}");
    let (finished, failed, skipped) = (done(&ran), part(&ran, "failed"), part(&ran, "skipped"));
    assert_eq!(finished.len() + failed.len() + skipped.len(), 40, "{ran:?}");
    assert!(!failed.is_empty() && failed.len() <= 4 && skipped.len() > 20, "{ran:?}");
    let open = world.find("flowbit_ops", doc! { "open": true });
    assert_eq!(open.len(), failed.len(), "what is open is what is reported");
    for saved in &failed {
        assert_eq!(saved["code"], "E1101");
        let resume = saved["next"][0].as_str().unwrap();
        let words: Vec<&str> = resume.split_whitespace().skip(1).collect();
        world.run(&[&words[..], &["--json"]].concat()).ok();
    }
    let rest: Vec<String> = skipped.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    list(&world, &rest);
    world.run(&["org", "delete", "--from", "names.csv", "--confirm", &rest.len().to_string(), "--json"]).ok();
    assert!(living(&world).is_empty());
}

/// Killed while several run, each is an operation of its own, and each is finished.
#[test]
fn a_crash_leaves_as_many_operations_as_ran() {
    let world = World::new(PAIR);
    let names = fleet(&world, 12);
    list(&world, &names);
    let delete = ["org", "delete", "--from", "names.csv", "--confirm", "12", "--json"];
    let ran = world.run_with(&delete, &[("FLOWBIT_FAULT", "kill@commit:before#6")]);
    assert_eq!(ran.status, 137);
    let open = world.find("flowbit_ops", doc! { "open": true });
    assert!((1..=4).contains(&open.len()), "{open:?}");
    let sessions: BTreeSet<String> =
        open.iter().map(|op| op.get_document("lease").unwrap().get("session").unwrap().to_string()).collect();
    assert_eq!(sessions.len(), open.len(), "no two operations share a session");
    for op in &open {
        world.run(&["op", "resume", op.get_str("_id").unwrap(), "--json"]).ok();
    }
    let rest: Vec<String> = living(&world).into_iter().collect();
    list(&world, &rest);
    world.run(&["org", "delete", "--from", "names.csv", "--confirm", &rest.len().to_string(), "--json"]).ok();
    assert_eq!((living(&world).len(), world.find("flowbit_ops", doc! { "open": true }).len()), (0, 0));
}

#[test]
fn broken_lists_change_nothing() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let start = world.start();
    let before = world.state(&start);
    std::fs::write(world.path("empty-password"), "\n").unwrap();
    let create = ["org", "create", "--password-dir", "pw", "--from", "list", "--json"];
    let rename = ["org", "rename", "--confirm", "2", "--from", "list", "--json"];
    let delete = ["org", "delete", "--confirm", "2", "--from", "list", "--json"];
    for (arguments, text, says) in [
        (&create[..], "name,emial\na,a@b.cc\n", "list:1: unknown column \"emial\"; did you mean \"email\"?"),
        (&create, "name,email\na,a@b.cc\nb\n", "list:3: 1 fields, and the header has 2"),
        (&create, "name,email\na,a@b.cc\na$b,c@d.ee\n", "list:3: \"a$b\" cannot be the name of an organization"),
        (&create, "name,email\na b,a@b.cc\nA-B,c@d.ee\n", "list:3: \"A-B\" and the name in line 2 would be one"),
        (&create, "name,email\na,a@b.cc\nb,A@b.cc\n", "list:3: the e-mail of line 2 stands here again"),
        (&create, "name,email\na,nowhere\n", "list:2: \"nowhere\" is not an e-mail address"),
        (&create, "name,email,password_file\na,a@b.cc,empty-password\n", "list:2: the password is empty"),
        (&rename, "{\"old\":\"amazon\",\"new\":\"x\"}\n{\"old\":\"amazon\"\n", "list:2: no JSON object"),
        (&rename, "{\"old\":\"amazon\",\"new\":\"x\",\"why\":\"y\"}\n", "list:1: unknown column \"why\""),
        (&rename, "old,new\namazon,x\namazon global,amazon\n", "list:3: the new name is given up in line 2"),
        (&rename, "old,new\namazon,x\nAmazon,y\n", "list:3: the organization of line 2 stands here again"),
        (&delete, "amazon\namazon global\n", "list:1: the header has no column \"name\""),
        (&delete, "name\n", "list:1: the list is empty"),
        (&delete, "name\namazon\nAMAZON\n", "list:3: the name of line 2 stands here again"),
    ] {
        std::fs::write(world.path("list"), text).unwrap();
        let ran = world.run(arguments).fails(2, "E0120");
        let message = ran.error()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(says), "{message}");
    }
    std::fs::write(world.path("list"), b"name\namazon\n\xff\n").unwrap();
    assert!(world.run(&delete).fails(2, "E0120").stderr.contains("list:3: this is not UTF-8"));
    world.run(&["org", "delete", "--from", "nowhere", "--confirm", "2", "--json"]).fails(2, "E0120");
    world.run(&["org", "delete", "amazon", "Amazon", "--confirm", "2", "--json"]).fails(2, "E0101");
    world.run(&["org", "delete", "amazon", "--from", "list", "--json"]).fails(2, "E0101");
    world.run(&["org", "delete", "--json"]).fails(2, "E0101");
    world.run(&["org", "delete", "amazon", "x", "--jobs", "17", "--json"]).fails(2, "E0101");
    std::fs::write(world.path("list"), "name,email\na,a@b.cc\n").unwrap();
    world.run(&["org", "create", "--from", "list", "--json"]).fails(2, "E0101");
    world.run(&["org", "create", "--from", "list", "--password-stdin", "--json"]).fails(2, "E0101");
    let unconfirmed = world.run(&["org", "delete", "amazon", "amazon global", "--json"]).fails(10, "E1001");
    assert_eq!(unconfirmed.error()["next"][0], "repeat with --confirm 2");
    world.run(&["org", "delete", "amazon", "amazon global", "--confirm", "amazon", "--json"]).fails(10, "E1002");
    assert_eq!(world.state(&start), before);
    assert!(!world.path("pw").exists());
    assert_eq!(world.find("flowbit_ops", doc! {}).len(), 0);
}

#[test]
fn what_one_command_prints_the_next_one_reads() {
    let world = World::new(PAIR);
    fleet(&world, 3);
    for format in ["csv", "jsonl"] {
        std::fs::write(world.path("list"), world.run(&["org", "list", "-o", format]).ok().stdout).unwrap();
        let planned = world.run(&["org", "delete", "--from", "list", "--dry-run", "--json"]).ok();
        assert_eq!(
            (part(&planned, "plan").len(), planned.json()["next"][0].as_str()),
            (3, Some("flowbit org delete --from list --confirm 3"))
        );
    }
    let ran = world.run(&["org", "delete", "--from", "list", "--confirm", "3", "-o", "csv"]).ok();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "name,state,operation,seconds,why"));
    assert!(lines[1].starts_with("Tenant 000,done,"), "{lines:?}");
    assert_eq!(
        world.run(&["org", "restore", "Tenant 000", "Tenant 001", "-o", "name"]).ok().stdout,
        "Tenant 000\nTenant 001\n"
    );
}
