//! flowbit runs the organizations of a multi-tenant MongoDB platform: crash-safe, resumable, reversible.
//!
//! The map of the house; `tests/architecture.rs` checks the doors:
//!
//! | room | what it is | may use |
//! |---|---|---|
//! | [`error`] | failures as values, the catalogue of codes | nothing |
//! | [`domain`] | what exists: names, descriptions, plans, records. Values only | error |
//! | [`layout`] | where a tenant lives: collections, a database, keys in documents; and whose they are. Pure | domain, error |
//! | [`store`] | where it is kept: the only room that speaks to the driver; one door for every change | domain, error |
//! | [`journal`] | what was begun: record, lease, and the runner that drives forward or back | domain, store, error |
//! | [`web`] | what is asked over HTTP: the platform's backend, within limits; the only room with an HTTP client | domain, error |
//! | [`ops`] | what can be done: `plan` reads, the verb acts | domain, layout, journal, store, web, error |
//! | [`config`] | what it means here: settings with their origins, descriptions, profiles | domain, error |
//! | [`local`] | the managed local MongoDB: find, install, start, stop; and other programs of this machine | store::node, error |
//! | [`ui`] | the terminal; nothing else prints or asks | domain, error |
//! | [`commands`] | what is typed and what is shown; same tree as `ops` | everything but the driver |

pub mod commands;
pub mod config;
pub mod domain;
pub mod error;
pub mod journal;
pub mod layout;
pub mod local;
pub mod ops;
pub mod store;
pub mod ui;
pub mod web;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs one command: parse, settle, wire, call, report. Gives the exit status.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    ExitCode::from(commands::run(arguments.into_iter().collect(), environment.into_iter().collect()))
}
