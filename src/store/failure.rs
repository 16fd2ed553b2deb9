//! What the driver and the server report, turned into something to decide by.

use std::fmt;

use mongodb::error::{ErrorKind, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure};

use crate::domain::secrecy::{is_cut_short, secrets_of};
use crate::error::{Error, Result, code};

/// Server codes that decisions hang on.
pub mod server {
    /// The source of a rename, or the collection of a `collMod`, is missing.
    pub const NAMESPACE_NOT_FOUND: i32 = 26;
    /// The name is occupied.
    pub const NAMESPACE_EXISTS: i32 = 48;
    /// Something is locked; a moment later it is not.
    pub const LOCK_BUSY: i32 = 46;
    /// `maxTimeMS` ran out.
    pub const MAX_TIME_EXPIRED: i32 = 50;
    /// The majority did not acknowledge in time; the change is applied here.
    pub const WRITE_CONCERN_TIMEOUT: i32 = 64;
    /// Another transaction, or a writer, changed one of the documents first.
    pub const WRITE_CONFLICT: i32 = 112;
    /// The collection's validator refused a document.
    pub const DOCUMENT_VALIDATION: i32 = 121;
    /// What was meant to be a collection is a view.
    pub const IS_A_VIEW: i32 = 166;
    /// The collection of this name has another UUID.
    pub const UUID_MISMATCH: i32 = 361;
    /// A unique index refused the document.
    pub const DUPLICATE_KEY: i32 = 11000;
    /// There is no role of this name.
    pub const ROLE_NOT_FOUND: i32 = 31;
    /// The user may not do this.
    pub const UNAUTHORIZED: i32 = 13;
    /// The credentials are wrong.
    pub const AUTHENTICATION_FAILED: i32 = 18;
}

/// Not a code of the server's: the plan does not hold any more.
const STALE: i32 = -2;

/// Codes after which the same command may succeed a moment later: elections, shut-downs, locks, conflicts.
const TRANSIENT: &[i32] = &[
    6, 7, 24, 43, 46, 50, 64, 89, 91, 112, 134, 175, 189, 251, 262, 384, 9001, 10058, 10107, 11600, 11602, 13435, 13436,
];

/// Why a command did not simply succeed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The server's code; 0 where the server said nothing.
    pub code: i32,
    /// What it said, without secrets: the server's words, or the driver's.
    pub message: String,
    /// Whether it is open if the change was applied.
    pub unknown: bool,
    transient_transaction: bool,
    unknown_commit: bool,
    lease_lost: Option<String>,
}

impl Failure {
    /// A failure that the server reported inside an answer.
    pub fn reported(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            unknown: true,
            transient_transaction: false,
            unknown_commit: false,
            lease_lost: None,
        }
    }

    /// A document that the plan was made from is not what it was.
    pub fn stale(message: impl Into<String>) -> Self {
        Self::reported(STALE, message)
    }

    /// Whether the plan does not hold any more.
    pub fn is_stale(&self) -> bool {
        self.code == STALE
    }

    /// The lease of the operation belongs to somebody else.
    pub fn lease_lost(who: impl Into<String>) -> Self {
        Self { lease_lost: Some(who.into()), ..Self::reported(0, "the lease was taken by another runner") }
    }

    /// Whether the server said this.
    pub fn is(&self, code: i32) -> bool {
        self.code == code
    }

    /// Whether trying again can help.
    pub fn is_transient(&self) -> bool {
        self.lease_lost.is_none() && (self.code == 0 || TRANSIENT.contains(&self.code))
    }

    /// Whether the whole transaction should be tried again.
    pub fn retries_transaction(&self) -> bool {
        self.transient_transaction
    }

    /// Whether a commit may have happened.
    pub fn unknown_commit(&self) -> bool {
        self.unknown_commit
    }

    /// The same failure, of a commit: what the server says of a repeat says nothing of the attempt before it, and the
    /// driver repeats by itself. Only where the server says that the transaction ended is it known.
    pub(super) fn of_a_commit(self) -> Self {
        Self { unknown_commit: !self.transient_transaction, ..self }
    }

    /// Whether somebody else works on the operation now.
    pub fn is_lease_lost(&self) -> bool {
        self.lease_lost.is_some()
    }

    /// Whether the server refused what was asked, and would again: a right is missing, a validator says no, or what should
    /// be a collection is none.
    pub fn is_final(&self) -> bool {
        matches!(self.code, server::UNAUTHORIZED | server::DOCUMENT_VALIDATION | server::IS_A_VIEW)
    }

    /// The failure for people: what was being done, and what to do.
    pub fn into_error(self, doing: &str) -> Error {
        if let Some(who) = self.lease_lost {
            return Error::new(
                &code::LEASE_LOST,
                format!("the operation was taken over by {who}; this process stopped before its next change"),
            );
        }
        let text = format!("{doing}: {}", self.message);
        match self.code {
            server::UNAUTHORIZED => Error::new(&code::NOT_ALLOWED, text)
                .next("see the privileges listed in README.md, \"What flowbit may do\""),
            server::AUTHENTICATION_FAILED => Error::new(&code::AUTH_FAILED, text),
            server::MAX_TIME_EXPIRED | server::WRITE_CONCERN_TIMEOUT => Error::new(&code::SERVER_BUSY, text),
            0 => Error::new(&code::UNREACHABLE, text),
            other if TRANSIENT.contains(&other) => Error::new(&code::SERVER_BUSY, text),
            other => Error::new(&code::UNEXPECTED_REPLY, format!("{text} (code {other})")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<mongodb::error::Error> for Failure {
    fn from(error: mongodb::error::Error) -> Self {
        let transient_transaction = error.contains_label(TRANSIENT_TRANSACTION_ERROR);
        let unknown_commit = error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT);
        let (code, message) = describe(&error);
        Self { code, message, unknown: true, transient_transaction, unknown_commit, lease_lost: None }
    }
}

/// The server's code and words, or the driver's words without its internals.
fn describe(error: &mongodb::error::Error) -> (i32, String) {
    match error.kind.as_ref() {
        ErrorKind::Command(c) => (c.code, c.message.clone()),
        ErrorKind::Write(WriteFailure::WriteError(w)) => (w.code, w.message.clone()),
        ErrorKind::Write(WriteFailure::WriteConcernError(w)) => (w.code, w.message.clone()),
        ErrorKind::Authentication { message, .. } => (server::AUTHENTICATION_FAILED, message.clone()),
        ErrorKind::Io(io) => (0, format!("the connection broke: {io}")),
        ErrorKind::ConnectionPoolCleared { message, .. } => (0, message.clone()),
        ErrorKind::ServerSelection { .. } => (0, "no server that can take this answered in time".to_owned()),
        ErrorKind::DnsResolve { message, .. } => (0, format!("the name of the server cannot be resolved: {message}")),
        ErrorKind::InvalidArgument { message, .. } => (-1, message.clone()),
        other => (-1, other.to_string()),
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.into_error("the server refused a command")
    }
}

/// A connection string the driver cannot use. Its text is not repeated: it may hold a password.
pub(super) fn connection_string(error: &mongodb::error::Error, uri: &str) -> Error {
    if is_cut_short(uri) {
        // The driver took parts of it for something else, and would say them.
        return Error::new(&code::BAD_CONFIG, "the connection string cannot be used: its user or password holds a character that stands for something else there")
            .next("percent-encode / ? # [ ] @ and : in user and password: %2F %3F %23 %5B %5D %40 %3A");
    }
    let (_, mut message) = describe(error);
    for part in secrets_of(uri) {
        message = message.replace(part, "***");
    }
    if matches!(error.kind.as_ref(), ErrorKind::DnsResolve { .. }) {
        return Error::new(&code::UNREACHABLE, message);
    }
    Error::new(&code::BAD_CONFIG, format!("the connection string cannot be used: {message}"))
        .next("its form is mongodb://HOST:PORT/?replicaSet=NAME, with user:password@ before the host where needed, percent-encoded")
}

pub(super) fn unreachable(error: mongodb::error::Error, hosts: &[String], wanted_set: Option<&str>) -> Error {
    // The driver takes servers of another set out of its topology: that there was one and none is left says it.
    if let (ErrorKind::ServerSelection { message, .. }, Some(wanted)) = (error.kind.as_ref(), wanted_set)
        && (!message.contains("Servers: [") || message.contains("does not match actual name"))
    {
        return Error::new(
            &code::WRONG_REPLICA_SET,
            format!("the servers at {} do not belong to replica set `{wanted}`", hosts.join(", ")),
        )
        .next("correct replicaSet= in the connection string");
    }
    let refused = error.to_string().contains("Connection refused");
    let mut failure = Failure::from(error);
    if failure.code == 0 && refused {
        failure.message = "connection refused; nothing listens there".to_owned();
    }
    if failure.code == 0 {
        return Error::new(&code::UNREACHABLE, format!("no MongoDB answers at {}: {}", hosts.join(", "), failure.message))
            .next("check that the server runs and that host and port are right; flowbit config show says where the address came from")
            .next("or use a local one: flowbit local start");
    }
    failure.into_error(&format!("connecting to {}", hosts.join(", ")))
}

pub(super) fn wrong_set(wanted: &str, found: &str) -> Error {
    Error::new(
        &code::WRONG_REPLICA_SET,
        format!("the connection string names replica set `{wanted}`, the server belongs to `{found}`"),
    )
    .next(format!("write replicaSet={found} in the connection string"))
}

/// Turns errors that a server puts into an otherwise successful answer into failures.
///
/// The driver's `run_command` does not look at them, so a change that no majority has seen would count as done.
pub(super) fn check_reply(reply: &bson::Document) -> Result<(), Failure> {
    let code_of = |d: &bson::Document| d.get_i32("code").unwrap_or(-1);
    let words = |d: &bson::Document| d.get_str("errmsg").unwrap_or("no reason given").to_owned();
    if let Some(first) = reply.get_array("writeErrors").ok().and_then(|errors| errors.first()?.as_document()) {
        return Err(Failure::reported(code_of(first), words(first)));
    }
    check_concern(reply)
}

/// The same, where every document of a command has its own outcome and only the acknowledgement is one for all.
pub(super) fn check_concern(reply: &bson::Document) -> Result<(), Failure> {
    let Ok(concern) = reply.get_document("writeConcernError") else { return Ok(()) };
    let words = concern.get_str("errmsg").unwrap_or("no reason given");
    let code = concern.get_i32("code").unwrap_or(-1);
    Err(Failure::reported(code, format!("not acknowledged by a majority: {words}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_inside_a_successful_answer_is_an_error() {
        let reply =
            bson::doc! { "ok": 1, "writeConcernError": { "code": 64, "errmsg": "waiting for replication timed out" } };
        assert!(check_reply(&reply).unwrap_err().is(server::WRITE_CONCERN_TIMEOUT));
        assert!(check_reply(&bson::doc! { "ok": 1, "n": 1 }).is_ok());
    }
}
