//! Where it is kept: the only room that speaks to the MongoDB driver.
//!
//! Reading is in `read`, everything that changes something goes through the one door in `door`.

pub mod batches;
pub mod bulk;
pub mod changes;
pub mod documents;
pub mod door;
pub mod failure;
pub mod fault;
pub mod fences;
pub mod file;
pub mod follow;
pub mod grantees;
pub mod grants;
pub mod inspect;
pub mod machine;
pub mod node;
pub mod parcels;
pub mod parted;
pub mod read;
pub mod rights;
pub mod sample;
pub mod seals;
pub mod trail;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bson::{Document, doc};
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use mongodb::options::{ClientOptions, ReadConcern, ReadPreference, SelectionCriteria};

use crate::error::{Error, Result, code};
pub use door::{Pen, Warrant};
pub use failure::Failure;
use fault::Fault;

/// A text that cannot be printed: connection strings and passwords.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// What kind of deployment answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topology {
    /// One server without replication: no transactions.
    Standalone,
    /// A replica set of this name.
    ReplicaSet(String),
    /// A router of a sharded cluster.
    Sharded,
}

/// What the server said about itself when we connected.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Standalone, replica set or sharded.
    pub topology: Topology,
    /// The server's version.
    pub version: String,
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct Connect {
    /// The connection string.
    pub uri: Secret,
    /// Name of the master database.
    pub master: String,
    /// How long to look for a server.
    pub timeout: Duration,
    /// Told of every command: its name, the collection, how long it took. Never what is in it.
    pub trace: Option<Trace>,
}

/// Somebody who wants to know which commands are sent.
#[derive(Clone)]
pub struct Trace(pub Arc<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trace")
    }
}

/// A connection to one platform's server.
#[derive(Debug)]
pub struct Store {
    client: mongodb::Client,
    master: String,
    hosts: String,
    facts: Facts,
    mutations: AtomicU64,
    session: tokio::sync::Mutex<Option<mongodb::ClientSession>>,
    guard: Arc<tokio::sync::OnceCell<bool>>,
    shares: tokio::sync::Mutex<HashMap<String, (u64, u64, u64)>>,
    fault: Arc<Fault>,
}

impl Store {
    /// Connects, and asks the server what it is.
    ///
    /// # Errors
    /// `E0105` for a broken connection string, `E0401`, `E0802` or `E0803` for what keeps us out.
    pub async fn connect(connect: &Connect) -> Result<Self> {
        let mut options = ClientOptions::parse(connect.uri.reveal())
            .await
            .map_err(|e| failure::connection_string(&e, connect.uri.reveal()))?;
        options.app_name.get_or_insert_with(|| format!("flowbit/{}", env!("CARGO_PKG_VERSION")));
        options.server_selection_timeout = Some(connect.timeout);
        options.connect_timeout = Some(connect.timeout);
        options.read_concern = Some(ReadConcern::majority());
        // Decisions are made from what the primary says; a secondary may be behind.
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        // Enough for as many operations at a time as one command may run.
        options.max_pool_size = Some(32);
        options.command_event_handler = connect.trace.clone().map(traced);
        let wanted_set = options.repl_set_name.clone();
        let hosts: Vec<String> = options.hosts.iter().map(ToString::to_string).collect();
        let client =
            mongodb::Client::with_options(options).map_err(|e| failure::connection_string(&e, connect.uri.reveal()))?;
        let hello = client
            .database("admin")
            .run_command(doc! { "hello": 1 })
            .await
            .map_err(|e| failure::unreachable(e, &hosts, wanted_set.as_deref()))?;
        let topology = topology_of(&hello);
        if let (Some(wanted), Topology::ReplicaSet(found)) = (&wanted_set, &topology)
            && wanted != found
        {
            return Err(failure::wrong_set(wanted, found));
        }
        let version = match client.database("admin").run_command(doc! { "buildInfo": 1 }).await {
            Ok(info) => info.get_str("version").unwrap_or("unknown").to_owned(),
            Err(e) => return Err(Failure::from(e).into_error("buildInfo")),
        };
        Ok(Self {
            client,
            master: connect.master.clone(),
            hosts: hosts.join(","),
            facts: Facts { topology, version },
            mutations: AtomicU64::new(0),
            session: tokio::sync::Mutex::new(None),
            guard: Arc::default(),
            shares: tokio::sync::Mutex::default(),
            fault: Arc::new(Fault::from_environment()),
        })
    }

    /// Another view of the same server, for an operation beside the first.
    ///
    /// It has a session of its own: whoever takes an operation over ends the session that its lease names, and must not
    /// end the transactions of another operation with it. What is known about the server is shared.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self {
            client: self.client.clone(),
            master: self.master.clone(),
            hosts: self.hosts.clone(),
            facts: self.facts.clone(),
            mutations: AtomicU64::new(0),
            session: tokio::sync::Mutex::new(None),
            guard: Arc::clone(&self.guard),
            shares: tokio::sync::Mutex::default(),
            fault: Arc::clone(&self.fault),
        }
    }

    /// Name of the master database.
    pub fn master(&self) -> &str {
        &self.master
    }

    /// The servers, as the connection string names them.
    pub fn hosts(&self) -> &str {
        &self.hosts
    }

    /// What the server is.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The identity of the session in which this process's transactions run; none where there are no transactions.
    pub async fn session_id(&self) -> Result<Option<Document>, Failure> {
        if !self.has_transactions() {
            return Ok(None);
        }
        let mut session = self.session.lock().await;
        if session.is_none() {
            *session = Some(self.client.start_session().await?);
        }
        Ok(session.as_ref().map(|session| session.id().clone()))
    }

    /// Whether the server compares UUIDs before it renames or drops; asked once.
    pub async fn has_uuid_guard(&self) -> Result<bool, Failure> {
        self.guard.get_or_try_init(|| self.probe_uuid_guard()).await.copied()
    }

    /// Where a test build stops or dies.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Whether several documents can change at once.
    pub fn has_transactions(&self) -> bool {
        matches!(self.facts.topology, Topology::ReplicaSet(_))
    }

    /// Refuses what no promise can be kept on.
    ///
    /// # Errors
    /// `E0805` on a sharded cluster.
    pub fn require_writable_topology(&self) -> Result<()> {
        match self.facts.topology {
            Topology::Sharded => {
                Err(Error::new(&code::SHARDED, "this is a sharded cluster; flowbit changes nothing there yet"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn database(&self, name: &str) -> mongodb::Database {
        self.client.database(name)
    }
}

/// The driver's events as lines: bodies hold documents, and with them hashes, so they are not in them.
fn traced(trace: Trace) -> EventHandler<CommandEvent> {
    EventHandler::callback(move |event: CommandEvent| match event {
        CommandEvent::Started(started) => {
            let on = started.command.get_str(&started.command_name).map(|name| format!(".{name}")).unwrap_or_default();
            (trace.0)(&format!("mongodb: {} {}{on} (#{})", started.command_name, started.db, started.request_id));
        }
        CommandEvent::Succeeded(done) => {
            let ms = done.duration.as_secs_f64() * 1000.0;
            (trace.0)(&format!("mongodb: {} (#{}) took {ms:.1} ms", done.command_name, done.request_id));
        }
        CommandEvent::Failed(failed) => {
            (trace.0)(&format!("mongodb: {} (#{}) failed", failed.command_name, failed.request_id));
        }
        _ => {}
    })
}

fn topology_of(hello: &Document) -> Topology {
    if hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid") {
        return Topology::Sharded;
    }
    match hello.get_str("setName") {
        Ok(name) => Topology::ReplicaSet(name.to_owned()),
        Err(_) => Topology::Standalone,
    }
}
