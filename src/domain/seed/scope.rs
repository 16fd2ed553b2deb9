//! From rules to what computes values: names looked up, spans made moments, constants made bytes.

use bson::Bson;

use super::compile::{Compiler, Draft, Written};
use super::draw::Stream;
use super::encode::{Fixed, Node, Piece};
use super::rule::Rule;
use super::shapes::{Slot, What};
use super::{Fault, Target};
use crate::domain::moment::{moment_ms, span_ms};
use crate::domain::template::{Template, placeholders, plain};

/// Names that stand for more than a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Row,
    Key,
}

/// Where a rule stands while it is compiled.
pub(super) struct Scope<'c> {
    pub compiler: &'c Compiler<'c>,
    pub draft: &'c Draft<'c>,
    pub names: &'c [String],
    pub number: u32,
    pub key: &'c str,
    pub path: String,
    pub stream: Vec<String>,
}

impl Scope<'_> {
    pub fn node(&self, slot: &Slot) -> Result<Node, Fault> {
        let fault = |what: String| Fault::new(&slot.place, &slot.name, what);
        match &slot.what {
            What::Id if slot.name == "_id" => Ok(Node::Id),
            What::Id => Ok(Node::AccountId),
            What::IdUuid => Ok(Node::IdUuid),
            What::Fixed(value) => Ok(Node::Fixed(Fixed::of(value))),
            What::Own(name) => self.own(name).map_err(fault),
            What::Local(name) => Ok(Node::Local(Box::new(self.own(name).map_err(fault)?))),
            What::Mixed(template) => self.mixed(template).map_err(fault),
            What::Hash => {
                let number = (self.number > 0).then_some(self.number);
                let hash = self.compiler.setting.hashes.get(&(self.draft.index, number));
                Ok(Node::Fixed(Fixed::of(&hash.map_or(Bson::Null, |hash| Bson::String(hash.clone())))))
            }
            What::Lower(rule) => {
                let inner = self.at(&slot.name).rule(rule).map_err(|(what, meant)| Fault { meant, ..fault(what) })?;
                Ok(match inner {
                    Node::Fixed(fixed) => Node::Fixed(fixed.lower()),
                    other => Node::Lower(Box::new(other)),
                })
            }
            What::Rule(rule) => {
                self.check_identifiers(&slot.name, rule).map_err(fault)?;
                self.at(&slot.name).rule(rule).map_err(|(what, meant)| Fault { meant, ..fault(what) })
            }
        }
    }

    /// The same place one field further in.
    fn at(&self, name: &str) -> Scope<'_> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let mut stream = self.stream.clone();
        stream.push(name.to_owned());
        Scope { path, stream, ..*self }
    }

    /// The same place inside something that has no name: an item of a list, the value of a case.
    fn inside(&self, word: &str) -> Scope<'_> {
        let mut stream = self.stream.clone();
        stream.push(word.to_owned());
        Scope { path: self.path.clone(), stream, ..*self }
    }

    fn stream(&self) -> Stream {
        let setting = self.compiler.setting;
        let mut address = vec![
            self.compiler.set.manifest.name.as_str(),
            setting.seed_key,
            setting.address,
            &self.draft.collection.name,
        ];
        address.extend(self.stream.iter().map(String::as_str));
        Stream::of(&address)
    }

    fn own(&self, name: &str) -> Result<Node, String> {
        match self.names.iter().position(|known| known == name) {
            Some(slot) => Ok(Node::Own(slot)),
            None => Err(format!("there is no field `{name}` beside it")),
        }
    }

    /// What the platform description says that the field at this place refers to.
    fn described(&self) -> Option<(&str, bool)> {
        self.described_at(&self.path)
    }

    fn described_at(&self, path: &str) -> Option<(&str, bool)> {
        let platform = self.compiler.setting.platform;
        let collection = match &self.draft.collection.target {
            Target::Named(name) => name,
            Target::Accounts => &platform.account.collection,
            Target::Audit => &platform.audit.as_ref()?.collection,
            Target::Store => return None,
        };
        // A word of the set stands for the field that the platform's shape fills with it.
        let path = super::shapes::path_of_word(&self.draft.collection.target, platform, path);
        let reference = platform.references.iter().find(|r| r.collection == *collection && r.field == path)?;
        Some((reference.to.split_once('.')?.1, reference.as_string))
    }

    /// Constants where the description knows an identifier have to be of its type.
    fn check_identifiers(&self, path: &str, rule: &Rule) -> Result<(), String> {
        match rule {
            Rule::Constant(value) => self.check_identifier(path, value),
            Rule::Pick { of, .. } => of.iter().try_for_each(|value| self.check_identifier(path, value)),
            Rule::List { of, .. } => self.check_identifiers(path, of),
            Rule::Array(items) => items.iter().try_for_each(|item| self.check_identifiers(path, item)),
            Rule::Object(fields) => {
                fields.iter().try_for_each(|(name, rule)| self.check_identifiers(&format!("{path}.{name}"), rule))
            }
            Rule::Maybe { of, or, .. } => {
                std::iter::once(of).chain(or).try_for_each(|rule| self.check_identifiers(path, rule))
            }
            Rule::Cases { cases, or, .. } => {
                let all = cases.iter().map(|(_, rule)| rule).chain(or.as_deref());
                all.into_iter().try_for_each(|rule| self.check_identifiers(path, rule))
            }
            _ => Ok(()),
        }
    }

    fn check_identifier(&self, path: &str, value: &Bson) -> Result<(), String> {
        match value {
            Bson::Array(items) => return items.iter().try_for_each(|item| self.check_identifier(path, item)),
            Bson::Document(fields) => {
                fields.iter().try_for_each(|(name, value)| self.check_identifier(&format!("{path}.{name}"), value))?
            }
            _ => {}
        }
        match (self.described_at(path), value) {
            (Some(("_id", false)), Bson::ObjectId(_) | Bson::Null) => Ok(()),
            (Some(("_id", false)), other) => Err(format!(
                "the platform keeps an ObjectId at {path} that names another document, and this is {}; write a reference",
                type_name(other)
            )),
            _ => Ok(()),
        }
    }
}

fn type_name(value: &Bson) -> &'static str {
    match value {
        Bson::String(_) => "text",
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => "a number",
        Bson::Boolean(_) => "a boolean",
        Bson::DateTime(_) => "a date",
        Bson::Document(_) => "a document",
        _ => "of another type",
    }
}

/// A field of a document inside a document.
type NamedNode = (Box<[u8]>, Node);

/// What is wrong, and what was probably meant.
type Wrong = (String, Option<String>);

fn wrong(what: impl Into<String>) -> Wrong {
    (what.into(), None)
}

impl Scope<'_> {
    fn rule(&self, rule: &Rule) -> Result<Node, Wrong> {
        Ok(match rule {
            Rule::Constant(value) => Node::Fixed(Fixed::of(value)),
            Rule::Text(text) => self.text(text)?,
            Rule::Pick { of, weights } => self.pick(of, weights),
            Rule::Words(name) => self.words(name)?,
            Rule::Whole { from, to, wide } => {
                let span = u64::try_from(i128::from(*to) - i128::from(*from) + 1).unwrap_or(u64::MAX);
                Node::Whole { stream: self.stream(), from: *from, span, wide: *wide }
            }
            Rule::Number { from, to, digits } => {
                Node::Number { stream: self.stream(), from: *from, to: *to, digits: *digits }
            }
            Rule::Sequence(from) => Node::Sequence(*from),
            Rule::Chance(chance) => Node::Chance { stream: self.stream(), chance: *chance },
            Rule::Moment { from, to } => self.moment(from, to.as_deref()).map_err(wrong)?,
            Rule::After { field, from, to } => self.after(field, from, to).map_err(wrong)?,
            Rule::Reference { collection, key, field, text } => {
                self.reference(collection, key.as_deref(), field.as_deref(), *text)?
            }
            Rule::Organization => self.organization(),
            Rule::List { of, from, to } => Node::List {
                stream: self.stream(),
                of: Box::new(self.inside("[]").rule(of)?),
                from: *from,
                span: u64::from(to - from) + 1,
            },
            Rule::Array(items) => {
                let item = |(i, item): (usize, &Rule)| self.inside(&format!("[{i}]")).rule(item);
                let nodes: Vec<Node> = items.iter().enumerate().map(item).collect::<Result<_, _>>()?;
                Node::Array(nodes)
            }
            Rule::Object(fields) => Node::Object(self.fields(fields)?),
            Rule::Maybe { chance, of, or } => Node::Maybe {
                stream: self.stream(),
                chance: *chance,
                of: Box::new(self.inside("of").rule(of)?),
                or: or.as_ref().map(|or| self.inside("or").rule(or)).transpose()?.map(Box::new),
            },
            Rule::Cases { by, cases, or } => Node::Cases {
                by: Box::new(self.own(by).map_err(wrong)?),
                cases: cases
                    .iter()
                    .map(|(word, rule)| Ok((word.clone(), self.inside(word).rule(rule)?)))
                    .collect::<Result<_, Wrong>>()?,
                or: or.as_ref().map(|or| self.inside("or").rule(or)).transpose()?.map(Box::new),
            },
            Rule::Uuid => Node::Uuid(self.stream()),
            Rule::Environment { name, default } => self.environment(name, default.as_ref())?,
        })
    }

    fn organization(&self) -> Node {
        use crate::domain::template::Var;
        let id = self.compiler.setting.vars.get(&Var::OrgId);
        Node::Fixed(Fixed::of(id.unwrap_or(&Bson::Null)))
    }

    fn words(&self, name: &str) -> Result<Node, Wrong> {
        let words = &self.compiler.set.manifest.words;
        let list = words.get(name).filter(|list| !list.is_empty()).ok_or_else(|| {
            let meant = crate::domain::similar::nearest(name, words.keys().map(String::as_str));
            (format!("there is no list `{name}` under [words]"), meant.map(str::to_owned))
        })?;
        Ok(self.pick(list, &[]))
    }

    fn environment(&self, name: &str, default: Option<&String>) -> Result<Node, Wrong> {
        let value = (self.compiler.setting.env)(name).or_else(|| default.cloned());
        let value = value.ok_or_else(|| wrong(format!("the environment variable {name} is not set")))?;
        Ok(Node::Fixed(Fixed::of(&Bson::String(value))))
    }

    fn fields(&self, fields: &[(String, Rule)]) -> Result<Vec<NamedNode>, Wrong> {
        let field = |(name, rule): &(String, Rule)| {
            if name.contains('\0') {
                return Err(wrong("the name of a field contains a NUL byte"));
            }
            let node = self.at(name).rule(rule).map_err(|(what, meant)| (format!("{name}: {what}"), meant))?;
            Ok((name.as_bytes().into(), node))
        };
        fields.iter().map(field).collect()
    }

    fn pick(&self, of: &[Bson], weights: &[u32]) -> Node {
        let of: Vec<Fixed> = of.iter().map(Fixed::of).collect();
        let mut sum = 0_u64;
        let upto: Vec<u64> = weights
            .iter()
            .map(|weight| {
                sum += u64::from(*weight);
                sum
            })
            .collect();
        Node::Pick { stream: self.stream(), of, upto }
    }

    fn after(&self, field: &str, from: &str, to: &str) -> Result<Node, String> {
        let base = Box::new(self.own(field)?);
        let (from, to) = (span_ms(from)?, span_ms(to)?);
        let span = u64::try_from(to - from).map_err(|_| "`within` runs backwards".to_owned())?;
        Ok(Node::After { base, stream: self.stream(), from, span: span + 1 })
    }

    fn moment(&self, from: &str, to: Option<&str>) -> Result<Node, String> {
        let as_of = self.compiler.setting.as_of;
        let first = moment_ms(from, as_of)?;
        let Some(to) = to else {
            return Ok(Node::Fixed(Fixed::of(&Bson::DateTime(bson::DateTime::from_millis(first)))));
        };
        let span = u64::try_from(moment_ms(to, as_of)? - first).map_err(|_| "the dates run backwards".to_owned())?;
        Ok(Node::Moment { stream: self.stream(), from: first, span: span + 1 })
    }

    fn reference(
        &self,
        collection: &str,
        key: Option<&str>,
        field: Option<&str>,
        text: Option<bool>,
    ) -> Result<Node, Wrong> {
        let compiler = self.compiler;
        let Some(part) = compiler.find(collection) else {
            let known = compiler.drafts.iter().map(|draft| draft.collection.name.as_str());
            let meant = crate::domain::similar::nearest(collection, known).map(str::to_owned);
            return Err((format!("the set has no collection `{collection}`"), meant));
        };
        let there = &compiler.drafts[part];
        let (path, as_string) = match (field, self.described()) {
            (Some(field), described) => (field, described.is_some_and(|(_, text)| text)),
            (None, Some((path, as_string))) => (path, as_string),
            (None, None) => ("_id", false),
        };
        let as_string = text.unwrap_or(as_string);
        let fixture = key.map(|key| self.fixture_of(there, collection, key)).transpose()?;
        if fixture.is_none() && there.generated == 0 && there.fixtures.is_empty() {
            return Err(wrong(format!("`{collection}` has no documents here, so nothing can be referred to")));
        }
        let is_id = path == "_id";
        let lacks = |slots: &[Slot]| !slots.iter().any(|slot| slot.name == path);
        let lacking = match fixture {
            // Every document has an identifier; to look through all of them for it would take long.
            _ if is_id => false,
            Some((_, _, _, slots)) => lacks(slots),
            None => {
                let generated = (there.generated > 0).then_some(&there.general);
                there.fixtures.iter().map(|(.., slots)| slots).chain(generated).any(|slots| lacks(slots))
            }
        };
        if lacking {
            return Err(wrong(match key {
                Some(key) => format!("`{collection}/{key}` has no field `{path}`"),
                None => format!("not every document of `{collection}` has a field `{path}`"),
            }));
        }
        let row = fixture.map(|(number, ..)| *number);
        let path = (!is_id).then(|| path.to_owned());
        Ok(Node::Reference { part, row, stream: self.stream(), path, as_string })
    }

    /// The fixture that has a key. Fixtures lie in the order of their numbers, and a key gives its number.
    fn fixture_of<'d>(&self, there: &'d Draft<'_>, collection: &str, key: &str) -> Result<&'d Written, Wrong> {
        let number = super::draw::number_of(key);
        let at = there.fixtures.binary_search_by_key(&number, |(number, ..)| *number);
        if let Some(found) = at.ok().map(|at| &there.fixtures[at]).filter(|(_, _, known, _)| known == key) {
            return Ok(found);
        }
        let known = there.fixtures.iter().map(|(_, _, known, _)| known.as_str());
        let meant = crate::domain::similar::nearest(key, known).map(str::to_owned);
        let whole = there.collection.fixtures.iter().any(|fixture| fixture.key == key);
        let why = if whole { "; it is for other tenants only" } else { "" };
        Err((format!("`{collection}/{key}` does not exist{why}"), meant))
    }

    /// Text of a set: `{field}`, `{row:06}`, `{org.slug}`, `{vars.domain}`; `{{` and `}}` are braces.
    fn text(&self, text: &str) -> Result<Node, Wrong> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let (brace, after) = (rest.as_bytes()[at], &rest[at + 1..]);
            if after.as_bytes().first() == Some(&brace) {
                literal.push(char::from(brace));
                rest = &after[1..];
                continue;
            }
            let end = if brace == b'{' { after.find('}') } else { None };
            let Some(end) = end else { return Err(wrong(format!("`{text}` has a brace without its other half"))) };
            match self.placeholder(&after[..end])? {
                Piece::Text(words) => literal.push_str(&words),
                piece => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(piece);
                }
            }
            rest = &after[end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(match pieces.as_mut_slice() {
            [] => Node::Fixed(Fixed::of(&Bson::String(String::new()))),
            [Piece::Text(words)] => Node::Fixed(Fixed::of(&Bson::String(std::mem::take(words)))),
            [Piece::Slot(slot)] => Node::Own(*slot),
            _ => Node::Text(pieces),
        })
    }

    fn placeholder(&self, inside: &str) -> Result<Piece, Wrong> {
        let (name, format) = inside.split_once(':').map_or((inside, None), |(name, format)| (name, Some(format)));
        let width = match format {
            None => 0,
            Some(format) => format
                .strip_prefix('0')
                .and_then(|width| width.parse::<usize>().ok())
                .filter(|width| (1..=20).contains(width) && name == "row")
                .ok_or_else(|| wrong(format!("`{{{inside}}}`: only a row has a width, such as `{{row:06}}`")))?,
        };
        let known = match name {
            "row" => Some(Known::Row),
            "key" => Some(Known::Key),
            _ => None,
        };
        match known {
            Some(_) if self.number > 0 => return Ok(Piece::Text(self.key.to_owned())),
            Some(_) => return Ok(Piece::Row { width }),
            None => {}
        }
        if let Some(words) = self.compiler.vars.get(name) {
            return Ok(Piece::Text(words.clone()));
        }
        match self.names.iter().position(|known| known == name) {
            Some(slot) => Ok(Piece::Slot(slot)),
            None => {
                let known = self.names.iter().chain(self.compiler.vars.keys()).map(String::as_str);
                let meant = crate::domain::similar::nearest(name, known).map(str::to_owned);
                Err((
                    format!(
                        "`{{{name}}}` is no field beside it, and none of row, key, org.name, org.slug, org.id, vars"
                    ),
                    meant,
                ))
            }
        }
    }

    /// Text of a description, in which placeholders stand for the set's words.
    fn mixed(&self, template: &Template) -> Result<Node, String> {
        use crate::domain::template::Var;
        let words = [
            (Var::Email, "email"),
            (Var::Role, "role"),
            (Var::Now, "at"),
            (Var::Action, "action"),
            (Var::Actor, "actor"),
        ];
        let text = template.as_str();
        if template.mentions(Var::AccountId) && template.only().is_some() {
            return Ok(Node::IdText);
        }
        if words.iter().any(|(var, _)| template.mentions(*var)) {
            let mut as_set = text.to_owned();
            for name in placeholders() {
                let value =
                    self.compiler.setting.vars.iter().find(|(var, _)| {
                        Template::parse(&format!("{{{name}}}")).is_ok_and(|t| t.only() == Some(**var))
                    });
                if let Some((_, value)) = value {
                    as_set = as_set.replace(&format!("{{{name}}}"), &plain(value));
                }
            }
            return self.text(&as_set).map_err(|(what, _)| what);
        }
        Ok(Node::Fixed(Fixed::of(&template.value(&self.compiler.setting.vars))))
    }
}
