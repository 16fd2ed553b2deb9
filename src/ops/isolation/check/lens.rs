//! What the fields of a collection's documents mean, learned as they come: each path once, however many documents have it.

use crate::domain::secrecy;

/// Different paths that are remembered; documents whose field names are data have no end of them.
const PATHS: usize = 20_000;

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
}

/// A path.
#[derive(Debug)]
pub(super) struct Node {
    pub path: String,
    name: Box<[u8]>,
    kids: Vec<u32>,
    pub depth: usize,
    pub mean: Meaning,
}

/// All paths, as a tree.
#[derive(Debug)]
pub(super) struct Lens {
    pub nodes: Vec<Node>,
    known: Known,
    /// Whether values of every type matter somewhere, not only texts and identifiers.
    pub minds_all: bool,
    /// Whether paths were left out.
    pub full: bool,
}

/// A name as words are compared: `customer_id` is `customerId`.
pub(super) fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Lens {
    pub fn new(known: Known) -> Self {
        let root =
            Node { path: String::new(), name: Box::default(), kids: Vec::new(), depth: 0, mean: Meaning::default() };
        let documents = known.references.iter().any(|(_, target)| matches!(target, Target::Documents(_)));
        let minds_all = documents || !known.twins.is_empty() || known.hash.is_some() || known.role.is_some();
        Self { nodes: vec![root], known, minds_all, full: false }
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
        let found = parent.kids.iter().position(|kid| *self.node(*kid).name == *name);
        match found {
            Some(at) => {
                let kid = parent.kids[at];
                *hint = at + 1;
                kid
            }
            None => {
                *hint = parent.kids.len() + 1;
                self.learn(from, name)
            }
        }
    }

    fn learn(&mut self, from: u32, name: &[u8]) -> u32 {
        if self.nodes.len() >= PATHS {
            self.full = true;
            return from;
        }
        let parent = self.node(from);
        let text = String::from_utf8_lossy(name);
        let path = if parent.path.is_empty() { text.into_owned() } else { format!("{}.{text}", parent.path) };
        let depth = parent.depth + 1;
        let mean = self.meaning(&path, &String::from_utf8_lossy(name), depth);
        let at = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { path, name: name.into(), kids: Vec::new(), depth, mean });
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
            secret: !hash && secrecy::names_a_secret(name),
            hash,
            role: is(&known.role),
            inner_id: depth > 1 && name == "_id",
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
