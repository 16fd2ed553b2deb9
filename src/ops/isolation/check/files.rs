//! Buckets of GridFS: chunks whose file is gone.

use std::collections::BTreeSet;

use bson::{Bson, doc};

use super::{Exam, ONE_ONLY, count};
use crate::domain::isolation::{Finding, Place, rules};
use crate::domain::template::plain;
use crate::error::Result;

/// Files that are named as examples.
const SHOWN: i32 = 3;

impl Exam<'_> {
    pub(super) async fn chunks(&mut self) -> Result<()> {
        if !self.wants(&rules::CHUNK) {
            return Ok(());
        }
        let house = self.house;
        let mut buckets: Vec<(String, String)> = Vec::new();
        for (db, catalog) in &self.estate.catalogs {
            let there: BTreeSet<&str> = catalog.iter().map(|info| info.name.as_str()).collect();
            let names =
                catalog.iter().filter(|info| info.uuid.is_some()).filter_map(|info| info.name.strip_suffix(".chunks"));
            let names = names.filter(|bucket| there.contains(format!("{bucket}.files").as_str()));
            buckets.extend(names.map(|name| (db.clone(), name.to_owned())));
        }
        for (db, bucket) in buckets {
            let owner = self.tenants.living().find(|(_, org)| org.home.database(house.store.master()) == db);
            let own = (db != house.store.master()).then_some(owner).flatten().map(|(at, _)| at);
            if self.only.is_some() && own != self.only {
                self.partly(&rules::CHUNK, ONE_ONLY);
                continue;
            }
            let chunks = crate::domain::plan::Namespace::new(db.as_str(), format!("{bucket}.chunks"));
            let files = format!("{bucket}.files");
            let pipeline = vec![
                doc! { "$match": { "files_id": { "$exists": true } } },
                doc! { "$group": { "_id": "$files_id" } },
                doc! { "$lookup": { "from": &files, "localField": "_id", "foreignField": "_id", "as": "file" } },
                doc! { "$match": { "file": [] } },
                doc! { "$group": { "_id": Bson::Null, "n": { "$sum": 1 }, "some": { "$firstN": { "input": "$_id", "n": SHOWN } } } },
            ];
            let Some(row) = house.store.aggregate(&chunks, pipeline).await?.pop() else { continue };
            let n = crate::store::inspect::number(row.get("n"));
            let some: Vec<Bson> = row.get_array("some").cloned().unwrap_or_default();
            let tenants = own.map(|own| self.tenants.names(&[own])).unwrap_or_default();
            let finding = Finding::new(&rules::CHUNK, Place::from(&chunks), tenants, &bucket)
                .documents(n, some.iter().map(plain).collect())
                .evidence(format!("chunks of {} that are not in {files}", count(n, "file")))
                .query(Self::look(&chunks, &doc! { "files_id": { "$in": some } }, &["files_id", "n"]));
            self.found(finding);
        }
        Ok(())
    }
}
