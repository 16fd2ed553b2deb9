//! One mongod on the loopback interface, spoken to directly: what the managed local MongoDB needs of the driver.
//!
//! A node that is not yet initiated, or that its own configuration no longer names, belongs to no replica set that a
//! driver would select. Hence the direct connection, and no replica set name in the options.

use std::time::Duration;

use bson::{Bson, Document, doc};
use mongodb::Client;
use mongodb::error::{CommandError, Error as DriverError, ErrorKind};
use mongodb::options::{ClientOptions, ServerAddress};

use crate::error::{Error, Result, code};

/// How long one attempt to reach the node may take. Loopback answers at once or not at all.
const SELECTION: Duration = Duration::from_millis(1500);

/// The server's code for "there is no replica set configuration yet".
const NOT_YET_INITIALIZED: i32 = 94;

/// Its codes for "not now": there is a configuration already, it is still being read, or it is just being changed.
const NOT_NOW: [i32; 3] = [23, NOT_YET_INITIALIZED, 109];

/// What a node says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Whether it is a primary that accepts writes.
    pub writable: bool,
    /// The host and port under which its replica set configuration knows its only member; none before it is initiated.
    pub member: Option<String>,
    /// The server's version, such as `6.0.5`.
    pub version: String,
}

/// A connection to one node on 127.0.0.1, without credentials.
#[derive(Debug, Clone)]
pub struct Node {
    client: Client,
    port: u16,
}

impl Node {
    /// Prepares the connection; the node need not be up yet.
    pub fn new(port: u16) -> Result<Self> {
        let options = ClientOptions::builder()
            .hosts(vec![ServerAddress::Tcp { host: "127.0.0.1".into(), port: Some(port) }])
            .app_name("flowbit-local".to_owned())
            .direct_connection(true)
            .server_selection_timeout(SELECTION)
            .connect_timeout(SELECTION)
            .build();
        let client = Client::with_options(options).map_err(|e| unexpected("prepare a connection", e))?;
        Ok(Self { client, port })
    }

    /// Asks the node how it is; `None` when nobody answers, or the node is only just coming up.
    pub async fn hello(&self) -> Result<Option<Hello>> {
        let Some(hello) = self.ask(doc! { "hello": 1 }).await? else { return Ok(None) };
        let Some(build) = self.ask(doc! { "buildInfo": 1 }).await? else { return Ok(None) };
        let member = match self.run(doc! { "replSetGetConfig": 1 }).await {
            Ok(reply) => only_member(&reply),
            Err(error) if command_code(&error) == Some(NOT_YET_INITIALIZED) => None,
            Err(error) if is_silence(&error) => return Ok(None),
            Err(error) => return Err(unexpected("read the replica set configuration", error)),
        };
        Ok(Some(Hello {
            writable: hello.get_bool("isWritablePrimary").unwrap_or(false),
            member,
            version: build.get_str("version").unwrap_or("unknown").to_owned(),
        }))
    }

    /// Makes the node a replica set of its own. Harmless when it is one already, or not ready for it, or gone:
    /// ask [`Node::hello`] what came of it.
    pub async fn initiate(&self, set: &str) -> Result<()> {
        let config = doc! { "_id": set, "members": [{ "_id": 0, "host": self.host() }] };
        self.order(doc! { "replSetInitiate": config }, "initiate the replica set").await
    }

    /// Tells the only member of the replica set that it now lives at this port.
    ///
    /// Forced, because a node whose configuration names another host is in state REMOVED: there is no primary that
    /// could accept an ordinary change, and in a set of one nobody who could be left behind by a forced one. As with
    /// [`Node::initiate`], ask again what came of it.
    pub async fn reconfigure(&self, set: &str) -> Result<()> {
        let Some(reply) = self.ask(doc! { "replSetGetConfig": 1 }).await? else { return Ok(()) };
        let mut config = reply.get_document("config").cloned().unwrap_or_default();
        if config.get_str("_id").ok() != Some(set) {
            let message = format!("the local node belongs to another replica set than {set}");
            return Err(Error::new(&code::WRONG_REPLICA_SET, message));
        }
        let version = config.get_i32("version").unwrap_or(1);
        config.insert("version", version.saturating_add(1));
        config.insert("members", vec![doc! { "_id": 0, "host": self.host() }]);
        self.order(doc! { "replSetReconfig": config, "force": true }, "give the replica set its new port").await
    }

    /// Lets go of the connection without waiting for anything.
    pub async fn close(self) {
        self.client.shutdown().immediate(true).await;
    }

    /// The host and port under which this node should be known to its replica set.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    async fn order(&self, command: Document, what: &str) -> Result<()> {
        match self.run(command).await {
            Err(error) if command_code(&error).is_some_and(|code| NOT_NOW.contains(&code)) => Ok(()),
            // A node that finds itself REMOVED closes its connections, ours with the others.
            Err(error) if is_silence(&error) => Ok(()),
            Err(error) => Err(unexpected(what, error)),
            Ok(_) => Ok(()),
        }
    }

    async fn ask(&self, command: Document) -> Result<Option<Document>> {
        match self.run(command).await {
            Ok(reply) => Ok(Some(reply)),
            Err(error) if is_silence(&error) => Ok(None),
            Err(error) => Err(unexpected("ask the local node how it is", error)),
        }
    }

    async fn run(&self, command: Document) -> std::result::Result<Document, DriverError> {
        self.client.database("admin").run_command(command).await
    }
}

/// Nobody there, or gone while we asked: not an answer, so not an error either.
fn is_silence(error: &DriverError) -> bool {
    matches!(
        *error.kind,
        ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. }
    )
}

fn command_code(error: &DriverError) -> Option<i32> {
    match *error.kind {
        ErrorKind::Command(CommandError { code, .. }) => Some(code),
        _ => None,
    }
}

fn only_member(reply: &Document) -> Option<String> {
    match reply.get_document("config").ok()?.get_array("members").ok()?.as_slice() {
        [Bson::Document(member)] => member.get_str("host").ok().map(str::to_owned),
        _ => None,
    }
}

fn unexpected(what: &str, error: DriverError) -> Error {
    let said = match *error.kind {
        ErrorKind::Command(CommandError { ref message, .. }) => message.clone(),
        _ => error.to_string(),
    };
    Error::new(&code::UNEXPECTED_REPLY, format!("could not {what}: {said}")).caused_by(error)
}
