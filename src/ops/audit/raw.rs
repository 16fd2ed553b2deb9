//! What stands in entries, read from their bytes: one notion of tenant and time for sealing and verifying.

use bson::{Bson, Document, RawDocument, doc, oid::ObjectId};

use crate::domain::rawdoc::{Element, Elements, alone, at};

/// The value at a path of an entry; null where there is none, or where the path leads elsewhere.
pub(super) fn value_at(entry: &RawDocument, path: &str) -> Bson {
    at(entry.as_bytes(), path).map_or(Bson::Null, |found| value(found).unwrap_or(Bson::Null))
}

fn value(found: Element<'_>) -> Option<Bson> {
    // What identifiers and tenants mostly are.
    match found.kind {
        0x07 => return found.value.try_into().ok().map(|bytes| Bson::ObjectId(ObjectId::from_bytes(bytes))),
        0x02 => {
            let text = found.value.get(4..found.value.len().checked_sub(1)?)?;
            return std::str::from_utf8(text).ok().map(|text| Bson::String(text.to_owned()));
        }
        _ => {}
    }
    let document = Document::from_reader(alone(found).as_slice()).ok()?;
    document.into_iter().next().map(|(_, value)| value)
}

fn millis(found: Element<'_>) -> Option<i64> {
    found.value.first_chunk().filter(|_| found.kind == 0x09).map(|bytes| i64::from_le_bytes(*bytes))
}

/// The time at a path, in milliseconds. Of several in an array the first: the server finds an entry by each of them.
pub(super) fn time_at(entry: &RawDocument, path: &str) -> Option<i64> {
    let found = at(entry.as_bytes(), path)?;
    if found.kind != 0x04 {
        return millis(found);
    }
    let mut items = Elements::of(found.value).ok()?;
    let mut earliest = None;
    while let Ok(Some(item)) = items.next() {
        earliest = [earliest, millis(item)].into_iter().flatten().min();
    }
    earliest
}

/// What tells tenants and identifiers apart: numbers of all types are one, as they are to the server.
pub(super) fn value_key(value: &Bson) -> Vec<u8> {
    #[allow(clippy::cast_possible_truncation, reason = "whole, and within what both hold exactly")]
    let value = match value {
        Bson::Int32(n) => Bson::Int64((*n).into()),
        Bson::Double(n) if n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 => Bson::Int64(*n as i64),
        Bson::Undefined => Bson::Null,
        other => other.clone(),
    };
    bson::serialize_to_vec(&doc! { "": value }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{DateTime, RawDocumentBuf};

    #[test]
    fn times_are_found_as_the_server_finds_them() {
        let (early, late) = (DateTime::from_millis(10), DateTime::from_millis(20));
        for (entry, expected) in [
            (doc! { "t": late }, Some(20)),
            (doc! { "t": [late, early, "x"] }, Some(10)),
            (doc! { "t": ["x"] }, None),
            (doc! { "t": "2026-01-01" }, None),
            (doc! {}, None),
        ] {
            assert_eq!(time_at(&RawDocumentBuf::try_from(&entry).unwrap(), "t"), expected, "{entry}");
        }
        assert_eq!(value_key(&Bson::from(7)), value_key(&Bson::from(7.0)));
        assert_ne!(value_key(&Bson::from(7)), value_key(&Bson::from("7")));
    }
}
