//! The text of a JSON file: where everything stands in it.

use serde_json::Value;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// Its first byte.
    pub at: usize,
    /// The byte behind its last.
    pub end: usize,
    /// What it holds.
    pub kind: Kind,
}

/// What a value holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// Members, also those that stand twice.
    Object(Vec<Member>),
    /// Elements.
    Array(Vec<Node>),
    /// Neither.
    Scalar,
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name.
    pub key: String,
    /// Where the name begins, with its quotation mark, and ends.
    pub name: (usize, usize),
    /// Its value.
    pub value: Node,
}

impl Node {
    /// Reads a text that is known to be JSON.
    pub(super) fn read(text: &str) -> Option<Self> {
        Scanner { text, at: 0 }.value()
    }

    /// The members, where it is an object.
    pub(super) fn members(&self) -> &[Member] {
        if let Kind::Object(members) = &self.kind { members } else { &[] }
    }

    /// The elements, where it is an array.
    pub(super) fn elements(&self) -> &[Node] {
        if let Kind::Array(elements) = &self.kind { elements } else { &[] }
    }

    /// The member that counts: where a name stands twice, readers take the last.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.members().iter().rfind(|member| member.key == key).map(|member| &member.value)
    }

    /// The value itself.
    pub(super) fn value(&self, text: &str) -> Value {
        serde_json::from_str(&text[self.at..self.end]).unwrap_or(Value::Null)
    }

    /// Visits this value and all in it.
    pub(super) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        visit(self);
        self.members().iter().for_each(|member| member.value.walk(visit));
        self.elements().iter().for_each(|element| element.walk(visit));
    }

    /// Whether it can hold others.
    pub(super) fn is_container(&self) -> bool {
        !matches!(self.kind, Kind::Scalar)
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Node> {
        self.blank();
        let at = self.at;
        let kind = match self.peek()? {
            b'{' => Kind::Object(self.items(b'}', Self::member)?),
            b'[' => Kind::Array(self.items(b']', Self::value)?),
            b'"' => {
                self.string()?;
                Kind::Scalar
            }
            _ => {
                while self.peek().is_some_and(|byte| !byte.is_ascii_whitespace() && !b",]}".contains(&byte)) {
                    self.at += 1;
                }
                Kind::Scalar
            }
        };
        // A text that is no JSON must not keep us here.
        (self.at > at).then_some(Node { at, end: self.at, kind })
    }

    fn items<T>(&mut self, close: u8, item: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blank();
            match self.peek()? {
                byte if byte == close => {
                    self.at += 1;
                    return Some(items);
                }
                b',' => self.at += 1,
                _ => items.push(item(self)?),
            }
        }
    }

    fn member(&mut self) -> Option<Member> {
        let at = self.at;
        self.string()?;
        let name = (at, self.at);
        let key = serde_json::from_str(&self.text[at..self.at]).ok()?;
        self.blank();
        // The colon.
        self.at += 1;
        Some(Member { key, name, value: self.value()? })
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }
}
