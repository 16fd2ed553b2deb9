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
        let names = self.master(NAMES);
        let org = ends.org;
        let master = self.store.master();
        let key_of = |home: &Home| match home {
            Home::Shared(key) => key.value.as_str().map(str::to_owned),
            Home::Collections(_) | Home::Database(_) => None,
        };
        let entry = |id: String, name: &str, to: &str| Kept {
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
        };
        let mut kept = Vec::new();
        if ends.id != org.id {
            let filter = doc! { "org": org.id.clone() };
            r.plan.commit.push(Change::Set { ns: names.clone(), filter, set: doc! { "org": ends.id.clone() } });
        }
        let mut reclaimed = BTreeSet::from([name_entry(&ends.name.key())]);
        if org.name.key() != ends.name.key() {
            let key = key_of(&org.home).filter(|_| org.home != ends.home);
            kept.push(Kept { key, ..entry(name_entry(&org.name.key()), org.name.as_str(), ends.name.as_str()) });
        }
        if let (Home::Database(from), Home::Database(to)) = (&org.home, &ends.home)
            && from != to
        {
            reclaimed.insert(database_entry(to.as_str()));
            kept.push(entry(database_entry(from.as_str()), from.as_str(), to.as_str()));
        }
        for (from, to) in &r.moved {
            reclaimed.insert(store_entry(master, to));
            if from != to {
                let db = Some(from.db.clone()).filter(|db| db != master);
                let shown = if from.db == to.db { to.coll.clone() } else { to.to_string() };
                kept.push(Kept { db, ..entry(store_entry(master, from), &from.coll, &shown) });
                let older =
                    doc! { "org": ends.id.clone(), "kind": "alias", "_id": { "$regex": "^store:" }, "to": &from.coll };
                r.plan.commit.push(Change::Set { ns: names.clone(), filter: older, set: doc! { "to": &to.coll } });
            }
        }
        for step in &r.plan.before {
            if let (Step::Move(m), Home::Database(_)) = (step, &ends.home) {
                let id = format!("backup:{}", m.to);
                let backup = Kept {
                    kind: KeptFor::Backup,
                    uuid: Some(m.uuid),
                    db: Some(m.to.db.clone()),
                    ..entry(id, &m.to.coll, &m.from.coll)
                };
                kept.push(backup);
            }
        }
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
}
