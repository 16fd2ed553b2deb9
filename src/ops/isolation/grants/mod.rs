//! The least rights for each tenant: a role, a user, and views where tenants share collections. What they would be, giving
//! and taking them, and trying what they refuse.

mod apply;
mod attempts;
mod plan;
mod script;
mod trial;
mod tried;

pub use apply::{Given, Passwords};
pub use plan::{Entry, Fate, Holding, Plan, Planned, Stand, Stands};
pub use trial::Trying;
pub use tried::{Attempted, Kind, Tried};

/// Whose rights are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Those of this organization.
    Org(String),
    /// Those of all organizations.
    All,
    /// Those of organizations that are not there any more.
    Gone,
}
