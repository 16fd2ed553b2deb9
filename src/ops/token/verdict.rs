//! What was found out about a token, layer by layer, and what the platform's backend would do with it.

use std::borrow::Cow;

use serde::Serialize;

use crate::domain::token::{Layer, Reason};

/// How a layer came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It holds.
    Ok,
    /// It does not.
    Failed,
    /// There is nothing to look at: the platform's tokens have no issuer, for instance.
    Absent,
    /// It was not looked at, because a layer before it did not hold.
    Skipped,
}

/// What the backend would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// It takes the token.
    Accepts,
    /// It does not.
    Refuses,
    /// The platform description does not say.
    Unknown,
}

impl Backend {
    /// The word in output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Refuses => "refuses",
            Self::Unknown => "unknown",
        }
    }
}

/// One layer.
#[derive(Debug, Clone, Serialize)]
pub struct Look {
    /// Which.
    pub layer: Layer,
    /// How it came out.
    pub state: State,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A sentence.
    pub detail: Cow<'static, str>,
    /// What the backend would do because of this layer.
    pub backend: Backend,
}

impl Look {
    /// The layer holds.
    pub fn ok(layer: Layer, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { layer, state: State::Ok, reason: None, detail: detail.into(), backend: Backend::Accepts }
    }

    /// There is nothing to look at.
    pub fn absent(layer: Layer, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { state: State::Absent, ..Self::ok(layer, detail) }
    }

    /// The layer does not hold.
    pub fn failed(reason: Reason, backend: Backend, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { layer: reason.layer(), state: State::Failed, reason: Some(reason), detail: detail.into(), backend }
    }

    /// The layer was not looked at.
    pub fn skipped(layer: Layer) -> Self {
        let detail = "not looked at: a layer before it does not hold";
        Self { layer, state: State::Skipped, reason: None, detail: detail.into(), backend: Backend::Unknown }
    }
}

/// All layers.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Whether all of them hold.
    pub valid: bool,
    /// Why not: the reason of the first that does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What the backend would do.
    pub backend: Backend,
    /// The layers, in order.
    pub layers: Vec<Look>,
}

impl Verdict {
    /// Adds up the layers; those that are missing were not looked at.
    pub fn of(mut layers: Vec<Look>) -> Self {
        const ALL: [Layer; 11] = [
            Layer::Format,
            Layer::Key,
            Layer::Signature,
            Layer::Times,
            Layer::Issuer,
            Layer::Audience,
            Layer::Claims,
            Layer::Organization,
            Layer::User,
            Layer::Role,
            Layer::Revocation,
        ];
        for layer in ALL {
            if !layers.iter().any(|look| look.layer == layer) {
                layers.push(Look::skipped(layer));
            }
        }
        layers.sort_by_key(|look| look.layer);
        let reason = layers.iter().find_map(|look| look.reason);
        let says = |backend| layers.iter().any(|look| look.state != State::Skipped && look.backend == backend);
        let backend = match () {
            () if says(Backend::Refuses) => Backend::Refuses,
            () if says(Backend::Unknown) => Backend::Unknown,
            () => Backend::Accepts,
        };
        Self { valid: reason.is_none(), reason, backend, layers }
    }
}
