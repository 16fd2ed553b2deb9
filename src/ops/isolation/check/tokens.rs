//! Tokens that are good and whose organization or account is not.

use std::collections::BTreeMap;

use bson::{Bson, DateTime, Document, doc};

use super::pass::Tally;
use super::tenants::{Standing, raw};
use super::{Exam, count, ids, these};
use crate::domain::description::RecordShape;
use crate::domain::fields;
use crate::domain::isolation::{Finding, Place, rules};
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::ops::token::TOKENS;

impl Exam<'_> {
    pub(super) async fn tokens(&mut self) -> Result<()> {
        if !self.wants(&rules::LIVE_TOKEN) {
            return Ok(());
        }
        let now = self.house.store.server_time().await?;
        self.owners_too().await?;
        let Some(token) = &self.house.platform.token else {
            self.nothing(&rules::LIVE_TOKEN, "the description has no [token]");
            return Ok(());
        };
        if let Some(store) = &token.refresh_store {
            self.stored(store, now).await?;
        }
        let ns = self.house.master(TOKENS);
        let filter =
            doc! { "revoked": Bson::Null, "next": Bson::Null, "expires": { "$gt": now }, "org": { "$ne": Bson::Null } };
        let projection = doc! { "org": 1, "account": 1 };
        let found = self.house.store.find(&ns, filter, Some(projection), None).await?;
        let mut groups: BTreeMap<(String, Vec<String>), Tally> = BTreeMap::new();
        for entry in &found {
            let (org, account) = (entry.get("org"), entry.get("account"));
            if let Some((why, tenants)) = self.out_of_force(org, account, true) {
                note(&mut groups, why, tenants, entry);
            }
        }
        self.tell_tokens(&ns, groups, "token that flowbit issued", "flowbit token list");
        if token.refresh_store.is_none() {
            self.partly(&rules::LIVE_TOKEN, "only tokens that flowbit issued are known: the platform stores none");
        }
        Ok(())
    }

    /// Reads who the platform's owners are: their tokens are nobody's leak.
    async fn owners_too(&mut self) -> Result<()> {
        let Some(core) = &self.house.platform.core else { return Ok(()) };
        let paths = [Some("_id"), core.fields.path_of(Var::AccountId), core.fields.path_of(Var::Email)];
        let projection: Document = paths.into_iter().flatten().map(|path| (path.to_owned(), Bson::Int32(1))).collect();
        let ns = self.house.master(&core.collection);
        for owner in self.house.store.find(&ns, Document::new(), Some(projection), None).await? {
            for path in paths.into_iter().flatten() {
                let Some(value) = fields::get(&owner, path) else { continue };
                let (kind, bytes) = raw(value);
                let mail =
                    value.as_str().filter(|text| text.contains('@')).map(|text| self.maker.mail(text.as_bytes()));
                self.core.insert(mail.unwrap_or_else(|| self.maker.value(kind, &bytes)).number());
            }
        }
        Ok(())
    }

    /// The platform's own store of refresh tokens.
    async fn stored(&mut self, store: &RecordShape, now: DateTime) -> Result<()> {
        let ns = self.house.master(&store.collection);
        let path = |var| store.fields.path_of(var);
        let (account, org) = (path(Var::AccountId).or_else(|| path(Var::Email)), path(Var::OrgId));
        let mut filter = Document::new();
        if let Some(expires) = path(Var::TokenExpires) {
            // One without an end, or with an end that is no date, never ends.
            let endless = doc! { expires: { "$not": { "$type": "date" } } };
            filter.insert("$or", vec![doc! { expires: { "$gt": now } }, endless]);
        }
        if let Some(state) = &store.state {
            filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
        }
        let mut projection = doc! { "_id": 1 };
        projection.extend([account, org].into_iter().flatten().map(|path| (path.to_owned(), Bson::Int32(1))));
        let mut groups: BTreeMap<(String, Vec<String>), Tally> = BTreeMap::new();
        for entry in self.house.store.find(&ns, filter, Some(projection), None).await? {
            let at = |path: Option<&str>| path.and_then(|path| fields::get(&entry, path));
            if let Some((why, tenants)) = self.out_of_force(at(org), at(account), org.is_some()) {
                note(&mut groups, why, tenants, &entry);
            }
        }
        self.tell_tokens(&ns, groups, "refresh token", "flowbit token revoke --org ORG --all");
        Ok(())
    }

    /// Why a token should not be good any more.
    fn out_of_force(
        &self,
        org: Option<&Bson>,
        account: Option<&Bson>,
        names_org: bool,
    ) -> Option<(String, Vec<String>)> {
        let ident = |value: &Bson| {
            let (kind, bytes) = raw(value);
            match value.as_str().filter(|text| text.contains('@')) {
                Some(mail) => self.maker.mail(mail.as_bytes()),
                None => self.maker.value(kind, &bytes),
            }
        };
        let number = account.map(ident);
        if number.as_ref().is_some_and(|number| self.core.contains(&number.number())) {
            return None;
        }
        let owner = number.as_ref().and_then(|number| {
            let tables = [&self.people.ids, &self.people.mails];
            tables.into_iter().find_map(|table| table.get(number).and_then(|whose| table.all(&whose).first().copied()))
        });
        let named = org.filter(|org| **org != Bson::Null).map(|org| {
            let (kind, bytes) = raw(org);
            let by_text = self.tenants.by_word(plain(org).as_bytes());
            (self.tenants.by_id(kind, &bytes).or_else(|| self.tenants.by_key(kind, &bytes)).or(by_text), plain(org))
        });
        let tenant = named.as_ref().and_then(|(at, _)| *at).or(owner);
        let names = tenant.map(|at| self.tenants.names(&[at])).unwrap_or_default();
        match (&named, tenant.and_then(|at| self.tenants.get(at)).map(|tenant| tenant.standing)) {
            (Some((None, text)), _) if names_org => {
                return Some((format!("of an organization that does not exist ({text})"), Vec::new()));
            }
            (_, Some(Standing::Inactive)) => {
                return Some(("of an organization that is out of force".to_owned(), names));
            }
            (_, Some(Standing::Gone)) => return Some(("of an organization that is deleted".to_owned(), names)),
            _ => {}
        }
        match (number, owner) {
            (Some(number), _) if self.people.disabled.contains(&number.number()) => {
                Some(("of an account that is not in force".to_owned(), names))
            }
            (Some(_), None) => Some(("of an account that does not exist".to_owned(), names)),
            (Some(_), Some(owner)) if tenant.is_some_and(|tenant| tenant != owner) => {
                let both: Vec<u32> = tenant.into_iter().chain([owner]).collect();
                Some(("that names another organization than its account's".to_owned(), self.tenants.names(&both)))
            }
            _ => None,
        }
    }

    fn tell_tokens(
        &mut self,
        ns: &Namespace,
        groups: BTreeMap<(String, Vec<String>), Tally>,
        what: &str,
        remedy: &str,
    ) {
        for ((why, tenants), tally) in groups {
            let finding = Finding::new(&rules::LIVE_TOKEN, Place::from(ns), tenants, &why)
                .documents(tally.count, ids(&tally.examples))
                .evidence(format!("{} {why}, not expired and not revoked", count(tally.count, what)))
                .remedy(format!("{} ({remedy})", rules::LIVE_TOKEN.remedy))
                .query(Self::look(ns, &these(&tally.examples), &["_id"]));
            self.found(finding);
        }
    }
}

fn note(groups: &mut BTreeMap<(String, Vec<String>), Tally>, why: String, tenants: Vec<String>, entry: &Document) {
    let tally = groups.entry((why, tenants)).or_default();
    tally.count += 1;
    if tally.examples.len() < super::pass::EXAMPLES {
        tally.examples.extend(entry.get("_id").cloned());
    }
}
