//! Writing down what flowbit does: in the same commit as the change, or before it where that is no operation.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use sha2::{Digest, Sha256};

use super::{House, new_op};
use crate::domain::audit::{Circumstance, Deed, Kind};
use crate::domain::naming::OrgName;
use crate::domain::plan::Change;
use crate::domain::record::{OpId, Record};
use crate::domain::template::{Var, Vars};
use crate::error::Result;
use crate::layout::Home;
use crate::ops::org::Org;
use crate::store::Pen;

impl House<'_> {
    /// The audit entry of a deed. `vars` are name, slug and identifier of the organization.
    pub(crate) fn audit(&self, deed: &Deed, vars: Vars, op: &OpId, now: DateTime) -> Change {
        let by = Circumstance {
            actor: self.actor.clone(),
            now,
            reason: self.reason.clone(),
            operation: op.as_str().to_owned(),
        };
        // The entry's identity comes from the operation, so that writing it twice writes it once.
        let id = ObjectId::parse_str(op.as_str()).map_or_else(|_| Bson::String(op.0.clone()), Bson::ObjectId);
        let mut document = doc! { "_id": id };
        document.extend(deed.entry(self.platform.audit.as_ref(), vars, &by));
        Change::Insert { ns: self.master(self.audit_collection()), document, past_fences: true }
    }

    /// Writes an audit entry by itself, for what is no operation: before it is done, so that nothing is done without one.
    ///
    /// # Errors
    /// What kept the entry from being written; `doing` says what was left undone then.
    pub(crate) async fn put_on_record(&self, deed: &Deed, vars: Vars, doing: &str) -> Result<()> {
        let entry = self.audit(deed, vars, &new_op(), DateTime::now());
        let Change::Insert { ns, document, past_fences } = entry else { return Ok(()) };
        // One document needs no transaction, and one that is cut off would be in others' way for a minute.
        let command = doc! { "insert": &ns.coll, "documents": [document], "bypassDocumentValidation": past_fences };
        Pen::free(self.store).run(&ns.db, command).await.map(drop).map_err(|failure| failure.into_error(doing))
    }

    /// Writes that accounts or a trail are about to be read, into the trail of whose they are.
    ///
    /// # Errors
    /// What kept the entry from being written: nothing may be shown then.
    pub async fn record_read(&self, org: Option<&Org>, command: &str, details: Document) -> Result<()> {
        let mut said = doc! { "command": command, "org": org.map(|org| org.name.as_str()) };
        said.extend(details);
        let vars = match org {
            Some(org) => self.vars(&org.id, &org.name, &org.slug, &org.home),
            None => self.vars_of_none(),
        };
        let deed = Deed::new("audit.read", said);
        self.put_on_record(&deed, vars, "recording that this is read, so nothing was shown").await
    }

    /// What is known where no organization is meant.
    fn vars_of_none(&self) -> Vars {
        Vars::from([(Var::Database, Bson::String(self.store.master().to_owned()))])
    }

    /// The name, slug and identifier of the organization that an operation is about, as its record has them.
    pub(crate) fn vars_of_subject(&self, record: &Record) -> Vars {
        if record.subject.id == Bson::Null {
            // Of no organization: whatever the name is, it is none's.
            return self.vars_of_none();
        }
        let name = OrgName::stored(record.subject.name.clone());
        let slug = self.platform.naming.slug_of(name.as_str());
        self.vars_of(&record.subject.id, &name, &slug)
    }

    /// That somebody takes an operation back: it is about the operation, whose own entry there will never be.
    pub(crate) fn rolled_back(&self, record: &Record, now: DateTime) -> Change {
        let deed = Deed::new("op.rolled-back", doc! { "kind": &record.kind, "org": &record.subject.name })
            .about(Kind::Operation, record.id.as_str())
            .changing(doc! { "state": record.state.word() }, doc! { "state": "undone" });
        let mut entry = self.audit(&deed, self.vars_of_subject(record), &record.id, now);
        if let Change::Insert { document, .. } = &mut entry {
            document.insert("_id", beside(&record.id));
        }
        entry
    }
}

/// The identity of a second entry about an operation, the same every time. Without transactions it may be written before
/// the operation turns; if that goes forward after all, its own entry must find its place free.
fn beside(op: &OpId) -> Bson {
    let Ok(id) = ObjectId::parse_str(op.as_str()) else { return Bson::String(format!("{op}:rolled-back")) };
    let digest = Sha256::new().chain_update("op.rolled-back:").chain_update(id.bytes()).finalize();
    let mut bytes = id.bytes();
    // The first four are the time, by which entries sort.
    bytes[4..].copy_from_slice(&digest[..8]);
    Bson::ObjectId(ObjectId::from_bytes(bytes))
}

/// What an organization is called, and where its data is.
pub(crate) fn named(name: &OrgName, home: &Home) -> Document {
    doc! { "name": name.as_str(), "store": home.as_text() }
}

/// The same, and whether it is in force.
pub(crate) fn state_of(name: &OrgName, home: &Home, state: &str) -> Document {
    let mut told = named(name, home);
    told.insert("state", state);
    told
}
