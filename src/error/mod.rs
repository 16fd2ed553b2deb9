//! What can go wrong, as a value: a code from the catalogue, a message, what was changed, and the next command.
//!
//! A leaf room: every other room may use it and it uses none of them.

mod codes;

pub use codes::{Class, Code, all, find};

use std::fmt;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure that a person or a script can act upon.
///
/// The class (and with it the exit code) is a property of the [`Code`]; a message says what happened this
/// time; `next` holds complete commands or actions, most useful first.
#[derive(Debug)]
pub struct Error {
    code: &'static Code,
    message: String,
    changed: bool,
    next: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of this code; nothing was changed unless [`Error::after_changes`] says otherwise.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), changed: false, next: Vec::new(), source: None }
    }

    /// Adds an action that the reader can take now.
    #[must_use]
    pub fn next(mut self, action: impl Into<String>) -> Self {
        self.next.push(action.into());
        self
    }

    /// Keeps the technical cause, shown below the message.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// States that something had been changed when this happened.
    #[must_use]
    pub fn after_changes(mut self) -> Self {
        self.changed = true;
        self
    }

    /// Puts a sentence in front of the message: what was being tried.
    #[must_use]
    pub fn while_doing(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Changes every action: commands get the options by which this one found its server.
    #[must_use]
    pub fn with_actions(mut self, change: impl Fn(String) -> String) -> Self {
        self.next = self.next.into_iter().map(change).collect();
        self
    }

    /// The entry of the catalogue.
    pub fn code(&self) -> &'static Code {
        self.code
    }

    /// What happened this time.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether data had been changed when this happened.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Complete commands or actions, most useful first.
    pub fn actions(&self) -> &[String] {
        &self.next
    }

    /// The exit status of the process, 1 to 130.
    pub fn exit(&self) -> u8 {
        self.code.class.exit()
    }

    /// The technical causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut at: Option<&dyn std::error::Error> = self.source.as_deref().map(|e| e as _);
        while let Some(error) = at {
            causes.push(error.to_string());
            at = error.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

/// An input/output failure on this machine, with the path it concerned.
pub fn io(what: impl fmt::Display, source: std::io::Error) -> Error {
    let code = if source.kind() == std::io::ErrorKind::StorageFull { &codes::DISK_FULL } else { &codes::LOCAL_IO };
    Error::new(code, format!("{what}: {source}"))
}

/// The codes by name, for the places that raise them.
pub mod code {
    pub use super::codes::*;
}
