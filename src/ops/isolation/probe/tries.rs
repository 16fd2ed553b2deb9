//! The probes: which requests each of them is.

use serde_json::{Map, Value, json};

use super::call::{Call, Sign};
use super::run::{Run, nobody_s};
use super::tokens::{Bad, Tried};
use crate::domain::api::Does;
use crate::domain::isolation::{Rule, Shot, Verdict, probes};
use crate::error::Result;
use crate::ops::token::mint::random_text;
use crate::store::Secret;

impl Run<'_> {
    /// Tries a probe.
    pub(super) async fn tried(&mut self, probe: &'static Rule) -> Result<Tried> {
        let is = |other: &Rule| probe.id == other.id;
        let operators = [Some(json!({ "$ne": null })), Some(json!({ "$gt": "" }))];
        match probe {
            _ if is(&probes::READ) => self.plainly(Does::Read).await,
            _ if is(&probes::UPDATE) => self.plainly(Does::Update).await,
            _ if is(&probes::DELETE) => self.plainly(Does::Delete).await,
            _ if is(&probes::LIST) => self.plainly(Does::List).await,
            _ if is(&probes::SEARCH) => self.plainly(Does::Search).await,
            _ if is(&probes::MOVE) => self.moving().await,
            _ if is(&probes::PLANT) => self.planting().await,
            _ if is(&probes::NO_CLAIM) => self.another_tenant(&[None]).await,
            _ if is(&probes::NULL_CLAIM) => self.another_tenant(&[Some(Value::Null)]).await,
            _ if is(&probes::OBJECT_CLAIM) => self.another_tenant(&operators).await,
            _ if is(&probes::SPELLING) => self.another_spelling().await,
            _ if is(&probes::QUERY) => self.in_query().await,
            _ if is(&probes::BODY) => self.in_body().await,
            _ if is(&probes::ROLE) => self.role(false).await,
            _ if is(&probes::ROLE_CLAIM) => self.role(true).await,
            _ if is(&probes::EXPIRED) => self.bad_token(Bad::Expired).await,
            _ if is(&probes::UNSIGNED) => self.bad_token(Bad::Unsigned).await,
            _ if is(&probes::OTHER_KEY) => self.bad_token(Bad::OtherKey).await,
            _ if is(&probes::NOBODY) => self.bad_token(Bad::Nobody).await,
            _ if is(&probes::DISABLED) => self.bad_token(Bad::Disabled).await,
            _ if is(&probes::HEADER) => self.header(true).await,
            _ if is(&probes::CLAIM) => self.header(false).await,
            _ if is(&probes::NEIGHBOUR) => self.neighbour().await,
            _ if is(&probes::ARRAY) => self.several().await,
            _ if is(&probes::OPERATOR) => self.operators().await,
            _ if is(&probes::WEBHOOK) => self.webhook(Word::Right).await,
            _ if is(&probes::WEBHOOK_OPEN) => self.webhook(Word::None).await,
            _ if is(&probes::WEBHOOK_GUESS) => self.webhook(Word::Wrong).await,
            _ if is(&probes::NO_TOKEN) => self.no_token().await,
            _ if is(&probes::EXISTENCE) => self.existence().await,
            _ => Ok(Err("this flowbit does not know how".to_owned())),
        }
    }

    /// The first tenant's own good token.
    fn own(&self) -> Result<Secret> {
        self.forge.signed(&self.forge.claims(&self.ground.mine.people.one))
    }

    /// A call with the first tenant's own token.
    pub(super) fn as_first(&self, route: usize, sign: Sign) -> Result<Call> {
        let who = format!("{}, {}", self.ground.view.first, self.ground.mine.people.one.words());
        Ok(Call::of(route, who, sign)
            .token(&self.own()?)
            .made(self.ground.mine.people.one.issued(&self.ground.view.first))
            .tenant(&self.ground.mine.tenant))
    }

    fn missing(does: Does) -> Tried {
        Err(format!("no route is described that does `{}`", does.word()))
    }

    /// The second tenant's canary with the first tenant's token.
    async fn plainly(&mut self, does: Does) -> Result<Tried> {
        let routes = self.routes(&[does]);
        if routes.is_empty() {
            return Ok(Self::missing(does));
        }
        let mut shots = Vec::new();
        for route in routes {
            shots.push(self.plain(route).await?);
        }
        Ok(Ok(shots))
    }

    /// One's own canary with the second tenant's key, and with its canary's identifier, in the body.
    async fn moving(&mut self) -> Result<Tried> {
        let routes = self.routes(&[Does::Update]);
        if routes.is_empty() {
            return Ok(Self::missing(Does::Update));
        }
        let ground = self.ground;
        let theirs = &ground.theirs;
        let ids = [("_id".to_owned(), json!(theirs.canary.id)), ("id".to_owned(), json!(theirs.canary.id))];
        let mut shots = Vec::new();
        for route in routes {
            for more in [theirs.keys.as_slice(), ids.as_slice()] {
                if more.is_empty() {
                    continue;
                }
                let call = self.as_first(route, Sign::Moved)?.id(&ground.mine.canary.id);
                let body = with(ground.body_of(&ground.routes[route], &call), more);
                shots.push(self.fire(call.body(body), Some(false)).await?);
            }
        }
        Ok(Ok(shots))
    }

    /// A new document with the second tenant's key in the body.
    async fn planting(&mut self) -> Result<Tried> {
        let routes = self.routes(&[Does::Create]);
        if routes.is_empty() {
            return Ok(Self::missing(Does::Create));
        }
        let ground = self.ground;
        let mut shots = Vec::new();
        for route in routes {
            let call = self.as_first(route, Sign::Moved)?;
            let body = with(ground.body_of(&ground.routes[route], &call), &ground.theirs.keys);
            shots.push(self.fire(call.body(body), Some(false)).await?);
        }
        Ok(Ok(shots))
    }

    /// The list with the tenant key as a parameter.
    async fn in_query(&mut self) -> Result<Tried> {
        let routes = self.routes(&[Does::List]);
        let Some((name, value)) = self.ground.theirs.keys.first().cloned() else {
            return Ok(Err("nothing in documents and tokens names the tenant".to_owned()));
        };
        if routes.is_empty() {
            return Ok(Self::missing(Does::List));
        }
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut shots = Vec::new();
        for route in routes {
            for query in [format!("{name}={}", escaped(&text)), format!("{name}[$ne]=flowbit"), format!("{name}[$gt]=")]
            {
                let call = self.as_first(route, Sign::Theirs)?.beyond().query(query);
                shots.push(self.fire(call, Some(true)).await?);
            }
        }
        Ok(Ok(shots))
    }

    /// Operators in bodies of searches and of the log-in.
    async fn in_body(&mut self) -> Result<Tried> {
        let ground = self.ground;
        let mut shots = Vec::new();
        for route in self.routes(&[Does::Search]) {
            let shape = &ground.routes[route];
            let call = self.as_first(route, Sign::Theirs)?.beyond().term(&ground.theirs.canary.word);
            let keys: Vec<(String, Value)> =
                ground.theirs.keys.iter().map(|(name, _)| (name.clone(), json!({ "$ne": "flowbit" }))).collect();
            match ground.body_of(shape, &call) {
                Some(body) => {
                    for more in [keys.as_slice(), ground.theirs.keys.as_slice()] {
                        let body = with(Some(body.clone()), more);
                        shots.push(self.fire(call.clone().body(body), Some(true)).await?);
                    }
                }
                None => {
                    let Some((name, _)) = ground.theirs.keys.first() else { continue };
                    shots.push(self.fire(call.query(format!("{name}[$ne]=flowbit")), Some(true)).await?);
                }
            }
        }
        for route in self.routes(&[Does::Login]) {
            for operator in [json!({ "$ne": null }), json!({ "$gt": "" })] {
                let call = Call::of(route, "nobody, with an operator as password", Sign::Token);
                let call = call.tenant(&ground.theirs.tenant);
                let marked = crate::domain::api::Slots::from([
                    (crate::domain::api::Slot::Email, ground.theirs.people.one.subject.email.clone()),
                    (crate::domain::api::Slot::Tenant, ground.theirs.tenant.clone()),
                    (crate::domain::api::Slot::Password, PASSWORD.to_owned()),
                ]);
                let body = ground.routes[route].body.as_ref();
                let Some(body) = body.map(|body| crate::domain::api::fill_body(body, &marked)) else { continue };
                shots.push(self.fire(call.body(replaced(&body, &operator)), None).await?);
            }
        }
        Ok(if shots.is_empty() { Err("no search and no log-in is described".to_owned()) } else { Ok(shots) })
    }

    /// The identifier after one's own.
    async fn neighbour(&mut self) -> Result<Tried> {
        let ground = self.ground;
        let own = bson::oid::ObjectId::parse_str(&ground.mine.canary.id).ok();
        let next = own.map(|own| super::ground::next_to(own).to_hex());
        match next {
            Some(next) if next == ground.theirs.canary.id => {
                let mut shots = Vec::new();
                for route in self.routes(&[Does::Read]) {
                    let call = self.as_first(route, Sign::Theirs)?.id(&next);
                    shots.push(self.fire(call, Some(true)).await?);
                }
                Ok(if shots.is_empty() { Self::missing(Does::Read) } else { Ok(shots) })
            }
            _ => Ok(Err("identifiers of this collection are random".to_owned())),
        }
    }

    /// The second tenant's identifier beside one's own.
    async fn several(&mut self) -> Result<Tried> {
        let ground = self.ground;
        let (own, other) = (&ground.mine.canary.id, &ground.theirs.canary.id);
        let mut shots = Vec::new();
        for route in self.routes(&[Does::Read]) {
            let both = self.as_first(route, Sign::Theirs)?.beyond().id(&format!("{own},{other}"));
            shots.push(self.fire(both, Some(true)).await?);
            let second = self.as_first(route, Sign::Theirs)?.beyond().id(own).query(format!("id={other}&_id={other}"));
            shots.push(self.fire(second, Some(true)).await?);
        }
        for route in self.routes(&[Does::List]) {
            let query = format!("id[]={own}&id[]={other}&_id[]={own}&_id[]={other}&ids={own},{other}");
            let call = self.as_first(route, Sign::Theirs)?.beyond().query(query);
            shots.push(self.fire(call, Some(true)).await?);
        }
        Ok(if shots.is_empty() { Self::missing(Does::Read) } else { Ok(shots) })
    }

    /// Operators where an identifier belongs.
    async fn operators(&mut self) -> Result<Tried> {
        let ground = self.ground;
        let (own, other) = (&ground.mine.canary.id, &ground.theirs.canary.id);
        let mut shots = Vec::new();
        for route in self.routes(&[Does::Read]) {
            let path = self.as_first(route, Sign::Theirs)?.beyond().id(&json!({ "$in": [other] }).to_string());
            shots.push(self.fire(path, Some(true)).await?);
            let query =
                self.as_first(route, Sign::Theirs)?.beyond().id(own).query(format!("id[$ne]={own}&_id[$ne]={own}"));
            shots.push(self.fire(query, Some(true)).await?);
        }
        for route in self.routes(&[Does::List]) {
            let call =
                self.as_first(route, Sign::Theirs)?.beyond().query(format!("id[$in][]={other}&_id[$in][]={other}"));
            shots.push(self.fire(call, Some(true)).await?);
        }
        Ok(if shots.is_empty() { Self::missing(Does::Read) } else { Ok(shots) })
    }

    /// The webhook about the second tenant's canary.
    async fn webhook(&mut self, word: Word) -> Result<Tried> {
        let routes = self.routes(&[Does::Webhook]);
        if routes.is_empty() {
            return Ok(Self::missing(Does::Webhook));
        }
        let ground = self.ground;
        let mut shots = Vec::new();
        for route in routes {
            let variable = ground.routes[route].secret_env.as_ref();
            let right = variable.and_then(|variable| self.secrets.get(variable));
            let (tenant, who) = match word {
                Word::Right => (&ground.mine.tenant, format!("the webhook's secret, as {}", ground.view.first)),
                Word::None => (&ground.theirs.tenant, "without a secret".to_owned()),
                Word::Wrong => (&ground.theirs.tenant, "with a wrong secret".to_owned()),
            };
            let secrets = match (word, variable) {
                (Word::Right, _) => vec![right.cloned()],
                (Word::None, _) => vec![None],
                (Word::Wrong, None) => return Ok(Err("the webhook has no secret".to_owned())),
                (Word::Wrong, Some(_)) => vec![Some(Secret::new(random_text(24))), Some(Secret::new(""))],
            };
            for secret in secrets {
                let mut call = Call::of(route, &who, Sign::Theirs).tenant(tenant).id(&ground.theirs.canary.id);
                call.secret = secret;
                call.made = match (word, variable) {
                    (Word::Right, Some(variable)) => Some(format!("SECRET=${variable}")),
                    (Word::Wrong, _) => Some("SECRET=wrong".to_owned()),
                    _ => None,
                };
                shots.push(self.webhook_shot(call, word).await?);
            }
        }
        Ok(Ok(shots))
    }

    /// Where the right secret is not known, an open door is still one, and a closed one says nothing.
    async fn webhook_shot(&mut self, call: Call, word: Word) -> Result<Shot> {
        let why = self.works(call.route, true).await?;
        if word == Word::Right || why.is_none() {
            return self.fire(call, Some(true)).await;
        }
        let mut shot = self.fire(call, None).await?;
        if let (Some(why), true) = (why, shot.verdict != Verdict::Leak) {
            (shot.verdict, shot.evidence) = (Verdict::NotCheckable, why);
        }
        Ok(shot)
    }

    /// Every route without a token.
    async fn no_token(&mut self) -> Result<Tried> {
        let ground = self.ground;
        let canary = &ground.theirs.canary;
        let mut shots = Vec::new();
        for (does, theirs) in
            [(Does::Read, true), (Does::List, true), (Does::Search, true), (Does::Update, false), (Does::Delete, false)]
        {
            for route in self.routes(&[does]) {
                let call = Call::of(route, "nobody, without a token", Sign::Theirs).tenant(&ground.theirs.tenant);
                shots.push(self.fire(call.id(&canary.id).term(&canary.word), Some(theirs)).await?);
            }
        }
        Ok(Ok(shots))
    }

    /// The second tenant's canary, and what nobody has: the answers should be the same.
    async fn existence(&mut self) -> Result<Tried> {
        let routes = self.routes(&[Does::Read]);
        if routes.is_empty() {
            return Ok(Self::missing(Does::Read));
        }
        let canary = &self.ground.theirs.canary;
        let nobody = nobody_s(&bson::Bson::String(canary.id.clone()));
        let mut shots = Vec::new();
        for route in routes {
            let there = self.as_first(route, Sign::Theirs)?.id(&canary.id);
            let mut there = self.fire(there, Some(true)).await?;
            let (Some(status), true) = (there.status, there.verdict != Verdict::Leak) else {
                if there.verdict == Verdict::Leak {
                    there.verdict = Verdict::NotCheckable;
                    there.evidence = format!("the document itself is shown: {}", probes::READ.name);
                }
                shots.push(there);
                continue;
            };
            let not = self.as_first(route, Sign::Theirs)?.id(&nobody);
            let not = self.fire(not, None).await?;
            if let Some(other) = not.status
                && other != status
                && status < 500
                && other < 500
                && ![status, other].contains(&429)
            {
                there.verdict = Verdict::Leak;
                there.evidence = format!("{status} for a document of {}, {other} for none", self.ground.view.against);
            }
            shots.push(there);
        }
        Ok(Ok(shots))
    }
}

/// Which secret a webhook gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Right,
    None,
    Wrong,
}

/// What stands in a body until the operator is put there.
const PASSWORD: &str = "flowbit:the-password";

/// A body with an operator where the password stands.
fn replaced(body: &Value, operator: &Value) -> Value {
    match body {
        Value::String(text) if text == PASSWORD => operator.clone(),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(name, value)| (name.clone(), replaced(value, operator))).collect())
        }
        other => other.clone(),
    }
}

/// A body with more fields.
fn with(body: Option<Value>, more: &[(String, Value)]) -> Value {
    let mut object = match body {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    object.extend(more.iter().cloned());
    Value::Object(object)
}

fn escaped(text: &str) -> String {
    let slots = crate::domain::api::Slots::from([(crate::domain::api::Slot::Id, text.to_owned())]);
    crate::domain::api::fill("{id}", &slots, true)
}
