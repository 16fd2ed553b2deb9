//! Tenants with collections or a database of their own: which are whose, how they are named, and what is in them.

use std::collections::BTreeMap;

use super::facts::{DatabaseFacts, Facts, Sheet};
use super::naming::{self, NameHabit};
use super::org::{Leads, OrgFound};
use super::picture::{Certainty, Notes, Section, StorePicture, indexes_of, of};
use crate::domain::Layout;
use crate::domain::description::IndexShape;
use crate::domain::naming::NameStep;

/// A collection of one tenant.
#[derive(Debug, Clone)]
pub(super) struct TenantSheet<'a> {
    /// The organization, by row of its record.
    pub row: usize,
    /// The kind: the collection's name in a tenant's database.
    pub kind: Option<String>,
    pub sheet: Sheet<'a>,
}

/// Where tenants live, for the layouts in which each has a place of its own.
#[derive(Debug, Clone)]
pub(super) struct Ground<'a> {
    pub layout: Layout,
    pub steps: Vec<NameStep>,
    pub store: StorePicture,
    pub sheets: Vec<TenantSheet<'a>>,
    /// The store's name and the slug of each organization, by row.
    pub stores: Vec<Option<String>>,
}

/// Names that contain slugs: what is before them, and for each name whose it is and what is behind.
struct Derived {
    steps: Vec<NameStep>,
    prefix: String,
    whose: Vec<(usize, String, String)>,
    covered: usize,
}

/// Makes out where tenants live; none where nothing is named after organizations.
pub(super) fn ground<'a>(
    org: &OrgFound<'_>,
    facts: &'a Facts,
    own: &[&str],
    habit: &NameHabit,
    notes: &mut Notes,
) -> Option<Ground<'a>> {
    match &org.store {
        Some((_, leads)) => stored(org, facts, *leads, habit, notes),
        None => derived_collections(org, facts, own, notes).or_else(|| derived_databases(org, facts, notes)),
    }
}

fn stored<'a>(
    org: &OrgFound<'_>,
    facts: &'a Facts,
    leads: Leads,
    habit: &NameHabit,
    notes: &mut Notes,
) -> Option<Ground<'a>> {
    let rows = 0..org.sheet.rows();
    let stores: Vec<Option<String>> = rows.clone().map(|row| org.store_of(row).map(str::to_owned)).collect();
    let named: Vec<(String, String)> =
        rows.filter_map(|row| Some((org.name_of(row)?.to_owned(), stores[row].clone()?))).collect();
    let (steps, prefix, suffix) = match org.slug {
        Some(_) => {
            let steps = slug_steps(org, habit, notes);
            let slugs = |row: usize| Some((org.slug_of(row)?.to_owned(), stores[row].clone()?));
            let pairs: Vec<(String, String)> = (0..stores.len()).filter_map(slugs).collect();
            let (prefix, suffix, _) = naming::affixes(&pairs)?;
            (steps, prefix, suffix)
        }
        None => {
            let rule = naming::infer(&named, habit)?;
            let value = rule_text(&rule.steps);
            let certainty =
                Certainty::sure_if(rule.explains.0 == rule.explains.1 && rule.doubts.is_empty() && named.len() > 1);
            let evidence = format!("explains {} names of stores", of(rule.explains.0, rule.explains.1));
            notes.add(Section::Naming, "naming.slug", value, certainty, evidence);
            rule.doubts.iter().for_each(|doubt| notes.gap(Section::Naming, doubt.clone()));
            (rule.steps, rule.prefix, rule.suffix)
        }
    };
    let template = format!("{prefix}{{slug}}{suffix}");
    let mut ground =
        Ground { layout: Layout::Collection, steps, store: StorePicture::default(), sheets: Vec::new(), stores };
    if leads == Leads::Collections {
        for collection in facts
            .master
            .collections
            .iter()
            .filter(|collection| !collection.sample.is_empty() || !collection.indexes.is_empty())
        {
            if let Some(row) = ground.stores.iter().position(|store| store.as_ref() == Some(&collection.name)) {
                ground.sheets.push(TenantSheet { row, kind: None, sheet: Sheet::of(collection) });
            }
        }
        note_layout(&ground, "each record names a collection of this database", notes);
        let all: Vec<Vec<IndexShape>> = ground.sheets.iter().map(|t| indexes_of(&t.sheet.facts.indexes)).collect();
        ground.store.indexes = common(&all);
        ground.store.collection = Some(template);
    } else {
        ground.layout = Layout::Database;
        let whose = |database: &DatabaseFacts| ground.stores.iter().position(|s| s.as_ref() == Some(&database.name));
        let databases: Vec<(usize, &'a DatabaseFacts)> =
            facts.tenants.iter().filter_map(|database| Some((whose(database)?, database))).collect();
        note_layout(&ground, "each record names a database", notes);
        settle_databases(&mut ground, &databases, template, notes);
    }
    Some(ground)
}

/// The rule from the stored slugs.
pub(super) fn slug_steps(org: &OrgFound<'_>, habit: &NameHabit, notes: &mut Notes) -> Vec<NameStep> {
    let pair = |row: usize| Some((org.name_of(row)?.to_owned(), org.slug_of(row)?.to_owned()));
    let pairs: Vec<(String, String)> = (0..org.sheet.rows()).filter_map(pair).collect();
    let rule = naming::infer(&pairs, habit).filter(|rule| rule.prefix.is_empty() && rule.suffix.is_empty());
    match rule {
        Some(rule) => {
            let certain = rule.explains.0 == rule.explains.1 && rule.doubts.is_empty() && pairs.len() > 1;
            let certainty = Certainty::sure_if(certain);
            let evidence = format!("explains {} slugs", of(rule.explains.0, rule.explains.1));
            notes.add(Section::Naming, "naming.slug", rule_text(&rule.steps), certainty, evidence);
            rule.doubts.into_iter().for_each(|doubt| notes.gap(Section::Naming, doubt));
            rule.steps
        }
        None => {
            notes.gap(Section::Naming, "no rule leads from the names to the slugs; flowbit's own stands in");
            naming::own_rule()
        }
    }
}

fn note_layout(ground: &Ground<'_>, evidence: &str, notes: &mut Notes) {
    let stores = ground.stores.iter().flatten().count();
    let evidence = format!("{evidence} ({})", of(stores, ground.stores.len()));
    notes.add(Section::Top, "layout", ground.layout.word(), Certainty::sure_if(stores > 1), evidence);
}

/// What every tenant's database has.
fn settle_databases<'a>(
    ground: &mut Ground<'a>,
    databases: &[(usize, &'a DatabaseFacts)],
    template: String,
    notes: &mut Notes,
) {
    let mut kinds: BTreeMap<&str, Vec<Vec<IndexShape>>> = BTreeMap::new();
    for (row, database) in databases {
        for collection in &database.collections {
            kinds.entry(&collection.name).or_default().push(indexes_of(&collection.indexes));
            let kind = Some(collection.name.clone());
            ground.sheets.push(TenantSheet { row: *row, kind, sheet: Sheet::of(collection) });
        }
    }
    for (kind, all) in kinds {
        let section = Section::Store;
        if all.len() == databases.len() {
            let evidence = format!("in {} databases that were looked into", of(all.len(), databases.len()));
            notes.add(section, "store.kind", kind, Certainty::Guessed, evidence);
            ground.store.kinds.push((kind.to_owned(), common(&all)));
        } else {
            let gap = format!(
                "{kind} is in {} tenants' databases; a new tenant does not get it",
                of(all.len(), databases.len())
            );
            notes.gap(section, gap);
        }
    }
    ground.store.database = Some(template);
}

/// Indexes that more than half of the collections have.
fn common(all: &[Vec<IndexShape>]) -> Vec<IndexShape> {
    let mut found: Vec<IndexShape> = Vec::new();
    for index in all.iter().flatten() {
        let having = all.iter().filter(|indexes| indexes.contains(index)).count();
        if having * 2 > all.len() && !found.contains(index) {
            found.push(index.clone());
        }
    }
    found
}

/// Looks for slugs in names; the rule by which most organizations are found is taken.
fn derive(org: &OrgFound<'_>, names: &[&str]) -> Option<Derived> {
    let mut best: Option<Derived> = None;
    let mixed = org.names().iter().any(|name| name.chars().any(char::is_uppercase));
    for steps in naming::rules(mixed) {
        let slug = |row: usize| match org.slug_of(row) {
            Some(slug) => Some(slug.to_owned()),
            None => org.name_of(row).map(|name| naming::slug(&steps, name)),
        };
        let slugs: Vec<(usize, String)> = (0..org.sheet.rows())
            .filter_map(|row| Some((row, slug(row)?)))
            .filter(|(_, slug)| slug.len() >= 2)
            .collect();
        for prefix in prefixes(&slugs, names) {
            let whose = assign(&slugs, names, &prefix);
            let mut rows: Vec<usize> = whose.iter().map(|(row, _, _)| *row).collect();
            rows.dedup();
            let covered = rows.len();
            if best.as_ref().is_none_or(|best| covered > best.covered) {
                best = Some(Derived { steps: steps.clone(), prefix, whose, covered });
            }
        }
    }
    best.filter(|best| best.covered * 2 >= org.sheet.rows())
}

/// What stands before slugs in names.
fn prefixes(slugs: &[(usize, String)], names: &[&str]) -> Vec<String> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, slug) in slugs.iter().take(5) {
        for name in names {
            if let Some(at) = name.find(slug.as_str()) {
                *found.entry(&name[..at]).or_default() += 1;
            }
        }
    }
    let mut ranked: Vec<(&str, usize)> = found.into_iter().collect();
    ranked.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    ranked.into_iter().take(4).map(|(prefix, _)| prefix.to_owned()).collect()
}

/// Whose each name is: the longest slug owns it, and what follows begins with a sign.
fn assign(slugs: &[(usize, String)], names: &[&str], prefix: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for name in names {
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        let owner = slugs
            .iter()
            .filter_map(|(row, slug)| Some((row, slug, rest.strip_prefix(slug.as_str())?)))
            .filter(|(_, _, tail)| tail.chars().next().is_none_or(|c| !c.is_alphanumeric()))
            .max_by_key(|(_, slug, _)| slug.len());
        if let Some((row, _, tail)) = owner {
            found.push((*row, (*name).to_owned(), tail.to_owned()));
        }
    }
    found.sort();
    found
}

fn derived_collections<'a>(
    org: &OrgFound<'_>,
    facts: &'a Facts,
    own: &[&str],
    notes: &mut Notes,
) -> Option<Ground<'a>> {
    let names: Vec<&str> =
        facts.master.collections.iter().map(|c| c.name.as_str()).filter(|name| !own.contains(name)).collect();
    let derived = derive(org, &names)?;
    let mut tails: BTreeMap<&str, usize> = BTreeMap::new();
    derived.whose.iter().for_each(|(_, _, tail)| *tails.entry(tail).or_default() += 1);
    let sign = tails.iter().filter(|(tail, _)| !tail.is_empty()).max_by_key(|(_, n)| **n)?.0.chars().next();
    let sign = sign.map(String::from).unwrap_or_default();
    let steps = match org.slug {
        Some(_) => slug_steps(org, &naming::habit(&org.names()), notes),
        None => derived.steps.clone(),
    };
    let mut ground = Ground {
        layout: Layout::Collection,
        steps,
        store: StorePicture::default(),
        sheets: Vec::new(),
        stores: vec![None; org.sheet.rows()],
    };
    let whole = tails.get("").copied().unwrap_or_default();
    let by_kind = derived.whose.len() > whole;
    let mut indexes: BTreeMap<String, Vec<Vec<IndexShape>>> = BTreeMap::new();
    for (row, name, tail) in &derived.whose {
        let kind = tail.strip_prefix(sign.as_str()).filter(|kind| by_kind && !kind.is_empty()).map(str::to_owned);
        let Some(collection) = facts.master.collections.iter().find(|c| c.name == *name) else { continue };
        indexes.entry(kind.clone().unwrap_or_default()).or_default().push(indexes_of(&collection.indexes));
        ground.sheets.push(TenantSheet { row: *row, kind, sheet: Sheet::of(collection) });
    }
    let evidence = format!(
        "collections are named {}NAME{sign}… after {} organizations",
        derived.prefix,
        of(derived.covered, org.sheet.rows())
    );
    notes.add(Section::Top, "layout", "collection", Certainty::sure_if(derived.covered > 1), evidence);
    if by_kind {
        ground.store.collection = Some(format!("{}{{slug}}{sign}{{kind}}", derived.prefix));
        settle_kinds(&mut ground, indexes, derived.covered, notes);
    } else {
        ground.store.collection = Some(format!("{}{{slug}}", derived.prefix));
        ground.store.indexes = indexes.into_values().next().map(|all| common(&all)).unwrap_or_default();
    }
    Some(ground)
}

/// The kinds of collections that a new organization gets: those that at least half of them have.
fn settle_kinds(
    ground: &mut Ground<'_>,
    kinds: BTreeMap<String, Vec<Vec<IndexShape>>>,
    covered: usize,
    notes: &mut Notes,
) {
    let section = Section::Store;
    for (kind, all) in kinds.into_iter().filter(|(kind, _)| !kind.is_empty()) {
        if all.len() * 2 >= covered {
            let evidence = format!("{} organizations have it", of(all.len(), covered));
            let certainty = Certainty::sure_if(all.len() == covered && covered > 1);
            notes.add(section, "store.kind", &kind, certainty, evidence);
            ground.store.kinds.push((kind, common(&all)));
        } else {
            let few = of(all.len(), covered);
            notes.gap(section, format!("{kind}: only {few} organizations have it; a new one does not get it"));
        }
    }
}

fn derived_databases<'a>(org: &OrgFound<'_>, facts: &'a Facts, notes: &mut Notes) -> Option<Ground<'a>> {
    let names: Vec<&str> =
        facts.databases.iter().map(String::as_str).filter(|name| *name != facts.master.name).collect();
    let derived = derive(org, &names)?;
    let mut stores = vec![None; org.sheet.rows()];
    for (row, name, _) in derived.whose.iter().filter(|(_, _, tail)| tail.is_empty()) {
        stores[*row] = Some(name.clone());
    }
    let databases: Vec<(usize, &'a DatabaseFacts)> = facts
        .tenants
        .iter()
        .filter_map(|database| {
            Some((stores.iter().position(|store| store.as_ref() == Some(&database.name))?, database))
        })
        .collect();
    if databases.is_empty() {
        return None;
    }
    let steps = match org.slug {
        Some(_) => slug_steps(org, &naming::habit(&org.names()), notes),
        None => derived.steps.clone(),
    };
    let mut ground =
        Ground { layout: Layout::Database, steps, store: StorePicture::default(), sheets: Vec::new(), stores };
    note_layout(&ground, "databases are named after organizations", notes);
    settle_databases(&mut ground, &databases, format!("{}{{slug}}", derived.prefix), notes);
    Some(ground)
}

/// A naming rule in a few words.
pub(super) fn rule_text(steps: &[NameStep]) -> String {
    let text = |step: &NameStep| match step {
        NameStep::Trim => "trim".to_owned(),
        NameStep::Lower => "lower".to_owned(),
        NameStep::Nfc => "nfc".to_owned(),
        NameStep::Fold => "fold".to_owned(),
        NameStep::Replace { chars, with } => format!("[{}] becomes {with}", String::from(chars.clone())),
        NameStep::Delete(chars) => format!("[{}] goes", String::from(chars.clone())),
        NameStep::Squeeze(c) => format!("squeeze {c}"),
        NameStep::Strip(c) => format!("strip {c}"),
        NameStep::Prefix(prefix) => format!("prefix {prefix}"),
    };
    if steps.is_empty() { "as it is".to_owned() } else { steps.iter().map(text).collect::<Vec<_>>().join(", ") }
}
