//! Two runners on one organization: at once, and one that was paused past its lease and goes on later.

use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bson::doc;
use rustix::process::{Pid, Signal, kill_process};

use crate::crash::{Lives, Verb, What};
use crate::world::{PAIR, Ran, World, assert_same, sample};

fn spawn(world: &World, arguments: &[&str], vars: &[(&str, &str)]) -> Child {
    world.command(arguments).envs(vars.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn finish(child: Child) -> Ran {
    Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn of_two_that_begin_at_once_one_does_it() {
    for round in 0..10 {
        let world = World::new(PAIR);
        world.pair_of_tenants();
        let arguments: [&[&str]; 2] = [
            &["org", "rename", "amazon", "left", "--confirm", "amazon", "--json"],
            if round % 2 == 0 {
                &["org", "rename", "amazon", "right", "--confirm", "amazon", "--json"]
            } else {
                &["org", "delete", "amazon", "--confirm", "amazon", "--json"]
            },
        ];
        let children: Vec<Child> = arguments.iter().map(|a| spawn(&world, a, &[])).collect();
        let ran: Vec<Ran> = children.into_iter().map(finish).collect();
        let winners = ran.iter().filter(|r| r.status == 0).count();
        assert_eq!(winners, 1, "{ran:?}");
        let loser = ran.iter().find(|r| r.status != 0).unwrap();
        // It met the open operation, or an organization that has another name or state by now.
        assert!(loser.status == 5 || loser.status == 3, "{loser:?}");
        assert_eq!(world.open_operation(), None);
        assert_eq!(world.count("org_amazon-global_tickets"), 20);
        let tickets: Vec<String> =
            world.names().into_iter().filter(|n| n.ends_with("_tickets") && !n.contains("global")).collect();
        assert_eq!(tickets.len(), 2, "the collection and its sentry: {tickets:?}");
    }
}

#[test]
fn of_two_that_create_one_name_one_does_it() {
    for _ in 0..5 {
        let world = World::new(PAIR);
        let arguments: [&[&str]; 2] = [
            &["org", "create", "Acme Corp", "--admin-email", "a@a.com", "--password-out", "p1", "--json"],
            &["org", "create", "acme-corp", "--admin-email", "b@b.com", "--password-out", "p2", "--json"],
        ];
        let ran: Vec<Ran> =
            arguments.iter().map(|a| spawn(&world, a, &[])).collect::<Vec<_>>().into_iter().map(finish).collect();
        assert_eq!(ran.iter().filter(|r| r.status == 0).count(), 1, "{ran:?}");
        assert_eq!((world.count("organizations"), world.count("users"), world.count("flowbit_held")), (1, 1, 0));
    }
}

/// Waits until a runner is at its place. False when it ended without coming there.
fn appears(gate: &Path, child: &mut Child) -> bool {
    let start = Instant::now();
    while !gate.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "the first runner never came to its place");
        if child.try_wait().unwrap().is_some() {
            return gate.exists();
        }
        sleep(Duration::from_millis(5));
    }
    true
}

/// The first runner is stopped at a place; the second waits for the lease and drives the operation; then the first goes on.
fn paused(verb: Verb, place: &str, second: &str, undisturbed: &str) -> bool {
    let world = verb.world();
    let names = world.names();
    let start = world.start();
    let before = world.state(&start);
    let gate = world.path("gate");
    let vars = [
        ("FLOWBIT_FAULT", format!("hold@{place}")),
        ("FLOWBIT_FAULT_GATE", gate.display().to_string()),
        ("FLOWBIT_LEASE_SECONDS", "2".to_owned()),
    ];
    let vars: Vec<(&str, &str)> = vars.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let mut first = spawn(&world, &verb.arguments(), &vars);
    if !appears(&gate, &mut first) {
        // Something was tried twice, so that the numbers of the places are others this time.
        finish(first).ok();
        return false;
    }
    let pid = Pid::from_raw(i32::try_from(first.id()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    std::fs::remove_file(&gate).unwrap();
    let Some((id, state)) = world.open_operation() else {
        // Not begun yet, or already closed: nobody can take it over.
        kill_process(pid, Signal::CONT).unwrap();
        finish(first).ok();
        assert_same(&world.state(&start), undisturbed, &format!("{verb:?} paused at {place}"));
        return false;
    };
    let lease = [("FLOWBIT_LEASE_SECONDS", "2")];
    let ran = world.run_with(&["op", second, &id, "--json"], &lease);
    ran.fails(5, if second == "rollback" && state == "committed" { "E0307" } else { "E0305" });
    let went_back = second == "rollback" && state != "committed";
    let ran = world.run_with(&["op", if went_back { "rollback" } else { "resume" }, &id, "--wait", "--json"], &lease);
    assert_eq!(ran.status, 0, "{verb:?} paused at {place}, {second}: {ran:?}");
    if went_back {
        world.forget_rollback(&names, 1);
    }
    let between = world.state(&start);
    kill_process(pid, Signal::CONT).unwrap();
    let late = finish(first);
    // An empty collection under a name that only the first runner's token leads to is nobody's, and gc takes it.
    let nobodys = |line: &&str| !(line.contains("fb_stg_<op>") || line.contains("fb_mark_<op>"));
    let settled = |text: &str| text.lines().filter(nobodys).collect::<Vec<_>>().join("\n");
    assert_eq!(
        settled(&world.state(&start)),
        settled(&between),
        "{verb:?} paused at {place}, {second}: the first did something late: {late:?}"
    );
    // Whoever was overtaken says so, unless it had done its part already.
    assert!(late.status == 5 || late.status == 0, "{late:?}");
    let expected = if went_back { &before } else { undisturbed };
    // While the first may still live, the views that keep names occupied stay; gc takes them later.
    let latch = |line: &&str| !(line.contains("flowbit:sentry:<op>") && line.contains("viewOn"));
    let strip = |text: &str| text.lines().filter(latch).collect::<Vec<_>>().join("\n");
    assert_same(&strip(&between), &strip(expected), &format!("{verb:?} paused at {place}, {second}"));
    true
}

/// Every place between the look at the lease and the command, for each command. A sentry is dropped by name only, since
/// views have no identity; a process that is stopped in the very instant between its last look at the clock and that
/// one command, for longer than the rest of the lease, is the one case nothing guards, so the drop is held before the
/// clock is looked at, not after.
fn places(verb: Verb) -> Vec<String> {
    let keep = |place: &&String| {
        (place.starts_with("sending:") && !place.starts_with("sending:drop:"))
            || (place.starts_with("mutation:") && place.contains(":checked"))
    };
    verb.places().iter().filter(keep).cloned().collect()
}

fn zombies(verb: Verb, n: usize) {
    let undisturbed = verb.undisturbed();
    let places = places(verb);
    let mut tried = 0;
    for second in ["resume", "rollback"] {
        for place in sample(&format!("{verb:?} paused, then {second}"), &places, n) {
            tried += usize::from(paused(verb, &place, second, &undisturbed));
        }
    }
    eprintln!("{verb:?}: {tried} pauses past the lease, no effect twice, no effect late");
}

#[test]
fn a_rename_that_was_paused_does_nothing_late() {
    zombies(Verb::RENAME, 3);
}

#[test]
fn a_rename_back_that_was_paused_does_nothing_late() {
    zombies(Verb(What::RenameBack, Lives::Collections), 2);
}

#[test]
fn a_delete_that_was_paused_does_nothing_late() {
    zombies(Verb(What::Delete, Lives::Collections), 2);
}

#[test]
fn a_restore_that_was_paused_does_nothing_late() {
    zombies(Verb(What::Restore, Lives::Collections), 2);
}

#[test]
fn a_copy_that_was_paused_does_nothing_late() {
    zombies(Verb(What::Rename, Lives::Databases), 3);
    zombies(Verb(What::Rename, Lives::DatabasesOnline), 2);
}

#[test]
fn a_rewriting_that_was_paused_does_nothing_late() {
    zombies(Verb(What::Rename, Lives::Shared), 3);
    zombies(Verb(What::Delete, Lives::Shared), 2);
}

/// The statements of a commit hold the record that a renewal would write to.
#[test]
fn a_slow_commit_does_not_wait_for_itself() {
    let places = Verb::RENAME.places();
    let commit = places.iter().skip_while(|place| !place.starts_with("commit:before"));
    let statement = commit.filter(|place| place.starts_with("sending:update:")).nth(2).unwrap();
    let world = Verb::RENAME.world();
    let gate = world.path("gate");
    let fault = format!("hold@{statement}");
    let vars = [
        ("FLOWBIT_FAULT", fault.as_str()),
        ("FLOWBIT_FAULT_GATE", gate.to_str().unwrap()),
        ("FLOWBIT_LEASE_SECONDS", "2"),
    ];
    let mut child = spawn(&world, &Verb::RENAME.arguments(), &vars);
    assert!(appears(&gate, &mut child));
    // More than half of the lease is over then, so the next look at it would renew it.
    sleep(Duration::from_millis(1200));
    let start = Instant::now();
    std::fs::remove_file(&gate).unwrap();
    finish(child).ok();
    assert!(start.elapsed() < Duration::from_secs(9), "it waited for a time limit");
}

#[test]
fn an_interrupt_leaves_a_resumable_operation() {
    let world = Verb::RENAME.world();
    let gate = world.path("gate");
    let vars = [("FLOWBIT_FAULT", "hold@step:move:0:acted"), ("FLOWBIT_FAULT_GATE", gate.to_str().unwrap())];
    let mut child = spawn(&world, &Verb::RENAME.arguments(), &vars);
    assert!(appears(&gate, &mut child));
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    sleep(Duration::from_millis(100));
    std::fs::remove_file(&gate).unwrap();
    let ran = finish(child).fails(11, "E1101");
    assert_eq!(ran.error()["retryable"], true);
    let (id, state) = world.open_operation().unwrap();
    assert_eq!(state, "forward");
    assert_eq!(ran.error()["next"][0], format!("flowbit op resume {id}"));
    world.run(&["op", "resume", "amazon", "--json"]).ok();
    assert_eq!(world.count("org_jungle_tickets"), 20);
}

#[test]
fn an_interrupt_before_anything_is_begun_is_130() {
    let world = Verb::RENAME.world();
    let gate = world.path("gate");
    let vars = [("FLOWBIT_FAULT", "hold@planned"), ("FLOWBIT_FAULT_GATE", gate.to_str().unwrap())];
    let mut child = spawn(&world, &Verb::RENAME.arguments(), &vars);
    assert!(appears(&gate, &mut child));
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    finish(child).fails(130, "E1301");
    assert_eq!(world.find("flowbit_ops", doc! {}).len(), 0);
}
