//! As whom it is asked: accounts of both tenants.

use bson::{Bson, Document};

use crate::domain::fields;
use crate::domain::template::{Var, plain};
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::ops::token::Subject;

/// Accounts that are looked at: enough to find each kind in.
const LOOKED_AT: i64 = 200;

/// An account with its document.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub subject: Subject,
    pub document: Document,
}

/// The accounts of a tenant that are of use.
#[derive(Debug, Clone)]
pub(super) struct People {
    /// As whom it is asked.
    pub one: Person,
    /// All that the platform lets in.
    pub all: Vec<Person>,
    /// One that is not in force.
    pub disabled: Option<Person>,
}

impl People {
    /// One with this role.
    pub fn with_role(&self, role: &str) -> Option<&Person> {
        self.all.iter().find(|person| person.subject.role.as_deref() == Some(role))
    }

    /// One with another role than this.
    pub fn without_role(&self, role: &str) -> Option<&Person> {
        self.all.iter().find(|person| person.subject.role.as_deref().is_some_and(|other| other != role))
    }
}

impl House<'_> {
    /// The accounts of a tenant; the one of this e-mail, or else an administrator, speaks for it.
    ///
    /// # Errors
    /// `E0207` where there is none that the platform lets in; `E0317` for a named one that it does not.
    pub(super) async fn people_of(&self, org: &Org, email: Option<&str>) -> Result<People> {
        let (shape, ns, filter) = self.accounts_in(Some(org))?;
        let found = self.store.first(&ns, filter, Document::new(), LOOKED_AT).await?;
        let mut people: Vec<Person> = found
            .into_iter()
            .map(|document| Person { subject: self.subject_of(shape, Some(org.clone()), &document), document })
            .collect();
        if let Some(email) = email {
            let named = self.subject(Some(org.name.as_str()), email).await?;
            self.require_fit(&named)?;
            let at = people.iter().position(|person| person.subject.id == named.id);
            let person = at.map(|at| people.swap_remove(at));
            people.insert(0, person.unwrap_or_else(|| Person { subject: named, document: Document::new() }));
        }
        let disabled = people.iter().find(|person| !person.subject.enabled).cloned();
        people.retain(|person| self.require_fit(&person.subject).is_ok());
        let admin = |person: &&Person| person.subject.role.as_deref() == Some(shape.admin_role.as_str());
        let one = match email {
            Some(_) => people.first(),
            None => people.iter().find(admin).or_else(|| people.first()),
        };
        let one = one.cloned().ok_or_else(|| {
            let name = org.name.as_str();
            Error::new(&code::USER_NOT_FOUND, format!("{name} has no account that the platform would let in"))
                .next(format!("flowbit user list --org {}", shell(name)))
        })?;
        Ok(People { one, all: people, disabled })
    }
}

impl Person {
    /// The value by which documents refer to this account.
    pub fn value_at(&self, path: &str) -> Option<Bson> {
        fields::get(&self.document, path).cloned()
    }

    /// The command that makes an ordinary token of this account.
    pub fn issued(&self, org: &str) -> String {
        format!("TOKEN=$(flowbit token issue --org {} --user {} --raw)", shell(org), shell(&self.subject.email))
    }

    /// `anna@acme.com (Admin)`
    pub fn words(&self) -> String {
        match &self.subject.role {
            Some(role) => format!("{} ({role})", self.subject.email),
            None => self.subject.email.clone(),
        }
    }
}

/// The text by which a header, or a body, names a tenant.
pub(super) fn text_of(vars: &crate::domain::template::Vars, var: Var) -> String {
    vars.get(&var).map(plain).unwrap_or_default()
}
