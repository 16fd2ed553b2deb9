//! Where in a TOML text each field stands: from a place to the field, and from a field to its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The fields of a text, with the bytes that their keys and values take.
#[derive(Debug)]
pub(super) struct Places<'t> {
    text: &'t str,
    fields: Vec<Place>,
    /// Whether it is TOML at all; otherwise what was made of it by guessing is not to be trusted.
    whole: bool,
}

#[derive(Debug)]
struct Place {
    field: String,
    key: Range<usize>,
    value: Range<usize>,
}

impl<'t> Places<'t> {
    /// Reads as much of a text as can be read.
    pub(super) fn read(text: &'t str) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut places = Self { text, fields: Vec::new(), whole: errors.is_empty() };
        places.table("", root.get_ref());
        places
    }

    fn table(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = shown(key.get_ref());
            let field = if path.is_empty() { name } else { format!("{path}.{name}") };
            self.value(field, key.span(), value);
        }
    }

    fn value(&mut self, field: String, key: Range<usize>, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(&field, table),
            DeValue::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.value(format!("{field}[{i}]"), item.span(), item);
                }
            }
            _ => {}
        }
        self.fields.push(Place { field, key, value: value.span() });
    }

    /// The innermost field that the byte at this offset belongs to.
    pub(super) fn field_at(&self, offset: usize) -> Option<String> {
        if !self.whole {
            return self.field_by_lines(offset);
        }
        let there = self.fields.iter().filter(|place| place.key.contains(&offset) || place.value.contains(&offset));
        there.max_by_key(|place| depth(&place.field)).map(|place| place.field.clone())
    }

    /// The table that takes exactly these bytes; none for the whole text.
    pub(super) fn table_at(&self, span: &Range<usize>) -> Option<&str> {
        self.fields.iter().find(|place| place.value == *span).map(|place| place.field.as_str())
    }

    /// The same for a text that breaks off somewhere: the last header and the key that the line begins with.
    fn field_by_lines(&self, offset: usize) -> Option<String> {
        let end = self.text.get(offset..)?.find('\n').map_or(self.text.len(), |at| offset + at);
        let lines: Vec<&str> = self.text.get(..end)?.lines().map(str::trim).collect();
        let header = lines.iter().rev().find(|line| line.starts_with('['));
        let table = header.map(|line| line.trim_matches(['[', ']', ' ']).to_owned());
        let last = lines.last()?;
        match last.split_once('=') {
            Some((key, _)) if !last.starts_with('[') && !key.trim().is_empty() => {
                Some(table.map_or_else(|| key.trim().to_owned(), |table| format!("{table}.{}", key.trim())))
            }
            _ => table,
        }
    }

    /// The offset of a field; of the table around it where it is missing.
    pub(super) fn offset_of(&self, field: &str) -> Option<usize> {
        let mut wanted = field;
        loop {
            if let Some(place) = self.fields.iter().find(|place| place.field == wanted) {
                return Some(place.key.start);
            }
            wanted = &wanted[..wanted.rfind(['.', '['])?];
        }
    }
}

fn depth(field: &str) -> usize {
    field.matches(['.', '[']).count()
}

/// A key as it is written in a path.
fn shown(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { format!("{key:?}") }
}

/// Line and column of an offset, both from one.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}
