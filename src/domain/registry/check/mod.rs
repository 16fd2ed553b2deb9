//! What is wrong in a registry file, and where. Looks at the text itself: what a parser would drop, a name that stands
//! twice for instance, is what people look for when a screen is missing.

mod entries;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::source::{Kind, Node};
use super::{Members, Registry, Screen, Shape};
pub use crate::domain::severity::Severity;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The rule, `S01` and so on.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Line in the file, from 1; none where something is missing from it.
    pub line: Option<usize>,
    /// Column in the line, in bytes from 1.
    pub column: Option<usize>,
    /// The tenant concerned.
    pub tenant: Option<String>,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// A tenant as the file has it.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The identifier by which the shape knows it.
    pub tenant: String,
    /// That, and what else it is called in its entry.
    pub aliases: Vec<String>,
    /// Line and column of its entry.
    pub place: (usize, usize),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Checked {
    /// The shape, where it was recognised.
    pub shape: Option<Shape>,
    /// What an entry that is new to it could say of a screen, where the file can be read.
    pub members: Option<Members>,
    /// The tenants in the file, each once.
    pub tenants: Vec<Entered>,
    /// Number of screens.
    pub screens: usize,
    /// What was found, in the file's order.
    pub findings: Vec<Finding>,
}

/// Not JSON.
pub const BROKEN: &str = "S01";
/// No shape that is known.
pub const UNKNOWN_SHAPE: &str = "S02";
/// A tenant stands twice.
pub const TENANT_TWICE: &str = "S03";
/// A screen stands twice in a tenant.
pub const SCREEN_TWICE: &str = "S04";
/// A name is missing or empty.
pub const NO_NAME: &str = "S05";
/// An address is missing or empty.
pub const NO_URL: &str = "S06";
/// An address leads nowhere.
pub const BAD_URL: &str = "S07";
/// A value of the wrong type.
pub const WRONG_TYPE: &str = "S08";
/// A key that the catalogue lacks.
pub const UNKNOWN_KEY: &str = "S09";
/// A screen of the catalogue that no tenant is allowed.
pub const UNUSED_SCREEN: &str = "S10";
/// A tenant that is no organization.
pub const NO_ORGANIZATION: &str = "S11";
/// An organization without entry.
pub const NO_ENTRY: &str = "S12";
/// A member stands twice.
pub const MEMBER_TWICE: &str = "S13";

/// Checks the text of a registry file. `file` is how it is named to people.
pub fn check(file: &str, text: &str) -> Checked {
    let mut exam = Exam { text, file, tenant: None, checked: Checked::default() };
    let broken = serde_json::from_str::<Value>(text).err();
    let Some(root) = (if broken.is_none() { Node::read(text) } else { None }) else {
        let (line, column, why) =
            broken.map_or((1, 1, "it is empty".to_owned()), |e| (e.line(), e.column(), e.to_string()));
        exam.checked.findings.push(Finding {
            rule: BROKEN,
            severity: Severity::Error,
            line: Some(line),
            column: Some(column),
            tenant: None,
            message: format!("this is not JSON: {why}"),
            remedy: format!("repair {file}; until then no screen of any tenant can be read"),
        });
        return exam.checked;
    };
    let shape = guess(&root);
    exam.checked.shape = shape;
    match shape {
        Some(shape) => exam.shaped(&root, shape),
        None => exam.unknown(&root),
    }
    exam.doubled_members(&root, shape);
    // What is wrong in an entry can make its shape unknown; then the findings say why.
    match Registry::parse(file, text) {
        Ok(registry) => exam.checked.members = Some(registry.members("", &Screen::default())),
        Err(_) if exam.checked.findings.is_empty() => exam.unknown(&root),
        Err(_) => {}
    }
    exam.checked.findings.sort_by_key(|finding| (finding.line, finding.column));
    exam.checked
}

/// The shape that the file most likely has, whatever is wrong in its entries.
fn guess(root: &Node) -> Option<Shape> {
    let has = |node: &Node, member: &str| node.get(member).is_some();
    match &root.kind {
        Kind::Array(list) => (list.is_empty() || list.iter().any(|entry| has(entry, "tenant"))).then_some(Shape::List),
        Kind::Object(members) => {
            let array = |node: &Node| matches!(node.kind, Kind::Array(_));
            let of_tenant = |node: &Node| array(node) || has(node, "screens");
            if root.get("useCases").is_some_and(array) {
                Some(Shape::UseCases)
            } else if root.get("tenants").is_some_and(|tenants| matches!(tenants.kind, Kind::Object(_))) {
                Some(Shape::Tenants)
            } else {
                let some = members.is_empty() || members.iter().any(|member| of_tenant(&member.value));
                some.then_some(Shape::ByTenant)
            }
        }
        Kind::Scalar => None,
    }
}

struct Exam<'a> {
    text: &'a str,
    file: &'a str,
    tenant: Option<String>,
    checked: Checked,
}

/// A tenant's entry: the name it stands under, where, and what it says.
struct Entry<'a> {
    tenant: Option<String>,
    at: usize,
    node: &'a Node,
}

impl Exam<'_> {
    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, at - before.rfind('\n').map_or(0, |newline| newline + 1) + 1)
    }

    fn found(&mut self, rule: &'static str, at: usize, message: impl Into<String>, remedy: impl Into<String>) {
        self.found_as(Severity::Error, rule, at, message, remedy);
    }

    fn found_as(
        &mut self,
        severity: Severity,
        rule: &'static str,
        at: usize,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (line, column) = self.place(at);
        self.checked.findings.push(Finding {
            rule,
            severity,
            line: Some(line),
            column: Some(column),
            tenant: self.tenant.clone(),
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    fn unknown(&mut self, root: &Node) {
        let message = "this is none of the shapes of a registry that flowbit knows";
        let remedy = format!("compare {} with one that works; flowbit explain E0107", self.file);
        self.found(UNKNOWN_SHAPE, root.at, message, remedy);
    }

    fn string(&self, node: &Node) -> Option<String> {
        node.value(self.text).as_str().map(str::to_owned)
    }

    fn shaped(&mut self, root: &Node, shape: Shape) {
        let entries = self.entries(root, shape);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for entry in &entries {
            self.tenant.clone_from(&entry.tenant);
            let Some(tenant) = &entry.tenant else { continue };
            if tenant.trim().is_empty() {
                self.found(
                    NO_NAME,
                    entry.at,
                    "the name of this tenant is empty",
                    "name the tenant, or remove the entry",
                );
            }
            if let Some(first) = seen.get(tenant) {
                let message = format!("the tenant {tenant:?} stands here and in line {first}");
                self.found(TENANT_TWICE, entry.at, message, "join the two entries: which of them is read is chance");
            } else {
                let place = self.place(entry.at);
                seen.insert(tenant.clone(), place.0);
                let mut aliases = vec![tenant.clone()];
                if shape == Shape::Tenants {
                    let others = ["name", "customerId"].into_iter().filter_map(|member| entry.node.get(member));
                    aliases.extend(others.filter_map(|node| self.string(node)));
                }
                self.checked.tenants.push(Entered { tenant: tenant.clone(), aliases, place });
            }
        }
        let catalogue = root.get("screens").filter(|_| shape == Shape::Tenants);
        let mut allowed = Vec::new();
        for entry in entries {
            self.tenant = entry.tenant;
            self.entry(entry.node, shape, catalogue, &mut allowed);
        }
        self.tenant = None;
        if let Some(catalogue) = catalogue {
            self.catalogue(catalogue, &allowed);
        }
    }

    fn entries<'n>(&mut self, root: &'n Node, shape: Shape) -> Vec<Entry<'n>> {
        let container = match shape {
            Shape::UseCases => root.get("useCases"),
            Shape::Tenants => root.get("tenants"),
            Shape::List | Shape::ByTenant => Some(root),
        };
        let Some(container) = container else { return Vec::new() };
        let of_map = container.members().iter().map(|member| Entry {
            tenant: Some(member.key.clone()),
            at: member.name.0,
            node: &member.value,
        });
        let mut entries: Vec<Entry<'n>> = of_map.collect();
        for element in container.elements() {
            let tenant = element.get("tenant");
            let name = tenant.and_then(|node| self.string(node));
            match (tenant, &name) {
                (Some(_), Some(_)) => {}
                (Some(node), None) => {
                    self.found(WRONG_TYPE, node.at, "the name of the tenant is no text", "write it as text");
                }
                (None, _) => {
                    self.found(NO_NAME, element.at, "this entry does not say whose it is", "add the member `tenant`");
                }
            }
            entries.push(Entry { tenant: name, at: element.at, node: element });
        }
        entries
    }

    fn entry(&mut self, node: &Node, shape: Shape, catalogue: Option<&Node>, allowed: &mut Vec<String>) {
        if let Some(list) = node.get("allowedScreens") {
            return self.keys(list, catalogue, allowed);
        }
        if matches!(node.kind, Kind::Array(_)) {
            return self.list(node);
        }
        if let Some(list) = node.get("screens") {
            return self.list(list);
        }
        match (shape, &node.kind) {
            (Shape::UseCases | Shape::List, Kind::Object(_)) => self.only_url(node),
            (Shape::UseCases | Shape::List, _) => {
                self.found(WRONG_TYPE, node.at, "an entry is no object", "write {\"tenant\": …, \"screenUrl\": …}");
            }
            (Shape::Tenants, Kind::Object(_)) => {
                let member = if catalogue.is_some() { "allowedScreens" } else { "screens" };
                let message = format!("the tenant has no member `{member}`");
                self.found_as(Severity::Warning, WRONG_TYPE, node.at, message, format!("add \"{member}\": []"));
            }
            _ => {
                let message = "the entry holds no list of screens";
                self.found(WRONG_TYPE, node.at, message, "write {\"screens\": […]}, like the others");
            }
        }
    }

    /// Names that stand twice in an object: readers take the last and say nothing. Tenants have a rule of their own.
    fn doubled_members(&mut self, root: &Node, shape: Option<Shape>) {
        let tenants = match shape {
            Some(Shape::Tenants) => root.get("tenants").map(|node| node.at),
            Some(Shape::ByTenant) => Some(root.at),
            _ => None,
        };
        let mut doubled = Vec::new();
        root.walk(&mut |node| {
            if tenants == Some(node.at) {
                return;
            }
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            for member in node.members() {
                match seen.get(member.key.as_str()) {
                    Some(first) => doubled.push((member.key.clone(), *first, member.name.0)),
                    None => drop(seen.insert(&member.key, member.name.0)),
                }
            }
        });
        for (key, first, at) in doubled {
            let message =
                format!("the member {key:?} stands twice in one object, first in line {}", self.place(first).0);
            self.found(MEMBER_TWICE, at, message, "leave one of them: the last one counts");
        }
    }
}
