//! Changes of documents, as values.

use bson::{Bson, Document};
use serde::{Deserialize, Serialize};

use super::plan::Namespace;

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
    /// Sets fields of documents to what lies ready for them: hashes, which may not stand in the record.
    Fill {
        /// Where.
        ns: Namespace,
        /// Which operation put it there: documents with the `_id` of those that get them, and the fields under `set`.
        op: String,
    },
    /// Writes that everything before this very moment, by the server's clock, was taken back: `before` is the moment of the
    /// change, `until` so much later.
    Cut {
        /// Where.
        ns: Namespace,
        /// What the entry is known by.
        id: String,
        /// Its other fields.
        fields: Document,
        /// Milliseconds from `before` to `until`.
        lasts: i64,
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
        | Change::Fill { ns, .. }
        | Change::Cut { ns, .. }
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
