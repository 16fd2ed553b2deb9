//! What was asked for, as it stands in manifests.

use bson::{Bson, Document};
use serde_json::Value;

use crate::domain::audit::Trail;
use crate::domain::audit::manifest::{Organization, Query};
use crate::domain::extjson::{self, Form};
use crate::ops::House;
use crate::ops::audit::Asked;

fn json(value: Bson) -> Value {
    value.into_canonical_extjson()
}

/// A moment as machines write it.
pub fn rfc3339(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

impl House<'_> {
    /// The query, and the filter that it became.
    pub(super) fn query(&self, trail: &Trail, asked: &Asked, filter: &Document) -> Query {
        let tenant = asked.org.as_ref().and_then(|org| trail.key_of(&self.vars_of(&org.id, &org.name, &org.slug)));
        let moment = |at: Option<bson::DateTime>| at.map(|at| rfc3339(at.timestamp_millis()));
        Query {
            organization: asked.org.as_ref().map(|org| Organization {
                id: json(org.id.clone()),
                name: org.name.as_str().to_owned(),
                slug: org.slug.as_str().to_owned(),
            }),
            tenant_field: trail.tenant.clone(),
            tenant: tenant.map(json),
            actor: asked.actor.clone(),
            action: asked.action.clone(),
            target: asked.target.clone(),
            conditions: asked
                .conditions
                .iter()
                .map(|one| format!("{}{}={}", one.path, if one.not { "!" } else { "" }, one.value))
                .collect(),
            since: moment(asked.window.since),
            until: moment(asked.window.until),
            filter: extjson::value(filter, Form::Canonical),
        }
    }
}
