//! From a set to something that writes documents: every name looked up, every span a moment, every constant its bytes.

use std::collections::HashMap;
use std::fmt;

use bson::Bson;

use super::draw::{Stream, digest};
use super::encode::{MAX_DOCUMENT, Node};
use super::scope::Scope;
use super::shapes::{Shape, Slot, takes_accounts};
use super::{Collection, Fault, Place, SeedSet, Target};
use crate::domain::description::{AccountCopy, Description};
use crate::domain::template::{Vars, plain};

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

pub(super) struct Compiler<'a> {
    pub set: &'a SeedSet,
    pub setting: &'a Setting<'a>,
    pub drafts: Vec<Draft<'a>>,
    pub vars: HashMap<String, String>,
}

pub(super) struct Draft<'a> {
    pub index: usize,
    pub collection: &'a Collection,
    pub copy: Option<(usize, &'a AccountCopy)>,
    pub general: Vec<Slot>,
    pub fixtures: Vec<Written>,
    pub generated: u32,
}

/// A fixture before it is compiled: number, place, key, fields.
pub(super) type Written = (u32, Place, String, Vec<Slot>);

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
        faults.extend(super::cycles::cycles(&parts));
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
    pub fn find(&self, collection: &str) -> Option<usize> {
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
