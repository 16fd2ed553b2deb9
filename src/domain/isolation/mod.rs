//! Leaks between tenants: the rules that are looked for, and what was found, as values.

mod finding;
pub mod rules;

pub use finding::{Accepted, Check, Coverage, Finding, Place, Report, State, Way};
pub use rules::Rule;
