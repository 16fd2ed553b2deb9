//! What exists: names, shapes, plans and steps. Values only: no input or output, no clock, no randomness.

pub mod api;
pub mod audit;
pub mod catalog;
pub mod change;
mod contradictions;
pub mod description;
pub mod extjson;
pub mod fields;
pub mod hash;
pub mod isolation;
pub mod keyring;
pub mod moment;
pub mod naming;
pub mod numbers;
pub mod plan;
pub mod rawdoc;
pub mod record;
pub mod registry;
pub mod schema;
pub mod secrecy;
pub mod seed;
pub mod severity;
pub mod similar;
pub mod step;
pub mod template;
pub mod token;

pub use catalog::{CollectionInfo, CollectionKind, StoreStats};
pub use description::{Description, Layout};
pub use naming::{NameKey, OrgName, Slug};
pub use plan::{Change, Move, Namespace, Plan, Sentry, Step};
pub use record::{OpId, OpState, Record};
