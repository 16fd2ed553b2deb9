//! Reading the audit trail: pages of entries, and counts that the server makes.

use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;

use super::{Failure, Store};
use crate::domain::extjson;
use crate::domain::plan::Namespace;

impl Store {
    /// The first matching documents in this order, at most so many.
    ///
    /// # Errors
    /// What the server says.
    pub async fn page(
        &self,
        ns: &Namespace,
        filter: Document,
        sort: Document,
        limit: u32,
    ) -> Result<Vec<Document>, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        // One batch, so that the answer is the only one and no cursor stays.
        let find = collection.find(filter).sort(sort).limit(i64::from(limit)).batch_size(limit);
        let found: Vec<RawDocumentBuf> = find.await?.try_collect().await?;
        // One entry with text that is none must not hide the others.
        Ok(found.iter().map(|raw| extjson::document(raw)).collect())
    }

    /// How many documents there are for each value of these expressions: the first `top` in this order. Each has `_id`
    /// with the values, and `count`. Beside them the number of documents, and that of groups.
    ///
    /// # Errors
    /// What the server says.
    pub async fn tally(
        &self,
        ns: &Namespace,
        filter: Document,
        by: Document,
        top: u32,
    ) -> Result<(Vec<Document>, u64, u64), Failure> {
        let pipeline = [
            doc! { "$match": filter },
            doc! { "$group": { "_id": by, "count": { "$sum": 1_i64 } } },
            doc! { "$facet": {
                "groups": [{ "$sort": { "count": -1, "_id": 1 } }, { "$limit": i64::from(top) }],
                "all": [{ "$group": { "_id": null, "documents": { "$sum": "$count" }, "groups": { "$sum": 1_i64 } } }],
            } },
        ];
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let aggregate = collection.aggregate(pipeline).allow_disk_use(true).with_type::<RawDocumentBuf>();
        let Some(answer) = aggregate.await?.try_next().await? else { return Ok((Vec::new(), 0, 0)) };
        let answer = extjson::document(&answer);
        let documents = |name: &str| -> Vec<Document> {
            let list = answer.get_array(name).cloned().unwrap_or_default();
            list.into_iter()
                .filter_map(|item| if let bson::Bson::Document(d) = item { Some(d) } else { None })
                .collect()
        };
        let all = documents("all").into_iter().next().unwrap_or_default();
        let whole = |name: &str| super::read::whole(all.get(name));
        Ok((documents("groups"), whole("documents"), whole("groups")))
    }
}
