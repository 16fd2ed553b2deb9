//! The way of the entries: answers of the server become lines on one thread and a file on another, while the next answer
//! is on its way. No more than a few pieces are on the way at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use tokio::sync::{mpsc, oneshot};

use super::sink::{Sink, Written};
use super::state::{Edge, State, Tally};
use crate::domain::extjson::{self, Form, Text};
use crate::domain::rawdoc;
use crate::error::{Error, Result, code};
use crate::store::batches::Batch;

/// How large a piece of lines is at least when it goes on, in bytes.
const PIECE: usize = 512 << 10;

/// How entries become lines.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The form.
    pub form: Form,
    /// Where entries have their time.
    pub time: String,
}

/// Lines on their way.
struct Piece {
    lines: Vec<u8>,
    tally: Tally,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    /// What was counted.
    pub tally: Tally,
    /// What a file is by now.
    pub state: Option<State>,
}

/// What comes after an answer.
enum Feed {
    Batch(Batch),
    /// Nothing does, and that was all.
    Done,
}

/// A pipe whose one end takes answers.
pub struct Pipe {
    feed: mpsc::Sender<Feed>,
    ended: oneshot::Receiver<Result<Ended>>,
    written: Arc<AtomicU64>,
}

impl Pipe {
    /// Begins, behind what was counted already.
    ///
    /// # Errors
    /// `E0003` where there are no threads.
    pub fn begin(lines: Lines, sink: Sink, tally: Tally) -> Result<Self> {
        let (feed, fed) = mpsc::channel(1);
        let (pieces, taken) = sync_channel(4);
        let (back, empty) = channel();
        let (end, ended) = oneshot::channel();
        let written = Arc::new(AtomicU64::new(tally.entries));
        let counted = Arc::clone(&written);
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let failed = |e| crate::error::io("cannot start a thread", e);
        thread("encode").spawn(move || encode(fed, &lines, &pieces, &empty)).map_err(failed)?;
        thread("write")
            .spawn(move || {
                let _ = end.send(write(sink, tally, &taken, &back, &counted));
            })
            .map_err(failed)?;
        Ok(Self { feed, ended, written })
    }

    /// Puts an answer in; waits where too many are on the way. False where the other end is closed.
    pub async fn put(&self, batch: Batch) -> bool {
        self.feed.send(Feed::Batch(batch)).await.is_ok()
    }

    /// How many entries have come to the other end.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Waits for the other end. `all` where nothing is missing.
    ///
    /// # Errors
    /// What befell there.
    pub async fn end(self, all: bool) -> Result<Ended> {
        if all {
            let _ = self.feed.send(Feed::Done).await;
        }
        drop(self.feed);
        self.ended.await.unwrap_or_else(|_| Err(Error::new(&code::INTERNAL, "what writes the export is gone")))
    }
}

/// What goes from one thread to the other.
enum Handed {
    Piece(Piece),
    Done,
    Failed(Error),
}

fn encode(mut fed: mpsc::Receiver<Feed>, how: &Lines, pieces: &SyncSender<Handed>, empty: &Receiver<Vec<u8>>) {
    let fresh = || Piece { lines: empty.try_recv().unwrap_or_default(), tally: Tally::default() };
    let mut piece = fresh();
    loop {
        match fed.blocking_recv() {
            Some(Feed::Batch(batch)) => {
                if let Err(error) = encode_batch(&batch, how, &mut piece, &mut |full| {
                    let full = std::mem::replace(full, fresh());
                    pieces.send(Handed::Piece(full)).is_ok()
                }) {
                    let _ = pieces.send(Handed::Failed(error));
                    return;
                }
            }
            Some(Feed::Done) => {
                if pieces.send(Handed::Piece(piece)).is_ok() {
                    let _ = pieces.send(Handed::Done);
                }
                return;
            }
            None => {
                let _ = pieces.send(Handed::Piece(piece));
                return;
            }
        }
    }
}

/// Writes the entries of an answer; whenever there are enough lines, they go on.
fn encode_batch(batch: &Batch, how: &Lines, piece: &mut Piece, hand: &mut dyn FnMut(&mut Piece) -> bool) -> Result<()> {
    let malformed = || Error::new(&code::UNEXPECTED_REPLY, "the server's answer holds what is no document");
    let mut documents = batch.documents()?;
    let mut last: &[u8] = &[];
    while let Some(element) = documents.next().map_err(|_| malformed())? {
        let document = element.value;
        let text = extjson::write(document, how.form, &mut piece.lines).map_err(|_| malformed())?;
        piece.lines.push(b'\n');
        count(document, text, &how.time, &mut piece.tally);
        last = document;
        if piece.lines.len() >= PIECE {
            piece.tally.after = id_of(document);
            last = &[];
            if !hand(piece) {
                return Ok(());
            }
        }
    }
    if !last.is_empty() {
        piece.tally.after = id_of(last);
    }
    Ok(())
}

/// The identifier of an entry, alone.
pub fn id_of(document: &[u8]) -> Vec<u8> {
    rawdoc::at(document, "_id").map(rawdoc::alone).unwrap_or_default()
}

fn count(document: &[u8], text: Text, time: &str, tally: &mut Tally) {
    tally.entries += 1;
    tally.mended += u64::from(text == Text::Mended);
    let Some(time) = rawdoc::date_at(document, time) else { return };
    if tally.first.as_ref().is_none_or(|first| time < first.time) {
        tally.first = Some(Edge { time, id: id_of(document) });
    }
    if tally.last.as_ref().is_none_or(|last| time >= last.time) {
        match (&mut tally.last, rawdoc::at(document, "_id")) {
            // Most entries are the latest yet: the room of the one before serves.
            (Some(last), Some(id)) if last.id.len() == id.value.len() + id.name.len() + 7 => {
                last.time = time;
                last.id.clear();
                rawdoc::alone_into(id, &mut last.id);
            }
            (last, _) => *last = Some(Edge { time, id: id_of(document) }),
        }
    }
}

fn write(
    mut sink: Sink,
    mut tally: Tally,
    taken: &Receiver<Handed>,
    back: &Sender<Vec<u8>>,
    written: &AtomicU64,
) -> Result<Ended> {
    let mut complete = false;
    while let Ok(handed) = taken.recv() {
        match handed {
            Handed::Piece(mut piece) => {
                tally.add(std::mem::take(&mut piece.tally));
                if !piece.lines.is_empty() && sink.write(&piece.lines, &tally)? == Written::Closed {
                    break;
                }
                written.store(tally.entries, Ordering::Relaxed);
                piece.lines.clear();
                let _ = back.send(piece.lines);
            }
            Handed::Done => complete = true,
            Handed::Failed(error) => {
                sink.close(&tally, false)?;
                return Err(error);
            }
        }
    }
    let state = sink.close(&tally, complete)?;
    Ok(Ended { tally, state })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{DateTime, doc};

    #[test]
    fn the_first_and_the_last_are_those_by_time() {
        let mut tally = Tally::default();
        for (id, time) in [(1, Some(50)), (2, Some(10)), (3, None), (4, Some(90)), (5, Some(60))] {
            let document = doc! { "_id": id, "at": time.map(DateTime::from_millis) };
            count(&bson::serialize_to_vec(&document).unwrap(), Text::Exact, "at", &mut tally);
        }
        let id = |edge: &Option<Edge>| edge.as_ref().unwrap().mark().id["$numberInt"].clone();
        assert_eq!((id(&tally.first), id(&tally.last), tally.entries), ("2".into(), "4".into(), 5));
        let mut whole = Tally { after: vec![1], ..Tally::default() };
        whole.add(tally.clone());
        assert_eq!((whole.after.as_slice(), &whole.first), ([1].as_slice(), &tally.first));
    }
}
