//! Platforms written from their own presets, and looked at: what comes out must be what went in.

use std::collections::BTreeMap;

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};

use super::*;
use crate::domain::description::{AccountPlace, HashScheme, IdType, IndexShape};
use crate::domain::template::{Var, Vars};
use crate::layout::Home;

const PRESETS: &[(&str, &str)] = &[
    ("flowbit", include_str!("../../config/presets/flowbit.toml")),
    ("tickets", include_str!("../../config/presets/tickets.toml")),
    ("tickets-fastapi", include_str!("../../config/presets/tickets-fastapi.toml")),
    ("tenant-databases", include_str!("../../config/presets/tenant-databases.toml")),
    ("inventory", include_str!("../../config/presets/inventory.toml")),
    ("org-collections", include_str!("../../config/presets/org-collections.toml")),
];

/// Fields of which nobody can tell what a new record gets.
const STAND_INS: &[&str] = &["lastName"];

fn presets() -> Vec<(&'static str, Description)> {
    PRESETS.iter().map(|(name, text)| (*name, ::toml::from_str(text).unwrap())).collect()
}

fn id(id_type: IdType, n: u8) -> Bson {
    match id_type {
        IdType::ObjectId => Bson::ObjectId(ObjectId::from_bytes([n; 12])),
        IdType::Uuid => Bson::String(bson::Uuid::from_bytes([n; 16]).to_string()),
    }
}

fn mark(hash: HashScheme) -> String {
    match hash {
        HashScheme::Bcrypt { cost, .. } => format!("$2b${cost:02}$abcdefghijklmnopqrstuv"),
        HashScheme::BcryptSha256 { cost, .. } => format!("$bcrypt-sha256$$2b${cost:02}$abcdefghijklmnopqrstuv"),
        HashScheme::Argon2id { memory, time, parallelism } => {
            format!("$argon2id$v=19$m={memory},t={time},p={parallelism}$c2FsdHNhbHQ$aGFzaGhhc2g")
        }
    }
}

/// A database that is being written.
#[derive(Default)]
struct Writer(BTreeMap<String, CollectionFacts>);

impl Writer {
    fn collection(&mut self, name: &str, indexes: &[IndexShape]) -> &mut CollectionFacts {
        let made = || CollectionFacts {
            name: name.to_owned(),
            indexes: indexes.iter().map(IndexShape::spec).collect(),
            ..CollectionFacts::default()
        };
        self.0.entry(name.to_owned()).or_insert_with(made)
    }

    fn put(&mut self, name: &str, indexes: &[IndexShape], id: ObjectId, document: Document) {
        let mut whole = doc! { "_id": id };
        whole.extend(document);
        let collection = self.collection(name, indexes);
        collection.sample.push(whole);
        collection.count += 1;
    }

    fn done(self, name: &str) -> DatabaseFacts {
        DatabaseFacts { name: name.to_owned(), collections: self.0.into_values().collect() }
    }
}

const THREE: &[&str] = &["Acme Corp", "LogisticsCo", "retail-gmbh"];

/// Organizations with two accounts each, as the description says.
fn write(platform: &Description, names: &[&str]) -> Facts {
    let (mut master, mut tenants) = (Writer::default(), Vec::new());
    let org_ids = platform.organization.as_ref().map_or(IdType::ObjectId, |org| org.id_type);
    for (n, typed) in (1_u8..).zip(names) {
        let Ok((name, slug)) = platform.naming.accept(typed).or_else(|_| platform.naming.accept("acme")) else {
            continue;
        };
        let mut vars = Vars::from([
            (Var::OrgId, id(org_ids, n)),
            (Var::Name, name.as_str().into()),
            (Var::Slug, slug.as_str().into()),
            (Var::Database, "core".into()),
            (Var::Now, DateTime::from_millis(1_700_000_000_000 + i64::from(n)).into()),
            (Var::Hash, mark(platform.account.hash).into()),
        ]);
        let home = Home::derived(platform, &slug, &vars);
        vars.insert(Var::Store, home.as_text().into());
        let mut own = Writer::default();
        for (u, role) in [(0_u8, platform.account.admin_role.as_str()), (1, "User")] {
            let at = n * 10 + u;
            vars.insert(Var::AccountId, id(platform.account.id_type, at));
            vars.insert(Var::Email, format!("{}{u}@{slug}.com", role.to_lowercase()).into());
            vars.insert(Var::LocalPart, format!("{}{u}", role.to_lowercase()).into());
            vars.insert(Var::Role, role.into());
            let account = &platform.account;
            let here = if account.place == AccountPlace::Store { &mut own } else { &mut master };
            let document = account.fields.document(&vars);
            here.put(&account.collection, &account.indexes, ObjectId::from_bytes([at; 12]), document);
            if let (Some(org), 0) = (&platform.organization, u) {
                let document = org.fields.document(&vars);
                master.put(&org.collection, &org.indexes, ObjectId::from_bytes([n; 12]), document);
            }
            for keyed in &platform.keyed {
                let document = keyed.fields.document(&vars);
                master.put(&keyed.collection, &keyed.indexes, ObjectId::from_bytes([at + 100; 12]), document);
            }
        }
        let place = if platform.layout == Layout::Database { &mut own } else { &mut master };
        for (collection, indexes) in home.expected(platform) {
            place.collection(&collection, &[]).indexes = indexes;
        }
        if platform.layout == Layout::Database {
            tenants.push(own.done(home.database("core")));
        }
    }
    let mut databases: Vec<String> = tenants.iter().map(|tenant| tenant.name.clone()).collect();
    databases.push("core".to_owned());
    Facts { master: master.done("core"), databases, tenants, registry: None }
}

fn seen(facts: Facts) -> Look {
    Look { facts, choice: (Certainty::Sure, "it was named".to_owned()), others: Vec::new() }
}

#[test]
fn every_preset_is_recognised_by_what_it_writes() {
    let known = presets();
    for (name, platform) in &known {
        let detected =
            describe(&seen(write(platform, THREE)), &known).unwrap_or_else(|e| panic!("{name}: {}", e.message()));
        assert_eq!(detected.preset_like.as_deref(), Some(*name), "{}", detected.text);
        let found = read(&detected.text).unwrap();
        assert_eq!(found.account.hash, platform.account.hash, "{name}");
        assert_eq!(found.account.id_type, platform.account.id_type, "{name}");
        assert_eq!(found.account.admin_role, platform.account.admin_role, "{name}");
        assert_eq!(found.account.state, platform.account.state, "{name}");
        assert_eq!(found.store.collection, platform.store.collection, "{name}");
        assert_eq!(found.store.database, platform.store.database, "{name}");
        assert_eq!(found.keyed.iter().map(|k| &k.fields).collect::<Vec<_>>().len(), platform.keyed.len(), "{name}");
        assert_eq!(found.organization.as_ref().map(|o| o.id_type), platform.organization.as_ref().map(|o| o.id_type));
        let differing = |mine: &crate::domain::fields::Fields, theirs: &crate::domain::fields::Fields| -> Vec<String> {
            let theirs: Vec<_> = theirs.iter().collect();
            let mut other: Vec<String> =
                mine.iter().filter(|field| !theirs.contains(field)).map(|(path, _)| path.to_owned()).collect();
            other.retain(|path| !STAND_INS.contains(&path.as_str()));
            other
        };
        let nothing: Vec<String> = Vec::new();
        assert_eq!(differing(&found.account.fields, &platform.account.fields), nothing, "{name}: {}", detected.text);
        for (org, preset) in found.organization.iter().zip(&platform.organization) {
            assert_eq!(differing(&org.fields, &preset.fields), nothing, "{name}: {}", detected.text);
        }
        for (mine, theirs) in found.audit.iter().zip(&platform.audit) {
            assert_eq!(differing(&mine.fields, &theirs.fields), nothing, "{name}: {}", detected.text);
        }
        let links = |d: &Description| (d.account_link_path().map(str::to_owned), d.links_by_name());
        assert_eq!(links(&found), links(platform), "{name}");
    }
}

#[test]
fn broken_records_lower_the_certainty_and_do_not_hide_the_rest() {
    let known = presets();
    let platform = &known.iter().find(|(name, _)| *name == "org-collections").unwrap().1;
    let mut facts = write(platform, THREE);
    let admins = facts.master.collections.iter_mut().find(|c| c.name == "admins").unwrap();
    admins.sample[1].insert("organization_id", ObjectId::from_bytes([99; 12]));
    admins.sample[2].insert("organization_id", Bson::Null);
    let detected = describe(&seen(facts), &known).unwrap();
    let link = detected.findings.iter().find(|f| f.what == "account.organization_id").unwrap();
    assert_eq!((link.value.as_str(), link.certainty), ("{org.id}", Certainty::Guessed));
}

#[test]
fn words_of_the_database_cannot_break_out_of_the_file() {
    let known = presets();
    let platform = &known.iter().find(|(name, _)| *name == "tickets").unwrap().1;
    let mut facts = write(platform, THREE);
    for collection in &mut facts.master.collections {
        for document in &mut collection.sample {
            document.insert("odd \"key\"\n[account]", "x\n[evil]\n");
            document.insert("status", "\"\"\"\n{name}");
        }
    }
    let text = describe(&seen(facts), &known).unwrap().text;
    assert!(!text.contains("\n[evil]") && read(&text).is_ok(), "{text}");
}

#[test]
fn one_organization_is_enough_for_the_layout() {
    let known = presets();
    for (name, platform) in &known {
        for only in ["acme", "LogisticsCo"] {
            let detected = describe(&seen(write(platform, &[only])), &known);
            let detected = detected.unwrap_or_else(|e| panic!("{name}: {}", e.message()));
            let found = read(&detected.text).unwrap();
            assert_eq!((found.layout, found.account.place), (platform.layout, platform.account.place), "{name}");
            assert_eq!(found.account.collection, platform.account.collection, "{name}");
            let store = |d: &Description| (d.store.collection.clone(), d.store.database.clone(), d.store.kinds.len());
            assert_eq!(store(&found), store(platform), "{name}: {}", detected.text);
            assert_eq!(detected.preset_like.as_deref(), Some(*name), "{}", detected.text);
            let org = |d: &Description| (d.org_name_path().to_owned(), d.org_store_path().map(str::to_owned));
            assert_eq!(org(&found), org(platform), "{name}: {}", detected.text);
            let sure = detected.findings.iter().filter(|f| f.certainty == Certainty::Sure);
            assert!(sure.into_iter().all(|f| !["store.kind", "layout", "naming.slug"].contains(&f.what.as_str()) || f.value == "shared"), "{name}: {}", detected.text);
        }
    }
}
