//! Verifying a token to the end.

use bson::doc;
use serde_json::{Map, Value};

use super::check::{Expect, Keys, check};
use super::lookup::{Found, Told};
use super::mint::digest;
use super::verdict::{Backend, Look, Verdict};
use super::{Entry, TOKENS};
use crate::domain::description::TokenShape;
use crate::domain::token::{Context, Layer, Reason, Use};
use crate::error::Result;
use crate::ops::House;

/// A token that was looked at.
#[derive(Debug)]
pub struct Verified {
    /// What was found.
    pub verdict: Verdict,
    /// Its claims, where it could be read.
    pub claims: Option<Map<String, Value>>,
    /// What it is for and whose world, where that could be told.
    pub kind: Option<(Use, Context)>,
    /// Name of the organization.
    pub org: Option<String>,
    /// E-mail of the account.
    pub user: Option<String>,
    /// Who acts in the user's place, in a support token.
    pub acts: Option<String>,
}

impl House<'_> {
    /// Looks at every layer of a token. `of` is the organization that it should belong to, where that is said.
    ///
    /// # Errors
    /// What the server refuses; a token that is not good is no error.
    pub async fn verify_token(&self, token: &str, shape: &TokenShape, keys: &Keys, expect: Expect) -> Result<Verified> {
        // Refresh tokens without claims are random text; a token with claims among them is an access token.
        if expect.wanted == Use::Refresh && !token.contains('.') && !token.is_empty() {
            return self.verify_random(token, shape).await;
        }
        let checked = check(token, shape, keys, expect);
        let (mut looks, mut found) = (checked.looks, Found::default());
        if let (Some(kind), Some(parsed)) = (checked.kind, &checked.parsed) {
            found = self.look_up(&Told { token, claims: &parsed.claims, kind, shape }).await?;
            looks.append(&mut found.looks);
        }
        let claims = checked.parsed.map(|parsed| parsed.claims);
        let acts = claims.as_ref().and_then(|claims| claims.get("act")?.get("sub")?.as_str().map(str::to_owned));
        Ok(Verified {
            verdict: Verdict::of(looks),
            claims,
            kind: checked.kind.map(|kind| (kind.wanted, kind.context)),
            org: found.org.map(|org| org.name.as_str().to_owned()),
            user: found.subject.map(|subject| subject.email),
            acts,
        })
    }

    /// A refresh token that is nothing but random text: only whoever stored its digest knows it.
    async fn verify_random(&self, token: &str, shape: &TokenShape) -> Result<Verified> {
        let this = doc! { "hash": digest(token), "use": "refresh" };
        let stored = self.store.find_one(&self.master(TOKENS), this, None).await?;
        let Some(entry) = stored.as_ref().and_then(Entry::read) else {
            let stored = self.in_refresh_store(shape, &digest(token)).await?;
            let (backend, detail) = match stored {
                Some(true) => (
                    Backend::Accepts,
                    "the backend gave it out, and has it in its store; only the backend refreshes it",
                ),
                Some(false) => (Backend::Refuses, "the backend has it in its store, and it is not in force there"),
                None if shape.refresh_store.is_some() => {
                    (Backend::Refuses, "neither flowbit nor the backend's store knows its digest")
                }
                None => (Backend::Unknown, "no refresh token of flowbit's has this digest, or its time is over"),
            };
            let verdict = Verdict::of(vec![
                Look::ok(Layer::Format, "random text"),
                Look::failed(Reason::RefreshUnknown, backend, detail),
            ]);
            return Ok(Verified { verdict, claims: None, kind: None, org: None, user: None, acts: None });
        };
        let mut looks = vec![Look::ok(Layer::Format, "random text")];
        for layer in [Layer::Key, Layer::Signature, Layer::Issuer, Layer::Audience, Layer::Claims, Layer::Role] {
            looks.push(Look::absent(layer, "a refresh token without claims"));
        }
        let over = entry.expires <= bson::DateTime::now();
        let until = entry.expires.try_to_rfc3339_string().unwrap_or_default();
        looks.push(match over {
            true => Look::failed(Reason::Expired, Backend::Refuses, format!("it ended at {until}")),
            false => Look::ok(Layer::Times, format!("good until {until}")),
        });
        looks.extend(self.look_at_entry(&entry).await?);
        Ok(Verified {
            verdict: Verdict::of(looks),
            claims: None,
            kind: Some((Use::Refresh, entry.context())),
            org: entry.org_name.clone(),
            user: Some(entry.email.clone()),
            acts: None,
        })
    }
}
