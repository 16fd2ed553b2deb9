//! What a writer was told by the server, kept beside the collection and compared with it afterwards.

use std::collections::BTreeMap;

use mongodb::error::{Error, ErrorKind, WriteFailure};

/// The state of a document: its value, or nothing where it is not there.
pub type State = Option<i32>;

/// What one writer was told by the server that it did.
///
/// A command that is ended by a rename (175, `QueryPlanKilled`) may have written before: the server yields once more
/// after an update or a delete, and a collection that got another name meanwhile ends it there. Such a document has two
/// possible states until the next write that is acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    documents: BTreeMap<i64, Vec<State>>,
    /// Writes that were acknowledged.
    pub acknowledged: u64,
    /// Writes that were refused, which a backend reports to its caller.
    pub refused: u64,
    /// Those of them that may have been done all the same.
    pub unknown: u64,
}

impl Ledger {
    /// A write was acknowledged, and matched its document if `matched` says so.
    pub fn acknowledge(&mut self, id: i64, state: State, matched: bool) {
        self.acknowledged += 1;
        if matched {
            self.documents.insert(id, vec![state]);
        }
    }

    /// A write was refused.
    ///
    /// # Panics
    ///
    /// If it was refused for a reason that no operation of flowbit gives.
    pub fn refuse(&mut self, id: i64, state: State, error: &Error) {
        let text = error.to_string();
        let known = ["is a view", "renamed", "drop", "failed validation", "moved to database"];
        assert!(known.iter().any(|words| text.contains(words)), "{text}");
        self.refused += 1;
        if code(error) == Some(175) {
            self.unknown += 1;
            self.documents.entry(id).or_insert_with(|| vec![None]).push(state);
        }
    }

    /// Documents that are there now, of those the writer made.
    pub fn len(&self) -> usize {
        self.documents.values().filter(|states| states.iter().all(Option::is_some)).count()
    }

    /// Everything that is not as the server said: the document and the states it may have.
    pub fn differences(&self, found: &BTreeMap<i64, i32>) -> Vec<(i64, State, Vec<State>)> {
        let ids: std::collections::BTreeSet<_> = self.documents.keys().chain(found.keys()).collect();
        ids.into_iter()
            .filter_map(|id| {
                let states = self.documents.get(id).cloned().unwrap_or_else(|| vec![None]);
                let state = found.get(id).copied();
                (!states.contains(&state)).then_some((*id, state, states))
            })
            .collect()
    }
}

fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        _ => None,
    }
}

#[test]
fn a_ledger_finds_what_is_lost_altered_doubled_or_came_back() {
    let mut ledger = Ledger::default();
    for id in 0..4 {
        ledger.acknowledge(id, Some(1), true);
    }
    ledger.acknowledge(1, None, true);
    ledger.acknowledge(2, Some(9), false);
    let right = BTreeMap::from([(0, 1), (2, 1), (3, 1)]);
    assert_eq!(ledger.differences(&right), []);
    assert_eq!(ledger.len(), 3);
    let lost = BTreeMap::from([(0, 1), (2, 1)]);
    assert_eq!(ledger.differences(&lost), [(3, None, vec![Some(1)])]);
    let others = BTreeMap::from([(0, 1), (1, 1), (2, 9), (3, 1), (4, 1)]);
    let found: Vec<i64> = ledger.differences(&others).iter().map(|(id, ..)| *id).collect();
    assert_eq!(found, [1, 2, 4], "came back, altered, never written");
}
