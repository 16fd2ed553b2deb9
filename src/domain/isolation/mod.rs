//! Leaks between tenants: the rules that are looked for, and what was found, as values and as documents.

pub mod baseline;
mod finding;
#[cfg(test)]
pub mod fixture;
pub mod grant;
pub mod html;
pub mod junit;
pub mod pipeline;
pub mod probes;
pub mod rules;
pub mod sarif;
pub mod saved;
mod tally;
mod verdict;

pub use baseline::Baseline;
pub use finding::{Accepted, Check, Coverage, Finding, Place, Report, State, Way};
pub use rules::Rule;
pub use tally::{FailOn, NOBODY, Tally, plain};
pub use verdict::{Again, Shot, Trial, Verdict};
