//! Organizations and their stores: shared by two, belonging to nobody, missing; and copies of names inside of them.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};

use super::estate::{Estate, no_stores};
use super::mend::{call, look, rewrite};
use super::rules::{HALF_RENAMED, NO_STORE, NOTHING_LEFT, ORPHAN_STORE, SHARED_STORE};
use super::{Exam, Mend, ONE_ONLY, Severity, count, ids};
use crate::domain::Layout;
use crate::domain::fields::{Fields, Source, get};
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, Vars, plain};
use crate::error::Result;
use crate::layout::{Home, around_slug, owned};
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::ops::org::kept::database_entry;

pub(super) async fn examine(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    match no_stores(exam.house.platform.layout) {
        Some(why) => [&SHARED_STORE, &ORPHAN_STORE, &NO_STORE].into_iter().for_each(|rule| exam.cannot(rule, why)),
        None => {
            shared(exam, estate);
            missing(exam, estate);
            exam.checked(&SHARED_STORE);
            exam.checked(&NO_STORE);
            let orphans = orphans(exam, estate).await;
            exam.settle(&[&ORPHAN_STORE], orphans)?;
        }
    }
    nothing_left(exam, estate);
    exam.checked(&NOTHING_LEFT);
    let copies = copies(exam, estate).await;
    exam.settle(&[&HALF_RENAMED], copies)
}

fn derived(exam: &Exam<'_>, org: &Org) -> Home {
    let house = exam.house;
    let slug = house.platform.naming.slug_of(org.name.as_str());
    Home::derived(house.platform, &slug, &house.vars_of(&org.id, &org.name, &slug))
}

/// B1: one store for two, by what the records say, or by what the platform's rule makes of the names.
fn shared(exam: &mut Exam<'_>, estate: &Estate) {
    let mut by_home: BTreeMap<String, Vec<&Org>> = BTreeMap::new();
    let mut by_rule: BTreeMap<String, Vec<&Org>> = BTreeMap::new();
    for org in &estate.orgs {
        by_home.entry(org.home.as_text()).or_default().push(org);
        by_rule.entry(derived(exam, org).as_text()).or_default().push(org);
    }
    for (store, orgs) in by_home.iter().filter(|(_, orgs)| orgs.len() > 1) {
        if orgs.iter().any(|org| exam.concerns(org)) {
            let evidence = format!("it is the store of {}: each sees, and deletes, the others' documents", names(orgs));
            let mend = Mend::from(format!("flowbit org show {}", name(orgs))).of(orgs.iter().copied());
            exam.found(&SHARED_STORE, store, evidence, mend.shown_by(records_of(exam, orgs)));
        }
    }
    for (store, orgs) in by_rule.iter().filter(|(_, orgs)| orgs.len() > 1) {
        let same = orgs.windows(2).all(|pair| pair[0].home == pair[1].home);
        if same || !orgs.iter().any(|org| exam.concerns(org)) {
            continue;
        }
        let again = exam.house.platform.naming.derived_again;
        let severity = if again { Severity::Error } else { Severity::Warning };
        let what = if again { "the platform derives it again and uses" } else { "the naming rule gives" };
        let evidence = format!("{what} this store for {}", names(orgs));
        let repair = format!("flowbit org rename {} NEW-NAME --dry-run", name(orgs));
        let mend = Mend::from(repair).of(orgs.iter().copied()).shown_by(records_of(exam, orgs));
        exam.found_as(severity, &SHARED_STORE, store, evidence, mend);
    }
}

/// Shows their records.
fn records_of(exam: &Exam<'_>, orgs: &[&Org]) -> String {
    let Some(ns) = exam.house.records() else { return String::new() };
    let names: Vec<Bson> = orgs.iter().map(|org| Bson::from(org.name.as_str())).collect();
    look(&ns, &one(exam.house.platform.org_name_path(), doc! { "$in": names }))
}

fn one(path: &str, value: impl Into<Bson>) -> Document {
    Document::from_iter([(path.to_owned(), value.into())])
}

fn names(orgs: &[&Org]) -> String {
    orgs.iter().map(|org| format!("{:?}", org.name.as_str())).collect::<Vec<_>>().join(" and ")
}

/// The name of the one that came last, for a command.
fn name(orgs: &[&Org]) -> String {
    orgs.last().map(|org| shell(org.name.as_str())).unwrap_or_default()
}

/// B1: a name of which nothing is left shares its store with every other such name.
fn nothing_left(exam: &mut Exam<'_>, estate: &Estate) {
    for org in &estate.orgs {
        let slug = exam.house.platform.naming.slug_of(org.name.as_str());
        let empty = slug.as_str().trim_matches(|c: char| !c.is_alphanumeric()).is_empty();
        if empty {
            exam.found_of(
                org,
                &NOTHING_LEFT,
                format!("organization {:?}", org.name.as_str()),
                format!("the naming rule makes {:?} of it; its store is {}", slug.as_str(), org.home.as_text()),
                format!("flowbit org rename {} NEW-NAME --dry-run", shell(org.name.as_str())),
            );
        }
    }
}

/// B9: the record points to a store that is not there.
fn missing(exam: &mut Exam<'_>, estate: &Estate) {
    let house = exam.house;
    let never = house.platform.own_collections();
    for org in estate.orgs.iter().filter(|org| exam.concerns(org)).collect::<Vec<_>>() {
        let catalog = estate.catalog(org.home.database(house.store.master()));
        let expected = org.home.expected(house.platform);
        let there = |name: &String| estate.has(&house.at_home(&org.home, name));
        let absent: Vec<String> = expected.iter().map(|(name, _)| name.clone()).filter(|name| !there(name)).collect();
        if absent.is_empty() && !expected.is_empty() {
            continue;
        }
        let anything = owned(catalog, &org.home.covered(&[], &never));
        let nothing = anything.collections.is_empty() && anything.views.is_empty() && anything.immovable.is_empty();
        let place = format!("organization {:?}", org.name.as_str());
        if nothing {
            let evidence = format!("its record leads to {}, and nothing is there", org.home.as_text());
            let first = absent.first().cloned().unwrap_or_else(|| house.platform.account.collection.clone());
            exam.found_of(org, &NO_STORE, place, evidence, create(&house.at_home(&org.home, &first)));
        } else if let Some(first) = absent.first() {
            let evidence = format!("without {}; the platform makes them when it first writes there", absent.join(", "));
            let repair = create(&house.at_home(&org.home, first));
            exam.found_as(Severity::Info, &NO_STORE, place, evidence, repair);
        }
    }
}

fn create(ns: &Namespace) -> String {
    let script = format!(
        "{}.createCollection({})",
        super::mend::database(&ns.db),
        super::mend::script(&Bson::from(ns.coll.as_str()))
    );
    super::mend::mongosh(&script)
}

/// B8: what has the name of a tenant's store and is nobody's.
async fn orphans(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    if exam.only.is_some() {
        exam.cannot(&ORPHAN_STORE, ONE_ONLY);
        return Ok(());
    }
    match exam.house.platform.layout {
        Layout::Collection => orphan_collections(exam, estate).await,
        Layout::Database => orphan_databases(exam, estate).await,
        Layout::Shared => Ok(()),
    }
}

/// Names of collections that are somebody's: whole names, and what stands before and after the kind.
struct Taken {
    names: BTreeSet<String>,
    by_prefix: BTreeMap<String, Vec<String>>,
}

impl Taken {
    fn of(exam: &Exam<'_>, estate: &Estate) -> Self {
        let house = exam.house;
        let mut taken =
            Self { names: house.platform.own_collections().into_iter().collect(), by_prefix: BTreeMap::new() };
        for org in estate.orgs.iter().chain(&estate.inactive) {
            let Home::Collections(store) = &org.home else { continue };
            // A kind that no name can contain stands where the kind stands.
            match store.of_kind(Some("\0")).split_once('\0') {
                Some((prefix, suffix)) => {
                    taken.by_prefix.entry(prefix.to_owned()).or_default().push(suffix.to_owned());
                }
                None => {
                    taken.names.insert(store.of_kind(None));
                }
            }
        }
        for kept in &estate.kept {
            taken.names.extend(kept.id.strip_prefix("store:").map(str::to_owned));
            taken.names.extend(kept.to.clone());
        }
        let reserved = exam.reserved.iter().filter_map(|entry| entry.strip_prefix("store:"));
        taken.names.extend(reserved.map(str::to_owned));
        taken
    }

    fn covers(&self, name: &str) -> bool {
        let owned = |at: usize| {
            let (prefix, rest) = name.split_at(at);
            self.by_prefix
                .get(prefix)
                .is_some_and(|suffixes| suffixes.iter().any(|s| rest.len() > s.len() && rest.ends_with(s.as_str())))
        };
        self.names.contains(name) || name.char_indices().skip(1).any(|(at, _)| owned(at))
    }
}

async fn orphan_collections(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    let Some((before, after)) = around_slug(exam.house.platform) else {
        exam.cannot(&ORPHAN_STORE, "nothing stands before the slug in store.collection: any name could be a tenant's");
        return Ok(());
    };
    let house = exam.house;
    let kinds: Vec<String> = house.platform.store.kinds.iter().map(|kind| format!("{after}{}", kind.name)).collect();
    let taken = Taken::of(exam, estate);
    let suspects: Vec<&str> = estate
        .catalog(house.store.master())
        .iter()
        .filter(|info| info.uuid.is_some() && info.sentry_of().is_none())
        .map(|info| info.name.as_str())
        .filter(|name| !crate::domain::plan::is_ours(name))
        .filter(|name| name.strip_prefix(before.as_str()).is_some_and(|rest| kinds.is_empty() || rest.contains(&after)))
        .filter(|name| !taken.covers(name))
        .collect();
    for name in suspects {
        let ns = house.master(name);
        let documents = house.store.count(&ns, doc! {}).await?;
        let known = kinds.is_empty() || kinds.iter().any(|kind| name.ends_with(kind.as_str()));
        let severity = if known { ORPHAN_STORE.severity } else { Severity::Info };
        let evidence = format!(
            "{} under a name of the tenants' kind, and no organization, living or deleted, has it",
            count(documents, "document")
        );
        let repair = if documents == 0 { "drop()" } else { "find().limit(20)" };
        let mend = Mend::from(call(&ns, repair)).shown_by(look(&ns, &doc! {}));
        exam.found_as(severity, &ORPHAN_STORE, ns.to_string(), evidence, mend);
    }
    Ok(())
}

async fn orphan_databases(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    let Some((before, after)) = around_slug(exam.house.platform) else {
        exam.cannot(
            &ORPHAN_STORE,
            "nothing stands before the slug in store.database: any database could be a tenant's",
        );
        return Ok(());
    };
    let house = exam.house;
    let living = estate.orgs.iter().chain(&estate.inactive).map(|org| org.home.database(house.store.master()));
    let mut taken: BTreeSet<String> = living.map(str::to_owned).collect();
    for kept in &estate.kept {
        taken.extend(kept.db.clone());
        taken.extend(kept.id.strip_prefix("database:").map(|_| kept.name.clone()));
    }
    for db in house.store.databases().await? {
        let fits = db.strip_prefix(before.as_str()).is_some_and(|rest| rest.ends_with(after.as_str()));
        if !fits || taken.contains(&db) || db == house.store.master() || exam.reserved.contains(&database_entry(&db)) {
            continue;
        }
        let catalog = house.store.catalog(&db).await?;
        let shown: Vec<&str> = catalog.iter().take(5).map(|info| info.name.as_str()).collect();
        let evidence = format!(
            "{} ({}) in a database that no organization, living or deleted, has",
            count(u64::try_from(catalog.len()).unwrap_or_default(), "collection"),
            shown.join(", ")
        );
        let repair = super::mend::mongosh(&format!("{}.getCollectionNames()", super::mend::database(&db)));
        exam.found(&ORPHAN_STORE, db, evidence, Mend::from(repair.clone()).shown_by(repair));
    }
    Ok(())
}

/// The paths that repeat something of the organization which a rename changes.
pub(in crate::ops) fn repeated(fields: &Fields) -> Vec<&str> {
    let repeats = |source: &Source| match source {
        Source::Template(t) => [Var::Name, Var::Slug, Var::Store].iter().any(|var| t.mentions(*var)),
        Source::Constant(_) => false,
    };
    fields.iter().filter(|(_, source)| repeats(source)).map(|(path, _)| path).collect()
}

/// B10: the record itself, its marker, and copies of accounts say different things.
async fn copies(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    for org in estate.orgs.iter().filter(|org| exam.concerns(org)).collect::<Vec<_>>() {
        let vars = exam.house.vars(&org.id, &org.name, &org.slug, &org.home);
        record(exam, org, &vars);
        inside(exam, estate, org, &vars).await?;
    }
    Ok(())
}

fn record(exam: &mut Exam<'_>, org: &Org, vars: &Vars) {
    let house = exam.house;
    let (Some(shape), Some(ns)) = (&house.platform.organization, house.records()) else { return };
    let place = format!("organization {:?}", org.name.as_str());
    for path in repeated(&shape.fields) {
        let (Some(is), Some(should)) = (get(&org.document, path), shape.fields.value_at(path, vars)) else { continue };
        if *is != should {
            let evidence = format!("its record says {path} = {:?}, and {:?} elsewhere", plain(is), plain(&should));
            let mend = Mend::from(rewrite(&ns, path, is, &should)).shown_by(look(&ns, &one(path, is.clone())));
            exam.found_of(org, &HALF_RENAMED, &place, evidence, mend);
        }
    }
    let rule = derived(exam, org);
    if house.platform.naming.derived_again && org.home != rule {
        let evidence = format!(
            "its record leads to {}, and the platform derives {} from the name: it will not find the data",
            org.home.as_text(),
            rule.as_text()
        );
        let repair = format!("flowbit org rename {} NEW-NAME --dry-run", shell(org.name.as_str()));
        let mend = Mend::from(repair).shown_by(records_of(exam, &[org]));
        exam.found_of(org, &HALF_RENAMED, place, evidence, mend);
    }
}

/// Markers and copies of accounts in the organization's own store.
async fn inside(exam: &mut Exam<'_>, estate: &Estate, org: &Org, vars: &Vars) -> Result<()> {
    let house = exam.house;
    let mut places: Vec<(Namespace, &Fields, Document)> = Vec::new();
    if let Some(marker) = &house.platform.store.marker {
        for (name, _) in org.home.expected(house.platform) {
            let is_marker = Document::from_iter([(marker.exists.clone(), Bson::from(doc! { "$exists": true }))]);
            places.push((house.at_home(&org.home, &name), &marker.fields, is_marker));
        }
    }
    for copy in &house.platform.account.copies {
        if let Some(ns) = org.home.of_kind(house.store.master(), copy.collection.as_deref()) {
            places.push((ns, &copy.fields, Document::new()));
        }
    }
    for (ns, fields, which) in places {
        if !estate.has(&ns) {
            continue;
        }
        for path in repeated(fields) {
            let Some(should) = fields.value_at(path, vars) else { continue };
            let mut filter = which.clone();
            filter.insert(path, doc! { "$exists": true, "$ne": should.clone() });
            let projection = Document::from_iter([(path.to_owned(), Bson::Int32(1))]);
            let wrong = house.store.first(&ns, filter, projection, super::EVIDENCE).await?;
            let Some(is) = wrong.first().and_then(|document| get(document, path)) else { continue };
            let found: Vec<Bson> = wrong.iter().filter_map(|document| document.get("_id").cloned()).collect();
            let evidence = format!("{path} = {:?} instead of {:?}: {}", plain(is), plain(&should), ids(&found));
            let mend = Mend::from(rewrite(&ns, path, is, &should)).shown_by(look(&ns, &one(path, is.clone())));
            exam.found_of(org, &HALF_RENAMED, ns.to_string(), evidence, mend);
        }
    }
    Ok(())
}
