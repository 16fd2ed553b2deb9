//! The crash matrix: the real binary is killed by SIGKILL at every place it passes, then resumed or rolled back.
//!
//! The places are learned by tracing an undisturbed run: every named checkpoint, and before, at and after every single
//! mutation that goes through the store's door.

use std::collections::BTreeSet;

use bson::doc;

use crate::world::{PAIR, World, assert_same, sample};

/// A verb, and what comes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Create,
    Rename,
    RenameBack,
    Delete,
    Restore,
    Purge,
}

pub const VERBS: [Verb; 6] = [Verb::Create, Verb::Rename, Verb::RenameBack, Verb::Delete, Verb::Restore, Verb::Purge];

impl Verb {
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Verb::Create => {
                &["org", "create", "Ebay", "--admin-email", "a@ebay.com", "--password-file", "pw", "--json"]
            }
            Verb::Rename => &["org", "rename", "amazon", "Jungle", "--confirm", "amazon", "--json"],
            Verb::RenameBack => &["org", "rename", "Jungle", "amazon", "--confirm", "Jungle", "--json"],
            Verb::Delete => &["org", "delete", "amazon", "--confirm", "amazon", "--json"],
            Verb::Restore => &["org", "restore", "amazon", "--json"],
            Verb::Purge => &["org", "purge", "amazon", "--before-grace-ends", "--confirm", "amazon", "--json"],
        }
    }

    pub fn world(self) -> World {
        let world = World::new(PAIR);
        world.pair_of_tenants();
        std::fs::write(world.path("pw"), "correct horse\n").unwrap();
        match self {
            Verb::RenameBack => drop(world.run(Verb::Rename.arguments()).ok()),
            Verb::Restore | Verb::Purge => drop(world.run(Verb::Delete.arguments()).ok()),
            // The journal's own collections are there, as on any platform that flowbit was used on.
            _ => drop(world.run(&["op", "gc", "--json"]).ok()),
        }
        world.ensure_journal();
        world
    }

    /// The state in which an undisturbed run ends.
    pub fn undisturbed(self) -> String {
        let world = self.world();
        let start = world.start();
        world.run(self.arguments()).ok();
        world.state(&start)
    }

    /// Every place that an undisturbed run passes, in order.
    pub fn places(self) -> Vec<String> {
        let world = self.world();
        let trace = world.path("trace");
        world.run_with(self.arguments(), &[("FLOWBIT_FAULT", &format!("trace@{}", trace.display()))]).ok();
        std::fs::read_to_string(trace).unwrap().lines().map(str::to_owned).collect()
    }
}

impl World {
    /// Makes what the first operation on a platform makes, so that it is no difference.
    fn ensure_journal(&self) {
        let there: BTreeSet<String> = self.names().into_iter().collect();
        for name in ["flowbit_names", "flowbit_held"] {
            if !there.contains(name) {
                self.command_on(doc! { "create": name });
            }
        }
        self.command_on(doc! { "createIndexes": "flowbit_ops", "indexes": [{
            "key": { "reserves": 1 }, "name": "flowbit_open_reserves", "unique": true, "partialFilterExpression": { "open": true },
        }] });
    }

    /// The open operation, if there is one: identifier and state.
    pub fn open_operation(&self) -> Option<(String, String)> {
        let open = self.find("flowbit_ops", doc! { "open": true });
        assert!(open.len() <= 1, "one organization, one operation: {open:?}");
        open.first().map(|op| (op.get_str("_id").unwrap().to_owned(), op.get_str("state").unwrap().to_owned()))
    }
}

/// Kills at a place. Says whether the process came there.
fn killed(world: &World, verb: Verb, place: &str) -> bool {
    let ran = world.run_with(verb.arguments(), &[("FLOWBIT_FAULT", &format!("kill@{place}"))]);
    if ran.status == 137 {
        return true;
    }
    assert_eq!(ran.status, 0, "{verb:?} {place}: {ran:?}");
    false
}

fn forward(verb: Verb, place: &str, undisturbed: &str) -> bool {
    let world = verb.world();
    let start = world.start();
    let before = world.state(&start);
    if !killed(&world, verb, place) {
        return false;
    }
    match world.open_operation() {
        Some((id, _)) => drop(world.run(&["op", "resume", &id, "--json"]).ok()),
        // Killed before it was begun, or after it was closed.
        None if world.state(&start) == undisturbed => {}
        None => {
            world.forget_orphans();
            assert_same(
                &world.state(&start),
                &before,
                &format!("{verb:?}, killed at {place}: nothing was begun and something changed"),
            );
            world.run(verb.arguments()).ok();
        }
    }
    assert_eq!(world.open_operation(), None);
    assert_same(&world.state(&start), undisturbed, &format!("{verb:?}, killed at {place}, resumed"));
    true
}

fn back(verb: Verb, place: &str, undisturbed: &str) -> Option<bool> {
    let world = verb.world();
    let start = world.start();
    let before = world.state(&start);
    if !killed(&world, verb, place) {
        return None;
    }
    let Some((id, state)) = world.open_operation() else { return Some(false) };
    let ran = world.run(&["op", "rollback", &id, "--json"]);
    if state == "committed" {
        ran.fails(5, "E0307");
        world.run(&["op", "resume", &id, "--json"]).ok();
        assert_same(&world.state(&start), undisturbed, &format!("{verb:?}, killed at {place}, too late to go back"));
        return Some(false);
    }
    ran.ok();
    assert_eq!(world.open_operation(), None);
    assert_same(&world.state(&start), &before, &format!("{verb:?}, killed at {place}, rolled back"));
    Some(true)
}

impl World {
    /// A kill before the record was written may leave a document beside it, which gc would clear away in an hour.
    pub fn forget_orphans(&self) {
        let ops: Vec<String> =
            self.find("flowbit_ops", doc! {}).iter().map(|op| op.get_str("_id").unwrap().to_owned()).collect();
        self.wait(
            self.collection("flowbit_held")
                .delete_many(doc! { "op": { "$nin": ops }, "document.email": "a@ebay.com" })
                .into_future(),
        )
        .unwrap();
    }
}

fn matrix(verb: Verb, n: usize) {
    let undisturbed = verb.undisturbed();
    let places = verb.places();
    assert!(places.iter().any(|place| place.starts_with("mutation:1:before")), "{places:?}");
    let mutations =
        places.iter().filter(|place| place.starts_with("mutation:") || place.starts_with("sending:")).count();
    let (mut resumed, mut rolled_back, mut forward_only) = (0, 0, 0);
    for place in sample(&format!("{verb:?}, killed and resumed"), &places, n) {
        assert!(forward(verb, &place, &undisturbed), "{verb:?} never came to {place}");
        resumed += 1;
    }
    for place in sample(&format!("{verb:?}, killed and rolled back"), &places, n) {
        match back(verb, &place, &undisturbed) {
            Some(true) => rolled_back += 1,
            Some(false) => forward_only += 1,
            None => panic!("{verb:?} never came to {place}"),
        }
    }
    eprintln!(
        "{verb:?}: {} places ({mutations} around mutations): {resumed} resumed, {rolled_back} rolled back, {forward_only} past the way back, 0 differences",
        places.len()
    );
}

#[test]
fn create_survives_a_kill_anywhere() {
    matrix(Verb::Create, 10);
}

#[test]
fn rename_survives_a_kill_anywhere() {
    matrix(Verb::Rename, 16);
}

#[test]
fn rename_back_survives_a_kill_anywhere() {
    matrix(Verb::RenameBack, 12);
}

#[test]
fn delete_survives_a_kill_anywhere() {
    matrix(Verb::Delete, 10);
}

#[test]
fn restore_survives_a_kill_anywhere() {
    matrix(Verb::Restore, 10);
}

#[test]
fn purge_survives_a_kill_anywhere() {
    matrix(Verb::Purge, 10);
}

/// n = 1, 2, 3 … until none fires, and the run after the kill is killed too.
#[test]
fn a_recovery_survives_a_kill_as_well() {
    let undisturbed = Verb::Rename.undisturbed();
    let places = Verb::Rename.places();
    for place in sample("killed twice", &places, 4) {
        let world = Verb::Rename.world();
        let start = world.start();
        let before = world.state(&start);
        assert!(killed(&world, Verb::Rename, &place));
        let Some((id, state)) = world.open_operation() else { continue };
        for n in 1.. {
            let fault = format!("kill@mutation:{n}:after");
            let ran = world.run_with(&["op", "rollback", &id, "--json"], &[("FLOWBIT_FAULT", &fault)]);
            if ran.status != 137 {
                break;
            }
        }
        if world.open_operation().is_some() {
            world.run(&["op", "resume", &id, "--json"]).ok();
        }
        let expected = if state == "committed" { &undisturbed } else { &before };
        assert_same(
            &world.state(&start),
            expected,
            &format!("killed at {place}, then at every mutation of the rollback"),
        );
    }
}

#[test]
fn every_verb_is_in_the_matrix() {
    assert_eq!(
        VERBS.iter().map(|verb| verb.arguments()[1]).collect::<BTreeSet<_>>(),
        BTreeSet::from(["create", "rename", "delete", "restore", "purge"])
    );
}
