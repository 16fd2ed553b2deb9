//! How much happened: entries counted by what they say, by the server.

use bson::{Bson, Document, doc};

use super::ask::Asked;
use super::names::{Mention, Names};
use crate::domain::audit::Trail;
use crate::error::Result;
use crate::ops::House;

/// What entries are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// What was done.
    Action,
    /// Who did it.
    Actor,
    /// What it is about.
    Target,
    /// Whose it is.
    Org,
    /// The day, in UTC.
    Day,
    /// The hour of the day, in UTC.
    Hour,
    /// The day of the week, in UTC.
    Weekday,
    /// The month, in UTC.
    Month,
    /// A field, by its path.
    Field(String),
}

/// Days of the week, as the server numbers them from 1.
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Dimension {
    /// The one of this name; any other name is a path.
    ///
    /// # Errors
    /// What is wrong with the path.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "action" => Self::Action,
            "actor" => Self::Actor,
            "target" => Self::Target,
            "org" => Self::Org,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "weekday" => Self::Weekday,
            "month" => Self::Month,
            path => {
                let bad = |part: &str| part.is_empty() || part.starts_with('$') || part.contains('\0');
                if path.split('.').any(bad) || path.contains(char::is_whitespace) {
                    return Err(format!(
                        "{path:?} is neither action, actor, target, org, day, hour, weekday, month nor a path of a field"
                    ));
                }
                Self::Field(path.to_owned())
            }
        })
    }

    /// Its name.
    pub fn word(&self) -> &str {
        match self {
            Self::Action => "action",
            Self::Actor => "actor",
            Self::Target => "target",
            Self::Org => "org",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Weekday => "weekday",
            Self::Month => "month",
            Self::Field(path) => path,
        }
    }

    /// Whether its values have an order of their own.
    pub fn is_time(&self) -> bool {
        matches!(self, Self::Day | Self::Hour | Self::Weekday | Self::Month)
    }

    /// What the server counts by.
    fn expression(&self, trail: &Trail) -> Bson {
        let at = |path: &str| Bson::String(format!("${path}"));
        let first = |paths: &[String]| match paths {
            [] => Bson::Null,
            many => doc! { "$ifNull": many.iter().map(|path| at(path)).chain([Bson::Null]).collect::<Vec<_>>() }.into(),
        };
        let time = at(&trail.time);
        // Whoever wrote an entry without a moment would end the whole count.
        let of_time = |expression: Document| {
            let is_date = doc! { "$eq": [{ "$type": time.clone() }, "date"] };
            Bson::from(doc! { "$cond": [is_date, expression, Bson::Null] })
        };
        let formatted = |format: &str| of_time(doc! { "$dateToString": { "date": time.clone(), "format": format } });
        match self {
            Self::Action => first(std::slice::from_ref(&trail.action)),
            Self::Actor => first(&trail.actors),
            Self::Target => first(&trail.targets),
            Self::Org => trail.tenant.as_deref().map_or(Bson::Null, |path| first(&[path.to_owned()])),
            Self::Day => formatted("%Y-%m-%d"),
            Self::Hour => formatted("%H:00"),
            Self::Month => formatted("%Y-%m"),
            Self::Weekday => of_time(doc! { "$isoDayOfWeek": time.clone() }),
            Self::Field(path) => first(std::slice::from_ref(path)),
        }
    }

    /// A value as it is shown.
    fn shown(&self, value: Bson) -> Bson {
        let day = |n: i64| usize::try_from(n - 1).ok().and_then(|n| DAYS.get(n)).map(|day| (*day).into());
        match (self, &value) {
            (Self::Weekday, Bson::Int32(n)) => day(i64::from(*n)).unwrap_or(value),
            (Self::Weekday, Bson::Int64(n)) => day(*n).unwrap_or(value),
            _ => value,
        }
    }
}

/// Entries that agree in all dimensions.
#[derive(Debug, Clone)]
pub struct Group {
    /// The value of each dimension, in their order; null where entries do not say.
    pub by: Vec<Bson>,
    /// How many.
    pub count: u64,
}

/// How much happened.
#[derive(Debug)]
pub struct Stats {
    /// In order of time where that is the first dimension, the largest first otherwise.
    pub groups: Vec<Group>,
    /// How many entries there are, in all groups.
    pub entries: u64,
    /// How many groups there are, also those that are not given here.
    pub of: u64,
    /// Whom the values mean.
    pub names: Names,
    /// What the question costs for want of an index.
    pub scans: Option<u64>,
}

impl House<'_> {
    /// Counts the entries that are asked for: the `top` largest groups.
    ///
    /// # Errors
    /// What the server says.
    pub async fn trail_stats(
        &self,
        trail: &Trail,
        asked: &Asked,
        by: &[Dimension],
        top: u32,
        resolve: bool,
    ) -> Result<Stats> {
        let ns = self.trail_ns(trail);
        let count = async {
            let filter = self.trail_filter(trail, asked).await?;
            let keys = by.iter().enumerate().map(|(n, by)| (format!("d{n}"), by.expression(trail)));
            let counted = self.store.tally(&ns, filter, keys.collect(), top).await;
            counted.map_err(|failure| failure.into_error("counting entries of the audit trail"))
        };
        let (counted, scans) = tokio::join!(count, self.trail_scans(trail, asked.org.is_some()));
        let (found, entries, of) = counted?;
        let mut groups: Vec<Group> = found.iter().map(|document| group(document, by.len())).collect();
        if by.first().is_some_and(Dimension::is_time) {
            let order = |group: &Group| group.by.first().map(|value| (*value == Bson::Null, value.to_string()));
            // Stable: within one moment the largest stays first.
            groups.sort_by_key(order);
        }
        let at = |wanted: &Dimension| by.iter().position(|by| by == wanted);
        let (actor, org) = (at(&Dimension::Actor), at(&Dimension::Org));
        let mention = |group: &Group| -> Mention {
            let value = |at: Option<usize>| group.by.get(at?).filter(|value| **value != Bson::Null).cloned();
            (value(actor), value(org))
        };
        let mentions: Vec<Mention> = groups.iter().map(mention).collect();
        let names = match resolve && (actor.is_some() || org.is_some()) {
            true => self.names(trail, &mentions, asked.org.as_ref()).await?,
            false => Names::default(),
        };
        for group in &mut groups {
            group.by = group.by.drain(..).zip(by).map(|(value, by)| by.shown(value)).collect();
        }
        Ok(Stats { groups, entries, of, names, scans: scans? })
    }
}

fn group(document: &Document, dimensions: usize) -> Group {
    let id = document.get_document("_id").ok();
    let value = |n: usize| id.and_then(|id| id.get(format!("d{n}"))).cloned().unwrap_or(Bson::Null);
    let count = document.get_i64("count").ok().and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
    Group { by: (0..dimensions).map(value).collect(), count }
}
