//! Identifiers, e-mails and words as numbers to compare by, and whose each of them is, in bounded room.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use bson::oid::ObjectId;

/// Identifiers that are remembered, 16 bytes and a little each.
pub(super) const MOST: usize = 10_000_000;

/// Marks a number that stands for several tenants.
const SEVERAL: u32 = 1 << 31;

/// What kind of value an identifier was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// An ObjectId, also as text.
    Oid = 1,
    /// A UUID, as text or binary.
    Uuid = 2,
    /// An e-mail, without case.
    Mail = 3,
    /// Any other value.
    Value = 4,
}

/// An identifier: the same however it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ident {
    pub kind: Kind,
    bytes: [u8; 16],
}

/// Makes identifiers of values. Two of them make different numbers of the same text.
#[derive(Debug, Clone, Default)]
pub(super) struct Maker {
    first: RandomState,
    second: RandomState,
}

fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Digits as bytes, dashes left out.
fn unhex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let mut digits = text.iter().filter(|byte| **byte != b'-');
    for byte in &mut out {
        *byte = nibble(*digits.next()?)? << 4 | nibble(*digits.next()?)?;
    }
    digits.next().is_none().then_some(out)
}

impl Ident {
    pub fn oid(bytes: &[u8]) -> Option<Self> {
        let mut whole = [0; 16];
        whole.get_mut(..12)?.copy_from_slice(bytes.get(..12)?);
        Some(Self { kind: Kind::Oid, bytes: whole })
    }

    pub fn uuid(bytes: [u8; 16]) -> Self {
        Self { kind: Kind::Uuid, bytes }
    }

    /// The identifier that a text is: 24 digits, or a UUID with or without dashes.
    pub fn of_text(text: &[u8]) -> Option<Self> {
        match text.len() {
            24 => Self::oid(&unhex::<12>(text)?),
            32 => Some(Self::uuid(unhex(text)?)),
            36 if text[8] == b'-' && text[13] == b'-' && text[18] == b'-' && text[23] == b'-' => {
                Some(Self::uuid(unhex(text)?))
            }
            _ => None,
        }
    }

    /// The identifier that a value of this type is, if it is one.
    pub fn of(kind: u8, value: &[u8]) -> Option<Self> {
        match kind {
            0x07 => Self::oid(value),
            0x02 => Self::of_text(text(value)?),
            // Binary: length, subtype, bytes.
            0x05 if value.len() == 21 && matches!(value[4], 3 | 4) => Some(Self::uuid(value[5..].try_into().ok()?)),
            _ => None,
        }
    }

    /// A number to find it by.
    pub fn number(&self) -> u64 {
        let (a, b) = self.bytes.split_at(8);
        let half = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        let seeded = half(a) ^ 0x9E37_79B9_7F4A_7C15 ^ (self.kind as u64) << 56;
        fold(fold(seeded, 0xD6E8_FEB8_6659_FD93) ^ half(b), 0xCA5A_8263_9512_1157)
    }

    /// As people write it; nothing where only a digest is left of it.
    pub fn shown(&self) -> Option<String> {
        match self.kind {
            Kind::Oid => Some(ObjectId::from_bytes(self.bytes[..12].try_into().ok()?).to_hex()),
            Kind::Uuid => Some(bson::Uuid::from_bytes(self.bytes).to_string()),
            Kind::Mail | Kind::Value => None,
        }
    }

    /// The values that a document may have it as.
    pub fn forms(&self) -> Vec<bson::Bson> {
        let Some(text) = self.shown() else { return Vec::new() };
        match self.kind {
            Kind::Oid => vec![
                ObjectId::parse_str(&text).map_or(bson::Bson::Null, bson::Bson::ObjectId),
                bson::Bson::String(text),
            ],
            _ => {
                let binary = |subtype| bson::Bson::Binary(bson::Binary { subtype, bytes: self.bytes.to_vec() });
                vec![
                    bson::Bson::String(text.clone()),
                    bson::Bson::String(text.to_uppercase()),
                    bson::Bson::String(text.replace('-', "")),
                    binary(bson::spec::BinarySubtype::Uuid),
                    binary(bson::spec::BinarySubtype::UuidOld),
                ]
            }
        }
    }
}

impl Maker {
    fn digest(&self, kind: Kind, with: impl Fn(&mut dyn Hasher)) -> Ident {
        let (mut first, mut second) = (self.first.build_hasher(), self.second.build_hasher());
        with(&mut first);
        with(&mut second);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&first.finish().to_le_bytes());
        bytes[8..].copy_from_slice(&second.finish().to_le_bytes());
        Ident { kind, bytes }
    }

    /// An e-mail, whatever its case.
    pub fn mail(&self, text: &[u8]) -> Ident {
        let mut lower = [0; 256];
        match lower.get_mut(..text.len()) {
            Some(lower) if text.is_ascii() => {
                lower.copy_from_slice(text);
                lower.make_ascii_lowercase();
                self.digest(Kind::Mail, |hasher| hasher.write(lower))
            }
            _ => {
                let lower = String::from_utf8_lossy(text).to_lowercase();
                self.digest(Kind::Mail, |hasher| hasher.write(lower.as_bytes()))
            }
        }
    }

    /// Any value that a reference may be: identifiers however they are written, numbers and texts as they are.
    pub fn value(&self, kind: u8, value: &[u8]) -> Ident {
        Ident::of(kind, value).unwrap_or_else(|| {
            let number = whole(kind, value);
            self.digest(Kind::Value, |hasher| match number {
                Some(number) => hasher.write_i64(number),
                None => {
                    hasher.write_u8(kind);
                    hasher.write(value);
                }
            })
        })
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let bytes = product.to_le_bytes();
    let (low, high) = bytes.split_at(8);
    let half = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
    half(low) ^ half(high)
}

/// The whole number that a value is, of whichever type: 8 is 8.0 to whoever compares them.
fn whole(kind: u8, value: &[u8]) -> Option<i64> {
    match kind {
        0x10 => value.try_into().ok().map(|bytes| i64::from(i32::from_le_bytes(bytes))),
        0x12 => value.try_into().ok().map(i64::from_le_bytes),
        0x01 => {
            let number = f64::from_le_bytes(value.try_into().ok()?);
            // As text: there is no other way from one to the other that cannot lose something.
            (number.fract() == 0.0 && number.abs() < 9e15).then(|| format!("{number:.0}").parse().ok())?
        }
        _ => None,
    }
}

/// A number to find a value by. Others may have the same.
pub(super) fn quick(kind: u8, value: &[u8]) -> u64 {
    let mut number = u64::from(kind) ^ 0x9E37_79B9_7F4A_7C15;
    let mut words = value.chunks_exact(8);
    for word in &mut words {
        number = fold(number ^ u64::from_le_bytes(word.try_into().unwrap_or_default()), 0xD6E8_FEB8_6659_FD93);
    }
    for byte in words.remainder() {
        number = number.rotate_left(8) ^ u64::from(*byte);
    }
    fold(number, 0xCA5A_8263_9512_1157)
}

/// The bytes of a text as it is on the wire: length, bytes, NUL.
pub(super) fn text(value: &[u8]) -> Option<&[u8]> {
    value.get(4..value.len().checked_sub(1)?)
}

/// Numbers that are well mixed already.
#[derive(Debug, Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// Whose identifiers are.
#[derive(Debug, Default)]
pub(super) struct Table {
    map: HashMap<u64, u32, BuildHasherDefault<AsIs>>,
    sets: Vec<Vec<u32>>,
    /// Whether there were more than are remembered.
    pub full: bool,
}

impl Table {
    /// Remembers that it is this tenant's too. Says whether another had it.
    pub fn add(&mut self, ident: Ident, tenant: u32) -> bool {
        let number = ident.number();
        if let Some(whose) = self.map.get(&number).copied() {
            if self.has(whose, tenant) {
                return false;
            }
            if whose & SEVERAL != 0 {
                let at = usize::try_from(whose & !SEVERAL).unwrap_or(usize::MAX);
                self.sets.get_mut(at).into_iter().for_each(|set| set.push(tenant));
                return true;
            }
            let mut all = self.all(&whose).to_vec();
            all.push(tenant);
            self.map.insert(number, SEVERAL | u32::try_from(self.sets.len()).unwrap_or_default());
            self.sets.push(all);
            return true;
        }
        if self.map.len() >= MOST {
            self.full = true;
        } else {
            self.map.insert(number, tenant);
        }
        false
    }

    /// Whose it is: a number that [`Table::all`] reads.
    pub fn get(&self, ident: &Ident) -> Option<u32> {
        self.map.get(&ident.number()).copied()
    }

    /// Whether it is among other things this tenant's.
    pub fn has(&self, whose: u32, tenant: u32) -> bool {
        whose == tenant || self.all(&whose).contains(&tenant)
    }

    /// The tenants that have it.
    pub fn all<'t>(&'t self, whose: &'t u32) -> &'t [u32] {
        if whose & SEVERAL == 0 {
            return std::slice::from_ref(whose);
        }
        let at = usize::try_from(whose & !SEVERAL).unwrap_or(usize::MAX);
        self.sets.get(at).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_the_same_however_it_is_written() {
        let oid = ObjectId::new();
        let text = Ident::of_text(oid.to_hex().as_bytes());
        assert_eq!(text, Ident::oid(&oid.bytes()));
        assert_eq!(text.unwrap().shown(), Some(oid.to_hex()));
        let uuid = bson::Uuid::new();
        assert_eq!(Ident::of_text(uuid.to_string().to_uppercase().as_bytes()), Some(Ident::uuid(uuid.bytes())));
        assert_eq!(Ident::of_text(b"not an identifier at all"), None);
        assert_eq!(Ident::of_text("ä".repeat(18).as_bytes()), None);
        let maker = Maker::default();
        assert_eq!(maker.mail(b"A@B.c"), maker.mail(b"a@b.C"));
        assert_ne!(maker.mail(b"a@b.c"), maker.mail(b"a@b.cd"));
        let same = [
            (0x10, 8_i32.to_le_bytes().to_vec()),
            (0x12, 8_i64.to_le_bytes().to_vec()),
            (0x01, 8_f64.to_le_bytes().to_vec()),
        ];
        let idents: Vec<Ident> = same.iter().map(|(kind, bytes)| maker.value(*kind, bytes)).collect();
        assert!(idents.windows(2).all(|two| two[0] == two[1]));
        assert_ne!(maker.value(0x01, &8.5_f64.to_le_bytes()), idents[0]);
        assert_eq!(maker.mail("É@b.c".as_bytes()), maker.mail("é@b.c".as_bytes()));
    }

    #[test]
    fn what_several_have_is_everyones() {
        let mut table = Table::default();
        let maker = Maker::default();
        let mail = maker.mail(b"a@b.c");
        assert!(!table.add(mail, 3) && !table.add(mail, 3));
        assert!(table.add(mail, 5) && table.add(mail, 9) && !table.add(mail, 5));
        let whose = table.get(&mail).unwrap();
        assert!(table.has(whose, 3) && table.has(whose, 9) && !table.has(whose, 4));
        assert_eq!(table.all(&whose), [3, 5, 9]);
        assert_eq!(table.get(&maker.mail(b"x@y.z")), None);
    }
}
