//! A plan: what would be done, as a value. Shown by a dry run, agreed to, recorded, executed.

use std::fmt;

use bson::{Bson, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use super::catalog::SENTRY_MARK;
pub use super::change::{Change, Rekey, Twin, summary};
pub use super::step::Step;

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

/// Whether a collection of this name is one that an operation made: `fb_`, what it is for, the operation. A tenant may
/// well have an `fb_leads` of its own.
pub fn is_ours(collection: &str) -> bool {
    const KINDS: [&str; 6] = ["fb_src_", "fb_trash_", "fb_stg_", "fb_new_", "fb_stray_", "fb_mark_"];
    let of_operation = |rest: &str| {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits == 24 && matches!(rest.as_bytes().get(24), None | Some(b'_'))
    };
    collection.starts_with("flowbit_")
        || KINDS.iter().any(|kind| collection.strip_prefix(kind).is_some_and(of_operation))
}

impl Covered {
    /// No collection at all: a tenant that lives in shared ones.
    pub fn nothing() -> Self {
        Self { prefix: String::new(), suffix: String::new(), by_kind: false, others: Vec::new(), never: Vec::new() }
    }

    /// Whether a collection of this name is the tenant's.
    pub fn covers(&self, collection: &str) -> bool {
        if is_ours(collection) || self.never.iter().any(|name| name == collection) {
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
