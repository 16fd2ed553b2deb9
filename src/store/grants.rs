//! Roles and users of tenants, and connections as somebody else.

use std::time::Duration;

use bson::{Bson, Document, doc};
use mongodb::options::{AuthMechanism, ClientOptions, Credential};

use super::failure::{self, check_reply, server};
use super::{Connect, Failure, Pen, Secret, Store};
use crate::domain::isolation::grant::{Mark, Principal, Rights, documents};
use crate::domain::record::Runner;
use crate::error::Result as Answer;

/// There is no user of this name.
pub const USER_NOT_FOUND: i32 = 11;

/// How long an attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// A database user.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredUser {
    /// Its name and its database.
    pub name: Principal,
    /// Its roles.
    pub roles: Vec<Principal>,
    /// Whose it is, where flowbit made it for a tenant.
    pub mark: Option<Mark>,
    /// The run that made it, where it was made to try something.
    pub trial: Option<Runner>,
}

/// A role.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRole {
    /// What it allows by itself.
    pub rights: Rights,
    /// The roles whose rights it has as well.
    pub inherits: Vec<Principal>,
}

impl Store {
    /// The users that are defined in a database.
    ///
    /// # Errors
    /// Not authorized, for users who may not see that.
    pub async fn users_of(&self, db: &str) -> Result<Vec<StoredUser>, Failure> {
        let reply = self.database(db).run_command(doc! { "usersInfo": 1, "showCustomData": true }).await?;
        Ok(documents(&reply, "users").map(|user| user_of(db, user)).collect())
    }

    /// A role, if there is one of this name.
    ///
    /// # Errors
    /// As for [`Store::users_of`].
    pub async fn role(&self, role: &Principal) -> Result<Option<StoredRole>, Failure> {
        let command = doc! { "rolesInfo": [role.as_role()], "showPrivileges": true };
        let reply = self.database(&role.db).run_command(command).await?;
        Ok(documents(&reply, "roles").next().map(|found| StoredRole {
            rights: Rights::read(documents(found, "privileges")),
            inherits: documents(found, "roles").filter_map(Principal::of_role).collect(),
        }))
    }

    /// Opens a cursor on a collection and leaves it open: the server ends it after ten minutes.
    ///
    /// # Errors
    /// What the server says.
    pub async fn open_cursor(&self, db: &str, collection: &str) -> Result<i64, Failure> {
        let reply = self.database(db).run_command(doc! { "find": collection, "batchSize": 0 }).await?;
        let cursor = reply.get_document("cursor").cloned().unwrap_or_default();
        Ok(cursor.get_i64("id").unwrap_or_default())
    }

    /// Ends a cursor; that it is gone is just as well.
    pub async fn close_cursor(&self, db: &str, collection: &str, id: i64) {
        let _ = self.database(db).run_command(doc! { "killCursors": collection, "cursors": [id] }).await;
    }
}

fn user_of(db: &str, user: &Document) -> StoredUser {
    let custom = user.get_document("customData").cloned().unwrap_or_default();
    let trial = custom.get_document("flowbit").ok().and_then(|mark| mark.get_document("trial").ok());
    StoredUser {
        name: Principal::new(db, user.get_str("user").unwrap_or_default()),
        roles: documents(user, "roles").filter_map(Principal::of_role).collect(),
        mark: Mark::read(&custom),
        trial: trial.and_then(|trial| bson::deserialize_from_document(trial.clone()).ok()),
    }
}

/// The mark of a user that is made to try something.
pub fn trial_mark(runner: &Runner) -> Document {
    doc! { "flowbit": { "trial": bson::serialize_to_document(runner).unwrap_or_default() } }
}

fn roles(roles: &[Principal]) -> Vec<Document> {
    roles.iter().map(Principal::as_role).collect()
}

impl Pen<'_> {
    /// Makes a user.
    pub async fn create_user(
        &self,
        user: &Principal,
        password: &Secret,
        held: &[Principal],
        custom: Document,
    ) -> Result<(), Failure> {
        let command = doc! {
            "createUser": &user.name, "pwd": password.reveal(), "roles": roles(held), "customData": custom,
            "mechanisms": ["SCRAM-SHA-256"],
        };
        self.run(&user.db, command).await.map(drop)
    }

    /// Gives a user these roles, and no others, or another mark, or both.
    pub async fn update_user(
        &self,
        user: &Principal,
        held: Option<&[Principal]>,
        custom: Option<Document>,
    ) -> Result<(), Failure> {
        let mut command = doc! { "updateUser": &user.name };
        if let Some(held) = held {
            command.insert("roles", roles(held));
        }
        if let Some(custom) = custom {
            command.insert("customData", custom);
        }
        self.run(&user.db, command).await.map(drop)
    }

    /// Gives a user another password.
    pub async fn set_password(&self, user: &Principal, password: &Secret) -> Result<(), Failure> {
        self.run(&user.db, doc! { "updateUser": &user.name, "pwd": password.reveal() }).await.map(drop)
    }

    /// Drops a user; that there is none is just as well.
    pub async fn drop_user(&self, user: &Principal) -> Result<(), Failure> {
        match self.run(&user.db, doc! { "dropUser": &user.name }).await {
            Err(failure) if failure.is(USER_NOT_FOUND) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Makes a role, or gives one other rights; it inherits nothing.
    pub async fn put_role(&self, role: &Principal, rights: &Rights, is_there: bool) -> Result<(), Failure> {
        let none: Vec<Bson> = Vec::new();
        let verb = if is_there { "updateRole" } else { "createRole" };
        let mut command = Document::from_iter([(verb.to_owned(), Bson::from(&role.name))]);
        command.extend(doc! { "privileges": rights.privileges(), "roles": none });
        self.run(&role.db, command).await.map(drop)
    }

    /// Drops a role; that there is none is just as well.
    pub async fn drop_role(&self, role: &Principal) -> Result<(), Failure> {
        match self.run(&role.db, doc! { "dropRole": &role.name }).await {
            Err(failure) if failure.is(server::ROLE_NOT_FOUND) => Ok(()),
            other => other.map(drop),
        }
    }
}

/// A connection to the same servers as somebody else, or as nobody.
#[derive(Debug)]
pub struct Stranger {
    client: mongodb::Client,
}

impl Stranger {
    /// Connects as this user; as nobody without one. Nothing is sent before the first command.
    ///
    /// # Errors
    /// `E0105` for a broken connection string.
    pub async fn connect(connect: &Connect, login: Option<(&Principal, &Secret)>) -> Answer<Self> {
        let uri = connect.uri.reveal();
        let broken = |e: &mongodb::error::Error| failure::connection_string(e, uri);
        let mut options = ClientOptions::parse(uri).await.map_err(|e| broken(&e))?;
        options.app_name = Some(format!("flowbit-trial/{}", env!("CARGO_PKG_VERSION")));
        options.server_selection_timeout = Some(connect.timeout);
        options.connect_timeout = Some(connect.timeout);
        options.max_pool_size = Some(2);
        options.command_event_handler = connect.trace.clone().map(super::traced);
        options.credential = login.map(|(user, password)| {
            Credential::builder()
                .username(user.name.clone())
                .source(user.db.clone())
                .password(password.reveal().to_owned())
                .mechanism(AuthMechanism::ScramSha256)
                .build()
        });
        Ok(Self { client: mongodb::Client::with_options(options).map_err(|e| broken(&e))? })
    }

    /// Sends a command; what a write reports about its documents is a failure as well.
    ///
    /// # Errors
    /// What the server says, or that it did not say anything in ten seconds.
    pub async fn run(&self, db: &str, command: Document) -> Result<Document, Failure> {
        let database = self.client.database(db);
        let sent = tokio::time::timeout(ATTEMPT, database.run_command(command).into_future());
        let reply = sent.await.map_err(|_| Failure::reported(0, "no answer in ten seconds"))??;
        check_reply(&reply).map(|()| reply)
    }

    /// Says that no more will be sent.
    pub async fn close(self) {
        self.client.shutdown().await;
    }
}
