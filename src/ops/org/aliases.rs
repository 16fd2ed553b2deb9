//! The names a renamed organization had: they stay its own for a while.

use std::collections::BTreeSet;

use bson::doc;

use super::kept::{Kept, KeptFor, database_entry, name_entry, store_entry};
use super::relocate::Relocation;
use super::rename::Ends;
use crate::domain::plan::{Change, Step};
use crate::error::Result;
use crate::journal::NAMES;
use crate::layout::Home;
use crate::ops::House;

impl House<'_> {
    /// The old names stay the organization's until the alias ends; names it takes back are aliases no longer.
    pub(super) async fn keep_old_names(&self, ends: &Ends<'_>, r: &mut Relocation) -> Result<()> {
        let (names, org) = (self.master(NAMES), ends.org);
        if ends.id != org.id {
            let filter = doc! { "org": org.id.clone() };
            r.plan.commit.push(Change::Set { ns: names.clone(), filter, set: doc! { "org": ends.id.clone() } });
            r.plan.commit.push(self.restamp(&org.id, &ends.id));
        }
        for (from, to) in r.moved.iter().filter(|(from, to)| from != to) {
            let older =
                doc! { "org": ends.id.clone(), "kind": "alias", "_id": { "$regex": "^store:" }, "to": &from.coll };
            r.plan.commit.push(Change::Set { ns: names.clone(), filter: older, set: doc! { "to": &to.coll } });
        }
        let (mut kept, reclaimed) = self.old_names(ends, r);
        let older = doc! { "org": ends.id.clone(), "kind": "alias", "_id": { "$regex": "^name:" } };
        r.plan.commit.push(Change::Set { ns: names.clone(), filter: older, set: doc! { "to": ends.name.as_str() } });
        // A name may be kept for somebody else: the platform made this organization under the name of a deleted one.
        let wanted: Vec<&str> = kept.iter().map(|kept| kept.id.as_str()).collect();
        let mine = vec![org.id.clone(), ends.id.clone()];
        let others = self.kept_where(doc! { "_id": { "$in": wanted }, "org": { "$nin": mine } }).await?;
        kept.retain(|kept| !others.iter().any(|other| other.id == kept.id));
        let ids: Vec<String> = reclaimed.into_iter().collect();
        r.plan
            .commit
            .push(Change::Delete { ns: names.clone(), filter: doc! { "_id": { "$in": ids }, "org": ends.id.clone() } });
        for kept in kept {
            r.plan.commit.push(Change::Put { ns: names.clone(), document: kept.document()? });
        }
        Ok(())
    }

    /// What is kept from here on, and which entries are not needed any more.
    fn old_names(&self, ends: &Ends<'_>, r: &Relocation) -> (Vec<Kept>, BTreeSet<String>) {
        let (org, master) = (ends.org, self.store.master());
        let mut kept = Vec::new();
        let mut reclaimed = BTreeSet::from([name_entry(&ends.name.key())]);
        if org.name.key() != ends.name.key() {
            let key = match &org.home {
                Home::Shared(key) if org.home != ends.home => key.value.as_str().map(str::to_owned),
                _ => None,
            };
            let name = name_entry(&org.name.key());
            kept.push(Kept { key, ..alias(ends, name, org.name.as_str(), ends.name.as_str()) });
        }
        if let (Home::Database(from), Home::Database(to)) = (&org.home, &ends.home)
            && from != to
        {
            reclaimed.insert(database_entry(to.as_str()));
            kept.push(alias(ends, database_entry(from.as_str()), from.as_str(), to.as_str()));
        }
        for (from, to) in &r.moved {
            reclaimed.insert(store_entry(master, to));
            if from != to {
                let db = Some(from.db.clone()).filter(|db| db != master);
                let shown = if from.db == to.db { to.coll.clone() } else { to.to_string() };
                kept.push(Kept { db, ..alias(ends, store_entry(master, from), &from.coll, &shown) });
            }
        }
        for step in &r.plan.before {
            if let (Step::Move(m), Home::Database(_)) = (step, &ends.home) {
                let entry = alias(ends, format!("backup:{}", m.to), &m.to.coll, &m.from.coll);
                let (uuid, db) = (Some(m.uuid), Some(m.to.db.clone()));
                kept.push(Kept { kind: KeptFor::Backup, uuid, db, ..entry });
            }
        }
        (kept, reclaimed)
    }
}

fn alias(ends: &Ends<'_>, id: String, name: &str, to: &str) -> Kept {
    Kept {
        id,
        kind: KeptFor::Alias,
        org: ends.id.clone(),
        name: name.to_owned(),
        op: ends.op.0.clone(),
        to: Some(to.to_owned()),
        key: None,
        uuid: None,
        db: None,
        until: ends.until,
        notice: None,
        accounts: Vec::new(),
    }
}
