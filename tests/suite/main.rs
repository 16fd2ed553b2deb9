//! flowbit against a real MongoDB: the binary is run as a user runs it, then the database is asked.

// Clippy takes a function beside a test for one of the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::too_many_lines)]

mod audit_ask;
mod audit_doctor;
mod audit_export;
mod audit_fuzz;
mod audit_seals;
mod audit_story;
mod audit_tail;
mod bad_input;
mod completions;
mod crash;
mod deeds;
mod doctor;
mod failover;
mod faults;
mod fleet;
mod foreign;
mod init;
mod isolation_baseline;
mod isolation_check;
mod isolation_corpus;
mod isolation_grants;
mod isolation_pipelines;
mod isolation_probe;
mod keys;
mod layouts;
mod ledger;
mod local;
mod moving;
mod organizations;
mod outputs;
mod presets;
mod reference_backend;
mod rights;
mod runners;
mod schema;
mod screens;
mod secrets;
mod seeding;
mod seeding_trouble;
mod servers;
mod snapshots_of_tenants;
mod token_faults;
mod tokens;
mod user_files;
mod users;
mod users_in_trouble;
mod world;
mod writers;
