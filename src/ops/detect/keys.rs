//! Collections that tenants share: the tenant key, the collections that carry it, and its twins.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document};

use super::account::AccountFound;
use super::facts::{Column, Sheet};
use super::naming::{self, NameHabit};
use super::org::OrgFound;
use super::picture::{Certainty, KeyedPicture, Notes, Section, indexes_of, of};
use super::record::Known;
use super::stores::{rule_text, slug_steps};
use super::values::{is_email, names_choice, names_tenant};
use crate::domain::naming::NameStep;
use crate::domain::template::plain;

/// The tenant key.
#[derive(Debug, Clone)]
pub(super) struct KeyFound {
    /// Its path in accounts.
    pub path: String,
    /// What it is made of.
    pub template: &'static str,
    /// A field of accounts with the display name, where the key is a slug; with the slug, where it is the name.
    pub twin: Option<(String, &'static str)>,
    pub steps: Vec<NameStep>,
    pub habit: NameHabit,
    pub keyed: Vec<KeyedPicture>,
    /// The display name and the slug by key.
    names: BTreeMap<String, (String, String)>,
}

impl KeyFound {
    /// What is known of the tenant of each document of a collection with the key at this path.
    pub fn known(&self, sheet: &Sheet<'_>, path: &str) -> Vec<Known> {
        let cells = sheet.column(path).map(|column| column.cells.clone()).unwrap_or_default();
        let by = |pick: &dyn Fn(&(String, String)) -> String| -> Vec<Option<Bson>> {
            cells.iter().map(|cell| Some(Bson::String(pick(self.names.get((*cell)?.as_str()?)?)))).collect()
        };
        vec![
            Known { template: "{name}", values: by(&|(name, _)| name.clone()) },
            Known { template: "{slug}", values: by(&|(_, slug)| slug.clone()) },
        ]
    }
}

/// How well a column of accounts would do as tenant key.
fn weight(account: &AccountFound<'_>, column: &Column<'_>, sheets: &[Sheet<'_>], org: Option<&OrgFound<'_>>) -> usize {
    let leaf = column.leaf();
    let keys = values(column);
    let is_candidate = column.path != "_id"
        && column.path != account.email
        && column.path != account.hash
        && !names_choice(&leaf)
        && column.in_tenths(5)
        && column.all(|value| matches!(value, Bson::String(_) | Bson::ObjectId(_)))
        && !column.texts().any(is_email);
    if !is_candidate {
        return 0;
    }
    let linked = org.is_some_and(|org| org.link(column).is_some());
    if keys.len() == column.filled().count() && !names_tenant(&leaf) && !linked {
        return 0;
    }
    let mut weight = 2 * usize::from(names_tenant(&leaf)) + 3 * usize::from(linked);
    for sheet in sheets.iter().filter(|sheet| sheet.name != account.sheet.name) {
        weight += match sheet.column(&column.path) {
            Some(other) => {
                let theirs = values(other);
                let shared = theirs.intersection(&keys).count();
                // Samples of large collections need not meet in the same tenants.
                let met = if account.sheet.is_whole() && sheet.is_whole() { shared * 2 >= theirs.len() } else { true };
                if shared > 0 && met { 2 } else { 0 }
            }
            None => usize::from(is_indexed(sheet, &column.path)),
        };
    }
    weight
}

fn values(column: &Column<'_>) -> BTreeSet<String> {
    column.filled().filter(|value| matches!(value, Bson::String(_) | Bson::ObjectId(_))).map(plain).collect()
}

fn is_indexed(sheet: &Sheet<'_>, path: &str) -> bool {
    let first = |index: &Document| index.get_document("key").ok().and_then(|keys| keys.keys().next().cloned());
    sheet.facts.indexes.iter().any(|index| first(index).as_deref() == Some(path))
}

/// The column of accounts that is the likeliest tenant key, with its weight.
pub(super) fn candidate(
    account: &AccountFound<'_>,
    sheets: &[Sheet<'_>],
    org: Option<&OrgFound<'_>>,
) -> Option<(usize, String)> {
    let weighed = account.sheet.columns.iter().map(|column| (weight(account, column, sheets, org), column));
    weighed.max_by_key(|(weight, _)| *weight).filter(|(weight, _)| *weight >= 2).map(|(w, c)| (w, c.path.clone()))
}

/// Makes out the tenant key; none where accounts have no such field, or no collection besides them carries it.
pub(super) fn find(
    account: &AccountFound<'_>,
    sheets: &[Sheet<'_>],
    org: Option<&OrgFound<'_>>,
    notes: &mut Notes,
) -> Option<KeyFound> {
    let (_, path) = candidate(account, sheets, org)?;
    let column = account.sheet.column(&path)?;
    let keys = values(column);
    let (template, twin, steps, habit, names) = match org {
        Some(org) => {
            let template = org.link(column)?.template;
            let habit = naming::habit(&org.names());
            let steps = if org.slug.is_some() { slug_steps(org, &habit, notes) } else { own_rule(notes) };
            (template, None, steps, habit, BTreeMap::new())
        }
        None => by_twin(account, column, notes),
    };
    let mut found = KeyFound { path: path.clone(), template, twin, steps, habit, keyed: Vec::new(), names };
    let certainty = Certainty::sure_if(keys.len() > 1);
    let evidence =
        format!("{} different values in {} accounts, the same in other collections", keys.len(), column.present());
    notes.add(Section::Keyed, "tenant key", format!("{path} = {template}"), certainty, evidence);
    for sheet in sheets.iter().filter(|sheet| sheet.name != account.sheet.name) {
        if org.is_some_and(|org| org.sheet.name == sheet.name) {
            continue;
        }
        match key_in(sheet, &path, &keys) {
            Some((theirs, hits)) => found.keyed.push(keyed(&found, sheet, &theirs, hits, notes)),
            None => {
                let why = "no field of it holds tenant keys; it is left alone";
                notes.add(Section::Keyed, "no tenant's", sheet.name, Certainty::sure_if(sheet.rows() > 0), why);
            }
        }
    }
    (!found.keyed.is_empty()).then_some(found)
}

/// The path of the tenant key in another collection, and in how many documents it is one that accounts have.
fn key_in(sheet: &Sheet<'_>, path: &str, keys: &BTreeSet<String>) -> Option<(String, usize)> {
    let hits = |column: &Column<'_>| column.filled().filter(|value| keys.contains(&plain(value))).count();
    match sheet.column(path) {
        Some(column) => return Some((path.to_owned(), hits(column))),
        None if sheet.rows() == 0 => return is_indexed(sheet, path).then(|| (path.to_owned(), 0)),
        None => {}
    }
    let fits = |column: &&Column<'_>| {
        let all = column.filled().count();
        all > 0 && !names_choice(&column.leaf()) && column.in_tenths(6) && hits(column) * 10 >= all * 8
    };
    sheet.columns.iter().find(fits).map(|column| (column.path.clone(), hits(column)))
}

fn keyed(found: &KeyFound, sheet: &Sheet<'_>, path: &str, hits: usize, notes: &mut Notes) -> KeyedPicture {
    let mut fields = Document::new();
    fields.insert(path, found.template);
    let rows = sheet.rows();
    let certainty = Certainty::sure_if(rows > 0 && path == found.path);
    let evidence = if rows == 0 {
        format!("it is empty, and has an index that begins with {path}")
    } else {
        format!("{path} is the key of an account's tenant in {} documents", of(hits, rows))
    };
    notes.add(Section::Keyed, "keyed collection", sheet.name, certainty, evidence);
    for known in found.known(sheet, path) {
        for column in sheet.columns.iter().filter(|column| column.path != path && column.in_tenths(5)) {
            let pairs: Vec<_> =
                column.cells.iter().zip(&known.values).filter_map(|(a, b)| Some(((*a)?, b.as_ref()?))).collect();
            let same = pairs.iter().filter(|(a, b)| a == b).count();
            if same > 0 && same * 10 >= pairs.len() * 8 && !fields.contains_key(&column.path) {
                let evidence = format!("equals {} in {} documents", known.template, of(same, pairs.len()));
                notes.add(
                    Section::Keyed,
                    format!("{}.{}", sheet.name, column.path),
                    known.template,
                    Certainty::sure_if(same > 1),
                    evidence,
                );
                fields.insert(&column.path, known.template);
            }
        }
    }
    KeyedPicture {
        collection: sheet.name.to_owned(),
        key: path.to_owned(),
        fields,
        indexes: indexes_of(&sheet.facts.indexes),
    }
}

fn own_rule(notes: &mut Notes) -> Vec<NameStep> {
    let steps = naming::own_rule();
    let why = "no slug is stored anywhere; names that look alike count as one";
    notes.add(Section::Naming, "naming.slug", rule_text(&steps), Certainty::Guessed, why);
    steps
}

type ByTwin =
    (&'static str, Option<(String, &'static str)>, Vec<NameStep>, NameHabit, BTreeMap<String, (String, String)>);

/// What the key is made of, where no record says: the slug of a display name beside it, or the name itself.
fn by_twin(account: &AccountFound<'_>, key: &Column<'_>, notes: &mut Notes) -> ByTwin {
    for twin in account.sheet.columns.iter().filter(|column| column.path != key.path && column.path != account.email) {
        let leaf = twin.leaf();
        let is_named = names_tenant(&leaf) || leaf.ends_with("name");
        let Some(pairs) = pairs_of(key, twin).filter(|_| is_named && !names_choice(&leaf)) else { continue };
        let backward: Vec<(String, String)> = pairs.iter().map(|(key, twin)| (twin.clone(), key.clone())).collect();
        for (pairs, template, other) in [(backward, "{slug}", "{name}"), (pairs, "{name}", "{slug}")] {
            let names: Vec<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
            let habit = naming::habit(&names);
            let rule = naming::infer(&pairs, &habit)
                .filter(|rule| rule.explains.0 == pairs.len() && rule.prefix.is_empty() && rule.suffix.is_empty());
            let Some(rule) = rule.filter(|_| pairs.iter().any(|(name, slug)| name != slug)) else { continue };
            let certainty = Certainty::sure_if(pairs.len() > 1);
            let evidence = format!(
                "with the tenant key one is the slug of the other, for {} tenants",
                of(pairs.len(), pairs.len())
            );
            notes.add(Section::Account, format!("account.{}", twin.path), other, certainty, evidence);
            let certainty = Certainty::sure_if(rule.doubts.is_empty() && pairs.len() > 1);
            notes.add(
                Section::Naming,
                "naming.slug",
                rule_text(&rule.steps),
                certainty,
                format!("explains the keys of {} tenants", of(pairs.len(), pairs.len())),
            );
            rule.doubts.iter().for_each(|doubt| notes.gap(Section::Naming, doubt.clone()));
            let names = pairs
                .into_iter()
                .map(|(name, slug)| (if template == "{slug}" { slug.clone() } else { name.clone() }, (name, slug)))
                .collect();
            return (template, Some((twin.path.clone(), other)), rule.steps, habit, names);
        }
    }
    let keys: Vec<String> = key.words().into_iter().map(str::to_owned).collect();
    let steps = own_rule(notes);
    let names = keys.iter().map(|key| (key.clone(), (key.clone(), naming::slug(&steps, key)))).collect();
    ("{name}", None, steps, naming::habit(&keys), names)
}

/// Each key with the one text beside it; none where a key has two.
fn pairs_of(key: &Column<'_>, twin: &Column<'_>) -> Option<Vec<(String, String)>> {
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for row in 0..key.cells.len() {
        let (Some(key), Some(twin)) = (key.text(row), twin.text(row)) else { continue };
        if pairs.insert(key.to_owned(), twin.to_owned()).is_some_and(|before| before != twin) {
            return None;
        }
    }
    (!pairs.is_empty()).then(|| pairs.into_iter().collect())
}
