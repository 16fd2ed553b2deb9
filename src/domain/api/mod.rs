//! The platform's HTTP interface, as a description says it: the hosts that may be asked, and what each route does.

mod check;
mod openapi;
mod origin;
mod text;

pub use openapi::derived;
pub use origin::Origin;
pub use text::{Slot, Slots, fill, fill_body, placeholders_of};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The platform's HTTP interface. `flowbit isolation probe` asks it, and nobody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiShape {
    /// Scheme, host and port of the backends that may be asked: `http://127.0.0.1:3001`. No other is ever sent anything.
    pub hosts: Vec<String>,
    /// The header that carries the token.
    #[serde(default = "bearer")]
    pub authorization: String,
    /// The header that names the tenant, where the backend reads one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_header: Option<TenantHeader>,
    /// Requests in a second at most.
    #[serde(default = "rate")]
    #[schemars(range(min = 1, max = 100))]
    pub rate: u32,
    /// Requests of one run at most; fewer than the backend's own limit.
    #[serde(default = "most")]
    #[schemars(range(min = 1, max = 10_000))]
    pub most: u32,
    /// The routes.
    #[serde(default, rename = "route", skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteShape>,
}

fn bearer() -> String {
    "Authorization: Bearer {token}".to_owned()
}

fn rate() -> u32 {
    5
}

fn most() -> u32 {
    100
}

/// A header that names the tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantHeader {
    /// Its name: `X-TENANT`.
    pub name: String,
    /// What it carries.
    pub carries: Carries,
}

/// By what a tenant is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Carries {
    /// Its name after the naming rule.
    Slug,
    /// Its name.
    Name,
    /// Its identifier.
    Id,
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Shows the documents of a tenant.
    List,
    /// Shows one document.
    Read,
    /// Finds documents by a word, `{term}`.
    Search,
    /// Makes a document.
    Create,
    /// Changes a document.
    Update,
    /// Deletes a document.
    Delete,
    /// Takes word of another program about a document, with a secret instead of a token.
    Webhook,
    /// Gives out a token for an e-mail and a password.
    Login,
    /// Shows something to one role only.
    Admin,
}

impl Does {
    /// The word in descriptions and output.
    pub fn word(self) -> &'static str {
        match self {
            Does::List => "list",
            Does::Read => "read",
            Does::Search => "search",
            Does::Create => "create",
            Does::Update => "update",
            Does::Delete => "delete",
            Does::Webhook => "webhook",
            Does::Login => "login",
            Does::Admin => "admin",
        }
    }
}

/// How a route is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Whether it is there to change something.
    pub fn changes(self) -> bool {
        self != Method::Get
    }
}

/// A route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteShape {
    /// What it does.
    pub does: Does,
    /// How it is asked.
    pub method: Method,
    /// Its path, with a query where it needs one: `/api/tickets/{id}`. `{id}` is the document, `{term}` a word that is
    /// searched for, `{tenant}` the tenant as its header, or else its key, has it.
    #[schemars(regex(pattern = r"^/"))]
    pub path: String,
    /// What is sent, as JSON. Its texts may have the same placeholders, and `{text}`, a text of the probe's own; for
    /// `login` also `{email}` and `{password}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The collection that it serves: a name, or a kind; the tickets' where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// The only role that it serves, for `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The header that carries the secret, for `webhook`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_header: Option<String>,
    /// Name of the environment variable that holds this secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
}

impl RouteShape {
    /// Method and path: `GET /api/tickets/{id}`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method.word(), self.path)
    }
}
