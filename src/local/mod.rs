//! The managed local MongoDB: finds or installs a real mongod, and runs it as a replica set of one node.
//!
//! It is for a first look, for development and for tests. **It has no authentication**: whoever can open a connection
//! to the loopback interface of this machine can read and write everything in it. It listens on 127.0.0.1 only, and
//! its files are readable by their owner only.
//!
//! It is also where other programs are run: those that print a secret.
//!
//! This room prints nothing and asks nothing; consent to install or to delete is the caller's affair.

mod find;
mod install;
mod lock;
mod log;
mod places;
mod process;
mod secret;
mod server;
mod state;

pub use find::{Mongod, Origin, find};
pub use install::{Offer, install, offer, ways};
pub use places::Dirs;
pub use secret::{LIMIT as SECRET_LIMIT, secret_of};
pub use server::{Running, Status, reset, start, status, stop};
