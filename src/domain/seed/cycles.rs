//! Fields that would need themselves, found before anything is computed.

use std::collections::HashMap;

use super::Fault;
use super::compile::{Part, Row};
use super::encode::{Node, Piece};

/// A field of a kind of row: part, row (none for generated ones), slot.
type Field = (usize, Option<usize>, usize);

/// How many fields may be needed for one, each by the one before.
const DEEPEST: usize = 100;

/// Fields whose value would be needed for their own, or that need too many others.
pub(super) fn cycles(parts: &[Part]) -> Vec<Fault> {
    let mut search = Search { parts, state: HashMap::new(), path: Vec::new(), faults: Vec::new() };
    for (p, part) in parts.iter().enumerate() {
        let general = (part.generated > 0).then_some(None);
        for row in general.into_iter().chain((0..part.fixtures.len()).map(Some)) {
            for slot in 0..search.row((p, row, 0)).nodes.len() {
                search.visit((p, row, slot));
            }
        }
    }
    search.faults
}

struct Search<'a> {
    parts: &'a [Part],
    /// Fields that were begun, and how deep those are that are done.
    state: HashMap<Field, Option<usize>>,
    path: Vec<Field>,
    faults: Vec<Fault>,
}

impl<'a> Search<'a> {
    fn row(&self, (part, row, _): Field) -> &'a Row {
        let part = &self.parts[part];
        row.map_or(&part.general, |row| &part.fixtures[row])
    }

    fn name(&self, field: Field) -> String {
        format!("{}.{}", self.parts[field.0].name, self.row(field).names[field.2])
    }

    /// How many fields are needed for this one, each by the one before.
    fn visit(&mut self, field: Field) -> usize {
        match self.state.get(&field) {
            Some(Some(deep)) => return *deep,
            Some(None) => {
                let begin = self.path.iter().position(|other| *other == field).unwrap_or_default();
                let mut names: Vec<String> = self.path[begin..].iter().map(|field| self.name(*field)).collect();
                names.push(self.name(field));
                self.complain(field, format!("these fields depend on each other: {}", names.join(", which needs ")));
                return 0;
            }
            None => {}
        }
        if self.path.len() >= DEEPEST {
            self.complain(field, format!("more than {DEEPEST} fields need each other here, one after the other"));
            return 0;
        }
        self.state.insert(field, None);
        self.path.push(field);
        let mut needs = Vec::new();
        self.needs(&self.row(field).nodes[field.2], field, &mut needs);
        let mut deep = 0;
        for need in needs {
            deep = deep.max(self.visit(need) + 1);
        }
        self.path.pop();
        if deep >= DEEPEST {
            self.complain(field, format!("more than {DEEPEST} fields need each other here, one after the other"));
            deep = 0;
        }
        self.state.insert(field, Some(deep));
        deep
    }

    fn complain(&mut self, field: Field, what: String) {
        let row = self.row(field);
        self.faults.push(Fault::new(&row.place, row.names[field.2].clone(), what));
    }

    fn needs(&self, node: &Node, (part, row, _): Field, found: &mut Vec<Field>) {
        let here = (part, row, 0);
        match node {
            Node::Own(slot) => found.push((part, row, *slot)),
            Node::Text(pieces) => found.extend(
                pieces
                    .iter()
                    .filter_map(|piece| if let Piece::Slot(slot) = piece { Some((part, row, *slot)) } else { None }),
            ),
            Node::Lower(inner) | Node::Local(inner) | Node::After { base: inner, .. } => self.needs(inner, here, found),
            Node::List { of, .. } => self.needs(of, here, found),
            Node::Array(items) => items.iter().for_each(|item| self.needs(item, here, found)),
            Node::Object(fields) => fields.iter().for_each(|(_, item)| self.needs(item, here, found)),
            Node::Maybe { of, or, .. } => {
                std::iter::once(of).chain(or).for_each(|item| self.needs(item, here, found));
            }
            Node::Cases { by, cases, or } => {
                let all = std::iter::once(&**by).chain(cases.iter().map(|(_, item)| item)).chain(or.as_deref());
                all.for_each(|item| self.needs(item, here, found));
            }
            Node::Reference { part, row, path: Some(path), .. } => self.referred(*part, *row, path, found),
            _ => {}
        }
    }

    fn referred(&self, part: usize, row: Option<u32>, path: &str, found: &mut Vec<Field>) {
        let there = &self.parts[part];
        let mut add = |row: Option<usize>| {
            let kind = row.map_or(&there.general, |row| &there.fixtures[row]);
            found.extend(kind.names.iter().position(|name| name == path).map(|slot| (part, row, slot)));
        };
        match row {
            Some(number) => {
                if let Ok(at) = there.fixtures.binary_search_by_key(&number, |row| row.number) {
                    add(Some(at));
                }
            }
            None => {
                if there.generated > 0 {
                    add(None);
                }
                (0..there.fixtures.len()).map(Some).for_each(add);
            }
        }
    }
}
