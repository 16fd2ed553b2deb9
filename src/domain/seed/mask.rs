//! What is personal in documents, and what stands in its place: the same pseudonym for the same value everywhere.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use bson::Bson;

/// Of what kind a personal value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// An e-mail.
    Email,
    /// A first name.
    First,
    /// A last name.
    Last,
    /// A whole name, or one by which somebody logs in.
    Person,
    /// A number of a telephone.
    Phone,
    /// An address.
    Address,
    /// An address in a network.
    Ip,
    /// What a browser says of itself.
    Agent,
}

impl Class {
    /// The rule by which it was masked, for reports.
    pub fn word(self) -> &'static str {
        match self {
            Class::Email => "email",
            Class::First | Class::Last | Class::Person => "name",
            Class::Phone => "phone",
            Class::Address => "address",
            Class::Ip => "ip",
            Class::Agent => "user-agent",
        }
    }
}

/// Names of personal fields, without regard to case, `_` and `-`; the last word says whether only accounts have them.
const PERSONAL: &[(&str, Class, bool)] = &[
    ("firstname", Class::First, false),
    ("givenname", Class::First, false),
    ("lastname", Class::Last, false),
    ("surname", Class::Last, false),
    ("familyname", Class::Last, false),
    ("fullname", Class::Person, false),
    ("name", Class::Person, true),
    ("displayname", Class::Person, true),
    ("username", Class::Person, true),
    ("phone", Class::Phone, false),
    ("phonenumber", Class::Phone, false),
    ("telephone", Class::Phone, false),
    ("mobile", Class::Phone, false),
    ("mobilenumber", Class::Phone, false),
    ("address", Class::Address, false),
    ("streetaddress", Class::Address, false),
    ("street", Class::Address, false),
    ("ip", Class::Ip, false),
    ("ipaddress", Class::Ip, false),
    ("remoteaddr", Class::Ip, false),
    ("useragent", Class::Agent, false),
];

/// Names of fields that hold secrets.
const SECRETS: &[&str] =
    &["refreshtokens", "token", "tokens", "secret", "passwordhash", "hashedpassword", "salt", "otp"];

/// How names of fields end that hold secrets; numbers and dates under such names are none.
const SECRET_ENDS: &[&str] = &["token", "tokens", "secret", "secrets", "password", "passwd", "apikey", "privatekey"];

/// How hashes of passwords begin.
const HASHES: &[&str] = &["$2a$", "$2b$", "$2y$", "$argon2", "$bcrypt-sha256$", "$scrypt$", "$pbkdf2", "$5$", "$6$"];

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// The kind of personal value that a field of this name has.
pub fn class_of(name: &str, of_account: bool) -> Option<Class> {
    let name = plain(name);
    PERSONAL.iter().find(|(known, _, accounts)| *known == name && (of_account || !accounts)).map(|(_, class, _)| *class)
}

/// Whether a field is a secret, by its name or by what it holds.
pub fn is_secret(name: &str, value: &Bson) -> bool {
    let bare = matches!(
        value,
        Bson::Null
            | Bson::Boolean(_)
            | Bson::Int32(_)
            | Bson::Int64(_)
            | Bson::Double(_)
            | Bson::Decimal128(_)
            | Bson::DateTime(_)
            | Bson::ObjectId(_)
    );
    let name = plain(name);
    let named = SECRETS.contains(&name.as_str()) && !matches!(value, Bson::Null | Bson::Boolean(_));
    named
        || (!bare && SECRET_ENDS.iter().any(|end| name.ends_with(end)))
        || matches!(value, Bson::String(text) if is_hash(text) || is_signed_token(text))
}

/// Whether a text begins as hashes of passwords do.
pub fn is_hash(text: &str) -> bool {
    hash_length(text.trim_start()).is_some()
}

/// Whether a text is a token that somebody signed.
fn is_signed_token(text: &str) -> bool {
    let text = text.trim().trim_start_matches("Bearer ");
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.starts_with("eyJ") && text.matches('.').count() == 2 && text.chars().all(good)
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is left out.
    Drop,
    /// Equal values get equal pseudonyms.
    Pseudonym,
    /// Equal values get equal digests, under a key that nobody keeps.
    Hash,
    /// It stays.
    Keep,
}

impl Way {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Way::Drop => "drop",
            Way::Pseudonym => "pseudonym",
            Way::Hash => "hash",
            Way::Keep => "keep",
        }
    }
}

/// What becomes of one field, as it is typed: `tickets.title=drop`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldWay {
    /// The collection, by its name in the set.
    pub collection: String,
    /// Path of the field; through lists without their positions.
    pub path: String,
    /// What becomes of it.
    pub way: Way,
}

impl FieldWay {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?}: write COLLECTION.FIELD=drop, =pseudonym, =hash or =keep");
        let (field, word) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (collection, path) = field.split_once('.').ok_or_else(wrong)?;
        let ways = [Way::Drop, Way::Pseudonym, Way::Hash, Way::Keep];
        let way = ways.into_iter().find(|way| way.word() == word).ok_or_else(wrong)?;
        if collection.is_empty() || path.is_empty() {
            return Err(wrong());
        }
        Ok(Self { collection: collection.to_owned(), path: path.to_owned(), way })
    }
}

/// Fields that a report names one by one; what is beyond is counted under its collection.
const NAMED: usize = 500;

/// How often something befell fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(String, &'static str), u64>);

impl Tally {
    /// Counts one.
    pub fn add(&mut self, collection: &str, path: &str, what: &'static str) {
        let field = match path.is_empty() {
            true => collection.to_owned(),
            false => format!("{collection}.{path}"),
        };
        let key = (field, what);
        let full = self.0.len() >= NAMED && !self.0.contains_key(&key);
        let key = if full { (format!("{collection}.*"), what) } else { key };
        *self.0.entry(key).or_default() += 1;
    }

    /// Field, what befell it, how often.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &'static str, u64)> {
        self.0.iter().map(|((field, what), n)| (field.as_str(), *what, *n))
    }

    /// All together.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Text after what is personal in it was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// As a text of a set, in which `{org.slug}` stands for the organization and braces are doubled.
    pub template: String,
    /// Whether there were e-mails, and whether there were hashes.
    pub emails: bool,
    pub hashes: bool,
}

/// Gives pseudonyms.
pub struct Masker {
    /// The key of digests; nobody keeps it.
    key: [u8; 32],
    /// Numbers of values, by digest, for each kind.
    numbers: HashMap<(u8, u64), u32>,
    next: HashMap<u8, u32>,
    /// Kinds that were made for fields.
    own: HashMap<String, u8>,
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masker").field("values", &self.numbers.len()).finish_non_exhaustive()
    }
}

impl Masker {
    /// One that has not seen anything.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, numbers: HashMap::new(), next: HashMap::new(), own: HashMap::new() }
    }

    fn digest(&self, kind: u8, value: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[kind]);
        hasher.update(value.as_bytes());
        *hasher.finalize().as_bytes()
    }

    fn short(&self, kind: u8, value: &str) -> u64 {
        let digest = self.digest(kind, value);
        digest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// The number of a value among those of its kind, in the order in which they came.
    fn number(&mut self, kind: u8, value: &str) -> u32 {
        let digest = self.short(kind, value);
        let next = self.next.entry(kind).or_default();
        *self.numbers.entry((kind, digest)).or_insert_with(|| {
            *next += 1;
            *next
        })
    }

    /// The part of an e-mail's pseudonym before the sign.
    pub fn user(&mut self, email: &str) -> String {
        format!("user-{}", self.number(Class::Email as u8, &email.trim().to_lowercase()))
    }

    /// Whether this is an e-mail that was met already.
    fn knows(&self, email: &str) -> bool {
        let kind = Class::Email as u8;
        self.numbers.contains_key(&(kind, self.short(kind, &email.to_lowercase())))
    }

    /// The pseudonym of a personal value that is no e-mail.
    pub fn pseudonym(&mut self, class: Class, value: &str) -> String {
        let n = self.number(class as u8, value);
        match class {
            Class::Email => format!("user-{n}"),
            Class::First => format!("First {n}"),
            Class::Last => format!("Last {n}"),
            Class::Person => format!("Person {n}"),
            Class::Phone => format!("+1 555 {n:07}"),
            Class::Address => format!("Address {n}"),
            // The networks that are set apart for documentation and for measurements.
            Class::Ip if value.contains(':') || n > 0x1_FFFF => format!("2001:db8::{n:x}"),
            Class::Ip => format!("198.{}.{}.{}", 18 + (n >> 16), (n >> 8) & 255, n & 255),
            Class::Agent => format!("Agent {n}"),
        }
    }

    /// The number of a personal value that is a number.
    pub fn pseudonym_number(&mut self, class: Class, value: &str) -> u32 {
        self.number(class as u8, value)
    }

    /// The number of a value of a field that has a kind of its own.
    pub fn own_number(&mut self, field: &str, value: &str) -> u32 {
        let next = u8::try_from(16 + self.own.len()).unwrap_or(u8::MAX);
        let kind = *self.own.entry(field.to_owned()).or_insert(next);
        self.number(kind, value)
    }

    /// The digest of a value of a field.
    pub fn hash(&self, value: &str) -> String {
        self.digest(255, value).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Text without e-mails, where they are not to stay, and without hashes of passwords, which never stay.
    pub fn text(&mut self, text: &str, emails_stay: bool) -> Option<Masked> {
        let may = (text.contains('@') && !emails_stay) || text.contains('$');
        if !may {
            return None;
        }
        let mut masked = Masked { template: String::new(), emails: false, hashes: false };
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(length) = hash_length(rest) {
                masked.template.push_str("(removed)");
                masked.hashes = true;
                rest = &rest[length..];
                continue;
            }
            let length = if emails_stay { 0 } else { word_length(rest) };
            if let Some((begin, end)) = email_in(&rest[..length], |email| self.knows(email)) {
                braced(&rest[..begin], &mut masked.template);
                masked.template.push_str(&self.user(&rest[begin..end]));
                masked.template.push_str("@{org.slug}.example");
                masked.emails = true;
                rest = &rest[end..];
                continue;
            }
            let step = length.max(rest.chars().next().map_or(1, char::len_utf8));
            braced(&rest[..step], &mut masked.template);
            rest = &rest[step..];
        }
        (masked.emails || masked.hashes).then_some(masked)
    }
}

/// Text as it stands in a set: braces doubled.
fn braced(text: &str, out: &mut String) {
    for c in text.chars() {
        out.push(c);
        if matches!(c, '{' | '}') {
            out.push(c);
        }
    }
}

/// How many bytes at the beginning are the hash of a password.
fn hash_length(text: &str) -> Option<usize> {
    let begin = HASHES.iter().find(|begin| text.starts_with(**begin))?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '.' | '/' | '+' | '=' | ',' | '-' | '_');
    let length = text.find(|c| !good(c)).unwrap_or(text.len());
    // `$5$` and `$6$` may also be prices.
    (length >= begin.len() + 6).then_some(length)
}

/// How many bytes at the beginning could be one word with an e-mail in it.
fn word_length(text: &str) -> usize {
    let good = |c: char| {
        c.is_alphanumeric()
            || matches!(
                c,
                '@' | '.'
                    | '_'
                    | '%'
                    | '+'
                    | '-'
                    | '\''
                    | '!'
                    | '#'
                    | '&'
                    | '*'
                    | '/'
                    | '='
                    | '?'
                    | '^'
                    | '`'
                    | '|'
                    | '~'
            )
    };
    text.find(|c| !good(c)).unwrap_or(text.len())
}

/// Where the first e-mail of a word stands.
fn email_in(word: &str, knows: impl Fn(&str) -> bool) -> Option<(usize, usize)> {
    for (sign, _) in word.match_indices('@') {
        let local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
        let host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let before = &word[..sign];
        let begin =
            before.rfind(|c| !local(c)).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let begin = sign - word[begin..sign].trim_start_matches(['.', '\'']).len();
        let after = &word[sign + 1..];
        let length = after.find(|c| !host(c)).unwrap_or(after.len());
        let domain = after[..length].trim_end_matches(['.', '-', '_']);
        let (length, dotted) = (domain.len(), domain.trim_start_matches('.').contains('.'));
        let end = sign + 1 + length;
        if begin < sign && length > 0 && (dotted || knows(&word[begin..end])) {
            return Some((begin, end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<String> {
        let mut masker = Masker::new([7; 32]);
        masker.user("root@localhost");
        masker.text(text, false).map(|masked| masked.template)
    }

    #[test]
    fn emails_in_text_are_found() {
        let one = |text: &str| masked(text).unwrap();
        assert_eq!(one("a@b.com"), "user-2@{org.slug}.example");
        assert_eq!(one("<Ann.O'Neil+x@mail.b-c.co.uk>, {x}"), "<user-2@{org.slug}.example>, {{x}}");
        assert_eq!(one("mailto:jürgen@fïrma.de."), "mailto:user-2@{org.slug}.example.");
        assert_eq!(one("a@b.com/c@d.com"), "user-2@{org.slug}.example/user-3@{org.slug}.example");
        assert_eq!(one("A@b.com;a@B.com"), "user-2@{org.slug}.example;user-2@{org.slug}.example");
        assert_eq!(one("ask root@localhost"), "ask user-1@{org.slug}.example");
        assert_eq!(masked("5 @ 3, @home, x@y"), None);
    }

    #[test]
    fn hashes_never_stay() {
        let hash = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
        let mut masker = Masker::new([7; 32]);
        assert_eq!(masker.text(&format!("was {hash}!"), true).unwrap().template, "was (removed)!");
        assert_eq!(masker.text("$5$ each, $6$.", true), None);
        assert!(is_secret("note", &Bson::String(hash.into())) && is_secret("refresh_tokens", &Bson::Array(Vec::new())));
        assert!(is_secret("resetToken", &Bson::String("x".into())) && !is_secret("maxTokens", &Bson::Int32(1)));
        assert!(!is_secret("secretary", &Bson::String("Ann".into())));
    }

    #[test]
    fn equal_values_have_equal_pseudonyms() {
        let mut masker = Masker::new([7; 32]);
        let first = masker.pseudonym(Class::First, "Anna");
        assert_eq!((first.as_str(), masker.pseudonym(Class::First, "Ben").as_str()), ("First 1", "First 2"));
        assert_eq!(masker.pseudonym(Class::First, "Anna"), first);
        assert_eq!(masker.pseudonym(Class::Ip, "10.0.0.1"), "198.18.0.1");
        assert_eq!(masker.pseudonym(Class::Ip, "::1"), "2001:db8::2");
        assert_eq!(class_of("First_Name", false), Some(Class::First));
        assert_eq!((class_of("name", false), class_of("name", true)), (None, Some(Class::Person)));
    }

    #[test]
    fn ways_are_read() {
        let way = FieldWay::parse("tickets.comments.text=drop").unwrap();
        assert_eq!((way.collection.as_str(), way.path.as_str(), way.way), ("tickets", "comments.text", Way::Drop));
        for wrong in ["tickets=drop", "tickets.title", "tickets.title=blur", ".title=drop", "tickets.=keep"] {
            assert!(FieldWay::parse(wrong).is_err(), "{wrong}");
        }
    }
}
