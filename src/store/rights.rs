//! Rights of database users: MongoDB keeps them by name of database, so they have to follow a tenant that gets another.

use bson::{Bson, Document, doc};

use super::failure::server;
use super::{Failure, Pen, Store};

/// A role that exists already.
const ROLE_EXISTS: i32 = 51_002;

/// A user with roles on a database.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// The database in which the user is defined.
    pub db: String,
    /// Name.
    pub user: String,
    /// Names of the roles.
    pub roles: Vec<String>,
}

/// Who may do what in a database.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rights {
    /// Users with roles on it, wherever they are defined.
    pub holders: Vec<Holder>,
    /// Roles that are defined in it, with their privileges.
    pub roles: Vec<Document>,
}

fn documents<'a>(reply: &'a Document, name: &str) -> Vec<&'a Document> {
    reply.get_array(name).into_iter().flatten().filter_map(Bson::as_document).collect()
}

fn text(document: &Document, name: &str) -> String {
    document.get_str(name).unwrap_or_default().to_owned()
}

impl Rights {
    /// The names of users and roles, for people.
    pub fn names(&self) -> Vec<String> {
        let users = self.holders.iter().map(|holder| format!("{}.{}", holder.db, holder.user));
        users.chain(self.roles.iter().map(|role| text(role, "role"))).collect()
    }
}

impl Store {
    /// Who may do what in a database.
    ///
    /// # Errors
    /// Not authorized, for users who may not see that.
    pub async fn rights_on(&self, db: &str) -> Result<Rights, Failure> {
        let everybody = self.database("admin").run_command(doc! { "usersInfo": { "forAllDBs": true } }).await?;
        let mut rights = Rights::default();
        for user in documents(&everybody, "users") {
            let here = documents(user, "roles").into_iter().filter(|role| role.get_str("db").ok() == Some(db));
            let roles: Vec<String> = here.map(|role| text(role, "role")).collect();
            if !roles.is_empty() {
                rights.holders.push(Holder { db: text(user, "db"), user: text(user, "user"), roles });
            }
        }
        let own = self.database(db).run_command(doc! { "rolesInfo": 1, "showPrivileges": true }).await?;
        rights.roles = documents(&own, "roles").into_iter().cloned().collect();
        Ok(rights)
    }
}

impl Pen<'_> {
    /// Gives everybody who has roles on one database the same on another; gives how many.
    pub async fn grant_like(&self, from: &str, to: &str) -> Result<usize, Failure> {
        let rights = self.store().rights_on(from).await?;
        let moved = |role: &Document, name: &str| -> Vec<Bson> {
            role.get_array(name).into_iter().flatten().map(|value| elsewhere(value, from, to)).collect()
        };
        for role in &rights.roles {
            let none: Vec<Bson> = Vec::new();
            let privileges = moved(role, "privileges");
            match self.run(to, doc! { "createRole": text(role, "role"), "privileges": privileges, "roles": none }).await
            {
                Err(failure) if failure.is(ROLE_EXISTS) => {}
                other => drop(other?),
            }
        }
        // What they inherit from each other comes when all of them are there.
        for role in &rights.roles {
            let roles = moved(role, "roles");
            if !roles.is_empty() {
                self.run(to, doc! { "grantRolesToRole": text(role, "role"), "roles": roles }).await?;
            }
        }
        for holder in &rights.holders {
            let roles: Vec<Document> = holder.roles.iter().map(|role| doc! { "role": role, "db": to }).collect();
            self.run(&holder.db, doc! { "grantRolesToUser": &holder.user, "roles": roles }).await?;
        }
        Ok(rights.holders.len())
    }

    /// Takes roles on a database away from everybody: somebody else may get its name one day.
    pub async fn revoke_on(&self, db: &str) -> Result<(), Failure> {
        let rights = self.store().rights_on(db).await?;
        for holder in &rights.holders {
            let roles: Vec<Document> = holder.roles.iter().map(|role| doc! { "role": role, "db": db }).collect();
            self.run(&holder.db, doc! { "revokeRolesFromUser": &holder.user, "roles": roles }).await?;
        }
        for role in &rights.roles {
            match self.run(db, doc! { "dropRole": text(role, "role") }).await {
                Err(failure) if failure.is(server::ROLE_NOT_FOUND) => {}
                other => drop(other?),
            }
        }
        Ok(())
    }
}

/// A privilege or a role with another database in the place of one.
fn elsewhere(value: &Bson, from: &str, to: &str) -> Bson {
    match value {
        Bson::Document(document) => Bson::Document(
            document
                .iter()
                .map(|(name, value)| match value {
                    Bson::String(db) if name == "db" && db == from => (name.clone(), Bson::String(to.to_owned())),
                    other => (name.clone(), elsewhere(other, from, to)),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}
