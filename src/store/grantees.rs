//! Everybody who may do something: users of the whole server and the roles of a database, with their privileges.

use bson::{Document, doc};

use super::inspect::{Privilege, privileges};
use super::{Failure, Store};

/// Users whose privileges are asked for at once: the server tells them only of users that are named, and one may have
/// thousands, a megabyte of them.
const AT_ONCE: usize = 10;

/// A user, or a role, with what it may do.
#[derive(Debug, Clone, PartialEq)]
pub struct Grantee {
    /// The database in which it is defined.
    pub db: String,
    /// Its name.
    pub name: String,
    /// Whether it is a role.
    pub is_role: bool,
    /// What it may do, also by its roles.
    pub privileges: Vec<Privilege>,
    /// What somebody noted about the user.
    pub custom: Document,
}

fn documents<'a>(reply: &'a Document, name: &str) -> impl Iterator<Item = &'a Document> {
    reply.get_array(name).into_iter().flatten().filter_map(|item| item.as_document())
}

fn text(document: &Document, name: &str) -> String {
    document.get_str(name).unwrap_or_default().to_owned()
}

impl Store {
    /// All users of the server.
    ///
    /// # Errors
    /// Not authorized, for users who may not see that.
    pub async fn users(&self) -> Result<Vec<Grantee>, Failure> {
        let admin = self.database("admin");
        let everybody = admin.run_command(doc! { "usersInfo": { "forAllDBs": true } }).await?;
        let named: Vec<Document> = documents(&everybody, "users")
            .map(|user| doc! { "user": text(user, "user"), "db": text(user, "db") })
            .collect();
        let mut users = Vec::new();
        for some in named.chunks(AT_ONCE) {
            let reply = admin.run_command(doc! { "usersInfo": some.to_vec(), "showPrivileges": true }).await?;
            users.extend(documents(&reply, "users").map(|user| Grantee {
                db: text(user, "db"),
                name: text(user, "user"),
                is_role: false,
                privileges: privileges(user, "inheritedPrivileges"),
                custom: user.get_document("customData").cloned().unwrap_or_default(),
            }));
        }
        Ok(users)
    }

    /// The roles that somebody defined in a database.
    ///
    /// # Errors
    /// Not authorized, for users who may not see that.
    pub async fn roles(&self, db: &str) -> Result<Vec<Grantee>, Failure> {
        let reply = self.database(db).run_command(doc! { "rolesInfo": 1, "showPrivileges": true }).await?;
        let role = |role: &Document| Grantee {
            db: text(role, "db"),
            name: text(role, "role"),
            is_role: true,
            privileges: privileges(role, "inheritedPrivileges"),
            custom: Document::new(),
        };
        Ok(documents(&reply, "roles").map(role).collect())
    }
}
