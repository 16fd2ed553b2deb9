//! What was seen in a database, and the same as columns: the values at each path, document by document.

use std::collections::BTreeSet;

use bson::{Bson, Document};

/// What was seen of one collection.
#[derive(Debug, Clone, Default)]
pub struct CollectionFacts {
    /// Its name.
    pub name: String,
    /// How many documents it has, about.
    pub count: u64,
    /// Some of them; none where nobody looked into it.
    pub sample: Vec<Document>,
    /// Its indexes, as `listIndexes` tells them.
    pub indexes: Vec<Document>,
}

/// What was seen of one database.
#[derive(Debug, Clone, Default)]
pub struct DatabaseFacts {
    /// Its name.
    pub name: String,
    /// Its collections, without views, MongoDB's own and flowbit's own.
    pub collections: Vec<CollectionFacts>,
}

impl DatabaseFacts {
    /// Whether there is nothing to learn from it.
    pub fn is_empty(&self) -> bool {
        self.collections.iter().all(|collection| collection.count == 0 && collection.sample.is_empty())
    }

    /// Whether there is a collection of this name.
    pub fn has(&self, name: &str) -> bool {
        self.collections.iter().any(|collection| collection.name == name)
    }
}

/// What was seen of the registry file beside the description.
#[derive(Debug, Clone)]
pub struct RegistryFacts {
    /// The path as the description will name it.
    pub file: String,
    /// The tenants in it, or what is wrong with it.
    pub tenants: Result<Vec<String>, String>,
}

/// Everything that was seen.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The database that the description is about.
    pub master: DatabaseFacts,
    /// The names of all other databases but MongoDB's own.
    pub databases: Vec<String>,
    /// Databases that may be tenants'.
    pub tenants: Vec<DatabaseFacts>,
    /// The registry file, if there is one.
    pub registry: Option<RegistryFacts>,
}

/// The values at one path, one for each document that was seen.
#[derive(Debug, Clone)]
pub(super) struct Column<'a> {
    pub path: String,
    pub cells: Vec<Option<&'a Bson>>,
}

impl<'a> Column<'a> {
    /// In how many documents the path exists.
    pub fn present(&self) -> usize {
        self.cells.iter().flatten().count()
    }

    /// The values that are not null.
    pub fn filled(&self) -> impl Iterator<Item = &'a Bson> {
        self.cells.iter().flatten().copied().filter(|value| **value != Bson::Null)
    }

    /// The values that are text.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> {
        self.filled().filter_map(Bson::as_str)
    }

    /// The different texts.
    pub fn words(&self) -> BTreeSet<&'a str> {
        self.texts().collect()
    }

    /// The text of one document.
    pub fn text(&self, row: usize) -> Option<&'a str> {
        self.cells.get(row).copied().flatten().and_then(Bson::as_str)
    }

    /// Whether there is a value, and every value is of this kind.
    pub fn all(&self, test: impl Fn(&Bson) -> bool) -> bool {
        self.filled().next().is_some() && self.filled().all(test)
    }

    /// Whether every value is text.
    pub fn is_text(&self) -> bool {
        self.all(|value| matches!(value, Bson::String(_)))
    }

    /// Whether the path exists in at least this share of the documents, in tenths.
    pub fn in_tenths(&self, tenths: usize) -> bool {
        self.present() * 10 >= self.cells.len() * tenths && self.present() > 0
    }

    /// Whether no two documents have the same text here; a few may, because backends lose track.
    pub fn tells_apart(&self) -> bool {
        let (all, different) = (self.texts().count(), self.words().len());
        self.is_text() && different * 10 >= all * 9
    }

    /// The value that every document with this path has.
    pub fn constant(&self) -> Option<&'a Bson> {
        let first = self.cells.iter().flatten().next()?;
        self.cells.iter().flatten().all(|value| value == first).then_some(*first)
    }

    /// The last part of the path, lower case, letters and digits only: `created_at` and `createdAt` are one word.
    pub fn leaf(&self) -> String {
        leaf(&self.path)
    }
}

/// The last part of a path as a word.
pub(super) fn leaf(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_lowercase()
}

/// A collection as columns.
#[derive(Debug, Clone)]
pub(super) struct Sheet<'a> {
    pub name: &'a str,
    pub facts: &'a CollectionFacts,
    /// In the order in which the paths were first met.
    pub columns: Vec<Column<'a>>,
    /// Paths that lead through arrays, with all values there.
    pub inside: Vec<(String, Vec<&'a Bson>)>,
}

impl<'a> Sheet<'a> {
    /// The columns of a collection's sample.
    pub fn of(facts: &'a CollectionFacts) -> Self {
        Self::of_rows(facts, |_| true)
    }

    /// The columns of those documents of the sample that are wanted.
    pub fn of_rows(facts: &'a CollectionFacts, wanted: impl Fn(&Document) -> bool) -> Self {
        let mut sheet = Self { name: &facts.name, facts, columns: Vec::new(), inside: Vec::new() };
        let documents: Vec<&'a Document> = facts.sample.iter().filter(|document| wanted(document)).collect();
        for (row, document) in documents.iter().enumerate() {
            sheet.lay(document, "", row, documents.len());
        }
        sheet
    }

    fn lay(&mut self, document: &'a Document, before: &str, row: usize, rows: usize) {
        for (key, value) in document {
            // A key with a dot cannot be told from a path.
            if key.is_empty() || key.contains(['.', '$', '\0']) {
                continue;
            }
            let path = format!("{before}{key}");
            match value {
                Bson::Document(inner) if !inner.is_empty() => self.lay(inner, &format!("{path}."), row, rows),
                _ => {
                    if let Bson::Array(items) = value {
                        self.lay_inside(items, &path);
                    }
                    self.put(path, row, rows, value);
                }
            }
        }
    }

    fn put(&mut self, path: String, row: usize, rows: usize, value: &'a Bson) {
        let at = self.columns.iter().position(|column| column.path == path).unwrap_or_else(|| {
            self.columns.push(Column { path, cells: vec![None; rows] });
            self.columns.len() - 1
        });
        if let Some(cell) = self.columns[at].cells.get_mut(row) {
            *cell = Some(value);
        }
    }

    fn lay_inside(&mut self, items: &'a [Bson], path: &str) {
        for item in items {
            match item {
                Bson::Document(inner) => {
                    for (key, value) in inner.iter().filter(|(key, _)| !key.contains('.')) {
                        self.put_inside(format!("{path}.{key}"), value);
                    }
                }
                other => self.put_inside(path.to_owned(), other),
            }
        }
    }

    fn put_inside(&mut self, path: String, value: &'a Bson) {
        match self.inside.iter_mut().find(|(known, _)| *known == path) {
            Some((_, values)) => values.push(value),
            None => self.inside.push((path, vec![value])),
        }
    }

    /// How many documents were seen.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// Whether the sample is the whole collection.
    pub fn is_whole(&self) -> bool {
        u64::try_from(self.facts.sample.len()).unwrap_or(u64::MAX) >= self.facts.count
    }

    /// The column at a path.
    pub fn column(&self, path: &str) -> Option<&Column<'a>> {
        self.columns.iter().find(|column| column.path == path)
    }

    /// The column whose last word is one of these, the first word first.
    pub fn by_word(&self, words: &[&str]) -> Option<&Column<'a>> {
        words.iter().find_map(|word| self.columns.iter().find(|column| column.leaf() == *word))
    }
}
