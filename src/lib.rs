//! flowbit runs the organizations of a multi-tenant MongoDB platform: crash-safe, resumable, reversible.
pub mod error;
pub mod domain;
pub mod layout;
pub mod store;
pub mod journal;
pub mod ops;
pub mod local;
pub mod config;
pub mod ui;
