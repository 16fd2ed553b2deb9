//! The steps of an operation, as values.

use std::fmt;

use bson::{DateTime, Document, Uuid};
use serde::{Deserialize, Serialize};

use super::change::{Change, Rekey, summary};
use super::plan::{Copy, Covered, Fence, Move, Namespace, Sentry, View};
use super::template::plain;

/// One idempotent action of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Makes a collection with its indexes under a name of the operation's own, then gives it its name.
    Create {
        /// The name it gets.
        name: Namespace,
        /// The name under which it is made.
        staging: Namespace,
        /// Its indexes besides that on `_id`.
        indexes: Vec<Document>,
    },
    /// Writes the documents of a seed set, whose files only its command has.
    Sow {
        /// The set.
        set: String,
        /// Where it was found, for the command that goes on.
        from: String,
    },
    /// Puts documents into tenants' collections that only a probe looks for.
    Plant {
        /// What puts them there.
        plants: Vec<Change>,
        /// What removes them, and whatever the backend made of them.
        sweep: Vec<Change>,
    },
    /// Gives a collection its other name and keeps the first one occupied.
    Move(Move),
    /// Brings documents together that somebody wrote under the old name in the meantime.
    Gather,
    /// Points an older alias of the organization at its new collection.
    Retarget {
        /// The alias.
        view: Namespace,
        /// The collection.
        on: String,
        /// The operation that made the alias.
        op: String,
    },
    /// Replaces the tenant's name in the registry file.
    Registry {
        /// Absolute path of the file.
        file: String,
        /// The machine on which the file lies.
        host: String,
        /// Old identifiers and what becomes of each: a new one, or none when its screens are removed.
        names: Vec<(String, Option<String>)>,
        /// A tenant that gets an entry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        add: Option<String>,
    },
    /// Drops a collection, known by its UUID.
    Drop {
        /// Identity.
        uuid: Uuid,
        /// Where it is expected; elsewhere it is not dropped.
        name: Namespace,
        /// Whether it is only the rest of an operation, of which nothing hangs.
        #[serde(default)]
        leftover: bool,
    },
    /// Looks whether the tenant has collections that the plan does not know; goes back if so.
    Sole {
        /// Database.
        db: String,
        /// The tenant's names.
        names: Covered,
        /// The collections of the plan.
        known: Vec<Uuid>,
    },
    /// Drops a sentry view.
    DropSentry {
        /// Its name.
        name: Namespace,
        /// The operations whose sentry it may be.
        ops: Vec<String>,
    },
    /// Changes documents, in one transaction where the server has them.
    Documents {
        /// The changes, in order.
        changes: Vec<Change>,
    },
    /// Remembers the moment from which changes of a database are followed.
    Watch {
        /// Database.
        db: String,
    },
    /// Copies a collection into one of the operation's own in another database, and compares the contents.
    Copy(Copy),
    /// Brings copies up to date with what was written meanwhile.
    Follow {
        /// The database that is followed.
        db: String,
        /// The steps that made the copies.
        copies: Vec<i32>,
        /// Whether writers are shut out, so that this is the last time and the contents must be equal afterwards.
        last: bool,
    },
    /// Gives a copy its name.
    Publish {
        /// The step that made it.
        copy: i32,
        /// The name it gets.
        name: Namespace,
        /// The sentry of the organization's own that stands there.
        was: Option<View>,
        /// The operation whose sentry that is.
        was_of: Option<String>,
    },
    /// Makes a view in the tenant's new database like the one in the old.
    CopyView {
        /// Its name.
        name: Namespace,
        /// What it is.
        view: View,
    },
    /// Drops a view of the old database whose twin is in the new one.
    DropView {
        /// Its name.
        name: Namespace,
        /// What it is; one that was changed stays.
        view: View,
    },
    /// Gives everybody who has rights on one database the same on another, or takes them away where there is no other.
    Rights {
        /// The database.
        db: String,
        /// The other one.
        like: Option<String>,
    },
    /// Lets a database go in which nothing is left but the server's own list of views.
    Tidy {
        /// Database.
        db: String,
    },
    /// Lets a sentry answer every read with a message.
    Notice {
        /// The sentry.
        name: Namespace,
        /// What it stands for.
        on: String,
        /// What it becomes.
        sentry: Sentry,
    },
    /// Shuts out documents with a tenant key.
    Fence {
        /// Which, where.
        fence: Fence,
        /// How long it stays after the operation; none where it ends with it.
        until: Option<DateTime>,
        /// The entry of an earlier operation that it takes the place of.
        older: Option<Document>,
    },
    /// Lets documents with a tenant key in again.
    Unfence {
        /// Which, where.
        fence: Fence,
        /// The operations whose fence it may be.
        ops: Vec<String>,
    },
    /// Gives every document of a tenant another key.
    Rekey(Rekey),
    /// Deletes every document with a tenant key.
    Erase {
        /// Which, where.
        fence: Fence,
    },
    /// Looks whether the copies stand where they should.
    Standing {
        /// Steps that made them, and their names.
        copies: Vec<(i32, Namespace)>,
    },
    /// Looks whether the end state is what it should be.
    Verify {
        /// Collections and their names.
        present: Vec<(Uuid, Namespace)>,
        /// Collections that must be gone, and where they were.
        #[serde(default, rename = "gone")]
        absent: Vec<(Uuid, Namespace)>,
        /// Documents of which there must be none.
        none: Vec<(Namespace, Document)>,
        /// What is done when there are some, before it is called stuck.
        #[serde(default)]
        repair: Vec<Change>,
        /// Keys that are rewritten once more when there are some.
        #[serde(default)]
        rekeys: Vec<Rekey>,
    },
}

impl Step {
    /// Looks whether collections have their names.
    pub fn standing(present: Vec<(Uuid, Namespace)>) -> Self {
        Step::Verify { present, absent: Vec::new(), none: Vec::new(), repair: Vec::new(), rekeys: Vec::new() }
    }

    /// Whether the step only looks: done again, it does nothing again.
    pub fn only_looks(&self) -> bool {
        matches!(self, Step::Sole { .. } | Step::Verify { .. } | Step::Standing { .. })
    }

    /// A word for checkpoints, records and screens.
    pub fn word(&self) -> &'static str {
        match self {
            Step::Create { .. } => "create",
            Step::Sow { .. } => "sow",
            Step::Plant { .. } => "plant",
            Step::Move(_) => "move",
            Step::Gather => "gather",
            Step::Retarget { .. } => "retarget",
            Step::Registry { .. } => "registry",
            Step::Drop { .. } => "drop",
            Step::Sole { .. } => "sole",
            Step::DropSentry { .. } => "drop-sentry",
            Step::Documents { .. } => "documents",
            Step::Watch { .. } => "watch",
            Step::Copy(_) => "copy",
            Step::Follow { .. } => "follow",
            Step::Publish { .. } => "publish",
            Step::CopyView { .. } => "copy-view",
            Step::DropView { .. } => "drop-view",
            Step::Rights { .. } => "rights",
            Step::Tidy { .. } => "tidy",
            Step::Notice { .. } => "notice",
            Step::Fence { .. } => "fence",
            Step::Unfence { .. } => "unfence",
            Step::Rekey(_) => "rekey",
            Step::Erase { .. } => "erase",
            Step::Standing { .. } => "standing",
            Step::Verify { .. } => "verify",
        }
    }
}

impl Step {
    /// What a step does with tenant keys.
    fn about_keys(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Fence { fence, .. } => {
                write!(f, "refuse documents with {} = {} in {}", fence.path, plain(&fence.value), fence.ns.coll)
            }
            Step::Unfence { fence, .. } => {
                write!(f, "accept documents with {} = {} in {} again", fence.path, plain(&fence.value), fence.ns.coll)
            }
            Step::Rekey(r) => {
                let again = if r.fenced { "the rest of " } else { "" };
                write!(
                    f,
                    "{}: {} from {} to {} in {again}the tenant's documents",
                    r.ns.coll,
                    r.path,
                    plain(&r.from),
                    plain(&r.to)
                )
            }
            Step::Erase { fence } => {
                write!(f, "delete the documents with {} = {} in {}", fence.path, plain(&fence.value), fence.ns.coll)
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Create { name, indexes, .. } => match indexes.len() {
                0 => write!(f, "create collection {}", name.coll),
                1 => write!(f, "create collection {} with 1 index", name.coll),
                n => write!(f, "create collection {} with {n} indexes", name.coll),
            },
            Step::Sow { set, .. } => write!(f, "write the documents of the seed set {set}"),
            Step::Plant { plants, .. } => write!(f, "put canaries into {}", summary(plants)),
            Step::Move(m) => match (&m.at_from.notice, m.at_from.latch) {
                (Some(_), _) => write!(f, "move {} out of the way, refuse reads and writes there", m.from.coll),
                (None, false) if m.to.coll.starts_with("fb_src_") => {
                    write!(f, "freeze {}: reads go on, writes are refused", m.from)
                }
                (None, true) => write!(f, "rename {} to {}", m.from.coll, m.to.coll),
                (None, false) => {
                    write!(f, "rename {} to {}, keep the old name readable and fenced", m.from.coll, m.to.coll)
                }
            },
            Step::Gather => f.write_str("bring in what was written under the old name in the meantime"),
            Step::Retarget { view, on, .. } => write!(f, "point the older alias {} at {on}", view.coll),
            Step::Registry { file, add: Some(tenant), .. } => write!(f, "enter {tenant} in {file}"),
            Step::Registry { file, names, .. } => match names.iter().any(|(_, new)| new.is_some()) {
                true => write!(f, "rename the tenant in {file}"),
                false => write!(f, "remove the tenant from {file}"),
            },
            Step::Drop { name, .. } => write!(f, "drop {}", name.coll),
            Step::Sole { .. } => f.write_str("look whether the tenant got another collection meanwhile"),
            Step::DropSentry { name, .. } => write!(f, "remove the sentry {}", name.coll),
            Step::Documents { changes } => write!(f, "change documents: {}", summary(changes)),
            Step::Watch { db } => write!(f, "remember the moment from which changes in {db} are followed"),
            Step::Copy(c) if c.live => write!(f, "copy {}.{} to {} while it is written to", c.db, c.name, c.into),
            Step::Copy(c) => write!(f, "copy {}.{} to {}, compare the contents", c.db, c.name, c.into),
            Step::Follow { last: false, db, .. } => write!(f, "follow the changes in {db}, compare the contents"),
            Step::Follow { last: true, .. } => f.write_str("bring in the last changes, compare the contents"),
            Step::Publish { name, .. } => write!(f, "give the copy its name {name}"),
            Step::CopyView { name, .. } => write!(f, "make the view {name}"),
            Step::DropView { name, .. } => write!(f, "drop the view {name}, which would read nothing"),
            Step::Rights { db, like: Some(other) } => write!(f, "give whoever has rights on {other} the same on {db}"),
            Step::Rights { db, like: None } => write!(f, "take away rights on {db}"),
            Step::Tidy { db } => write!(f, "let the database {db} go if nothing is left in it"),
            Step::Notice { name, .. } => write!(f, "let {name} answer that the organization moved"),
            Step::Fence { .. } | Step::Unfence { .. } | Step::Rekey(_) | Step::Erase { .. } => self.about_keys(f),
            Step::Standing { .. } => f.write_str("verify the copies"),
            Step::Verify { .. } => f.write_str("verify the end state"),
        }
    }
}
