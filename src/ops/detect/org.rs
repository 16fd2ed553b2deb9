//! The records of organizations, and what points to them: found by what values equal, not by what fields are called.

use std::collections::BTreeSet;

use bson::Bson;

use super::facts::{Column, DatabaseFacts, Sheet};
use super::naming;
use super::picture::{Certainty, Notes, Section, of};
use super::values::{is_email, is_hex, is_uuid, may_be_hash, names_choice, names_secret, names_tenant};
use crate::domain::description::IdType;
use crate::domain::template::plain;

/// Where the names of stores that records hold lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    Collections,
    Databases,
}

/// The records of organizations.
#[derive(Debug, Clone)]
pub(super) struct OrgFound<'a> {
    pub sheet: Sheet<'a>,
    pub id: String,
    pub id_type: IdType,
    pub name: String,
    pub slug: Option<String>,
    /// The path of the store's name, and what it names.
    pub store: Option<(String, Leads)>,
}

/// How a field points to something: the template that gives its value, and how often it did.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Link {
    pub path: String,
    pub template: &'static str,
    pub hits: usize,
    pub of: usize,
}

impl Link {
    /// Sure when all fit, and not by chance.
    pub fn certainty(&self) -> Certainty {
        Certainty::sure_if(self.hits == self.of)
    }
}

impl<'a> OrgFound<'a> {
    /// The name of one organization.
    pub fn name_of(&self, row: usize) -> Option<&'a str> {
        self.sheet.column(&self.name)?.text(row)
    }

    /// The name of one organization's store, where its record holds one.
    pub fn store_of(&self, row: usize) -> Option<&'a str> {
        self.sheet.column(&self.store.as_ref()?.0)?.text(row)
    }

    /// The slug of one organization, where its record holds one.
    pub fn slug_of(&self, row: usize) -> Option<&'a str> {
        self.sheet.column(self.slug.as_ref()?)?.text(row)
    }

    /// The identifier of one organization.
    pub fn id_of(&self, row: usize) -> Option<&'a Bson> {
        self.sheet.column(&self.id)?.cells.get(row).copied().flatten()
    }

    /// The names, where there are any.
    pub fn names(&self) -> Vec<String> {
        (0..self.sheet.rows()).filter_map(|row| self.name_of(row)).map(str::to_owned).collect()
    }

    /// The organization a value points to, and how.
    pub fn pointed_to(&self, value: &Bson) -> Option<(usize, &'static str)> {
        let text = value.as_str();
        (0..self.sheet.rows()).find_map(|row| {
            let id = self.id_of(row);
            let how = if id == Some(value) {
                "{org.id}"
            } else if text.is_some() && matches!(id, Some(Bson::ObjectId(_))) && id.map(plain).as_deref() == text {
                "{org.id:string}"
            } else if text.is_some() && self.slug_of(row) == text && self.name_of(row) != text {
                "{slug}"
            } else if text.is_some() && self.name_of(row) == text {
                "{name}"
            } else if text.is_some() && self.store_of(row) == text {
                "{store}"
            } else {
                return None;
            };
            Some((row, how))
        })
    }

    /// How a column points to organizations, if it does.
    pub fn link(&self, column: &Column<'_>) -> Option<Link> {
        let mut ways: Vec<(&'static str, usize)> = Vec::new();
        let mut whole = 0;
        for value in column.filled() {
            whole += 1;
            if let Some((_, how)) = self.pointed_to(value) {
                match ways.iter_mut().find(|(known, _)| *known == how) {
                    Some((_, n)) => *n += 1,
                    None => ways.push((how, 1)),
                }
            }
        }
        let (template, hits) = ways.into_iter().max_by_key(|(_, n)| *n)?;
        // Of many organizations a sample was seen: what it does not hold proves nothing.
        let enough = if self.sheet.is_whole() { hits * 2 >= whole } else { hits > 0 };
        enough.then(|| Link { path: column.path.clone(), template, hits, of: whole })
    }

    /// How the documents of a collection point to organizations: by identifier before by name.
    pub fn link_in(&self, sheet: &Sheet<'_>) -> Option<Link> {
        let order = ["{org.id}", "{org.id:string}", "{slug}", "{name}", "{store}"];
        let mut links: Vec<Link> = sheet.columns.iter().filter_map(|column| self.link(column)).collect();
        links.sort_by_key(|link| order.iter().position(|known| *known == link.template));
        links.into_iter().next()
    }
}

/// Finds the collection of organization records.
pub(super) fn find<'a>(
    sheets: &[Sheet<'a>],
    accounts: &[&Sheet<'a>],
    master: &DatabaseFacts,
    databases: &BTreeSet<&str>,
) -> Option<OrgFound<'a>> {
    let mut best: Option<(usize, OrgFound<'a>)> = None;
    for sheet in sheets.iter().filter(|sheet| sheet.rows() > 0) {
        let is_account = accounts.iter().any(|account| account.name == sheet.name);
        let Some(found) = as_organizations(sheet, master, databases) else { continue };
        if is_account && found.store.is_none() {
            continue;
        }
        let others = || accounts.iter().filter(|account| account.name != sheet.name);
        let by_accounts = others().any(|account| found.link_in(account).is_some());
        let by_documents = sheets.iter().any(|other| {
            let is_other = other.name != sheet.name && !accounts.iter().any(|account| account.name == other.name);
            is_other && other.columns.iter().any(|c| found.link(c).is_some_and(|l| l.template.starts_with("{org.id")))
        });
        let score = 4 * usize::from(found.store.is_some())
            + 3 * usize::from(by_accounts)
            + usize::from(by_documents)
            + 2 * usize::from(names_tenant(sheet.name));
        // A hint in the name alone is none; a link alone may lead to departments.
        if score >= 4 && best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, found));
        }
    }
    best.map(|(_, found)| found)
}

/// Reads a collection as if it held organizations.
fn as_organizations<'a>(sheet: &Sheet<'a>, master: &DatabaseFacts, databases: &BTreeSet<&str>) -> Option<OrgFound<'a>> {
    let store = store_path(sheet, master, databases);
    let is_store = |path: &str| store.as_ref().is_some_and(|(known, _)| known == path);
    let candidates: Vec<&Column<'a>> = sheet
        .columns
        .iter()
        .filter(|column| column.tells_apart() && column.in_tenths(6) && !is_store(&column.path))
        .filter(|column| {
            let leaf = column.leaf();
            !names_choice(&leaf)
                && !names_secret(&leaf)
                && !column.path.contains('.')
                && !column.texts().any(|text| is_email(text) || is_uuid(text) || is_hex(text) || text.len() > 120)
                && !column.filled().any(may_be_hash)
        })
        .collect();
    let stores = store.as_ref().and_then(|(path, _)| sheet.column(path));
    let name = candidates.iter().max_by_key(|column| name_weight(column, stores))?;
    if name_weight(name, stores) == 0 {
        return None;
    }
    let slug = candidates.iter().find(|column| {
        column.path != name.path
            && ["slug", "subdomain", "handle", "urlname", "shortname", "identifier"].contains(&column.leaf().as_str())
    });
    let (id, id_type) = identifier(sheet)?;
    Some(OrgFound {
        sheet: sheet.clone(),
        id,
        id_type,
        name: name.path.clone(),
        slug: slug.map(|column| column.path.clone()),
        store,
    })
}

/// The path whose texts are names of collections here, or of databases, each once.
fn store_path(sheet: &Sheet<'_>, master: &DatabaseFacts, databases: &BTreeSet<&str>) -> Option<(String, Leads)> {
    let mut best: Option<(usize, String, Leads)> = None;
    for column in sheet.columns.iter().filter(|column| column.tells_apart() && column.in_tenths(5)) {
        let words = column.words();
        let there = |test: &dyn Fn(&str) -> bool| words.iter().filter(|word| test(word)).count();
        let collections = there(&|word| word != sheet.name && master.has(word));
        let outside = there(&|word| databases.contains(word));
        let (hits, leads) =
            if collections >= outside { (collections, Leads::Collections) } else { (outside, Leads::Databases) };
        // A platform that makes collections late has records without one: half of them is enough.
        if hits > 0 && hits * 2 >= words.len() {
            // The first of several copies, and the one at the top.
            let weight = hits * 10 - column.path.matches('.').count().min(9);
            if best.as_ref().is_none_or(|(most, _, _)| weight > *most) {
                best = Some((weight, column.path.clone(), leads));
            }
        }
    }
    best.map(|(_, path, leads)| (path, leads))
}

/// How likely a column is to hold the names of organizations; zero for none.
fn name_weight(column: &Column<'_>, stores: Option<&Column<'_>>) -> usize {
    let leaf = column.leaf();
    let told: usize = match leaf.as_str() {
        "name" | "organizationname" | "organisationname" | "orgname" | "companyname" | "tenantname"
        | "customername" | "clientname" | "workspacename" => 6,
        "displayname" | "organization" | "organisation" | "company" | "tenant" | "title" | "org" => 4,
        "slug" | "subdomain" | "handle" | "domain" | "description" | "website" | "url" => 0,
        _ if ["first", "last", "user", "admin", "file", "contact", "owner"]
            .iter()
            .any(|word| leaf.starts_with(word)) =>
        {
            0
        }
        _ if leaf.ends_with("name") => 3,
        "id" => 0,
        _ => 0,
    };
    let explains = stores.is_some_and(|stores| {
        let pairs: Vec<(String, String)> = (0..stores.cells.len())
            .filter_map(|row| Some((column.text(row)?.to_owned(), stores.text(row)?.to_owned())))
            .collect();
        let habit = naming::habit(&[]);
        naming::infer(&pairs, &habit).is_some_and(|rule| rule.explains.0 * 2 > rule.explains.1)
    });
    // What the store's name is made from is a name, whatever it is called; a slug would do as well, but ranks behind.
    told + if explains { 2 } else { 0 }
}

/// The path of identifiers and what they look like: a UUID of its own before `_id`.
pub(super) fn identifier(sheet: &Sheet<'_>) -> Option<(String, IdType)> {
    let own = sheet.column("_id")?;
    let uuid = |column: &Column<'_>| column.all(|value| value.as_str().is_some_and(is_uuid));
    if uuid(own) {
        return Some(("_id".to_owned(), IdType::Uuid));
    }
    let beside = ["id", "uuid", "orgid", "organizationid", "tenantid", "userid"];
    if let Some(column) =
        sheet.columns.iter().find(|c| beside.contains(&c.leaf().as_str()) && uuid(c) && c.tells_apart())
    {
        return Some((column.path.clone(), IdType::Uuid));
    }
    own.all(|value| matches!(value, Bson::ObjectId(_))).then(|| ("_id".to_owned(), IdType::ObjectId))
}

/// Says what the records are.
pub(super) fn note(found: &OrgFound<'_>, notes: &mut Notes) {
    let rows = found.sheet.rows();
    let documents = format!("{rows} documents seen of about {}", found.sheet.facts.count);
    let s = Section::Organization;
    let certain = Certainty::sure_if(rows > 1);
    let collection = format!("{documents}; other records and stores are named in it or point to it");
    notes.add(s, "organization.collection", found.sheet.name, certain, collection);
    let different = found.sheet.column(&found.name).map_or(0, |column| column.words().len());
    let evidence = format!("{different} different names in {rows} documents");
    notes.add(s, "organization.name", &found.name, certain, evidence);
    if let Some((path, leads)) = &found.store {
        let what = if *leads == Leads::Collections { "collections of this database" } else { "databases" };
        let words = found.sheet.column(path).map_or(0, |column| column.words().len());
        let evidence = format!("its {words} different texts are names of {what}");
        notes.add(s, "organization.store", path, Certainty::Sure, evidence);
    }
    if let Some(path) = &found.slug {
        notes.add(
            s,
            "organization.slug",
            path,
            Certainty::Guessed,
            "by the name of the field, one text for each record",
        );
    }
    let kind = if found.id_type == IdType::Uuid { "a UUID as text" } else { "an ObjectId" };
    let looks = found.sheet.column(&found.id).map_or(0, Column::present);
    notes.add(s, "organization.id", &found.id, Certainty::Sure, format!("{kind} in {} documents", of(looks, rows)));
}
