//! Giving rights, and taking them back.
//!
//! A user is made first, with its mark and without any role: the mark names the roles that are ours before there is one.
//! It is dropped last. So whatever was half done belongs to somebody, and the same command finishes it.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bson::{Bson, Document, doc};

use super::plan::{Entry, Holding, Planned, Stand};
use crate::domain::audit::Deed;
use crate::domain::isolation::grant::{Mark, Principal};
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::ops::{Consent, House};
use crate::store::file::PrivateLines;
use crate::store::{Failure, Pen, Secret};

/// The server's code for a user that is there already.
const USER_EXISTS: i32 = 51_003;

/// Where new passwords go, and who gets one.
#[derive(Debug)]
pub struct Passwords {
    /// The file, where there is one.
    pub file: Option<PrivateLines>,
    /// Users that are there get new ones, too.
    pub renew: bool,
}

/// What was given to one tenant, or taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    /// Whether anything was changed.
    pub changed: bool,
    /// Whether a password was made.
    pub password: bool,
}

impl House<'_> {
    /// Gives a tenant what it is to have, and takes what it is not to have. That is recorded first.
    ///
    /// # Errors
    /// `E0101` where a password is needed and there is no file for it; what kept the entry from being written, or the
    /// server from doing something: the same command finishes it.
    pub async fn give_grant(&self, entry: &Entry, passwords: &mut Passwords, _consent: &Consent) -> Result<Given> {
        self.store.require_writable_topology()?;
        let Some(planned) = entry.planned() else { return Ok(Given::default()) };
        let password = !planned.has_user() || passwords.renew;
        if planned.stand() == Stand::Same && !password {
            return Ok(Given::default());
        }
        if password && passwords.file.is_none() {
            let text = "a password has to be made, and there is no place for it; nothing was changed";
            return Err(Error::new(&code::BAD_ARGUMENT, text).next("name a new file with --passwords"));
        }
        let doing = "recording the change in the audit trail, so nothing was changed";
        self.put_on_record(&deed_of(planned), entry.vars.clone(), doing).await?;
        self.give(planned, passwords).await.map_err(|error| {
            error.after_changes().next("flowbit isolation grants   # shows how far it came; --apply finishes it")
        })?;
        Ok(Given { changed: true, password })
    }

    async fn give(&self, planned: &Planned, passwords: &mut Passwords) -> Result<()> {
        let pen = Pen::free(self.store);
        let grant = &planned.grant;
        let said = |doing: &str| {
            let doing = format!("{doing} for {:?}", grant.organization);
            move |failure: Failure| failure.into_error(&doing)
        };
        let mut roles: BTreeSet<Principal> = planned.claimed.union(&planned.former).cloned().collect();
        roles.insert(grant.role.clone());
        let mark = |roles: BTreeSet<Principal>| {
            Mark { tenant: grant.tenant.clone(), organization: grant.organization.clone(), roles }.document()
        };
        if !planned.has_user() {
            let password = keep_new(passwords, &grant.user, &grant.organization)?;
            let made = pen.create_user(&grant.user, &password, &[], mark(roles.clone())).await;
            made.map_err(|failure| match failure.is(USER_EXISTS) {
                true => Error::new(&code::GRANT_CLASH, format!("somebody else made the user {} just now", grant.user)),
                false => said("making the user")(failure),
            })?;
        } else if planned.claimed != roles {
            pen.update_user(&grant.user, None, Some(mark(roles.clone()))).await.map_err(said("marking the user"))?;
        }
        self.give_views(planned).await.map_err(said("making the views"))?;
        if planned.stands.role != Stand::Same {
            let there = planned.stands.role == Stand::Differs;
            pen.put_role(&grant.role, &grant.rights, there).await.map_err(said("making the role"))?;
        }
        if planned.stands.user != Stand::Same {
            let held = std::slice::from_ref(&grant.role);
            pen.update_user(&grant.user, Some(held), None).await.map_err(said("giving the role"))?;
        }
        if planned.has_user() && passwords.renew {
            let password = keep_new(passwords, &grant.user, &grant.organization)?;
            pen.set_password(&grant.user, &password).await.map_err(said("changing the password"))?;
        }
        for user in &planned.more_users {
            pen.drop_user(user).await.map_err(said("dropping a further user"))?;
        }
        for former in &planned.former {
            pen.drop_role(former).await.map_err(said("dropping a former role"))?;
        }
        let last = BTreeSet::from([grant.role.clone()]);
        if roles != last {
            pen.update_user(&grant.user, None, Some(mark(last))).await.map_err(said("marking the user"))?;
        }
        Ok(())
    }

    async fn give_views(&self, planned: &Planned) -> Result<(), Failure> {
        let pen = Pen::free(self.store);
        for (ns, stand) in &planned.stands.views {
            let Some(view) = planned.grant.views.get(ns) else { continue };
            match stand {
                Stand::Same => {}
                Stand::Missing => pen.create_view(ns, view).await?,
                Stand::Differs => {
                    // What it reads and shows can be changed; its collation only by making it anew.
                    pen.drop_view(ns).await?;
                    pen.create_view(ns, view).await?;
                }
            }
        }
        self.drop_views(&planned.surplus).await
    }

    async fn drop_views(&self, views: &[Namespace]) -> Result<(), Failure> {
        for ns in views {
            match Pen::free(self.store).drop_view(ns).await {
                Err(failure) if failure.is(crate::store::failure::server::NAMESPACE_NOT_FOUND) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Takes from a tenant what was given to it. That is recorded first.
    ///
    /// # Errors
    /// As for [`House::give_grant`].
    pub async fn take_grant(&self, entry: &Entry, _consent: &Consent) -> Result<Given> {
        self.take(&entry.has, entry.vars.clone()).await
    }

    /// The same, from a tenant that is not there any more.
    ///
    /// # Errors
    /// As for [`House::give_grant`].
    pub async fn take_from_gone(&self, gone: &Holding, _consent: &Consent) -> Result<Given> {
        let vars = Vars::from([
            (Var::OrgId, gone.tenant.clone()),
            (Var::Name, Bson::from(&gone.organization)),
            (Var::Database, Bson::from(self.store.master())),
        ]);
        self.take(gone, vars).await
    }

    async fn take(&self, gone: &Holding, vars: Vars) -> Result<Given> {
        self.store.require_writable_topology()?;
        if gone.is_empty() {
            return Ok(Given::default());
        }
        let names = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<String>>();
        let before = doc! {
            "users": names(&mut gone.users.iter().map(ToString::to_string)),
            "roles": names(&mut gone.roles.iter().map(ToString::to_string)),
            "views": names(&mut gone.views.iter().map(ToString::to_string)),
        };
        let deed =
            Deed::new("isolation.grant-removed", doc! { "org": &gone.organization }).changing(before, Bson::Null);
        let doing = "recording the change in the audit trail, so nothing was changed";
        self.put_on_record(&deed, vars, doing).await?;
        let pen = Pen::free(self.store);
        let work = async {
            self.drop_views(&gone.views).await?;
            for role in &gone.roles {
                pen.drop_role(role).await?;
            }
            for user in &gone.users {
                pen.drop_user(user).await?;
            }
            Ok::<(), Failure>(())
        };
        work.await.map_err(|failure| {
            let error = failure.into_error(&format!("taking the rights of {:?}", gone.organization));
            error.after_changes().next("repeat the command: what is gone is gone, and the rest goes")
        })?;
        Ok(Given { changed: true, password: false })
    }
}

/// A new password, kept before anybody has it: a crash must not lose it.
fn keep_new(passwords: &mut Passwords, user: &Principal, organization: &str) -> Result<Secret> {
    let bytes: [u8; 32] = rand::random();
    let password = URL_SAFE_NO_PAD.encode(bytes);
    let line = serde_json::json!({
        "organization": organization, "user": user.name, "authSource": user.db, "password": password,
    });
    let missing = || Error::new(&code::INTERNAL, "a password was to be made without a place for it");
    passwords.file.as_mut().ok_or_else(missing)?.add(&line.to_string())?;
    Ok(Secret::new(password))
}

fn deed_of(planned: &Planned) -> Deed {
    let grant = &planned.grant;
    let views: Vec<String> = grant.views.keys().map(ToString::to_string).collect();
    let details = doc! {
        "org": &grant.organization, "user": grant.user.to_string(), "role": grant.role.to_string(), "views": views,
    };
    let stands = |taken: &[String], given: &[String]| -> Document {
        doc! { "allowed_beyond": taken.to_vec(), "lacking": given.to_vec() }
    };
    let before = match planned.stand() {
        Stand::Missing => Bson::Null,
        _ => stands(&planned.too_much, &planned.too_little).into(),
    };
    let after = doc! { "allowed": grant.rights.beyond(&crate::domain::isolation::grant::Rights::default()) };
    Deed::new("isolation.granted", details).changing(before, after)
}
