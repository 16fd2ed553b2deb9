//! Which entries: the options that asking, counting, following and exporting share.

use bson::{Bson, DateTime, Document, doc};
use jiff::Timestamp;

use crate::commands::context::Context;
use crate::domain::audit::Veil;
use crate::domain::moment;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::audit::{Asked, Condition, Window};
use crate::ops::org::Org;

/// Seconds of a day.
const DAY: i64 = 24 * 3600;

/// Whose entries.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(id = "whose", required = true, multiple = false)]
pub struct Whose {
    /// Of this organization
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
    /// Of all organizations, and those that are of none
    #[arg(long)]
    pub all: bool,
}

/// Which of them.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Which {
    /// By this account or program: an e-mail, an identifier, or the actor as entries have it
    #[arg(long, value_name = "WHO")]
    pub actor: Option<String>,
    /// This action; an asterisk at the end stands for any rest: `ticket.*`
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
    /// About this: the identifier of a ticket, for instance
    #[arg(long, value_name = "ID")]
    pub target: Option<String>,
    /// With this value in this field; != for any other. Can be repeated
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = condition)]
    pub conditions: Vec<Condition>,
}

/// When.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct When {
    /// From this moment on: `2h` (ago), `yesterday`, `2026-11-03` (UTC), RFC 3339, or `start`
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, value_parser = since)]
    pub since: Option<Since>,
    /// Before this moment
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, value_parser = past)]
    pub until: Option<Timestamp>,
}

/// How entries are shown.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Shown {
    /// Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same
    #[arg(long)]
    pub mask: bool,
    /// Do not look names up: identifiers stay as entries have them
    #[arg(long)]
    pub no_resolve: bool,
}

/// What hides secrets, and people where that is asked for.
pub fn veil(mask: bool) -> Veil {
    if mask { Veil::masking(rand::random()) } else { Veil::thin() }
}

/// Where a stretch of time begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// With the trail.
    Start,
    /// At a moment.
    At(Timestamp),
}

/// A moment that is usually over.
pub fn past(text: &str) -> Result<Timestamp, String> {
    moment::past(text, Timestamp::now())
}

pub(super) fn since(text: &str) -> Result<Since, String> {
    if text.trim() == "start" { Ok(Since::Start) } else { past(text).map(Since::At) }
}

fn condition(text: &str) -> Result<Condition, String> {
    let wrong = || "expected FIELD=VALUE or FIELD!=VALUE".to_owned();
    let (path, value) = text.split_once('=').ok_or_else(wrong)?;
    let (path, not) = path.strip_suffix('!').map_or((path, false), |path| (path, true));
    if path.is_empty() || path.starts_with('$') || path.contains('\0') {
        return Err(wrong());
    }
    Ok(Condition { path: path.to_owned(), not, value: value.to_owned() })
}

/// A moment as the server has it.
pub fn server_time(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millisecond())
}

impl When {
    /// The stretch that is meant.
    ///
    /// # Errors
    /// `E0102` where it ends before it begins.
    pub fn window(&self) -> Result<Window> {
        let since = match self.since {
            Some(Since::At(at)) => Some(at),
            _ => None,
        };
        if let (Some(since), Some(until)) = (since, self.until)
            && since >= until
        {
            let message = format!("--since {since} is not before --until {until}");
            return Err(Error::new(&code::BAD_ARGUMENT, message).next("give --since the earlier moment"));
        }
        Ok(Window { since: since.map(server_time), until: self.until.map(server_time) })
    }

    /// The stretch that is meant: the last 24 hours where nobody says, which is said.
    ///
    /// # Errors
    /// As for [`When::window`].
    pub fn window_or_a_day(&self, context: &Context<'_>) -> Result<Window> {
        self.window_or(context, 1)
    }

    /// The stretch that is meant: the last 7 days where nobody says, which is said.
    ///
    /// # Errors
    /// As for [`When::window`].
    pub fn window_or_a_week(&self, context: &Context<'_>) -> Result<Window> {
        self.window_or(context, 7)
    }

    fn window_or(&self, context: &Context<'_>, days: i64) -> Result<Window> {
        let window = self.window()?;
        if self.since.is_some() {
            return Ok(window);
        }
        let end = self.until.unwrap_or_else(Timestamp::now);
        let begin = end - jiff::SignedDuration::from_secs(days * DAY);
        let (span, further) = if days == 1 { ("24 hours".to_owned(), 7) } else { (format!("{days} days"), 30) };
        context.terminal.note(&format!(
            "the {span} before {}; --since {further}d, or --since start, looks further back",
            said(end)
        ));
        Ok(Window { since: Some(server_time(begin)), ..window })
    }
}

/// A moment to the second, for notes.
fn said(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What is about to be read, as it is recorded where support reads.
pub fn read(asked: &Asked) -> Document {
    let mut said = doc! { "since": asked.window.since, "until": asked.window.until };
    for (name, value) in [("actor", &asked.actor), ("action", &asked.action), ("target", &asked.target)] {
        said.extend(value.iter().map(|value| (name.to_owned(), Bson::from(value.as_str()))));
    }
    if !asked.conditions.is_empty() {
        let paths: Vec<&str> = asked.conditions.iter().map(|condition| condition.path.as_str()).collect();
        said.insert("where", paths);
    }
    said
}

/// The organization that is meant; none where all are.
///
/// # Errors
/// `E0201`.
pub async fn org(whose: &Whose, house: &House<'_>) -> Result<Option<Org>> {
    match &whose.org {
        Some(name) => house.load_one_org(name).await.map(Some),
        None => Ok(None),
    }
}

/// What was typed, with the organization looked up.
///
/// # Errors
/// `E0201`.
pub async fn asked(whose: &Whose, which: &Which, window: Window, house: &House<'_>) -> Result<Asked> {
    Ok(Asked {
        org: org(whose, house).await?,
        window,
        actor: which.actor.clone(),
        action: which.action.clone(),
        target: which.target.clone(),
        conditions: which.conditions.clone(),
    })
}
