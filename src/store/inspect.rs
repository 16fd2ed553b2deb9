//! Looking closely: aggregations over whole collections, samples, and what the user may do. Reads and nothing else.

use std::time::Duration;

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use futures_util::TryStreamExt;

use super::{Failure, Store};
use crate::domain::plan::Namespace;

/// How long one look at a collection may take.
const LIMIT: Duration = Duration::from_secs(600);

/// By what the server's operators know these reads.
const COMMENT: &str = "flowbit doctor";

/// What a user may do with one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Privilege {
    /// The database, empty for every one; none for the cluster.
    pub db: Option<String>,
    /// The collection, empty for every one; none for the cluster.
    pub collection: Option<String>,
    /// Everything there is.
    pub anything: bool,
    /// The actions.
    pub actions: Vec<String>,
}

/// Who is logged in, and what they may do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Login {
    /// Name and database of the users; nobody where the server has no access control, or nobody logged in.
    pub users: Vec<(String, String)>,
    /// Their privileges.
    pub privileges: Vec<Privilege>,
}

impl Login {
    /// Whether an action is allowed on every collection of a database.
    pub fn may(&self, db: &str, action: &str) -> bool {
        self.privileges.iter().filter(|p| p.actions.iter().any(|a| a == action)).any(|p| {
            let there = p.db.as_deref().is_some_and(|name| name.is_empty() || name == db);
            p.anything || (there && p.collection.as_deref() == Some(""))
        })
    }

    /// Whether an action is allowed on the cluster.
    pub fn may_on_cluster(&self, action: &str) -> bool {
        let privileges = self.privileges.iter().filter(|p| p.actions.iter().any(|a| a == action));
        privileges.into_iter().any(|p| p.anything || p.db.is_none())
    }

    fn read(reply: &Document) -> Self {
        let info = reply.get_document("authInfo").cloned().unwrap_or_default();
        let documents = |field: &str| -> Vec<Document> {
            let all = info.get_array(field).cloned().unwrap_or_default();
            all.into_iter().filter_map(|item| item.as_document().cloned()).collect()
        };
        let text = |d: &Document, field: &str| d.get_str(field).ok().map(str::to_owned);
        let users = documents("authenticatedUsers");
        let users = users.iter().filter_map(|u| Some((text(u, "user")?, text(u, "db")?))).collect();
        Self { users, privileges: privileges(&info, "authenticatedUserPrivileges") }
    }
}

/// The privileges that an answer lists under a name.
pub(super) fn privileges(answer: &Document, name: &str) -> Vec<Privilege> {
    let text = |d: &Document, field: &str| d.get_str(field).ok().map(str::to_owned);
    let privilege = |p: &Document| {
        let resource = p.get_document("resource").ok()?;
        let actions = p.get_array("actions").ok()?;
        Some(Privilege {
            db: text(resource, "db"),
            collection: text(resource, "collection"),
            anything: resource.get_bool("anyResource").unwrap_or(false),
            actions: actions.iter().filter_map(|a| a.as_str().map(str::to_owned)).collect(),
        })
    };
    answer.get_array(name).into_iter().flatten().filter_map(|item| privilege(item.as_document()?)).collect()
}

/// A count in an answer; the server may give it as any kind of number.
pub fn number(value: Option<&Bson>) -> u64 {
    super::read::whole(value)
}

impl Store {
    /// What a pipeline gives. It may use the server's disk, and has ten minutes.
    pub async fn aggregate(&self, ns: &Namespace, pipeline: Vec<Document>) -> Result<Vec<Document>, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let aggregate = collection.aggregate(pipeline).allow_disk_use(true).max_time(LIMIT).comment(COMMENT);
        Ok(aggregate.await?.try_collect().await?)
    }

    /// The first matching documents, at most so many.
    pub async fn first(
        &self,
        ns: &Namespace,
        filter: Document,
        projection: Document,
        limit: i64,
    ) -> Result<Vec<Document>, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let find = collection.find(filter).projection(projection).limit(limit).max_time(LIMIT).comment(COMMENT);
        Ok(find.await?.try_collect().await?)
    }

    /// The identifiers of the first matching documents, at most so many.
    pub async fn first_ids(&self, ns: &Namespace, filter: Document, limit: i64) -> Result<Vec<Bson>, Failure> {
        let found = self.first(ns, filter, doc! { "_id": 1 }, limit).await?;
        Ok(found.into_iter().filter_map(|mut document| document.remove("_id")).collect())
    }

    /// Shows each document of a collection, or of a sample where it has more than `limit`. Gives how many were shown,
    /// and whether those were all.
    pub async fn look_through(
        &self,
        ns: &Namespace,
        limit: u32,
        mut each: impl FnMut(&Document),
    ) -> Result<(u64, bool), Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let whole = collection.estimated_document_count().await? <= u64::from(limit);
        let stage = if whole {
            doc! { "$limit": i64::from(limit) + 1 }
        } else {
            doc! { "$sample": { "size": limit } }
        };
        let aggregate = collection.aggregate([stage]).allow_disk_use(true).max_time(LIMIT).comment(COMMENT);
        let mut cursor = aggregate.await?;
        let mut shown = 0;
        while let Some(document) = cursor.try_next().await? {
            each(&document);
            shown += 1;
        }
        Ok((shown, whole))
    }

    /// Shows each matching document as it is on the wire, in the order in which they are stored; says how many there were.
    pub async fn each_raw(
        &self,
        ns: &Namespace,
        filter: Document,
        mut each: impl FnMut(&RawDocument),
    ) -> Result<u64, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        let find = collection.find(filter).batch_size(5_000).no_cursor_timeout(true).comment(COMMENT);
        let mut cursor = find.await?;
        let mut shown = 0;
        while cursor.advance().await? {
            shown += 1;
            each(cursor.current());
        }
        Ok(shown)
    }

    /// Who is logged in, and what they may do.
    pub async fn login(&self) -> Result<Login, Failure> {
        let reply = self.database("admin").run_command(doc! { "connectionStatus": 1, "showPrivileges": true }).await?;
        Ok(Login::read(&reply))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileges_cover_what_they_name() {
        let reply = doc! { "authInfo": {
            "authenticatedUsers": [{ "user": "ops", "db": "admin" }],
            "authenticatedUserPrivileges": [
                { "resource": { "db": "m", "collection": "" }, "actions": ["find"] },
                { "resource": { "db": "m", "collection": "users" }, "actions": ["insert"] },
                { "resource": { "cluster": true }, "actions": ["inprog"] },
            ],
        } };
        let login = Login::read(&reply);
        assert_eq!(login.users, [("ops".to_owned(), "admin".to_owned())]);
        assert!(login.may("m", "find") && !login.may("other", "find"));
        assert!(!login.may("m", "insert"), "on one collection only");
        assert!(login.may_on_cluster("inprog") && !login.may_on_cluster("find"));
    }
}
