//! What every change of an account has in common: its second copies, its tokens, the audit entry, the record.

use bson::{Bson, DateTime, Document, doc};
use serde::Serialize;

use super::change::Wish;
use super::realm::{Account, Realm, Whose};
use crate::domain::audit::{Deed, Kind};
use crate::domain::description::{AccountCopy, TokenCheck};
use crate::domain::fields;
use crate::domain::plan::{Change, Namespace, Plan};
use crate::domain::record::OpId;
use crate::domain::template::{Var, plain};
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::ops::token::Whom;
use crate::ops::token::revoke::blind_spot;
use crate::ops::{Consent, House, Prepared, new_op};

/// What a change would do, or did.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeView {
    /// E-mail of the account.
    pub email: String,
    /// Its identifier.
    pub id: String,
    /// The organization; none for the platform's owners.
    pub organization: Option<String>,
    /// The role it has afterwards.
    pub role: Option<String>,
    /// The role it had, where that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_before: Option<String>,
    /// `active` or `disabled`, afterwards.
    pub state: &'static str,
    /// Second copies of it that are kept in step.
    pub copies: usize,
    /// Whether tokens that were made before are taken back.
    pub tokens_taken_back: bool,
    /// Documents that point to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referring: Vec<Referring>,
    /// The administrator to whom the organization's record points afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_to: Option<String>,
}

/// Documents that point to an account.
#[derive(Debug, Clone, Serialize)]
pub struct Referring {
    /// The collection and the field.
    pub field: String,
    /// How many documents.
    pub documents: u64,
}

/// A change that could begin; without an operation where there is nothing to do.
#[derive(Debug)]
pub struct UserPlan {
    /// The operation.
    pub prepared: Option<Prepared>,
    /// What to show.
    pub view: ChangeView,
}

/// What is gathered for the operation.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub commit: Vec<Change>,
    pub deposits: Vec<(Namespace, Document)>,
    pub deed: Deed,
    pub warnings: Vec<String>,
    pub seen: Document,
}

/// `active` or `disabled`.
pub(super) fn state_word(active: bool) -> &'static str {
    if active { "active" } else { "disabled" }
}

/// A document found by its identity.
pub(super) fn this(record: &Bson) -> Document {
    doc! { "_id": record.clone() }
}

pub(super) fn stale(realm: &Realm<'_>) -> Error {
    let text = format!("the account, or {}, changed between plan and beginning; nothing was done", realm.name());
    Error::new(&code::STALE_PLAN, text).next("repeat the command")
}

impl Realm<'_> {
    /// What it is, for the look whether a plan still holds.
    pub(super) fn seen(&self) -> Document {
        let home = self.org.as_ref().map(|org| org.home.as_text());
        doc! { "org": self.org_id(), "name": self.organization(), "home": home }
    }

    /// The part of an account that is described. What a log-in leaves in it is not looked at.
    fn described(&self, account: &Account) -> Document {
        let touch = self.shape.touch.as_deref();
        let state = self.shape.state.iter().map(|state| state.field.as_str());
        let paths = self.shape.fields.iter().map(|(path, _)| path).chain(state).chain(["_id"]);
        let values = paths
            .filter(|path| Some(*path) != touch)
            .filter_map(|path| Some((path.replace('.', "/"), fields::get(&account.document, path)?.clone())));
        values.collect()
    }

    /// Sets the time of the last change, where accounts have one.
    pub(super) fn touched(&self, record: &Bson, now: DateTime) -> Option<Change> {
        let set = Document::from_iter([(self.shape.touch.clone()?, Bson::DateTime(now))]);
        Some(Change::Set { ns: self.ns.clone(), filter: this(record), set })
    }
}

impl House<'_> {
    /// What a change of an account would do.
    ///
    /// # Errors
    /// `E0201`, `E0207`, `E0303`, `E0317`, `E1006`, and what the wish asks for in vain.
    pub async fn plan_user(&self, whose: &Whose, typed: &str, wish: &Wish, own: Option<&OpId>) -> Result<UserPlan> {
        let realm = self.realm(whose).await?;
        wish.require_possible(&realm)?;
        let account = self.load_account(&realm, typed).await?;
        let mut view = ChangeView {
            email: account.email.clone(),
            id: plain(&account.id),
            organization: realm.organization(),
            role: account.role.clone(),
            role_before: None,
            state: state_word(account.active),
            copies: 0,
            tokens_taken_back: false,
            referring: Vec::new(),
            linked_to: None,
        };
        if wish.is_done(&account) {
            return Ok(UserPlan { prepared: None, view });
        }
        let copies = self.copies_of(&realm, &account).await?;
        view.copies = copies.len();
        let op = own.cloned().unwrap_or_else(new_op);
        let reserves = realm.reserves(&account.email);
        self.require_unreserved(&reserves, own).await?;
        let now = DateTime::now();
        let mut work = Work {
            seen: doc! { "realm": realm.seen(), "account": realm.described(&account) },
            deed: Deed::new(wish.action(), doc! { "email": &account.email, "user": plain(&account.id) })
                .about(Kind::User, account.id.clone()),
            ..Work::default()
        };
        let ids: Vec<Bson> =
            copies.iter().map(|(_, ns, id)| Bson::from(doc! { "in": &ns.coll, "id": id.clone() })).collect();
        work.seen.insert("copies", ids);
        self.work_out(wish, (&realm, &account, &copies), (&op, now), &mut work, &mut view).await?;
        if wish.takes_tokens_back() {
            let whom = Whom::User { org: realm.org_id(), account: account.id.clone() };
            let cut = self.cut_off(&whom, &op, now).await?;
            view.tokens_taken_back = !cut.is_empty();
            work.commit.extend(cut);
            work.warnings.extend(self.token_warning(wish));
        }
        let prepared = self.prepared(&realm, wish.kind(), (&op, now), reserves, work);
        Ok(UserPlan { prepared: Some(prepared), view })
    }

    /// The operation of a change, with its audit entry.
    pub(super) fn prepared(
        &self,
        realm: &Realm<'_>,
        kind: &str,
        (op, now): (&OpId, DateTime),
        reserves: Vec<String>,
        work: Work,
    ) -> Prepared {
        let Work { mut commit, deposits, deed, mut warnings, seen } = work;
        let known = [Var::OrgId, Var::Name, Var::Slug, Var::Database];
        let vars = realm.vars.iter().filter(|(var, _)| known.contains(var)).map(|(var, value)| (*var, value.clone()));
        commit.push(self.audit(&deed, vars.collect(), op, now));
        self.topology_warnings(&mut warnings);
        let plan = Plan { commit, ..Plan::default() };
        let record = self.record(op.clone(), kind, realm.subject(), reserves, plan, &seen);
        Prepared { record, deposits, warnings }
    }

    /// Second copies of an account: which, where, and the `_id` of each.
    async fn copies_of<'c>(
        &self,
        realm: &Realm<'c>,
        account: &Account,
    ) -> Result<Vec<(&'c AccountCopy, Namespace, Bson)>> {
        let vars = realm.account_vars(&account.id, &account.email);
        let mut found = Vec::new();
        for (copy, ns) in &realm.copies {
            let known = [Var::AccountId, Var::Email].iter().find_map(|var| copy.fields.path_of(*var));
            let Some(path) = known else { continue };
            let value = copy.fields.value_at(path, &vars).unwrap_or(Bson::Null);
            let filter = Document::from_iter([(path.to_owned(), value)]);
            for document in self.store.find(ns, filter, Some(doc! { "_id": 1 }), Some(doc! { "_id": 1 })).await? {
                found.push((*copy, ns.clone(), document.get("_id").cloned().unwrap_or(Bson::Null)));
            }
        }
        Ok(found)
    }

    /// What taking tokens back does not do on this platform.
    fn token_warning(&self, wish: &Wish) -> Option<String> {
        let token = self.platform.token.as_ref()?;
        let reads_again = match wish {
            Wish::Role { .. } => token.is_checked(TokenCheck::Role),
            Wish::Disable { .. } => token.is_checked(TokenCheck::Enabled),
            Wish::Delete { .. } => token.is_checked(TokenCheck::User),
            Wish::Enable | Wish::Password { .. } => false,
        };
        let known_to_none = token.revocations.is_none();
        if matches!(wish, Wish::Disable { .. }) && reads_again && known_to_none {
            let text = "the backend accepts them again, until they run out, once the account is enabled again: it does not look revocations up";
            return Some(text.to_owned());
        }
        if reads_again {
            return None;
        }
        blind_spot(token, true, &format!("{} seconds at most", token.expires))
    }

    /// Carries a change out.
    ///
    /// # Errors
    /// As for [`House::execute`].
    pub async fn change_user(
        &self,
        whose: &Whose,
        typed: &str,
        wish: &Wish,
        prepared: Prepared,
        consent: &Consent,
    ) -> Result<Outcome> {
        if wish.takes_tokens_back() {
            self.ensure_tokens().await?;
        }
        let again = async |id: &OpId| match self.plan_user(whose, typed, wish, Some(id)).await?.prepared {
            Some(prepared) => Ok(prepared),
            None => Err(stale(&self.realm(whose).await?)),
        };
        self.execute(prepared, consent, again).await
    }
}
