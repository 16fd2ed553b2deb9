//! The record of an operation: the plan, who works on it, and what happened, from which its state is folded.

use std::collections::BTreeMap;
use std::fmt;

use bson::{Bson, DateTime, Timestamp, Uuid};
use serde::{Deserialize, Serialize};

use super::naming::shell;
use super::plan::{Namespace, Plan, Step};

/// Version of the record's format. A record with another one is shown and not touched.
pub const RECORD_VERSION: i32 = 1;

/// Identifier of an operation: 24 hexadecimal digits, the first eight of them the second in which it began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpId(pub String);

impl OpId {
    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last eight digits: enough to tell names apart that the operation makes.
    pub fn short(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(8)..).unwrap_or(&self.0)
    }
}

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far an operation is. `forward` → `committed` → `done`, or `forward` → `back` → `undone`; never the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpState {
    /// Begun; can go on or back.
    Forward,
    /// Being undone.
    Back,
    /// The documents are changed one by one (a server without transactions); only forward.
    Committing,
    /// The documents say so; the rest only goes forward.
    Committed,
    /// Finished.
    Done,
    /// Taken back.
    Undone,
}

impl OpState {
    /// The word in records and output.
    pub fn word(self) -> &'static str {
        match self {
            OpState::Forward => "forward",
            OpState::Back => "back",
            OpState::Committing => "committing",
            OpState::Committed => "committed",
            OpState::Done => "done",
            OpState::Undone => "undone",
        }
    }

    /// Whether nothing more will happen.
    pub fn is_closed(self) -> bool {
        matches!(self, OpState::Done | OpState::Undone)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    /// The intent was recorded.
    Begun,
    /// With the names reserved, the plan was found to hold still.
    Checked,
    /// A runner took the lease.
    Taken {
        /// Who.
        runner: Runner,
    },
    /// A collection was made; from here on it is known by this identity.
    Made {
        /// Index into `plan.before`.
        step: i32,
        /// Its identity.
        uuid: Uuid,
    },
    /// Changes are followed from this moment on; everything before is in the copies.
    Watching {
        /// By the clock of the server's log of changes.
        since: Timestamp,
    },
    /// A collection with documents of others was put aside.
    Stray {
        /// Its identity.
        uuid: Uuid,
        /// The collection the documents belong to.
        belongs: Uuid,
        /// The name it now has.
        place: Namespace,
    },
    /// The documents of a collection put aside are where they belong; it is gone.
    Gathered {
        /// Its identity.
        uuid: Uuid,
    },
    /// Documents of a collection put aside differ from those where they belong; it stays.
    Differs {
        /// Its identity.
        uuid: Uuid,
        /// How many documents differ.
        documents: i64,
    },
    /// A step before the commit was done.
    Did {
        /// Index into `plan.before`.
        step: i32,
    },
    /// A step before the commit was taken back.
    Undid {
        /// Index into `plan.before`.
        step: i32,
    },
    /// The operation goes back from here on.
    Turned {
        /// Why.
        why: String,
    },
    /// The first of the documents is about to change, on a server without transactions.
    Committing,
    /// The documents say so.
    Committed,
    /// A step after the commit was done.
    Finished {
        /// Index into `plan.after`.
        step: i32,
    },
    /// Something that people should know.
    Noted {
        /// The sentence.
        note: String,
    },
    /// The operation cannot go on without a decision.
    Stuck {
        /// Error code.
        code: String,
        /// Why.
        why: String,
    },
    /// The operation is over.
    Closed,
}

/// One entry of the record's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the clock of the runner.
    pub at: DateTime,
    /// The lease under which it happened.
    pub token: i64,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// A process that works on an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    /// Name of the machine.
    pub host: String,
    /// Identity of the machine since it booted, to know a process identifier that was given again.
    pub boot: String,
    /// Process identifier.
    pub pid: i64,
    /// When the process started, in the unit of the system; tells a process identifier that was given again.
    pub started: String,
    /// The person or job.
    pub actor: String,
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} (pid {})", self.actor, self.host, self.pid)
    }
}

/// The right to work on an operation, for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Who has it.
    pub runner: Runner,
    /// Raised by one each time it changes hands.
    pub token: i64,
    /// Until when, by the clock of the server.
    pub until: DateTime,
    /// The session of its transactions: a dead runner leaves one open, and with it locks, until somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<bson::Document>,
}

/// The organization an operation is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its identifier.
    pub id: Bson,
    /// Its name when the operation began.
    pub name: String,
    /// The name it gets, where it gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// One operation, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Identifier.
    #[serde(rename = "_id")]
    pub id: OpId,
    /// Version of this format.
    pub v: i32,
    /// `org.rename` and so on.
    pub kind: String,
    /// The organization.
    pub subject: Subject,
    /// Names nobody else may use while the operation is open.
    pub reserves: Vec<String>,
    /// Whether the reservations hold.
    pub open: bool,
    /// How far it is; the fold of the events, repeated here so that one update can compare and change it.
    pub state: OpState,
    /// What was agreed to.
    pub plan: Plan,
    /// What the plan was made from.
    pub fingerprint: String,
    /// Who.
    pub actor: String,
    /// Why, when a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Version of flowbit that began it.
    pub flowbit: String,
    /// When it began.
    pub began: DateTime,
    /// Until when what it leaves behind (aliases, deleted collections) is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<DateTime>,
    /// Documents that long steps have dealt with, by step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub progress: BTreeMap<String, i64>,
    /// Who works on it.
    pub lease: Lease,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// A collection that somebody re-created under a name that belonged to the organization.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// Its identity.
    pub uuid: Uuid,
    /// The collection the documents belong to.
    pub belongs: Uuid,
    /// Where it is.
    pub at: Namespace,
    /// How many documents differ, once they were compared.
    pub differs: Option<i64>,
}

/// What follows from the events.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Folded {
    /// How far.
    pub state: Option<OpState>,
    /// Whether the plan was found to hold after the names were reserved.
    pub checked: bool,
    /// Steps before the commit that are in force.
    pub before: Vec<i32>,
    /// Steps after the commit that are finished.
    pub after: Vec<i32>,
    /// Collections that were made, by step.
    pub made: BTreeMap<i32, Uuid>,
    /// The moment from which changes are followed.
    pub watching: Option<Timestamp>,
    /// Collections put aside and not yet gathered.
    pub strays: Vec<Stray>,
    /// Why it cannot go on, if the last thing that happened was to get stuck.
    pub stuck: Option<(String, String)>,
    /// Everybody who ever worked on it.
    pub runners: Vec<Runner>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Events → state. The runner and every screen use this and nothing else.
pub fn fold(events: &[Event]) -> Folded {
    let mut folded = Folded::default();
    for event in events {
        if !matches!(event.what, Happening::Taken { .. } | Happening::Noted { .. }) {
            folded.stuck = None;
        }
        match &event.what {
            Happening::Begun => folded.state = Some(OpState::Forward),
            Happening::Checked => folded.checked = true,
            Happening::Taken { runner } => folded.runners.push(runner.clone()),
            Happening::Made { step, uuid } => {
                folded.made.insert(*step, *uuid);
            }
            Happening::Watching { since } => folded.watching = Some(*since),
            Happening::Stray { uuid, belongs, place } => {
                folded.strays.retain(|stray| stray.uuid != *uuid);
                folded.strays.push(Stray { uuid: *uuid, belongs: *belongs, at: place.clone(), differs: None });
            }
            Happening::Gathered { uuid } => folded.strays.retain(|stray| stray.uuid != *uuid),
            Happening::Differs { uuid, documents } => {
                if let Some(stray) = folded.strays.iter_mut().find(|stray| stray.uuid == *uuid) {
                    stray.differs = Some(*documents);
                }
            }
            Happening::Did { step } => {
                folded.before.retain(|done| done != step);
                folded.before.push(*step);
            }
            Happening::Undid { step } => folded.before.retain(|done| done != step),
            Happening::Turned { .. } => folded.state = Some(OpState::Back),
            Happening::Committing => folded.state = Some(OpState::Committing),
            Happening::Committed => folded.state = Some(OpState::Committed),
            Happening::Finished { step } => {
                if !folded.after.contains(step) {
                    folded.after.push(*step);
                }
            }
            Happening::Noted { note } => folded.notes.push(note.clone()),
            Happening::Stuck { code, why } => folded.stuck = Some((code.clone(), why.clone())),
            Happening::Closed => {
                folded.state = match folded.state {
                    Some(OpState::Back) => Some(OpState::Undone),
                    _ => Some(OpState::Done),
                }
            }
        }
    }
    folded
}

impl Record {
    /// What follows from the events.
    pub fn folded(&self) -> Folded {
        fold(&self.events)
    }

    /// The sentence by which people know it: `org.rename acme → acme-global`.
    pub fn title(&self) -> String {
        match &self.subject.to {
            Some(to) => format!("{} {} → {to}", self.kind, self.subject.name),
            None => format!("{} {}", self.kind, self.subject.name),
        }
    }

    /// The command that goes on with it: its own where that alone has what is needed.
    pub fn go_on(&self) -> String {
        match (self.plan.before.first(), self.state) {
            (Some(Step::Sow { from, .. }), OpState::Forward) => {
                let verb = self.kind.replace('.', " ");
                format!("flowbit {verb} {} --org {}", shell(from), shell(&self.subject.name))
            }
            _ => format!("flowbit op resume {}", self.id),
        }
    }

    /// The word shown for its state: `stuck` where it waits for a decision, the state otherwise.
    pub fn state_word(&self) -> &'static str {
        if !self.state.is_closed() && self.folded().stuck.is_some() { "stuck" } else { self.state.word() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(happenings: Vec<Happening>) -> Vec<Event> {
        happenings.into_iter().map(|what| Event { at: DateTime::from_millis(0), token: 1, what }).collect()
    }

    #[test]
    fn a_rollback_takes_back_what_was_done() {
        let folded = fold(&events(vec![
            Happening::Begun,
            Happening::Did { step: 0 },
            Happening::Did { step: 1 },
            Happening::Turned { why: "asked".into() },
            Happening::Undid { step: 1 },
        ]));
        assert_eq!((folded.state, folded.before), (Some(OpState::Back), vec![0]));
    }

    #[test]
    fn being_stuck_ends_with_the_next_deed() {
        let stuck = Happening::Stuck { code: "E0702".into(), why: "a view is in the way".into() };
        let mut happened = vec![Happening::Begun, stuck];
        assert!(fold(&events(happened.clone())).stuck.is_some());
        happened.push(Happening::Did { step: 0 });
        assert!(fold(&events(happened)).stuck.is_none());
    }

    #[test]
    fn a_record_survives_the_database() {
        let uuid = Uuid::from_bytes([7; 16]);
        let place = Namespace::new("db", "fb_stray");
        let runner = Runner { host: "h".into(), boot: "b".into(), pid: 1, started: "s".into(), actor: "a".into() };
        let (code, why) = ("E0702".to_owned(), "w".to_owned());
        // The fields of a happening lie beside those of the event: a name that both have would be lost.
        for what in [
            Happening::Begun,
            Happening::Checked,
            Happening::Taken { runner },
            Happening::Made { step: 1, uuid },
            Happening::Watching { since: Timestamp { time: 1, increment: 2 } },
            Happening::Stray { uuid, belongs: uuid, place },
            Happening::Gathered { uuid },
            Happening::Differs { uuid, documents: 2 },
            Happening::Did { step: 1 },
            Happening::Undid { step: 1 },
            Happening::Turned { why: why.clone() },
            Happening::Committing,
            Happening::Committed,
            Happening::Finished { step: 3 },
            Happening::Noted { note: "n".into() },
            Happening::Stuck { code, why },
            Happening::Closed,
        ] {
            let event = Event { at: DateTime::from_millis(5), token: 2, what };
            let stored = bson::serialize_to_document(&event).unwrap();
            assert_eq!(bson::deserialize_from_document::<Event>(stored).unwrap(), event);
        }
    }
}
