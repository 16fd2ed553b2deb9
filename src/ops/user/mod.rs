//! What can be done with accounts: of an organization, or of the platform's owners.
//!
//! Every change is one transaction: the account, its second copies, what takes its tokens back, and the audit entry.

mod change;
mod check;
mod create;
mod delete;
mod hash;
mod import;
mod list;
mod plan;
mod realm;
mod roles;
mod values;

pub use change::Wish;
pub use check::Verdict;
pub use create::{CreateView, Newcomer};
pub use hash::HashFacts;
pub use import::{Entry, Fate, Imported, Judged, Survey};
pub use list::{UserRow, UserView};
pub use plan::{ChangeView, Referring, UserPlan};
pub use realm::{Realm, Whose, no_core};
pub use roles::{accept_role, role_for};
pub use values::{accept_value, settable};
