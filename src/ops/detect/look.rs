//! Looking: which databases and collections there are, a sample of each, indexes and counts. Reads, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document};

use super::facts::{CollectionFacts, DatabaseFacts};
use super::values::names_tenant;
use crate::domain::catalog::CollectionKind;
use crate::domain::plan::Namespace;
use crate::error::Result;
use crate::store::{Failure, Store};

/// Documents seen of one collection.
const SAMPLE: i64 = 200;
/// Collections of one database that are looked into.
const COLLECTIONS: usize = 150;
/// Collections whose names begin alike: these are tenants', and a few tell what all are like.
const ALIKE: usize = 12;
/// Databases that are looked into to find the platform's.
const DATABASES: usize = 40;
/// Databases of tenants that are looked into.
const TENANTS: usize = 12;

/// The names of the databases that are not MongoDB's own.
///
/// # Errors
/// `E0402` without the right to list them, `E0802`.
pub async fn databases(store: &Store) -> Result<Vec<String>> {
    let mut names = store.databases().await.map_err(|f| f.into_error("listing the databases"))?;
    names.retain(|name| !["admin", "local", "config"].contains(&name.as_str()));
    names.sort();
    Ok(names)
}

/// What is in one database.
///
/// # Errors
/// `E0402`, `E0802`.
pub async fn database(store: &Store, name: &str) -> Result<DatabaseFacts> {
    let read = async {
        let catalog = store.catalog(name).await?;
        let names: Vec<String> = catalog
            .into_iter()
            .filter(|info| info.kind == CollectionKind::Collection && !is_own(&info.name))
            .map(|info| info.name)
            .collect();
        let chosen = worth_a_look(&names);
        let mut collections = Vec::new();
        for collection in names {
            let ns = Namespace::new(name, &collection);
            collections.push(if chosen.contains(&collection) {
                CollectionFacts {
                    count: store.rough_count(&ns).await?,
                    sample: store.sample(&ns, SAMPLE).await?,
                    indexes: store.indexes(&ns).await?,
                    name: collection,
                }
            } else {
                CollectionFacts { count: 1, name: collection, ..CollectionFacts::default() }
            });
        }
        Ok::<_, Failure>(collections)
    };
    let collections = read.await.map_err(|f| f.into_error(&format!("looking at the database {name}")))?;
    Ok(DatabaseFacts { name: name.to_owned(), collections })
}

/// The databases among which the platform's own may be, the likeliest first, and how many were left out.
///
/// # Errors
/// `E0402`, `E0802`.
pub async fn candidates(store: &Store, names: &[String]) -> Result<(Vec<DatabaseFacts>, usize)> {
    let mut ranked = Vec::new();
    for name in names {
        // Of a few databases each is looked at; of many those whose collections are named like a platform's.
        let weight = if names.len() <= DATABASES {
            0
        } else {
            let catalog = store.catalog(name).await.map_err(|f| f.into_error("listing collections"))?;
            let tells = |test: &dyn Fn(&str) -> bool| usize::from(catalog.iter().any(|info| test(&info.name)));
            2 * tells(&names_tenant) + tells(&|name| name.contains("user") || name.contains("admin"))
        };
        ranked.push((weight, name));
    }
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let left_out = ranked.len().saturating_sub(DATABASES);
    let mut found = Vec::new();
    for (_, name) in ranked.into_iter().take(DATABASES) {
        found.push(database(store, name).await?);
    }
    Ok((found, left_out))
}

/// The databases that documents of the master database name, or whose names contain one of their words.
///
/// # Errors
/// `E0402`, `E0802`.
pub async fn tenants(store: &Store, master: &DatabaseFacts, names: &[String]) -> Result<Vec<DatabaseFacts>> {
    let mut words = BTreeSet::new();
    for collection in &master.collections {
        collection.sample.iter().for_each(|document| gather(document, &mut words));
    }
    let others = || names.iter().filter(|name| **name != master.name);
    let mut chosen: Vec<&String> = others().filter(|name| words.contains(name.as_str())).collect();
    if chosen.is_empty() {
        let slugs: BTreeSet<String> = words.iter().flat_map(|word| spellings(word)).collect();
        chosen = others().filter(|name| slugs.iter().any(|slug| name.to_lowercase().contains(slug.as_str()))).collect();
    }
    let mut found = Vec::new();
    for name in chosen.into_iter().take(TENANTS) {
        found.push(database(store, name).await?);
    }
    Ok(found)
}

/// Texts of a document that could be a tenant's name or its database's.
fn gather(document: &Document, words: &mut BTreeSet<String>) {
    for value in document.values() {
        match value {
            Bson::String(text) if (3..=63).contains(&text.len()) && !text.contains(['$', '@', '/']) => {
                words.insert(text.clone());
            }
            Bson::Document(inner) => gather(inner, words),
            _ => {}
        }
    }
}

/// How a name is spelt where it stands in other names.
fn spellings(word: &str) -> Vec<String> {
    let with = |c: &str| {
        let lower = word.to_lowercase();
        let joined: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
        joined.join(c)
    };
    let mut all = vec![word.to_lowercase(), with("-"), with("_"), with("")];
    all.retain(|spelling| spelling.len() >= 3);
    all
}

/// What flowbit itself put into a database says nothing about the platform.
fn is_own(name: &str) -> bool {
    name.starts_with("flowbit_")
        || name.starts_with("fb_trash_")
        || name.starts_with("fb_new_")
        || name.starts_with("fb_stray")
}

/// Which collections are looked into: a few of each family of names, all that stand alone.
fn worth_a_look(names: &[String]) -> BTreeSet<String> {
    let mut families: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, &String)> = Vec::new();
    for name in names {
        let stem = name.split(['_', '-', '.']).next().unwrap_or(name);
        let met = families.entry(stem).or_default();
        *met += 1;
        if *met <= ALIKE {
            ranked.push((*met, name));
        }
    }
    ranked.sort_by_key(|(met, name)| (*met, !names_tenant(name)));
    ranked.into_iter().take(COLLECTIONS).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_thousand_tenants_a_few_are_looked_at_and_the_platform_is() {
        let mut names: Vec<String> = (0..1000).map(|n| format!("org_{n}")).collect();
        names.extend(["organizations".to_owned(), "users".to_owned()]);
        let chosen = worth_a_look(&names);
        assert_eq!(chosen.len(), ALIKE + 2);
        assert!(chosen.contains("organizations") && chosen.contains("users"));
        assert!(is_own("flowbit_ops") && !is_own("flowbits"));
    }
}
