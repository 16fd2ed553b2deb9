//! What contradicts itself in a description that can be read.

use super::description::{AccountPlace, Description, HashScheme, Layout, TokenShape};
use super::fields::Source;
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
        self.check_core(&mut found);
        self.check_token(&mut found);
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
        found.0.extend(self.api.iter().flat_map(|api| api.contradictions(self)));
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

    fn check_core(&self, found: &mut Found) {
        let Some(core) = &self.core else { return };
        for (var, word) in [(Var::Email, "{email}"), (Var::Hash, "{hash}")] {
            if core.fields.path_of(var).is_none() {
                found.say("core.fields", &format!("no field holds \"{word}\""));
            }
        }
        if core.place != AccountPlace::Master {
            found.say("core.place", "the platform's owners are in the master database");
        }
        if core.collection == self.account.collection && self.account.place == AccountPlace::Master {
            found.say("core.collection", "the accounts of tenants are in this collection, and would be owners with it");
        }
        if self.organization.as_ref().is_some_and(|shape| shape.collection == core.collection) {
            found.say("core.collection", "the organizations are in this collection, and each would be an owner");
        }
        if [Var::OrgId, Var::Name, Var::Slug].iter().any(|var| core.fields.path_of(*var).is_some()) {
            found.say("core.fields", "the platform's owners belong to no organization");
        }
    }

    fn check_token(&self, found: &mut Found) {
        let Some(token) = &self.token else { return };
        let kinds = [("claims", Some(&token.claims)), ("refresh_claims", token.refresh_claims.as_ref())];
        for (word, claims) in kinds.into_iter().chain([("core_claims", token.core_claims.as_ref())]) {
            let Some(claims) = claims else { continue };
            let field = format!("token.{word}");
            if claims.iter().any(|(_, source)| matches!(source, Source::Template(t) if t.mentions(Var::Hash))) {
                found.say(&field, "a token would carry the hash of a password");
            }
            if claims.iter().any(|(path, _)| path == "exp" || path == "iat") {
                found.say(&field, "`iat` and `exp` are in every token and not to be described");
            }
            if claims.path_of(Var::AccountId).or_else(|| claims.path_of(Var::Email)).is_none() {
                found.say(&field, "no claim says whose the token is (\"{account.id:string}\" or \"{email}\")");
            }
        }
        if let Some(name) =
            token.generated.iter().find(|name| token.claims.iter().any(|(path, _)| path == name.as_str()))
        {
            found.say("token.generated", &format!("`{name}` is described among the claims already"));
        }
        if token.refresh_claims.as_ref() == Some(&token.claims) && token.refresh_secret_env.is_none() {
            found.say(
                "token.refresh_claims",
                "nothing tells refresh tokens from access tokens: give them a constant claim of their own",
            );
        }
        if token.expires == 0 || token.refresh_expires == Some(0) {
            found.say("token.expires", "a token that is good for no time is good for nothing");
        }
        if token.refresh_expires.is_none() && (token.refresh_claims.is_some() || token.refresh_store.is_some()) {
            found.say("token.refresh_expires", "refresh tokens need a time for which they are good");
        }
        if token.core_claims.is_some() && self.core.is_none() {
            found.say("token.core_claims", "without [core] there are no accounts of the platform's owners");
        }
        self.check_token_stores(token, found);
    }

    fn check_token_stores(&self, token: &TokenShape, found: &mut Found) {
        let stores = (&token.refresh_store, &token.revocations);
        if let (Some(one), Some(other)) = stores
            && one.collection == other.collection
        {
            found.say("token.revocations.collection", "refresh tokens are stored in this collection");
        }
        for (word, store) in [("refresh_store", &token.refresh_store), ("revocations", &token.revocations)] {
            let Some(store) = store else { continue };
            let field = format!("token.{word}");
            let accounts = self.core.iter().map(|core| &core.collection).chain([&self.account.collection]);
            let records = self.organization.iter().map(|shape| &shape.collection);
            let others = self.keyed.iter().map(|shape| &shape.collection);
            let trail = self.audit.iter().map(|audit| &audit.collection);
            if accounts.chain(records).chain(others).chain(trail).any(|name| *name == store.collection) {
                // B21: entries end by an index that deletes documents by age.
                found.say(
                    &format!("{field}.collection"),
                    "its entries are deleted by age, and others' documents are there",
                );
            }
            if store.collection.starts_with("flowbit_") {
                found.say(&format!("{field}.collection"), "names that begin with flowbit_ are flowbit's own");
            }
            let whose = [Var::AccountId, Var::Email, Var::OrgId].iter().any(|var| store.fields.path_of(*var).is_some());
            if word == "refresh_store" && !whose {
                found.say(
                    &format!("{field}.fields"),
                    "no field says whose the entry is (\"{account.id:string}\"), so nobody could be logged out",
                );
            }
            if store.fields.path_of(Var::TokenExpires).is_none() {
                found.say(&format!("{field}.fields"), "no field holds \"{token.expires}\", so entries would never end");
            }
            let known = [Var::TokenHash, Var::TokenId].iter().any(|var| store.fields.path_of(*var).is_some());
            if !known {
                found.say(&format!("{field}.fields"), "no field holds \"{token.hash}\" or \"{token.id}\"");
            }
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
