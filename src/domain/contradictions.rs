//! What contradicts itself in a description that can be read.

use super::description::{AccountPlace, Description, HashScheme, Layout};
use super::template::Var;

impl Description {
    /// What contradicts itself in this description: field, with the position in lists (`keyed[2].fields`), and sentence.
    pub fn contradictions(&self) -> Vec<(String, String)> {
        let mut found = Found::default();
        if self.version != 1 {
            found.say("version", "this flowbit reads version 1");
        }
        self.check_organization(&mut found);
        self.check_account(&mut found);
        match self.layout {
            Layout::Collection => self.check_collections(&mut found),
            Layout::Database => self.check_database(&mut found),
            Layout::Shared => self.check_shared(&mut found),
        }
        if self.layout != Layout::Shared && !self.keyed.is_empty() {
            found.say("keyed", "shared collections belong to the layout `shared`");
        }
        for (i, reference) in self.references.iter().enumerate() {
            if reference.to.split_once('.').is_none_or(|(c, path)| c.is_empty() || path.is_empty()) {
                found.say(&format!("reference[{i}].to"), "write COLLECTION.PATH, such as users._id");
            }
        }
        found.0
    }

    fn check_organization(&self, found: &mut Found) {
        match &self.organization {
            Some(shape) if shape.fields.path_of(Var::Name).is_none() => {
                found.say("organization.fields", "no field holds \"{name}\"");
            }
            None if self.layout != Layout::Shared => {
                found
                    .say("organization", "only platforms with the layout `shared` can be without organization records");
            }
            _ => {}
        }
        if self.org_store_path().is_some() && self.layout == Layout::Collection && !self.store.kinds.is_empty() {
            found.say(
                "organization.fields",
                "\"{store}\" is the name of one collection; with store.kinds there are several",
            );
        }
    }

    fn check_account(&self, found: &mut Found) {
        for (var, word) in [(Var::Email, "{email}"), (Var::Hash, "{hash}")] {
            if self.account.fields.path_of(var).is_none() {
                found.say("account.fields", &format!("no field holds \"{word}\""));
            }
        }
        if self.account.place == AccountPlace::Master && self.account_link_path().is_none() {
            found.say(
                "account.fields",
                "no field links to the organization (\"{org.id}\", \"{org.id:string}\", \"{slug}\" or \"{name}\")",
            );
        }
        if self.account.place == AccountPlace::Store && self.layout != Layout::Database {
            found.say("account.place", "accounts of a tenant's own store need the layout `database`");
        }
        if self.account.place == AccountPlace::Organization
            && self.organization.as_ref().is_none_or(|shape| shape.collection != self.account.collection)
        {
            found.say(
                "account.collection",
                "accounts inside the organization's record are in the organizations' collection",
            );
        }
        match self.account.hash {
            HashScheme::Bcrypt { cost, .. } | HashScheme::BcryptSha256 { cost, .. } if !(4..=16).contains(&cost) => {
                found.say("account.hash.cost", "a cost between 4 and 16 is usable");
            }
            HashScheme::Argon2id { memory, time, parallelism }
                if parallelism == 0 || time == 0 || memory < 8 * parallelism || memory > 4 * 1024 * 1024 =>
            {
                found.say("account.hash", "argon2id needs a pass, a lane, and 8 KiB of memory a lane, at most 4 GiB");
            }
            _ => {}
        }
    }

    fn check_collections(&self, found: &mut Found) {
        let Some(name) = &self.store.collection else {
            return found.say("store.collection", "the layout `collection` needs the name of a tenant's collection");
        };
        if !name.mentions(Var::Slug) {
            found.say("store.collection", "the name does not contain {slug}: all tenants would share it");
        }
        if name.mentions(Var::Kind) == self.store.kinds.is_empty() {
            found.say("store.kinds", "{kind} in store.collection and the list store.kinds need each other");
        }
    }

    fn check_database(&self, found: &mut Found) {
        match &self.store.database {
            None => found.say("store.database", "the layout `database` needs the name of a tenant's database"),
            Some(name) if !name.mentions(Var::Slug) => {
                found.say("store.database", "the name does not contain {slug}: all tenants would share it");
            }
            Some(_) => {}
        }
    }

    fn check_shared(&self, found: &mut Found) {
        if self.keyed.is_empty() {
            found.say("keyed", "the layout `shared` needs the collections that carry the tenant key");
        }
        let key = self.tenant_key();
        for (i, shape) in self.keyed.iter().enumerate() {
            let field = format!("keyed[{i}].fields");
            match shape.fields.only_at(&shape.key) {
                Some(Var::Name | Var::Slug | Var::OrgId) if shape.fields.only_at(&shape.key) == key => {}
                Some(Var::Name | Var::Slug | Var::OrgId) => {
                    found.say(
                        &field,
                        &format!("the tenant key of {} is another than that of the first collection", shape.collection),
                    );
                }
                _ => found.say(
                    &field,
                    &format!("{} needs {} = \"{{name}}\", \"{{slug}}\" or \"{{org.id}}\"", shape.collection, shape.key),
                ),
            }
        }
        if self.organization.is_none() && key == Some(Var::OrgId) {
            found.say("keyed[0].fields", "\"{org.id}\" as tenant key needs organization records");
        }
    }
}

/// What was found wrong: field and sentence.
#[derive(Debug, Default)]
struct Found(Vec<(String, String)>);

impl Found {
    fn say(&mut self, field: &str, what: &str) {
        self.0.push((field.to_owned(), what.to_owned()));
    }
}
