//! What is allowed has to work: without that, nothing follows from a refusal.

use super::Control;
use super::call::{Call, Sign};
use super::run::{Effect, Run};
use crate::domain::api::Does;
use crate::error::Result;
use crate::web::{Answer, Silence};

/// As whom a webhook is called.
pub(super) const WEBHOOK: &str = "the webhook's secret";

impl Run<'_> {
    /// Does what is allowed on a route. The control, where something was sent, and why it does not work.
    pub(super) async fn control(&mut self, route: usize, theirs: bool) -> Result<(Option<Control>, Option<String>)> {
        let ground = self.ground;
        let shape = &ground.routes[route];
        let side = if theirs { &ground.theirs } else { &ground.mine };
        let name = side.org.name.as_str();
        let mut person = side.people.one.clone();
        if let (Does::Admin, Some(role)) = (shape.does, &shape.role) {
            match side.people.with_role(role) {
                Some(with) => person = with.clone(),
                None => return Ok((None, Some(format!("{name} has no account with the role {role}")))),
            }
        }
        let call = Call::of(route, format!("{name}, {}", person.words()), Sign::Success);
        let mut key = None;
        let mut call = call.tenant(&side.tenant).id(&side.canary.id).term(&side.canary.word);
        if shape.does == Does::Webhook {
            call.who = WEBHOOK.to_owned();
            if let Some(variable) = &shape.secret_env {
                let Some(secret) = self.secrets.get(variable) else {
                    return Ok((None, Some(format!("the environment variable {variable} is not set"))));
                };
                call.secret = Some(secret.clone());
                key = Some(variable.clone());
            }
        } else {
            key = (shape.does != Does::Login).then(|| self.forge.key.name.clone());
            call = call.token(&self.forge.signed(&self.forge.claims(&person))?);
        }
        let answer = self.send(ground.ask(&call)).await?;
        if let (Err(Silence::Spent(_)), Some(why)) = (&answer, self.stopped()) {
            return Ok((None, Some(why)));
        }
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let effect = self.effect(&answer, shape.method.changes()).await?;
        let changed = if theirs { &effect.theirs } else { &effect.mine };
        let works = match (&answer, shape.does) {
            (_, Does::Update | Does::Delete | Does::Webhook) => changed.is_some(),
            (_, Does::Create) => effect.made,
            (Ok(answer), Does::Admin | Does::Login) => answer.is_success(),
            (Ok(answer), _) => answer.holds(&side.canary.marker),
            (Err(_), _) => false,
        };
        let evidence = seen(&answer, &effect, changed.as_ref(), works);
        let why = (!works)
            .then(|| format!("what is allowed does not work either: {} as {}: {evidence}", shape.line(), call.who));
        Ok((Some(Control { route: shape.line(), who: call.who, works, status, evidence, key }), why))
    }
}

fn seen(
    answer: &std::result::Result<Answer, Silence>,
    effect: &Effect,
    changed: Option<&String>,
    works: bool,
) -> String {
    let status = match answer {
        Ok(answer) => match &answer.cut {
            Some(cut) if !works => format!("{}, {cut}", answer.status),
            _ => answer.status.to_string(),
        },
        Err(silence) => silence.why().to_owned(),
    };
    match (works, changed) {
        (true, Some(what)) => format!("{status}; its canary {what}"),
        (true, None) if effect.made => format!("{status}; a document was made"),
        (true, None) => format!("{status}; it came back"),
        (false, _) => format!("{status}; nothing came of it"),
    }
}
