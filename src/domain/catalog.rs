//! What a database contains, as values: collections, views, their options and sizes.

use bson::{Bson, Document, Uuid};

/// What kind of thing a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionKind {
    /// An ordinary collection.
    Collection,
    /// A view.
    View,
    /// Something that cannot be renamed (time series).
    Other,
}

/// One entry of `listCollections`.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionInfo {
    /// Name within its database.
    pub name: String,
    /// Collection or view.
    pub kind: CollectionKind,
    /// Identity of a collection; views have none.
    pub uuid: Option<Uuid>,
    /// Validator, collation, capped and so on; `viewOn` and `pipeline` for a view.
    pub options: Document,
}

/// What stands in front of the operation's identifier in the comment of a sentry view.
pub const SENTRY_MARK: &str = "flowbit:sentry:";

impl CollectionInfo {
    /// The operation that put this sentry view here, if it is one.
    pub fn sentry_of(&self) -> Option<&str> {
        let pipeline = self.options.get_array("pipeline").ok()?;
        pipeline.iter().find_map(|stage| {
            let comment = stage.as_document()?.get_document("$match").ok()?.get_str("$comment").ok()?;
            comment.strip_prefix(SENTRY_MARK)
        })
    }

    /// The view that it is.
    pub fn view(&self) -> Option<super::plan::View> {
        let on = self.options.get_str("viewOn").ok()?.to_owned();
        let collation = self.options.get_document("collation").ok().cloned();
        Some(super::plan::View { on, pipeline: self.pipeline(), collation })
    }

    /// The pipeline of a view.
    pub fn pipeline(&self) -> Vec<Document> {
        let stages = self.options.get_array("pipeline").cloned().unwrap_or_default();
        stages.into_iter().filter_map(|stage| if let Bson::Document(d) = stage { Some(d) } else { None }).collect()
    }
}

/// How much a collection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct StoreStats {
    /// Number of documents, by the server's count.
    pub documents: u64,
    /// Bytes of the documents, uncompressed.
    pub bytes: u64,
    /// Number of indexes.
    pub indexes: u64,
}

impl std::ops::AddAssign for StoreStats {
    fn add_assign(&mut self, other: Self) {
        self.documents += other.documents;
        self.bytes += other.bytes;
        self.indexes += other.indexes;
    }
}
