//! Whose a token is: an account, of an organization or of the platform's owners.

use bson::{Bson, Document, doc, oid::ObjectId};

use crate::domain::description::{AccountPlace, AccountShape};
use crate::domain::fields;
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, Vars, plain};
use crate::domain::token::Context;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::ops::user::no_core;

/// An account, as a token sees it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its organization; none for the platform's owners.
    pub org: Option<Org>,
    /// What tokens call it: the value of `{account.id}`.
    pub id: Bson,
    /// Its e-mail, as stored.
    pub email: String,
    /// Its role, where accounts have one.
    pub role: Option<String>,
    /// Whether it is in force.
    pub enabled: bool,
}

impl Subject {
    /// Whose world its tokens open.
    pub fn context(&self) -> Context {
        if self.org.is_some() { Context::Tenant } else { Context::Core }
    }

    /// The identifier of its organization; null for the platform's owners.
    pub fn org_id(&self) -> Bson {
        self.org.as_ref().map_or(Bson::Null, |org| org.id.clone())
    }
}

/// The path of the identifier by which tokens and documents know an account.
pub(in crate::ops) fn id_path(shape: &AccountShape) -> &str {
    shape.fields.path_of(Var::AccountId).unwrap_or("_id")
}

/// A text of a token as it may stand in a document.
pub(super) fn as_stored(text: &str) -> Bson {
    let mut values = vec![Bson::String(text.to_owned())];
    values.extend(ObjectId::parse_str(text).ok().map(Bson::ObjectId));
    Bson::Document(doc! { "$in": values })
}

impl House<'_> {
    /// The shape of accounts of the platform's owners.
    ///
    /// # Errors
    /// `E0101` where the platform has none.
    pub(super) fn core_shape(&self) -> Result<&AccountShape> {
        self.platform.core.as_ref().ok_or_else(|| no_core(&self.platform.platform))
    }

    /// Where the accounts of an organization, or of the platform's owners, are, and the filter that finds them all.
    pub(in crate::ops) fn accounts_in(&self, org: Option<&Org>) -> Result<(&AccountShape, Namespace, Document)> {
        let Some(org) = org else {
            let shape = self.core_shape()?;
            return Ok((shape, self.master(&shape.collection), Document::new()));
        };
        let shape = &self.platform.account;
        match (shape.place, self.accounts(org)) {
            (AccountPlace::Organization, _) | (_, None) => {
                Ok((shape, self.master(&shape.collection), self.record_filter(&org.id)))
            }
            (_, Some((ns, filter))) => Ok((shape, ns, filter)),
        }
    }

    /// What a stored account says.
    pub(in crate::ops) fn subject_of(&self, shape: &AccountShape, org: Option<Org>, document: &Document) -> Subject {
        let at = |var| shape.fields.path_of(var).and_then(|path| fields::get(document, path));
        let enabled =
            shape.state.as_ref().is_none_or(|state| fields::get(document, &state.field) != Some(&state.inactive));
        Subject {
            org,
            id: fields::get(document, id_path(shape)).cloned().unwrap_or(Bson::Null),
            email: at(Var::Email).map(plain).unwrap_or_default(),
            role: at(Var::Role).map(plain),
            enabled,
        }
    }

    /// The values of placeholders that a token of this account is made of.
    pub(in crate::ops) fn subject_vars(&self, subject: &Subject) -> Vars {
        let mut vars = match &subject.org {
            Some(org) => self.vars(&org.id, &org.name, &org.slug, &org.home),
            None => Vars::from([(Var::Database, Bson::from(self.store.master()))]),
        };
        let local = subject.email.split('@').next().unwrap_or_default();
        vars.extend([
            (Var::AccountId, subject.id.clone()),
            (Var::Email, Bson::String(subject.email.clone())),
            (Var::LocalPart, Bson::String(local.to_owned())),
            (Var::Role, subject.role.clone().map_or(Bson::Null, Bson::String)),
        ]);
        vars
    }

    /// Refuses to make tokens for an account that the platform would not let in.
    ///
    /// # Errors
    /// `E0317`.
    pub(in crate::ops) fn require_fit(&self, subject: &Subject) -> Result<()> {
        let shape = if subject.org.is_some() { &self.platform.account } else { self.core_shape()? };
        let refuse = |why: String| Err(Error::new(&code::USER_STATE, why));
        let email = &subject.email;
        if !subject.enabled {
            return refuse(format!("the account {email} is not in force")).map_err(|error| {
                let scope = subject
                    .org
                    .as_ref()
                    .map_or_else(|| "--core".to_owned(), |org| format!("--org {}", shell(org.name.as_str())));
                error.next(format!("flowbit user enable {} {scope}", shell(email)))
            });
        }
        match (&subject.role, shape.fields.path_of(Var::Role)) {
            (Some(role), Some(_))
                if !shape.roles.is_empty() && !shape.roles.contains(role) && *role != shape.admin_role =>
            {
                refuse(format!(
                    "the account {email} has the role {role:?}, which no route accepts; the platform knows {}",
                    shape.roles.join(", ")
                ))
            }
            (None, Some(_)) => refuse(format!("the account {email} has no role")),
            _ => Ok(()),
        }
    }
}
