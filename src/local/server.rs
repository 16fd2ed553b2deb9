//! Starts, stops and describes the local server.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use super::find::Mongod;
use super::places::{Dirs, Places, private_dir, remove_file};
use super::process::{self, Server};
use super::state::State;
use super::{lock, log};
use crate::error::{self, Error, Result, code};
use crate::store::node::Node;

/// The name of the local replica set, in every URI of it.
const SET: &str = "flowbit-local";

/// How long a server may take to come up, to become primary, and to end.
const LIMIT: Duration = Duration::from_secs(60);

/// Whoever holds the lock may be starting and, after a failure, stopping.
const PATIENCE: Duration = Duration::from_secs(200);

/// The local server, alive. It asks for no password: see [`super`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// A connection string for it. It holds no secret, since there is none.
    pub uri: String,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The server's process.
    pub pid: u32,
    /// The server's version, such as `6.0.5`; `unknown` when it does not answer and nothing was noted.
    pub version: String,
    /// Where its data is.
    pub data: PathBuf,
    /// Its log, JSON lines.
    pub log: PathBuf,
    /// Whether this call started it.
    pub started: bool,
}

/// Whether the local server runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It does. Whether it answers is for whoever connects to find out.
    Running(Running),
    /// It does not.
    Stopped {
        /// The data it would start with, if there is any.
        data: Option<PathBuf>,
        /// What is noteworthy, such as that it was killed.
        note: Option<String>,
    },
}

/// Starts the server, or finds it running, and waits until it accepts writes.
///
/// Goes on where an interrupted start ended. The server stays behind when this process ends.
pub async fn start(dirs: &Dirs, mongod: &Mongod) -> Result<Running> {
    if cfg!(not(unix)) {
        // There mongod knows no `--fork`, and nothing that asks it to end in order.
        let message = "the managed local MongoDB is served on Linux and macOS only";
        return Err(Error::new(&code::LOCAL_START, message).next("set FLOWBIT_URI to a MongoDB of another origin"));
    }
    let places = Places::of(dirs)?;
    let _lock = alone(dirs, &places).await?;
    private_dir(&places.data)?;
    let noted = State::read(&places.state)?;
    let (server, started) = match process::find_settled(&places).await {
        Some(server) => (server, false),
        None => launch(&places, mongod, noted.map(|state| state.port)).await?,
    };
    match become_primary(server.port).await {
        Ok(version) => {
            State::new(server.port, &version).write(&places.state)?;
            Ok(running(&places, server, version, started))
        }
        Err(error) => {
            // One that was running before is left as it was found.
            if started {
                process::terminate(server)?;
                process::wait_until_gone(server, &places.data, LIMIT).await;
            }
            Err(failed_start(error.message(), &log::complaints(&places.log), &places).caused_by(error))
        }
    }
}

/// Ends the server in order; false when it was not running.
pub async fn stop(dirs: &Dirs) -> Result<bool> {
    let places = Places::of(dirs)?;
    if !places.are_used() {
        return Ok(false);
    }
    let _lock = alone(dirs, &places).await?;
    end(&places).await
}

/// Looks whether the server runs; changes nothing and waits for nobody.
pub async fn status(dirs: &Dirs) -> Result<Status> {
    let places = Places::of(dirs)?;
    let noted = State::read(&places.state)?;
    if let Some(server) = process::find(&places) {
        let version = match noted {
            Some(state) => state.mongod,
            None => {
                let node = Node::new(server.port)?;
                let hello = node.hello().await?;
                node.close().await;
                hello.map_or_else(|| "unknown".to_owned(), |hello| hello.version)
            }
        };
        return Ok(Status::Running(running(&places, server, version, false)));
    }
    // mongod empties its lock file when it ends in order.
    let note = process::noted_pid(&places.server_lock()).map(|pid| {
        format!("it did not end in order: process {pid} is gone; the next start recovers what it had acknowledged")
    });
    Ok(Status::Stopped { data: places.data.exists().then_some(places.data), note })
}

/// Stops the server and deletes its data, its log and what was remembered; false when there was nothing.
///
/// An installed mongod stays. A data directory that is a symbolic link is unlinked, what it points at stays.
pub async fn reset(dirs: &Dirs) -> Result<bool> {
    let places = Places::of(dirs)?;
    if !places.are_used() {
        return Ok(false);
    }
    let _lock = alone(dirs, &places).await?;
    end(&places).await?;
    match fs::remove_dir_all(&places.data) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => {
            let what = format!("cannot delete {}; part of it may be gone", places.data.display());
            return Err(error::io(what, e).after_changes());
        }
    }
    for file in [&places.log, &places.old_log, &places.pid, &places.state] {
        remove_file(file).map_err(Error::after_changes)?;
    }
    Ok(true)
}

async fn alone(dirs: &Dirs, places: &Places) -> Result<fs::File> {
    private_dir(&dirs.state)?;
    lock::hold(&places.lock, PATIENCE, "with the local MongoDB").await
}

async fn end(places: &Places) -> Result<bool> {
    let server = process::find_settled(places).await;
    if let Some(server) = server {
        process::terminate(server)?;
        if !process::wait_until_gone(server, &places.data, LIMIT).await {
            let message = format!(
                "the local MongoDB, process {}, was asked to end and still runs after {} s",
                server.pid,
                LIMIT.as_secs()
            );
            return Err(Error::new(&code::SERVER_BUSY, message).next(format!("see {}", places.log.display())));
        }
    }
    remove_file(&places.pid)?;
    Ok(server.is_some())
}

fn running(places: &Places, server: Server, version: String, started: bool) -> Running {
    Running {
        uri: format!("mongodb://127.0.0.1:{}/?replicaSet={SET}&directConnection=true", server.port),
        port: server.port,
        pid: server.pid,
        version,
        data: places.data.clone(),
        log: places.log.clone(),
        started,
    }
}

/// Forks a server off; false with one that turned up by itself, from a start that had been interrupted.
async fn launch(places: &Places, mongod: &Mongod, mut wanted: Option<u16>) -> Result<(Server, bool)> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let port = match wanted.take().filter(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            Some(port) => port,
            None => free_port()?,
        };
        State::new(port, &mongod.version).write(&places.state)?;
        let said = fork(places, mongod, port).await?;
        if let Some(server) = process::find(places) {
            return Ok((server, server.port == port));
        }
        let mut complaints = log::complaints(&places.log);
        // Between finding a port free and binding it somebody else may have taken it.
        if attempts < 3 && complaints.iter().any(|line| line.contains("Address already in use")) {
            continue;
        }
        if complaints.is_empty() {
            complaints = log::tail(&said);
        }
        let what = format!("{} ended right after its start", mongod.path.display());
        return Err(failed_start(&what, &complaints, places));
    }
}

/// Below the ports that systems hand out to outgoing connections, so that it is still free at the next start.
fn free_port() -> Result<u16> {
    let quiet = (0..50).map(|_| rand::random_range(20_000..32_000));
    for port in quiet {
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|e| error::io("cannot find a free port on 127.0.0.1", e))
}

/// Runs `mongod --fork`, which ends when the server listens or has failed, and returns what it said.
async fn fork(places: &Places, mongod: &Mongod, port: u16) -> Result<String> {
    remove_file(&places.pid)?;
    if places.log.exists() {
        let failed = |e| error::io(format_args!("cannot rename {}", places.log.display()), e);
        fs::rename(&places.log, &places.old_log).map_err(failed)?;
    }
    // Into a file, not a pipe: a server that kept our end of a pipe open would keep us waiting for ever.
    let failed = |e| error::io("cannot write a temporary file", e);
    let said = tempfile::NamedTempFile::new().map_err(failed)?;
    let out = said.reopen().map_err(failed)?;
    let err = out.try_clone().map_err(failed)?;
    let mut command = Command::new(&mongod.path);
    command
        .args(process::marks(&places.data, port))
        .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", SET])
        .args(["--wiredTigerCacheSizeGB", "0.5", "--oplogSize", "1024"])
        .arg("--fork")
        .arg("--logpath")
        .arg(&places.log)
        .arg("--pidfilepath")
        .arg(&places.pid)
        .current_dir(&places.data)
        // mongod refuses to work under a locale that this machine does not have.
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err);
    // Ctrl-C is meant for flowbit, not for a server that is writing its first files.
    #[cfg(unix)]
    command.process_group(0);
    let cannot = |e| error::io(format_args!("cannot run {}", mongod.path.display()), e);
    let mut child = command.spawn().map_err(cannot)?;
    if let Ok(ended) = tokio::time::timeout(LIMIT, child.wait()).await {
        ended.map_err(cannot)?;
        return fs::read_to_string(said.path()).map_err(failed);
    }
    if let Some(server) = process::find(places) {
        process::terminate(server)?;
    }
    let what = format!("{} was not ready after {} s", mongod.path.display(), LIMIT.as_secs());
    Err(failed_start(&what, &log::complaints(&places.log), places))
}

/// Makes the node a writable primary under the port it has now, and returns its version.
async fn become_primary(port: u16) -> Result<String> {
    // On a task of its own: the driver does not like its work to be dropped half-way, a task can be left behind.
    let task = tokio::spawn(async move {
        let node = Node::new(port)?;
        let version = drive(&node).await;
        node.close().await;
        version
    });
    match tokio::time::timeout(LIMIT + Duration::from_secs(5), task).await {
        Ok(Ok(version)) => version,
        Ok(Err(e)) => Err(Error::new(&code::INTERNAL, "the task that waits for the local MongoDB broke").caused_by(e)),
        Err(_) => Err(late()),
    }
}

async fn drive(node: &Node) -> Result<String> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        match node.hello().await? {
            None => {}
            Some(hello) => match hello.member {
                None => node.initiate(SET).await?,
                Some(host) if host != node.host() => node.reconfigure(SET).await?,
                Some(_) if hello.writable => return Ok(hello.version),
                Some(_) => {}
            },
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(late())
}

fn late() -> Error {
    let message = format!("the local MongoDB runs but accepts no writes after {} s", LIMIT.as_secs());
    Error::new(&code::LOCAL_START, message)
}

/// The log's own words stand in the message: without them nobody can tell what to do.
fn failed_start(what: &str, complaints: &[String], places: &Places) -> Error {
    let lines: String = complaints.iter().map(|line| format!("\n  {line}")).collect();
    Error::new(&code::LOCAL_START, format!("{what}{lines}")).next(format!("see {}", places.log.display()))
}
