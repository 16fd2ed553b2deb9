//! Tenant keys in the collections that all tenants share: missing, of the wrong type, misspelt, or nobody's.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};

use super::accounts::{Heads, Told};
use super::estate::{Estate, Known, ident};
use super::links::sample_id;
use super::mend::{look, rewrite, set};
use super::rules::{DISPLAY_NAME, HALF_RENAMED, ORPHAN_DOCUMENT, TENANT_KEY};
use super::stores::repeated;
use super::tally::scalar;
use super::{EVIDENCE, Exam, Severity, count, ids, registry};
use crate::domain::description::KeyedShape;
use crate::domain::naming::NameKey;
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, Vars, plain};
use crate::domain::{Description, Layout};
use crate::error::Result;
use crate::ops::org::Org;
use crate::ops::org::find::TOMBSTONE;
use crate::ops::org::kept::org_entry;

/// A key in one collection.
struct Keyed<'p> {
    shape: &'p KeyedShape,
    /// The BSON type of the key; `missing` where there is none.
    kind: String,
    value: Bson,
    repeated: Vec<Bson>,
}

/// What is known when keys are judged.
struct Court<'e> {
    estate: &'e Estate,
    known: BTreeMap<String, Known<'e>>,
    /// In how many collections there is a document with a key.
    documents: BTreeMap<String, u64>,
    heads: &'e BTreeMap<String, Heads>,
    /// Organizations by what is left of their key when case and white space do not count.
    alike: BTreeMap<NameKey, Vec<&'e Org>>,
    /// The same by the exact text of the identifier.
    by_text: BTreeMap<String, &'e Org>,
    /// The type that keys have.
    kind: &'static str,
}

pub(super) async fn examine(exam: &mut Exam<'_>, estate: &Estate, told: &Told) -> Result<()> {
    if exam.house.platform.layout != Layout::Shared {
        let why = "documents carry no tenant key here: each tenant has a store of its own";
        exam.cannot(&TENANT_KEY, why);
        exam.cannot(&ORPHAN_DOCUMENT, why);
        registry::examine(exam, estate, |_| true);
        return Ok(());
    }
    let judged = judge_all(exam, estate, told).await;
    exam.settle(&[&TENANT_KEY, &ORPHAN_DOCUMENT], judged)
}

async fn judge_all(exam: &mut Exam<'_>, estate: &Estate, told: &Told) -> Result<()> {
    let house = exam.house;
    let var = house.platform.tenant_key().unwrap_or(Var::Name);
    let (kind, as_text) = expected_kind(house.platform);
    let known = estate.known(var, as_text);
    let mut alike: BTreeMap<NameKey, Vec<&Org>> = BTreeMap::new();
    for org in &estate.orgs {
        alike.entry(NameKey::of(&own_key(var, org))).or_default().push(org);
    }
    let by_text = estate.orgs.iter().map(|org| (plain(&org.id), org)).collect();
    let mut court = Court { estate, known, documents: BTreeMap::new(), heads: &told.heads, alike, by_text, kind };
    let mut all = Vec::new();
    for shape in &house.platform.keyed {
        all.extend(groups(exam, shape).await?);
    }
    for keyed in &all {
        *court.documents.entry(ident(&keyed.value)).or_default() += 1;
    }
    let without_records = house.platform.organization.is_none();
    registry::examine(exam, estate, |org| {
        let key = ident(&org.id);
        !without_records || court.documents.contains_key(&key) || told.heads.contains_key(&key)
    });
    twins(exam, &court);
    for keyed in &all {
        judge(exam, &court, keyed).await?;
    }
    Ok(())
}

/// The type of keys, and whether they are the text of an identifier.
fn expected_kind(platform: &Description) -> (&'static str, bool) {
    let vars =
        Vars::from([(Var::OrgId, sample_id(platform)), (Var::Name, Bson::from("n")), (Var::Slug, Bson::from("s"))]);
    match platform.keyed.first().and_then(|shape| shape.fields.value_at(&shape.key, &vars)) {
        Some(Bson::ObjectId(_)) => ("objectId", false),
        _ => ("string", true),
    }
}

/// The keys of a collection, each once. Without twins beside the key an index answers that alone, in milliseconds.
async fn groups<'p>(exam: &Exam<'_>, shape: &'p KeyedShape) -> Result<Vec<Keyed<'p>>> {
    let twins: Vec<Bson> =
        beside(shape).into_iter().map(|path| Bson::from(doc! { "$ifNull": [format!("${path}"), null] })).collect();
    let by_kind = |path: &str, repeated: Bson| {
        let by = doc! { "kind": { "$type": format!("${path}") }, "value": scalar(path), "repeated": repeated };
        doc! { "$group": { "_id": by } }
    };
    let pipeline = match twins.is_empty() {
        true => vec![doc! { "$group": { "_id": format!("${}", shape.key) } }, by_kind("_id", Bson::Null)],
        false => vec![by_kind(&shape.key, Bson::Array(twins))],
    };
    let ns = exam.house.master(&shape.collection);
    let rows = exam.house.store.aggregate(&ns, pipeline).await?;
    let keyed = |row: &Document| {
        let id = row.get_document("_id").ok()?;
        Some(Keyed {
            shape,
            kind: id.get_str("kind").unwrap_or("missing").to_owned(),
            value: id.get("value").cloned().unwrap_or(Bson::Null),
            repeated: id.get_array("repeated").cloned().unwrap_or_default(),
        })
    };
    let mut all: Vec<Keyed<'_>> = rows.iter().filter_map(keyed).collect();
    // Grouped, what is missing has become null: both are asked for.
    let none = |keyed: &Keyed<'_>| matches!(keyed.kind.as_str(), "null" | "undefined" | "missing");
    if all.iter().any(none) {
        all.retain(|keyed| !none(keyed));
        for kind in ["missing", "null"] {
            let keyed = Keyed { shape, kind: kind.to_owned(), value: Bson::Null, repeated: Vec::new() };
            if exam.house.store.exists(&ns, keyed.filter()).await? {
                all.push(keyed);
            }
        }
    }
    Ok(all)
}

impl Keyed<'_> {
    /// What finds these documents.
    fn filter(&self) -> Document {
        let value = match self.kind.as_str() {
            "missing" => Bson::from(doc! { "$exists": false }),
            _ if self.value != Bson::Null => self.value.clone(),
            kind => Bson::from(doc! { "$type": kind }),
        };
        Document::from_iter([(self.shape.key.clone(), value)])
    }

    /// How many they are, and identifiers of some.
    async fn documents(&self, exam: &Exam<'_>, ns: &Namespace) -> Result<(String, String)> {
        let n = exam.house.store.count(ns, self.filter()).await?;
        let some = exam.house.store.first_ids(ns, self.filter(), EVIDENCE).await?;
        Ok((count(n, "document"), ids(&some)))
    }
}

/// The paths beside the key that repeat something of the tenant.
fn beside(shape: &KeyedShape) -> Vec<&str> {
    repeated(&shape.fields).into_iter().filter(|path| *path != shape.key).collect()
}

async fn judge(exam: &mut Exam<'_>, court: &Court<'_>, keyed: &Keyed<'_>) -> Result<()> {
    let house = exam.house;
    let ns = house.master(&keyed.shape.collection);
    let trail = house.platform.audit.as_ref().is_some_and(|audit| audit.collection == ns.coll);
    // The audit trail outlives what it tells about, and may tell of things that concern no tenant.
    if trail {
        return Ok(());
    }
    if keyed.kind != court.kind || keyed.value == Bson::Null {
        return wrong_type(exam, court, keyed, &ns).await;
    }
    let text = plain(&keyed.value);
    if text.starts_with(TOMBSTONE) {
        return tombstone(exam, court, keyed, &ns, &text).await;
    }
    match court.known.get(&ident(&keyed.value)).copied() {
        Some(Known::Living(org)) => living(exam, court, keyed, &ns, org).await,
        Some(Known::Inactive) => Ok(()),
        Some(Known::Gone) => {
            let evidence = "of an organization that was deleted: somebody wrote them after that";
            nobodys(exam, keyed, &ns, evidence, Severity::Warning).await
        }
        None => unknown(exam, court, keyed, &ns, &text).await,
    }
}

/// B17: the backend asks for a text, or an identifier, and never finds anything else.
async fn wrong_type(exam: &mut Exam<'_>, court: &Court<'_>, keyed: &Keyed<'_>, ns: &Namespace) -> Result<()> {
    let path = &keyed.shape.key;
    let meant = court.by_text.get(&plain(&keyed.value)).filter(|_| keyed.value != Bson::Null).copied();
    if exam.only.is_some() && meant.is_none_or(|org| !exam.concerns(org)) {
        return Ok(());
    }
    let (documents, examples) = keyed.documents(exam, ns).await?;
    let filter = keyed.filter();
    let what = match keyed.kind.as_str() {
        "missing" => "without".to_owned(),
        kind => format!("with {kind} as"),
    };
    let digits = if meant.is_some() { ", though it has the right digits" } else { "" };
    let evidence = format!("{documents} {what} {path}{digits}: nobody sees them: {examples}");
    let repair = match meant {
        Some(org) if court.kind == "objectId" => set(ns, &filter, path, &org.id),
        Some(org) => set(ns, &filter, path, &Bson::String(plain(&org.id))),
        None => look(ns, &filter),
    };
    exam.found(&TENANT_KEY, format!("{ns} {path}"), evidence, repair);
    Ok(())
}

/// B12: what a purge left.
async fn tombstone(exam: &mut Exam<'_>, court: &Court<'_>, keyed: &Keyed<'_>, ns: &Namespace, key: &str) -> Result<()> {
    let op = key.strip_prefix(TOMBSTONE).unwrap_or_default();
    let open = exam.busy.values().any(|busy| busy == op);
    if open || exam.only.is_some() || court.estate.tombstone_holds(key) != Some(false) {
        return Ok(());
    }
    let evidence = format!("of an organization that was deleted by operation {op}, and is purged since");
    nobodys(exam, keyed, ns, &evidence, Severity::Error).await
}

async fn nobodys(exam: &mut Exam<'_>, keyed: &Keyed<'_>, ns: &Namespace, what: &str, severity: Severity) -> Result<()> {
    if exam.only.is_some() {
        return Ok(());
    }
    let (documents, examples) = keyed.documents(exam, ns).await?;
    let evidence = format!("{documents} {what}: {examples}");
    let place = format!("{ns} {} = {}", keyed.shape.key, plain(&keyed.value));
    exam.found_as(severity, &ORPHAN_DOCUMENT, place, evidence, look(ns, &keyed.filter()));
    Ok(())
}

/// A key that is nobody's: another spelling of somebody's, the old one of somebody, or of nobody at all.
async fn unknown(exam: &mut Exam<'_>, court: &Court<'_>, keyed: &Keyed<'_>, ns: &Namespace, text: &str) -> Result<()> {
    if let Some(org) = court.alike.get(&NameKey::of(text)).and_then(|orgs| orgs.first().copied()) {
        let var = exam.house.platform.tenant_key().unwrap_or(Var::Name);
        return misspelt(exam, keyed, ns, org, &Bson::String(own_key(var, org))).await;
    }
    let renamed = court.estate.kept.iter().find(|kept| kept.key.as_deref() == Some(text));
    // What an open operation has under either key is on its way.
    let busy = renamed.is_some_and(|kept| exam.busy.contains_key(&org_entry(&kept.org)));
    match renamed.and_then(|kept| kept.to.as_deref()) {
        Some(to) if exam.only.is_none() && !busy => {
            let what = format!("under the old key of {to:?}: an old token, or a writer that was not told");
            let (documents, examples) = keyed.documents(exam, ns).await?;
            let place = format!("{ns} {} = {}", keyed.shape.key, plain(&keyed.value));
            let evidence = format!("{documents} {what}: {examples}");
            exam.found_as(Severity::Error, &ORPHAN_DOCUMENT, place, evidence, "flowbit op gc".to_owned());
            Ok(())
        }
        Some(_) => Ok(()),
        None => nobodys(exam, keyed, ns, "of an organization that does not exist", Severity::Error).await,
    }
}

/// The text of an organization's key.
fn own_key(var: Var, org: &Org) -> String {
    match var {
        Var::OrgId => plain(&org.id),
        Var::Slug => org.slug.as_str().to_owned(),
        _ => org.name.as_str().to_owned(),
    }
}

/// B17: white space or case.
async fn misspelt(exam: &mut Exam<'_>, keyed: &Keyed<'_>, ns: &Namespace, org: &Org, right: &Bson) -> Result<()> {
    let path = &keyed.shape.key;
    let (documents, examples) = keyed.documents(exam, ns).await?;
    let evidence = format!(
        "{documents} with {path} = {:?} instead of {:?}: nobody sees them: {examples}",
        plain(&keyed.value),
        plain(right)
    );
    exam.found_of(org, &TENANT_KEY, format!("{ns} {path}"), evidence, rewrite(ns, path, &keyed.value, right));
    Ok(())
}

async fn living(exam: &mut Exam<'_>, court: &Court<'_>, keyed: &Keyed<'_>, ns: &Namespace, org: &Org) -> Result<()> {
    let house = exam.house;
    let vars = house.vars(&org.id, &org.name, &org.slug, &org.home);
    let rule = if house.platform.organization.is_none() { &DISPLAY_NAME } else { &HALF_RENAMED };
    for (path, is) in beside(keyed.shape).into_iter().zip(&keyed.repeated) {
        let Some(should) = keyed.shape.fields.value_at(path, &vars) else { continue };
        if *is != should && *is != Bson::Null {
            let mut both = keyed.filter();
            both.insert(path, is.clone());
            let documents = count(house.store.count(ns, both.clone()).await?, "document");
            let evidence = format!("{documents} of {:?} with {path} = {:?}", plain(&should), plain(is));
            exam.found_of(org, rule, format!("{ns} {path}"), evidence, set(ns, &both, path, &should));
        }
    }
    if house.platform.organization.is_some() {
        return Ok(());
    }
    // Without records every key makes a tenant of itself: the right one is that which people can log in to.
    if heads(court, org).accounts > 0 {
        return Ok(());
    }
    match court.stronger(org) {
        Some(twin) => misspelt(exam, keyed, ns, twin, &twin.id).await,
        None if plain(&keyed.value).trim() != plain(&keyed.value) => {
            misspelt(exam, keyed, ns, org, &Bson::from(plain(&keyed.value).trim())).await
        }
        None => {
            let what = "whose key no account has: nobody can log in to see them";
            match exam.concerns(org) {
                true => nobodys(exam, keyed, ns, what, Severity::Warning).await,
                false => Ok(()),
            }
        }
    }
}

fn heads(court: &Court<'_>, org: &Org) -> Heads {
    court.heads.get(&ident(&org.id)).copied().unwrap_or_default()
}

impl<'e> Court<'e> {
    /// What speaks for a spelling of a key.
    fn weight(&self, org: &Org) -> (bool, u64, bool, u64) {
        let heads = heads(self, org);
        let clean = org.name.as_str().trim() == org.name.as_str();
        (heads.admins > 0, heads.accounts, clean, self.documents.get(&ident(&org.id)).copied().unwrap_or_default())
    }

    /// The tenant whose key this one's is a misspelling of.
    fn stronger(&self, org: &Org) -> Option<&'e Org> {
        let alike = self.alike.get(&NameKey::of(&plain(&org.id)));
        let twins = alike.into_iter().flatten().copied().filter(|twin| twin.id != org.id);
        twins.filter(|twin| self.weight(twin) > self.weight(org)).max_by_key(|twin| self.weight(twin))
    }
}

/// Two keys that differ in case or white space only, and accounts have both.
fn twins(exam: &mut Exam<'_>, court: &Court<'_>) {
    let house = exam.house;
    if house.platform.organization.is_some() {
        return;
    }
    for org in &court.estate.orgs {
        let (Some(twin), accounts) = (court.stronger(org), heads(court, org).accounts) else { continue };
        let Some(path) = house.platform.account_link_path().filter(|_| accounts > 0) else { continue };
        let ns = house.master(&house.platform.account.collection);
        let evidence = format!(
            "{} with {path} = {:?} beside those with {:?}: two tenants whose names differ in case or white space only",
            count(accounts, "account"),
            plain(&org.id),
            plain(&twin.id)
        );
        let filter = Document::from_iter([(path.to_owned(), org.id.clone())]);
        exam.found_of(org, &TENANT_KEY, format!("{ns} {path}"), evidence, super::secrets::look_at(exam, &ns, &filter));
    }
}
