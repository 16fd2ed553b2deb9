//! A changed value, written back into the text it was read from: what did not change keeps its bytes, what is new looks
//! like its neighbours. People keep these files under version control and read the differences.

use serde_json::Value;

use super::source::{Kind, Member, Node};

/// The text with another value in it.
pub(super) fn write_back(text: &str, new: &Value) -> String {
    let Some(root) = Node::read(text) else { return format!("{new:#}\n") };
    let mut page = Page { text, style: Style::of(text, &root), out: text[..root.at].to_owned() };
    page.put(&root, new, 0);
    page.out.push_str(&text[root.end..]);
    page.out
}

/// How the file is written.
#[derive(Debug)]
struct Style {
    indent: String,
    newline: &'static str,
    /// Between the name of a member and its value.
    colon: String,
    /// Between two elements that stand in one line.
    gap: &'static str,
    /// Objects that hold scalars only stand in one line, with this inside of their brackets.
    object: Option<&'static str>,
    /// The same, of arrays.
    array: Option<&'static str>,
    /// There is no line break in the whole file.
    flat: bool,
}

impl Style {
    fn of(text: &str, root: &Node) -> Self {
        let flat = !text[root.at..root.end].contains('\n');
        let (mut object, mut array, mut colon, mut gap) = (None, None, None, None);
        root.walk(&mut |node| {
            let parts = parts(node);
            let raw = &text[node.at..node.end];
            let inline = !raw.contains('\n');
            if let Some(member) = node.members().first() {
                colon.get_or_insert_with(|| text[member.name.1..member.value.at].to_owned());
            }
            if inline && parts.len() > 1 {
                gap.get_or_insert(if text[..parts[1].from].ends_with(' ') { " " } else { "" });
            }
            if !parts.is_empty() && parts.iter().all(|part| !part.node.is_container()) {
                let pad = if raw[1..].starts_with(' ') { " " } else { "" };
                let leaf = if matches!(node.kind, Kind::Object(_)) { &mut object } else { &mut array };
                leaf.get_or_insert(inline.then_some(pad));
            }
        });
        let indent = text.lines().find_map(|line| {
            let blank: String = line.chars().take_while(|c| *c == ' ' || *c == '\t').collect();
            (!blank.is_empty()).then_some(blank)
        });
        let colon = colon.filter(|colon| colon.len() <= 3 && !colon.contains('\n')).unwrap_or_else(|| ": ".to_owned());
        Self {
            indent: indent.unwrap_or_else(|| "  ".to_owned()),
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            gap: gap.unwrap_or(if flat && colon == ":" { "" } else { " " }),
            colon,
            object: object.flatten(),
            array: array.flatten(),
            flat,
        }
    }

    /// What stands inside of the brackets of a new value that is written in one line; none where it takes several.
    fn inline(&self, value: &Value, forced: bool) -> Option<&'static str> {
        let (leaf, usual) = match value {
            Value::Object(map) => (map.values().all(|v| !v.is_object() && !v.is_array()), self.object),
            Value::Array(list) => (list.iter().all(|v| !v.is_object() && !v.is_array()), self.array),
            _ => return None,
        };
        if forced || self.flat { Some(usual.unwrap_or_default()) } else { usual.filter(|_| leaf) }
    }
}

/// An element or a member, and where it begins.
struct Part<'a> {
    member: Option<&'a Member>,
    node: &'a Node,
    from: usize,
}

fn parts(node: &Node) -> Vec<Part<'_>> {
    let of_member = |member| -> Part<'_> { Part { member: Some(member), node: &member.value, from: member.name.0 } };
    match &node.kind {
        Kind::Object(members) => members.iter().map(of_member).collect(),
        Kind::Array(elements) => elements.iter().map(|node| Part { member: None, node, from: node.at }).collect(),
        Kind::Scalar => Vec::new(),
    }
}

/// A new element or member.
type Item<'v> = (Option<&'v str>, &'v Value);

fn items(value: &Value) -> Vec<Item<'_>> {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (Some(key.as_str()), value)).collect(),
        Value::Array(list) => list.iter().map(|value| (None, value)).collect(),
        _ => Vec::new(),
    }
}

/// For each new part the old one that it was: the same one, or, where as many were lost as were added, the one in its
/// place: it got another name or another content.
fn pair(olds: usize, news: usize, same: &dyn Fn(usize, usize) -> bool) -> Vec<Option<usize>> {
    let mut free = vec![true; olds];
    let mut from = 0;
    let mut pairs: Vec<Option<usize>> = (0..news)
        .map(|new| {
            // Parts keep their order, so the search goes on where the last one was found.
            let found = (from..olds).chain(0..from).find(|old| free[*old] && same(*old, new))?;
            free[found] = false;
            from = found + 1;
            Some(found)
        })
        .collect();
    let mut left: Vec<usize> = (0..olds).filter(|old| free[*old]).collect();
    if left.len() == pairs.iter().filter(|pair| pair.is_none()).count() {
        left.reverse();
        for unpaired in pairs.iter_mut().filter(|pair| pair.is_none()) {
            *unpaired = left.pop();
        }
    }
    pairs
}

struct Page<'a> {
    text: &'a str,
    style: Style,
    out: String,
}

impl<'a> Page<'a> {
    /// Writes a value in the place of an old one.
    fn put(&mut self, old: &Node, new: &Value, depth: usize) {
        let raw = &self.text[old.at..old.end];
        if old.value(self.text) == *new {
            self.out.push_str(raw);
            return;
        }
        let (before, after) = (parts(old), items(new));
        let alike = matches!((new, &old.kind), (Value::Object(_), Kind::Object(_)) | (Value::Array(_), Kind::Array(_)));
        if !alike || before.is_empty() || after.is_empty() {
            return self.fresh(new, depth, false);
        }
        let pairs = self.pairs(&before, &after);
        let leads = self.leads(old, &before);
        let usual = match (leads.get(1), leads[0].contains('\n')) {
            (Some(lead), _) => *lead,
            (None, true) => leads[0],
            (None, false) => self.style.gap,
        };
        self.out.push_str(&raw[..1]);
        for (i, ((key, value), pair)) in after.into_iter().zip(pairs).enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.out.push_str(match pair {
                _ if i == 0 => leads[0],
                Some(old) if old > 0 => leads[old],
                _ => usual,
            });
            self.name(pair.and_then(|old| before[old].member), key);
            match pair {
                Some(old) => self.put(before[old].node, value, depth + 1),
                None => self.fresh(value, depth + 1, !raw.contains('\n')),
            }
        }
        let last = before.last().map_or(old.at + 1, |part| part.node.end);
        self.out.push_str(&self.text[last..old.end]);
    }

    fn pairs(&self, before: &[Part<'_>], after: &[Item<'_>]) -> Vec<Option<usize>> {
        if before[0].member.is_some() {
            return pair(before.len(), after.len(), &|old, new| {
                before[old].member.map(|member| member.key.as_str()) == after[new].0
            });
        }
        let values: Vec<Value> = before.iter().map(|part| part.node.value(self.text)).collect();
        pair(before.len(), after.len(), &|old, new| values[old] == *after[new].1)
    }

    /// What stands before each part: behind the bracket, or behind the comma.
    fn leads(&self, old: &Node, before: &[Part<'_>]) -> Vec<&'a str> {
        let text = self.text;
        let mut end = old.at + 1;
        let mut leads = Vec::new();
        for part in before {
            let between = &text[end..part.from];
            leads.push(between.split_once(',').map_or(between, |(_, lead)| lead));
            end = part.node.end;
        }
        leads
    }

    /// Writes the name of a member and its colon.
    fn name(&mut self, old: Option<&Member>, key: Option<&str>) {
        let Some(key) = key else { return };
        match old {
            Some(member) if member.key == key => self.out.push_str(&self.text[member.name.0..member.value.at]),
            Some(member) => {
                self.out.push_str(&Value::from(key).to_string());
                self.out.push_str(&self.text[member.name.1..member.value.at]);
            }
            None => {
                self.out.push_str(&Value::from(key).to_string());
                self.out.push_str(&self.style.colon);
            }
        }
    }

    /// Writes a value that had no predecessor; in one line where its surroundings are.
    fn fresh(&mut self, value: &Value, depth: usize, forced: bool) {
        let after = items(value);
        if after.is_empty() {
            self.out.push_str(&value.to_string());
            return;
        }
        let inline = self.style.inline(value, forced);
        let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
        let line = |depth: usize| format!("{}{}", self.style.newline, self.style.indent.repeat(depth));
        let (first, between, last) = match inline {
            Some(pad) => (pad.to_owned(), self.style.gap.to_owned(), pad.to_owned()),
            None => (line(depth + 1), line(depth + 1), line(depth)),
        };
        self.out.push(open);
        for (i, (key, value)) in after.into_iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.out.push_str(if i == 0 { &first } else { &between });
            self.name(None, key);
            self.fresh(value, depth + 1, inline.is_some());
        }
        self.out.push_str(&last);
        self.out.push(close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut value: Value = serde_json::from_str(text).unwrap();
        change(&mut value);
        write_back(text, &value)
    }

    #[test]
    fn what_does_not_change_keeps_its_bytes() {
        let text = "\n{ \"a\" : [1.10,  2],\r\n\t\"b\\u0041\": { \"c\": 1e3 } }  \n\n";
        assert_eq!(changed(text, |_| ()), text);
        assert_eq!(changed(text, |value| value["a"][1] = 3.into()), text.replace("2]", "3]"));
    }

    #[test]
    fn what_is_new_looks_like_its_neighbours() {
        let text = "{\n  \"A\": {\n    \"s\": [\n      { \"n\": \"x\", \"u\": \"/x\" }\n    ]\n  }\n}\n";
        let one = changed(text, |v| v["A"]["s"].as_array_mut().unwrap().push(serde_json::json!({"n":"y","u":"/y"})));
        assert_eq!(one, text.replace("/x\" }\n", "/x\" },\n      { \"n\": \"y\", \"u\": \"/y\" }\n"));
        let two = changed(text, |v| v["B"] = serde_json::json!({"s":[{"n":1}]}));
        assert_eq!(
            two,
            text.replace("    ]\n  }\n}", "    ]\n  },\n  \"B\": {\n    \"s\": [\n      { \"n\": 1 }\n    ]\n  }\n}")
        );
        let flat = r#"{"A":["x"]}"#;
        assert_eq!(changed(flat, |v| v["B"] = serde_json::json!(["y", "z"])), r#"{"A":["x"],"B":["y","z"]}"#);
    }

    #[test]
    fn parts_can_leave_and_change_their_names() {
        let text = "[\n  1,\n  2,\n  3\n]";
        assert_eq!(changed(text, |v| drop(v.as_array_mut().unwrap().remove(0))), "[\n  2,\n  3\n]");
        assert_eq!(changed(text, |v| drop(v.as_array_mut().unwrap().remove(2))), "[\n  1,\n  2\n]");
        assert_eq!(changed(text, |v| v.as_array_mut().unwrap().clear()), "[]");
        let text = "{\"a\" :  {\"x\":1.0},\n \"b\":2}";
        let renamed = serde_json::json!({"c": {"x": 1.0}, "b": 2});
        assert_eq!(write_back(text, &renamed), "{\"c\" :  {\"x\":1.0},\n \"b\":2}");
    }
}
