//! From compiled rules to BSON, written straight into the buffer that is sent: a value is computed where it lands.

use std::borrow::Cow;
use std::fmt;

use bson::Bson;
use bson::spec::ElementType;

use super::compile::{Compiled, Element, Part, Row};
use super::draw::{FIRST_FIXTURE, Stream};
use super::{Place, Target};

/// The largest document that MongoDB takes, in bytes.
pub const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

/// A constant, as the bytes it has in a document.
#[derive(Clone)]
pub(super) struct Fixed {
    tag: u8,
    bytes: Box<[u8]>,
    /// The constant as it stands inside text.
    text: Box<str>,
}

impl Fixed {
    pub fn of(value: &Bson) -> Self {
        let mut document = bson::Document::new();
        document.insert("", value.clone());
        // A document of one element: length, tag, the NUL of its empty name, the value, and a NUL at the end.
        let bytes = bson::serialize_to_vec(&document).unwrap_or_default();
        let inner = bytes.get(6..bytes.len().saturating_sub(1)).unwrap_or_default();
        let text = match value {
            Bson::Int32(n) => n.to_string(),
            Bson::Int64(n) => n.to_string(),
            Bson::Boolean(b) => b.to_string(),
            other => crate::domain::template::plain(other),
        };
        Self { tag: bytes.get(4).copied().unwrap_or(ElementType::Null as u8), bytes: inner.into(), text: text.into() }
    }

    pub fn lower(self) -> Self {
        if self.tag == ElementType::String as u8 { Self::of(&Bson::String(self.text.to_lowercase())) } else { self }
    }
}

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The hash of a password is a constant, too.
        write!(f, "Fixed({:?}, {} bytes)", ElementType::from(self.tag), self.bytes.len())
    }
}

/// A piece of text.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Slot(usize),
    Row { width: usize },
}

/// How a value is computed.
#[derive(Debug)]
pub(super) enum Node {
    Absent,
    Fixed(Fixed),
    Text(Vec<Piece>),
    Lower(Box<Node>),
    Local(Box<Node>),
    /// Another field of the same document.
    Own(usize),
    Pick {
        stream: Stream,
        of: Vec<Fixed>,
        upto: Vec<u64>,
    },
    Whole {
        stream: Stream,
        from: i64,
        span: u64,
        wide: bool,
    },
    Number {
        stream: Stream,
        from: f64,
        to: f64,
        digits: u32,
    },
    Sequence(i64),
    Chance {
        stream: Stream,
        chance: f64,
    },
    Moment {
        stream: Stream,
        from: i64,
        span: u64,
    },
    After {
        base: Box<Node>,
        stream: Stream,
        from: i64,
        span: u64,
    },
    Reference {
        part: usize,
        row: Option<u32>,
        stream: Stream,
        path: Option<String>,
        as_string: bool,
    },
    List {
        stream: Stream,
        of: Box<Node>,
        from: u32,
        span: u64,
    },
    Array(Vec<Node>),
    Object(Vec<(Box<[u8]>, Node)>),
    Maybe {
        stream: Stream,
        chance: f64,
        of: Box<Node>,
        or: Option<Box<Node>>,
    },
    Cases {
        by: Box<Node>,
        cases: Vec<(String, Node)>,
        or: Option<Box<Node>>,
    },
    Uuid(Stream),
    Id,
    AccountId,
    IdText,
    IdUuid,
}

/// A value on its way into a document or a text.
#[derive(Debug)]
enum Value<'a> {
    Absent,
    Fixed(&'a Fixed),
    Text(Cow<'a, str>),
    Int(i32),
    Long(i64),
    Double(f64),
    Flag(bool),
    Date(i64),
    Id([u8; 12]),
    /// Something that is written, never spoken of.
    Node(&'a Node),
}

/// The row whose values are computed, and how deep inside its lists.
#[derive(Clone, Copy)]
struct At<'a> {
    part: &'a Part,
    row: &'a Row,
    number: u32,
    inside: u32,
}

impl Part {
    /// A collection that the set had once: what was written is known by the prefix of its identifiers.
    pub fn emptied(name: &str, target: Target, copy: Option<usize>, prefix: [u8; 8]) -> Self {
        let place = Place::default();
        let general = Row { number: 0, place, names: Vec::new(), nodes: Vec::new(), elements: Vec::new() };
        Self {
            index: usize::MAX,
            name: name.to_owned(),
            target,
            copy,
            prefix,
            generated: 0,
            account: prefix,
            general,
            fixtures: Vec::new(),
            uuids: Stream::of(&[name]),
        }
    }

    /// Whether the row is this account, or a second copy of it.
    pub fn is_account(&self, number: u32, account: [u8; 12]) -> bool {
        let whose = self.target == Target::Accounts && self.account == account[..8];
        whose && number.to_be_bytes() == account[8..]
    }

    /// The identifier of a row.
    pub fn id(&self, number: u32) -> [u8; 12] {
        id_of(self.prefix, number)
    }

    /// The row that has this number.
    pub fn row(&self, number: u32) -> Option<&Row> {
        if number < FIRST_FIXTURE {
            return (number < self.generated).then_some(&self.general);
        }
        self.fixtures.binary_search_by_key(&number, |row| row.number).ok().map(|at| &self.fixtures[at])
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        u64::from(self.generated) + self.fixtures.len() as u64
    }

    /// The number of the row at this position, in the order of identifiers.
    pub fn number_at(&self, position: u64) -> Option<u32> {
        match u32::try_from(position) {
            Ok(position) if position < self.generated => Some(position),
            _ => {
                let at = usize::try_from(position - u64::from(self.generated)).ok()?;
                self.fixtures.get(at).map(|row| row.number)
            }
        }
    }

    fn at(&self, number: u32) -> Option<At<'_>> {
        Some(At { part: self, row: self.row(number)?, number, inside: 0 })
    }
}

impl Compiled {
    /// Appends the document of a row to a buffer; false if there is no such row.
    pub fn write(&self, part: &Part, number: u32, out: &mut Vec<u8>) -> bool {
        let Some(at) = part.at(number) else { return false };
        self.elements(&at.row.elements, at, out);
        true
    }

    /// A field of a row as text, if it has the field and it can be said.
    pub fn text_of(&self, part: &Part, number: u32, field: &str) -> Option<String> {
        let at = part.at(number)?;
        let slot = at.row.names.iter().position(|name| name == field)?;
        Some(self.spoken(&at.row.nodes[slot], at))
    }

    fn elements(&self, elements: &[Element], at: At<'_>, out: &mut Vec<u8>) {
        let start = begin(out);
        for element in elements {
            match element {
                Element::Slot { name, slot } => self.element(&at.row.nodes[*slot], name, at, out),
                Element::Sub { name, fields } => {
                    head(ElementType::EmbeddedDocument as u8, name, out);
                    self.elements(fields, at, out);
                }
            }
        }
        end(start, out);
    }

    /// Writes one element, or none where there is no value.
    fn element(&self, node: &Node, name: &[u8], at: At<'_>, out: &mut Vec<u8>) {
        match self.value(node, at) {
            Value::Absent => {}
            Value::Fixed(fixed) => {
                head(fixed.tag, name, out);
                out.extend_from_slice(&fixed.bytes);
            }
            Value::Text(text) => {
                head(ElementType::String as u8, name, out);
                string(text.as_bytes(), out);
            }
            Value::Int(n) => plain(ElementType::Int32, name, &n.to_le_bytes(), out),
            Value::Long(n) => plain(ElementType::Int64, name, &n.to_le_bytes(), out),
            Value::Double(n) => plain(ElementType::Double, name, &n.to_le_bytes(), out),
            Value::Flag(flag) => plain(ElementType::Boolean, name, &[u8::from(flag)], out),
            Value::Date(ms) => plain(ElementType::DateTime, name, &ms.to_le_bytes(), out),
            Value::Id(id) => plain(ElementType::ObjectId, name, &id, out),
            Value::Node(node) => self.compound(node, name, at, out),
        }
    }

    fn compound(&self, node: &Node, name: &[u8], at: At<'_>, out: &mut Vec<u8>) {
        match node {
            Node::Text(pieces) => {
                head(ElementType::String as u8, name, out);
                let start = out.len();
                out.extend_from_slice(&[0; 4]);
                self.pieces(pieces, at, out);
                out.push(0);
                patch(start, out.len() - start - 4, out);
            }
            Node::Object(fields) => {
                head(ElementType::EmbeddedDocument as u8, name, out);
                let start = begin(out);
                for (name, node) in fields {
                    self.element(node, name, at, out);
                }
                end(start, out);
            }
            Node::Array(items) => {
                head(ElementType::Array as u8, name, out);
                let start = begin(out);
                for (i, item) in items.iter().enumerate() {
                    self.element(item, i.to_string().as_bytes(), at, out);
                }
                end(start, out);
            }
            Node::List { stream, of, from, span } => {
                head(ElementType::Array as u8, name, out);
                let start = begin(out);
                let drawn = u32::try_from(stream.below(at.number, at.inside, *span)).unwrap_or_default();
                for i in 0..from + drawn {
                    // Positions in lists inside lists have addresses of their own, too.
                    let inside = at.inside.wrapping_mul(10_007).wrapping_add(i + 1);
                    self.element(of, i.to_string().as_bytes(), At { inside, ..at }, out);
                }
                end(start, out);
            }
            _ => {}
        }
    }

    fn pieces(&self, pieces: &[Piece], at: At<'_>, out: &mut Vec<u8>) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Slot(slot) => {
                    let outer = At { inside: 0, ..at };
                    self.say(&self.value(&at.row.nodes[*slot], outer), outer, out);
                }
                Piece::Row { width } => {
                    let digits = (u64::from(at.number) + 1).to_string();
                    out.extend(std::iter::repeat_n(b'0', width.saturating_sub(digits.len())));
                    out.extend_from_slice(digits.as_bytes());
                }
            }
        }
    }

    /// Writes a value as it stands inside text; documents and lists cannot be said.
    fn say(&self, value: &Value<'_>, at: At<'_>, out: &mut Vec<u8>) {
        match value {
            Value::Node(Node::Text(pieces)) => self.pieces(pieces, at, out),
            Value::Absent | Value::Node(_) => {}
            Value::Fixed(fixed) => out.extend_from_slice(fixed.text.as_bytes()),
            Value::Text(text) => out.extend_from_slice(text.as_bytes()),
            Value::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
            Value::Long(n) => out.extend_from_slice(n.to_string().as_bytes()),
            Value::Double(n) => out.extend_from_slice(n.to_string().as_bytes()),
            Value::Flag(flag) => out.extend_from_slice(flag.to_string().as_bytes()),
            Value::Date(ms) => {
                let text = bson::DateTime::from_millis(*ms).try_to_rfc3339_string().unwrap_or_default();
                out.extend_from_slice(text.as_bytes());
            }
            Value::Id(id) => out.extend_from_slice(bson::oid::ObjectId::from_bytes(*id).to_hex().as_bytes()),
        }
    }

    fn spoken(&self, node: &Node, at: At<'_>) -> String {
        self.said(&self.value(node, at), at)
    }

    fn value<'a>(&'a self, node: &'a Node, at: At<'a>) -> Value<'a> {
        let (number, inside) = (at.number, at.inside);
        match node {
            Node::Absent => Value::Absent,
            Node::Fixed(fixed) => Value::Fixed(fixed),
            Node::Own(slot) => {
                let outer = At { inside: 0, ..at };
                match self.value(&at.row.nodes[*slot], outer) {
                    text @ Value::Node(Node::Text(_)) => Value::Text(Cow::Owned(self.said(&text, outer))),
                    other => other,
                }
            }
            Node::Lower(inner) => Value::Text(Cow::Owned(self.spoken(inner, at).to_lowercase())),
            Node::Local(inner) => {
                let text = self.spoken(inner, at);
                Value::Text(Cow::Owned(text.split('@').next().unwrap_or_default().to_owned()))
            }
            Node::After { base, stream, from, span } => {
                let by = from.saturating_add(later(stream.below(number, inside, *span)));
                match self.value(base, at) {
                    Value::Date(ms) => Value::Date(ms.saturating_add(by)),
                    Value::Fixed(fixed) if fixed.tag == ElementType::DateTime as u8 => {
                        let ms = fixed.bytes.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
                        Value::Date(ms.saturating_add(by))
                    }
                    _ => Value::Absent,
                }
            }
            Node::Reference { part, row, stream, path, as_string } => {
                let part = &self.parts[*part];
                let drawn = || part.number_at(stream.below(number, inside, part.rows()));
                self.referred(part, row.or_else(drawn), path.as_deref(), *as_string)
            }
            Node::Maybe { stream, chance, of, or } => match (stream.unit(number, inside) < *chance, or) {
                (true, _) => self.value(of, at),
                (false, Some(or)) => self.value(or, at),
                (false, None) => Value::Absent,
            },
            Node::Cases { by, cases, or } => {
                let word = self.spoken(by, at);
                match (cases.iter().find(|(known, _)| *known == word), or) {
                    (Some((_, node)), _) => self.value(node, at),
                    (None, Some(or)) => self.value(or, at),
                    (None, None) => Value::Absent,
                }
            }
            Node::Text(_) | Node::Object(_) | Node::Array(_) | Node::List { .. } => Value::Node(node),
            _ => drawn(node, at),
        }
    }

    fn said(&self, value: &Value<'_>, at: At<'_>) -> String {
        let mut text = Vec::new();
        self.say(value, at, &mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    /// What a reference to a row gives: its identifier, or one of its fields.
    fn referred<'a>(&'a self, part: &'a Part, number: Option<u32>, path: Option<&str>, text: bool) -> Value<'a> {
        let Some(there) = number.and_then(|number| part.at(number)) else { return Value::Absent };
        let value = match path {
            None => Value::Id(part.id(there.number)),
            Some(path) => match there.row.names.iter().position(|name| name == path) {
                Some(slot) => match self.value(&there.row.nodes[slot], there) {
                    text @ Value::Node(Node::Text(_)) => Value::Text(Cow::Owned(self.said(&text, there))),
                    // A document or a list of another row is nothing that one refers to.
                    Value::Node(_) => Value::Absent,
                    other => other,
                },
                None => Value::Absent,
            },
        };
        if !text {
            return value;
        }
        Value::Text(Cow::Owned(self.said(&value, there)))
    }
}

/// A value that needs no other one: drawn, counted, or an identifier.
fn drawn<'a>(node: &'a Node, at: At<'a>) -> Value<'a> {
    let (number, inside) = (at.number, at.inside);
    match node {
        Node::Pick { stream, of, upto } => {
            let chosen = match upto.last() {
                None => usize::try_from(stream.below(number, inside, of.len() as u64)).unwrap_or_default(),
                Some(sum) => {
                    let drawn = stream.below(number, inside, *sum);
                    upto.partition_point(|end| *end <= drawn)
                }
            };
            of.get(chosen).map_or(Value::Absent, Value::Fixed)
        }
        Node::Whole { stream, from, span, wide } => {
            let drawn = i128::from(*from) + i128::from(stream.below(number, inside, *span));
            let drawn = i64::try_from(drawn).unwrap_or(i64::MAX);
            if *wide { Value::Long(drawn) } else { i32::try_from(drawn).map_or(Value::Long(drawn), Value::Int) }
        }
        Node::Number { stream, from, to, digits } => {
            let factor = 10_f64.powi(i32::try_from(*digits).unwrap_or_default());
            let drawn = from + (to - from) * stream.unit(number, inside);
            Value::Double((drawn * factor).round() / factor)
        }
        Node::Sequence(from) => {
            let n = from.saturating_add(i64::from(number));
            i32::try_from(n).map_or(Value::Long(n), Value::Int)
        }
        Node::Chance { stream, chance } => Value::Flag(stream.unit(number, inside) < *chance),
        Node::Moment { stream, from, span } => Value::Date(from + later(stream.below(number, inside, *span))),
        Node::Uuid(stream) => Value::Text(Cow::Owned(uuid(*stream, number, inside))),
        Node::Id => Value::Id(at.part.id(number)),
        Node::AccountId => Value::Id(id_of(at.part.account, number)),
        Node::IdText => {
            Value::Text(Cow::Owned(bson::oid::ObjectId::from_bytes(id_of(at.part.account, number)).to_hex()))
        }
        Node::IdUuid => Value::Text(Cow::Owned(uuid(at.part.uuids, number, 0))),
        _ => Value::Absent,
    }
}

fn id_of(prefix: [u8; 8], number: u32) -> [u8; 12] {
    let mut id = [0; 12];
    id[..8].copy_from_slice(&prefix);
    id[8..].copy_from_slice(&number.to_be_bytes());
    id
}

fn later(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// A UUID of version 4, drawn.
fn uuid(stream: Stream, number: u32, inside: u32) -> String {
    let (high, low) = (stream.draw(number, inside.wrapping_mul(2)), stream.draw(number, inside.wrapping_mul(2) + 1));
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    bytes[6] = (bytes[6] & 0x0F) | 0x40;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    bson::Uuid::from_bytes(bytes).to_string()
}

fn begin(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&[0; 4]);
    out.len() - 4
}

fn end(start: usize, out: &mut Vec<u8>) {
    out.push(0);
    patch(start, out.len() - start, out);
}

/// Writes a length where room was left for it.
fn patch(start: usize, length: usize, out: &mut [u8]) {
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    if let Some(room) = out.get_mut(start..start + 4) {
        room.copy_from_slice(&length.to_le_bytes());
    }
}

fn head(tag: u8, name: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(name);
    out.push(0);
}

fn plain(tag: ElementType, name: &[u8], bytes: &[u8], out: &mut Vec<u8>) {
    head(tag as u8, name, out);
    out.extend_from_slice(bytes);
}

fn string(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&i32::try_from(bytes.len() + 1).unwrap_or(i32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
    out.push(0);
}
