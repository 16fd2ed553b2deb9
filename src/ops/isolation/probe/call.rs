//! One request: as whom, for what, and what must not come of it.

use serde_json::Value;

use super::Ground;
use crate::domain::api::{RouteShape, Slot, Slots, fill, fill_body};
use crate::store::Secret;
use crate::web::Ask;

/// What shows that it worked, besides a change of the second tenant's canary, which always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The marker of the second tenant's canary.
    Theirs,
    /// The marker of the first tenant's canary.
    Mine,
    /// A token in the answer.
    Token,
    /// An answer that says that all went well.
    Success,
    /// One's own canary, or a new document, that belongs to the second tenant.
    Moved,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The route, by its place among the routes.
    pub route: usize,
    /// As whom, in words.
    pub who: String,
    pub token: Option<Secret>,
    /// The tenant in the header.
    pub header: Option<String>,
    /// The tenant in path and body.
    pub tenant: String,
    pub id: String,
    /// More parameters, as they stand in an address.
    pub query: String,
    /// What is sent instead of the described body.
    pub body: Option<Value>,
    /// The word that is searched for.
    pub term: String,
    /// The secret of a webhook.
    pub secret: Option<Secret>,
    /// How token or secret are made: a command, or words.
    pub made: Option<String>,
    pub sign: Sign,
    /// Whether it says nothing where the plain question leaks already.
    pub beyond: bool,
}

impl Call {
    /// A call of a route as nobody.
    pub fn of(route: usize, who: impl Into<String>, sign: Sign) -> Self {
        Self {
            route,
            who: who.into(),
            token: None,
            header: None,
            tenant: String::new(),
            id: String::new(),
            query: String::new(),
            body: None,
            term: String::new(),
            secret: None,
            made: None,
            sign,
            beyond: false,
        }
    }

    /// With this token.
    pub fn token(mut self, token: &Secret) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// With a token, or a secret, that is made so.
    pub fn made(mut self, made: impl Into<String>) -> Self {
        self.made = Some(made.into());
        self
    }

    /// With this tenant in header, path and body.
    pub fn tenant(mut self, tenant: &str) -> Self {
        (self.header, self.tenant) = (Some(tenant.to_owned()), tenant.to_owned());
        self
    }

    /// Saying nothing where the plain question leaks already.
    pub fn beyond(mut self) -> Self {
        self.beyond = true;
        self
    }

    /// About this document.
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// With these parameters.
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    /// With this body.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Searching for this word.
    pub fn term(mut self, term: &str) -> Self {
        term.clone_into(&mut self.term);
        self
    }
}

impl Ground<'_> {
    /// What placeholders stand for in a call.
    pub(super) fn slots(&self, call: &Call) -> Slots {
        Slots::from([
            (Slot::Id, call.id.clone()),
            (Slot::Tenant, call.tenant.clone()),
            (Slot::Text, self.marks.written()),
            (Slot::Term, call.term.clone()),
            (Slot::Email, self.theirs.people.one.subject.email.clone()),
        ])
    }

    /// The described body of a route with its placeholders filled in.
    pub(super) fn body_of(&self, route: &RouteShape, call: &Call) -> Option<Value> {
        route.body.as_ref().map(|body| fill_body(body, &self.slots(call)))
    }

    /// The request of a call.
    pub(super) fn ask(&self, call: &Call) -> Ask {
        let route = &self.routes[call.route];
        let mut path = fill(&route.path, &self.slots(call), true);
        if !call.query.is_empty() {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&call.query);
        }
        let mut headers = Vec::new();
        if let (Some(token), Some((name, format))) = (&call.token, self.api.authorization.split_once(':')) {
            headers.push((name.to_owned(), format.trim_start().replace("{token}", token.reveal())));
        }
        if let (Some(tenant), Some(header)) = (&call.header, &self.api.tenant_header) {
            headers.push((header.name.clone(), tenant.clone()));
        }
        if let (Some(secret), Some(name)) = (&call.secret, &route.secret_header) {
            headers.push((name.clone(), secret.reveal().to_owned()));
        }
        let body = call.body.clone().or_else(|| self.body_of(route, call));
        Ask { method: route.method, path, headers, body }
    }
}
