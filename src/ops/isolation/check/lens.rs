//! What the fields of a collection's documents mean, learned as they come: each path once, however many documents have it.

use std::collections::HashMap;

use super::ident::quick;
use crate::domain::secrecy;

/// Different paths that are remembered; documents whose field names are data have no end of them.
const PATHS: usize = 20_000;

/// Different names within one document that are told apart: where there are more, names are data.
const NAMES: usize = 500;

/// Words at the end of a name that make its value a secret.
const SECRETS: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "jwt",
    "otp",
    "key",
    "apikey",
    "authorization",
    "bearer",
    "privatekey",
    "accesskey",
];

/// What a described reference points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Accounts, by identifier.
    Account,
    /// Accounts, by e-mail.
    Mail,
    /// Documents: the number of the reference in the description.
    Documents(usize),
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meaning {
    /// The document's own identifier or key: judged elsewhere, or not at all.
    pub own: bool,
    /// A described reference.
    pub reference: Option<Target>,
    /// Who acted, or what an audit entry is about.
    pub acting: bool,
    /// It names a tenant.
    pub whose: bool,
    /// It repeats something of the tenant: the number of the twin.
    pub twin: Option<usize>,
    /// The name of a secret.
    pub secret: bool,
    /// The hash of a password.
    pub hash: bool,
    /// A role.
    pub role: bool,
    /// The identifier of a sub-document, most of which are nothing else.
    pub inner_id: bool,
}

/// What is known beforehand of the paths of a collection.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Paths of the document's own identifier, key, e-mail.
    pub own: Vec<String>,
    pub references: Vec<(String, Target)>,
    pub acting: Vec<String>,
    /// Names of fields that name a tenant, in small letters without signs.
    pub whose: Vec<String>,
    pub twins: Vec<String>,
    pub hash: Option<String>,
    pub role: Option<String>,
    /// Whether described references may hold other values than texts and identifiers.
    pub minds_numbers: bool,
}

/// A path.
#[derive(Debug)]
pub(super) struct Node {
    pub path: String,
    name: Box<[u8]>,
    kids: Vec<u32>,
    parent: u32,
    /// Which of its parent's it is.
    place: usize,
    pub depth: usize,
    pub mean: Meaning,
}

/// All paths, as a tree.
#[derive(Debug)]
pub(super) struct Lens {
    pub nodes: Vec<Node>,
    known: Known,
    /// Where a name is within a document, by a number of both.
    places: HashMap<u64, u32>,
    /// Whether values of every type matter somewhere, not only texts and identifiers.
    pub minds_all: bool,
    /// Whether paths were left out.
    pub full: bool,
}

/// The path of a field below another.
fn joined(parent: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    if parent.is_empty() { name.into_owned() } else { format!("{parent}.{name}") }
}

/// Whether a field of this name holds a secret itself: `newPassword`, `api_key`; not `cookieConsent` or `tokenLimit`.
fn names_a_secret(name: &str) -> bool {
    let last = secrecy::words_of(name).pop();
    secrecy::names_a_secret(name) && last.is_some_and(|last| SECRETS.contains(&last.as_str()))
}

/// A name as words are compared: `customer_id` is `customerId`.
pub(super) fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Lens {
    pub fn new(known: Known) -> Self {
        let root = Node {
            path: String::new(),
            name: Box::default(),
            kids: Vec::new(),
            parent: u32::MAX,
            place: 0,
            depth: 0,
            mean: Meaning::default(),
        };
        let minds_all = !known.references.is_empty() && known.minds_numbers
            || !known.acting.is_empty()
            || !known.twins.is_empty()
            || known.hash.is_some()
            || known.role.is_some();
        Self { nodes: vec![root], known, places: HashMap::new(), minds_all, full: false }
    }

    pub fn node(&self, at: u32) -> &Node {
        &self.nodes[usize::try_from(at).unwrap_or_default().min(self.nodes.len() - 1)]
    }

    /// The path of a field. `hint` is where the last one was: fields mostly come in one order.
    pub fn step(&mut self, from: u32, name: &[u8], hint: &mut usize) -> u32 {
        let parent = self.node(from);
        if let Some(kid) = parent.kids.get(*hint).copied()
            && *self.node(kid).name == *name
        {
            *hint += 1;
            return kid;
        }
        let mut number = quick(0, name) ^ u64::from(from).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        while let Some(kid) = self.places.get(&number).copied() {
            let node = self.node(kid);
            if node.parent == from && *node.name == *name {
                *hint = node.place + 1;
                return kid;
            }
            number = number.wrapping_add(1);
        }
        if parent.kids.len() >= NAMES && name != b"*" && !self.is_described(from, name) {
            // Names that are data are one path.
            return self.step(from, b"*", hint);
        }
        let place = parent.kids.len();
        *hint = place + 1;
        let kid = self.learn(from, name, place);
        if kid != from {
            self.places.insert(number, kid);
        }
        kid
    }

    /// Whether the description says something about a path, or about what is below it.
    fn is_described(&self, from: u32, name: &[u8]) -> bool {
        let path = joined(&self.node(from).path, name);
        let below =
            |other: &str| other == path || other.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.'));
        let known = &self.known;
        let words = known.own.iter().chain(&known.acting).chain(&known.twins).chain(&known.hash).chain(&known.role);
        words.map(String::as_str).chain(known.references.iter().map(|(field, _)| field.as_str())).any(below)
    }

    fn learn(&mut self, from: u32, name: &[u8], place: usize) -> u32 {
        if self.nodes.len() >= PATHS && !self.is_described(from, name) {
            self.full = true;
            return from;
        }
        let parent = self.node(from);
        let path = joined(&parent.path, name);
        let depth = parent.depth + 1;
        let mean = self.meaning(&path, &String::from_utf8_lossy(name), depth);
        let at = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { path, name: name.into(), kids: Vec::new(), parent: from, place, depth, mean });
        let parent = usize::try_from(from).unwrap_or_default();
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.kids.push(at);
        }
        at
    }

    fn meaning(&self, path: &str, name: &str, depth: usize) -> Meaning {
        let known = &self.known;
        let is = |other: &Option<String>| other.as_deref() == Some(path);
        let hash = is(&known.hash);
        Meaning {
            own: known.own.iter().any(|own| own == path),
            reference: known.references.iter().find(|(field, _)| field == path).map(|(_, target)| *target),
            acting: known.acting.iter().any(|acting| acting == path),
            whose: known.whose.contains(&bare(name)),
            twin: known.twins.iter().position(|twin| twin == path),
            secret: !hash && names_a_secret(name),
            hash,
            role: is(&known.role),
            inner_id: depth > 1 && name == "_id" && !known.references.iter().any(|(field, _)| field == path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_learned_once_in_whatever_order_fields_come() {
        let known = Known {
            references: vec![("comments.userId".into(), Target::Account)],
            whose: vec!["customerid".into()],
            ..Known::default()
        };
        let mut lens = Lens::new(known);
        let mut hint = 0;
        let a = lens.step(0, b"a", &mut hint);
        let comments = lens.step(0, b"comments", &mut hint);
        let mut inner = 0;
        let user = lens.step(comments, b"userId", &mut inner);
        assert_eq!(lens.node(user).path, "comments.userId");
        assert_eq!(lens.node(user).mean.reference, Some(Target::Account));
        let mut hint = 0;
        assert_eq!(lens.step(0, b"comments", &mut hint), comments);
        assert_eq!(lens.step(0, b"a", &mut hint), a);
        let key = lens.step(0, b"customer_id", &mut hint);
        assert!(lens.node(key).mean.whose && !lens.node(a).mean.whose);
        assert_eq!(lens.nodes.len(), 5);
    }
}
