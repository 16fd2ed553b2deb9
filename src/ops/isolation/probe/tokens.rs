//! Probes with tokens that are not as they should be: each asks for the second tenant's canary.

use serde_json::{Value, json};

use super::call::{Call, Sign};
use super::forge::{Claims, at, set};
use super::run::Run;
use crate::domain::api::Does;
use crate::domain::isolation::Shot;
use crate::error::Result;
use crate::store::Secret;

/// What a probe came to: its requests, or why there are none.
pub(super) type Tried = std::result::Result<Vec<Shot>, String>;

impl Run<'_> {
    /// The routes that do this.
    pub(super) fn routes(&self, does: &[Does]) -> Vec<usize> {
        let routes = self.ground.routes.iter().enumerate();
        routes.filter(|(_, route)| does.contains(&route.does)).map(|(at, _)| at).collect()
    }

    /// Asks every route that shows documents for the second tenant's canary.
    async fn ask_for_theirs(
        &mut self,
        token: &Secret,
        who: &str,
        (header, beyond, made): (&str, bool, &str),
    ) -> Result<Vec<Shot>> {
        let mut shots = Vec::new();
        for route in self.routes(&[Does::Read, Does::List]) {
            let mut call = Call::of(route, who, Sign::Theirs).token(token).tenant(header).made(made);
            call.beyond = beyond;
            shots.push(self.fire(call.id(&self.ground.theirs.canary.id), Some(true)).await?);
        }
        Ok(shots)
    }

    /// With the claims of the tenant taken away, or another value in each.
    pub(super) async fn another_tenant(&mut self, values: &[Option<Value>]) -> Result<Tried> {
        let paths = self.forge.of_tenant();
        if paths.is_empty() {
            return Ok(Err("tokens of this platform do not name the tenant".to_owned()));
        }
        let mut shots = Vec::new();
        let tenant = self.ground.mine.tenant.clone();
        for value in values {
            let mut claims = self.forge.claims(&self.ground.mine.people.one);
            paths.iter().for_each(|(path, _)| set(&mut claims, path, value.as_ref()));
            let who = match value {
                None => format!("{}'s token without a tenant", self.ground.view.first),
                Some(value) => format!("{}'s token with the tenant {value}", self.ground.view.first),
            };
            let token = self.forge.signed(&claims)?;
            let names: Vec<&str> = paths.iter().map(|(path, _)| path.as_str()).collect();
            let claim = match value {
                None => format!("without the claim {}", names.join(", ")),
                Some(value) => format!("with the claim {} = {value}", names.join(", ")),
            };
            let made = self.forged(&claim);
            shots.extend(self.ask_for_theirs(&token, &who, (&tenant, true, &made)).await?);
        }
        Ok(Ok(shots))
    }

    /// With the second tenant's name in another case, and with white space around it.
    pub(super) async fn another_spelling(&mut self) -> Result<Tried> {
        let named: Vec<String> =
            self.forge.of_tenant().into_iter().filter(|(_, by_name)| *by_name).map(|(path, _)| path).collect();
        if named.is_empty() {
            return Ok(Err("tokens of this platform do not name the tenant by a name".to_owned()));
        }
        let theirs = self.forge.claims(&self.ground.theirs.people.one);
        let mut shots = Vec::new();
        for (how, spelt) in SPELLINGS {
            let mut claims = self.forge.claims(&self.ground.mine.people.one);
            // An identifier beside the name stays one's own: only the name is spelt.
            let mut differs = false;
            for path in &named {
                let Some(Value::String(text)) = at(&theirs, path) else { continue };
                differs |= spelt(text) != *text;
                set(&mut claims, path, Some(&json!(spelt(text))));
            }
            if !differs {
                continue;
            }
            let token = self.forge.signed(&claims)?;
            let who = format!("{}'s token with {}'s name {how}", self.ground.view.first, self.ground.view.against);
            let made = self.forged(&format!("with the claim {} spelt {how}", named.join(", ")));
            let header = spelt(&self.ground.theirs.tenant);
            shots.extend(self.ask_for_theirs(&token, &who, (&header, true, &made)).await?);
        }
        Ok(Ok(shots))
    }

    /// Tokens of the second tenant that are not good.
    pub(super) async fn bad_token(&mut self, how: Bad) -> Result<Tried> {
        let ground = self.ground;
        let (theirs, against) = (&ground.theirs, &ground.view.against);
        let good = self.forge.claims(&theirs.people.one);
        let tokens: Vec<(String, Secret)> = match how {
            Bad::Expired => {
                vec![(
                    "token that ended an hour ago".to_owned(),
                    self.forge.signed(&self.forge.ended(&theirs.people.one))?,
                )]
            }
            Bad::Unsigned => ["none", "None", "NONE"]
                .map(|word| (format!("token with alg {word} and no signature"), self.forge.unsigned(&good, word)))
                .into(),
            Bad::OtherKey => vec![("token signed with a random key".to_owned(), self.forge.signed_by_another(&good)?)],
            Bad::Nobody if !self.forge.names_accounts() => {
                return Ok(Err("tokens of this platform do not name an account".to_owned()));
            }
            Bad::Nobody => {
                let claims = self.forge.nobody(&theirs.people.one, &theirs.org);
                vec![("token of an account that never existed".to_owned(), self.forge.signed(&claims)?)]
            }
            Bad::Disabled => match &theirs.people.disabled {
                None => return Ok(Err(format!("{against} has no account that is not in force"))),
                Some(person) => {
                    let claims: Claims = self.forge.claims(person);
                    vec![("token of a disabled account".to_owned(), self.forge.signed(&claims)?)]
                }
            },
        };
        let mut shots = Vec::new();
        for (word, token) in tokens {
            let made =
                format!("# TOKEN: {against}'s {word}; otherwise the claims of {}", theirs.people.one.subject.email);
            let at = (theirs.tenant.as_str(), false, made.as_str());
            shots.extend(self.ask_for_theirs(&token, &format!("{against}'s {word}"), at).await?);
        }
        Ok(Ok(shots))
    }

    /// The header against the token.
    pub(super) async fn header(&mut self, over: bool) -> Result<Tried> {
        if self.ground.api.tenant_header.is_none() {
            return Ok(Err("no header of this platform names the tenant".to_owned()));
        }
        let ground = self.ground;
        let (first, second) = (&ground.view.first, &ground.view.against);
        if over {
            let token = self.forge.signed(&self.forge.claims(&ground.mine.people.one))?;
            let made = ground.mine.people.one.issued(first);
            let who = format!("{first}'s token with {second} in the header");
            return Ok(Ok(self.ask_for_theirs(&token, &who, (&ground.theirs.tenant, true, &made)).await?));
        }
        let token = self.forge.signed(&self.forge.claims(&ground.theirs.people.one))?;
        let who = format!("{second}'s token with {first} in the header");
        let mut shots = Vec::new();
        for route in self.routes(&[Does::Read, Does::List]) {
            let call = Call::of(route, &who, Sign::Mine).token(&token).tenant(&ground.mine.tenant).beyond();
            let call = call.made(ground.theirs.people.one.issued(second)).id(&ground.mine.canary.id);
            shots.push(self.fire(call, Some(false)).await?);
        }
        Ok(Ok(shots))
    }

    /// How a token of the first tenant's account is made that says something else.
    fn forged(&self, claim: &str) -> String {
        let email = &self.ground.mine.people.one.subject.email;
        format!("# TOKEN: a token of {email} {claim}, signed with ${}", self.forge.key.name)
    }

    /// Routes for one role: with another role, and with a token that claims the right one.
    pub(super) async fn role(&mut self, raised: bool) -> Result<Tried> {
        let routes = self.routes(&[Does::Admin]);
        if routes.is_empty() {
            return Ok(Err("no route is described as one for a role".to_owned()));
        }
        let ground = self.ground;
        let (mut shots, mut why) = (Vec::new(), None);
        for route in routes {
            let role = ground.routes[route].role.clone().unwrap_or_default();
            let Some(person) = ground.mine.people.without_role(&role) else {
                why = Some(format!("{} has no account with another role than {role}", ground.view.first));
                continue;
            };
            let mut claims = self.forge.claims(person);
            let mut who = format!("{}, {}", ground.view.first, person.words());
            if raised {
                let Some(path) = self.forge.of_role().map(str::to_owned) else {
                    return Ok(Err("tokens of this platform carry no role".to_owned()));
                };
                set(&mut claims, &path, Some(&json!(role)));
                who.push_str(&format!(" with the role {role} in the token"));
            }
            let token = self.forge.signed(&claims)?;
            let made = match raised {
                true => format!("# TOKEN: the token of {}, signed with ${}", who, self.forge.key.name),
                false => person.issued(&ground.view.first),
            };
            let call = Call::of(route, who, Sign::Success).made(made).token(&token).tenant(&ground.mine.tenant);
            shots.push(self.fire(call, Some(false)).await?);
        }
        Ok(if shots.is_empty() { Err(why.unwrap_or_default()) } else { Ok(shots) })
    }
}

/// How a name is spelt otherwise.
type Spelling = (&'static str, fn(&str) -> String);

const SPELLINGS: [Spelling; 2] = [
    ("in another case", |text| {
        let lower = text.to_lowercase();
        if lower == text { text.to_uppercase() } else { lower }
    }),
    ("with white space around it", |text| format!(" {text} ")),
];

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    Expired,
    Unsigned,
    OtherKey,
    Nobody,
    Disabled,
}
