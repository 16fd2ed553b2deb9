//! What would be made, as commands for `mongosh` that can be pasted.

use bson::{Bson, Document, doc};

use super::plan::{Planned, Stand};
use crate::domain::isolation::grant::{Mark, Principal};
use crate::ops::doctor::mend::{database, json, script};

impl Planned {
    /// The commands that bring about what is wanted, in order; none where it is there. They hold no password: the user's is
    /// asked for. What they make is known as flowbit's afterwards.
    pub fn commands(&self) -> Vec<String> {
        let grant = &self.grant;
        let (users, roles) = (database(&grant.user.db), database(&grant.role.db));
        let value = |document: Document| script(&Bson::Document(document));
        let mark = Mark {
            tenant: grant.tenant.clone(),
            organization: grant.organization.clone(),
            roles: [grant.role.clone()].into(),
        };
        let mut lines = Vec::new();
        for (ns, stand) in self.stands.views.iter().filter(|(_, stand)| **stand != Stand::Same) {
            let Some(view) = grant.views.get(ns) else { continue };
            if *stand == Stand::Differs {
                lines.push(format!("{}.getCollection({}).drop();", database(&ns.db), json(&ns.coll)));
            }
            let stages = view.pipeline.iter().cloned().map(Bson::Document).collect();
            let stages = script(&Bson::Array(stages));
            lines.push(format!("{}.createView({}, {}, {stages});", database(&ns.db), json(&ns.coll), json(&view.on)));
        }
        for ns in &self.surplus {
            lines.push(format!("{}.getCollection({}).drop();", database(&ns.db), json(&ns.coll)));
        }
        let privileges = grant.rights.privileges().into_iter().map(Bson::Document).collect::<Vec<_>>();
        let rights = doc! { "privileges": privileges, "roles": [] };
        match self.stands.role {
            Stand::Same => {}
            Stand::Missing => {
                let mut role = doc! { "role": &grant.role.name };
                role.extend(rights);
                lines.push(format!("{roles}.createRole({});", value(role)));
            }
            Stand::Differs => lines.push(format!("{roles}.updateRole({}, {});", json(&grant.role.name), value(rights))),
        }
        let held = script(&Bson::Array(vec![Bson::Document(grant.role.as_role())]));
        let custom = value(mark.document());
        match self.stands.user {
            Stand::Missing => lines.push(format!(
                "{users}.createUser({{\"user\": {}, \"pwd\": passwordPrompt(), \"roles\": {held}, \"customData\": {custom}, \"mechanisms\": [\"SCRAM-SHA-256\"]}});",
                json(&grant.user.name)
            )),
            _ if self.stands.user == Stand::Differs || !self.former.is_empty() || self.stands.role == Stand::Missing => {
                lines.push(format!(
                    "{users}.updateUser({}, {{\"roles\": {held}, \"customData\": {custom}}});",
                    json(&grant.user.name)
                ));
            }
            _ => {}
        }
        let gone = |user: &Principal| format!("{}.dropUser({});", database(&user.db), json(&user.name));
        lines.extend(self.more_users.iter().map(gone));
        let drop = |role: &Principal| format!("{}.dropRole({});", database(&role.db), json(&role.name));
        lines.extend(self.former.iter().map(drop));
        lines
    }
}
