//! The outcome of a command, in the shape that every format is drawn from.

use serde::Serialize;
use serde_json::{Value, json};

use super::human::Block;

/// What a command has to say.
#[derive(Debug, Clone)]
pub struct Report {
    /// Name and version of the shape of `data`: `flowbit.org.rename/1`.
    pub schema: &'static str,
    /// Whether everything that was asked for is done.
    pub ok: bool,
    /// Whether anything was changed.
    pub changed: bool,
    /// An array where the command lists things, an object otherwise.
    pub data: Value,
    /// What `-o name` prints, a line each.
    pub names: Vec<String>,
    /// What people see.
    pub human: Vec<Block>,
    /// Things to know.
    pub warnings: Vec<String>,
    /// What to do next, complete commands.
    pub next: Vec<String>,
}

impl Report {
    /// A report of this data.
    pub fn new(schema: &'static str, data: &impl Serialize) -> Self {
        Self {
            schema,
            ok: true,
            changed: false,
            data: serde_json::to_value(data).unwrap_or(Value::Null),
            names: Vec::new(),
            human: Vec::new(),
            warnings: Vec::new(),
            next: Vec::new(),
        }
    }

    /// States whether anything was changed.
    #[must_use]
    pub fn changed(mut self, changed: bool) -> Self {
        self.changed = changed;
        self
    }

    /// States whether everything that was asked for is done.
    #[must_use]
    pub fn ok(mut self, ok: bool) -> Self {
        self.ok = ok;
        self
    }

    /// Adds what `-o name` prints.
    #[must_use]
    pub fn named(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds a piece for people.
    #[must_use]
    pub fn show(mut self, block: Block) -> Self {
        self.human.push(block);
        self
    }

    /// Adds pieces for people.
    #[must_use]
    pub fn show_all(mut self, blocks: Vec<Block>) -> Self {
        self.human.extend(blocks);
        self
    }

    /// Adds a line for people.
    #[must_use]
    pub fn line(self, text: impl Into<String>) -> Self {
        self.show(Block::Line(text.into()))
    }

    /// Adds things to know.
    #[must_use]
    pub fn warn(mut self, warnings: impl IntoIterator<Item = String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// Adds a next command.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>) -> Self {
        self.next.push(command.into());
        self
    }

    /// The envelope for machines.
    pub fn envelope(&self) -> Value {
        json!({ "schema": self.schema, "ok": self.ok, "changed": self.changed, "data": self.data, "warnings": self.warnings, "next": self.next })
    }
}
