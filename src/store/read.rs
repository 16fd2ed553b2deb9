//! Reading: what is there.

use std::time::Duration;

use bson::{Bson, Document, Uuid, doc};
use futures_util::TryStreamExt;

use super::failure::server;
use super::{Failure, Store};
use crate::domain::catalog::{CollectionInfo, CollectionKind, StoreStats};
use crate::domain::plan::Namespace;

impl Store {
    /// The first matching document.
    pub async fn find_one(
        &self,
        ns: &Namespace,
        filter: Document,
        projection: Option<Document>,
    ) -> Result<Option<Document>, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let mut find = collection.find_one(filter);
        if let Some(projection) = projection {
            find = find.projection(projection);
        }
        Ok(find.await?)
    }

    /// All matching documents.
    pub async fn find(
        &self,
        ns: &Namespace,
        filter: Document,
        projection: Option<Document>,
        sort: Option<Document>,
    ) -> Result<Vec<Document>, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let mut find = collection.find(filter).batch_size(10_000);
        if let Some(projection) = projection {
            find = find.projection(projection);
        }
        if let Some(sort) = sort {
            find = find.sort(sort);
        }
        Ok(find.await?.try_collect().await?)
    }

    /// How many documents match.
    pub async fn count(&self, ns: &Namespace, filter: Document) -> Result<u64, Failure> {
        Ok(self.database(&ns.db).collection::<Document>(&ns.coll).count_documents(filter).await?)
    }

    /// Whether any document matches.
    pub async fn exists(&self, ns: &Namespace, filter: Document) -> Result<bool, Failure> {
        Ok(self.find_one(ns, filter, Some(doc! { "_id": 1 })).await?.is_some())
    }

    /// The values at a path, each once.
    pub async fn distinct(&self, ns: &Namespace, path: &str) -> Result<Vec<Bson>, Failure> {
        // As a pipeline: the answer of the command of this name has to fit into one document.
        let pipeline = [doc! { "$group": { "_id": format!("${path}") } }];
        let cursor = self.database(&ns.db).collection::<Document>(&ns.coll).aggregate(pipeline).await?;
        let groups: Vec<Document> = cursor.try_collect().await?;
        Ok(groups.into_iter().filter_map(|mut group| group.remove("_id")).collect())
    }

    /// For each text at `key`, the first text at `value` of a document that has one.
    pub async fn first_by(&self, ns: &Namespace, key: &str, value: &str) -> Result<Vec<(String, String)>, Failure> {
        let mut filter = Document::new();
        filter.insert(value, doc! { "$type": "string" });
        let pipeline = [
            doc! { "$match": filter },
            doc! { "$group": { "_id": format!("${key}"), "value": { "$first": format!("${value}") } } },
        ];
        let cursor = self.database(&ns.db).collection::<Document>(&ns.coll).aggregate(pipeline).await?;
        let groups: Vec<Document> = cursor.try_collect().await?;
        let texts = |d: &Document| Some((d.get_str("_id").ok()?.to_owned(), d.get_str("value").ok()?.to_owned()));
        Ok(groups.iter().filter_map(texts).collect())
    }

    /// Bytes that are free on the disk of a database, where the server says so.
    pub async fn free_bytes(&self, db: &str) -> Result<Option<u64>, Failure> {
        let stats = self.database(db).run_command(doc! { "dbStats": 1 }).await?;
        let (total, used) = (whole(stats.get("fsTotalSize")), whole(stats.get("fsUsedSize")));
        Ok((total > 0).then(|| total.saturating_sub(used)))
    }

    /// The names of all databases.
    pub async fn databases(&self) -> Result<Vec<String>, Failure> {
        let reply = self.database("admin").run_command(doc! { "listDatabases": 1, "nameOnly": true }).await?;
        let list = reply.get_array("databases").cloned().unwrap_or_default();
        Ok(list.iter().filter_map(|db| Some(db.as_document()?.get_str("name").ok()?.to_owned())).collect())
    }

    /// Collections and views of a database, with options.
    pub async fn catalog(&self, db: &str) -> Result<Vec<CollectionInfo>, Failure> {
        self.list(db, doc! {}).await
    }

    /// The collection or view of this name.
    pub async fn at(&self, ns: &Namespace) -> Result<Option<CollectionInfo>, Failure> {
        Ok(self.list(&ns.db, doc! { "name": &ns.coll }).await?.pop())
    }

    /// The collection with this identity, wherever it is in the database.
    pub async fn by_uuid(&self, db: &str, uuid: Uuid) -> Result<Option<CollectionInfo>, Failure> {
        Ok(self.list(db, doc! { "info.uuid": uuid }).await?.pop())
    }

    /// The same, looked for first where it may well be: the server finds a name at once, and an identity only by going
    /// through all collections.
    pub async fn by_uuid_near(&self, guesses: &[&Namespace], uuid: Uuid) -> Result<Option<CollectionInfo>, Failure> {
        for guess in guesses {
            if let Some(info) = self.at(guess).await?.filter(|info| info.uuid == Some(uuid)) {
                return Ok(Some(info));
            }
        }
        match guesses.first() {
            Some(guess) => self.by_uuid(&guess.db, uuid).await,
            None => Ok(None),
        }
    }

    async fn list(&self, db: &str, filter: Document) -> Result<Vec<CollectionInfo>, Failure> {
        let cursor = self
            .database(db)
            .run_cursor_command(doc! { "listCollections": 1, "filter": filter, "cursor": { "batchSize": 10_000 } })
            .await?;
        let entries: Vec<Document> = cursor.try_collect().await?;
        let mut catalog: Vec<CollectionInfo> =
            entries.iter().map(info_of).filter(|info| !info.name.starts_with("system.")).collect();
        catalog.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(catalog)
    }

    /// Whether any document matches when letters are compared without regard to case.
    pub async fn exists_ignoring_case(&self, ns: &Namespace, filter: Document) -> Result<bool, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        Ok(collection.find_one(filter).collation(caseless()).projection(doc! { "_id": 1 }).await?.is_some())
    }

    /// All documents that match when letters are compared without regard to case.
    pub async fn find_ignoring_case(&self, ns: &Namespace, filter: Document) -> Result<Vec<Document>, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        Ok(collection.find(filter).collation(caseless()).await?.try_collect().await?)
    }

    /// The indexes of a collection, as `listIndexes` tells them.
    pub async fn indexes(&self, ns: &Namespace) -> Result<Vec<Document>, Failure> {
        let cursor = self.database(&ns.db).run_cursor_command(doc! { "listIndexes": &ns.coll, "cursor": {} }).await;
        match cursor {
            Ok(cursor) => Ok(cursor.try_collect().await?),
            Err(error) => {
                let failure = Failure::from(error);
                if failure.is(server::NAMESPACE_NOT_FOUND) { Ok(Vec::new()) } else { Err(failure) }
            }
        }
    }

    /// How much a collection holds.
    pub async fn stats(&self, ns: &Namespace) -> Result<StoreStats, Failure> {
        let pipeline = [doc! { "$collStats": { "storageStats": {} } }];
        let mut cursor = self.database(&ns.db).collection::<Document>(&ns.coll).aggregate(pipeline).await?;
        let Some(answer) = cursor.try_next().await? else { return Ok(StoreStats::default()) };
        let storage = answer.get_document("storageStats").cloned().unwrap_or_default();
        Ok(StoreStats {
            documents: whole(storage.get("count")),
            bytes: whole(storage.get("size")),
            indexes: whole(storage.get("nindexes")),
        })
    }

    /// How many documents of `left` are not in `right`, or not with this content.
    pub async fn count_differing(&self, left: &Namespace, right: &str, limit: Duration) -> Result<i64, Failure> {
        self.count_joined(left, right, "$eq", doc! { "__flowbit_joined": [] }, limit).await
    }

    /// How many documents of `left` are in `right` with another content.
    pub async fn count_contradicting(&self, left: &Namespace, right: &str, limit: Duration) -> Result<i64, Failure> {
        self.count_joined(left, right, "$ne", doc! { "__flowbit_joined": { "$ne": [] } }, limit).await
    }

    async fn count_joined(
        &self,
        left: &Namespace,
        right: &str,
        compare: &str,
        keep: Document,
        limit: Duration,
    ) -> Result<i64, Failure> {
        // The whole documents are compared on the server's side of the join; only identities travel.
        let mut comparison = Document::new();
        comparison.insert(compare, ["$$ROOT", "$$mine"]);
        let pipeline = [
            doc! { "$lookup": {
                "from": right, "localField": "_id", "foreignField": "_id", "let": { "mine": "$$ROOT" },
                "pipeline": [{ "$match": { "$expr": comparison } }, { "$project": { "_id": 1 } }], "as": "__flowbit_joined",
            } },
            doc! { "$match": keep },
            doc! { "$count": "n" },
        ];
        let mut cursor =
            self.database(&left.db).collection::<Document>(&left.coll).aggregate(pipeline).max_time(limit).await?;
        let answer = cursor.try_next().await?;
        Ok(answer.map_or(0, |d| i64::try_from(whole(d.get("n"))).unwrap_or(i64::MAX)))
    }

    /// Asks with a rename that cannot happen.
    pub(super) async fn probe_uuid_guard(&self) -> Result<bool, Failure> {
        let probe = Namespace::new(self.master(), format!("flowbit_probe_{}", bson::oid::ObjectId::new().to_hex()));
        let command = doc! {
            "renameCollection": probe.to_string(),
            "to": format!("{probe}_to"),
            "collectionUUID": Uuid::new(),
        };
        match self.database("admin").run_command(command).await.map_err(Failure::from) {
            Err(failure) if failure.is(server::UUID_MISMATCH) => Ok(true),
            Err(failure) if failure.is_transient() || failure.is(server::UNAUTHORIZED) => Err(failure),
            _ => Ok(false),
        }
    }

    /// The running commands whose comment starts with this text: operation identifier and comment.
    pub async fn commands_of(&self, comment_prefix: &str) -> Result<Vec<(Bson, String)>, Failure> {
        let prefix = format!("^{comment_prefix}");
        let mut pipeline = vec![
            doc! { "$currentOp": { "allUsers": true } },
            doc! { "$match": { "command.comment": { "$regex": &prefix }, "active": true } },
        ];
        let admin = self.database("admin");
        // The one question that the server answers only with a local read concern.
        let local = mongodb::options::ReadConcern::local();
        let cursor = match admin.aggregate(pipeline.clone()).read_concern(local.clone()).await {
            Ok(cursor) => cursor,
            Err(error) if Failure::from(error.clone()).is(server::UNAUTHORIZED) => {
                // Without the right to see everybody's commands we see our own user's, which the dead runner was.
                pipeline[0] = doc! { "$currentOp": { "allUsers": false } };
                admin.aggregate(pipeline).read_concern(local).await?
            }
            Err(error) => return Err(error.into()),
        };
        let found: Vec<Document> = cursor.try_collect().await?;
        Ok(found
            .iter()
            .filter_map(|op| {
                let comment = op.get_document("command").ok()?.get_str("comment").ok()?;
                Some((op.get("opid")?.clone(), comment.to_owned()))
            })
            .collect())
    }

    /// Ends a running command. Not a change of data, so it does not pass the door.
    pub async fn kill(&self, opid: Bson) -> Result<(), Failure> {
        self.database("admin").run_command(doc! { "killOp": 1, "op": opid }).await?;
        Ok(())
    }

    /// Ends a session of an earlier runner, and with it the transaction it left open and that transaction's locks.
    pub async fn end_session(&self, session: &Document) -> Result<(), Failure> {
        match self
            .database("admin")
            .run_command(doc! { "killSessions": [session.clone()] })
            .await
            .map_err(Failure::from)
        {
            // Not ours to end: its locks go when the server ends the transaction, a minute after its beginning.
            Err(failure) if failure.is(server::UNAUTHORIZED) => Ok(()),
            other => other.map(drop),
        }
    }

    /// The server's clock.
    pub async fn server_time(&self) -> Result<bson::DateTime, Failure> {
        let hello = self.database("admin").run_command(doc! { "hello": 1 }).await?;
        Ok(hello.get_datetime("localTime").copied().unwrap_or_else(|_| bson::DateTime::now()))
    }
}

fn caseless() -> mongodb::options::Collation {
    mongodb::options::Collation::builder().locale("en").strength(mongodb::options::CollationStrength::Secondary).build()
}

fn info_of(entry: &Document) -> CollectionInfo {
    let kind = match entry.get_str("type") {
        Ok("collection") => CollectionKind::Collection,
        Ok("view") => CollectionKind::View,
        _ => CollectionKind::Other,
    };
    let uuid = entry.get_document("info").ok().and_then(|info| match info.get("uuid") {
        Some(Bson::Binary(binary)) => binary.to_uuid().ok(),
        _ => None,
    });
    CollectionInfo {
        name: entry.get_str("name").unwrap_or_default().to_owned(),
        kind,
        uuid,
        options: entry.get_document("options").cloned().unwrap_or_default(),
    }
}

/// A count that the server may give as any kind of number.
pub(super) fn whole(value: Option<&Bson>) -> u64 {
    match value {
        Some(Bson::Int32(n)) => u64::try_from(*n).unwrap_or_default(),
        Some(Bson::Int64(n)) => u64::try_from(*n).unwrap_or_default(),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts above 2^53 do not occur; negative ones saturate to 0"
        )]
        Some(Bson::Double(n)) => *n as u64,
        _ => 0,
    }
}
