//! The crash matrix: the real binary is killed by SIGKILL at every place it passes, then resumed or rolled back.
//!
//! The places are learned by tracing an undisturbed run: every named checkpoint, and before, at and after every single
//! mutation that goes through the store's door.

use std::collections::BTreeSet;

use bson::doc;

use crate::world::{DATABASES, PAIR, SHARED, World, assert_same, sample};

/// Where the tenants live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lives {
    Collections,
    Databases,
    /// The same, copied while the platform writes.
    DatabasesOnline,
    Shared,
}

/// A verb, and what comes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Create,
    Rename,
    RenameBack,
    Delete,
    Restore,
    Purge,
}

/// A verb on one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb(pub What, pub Lives);

pub const WHATS: [What; 6] = [What::Create, What::Rename, What::RenameBack, What::Delete, What::Restore, What::Purge];

/// Every verb on every layout; online copies concern renames only.
pub fn verbs() -> Vec<Verb> {
    let online = [What::Rename, What::RenameBack].map(|what| Verb(what, Lives::DatabasesOnline));
    let all = [Lives::Collections, Lives::Databases, Lives::Shared];
    all.into_iter().flat_map(|lives| WHATS.map(|what| Verb(what, lives))).chain(online).collect()
}

impl Verb {
    pub const RENAME: Verb = Verb(What::Rename, Lives::Collections);

    pub fn arguments(self) -> Vec<&'static str> {
        let mut words = match self.0 {
            What::Create => {
                vec!["org", "create", "Ebay", "--admin-email", "a@ebay.com", "--password-file", "pw", "--json"]
            }
            What::Rename => vec!["org", "rename", "amazon", "Jungle", "--confirm", "amazon", "--json"],
            What::RenameBack => vec!["org", "rename", "Jungle", "amazon", "--confirm", "Jungle", "--json"],
            What::Delete => vec!["org", "delete", "amazon", "--confirm", "amazon", "--json"],
            What::Restore => vec!["org", "restore", "amazon", "--json"],
            What::Purge => vec!["org", "purge", "amazon", "--before-grace-ends", "--confirm", "amazon", "--json"],
        };
        if self.1 == Lives::DatabasesOnline {
            words.push("--online");
        }
        words
    }

    pub fn world(self) -> World {
        self.world_by(World::new)
    }

    /// The same, where the caller says on which server.
    pub fn world_by(self, new: impl Fn(&str) -> World) -> World {
        let world = new(match self.1 {
            Lives::Collections => PAIR,
            Lives::Databases | Lives::DatabasesOnline => DATABASES,
            Lives::Shared => SHARED,
        });
        match self.1 {
            Lives::Collections => world.pair_of_tenants(),
            Lives::Databases | Lives::DatabasesOnline => world.pair_of_databases(),
            Lives::Shared => world.pair_of_keys(),
        }
        std::fs::write(world.path("pw"), "correct horse\n").unwrap();
        match self.0 {
            What::RenameBack => drop(world.run(&Verb(What::Rename, self.1).arguments()).ok()),
            What::Restore | What::Purge => drop(world.run(&Verb(What::Delete, self.1).arguments()).ok()),
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
        world.run(&self.arguments()).ok();
        world.state(&start)
    }

    /// Every place that an undisturbed run passes, in order.
    pub fn places(self) -> Vec<String> {
        let world = self.world();
        let trace = world.path("trace");
        world.run_with(&self.arguments(), &[("FLOWBIT_FAULT", &format!("trace@{}", trace.display()))]).ok();
        std::fs::read_to_string(trace).unwrap().lines().map(str::to_owned).collect()
    }
}

impl World {
    /// Makes what the first operation on a platform makes, so that it is no difference.
    fn ensure_journal(&self) {
        let there: BTreeSet<String> = self.names().into_iter().collect();
        for name in ["flowbit_names", "flowbit_held", "flowbit_fences"] {
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
    let ran = world.run_with(&verb.arguments(), &[("FLOWBIT_FAULT", &format!("kill@{place}"))]);
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
            world.run(&verb.arguments()).ok();
        }
    }
    assert_eq!(world.open_operation(), None);
    assert_same(&world.state(&start), undisturbed, &format!("{verb:?}, killed at {place}, resumed"));
    true
}

fn back(verb: Verb, place: &str, undisturbed: &str) -> Option<bool> {
    let world = verb.world();
    let names = world.names();
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
    world.forget_rollback(&names, 1);
    assert_same(&world.state(&start), &before, &format!("{verb:?}, killed at {place}, rolled back"));
    Some(true)
}

impl World {
    /// That an operation was taken back stands in the trail, once however often it was begun; everything else is as it was.
    pub fn forget_rollback(&self, names_before: &[String], entries: u64) {
        let trail = self.collection("audit_logs");
        let gone = trail.delete_many(doc! { "action": "op.rolled-back" }).into_future();
        assert_eq!(self.wait(gone).unwrap().deleted_count, entries);
        if !names_before.iter().any(|name| name == "audit_logs") && self.count("audit_logs") == 0 {
            self.wait(trail.drop().into_future()).unwrap();
        }
    }

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

fn matrices(lives: Lives, n: usize) {
    for verb in verbs().into_iter().filter(|verb| verb.1 == lives) {
        matrix(verb, n);
    }
}

#[test]
fn collections_survive_a_kill_anywhere() {
    matrices(Lives::Collections, 10);
}

#[test]
fn databases_survive_a_kill_anywhere() {
    matrices(Lives::Databases, 8);
}

#[test]
fn databases_copied_online_survive_a_kill_anywhere() {
    matrices(Lives::DatabasesOnline, 10);
}

#[test]
fn shared_collections_survive_a_kill_anywhere() {
    matrices(Lives::Shared, 8);
}

/// n = 1, 2, 3 … until none fires, and the run after the kill is killed too.
#[test]
fn a_recovery_survives_a_kill_as_well() {
    for lives in [Lives::Collections, Lives::Databases, Lives::DatabasesOnline, Lives::Shared] {
        let verb = Verb(What::Rename, lives);
        let undisturbed = verb.undisturbed();
        let places = verb.places();
        // The moment with the most to take back is always among them.
        let mut chosen = sample("killed twice", &places, if lives == Lives::Collections { 4 } else { 1 });
        chosen.push("commit:before#1".to_owned());
        for place in chosen {
            recovered(verb, &place, &undisturbed);
        }
    }
}

fn recovered(verb: Verb, place: &str, undisturbed: &str) {
    let world = verb.world();
    let names = world.names();
    let start = world.start();
    let before = world.state(&start);
    assert!(killed(&world, verb, place));
    let Some((id, state)) = world.open_operation() else { return };
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
    let expected = if state == "committed" { undisturbed } else { &before };
    world.forget_rollback(&names, u64::from(state != "committed"));
    let what = format!("{verb:?}, killed at {place}, then at every mutation of the rollback");
    assert_same(&world.state(&start), expected, &what);
}

#[test]
fn every_verb_is_in_the_matrix() {
    let all: BTreeSet<(&str, String)> =
        verbs().into_iter().map(|verb| (verb.arguments()[1], format!("{:?}", verb.1))).collect();
    for word in ["create", "rename", "delete", "restore", "purge"] {
        for lives in ["Collections", "Databases", "Shared"] {
            assert!(all.contains(&(word, lives.to_owned())), "{word} {lives}");
        }
    }
}
