//! Documents as they are on the wire, element by element, without a value made of any of them.

/// The bytes are no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// One element of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The type, as BSON numbers it.
    pub kind: u8,
    /// The name; not always UTF-8.
    pub name: &'a [u8],
    /// The value, whole, as it stands there.
    pub value: &'a [u8],
}

/// The elements of a document, in order.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

/// The number that four bytes are.
pub(super) fn length(bytes: &[u8]) -> Result<usize, Malformed> {
    let (head, _) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
    usize::try_from(i32::from_le_bytes(*head)).map_err(|_| Malformed)
}

/// How many bytes come before the NUL, and that there is one.
pub(in crate::domain) fn until_nul(bytes: &[u8]) -> Result<usize, Malformed> {
    bytes.iter().position(|byte| *byte == 0).ok_or(Malformed)
}

/// How many bytes the value has that these bytes begin with.
pub(in crate::domain) fn size(kind: u8, bytes: &[u8]) -> Result<usize, Malformed> {
    Ok(match kind {
        0x01 | 0x09 | 0x11 | 0x12 => 8,
        0x02 | 0x0D | 0x0E => length(bytes)?.checked_add(4).ok_or(Malformed)?,
        0x03 | 0x04 | 0x0F => length(bytes)?,
        0x05 => length(bytes)?.checked_add(5).ok_or(Malformed)?,
        0x06 | 0x0A | 0x7F | 0xFF => 0,
        0x07 => 12,
        0x08 => 1,
        0x0B => {
            let pattern = until_nul(bytes)? + 1;
            pattern + until_nul(&bytes[pattern..])? + 1
        }
        0x0C => length(bytes)?.checked_add(16).ok_or(Malformed)?,
        0x10 => 4,
        0x13 => 16,
        _ => return Err(Malformed),
    })
}

impl<'a> Elements<'a> {
    /// The elements of a document, or the items of an array.
    ///
    /// # Errors
    /// Where these bytes are not as long as they say, or do not end as a document does.
    pub fn of(document: &'a [u8]) -> Result<Self, Malformed> {
        if length(document)? != document.len() || document.len() < 5 {
            return Err(Malformed);
        }
        match &document[4..] {
            [rest @ .., 0] => Ok(Self { rest }),
            _ => Err(Malformed),
        }
    }

    /// The next one.
    ///
    /// # Errors
    /// Where the rest is no element.
    #[allow(clippy::should_implement_trait, reason = "what is malformed ends it with a failure, not with nothing")]
    pub fn next(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        let Some((kind, rest)) = self.rest.split_first() else { return Ok(None) };
        let name = until_nul(rest)?;
        let (name, rest) = (&rest[..name], &rest[name + 1..]);
        let size = size(*kind, rest)?;
        let (value, rest) = rest.split_at_checked(size).ok_or(Malformed)?;
        self.rest = rest;
        Ok(Some(Element { kind: *kind, name, value }))
    }

    /// The first one of this name.
    fn named(mut self, name: &str) -> Option<Element<'a>> {
        while let Ok(Some(element)) = self.next() {
            if element.name == name.as_bytes() {
                return Some(element);
            }
        }
        None
    }
}

/// What stands at a path, with dots where it leads into documents.
pub fn at<'a>(document: &'a [u8], path: &str) -> Option<Element<'a>> {
    let mut document = document;
    let mut path = path;
    loop {
        let elements = Elements::of(document).ok()?;
        let Some((head, rest)) = path.split_once('.') else { return elements.named(path) };
        let inner = elements.named(head).filter(|inner| inner.kind == 0x03)?;
        (document, path) = (inner.value, rest);
    }
}

/// The date at a path, in milliseconds since 1970.
pub fn date_at(document: &[u8], path: &str) -> Option<i64> {
    let found = at(document, path).filter(|found| found.kind == 0x09)?;
    found.value.first_chunk().map(|bytes| i64::from_le_bytes(*bytes))
}

/// The document that has one element only, such as an identifier alone.
pub fn alone(element: Element<'_>) -> Vec<u8> {
    let mut document = Vec::new();
    alone_into(element, &mut document);
    document
}

/// The same, behind what is in `document`.
pub fn alone_into(element: Element<'_>, document: &mut Vec<u8>) {
    let size = element.name.len() + element.value.len() + 7;
    document.reserve(size);
    document.extend_from_slice(&u32::try_from(size).unwrap_or_default().to_le_bytes());
    document.push(element.kind);
    document.extend_from_slice(element.name);
    document.push(0);
    document.extend_from_slice(element.value);
    document.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, doc};

    #[test]
    fn what_stands_at_a_path_is_found() {
        let when = bson::DateTime::from_millis(1_700_000_000_123);
        let document = doc! { "_id": 7, "a": { "b": when, "c": "x" }, "d": [1, 2] };
        let bytes = bson::serialize_to_vec(&document).unwrap();
        assert_eq!(date_at(&bytes, "a.b"), Some(1_700_000_000_123));
        assert_eq!((date_at(&bytes, "a.c"), date_at(&bytes, "a.z"), at(&bytes, "d.0")), (None, None, None));
        let id = alone(at(&bytes, "_id").unwrap());
        assert_eq!(bson::Document::from_reader(id.as_slice()).unwrap().get("_id"), Some(&Bson::Int32(7)));
    }

    #[test]
    fn bytes_that_are_cut_off_or_bent_are_no_document() {
        let [pattern, options] = ["a", "i"].map(|text| text.to_owned().try_into().unwrap());
        let document = doc! { "_id": 7, "s": "text", "r": bson::Regex { pattern, options }, "d": { "x": [1.5] } };
        let bytes = bson::serialize_to_vec(&document).unwrap();
        let walk = |bytes: &[u8]| -> Result<(), Malformed> {
            let mut elements = Elements::of(bytes)?;
            while elements.next()?.is_some() {}
            Ok(())
        };
        assert_eq!(walk(&bytes), Ok(()));
        for end in 0..bytes.len() {
            assert_eq!(walk(&bytes[..end]), Err(Malformed), "{end}");
        }
        for at in 0..bytes.len() {
            for byte in [0, 1, 0x7E, 0xFF] {
                let mut bent = bytes.clone();
                bent[at] = byte;
                // Whatever it is taken for: it ends, and nothing is read beyond it.
                let _ = walk(&bent);
            }
        }
    }
}
