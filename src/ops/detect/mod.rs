//! Looking at a server nobody has described: what platform is this?
//!
//! `look` gathers (reads, never writes), `infer` concludes (pure: facts in, picture out), `write` puts the picture into
//! the words of a description. What a field is follows from what its values equal; what it is called only breaks ties.

mod account;
mod copies;
mod facts;
mod infer;
mod keys;
mod links;
mod look;
mod naming;
mod org;
mod picture;
mod record;
mod rows;
mod stores;
#[cfg(test)]
mod tests;
pub(in crate::ops) mod toml;
mod trail;
mod values;
mod write;

use std::collections::BTreeSet;

use crate::domain::description::{Description, Layout};
use crate::error::{Error, Result, code};
use crate::store::Store;
pub use facts::{CollectionFacts, DatabaseFacts, Facts, RegistryFacts};
use picture::Section;
pub use picture::{Certainty, Finding};

/// What a look at a server gave.
#[derive(Debug)]
pub enum Seen {
    /// There is nothing to learn from: the sentence says where nothing is.
    Empty(String),
    /// A database to conclude from.
    Platform(Box<Look>),
}

/// The database that was looked at, and why this one.
#[derive(Debug)]
pub struct Look {
    /// What was seen.
    pub facts: Facts,
    /// How the database was chosen, and how much that is worth.
    pub choice: (Certainty, String),
    /// Other databases that hold a platform, too.
    pub others: Vec<String>,
}

/// A description that was made out.
#[derive(Debug)]
pub struct Detected {
    /// The file: the description with its evidence as comments.
    pub text: String,
    /// The preset with the same collections and fields.
    pub preset_like: Option<String>,
    /// Where tenants live.
    pub layout: Layout,
    /// What was found out.
    pub findings: Vec<Finding>,
    /// What could not be told.
    pub unknown: Vec<String>,
}

/// Looks at one database, or for the one that holds a platform.
///
/// # Errors
/// `E0112` where no database holds one; what the server says.
pub async fn look(store: &Store, master: Option<&str>) -> Result<Seen> {
    let Some(name) = master else { return search(store).await };
    // Without the right to list databases one can still look at the one that was named.
    let names = look::databases(store).await.unwrap_or_default();
    let found = look::database(store, name).await?;
    if found.is_empty() {
        return Ok(Seen::Empty(format!("the database {name} holds no documents")));
    }
    let choice = (Certainty::Sure, "it was named".to_owned());
    look_around(store, found, names, choice, Vec::new()).await
}

async fn search(store: &Store) -> Result<Seen> {
    let names = look::databases(store).await?;
    let (found, left_out) = look::candidates(store, &names).await?;
    if found.iter().all(DatabaseFacts::is_empty) {
        return Ok(Seen::Empty("the server holds no documents besides MongoDB's own".to_owned()));
    }
    let of = |master: DatabaseFacts| Facts { master, databases: names.clone(), ..Facts::default() };
    let mut weighed: Vec<(usize, u64, Facts)> = found
        .into_iter()
        .map(of)
        .map(|facts| (infer::promise(&facts), facts.master.collections.iter().map(|c| c.count).sum(), facts))
        .collect();
    weighed.retain(|(promise, _, _)| *promise > 0);
    // A tenant's database is part of the platform that names it.
    let of_others: BTreeSet<String> =
        weighed.iter().filter(|(p, ..)| *p >= 14).flat_map(|(_, _, f)| infer::named_stores(f)).collect();
    weighed.retain(|(_, _, facts)| !of_others.contains(&facts.master.name));
    weighed.sort_by_key(|(promise, documents, _)| std::cmp::Reverse((*promise, *documents)));
    let mut weighed = weighed.into_iter();
    let Some((_, _, best)) = weighed.next() else {
        let shown: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
        let why = format!(
            "none of the databases holds accounts or records of organizations (looked at {})",
            shown.join(", ")
        );
        return Err(unknown(&why));
    };
    let others: Vec<String> = weighed.map(|(_, _, facts)| facts.master.name).collect();
    let mut why = format!("of {} databases it holds the most of what a platform needs", names.len());
    if others.is_empty() {
        why = format!("of {} databases the only one with accounts that belong to tenants", names.len());
    } else {
        why.push_str(&format!("; considered, too: {}", others.join(", ")));
    }
    if left_out > 0 {
        why.push_str(&format!("; {left_out} databases were not looked into"));
    }
    let certainty = Certainty::sure_if(others.is_empty() && left_out == 0);
    look_around(store, best.master, names, (certainty, why), others).await
}

/// Looks at the databases of tenants, if there are any.
async fn look_around(
    store: &Store,
    master: DatabaseFacts,
    databases: Vec<String>,
    choice: (Certainty, String),
    others: Vec<String>,
) -> Result<Seen> {
    let tenants = look::tenants(store, &master, &databases).await?;
    Ok(Seen::Platform(Box::new(Look { facts: Facts { master, databases, tenants, registry: None }, choice, others })))
}

fn unknown(why: &str) -> Error {
    Error::new(&code::UNKNOWN_PLATFORM, format!("cannot tell what platform this is: {why}"))
        .next("look at another database with --master-db NAME")
        .next("start from a preset and correct the names in it: flowbit init --preset NAME --out flowbit.toml")
        .next("flowbit init --preset flowbit --out flowbit.toml   # for a platform that flowbit itself is to begin")
}

/// Concludes from what was seen. `presets` are the descriptions it is compared with.
///
/// # Errors
/// `E0112` where too little was found, `E0001` where the result cannot be read back.
pub fn describe(look: &Look, presets: &[(&str, Description)]) -> Result<Detected> {
    let mut picture = infer::picture(&look.facts)
        .map_err(|why| unknown(&format!("in the database {} {why}", look.facts.master.name)))?;
    let (certainty, why) = &look.choice;
    picture.notes.add(Section::Top, "master_database", &look.facts.master.name, *certainty, why);
    let description = read(&write::text(&picture, None))?;
    let like = presets.iter().find(|(_, preset)| is_like(&description, preset));
    let text = write::text(&picture, like.map(|(name, preset)| (*name, preset.token.as_ref())));
    read(&text)?;
    Ok(Detected {
        text,
        preset_like: like.map(|(name, _)| (*name).to_owned()),
        layout: picture.layout,
        findings: picture.notes.findings,
        unknown: picture.notes.unknown.into_iter().map(|(_, gap)| gap).collect(),
    })
}

/// Reads the text as `config` will: what flowbit writes it must be able to read.
fn read(text: &str) -> Result<Description> {
    let failed =
        |why: String| Error::new(&code::INTERNAL, format!("the description that was made out cannot be read: {why}"));
    let description: Description = ::toml::from_str(text).map_err(|e| failed(e.message().to_owned()))?;
    match description.contradictions().into_iter().next() {
        None => Ok(description),
        Some((field, what)) => Err(failed(format!("{field}: {what}"))),
    }
}

/// Whether two descriptions have the same collections and fields.
fn is_like(one: &Description, other: &Description) -> bool {
    let paths = |d: &Description| -> BTreeSet<String> {
        let of = |prefix: &str, fields: &crate::domain::fields::Fields| -> Vec<String> {
            fields.iter().map(|(path, _)| format!("{prefix}.{path}")).collect()
        };
        let org = d.organization.iter().flat_map(|o| of(&o.collection, &o.fields));
        let keyed = d.keyed.iter().map(|k| format!("{}.{}", k.collection, k.key));
        org.chain(of(&d.account.collection, &d.account.fields)).chain(keyed).collect()
    };
    let kinds = |d: &Description| d.store.kinds.iter().map(|kind| kind.name.clone()).collect::<BTreeSet<_>>();
    one.layout == other.layout
        && one.account.place == other.account.place
        && paths(one) == paths(other)
        && kinds(one) == kinds(other)
}
