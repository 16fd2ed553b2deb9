//! A page of entries, one entry, and what reading them costs.

use bson::{Bson, Document, doc};

use super::ask::{Asked, readings};
use super::names::Names;
use crate::domain::audit::{Entry, Trail};
use crate::domain::plan::Namespace;
use crate::error::{Error, Result, code};
use crate::ops::House;

/// Entries, and what is known about them.
#[derive(Debug)]
pub struct Page {
    /// In the order in which they were asked for.
    pub entries: Vec<Entry>,
    /// Whether there are more.
    pub more: bool,
    /// Whom they mention.
    pub names: Names,
    /// What the question costs for want of an index: how many entries the server reads, roughly.
    pub scans: Option<u64>,
}

/// How a page is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Paging {
    /// At most so many entries.
    pub limit: u32,
    /// The oldest first.
    pub oldest_first: bool,
    /// Whether names are looked up.
    pub resolve: bool,
}

impl House<'_> {
    /// Where the audit trail is.
    pub fn trail_ns(&self, trail: &Trail) -> Namespace {
        self.master(&trail.collection)
    }

    /// The entries that are asked for, by time.
    ///
    /// # Errors
    /// What the server says.
    pub async fn trail_page(&self, trail: &Trail, asked: &Asked, paging: Paging) -> Result<Page> {
        let ns = self.trail_ns(trail);
        let page = async {
            let filter = self.trail_filter(trail, asked).await?;
            let mut sort = Document::new();
            sort.insert(trail.time.as_str(), if paging.oldest_first { 1 } else { -1 });
            let found = self.store.page(&ns, filter, sort, paging.limit.saturating_add(1)).await;
            found.map_err(|failure| failure.into_error("reading the audit trail"))
        };
        let (found, scans) = tokio::join!(page, self.trail_scans(trail, asked.org.is_some()));
        let mut found = found?;
        let limit = usize::try_from(paging.limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let entries: Vec<Entry> = found.into_iter().map(|document| trail.entry(document)).collect();
        let names = match paging.resolve {
            true => self.names_of(trail, &entries, asked.org.as_ref()).await?,
            false => Names::default(),
        };
        Ok(Page { entries, more, names, scans: scans? })
    }

    /// The entry of this identifier.
    ///
    /// # Errors
    /// `E0210`.
    pub async fn load_entry(&self, trail: &Trail, typed: &str) -> Result<Entry> {
        let ns = self.trail_ns(trail);
        let filter = doc! { "_id": { "$in": readings(typed) } };
        let found = self.store.page(&ns, filter, Document::new(), 1).await;
        match found.map_err(|failure| failure.into_error("reading the audit trail"))?.pop() {
            Some(document) => Ok(trail.entry(document)),
            None => Err(Error::new(&code::ENTRY_NOT_FOUND, format!("there is no entry {typed:?} in {ns}"))
                .next("flowbit audit query --all --since start   # shows entries with -o name or -o json")),
        }
    }

    /// How many entries are read, roughly, because no index begins with what is asked for; none where one does.
    pub async fn trail_scans(&self, trail: &Trail, of_one: bool) -> Result<Option<u64>> {
        let ns = self.trail_ns(trail);
        let reading = |failure: crate::store::Failure| failure.into_error("reading the indexes of the audit trail");
        let indexes = self.store.indexes(&ns).await.map_err(reading)?;
        let tenant = trail.tenant.as_deref().filter(|_| of_one);
        if indexes.iter().any(|index| serves(index, tenant, &trail.time)) {
            return Ok(None);
        }
        let n = self.store.rough_count(&ns).await.map_err(reading)?;
        Ok((n > 0).then_some(n))
    }
}

/// Whether an index finds entries of a tenant, or of all, by time: whatever the direction, and whatever comes after.
pub(super) fn serves(index: &Document, tenant: Option<&str>, time: &str) -> bool {
    let hidden = index.get_bool("hidden").unwrap_or(false) || index.get_bool("sparse").unwrap_or(false);
    let partial = index.contains_key("partialFilterExpression");
    let simple = index.get_document("collation").is_ok_and(|c| c.get_str("locale").unwrap_or_default() != "simple");
    let Ok(keys) = index.get_document("key") else { return false };
    let ordered = |value: &Bson| matches!(value, Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_));
    let wanted: Vec<&str> = tenant.into_iter().chain([time]).collect();
    let mut first = keys.iter().take(wanted.len());
    let same = keys.len() >= wanted.len()
        && wanted.iter().all(|path| first.next().is_some_and(|(key, value)| key == path && ordered(value)));
    same && !hidden && !partial && !simple
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_serves_by_what_it_begins_with() {
        let of = |keys: Document| doc! { "key": keys, "name": "x" };
        assert!(serves(&of(doc! { "t": 1, "at": -1 }), Some("t"), "at"));
        assert!(serves(&of(doc! { "t": -1.0, "at": 1, "action": 1 }), Some("t"), "at"));
        assert!(!serves(&of(doc! { "t": 1 }), Some("t"), "at"));
        assert!(!serves(&of(doc! { "at": -1, "t": 1 }), Some("t"), "at"));
        assert!(!serves(&of(doc! { "t": "hashed", "at": 1 }), Some("t"), "at"));
        assert!(serves(&of(doc! { "at": -1, "t": 1 }), None, "at"));
        let mut partial = of(doc! { "t": 1, "at": -1 });
        partial.insert("partialFilterExpression", doc! { "x": 1 });
        assert!(!serves(&partial, Some("t"), "at"));
    }
}
