//! Roles in the platform's spelling, and the last who may administer.

use bson::{Document, doc};

use super::realm::{Account, Realm};
use crate::domain::description::AccountShape;
use crate::domain::similar::nearest;
use crate::domain::template::Var;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::find::shell;

/// A role that the platform may know, with what there is to say about it.
///
/// # Errors
/// `E0128` for one that the description does not list.
pub fn accept_role(shape: &AccountShape, typed: &str) -> Result<(String, Option<String>)> {
    let role = typed.trim();
    if role.is_empty() || role.chars().any(char::is_control) {
        return Err(Error::new(&code::BAD_ROLE, "the role is empty, or has characters that cannot be seen"));
    }
    if shape.roles.iter().any(|known| known == role) || role == shape.admin_role {
        return Ok((role.to_owned(), None));
    }
    if shape.roles.is_empty() {
        let text = format!(
            "the platform description lists no roles, so whether the backend knows {role:?} is not checked; its administrators have {:?}",
            shape.admin_role
        );
        return Ok((role.to_owned(), Some(text)));
    }
    let known = shape.roles.join(", ");
    let error = Error::new(&code::BAD_ROLE, format!("the platform has no role {role:?}; it has {known}"));
    Err(match nearest(role, shape.roles.iter().map(String::as_str)) {
        Some(meant) => error.next(format!("did you mean {meant:?}?")),
        None => error,
    })
}

/// The role of a new account.
///
/// # Errors
/// `E0101` where it is missing, or accounts have none; `E0128`.
pub fn role_for(shape: &AccountShape, typed: Option<&str>) -> Result<(Option<String>, Option<String>)> {
    match (shape.fields.path_of(Var::Role), typed) {
        (Some(_), Some(typed)) => accept_role(shape, typed).map(|(role, warning)| (Some(role), warning)),
        (None, None) => Ok((None, None)),
        (None, Some(_)) => {
            Err(Error::new(&code::BAD_ARGUMENT, "accounts of this platform have no role").next("repeat without --role"))
        }
        (Some(_), None) => {
            let roles = if shape.roles.is_empty() { shape.admin_role.clone() } else { shape.roles.join(", ") };
            Err(Error::new(&code::BAD_ARGUMENT, "the role is missing: accounts of this platform have one")
                .next(format!("repeat with --role; there are {roles}")))
        }
    }
}

impl House<'_> {
    /// Refuses to take away the last administrator; with force, says what that means.
    ///
    /// # Errors
    /// `E1006`.
    pub(super) async fn require_another_admin(
        &self,
        realm: &Realm<'_>,
        account: &Account,
        force: bool,
    ) -> Result<Option<String>> {
        if !account.active || !realm.is_admin(account) || self.another_admin(realm, account).await?.is_some() {
            return Ok(None);
        }
        if force {
            return Ok(Some(format!(
                "{} is the last administrator of {}: nobody can manage it afterwards",
                account.email,
                realm.name()
            )));
        }
        let text = format!("{} is the last administrator of {}; nothing was changed", account.email, realm.name());
        Err(Error::new(&code::LAST_ADMIN, text)
            .next(match realm.role_path() {
                Some(_) => format!(
                    "flowbit user set-role EMAIL {} {}   # first, for somebody else",
                    shell(&realm.shape.admin_role),
                    realm.option()
                ),
                None => format!("flowbit user create EMAIL {}   # first, for somebody else", realm.option()),
            })
            .next("repeat with --force if nobody is to administer it"))
    }

    /// Another administrator in force: the one whose `_id` comes first.
    pub(super) async fn another_admin(&self, realm: &Realm<'_>, account: &Account) -> Result<Option<Account>> {
        let mut others = Document::new();
        others.insert("$and", vec![realm.admins(), doc! { "_id": { "$ne": account.record.clone() } }]);
        let found = self.store.find(&realm.ns, others, None, Some(doc! { "_id": 1 })).await?;
        Ok(found.into_iter().next().map(|document| realm.account(document)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::preset_text;

    #[test]
    fn roles_are_taken_in_the_platforms_spelling() {
        let native: crate::domain::Description = toml::from_str(preset_text("flowbit").unwrap()).unwrap();
        let shape = &native.account;
        assert_eq!(accept_role(shape, " Staff ").unwrap(), ("Staff".to_owned(), None));
        let error = accept_role(shape, "staff").unwrap_err();
        assert_eq!((error.code().id, error.actions()[0].as_str()), ("E0128", "did you mean \"Staff\"?"));
        let owners = native.core.as_ref().unwrap();
        assert!(accept_role(owners, "Owner").unwrap().1.is_none());
        assert!(accept_role(owners, "Operator").unwrap().1.is_some());
        assert!(accept_role(owners, "").is_err());
        assert!(role_for(shape, None).is_err());
    }
}
