//! Which documents a snapshot has, by their identifiers and by the fields that others refer to them by. Identifiers and
//! nothing else: this grows with the tenant.

use std::collections::{HashMap, HashSet};

use bson::Bson;

use super::draw::number_of;

/// An identifier, or the value of a field that documents are referred to by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Id {
    /// An ObjectId.
    Object([u8; 12]),
    /// The text of a UUID.
    Uuid([u8; 16]),
    /// Any other value: its type and what it says.
    Other(Box<str>),
}

impl Id {
    /// The identifier that a value is.
    pub fn of(value: &Bson) -> Self {
        match value {
            Bson::ObjectId(id) => Id::Object(id.bytes()),
            Bson::String(text) => match uuid_of(text) {
                Some(uuid) => Id::Uuid(uuid),
                None => Id::Other(format!("s{text}").into()),
            },
            other => Id::Other(other.clone().into_canonical_extjson().to_string().into()),
        }
    }
}

/// The bytes of a UUID that stands as text, written as programs write it.
pub fn uuid_of(text: &str) -> Option<[u8; 16]> {
    let uuid = bson::Uuid::parse_str(text).ok().filter(|_| text.len() == 36)?;
    (uuid.to_string() == text).then(|| uuid.bytes())
}

#[derive(Debug, Clone, Copy)]
struct Seat {
    /// 0 for the key that an ObjectId gives; otherwise what makes the key another one, or is the key.
    variant: u32,
    seen: bool,
}

/// The documents of one collection.
#[derive(Debug, Default)]
pub struct KnownPart {
    /// Its name in the set.
    pub name: String,
    seats: HashMap<Id, Seat>,
    numbers: HashSet<u32>,
    counted: u32,
    unseen: usize,
    fields: Vec<(String, HashMap<Id, Id>)>,
}

impl KnownPart {
    /// A collection whose documents others refer to by these fields.
    pub fn new(name: &str, fields: &[String]) -> Self {
        let fields = fields.iter().map(|field| (field.clone(), HashMap::new())).collect();
        Self { name: name.to_owned(), fields, ..Self::default() }
    }

    /// The fields by which others refer to its documents.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(field, _)| field.as_str())
    }

    /// Adds a document; false if it is there.
    pub fn add(&mut self, id: &Bson) -> bool {
        let id = Id::of(id);
        if self.seats.contains_key(&id) {
            return false;
        }
        let mut variant = match id {
            Id::Object(_) => 0,
            _ => {
                self.counted += 1;
                self.counted
            }
        };
        // Two keys may give one number, and rows are told apart by that.
        while !self.numbers.insert(number_of(&key(&id, variant))) {
            self.counted += 1;
            variant = self.counted;
        }
        self.seats.insert(id, Seat { variant, seen: false });
        self.unseen += 1;
        true
    }

    /// Adds the value of a field by which others refer to a document.
    pub fn add_field(&mut self, field: &str, value: &Bson, id: &Bson) {
        if let Some((_, values)) = self.fields.iter_mut().find(|(known, _)| known == field) {
            values.entry(Id::of(value)).or_insert_with(|| Id::of(id));
        }
    }

    /// The key of a document that is about to be written; none if it is not one of them, or was written already.
    pub fn take(&mut self, id: &Bson) -> Option<String> {
        let id = Id::of(id);
        let seat = self.seats.get_mut(&id).filter(|seat| !seat.seen)?;
        seat.seen = true;
        self.unseen -= 1;
        Some(key(&id, seat.variant))
    }

    /// How many documents it has.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// How many of them were not taken.
    pub fn unseen(&self) -> usize {
        self.unseen
    }

    /// Forgets the documents that were not taken, and that the others were: nobody can refer to what is gone.
    pub fn forget_unseen(&mut self) {
        self.seats.retain(|_, seat| seat.seen);
        self.seats.values_mut().for_each(|seat| seat.seen = false);
        self.unseen = self.seats.len();
        let seats = &self.seats;
        for (_, values) in &mut self.fields {
            values.retain(|_, id| seats.contains_key(id));
        }
    }

    fn key_of(&self, id: &Id) -> Option<String> {
        self.seats.get(id).map(|seat| key(id, seat.variant))
    }

    /// The key of the document with this identifier.
    pub fn by_id(&self, id: &Id) -> Option<String> {
        self.key_of(id)
    }

    /// The key of the document with this value in a field.
    pub fn by_field(&self, field: &str, value: &Id) -> Option<String> {
        let (_, values) = self.fields.iter().find(|(known, _)| known == field)?;
        self.key_of(values.get(value)?)
    }
}

/// The key of a document: its identifier's text, or a number.
fn key(id: &Id, variant: u32) -> String {
    match (id, variant) {
        (Id::Object(id), 0) => bson::oid::ObjectId::from_bytes(*id).to_hex(),
        (Id::Object(id), n) => format!("{}-{n}", bson::oid::ObjectId::from_bytes(*id).to_hex()),
        (_, n) => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_identifiers_or_numbers() {
        let id = bson::oid::ObjectId::from_bytes([7; 12]);
        let mut part = KnownPart::new("tickets", &["id".to_owned()]);
        assert!(part.add(&Bson::ObjectId(id)) && !part.add(&Bson::ObjectId(id)));
        assert!(part.add(&Bson::String("x/y".into())) && part.add(&Bson::Int32(5)));
        part.add_field("id", &Bson::String("k".into()), &Bson::Int32(5));
        assert_eq!(part.by_field("id", &Id::of(&Bson::String("k".into()))).as_deref(), Some("2"));
        assert_eq!(part.take(&Bson::ObjectId(id)), Some(id.to_hex()));
        assert_eq!(part.take(&Bson::ObjectId(id)), None);
        assert_eq!((part.len(), part.unseen()), (3, 2));
        part.forget_unseen();
        assert_eq!((part.len(), part.by_field("id", &Id::of(&Bson::String("k".into())))), (1, None));
    }

    #[test]
    fn no_two_keys_give_one_number() {
        let mut part = KnownPart::new("many", &[]);
        // Enough that some pairs of them have one number.
        for n in 0..200_000_u32 {
            let mut bytes = [0; 12];
            bytes[8..].copy_from_slice(&n.to_be_bytes());
            part.add(&Bson::ObjectId(bson::oid::ObjectId::from_bytes(bytes)));
        }
        assert_eq!(part.numbers.len(), part.len());
        assert!(part.counted > 0);
    }
}
