//! Another role, in force or not, another password: what changes in the account and in its second copies.

use bson::{Bson, DateTime, Document, doc};

use super::plan::{ChangeView, Work, state_word, this};
use super::realm::{Account, Realm};
use crate::domain::description::AccountCopy;
use crate::domain::fields;
use crate::domain::plan::{Change, Namespace};
use crate::domain::record::OpId;
use crate::domain::template::Var;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::store::Secret;

/// What is to become of an account.
#[derive(Debug, Clone)]
pub enum Wish {
    /// It gets this role.
    Role {
        /// The role, in the platform's spelling.
        role: String,
        /// Also if nobody administers afterwards.
        force: bool,
    },
    /// It is in force.
    Enable,
    /// It is not in force.
    Disable {
        /// Also if nobody administers afterwards.
        force: bool,
    },
    /// It gets the password of this hash.
    Password {
        /// The hash; empty while it is only looked what would be done.
        hash: Secret,
    },
    /// It is removed.
    Delete {
        /// Also if nobody administers afterwards.
        force: bool,
    },
}

/// An account with its second copies.
pub(super) type Whole<'w> = (&'w Realm<'w>, &'w Account, &'w [(&'w AccountCopy, Namespace, Bson)]);

impl Wish {
    /// The kind of the operation.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Wish::Role { .. } => "user.set-role",
            Wish::Enable => "user.enable",
            Wish::Disable { .. } => "user.disable",
            Wish::Password { .. } => "user.reset-password",
            Wish::Delete { .. } => "user.delete",
        }
    }

    /// The action in the audit trail.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Wish::Role { .. } => "user.role-changed",
            Wish::Enable => "user.enabled",
            Wish::Disable { .. } => "user.disabled",
            Wish::Password { .. } => "user.password-reset",
            Wish::Delete { .. } => "user.deleted",
        }
    }

    /// Whether tokens that were made before are taken back with it.
    pub(super) fn takes_tokens_back(&self) -> bool {
        !matches!(self, Wish::Enable)
    }

    /// Whether the account is so already.
    pub(super) fn is_done(&self, account: &Account) -> bool {
        match self {
            Wish::Role { role, .. } => account.role.as_ref() == Some(role),
            Wish::Enable => account.active,
            Wish::Disable { .. } => !account.active,
            Wish::Password { .. } | Wish::Delete { .. } => false,
        }
    }

    /// Refuses what the platform has no place for.
    ///
    /// # Errors
    /// `E0317`.
    pub(super) fn require_possible(&self, realm: &Realm<'_>) -> Result<()> {
        let refuse = |text: &str, next: String| Err(Error::new(&code::USER_STATE, text).next(next));
        match self {
            Wish::Password { .. } => Ok(()),
            _ if realm.is_embedded() => Err(embedded(realm, "flowbit user reset-password EMAIL")),
            Wish::Role { .. } if realm.role_path().is_none() => refuse(
                "accounts of this platform have no role; nothing was changed",
                "describe the field under [account.fields] as \"{role}\", if there is one".to_owned(),
            ),
            Wish::Enable | Wish::Disable { .. } if realm.shape.state.is_none() => refuse(
                "accounts of this platform have no field that disables them; nothing was changed",
                format!(
                    "flowbit user reset-password EMAIL {}   # with a password that nobody is told, locks it out",
                    realm.option()
                ),
            ),
            _ => Ok(()),
        }
    }
}

/// That an organization's record holds its only account.
pub(super) fn embedded(realm: &Realm<'_>, instead: &str) -> Error {
    let text = format!(
        "the record of {} holds its only account, the administrator's: no other can be made, and this one has neither another role nor another state; nothing was changed",
        realm.name()
    );
    Error::new(&code::USER_STATE, text).next(format!("{instead} {}", realm.option()))
}

impl House<'_> {
    /// What a wish changes.
    pub(super) async fn work_out(
        &self,
        wish: &Wish,
        whole: Whole<'_>,
        (op, now): (&OpId, DateTime),
        work: &mut Work,
        view: &mut ChangeView,
    ) -> Result<()> {
        let (realm, account, _) = whole;
        match wish {
            Wish::Role { role, force } => {
                if *role != realm.shape.admin_role {
                    work.warnings.extend(self.require_another_admin(realm, account, *force).await?);
                }
                role_changes(whole, role, now, work);
                view.role_before = account.role.clone();
                view.role = Some(role.clone());
            }
            Wish::Enable => {
                state_changes(whole, true, now, work);
                view.state = state_word(true);
            }
            Wish::Disable { force } => {
                work.warnings.extend(self.require_another_admin(realm, account, *force).await?);
                state_changes(whole, false, now, work);
                view.state = state_word(false);
            }
            Wish::Password { hash } => self.password_changes(whole, hash, (op, now), work),
            Wish::Delete { force } => self.delete_changes(whole, *force, work, view).await?,
        }
        Ok(())
    }

    /// The new hash lies beside the record until the commit: it may not stand in it.
    fn password_changes(
        &self,
        (realm, account, copies): Whole<'_>,
        hash: &Secret,
        by: (&OpId, DateTime),
        work: &mut Work,
    ) {
        let (op, now) = by;
        let new = Bson::String(hash.reveal().to_owned());
        let mut set = Document::from_iter([(realm.hash_path().to_owned(), new.clone())]);
        let of_record = self.platform.organization.as_ref().and_then(|shape| shape.touch.clone());
        let touch = realm.shape.touch.clone().or(of_record.filter(|_| realm.is_embedded()));
        set.extend(touch.map(|path| (path, Bson::DateTime(now))));
        work.deposits.push((realm.ns.clone(), doc! { "_id": account.record.clone(), "set": set }));
        for (copy, ns, id) in copies {
            if let Some(path) = copy.fields.path_of(Var::Hash) {
                let set = Document::from_iter([(path.to_owned(), new.clone())]);
                work.deposits.push((ns.clone(), doc! { "_id": id.clone(), "set": set }));
            }
        }
        let mut places: Vec<&Namespace> = Vec::new();
        for (ns, _) in &work.deposits {
            if !places.contains(&ns) {
                places.push(ns);
            }
        }
        work.commit.extend(places.into_iter().map(|ns| Change::Fill { ns: ns.clone(), op: op.0.clone() }));
        // Neither the old hash nor the new one; that it is another one is what changed.
        let before = doc! { "role": account.role.clone(), "state": state_word(account.active) };
        let mut after = before.clone();
        after.insert("changed", vec!["password"]);
        (work.deed.before, work.deed.after) = (before.into(), after.into());
    }
}

/// Only from what it was when the plan was made: somebody else may change it at the same time.
fn rewritten((realm, account, _): Whole<'_>, path: &str, to: &Bson) -> Change {
    Change::Rewrite {
        ns: realm.ns.clone(),
        filter: this(&account.record),
        path: path.to_owned(),
        from: fields::get(&account.document, path).cloned().unwrap_or(Bson::Null),
        to: to.clone(),
        must: true,
    }
}

fn role_changes(whole: Whole<'_>, role: &str, now: DateTime, work: &mut Work) {
    let (realm, account, copies) = whole;
    let Some(path) = realm.role_path() else { return };
    work.commit.push(rewritten(whole, path, &Bson::from(role)));
    work.commit.extend(realm.touched(&account.record, now));
    for (copy, ns, id) in copies {
        if let Some(path) = copy.fields.path_of(Var::Role) {
            let set = Document::from_iter([(path.to_owned(), Bson::from(role))]);
            work.commit.push(Change::Set { ns: ns.clone(), filter: this(id), set });
        }
    }
    (work.deed.before, work.deed.after) = (doc! { "role": account.role.clone() }.into(), doc! { "role": role }.into());
}

fn state_changes(whole: Whole<'_>, active: bool, now: DateTime, work: &mut Work) {
    let (realm, account, copies) = whole;
    let Some(state) = &realm.shape.state else { return };
    let value = if active { &state.active } else { &state.inactive };
    work.commit.push(rewritten(whole, &state.field, value));
    work.commit.extend(realm.touched(&account.record, now));
    for (copy, ns, id) in copies {
        // A copy has the field where it has one of the same name.
        if copy.fields.iter().any(|(path, _)| path == state.field) {
            let set = Document::from_iter([(state.field.clone(), value.clone())]);
            work.commit.push(Change::Set { ns: ns.clone(), filter: this(id), set });
        }
    }
    let (before, after) = (state_word(account.active), state_word(active));
    (work.deed.before, work.deed.after) = (doc! { "state": before }.into(), doc! { "state": after }.into());
}
