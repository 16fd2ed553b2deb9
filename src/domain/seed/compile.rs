//! From a set to something that writes documents: every name looked up, every span a moment, every constant its bytes.

use std::collections::HashMap;
use std::fmt;

use bson::Bson;
use jiff::tz::TimeZone;

use super::draw::{Stream, digest};
use super::encode::{Fixed, MAX_DOCUMENT, Node, Piece};
use super::rule::Rule;
use super::shapes::{Shape, Slot, What, takes_accounts};
use super::{Collection, Fault, Place, SeedSet, Target};
use crate::domain::description::{AccountCopy, Description};
use crate::domain::template::{Template, Vars, placeholders, plain};

/// For whom a set is compiled, and with what.
pub struct Setting<'a> {
    /// The platform.
    pub platform: &'a Description,
    /// What names the organization.
    pub vars: Vars,
    /// The name under which the organization is addressed; it stays when the organization is renamed.
    pub address: &'a str,
    /// What the set calls the tenant, where it names tenants.
    pub tenant: &'a str,
    /// The key of all random numbers.
    pub seed_key: &'a str,
    /// What numbers of rows are multiplied by.
    pub scale: f64,
    /// The moment that relative dates count from, milliseconds since 1970.
    pub as_of: i64,
    /// Looks environment variables up.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Hashes of passwords, by collection and fixture; by none for generated rows.
    pub hashes: &'a HashMap<(usize, Option<u32>), String>,
}

/// What one kind of row consists of.
#[derive(Debug)]
pub struct Row {
    /// Number of a fixture; 0 for generated rows.
    pub number: u32,
    /// Where it stands.
    pub place: Place,
    pub(super) names: Vec<String>,
    pub(super) nodes: Vec<Node>,
    pub(super) elements: Vec<Element>,
}

/// A field of a document, or a document of fields.
#[derive(Debug)]
pub(super) enum Element {
    Slot { name: Box<[u8]>, slot: usize },
    Sub { name: Box<[u8]>, fields: Vec<Element> },
}

/// One collection, compiled.
#[derive(Debug)]
pub struct Part {
    /// Index of the collection in the set.
    pub index: usize,
    /// Its name in the set.
    pub name: String,
    /// Where it goes.
    pub target: Target,
    /// Index among the copies of accounts that the description asks for, where it is one of them.
    pub copy: Option<usize>,
    /// The first eight bytes of every identifier.
    pub prefix: [u8; 8],
    /// How many rows are generated.
    pub generated: u32,
    /// The same of the accounts that this is a copy of.
    pub(super) account: [u8; 8],
    pub(super) general: Row,
    /// The fixtures, by number.
    pub fixtures: Vec<Row>,
    pub(super) uuids: Stream,
}

/// A set for one organization.
#[derive(Debug)]
pub struct Compiled {
    /// The collections.
    pub parts: Vec<Part>,
}

/// Names that stand for more than a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Row,
    Key,
}

struct Compiler<'a> {
    set: &'a SeedSet,
    setting: &'a Setting<'a>,
    drafts: Vec<Draft<'a>>,
    vars: HashMap<String, String>,
}

struct Draft<'a> {
    index: usize,
    collection: &'a Collection,
    copy: Option<(usize, &'a AccountCopy)>,
    general: Vec<Slot>,
    fixtures: Vec<Written>,
    generated: u32,
}

/// A fixture before it is compiled: number, place, key, fields.
type Written = (u32, Place, String, Vec<Slot>);

/// Compiles a set for an organization.
///
/// # Errors
/// Everything that is wrong with it.
pub fn compile(set: &SeedSet, setting: &Setting<'_>) -> Result<Compiled, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut compiler = Compiler { set, setting, drafts: Vec::new(), vars: HashMap::new() };
    compiler.gather_vars();
    for (index, collection) in set.collections.iter().enumerate() {
        let mine = collection.only.is_empty() || collection.only.iter().any(|name| name == setting.tenant);
        if let Err(what) = check_target(collection, setting.platform) {
            faults.push(Fault::new(&collection.place, "into", what));
            continue;
        }
        let copies: &[AccountCopy] =
            if collection.target == Target::Accounts { &setting.platform.account.copies } else { &[] };
        let all = std::iter::once(None).chain(copies.iter().enumerate().map(Some));
        for copy in all {
            match compiler.draft(index, collection, copy, mine) {
                Ok(draft) => compiler.drafts.push(draft),
                Err(more) => faults.extend(more),
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let parts: Vec<Part> = (0..compiler.drafts.len())
        .filter_map(|at| compiler.part(at).map_err(|more| faults.extend(more)).ok())
        .collect();
    if faults.is_empty() {
        faults.extend(super::encode::cycles(&parts));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let compiled = Compiled { parts };
    let faults = too_large(&compiled);
    if faults.is_empty() { Ok(compiled) } else { Err(faults) }
}

/// Fixtures that are larger than a document can be.
fn too_large(compiled: &Compiled) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut bytes = Vec::new();
    for part in &compiled.parts {
        for row in &part.fixtures {
            bytes.clear();
            compiled.write(part, row.number, &mut bytes);
            if bytes.len() > MAX_DOCUMENT {
                let what = format!(
                    "the document has {} bytes, more than the {MAX_DOCUMENT} bytes that MongoDB takes",
                    bytes.len()
                );
                faults.push(Fault::new(&row.place, "", what));
            }
        }
    }
    faults
}

/// Whether the platform has such a collection.
fn check_target(collection: &Collection, platform: &Description) -> Result<(), String> {
    use crate::domain::description::Layout;
    let kinds: Vec<&str> = platform.store.kinds.iter().map(|kind| kind.name.as_str()).collect();
    let keyed: Vec<&str> = platform.keyed.iter().map(|keyed| keyed.collection.as_str()).collect();
    let by_kind = platform.layout == Layout::Database
        || platform.store.collection.as_ref().is_some_and(|name| name.mentions(crate::domain::template::Var::Kind));
    match &collection.target {
        Target::Accounts if !takes_accounts(platform) => Err(format!(
            "accounts of {} stand inside the organization's record; a set cannot have any besides the administrator",
            platform.platform
        )),
        Target::Accounts | Target::Audit => Ok(()),
        Target::Store if platform.layout == Layout::Collection && !by_kind => Ok(()),
        Target::Store => Err(format!(
            "tenants of {} have more than one collection, or share them; name one instead of `@store`",
            platform.platform
        )),
        Target::Named(name) if platform.layout == Layout::Shared => match keyed.contains(&name.as_str()) {
            true => Ok(()),
            false => {
                Err(format!("{} has no shared collection `{name}`; it has {}", platform.platform, keyed.join(", ")))
            }
        },
        Target::Named(_) if !by_kind => {
            Err(format!("a tenant of {} has one collection only; write `into = \"@store\"`", platform.platform))
        }
        Target::Named(name) => match kinds.is_empty() || kinds.contains(&name.as_str()) {
            true => Ok(()),
            false => Err(format!(
                "tenants of {} have no collection `{name}`; they have {}",
                platform.platform,
                kinds.join(", ")
            )),
        },
    }
}

impl<'a> Compiler<'a> {
    fn gather_vars(&mut self) {
        let manifest = &self.set.manifest;
        let tenant = manifest.tenants.iter().find(|tenant| tenant.name == self.setting.tenant);
        let own = tenant.into_iter().flat_map(|tenant| &tenant.vars);
        use crate::domain::template::Var;
        let org = [("org.name", Var::Name), ("org.slug", Var::Slug), ("org.id", Var::OrgId)]
            .map(|(name, var)| (name, self.setting.vars.get(&var).map(plain).unwrap_or_default()));
        // Words of a set may mention the organization: `domain = "{org.slug}.com"`.
        let filled = |text: &str| {
            org.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        self.vars =
            manifest.vars.iter().chain(own).map(|(name, text)| (format!("vars.{name}"), filled(text))).collect();
        self.vars.extend(org.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self.vars.insert("set".to_owned(), manifest.name.clone());
    }

    fn draft(
        &self,
        index: usize,
        collection: &'a Collection,
        copy: Option<(usize, &'a AccountCopy)>,
        mine: bool,
    ) -> Result<Draft<'a>, Vec<Fault>> {
        let setting = self.setting;
        let as_of = Bson::DateTime(bson::DateTime::from_millis(setting.as_of));
        let fields = copy.map(|(_, copy)| &copy.fields);
        let shape = Shape { collection, platform: setting.platform, copy: fields };
        let mut faults = Vec::new();
        let rows = if mine { rows(collection, setting.scale) } else { Ok(0) };
        let generated = rows.unwrap_or_else(|what| {
            faults.push(Fault::new(&collection.place, "rows", what));
            0
        });
        let general = if generated > 0 {
            shape.slots(None, as_of.clone()).map_err(|fault| faults.push(fault)).unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut fixtures: Vec<Written> = Vec::new();
        let mut seen: HashMap<u32, (&str, &Place)> = HashMap::new();
        for fixture in &collection.fixtures {
            if let Some((key, first)) = seen.insert(fixture.number, (&fixture.key, &fixture.place)) {
                let what = match key == fixture.key {
                    true => format!("the key {key:?} stands here a second time; first in {first}"),
                    false => format!("{:?} and {key:?} in {first} would get one identifier; change a key", fixture.key),
                };
                faults.push(Fault::new(&fixture.place, "_key", what));
                continue;
            }
            let wanted = fixture.only.is_empty() || fixture.only.iter().any(|name| name == setting.tenant);
            match shape.slots(Some(fixture), as_of.clone()) {
                Ok(slots) if mine && wanted => {
                    fixtures.push((fixture.number, fixture.place.clone(), fixture.key.clone(), slots));
                }
                Ok(_) => {}
                Err(fault) => faults.push(fault),
            }
        }
        fixtures.sort_by_key(|(number, ..)| *number);
        match faults.is_empty() {
            true => Ok(Draft { index, collection, copy, general, fixtures, generated }),
            false => Err(faults),
        }
    }

    fn part(&self, at: usize) -> Result<Part, Vec<Fault>> {
        let draft = &self.drafts[at];
        let name = &draft.collection.name;
        let mut faults = Vec::new();
        let mut row = |number: u32, place: &Place, key: &str, slots: &[Slot]| {
            let names: Vec<String> = slots.iter().map(|slot| slot.name.clone()).collect();
            let scope =
                Scope { compiler: self, draft, names: &names, number, key, path: String::new(), stream: Vec::new() };
            let nodes: Vec<Node> = slots
                .iter()
                .map(|slot| {
                    scope.node(slot).unwrap_or_else(|fault| {
                        faults.push(fault);
                        Node::Absent
                    })
                })
                .collect();
            let written = slots.iter().enumerate().filter(|(_, slot)| slot.written);
            let elements = tree(written.map(|(i, slot)| (slot.name.as_str(), i)).collect());
            Row { number, place: place.clone(), names, nodes, elements }
        };
        let general = row(0, &draft.collection.place, "", &draft.general);
        let fixtures: Vec<Row> =
            draft.fixtures.iter().map(|(number, place, key, slots)| row(*number, place, key, slots)).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let copy = draft.copy.map(|(i, _)| i);
        let prefix_of = |part: &str| {
            let mut prefix = [0; 8];
            let address = [&self.set.manifest.name, self.setting.seed_key, self.setting.address, part];
            prefix.copy_from_slice(&digest(&address)[..8]);
            prefix
        };
        // A copy has an identifier of its own, unless the platform gives it the account's.
        let as_account = draft.copy.is_none_or(|(_, copy)| copy.fields.only_at("_id").is_some());
        let part_name = copy.filter(|_| !as_account).map_or_else(|| name.clone(), |i| format!("{name}#{i}"));
        let uuids = [&self.set.manifest.name, self.setting.seed_key, self.setting.address, name, "@uuid"];
        Ok(Part {
            index: draft.index,
            name: name.clone(),
            target: draft.collection.target.clone(),
            copy,
            prefix: prefix_of(&part_name),
            account: prefix_of(name),
            generated: draft.generated,
            general,
            fixtures,
            uuids: Stream::of(&uuids),
        })
    }

    /// The part, by index, that a reference leads to.
    fn find(&self, collection: &str) -> Option<usize> {
        self.drafts.iter().position(|draft| draft.collection.name == collection && draft.copy.is_none())
    }
}

/// How many rows are generated.
fn rows(collection: &Collection, scale: f64) -> Result<u32, String> {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let wanted = if collection.scales { (collection.rows as f64 * scale).round() as u64 } else { collection.rows };
    match u32::try_from(wanted) {
        Ok(rows) if rows < super::draw::FIRST_FIXTURE => Ok(rows),
        _ => Err(format!("{wanted} rows are more than a collection of one tenant can have here (2147483647)")),
    }
}

/// Paths as documents inside documents, in the order of their first mention.
fn tree(paths: Vec<(&str, usize)>) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    let mut groups: Vec<(&str, Vec<(&str, usize)>)> = Vec::new();
    for (path, slot) in paths {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        match (groups.iter_mut().find(|(name, _)| *name == head), rest) {
            (Some((_, inner)), Some(rest)) => inner.push((rest, slot)),
            (_, rest) => groups.push((head, vec![(rest.unwrap_or_default(), slot)])),
        }
    }
    for (head, inner) in groups {
        let name = head.as_bytes().into();
        match inner.as_slice() {
            [("", slot)] => elements.push(Element::Slot { name, slot: *slot }),
            _ => elements.push(Element::Sub { name, fields: tree(inner) }),
        }
    }
    elements
}

impl fmt::Debug for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Hashes of passwords are not for logs.
        f.debug_struct("Setting")
            .field("platform", &self.platform.platform)
            .field("address", &self.address)
            .field("seed_key", &self.seed_key)
            .field("scale", &self.scale)
            .field("as_of", &self.as_of)
            .finish_non_exhaustive()
    }
}

/// Where a rule stands while it is compiled.
struct Scope<'c> {
    compiler: &'c Compiler<'c>,
    draft: &'c Draft<'c>,
    names: &'c [String],
    number: u32,
    key: &'c str,
    path: String,
    stream: Vec<String>,
}

impl Scope<'_> {
    fn node(&self, slot: &Slot) -> Result<Node, Fault> {
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

/// A moment: RFC 3339, a day, or a span from `as_of`.
///
/// # Errors
/// What is wrong with it.
pub fn moment_ms(text: &str, as_of: i64) -> Result<i64, String> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        return day.to_zoned(TimeZone::UTC).map(|at| at.timestamp().as_millisecond()).map_err(|e| e.to_string());
    }
    let wrong = || format!("{text:?} is no moment: write RFC 3339, a day, or a span such as `-3d` or `2h 30m`");
    let span = if text == "0" { jiff::Span::new() } else { text.parse().map_err(|_| wrong())? };
    let base = jiff::Timestamp::from_millisecond(as_of).map_err(|e| e.to_string())?.to_zoned(TimeZone::UTC);
    base.checked_add(span).map(|at| at.timestamp().as_millisecond()).map_err(|_| wrong())
}

/// A span in milliseconds; days have 24 hours.
fn span_ms(text: &str) -> Result<i64, String> {
    moment_ms(text, 0).map_err(|_| format!("{text:?} is no span: write `30m`, `5d`, `2h 30m`"))
}
