//! Failover: a replica set of three whose primary steps down, or is killed by SIGKILL and comes back later, while a
//! command is held at a place. The command ends by itself, or leaves an operation that `op resume` finishes; what is
//! there in the end is what an undisturbed run leaves.

use std::fmt;
use std::ops::AddAssign;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bson::{Document, doc};
use mongodb::Client;

use crate::crash::{Verb, verbs};
use crate::local::wait;
use crate::servers::Node;
use crate::world::{Ran, World, assert_same, full_matrix, sample};

/// How long an election may take, with two cores for everything.
const PATIENCE: Duration = Duration::from_secs(60);

const SET: &str = "fbtrio";

/// The three.
pub struct Trio {
    nodes: [Node; 3],
    /// One test at a time: each takes the primary away.
    turn: Mutex<()>,
}

/// What happens to the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    SteppedDown,
    Killed,
}

/// How a command came to its end.
#[derive(Debug, Default)]
struct Counts {
    by_itself: u32,
    resumed: u32,
    repeated: u32,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by_itself, resumed, repeated } = self;
        write!(f, "{by_itself} by themselves, {resumed} resumed, {repeated} begun again, 0 differences")
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.by_itself += other.by_itself;
        self.resumed += other.resumed;
        self.repeated += other.repeated;
    }
}

pub fn trio() -> (&'static Trio, MutexGuard<'static, ()>) {
    static TRIO: OnceLock<Trio> = OnceLock::new();
    let trio = TRIO.get_or_init(Trio::start);
    let turn = trio.turn.lock().unwrap_or_else(PoisonError::into_inner);
    (trio, turn)
}

impl Trio {
    fn start() -> Self {
        let trio = Self { nodes: [(); 3].map(|()| Node::start(SET)), turn: Mutex::new(()) };
        let members: Vec<Document> = (0..)
            .zip(&trio.nodes)
            .map(|(id, node): (i32, _)| doc! { "_id": id, "host": format!("127.0.0.1:{}", node.port) })
            .collect();
        let settings = doc! { "electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500 };
        let config = doc! { "_id": SET, "members": members, "settings": settings };
        for node in &trio.nodes {
            wait(ask(node, doc! { "ping": 1 })).unwrap();
        }
        wait(ask(&trio.nodes[0], doc! { "replSetInitiate": config })).unwrap();
        trio.recover();
        trio
    }

    pub fn uri(&self) -> String {
        let hosts: Vec<String> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("mongodb://{}/?replicaSet={SET}", hosts.join(","))
    }

    fn world(&self, verb: Verb) -> World {
        verb.world_by(|platform| World::at(&self.uri(), platform))
    }

    /// The node that takes writes.
    pub fn primary(&self) -> &Node {
        let start = Instant::now();
        loop {
            for node in &self.nodes {
                let hello = wait(ask(node, doc! { "hello": 1 }));
                if hello.is_ok_and(|hello| hello.get_bool("isWritablePrimary").unwrap_or(false)) {
                    return node;
                }
            }
            assert!(start.elapsed() < PATIENCE, "no primary was elected");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Takes the primary away. Gives the node that has to be started again.
    pub fn strike(&self, blow: Blow) -> Option<&Node> {
        let primary = self.primary();
        match blow {
            Blow::SteppedDown => {
                let command = doc! { "replSetStepDown": 6, "secondaryCatchUpPeriodSecs": 1, "force": true };
                wait(ask(primary, command)).unwrap();
                None
            }
            Blow::Killed => {
                primary.kill();
                Some(primary)
            }
        }
    }

    /// Waits until all three are there, one as primary, and none that just stepped down is kept from it.
    pub fn recover(&self) {
        let start = Instant::now();
        loop {
            let states = wait(ask(self.primary(), doc! { "replSetGetStatus": 1 }));
            let whole = states.is_ok_and(|status| {
                let members = status.get_array("members").unwrap();
                members.iter().all(|member| [1, 2].contains(&member.as_document().unwrap().get_i32("state").unwrap()))
            });
            if whole {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "the replica set does not become whole again");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The state in which an undisturbed run on this set ends, and the places it passes.
    fn undisturbed(&self, verb: Verb) -> (String, Vec<String>) {
        let world = self.world(verb);
        let start = world.start();
        let trace = world.path("trace");
        world.run_with(&verb.arguments(), &[("FLOWBIT_FAULT", &format!("trace@{}", trace.display()))]).ok();
        let places = std::fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect();
        (world.state(&start), places)
    }

    /// The primary goes while the verb is held at a place; then everything goes on.
    fn case(&self, verb: Verb, place: &str, blow: Blow, undisturbed: &str, counts: &mut Counts) {
        let world = self.world(verb);
        let start = world.start();
        let (child, gate) = world.held(&verb.arguments(), &format!("hold@{place}"));
        let struck = self.strike(blow);
        std::fs::remove_file(gate).unwrap();
        let ran = Ran::from(child.wait_with_output().unwrap());
        if let Some(node) = struck {
            node.start_again();
        }
        self.recover();
        let what = format!("{verb:?}, primary {blow:?} at {place}: {ran:?}");
        assert!([0, 1, 5, 7, 8, 11].contains(&ran.status), "{what}");
        let open = world.open_operation();
        match (ran.status, open) {
            (0, open) => {
                assert_eq!(open, None, "{what}");
                counts.by_itself += 1;
            }
            (_, Some((id, _))) => {
                world.run(&["op", "resume", &id, "--json"]).ok();
                counts.resumed += 1;
            }
            (_, None) => {
                world.forget_orphans();
                world.run(&verb.arguments()).ok();
                counts.repeated += 1;
            }
        }
        assert_eq!(world.open_operation(), None, "{what}");
        assert_same(&world.state(&start), undisturbed, &what);
    }

    /// All verbs at all places, or so many of the pairs.
    fn matrix(&self, blow: Blow, n: usize) {
        let mut pairs: Vec<(Verb, usize)> =
            verbs().into_iter().flat_map(|verb| (0..100).map(move |part| (verb, part))).collect();
        if blow == Blow::Killed {
            pairs.reverse();
        }
        let chosen = sample(&format!("verbs and places, primary {blow:?}"), &pairs, n);
        let mut all = Counts::default();
        for verb in verbs() {
            let parts: Vec<usize> = chosen.iter().filter(|(other, _)| *other == verb).map(|(_, part)| *part).collect();
            if parts.is_empty() {
                continue;
            }
            let (undisturbed, mut places) = self.undisturbed(verb);
            if !full_matrix() {
                places = parts.iter().map(|part| places[part * places.len() / 100].clone()).collect();
            }
            let mut counts = Counts::default();
            for place in &places {
                self.case(verb, place, blow, &undisturbed, &mut counts);
            }
            eprintln!(
                "{verb:?}, primary {blow:?} at {}: {counts}",
                if full_matrix() { "every place".to_owned() } else { places.join(", ") }
            );
            all += counts;
        }
        eprintln!("primary {blow:?}: {all}");
    }
}

/// Asks one node, whatever it is at the time.
async fn ask(node: &Node, command: Document) -> Result<Document, mongodb::error::Error> {
    let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true&serverSelectionTimeoutMS=20000", node.port);
    Client::with_uri_str(uri).await?.database("admin").run_command(command).await
}

#[test]
fn every_verb_survives_a_primary_that_steps_down() {
    let (trio, _turn) = trio();
    trio.matrix(Blow::SteppedDown, 6);
}

#[test]
fn every_verb_survives_a_primary_that_is_killed() {
    let (trio, _turn) = trio();
    trio.matrix(Blow::Killed, 3);
}
