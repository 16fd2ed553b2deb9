//! What an entry is reduced to when it is sealed: bytes that depend on what it says and on nothing else, and their digest.
//!
//! Each value is a letter for its type and its content, with its length where that varies. Fields stand in the order of
//! their names; integers of all sizes, and doubles that are whole numbers, are one type. So an entry has the same digest
//! in the database, restored from a dump, or read back from an export in either kind of extended JSON.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::LazyLock;

use bson::{Bson, Document, RawDocument};

use crate::domain::rawdoc::{size, until_nul};

/// A BLAKE3 digest.
pub type Digest = [u8; 32];

/// An entry, or what a seal says of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Its identifier.
    pub id: Bson,
    /// The digest of what it says.
    pub digest: Digest,
}

/// Nested deeper than the server allows.
const DEEPEST: usize = 200;

/// Doubles up to here that are whole are integers: each has one text and one value.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Keys that keep digests of one kind from being taken for those of another.
fn key(what: &str) -> Digest {
    blake3::derive_key(&format!("flowbit audit seal version 1: {what}"), b"")
}

static ENTRY: LazyLock<Digest> = LazyLock::new(|| key("entry"));
static NODE: LazyLock<Digest> = LazyLock::new(|| key("node"));
static BLOCK: LazyLock<Digest> = LazyLock::new(|| key("block"));
static DOCUMENT: LazyLock<Digest> = LazyLock::new(|| key("document"));

/// The digest of two nodes of a tree.
pub(super) fn node(left: &Digest, right: &Digest) -> Digest {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left);
    both[32..].copy_from_slice(right);
    *blake3::keyed_hash(&NODE, &both).as_bytes()
}

/// The digest of a list of identifiers and digests as it is stored.
pub(super) fn block(ids: &[u8], leaves: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new_keyed(&BLOCK);
    hasher.update(&u64::try_from(ids.len()).unwrap_or(u64::MAX).to_le_bytes()).update(ids).update(leaves);
    *hasher.finalize().as_bytes()
}

/// The digest of what a document says; none where it cannot be read.
pub fn document_digest(document: &Document) -> Digest {
    let bytes = bson::serialize_to_vec(document).unwrap_or_default();
    let mut encoder = Encoder::new(&[]);
    let _ = encoder.encode(&bytes);
    *blake3::keyed_hash(&DOCUMENT, &encoder.out).as_bytes()
}

/// The digest of an entry.
pub fn digest_of(entry: &Document, omitted: &[String]) -> Digest {
    let bytes = bson::serialize_to_vec(entry).unwrap_or_default();
    let mut encoder = Encoder::new(omitted);
    let _ = encoder.encode(&bytes);
    *blake3::keyed_hash(&ENTRY, &encoder.out).as_bytes()
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A document whose bytes contradict each other.
pub use crate::domain::rawdoc::Malformed as Broken;

/// One field: where its name and its value stand in the document.
#[derive(Debug, Clone)]
struct Field {
    kind: u8,
    name: Range<usize>,
    value: Range<usize>,
}

/// Encodes one entry after the other, without asking for memory each time.
#[derive(Debug, Clone)]
pub struct Encoder {
    out: Vec<u8>,
    fields: Vec<Field>,
    omitted: Vec<Vec<u8>>,
}

impl Encoder {
    /// An encoder that passes these paths over.
    pub fn new(omitted: &[String]) -> Self {
        Self {
            out: Vec::new(),
            fields: Vec::new(),
            omitted: omitted.iter().map(|path| path.as_bytes().to_vec()).collect(),
        }
    }

    /// The digest of an entry.
    ///
    /// # Errors
    /// Where its bytes contradict each other.
    pub fn digest(&mut self, entry: &RawDocument) -> Result<Digest, Broken> {
        self.encode(entry.as_bytes())?;
        Ok(*blake3::keyed_hash(&ENTRY, &self.out).as_bytes())
    }

    fn encode(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.out.clear();
        self.fields.clear();
        let omitted = std::mem::take(&mut self.omitted);
        let paths: Vec<&[u8]> = omitted.iter().map(Vec::as_slice).collect();
        let done = self.document(bytes, 0..bytes.len(), &paths, 0);
        self.omitted = omitted;
        done
    }

    fn document<'p>(
        &mut self,
        bytes: &[u8],
        at: Range<usize>,
        omitted: &[&'p [u8]],
        depth: usize,
    ) -> Result<(), Broken> {
        let first = self.read(bytes, at, depth)?;
        if !self.fields[first..].is_sorted_by(|a, b| bytes[a.name.clone()] <= bytes[b.name.clone()]) {
            self.fields[first..].sort_by(|a, b| bytes[a.name.clone()].cmp(&bytes[b.name.clone()]));
        }
        let count = self.out.len();
        self.length(0);
        let mut kept: u32 = 0;
        for n in first..self.fields.len() {
            let Field { kind, name, value } = self.fields[n].clone();
            let mut below: Vec<&'p [u8]> = Vec::new();
            if !omitted.is_empty() {
                if omitted.contains(&&bytes[name.clone()]) {
                    continue;
                }
                let owner = &bytes[name.clone()];
                let inside = |path: &&'p [u8]| path.strip_prefix(owner)?.strip_prefix(b".");
                below.extend(omitted.iter().filter_map(inside));
            }
            kept += 1;
            self.length(name.len());
            self.out.extend_from_slice(&bytes[name]);
            self.value(bytes, kind, value, &below, depth)?;
        }
        self.fields.truncate(first);
        self.out[count..count + 4].copy_from_slice(&kept.to_be_bytes());
        Ok(())
    }

    fn array(&mut self, bytes: &[u8], at: Range<usize>, depth: usize) -> Result<(), Broken> {
        let first = self.read(bytes, at, depth)?;
        self.length(self.fields.len() - first);
        for n in first..self.fields.len() {
            let Field { kind, value, .. } = self.fields[n].clone();
            self.value(bytes, kind, value, &[], depth)?;
        }
        self.fields.truncate(first);
        Ok(())
    }

    /// Puts the fields of a document behind those that are there; says where they begin.
    fn read(&mut self, bytes: &[u8], at: Range<usize>, depth: usize) -> Result<usize, Broken> {
        if depth > DEEPEST {
            return Err(Broken);
        }
        let first = self.fields.len();
        let end = at.end.checked_sub(1).filter(|end| *end >= at.start + 4).ok_or(Broken)?;
        let mut here = at.start + 4;
        while here < end {
            let kind = bytes[here];
            let name = here + 1..here + 1 + until_nul(&bytes[here + 1..end])?;
            let start = name.end + 1;
            let length = size(kind, bytes.get(start..end).ok_or(Broken)?)?;
            let value = start..start.checked_add(length).filter(|value| *value <= end).ok_or(Broken)?;
            here = value.end;
            self.fields.push(Field { kind, name, value });
        }
        Ok(first)
    }

    fn value(
        &mut self,
        bytes: &[u8],
        kind: u8,
        at: Range<usize>,
        omitted: &[&[u8]],
        depth: usize,
    ) -> Result<(), Broken> {
        let value = &bytes[at.clone()];
        match kind {
            0x01 => {
                let double = f64::from_le_bytes(value.try_into().map_err(|_| Broken)?);
                self.double(double);
            }
            0x10 => self.integer(i32::from_le_bytes(value.try_into().map_err(|_| Broken)?).into()),
            0x12 => self.integer(i64::from_le_bytes(value.try_into().map_err(|_| Broken)?)),
            0x09 => {
                self.out.push(b't');
                self.out.extend(value.iter().rev());
            }
            0x02 => {
                let text = value.get(4..value.len().saturating_sub(1)).ok_or(Broken)?;
                self.out.push(b's');
                self.length(text.len());
                self.out.extend_from_slice(text);
            }
            0x03 => {
                self.out.push(b'd');
                self.document(bytes, at, omitted, depth + 1)?;
            }
            0x04 => {
                self.out.push(b'a');
                self.array(bytes, at, depth + 1)?;
            }
            other => {
                self.out.push(b'x');
                self.out.push(other);
                self.length(value.len());
                self.out.extend_from_slice(value);
            }
        }
        Ok(())
    }

    fn integer(&mut self, value: i64) {
        self.out.push(b'i');
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    #[allow(clippy::cast_possible_truncation, reason = "whole, and within what both hold exactly")]
    fn double(&mut self, value: f64) {
        let is_negative_zero = value == 0.0 && value.is_sign_negative();
        if value.fract() == 0.0 && value.abs() < EXACT && !is_negative_zero {
            return self.integer(value as i64);
        }
        let bits = if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
        self.out.push(b'f');
        self.out.extend_from_slice(&bits.to_be_bytes());
    }

    fn length(&mut self, length: usize) {
        self.out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{DateTime, doc, oid::ObjectId};

    fn entry() -> Document {
        doc! {
            "_id": ObjectId::parse_str("6b00e9cd6b491423ace46d96").unwrap(), "action": "ticket.closed", "n": 7,
            "at": DateTime::from_millis(1_700_000_000_123), "list": [1, 2.5, "x", { "b": 1, "a": Bson::Null }],
            "deep": { "flag": true, "text": "Ünïcode $et." },
        }
    }

    fn of(document: &Document) -> Digest {
        digest_of(document, &[])
    }

    #[test]
    fn what_is_written_in_another_way_has_the_same_digest() {
        let mut other = Document::new();
        for (name, value) in entry().into_iter().collect::<Vec<_>>().into_iter().rev() {
            other.insert(name, value);
        }
        other.insert("n", 7_i64);
        assert_eq!(of(&entry()), of(&other));
        other.insert("n", 7.0);
        assert_eq!(of(&entry()), of(&other));
        for canonical in [true, false] {
            let bson = Bson::Document(entry());
            let json = if canonical { bson.into_canonical_extjson() } else { bson.into_relaxed_extjson() };
            let text = json.to_string();
            let read: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
            assert_eq!(of(&Document::try_from(read).unwrap()), of(&entry()), "{text}");
        }
    }

    #[test]
    fn what_says_something_else_has_another_digest() {
        let mut seen = vec![of(&entry())];
        let changes: [fn(&mut Document); 12] = [
            |d| _ = d.insert("n", 8),
            |d| _ = d.insert("n", "7"),
            |d| _ = d.insert("n", 7.5),
            |d| _ = d.insert("n", Bson::Null),
            |d| _ = d.remove("n"),
            |d| _ = d.insert("action", "ticket.closed "),
            |d| _ = d.insert("at", DateTime::from_millis(1_700_000_000_124)),
            |d| _ = d.insert("list", [Bson::from(1), Bson::from("x"), Bson::from(2.5)].to_vec()),
            |d| _ = d.insert("deep", doc! { "flag": false, "text": "Ünïcode $et." }),
            |d| _ = d.insert("deep", "flag"),
            |d| _ = d.insert("", ""),
            |d| _ = d.insert("_id", ObjectId::parse_str("6b00e9cd6b491423ace46d97").unwrap()),
        ];
        for change in changes {
            let mut changed = entry();
            change(&mut changed);
            let digest = of(&changed);
            assert!(!seen.contains(&digest), "{changed}");
            seen.push(digest);
        }
        // Names and values cannot flow into each other.
        assert_ne!(of(&doc! { "a": "b", "c": "d" }), of(&doc! { "a": "bs", "": "d" }));
        assert_ne!(of(&doc! { "a": { "b": 1 } }), of(&doc! { "a": ["b", 1] }));
    }

    #[test]
    fn paths_that_a_rename_rewrites_are_passed_over() {
        let omitted = ["tenant".to_owned(), "deep.name".to_owned()];
        let one = doc! { "x": 1, "tenant": "a", "deep": { "name": "a", "y": 1 } };
        let two = doc! { "x": 1, "tenant": "b", "deep": { "name": "b", "y": 1 } };
        assert_eq!(digest_of(&one, &omitted), digest_of(&two, &omitted));
        let three = doc! { "x": 1, "tenant": "b", "deep": { "name": "b", "y": 2 } };
        assert_ne!(digest_of(&two, &omitted), digest_of(&three, &omitted));
        assert_ne!(digest_of(&one, &omitted[..1]), digest_of(&two, &omitted[..1]));
    }

    #[test]
    fn every_type_has_a_size_and_no_damage_breaks_the_reader() {
        let all = doc! {
            "double": 1.5, "string": "s", "document": {}, "array": [], "binary": bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2] },
            "undefined": Bson::Undefined, "id": ObjectId::from_bytes([7; 12]), "bool": true, "date": DateTime::from_millis(-1), "null": Bson::Null,
            "regex": bson::Regex { pattern: bson::raw::cstr!("a").into(), options: bson::raw::cstr!("i").into() }, "code": Bson::JavaScriptCode("x".to_owned()), "symbol": Bson::Symbol("y".to_owned()),
            "scoped": bson::JavaScriptCodeWithScope { code: "z".to_owned(), scope: doc! { "a": 1 } },
            "int": 1, "stamp": bson::Timestamp { time: 1, increment: 2 }, "long": 1_i64,
            "decimal": "1.5".parse::<bson::Decimal128>().unwrap(), "min": Bson::MinKey, "max": Bson::MaxKey,
        };
        let bytes = bson::serialize_to_vec(&all).unwrap();
        let mut encoder = Encoder::new(&[]);
        assert_eq!(encoder.encode(&bytes), Ok(()));
        for name in all.keys() {
            let mut without = all.clone();
            without.remove(name);
            assert_ne!(of(&without), of(&all), "{name}");
        }
        for n in 0..bytes.len() {
            for byte in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut damaged = bytes.clone();
                damaged[n] = byte;
                let _ = encoder.encode(&damaged);
            }
            let _ = encoder.encode(&bytes[..n]);
        }
    }
}
