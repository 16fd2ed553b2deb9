//! The server fails: commands that are refused, connections that are cut, answers that are lost after the work was done.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use bson::{Document, doc};

use crate::crash::{Verb, verbs};
use crate::servers::server;
use crate::world::{Ran, World, assert_same, sample};

/// The server has one fail point of this kind; tests take turns.
pub static FAIL_POINT: Mutex<()> = Mutex::new(());

const COMMANDS: &[&str] = &[
    "insert",
    "update",
    "delete",
    "renameCollection",
    "create",
    "createIndexes",
    "drop",
    "aggregate",
    "commitTransaction",
    "find",
    "listCollections",
];

/// What the server does to a command. Refused and cut off: not applied. The write concern error: applied.
fn damages() -> Vec<Document> {
    vec![
        doc! { "errorCode": 189, "errorLabels": [] },
        doc! { "errorCode": 11_600 },
        doc! { "errorCode": 112 },
        doc! { "closeConnection": true },
        doc! { "writeConcernError": { "code": 64, "errmsg": "waiting for replication timed out" } },
        doc! { "writeConcernError": { "code": 91, "errmsg": "shutting down" } },
    ]
}

/// Brings the verb to its end after a fault: it did it by itself, or is resumed, or, if nothing was begun, repeated.
fn to_its_end(world: &World, verb: Verb, ran: &Ran) {
    if ran.status == 0 {
        return;
    }
    assert!([1, 5, 7, 8].contains(&ran.status), "{verb:?}: {ran:?}");
    match world.open_operation() {
        Some((id, _)) => drop(world.run(&["op", "resume", &id, "--json"]).ok()),
        None => {
            world.forget_orphans();
            drop(world.run(&verb.arguments()).ok());
        }
    }
}

#[test]
fn a_command_that_fails_once_changes_no_end() {
    let _turn = FAIL_POINT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for verb in sample("verbs", &verbs(), 8) {
        let undisturbed = verb.undisturbed();
        let cases: Vec<(&str, Document)> =
            COMMANDS.iter().flat_map(|command| damages().into_iter().map(move |damage| (*command, damage))).collect();
        let (mut by_itself, mut resumed) = (0, 0);
        for (command, damage) in sample(&format!("{verb:?} with a failing command"), &cases, 7) {
            let world = verb.world();
            let start = world.start();
            let mut data = doc! { "failCommands": [command], "appName": &world.db };
            data.extend(damage.clone());
            let admin = world.client.database("admin");
            world
                .wait(
                    admin
                        .run_command(doc! { "configureFailPoint": "failCommand", "mode": { "times": 1 }, "data": data })
                        .into_future(),
                )
                .unwrap();
            let ran = world.run(&verb.arguments());
            world
                .wait(admin.run_command(doc! { "configureFailPoint": "failCommand", "mode": "off" }).into_future())
                .unwrap();
            if ran.status == 0 {
                by_itself += 1
            } else {
                resumed += 1
            }
            to_its_end(&world, verb, &ran);
            assert_same(&world.state(&start), &undisturbed, &format!("{verb:?}, {command} with {damage}: {ran:?}"));
        }
        eprintln!("{verb:?}: {by_itself} ended by themselves, {resumed} were resumed or repeated, 0 differences");
    }
}

/// A proxy that lets the n-th command of an operation through and cuts the connection instead of giving the answer.
struct Proxy {
    port: u16,
    fired: Arc<AtomicBool>,
}

impl Proxy {
    fn cutting(n: usize, upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (fired, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let flag = Arc::clone(&fired);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)) else { return };
                let (seen, flag) = (Arc::clone(&seen), Arc::clone(&flag));
                let cut = Arc::new(AtomicBool::new(false));
                let (mut from, mut to, armed) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&cut));
                thread::spawn(move || {
                    while let Some(message) = message(&mut from) {
                        let marked = message.windows(8).any(|window| window == b"flowbit:");
                        if marked && seen.fetch_add(1, Ordering::SeqCst) + 1 == n {
                            flag.store(true, Ordering::SeqCst);
                            armed.store(true, Ordering::SeqCst);
                        }
                        if to.write_all(&message).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Both);
                });
                let (mut from, mut to) = (server, client);
                thread::spawn(move || {
                    while let Some(message) = message(&mut from) {
                        if cut.load(Ordering::SeqCst) || to.write_all(&message).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Both);
                    let _ = from.shutdown(Shutdown::Both);
                });
            }
        });
        Self { port, fired }
    }
}

/// One message of the wire protocol: its length stands in its first four bytes.
fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::try_from(u32::from_le_bytes(length)).ok()?];
    message[..4].copy_from_slice(&length);
    stream.read_exact(&mut message[4..]).ok()?;
    Some(message)
}

#[test]
fn an_answer_that_is_lost_changes_no_end() {
    for verb in sample("verbs", &verbs(), 8) {
        let undisturbed = verb.undisturbed();
        let commands = verb.places().iter().filter(|place| place.starts_with("sending:")).count();
        let all: Vec<usize> = (1..=commands + 5).collect();
        let (mut fired, mut by_itself) = (0, 0);
        for n in sample(&format!("{verb:?} with a lost answer"), &all, 6) {
            let world = verb.world();
            let start = world.start();
            let proxy = Proxy::cutting(n, server().port);
            let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true&appName={}", proxy.port, world.db);
            let ran = world.run_with(&verb.arguments(), &[("FLOWBIT_URI", &uri)]);
            if proxy.fired.load(Ordering::SeqCst) {
                fired += 1;
                by_itself += usize::from(ran.status == 0);
            } else {
                assert_eq!(ran.status, 0, "{verb:?}: nothing was cut: {ran:?}");
            }
            to_its_end(&world, verb, &ran);
            assert_same(&world.state(&start), &undisturbed, &format!("{verb:?}, answer {n} lost: {ran:?}"));
        }
        assert!(fired > 0, "{verb:?}: no answer was ever cut");
        eprintln!(
            "{verb:?}: {fired} answers lost, {by_itself} ended by themselves, the others were resumed, 0 differences"
        );
    }
}
