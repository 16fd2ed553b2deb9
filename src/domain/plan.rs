//! A plan: what would be done, as a value. Shown by a dry run, agreed to, recorded, executed.

use std::fmt;

use bson::{Bson, DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use super::catalog::SENTRY_MARK;
use super::template::plain;

/// `database.collection`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Namespace {
    /// Database.
    pub db: String,
    /// Collection.
    pub coll: String,
}

impl Namespace {
    /// The namespace of this collection.
    pub fn new(db: impl Into<String>, coll: impl Into<String>) -> Self {
        Self { db: db.into(), coll: coll.into() }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.db, self.coll)
    }
}

/// A view that keeps a name occupied while, or after, the collection lives elsewhere.
///
/// It can be read through (an alias), or answers every read with a message (a notice); writes fail either way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sentry {
    /// The operation whose mark the view carries.
    pub op: String,
    /// What reads are answered with instead of documents; none for an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Only to keep the name occupied until the operation is closed.
    #[serde(default)]
    pub latch: bool,
}

impl Sentry {
    /// The stages of the view.
    pub fn pipeline(&self) -> Vec<Document> {
        let mut stages = Vec::new();
        if let Some(message) = &self.notice {
            // The conversion always fails, and the server puts its argument into the error: the only way for a
            // view to tell its reader something.
            stages.push(doc! { "$match": { "$expr": { "$toObjectId": message } } });
        }
        stages.push(doc! { "$match": { "$comment": format!("{SENTRY_MARK}{}", self.op) } });
        stages
    }
}

/// A collection, known by its UUID, that changes its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Identity of the collection.
    pub uuid: Uuid,
    /// Its name before.
    pub from: Namespace,
    /// Its name after.
    pub to: Namespace,
    /// What stands at `from` afterwards.
    pub at_from: Sentry,
    /// What stands at `to` after a rollback.
    pub at_to: Sentry,
    /// Operations whose sentries may be taken away from `from` and `to`.
    pub may_drop: Vec<String>,
}

impl Move {
    /// Whether the name at `to` was the organization's already, kept by a sentry of its own: whoever writes there
    /// while it is free for a moment means this tenant.
    pub fn owns_target(&self) -> bool {
        !self.at_to.latch
    }
}

/// The names of collections that belong to one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// The whole name, or the part before the kind.
    pub prefix: String,
    /// The part after the kind.
    pub suffix: String,
    /// Whether there are kinds.
    pub by_kind: bool,
    /// Names of other tenants, before and after the kind: where two fit, the longer one owns.
    pub others: Vec<(String, String)>,
    /// Collections that are nobody's: the platform's own and flowbit's.
    pub never: Vec<String>,
}

impl Covered {
    /// No collection at all: a tenant that lives in shared ones.
    pub fn nothing() -> Self {
        Self { prefix: String::new(), suffix: String::new(), by_kind: false, others: Vec::new(), never: Vec::new() }
    }

    /// Whether a collection of this name is the tenant's.
    pub fn covers(&self, collection: &str) -> bool {
        let nobodys = collection.starts_with("flowbit_") || collection.starts_with("fb_");
        if nobodys || self.never.iter().any(|name| name == collection) {
            return false;
        }
        if !self.by_kind {
            return collection == self.prefix;
        }
        let between = |prefix: &str, suffix: &str| {
            let kind = collection.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
            kind.is_some_and(|kind| !kind.is_empty())
        };
        let closer = |(prefix, suffix): &(String, String)| {
            prefix.len() + suffix.len() > self.prefix.len() + self.suffix.len() && between(prefix, suffix)
        };
        between(&self.prefix, &self.suffix) && !self.others.iter().any(closer)
    }
}

/// A change of documents. Each is idempotent: applied twice it gives the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Change {
    /// Inserts this document; one with the same `_id` and content is already it.
    Insert {
        /// Where.
        ns: Namespace,
        /// What.
        document: Document,
        /// Whether fences of the operation's own are no obstacle: its audit entry carries the tenant's new key.
        #[serde(default)]
        past_fences: bool,
    },
    /// Replaces the document with this `_id`, or inserts it.
    Put {
        /// Where.
        ns: Namespace,
        /// What.
        document: Document,
    },
    /// Sets fields of every matching document.
    Set {
        /// Where.
        ns: Namespace,
        /// Which.
        filter: Document,
        /// Paths and values.
        set: Document,
    },
    /// Replaces one value at a path by another in every matching document; any other value is left alone.
    Rewrite {
        /// Where.
        ns: Namespace,
        /// Which.
        filter: Document,
        /// The path.
        path: String,
        /// The value that is replaced.
        from: Bson,
        /// The value that replaces it.
        to: Bson,
        /// Whether there must be a document to change: without one the plan does not hold any more.
        #[serde(default)]
        must: bool,
    },
    /// Moves matching documents into flowbit's keeping.
    Hold {
        /// From where.
        ns: Namespace,
        /// Which.
        filter: Document,
    },
    /// Brings documents back that an operation put into keeping.
    Release {
        /// To where.
        ns: Namespace,
        /// Which operation.
        op: String,
        /// Whether there must be one.
        #[serde(default)]
        must: bool,
    },
    /// Deletes every matching document.
    Delete {
        /// Where.
        ns: Namespace,
        /// Which.
        filter: Document,
    },
    /// Gives these documents another tenant key, those that still have the first one.
    Rekey {
        /// Which key, where.
        rekey: Box<Rekey>,
        /// Identifiers of the documents.
        ids: Vec<Bson>,
    },
}

/// A field beside a tenant key that changes with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Twin {
    /// Its path.
    pub path: String,
    /// The value that is replaced; any other is left alone.
    pub from: Bson,
    /// The value that replaces it.
    pub to: Bson,
}

/// Another tenant key for all documents of a shared collection that have this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rekey {
    /// The collection.
    pub ns: Namespace,
    /// Path of the key.
    pub path: String,
    /// The key they have.
    pub from: Bson,
    /// The key they get.
    pub to: Bson,
    /// What changes with it.
    pub twins: Vec<Twin>,
    /// What else documents must be to be meant: empty where the key says it all.
    #[serde(default, skip_serializing_if = "Document::is_empty")]
    pub within: Document,
    /// Whether writers are shut out already, so that an end can be reached.
    pub fenced: bool,
}

impl Rekey {
    /// The way back.
    pub fn reversed(&self) -> Self {
        let twins = self.twins.iter().map(|t| Twin { path: t.path.clone(), from: t.to.clone(), to: t.from.clone() });
        Self { from: self.to.clone(), to: self.from.clone(), twins: twins.collect(), ..self.clone() }
    }
}

/// A copy of a collection in another database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copy {
    /// Identity of the collection that is copied.
    pub uuid: Uuid,
    /// The database it is in.
    pub db: String,
    /// Its name before the operation.
    pub name: String,
    /// The database it is copied into.
    pub into: String,
    /// What it is made with: validator, collation, capped and so on.
    pub options: Document,
    /// Its indexes besides that on `_id`.
    pub indexes: Vec<Document>,
    /// Whether the platform writes while it is copied, so that the copy is followed up later.
    pub live: bool,
}

/// A view as it stands in a catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// What it reads.
    pub on: String,
    /// Its stages.
    pub pipeline: Vec<Document>,
    /// Its collation, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<Document>,
}

/// A refusal of all documents of one tenant key, in a collection that all tenants share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fence {
    /// The collection.
    pub ns: Namespace,
    /// Path of the key.
    pub path: String,
    /// The key that no document may have.
    pub value: Bson,
}

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
        absent: Vec<(Uuid, Namespace)>,
        /// Documents of which there must be none.
        none: Vec<(Namespace, Document)>,
        /// What is done when there are some, before it is called stuck.
        #[serde(default)]
        repair: Vec<Change>,
    },
}

impl Step {
    /// Whether the step only looks: done again, it does nothing again.
    pub fn only_looks(&self) -> bool {
        matches!(self, Step::Sole { .. } | Step::Verify { .. } | Step::Standing { .. })
    }

    /// A word for checkpoints, records and screens.
    pub fn word(&self) -> &'static str {
        match self {
            Step::Create { .. } => "create",
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

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Create { name, indexes, .. } => match indexes.len() {
                0 => write!(f, "create collection {}", name.coll),
                1 => write!(f, "create collection {} with 1 index", name.coll),
                n => write!(f, "create collection {} with {n} indexes", name.coll),
            },
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
            Step::Fence { fence, .. } => {
                write!(f, "refuse documents with {} = {} in {}", fence.path, plain(&fence.value), fence.ns.coll)
            }
            Step::Unfence { fence } => {
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
            Step::Standing { .. } => f.write_str("verify the copies"),
            Step::Verify { .. } => f.write_str("verify the end state"),
        }
    }
}

/// The collections that changes concern, each once.
pub fn summary(changes: &[Change]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for change in changes {
        let (Change::Insert { ns, .. }
        | Change::Put { ns, .. }
        | Change::Set { ns, .. }
        | Change::Rewrite { ns, .. }
        | Change::Hold { ns, .. }
        | Change::Release { ns, .. }
        | Change::Delete { ns, .. }) = change
        else {
            continue;
        };
        if !names.contains(&ns.coll.as_str()) {
            names.push(&ns.coll);
        }
    }
    names.join(", ")
}

/// What would be done: steps that can be undone, the documents that make it so, steps that only go forward.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Before the commit; each can be undone.
    pub before: Vec<Step>,
    /// The commit: all of it or nothing, where the server has transactions.
    pub commit: Vec<Change>,
    /// After the commit; only forward.
    pub after: Vec<Step>,
}

impl Plan {
    /// A line for each thing that would be done, in order.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.before.iter().map(Step::to_string).collect();
        if !self.commit.is_empty() {
            lines.push(format!("commit: {}", summary(&self.commit)));
        }
        lines.extend(self.after.iter().map(Step::to_string));
        lines
    }

    /// The collections that change their name, with the name each gets.
    pub fn moved(&self) -> Vec<(Uuid, Namespace)> {
        self.before
            .iter()
            .filter_map(|step| if let Step::Move(m) = step { Some((m.uuid, m.to.clone())) } else { None })
            .collect()
    }

    /// Whether a collection changes its name, which needs the server's UUID guard.
    pub fn needs_guard(&self) -> bool {
        // A copy is inserted into a collection whose identity is compared, so it needs the guard as well.
        self.before
            .iter()
            .chain(&self.after)
            .any(|step| matches!(step, Step::Move(_) | Step::Drop { .. } | Step::Create { .. } | Step::Copy(_)))
    }
}
